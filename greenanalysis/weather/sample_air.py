"""Temperature, pressure and wind of the sample year."""

from __future__ import annotations

import numpy as np
from scipy.special import gamma, log_ndtr

LAPSE_K_PER_M = 0.0065
GRAVITY_EXPONENT = 9.80665 / (287.053 * LAPSE_K_PER_M)
SEA_LEVEL_PA = 101325.0
STRONGEST_M_S = 60.0
SUNNY_W_M2 = 300.0


def daily_cycle(solar_hour: np.ndarray, peak: float) -> np.ndarray:
    """Return a cosine over the day that is 1 at local solar hour ``peak``."""
    return np.cos(2 * np.pi * (solar_hour - peak) / 24)


def seasonal_weights(year_fraction: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return weights (time, 12) that turn monthly means into a smooth season with those means.

    The season is linear between the middles of the months; its values there are set so that the
    mean over each month is the given one.
    """
    position = year_fraction * 12 - 0.5
    below = np.floor(position).astype(int)
    share = position - below
    linear = np.zeros((len(position), 12))
    rows = np.arange(len(position))
    linear[rows, below % 12] += 1 - share
    linear[rows, (below + 1) % 12] += share
    if len(np.unique(month)) < 12:
        return linear
    return linear @ np.linalg.inv(monthly_means(linear, month))


def monthly_means(values: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the means of ``values`` (time, ...) over each ``month`` 0..11, (12, ...)."""
    return np.array([values[month == number].mean(axis=0) for number in range(12)])


def air_temperature(
    season: np.ndarray,
    anomaly: np.ndarray,
    day_ghi: np.ndarray,
    cycle: np.ndarray,
    *,
    range_sunny: float,
    range_min: float,
) -> np.ndarray:
    """Return air temperature, degC, (time, cell).

    Parameters
    ----------
    season, anomaly : mean of the season and departure of the weather, degC and K.
    day_ghi : the day's mean GHI at each hour, W m-2; sunny days have a larger daily range.
    cycle : :func:`daily_cycle`, -1..1.
    range_sunny, range_min : daily range at 300 W m-2 and without sun, K.
    """
    spread = range_min + (range_sunny - range_min) * day_ghi / SUNNY_W_M2
    temperature: np.ndarray = season + anomaly + 0.5 * spread * cycle
    return temperature


def surface_pressure(temperature: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Return the hydrostatic pressure, Pa, at height ``elevation`` (m) with that air (degC).

    Notes
    -----
    Sea-level pressure is held at 1013.25 hPa: no highs and lows. References: ISO 2533:1975.
    """
    kelvin = temperature + 273.15
    sea_level = kelvin + LAPSE_K_PER_M * elevation
    return SEA_LEVEL_PA * (kelvin / sea_level) ** GRAVITY_EXPONENT


def standardise(variate: np.ndarray) -> np.ndarray:
    """Return the variate (time, cell) with mean 0 and variance 1 in each cell."""
    centred = variate - variate.mean(axis=0)
    scaled: np.ndarray = centred / centred.std(axis=0)
    return scaled


def wind_speed_100m(
    variate: np.ndarray, mean: np.ndarray, modulation: np.ndarray, *, shape: float, exact: bool
) -> np.ndarray:
    """Return Weibull wind at 100 m, m s-1, (time, cell).

    Parameters
    ----------
    variate : standard normal, (time, cell); it orders the speeds.
    mean : mean speed of each cell, m s-1.
    modulation : season and day over the mean, (time, cell).
    shape : Weibull k.
    exact : scale each cell so that the mean over all hours is ``mean``.
    """
    unit = (-log_ndtr(-variate)) ** (1 / shape) / gamma(1 + 1 / shape)
    speed = unit * modulation * mean
    if exact:
        speed *= mean / speed.mean(axis=0)
    capped: np.ndarray = np.minimum(speed, STRONGEST_M_S)
    return capped


def shear_exponent(solar_hour: np.ndarray, *, day: float, night: float) -> np.ndarray:
    """Return the power-law exponent over the day: ``day`` at noon, ``night`` at midnight."""
    return (day + night) / 2 + (day - night) / 2 * daily_cycle(solar_hour, 12.0)
