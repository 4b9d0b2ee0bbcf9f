"""Simple models of single exclusions: slope, altitude, water, settlements. No IO."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtr

from greenanalysis.cells import EQUAL_AREA, cell_boxes

TINY = 1e-12
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
    flat = gradient < TINY
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
