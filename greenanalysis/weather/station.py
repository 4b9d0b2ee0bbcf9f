"""A user's station or mast: a CSV file and a YAML beside it that says what its columns mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import InputError, input_error, refusing, unknown_name
from greenanalysis.io import sha256_file
from greenanalysis.weather.clock import to_utc
from greenanalysis.weather.site import site_dataset
from greenanalysis.weather.station_form import Column, Form, read_form

HOUR = pd.Timedelta(hours=1)
LABEL_AT = {"start": 0.0, "middle": 0.5, "end": 1.0}


def read_station(declaration: Path, *, data: Path | None = None) -> xr.Dataset:
    """Read a station's record as hourly means in the canonical form.

    Parameters
    ----------
    declaration : the YAML file, see Notes.
    data : the CSV file; by default the one beside the declaration with the same stem.

    Returns
    -------
    Dataset : see :func:`greenanalysis.weather.site.site_dataset`: what was measured, at one cell,
        labels at the end of the hour, UTC; NaN where less than ``minimum_share`` of an hour's
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
        label: end                       # of that interval: start, middle or end
        columns:
          - {column: WS80, variable: wind_speed, height: 80, unit: m/s}
          - {column: GHI, variable: ghi, unit: kJ/m2}
          - {column: T, variable: temp_air, unit: degC}
        missing: [-999, "NaN"]           # optional, beside empty fields
        delimiter: ";"                   # optional, as are decimal, encoding and skip_rows
        minimum_share: 0.8               # optional

    A logger that stays on one clock all year has a fixed offset; one that follows the legal time
    has an IANA zone. Kazakhstan moved to UTC+5 on 2024-03-01; zones such as Asia/Almaty know it,
    and an hour that the clock showed twice is told apart by the order of the rows
    (:func:`greenanalysis.weather.clock.to_utc`).
    Hours are plain means; energies (J/m2, kJ/m2, Wh/m2 ...) are divided by the interval first.
    """
    form = read_form(declaration)
    source = data or declaration.with_suffix(".csv")
    table = _table(source, form)
    starts = _starts(to_utc(_labels(table, form, source.name), form.zone, where=form.where), form)
    values = pd.DataFrame(
        {each.variable: _numbers(table[each.column], each, source.name) for each in form.columns}
    )
    hourly = hourly_means(values, starts, interval=form.interval, minimum_share=form.minimum_share)
    return site_dataset(
        {str(name): hourly[name].to_numpy() for name in hourly},
        pd.DatetimeIndex(hourly.index),
        latitude=form.latitude,
        longitude=form.longitude,
        name=form.name,
        source=f"station record {source.name}",
        digest=sha256_file(source),
    )


def hourly_means(
    values: pd.DataFrame, starts: pd.DatetimeIndex, *, interval: pd.Timedelta, minimum_share: float
) -> pd.DataFrame:
    """Average records to hours; an hour with too few of them is NaN.

    Parameters
    ----------
    values : one column per variable, one row per record.
    starts : beginning of each record's interval, UTC; each interval lies within one hour.
    interval : length of the records.
    minimum_share : of an hour's records, 0..1.

    Returns
    -------
    DataFrame : every hour from the first to the last, labels at the end.
    """
    ends = starts.floor("h") + HOUR
    groups = values.set_axis(ends).groupby(level=0)
    needed = minimum_share * (HOUR / interval) - 1e-9
    means = groups.mean().where(groups.count() >= needed)
    return means.reindex(pd.date_range(ends.min(), ends.max(), freq="h"))


def _table(path: Path, form: Form) -> pd.DataFrame:
    """Read the file as text; fields that are missing become empty."""
    try:
        table = pd.read_csv(
            path,
            sep=form.delimiter,
            encoding=form.encoding,
            skiprows=form.skip_rows,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
        )
    except OSError as error:
        raise InputError(f"station record {path}: {error.strerror}") from error
    except (ValueError, LookupError) as error:
        raise InputError(f"station record {path} cannot be read: {error}") from error
    table.columns = [str(name).strip() for name in table.columns]
    for name in [*form.time_columns, *(each.column for each in form.columns)]:
        if name not in table:
            raise unknown_name("column", name, table.columns, where=f"{form.where} ({path.name})")
    if table.empty:
        raise input_error("rows", where=path.name, allowed="at least one", got=0)
    for each in form.columns:
        text = table[each.column].str.strip()
        plain = text.str.replace(form.decimal, ".", regex=False)
        table[each.column] = plain.mask(_is_missing(text, plain, form.missing), "")
    return table


def _is_missing(text: pd.Series, plain: pd.Series, codes: tuple[str, ...]) -> pd.Series:
    """Match codes as text, and numeric codes as numbers (-999 is also -999.00)."""
    numeric = pd.to_numeric(pd.Series(codes, dtype=object), errors="coerce").dropna()
    return text.isin(["", *codes]) | pd.to_numeric(plain, errors="coerce").isin(numeric)


def _labels(table: pd.DataFrame, form: Form, where: str) -> pd.DatetimeIndex:
    text = table[list(form.time_columns)].agg(" ".join, axis=1)
    parsed = pd.to_datetime(text, format=form.time_format, errors="coerce")
    if parsed.isna().any():
        row = int(np.argmax(parsed.isna()))
        raise input_error(
            f"time in data row {row + 1}",
            where=where,
            allowed=form.time_format,
            got=repr(text.iloc[row]),
        )
    with refusing(f"times of {where}"):
        return pd.DatetimeIndex(parsed).as_unit("ns")


def _numbers(text: pd.Series, column: Column, where: str) -> np.ndarray:
    numbers = pd.to_numeric(text.mask(text == "", "nan"), errors="coerce")
    wrong = numbers.isna() & (text != "")
    if wrong.any():
        row = int(np.argmax(wrong))
        raise input_error(
            f"{column.column} in data row {row + 1}",
            where=where,
            allowed="a number, an empty field or a declared code",
            got=repr(text.iloc[row]),
        )
    return numbers.to_numpy(dtype=float) * column.factor + column.offset


def _starts(times: pd.DatetimeIndex, form: Form) -> pd.DatetimeIndex:
    """Beginnings of the intervals, checked to ascend and to lie within hours."""
    starts = times - LABEL_AT[form.label] * form.interval
    steps = np.diff(starts.asi8)
    if (steps <= 0).any():
        row = int(np.argmax(steps <= 0))
        kind = "doubled" if steps[row] == 0 else "not ascending"
        raise input_error(
            f"time in data row {row + 2}, {kind}",
            where=form.where,
            allowed="ascending",
            got=f"{times[row + 1]} UTC",
        )
    crossing = starts.floor("h") != (starts + form.interval - pd.Timedelta(1)).floor("h")
    if crossing.any():
        row = int(np.argmax(crossing))
        raise input_error(
            f"interval of data row {row + 1}",
            where=f"{form.where} (label {form.label})",
            allowed="within one hour of UTC",
            got=f"{starts[row]} to {starts[row] + form.interval}",
        )
    return starts
