"""Beam on the horizontal, as models archive it, to beam on a plane facing the sun."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, sun

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
    kept = up & (facing <= ceiling)
    dhi = np.where(kept, diffuse, beam + diffuse - dni * np.where(up, sine, 0.0))
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
    chunks = beam.chunksizes
    position = sun(pd.DatetimeIndex(beam["time"].to_numpy()) - HALF_HOUR)
    phi, lam = (
        xr.DataArray(np.radians(beam[dim].to_numpy()), {dim: beam[dim]}, (dim,))
        for dim in ("latitude", "longitude")
    )
    cos_phi: xr.DataArray = xr.apply_ufunc(np.cos, phi)
    towards = [cos_phi * xr.apply_ufunc(np.cos, lam), cos_phi * xr.apply_ufunc(np.sin, lam)]
    towards.append(xr.apply_ufunc(np.sin, phi))
    hourly = [
        xr.DataArray(values, {"time": beam["time"]}, ("time",))
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
    dni, dhi = xr.apply_ufunc(
        split_horizontal_beam,
        beam,
        diffuse,
        sine.transpose("time", "latitude", "longitude"),
        hourly[3],
        output_core_dims=[[], []],
        dask="parallelized",
        output_dtypes=[float, float],
    )
    return dni, dhi


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
