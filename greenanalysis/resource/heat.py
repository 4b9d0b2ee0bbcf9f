"""Heating: degree hours from hourly temperature, heat and fuel demand, heating season."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.resource.checks import require_above_zero, require_range, require_share

_HALF_HOUR = pd.Timedelta(minutes=30)


def felt_temperature(temp_air: pd.Series, *, inertia_hours: float) -> pd.Series:
    """Smooth the outdoor temperature as a building does that stores heat.

    Parameters
    ----------
    temp_air : hourly, degC, in the order of time.
    inertia_hours : time constant of the building; 0 changes nothing.

    Returns
    -------
    Series : degC, as ``temp_air``; the year is taken to repeat, so its mean stays.

    Raises
    ------
    InputError : a negative time constant.

    Notes
    -----
    A first-order lag of one heat store: ``felt += (1 - exp(-1/inertia)) * (outdoor - felt)``.
    """
    require_range("inertia_hours", inertia_hours, where="felt_temperature()")
    if inertia_hours == 0 or temp_air.empty:
        return temp_air.astype(float)
    weight = -np.expm1(-1 / inertia_hours)
    twice = pd.concat([temp_air, temp_air], ignore_index=True).astype(float)
    smooth = twice.ewm(alpha=weight, adjust=False).mean().to_numpy()[len(temp_air) :]
    return pd.Series(smooth, index=temp_air.index, name=temp_air.name)


def heating_degree_hours(
    temp_air: pd.Series,
    *,
    base: float,
    threshold: float,
    inertia_hours: float = 0.0,
    season: pd.Series | None = None,
) -> pd.Series:
    """Compute how far each hour lies below the temperature at which heat is needed.

    Parameters
    ----------
    temp_air : hourly outdoor temperature, degC; label = end of the hour, UTC.
    base : degC up to which a building is heated, room temperature less free gains.
    threshold : degC; in warmer hours (after smoothing) nobody heats. Up to ``base``.
    inertia_hours : see :func:`felt_temperature`.
    season : boolean, as ``temp_air``: hours in which heating runs at all; all by default.

    Returns
    -------
    Series : K h of each hour, 0 or more; NaN where the temperature is.

    Raises
    ------
    InputError : a threshold above the base, or a season of another length.

    Notes
    -----
    Divided by 24, the sum over a year is close to heating degree days, not the same: those take
    the day's mean, as a smoothing of a day or two does here.
    """
    if threshold > base:
        raise input_error(
            "threshold", where="heating_degree_hours()", allowed=f"up to {base}", got=threshold
        )
    felt = felt_temperature(temp_air, inertia_hours=inertia_hours)
    degrees = (base - felt).where(felt.isna() | (felt < threshold), 0.0)
    if season is None:
        return degrees.rename("heating_degree_hours")
    if len(season) != len(temp_air):
        raise input_error(
            "season", where="heating_degree_hours()", allowed=len(temp_air), got=len(season)
        )
    return degrees.where(season.to_numpy(dtype=bool), 0.0).rename("heating_degree_hours")


def heating_season(temp_air: pd.Series, *, start_below: float, days: int) -> pd.Series:
    """Mark the hours in which central heating runs: after so many cold days in a row.

    Parameters
    ----------
    temp_air : hourly, degC; label = end of the hour.
    start_below : degC of the daily mean.
    days : how many days in a row must be below (to start) or not below (to stop).

    Returns
    -------
    Series : bool, as ``temp_air``; the year is taken to repeat.

    Raises
    ------
    InputError : less than one day.
    """
    require_range("days", days, where="heating_season()", minimum=1)
    day = (pd.DatetimeIndex(temp_air.index) - _HALF_HOUR).normalize()
    cold = (temp_air.groupby(day).mean() < start_below).to_numpy()
    runs, heated, on = 0, np.zeros(2 * len(cold), dtype=bool), bool(cold.mean() > 0.5)
    for number, is_cold in enumerate(np.tile(cold, 2)):
        runs = runs + 1 if is_cold != on else 0
        if runs >= days:
            on, runs = not on, 0
        heated[number] = on
    by_day = pd.Series(heated[len(cold) :], index=temp_air.groupby(day).mean().index)
    return pd.Series(by_day.reindex(day).to_numpy(), index=temp_air.index, name="heating_season")


def by_month(hourly: pd.Series) -> pd.Series:
    """Sum an hourly series over the months in which its hours lie.

    Returns
    -------
    Series : index ``month`` 1..12, months without hours 0; an hour that ends at midnight on the
        first belongs to the month before.
    """
    month = (pd.DatetimeIndex(hourly.index) - _HALF_HOUR).month
    total = hourly.groupby(month).sum(min_count=1).reindex(range(1, 13), fill_value=0.0)
    return total.rename_axis("month")


def heat_demand_mwh(
    degree_hours: pd.Series, *, floor_area_m2: float, specific_loss_w_per_m2_k: float
) -> pd.Series:
    """Compute the heat that buildings need from their area and how fast they lose heat.

    Parameters
    ----------
    degree_hours : K h, of hours or months.
    floor_area_m2 : heated floor area.
    specific_loss_w_per_m2_k : transmission and ventilation of one m2 of floor.

    Returns
    -------
    Series : MWh of useful heat, as ``degree_hours``.

    Raises
    ------
    InputError : a negative number.
    """
    where = "heat_demand_mwh()"
    require_range("floor_area_m2", floor_area_m2, where=where)
    require_range("specific_loss_w_per_m2_k", specific_loss_w_per_m2_k, where=where)
    require_range("degree_hours", degree_hours, where=where)
    return (degree_hours * (floor_area_m2 * specific_loss_w_per_m2_k / 1e6)).rename("heat_mwh")


def split_annual(degree_hours: pd.Series, *, annual: float, base_share: float = 0.0) -> pd.Series:
    """Split a known demand of a year over its months: one part with the cold, one even.

    Parameters
    ----------
    degree_hours : K h of the months, index 1..12.
    annual : demand of the year, any unit.
    base_share : part that does not follow the weather (cooking, hot water, industry), 0..1.

    Returns
    -------
    Series : as ``annual``, index as ``degree_hours``, with the same sum.

    Raises
    ------
    InputError : a negative demand, a share outside 0..1, or no degree hours to split by.
    """
    where = "split_annual()"
    require_range("annual", annual, where=where)
    require_share("base_share", base_share, where=where)
    require_above_zero("sum of degree_hours", float(degree_hours.sum()), where=where)
    even = base_share / len(degree_hours)
    return annual * ((1 - base_share) * degree_hours / degree_hours.sum() + even)


def gas_for_heat_m3(
    heat_mwh: float, *, efficiency: float, heating_value_kwh_per_m3: float
) -> float:
    """Return the natural gas (m3) that gives an amount of useful heat.

    Raises
    ------
    InputError : negative heat; an efficiency or heating value of zero or less.
    """
    where = "gas_for_heat_m3()"
    require_range("heat_mwh", heat_mwh, where=where)
    require_above_zero("efficiency", efficiency, where=where)
    require_above_zero("heating_value_kwh_per_m3", heating_value_kwh_per_m3, where=where)
    return heat_mwh * 1000 / (efficiency * heating_value_kwh_per_m3)


def leak_saving(*, leak_share: float, reduction: float) -> float:
    """Return the share of the gas fed in that is no longer needed once leaks shrink.

    Parameters
    ----------
    leak_share : of the gas fed into a network, lost on the way, 0..1.
    reduction : part of the leaks that ends, 0..1.

    Returns
    -------
    float : 0..1; the same gas still arrives: ``1 - (1 - leak) / (1 - leak * (1 - reduction))``.

    Raises
    ------
    InputError : a share outside 0..1.
    """
    require_share("leak_share", leak_share, where="leak_saving()")
    require_share("reduction", reduction, where="leak_saving()")
    after = leak_share * (1 - reduction)
    return 0.0 if after == leak_share else 1 - (1 - leak_share) / (1 - after)
