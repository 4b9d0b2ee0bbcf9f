"""From one regular grid onto another, axis by axis: bilinear or conservative, never beyond it."""

from __future__ import annotations

import numpy as np

from greenanalysis.core.errors import input_error

_NEGLIGIBLE = 1e-9


def needed(weights: np.ndarray) -> slice:
    """Return the stretch of the source that has any weight in (target, source)."""
    used = np.flatnonzero((weights > _NEGLIGIBLE).any(axis=0))
    return slice(int(used[0]), int(used[-1]) + 1)


def bilinear(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the weights (target, source) of linear interpolation between centres.

    Raises
    ------
    InputError : a target centre lies outside the outermost source centres, or those are not evenly
        spaced and ascending.
    """
    _require_even(source)
    if target[0] < source[0] - 1e-9 or target[-1] > source[-1] + 1e-9:
        raise input_error(
            "centres to interpolate",
            where="bilinear()",
            allowed=f"{source[0]:g} to {source[-1]:g} degrees",
            got=f"{target[0]:g} to {target[-1]:g}",
        )
    return np.stack([np.interp(target, source, row) for row in np.eye(len(source))], axis=1)


def conservative(source: np.ndarray, target: np.ndarray, *, latitude: bool) -> np.ndarray:
    """Return the weights (target, source) by shares of the target cell; rows sum to one.

    On ``latitude`` the widths are those of the sphere, so that area times value is conserved
    (first-order conservative remapping).

    Raises
    ------
    InputError : a target cell reaches beyond the source, or its centres are not evenly spaced and
        ascending.
    """
    _require_even(source)
    (low, high), (left, right) = _edges(target, latitude), _edges(source, latitude)
    overlap = np.minimum(high[:, None], right) - np.maximum(low[:, None], left)
    weights = np.clip(overlap, 0, None) / (high - low)[:, None]
    weights[weights < _NEGLIGIBLE] = 0
    if (abs(weights.sum(axis=1) - 1) > 1e-6).any():
        raise input_error(
            "cells to average",
            where="conservative()",
            allowed="cells inside the source",
            got=f"{target[0]:g} to {target[-1]:g} over {source[0]:g} to {source[-1]:g} degrees",
        )
    shares: np.ndarray = weights
    return shares


def remap(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return values (time, row, column) on the target grid, float32.

    Parameters
    ----------
    values : (time, source row, source column).
    rows, columns : weights (target, source) of the two axes.
    """
    across = values.astype(np.float32, copy=False) @ columns.T.astype(np.float32)
    return rows.astype(np.float32) @ across


def _require_even(source: np.ndarray) -> None:
    steps = np.diff(source)
    if len(source) < 2 or (steps <= 0).any() or np.ptp(steps) > 1e-3 * steps.mean():
        allowed = "two or more evenly spaced, ascending centres"
        raise input_error("axis of the source", where="regridding", allowed=allowed, got=source)


def _half(centres: np.ndarray) -> float:
    return float(np.diff(centres).mean() / 2)


def _edges(centres: np.ndarray, latitude: bool) -> tuple[np.ndarray, np.ndarray]:
    half = _half(centres)
    low, high = centres - half, centres + half
    if latitude:
        low, high = (np.sin(np.radians(np.clip(edge, -90, 90))) for edge in (low, high))
    return low, high
