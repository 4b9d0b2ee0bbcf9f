"""Any table of measurements: CSV of any delimiter or XLSX, its columns proposed by their names."""

from __future__ import annotations

import re
from typing import Any

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.weather.read.columns import propose_columns, variable_in
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.stamps import is_stamp_name, propose_time
from greenanalysis.weather.read.table import filled, unique_names

_DEEPEST = 60
"""Rows among which the header is sought."""


def _recognises(look: Look) -> bool:
    if look.zipped:
        return look.path.suffix.lower() in (".xlsx", ".xlsm") or b"xl/" in look.head
    if not look.text.strip() or look.path.suffix in (".nc", ".nc4", ".json", ".yaml", ".html"):
        return False
    return not look.text.lstrip("\ufeff \r\n").startswith(("{", "[", "<"))


def declare(look: Look) -> dict[str, Any]:
    """Return what is believed of a table: header, stamps, columns, units, heights.

    Raises
    ------
    InputError : no row of names with stamps and weather below it.
    """
    delimiter = "," if look.zipped else look.delimiter()
    rows = look.rows(delimiter)
    start = _header(rows)
    if start is None:
        raise input_error(
            "table",
            where=look.path.name,
            allowed="a row of names, one of stamps and one of weather among them; name them in a "
            "declaration",
            got=f"first row {rows[0][:8] if rows else ''}",
        )
    names = unique_names(rows[start])
    under = filled(rows[start + 1 :])
    below = _rows_below(under)
    data = under[below:]
    decimal = _decimal(data[:200], delimiter)
    heights = next((row for row in under[:below]
                    if row[0].strip().lower() == "height"), ())  # fmt: skip
    units = under[0] if below and not heights else ()
    columns = propose_columns(names, data[:500], units=units, heights=heights, decimal=decimal)
    if not columns:
        raise InputError(
            f"no column of {look.path.name} is known as weather by its name: {', '.join(names)}; "
            "name them in a declaration"
        )
    declared: dict[str, Any] = {
        "name": look.path.stem,
        "latitude": None,
        "longitude": None,
        **propose_time(names, data, where=look.path.name),
        "label": _label(names),
        "encoding": look.encoding,
        "columns": columns,
    }
    for key, value, usual in (
        ("delimiter", delimiter, ","),
        ("decimal", decimal, "."),
        ("skip_rows", start, 0),
        ("rows_below_header", below, 0),
    ):
        if value != usual:
            declared[key] = value
    return declared


def _header(rows: list[list[str]]) -> int | None:
    for number, row in enumerate(rows[:_DEEPEST]):
        names = [cell.strip() for cell in row]
        stamps = any(is_stamp_name(name) for name in names) or (names[0].lower() == "variable_name")
        if stamps and any(variable_in(name) for name in names):
            return number
    return None


def _rows_below(rows: list[list[str]]) -> int:
    """Count the rows of units or heights between names and data: they begin without a digit."""
    count = 0
    for row in rows[:4]:
        if re.match(r"\s*[\d'\"]", row[0]):
            break
        count += 1
    return count if count < min(4, len(rows)) else 0


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    commas = sum(bool(re.fullmatch(r"\s*-?\d+,\d+\s*", cell)) for row in rows for cell in row)
    points = sum(bool(re.fullmatch(r"\s*-?\d+\.\d+\s*", cell)) for row in rows for cell in row)
    return "," if commas > points else "."


def _label(names: list[str]) -> str:
    """Return what a stamp's own name says; loggers stamp the end where it says nothing."""
    first = next((name.lower() for name in names if is_stamp_name(name)), "")
    return "start" if re.search(r"start|begin|from|начал", first) else "end"


FORMAT = Format(
    "table", "table (CSV or XLSX) with named columns", _recognises, declare=declare, rank=9
)
