"""Rows of a CSV, XLSX or GeoJSON file as it states them, each with its number in the file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenanalysis.errors import input_error, refusing

NUL = "\u2400"
"""Stands for the character NUL, which PostgreSQL cannot keep in text."""
GUARDED = re.compile(r"^'+[=+\-@\t\r]")
"""A cell that a spreadsheet would take for a formula carries a ``'`` in our files."""
FORMULA = re.compile(r"^'*[=+\-@\t\r]")
MAX_BYTES = 500_000_000


@dataclass(frozen=True)
class Table:
    """Headings and rows of a file; ``numbers`` are the rows as a spreadsheet counts them."""

    headings: list[str]
    rows: list[dict[str, Any]]
    numbers: list[int]


def read_rows(
    content: bytes, *, name: str, delimiter: str = "", sheet: str = "", encoding: str = "utf-8-sig"
) -> Table:
    """Read the rows of a file.

    Parameters
    ----------
    content : bytes of the file.
    name : of the file; its ending says what it is.
    delimiter : of a CSV; by default the one that its heading suggests.
    sheet : of an XLSX; by default the first one with rows below the headings.
    encoding : of a CSV.

    Returns
    -------
    Table : cells are str (stripped, NUL shown as the sign for it), float, or None where blank.

    Raises
    ------
    InputError : not a file of that kind, no headings, a heading twice, or too large.
    """
    if len(content) > MAX_BYTES:
        raise input_error("size", where=name, allowed=f"{MAX_BYTES:,} bytes", got=len(content))
    ending = Path(name).suffix.casefold()
    with refusing(f"{name} cannot be read as {ending}"):
        if ending in (".csv", ".tsv", ".txt"):
            lines = _csv(content.decode(encoding), delimiter)
        elif ending == ".xlsx":
            lines = _xlsx(content, sheet, name)
        elif ending in (".geojson", ".json"):
            lines = _geojson(content)
        else:
            raise input_error("file", where=name, allowed="csv, xlsx, geojson", got=ending or "?")
    return _table(lines, name)


def _csv(text: str, delimiter: str) -> list[tuple[int, list[Any]]]:
    head = text.partition("\n")[0]
    mark = delimiter or max(",;\t", key=head.count)
    csv.field_size_limit(min(sys.maxsize, 10_000_000))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    return [(reader.line_num, list(row)) for row in reader]


def _xlsx(content: bytes, sheet: str, name: str) -> list[tuple[int, list[Any]]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    if sheet and sheet not in book.sheetnames:
        raise input_error("sheet", where=name, allowed=book.sheetnames, got=sheet)
    first: list[tuple[int, list[Any]]] = []
    for title in [sheet] if sheet else book.sheetnames:
        lines = [
            (number, [_cell(value) for value in row])
            for number, row in enumerate(book[title].iter_rows(values_only=True), 1)
        ]
        filled = [line for line in lines if any(value not in (None, "") for value in line[1])]
        first = first or filled
        if len(filled) > 1:
            return filled
    return first


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def _geojson(content: bytes) -> list[tuple[int, list[Any]]]:
    features = json.loads(content)["features"]
    names: dict[str, None] = {}
    rows = []
    for feature in features:
        row = dict(feature.get("properties") or {})
        geometry = feature.get("geometry") or {}
        if geometry.get("type") == "Point":
            row["longitude"], row["latitude"] = geometry["coordinates"][:2]
        names |= dict.fromkeys(row)
        rows.append(row)
    values = [(n, [row.get(name) for name in names]) for n, row in enumerate(rows, 1)]
    return [(0, list(names)), *values]


def _table(lines: list[tuple[int, list[Any]]], name: str) -> Table:
    if not lines:
        raise input_error("rows", where=name, allowed="headings and rows", got="an empty file")
    headings = [str(clean(value) or "") for value in lines[0][1]]
    twice = {heading for heading in headings if heading and headings.count(heading) > 1}
    if twice or not any(headings):
        allowed = "a row of headings, each once"
        raise input_error("headings", where=name, allowed=allowed, got=sorted(twice) or "none")
    rows, numbers = [], []
    for number, row in _filled(lines[1:]):
        cells = {heading: row[n] for n, heading in enumerate(headings) if heading and n < len(row)}
        rows.append(cells)
        numbers.append(number)
    return Table([heading for heading in headings if heading], rows, numbers)


def _filled(lines: list[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
    for number, row in lines:
        cells = [clean(value) for value in row]
        if any(cell is not None for cell in cells):
            yield number, cells


def clean(value: Any) -> Any:
    """Return a cell as str, float or None; the guard before a formula is taken off."""
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    if isinstance(value, int | float):
        return float(value)
    text = str(value).replace("\x00", NUL)
    text = text.encode("utf-8", "replace").decode("utf-8").strip(" \n\u00a0")
    if GUARDED.match(text):
        text = text[1:]
    return text or None
