"""Values of an instant in each hour, as satellites see them, carried to the middle of the hour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.weather.clearsky import HALF_HOUR, LOWEST_SINE, site_sine

_HOUR_NS = 3_600_000_000_000


def to_hour_middles(
    stamps: pd.DatetimeIndex,
    *,
    beam: np.ndarray,
    diffuse: np.ndarray,
    met: np.ndarray,
    latitude: float,
    longitude: float,
    where: str,
) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray, np.ndarray]:
    """Carry hourly values from the minute of their stamp to hh:30.

    Parameters
    ----------
    stamps : one in each hour, all at the same minute, UTC.
    beam, diffuse : on the horizontal, W m-2, (time).
    met : other variables, (time, variable).
    latitude, longitude : of the site, degrees.
    where : for messages.

    Returns
    -------
    tuple : middles (hh:30), beam, diffuse, met at them. Unchanged where stamps are hh:30 already.

    Raises
    ------
    InputError : gaps, or stamps at different minutes.

    Notes
    -----
    Irradiance follows the sun: what is interpolated is its share of the horizontal irradiance
    outside the atmosphere, which then is multiplied by that of the middle. Shares come from stamps
    with the sun above 3.7 degrees; a middle beyond the day's first or last such stamp takes the
    nearest share. Between stamps a light that keeps its share is carried exactly; cloud that
    passes within the hour is not seen, by the satellite either.
    Other variables are interpolated linearly; the ends take the nearest.
    """
    steps = np.diff(stamps.to_numpy()).astype("timedelta64[m]").astype(int)
    if len(stamps) < 2 or (steps != 60).any():
        raise input_error(
            "time", where=where, allowed="one value an hour, no gaps", got=f"{len(stamps)} stamps"
        )
    middles = stamps.floor("h") + HALF_HOUR
    if (middles == stamps).all():
        return middles, beam, diffuse, met
    sine, extra = site_sine(stamps, latitude, longitude)
    sine_middle, extra_middle = site_sine(middles, latitude, longitude)
    outside = extra_middle * np.maximum(sine_middle, 0.0)
    lit = sine > LOWEST_SINE
    at, wanted = stamps.asi8, middles.asi8
    carried = []
    for values in (beam, diffuse):
        share = _interpolate(wanted, at[lit], values[lit] / (extra * sine)[lit])
        carried.append(share * outside)
    moved = np.empty((len(middles), met.shape[1]))
    for number, column in enumerate(met.T):
        moved[:, number] = np.interp(wanted, at, column)
    return middles, carried[0], carried[1], moved


def _interpolate(wanted: np.ndarray, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Interpolate between neighbours an hour apart; elsewhere take the nearest value."""
    if not len(at):
        return np.zeros(len(wanted))
    after = np.clip(np.searchsorted(at, wanted), 0, len(at) - 1)
    before = np.clip(after - 1, 0, None)
    span = (at[after] - at[before]).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(span > 0, (wanted - at[before]) / span, 1.0)
    weight = np.clip(np.where(span <= _HOUR_NS, weight, np.round(weight)), 0.0, 1.0)
    between: np.ndarray = values[before] * (1 - weight) + values[after] * weight
    return between
