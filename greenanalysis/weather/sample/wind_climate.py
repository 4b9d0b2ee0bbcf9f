"""Long-term mean wind: cited anchor sites over a smooth, terrain-sheltered background."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from greenanalysis.core.errors import input_error
from greenanalysis.geo.grid import great_circle_km


def speed_at_100m(speed: np.ndarray, height_m: np.ndarray, *, shear_exponent: float) -> np.ndarray:
    """Carry mean wind speeds from their height to 100 m by the power law, m s-1."""
    return np.asarray(speed) * (100.0 / np.asarray(height_m)) ** shear_exponent


def sheltering(roughness_m: np.ndarray, *, loss: float, half_height_m: float) -> np.ndarray:
    """Return the factor, 1 - loss..1, by which rough terrain slows the mean wind of a cell.

    Parameters
    ----------
    roughness_m : standard deviation of terrain height over about 110 km, m.
    loss : fraction lost in the roughest terrain.
    half_height_m : roughness at which half of it is lost, m.
    """
    return 1 - loss * roughness_m / (roughness_m + half_height_m)


def blend_anchors(
    background: np.ndarray,
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    anchor_latitude: np.ndarray,
    anchor_longitude: np.ndarray,
    anchor_speed: np.ndarray,
    radius_km: np.ndarray,
) -> np.ndarray:
    """Draw a field towards anchor values within a Gaussian radius of each.

    At an anchor that stands alone the field takes its value; far from all it is the background;
    among several it is their mean, weighted by nearness.

    Parameters
    ----------
    background, latitude, longitude : (cell); m s-1 and degrees.
    anchor_latitude, anchor_longitude, anchor_speed, radius_km : (anchor).

    Returns
    -------
    ndarray : (cell), m s-1.
    """
    distance = great_circle_km(
        latitude[:, None], longitude[:, None], anchor_latitude, anchor_longitude
    )
    nearness = np.exp(-0.5 * (distance / radius_km) ** 2)
    weight = nearness**2 / np.maximum(nearness.sum(axis=1, keepdims=True), 1e-30)
    speed: np.ndarray = background + (weight * (anchor_speed - background[:, None])).sum(axis=1)
    return speed


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
