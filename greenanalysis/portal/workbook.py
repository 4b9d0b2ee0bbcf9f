"""The report as a workbook: a sheet of measures, one row each; the other way into the form."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from greenanalysis.portal import words
from greenanalysis.portal.content import (
    QUANTITIES,
    UNPRINTABLE,
    choices,
    typed_number,
    units_of,
)
from greenanalysis.registry.files import guarded
from greenanalysis.registry.reading import clean

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET = "report"
_MARK = "greenanalysis report 1"
_FIELDS = (
    *("title", "kind", "technology", "status", "region", "started", "taxonomy"),
    *("recognised_by", "best_technique", "note"),
)
_LISTED = ("kind", "technology", "status", "region", "taxonomy")
_COLUMNS = (*_FIELDS, *(f"{q}.{part}" for q in QUANTITIES for part in ("value", "unit")))
CODE_ROW, HEADING_ROW, FIRST_ROW = 1, 2, 3
_MOST_ROWS = 200
_MOST_UNPACKED = 30_000_000


def write(entries: Mapping[str, Any], language: str) -> bytes:
    """Return a workbook with what the report says so far; row 1 holds codes, row 2 headings.

    Parameters
    ----------
    entries : content of a draft.
    language : of the headings.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = _SHEET
    sheet.append([*_COLUMNS, _MARK])
    sheet.append([_heading(name, language) for name in _COLUMNS])
    for measure in entries.get("measures", []):
        sheet.append([guarded(value) for value in _cells(measure)])
    sheet.row_dimensions[CODE_ROW].hidden = True
    for number, name in enumerate(_COLUMNS, 1):
        letter = get_column_letter(number)
        heading = sheet.cell(row=HEADING_ROW, column=number)
        heading.font, heading.fill = Font(bold=True), PatternFill("solid", fgColor="DDEBE6")
        sheet.column_dimensions[letter].width = max(14, min(len(str(heading.value)) + 2, 40))
        options = _options(name, language)
        if options:
            form = DataValidation(
                type="list",
                formula1=f'"{",".join(options)}"',
                allow_blank=True,
                showErrorMessage=False,
            )
            sheet.add_data_validation(form)
            form.add(f"{letter}{FIRST_ROW}:{letter}{_MOST_ROWS}")
    sheet.freeze_panes = f"B{FIRST_ROW}"
    _words_sheet(book.create_sheet("codes"), language)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _heading(name: str, language: str) -> str:
    quantity, _, part = name.partition(".")
    if not part:
        return words.label(language, "field", name)
    shown = words.label(language, "quantity", quantity)
    return shown if part == "value" else f"{shown}: {words.translate(language, 'unit')}"


def _options(name: str, language: str) -> list[str]:
    quantity, _, part = name.partition(".")
    if part == "unit":
        return list(units_of(quantity, language))
    return list(choices(name)) if name in _LISTED else []


def _cells(measure: Mapping[str, Any]) -> list[Any]:
    amounts = {row["quantity"]: row for row in measure.get("amounts") or []}
    cells = [measure.get(name) for name in _FIELDS]
    for quantity in QUANTITIES:
        row = amounts.get(quantity, {})
        cells += [row.get("value"), row.get("unit")]
    return cells


def _words_sheet(sheet: Any, language: str) -> None:
    """List what the codes mean."""
    for name in _LISTED:
        sheet.append([words.label(language, "field", name)])
        for code in choices(name):
            sheet.append([code, words.label(language, name, code)])
    sheet.column_dimensions["B"].width = 60


def read(content: bytes, language: str) -> dict[str, Any]:
    """Return what a filled-in workbook says, to be checked as a form is.

    Parameters
    ----------
    content : bytes of the file.
    language : in which numbers that stand as text were typed.

    Raises
    ------
    ValueError : not this workbook, or one that unpacks to more than it may.
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
                raise ValueError("too large")
        book = load_workbook(io.BytesIO(content), data_only=True, read_only=True)
        rows = list(
            book[_SHEET].iter_rows(max_row=_MOST_ROWS, max_col=len(_COLUMNS) + 1, values_only=True)
        )
    except Exception as error:  # a damaged file makes openpyxl raise almost anything
        raise ValueError(f"not a workbook: {error}") from error
    if not rows or _MARK not in rows[0]:
        raise ValueError("not the workbook of the form")
    names = [str(name) for name in rows[0]]
    measures = []
    for row in rows[FIRST_ROW - 1 :]:
        cells = {
            name: value for name, value in zip(names, row, strict=True) if value not in (None, "")
        }
        if cells:
            measures.append(_measure(cells, language))
    return {"measures": measures, "nothing_to_report": ""}


def _measure(cells: Mapping[str, Any], language: str) -> dict[str, Any]:
    measure: dict[str, Any] = {name: _text(cells.get(name)) for name in _FIELDS}
    for name in ("started", "taxonomy"):
        measure[name] = measure[name] or None
    measure["amounts"] = [
        {
            "quantity": quantity,
            "value": _number(cells[f"{quantity}.value"], language),
            "unit": _text(cells.get(f"{quantity}.unit")),
        }
        for quantity in QUANTITIES
        if f"{quantity}.value" in cells
    ]
    return measure


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return UNPRINTABLE.sub("\ufffd", str(clean(str(value)) or ""))


def _number(value: Any, language: str) -> float | str:
    if isinstance(value, bool):
        return str(value)
    return float(value) if isinstance(value, int | float) else typed_number(_text(value), language)
