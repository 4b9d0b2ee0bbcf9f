"""The waste map: municipal waste by region and city, its energy and its landfill methane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.checks import check_row
from greenanalysis.atlas.table import atlas_table
from greenanalysis.atlas.waste_coefficients import landfill_coefficients, read_composition
from greenanalysis.atlas.waste_scenarios import heating_value
from greenanalysis.errors import unknown_name
from greenanalysis.resource.landfill import landfill_methane
from greenanalysis.resource.waste import electricity_mwh, generation_t
from greenanalysis.tables import read_facts

if TYPE_CHECKING:
    import geopandas as gpd

SPREAD = (
    "not a regional statistic: the national waste per head times the region's people; cities make "
    "more than villages, so this is too low for cities and too high for the country"
)
REPORTED = {
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
    table = landfill_methane(waste, composition, **landfill_coefficients(composition, assumptions))
    return table.sum(axis=1)


def waste_table(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return the waste quantities of the atlas for each region.

    Parameters
    ----------
    regions : of :func:`greenanalysis.regions.load_regions`.
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
            note = f"{SPREAD}; {more}" if more else SPREAD
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
        quantity, unit = REPORTED[fact["quantity"]]
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
