"""Cells of a regular grid as rectangles of the cylindrical equal-area projection of WGS 84.

The project's own cells are those of :class:`~greenanalysis.geo.country.Country`.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.geo.country import load_country

EARTH_RADIUS_KM = 6371.0072
"""Authalic radius of WGS 84: the sphere with the ellipsoid's surface."""


def latitudes() -> np.ndarray:
    """Return the latitudes of the cell centres, degrees north, ascending."""
    country = load_country()
    _, south, _, north = country.grid
    return np.arange(south + country.grid_step / 2, north, country.grid_step)


def longitudes() -> np.ndarray:
    """Return the longitudes of the cell centres, degrees east, ascending."""
    country = load_country()
    west, _, east, _ = country.grid
    return np.arange(west + country.grid_step / 2, east, country.grid_step)


def great_circle_km(
    lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray
) -> np.ndarray:
    """Return great-circle distances in km between points in degrees (haversine, broadcasting).

    Parameters
    ----------
    lat_a, lon_a : degrees of the one point, or an array of them.
    lat_b, lon_b : degrees of the other.
    """
    phi_a, lam_a, phi_b, lam_b = (np.radians(x) for x in (lat_a, lon_a, lat_b, lon_b))
    chord = (
        np.sin((phi_b - phi_a) / 2) ** 2
        + np.cos(phi_a) * np.cos(phi_b) * np.sin((lam_b - lam_a) / 2) ** 2
    )
    distance: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distance


EQUAL_AREA = "EPSG:6933"
"""Meridians and parallels are straight lines in it, so a cell is exactly a rectangle."""


def cell_area(latitude: np.ndarray, longitude: np.ndarray) -> xr.DataArray:
    """Return the surface of each cell of a regular grid on the WGS 84 ellipsoid.

    Parameters
    ----------
    latitude, longitude : regularly spaced cell centres in degrees.

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
    latitude, longitude : regularly spaced cell centres in degrees.

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


SITE_DEG = 0.1
"""Size of the cell that a single site stands for on maps and in areas; its yield is its own."""


def cell_halves(latitude: np.ndarray, longitude: np.ndarray) -> tuple[float, float]:
    """Return half the size of the cells in degrees, of latitude and of longitude.

    An axis of one centre takes the step of the other, a single site :data:`SITE_DEG`.
    """
    steps = [
        float(abs(axis[1] - axis[0])) if len(axis) > 1 else None for axis in (latitude, longitude)
    ]
    usual = next((step for step in steps if step is not None), SITE_DEG)
    south, west = (usual if step is None else step for step in steps)
    return south / 2, west / 2


def _edges(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return west, east (per column), south, north (per row) in metres of the projection."""
    from pyproj import Transformer

    edges = []
    halves = cell_halves(latitude, longitude)
    for name, centres, half in (
        ("longitude", longitude, halves[1]),
        ("latitude", latitude, halves[0]),
    ):
        values = np.asarray(centres, dtype=float)
        steps = np.diff(values)
        even = not len(steps) or (np.allclose(steps, steps[0], rtol=1e-6) and steps[0] != 0)
        if not len(values) or not even:
            allowed = "evenly spaced centres"
            raise input_error(name, where="grid", allowed=allowed, got=values.tolist())
        edges += [values - half, values + half]
    project = Transformer.from_crs(4326, EQUAL_AREA, always_xy=True).transform
    west, east = (project(edge, np.zeros_like(edge))[0] for edge in edges[:2])
    south, north = (project(np.zeros_like(edge), edge)[1] for edge in edges[2:])
    return west, east, south, north
