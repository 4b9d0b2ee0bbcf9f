"""The labels of time and place: order, step, missing hours and days, length, extent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import InputError
from greenanalysis.variables import WEATHER
from greenanalysis.weather.canonical import COUNTRY, FEWEST_HOURS, box_of
from greenanalysis.weather.quality.verdict import ERROR, WARNING, Finding, passed

HOUR = pd.Timedelta(hours=1)


def check_variables(dataset: xr.Dataset) -> list[Finding]:
    """Say which canonical variables are absent."""
    absent = [name for name in WEATHER if name not in dataset.data_vars]
    if not absent:
        return [passed("variables", WEATHER)]
    found = f"{len(absent)} of {len(WEATHER)} absent"
    message = "open_weather needs every variable; the checks that need these were left out"
    return [Finding("variables", " ".join(absent), ERROR, found, "dataset", message)]


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
    return pd.Timedelta(np.median(steps)) if len(steps) else HOUR


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
    if step == HOUR:
        return passed("time step", ("time",))
    found = f"{step / pd.Timedelta(minutes=1):g} min"
    return Finding("time step", "time", ERROR, found, str(times[0]), "the step must be one hour")


def _missing(times: pd.DatetimeIndex) -> Finding:
    step = step_of(times)
    unique = np.unique(times.to_numpy())
    gaps = np.diff(unique) / step.to_timedelta64()
    holes = np.flatnonzero(gaps > 1.5)
    if not len(holes):
        return passed("missing hours", ("time",))
    hours = round(float((gaps[holes] - 1).sum()) * (step / HOUR))
    days = sum(_whole_days(unique[i], unique[i + 1]) for i in holes)
    first = pd.Timestamp(unique[holes[0]])
    message = f"{len(holes)} gap{'s' if len(holes) > 1 else ''}, {days} whole days of UTC"
    return Finding("missing hours", "time", ERROR, f"{hours} h", f"after {first}", message)


def _whole_days(before: np.datetime64, after: np.datetime64) -> int:
    """Count the days of which every label 01..24 h lies strictly between two labels."""
    first, last = pd.Timestamp(before).ceil("D"), (pd.Timestamp(after) - HOUR).floor("D")
    return max((last - first).days, 0)


def _length(times: pd.DatetimeIndex) -> Finding:
    hours = round((times.max() - times.min() + step_of(times)) / HOUR)
    if hours >= FEWEST_HOURS:
        return passed("record length", ("time",), f"{times.min()} to {times.max()}")
    message = f"shorter than a year: open_weather needs {FEWEST_HOURS} h, for no season may lack"
    where = f"{times.min()} to {times.max()}"
    return Finding("record length", "time", WARNING, f"{hours} h", where, message)


def check_extent(dataset: xr.Dataset) -> list[Finding]:
    """Say whether the cells have places, lie evenly and cover the country."""
    findings = []
    try:
        box = box_of(dataset, where="dataset")
    except InputError as error:
        return [Finding("extent", "box", ERROR, str(dataset.attrs["box"]), "dataset", str(error))]
    wanted = {"latitude": box[1::2], "longitude": box[0::2]} if box else COUNTRY
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
        half = steps.mean() / 2 if len(steps) else 0.0
        if axis[0] - half > low or axis[-1] + half < high:
            found = f"{axis[0] - half:g} to {axis[-1] + half:g} degrees"
            whole = "the stated box is" if box else "a part of the country: a national build needs"
            message = f"{whole} {low:g} to {high:g}"
            findings.append(Finding("extent", name, WARNING, found, "dataset", message))
    return findings or [passed("extent", tuple(COUNTRY))]
