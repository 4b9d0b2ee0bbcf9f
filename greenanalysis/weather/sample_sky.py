"""Cloudiness of the sample year: from Gaussian variates to GHI, DNI and DHI."""

from __future__ import annotations

import numpy as np
import pvlib
import xarray as xr
from scipy.special import ndtr

MATCH_ROUNDS = 6
DARKEST = 0.02
HORIZON_COSINE = 0.065


def clearness_quantiles(
    climate: xr.Dataset, latitude: np.ndarray, longitude: np.ndarray, target: np.ndarray
) -> np.ndarray:
    """Return the distribution of the day's clear-sky index in each cell, (month, level, cell).

    The coarse distributions are interpolated bilinearly, quantile by quantile, then raised to the
    power at which their mean is ``target``.

    Parameters
    ----------
    climate : with ``clear_sky_index``, see :func:`~greenanalysis.weather.climate.load_climate`.
    latitude, longitude : of each cell, degrees.
    target : mean clear-sky index, (12, cell), 0..1.
    """
    places = {
        "source_latitude": xr.DataArray(latitude, dims="cell"),
        "source_longitude": xr.DataArray(longitude, dims="cell"),
    }
    levels = climate["clear_sky_index"].interp(places).transpose("month", "quantile", "cell")
    index = levels.to_numpy().astype(float)
    low, high = np.full(target.shape, 0.05), np.full(target.shape, 20.0)
    for _ in range(40):
        power = np.sqrt(low * high)
        too_bright = (index ** power[:, None]).mean(axis=1) > target
        low, high = np.where(too_bright, power, low), np.where(too_bright, high, power)
    clearness: np.ndarray = index ** np.sqrt(low * high)[:, None]
    return clearness


def daily_clearness(variate: np.ndarray, month: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Map the standard normal ``variate`` (day, cell) onto each month's quantiles, 0..1."""
    levels = quantiles.shape[1]
    position = np.clip(ndtr(variate) * levels - 0.5, 0, levels - 1)
    below = np.minimum(position.astype(int), levels - 2)
    cell = np.arange(variate.shape[1])
    first = quantiles[month[:, None], below, cell]
    second = quantiles[month[:, None], below + 1, cell]
    clearness: np.ndarray = first + (position - below) * (second - first)
    return clearness


def hourly_clearness(
    day: np.ndarray, departure: np.ndarray, *, spread: float, ceiling: float
) -> np.ndarray:
    """Return the hourly clear-sky index around its day's value.

    Parameters
    ----------
    day : the day's clear-sky index at each hour, (time, cell).
    departure : standard normal variate, (time, cell).
    spread : standard deviation of the hours is ``spread * day * (1 - day)``.
    ceiling : largest hourly value (cloud enhancement).
    """
    clearness: np.ndarray = np.clip(day + spread * day * (1 - day) * departure, DARKEST, ceiling)
    return clearness


def match_months(
    index: np.ndarray,
    clear: np.ndarray,
    month: np.ndarray,
    target: np.ndarray,
    *,
    ceiling: float,
) -> np.ndarray:
    """Scale an hourly clear-sky index so that each month's GHI is ``target`` times the cloudless.

    Parameters
    ----------
    index, clear : clear-sky index and cloudless GHI, (time, cell).
    month : 0..11 of each hour.
    target : wanted ratio of the month's sums, (12, cell).
    ceiling : no hour may exceed it.

    Returns
    -------
    ndarray : (time, cell), at most ``ceiling``; sums agree within 0.5 % unless ``target`` is close
        to ``ceiling``.
    """
    matched = index.copy()
    for number in np.unique(month):
        rows = month == number
        sky, hours = clear[rows], matched[rows]
        wanted = target[number] * sky.sum(axis=0)
        for _ in range(MATCH_ROUNDS):
            ratio = wanted / np.maximum((hours * sky).sum(axis=0), 1e-9)
            hours = np.minimum(hours * ratio, ceiling)
        matched[rows] = hours
    return matched


def split_beam(
    ghi: np.ndarray, elevation: np.ndarray, day_of_year: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return direct normal and diffuse horizontal irradiance that close with ``ghi``, W m-2.

    Parameters
    ----------
    ghi, elevation : W m-2 and degrees without refraction, (time, cell).
    day_of_year : (time).

    Returns
    -------
    tuple : (dni, dhi), (time, cell) float32; ghi = dhi + dni * sin(elevation). With the sun less
        than 3.7 degrees up all light is diffuse.

    References
    ----------
    Erbs, Klein and Duffie (1982), Estimation of the diffuse radiation fraction for hourly, daily
    and monthly-average global radiation, Solar Energy 28(4), 293-302, in pvlib.
    """
    dni = np.zeros_like(ghi, dtype=np.float32)
    height = np.sin(np.radians(elevation))
    up = (height > HORIZON_COSINE) & (ghi > 0)
    days = np.broadcast_to(day_of_year[:, None], ghi.shape)[up]
    erbs = pvlib.irradiance.erbs(ghi[up], 90 - elevation[up], days)
    dni[up] = np.clip(np.nan_to_num(erbs["dni"]), 0, ghi[up] / height[up])
    diffuse = ghi - dni * np.where(up, height, 0)
    return dni, np.maximum(diffuse, 0).astype(np.float32)
