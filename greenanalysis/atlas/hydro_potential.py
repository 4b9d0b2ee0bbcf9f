"""Gross theoretical hydro potential of Kazakhstan by basin and region, from flow and heights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.grid import latitudes, longitudes
from greenanalysis.geo.regions import cell_region_area
from greenanalysis.resource.hydro import surface_potential_twh
from greenanalysis.weather.sample.climate import climate_at, load_climate

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

_FLOWS = ("total_km3", "share_percent", "inflow_km3")
_PLACES = ("inflow_share", "latitude_in", "longitude_in", "latitude_out", "longitude_out")


@dataclass(frozen=True)
class Potential:
    """Gross potential: ``regions`` (by region: local_twh, transit_twh, total_twh) and ``basins``
    (by basin: flow_km3 formed inside, local_twh; transit by group in ``groups``)."""

    regions: pd.DataFrame
    basins: pd.DataFrame
    groups: pd.DataFrame


def gross_potential(
    regions: gpd.GeoDataFrame,
    assumptions: Assumptions,
    *,
    climate: xr.Dataset | None = None,
    exponent: float | None = None,
) -> Potential:
    """Return the energy of all water that forms in, or runs through, each region.

    Parameters
    ----------
    regions : of :func:`greenanalysis.geo.regions.load_regions`.
    assumptions : holds ``hydro_potential/runoff_height_exponent``.
    climate : of :func:`greenanalysis.weather.sample.climate.load_climate`; read by default.
    exponent : how local runoff grows with height; that of ``assumptions`` by default.

    Returns
    -------
    Potential : TWh a year without any loss; regions without water have 0.

    Raises
    ------
    InputError : a fact table is missing or names a region, basin or group that is not known.

    Notes
    -----
    Local water of a group of basins (published flow less the inflow from abroad) is spread over its
    cells in proportion to area x height above the basin's lowest cell, to the power of
    ``runoff_height_exponent``; all of its energy is put where it forms, also what it gives further
    down. Water from abroad is followed along the reaches of ``hydro_reaches.csv``. Heights are
    means of cells of half a degree, so gorges are lost. The whole water counts, also what fields
    and lakes drink. Precipitation less evaporation of GLEAM could not take the place of the
    published flows: it is negative in six of 14 watersheds.
    """
    climate = load_climate() if climate is None else climate
    flow = read_facts("hydro_flow", numeric=_FLOWS).set_index("group")
    if exponent is None:
        exponent = assumptions.get("hydro_potential", "runoff_height_exponent", unit="1")
    cells = _cells(regions, flow, climate, exponent)
    reaches = _reaches(regions, flow, climate)
    local = cells.groupby("region")["energy"].sum().reindex(regions.index, fill_value=0.0)
    transit = reaches.groupby("region")["energy"].sum().reindex(regions.index, fill_value=0.0)
    by_region = pd.DataFrame({"local_twh": local, "transit_twh": transit})
    by_region["total_twh"] = by_region.sum(axis=1)
    by_basin = cells.groupby("basin")[["volume", "energy"]].sum()
    groups = pd.DataFrame(
        {
            "local_twh": cells.groupby("group")["energy"].sum(),
            "transit_twh": reaches.groupby("group")["energy"].sum(),
        }
    ).fillna(0.0)
    by_basin.columns = pd.Index(["flow_km3", "local_twh"])
    return Potential(by_region, by_basin, groups)


def local_flow(flow: pd.DataFrame) -> pd.Series:
    """Return the water that forms inside the country in each group of basins, km3 a year.

    Raises
    ------
    InputError : more inflow than flow, or shares that sum to over 100.
    """
    if flow["share_percent"].sum() > 100:
        raise input_error(
            "share_percent",
            where="hydro_flow.csv",
            allowed="a sum of at most 100",
            got=flow["share_percent"].sum(),
        )
    local = flow["total_km3"] * flow["share_percent"] / 100 - flow["inflow_km3"]
    for group, inflow in flow.loc[local < 0, "inflow_km3"].items():
        raise input_error(
            "inflow_km3",
            where=f"hydro_flow.csv, {group}",
            allowed="at most the flow of the group",
            got=inflow,
        )
    return local


def _cells(
    regions: gpd.GeoDataFrame, flow: pd.DataFrame, climate: xr.Dataset, exponent: float
) -> pd.DataFrame:
    """Return volume and energy of each piece of a region in a cell."""
    cells = read_facts("hydro_basin_cells", numeric=["latitude", "longitude"])
    _known(cells["group"], flow.index, "hydro_basin_cells.csv", "group")
    height = climate["elevation"].to_series().rename("height")
    cells = cells.join(height, on=["latitude", "longitude"])
    cells["fall"] = cells["height"] - cells.groupby("basin")["height"].transform("min")
    area = cell_region_area(regions, latitudes(), longitudes()).to_series().rename("area")
    pieces = area[area > 0].reset_index().merge(cells, on=["latitude", "longitude"])
    weight = pieces["area"] * pieces["fall"] ** exponent
    share = weight / weight.groupby(pieces["group"]).transform("sum")
    pieces["volume"] = share * pieces["group"].map(local_flow(flow))
    pieces["energy"] = surface_potential_twh(pieces["volume"].to_numpy(), pieces["fall"].to_numpy())
    return pieces


def _reaches(regions: gpd.GeoDataFrame, flow: pd.DataFrame, climate: xr.Dataset) -> pd.DataFrame:
    """Return the energy of water from abroad on each reach; a reach that rises gives none."""
    reaches = read_facts("hydro_reaches", numeric=_PLACES)
    _known(reaches["region"], regions.index, "hydro_reaches.csv", "region")
    _known(reaches["group"], flow.index, "hydro_reaches.csv", "group")
    ends = [
        climate_at(
            ["elevation"],
            reaches[f"latitude_{end}"].to_numpy(),
            reaches[f"longitude_{end}"].to_numpy(),
            climate=climate,
        )["elevation"]
        for end in ("in", "out")
    ]
    reaches["fall"] = np.maximum(ends[0] - ends[1], 0.0)
    reaches["volume"] = reaches["group"].map(flow["inflow_km3"]) * reaches["inflow_share"]
    reaches["energy"] = surface_potential_twh(
        reaches["volume"].to_numpy(), reaches["fall"].to_numpy()
    )
    return reaches


def _known(column: pd.Series, names: pd.Index, where: str, what: str) -> None:
    bad = column[~column.isin(names)]
    if len(bad):
        raise input_error(what, where=where, allowed=list(names), got=bad.iloc[0])
