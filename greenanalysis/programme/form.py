"""The form for what a region lacks: a workbook to fill in, read back into the tables of facts."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from greenanalysis.core.errors import InputError, input_error, refusing, unknown_name
from greenanalysis.core.files import atomic_path
from greenanalysis.core.paths import data_dir
from greenanalysis.geo.names import region_names
from greenanalysis.programme.collect import TABLES, FactTable, old_facts, region_facts, to_collect

_SHEET = "facts"
_MARK = "greenanalysis facts 1"
_HEADINGS = (
    *("table", "region", "quantity", "unit", "value", "year", "source", "note"),
    *("known today", "who publishes it"),
)
_TO_FILL = ("value", "year", "source")
_MADE = dt.datetime(2000, 1, 1)
"""Stands in the workbook as its date, so that the same facts give the same bytes."""
_EARLIEST = 1990
_WIDTHS = (16, 9, 22, 14, 14, 8, 40, 30, 22, 60)
_SHARE = "1"


@dataclass(frozen=True)
class NewFact:
    """A fact that somebody has filled in: where it belongs, its value, year, source and note."""

    table: str
    region: str
    quantity: str
    value: float
    year: int
    source: str
    note: str


def form_bytes(region: str, *, this_year: int) -> bytes:
    """Return the form of a region as XLSX: one row for each fact that is lacking or old.

    Parameters
    ----------
    region : ISO 3166-2 code.
    this_year : facts of more than three years before it are asked for again.
    """
    import xlsxwriter

    facts = region_facts(region)
    asked = pd.concat([to_collect(facts), old_facts(facts, this_year=this_year)])
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _MADE, "title": f"Facts to collect, {region}"})
    sheet = book.add_worksheet(_SHEET)
    styles = {
        "fill": book.add_format({"bg_color": "#FFF9E0", "border": 1, "border_color": "#D8CFA8"}),
        "head": book.add_format({"bold": True, "bg_color": "#DDEBE6", "text_wrap": True}),
        "fixed": book.add_format({"font_color": "#5F7078", "text_wrap": True, "valign": "top"}),
    }
    for column, (heading, width) in enumerate(zip(_HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, styles["head"])
    sheet.write_string(0, len(_HEADINGS), _MARK, book.add_format({"font_color": "#FFFFFF"}))
    for line, (_, row) in enumerate(asked.iterrows(), 1):
        for column, text in enumerate(_form_row(region, row)):
            style = styles["fill" if _HEADINGS[column] in (*_TO_FILL, "note") else "fixed"]
            sheet.write_string(line, column, text, style) if text else sheet.write_blank(
                line, column, None, style
            )
    sheet.freeze_panes(1, 4)
    book.close()
    return buffer.getvalue()


def _form_row(region: str, row: pd.Series) -> list[str]:
    known = "" if pd.isna(row["value"]) else f"{row['value']:,.6g}"
    if known and not pd.isna(row["year"]):
        known += f" ({row['year']:.0f})"
    return [row["table"], region, row["quantity"], row["unit"], *[""] * 4, known, row["source"]]


def read_form(path: Path) -> list[NewFact]:
    """Return the facts that a filled-in form holds; rows left blank are skipped.

    Parameters
    ----------
    path : XLSX made by :func:`form_bytes`, filled in.

    Raises
    ------
    InputError : not this form, a row with an unknown table, region or quantity, or one that is
        filled in part: a value without year or source, a negative value, a share above 1.
    """
    from greenanalysis.registry.workbook import workbook_lines

    if not path.is_file():
        raise InputError(f"form {path} does not exist")
    with refusing(f"form {path} cannot be read"):
        lines = workbook_lines(path.read_bytes(), sheet=_SHEET, name=path.name)
    headings = [str(cell or "") for cell in lines[0][1]] if lines else []
    if _MARK not in headings or list(headings[: len(_HEADINGS)]) != list(_HEADINGS):
        raise input_error(
            "form", where=path.name, allowed=f"a workbook marked {_MARK!r}", got="another one"
        )
    facts = [
        _new_fact(dict(zip(_HEADINGS, cells, strict=False)), where=f"{path.name}, row {number}")
        for number, cells in lines[1:]
        if any(
            cell not in (None, "")
            for heading, cell in zip(_HEADINGS, cells, strict=False)
            if heading in _TO_FILL
        )
    ]
    keys = [(fact.table, fact.region, fact.quantity) for fact in facts]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise input_error("facts", where=path.name, allowed="each once", got=sorted(twice))
    return facts


def _new_fact(cells: dict[str, Any], *, where: str) -> NewFact:
    name = str(cells.get("table") or "")
    if name not in TABLES:
        raise unknown_name("table", name, sorted(TABLES), where=where)
    region = str(cells.get("region") or "")
    if region not in region_names():
        raise unknown_name("region", region, sorted(region_names()), where=where)
    facts = region_facts(region)
    known = facts[facts["table"] == name].set_index("quantity")
    quantity = str(cells.get("quantity") or "")
    if quantity not in known.index:
        raise unknown_name("quantity", quantity, list(map(str, known.index)), where=where)
    unit = str(known.loc[quantity, "unit"])
    if str(cells.get("unit") or "") != unit:
        raise input_error("unit", where=where, allowed=unit, got=cells.get("unit"))
    value = _number(cells, "value", where)
    if value < 0 or (unit == _SHARE and name == "heat_regions" and value > 1):
        raise input_error(
            "value", where=where, allowed="0 to 1" if unit == _SHARE else "0 or more", got=value
        )
    year = _number(cells, "year", where)
    if year != int(year) or not _EARLIEST <= year <= dt.datetime.now(dt.UTC).year:
        raise input_error(
            "year", where=where, allowed=f"a year from {_EARLIEST} to this one", got=year
        )
    source = str(cells.get("source") or "").strip()
    if not source:
        raise input_error("source", where=where, allowed="who states it, and where", got="nothing")
    note = str(cells.get("note") or "").strip()
    return NewFact(name, region, quantity, value, int(year), source, note)


def _number(cells: dict[str, Any], name: str, where: str) -> float:
    cell = cells.get(name)
    text = str(cell if cell is not None else "").replace("\u00a0", "").replace(" ", "")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise input_error(name, where=where, allowed="a number", got=repr(text)) from None


def write_facts(facts: Iterable[NewFact]) -> list[Path]:
    """Write new facts into the tables of the project, each in the place of its old row.

    Parameters
    ----------
    facts : of :func:`read_form`.

    Returns
    -------
    list : the files that were changed; comments and all other rows keep their bytes.

    Raises
    ------
    InputError : a table has no such row; then no file is changed.
    """
    by_table: dict[str, list[NewFact]] = {}
    for fact in facts:
        by_table.setdefault(fact.table, []).append(fact)
    texts = {name: _changed_text(TABLES[name], rows) for name, rows in by_table.items()}
    for name, text in texts.items():
        with atomic_path(_path(name)) as staged:
            staged.write_text(text, encoding="utf-8", newline="")
    return [_path(name) for name in texts]


def _path(name: str) -> Path:
    return data_dir() / "facts" / f"{name}.csv"


def _changed_text(table: FactTable, facts: list[NewFact]) -> str:
    """Return the text of a table with some rows replaced."""
    wanted = {(fact.region, fact.quantity): fact for fact in facts}
    head: list[str] = []
    lines = []
    with _path(table.name).open(encoding="utf-8", newline="") as stream:
        for line in stream:
            if line.startswith("#"):
                lines.append(line)
                continue
            cells = next(csv.reader([line]))
            if not head:
                head = cells
            row = dict(zip(head, cells, strict=True))
            fact = wanted.pop((row.get("region", ""), row.get(table.quantity, "")), None)
            lines.append(_line({**row, **_cells(table, fact)}) if fact else line)
    if wanted:
        raise input_error(
            "row", where=f"data/facts/{table.name}.csv", allowed="a row of the table", got=[*wanted]
        )
    return "".join(lines)


def _cells(table: FactTable, fact: NewFact) -> dict[str, str]:
    return {
        table.value: f"{fact.value:.10g}",
        table.date: str(fact.year),
        "status": "reported",
        "source": fact.source,
        "note": fact.note,
    }


def _line(row: dict[str, str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(row.values())
    return buffer.getvalue()
