"""What the course of time shows: blocks that repeat, and jumps at fixed hours of the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.weather.quality.reading import Lattice
from greenanalysis.weather.quality.verdict import ERROR, WARNING, Finding, passed

REPEATING = ("temp_air", "pressure", "wind_speed_100m", "wind_speed_10m", "ghi")
WINDOW_H = 24
ASSIMILATION_HOURS = (10, 22)
"""Hours (UTC) into which ERA5's 12-hourly assimilation windows change: 09 to 10, 21 to 22."""

JUMP_RATIO = 1.25
STITCH_RATIO = 1.6
NEIGHBOURS = (-2, -1, 1, 2)


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
    if len(values) <= WINDOW_H:
        return []
    rows = np.ascontiguousarray(values, dtype=np.float32) + np.float32(0)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, number = np.unique(keys, return_inverse=True)
    still = np.flatnonzero(np.r_[True, np.diff(number) != 0])
    run = np.arange(len(number)) - np.repeat(still, np.diff(np.r_[still, len(number)]))
    windows = np.lib.stride_tricks.sliding_window_view(number, WINDOW_H)
    good = run[WINDOW_H - 1 :] < WINDOW_H // 2
    holes = np.r_[0, np.cumsum(np.isnan(rows).any(axis=1))]
    good &= holes[WINDOW_H:] == holes[:-WINDOW_H]
    at = np.flatnonzero(good)
    if not len(at):
        return []
    _, first, which = np.unique(windows[at], axis=0, return_index=True, return_inverse=True)
    source = at[first[which.ravel()]]
    again = source < at - WINDOW_H + 1
    return _joined(source[again], at[again])


def _joined(source: np.ndarray, start: np.ndarray) -> list[Copy]:
    """Join windows that follow one another at the same distance."""
    if not len(start):
        return []
    cut = np.flatnonzero((np.diff(start) != 1) | (np.diff(source) != 1)) + 1
    pieces = np.split(np.arange(len(start)), cut)
    return [Copy(int(source[p[0]]), int(start[p[0]]), len(p) + WINDOW_H - 1) for p in pieces]


def check_repeats(lattice: Lattice) -> list[Finding]:
    """Say which blocks of the record are copies of earlier ones."""
    rows, looked = [], [name for name in REPEATING if name in lattice.values]
    for name in looked:
        found = copies(lattice.values[name])
        if not found:
            continue
        longest = max(found, key=lambda copy: copy.hours)
        times = lattice.times
        days = sum(copy.hours for copy in found) / 24
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
        near = np.mean([np.roll(change, -shift) for shift in NEIGHBOURS], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = change / near
        known = [h for h in ASSIMILATION_HOURS if ratio[h] > JUMP_RATIO]
        other = [h for h in range(24) if ratio[h] > STITCH_RATIO and h not in ASSIMILATION_HOURS]
        for hours, what in (
            (known, "as of ERA5's assimilation windows: ramps at these hours are not weather"),
            (other, "as of pieces put together at this hour of the day"),
        ):
            if hours:
                found = ", ".join(f"{ratio[h]:.2f} x into {h:02d} UTC" for h in hours)
                message = f"the step into the hour is larger than in those around it, {what}"
                where = lattice.coverage
                rows.append(Finding("jumps", name, WARNING, found, where, message))
    return rows or [passed("jumps", looked)]
