"""Municipal waste by region and city: its energy, its landfill methane, and what diversion saves.

The coefficients of each kind of waste come from the tables of ``data/`` as plain dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.atlas.table import atlas_table, check_row
from greenanalysis.atlas.themes import MapLayer, Theme
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.tables import read_facts
from greenanalysis.resource.bio.landfill import check_composition, landfill_methane
from greenanalysis.resource.bio.waste import (
    divert,
    electricity_mwh,
    fossil_co2,
    generation_t,
    lower_heating_value,
)

if TYPE_CHECKING:
    import geopandas as gpd


def read_composition() -> dict[str, float]:
    """Return the country's mean municipal waste by kind, shares of the wet mass.

    Raises
    ------
    InputError : the table is missing, or its shares are negative or sum to more than 1.
    """
    facts = read_facts("waste_composition", numeric=["share"])
    composition = dict(zip(facts["kind"], facts["share"], strict=True))
    check_composition(composition)
    return composition


def _waste_coefficient(
    kinds: Iterable[str], parameter: str, unit: str, assumptions: Assumptions
) -> dict[str, float]:
    """Return ``waste_<kind>/<parameter>`` for each kind of waste."""
    return {kind: assumptions.get(f"waste_{kind}", parameter, unit=unit) for kind in kinds}


def _landfill_coefficients(kinds: Iterable[str], assumptions: Assumptions) -> dict[str, Any]:
    """Return the keyword arguments of ``resource.bio.landfill.landfill_methane``."""
    kinds = list(kinds)
    return {
        "organic_carbon": _waste_coefficient(kinds, "organic_carbon", "1", assumptions),
        "decay_rate": _waste_coefficient(kinds, "decay_rate", "1/year", assumptions),
        **{
            name: assumptions.get("landfill", name, unit="1")
            for name in ("decomposing_share", "methane_correction", "methane_share")
        },
    }


_RECYCLABLE = ("paper", "plastic", "glass", "metal")


def waste_scenarios(
    waste_t: float, assumptions: Assumptions, *, grid_co2_t_per_mwh: float, years: int = 25
) -> pd.DataFrame:
    """Compare ways of dealing with the same waste, year after year.

    Parameters
    ----------
    waste_t : municipal waste of a year, t, of the country's mean composition.
    assumptions : with ``waste.csv``.
    grid_co2_t_per_mwh : what a MWh from the grid emits.
    years : over which the methane saved is averaged.

    Returns
    -------
    DataFrame : index scenario ("all on landfills", "recycling of today", "recycling as planned",
        "planned and the rest burnt"); columns recovered_t, burnt_t, landfilled_t (sum: the waste),
        electricity_mwh, and t CO2 a year against all on landfills: methane_saved, grid_saved,
        material_credit (glass only), fossil_burnt, avoided (their balance).

    Raises
    ------
    InputError : negative waste or emission factor.
    """
    for name, value in (("waste_t", waste_t), ("grid_co2_t_per_mwh", grid_co2_t_per_mwh)):
        if not value >= 0:
            raise input_error(name, where="waste_scenarios", allowed="0 or more", got=value)
    today = 1 - assumptions.get("landfill", "deposited_share", unit="1")
    plan = assumptions.get("waste", "recycling_target", unit="1")
    ways = {
        "all on landfills": (0.0, False),
        "recycling of today": (today, False),
        "recycling as planned": (plan, False),
        "planned and the rest burnt": (plan, True),
    }
    rows = {
        name: _balance(waste_t, share, burn, assumptions, grid_co2_t_per_mwh, years)
        for name, (share, burn) in ways.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")


def recovered_t(waste: Mapping[str, float], extra_t: float) -> dict[str, dict[str, float]]:
    """Take ``extra_t`` of recyclables out of waste, the same share of each; see :func:`divert`."""
    there = sum(waste[kind] for kind in _RECYCLABLE)
    share = min(extra_t / there, 1.0) if there > 0 else 0.0
    return divert(waste, dict.fromkeys(_RECYCLABLE, share))


def avoided_methane_t(
    diverted: Mapping[str, float], assumptions: Assumptions, *, years: int
) -> float:
    """Return the methane that waste kept from the landfill would have given, mean of the years.

    Parameters
    ----------
    diverted : t a year by kind, the same each year.
    assumptions : holds ``landfill`` and the coefficients of each kind.
    years : of diversion, e.g. the lifetime of the measure.

    Returns
    -------
    float : t of methane a year; less than the whole potential, as the decay outlasts the years.
    """
    total = sum(diverted.values())
    if total <= 0:
        return 0.0
    kinds = {kind: mass / total for kind, mass in diverted.items()}
    waste = pd.Series(total, index=range(years))
    coefficients = _landfill_coefficients(kinds, assumptions)
    return float(landfill_methane(waste, kinds, **coefficients).to_numpy().sum() / years)


def heating_value(
    assumptions: Assumptions, composition: Mapping[str, float] | None = None
) -> float:
    """Return the lower heating value, MJ per kg of wet waste; of the mean waste by default."""
    kinds = read_composition() if composition is None else composition
    return lower_heating_value(
        kinds,
        higher_heating_value=_waste_coefficient(
            kinds, "higher_heating_value", "MJ/kg", assumptions
        ),
        dry_matter=_waste_coefficient(kinds, "dry_matter", "1", assumptions),
        hydrogen=_waste_coefficient(kinds, "hydrogen", "1", assumptions),
    )


def burnt_fossil_t(
    mass_t: float, composition: Mapping[str, float], assumptions: Assumptions
) -> float:
    """Return the fossil CO2 of burning waste of a composition, t a year."""
    return mass_t * fossil_co2(
        composition,
        dry_matter=_waste_coefficient(composition, "dry_matter", "1", assumptions),
        carbon=_waste_coefficient(composition, "carbon", "1", assumptions),
        fossil_share=_waste_coefficient(composition, "fossil_share", "1", assumptions),
        oxidation=assumptions.get("waste_to_energy", "oxidation", unit="1"),
    )


def _balance(
    waste_t: float, share: float, burn: bool, assumptions: Assumptions, grid: float, years: int
) -> dict[str, float]:
    kinds = {kind: part * waste_t for kind, part in read_composition().items()}
    parts = recovered_t(kinds, share * waste_t)
    recovered = sum(parts["recovered"].values())
    rest = waste_t - recovered
    kept = dict(parts["recovered"])
    energy = fossil = 0.0
    if burn and rest > 0:
        composition = {kind: mass / rest for kind, mass in parts["residual"].items()}
        energy = electricity_mwh(
            rest,
            heating_value=heating_value(assumptions, composition),
            efficiency=assumptions.get("waste_to_energy", "efficiency", unit="1"),
        )
        fossil = burnt_fossil_t(rest, composition, assumptions)
        kept = kinds
    gwp = assumptions.get("methane", "warming_potential", unit="1")
    methane = avoided_methane_t(kept, assumptions, years=years) * gwp
    credit = parts["recovered"]["glass"] * assumptions.get("secondary_glass", "credit", unit="t/t")
    return {
        "recovered_t": recovered,
        "burnt_t": rest if burn else 0.0,
        "landfilled_t": 0.0 if burn else rest,
        "electricity_mwh": energy,
        "methane_saved": methane,
        "grid_saved": energy * grid,
        "material_credit": credit,
        "fossil_burnt": fossil,
        "avoided": methane + energy * grid + credit - fossil,
    }


_SPREAD = (
    "not a regional statistic: the national waste per head times the region's people; cities make "
    "more than villages, so this is too low for cities and too high for the country"
)
_REPORTED = {
    "collected_kt": ("municipal waste collected", "kt/year"),
    "sorted_kt": ("municipal waste sorted", "kt/year"),
    "recycled_percent": ("share of waste recycled", "%"),
}


def landfill_series(
    deposited_t: float, assumptions: Assumptions, *, before: int, after: int = 0
) -> pd.Series:
    """Return the methane of a landfill that takes the same waste each year.

    Parameters
    ----------
    deposited_t : t of mean municipal waste a year.
    assumptions : holds ``landfill`` and the coefficients of each kind of waste.
    before, after : years of deposits up to now, and from now on.

    Returns
    -------
    Series : t of methane generated, by year; 0 is the first year after ``before``.
    """
    composition = read_composition()
    years = np.arange(-before, after + 1)
    waste = pd.Series(np.full(len(years), float(deposited_t)), index=years)
    table = landfill_methane(waste, composition, **_landfill_coefficients(composition, assumptions))
    return table.sum(axis=1)


def waste_table(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return the waste quantities of the atlas for each region.

    Parameters
    ----------
    regions : of :func:`greenanalysis.geo.regions.load_regions`.
    assumptions : see ``data/assumptions/waste.csv``.

    Returns
    -------
    DataFrame : in the form of :func:`greenanalysis.atlas.table.atlas_table`.
    """
    per_head = assumptions.get("waste", "per_head", unit="kg/year")
    deposited = assumptions.get("landfill", "deposited_share", unit="1")
    efficiency = assumptions.get("waste_to_energy", "efficiency", unit="1")
    history = int(assumptions.get("landfill", "history", unit="year"))
    heat = heating_value(assumptions)
    methane = float(landfill_series(1.0, assumptions, before=history).loc[0])
    waste = generation_t(regions["population"].to_numpy(), per_head)
    rows = []
    for code, mass in zip(regions.index, waste, strict=True):
        burnt = electricity_mwh(mass, heating_value=heat, efficiency=efficiency) / 1000
        for quantity, level, value, unit, more in (
            ("municipal waste generated", "existing", mass / 1000, "kt/year", ""),
            (
                "energy in municipal waste", "theoretical", mass * heat / 1e6, "PJ/year",
                f"lower heating value {heat:.1f} MJ/kg of the country's mean composition of about "
                "2012, which has a quarter of plastic: on the high side",
            ),
            (
                "electricity from burnt waste", "technical", burnt, "GWh/year",
                "all waste burnt, electricity only; rivals landfill gas and recycling",
            ),
            (
                "landfill methane", "existing", mass * deposited * methane / 1000, "kt/year",
                f"first-order decay of {history} years of equal deposits of {deposited:.0%} of it",
            ),
        ):  # fmt: skip
            note = f"{_SPREAD}; {more}" if more else _SPREAD
            rows.append(_row(code, quantity, level, value, unit, "modelled", note=note))
    return atlas_table([*rows, *_statistics(regions.index)], regions=regions.index)


def waste_cities(
    regions: gpd.GeoDataFrame, assumptions: Assumptions, *, least: float = 50_000
) -> pd.DataFrame:
    """Return the cities with their modelled waste, the largest first.

    Parameters
    ----------
    regions : with geometry, EPSG:4326.
    assumptions : holds ``waste/per_head``.
    least : persons.

    Returns
    -------
    DataFrame : columns city, region, latitude, longitude, population, waste_kt, status, source.
    """
    places = read_facts("settlements", numeric=["latitude", "longitude", "population"])
    places = places[places["population"] >= least].reset_index(drop=True)
    per_head = assumptions.get("waste", "per_head", unit="kg/year")
    table = pd.DataFrame(
        {
            "city": places["name"],
            "region": _region_of(regions, places),
            "latitude": places["latitude"],
            "longitude": places["longitude"],
            "population": places["population"],
            "waste_kt": generation_t(places["population"].to_numpy(), per_head) / 1000,
            "status": "modelled",
            "source": places["source"],
        }
    )
    return table.sort_values("population", ascending=False, ignore_index=True)


def waste_statistic(region: str, quantity: str) -> float:
    """Return a published regional figure of ``waste_regions.csv``, NaN where there is none.

    Raises
    ------
    InputError : a region or quantity that the table does not hold.
    """
    facts = read_facts("waste_regions", numeric=["value", "year"])
    for column, value in (("quantity", quantity), ("region", region)):
        if value not in set(facts[column]):
            raise unknown_name(
                column, value, sorted(facts[column].unique()), where="waste_regions.csv"
            )
    row = facts[(facts["region"] == region) & (facts["quantity"] == quantity)]
    return float(row["value"].iloc[0]) if len(row) else np.nan


def waste_checks(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Compare the country's modelled waste with every published total; they differ themselves.

    Returns
    -------
    DataFrame : columns quantity, got, expected, unit, tolerance, hit, source, remark.
    """
    totals = read_facts("waste_totals", numeric=["value", "year"])
    totals = totals[totals["unit"] == "Mt/year"]
    per_head = assumptions.get("waste", "per_head", unit="kg/year")
    tolerance = assumptions.get("waste_check", "total_tolerance", unit="1")
    got = generation_t(regions["population"].to_numpy(), per_head).sum() / 1e6
    remark = "people of 2023 times waste per head; the published totals contradict each other"
    basis = str(assumptions.rows("waste", "per_head")["source"].iloc[0])
    rows = []
    for _, fact in totals.iterrows():
        if "KazTAG" in basis and "KazTAG" in fact["source"]:
            own = "no comparison: waste per head is taken from this figure"
            rows.append(check_row(fact, np.nan, tolerance, own))
        else:
            rows.append(check_row(fact, got, tolerance, remark))
    return pd.DataFrame(rows)


def _region_of(regions: gpd.GeoDataFrame, places: pd.DataFrame) -> list[str]:
    """Return the region of each place, the nearest one for a place on the wrong side of a shore."""
    import shapely

    tree = shapely.STRtree(regions.geometry.to_numpy())
    points = shapely.points(places["longitude"].to_numpy(), places["latitude"].to_numpy())
    return [str(regions.index[number]) for number in tree.nearest(points)]


def _statistics(codes: pd.Index) -> list[dict[str, object]]:
    facts = read_facts("waste_regions", numeric=["value", "year"])
    rows = []
    for _, fact in facts.iterrows():
        if fact["region"] not in codes:
            raise unknown_name("region", fact["region"], codes, where="waste_regions.csv")
        quantity, unit = _REPORTED[fact["quantity"]]
        status = "modelled" if fact["status"] == "derived" else fact["status"]
        year = "" if np.isnan(fact["year"]) else f"{fact['year']:.0f}"
        row = _row(fact["region"], quantity, "reported", fact["value"], unit, status, fact["note"])
        rows.append(row | {"source": fact["source"], "year": year})
    return rows


def _row(
    region: str, quantity: str, level: str, value: float, unit: str, status: str, note: str
) -> dict[str, object]:
    return {
        "region": region,
        "theme": "waste",
        "quantity": quantity,
        "level": level,
        "value": value,
        "unit": unit,
        "year": "2024",
        "status": status,
        "source": "Minister of Ecology (waste), Bureau of National Statistics (people), IPCC 2006",
        "note": note,
    }


THEME = Theme(
    name="waste",
    order=3,
    table=waste_table,
    layer=MapLayer("municipal waste generated", "existing", "Municipal waste", "PuRd", 0),
    checks=waste_checks,
)
