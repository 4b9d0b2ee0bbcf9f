"""The S-curve of a technology's spread, with an honest range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_DRAWS = 200
_LEAST_YEARS = 6


@dataclass(frozen=True)
class SCurve:
    """A logistic curve through yearly values.

    ``table`` : index year; reported (NaN ahead), fit, low, high (10 and 90 % of the draws).
    ``ceiling``, ``rate``, ``middle`` : parameters of the fit: upper level, 1/year, year of half.
    ``open_ended`` : share of draws whose ceiling is the bound: where it is large the data do not
    yet show any levelling off, and the ceiling says nothing.
    """

    table: pd.DataFrame
    ceiling: float
    rate: float
    middle: float
    open_ended: float


def logistic(year: np.ndarray, ceiling: float, rate: float, middle: float) -> np.ndarray:
    """Return the logistic curve; ``ceiling`` in the unit of the values, ``rate`` 1/year."""
    return ceiling / (1 + np.exp(-rate * (year - middle)))


def fit_scurve(
    values: pd.Series, *, ceiling: float, until: int, seed: int, draws: int = _DRAWS
) -> SCurve:
    """Fit a logistic curve and its range by redrawing relative residuals.

    Parameters
    ----------
    values : by year, positive.
    ceiling : the most that can be, unit of the values (all generation, say).
    until : last year of the curve.
    seed : of the random redrawing.
    draws : how often the residuals are redrawn.

    Raises
    ------
    ValueError : fewer than six years.

    References
    ----------
    Efron and Tibshirani, An Introduction to the Bootstrap, Chapman & Hall, 1993.
    """
    known = values.dropna()
    if len(known) < _LEAST_YEARS:
        raise ValueError(f"an S-curve needs {_LEAST_YEARS} years; got {len(known)}")
    years = known.index.to_numpy(dtype=float)
    numbers = known.to_numpy(dtype=float)
    best = _fit(years, numbers, ceiling)
    fitted = logistic(years, *best)
    residuals = np.log(numbers / fitted)
    random = np.random.default_rng(seed)
    ahead = np.arange(int(years[0]), until + 1, dtype=float)
    drawn, bounds = [], 0
    for _ in range(draws):
        again = fitted * np.exp(random.choice(residuals, len(residuals)))
        one = _fit(years, again, ceiling)
        bounds += one[0] > 0.98 * ceiling
        spread = np.exp(random.choice(residuals, len(ahead)))
        drawn.append(np.minimum(logistic(ahead, *one) * spread, ceiling))
    low, high = np.percentile(drawn, [10, 90], axis=0)
    table = pd.DataFrame(
        {
            "reported": known.reindex(ahead.astype(int)).to_numpy(),
            "fit": logistic(ahead, *best),
            "low": low,
            "high": high,
        },
        index=pd.Index(ahead.astype(int), name="year"),
    )
    return SCurve(table, *best, bounds / draws)


def _fit(years: np.ndarray, values: np.ndarray, ceiling: float) -> tuple[float, float, float]:
    from scipy.optimize import least_squares

    start = years.mean()

    def misses(at: np.ndarray) -> np.ndarray:
        misfit: np.ndarray = np.log(logistic(years, np.exp(at[0]), at[1], at[2]) / values)
        return misfit

    low = [np.log(values.max()), 0.01, start - 30]
    high = [np.log(ceiling), 3.0, start + 60]
    first = [np.log(min(2 * values.max(), 0.9 * ceiling)), 0.5, start]
    found = least_squares(misses, first, bounds=(low, high), loss="soft_l1", max_nfev=200).x
    return float(np.exp(found[0])), float(found[1]), float(found[2])
