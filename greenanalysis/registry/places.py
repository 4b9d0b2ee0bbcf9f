"""Coordinates of a row against its region, the country and the usual placeholders."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

TOLERANCE_DEGREES = 0.15
"""The committed boundaries are approximate; what lies this near to its region is accepted."""
PLACEHOLDERS = ((0.0, 0.0), (48.0196, 66.9237), (48.0, 68.0), (48.0, 67.0))
"""Null island and the centres that maps give for "Kazakhstan"."""
SAME_PLACE = 1e-4
SHARED = 5
"""So many plants of one file at one point are no plants' places."""

Found = tuple[int, str, str]


def check_places(rows: pd.DataFrame) -> Iterator[Found]:
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
    placeholder = known & _is_placeholder(rows, latitude, longitude)
    yield from _all(placeholder, "placeholder", "the coordinates are a placeholder, not a place")
    rest = known & ~placeholder
    inside = rest & _inside(latitude, longitude, "")
    swapped = rest & ~inside & _inside(longitude, latitude, "")
    yield from _all(swapped, "swapped-coordinates", "latitude and longitude are exchanged")
    outside = rest & ~inside & ~swapped
    yield from _all(outside, "outside-country", "the coordinates lie outside Kazakhstan")
    regions = rows["region"].to_numpy(dtype=object)
    for region in pd.unique(regions[inside]):
        here = inside & (regions == region)
        wrong = here & ~_inside(latitude, longitude, str(region))
        yield from _all(wrong, "region-mismatch", f"the coordinates do not lie in {region}")


def _all(mask: np.ndarray, code: str, text: str) -> Iterator[Found]:
    return ((int(position), code, text) for position in np.flatnonzero(mask))


def _is_placeholder(rows: pd.DataFrame, latitude: Any, longitude: Any) -> np.ndarray:
    found = np.zeros(len(rows), dtype=bool)
    for north, east in (*PLACEHOLDERS, *_centres()):
        found |= (abs(latitude - north) < SAME_PLACE) & (abs(longitude - east) < SAME_PLACE)
    whole = (latitude == np.round(latitude)) & (longitude == np.round(longitude))
    places = pd.DataFrame({"a": latitude, "o": longitude, "name": rows["name"].to_numpy()})
    names = places.groupby(["a", "o"])["name"].transform("nunique").to_numpy()
    related: np.ndarray = found | whole | (names >= SHARED)
    return related


@cache
def _centres() -> tuple[tuple[float, float], ...]:
    from greenanalysis.tables import read_facts

    facts = read_facts("regions", numeric=["latitude", "longitude"])
    return tuple(map(tuple, facts[["latitude", "longitude"]].to_numpy()))


def _inside(latitude: np.ndarray, longitude: np.ndarray, region: str) -> np.ndarray:
    import shapely

    inside = np.zeros(len(latitude), dtype=bool)
    known = ~np.isnan(latitude) & ~np.isnan(longitude)
    inside[known] = shapely.contains_xy(_shape(region), longitude[known], latitude[known])
    return inside


@cache
def _shape(region: str) -> Any:
    import shapely

    shapes = _regions()
    one = shapes.union_all() if not region else shapes.loc[region]
    wide = one.simplify(0.01).buffer(TOLERANCE_DEGREES)
    shapely.prepare(wide)
    return wide


@cache
def _regions() -> Any:
    from greenanalysis.regions import load_regions

    return load_regions().geometry
