"""Hourly demand of the regions: reported energy by month, kind of day and hour.

Within a month it follows the temperature by a change-point model of metered months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.geo.country import load_country

_THRESHOLDS = np.arange(5.0, 20.5, 0.5)
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
    Response : the threshold of :data:`_THRESHOLDS` with the least squared error.

    Raises
    ------
    InputError : a month without temperature, or demand that does not grow with cold.

    Notes
    -----
    The three-parameter heating model of ASHRAE Guideline 14. Metered years meet normal
    temperatures, since those of the years themselves are not in the project; cooling in summer is
    left out: three months do not carry a second slope.
    """
    level = _monthly_shape(months)
    missing = [month for month in level.index if not np.isfinite(normal.get(month, np.nan))]
    if missing:
        raise input_error(
            "temperature", where="temperature_response()", allowed="a value for each month",
            got=f"none for month {missing[0]}",
        )  # fmt: skip
    warmth = normal.loc[level.index].to_numpy(dtype=float)
    spread = float(((level - level.mean()) ** 2).sum())
    fits = []
    for threshold in _THRESHOLDS:
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
    local = pd.DatetimeIndex(temperature.index) + pd.Timedelta(hours=load_country().utc_offset - 1)
    daily = temperature.groupby(local.floor("D")).transform("mean")
    level = pd.Series(response.level(daily), index=temperature.index)
    return (level / level.groupby(local.month).transform("mean")).rename("demand_factor")


_DAYS = ("workday", "saturday", "sunday")


def national_demand_twh(demand: pd.DataFrame, year: int, *, growth: float) -> float:
    """Return the demand of the country in one year, TWh.

    Parameters
    ----------
    demand : reported years, columns ``year`` and ``demand_twh``.
    year : a reported year, or a later one.
    growth : relative growth a year after the last reported one, e.g. ``0.03``.

    Raises
    ------
    InputError : the year lies before the table.
    """
    reported = demand.set_index("year")["demand_twh"]
    first, last = int(reported.index.min()), int(reported.index.max())
    if year < first:
        raise input_error("year of demand", where="demand.csv", allowed=f"from {first}", got=year)
    if year <= last:
        return float(reported.loc[year])
    return float(reported.loc[last] * (1.0 + growth) ** (year - last))


def _monthly_shape(months: pd.DataFrame) -> pd.Series:
    """Return the mean power of each month 1..12 relative to that of its year.

    Parameters
    ----------
    months : metered energy by ``year`` and ``month`` (``demand_gwh``), whole years.
    """
    length = pd.to_datetime(
        months.astype({"year": int, "month": int})[["year", "month"]].assign(day=1)
    )
    power = months["demand_gwh"] / length.dt.days_in_month
    relative = power / power.groupby(months["year"]).transform("mean")
    return relative.groupby(months["month"].astype(int)).mean()


def demand_shape(
    months: pd.DataFrame, hours: pd.DataFrame, weekdays: pd.DataFrame, time: pd.DatetimeIndex
) -> pd.Series:
    """Return demand relative to its mean over ``time``, for hours that end at the labels (UTC).

    Parameters
    ----------
    months : metered energy by ``year`` and ``month`` (``demand_gwh``), whole years.
    hours : ``relative`` load by ``hour_local``, the hour that begins then.
    weekdays : ``relative`` load by ``day``: workday, saturday, sunday.
    time : labels, UTC.

    Returns
    -------
    Series : dimensionless, mean 1; each month keeps its share of the energy.

    Raises
    ------
    InputError : a kind of day without a row.

    Notes
    -----
    The shape of a day is the same on all of them. Weather: see
    :mod:`~greenanalysis.supergrid.model.demand`. Holidays are workdays or weekends.
    """
    kinds = weekdays.set_index("day")["relative"]
    missing = [day for day in _DAYS if day not in kinds.index]
    if missing:
        raise input_error("day", where="demand_weekdays.csv", allowed=_DAYS, got=f"no {missing}")
    local = time + pd.Timedelta(hours=load_country().utc_offset - 1)
    daily = hours.set_index(hours["hour_local"].astype(int))["relative"]
    named = np.array([_DAYS[0]] * 5 + [*_DAYS[1:]])[local.dayofweek]
    shape = pd.Series(daily.loc[local.hour].to_numpy() * kinds.loc[named].to_numpy(), index=time)
    shape /= shape.groupby(local.month).transform("mean")
    shape *= _monthly_shape(months).loc[local.month].to_numpy()
    relative: pd.Series = (shape / shape.mean()).rename("demand")
    return relative


def hourly_demand(
    demand_2020_gwh: pd.Series, *, national_twh: float, shape: pd.Series
) -> pd.DataFrame:
    """Return the load of each region, MW.

    Parameters
    ----------
    demand_2020_gwh : demand by region in 2020; gives the shares.
    national_twh : demand of the country over the year.
    shape : relative load by hour, mean 1, see :func:`demand_shape`.

    Returns
    -------
    DataFrame (time, region) : MW; a full year sums to ``national_twh``.

    Raises
    ------
    InputError : a region without a demand above zero.
    """
    bad = demand_2020_gwh[~(demand_2020_gwh > 0)]
    if len(bad):
        raise input_error(
            "demand_2020_gwh", where=f"region {bad.index[0]}", allowed="above 0", got=bad.iloc[0]
        )
    share = demand_2020_gwh / demand_2020_gwh.sum()
    mean_mw = national_twh * 1e6 / 8760.0
    return pd.DataFrame(
        np.outer(shape.to_numpy(), share.to_numpy()) * mean_mw,
        index=shape.index,
        columns=share.index,
    )
