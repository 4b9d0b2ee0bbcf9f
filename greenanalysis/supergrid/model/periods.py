"""A year of hours reduced to typical days, with the chronology kept inside each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.supergrid.scenario import PriceState

HOURS_PER_YEAR = 8760


@dataclass(frozen=True)
class State:
    """What may come: the prices times ``price_factor``, the weather of a year, how likely.

    ``assignment`` : as in :class:`Periods`.
    """

    price_factor: float
    probability: float
    weather_year: int
    assignment: tuple[int, ...]


@dataclass(frozen=True)
class Periods:
    """Typical days.

    ``series`` : values by snapshot, the labels end the steps; days bear the date of the real day
    that stands for its group. ``weights`` : hours of the year that each snapshot stands for, they
    sum to 8760. ``last`` : the snapshots that end a day. ``rmse`` : root mean square error of the
    reduced against the full series, by column, relative to the column's mean. ``chronological`` :
    the days follow one another, so that storage may carry energy from one to the next.
    ``assignment`` : for each day of the year the number of the typical day that stands for it;
    ``linked`` : storage carries energy from one to the next in that order.
    ``price_factor`` : by snapshot, multiple of the market prices; ``states`` : see
    :func:`in_states`.
    """

    series: pd.DataFrame
    weights: pd.Series
    hours_per_step: int
    last: pd.DatetimeIndex
    rmse: pd.Series
    chronological: bool = False
    assignment: tuple[int, ...] = ()
    linked: bool = False
    price_factor: pd.Series | None = None
    states: tuple[State, ...] = ()


def typical_days(hourly: pd.DataFrame, *, days: int, hours_per_step: int) -> Periods:
    """Reduce a year to ``days`` typical days of ``24 / hours_per_step`` steps.

    Parameters
    ----------
    hourly : 8760 hours, labels end the hours; columns are what should be kept alike.
    days : number of typical days, 1 to 365; 365 keeps the year as it is, one day after another.
    hours_per_step : 1, 2, 3, 4, 6, 8, 12 or 24; values are means over the step.

    Returns
    -------
    Periods : means of the columns are those of the year.

    Raises
    ------
    InputError : not 8760 hours, a gap in time other than 29 February, or NaN.

    Notes
    -----
    Hierarchical clustering with medoids of the package tsam (Hoffmann et al., 2020,
    doi:10.3390/en13030641). ``assignment`` keeps the order of the year, so that storage may be
    linked from day to day, see :mod:`~greenanalysis.supergrid.model.rules`.
    """
    _require_year(hourly)
    steps = 24 // hours_per_step
    labels = hourly.index.to_numpy()[hours_per_step - 1 :: hours_per_step]
    blocks = hourly.to_numpy(dtype=float).reshape(-1, hours_per_step, hourly.shape[1])
    stepped = pd.DataFrame(blocks.mean(axis=1), index=labels, columns=hourly.columns)
    if days == 365:
        values, dates, counts = stepped, np.arange(365), np.ones(365)
        assignment = dates
    else:
        values, dates, counts, assignment = _cluster(stepped, days, hours_per_step)
    order = np.argsort(dates)
    positions = (dates[order][:, None] * steps + np.arange(steps)).ravel()
    snapshots = pd.DatetimeIndex(labels[positions], name="snapshot")
    cube = values.to_numpy().reshape(len(dates), steps, -1)
    series = pd.DataFrame(
        cube[order].reshape(len(snapshots), -1), index=snapshots, columns=hourly.columns
    )
    weights = pd.Series(np.repeat(counts[order] * hours_per_step, steps), index=snapshots)
    rebuilt = cube[assignment].reshape(len(stepped), -1)
    error = np.sqrt(((rebuilt - stepped.to_numpy()) ** 2).mean(axis=0))
    scale = stepped.mean().abs().replace(0.0, np.nan)
    rmse = pd.Series(error, index=hourly.columns) / scale
    return Periods(
        series,
        weights,
        hours_per_step,
        snapshots[steps - 1 :: steps],
        rmse,
        chronological=days == 365,
        assignment=tuple(int(place) for place in np.argsort(order)[assignment]),
    )


def one_week(hourly: pd.DataFrame, *, first_day: int, hours_per_step: int) -> Periods:
    """Return seven days of the year in a row, from ``first_day`` (0 is the first of January).

    Weights are the hours of a step: they sum to 168, a week and no year.

    Raises
    ------
    InputError : the week does not lie within the year.
    """
    _require_year(hourly)
    if not 0 <= first_day <= 358:
        raise input_error("first_day", where="one_week()", allowed="0 to 358", got=first_day)
    part = hourly.iloc[first_day * 24 : (first_day + 7) * 24]
    labels = pd.DatetimeIndex(
        part.index.to_numpy()[hours_per_step - 1 :: hours_per_step], name="snapshot"
    )
    blocks = part.to_numpy(dtype=float).reshape(-1, hours_per_step, part.shape[1]).mean(axis=1)
    series = pd.DataFrame(blocks, index=labels, columns=part.columns)
    weights = pd.Series(float(hours_per_step), index=labels)
    steps = 24 // hours_per_step
    return Periods(
        series,
        weights,
        hours_per_step,
        labels[steps - 1 :: steps],
        pd.Series(0.0, index=part.columns),
        chronological=True,
    )


def in_states(years: Sequence[Periods], prices: Sequence[PriceState] | None) -> Periods:
    """Return one block of snapshots for each year of weather and each state of market prices.

    Parameters
    ----------
    years : of the weather, equally likely, reduced alike.
    prices : states of the prices, independent of the weather; None for known prices.

    Returns
    -------
    Periods : weights are multiplied by the probability of the state, so that sums over all
        snapshots are expected values; the labels of each further state lie 366 days later.
        ``rmse`` is the mean over the years.
    """
    chances = prices or [PriceState(1.0, 1.0)]
    total = sum(state.probability for state in chances) * len(years)
    pairs = [(year, price) for year in years for price in chances]
    labels, last = [], []
    for number, (year, _) in enumerate(pairs):
        shift = pd.Timedelta(days=366 * number)
        start = years[0].series.index[0].to_period("Y").start_time
        moved = start - year.series.index[0].to_period("Y").start_time + shift
        labels.append(year.series.index + moved)
        last.append(year.last + moved)
    index = pd.DatetimeIndex(np.concatenate(labels), name=years[0].series.index.name)
    shares = [price.probability / total for _, price in pairs]
    weights = [year.weights * share for (year, _), share in zip(pairs, shares, strict=True)]
    factors = np.repeat([price.factor for _, price in pairs], len(years[0].series))
    return replace(
        years[0],
        series=pd.concat([year.series for year, _ in pairs]).set_axis(index),
        weights=pd.concat(weights).set_axis(index),
        last=pd.DatetimeIndex(np.concatenate(last)),
        rmse=pd.concat([year.rmse for year in years], axis=1).mean(axis=1),
        price_factor=pd.Series(factors, index=index),
        states=tuple(
            State(price.factor, share, int(year.series.index[0].year), year.assignment)
            for (year, price), share in zip(pairs, shares, strict=True)
        ),
    )


def _cluster(
    stepped: pd.DataFrame, days: int, hours_per_step: int
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    import tsam

    shifted = stepped.set_axis(
        pd.date_range("2001-01-01", periods=len(stepped), freq=f"{hours_per_step}h")
    )
    varying = shifted.loc[:, shifted.max() > shifted.min()]
    result = tsam.aggregate(
        varying,
        days,
        cluster=tsam.ClusterConfig(method="hierarchical", representation="medoid"),
        numerical_tolerance=1e-6,
    )
    steps = 24 // hours_per_step
    representatives = result.cluster_representatives.to_numpy().reshape(days * steps, -1)
    values = pd.DataFrame(representatives, columns=varying.columns)
    values = values.reindex(columns=stepped.columns)
    constant = [name for name in stepped.columns if name not in varying.columns]
    values[constant] = stepped[constant].iloc[0].to_numpy()
    assignment = np.asarray(result.cluster_assignments, dtype=int)
    counts = np.bincount(assignment, minlength=days).astype(float)
    return values, _nearest_days(varying, assignment, days), counts, assignment


def _nearest_days(varying: pd.DataFrame, assignment: np.ndarray, days: int) -> np.ndarray:
    """Return for each group the number of the real day nearest to its middle."""
    scaled = (varying / varying.max()).to_numpy().reshape(len(assignment), -1)
    nearest = np.empty(days, dtype=int)
    for group in range(days):
        members = np.flatnonzero(assignment == group)
        distance = ((scaled[members] - scaled[members].mean(axis=0)) ** 2).sum(axis=1)
        nearest[group] = members[int(distance.argmin())]
    return nearest


def _require_year(hourly: pd.DataFrame) -> None:
    if len(hourly) != HOURS_PER_YEAR:
        raise input_error("hours", where="typical_days()", allowed=HOURS_PER_YEAR, got=len(hourly))
    labels = pd.DatetimeIndex(hourly.index)
    leap = (labels.month == 2) & (labels.day == 29) & (labels.hour == 0)
    hours = np.diff(labels.to_numpy()) / np.timedelta64(1, "h")
    gaps = (hours != 1) & ~((hours == 25) & leap[:-1])
    if gaps.any():
        raise input_error(
            "time",
            where="typical_days()",
            allowed="one hour after the other",
            got=f"a gap after {hourly.index[int(gaps.argmax())]}",
        )
    empty = hourly.columns[hourly.isna().any()]
    if len(empty):
        raise input_error(
            "values", where="typical_days()", allowed="no NaN", got=f"NaN in {empty[0]}"
        )
