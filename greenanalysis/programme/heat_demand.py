"""Heat and gas that housing of a region needs, month by month, and how that meets known figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.errors import input_error, unknown_name
from greenanalysis.resource.heat import by_month, gas_for_heat_m3, heat_demand_mwh
from greenanalysis.resource.heat import heating_degree_hours as degree_hours
from greenanalysis.tables import read_facts

REFERENCE = ("quantity", "got", "expected", "unit", "tolerance", "hit", "source", "remark")
SOUTH = ("KZ-61", "KZ-79")
WINTER = (10, 11, 12, 1, 2, 3)
Known = dict[tuple[str, str], tuple[float, str]]


def regional_facts(name: str, region: str) -> dict[str, float]:
    """Return quantity -> value of one region; NaN where no figure is known.

    Parameters
    ----------
    name : of a table in ``data/facts`` with the columns region, quantity, value, status, source.
    region : ISO 3166-2 code.

    Raises
    ------
    InputError : the table is missing, the region is not in it, a value is negative or a share (unit
        1, other than counts) above 1.
    """
    table = read_facts(name, numeric=["value"])
    known = sorted(table["region"].unique())
    if region not in known:
        raise unknown_name("region", region, known, where=f"data/facts/{name}.csv")
    rows = table[table["region"] == region]
    for _, row in rows.iterrows():
        where = f"data/facts/{name}.csv, {region} {row['quantity']}"
        is_share = row["quantity"].endswith(("share", "access", "loss", "canals"))
        if row["value"] < 0 or (is_share and row["value"] > 1):
            allowed = "0 to 1" if is_share else "0 or more"
            raise input_error("value", where=where, allowed=allowed, got=row["value"])
    return dict(zip(rows["quantity"], rows["value"], strict=True))


def gaps(name: str, region: str) -> dict[str, str]:
    """Return quantity -> what is missing and who publishes it, where a region has no figure."""
    table = read_facts(name, numeric=["value"])
    rows = table[(table["region"] == region) & table["value"].isna()]
    return dict(zip(rows["quantity"], rows["source"], strict=True))


@dataclass(frozen=True)
class HousingHeat:
    """Heat of a region's housing: months 1..12 and what they rest on.

    ``status`` is ``reported`` where the floor area is the region's own, ``modelled`` where it is
    population times the national floor area per head. ``gas_m3`` is NaN where the share of
    gas-heated housing is not known.
    """

    region: str
    floor_area_m2: float
    status: str
    gas_share: float
    heat_mwh: pd.Series
    gas_m3: pd.Series
    note: str

    @property
    def specific_kwh_per_m2(self) -> float:
        """Useful heat of a year per m2 of floor."""
        return float(self.heat_mwh.sum()) * 1000 / self.floor_area_m2


def housing_heat(
    region: str, assumptions: Assumptions, *, temp_air: pd.Series, population: float
) -> HousingHeat:
    """Model the heat that the housing of a region needs in each month, and the gas for it.

    Parameters
    ----------
    region : ISO 3166-2 code.
    assumptions : ``heating``, ``natural_gas``.
    temp_air : hourly mean of the region, degC; label = end of the hour, UTC.
    population : of the region, for regions without a figure of their housing.

    Returns
    -------
    HousingHeat : useful heat; gas for that part of the floor area that burns it, at the efficiency
        of the boilers in use.

    Raises
    ------
    InputError : unknown region, or facts out of range.

    Notes
    -----
    Hot water and cooking are left out, as are offices and works.
    """

    def get(parameter: str, unit: str) -> float:
        return assumptions.get("heating", parameter, unit=unit)

    facts = regional_facts("heat_regions", region)
    area, status, note = facts["floor_area"] * 1e6, "reported", "floor area of the region"
    if math.isnan(area):
        area = population * get("floor_area_per_head", "m2")
        status, note = "modelled", "floor area: population times the national mean per head"
    hours = degree_hours(
        temp_air,
        base=get("base_temperature", "degC"),
        threshold=get("threshold_temperature", "degC"),
        inertia_hours=get("inertia", "hour"),
    )
    heat = heat_demand_mwh(
        by_month(hours),
        floor_area_m2=area,
        specific_loss_w_per_m2_k=get("specific_heat_loss", "W/m2/K"),
    )
    share = facts["gas_heated_share"]
    per_mwh = gas_for_heat_m3(
        1.0,
        efficiency=get("boiler_efficiency", "1"),
        heating_value_kwh_per_m3=assumptions.get("natural_gas", "heating_value", unit="kWh/m3"),
    )
    return HousingHeat(region, area, status, share, heat, heat * share * per_mwh, note)


def heat_table(parts: dict[str, HousingHeat]) -> pd.DataFrame:
    """Return one row a region and month: heat (GWh), gas (million m3), status, note.

    ``status`` of the gas column is ``"no data"`` where its share of the floor area is unknown.
    """
    rows = []
    for region, part in sorted(parts.items()):
        for month in part.heat_mwh.index:
            gas = part.gas_m3[month] / 1e6
            rows.append(
                {
                    "region": region,
                    "month": int(month),
                    "heat_gwh": part.heat_mwh[month] / 1000,
                    "heat_status": part.status,
                    "gas_million_m3": gas,
                    "gas_status": "no data" if math.isnan(gas) else "modelled",
                    "note": part.note,
                }
            )
    return pd.DataFrame(rows)


def heat_reference(parts: dict[str, HousingHeat]) -> pd.DataFrame:
    """Compare the modelled heat with what was reported; misses are shown, never tuned.

    Parameters
    ----------
    parts : of :func:`housing_heat`, with KZ-61 and KZ-79 (gas in the former South Kazakhstan) and
        KZ-71 (the capital); comparisons without their regions are left out.

    Returns
    -------
    DataFrame : columns :data:`REFERENCE`; ``hit`` where ``got`` is within ``tolerance`` (relative)
        of ``expected``, the middle of a reported range.
    """
    table = read_facts("heat_reference", numeric=["value"])
    keys = zip(table["quantity"], table["place"], strict=True)
    known = dict(zip(keys, zip(table["value"], table["source"], strict=True), strict=True))
    rows = []
    if set(SOUTH) <= set(parts):
        rows.append(_winter_gas(parts, known))
    for region, place in (("KZ-61", "south"), ("KZ-71", "capital")):
        if region in parts:
            rows.append(_specific(parts[region], place, known))
    return pd.DataFrame(rows, columns=list(REFERENCE))


def _winter_gas(parts: dict[str, HousingHeat], known: Known) -> dict[str, object]:
    winter, source = known[("gas_winter", "+".join(SOUTH))]
    summer, _ = known[("gas_summer", "+".join(SOUTH))]
    gas = sum((parts[region].gas_m3 for region in SOUTH), pd.Series(0.0, index=range(1, 13)))
    cold = float(gas[list(WINTER)].sum())
    got = (2 * cold - float(gas.sum())) / 1e6
    remark = (
        "gas for heating October-March less April-September, housing of KZ-61 and KZ-79 of today, "
        "against winter less summer of all consumers in 2017, when fewer had gas and before "
        "the housing built since; gas that works and power plants burn more of in winter is in "
        "the reported figure, coal and central heat of those with gas are not taken off the model"
    )
    return _compare(
        "winter less summer gas, South Kazakhstan",
        got,
        winter - summer,
        "million m3",
        0.25,
        source,
        remark,
    )


def _specific(part: HousingHeat, place: str, known: Known) -> dict[str, object]:
    low, source = known[("specific_demand_low", place)]
    high, _ = known[("specific_demand_high", place)]
    middle = (low + high) / 2
    return _compare(
        f"heat per m2 of housing, {part.region}",
        part.specific_kwh_per_m2,
        middle,
        "kWh/m2/year",
        (high - low) / 2 / middle,
        source,
        "not independent: the specific heat loss was taken from these two figures together",
    )


def _compare(
    quantity: str,
    got: float,
    expected: float,
    unit: str,
    tolerance: float,
    source: str,
    remark: str,
) -> dict[str, object]:
    hit = abs(got - expected) <= tolerance * expected
    values = (quantity, got, expected, unit, tolerance, hit, source, remark)
    return dict(zip(REFERENCE, values, strict=True))
