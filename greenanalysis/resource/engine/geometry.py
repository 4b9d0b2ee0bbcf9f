"""Sun and cells as vectors: a cell's angles are dot products, without trigonometry per cell-hour.

The frame turns with the Earth: first axis to the north pole, second to Greenwich on the equator,
third so that the hour angle grows with it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock

import numpy as np
import pandas as pd
from pvlib import irradiance, spa

from greenanalysis.resource.solar_position import geocentric_sun, sun_instants

_REMEMBERED = 64
"""Spans of hours whose sun is kept; a quarter of a year takes 0.1 MB."""

UP, RADIAL, PLANE, CROSS, TILT = 0, 4, 6, 10, 14
"""First rows of :func:`cell_vectors`."""
_ROWS = 15


_Hourly = Callable[[np.ndarray], np.ndarray]


def remembered(compute: _Hourly) -> _Hourly:
    """Keep what ``compute`` returned for the last spans of labels; the arrays become read-only."""
    memory: OrderedDict[bytes, np.ndarray] = OrderedDict()
    lock = Lock()

    @wraps(compute)
    def recall(labels: np.ndarray) -> np.ndarray:
        key = hashlib.sha1(labels.tobytes()).digest() + str(labels.dtype).encode()
        with lock:
            if key in memory:
                memory.move_to_end(key)
                return memory[key]
        found = np.ascontiguousarray(compute(labels))
        found.flags.writeable = False
        with lock:
            memory[key] = found
            while len(memory) > _REMEMBERED:
                memory.popitem(last=False)
        return found

    return recall


@remembered
def sun_vectors(labels: np.ndarray) -> np.ndarray:
    """Return what the kernels need to know of the sun in each hour that ends at ``labels`` (UTC).

    Returns
    -------
    array (hour, 5), float64 : unit vector to the sun from the Earth's centre, sine of the
        equatorial horizontal parallax, extraterrestrial irradiance on the normal plane (W/m2).

    Notes
    -----
    Right ascension, declination and sidereal time are SPA's, the irradiance Spencer's, as pvlib
    computes them, at the middle of the hour. Recent spans are remembered.
    """
    instants = sun_instants(labels)
    sun = geocentric_sun(instants)
    hour = np.radians(sun.sidereal - sun.right_ascension)
    declination = np.radians(sun.declination)
    parallax = np.radians(spa.equatorial_horizontal_parallax(sun.distance))
    extra = irradiance.get_extra_radiation(pd.DatetimeIndex(instants)).to_numpy()
    level = np.cos(declination)
    columns = (
        np.sin(declination),
        level * np.cos(hour),
        level * np.sin(hour),
        np.sin(parallax),
        extra,
    )
    return np.stack(columns, axis=-1)


def cell_vectors(
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    tilt: np.ndarray,
    azimuth: np.ndarray,
    axis_azimuth: float = 180.0,
) -> np.ndarray:
    """Return what the kernels need to know of each cell.

    Parameters
    ----------
    latitude, longitude : (cell), degrees.
    tilt, azimuth : (cell), degrees, of fixed modules; azimuth from north over east.
    axis_azimuth : degrees, of horizontal trackers.

    Returns
    -------
    array (15, cell), float64 : rows from :data:`UP` the upward unit vector and, fourth, minus its
        projection on the place's vector from the Earth's centre; from :data:`RADIAL` that vector
        as multiples of upward and of the pole; from :data:`PLANE` the modules' normal as the upward
        vector; from :data:`CROSS` the horizontal vector across the axis, likewise; at
        :data:`TILT` the cosine of the tilt.
    """
    lat, lon = np.radians(latitude), np.radians(longitude)
    none = np.zeros_like(lat)
    up = np.stack([np.sin(lat), np.cos(lat) * np.cos(lon), -np.cos(lat) * np.sin(lon)])
    north = np.stack([np.cos(lat), -np.sin(lat) * np.cos(lon), np.sin(lat) * np.sin(lon)])
    east = np.stack([none, -np.sin(lon), -np.cos(lon)])
    slope, facing, axis = np.radians(tilt), np.radians(azimuth), np.radians(axis_azimuth)
    level = np.cos(facing) * north + np.sin(facing) * east
    plane = np.cos(slope) * up + np.sin(slope) * level
    cross = np.cos(axis) * east - np.sin(axis) * north
    u = spa.uterm(latitude)
    outward, along = spa.xterm(u, latitude, 0.0), spa.yterm(u, latitude, 0.0)
    upward = outward / np.maximum(np.cos(lat), 1e-12)
    poleward = along - upward * np.sin(lat)
    rows = np.empty((_ROWS, lat.size))
    for first, vector in ((UP, up), (PLANE, plane), (CROSS, cross)):
        rows[first : first + 3] = vector
        rows[first + 3] = -(upward * (vector * up).sum(axis=0) + poleward * vector[0])
    rows[RADIAL], rows[RADIAL + 1] = upward, poleward
    rows[TILT] = np.cos(slope)
    return rows
