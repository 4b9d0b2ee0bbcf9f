"""What part of the land may carry solar or wind plants, factor by factor.

Simple models of single exclusions: slope, altitude, water, settlements. No IO.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtr

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.geo.grid import EQUAL_AREA, cell_area, cell_boxes

_TINY = 1e-12
"""Gradient below which the ground is flat, to keep the division finite."""


def gentle_share(
    sigma: xr.DataArray, surface: xr.DataArray, *, limit: float, window_km: float, hurst: float
) -> xr.DataArray:
    """Return the share of ground not steeper than ``limit``.

    Parameters
    ----------
    sigma : standard deviation of height in the cell, m.
    surface : surface of the cell, km2.
    limit : steepest slope that is allowed, degrees.
    window_km : size of the square of ground whose slope counts, km.
    hurst : exponent of the scaling of roughness, 0..1.

    Returns
    -------
    DataArray : 0..1, falling with ``sigma``; 1 where the ground is flat.

    Notes
    -----
    Heights are self-affine: the deviation in a window of side w is ``sigma * (w / cell) ** hurst``
    [1]_. A tilted square of side w with gradient g has the deviation ``g * w / sqrt(12)``, which
    gives the root mean square gradient; gradients of a Gaussian surface are Rayleigh distributed.
    Valid as a screening of 0.5 degree cells; a single valley in a mountain cell is not seen.

    References
    ----------
    .. [1] Malinverno, A. (1990), Geophys. Res. Lett. 17, 1953-1956, doi:10.1029/GL017i011p01953
    """
    in_window = sigma * (window_km / np.sqrt(surface)) ** hurst
    gradient = np.sqrt(12) * in_window / (1000 * window_km)
    allowed = np.tan(np.radians(limit))
    flat = gradient < _TINY
    below: xr.DataArray = -np.expm1(-((allowed / gradient.where(~flat, 1.0)) ** 2))
    return below.where(~flat, 1.0)


def share_below(elevation: xr.DataArray, sigma: xr.DataArray, *, limit: float) -> xr.DataArray:
    """Return the share of ground below an altitude when heights are Gaussian in the cell.

    Parameters
    ----------
    elevation, sigma : mean and standard deviation of height in the cell, m.
    limit : altitude, m.

    Returns
    -------
    DataArray : 0..1; 0 or 1 where the cell is flat.
    """
    flat = sigma == 0
    score = (limit - elevation) / sigma.where(~flat, 1.0)
    below: xr.DataArray = ndtr(score)
    return below.where(~flat, (elevation <= limit).where(elevation.notnull()))


def dry_share(
    water_fraction: xr.DataArray, land: xr.DataArray, surface: xr.DataArray
) -> xr.DataArray:
    """Return the dry share of the regions' surface in a cell.

    Parameters
    ----------
    water_fraction : share of the whole cell that is water, 0..1.
    land : surface of the regions inside the cell, km2.
    surface : surface of the whole cell, km2.

    Returns
    -------
    DataArray : 0..1. Water of a cell is placed outside the regions first, because their outline
        follows the shore of the Caspian; in a cell without a region it is the dry share of it.
    """
    outside = (surface - land).clip(min=0)
    inside = (water_fraction * surface - outside).clip(min=0)
    share = 1 - inside / land.where(land > 0, 1.0)
    return share.where(land > 0, 1 - water_fraction).clip(0, 1)


def settled_area(
    places: pd.DataFrame,
    surface: xr.DataArray,
    *,
    density: float,
    unknown: float,
    setback_km: float,
) -> xr.DataArray:
    """Return the surface of settlements and the strip around them in each cell.

    Parameters
    ----------
    places : latitude, longitude (degrees) and population (people, NaN where unknown).
    surface : surface of the cell (latitude, longitude), km2.
    density : people a km2 of built-up land, by which a place becomes a disc.
    unknown : population of a place where none is known.
    setback_km : width of the strip around the disc, km.

    Returns
    -------
    DataArray (latitude, longitude) : km2; discs that overlap count once.
    """
    import shapely
    from pyproj import Transformer

    people = places["population"].fillna(unknown).to_numpy(dtype=float)
    radius = 1000 * (np.sqrt(people / density / np.pi) + setback_km)
    project = Transformer.from_crs(4326, EQUAL_AREA, always_xy=True).transform
    points = shapely.points(*project(places["longitude"], places["latitude"]))
    discs = shapely.get_parts(shapely.union_all(shapely.buffer(points, radius, quad_segs=16)))
    cells = cell_boxes(surface["latitude"].to_numpy(), surface["longitude"].to_numpy())
    which, cell = shapely.STRtree(cells).query(discs, predicate="intersects")
    area = np.zeros(len(cells))
    np.add.at(area, cell, shapely.area(shapely.intersection(discs[which], cells[cell])) / 1e6)
    return surface.copy(data=area.reshape(surface.shape))


_TECHNOLOGIES = ("solar", "wind")
_CLIMATE_RANGES = {
    "elevation": (-500.0, 9000.0),
    "terrain_sigma": (0.0, 5000.0),
    "water_fraction": (0.0, 1.0),
}


def eligible_share(
    climate: xr.Dataset,
    regions_area: xr.DataArray,
    *,
    assumptions: Assumptions | None = None,
    settlements: pd.DataFrame | None = None,
    protected_percent: float | None = None,
) -> xr.Dataset:
    """Return the share of the regions' surface in each cell that may carry plants.

    Parameters
    ----------
    climate : Dataset (latitude, longitude) with elevation (m), terrain_sigma (standard deviation
        of terrain height in the cell, m) and water_fraction (0..1).
    regions_area : DataArray (region, latitude, longitude), km2, of ``regions.cell_region_area``.
    assumptions : table of assumptions; by default ``data/assumptions``.
    settlements : latitude, longitude (degrees), population (people, NaN where unknown); by
        default ``data/facts/settlements.csv``.
    protected_percent : share of specially protected areas, %; by default the newest national
        figure of ``data/facts/protected_areas.csv``.

    Returns
    -------
    Dataset (latitude, longitude) : shares that remain, 0..1: water, slope_solar, slope_wind,
        altitude, settlements_solar, settlements_wind, protected, and their products
        eligible_solar, eligible_wind. Multiply by ``regions_area`` to get km2: water is a factor.

    Raises
    ------
    InputError : a variable is missing or out of range, or the two grids differ.

    Notes
    -----
    The factors are taken as independent. Screening only: no land cover, no arable land, no roads,
    no military or mining areas, no villages below the GeoNames list, no distance to the grid.
    """
    _require(climate, regions_area)
    table = assumptions or load_assumptions()
    places = read_settlements() if settlements is None else settlements
    percent = national_protected_percent() if protected_percent is None else protected_percent
    if not 0 <= percent <= 100:
        raise input_error(
            "protected_percent", where="eligible_share", allowed="0..100", got=percent
        )
    land = regions_area.sum("region")
    surface = cell_area(climate["latitude"].to_numpy(), climate["longitude"].to_numpy())
    factors = _common_factors(climate, land, surface, table)
    factors["protected"] = xr.full_like(surface, 1 - percent / 100)
    for name in _TECHNOLOGIES:
        factors |= _technology_factors(name, climate, land, surface, table, places)
    return _described(factors)


def read_settlements() -> pd.DataFrame:
    """Return the GeoNames places of the country: name, latitude, longitude, population (NaN)."""
    return read_facts("settlements", numeric=["latitude", "longitude", "population"])


def national_protected_percent() -> float:
    """Return the share of specially protected areas in the country, % (newest row with an area)."""
    table = read_facts("protected_areas", numeric=["area_km2", "share_percent"])
    whole = table["region"] == load_country().code
    rows = table[whole & table["area_km2"].notna()].sort_values("date")
    return float(rows["share_percent"].iloc[-1])


def _require(climate: xr.Dataset, regions_area: xr.DataArray) -> None:
    for name, (low, high) in _CLIMATE_RANGES.items():
        if name not in climate:
            got = sorted(map(str, climate.data_vars))
            raise input_error(f"variable {name!r}", where="climate", allowed="present", got=got)
        values = climate[name].to_numpy()
        outside = (values < low) | (values > high)
        if outside.any():
            first = values[outside][0]
            raise input_error(name, where="climate", allowed=f"{low:g} to {high:g}", got=first)
    for dim in ("latitude", "longitude"):
        here, there = climate[dim].to_numpy(), regions_area[dim].to_numpy()
        if here.shape != there.shape or not np.allclose(here, there):
            raise input_error(
                f"{dim} of regions_area",
                where="eligible_share",
                allowed=f"that of the climate, {here[0]:g} to {here[-1]:g}, {len(here)} cells",
                got=f"{there[0]:g} to {there[-1]:g}, {len(there)} cells",
            )


def _common_factors(
    climate: xr.Dataset, land: xr.DataArray, surface: xr.DataArray, table: Assumptions
) -> dict[str, xr.DataArray]:
    limit = table.get("land", "altitude_limit", unit="m")
    return {
        "water": dry_share(climate["water_fraction"], land, surface),
        "altitude": share_below(climate["elevation"], climate["terrain_sigma"], limit=limit),
    }


def _technology_factors(
    name: str,
    climate: xr.Dataset,
    land: xr.DataArray,
    surface: xr.DataArray,
    table: Assumptions,
    places: pd.DataFrame,
) -> dict[str, xr.DataArray]:
    slope = gentle_share(
        climate["terrain_sigma"],
        surface,
        limit=table.get(f"land_{name}", "slope_limit", unit="degree"),
        window_km=table.get("land", "slope_window", unit="km"),
        hurst=table.get("land", "hurst_exponent", unit="1"),
    )
    built = settled_area(
        places,
        surface,
        density=table.get("land", "settlement_density", unit="people km-2"),
        unknown=table.get("land", "settlement_population_unknown", unit="people"),
        setback_km=table.get(f"land_{name}", "setback", unit="km"),
    )
    away = (1 - built / land.where(land > 0, surface)).clip(0, 1)
    return {f"slope_{name}": slope, f"settlements_{name}": away}


def _described(factors: dict[str, xr.DataArray]) -> xr.Dataset:
    for name in _TECHNOLOGIES:
        parts = ["water", "altitude", "protected", f"slope_{name}", f"settlements_{name}"]
        product = factors[parts[0]]
        for part in parts[1:]:
            product = product * factors[part]
        factors[f"eligible_{name}"] = product
    meaning = {
        "water": "share that is not water",
        "altitude": "share below the altitude limit",
        "protected": "share outside specially protected areas, spread evenly",
        **{f"slope_{n}": f"share flat enough for {n}" for n in _TECHNOLOGIES},
        **{f"settlements_{n}": f"share away from settlements for {n}" for n in _TECHNOLOGIES},
        **{f"eligible_{n}": f"share that may carry {n} plants" for n in _TECHNOLOGIES},
    }
    shares = {}
    for name, text in meaning.items():
        share = factors[name].transpose("latitude", "longitude").rename(name)
        share.attrs = {"units": "1", "long_name": text, "valid_range": [0.0, 1.0]}
        shares[name] = share
    attrs = {"grade": "screening", "title": "share of land eligible for solar and wind plants"}
    return xr.Dataset(shares, attrs=attrs)
