"""Cells of a regular grid as rectangles of the cylindrical equal-area projection of WGS 84."""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.errors import input_error

EQUAL_AREA = "EPSG:6933"
"""Meridians and parallels are straight lines in it, so a cell is exactly a rectangle."""


def cell_area(latitude: np.ndarray, longitude: np.ndarray) -> xr.DataArray:
    """Return the surface of each cell of a regular grid on the WGS 84 ellipsoid.

    Parameters
    ----------
    latitude, longitude : regularly spaced cell centres in degrees, at least two each.

    Returns
    -------
    DataArray (latitude, longitude) : km2.

    Raises
    ------
    InputError : centres that are not evenly spaced.
    """
    west, east, south, north = _edges(latitude, longitude)
    area = (north - south)[:, None] * (east - west)[None, :] / 1e6
    return as_area(area, {"latitude": latitude, "longitude": longitude}, "surface of the cell")


def cell_boxes(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return one rectangle a cell in :data:`EQUAL_AREA`, rows of latitude first.

    Parameters
    ----------
    latitude, longitude : regularly spaced cell centres in degrees, at least two each.

    Returns
    -------
    array of shapely Polygons, length ``len(latitude) * len(longitude)``.

    Raises
    ------
    InputError : centres that are not evenly spaced.
    """
    import shapely

    west, east, south, north = _edges(latitude, longitude)
    row, column = np.divmod(np.arange(len(latitude) * len(longitude)), len(longitude))
    boxes: np.ndarray = shapely.box(west[column], south[row], east[column], north[row])
    return boxes


def as_area(values: np.ndarray, coords: dict[str, object], long_name: str) -> xr.DataArray:
    """Return km2 as a DataArray with exactly the attributes of an area."""
    attrs = {"units": "km2", "long_name": long_name, "projection": EQUAL_AREA}
    return xr.DataArray(values, coords=coords, dims=tuple(coords), name="area", attrs=attrs)


def _edges(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return west, east (per column), south, north (per row) in metres of the projection."""
    from pyproj import Transformer

    edges = []
    for name, centres in (("longitude", longitude), ("latitude", latitude)):
        values = np.asarray(centres, dtype=float)
        steps = np.diff(values)
        if len(values) < 2 or not np.allclose(steps, steps[0], rtol=1e-6) or steps[0] == 0:
            allowed = "two or more evenly spaced centres"
            raise input_error(name, where="grid", allowed=allowed, got=values.tolist())
        half = abs(steps[0]) / 2
        edges += [values - half, values + half]
    project = Transformer.from_crs(4326, EQUAL_AREA, always_xy=True).transform
    west, east = (project(edge, np.zeros_like(edge))[0] for edge in edges[:2])
    south, north = (project(np.zeros_like(edge), edge)[1] for edge in edges[2:])
    return west, east, south, north
