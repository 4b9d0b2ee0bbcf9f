"""Tables of text as loggers, services and offices write them: CSV of any delimiter, or XLSX.

Cells stay text. A row that does not fit under the header is an error or is mended by one rule: what
is empty behind the last name is a delimiter too many. Columns never move.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from greenanalysis.core.errors import InputError, input_error, refusing, unknown_name

XLSX_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BLANKS = ("whitespace", r"\s+", " ")
_ENCODINGS = ("utf-8-sig", "cp1251", "latin-1")
csv.field_size_limit(1_000_000)


def decode(content: bytes, encoding: str, *, where: str) -> str:
    """Return the text of a file.

    Raises
    ------
    InputError : naming the byte, its row, and the key ``encoding``.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") and encoding.startswith("utf-8"):
        encoding = "utf-16"
    try:
        return content.decode(encoding)
    except LookupError as error:
        raise input_error(
            "encoding", where=where, allowed="a name that Python knows, such as utf-8", got=encoding
        ) from error
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        byte = f"byte 0x{content[error.start]:02x} in row {row}"
        raise input_error(
            "text",
            where=where,
            allowed=f"{encoding}; state the key encoding, such as latin-1 or cp1251",
            got=byte,
        ) from error


def guess_encoding(content: bytes) -> str:
    """Return an encoding in which a file can be read: UTF, else Cyrillic where it looks so."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end < len(content) - 3 or error.reason != "unexpected end of data":
            high = [byte for byte in content if byte >= 0x80]
            letters = sum(byte >= 0xC0 for byte in high)
            return "cp1251" if letters > 0.8 * len(high) and len(high) > 10 else "latin-1"
    return "utf-8-sig"


def read_rows(
    path: Path, *, encoding: str = "utf-8-sig", delimiter: str = ",", sheet: str | None = None
) -> list[list[str]]:
    """Return the cells of a text file or an XLSX sheet, row by row, empty rows among them.

    Raises
    ------
    InputError : no such file, another encoding, a damaged or an old Excel file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"station record {path}: {error.strerror}") from error
    if content[:4] == OLE_MAGIC:
        raise input_error(
            "file", where=str(path), allowed="XLSX or CSV: save it as one", got="an old Excel file"
        )
    if content[:4] == XLSX_MAGIC:
        return _sheet_rows(content, path, sheet)
    text = decode(content, encoding, where=path.name)
    if delimiter in _BLANKS:
        rows: Iterable[list[str]] = (line.split() for line in text.splitlines())
    else:
        rows = _csv_rows(text, delimiter, path)
    return [row or [""] for row in rows]


def filled(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows that hold anything."""
    return [row for row in rows if any(cell.strip() for cell in row)]


def _csv_rows(text: str, delimiter: str, path: Path) -> list[list[str]]:
    if len(delimiter) != 1:
        raise input_error(
            "delimiter", where=path.name, allowed="one character, or whitespace", got=delimiter
        )
    try:
        lines = io.StringIO(text.replace("\x00", ""), newline="")
        return list(csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t"))
    except csv.Error as error:
        raise InputError(f"station record {path} cannot be read: {error}") from error


def _sheet_rows(content: bytes, path: Path, sheet: str | None) -> list[list[str]]:
    from openpyxl import load_workbook

    with refusing(f"Excel file {path} cannot be read"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _LARGEST_SHEET:
            raise input_error(
                "size unpacked", where=str(path), allowed="500 MB; save it as CSV", got=unpacked
            )
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        if sheet is not None and sheet not in book.sheetnames:
            raise unknown_name("sheet", sheet, book.sheetnames, where=path.name)
        chosen = book[sheet] if sheet is not None else book.worksheets[0]
        return [[_text(cell) for cell in row] for row in chosen.iter_rows(values_only=True)]


_LARGEST_SHEET = 500_000_000


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return repr(cell) if isinstance(cell, float) else str(cell).strip()


def named_columns(
    rows: Sequence[list[str]],
    wanted: Sequence[str],
    *,
    names: Sequence[str] = (),
    skip_rows: int = 0,
    rows_below_header: int = 0,
    where: str,
) -> pd.DataFrame:
    """Return some columns of a table by the names of its header, as text.

    Parameters
    ----------
    rows : of :func:`read_rows`.
    wanted : names of columns; a name that comes again is ``name.1``.
    names : of all columns, where the file has no header.
    skip_rows, rows_below_header : rows above the header, empty ones among them, and rows between
        it and the data.
    where : for messages.

    Raises
    ------
    InputError : a column that is not there, no data, or a row of more or fewer cells than names.
    """
    body = filled(rows[skip_rows:])
    if not names:
        if not body:
            raise input_error("rows", where=where, allowed="at least one", got=0)
        names, body = body[0], body[1:]
    body = _without_footer(body[rows_below_header:], len(names))
    header = unique_names(names)
    for name in wanted:
        if name not in header:
            raise unknown_name("column", name, [each for each in header if each], where=where)
    if not body:
        raise input_error("rows", where=where, allowed="at least one", got=0)
    places = [header.index(name) for name in wanted]
    last, width = max(places), len(header)
    for number, row in enumerate(body, start=1):
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            raise input_error(
                f"cells of data row {number}",
                where=where,
                allowed=f"as many as the header has names, {width}: {', '.join(header)}",
                got=len(row),
            )
        if len(row) <= last:
            raise input_error(
                f"cells of data row {number}",
                where=where,
                allowed=f"at least {last + 1}, up to column {header[last]!r}",
                got=len(row),
            )
    return pd.DataFrame(
        {
            name: [row[place].strip() for row in body]
            for name, place in zip(wanted, places, strict=True)
        },
        dtype=str,
    )


def unique_names(names: Sequence[str]) -> list[str]:
    """Return names without blanks around them; one that comes again gets .1, .2 and so on."""
    unique: list[str] = []
    for name in (each.strip().lstrip("\ufeff") for each in names):
        count = sum(other == name or other.startswith(f"{name}.") for other in unique if name)
        unique.append(f"{name}.{count}" if name and name in unique else name)
    return unique


def _without_footer(rows: list[list[str]], width: int) -> list[list[str]]:
    """Leave out legends behind the data: short rows that do not begin with a number."""
    end = len(rows)
    while end and len(rows[end - 1]) < width / 2 and not re.match(r"\s*[\d\"'-]", rows[end - 1][0]):
        end -= 1
    return rows[:end]
