"""Hourly demand of the regions: reported energy by month, kind of day and hour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.errors import input_error

DAYS = ("workday", "saturday", "sunday")
LOCAL_HOURS = 5
"""Kazakhstan lives at UTC+5, the whole country since 1 March 2024."""


def national_demand_twh(demand: pd.DataFrame, year: int, *, growth: float) -> float:
    """Return the demand of Kazakhstan in one year, TWh.

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


def monthly_shape(months: pd.DataFrame) -> pd.Series:
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
    :mod:`~greenanalysis.supergrid.temperature`. Holidays are workdays or weekends.
    """
    kinds = weekdays.set_index("day")["relative"]
    missing = [day for day in DAYS if day not in kinds.index]
    if missing:
        raise input_error("day", where="demand_weekdays.csv", allowed=DAYS, got=f"no {missing}")
    local = time + pd.Timedelta(hours=LOCAL_HOURS - 1)
    daily = hours.set_index(hours["hour_local"].astype(int))["relative"]
    named = np.array([DAYS[0]] * 5 + [*DAYS[1:]])[local.dayofweek]
    shape = pd.Series(daily.loc[local.hour].to_numpy() * kinds.loc[named].to_numpy(), index=time)
    shape /= shape.groupby(local.month).transform("mean")
    shape *= monthly_shape(months).loc[local.month].to_numpy()
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
