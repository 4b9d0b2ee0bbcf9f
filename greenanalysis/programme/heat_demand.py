"""Heat and gas that housing of a region needs, month by month, and how that meets known figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.programme.regional import REFERENCE, regional_facts
from greenanalysis.resource.heat import by_month, gas_for_heat_m3, heat_demand_mwh
from greenanalysis.resource.heat import heating_degree_hours as degree_hours

SOUTH = ("KZ-61", "KZ-79")
_WINTER = (10, 11, 12, 1, 2, 3)
_Known = dict[tuple[str, str], tuple[float, str]]


@dataclass(frozen=True)
class HousingHeat:
    """Heat of a region's housing: months 1..12 and what they rest on.

    ``status`` is ``reported`` where the floor area is the region's own, ``modelled`` where it is
    population times the national floor area per head. ``gas_m3`` is NaN where the share of
    gas-heated housing is not known; so is ``district_share``, the part with central heating.
    """

    region: str
    floor_area_m2: float
    status: str
    gas_share: float
    district_share: float
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
    gas = heat * share * per_mwh
    return HousingHeat(region, area, status, share, facts["district_heat_share"], heat, gas, note)


def heat_table(parts: dict[str, HousingHeat]) -> pd.DataFrame:
    """Return one row a region and month: all heat, central heat (GWh), gas (million m3), notes.

    Each has its own status; central heat and gas are ``"no data"`` where their share of the floor
    area is unknown.
    """
    rows = []
    for region, part in sorted(parts.items()):
        for month in part.heat_mwh.index:
            gas = part.gas_m3[month] / 1e6
            central = part.heat_mwh[month] / 1000 * part.district_share
            rows.append(
                {
                    "region": region,
                    "month": int(month),
                    "heat_gwh": part.heat_mwh[month] / 1000,
                    "heat_status": part.status,
                    "district_heat_gwh": central,
                    "district_heat_status": "no data" if math.isnan(central) else "modelled",
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


def _winter_gas(parts: dict[str, HousingHeat], known: _Known) -> dict[str, object]:
    winter, source = known[("gas_winter", "+".join(SOUTH))]
    summer, _ = known[("gas_summer", "+".join(SOUTH))]
    gas = sum((parts[region].gas_m3 for region in SOUTH), pd.Series(0.0, index=range(1, 13)))
    cold = float(gas[list(_WINTER)].sum())
    got = (2 * cold - float(gas.sum())) / 1e6
    remark = (
        "heating October-March less April-September, housing of KZ-61 and KZ-79 of today, against "
        "winter less summer of the population in 2017, when fewer had gas and houses were fewer; "
        "hot water in winter is in the reported figure, not in the model"
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


def _specific(part: HousingHeat, place: str, known: _Known) -> dict[str, object]:
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
