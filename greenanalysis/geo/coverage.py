"""Which regions a grid of weather covers: the others are left out, and it is said."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.geo.grid import cell_halves

if TYPE_CHECKING:
    import geopandas as gpd

_log = logging.getLogger(__name__)

_EDGE_DEG = 1e-9


def covered_regions(
    regions: gpd.GeoDataFrame, latitude: np.ndarray, longitude: np.ndarray
) -> list[str]:
    """Return the codes of the regions that lie wholly on the cells of a grid.

    Parameters
    ----------
    regions : polygons with the code as index, EPSG:4326.
    latitude, longitude : ascending, regularly spaced cell centres in degrees; a single site covers
        no region.
    """
    inside = np.ones(len(regions), dtype=bool)
    bounds = regions.geometry.bounds
    halves = cell_halves(latitude, longitude)
    for centres, step, low, high in (
        (longitude, halves[1], "minx", "maxx"),
        (latitude, halves[0], "miny", "maxy"),
    ):
        half = step + _EDGE_DEG
        inside &= (bounds[low] >= centres[0] - half) & (bounds[high] <= centres[-1] + half)
    return list(regions.index[inside])


def covered_part(
    regions: gpd.GeoDataFrame, weather: xr.Dataset, *, whole_country: bool = False
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Return the regions that the weather covers completely, and what to say of the others.

    Parameters
    ----------
    regions : all of them.
    weather : canonical weather, of the country or of a part.
    whole_country : whether nothing may be left out.

    Returns
    -------
    tuple : the regions covered; an attribute ``coverage`` in words, which is also printed on
        stderr, or nothing where all are covered.

    Raises
    ------
    InputError : none is covered, or not all where all are needed.
    """
    name = weather.attrs["name"]
    codes = covered_regions(
        regions, weather["latitude"].to_numpy(), weather["longitude"].to_numpy()
    )
    if len(codes) == len(regions):
        return regions, {}
    if not codes:
        raise InputError(f"weather {name} covers none of the regions completely")
    missing = [code for code in regions.index if code not in codes]
    words = (
        f"{len(codes)} of {len(regions)} regions: {', '.join(codes)}; "
        f"left out, for the weather does not cover them completely: {', '.join(missing)}"
    )
    if whole_country:
        raise InputError(f"weather {name} covers {words}; this needs the whole country")
    _log.warning("weather %s covers %s", name, words)
    return regions.loc[codes], {"coverage": words}


def touched_regions(
    regions: gpd.GeoDataFrame, latitude: np.ndarray, longitude: np.ndarray
) -> gpd.GeoDataFrame:
    """Return the regions that lie at least partly on the cells of a grid, or under a site."""
    from shapely.geometry import box

    south, west = cell_halves(latitude, longitude)
    extent = box(
        longitude[0] - west, latitude[0] - south, longitude[-1] + west, latitude[-1] + south
    )
    chosen: gpd.GeoDataFrame = regions[regions.intersects(extent)]
    return chosen


def require_covered(regions: gpd.GeoDataFrame, code: str, *, weather: Mapping[str, object]) -> None:
    """Refuse a region that is not among those that the weather covers.

    Raises
    ------
    InputError : naming the region, the weather and the regions it covers.
    """
    if code not in regions.index:
        where = f"an assessment with weather {weather['name']}, whose grid misses it"
        raise input_error("region", where=where, allowed=", ".join(regions.index), got=code)
