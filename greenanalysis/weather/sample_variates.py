"""What drives the sample year: the calendar of its hours and correlated Gaussian variates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.weather.clearsky import HALF_HOUR
from greenanalysis.weather.random_fields import (
    block_mean_deviation,
    correlation_factor,
    persistent_field,
)

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
    windy /= block_mean_deviation(per_day, persistence=memory)[:, None].astype(np.float32)
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
