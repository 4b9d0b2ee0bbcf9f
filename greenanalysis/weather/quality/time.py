"""The labels of time and place (order, step, gaps, extent), and what the course of time shows.

Its defects are blocks that repeat and jumps at fixed hours of the day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import WEATHER
from greenanalysis.geo.country import load_country
from greenanalysis.weather.canonical import FEWEST_HOURS, box_of
from greenanalysis.weather.quality.reading import Lattice
from greenanalysis.weather.quality.verdict import ERROR, WARNING, Finding, passed

_HOUR = pd.Timedelta(hours=1)


def check_variables(dataset: xr.Dataset) -> list[Finding]:
    """Say which canonical variables are absent."""
    absent = [name for name in WEATHER if name not in dataset.data_vars]
    if not absent:
        return [passed("variables", WEATHER)]
    finding = f"{len(absent)} of {len(WEATHER)} absent"
    message = "what needs these cannot be computed or takes an assumption that is told"
    return [Finding("variables", " ".join(absent), WARNING, finding, "dataset", message)]


def check_time(times: pd.DatetimeIndex | None) -> list[Finding]:
    """Say whether the labels are ascending whole hours, how many lack and how long they last."""
    if times is None or times.hasnans or len(times) < 2:
        got = "no dates" if times is None else "empty labels" if len(times) > 1 else "one label"
        message = "time must be two or more dates (datetime64, UTC); nothing else was checked"
        return [Finding("time axis", "time", ERROR, got, "time", message)]
    return [_order(times), _step(times), _missing(times), _length(times)]


def step_of(times: pd.DatetimeIndex) -> pd.Timedelta:
    """Return the usual distance of two labels, whatever their order."""
    steps = np.diff(np.unique(times.to_numpy()))
    return pd.Timedelta(np.median(steps)) if len(steps) else _HOUR


def _order(times: pd.DatetimeIndex) -> Finding:
    doubled, back = int(times.duplicated().sum()), int((np.diff(times.to_numpy()) < 0).sum())
    off = int((times != times.floor("h")).sum())
    problems = {
        f"{doubled} labels twice": doubled,
        f"{back} steps back": back,
        f"{off} labels off the hour": off,
    }
    said = [text for text, count in problems.items() if count]
    if not said:
        return passed("time axis", ("time",))
    first = times[times.duplicated() if doubled else times != times.floor("h")]
    where = str(first[0]) if len(first) else "time"
    message = "labels must be ascending whole hours, the ends of the hours, UTC"
    return Finding("time axis", "time", ERROR, ", ".join(said), where, message)


def _step(times: pd.DatetimeIndex) -> Finding:
    step = step_of(times)
    if step == _HOUR:
        return passed("time step", ("time",))
    finding = f"{step / pd.Timedelta(minutes=1):g} min"
    return Finding("time step", "time", ERROR, finding, str(times[0]), "the step must be one hour")


def _missing(times: pd.DatetimeIndex) -> Finding:
    step = step_of(times)
    unique = np.unique(times.to_numpy())
    gaps = np.diff(unique) / step.to_timedelta64()
    holes = np.flatnonzero(gaps > 1.5)
    if not len(holes):
        return passed("missing hours", ("time",))
    hours = round(float((gaps[holes] - 1).sum()) * (step / _HOUR))
    days = sum(_whole_days(unique[i], unique[i + 1]) for i in holes)
    first = pd.Timestamp(unique[holes[0]])
    message = f"{len(holes)} gap{'s' if len(holes) > 1 else ''}, {days} whole days of UTC"
    return Finding("missing hours", "time", ERROR, f"{hours} h", f"after {first}", message)


def _whole_days(before: np.datetime64, after: np.datetime64) -> int:
    """Count the days of which every label 01..24 h lies strictly between two labels."""
    first, last = pd.Timestamp(before).ceil("D"), (pd.Timestamp(after) - _HOUR).floor("D")
    return max((last - first).days, 0)


def _length(times: pd.DatetimeIndex) -> Finding:
    hours = round((times.max() - times.min() + step_of(times)) / _HOUR)
    if hours >= FEWEST_HOURS:
        return passed("record length", ("time",), f"{times.min()} to {times.max()}")
    message = f"shorter than a year: a brief and a national build need {FEWEST_HOURS} h"
    where = f"{times.min()} to {times.max()}"
    return Finding("record length", "time", WARNING, f"{hours} h", where, message)


def check_extent(dataset: xr.Dataset) -> list[Finding]:
    """Say whether the cells have places, lie evenly and cover the country."""
    findings = []
    try:
        box = box_of(dataset, where="dataset")
    except InputError as error:
        return [Finding("extent", "box", ERROR, str(dataset.attrs["box"]), "dataset", str(error))]
    wanted = {"latitude": box[1::2], "longitude": box[0::2]} if box else load_country().axes
    for name, (low, high) in wanted.items():
        axis = dataset[name].to_numpy().astype(float)
        if not np.isfinite(axis).all():
            message = "no coordinate in degrees: what needs the sun was left out"
            findings.append(Finding("extent", name, ERROR, "none", "dataset", message))
            continue
        steps = np.diff(axis)
        if len(steps) and ((steps <= 0).any() or np.ptp(steps) > 1e-3 * steps.mean()):
            span = f"{axis[0]:g} to {axis[-1]:g}"
            message = "must ascend in even steps"
            findings.append(Finding("extent", name, ERROR, f"{len(axis)} values", span, message))
            continue
        if not len(steps):
            continue  # a site, or a line of cells, is for itself
        half = steps.mean() / 2
        if axis[0] - half > low or axis[-1] + half < high:
            finding = f"{axis[0] - half:g} to {axis[-1] + half:g} degrees"
            whole = "the stated box is" if box else "a part of the country: a national build needs"
            message = f"{whole} {low:g} to {high:g}"
            findings.append(Finding("extent", name, WARNING, finding, "dataset", message))
    return findings or [passed("extent", tuple(wanted))]


_REPEATING = ("temp_air", "pressure", "wind_speed_100m", "wind_speed_10m", "ghi")
_WINDOW_H = 24
_ASSIMILATION_HOURS = (10, 22)
"""Hours (UTC) into which ERA5's 12-hourly assimilation windows change: 09 to 10, 21 to 22."""

_JUMP_RATIO = 1.25
_STITCH_RATIO = 1.6
_NEIGHBOURS = (-2, -1, 1, 2)


@dataclass(frozen=True)
class Copy:
    """Hours from ``start`` on that are equal to those from ``source`` on."""

    source: int
    start: int
    hours: int


def copies(values: np.ndarray) -> list[Copy]:
    """Return the blocks of a day or more that repeat an earlier one exactly.

    Parameters
    ----------
    values : (time, cell). Windows with NaN and windows that stand still do not count.
    """
    if len(values) <= _WINDOW_H:
        return []
    rows = np.ascontiguousarray(values, dtype=np.float32) + np.float32(0)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, number = np.unique(keys, return_inverse=True)
    still = np.flatnonzero(np.r_[True, np.diff(number) != 0])
    run = np.arange(len(number)) - np.repeat(still, np.diff(np.r_[still, len(number)]))
    windows = np.lib.stride_tricks.sliding_window_view(number, _WINDOW_H)
    good = run[_WINDOW_H - 1 :] < _WINDOW_H // 2
    holes = np.r_[0, np.cumsum(np.isnan(rows).any(axis=1))]
    good &= holes[_WINDOW_H:] == holes[:-_WINDOW_H]
    at = np.flatnonzero(good)
    if not len(at):
        return []
    _, first, which = np.unique(windows[at], axis=0, return_index=True, return_inverse=True)
    source = at[first[which.ravel()]]
    again = source < at - _WINDOW_H + 1
    return _joined(source[again], at[again])


def _joined(source: np.ndarray, start: np.ndarray) -> list[Copy]:
    """Join windows that follow one another at the same distance."""
    if not len(start):
        return []
    cut = np.flatnonzero((np.diff(start) != 1) | (np.diff(source) != 1)) + 1
    pieces = np.split(np.arange(len(start)), cut)
    return [Copy(int(source[p[0]]), int(start[p[0]]), len(p) + _WINDOW_H - 1) for p in pieces]


def check_repeats(lattice: Lattice) -> list[Finding]:
    """Say which blocks of the record are copies of earlier ones."""
    rows, looked = [], [name for name in _REPEATING if name in lattice.values]
    for name in looked:
        repeats = copies(lattice.values[name])
        if not repeats:
            continue
        longest = max(repeats, key=lambda copy: copy.hours)
        times = lattice.times
        days = sum(copy.hours for copy in repeats) / 24
        message = (
            f"{longest.hours} h from {times[longest.start]} on repeat those from "
            f"{times[longest.source]} on"
        )
        where = f"{times[longest.start]}, {lattice.coverage}"
        rows.append(Finding("repeated block", name, ERROR, f"{days:.0f} days", where, message))
    return rows or [passed("repeated block", looked)]


def hourly_change(times: pd.DatetimeIndex, values: np.ndarray) -> np.ndarray:
    """Return the mean size of the step into each hour of the day, (24), by UTC hour."""
    step = np.nanmean(abs(np.diff(values.astype(float), axis=0)), axis=1)
    follows = np.diff(times.to_numpy()) == np.timedelta64(1, "h")
    hour = times.hour.to_numpy()[1:]
    use = follows & np.isfinite(step)
    count = np.bincount(hour[use], minlength=24)
    return np.bincount(hour[use], step[use], minlength=24) / np.where(count, count, np.nan)


def check_jumps(lattice: Lattice) -> list[Finding]:
    """Say whether wind jumps at the hours at which ERA5 changes its assimilation window.

    Notes
    -----
    The mean step into an hour is set beside the mean of the two hours before and after.

    References
    ----------
    ECMWF, ERA5: data documentation: 4D-Var with 12 hour windows, 09-21 UTC and 21-09 UTC.
    """
    rows = []
    looked = [name for name in ("wind_speed_100m", "wind_speed_10m") if name in lattice.values]
    for name in looked:
        change = hourly_change(lattice.times, lattice.values[name])
        near = np.mean([np.roll(change, -shift) for shift in _NEIGHBOURS], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = change / near
        known = [h for h in _ASSIMILATION_HOURS if ratio[h] > _JUMP_RATIO]
        other = [h for h in range(24) if ratio[h] > _STITCH_RATIO and h not in _ASSIMILATION_HOURS]
        for hours, what in (
            (known, "as of ERA5's assimilation windows: ramps at these hours are not weather"),
            (other, "as of pieces put together at this hour of the day"),
        ):
            if hours:
                finding = ", ".join(f"{ratio[h]:.2f} x into {h:02d} UTC" for h in hours)
                message = f"the step into the hour is larger than in those around it, {what}"
                where = lattice.coverage
                rows.append(Finding("jumps", name, WARNING, finding, where, message))
    return rows or [passed("jumps", looked)]
