"""How demand follows the temperature within a month: a change-point model of metered months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.errors import input_error
from greenanalysis.supergrid.demand import LOCAL_HOURS, monthly_shape

THRESHOLDS = np.arange(5.0, 20.5, 0.5)
"""degC; below the threshold that fits best, demand grows as it gets colder."""


@dataclass(frozen=True)
class Response:
    """Demand relative to the mean of a year: ``base``, and ``slope`` a kelvin below ``threshold``.

    ``r_squared`` tells how much of the difference between months it explains.
    """

    base: float
    slope: float
    threshold: float
    r_squared: float

    def level(self, temperature: np.ndarray | pd.Series) -> np.ndarray:
        """Return relative demand at a temperature (any shape, degC)."""
        cold = np.clip(self.threshold - np.asarray(temperature, dtype=float), 0.0, None)
        level: np.ndarray = self.base + self.slope * cold
        return level


def temperature_response(months: pd.DataFrame, normal: pd.Series) -> Response:
    """Fit demand of the months to their normal temperature.

    Parameters
    ----------
    months : metered energy by ``year`` and ``month`` (``demand_gwh``), whole years.
    normal : degC by month 1..12, weighted by demand.

    Returns
    -------
    Response : the threshold of :data:`THRESHOLDS` with the least squared error.

    Raises
    ------
    InputError : a month without temperature, or demand that does not grow with cold.

    Notes
    -----
    The three-parameter heating model of ASHRAE Guideline 14. Metered years meet normal
    temperatures, since those of the years themselves are not in the project; cooling in summer is
    left out: three months do not carry a second slope.
    """
    level = monthly_shape(months)
    missing = [month for month in level.index if not np.isfinite(normal.get(month, np.nan))]
    if missing:
        raise input_error(
            "temperature", where="temperature_response()", allowed="a value for each month",
            got=f"none for month {missing[0]}",
        )  # fmt: skip
    warmth = normal.loc[level.index].to_numpy(dtype=float)
    spread = float(((level - level.mean()) ** 2).sum())
    fits = []
    for threshold in THRESHOLDS:
        terms = np.column_stack([np.ones(len(warmth)), np.clip(threshold - warmth, 0.0, None)])
        (base, slope), *_ = np.linalg.lstsq(terms, level.to_numpy(), rcond=None)
        error = float(((terms @ [base, slope] - level.to_numpy()) ** 2).sum())
        fits.append(Response(float(base), float(slope), float(threshold), 1.0 - error / spread))
    best = max(fits, key=lambda fit: fit.r_squared)
    if best.slope <= 0:
        raise input_error(
            "demand", where="temperature_response()", allowed="more in colder months",
            got=f"{best.slope:.4f} a kelvin",
        )  # fmt: skip
    return best


def demand_factor(temperature: pd.Series, response: Response) -> pd.Series:
    """Return by how much demand differs from that of its month's mean day.

    Parameters
    ----------
    temperature : degC, hourly, labels in UTC (hours that end there), weighted by demand.
    response : see :func:`temperature_response`.

    Returns
    -------
    Series : dimensionless and above 0, the same within a local day, mean 1 in each month; buildings
        are taken to follow the mean of a day.
    """
    local = pd.DatetimeIndex(temperature.index) + pd.Timedelta(hours=LOCAL_HOURS - 1)
    daily = temperature.groupby(local.floor("D")).transform("mean")
    level = pd.Series(response.level(daily), index=temperature.index)
    return (level / level.groupby(local.month).transform("mean")).rename("demand_factor")
