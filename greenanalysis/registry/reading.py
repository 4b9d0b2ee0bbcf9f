"""The declared mapping of a file: which heading is which field, decimal mark, words, source.

Rows of a CSV, XLSX or GeoJSON file as it states them, each with its number in the file.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.core.errors import InputError, input_error, refusing, unknown_name
from greenanalysis.registry.vocabulary import Vocabulary, fold

NUL = "\u2400"
"""Stands for the character NUL, which PostgreSQL cannot keep in text."""
_GUARDED = re.compile(r"^'+[=+\-@\t\r]")
"""A cell that a spreadsheet would take for a formula carries a ``'`` in our files."""
FORMULA = re.compile(r"^'*[=+\-@\t\r]")
_MAX_BYTES = 500_000_000


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
    if len(content) > _MAX_BYTES:
        raise input_error("size", where=name, allowed=f"{_MAX_BYTES:,} bytes", got=len(content))
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
    if _GUARDED.match(text):
        text = text[1:]
    return text or None


ROW, REASON, CONFIRM = "_row", "_reason", "_confirm"
"""Columns of a quarantine file; the last one names soft reasons that a person has confirmed."""
OWN = (ROW, REASON, CONFIRM)


@dataclass(frozen=True)
class FileMapping:
    """How a file is read.

    ``columns`` maps field -> heading; a field left out is found by its headings in the three
    languages. ``defaults`` fill blank cells. ``values`` maps field -> {text in the file: word}.
    ``source`` has code, title, licence, rank.
    """

    kind: str
    decimal: str = "."
    delimiter: str = ""
    sheet: str = ""
    encoding: str = "utf-8-sig"
    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    synthetic: bool = False

    def fingerprint(self) -> dict[str, Any]:
        """Return all that decides how a file is read."""
        return asdict(self)


def read_mapping(path: Path, vocabulary: Vocabulary) -> FileMapping:
    """Read a mapping from YAML.

    Raises
    ------
    InputError : no YAML, an unknown key, kind or field, a decimal mark other than ``.`` or ``,``.
    """
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"mapping {path} cannot be read: {error}") from error
    if not isinstance(stated, dict):
        raise input_error("mapping", where=str(path), allowed="keys and values", got=stated)
    known = list(FileMapping.__dataclass_fields__)
    for key in stated:
        if key not in known:
            raise unknown_name("key", key, known, where=str(path))
    with refusing(f"mapping {path} cannot be read"):
        return check_mapping(FileMapping(**stated), vocabulary, where=str(path))


def check_mapping(mapping: FileMapping, vocabulary: Vocabulary, *, where: str) -> FileMapping:
    """Return the mapping after refusing unknown kinds, fields and decimal marks.

    Raises
    ------
    InputError : as :func:`read_mapping`.
    """
    if mapping.kind not in vocabulary.kinds:
        raise unknown_name("kind", mapping.kind, vocabulary.kinds, where=where)
    if mapping.decimal not in (".", ","):
        raise input_error("decimal", where=where, allowed="'.' or ','", got=mapping.decimal)
    fields = fields_of(mapping.kind, vocabulary)
    for group in (mapping.columns, mapping.defaults, mapping.values):
        for name in group:
            if name not in fields:
                raise unknown_name("field", name, fields, where=where)
    return mapping


def fields_of(kind: str, vocabulary: Vocabulary) -> list[str]:
    """Return the fields of a kind of file, the needed ones first."""
    return [*vocabulary.kinds[kind]["needed"], *vocabulary.kinds[kind]["further"]]


def map_columns(table: Table, mapping: FileMapping, vocabulary: Vocabulary) -> dict[str, str]:
    """Return the heading of each field that the file has.

    Raises
    ------
    InputError : a declared heading is not in the file, or a needed field has none.
    """
    found: dict[str, str] = {}
    fields = fields_of(mapping.kind, vocabulary)
    declared = {fold(heading): name for name, heading in mapping.columns.items()}
    for heading in table.headings:
        name = declared.get(fold(heading)) or vocabulary.heading(heading)
        if name in fields and (name not in found or fold(heading) in declared):
            found[str(name)] = heading
    absent = [head for name, head in mapping.columns.items() if name not in found]
    if absent:
        raise input_error("columns", where="the mapping", allowed=table.headings, got=absent)
    needed = vocabulary.kinds[mapping.kind]["needed"]
    lacking = [name for name in needed if name not in found and name not in mapping.defaults]
    if lacking:
        headings = [vocabulary.fields[name][0] for name in lacking]
        raise input_error(
            f"columns of a {mapping.kind} file",
            where="the headings",
            allowed=f"also {', '.join(headings)} (or a mapping that names them)",
            got=table.headings,
        )
    return found


def mapped_rows(
    table: Table, columns: Mapping[str, str], mapping: FileMapping
) -> list[dict[str, Any]]:
    """Return the rows with fields for headings, defaults filled and declared words replaced."""
    words = {
        name: {fold(str(k)): v for k, v in group.items()} for name, group in mapping.values.items()
    }
    names = [*columns, *(name for name in mapping.defaults if name not in columns)]
    rows = []
    for cells in table.rows:
        row = {}
        for name in names:
            value = cells.get(columns[name]) if name in columns else None
            value = mapping.defaults.get(name) if value is None else value
            if name in words and isinstance(value, str):
                value = words[name].get(fold(value), value)
            row[name] = value
        rows.append(row)
    return rows
