"""A sheet of yearly rows whose formulas name each other instead of cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r"\{(\$?)(\w+)(?:@(-\d+|\+\d+|first|all|years))?\}")
FIRST = 3
"""Column of year 0; before it stand label and unit."""
HEAD = 2

Formula = str | float | Callable[[int], str | float | None] | None


@dataclass(frozen=True)
class Row:
    """One row: ``first`` in year 0, ``each`` in the others, perhaps a function of the year."""

    label: str
    unit: str
    first: Formula = None
    each: Formula = None
    form: str = "#,##0"


class YearSheet:
    """Rows by name, years as columns; year 0 is the first.

    In a formula ``{row}`` is the row in the same year, ``{row@-1}`` the year before (any number),
    ``{row@first}`` year 0, ``{row@all}`` all years, ``{row@years}`` all but year 0, and ``{$name}``
    an input.
    """

    def __init__(self, rows: Mapping[str, Row], inputs: Mapping[str, str], years: int) -> None:
        self.rows, self.inputs, self.years = dict(rows), dict(inputs), years
        self.places = {name: HEAD + number for number, name in enumerate(rows)}

    def write(self, sheet: Any) -> None:
        """Write all rows."""
        for name, row in self.rows.items():
            place = self.places[name]
            sheet.cell(place, 1, row.label)
            sheet.cell(place, 2, row.unit)
            for year in range(self.years + 1):
                what = row.first if year == 0 else row.each
                value = what(year) if callable(what) else what
                if value is not None:
                    cell = sheet.cell(place, FIRST + year, self.text(value, year))
                    cell.number_format = row.form

    def text(self, value: str | float, year: int = 0, *, sheet: str = "") -> str | float:
        """Return a formula with names replaced by cells; other values as they are."""
        if not isinstance(value, str) or not value.startswith("="):
            return value
        return TOKEN.sub(lambda match: self._cell(match, year, sheet), value)

    def _cell(self, match: re.Match[str], year: int, sheet: str) -> str:
        if match[1]:
            return self.inputs[match[2]]
        row, where = self.places[match[2]], match[3]
        place = f"'{sheet}'!" if sheet else ""
        if where in ("all", "years"):
            start = letters(FIRST + (where == "years"))
            return f"{place}${start}${row}:${letters(FIRST + self.years)}${row}"
        shift = -year if where == "first" else int(where or 0)
        return f"{place}{letters(FIRST + year + shift)}{row}"


def letters(number: int) -> str:
    """Return the letters of a column, 1 is A."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))
