"""Tables as CSV and XLSX in which hostile text stays text."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greenanalysis.io import atomic_path
from greenanalysis.registry.reading import FORMULA

XLSX_LIMIT = 32_767
CUT = " [cut]"


def guarded(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers.

    A text that starts with ``=``, ``+``, ``-``, ``@``, tab or return (also behind quotes) gets a
    ``'`` in front, which :func:`greenanalysis.registry.reading.clean` takes off again.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value)
        return f"'{text}" if FORMULA.match(text) else text
    return value


def csv_text(rows: Sequence[Mapping[str, Any]], headings: Sequence[str]) -> str:
    """Return rows as CSV, headings first, every cell guarded."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([guarded(heading) for heading in headings])
    writer.writerows([guarded(row.get(heading)) for heading in headings] for row in rows)
    return buffer.getvalue()


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]], headings: Sequence[str]) -> None:
    """Write rows as UTF-8 CSV with a mark that Excel needs, atomically."""
    with atomic_path(path) as staged:
        staged.write_text(csv_text(rows, headings), encoding="utf-8-sig", newline="")


def xlsx_bytes(rows: Sequence[Mapping[str, Any]], headings: Sequence[str]) -> bytes:
    """Return rows as a workbook of one sheet; every text cell is stored as a string.

    Characters that the format cannot hold become U+FFFD; text beyond 32,767 characters, its limit,
    ends with ``[cut]``.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("registry")
    sheet.append([_cell(sheet, heading) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, row.get(heading)) for heading in headings])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    value = guarded(value)
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    text = text if len(text) <= XLSX_LIMIT else text[: XLSX_LIMIT - len(CUT)] + CUT
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
