"""Gaussian random fields that persist in time and fade with distance."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cholesky
from scipy.signal import lfilter

from greenanalysis.grid import great_circle_km

JITTER = 1e-6


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
    correlation[np.diag_indices_from(correlation)] += JITTER
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


def block_mean_deviation(count: np.ndarray, *, persistence: float) -> np.ndarray:
    """Return the standard deviation of the mean of ``count`` successive steps of such a field."""
    lags = np.arange(1, int(count.max()) + 1)
    decay = persistence**lags
    pairs = np.clip(count[:, None] - lags, 0, None) @ decay
    spread: np.ndarray = np.sqrt(count + 2 * pairs) / count
    return spread
