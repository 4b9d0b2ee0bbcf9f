"""The workbook that enterprises fill in, in three languages, with a marked synthetic example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenanalysis.io import atomic_path
from greenanalysis.registry.mapping import fields_of
from greenanalysis.registry.vocabulary import LANGUAGES, Vocabulary, load_vocabulary

EXAMPLE_SHEET = "example SYNTHETIC"
EXAMPLE_MARK = "SYNTHETIC EXAMPLE, no real enterprise"
LISTS = {"technology": "technologies", "quantity": "quantities"}
EXAMPLE = {
    "enterprise": f"Example Bakery LLP ({EXAMPLE_MARK})",
    "bin": "000000000000",
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
ROWS_WITH_LISTS = 1000


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
    example.append([EXAMPLE.get(name) for name in fields_of("measure", vocabulary)])
    with atomic_path(path) as staged:
        book.save(staged)


def _sheet(sheet: Any, kind: str, position: int, vocabulary: Vocabulary) -> None:
    """Write headings (the needed ones bold) and lists of the words that a cell may hold."""
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    fields = fields_of(kind, vocabulary)
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
            form.add(f"{letter}2:{letter}{ROWS_WITH_LISTS}")
    sheet.freeze_panes = "A2"


def _words(name: str, vocabulary: Vocabulary) -> list[str]:
    if name in LISTS:
        return list(getattr(vocabulary, LISTS[name]))
    if name in ("kind", "status"):
        return [
            word for word in dict.fromkeys(vocabulary.words[name].values()) if word != "superseded"
        ]
    return []
