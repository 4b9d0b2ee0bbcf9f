"""Records of any interval become hours of UTC: means by overlap, instants where they stand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error

_HOUR = pd.Timedelta(hours=1)
_LABEL_AT = {"start": 0.0, "middle": 0.5, "end": 1.0, "instant": 0.0}
_JITTER = pd.Timedelta(seconds=90)
"""Stamps so near to the grid of their interval are on it: a logger's seconds, 08:59 for 09:00."""
_FEWEST_STEPS = 4
"""Steps from which on the usual one is known."""
_MOMENT = pd.Timedelta(seconds=1)
_TYPICAL_YEAR = 2023
"""Year of the labels of a typical year: an ordinary one."""


def on_grid(stamps: pd.DatetimeIndex, interval: pd.Timedelta) -> pd.DatetimeIndex:
    """Return stamps moved to the nearest multiple of the interval where they all but lie on it."""
    near = stamps.round(interval)
    apart = np.abs(stamps.asi8 - near.asi8)
    return near if bool((apart <= min(_JITTER, interval / 6).value).all()) else stamps


def one_year(stamps: pd.DatetimeIndex, *, ends: bool = False) -> tuple[pd.DatetimeIndex, bool]:
    """Put months of different years, as a typical year has them, into one year.

    Parameters
    ----------
    stamps : in the order of the record.
    ends : whether they are the ends of intervals: midnight then belongs to the day before, so that
        24 h of 31 December stays behind it and 24 h of 28 February is no leap day.

    Returns
    -------
    tuple : the stamps, and whether they were moved: a record of about a year or less whose years
        jump back or ahead. The year of the labels is 2023.
    """
    whole, stamps = stamps, stamps - (_MOMENT if ends else pd.Timedelta(0))
    years = np.asarray(stamps.year)
    span = stamps.max() - stamps.min()
    months = np.asarray(stamps.month)
    jumps = np.flatnonzero(np.diff(years) != 0)
    usual = len(jumps) <= 1 and (np.diff(stamps.asi8) > 0).all() and span <= pd.Timedelta(days=367)
    in_order = (np.diff(months) >= 0).all() or (np.sum(np.diff(months) < 0) == 1 and len(jumps) > 1)
    if not len(jumps) or usual or not in_order or len(stamps) > 8784 * 60:
        return whole, False
    leap = (months == 2) & (np.asarray(stamps.day) == 29)
    if leap.any():
        return whole, False
    offset = stamps - pd.DatetimeIndex([pd.Timestamp(int(year), 1, 1) for year in years])
    late = np.asarray(stamps.is_leap_year) & (months > 2)
    moved = (
        pd.Timestamp(_TYPICAL_YEAR, 1, 1) + offset - pd.to_timedelta(late.astype(float), unit="D")
    )
    return pd.DatetimeIndex(moved) + (whole - stamps), True


def record_starts(
    stamps: pd.DatetimeIndex, *, interval: pd.Timedelta, label: str, where: str
) -> pd.DatetimeIndex:
    """Return the beginnings of the intervals, checked to ascend and not to overlap.

    Raises
    ------
    InputError : doubled or descending stamps, or a declared interval that is not the real step.
    """
    starts = stamps - _LABEL_AT[label] * interval
    steps = np.diff(starts.asi8)
    if (steps <= 0).any():
        row = int(np.argmax(steps <= 0))
        kind = "doubled" if steps[row] == 0 else "not ascending"
        raise input_error(
            f"time in data row {row + 2}, {kind}",
            where=where,
            allowed="ascending",
            got=f"{stamps[row + 1]} UTC",
        )
    if len(steps) >= _FEWEST_STEPS:
        usual = pd.Timedelta(int(np.median(steps)))
        if (usual != interval and (steps < interval.value).mean() > 0.5) or usual >= 2 * interval:
            raise input_error(
                "interval_minutes",
                where=where,
                allowed=f"{usual / pd.Timedelta(minutes=1):g}, the usual step of the stamps",
                got=f"{interval / pd.Timedelta(minutes=1):g}",
            )
    return starts


def hourly_means(
    values: pd.DataFrame, starts: pd.DatetimeIndex, *, interval: pd.Timedelta, minimum_share: float
) -> pd.DataFrame:
    """Average records to hours by overlap; an hour of which too little is known is NaN.

    Parameters
    ----------
    values : one column per variable, one row per record; ``wind_direction`` in degrees.
    starts : beginning of each record's interval, UTC, any minute: a record that crosses an hour
        counts in both by the minutes that lie there, as those of half-hour zones do.
    interval : length of the records, up to an hour.
    minimum_share : of an hour, 0..1.

    Returns
    -------
    DataFrame : every hour from the first to the last, labels at the end. Directions are those of
        the mean of unit vectors.
    """
    turned = {name: values[name] for name in values if str(name).startswith("wind_direction")}
    plain = values.drop(columns=list(turned))
    for name, degrees in turned.items():
        plain[f"{name}:x"] = np.cos(np.radians(degrees))
        plain[f"{name}:y"] = np.sin(np.radians(degrees))
    first = starts.floor("h")
    before = np.minimum((first + _HOUR - starts) / interval, 1.0)
    weight = np.concatenate([before, 1.0 - before]) * (interval / _HOUR)
    ends = (first + _HOUR).append(first + 2 * _HOUR)
    both = pd.concat([plain, plain], ignore_index=True)
    use = weight > 1e-9
    known = both.notna().mul(weight, axis=0)[use]
    sums = both.mul(weight, axis=0)[use].groupby(ends[use]).sum()
    shares = known.groupby(ends[use]).sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums / shares).where(shares >= minimum_share - 1e-9)
    for name in turned:
        x, y = means.pop(f"{name}:x"), means.pop(f"{name}:y")
        means[name] = np.degrees(np.arctan2(y, x)) % 360
    labels = means.index
    hours = pd.date_range(labels.min(), labels.max(), freq="h")
    return means[list(values)].reindex(hours)


def at_instants(values: pd.DataFrame, stamps: pd.DatetimeIndex) -> pd.DataFrame:
    """Put instants, such as those of synoptic stations, at the hours where they stand.

    Parameters
    ----------
    values : one column per variable, one row per record.
    stamps : UTC; the nearest whole hour takes the value, hours between stay NaN.
    """
    hours = stamps.round("h")
    table = values.set_axis(hours).groupby(level=0).first()
    return table.reindex(pd.date_range(hours.min(), hours.max(), freq="h"))
