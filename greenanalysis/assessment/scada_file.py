"""Records of a turbine's control system (SCADA) from CSV or XLSX, columns known by their heads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from greenanalysis.core.errors import InputError, input_error, refusing, unknown_name

_ENCODINGS = ("utf-8-sig", "cp1251", "latin-1")
_ROLES = {
    # role: words of the head, words that rule it out, unit in the head -> factor and offset
    "power_kw": (
        r"power|leistung|мощност|potencia|puissance|^p$",
        r"theor|curve|reactive|factor|react|setpoint|limit|реактив|теор",
        {"kw": (1.0, 0.0), "mw": (1000.0, 0.0), "w": (0.001, 0.0), "квт": (1.0, 0.0),
         "мвт": (1000.0, 0.0)},
    ),
    "wind_speed": (
        r"wind.?speed|windgeschw|^ws|скорост\w* ветр|wind.?velocity",
        r"dir|std|dev|max|min|gust",
        {"m/s": (1.0, 0.0), "м/с": (1.0, 0.0), "km/h": (1 / 3.6, 0.0)},
    ),
    "temp_air": (
        r"amb\w*.?temp|outside.?temp|air.?temp|temp\w*.?air|temp_air|температур\w* (?:возд|нар)",
        r"gear|gen|bear|oil|nac",
        {"degc": (1.0, 0.0), "°c": (1.0, 0.0), "c": (1.0, 0.0), "k": (1.0, -273.15)},
    ),
    "pressure": (
        r"press|давлен",
        r"oil|hydr|масл",
        {"pa": (1.0, 0.0), "hpa": (100.0, 0.0), "mbar": (100.0, 0.0), "kpa": (1000.0, 0.0)},
    ),
    "reference_kw": (
        r"theor|reference.?power|power.?curve|expected.?power",
        r"$^",
        {"kw": (1.0, 0.0), "kwh": (1.0, 0.0), "mw": (1000.0, 0.0), "w": (0.001, 0.0)},
    ),
}  # fmt: skip
_REQUIRED = ("power_kw", "wind_speed")
_TIME = re.compile(r"date|time|timestamp|дата|время|zeit", re.IGNORECASE)
_UNIT = re.compile(r"[\[(]\s*([^\])]+?)\s*[\])]")
_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d %m %Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class ScadaFile:
    """Records (index ``time``, as the file's clock), the columns taken, and what was left out."""

    records: pd.DataFrame
    columns: dict[str, str]
    notes: tuple[str, ...]


def read_scada(
    path: Path, *, columns: dict[str, str] | None = None, time_format: str | None = None
) -> ScadaFile:
    """Read the records of one turbine.

    Parameters
    ----------
    path : CSV (comma, semicolon or tab; UTF-8, Windows-1251 or Latin-1) or XLSX, first sheet.
    columns : heads by role, where they are not known by their words: ``time``, ``power_kw``,
        ``wind_speed``, ``temp_air``, ``pressure``, ``reference_kw``. The unit stands in the head,
        in brackets; without it kW, m/s, degC, Pa are taken.
    time_format : of the labels, such as ``%d.%m.%Y %H:%M``; needed where day and month cannot be
        told apart.

    Raises
    ------
    InputError : not readable, a column that is missing or twice there, labels or numbers that are
        none.
    """
    table = _table(path)
    chosen = _chosen(table, columns or {}, path)
    times = _times(table[chosen["time"]], time_format, path)
    values = {
        role: _numbers(table[head], role, head, path)
        for role, head in chosen.items()
        if role != "time"
    }
    records = pd.DataFrame(values).set_axis(pd.DatetimeIndex(times, name="time"))
    notes = []
    if not records.index.is_monotonic_increasing:
        records = records.sort_index(kind="stable")
        notes.append("rows were put in the order of time")
    doubled = records.index.duplicated()
    if doubled.any():
        notes.append(
            f"{int(doubled.sum())} rows repeat a label (a clock set back, or copies): left out"
        )
        records = records[~doubled]
    return ScadaFile(records, chosen, tuple(notes))


def _table(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise input_error("SCADA file", where=str(path), allowed="CSV or XLSX", got="nothing")
    with path.open("rb") as file:
        start = file.read(8)
    with refusing(f"SCADA file {path} cannot be read"):
        if start[:4] == b"PK\x03\x04":
            table = pd.read_excel(path, engine="openpyxl")
        elif start[:4] == b"\xd0\xcf\x11\xe0":
            raise InputError(f"SCADA file {path} is an old Excel file (.xls): save it as .xlsx")
        else:
            table = _csv(path)
    table.columns = [str(head).strip() for head in table.columns]
    if table.empty:
        raise input_error("rows", where=str(path), allowed="one or more", got="none")
    return table


def _csv(path: Path) -> pd.DataFrame:
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            head = content.decode(encoding).splitlines()[0]
        except (UnicodeDecodeError, IndexError):
            continue
        break
    else:
        raise input_error("rows", where=str(path), allowed="one or more", got="none")
    delimiter = max(";\t,", key=head.count)
    table = pd.read_csv(
        path, sep=delimiter, encoding=encoding, skipinitialspace=True,
        index_col=False, low_memory=False, on_bad_lines="error",
    )  # fmt: skip
    return table.dropna(axis="columns", how="all")


def _chosen(table: pd.DataFrame, stated: dict[str, str], path: Path) -> dict[str, str]:
    heads = list(table.columns)
    for role, head in stated.items():
        if role not in ("time", *_ROLES):
            raise unknown_name("role", role, ("time", *_ROLES), where="columns of SCADA")
        if head not in heads:
            raise unknown_name(f"column of {role}", head, heads, where=str(path))
    chosen = {"time": stated.get("time") or _only(
        [head for head in heads if _TIME.search(head)], "time", path, heads
    )}  # fmt: skip
    for role, (words, others, _) in _ROLES.items():
        if role in stated:
            chosen[role] = stated[role]
            continue
        near = [
            head
            for head in heads
            if re.search(words, head, re.IGNORECASE)
            and not re.search(others, head, re.IGNORECASE)
            and head not in stated.values()
        ]
        if near and (role in _REQUIRED or len(near) == 1):
            chosen[role] = _only(near, role, path, heads)
        elif role in _REQUIRED:
            _only(near, role, path, heads)
    return chosen


def _only(near: list[str], role: str, path: Path, heads: list[str]) -> str:
    if len(near) == 1:
        return near[0]
    raise input_error(
        f"columns for {role}",
        where=str(path),
        allowed=f"one, or --column {role}=HEAD with HEAD of {', '.join(heads)}",
        got=", ".join(near) or "none",
    )


def _times(column: pd.Series, time_format: str | None, path: Path) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        if column.isna().any():
            raise input_error("time", where=str(path), allowed="no empty labels", got="some")
        return column
    text = column.astype(str).str.strip()
    nearest = np.ones(len(text), dtype=bool)
    for pattern in (time_format,) if time_format else _FORMATS:
        parsed = pd.to_datetime(text, format=pattern, errors="coerce")
        wrong = parsed.isna().to_numpy()
        if wrong.any():
            nearest = wrong if wrong.sum() < nearest.sum() else nearest
            continue
        _require_one_order(text, pattern, stated=time_format is not None, path=path)
        return parsed
    row = int(np.argmax(nearest))
    allowed = time_format or "--time-format, such as '%d.%m.%Y %H:%M'"
    raise input_error(
        f"time in data row {row + 1}", where=str(path), allowed=allowed, got=repr(text.iloc[row])
    )


def _require_one_order(text: pd.Series, pattern: str, *, stated: bool, path: Path) -> None:
    """Refuse slashes that read as day and month either way, with different steps of time or not."""
    if stated or "/" not in pattern or pattern.startswith("%Y"):
        return
    swapped = pattern.replace("%d/%m", "%m/%d") if "%d/%m" in pattern else pattern
    other = pd.to_datetime(text, format=swapped, errors="coerce")
    if swapped != pattern and not other.isna().any():
        raise input_error(
            "order of day and month",
            where=str(path),
            allowed="--time-format '%d/%m/%Y %H:%M' or '%m/%d/%Y %H:%M'",
            got=f"both can be, as in {text.iloc[0]!r}",
        )


def _numbers(column: pd.Series, role: str, head: str, path: Path) -> np.ndarray:
    factor, offset = _unit(head, role, path)
    if not pd.api.types.is_numeric_dtype(column):
        text = column.astype(str).str.strip().str.replace(",", ".", regex=False)
        empty = column.isna() | text.isin(["", "nan", "NaN", "NULL", "-"])
        numbers = pd.to_numeric(text.where(~empty), errors="coerce")
        wrong = numbers.isna() & ~empty
        if wrong.any():
            row = int(np.argmax(wrong))
            raise input_error(
                f"{head} in data row {row + 1}",
                where=str(path),
                allowed="a number or an empty cell",
                got=repr(column.iloc[row]),
            )
        column = numbers
    values = column.to_numpy(dtype=float)
    coded = np.isin(values, (-9999.0, -999.0, 9999.0, 99999.0))
    scaled: np.ndarray = np.where(coded, np.nan, values) * factor + offset
    return scaled


def _unit(head: str, role: str, path: Path) -> tuple[float, float]:
    units = _ROLES[role][2]
    match = _UNIT.search(head)
    if match is None:
        return 1.0, 0.0
    unit = match[1].strip().lower().replace(" ", "")
    if unit not in units:
        raise unknown_name(f"unit of {head}", match[1], units, where=str(path))
    return units[unit]
