"""A user's station or mast: a table and a declaration of what its columns mean, made into hours."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file, sha256_json
from greenanalysis.core.variables import variable_of
from greenanalysis.weather.clearsky import HALF_HOUR, site_sine, split_horizontal_beam
from greenanalysis.weather.quality.sunshine import light_lag
from greenanalysis.weather.read.clock import parse_stamps, to_utc
from greenanalysis.weather.read.declaration import Column, Form, read_form
from greenanalysis.weather.read.hours import (
    at_instants,
    hourly_means,
    on_grid,
    one_year,
    record_starts,
)
from greenanalysis.weather.read.instants import to_hour_middles
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.read.table import named_columns, read_rows

_log = logging.getLogger(__name__)

_CODE = re.compile(
    r"-?(?:9{2,}|8{3,}|6999|7999|32767)(?:\.[09]+)?|-?9+\.9+|-1e\+?\d+|1e\+?\d+", re.I
)
"""Numbers that loggers and archives write for nothing: nines, eights, overflow."""
_FEWEST_CODES = 2
_LATE_MIN, _WRONG_CLOCK_MIN = 15.0, 40.0
"""Minutes by which light may miss the sun before it is said, and before it is refused."""
_SURE_DAYS = 5
"""Clear days, the clearest of about a month, by which a clock is called wrong; fewer only warn."""
_HOUR = pd.Timedelta(hours=1)
_LIGHT = ("ghi", "dni", "dhi")


def read_station(declaration: Path, *, data: Path | None = None) -> xr.Dataset:
    """Read a station's record as hourly means in the canonical form.

    Parameters
    ----------
    declaration : the YAML file, see Notes.
    data : the CSV or XLSX file; by default the one beside the declaration with the same stem.

    Returns
    -------
    Dataset : see :func:`greenanalysis.weather.read.site.site_dataset`: what was measured, at one
        cell, labels at the end of the hour, UTC; NaN where less than ``minimum_share`` of an hour's
        records are there. Wind at other heights than 10 and 100 m is ``wind_speed_<height>m``.

    Raises
    ------
    InputError : naming the key of the declaration, the row or the value that is wrong.

    Notes
    -----
    The declaration::

        name: Mast at Ereymentau         # optional
        latitude: 51.6
        longitude: 73.1
        timezone: Asia/Almaty            # IANA name, UTC, or a fixed offset such as "+06:00"
        time: {columns: [Date, Time], format: "%d.%m.%Y %H:%M"}
        interval_minutes: 10             # each record is the mean (or sum) of so many minutes
        label: end                       # of that interval: start, middle, end; or instant
        columns:
          - {column: WS80, variable: wind_speed, height: 80, unit: m/s}
          - {column: GHI, variable: ghi, unit: kJ/m2}
          - {column: T, variable: temp_air, unit: degC}
        missing: [-999, "NaN"]           # optional, beside empty fields
        delimiter: ";"                   # optional, as are decimal, encoding, skip_rows (above
                                         # the header), rows_below_header, names (of a file
                                         # without header), sheet, altitude, measured
        minimum_share: 0.8               # optional

    A logger that stays on one clock all year has a fixed offset; one that follows the legal time
    has an IANA zone. Kazakhstan moved to UTC+5 on 2024-03-01; zones such as Asia/Almaty know it.
    Stamps and zones: :mod:`greenanalysis.weather.read.clock`. Hours are means by overlap, energies
    (J/m2, kJ/m2, Wh/m2 ...) are divided by the interval first, directions are averaged as vectors.
    Sensors of one variable at one height are averaged where both are known. A code of nines beyond
    the valid range that comes again is a gap, which is logged. Light that runs
    :data:`_WRONG_CLOCK_MIN` minutes or more beside the sun is refused: a clock or label is wrong.
    """
    form = read_form(declaration)
    return read_record(form, data or declaration.with_suffix(".csv"))


def read_record(form: Form, path: Path, *, source: str = "") -> xr.Dataset:
    """Read a table that a declaration describes; see :func:`read_station`.

    Parameters
    ----------
    form : the declaration.
    path : the table, CSV or XLSX.
    source : how reports call it; by default a station record of this name.
    """
    rows = read_rows(path, encoding=form.encoding, delimiter=form.delimiter, sheet=form.sheet)
    where = form.where if form.where == path.name else f"{form.where} ({path.name})"
    table = named_columns(
        rows,
        list(dict.fromkeys([*form.time_columns, *(each.column for each in form.columns)])),
        names=form.names,
        skip_rows=form.skip_rows,
        rows_below_header=form.rows_below_header,
        where=where,
    )
    text = table[list(form.time_columns)].agg(" ".join, axis=1)
    labels = parse_stamps(text, form.time_format, where=path.name)
    if len(labels) > 1 and (np.diff(labels.asi8) <= 0).all():  # archives that begin with the newest
        labels, table = labels[::-1], table.iloc[::-1].reset_index(drop=True)
    labels, typical = one_year(labels, ends=form.label == "end")
    stamps = to_utc(labels, form.zone, where=form.where)
    values = _values(table, form, path.name)
    kept = np.asarray(stamps.notna())
    stamps, values = stamps[kept], values[kept].reset_index(drop=True)
    if not len(stamps):
        raise input_error("rows", where=path.name, allowed="one with a stamp at least", got=0)
    stamps = on_grid(stamps, form.interval)
    hourly = _hourly(values, stamps, form)
    if typical:
        hourly = _turned(hourly)
    dataset = site_dataset(
        {str(name): hourly[name].to_numpy() for name in hourly},
        pd.DatetimeIndex(hourly.index),
        latitude=form.latitude,
        longitude=form.longitude,
        name=form.name,
        source=source or f"station record {path.name}",
        digest=sha256_json([sha256_file(path), repr(form)]),
    )
    _refuse_wrong_clock(dataset, form)
    stated = {"altitude": form.altitude} if form.altitude is not None else {}
    if form.measured:
        stated["measured"] = 1
    if typical:
        stated["typical"] = 1
    return dataset.assign_attrs(stated)


def _hourly(values: pd.DataFrame, stamps: pd.DatetimeIndex, form: Form) -> pd.DataFrame:
    starts = record_starts(stamps, interval=form.interval, label=form.label, where=form.where)
    if form.label != "instant":
        return hourly_means(
            values, starts, interval=form.interval, minimum_share=form.minimum_share
        )
    light = [name for name in _LIGHT if name in values]
    if not light:
        return at_instants(values, stamps)
    if form.interval < _HOUR:  # an instant stands for the time around it
        middle = starts - form.interval / 2
        return hourly_means(
            values, middle, interval=form.interval, minimum_share=form.minimum_share
        )
    return _carried(values, stamps, form)


def _carried(values: pd.DataFrame, stamps: pd.DatetimeIndex, form: Form) -> pd.DataFrame:
    """Carry hourly instants of light to the middles of the hours, as those of satellites."""
    place = {"latitude": form.latitude, "longitude": form.longitude}
    sine = np.maximum(site_sine(stamps, **place)[0], 0.0)
    met = values.drop(columns=[name for name in _LIGHT if name in values])
    three = all(name in values for name in _LIGHT)
    beam = (values["dni"] * sine if three else values[_LIGHT[0]]).to_numpy(dtype=float)
    diffuse = values["dhi"].to_numpy(dtype=float) if three else np.zeros(len(values))
    middles, beam, diffuse, moved = to_hour_middles(
        stamps,
        beam=beam,
        diffuse=diffuse,
        met=met.to_numpy(dtype=float),
        where=form.where,
        **place,
    )
    columns = {"ghi": beam + diffuse}
    if three:
        parts = split_horizontal_beam(beam, diffuse, *site_sine(middles, **place))
        columns |= dict(zip(("dni", "dhi"), parts, strict=True))
    columns |= {str(name): moved[:, place] for place, name in enumerate(met)}
    return pd.DataFrame(columns, index=middles + HALF_HOUR)


def _turned(hourly: pd.DataFrame) -> pd.DataFrame:
    """Put the hours of a typical year that the zone moved beyond its ends to the other end."""
    labels = pd.DatetimeIndex(hourly.index)
    year = int(np.median((labels - HALF_HOUR).year))
    first, span = pd.Timestamp(year, 1, 1, 1), pd.Timedelta(hours=8760)
    moved = first + (labels - first) % span
    table = hourly.set_axis(moved).groupby(level=0).first()
    return table.reindex(pd.date_range(table.index.min(), table.index.max(), freq="h"))


def _values(table: pd.DataFrame, form: Form, where: str) -> pd.DataFrame:
    """Return the measured columns in canonical units, sensors of one variable put together."""
    series: dict[str, list[np.ndarray]] = {}
    for each in form.columns:
        series.setdefault(each.variable, []).append(_numbers(table[each.column], each, form, where))
    merged = {}
    for name, sensors in series.items():
        merged[name] = sensors[0] if len(sensors) == 1 else _together(name, sensors, where)
    empty = [name for name, values in merged.items() if not np.isfinite(values).any()]
    if empty and len(empty) < len(merged):  # a column of gaps is no variable
        _log.info("%s: %s without a value, left out", where, ", ".join(empty))
        merged = {name: values for name, values in merged.items() if name not in empty}
    return pd.DataFrame(merged)


def _together(name: str, sensors: list[np.ndarray], where: str) -> np.ndarray:
    stack = np.stack(sensors)
    known = np.isfinite(stack)
    _log.info("%s: %s is the mean of %d sensors where they are known", where, name, len(sensors))
    if name.startswith("wind_direction"):
        turned = np.exp(1j * np.radians(np.where(known, stack, 0.0))) * known
        angle = np.degrees(np.angle(turned.sum(axis=0))) % 360
        return np.where(known.any(axis=0), angle, np.nan)
    total = np.where(known, stack, 0.0).sum(axis=0)
    mean: np.ndarray = np.divide(
        total, known.sum(axis=0), out=np.full(total.shape, np.nan), where=known.any(axis=0)
    )
    return mean


def _numbers(cells: pd.Series, column: Column, form: Form, where: str) -> np.ndarray:
    text = cells.str.strip()
    plain = text.str.replace(form.decimal, ".", regex=False) if form.decimal != "." else text
    missing = _is_missing(text, plain, (*form.missing, *column.missing))
    numbers = pd.to_numeric(plain.mask(missing, "nan"), errors="coerce")
    wrong = numbers.isna() & ~missing
    if wrong.any():
        row = int(np.argmax(wrong))
        raise input_error(
            f"{column.column} in data row {row + 1}",
            where=where,
            allowed="a number, an empty field or a declared code (key missing)",
            got=repr(text.iloc[row]),
        )
    values = numbers.to_numpy(dtype=float) * column.factor + column.offset
    return _without_codes(values, plain, column, where)


def _is_missing(text: pd.Series, plain: pd.Series, codes: tuple[str, ...]) -> pd.Series:
    """Match codes as text, and numeric codes as numbers (-999 is also -999.00)."""
    numeric = pd.to_numeric(pd.Series(codes, dtype=object), errors="coerce").dropna()
    blank = text.str.lower().isin(["", "nan", "na", "n/a", "null", "none", "-", "--"])
    return blank | text.isin(codes) | pd.to_numeric(plain, errors="coerce").isin(numeric)


def _without_codes(values: np.ndarray, text: pd.Series, column: Column, where: str) -> np.ndarray:
    """Make gaps of undeclared codes: nines beyond the valid range that come more than once."""
    limits = variable_of(column.variable)
    with np.errstate(invalid="ignore"):
        outside = (values < limits.minimum) | (values > limits.maximum)
    if not outside.any():
        return values
    counts = text[outside].value_counts()
    codes = [
        str(code)
        for code, count in counts.items()
        if count >= _FEWEST_CODES and _CODE.fullmatch(str(code))
    ]
    if not codes:
        return values
    hit = outside & text.isin(codes).to_numpy()
    _log.warning(
        "%s: %s of column %s is outside %g to %g %s and comes %d times: taken for a gap; declare "
        "it under the key missing",
        where,
        ", ".join(codes),
        column.column,
        limits.minimum,
        limits.maximum,
        limits.units,
        int(hit.sum()),
    )
    return np.where(hit, np.nan, values)


def _refuse_wrong_clock(dataset: xr.Dataset, form: Form) -> None:
    """Compare the light with the sun over the clear days of the record, GHI alone, too."""
    lag, days = light_lag(dataset)
    if np.isnan(lag) or abs(lag) < _LATE_MIN:
        return
    side = "later" if lag > 0 else "earlier"
    words = f"the light comes {abs(lag):.0f} min {side} than the sun"
    if abs(lag) >= _WRONG_CLOCK_MIN and days >= _SURE_DAYS:
        raise input_error(
            "timezone or label",
            where=f"{form.where} ({form.zone}, label {form.label})",
            allowed="stamps that fit the sun at the stated place",
            got=words,
        )
    _log.warning("%s: %s; see timezone and label", form.where, words)
