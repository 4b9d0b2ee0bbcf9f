"""What a user declares about a station's record, checked key by key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from greenanalysis.errors import InputError, input_error, unknown_name
from greenanalysis.weather.site import variable_of

REQUIRED = ("latitude", "longitude", "timezone", "time", "interval_minutes", "label", "columns")
OPTIONAL = (
    "name",
    "missing",
    "delimiter",
    "decimal",
    "encoding",
    "skip_rows",
    "minimum_share",
    "note",
)
LABELS = ("start", "middle", "end")
COLUMN_KEYS = ("column", "variable", "unit", "height")

MINIMUM_SHARE = 0.8
"""Least part of an hour's records for its mean to count (project assumption: 5 of 6)."""

Scale = tuple[float, float]
SCALES: dict[str, dict[str, Scale]] = {
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

KINDS = {
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


def read_form(path: Path) -> Form:
    """Read a station's YAML declaration.

    Parameters
    ----------
    path : see :func:`greenanalysis.weather.station.read_station` for the keys.

    Raises
    ------
    InputError : naming the key, what is allowed and what came.
    """
    told, where = _loaded(path), path.name
    interval = pd.Timedelta(minutes=_interval(told["interval_minutes"], where))
    if told["label"] not in LABELS:
        raise input_error("label", where=where, allowed=LABELS, got=told["label"])
    names, pattern = _clock(told["time"], where)
    missing = told.get("missing", [])
    return Form(
        where=where,
        name=str(told.get("name", path.stem)),
        latitude=_number(told["latitude"], "latitude", where),
        longitude=_number(told["longitude"], "longitude", where),
        zone=str(told["timezone"]),
        time_columns=names,
        time_format=pattern,
        interval=interval,
        label=told["label"],
        columns=_columns(told["columns"], interval, where),
        missing=tuple(str(code) for code in (missing if isinstance(missing, list) else [missing])),
        minimum_share=_share(told.get("minimum_share", MINIMUM_SHARE), where),
        delimiter=str(told.get("delimiter", ",")),
        decimal=str(told.get("decimal", ".")),
        encoding=str(told.get("encoding", "utf-8-sig")),
        skip_rows=int(_number(told.get("skip_rows", 0), "skip_rows", where)),
    )


def _loaded(path: Path) -> dict[str, Any]:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"station declaration {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"station declaration {path} is not YAML: {error}") from error
    if not isinstance(told, dict):
        raise input_error(
            "station declaration", where=str(path), allowed="keys and values", got=told
        )
    for key in told:
        if key not in REQUIRED + OPTIONAL:
            raise unknown_name("key", key, REQUIRED + OPTIONAL, where=path.name)
    for key in REQUIRED:
        if key not in told:
            raise input_error(f"key {key}", where=path.name, allowed="present", got="nothing")
    return told


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
        raise input_error("entry of columns", where=where, allowed=COLUMN_KEYS, got=entry)
    for key in entry:
        if key not in COLUMN_KEYS:
            raise unknown_name("key", key, COLUMN_KEYS, where=f"{where}, columns")
    variable, unit = str(entry["variable"]), str(entry["unit"])
    if variable not in KINDS:
        raise unknown_name("variable", variable, KINDS, where=f"{where}, columns")
    units = {name: (kind, *SCALES[kind][name]) for kind in KINDS[variable] for name in SCALES[kind]}
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
