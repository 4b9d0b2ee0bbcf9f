"""A user's discharge record: read it, and say what a run-of-river plant makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.resource.hydro import flow_exceeded, plant_power

DATE, FLOW = "date", "discharge_m3s"
_COMPLETE = 0.9
"""Least share of a year's days with a record for the year to count (project assumption)."""

_ZONE = r"(?<=:\d\d)(?:Z|[+-]\d\d:?\d\d)$"
_EXCEEDED_BY_90 = NormalDist().inv_cdf(0.9)
_DOTTED = r"\d{1,2}\.\d{1,2}\.\d{4}(?: \d{1,2}:\d{2})?"
_EXCEEDED = tuple(range(5, 100, 5))
"""Per cent of the time of the points of a flow duration curve."""
_STEPS = {"day": pd.Timedelta(days=1), "hour": pd.Timedelta(hours=1)}


@dataclass(frozen=True)
class Yield:
    """What a plant gives.

    ``years`` (by year: share of the year on record, energy_mwh, capacity_factor), ``summary``
    (quantity to value) and ``duration``, the flow (m3/s) that is exceeded in :data:`_EXCEEDED` per
    cent of the time (index).
    """

    years: pd.DataFrame
    summary: dict[str, float]
    duration: pd.Series


def read_discharge(path: Path, *, date: str = DATE, flow: str = FLOW) -> pd.Series:
    """Read a discharge record of hours, days, ten days or months.

    Parameters
    ----------
    path : UTF-8 CSV file with a header; lines that start with ``#`` are comments. Months are
        written as their first or last day or as ``2020-03``, ten days as their first (1, 11, 21) or
        last one (10, 20, end of the month); a zone is left out, the clock counts as it is written;
        a blank flow is a gap.
    date, flow : names of the columns of time (ISO 8601, or all of them ``dd.mm.yyyy``) and of
        discharge in m3/s.

    Returns
    -------
    Series : m3/s, indexed by the start of each interval, name ``"discharge"``; ``attrs["step"]`` is
        ``"hour"``, ``"day"``, ``"ten days"`` or ``"month"``. Missing times are gaps, not zeros.

    Raises
    ------
    InputError : no file, no such column, a date or number that cannot be read, a negative
        discharge (each with its line), times that repeat or do not rise, or another step.
    """
    table = _table(path, (date, flow))
    clock = table[date].str.strip().str.replace(_ZONE, "", regex=True)
    if clock.str.fullmatch(_DOTTED).all():
        times = pd.to_datetime(clock, dayfirst=True, format="mixed", errors="coerce")
    else:
        times = pd.to_datetime(clock, format="ISO8601", errors="coerce")
    _refuse(times.isna(), table[date], path, date, "a date such as 2020-03-01")
    text = table[flow].str.strip()
    values = pd.to_numeric(text.where(text != ""), errors="coerce")
    bad = (text != "") & ~values.abs().lt(np.inf)
    _refuse(bad, table[flow], path, flow, "a number in m3/s or an empty cell")
    _refuse(values < 0, table[flow], path, flow, "0 or more")
    _refuse(times.diff() <= pd.Timedelta(0), table[date], path, date, "each time once, rising")
    step, starts = _intervals(pd.DatetimeIndex(times), path)
    series = pd.Series(values.to_numpy(), index=starts, name="discharge")
    series.attrs["step"] = step
    return series


def plant_yield(discharge: pd.Series, plant: Mapping[str, float | str]) -> Yield:
    """Return the yearly energy of a run-of-river plant and what it reaches in 9 years of 10.

    Parameters
    ----------
    discharge : of :func:`read_discharge`.
    plant : keyword arguments of :func:`greenanalysis.resource.hydro.plant_power` but the flow.

    Returns
    -------
    Yield : ``summary`` has design_capacity_mw (at the design flow), mean_mwh, p90_mwh (interpolated
        between the ranked years, NaN with fewer than nine), p90_normal_mwh (mean less 1.28 standard
        deviations, NaN with fewer than three), capacity_factor, years, q50_m3s, q95_m3s.

    Raises
    ------
    InputError : no year with :data:`_COMPLETE` of its record, or what the physics refuses.

    Notes
    -----
    A year's energy is its mean power on record times the hours of the year, so a gap counts like
    the rest of the year. Flows within a day or month are taken as constant: with monthly means the
    yield is too high where the flow often passes the design flow.
    """
    power = plant_power(discharge.to_numpy(), **plant)  # type: ignore[arg-type]
    environmental = float(plant["environmental_flow"])
    full = float(plant["design_flow"]) + environmental
    capacity = float(plant_power(np.array([full]), **plant)[0])  # type: ignore[arg-type]
    years = _years(pd.Series(power, index=discharge.index), discharge.attrs["step"])
    if years.empty:
        raise input_error(
            "discharge",
            where="plant_yield",
            allowed=f"at least one year with {_COMPLETE:.0%} of its record",
            got="none",
        )
    years["capacity_factor"] = years["energy_mwh"] / (capacity * years.pop("hours"))
    energy = years["energy_mwh"].to_numpy()
    spread = energy.std(ddof=1) if len(energy) > 2 else np.nan
    return Yield(
        years,
        {
            "design_capacity_mw": capacity,
            "mean_mwh": energy.mean(),
            "p90_mwh": flow_exceeded(energy, 0.9),
            "p90_normal_mwh": max(energy.mean() - _EXCEEDED_BY_90 * spread, 0.0),
            "capacity_factor": float(years["capacity_factor"].mean()),
            "years": float(len(energy)),
            "q50_m3s": flow_exceeded(discharge.to_numpy(), 0.5),
            "q95_m3s": flow_exceeded(discharge.to_numpy(), 0.95),
        },
        pd.Series(
            [flow_exceeded(discharge.to_numpy(), share / 100) for share in _EXCEEDED],
            index=pd.Index(_EXCEEDED, name="exceeded_percent"),
            name="discharge_m3s",
        ),
    )


def _years(power: pd.Series, step: str) -> pd.DataFrame:
    """Return share on record, hours and energy of each year that counts."""
    times = pd.DatetimeIndex(power.index)
    start = times.to_period("Y")
    if step == "month":
        length = np.asarray(times.days_in_month, dtype=float) * 24.0
    elif step == "ten days":
        length = np.where(times.day < 21, 10, times.days_in_month - 20) * 24.0
    else:
        length = np.full(len(power), _STEPS[step] / pd.Timedelta(hours=1))
    hours = pd.Series(length, index=power.index).where(power.notna(), 0.0)
    whole = np.array([366 if y.is_leap_year else 365 for y in start]) * 24.0
    known = hours.groupby(start.year).sum()
    year = pd.Series(whole, index=start.year).groupby(level=0).first()
    mean = (power.fillna(0.0) * hours).groupby(start.year).sum() / known
    table = pd.DataFrame({"share": known / year, "hours": year, "energy_mwh": mean * year})
    table.index.name = "year"
    return table[table["share"] >= _COMPLETE].copy()


def _table(path: Path, columns: tuple[str, str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, comment="#", keep_default_na=False)
    except FileNotFoundError:
        raise InputError(f"discharge file {path} does not exist") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"discharge file {path} cannot be read as CSV: {error}") from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise input_error("columns", where=str(path), allowed=columns, got=list(table.columns))
    if len(table) < 2:
        raise input_error("rows", where=str(path), allowed="two or more", got=len(table))
    return table


def _refuse(bad: pd.Series, column: pd.Series, path: Path, name: str, allowed: str) -> None:
    if bad.any():
        row = int(np.argmax(bad.to_numpy()))
        raise input_error(
            f"column {name!r}",
            where=f"{path}, record {row + 1}",
            allowed=allowed,
            got=repr(column.iloc[row]),
        )


def _intervals(times: pd.DatetimeIndex, path: Path) -> tuple[str, pd.DatetimeIndex]:
    """Return the name of the step, which all others must be multiples of, and where each begins."""
    steps = np.diff(times.to_numpy())
    shortest = pd.Timedelta(steps.min()) / pd.Timedelta(days=1)
    midnight = (times.hour == 0).all()
    first = pd.DatetimeIndex(times.to_period("M").start_time, name=times.name)
    last = times.is_month_end
    if midnight and 28 <= shortest <= 31 and ((times.day == 1).all() or last.all()):
        return "month", first
    if midnight and 8 <= shortest <= 11:
        if np.isin(times.day, (1, 11, 21)).all():
            return "ten days", times
        if (np.isin(times.day, (10, 20)) | last).all():
            begin = np.select([times.day == 10, times.day == 20], [0, 10], default=20)
            return "ten days", (first + pd.to_timedelta(begin, unit="D")).rename(times.name)
    for name, length in _STEPS.items():
        if steps.min() == length.to_timedelta64() and not (steps % length.to_timedelta64()).any():
            return name, times
    raise input_error(
        "time step",
        where=str(path),
        allowed="hours, days, ten days, or first or last days of months, on one beat",
        got=str(pd.Timedelta(steps.min())),
    )
