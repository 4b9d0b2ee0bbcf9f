"""Coordinates of a row against its region, the country and the usual placeholders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.geo.country import load_country

_TOLERANCE_DEGREES = 0.15
"""The committed boundaries are approximate; what lies this near to its region is accepted."""
_PLACEHOLDERS = ((0.0, 0.0), (48.0196, 66.9237), (48.0, 68.0), (48.0, 67.0))
"""Null island and the centres that maps give for "Kazakhstan"."""
_SHELF_DEGREES = 1.0
"""So far from the boundaries a plant may still be one of the country, such as in the Caspian."""
_SAME_PLACE = 1e-4
_SHARED = 5
"""So many plants of one file at one point are no plants' places."""

_Found = tuple[int, str, str]


def check_places(rows: pd.DataFrame) -> Iterator[_Found]:
    """Yield (position, code, text) for coordinates that cannot be the plant's.

    Parameters
    ----------
    rows : region, latitude, longitude (degrees, NaN where absent), name.
    """
    latitude = rows["latitude"].to_numpy(dtype=float)
    longitude = rows["longitude"].to_numpy(dtype=float)
    half = np.isnan(latitude) != np.isnan(longitude)
    yield from _all(half, "half-coordinates", "one of latitude and longitude is missing")
    known = ~np.isnan(latitude) & ~np.isnan(longitude)
    placeholder = known & _is_placeholder(latitude, longitude)
    yield from _all(placeholder, "placeholder", "the coordinates are a placeholder, not a place")
    rest = known & ~placeholder
    inside = rest & _inside(latitude, longitude, "")
    swapped = rest & ~inside & _inside(longitude, latitude, "")
    yield from _all(swapped, "swapped-coordinates", "latitude and longitude are exchanged")
    outside = rest & ~inside & ~swapped
    near = outside & _inside(latitude, longitude, "", wide=_SHELF_DEGREES)
    country = load_country().name
    yield from _all(near, "near-border", f"the coordinates lie a little outside {country}")
    yield from _all(outside & ~near, "outside-country", f"the coordinates lie outside {country}")
    regions = rows["region"].to_numpy(dtype=object)
    for region in pd.unique(regions[inside]):
        here = inside & (regions == region)
        wrong = here & ~_inside(latitude, longitude, str(region))
        yield from _all(wrong, "region-mismatch", f"the coordinates do not lie in {region}")


def _all(mask: np.ndarray, code: str, text: str) -> Iterator[_Found]:
    return ((int(position), code, text) for position in np.flatnonzero(mask))


def _is_placeholder(latitude: Any, longitude: Any) -> np.ndarray:
    found = np.zeros(len(latitude), dtype=bool)
    for north, east in (*_PLACEHOLDERS, *_centres()):
        found |= (abs(latitude - north) < _SAME_PLACE) & (abs(longitude - east) < _SAME_PLACE)
    whole = (latitude == np.round(latitude)) & (longitude == np.round(longitude))
    related: np.ndarray = found | whole
    return related


def shared_points(rows: pd.DataFrame) -> np.ndarray:
    """Return which rows stand at one point with so many others that it is nobody's place.

    Parameters
    ----------
    rows : latitude, longitude (degrees, NaN where absent), name.
    """
    names = rows.groupby(["latitude", "longitude"])["name"].transform("nunique").to_numpy()
    shared: np.ndarray = np.asarray(names, dtype=float) >= _SHARED
    return shared


@cache
def _centres() -> tuple[tuple[float, float], ...]:
    from greenanalysis.core.tables import read_facts

    facts = read_facts("regions", numeric=["latitude", "longitude"])
    return tuple(map(tuple, facts[["latitude", "longitude"]].to_numpy()))


def _inside(
    latitude: np.ndarray, longitude: np.ndarray, region: str, *, wide: float = _TOLERANCE_DEGREES
) -> np.ndarray:
    import shapely

    inside = np.zeros(len(latitude), dtype=bool)
    known = ~np.isnan(latitude) & ~np.isnan(longitude)
    inside[known] = shapely.contains_xy(_shape(region, wide), longitude[known], latitude[known])
    return inside


@cache
def _shape(region: str, wide: float) -> Any:
    import shapely

    shapes = _regions()
    one = shapes.union_all() if not region else shapes.loc[region]
    shape = one.simplify(0.01).buffer(wide)
    shapely.prepare(shape)
    return shape


@cache
def _regions() -> Any:
    from greenanalysis.geo.regions import load_regions

    return load_regions().geometry


def regions_at(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return the codes of the regions in which points lie, else of the nearest one close by.

    Parameters
    ----------
    latitude, longitude : degrees, shape (n,).

    Returns
    -------
    array : shape (n,), None where no region is near.
    """
    import shapely

    codes = np.full(len(latitude), None, dtype=object)
    shapes = _regions()
    for code in shapes.index:
        inside = shapely.contains_xy(shapes.loc[code], longitude, latitude)
        codes[inside] = str(code)
    for n in np.flatnonzero(codes == None):  # noqa: E711
        if not (abs(latitude[n]) <= 90 and abs(longitude[n]) <= 180):
            continue
        distances = shapes.distance(shapely.Point(longitude[n], latitude[n]))
        if distances.min() <= _TOLERANCE_DEGREES:
            codes[n] = str(distances.idxmin())
    return codes
