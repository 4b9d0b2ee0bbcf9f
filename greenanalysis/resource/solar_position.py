"""Position of the sun over hours and cells, by pvlib's SPA taken apart.

What depends on time alone is computed once per hour, what depends on the place is broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from pvlib import spa

from greenanalysis.core.variables import DIMS

MIDDLE_OF_HOUR = np.timedelta64(-30, "m")
"""From a label, which is the end of its hour, to the instant at which the sun is taken."""
STANDARD_PRESSURE_HPA, STANDARD_TEMPERATURE_DEGC, REFRACTION_AT_HORIZON = 1013.25, 12.0, 0.5667
"""Refraction as pvlib.solarposition.get_solarposition takes it at sea level."""


@dataclass(frozen=True, eq=False)
class GeocentricSun:
    """The sun seen from the centre of the Earth, one value per instant.

    ``sidereal``, ``right_ascension`` and ``declination`` in degrees; ``distance`` in au.
    """

    sidereal: np.ndarray
    right_ascension: np.ndarray
    declination: np.ndarray
    distance: np.ndarray

    def take(self, index: np.ndarray) -> GeocentricSun:
        """Return the instants at ``index``, which may be of any shape."""
        return GeocentricSun(
            self.sidereal[index],
            self.right_ascension[index],
            self.declination[index],
            self.distance[index],
        )


@dataclass(frozen=True, eq=False)
class SunPosition:
    """Topocentric angles in degrees; azimuth from north over east; ``apparent`` is refracted."""

    zenith: np.ndarray
    apparent_zenith: np.ndarray
    azimuth: np.ndarray


def sun_instants(labels: np.ndarray) -> np.ndarray:
    """Return the instants at which the sun stands for hours that end at ``labels`` (UTC)."""
    return labels.astype("datetime64[ns]") + MIDDLE_OF_HOUR


def geocentric_sun(instants: np.ndarray, *, delta_t: float = 67.0) -> GeocentricSun:
    """Compute the time-dependent half of SPA.

    Parameters
    ----------
    instants : datetime64, UTC, one-dimensional; the instants themselves, not labels of hours.
    delta_t : terrestrial time less universal time, s; pvlib's default. It was 51 s in 1980 and is
        69 s in 2023; ten seconds move the sun by 0.0001 degrees.

    References
    ----------
    I. Reda, A. Andreas, Solar Energy 76 (2004) 577-589, doi:10.1016/j.solener.2003.12.003.
    """
    unixtime = pd.DatetimeIndex(instants).as_unit("ns").asi8 / 1e9
    args = (unixtime, 0.0, 0.0, 0.0, 0.0, 0.0, delta_t, 0.0, 1)
    sidereal, right_ascension, declination = spa.solar_position(*args, sst=True)
    distance = np.reshape(spa.solar_position(*args, esd=True), -1)
    return GeocentricSun(sidereal, right_ascension, declination, distance)


def topocentric_sun(
    sun: GeocentricSun,
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    elevation_m: float = 0.0,
    pressure_hpa: float = STANDARD_PRESSURE_HPA,
    temperature: float = STANDARD_TEMPERATURE_DEGC,
) -> SunPosition:
    """Turn the geocentric sun to places on the ground, with parallax and refraction.

    Parameters
    ----------
    sun : arrays that broadcast against ``latitude`` and ``longitude``.
    latitude, longitude : degrees north and east.
    elevation_m, pressure_hpa, temperature : of the place (degC); they move the result by less than
        0.002 degrees except with the sun near the horizon.

    Returns
    -------
    SunPosition : arrays of the broadcast shape.

    Notes
    -----
    Equal to ``pvlib.solarposition.get_solarposition(method="nrel_numpy")`` within 1e-9 degrees.
    """
    hour_angle = spa.local_hour_angle(sun.sidereal, longitude, sun.right_ascension)
    parallax = spa.equatorial_horizontal_parallax(sun.distance)
    u = spa.uterm(latitude)
    x, y = spa.xterm(u, latitude, elevation_m), spa.yterm(u, latitude, elevation_m)
    shift = spa.parallax_sun_right_ascension(x, parallax, hour_angle, sun.declination)
    declination = spa.topocentric_sun_declination(
        sun.declination, x, y, parallax, shift, hour_angle
    )
    local = spa.topocentric_local_hour_angle(hour_angle, shift)
    elevation = spa.topocentric_elevation_angle_without_atmosphere(latitude, declination, local)
    refraction = spa.atmospheric_refraction_correction(
        pressure_hpa, temperature, elevation, REFRACTION_AT_HORIZON
    )
    azimuth = spa.topocentric_azimuth_angle(
        spa.topocentric_astronomers_azimuth(local, declination, latitude)
    )
    return SunPosition(90 - elevation, 90 - (elevation + refraction), azimuth)


def solar_position(time: np.ndarray, latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
    """Compute the sun at the middle of each hour for every cell of a grid.

    Parameters
    ----------
    time : datetime64, UTC, labels of hours that end there.
    latitude, longitude : one-dimensional cell centres, degrees.

    Returns
    -------
    Dataset : ``solar_zenith`` and ``solar_azimuth`` (true) and ``apparent_zenith`` (refracted),
        degrees, (time, latitude, longitude), float64.
    """
    sun = geocentric_sun(sun_instants(np.asarray(time)))
    hours = np.arange(sun.sidereal.size)[:, None, None]
    lat, lon = np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float)
    position = topocentric_sun(sun.take(hours), lat[:, None], lon[None, :])
    parts = {
        "solar_zenith": (position.zenith, "solar zenith angle", "solar_zenith_angle"),
        "apparent_zenith": (position.apparent_zenith, "refracted solar zenith angle", ""),
        "solar_azimuth": (position.azimuth, "solar azimuth, clockwise from north", ""),
    }
    variables = {
        name: (DIMS, values, {"units": "degree", "long_name": text} | _standard(standard))
        for name, (values, text, standard) in parts.items()
    }
    return xr.Dataset(variables, coords={"time": time, "latitude": lat, "longitude": lon})


def _standard(name: str) -> dict[str, str]:
    return {"standard_name": name} if name else {}
