"""Measures of a region in hydro power and municipal waste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenanalysis.atlas.waste import waste_statistic
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.errors import unknown_name
from greenanalysis.geo.regions import load_regions
from greenanalysis.programme.hydro import hydro_measures, planned_hydro
from greenanalysis.programme.measure import Measure
from greenanalysis.programme.waste import landfill_cities, planned_burners, waste_measures

if TYPE_CHECKING:
    import geopandas as gpd


def hydro_waste_measures(
    region: str,
    assumptions: Assumptions,
    *,
    electricity_usd_per_mwh: float,
    grid_co2_t_per_mwh: float,
    drinking_water_usd_per_m3: float,
    regions: gpd.GeoDataFrame | None = None,
) -> list[Measure]:
    """Return what a region can do in hydro power and waste, each measure at its full size.

    Parameters
    ----------
    region : ISO 3166-2 code.
    assumptions : with ``hydro.csv``, ``waste.csv`` and ``currency.csv``.
    electricity_usd_per_mwh : what generated electricity earns, USD of 2025.
    grid_co2_t_per_mwh : what a MWh from the grid emits.
    drinking_water_usd_per_m3 : what drinking water earns, USD of 2025.
    regions : of :func:`greenanalysis.geo.regions.load_regions`; read by default.

    Returns
    -------
    list : planned hydro plants, landfill gas of the large cities, a sorting line, planned
        waste-to-energy plants; only those whose inputs are known, so it may be empty.

    Raises
    ------
    InputError : an unknown region or a negative price or emission factor.
    """
    table = _checked(region, regions)
    return [
        *hydro_measures(
            region,
            assumptions,
            electricity_usd_per_mwh=electricity_usd_per_mwh,
            grid_co2_t_per_mwh=grid_co2_t_per_mwh,
            drinking_water_usd_per_m3=drinking_water_usd_per_m3,
        ),
        *waste_measures(
            region,
            assumptions,
            table,
            electricity_usd_per_mwh=electricity_usd_per_mwh,
            grid_co2_t_per_mwh=grid_co2_t_per_mwh,
        ),
    ]


def missing_inputs(
    region: str,
    assumptions: Assumptions | None = None,
    *,
    regions: gpd.GeoDataFrame | None = None,
) -> list[str]:
    """Return what is lacking for the measures of a region, in plain sentences.

    Parameters
    ----------
    region : ISO 3166-2 code.
    assumptions, regions : read by default.

    Raises
    ------
    InputError : an unknown region.
    """
    table = _checked(region, regions)
    assumption_table = load_assumptions() if assumptions is None else assumptions
    lacking = []
    planned = planned_hydro(region)
    if planned.empty:
        lacking.append("No planned hydro plant with a source is known for the region.")
    for _, plant in planned.iterrows():
        if plant["energy_gwh"] != plant["energy_gwh"]:
            lacking.append(
                f"{plant['title']}: no yearly energy is published; the mean use of small plants "
                "stands in."
            )
        if plant["water_mm3"] > 0:
            lacking.append(
                f"{plant['title']}: no bulk price of its water is available, so it is valued at "
                "what households pay, pipes and taps included."
            )
        if plant["investment"] != plant["investment"]:
            lacking.append(
                f"{plant['title']}: no usable cost is published; the general cost stands in."
            )
    if waste_statistic(region, "collected_kt") != waste_statistic(region, "collected_kt"):
        lacking.append("Waste collected in the region is not known; people times waste per head.")
    if waste_statistic(region, "recycled_percent") != waste_statistic(region, "recycled_percent"):
        lacking.append("The share recycled in the region is not known: no sorting line is sized.")
    if landfill_cities(region, table, assumption_table).empty:
        lacking.append("No city is large enough for a landfill gas plant.")
    else:
        lacking.append("Age, depth and cover of the city landfills are not known.")
    if planned_burners(region).empty:
        lacking.append("No waste-to-energy plant with cost and capacity is planned in the region.")
    return lacking


def _checked(region: str, regions: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    table = load_regions() if regions is None else regions
    if region not in table.index:
        raise unknown_name("region", region, table.index, where="hydro and waste measures")
    return table
