"""Long-term mean wind: height, season and day by zone, and the solution for a known yield."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from greenanalysis.core.errors import input_error
from greenanalysis.core.tables import read_facts
from greenanalysis.weather.sample.wind_map import GAP_HALF_M, terrain_at


@dataclass(frozen=True)
class Season:
    """Season and day of the wind at 100 m by place, (place).

    ``amplitude`` of the year's cosine over the mean, ``peak_month`` (1 to below 13, the middle of
    January is 1), ``day`` the amplitude of the day's cosine.
    """

    amplitude: np.ndarray
    peak_month: np.ndarray
    day: np.ndarray


def season_at(latitude: np.ndarray, longitude: np.ndarray) -> Season:
    """Return the season of the wind: the zones of ``data/facts/wind_season.csv``, blended.

    Parameters
    ----------
    latitude, longitude : degrees, (place).

    Notes
    -----
    Each zone is a Gaussian around its centre; amplitudes and peaks add up as phasors. Corridors
    take over with the gap index of the terrain.
    """
    zones = read_facts(
        "wind_season",
        numeric=["latitude", "longitude", "radius_deg", "amplitude", "peak_month", "day"],
    )
    corridor = zones[zones["zone"] == "corridor"].iloc[0]
    open_land = zones[zones["zone"] != "corridor"]
    apart = np.hypot(
        (np.asarray(latitude)[:, None] - open_land["latitude"].to_numpy()),
        (np.asarray(longitude)[:, None] - open_land["longitude"].to_numpy()) * 0.7,
    )
    weight = np.exp(-0.5 * (apart / open_land["radius_deg"].to_numpy()) ** 2) + 1e-12
    weight /= weight.sum(axis=1, keepdims=True)
    gap = np.tanh(terrain_at(latitude, longitude)["gap"] / GAP_HALF_M)
    weight = np.column_stack([weight * (1 - gap[:, None]), gap])
    every = [*open_land.to_dict("records"), corridor.to_dict()]
    phase = np.array([2 * np.pi * (row["peak_month"] - 1) / 12 for row in every])
    phasor = weight @ (np.array([row["amplitude"] for row in every]) * np.exp(1j * phase))
    return Season(
        amplitude=np.abs(phasor),
        peak_month=1 + np.angle(phasor) % (2 * np.pi) / (2 * np.pi) * 12,
        day=weight @ np.array([row["day"] for row in every]),
    )


def hourly_shape(shape: float, amplitude: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return the Weibull k of the hours about season and day, so that the year has ``shape``.

    Parameters
    ----------
    shape : Weibull k of all hours of a year.
    amplitude, day : of the cosines of year and day over the mean.

    Notes
    -----
    Season and day add to the variance: (1 + c2) = (1 + c2 of the hours) (1 + amplitude2 / 2)
    (1 + day2 / 2), with c the coefficient of variation; k goes with c to the power -1.086 (C. G.
    Justus et al., J. Appl. Meteor. 17 (1978) 350-353).
    """
    from scipy.special import gamma

    whole = gamma(1 + 2 / shape) / gamma(1 + 1 / shape) ** 2
    course = (1 + np.asarray(amplitude) ** 2 / 2) * (1 + np.asarray(day) ** 2 / 2)
    ratio = np.sqrt((whole / course - 1) / (whole - 1))
    own: np.ndarray = shape * ratio**-1.086
    return own


def speed_at_100m(speed: np.ndarray, height_m: np.ndarray, *, shear_exponent: float) -> np.ndarray:
    """Carry mean wind speeds from their height to 100 m by the power law, m s-1."""
    return np.asarray(speed) * (100.0 / np.asarray(height_m)) ** shear_exponent


def solve_speed(
    capacity_factor: Callable[[float], float],
    target: float,
    *,
    where: str,
    low: float = 2.0,
    high: float = 15.0,
) -> float:
    """Return the speed, m s-1, at which a rising capacity factor reaches ``target``.

    Raises
    ------
    InputError : no speed from ``low`` to ``high`` gives the target.
    """
    bottom, top = capacity_factor(low), capacity_factor(high)
    if not bottom <= target <= top:
        raise input_error(
            "capacity factor", where=where, allowed=f"{bottom:.3f} to {top:.3f}", got=target
        )
    return float(brentq(lambda speed: capacity_factor(speed) - target, low, high, xtol=1e-4))
