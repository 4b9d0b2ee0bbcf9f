"""What drives the sample year: the calendar of its hours and correlated Gaussian variates.

The variates are random fields that persist in time and fade with distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cholesky
from scipy.signal import lfilter

from greenanalysis.geo.grid import great_circle_km
from greenanalysis.weather.clearsky import HALF_HOUR

_JITTER = 1e-6


def correlation_factor(
    latitude: np.ndarray, longitude: np.ndarray, *, length_km: float
) -> np.ndarray:
    """Return the Cholesky factor of exp(-distance / length) between cells, (cell, cell) float32.

    Notes
    -----
    The exponential of great-circle distance is a valid correlation on the sphere for any length.

    References
    ----------
    Gneiting (2013), Strictly and non-strictly positive definite functions on spheres, Bernoulli
    19(4), 1327-1349, doi:10.3150/12-BEJSP06.
    """
    distance = great_circle_km(latitude[:, None], longitude[:, None], latitude, longitude)
    correlation = np.exp(-distance / length_km)
    correlation[np.diag_indices_from(correlation)] += _JITTER
    factor: np.ndarray = cholesky(
        correlation, lower=True, overwrite_a=True, check_finite=False
    ).astype(np.float32)
    return factor


def persistent_field(
    random: np.random.Generator, steps: int, factor: np.ndarray, *, persistence: float
) -> np.ndarray:
    """Return standard normal fields with lag-one autocorrelation ``persistence``.

    Parameters
    ----------
    random : source of randomness.
    steps : number of time steps.
    factor : :func:`correlation_factor` of the cells.
    persistence : autocorrelation from one step to the next, -1..1, the same for all cells.

    Returns
    -------
    ndarray : (steps, cell) float32; mean 0, variance 1, correlated in space as ``factor`` says.
    """
    shocks = random.standard_normal((steps, len(factor)), dtype=np.float32) @ factor.T
    shocks[1:] *= np.float32(np.sqrt(1 - persistence**2))
    one, back = np.float32(1.0), np.float32(-persistence)
    series: np.ndarray = lfilter([one], np.array([one, back]), shocks, axis=0).astype(
        np.float32, copy=False
    )
    return series


def _block_mean_deviation(count: np.ndarray, *, persistence: float) -> np.ndarray:
    """Return the standard deviation of the mean of ``count`` successive steps of such a field."""
    lags = np.arange(1, int(count.max()) + 1)
    decay = persistence**lags
    pairs = np.clip(count[:, None] - lags, 0, None) @ decay
    spread: np.ndarray = np.sqrt(count + 2 * pairs) / count
    return spread


DAY_BEGINS = pd.Timedelta(hours=5)
"""Days are counted in UTC+5, so that none is cut while the sun is up."""


@dataclass(frozen=True)
class Hours:
    """Calendar of the hours: middles, months 0..11, days 0.. (UTC+5) and the day's month."""

    middle: pd.DatetimeIndex
    month: np.ndarray
    day: np.ndarray
    day_month: np.ndarray
    year_fraction: np.ndarray

    @classmethod
    def of(cls, times: pd.DatetimeIndex) -> Hours:
        """Read the calendar of hour-ending labels."""
        middle = times - HALF_HOUR
        dates = (middle + DAY_BEGINS).normalize()
        day = np.asarray((dates - dates[0]).days)
        month = middle.month.to_numpy() - 1
        first = np.searchsorted(day, np.arange(day[-1] + 1))
        length = np.where(middle.is_leap_year, 366, 365)
        passed = (np.asarray(middle.dayofyear) - 1 + (np.asarray(middle.hour) + 0.5) / 24) / length
        return cls(middle, month, day, month[(first + 6).clip(max=len(day) - 1)], passed)

    @property
    def whole_year(self) -> bool:
        """Whether the hours make up a year."""
        return len(self.month) >= 8760


def gaussian_variates(
    hours: Hours, latitude: np.ndarray, longitude: np.ndarray, parameters: dict[str, float]
) -> dict[str, np.ndarray]:
    """Return the standard normal fields that drive the weather, float32.

    Returns
    -------
    dict : ``cloud_day``, ``temperature_day`` (day, cell); ``cloud_hour``, ``wind`` (time, cell).
        Calm days are clearer than windy ones by ``cloud_wind_correlation``.
    """
    random = [
        np.random.default_rng(s) for s in np.random.SeedSequence(int(parameters["seed"])).spawn(5)
    ]

    def field(number: int, steps: int, length: str, persistence: float) -> np.ndarray:
        factor = correlation_factor(latitude, longitude, length_km=parameters[length])
        return persistent_field(random[number], steps, factor, persistence=persistence)

    count, days = len(hours.day), hours.day[-1] + 1
    memory = np.exp(-1 / parameters["wind_synoptic_time"])
    synoptic = field(0, count, "wind_synoptic_length", memory)
    per_day = np.bincount(hours.day)
    starts = np.searchsorted(hours.day, np.arange(days))
    windy = np.add.reduceat(synoptic, starts, axis=0) / per_day[:, None]
    windy /= _block_mean_deviation(per_day, persistence=memory)[:, None].astype(np.float32)
    tie = np.float32(parameters["cloud_wind_correlation"])
    cloud = field(1, days, "cloud_correlation_length", parameters["cloud_day_persistence"])
    cloud = tie * windy + np.sqrt(1 - tie**2) * cloud
    share = np.float32(parameters["wind_synoptic_share"])
    memory = np.exp(-1 / parameters["wind_mesoscale_time"])
    synoptic *= np.sqrt(share)
    synoptic += np.sqrt(1 - share) * field(2, count, "wind_mesoscale_length", memory)
    return {
        "cloud_day": cloud,
        "wind": synoptic,
        "cloud_hour": field(
            3, count, "cloud_hour_correlation_length", parameters["cloud_hour_persistence"]
        ),
        "temperature_day": field(
            4, days, "temperature_correlation_length", parameters["temperature_anomaly_persistence"]
        ),
    }
