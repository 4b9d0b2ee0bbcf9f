"""Sun and cloudless sky over many cells: the astronomy once per hour, pvlib's formulas per cell.

With it, beam on the horizontal, as models archive it, becomes beam on a plane facing the sun.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib
import xarray as xr
from pvlib import spa

from greenanalysis.resource.solar_position import geocentric_sun

HALF_HOUR = pd.Timedelta(minutes=30)
_DELTA_T_S = 67.0


@dataclass(frozen=True)
class Sun:
    """Where the sun stands, seen from the centre of the Earth.

    ``direction`` (time, 3) is the unit vector towards it (z to the pole, x to Greenwich);
    ``distance_au`` (time) its distance and ``extraterrestrial`` (time) the irradiance on a plane
    facing it outside the atmosphere, W m-2.
    """

    direction: np.ndarray
    distance_au: np.ndarray
    extraterrestrial: np.ndarray


def sun(middle: pd.DatetimeIndex) -> Sun:
    """Return the geocentric sun at each instant (UTC; for hour-ending labels: label - 30 min)."""
    geocentric = geocentric_sun(middle.to_numpy())
    declination = np.radians(geocentric.declination)
    hour_angle = np.radians(geocentric.sidereal - geocentric.right_ascension)
    direction = np.stack(
        [
            np.cos(declination) * np.cos(hour_angle),
            -np.cos(declination) * np.sin(hour_angle),
            np.sin(declination),
        ],
        axis=-1,
    )
    extraterrestrial = np.asarray(pvlib.irradiance.get_extra_radiation(middle), dtype=float)
    return Sun(direction, geocentric.distance, extraterrestrial)


def elevation_deg(position: Sun, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return the sun's topocentric elevation without refraction, degrees, (time, cell).

    Parameters
    ----------
    position : :func:`sun` at each time.
    latitude, longitude : of each cell, degrees north and east.

    Notes
    -----
    Parallax is taken to first order; the difference to pvlib stays under 1e-5 degrees.
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    up = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    geocentric = np.degrees(np.arcsin(np.clip(position.direction @ up, -1, 1)))
    parallax = 8.794 / 3600 / position.distance_au
    topocentric: np.ndarray = geocentric - parallax[:, None] * np.cos(np.radians(geocentric))
    return topocentric


def apparent_zenith_deg(elevation: np.ndarray, pressure: np.ndarray | float) -> np.ndarray:
    """Return the zenith angle, degrees, refracted by air of 12 degC and ``pressure`` Pa."""
    refraction = spa.atmospheric_refraction_correction(pressure / 100, 12.0, elevation, 0.5667)
    zenith: np.ndarray = 90 - elevation - refraction
    return zenith


def clear_sky(
    elevation: np.ndarray,
    extraterrestrial: np.ndarray,
    *,
    linke_turbidity: np.ndarray,
    altitude: np.ndarray,
) -> np.ndarray:
    """Return the global horizontal irradiance of a cloudless sky, W m-2, 0 by night.

    Parameters
    ----------
    elevation : sun without refraction, degrees; any shape.
    extraterrestrial : normal irradiance outside the atmosphere, W m-2; broadcasts with it.
    linke_turbidity, altitude : turbidity factor and height in m; broadcast with it.

    References
    ----------
    Ineichen and Perez (2002), A new airmass independent formulation for the Linke turbidity
    coefficient, Solar Energy 73(3), 151-157, doi:10.1016/S0038-092X(02)00045-2, in pvlib.
    """
    shape = np.broadcast_shapes(
        *(np.shape(x) for x in (elevation, extraterrestrial, linke_turbidity, altitude))
    )
    ghi = np.zeros(shape)
    day = np.broadcast_to(elevation > -1.0, shape)
    picked = [
        np.broadcast_to(x, shape)[day]
        for x in (elevation, extraterrestrial, linke_turbidity, altitude)
    ]
    pressure = pvlib.atmosphere.alt2pres(picked[3])
    zenith = apparent_zenith_deg(picked[0], pressure)
    airmass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(zenith), pressure
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        sky = pvlib.clearsky.ineichen(
            zenith, airmass, picked[2], altitude=picked[3], dni_extra=picked[1]
        )
    ghi[day] = np.nan_to_num(sky["ghi"], nan=0.0)
    return ghi


def monthly_clear_sky(
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    linke_turbidity: np.ndarray,
    altitude: np.ndarray,
    year: int = 2023,
) -> np.ndarray:
    """Return the mean cloudless GHI of each month and cell, W m-2, (12, cell).

    Parameters
    ----------
    latitude, longitude, altitude : of each cell; degrees and m.
    linke_turbidity : (12, cell).
    year : whose days the means are taken over.
    """
    means = np.empty((12, len(latitude)))
    for month in range(12):
        start = pd.Timestamp(year, month + 1, 1)
        middle = pd.date_range(start, start + pd.offsets.MonthBegin(1), freq="h", inclusive="left")
        position = sun(middle + HALF_HOUR)
        sky = clear_sky(
            elevation_deg(position, latitude, longitude),
            position.extraterrestrial[:, None],
            linke_turbidity=linke_turbidity[month],
            altitude=altitude,
        )
        means[month] = sky.mean(axis=0)
    return means


LOWEST_SINE = 0.065
"""Sine of 3.7 degrees: with the sun lower, all light counts as diffuse.

pvlib's ``min_cos_zenith`` of its decomposition models, for dividing by a smaller number turns an
error of minutes in the sun's place into hundreds of W m-2.
"""

HIGHEST_TRANSMITTANCE = 0.9
"""Ceiling of dni over the irradiance outside the atmosphere (project assumption).

A guard, not a model: clean, dry mountain air at noon stays below it.
"""


def split_horizontal_beam(
    beam: np.ndarray, diffuse: np.ndarray, sine: np.ndarray, extraterrestrial: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return direct normal and diffuse horizontal irradiance that keep ``beam + diffuse``.

    Parameters
    ----------
    beam, diffuse : on the horizontal, W m-2; any shape.
    sine : of the sun's elevation in the middle of the hour; broadcasts with them.
    extraterrestrial : normal irradiance outside the atmosphere, W m-2; broadcasts with them.

    Returns
    -------
    tuple : (dni, dhi), W m-2. ``dhi + dni * sine == beam + diffuse`` in every hour. NaN stays NaN.

    Notes
    -----
    ``dni = beam / sine`` and ``dhi = diffuse``, but for two cases in which the beam, or what is
    above the ceiling, is counted as diffuse instead of being lost or thrown at the sun's disc: the
    sun stands lower than :data:`LOWEST_SINE` in the middle of the hour (it may have risen after
    it), or ``dni`` would exceed :data:`HIGHEST_TRANSMITTANCE` of the irradiance outside.
    """
    up = sine > LOWEST_SINE
    ceiling = HIGHEST_TRANSMITTANCE * extraterrestrial
    facing = np.where(up, beam / np.where(up, sine, 1.0), 0.0 * beam)
    dni = np.minimum(facing, ceiling)
    plausible = up & (facing <= ceiling)
    dhi = np.where(plausible, diffuse, beam + diffuse - dni * np.where(up, sine, 0.0))
    return dni, dhi


def grid_beam(beam: xr.DataArray, diffuse: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Apply :func:`split_horizontal_beam` to a grid, lazily.

    Parameters
    ----------
    beam, diffuse : on the horizontal, W m-2, (time, latitude, longitude), labels at the end of the
        hour, UTC; dask-backed stays dask-backed.

    Returns
    -------
    tuple : (dni, dhi), W m-2, same dimensions and chunks.
    """
    sine, extraterrestrial = grid_sine(beam)
    dni, dhi = xr.apply_ufunc(
        split_horizontal_beam,
        beam,
        diffuse,
        sine,
        extraterrestrial,
        output_core_dims=[[], []],
        dask="parallelized",
        output_dtypes=[float, float],
    )
    return dni, dhi


def grid_sine(field: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the sine of the sun's elevation in the middle of each hour, and the light outside.

    Parameters
    ----------
    field : (time, latitude, longitude), labels at the end of the hour, UTC; its chunks are taken.

    Returns
    -------
    tuple : sine, -1..1, (time, latitude, longitude); normal irradiance outside the atmosphere,
        W m-2, (time).
    """
    chunks = field.chunksizes
    position = sun(pd.DatetimeIndex(field["time"].to_numpy()) - HALF_HOUR)
    phi, lam = (
        xr.DataArray(np.radians(field[dim].to_numpy()), {dim: field[dim]}, (dim,))
        for dim in ("latitude", "longitude")
    )
    cos_phi: xr.DataArray = xr.apply_ufunc(np.cos, phi)
    towards = [cos_phi * xr.apply_ufunc(np.cos, lam), cos_phi * xr.apply_ufunc(np.sin, lam)]
    towards.append(xr.apply_ufunc(np.sin, phi))
    hourly = [
        xr.DataArray(values, {"time": field["time"]}, ("time",))
        for values in (*position.direction.T, position.extraterrestrial)
    ]
    if chunks:
        hourly = [array.chunk(time=chunks["time"]) for array in hourly]
        sizes = {dim: chunks[dim] for dim in ("latitude", "longitude")}
        towards = [
            array.chunk({dim: sizes[str(dim)] for dim in array.dims if dim in sizes})
            for array in towards
        ]
    sine = sum((a * b for a, b in zip(hourly[:3], towards, strict=True)), start=xr.DataArray(0.0))
    return sine.transpose("time", "latitude", "longitude"), hourly[3]


def site_sine(
    middle: pd.DatetimeIndex, latitude: float, longitude: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sine of the sun's elevation and the normal irradiance outside the atmosphere.

    Parameters
    ----------
    middle : instants, UTC.
    latitude, longitude : of the site, degrees north and east.

    Returns
    -------
    tuple : sine, -1..1, and W m-2, both (time).
    """
    position = sun(middle)
    elevation = elevation_deg(position, np.array([latitude]), np.array([longitude]))[:, 0]
    return np.sin(np.radians(elevation)), position.extraterrestrial
