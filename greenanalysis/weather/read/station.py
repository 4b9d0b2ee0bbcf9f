"""A user's station or mast: a CSV file and a YAML beside it that says what its columns mean.

The declaration is checked key by key. Local clocks, IANA zones or fixed offsets, become UTC, with a
rule for what happens when clocks are moved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import xarray as xr
import yaml

from greenanalysis.core.errors import InputError, input_error, refusing, unknown_name
from greenanalysis.core.files import sha256_file
from greenanalysis.core.variables import variable_of
from greenanalysis.core.yaml_files import parse_yaml
from greenanalysis.geo.country import load_country
from greenanalysis.weather.read.site import site_dataset

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_SETTLED = timedelta(days=92)
"""So long after a change of the clock is looked whether the computer knows it."""


def to_utc(labels: pd.DatetimeIndex, zone: str, *, where: str) -> pd.DatetimeIndex:
    """Convert the labels of a local clock to UTC.

    Parameters
    ----------
    labels : without zone, in the order of the record.
    zone : "UTC", a fixed offset such as "+06:00", or an IANA name such as "Asia/Almaty".
    where : for messages.

    Returns
    -------
    DatetimeIndex : UTC, without zone.

    Raises
    ------
    InputError : unknown zone, labels that the clock never showed, or labels that it showed twice
        where the order of the rows does not tell which is which.

    Notes
    -----
    Where a clock is set back, an hour comes twice. A record that holds both runs is told apart by
    its order (the first run is the earlier); one that holds a single run of that hour is an
    error: it may lack either, or its logger did not follow the clock and needs a fixed offset.
    """
    place = _zone(zone, where)
    try:
        local = labels.tz_localize(place, ambiguous="infer", nonexistent="raise")
    except ValueError as error:
        text = str(error).splitlines()[0]
        raise InputError(
            f"time in {where}: the clock of {zone} does not fit the record ({text}); give the "
            "fixed offset that the logger ran on, such as timezone: '+06:00', if it did not "
            "follow the legal time"
        ) from error
    return local.tz_convert("UTC").tz_localize(None)


def _zone(zone: str, where: str) -> tzinfo:
    fixed = _OFFSET.fullmatch(zone.strip())
    if fixed:
        sign, hours, minutes = fixed.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset > timedelta(hours=14):
            raise input_error("timezone", where=where, allowed="-14:00 to +14:00", got=zone)
        return timezone(-offset if sign == "-" else offset)
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise input_error(
            "timezone",
            where=where,
            allowed="UTC, a fixed offset such as +06:00, or an IANA name such as Asia/Almaty",
            got=zone,
        ) from error
    _require_known_clock(zone, place, where)
    return place


def _require_known_clock(zone: str, place: ZoneInfo, where: str) -> None:
    """Refuse a zone of the country where this computer does not know its present clock."""
    country = load_country()
    since = country.utc_offset_since
    moment = datetime(since.year, since.month, since.day, tzinfo=place) + _SETTLED
    if zone in country.time_zones and moment.utcoffset() != timedelta(hours=country.utc_offset):
        raise InputError(
            f"timezone {zone} in {where}: this computer's time-zone data do not know the move of "
            f"{country.name} to {country.clock} on {since}; install the package tzdata"
        )


_REQUIRED = ("latitude", "longitude", "timezone", "time", "interval_minutes", "label", "columns")
_OPTIONAL = (
    "name",
    "missing",
    "delimiter",
    "decimal",
    "encoding",
    "skip_rows",
    "minimum_share",
    "note",
)
_LABELS = ("start", "middle", "end")
_COLUMN_KEYS = ("column", "variable", "unit", "height")

_MINIMUM_SHARE = 0.8
"""Least part of an hour's records for its mean to count (project assumption: 5 of 6)."""

_Scale = tuple[float, float]
_SCALES: dict[str, dict[str, _Scale]] = {
    "irradiance": {"W/m2": (1.0, 0.0), "W m-2": (1.0, 0.0), "kW/m2": (1000.0, 0.0)},
    "energy": {
        "J/m2": (1.0, 0.0),
        "kJ/m2": (1e3, 0.0),
        "MJ/m2": (1e6, 0.0),
        "Wh/m2": (3.6e3, 0.0),
        "kWh/m2": (3.6e6, 0.0),
    },
    "temperature": {"degC": (1.0, 0.0), "K": (1.0, -273.15), "degF": (5 / 9, -160 / 9)},
    "pressure": {
        "Pa": (1.0, 0.0),
        "hPa": (100.0, 0.0),
        "mbar": (100.0, 0.0),
        "kPa": (1000.0, 0.0),
        "mmHg": (133.322387415, 0.0),
    },
    "speed": {
        "m/s": (1.0, 0.0),
        "m s-1": (1.0, 0.0),
        "km/h": (1 / 3.6, 0.0),
        "kn": (1852 / 3600, 0.0),
        "mph": (0.44704, 0.0),
    },
}
"""Factor and offset to the canonical unit; energies are those of one interval, to J m-2."""

_KINDS = {
    "ghi": ("irradiance", "energy"),
    "dni": ("irradiance", "energy"),
    "dhi": ("irradiance", "energy"),
    "temp_air": ("temperature",),
    "pressure": ("pressure",),
    "wind_speed": ("speed",),
}
"""Variables that a column may hold, and the kinds of unit that fit."""


@dataclass(frozen=True)
class Column:
    """One measured column: its name in the file, the canonical one, factor and offset."""

    column: str
    variable: str
    factor: float
    offset: float


@dataclass(frozen=True)
class Form:
    """A declaration that has been read and checked; ``interval`` is the records' length."""

    where: str
    name: str
    latitude: float
    longitude: float
    zone: str
    time_columns: tuple[str, ...]
    time_format: str
    interval: pd.Timedelta
    label: str
    columns: tuple[Column, ...]
    missing: tuple[str, ...]
    minimum_share: float
    delimiter: str
    decimal: str
    encoding: str
    skip_rows: int


def _read_form(path: Path) -> Form:
    """Read a station's YAML declaration.

    Parameters
    ----------
    path : see :func:`greenanalysis.weather.read.station.read_station` for the keys.

    Raises
    ------
    InputError : naming the key, what is allowed and what came.
    """
    declarations, where = _loaded(path), path.name
    interval = pd.Timedelta(minutes=_interval(declarations["interval_minutes"], where))
    if declarations["label"] not in _LABELS:
        raise input_error("label", where=where, allowed=_LABELS, got=declarations["label"])
    names, pattern = _clock(declarations["time"], where)
    missing = declarations.get("missing", [])
    return Form(
        where=where,
        name=str(declarations.get("name", path.stem)),
        latitude=_number(declarations["latitude"], "latitude", where),
        longitude=_number(declarations["longitude"], "longitude", where),
        zone=str(declarations["timezone"]),
        time_columns=names,
        time_format=pattern,
        interval=interval,
        label=declarations["label"],
        columns=_columns(declarations["columns"], interval, where),
        missing=tuple(str(code) for code in (missing if isinstance(missing, list) else [missing])),
        minimum_share=_share(declarations.get("minimum_share", _MINIMUM_SHARE), where),
        delimiter=str(declarations.get("delimiter", ",")),
        decimal=str(declarations.get("decimal", ".")),
        encoding=str(declarations.get("encoding", "utf-8-sig")),
        skip_rows=int(_number(declarations.get("skip_rows", 0), "skip_rows", where)),
    )


def _loaded(path: Path) -> dict[str, Any]:
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"station declaration {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"station declaration {path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise input_error(
            "station declaration", where=str(path), allowed="keys and values", got=content
        )
    for key in content:
        if key not in _REQUIRED + _OPTIONAL:
            raise unknown_name("key", key, _REQUIRED + _OPTIONAL, where=path.name)
    for key in _REQUIRED:
        if key not in content:
            raise input_error(f"key {key}", where=path.name, allowed="present", got="nothing")
    return content


def _number(value: Any, key: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise input_error(key, where=where, allowed="a number", got=repr(value))
    return float(value)


def _interval(minutes: Any, where: str) -> int:
    good = isinstance(minutes, int) and not isinstance(minutes, bool) and 0 < minutes <= 60
    if not good or 60 % minutes:
        raise input_error(
            "interval_minutes", where=where, allowed="minutes that divide an hour", got=minutes
        )
    length: int = minutes
    return length


def _share(share: Any, where: str) -> float:
    if not 0 < _number(share, "minimum_share", where) <= 1:
        raise input_error("minimum_share", where=where, allowed="above 0, up to 1", got=share)
    return float(share)


def _clock(told: Any, where: str) -> tuple[tuple[str, ...], str]:
    if not isinstance(told, dict) or set(told) != {"columns", "format"}:
        raise input_error("time", where=where, allowed="{columns: [...], format: ...}", got=told)
    names = told["columns"] if isinstance(told["columns"], list) else [told["columns"]]
    return tuple(str(name) for name in names), str(told["format"])


def _columns(told: Any, interval: pd.Timedelta, where: str) -> tuple[Column, ...]:
    if not isinstance(told, list) or not told:
        raise input_error("columns", where=where, allowed="a list", got=told)
    columns = tuple(_column(entry, interval, where) for entry in told)
    names = [each.variable for each in columns]
    for name in names:
        if names.count(name) > 1:
            raise input_error(
                f"columns of {name}", where=where, allowed="one", got=names.count(name)
            )
    return columns


def _column(entry: Any, interval: pd.Timedelta, where: str) -> Column:
    if not isinstance(entry, dict) or not {"column", "variable", "unit"} <= set(entry):
        raise input_error("entry of columns", where=where, allowed=_COLUMN_KEYS, got=entry)
    for key in entry:
        if key not in _COLUMN_KEYS:
            raise unknown_name("key", key, _COLUMN_KEYS, where=f"{where}, columns")
    variable, unit = str(entry["variable"]), str(entry["unit"])
    if variable not in _KINDS:
        raise unknown_name("variable", variable, _KINDS, where=f"{where}, columns")
    units = {
        name: (kind, *_SCALES[kind][name]) for kind in _KINDS[variable] for name in _SCALES[kind]
    }
    if unit not in units:
        raise unknown_name("unit", unit, units, where=f"{where}, column {entry['column']}")
    kind, factor, offset = units[unit]
    if kind == "energy":
        factor /= interval.total_seconds()
    return Column(str(entry["column"]), _canonical(entry, where), factor, offset)


def _canonical(entry: dict[str, Any], where: str) -> str:
    variable, height = str(entry["variable"]), entry.get("height")
    if variable != "wind_speed":
        return variable
    if isinstance(height, bool) or not isinstance(height, int | float):
        raise input_error(
            f"height of column {entry['column']}",
            where=where,
            allowed="metres above ground",
            got=height,
        )
    name = f"wind_speed_{height:g}m"
    variable_of(name)
    return name


_HOUR = pd.Timedelta(hours=1)
_LABEL_AT = {"start": 0.0, "middle": 0.5, "end": 1.0}


def read_station(declaration: Path, *, data: Path | None = None) -> xr.Dataset:
    """Read a station's record as hourly means in the canonical form.

    Parameters
    ----------
    declaration : the YAML file, see Notes.
    data : the CSV file; by default the one beside the declaration with the same stem.

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
    (:func:`greenanalysis.weather.read.station.to_utc`).
    Hours are plain means; energies (J/m2, kJ/m2, Wh/m2 ...) are divided by the interval first.
    """
    form = _read_form(declaration)
    source = data or declaration.with_suffix(".csv")
    table = _table(source, form)
    starts = _starts(to_utc(_labels(table, form, source.name), form.zone, where=form.where), form)
    values = pd.DataFrame(
        {each.variable: _numbers(table[each.column], each, source.name) for each in form.columns}
    )
    hourly = _hourly_means(values, starts, interval=form.interval, minimum_share=form.minimum_share)
    return site_dataset(
        {str(name): hourly[name].to_numpy() for name in hourly},
        pd.DatetimeIndex(hourly.index),
        latitude=form.latitude,
        longitude=form.longitude,
        name=form.name,
        source=f"station record {source.name}",
        digest=sha256_file(source),
    )


def _hourly_means(
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
    ends = starts.floor("h") + _HOUR
    groups = values.set_axis(ends).groupby(level=0)
    needed = minimum_share * (_HOUR / interval) - 1e-9
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
    starts = times - _LABEL_AT[form.label] * form.interval
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
