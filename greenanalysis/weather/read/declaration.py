"""The declaration of a table of measurements: what its columns, stamps and units mean.

A person writes it as YAML beside the file, or a known format states it. It is checked key by key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.variables import variable_of
from greenanalysis.core.yaml_files import parse_yaml

_REQUIRED = ("latitude", "longitude", "timezone", "time", "interval_minutes", "label", "columns")
_OPTIONAL = (
    "name",
    "altitude",
    "missing",
    "delimiter",
    "decimal",
    "encoding",
    "skip_rows",
    "rows_below_header",
    "names",
    "sheet",
    "measured",
    "minimum_share",
    "note",
)
LABELS = ("start", "middle", "end", "instant")
_COLUMN_KEYS = ("column", "variable", "unit", "height", "missing")

_MINIMUM_SHARE = 0.8
"""Least part of an hour's records for its mean to count (project assumption: 5 of 6)."""

_Scale = tuple[float, float]
_SCALES: dict[str, dict[str, _Scale]] = {
    "irradiance": {"W/m2": (1.0, 0.0), "W m-2": (1.0, 0.0), "kW/m2": (1000.0, 0.0)},
    "energy": {
        "J/m2": (1.0, 0.0),
        "J/cm2": (1e4, 0.0),
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
    "angle": {"deg": (1.0, 0.0), "degree": (1.0, 0.0), "rad": (57.29577951308232, 0.0)},
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
    "wind_direction": ("angle",),
}
_AT_A_HEIGHT = ("wind_speed", "wind_direction")
"""Variables that a column may hold, and the kinds of unit that fit."""


@dataclass(frozen=True)
class Column:
    """One measured column: its name in the file, the canonical one, factor and offset."""

    column: str
    variable: str
    factor: float
    offset: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A declaration that has been read and checked; ``interval`` is the records' length.

    Several columns may hold one variable, such as two anemometers at one height.
    """

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
    rows_below_header: int = 0
    names: tuple[str, ...] = ()
    sheet: str | None = None
    altitude: float | None = None
    measured: bool = True
    notes: tuple[str, ...] = field(default=())


def read_form(path: Path) -> Form:
    """Read a station's YAML declaration.

    Parameters
    ----------
    path : see :func:`greenanalysis.weather.read.station.read_station` for the keys.

    Raises
    ------
    InputError : naming the key, what is allowed and what came.
    """
    return form_of(_loaded(path), where=path.name, name=path.stem)


def form_of(declarations: dict[str, Any], *, where: str, name: str) -> Form:
    """Check a declaration.

    Parameters
    ----------
    declarations : the keys of the YAML file.
    where : for messages.
    name : of the station, where the declaration has none.

    Raises
    ------
    InputError : naming the key, what is allowed and what came.
    """
    for key in declarations:
        if key not in _REQUIRED + _OPTIONAL:
            raise unknown_name("key", key, _REQUIRED + _OPTIONAL, where=where)
    for key in _REQUIRED:
        if declarations.get(key) is None:
            raise input_error(f"key {key}", where=where, allowed="present", got="nothing")
    label = declarations["label"]
    if label not in LABELS:
        raise input_error("label", where=where, allowed=LABELS, got=label)
    interval = pd.Timedelta(minutes=_interval(declarations["interval_minutes"], label, where))
    columns_of_time, pattern = _clock(declarations["time"], where)
    altitude = declarations.get("altitude")
    return Form(
        where=where,
        name=str(declarations.get("name", name)),
        latitude=_number(declarations["latitude"], "latitude", where),
        longitude=_number(declarations["longitude"], "longitude", where),
        zone=str(declarations["timezone"]),
        time_columns=columns_of_time,
        time_format=pattern,
        interval=interval,
        label=label,
        columns=_columns(declarations["columns"], interval, where),
        missing=_codes(declarations.get("missing")),
        minimum_share=_share(declarations.get("minimum_share", _MINIMUM_SHARE), where),
        delimiter=str(declarations.get("delimiter", ",")),
        decimal=str(declarations.get("decimal", ".")),
        encoding=str(declarations.get("encoding", "utf-8-sig")),
        skip_rows=int(_number(declarations.get("skip_rows", 0), "skip_rows", where)),
        rows_below_header=int(
            _number(declarations.get("rows_below_header", 0), "rows_below_header", where)
        ),
        names=tuple(str(each) for each in declarations.get("names") or ()),
        sheet=None if declarations.get("sheet") is None else str(declarations["sheet"]),
        altitude=None if altitude is None else _number(altitude, "altitude", where),
        measured=bool(declarations.get("measured", True)),
    )


def _codes(told: Any) -> tuple[str, ...]:
    if told is None:
        return ()
    return tuple(str(code) for code in (told if isinstance(told, list) else [told]))


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
    return content


def _number(value: Any, key: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise input_error(key, where=where, allowed="a number", got=repr(value))
    return float(value)


def _interval(minutes: Any, label: str, where: str) -> int:
    good = isinstance(minutes, int) and not isinstance(minutes, bool) and minutes > 0
    if good and minutes <= 60 and 60 % minutes == 0:
        return int(minutes)
    if good and label == "instant" and minutes % 60 == 0 and 1440 % minutes == 0:
        return int(minutes)
    raise input_error(
        "interval_minutes",
        where=where,
        allowed="minutes that divide an hour, or whole hours of instants (label: instant)",
        got=minutes,
    )


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
        if names.count(name) > 1 and not name.startswith(_AT_A_HEIGHT):
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
    codes = _codes(entry.get("missing"))
    return Column(str(entry["column"]), _canonical(entry, where), factor, offset, codes)


def _canonical(entry: dict[str, Any], where: str) -> str:
    variable, height = str(entry["variable"]), entry.get("height")
    if variable not in _AT_A_HEIGHT:
        return variable
    if isinstance(height, bool) or not isinstance(height, int | float):
        raise input_error(
            f"height of column {entry['column']}",
            where=where,
            allowed="metres above ground",
            got=height,
        )
    name = f"{variable}_{height:g}m"
    variable_of(name)
    return name
