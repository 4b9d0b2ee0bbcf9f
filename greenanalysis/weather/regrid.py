"""From one regular grid onto another, axis by axis: bilinear or conservative, never beyond it."""

from __future__ import annotations

import numpy as np

from greenanalysis.errors import input_error


def window(source: np.ndarray, target: np.ndarray, *, where: str) -> slice:
    """Return the stretch of ascending ``source`` centres that the ``target`` cells rest on.

    Parameters
    ----------
    source, target : cell centres, degrees, evenly spaced and ascending.
    where : names the axis and its store in the message.

    Returns
    -------
    slice : one source cell more than needed on either side, where there is one.

    Raises
    ------
    InputError : the source is not ascending and even, or a target cell reaches beyond it.
    """
    steps = np.diff(source)
    if len(source) < 2 or (steps <= 0).any() or np.ptp(steps) > 1e-3 * steps.mean():
        raise input_error(where, where="the store", allowed="even, ascending centres", got=source)
    reach = _half(target)
    low, high = target[0] - reach, target[-1] + reach
    half = steps.mean() / 2
    if low < source[0] - half - 1e-6 or high > source[-1] + half + 1e-6:
        raise input_error(
            where,
            where="the wanted grid",
            allowed=f"{source[0] - half:g} to {source[-1] + half:g} degrees",
            got=f"{low:g} to {high:g}",
        )
    first = int(np.searchsorted(source, low)) - 2
    last = int(np.searchsorted(source, high)) + 2
    return slice(max(first, 0), min(last, len(source)))


def bilinear(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the weights (target, source) of linear interpolation between centres.

    Raises
    ------
    InputError : a target centre lies outside the outermost source centres.
    """
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
    InputError : a target cell reaches beyond the source.
    """
    (low, high), (left, right) = _edges(target, latitude), _edges(source, latitude)
    overlap = np.minimum(high[:, None], right) - np.maximum(low[:, None], left)
    weights = np.clip(overlap, 0, None) / (high - low)[:, None]
    if (abs(weights.sum(axis=1) - 1) > 1e-6).any():
        raise input_error(
            "cells to average",
            where="conservative()",
            allowed="cells inside the source",
            got=f"{target[0]:g} to {target[-1]:g} over {source[0]:g} to {source[-1]:g} degrees",
        )
    return weights


def remap(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return values (time, row, column) on the target grid, float32.

    Parameters
    ----------
    values : (time, source row, source column).
    rows, columns : weights (target, source) of the two axes.
    """
    across = values.astype(np.float32, copy=False) @ columns.T.astype(np.float32)
    return rows.astype(np.float32) @ across


def _half(centres: np.ndarray) -> float:
    return float(np.diff(centres).mean() / 2)


def _edges(centres: np.ndarray, latitude: bool) -> tuple[np.ndarray, np.ndarray]:
    half = _half(centres)
    low, high = centres - half, centres + half
    if latitude:
        low, high = (np.sin(np.radians(np.clip(edge, -90, 90))) for edge in (low, high))
    return low, high
