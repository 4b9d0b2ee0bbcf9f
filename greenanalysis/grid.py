"""The project's own grid: cell centres every 0.5 degrees over the box 46-88 E, 40-56 N."""

from __future__ import annotations

import numpy as np

STEP_DEG = 0.5
WEST, EAST, SOUTH, NORTH = 46.0, 88.0, 40.0, 56.0
EARTH_RADIUS_KM = 6371.0072
"""Authalic radius of WGS 84: the sphere with the ellipsoid's surface."""


def latitudes() -> np.ndarray:
    """Return the 32 cell-centre latitudes, degrees north, ascending."""
    return np.arange(SOUTH + STEP_DEG / 2, NORTH, STEP_DEG)


def longitudes() -> np.ndarray:
    """Return the 84 cell-centre longitudes, degrees east, ascending."""
    return np.arange(WEST + STEP_DEG / 2, EAST, STEP_DEG)


def great_circle_km(
    lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray
) -> np.ndarray:
    """Return great-circle distances in km between points in degrees (haversine, broadcasting).

    Parameters
    ----------
    lat_a, lon_a : degrees of the one point, or an array of them.
    lat_b, lon_b : degrees of the other.
    """
    phi_a, lam_a, phi_b, lam_b = (np.radians(x) for x in (lat_a, lon_a, lat_b, lon_b))
    chord = (
        np.sin((phi_b - phi_a) / 2) ** 2
        + np.cos(phi_a) * np.cos(phi_b) * np.sin((lam_b - lam_a) / 2) ** 2
    )
    distance: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distance
