"""Ways from a reference series to a measured one: a line, or matched quantiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

QUANTILES = 50


@dataclass(frozen=True)
class Relation:
    """From reference to site: a line, or for quantiles knots with straight ends.

    ``slope`` and ``offset`` of the quantile method describe the line through its outer knots' means
    and only report; ``reference`` and ``measured`` are its knots, ascending.
    """

    slope: float
    offset: float
    reference: np.ndarray | None = None
    measured: np.ndarray | None = None

    def predict(self, reference: np.ndarray) -> np.ndarray:
        """Return what the site has where the reference has these values."""
        if self.reference is None or self.measured is None:
            return self.offset + self.slope * reference
        inside = np.interp(reference, self.reference, self.measured)
        low, high = self.reference[[0, -1]]
        beyond = np.minimum(reference - low, 0.0) + np.maximum(reference - high, 0.0)
        speed: np.ndarray = inside + self.slope * beyond
        return speed


def linear(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Fit least squares of the measured on the reference: best mean, too little spread."""
    fit = stats.linregress(reference, measured)
    return Relation(float(fit.slope), float(fit.intercept))


def orthogonal(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Fit total least squares: both series err alike, distances are square to the line."""
    spread = np.cov(reference, measured)
    half = (spread[1, 1] - spread[0, 0]) / 2
    slope = (half + np.hypot(half, spread[0, 1])) / spread[0, 1]
    return Relation(float(slope), float(measured.mean() - slope * reference.mean()))


def variance_ratio(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Match mean and standard deviation: slope = sd(measured) / sd(reference)."""
    slope = measured.std() / reference.std()
    return Relation(float(slope), float(measured.mean() - slope * reference.mean()))


def quantile(reference: np.ndarray, measured: np.ndarray) -> Relation:
    """Match the distributions at :data:`QUANTILES` + 1 quantiles; beyond them, go on in a line."""
    shares = np.linspace(0, 1, QUANTILES + 1)
    knots, first = np.unique(np.quantile(reference, shares), return_index=True)
    values = np.quantile(measured, shares)[first]
    line = variance_ratio(reference, measured)
    return Relation(line.slope, line.offset, knots, values)


Fit = Callable[[np.ndarray, np.ndarray], Relation]

METHODS: dict[str, Fit] = {
    "linear": linear,
    "orthogonal": orthogonal,
    "variance_ratio": variance_ratio,
    "quantile": quantile,
}
