"""The workbook that enterprises fill in, in three languages, with a marked synthetic example.

Tables are written as CSV and XLSX in which hostile text stays text.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greenanalysis.core.files import atomic_path
from greenanalysis.core.languages import LANGUAGES
from greenanalysis.registry.mapping import fields_of
from greenanalysis.registry.reading import FORMULA, NOT_CHARACTERS, REPLACEMENT
from greenanalysis.registry.vocabulary import Vocabulary, load_vocabulary
from greenanalysis.registry.workbook import EXAMPLE_SHEET

_XLSX_LIMIT = 32_767
_CUT = " [cut]"


def guarded(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers.

    Before ``=``, ``+``, ``-``, ``@``, tab or return at the start of a text, or behind ``;`` or a
    new line (also behind quotes), stands a ``'``, which
    :func:`greenanalysis.registry.reading.clean` takes off again.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value)
        return FORMULA.sub(r"\1'\2", text)
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

    value = guarded(value)
    if not isinstance(value, str):
        return value
    text = NOT_CHARACTERS.sub(REPLACEMENT, value)
    text = text if len(text) <= _XLSX_LIMIT else text[: _XLSX_LIMIT - len(_CUT)] + _CUT
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


EXAMPLE_MARK = "SYNTHETIC EXAMPLE, no real enterprise"
_LISTS = {"technology": "technologies", "quantity": "quantities"}
_EXAMPLE = {
    "enterprise": f"Example Bakery LLP ({EXAMPLE_MARK})",
    "bin": None,
    "kind": "gas_saving",
    "title": f"Heat recovery of ovens ({EXAMPLE_MARK})",
    "region": "KZ-75",
    "period": "2024",
    "quantity": "gas_saved",
    "value": 12500.0,
    "unit": "m3",
    "reported_by": EXAMPLE_MARK,
    "status": "operating",
    "started": "2023-05-01",
    "reported_at": "2025-01-20",
    "note": EXAMPLE_MARK,
}
"""A row that shows the form; imported only with the mark ``synthetic`` and never counted."""
_ROWS_WITH_LISTS = 1000


def write_template(path: Path) -> None:
    """Write the workbook: a sheet for each kind of file and language, and the example.

    Parameters
    ----------
    path : of the XLSX to make.
    """
    from openpyxl import Workbook

    vocabulary = load_vocabulary()
    book = Workbook()
    book.remove(book.active)
    for kind in ("measure", "facility", "observation"):
        for position, language in enumerate(LANGUAGES):
            sheet = book.create_sheet(f"{kind} {language}")
            _sheet(sheet, kind, position, vocabulary)
    example = book.create_sheet(EXAMPLE_SHEET)
    _sheet(example, "measure", 0, vocabulary)
    example.append([_EXAMPLE.get(name) for name in _template_fields("measure", vocabulary)])
    with atomic_path(path) as staged:
        book.save(staged)


def _template_fields(kind: str, vocabulary: Vocabulary) -> list[str]:
    """Return the fields that the workbook asks for."""
    return [name for name in fields_of(kind, vocabulary) if name not in ("registry_id", "plant")]


def _sheet(sheet: Any, kind: str, position: int, vocabulary: Vocabulary) -> None:
    """Write headings (the needed ones bold) and lists of the words that a cell may hold."""
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    fields = _template_fields(kind, vocabulary)
    needed = vocabulary.kinds[kind]["needed"]
    sheet.append([vocabulary.fields[name][position] for name in fields])
    for number, name in enumerate(fields, 1):
        cell = sheet.cell(row=1, column=number)
        cell.font = Font(bold=name in needed)
        cell.fill = PatternFill("solid", fgColor="DDEBE6" if name in needed else "F3F6F5")
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(14, len(str(cell.value)) + 3)
        words = _words(name, vocabulary)
        if words:
            form = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
            sheet.add_data_validation(form)
            form.add(f"{letter}2:{letter}{_ROWS_WITH_LISTS}")
    sheet.freeze_panes = "A2"


def _words(name: str, vocabulary: Vocabulary) -> list[str]:
    if name in _LISTS:
        return list(getattr(vocabulary, _LISTS[name]))
    if name in ("kind", "status"):
        return [
            word for word in dict.fromkeys(vocabulary.words[name].values()) if word != "superseded"
        ]
    return []
