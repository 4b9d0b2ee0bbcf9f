"""Checks of weather, canonical or not: they diagnose and never refuse. See :func:`check`."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.weather.quality.reading import (
    IRRADIANCE,
    Lattice,
    Reading,
    Scale,
    adds_up,
    expected_size,
    family_of,
    hourly_parts,
    judge_unit,
    lattice_of,
    open_raw,
    times_of,
)
from greenanalysis.weather.quality.sunshine import check_sun
from greenanalysis.weather.quality.time import (
    check_extent,
    check_jumps,
    check_repeats,
    check_time,
    check_variables,
    step_of,
)
from greenanalysis.weather.quality.values import check_values
from greenanalysis.weather.quality.verdict import ERROR, Finding, Verdict, verdict_of

__all__ = ["Finding", "Verdict", "check"]


def check(weather: xr.Dataset | str | Path) -> Verdict:
    """Look for what is wrong with hourly weather, and name it.

    Parameters
    ----------
    weather : a Dataset, or the path of a netCDF file or Zarr folder; canonical or not, in any of
        the units and names that :mod:`~greenanalysis.weather.quality.reading` and
        :mod:`~greenanalysis.weather.quality.reading` know.

    Returns
    -------
    Verdict : ``table`` with one row a check and variable that has something to say.

    Raises
    ------
    InputError : nothing there, not readable, or nothing in it that is weather.

    Notes
    -----
    Gaps, limits, standstill and spikes are sought in every cell; what needs the sun or the course
    of time (alignment, night, cloudless sky, closure, repeated blocks, jumps) in up to 64 cells
    spread over the grid. Values in another unit are converted before the other checks look at
    them, so that one defect is named once. Cloudless sky and mean wind come from the committed
    climatology, at its nearest cell. The limits are the project's own unless a source is named.
    """
    raw = open_raw(weather)
    times = times_of(raw)
    findings = [*check_variables(raw), *check_time(times), *check_extent(raw)]
    if times is None or times.hasnans or len(times) < 2:
        return verdict_of(findings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return verdict_of([*findings, *_look(_sorted(raw, times))])


def _sorted(raw: xr.Dataset, times: pd.DatetimeIndex) -> xr.Dataset:
    if times.is_monotonic_increasing and times.is_unique:
        return raw
    _, keep = np.unique(times.to_numpy(), return_index=True)
    return raw.isel(time=keep)


def _look(raw: xr.Dataset) -> list[Finding]:
    times = pd.DatetimeIndex(raw["time"].to_numpy())
    lattice = lattice_of(raw, times, step_of(times))
    units, readings = _units(raw, lattice)
    numbers = {name: readings[name].canonical(lattice.values[name]) for name in readings}
    lattice = replace(lattice, values=numbers)
    return [
        *units,
        *check_values(raw, readings),
        *check_sun(lattice),
        *check_repeats(lattice),
        *check_jumps(lattice),
    ]


def _units(raw: xr.Dataset, lattice: Lattice) -> tuple[list[Finding], dict[str, Reading]]:
    """Judge the unit of every variable by the values of the lattice."""
    clear = lattice.sky(pd.Timedelta(0))[1] if lattice.placed else None
    findings, readings = [], {}
    for name in map(str, raw.data_vars):
        values = lattice.values[name].astype(float)
        summed = family_of(name) is IRRADIANCE and adds_up(values)
        if summed:
            values = hourly_parts(values)
            message = "values grow through the day and start anew: take the difference of hours"
            findings.append(Finding("units", name, ERROR, "accumulated", "all values", message))
        known = values[np.isfinite(values)]
        mean, high = (known.mean(), np.quantile(known, 0.999)) if known.size else (np.nan,) * 2
        scale = Scale(float(mean), float(high), expected_size(lattice, name, clear))
        finding, unit = judge_unit(name, raw[name].attrs.get("units"), scale)
        findings.append(finding)
        readings[name] = Reading(unit, accumulated=summed)
    return findings, readings
