"""A sheet of yearly rows whose formulas name each other, written with the values they come to.

A workbook that is only formulas shows nothing in a preview and nothing to a program that does not
calculate. So every formula is also evaluated here, by reading it as Python with the few functions
that it may use; spreadsheets calculate it anew when an input changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

_TOKEN = re.compile(r"\{(\$?)(\w+)(?:@([+-]\d+|start|first|last|all|built|years))?\}")
FIRST = 3
"""Column of the first point in time (1 is A); before it stand label and unit."""

_Formula = str | float | Callable[[int], str | float | None] | None


@dataclass(frozen=True)
class Row:
    """One row: ``built`` until commissioning, ``each`` in the years of operation.

    Either is a number, a formula, or a function of the position; None leaves cells empty.
    """

    label: str
    unit: str
    built: _Formula = None
    each: _Formula = None
    form: str = "#,##0"
    head: bool = False


@dataclass
class YearSheet:
    """Rows by name; columns are ``points`` until commissioning and then ``years`` of operation.

    In a formula ``{row}`` is the row at the same time, ``{row@-1}`` one before (any number),
    ``{row@start}`` at commissioning, ``{row@first}`` and ``{row@last}`` at the ends, ``{row@all}``
    the whole row, ``{row@built}`` and ``{row@years}`` its two parts, ``{$name}`` an input.

    Parameters
    ----------
    name : of the sheet.
    rows : by name, in order.
    inputs : cell and value of each input.
    points, years : columns of each kind.
    others : sheets whose rows formulas may name, too.
    """

    name: str
    rows: Mapping[str, Row]
    inputs: Mapping[str, tuple[str, object]]
    points: int
    years: int
    others: Sequence[YearSheet] = ()
    _values: dict[tuple[str, int], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give each row its place."""
        self.places = {name: 2 + number for number, name in enumerate(self.rows)}

    @property
    def columns(self) -> int:
        """Return the number of points in time."""
        return self.points + self.years

    def cells(self) -> list[tuple[str, int, str | float, Any]]:
        """Return row, position, what is written, and its value, for each cell that is not empty."""
        made = []
        for name in self.rows:
            for position in range(self.columns):
                what = self._content(name, position)
                if what is not None:
                    made.append(
                        (name, position, self.text(what, position), self.value(name, position))
                    )
        return made

    def value(self, name: str, position: int) -> Any:
        """Return what a cell comes to; None where it is empty."""
        key = (name, position)
        if key not in self._values:
            what = self._content(name, position)
            self._values[key] = self.evaluate(what, position) if what is not None else None
        return self._values[key]

    def evaluate(self, formula: str | float, position: int = 0) -> Any:
        """Return what a formula comes to at a position."""
        if not isinstance(formula, str) or not formula.startswith("="):
            return formula
        found: list[Any] = []

        def reference(match: re.Match[str]) -> str:
            found.append(self._referred(match, position))
            return f"_{len(found) - 1}"

        text = _TOKEN.sub(reference, formula[1:])
        text = text.replace("^", "**").replace("<>", "!=")
        text = re.sub(r"(?<![<>=!])=(?!=)", "==", text)
        names = {f"_{number}": value for number, value in enumerate(found)}
        return _calculate(text, names)

    def text(self, value: str | float, position: int = 0, *, sheet: str = "") -> str | float:
        """Return a formula with names replaced by cells; other values as they are."""
        if not isinstance(value, str) or not value.startswith("="):
            return value
        return _TOKEN.sub(lambda match: self._cell(match, position, sheet), value)

    def _content(self, name: str, position: int) -> str | float | None:
        row = self.rows[name]
        what = row.built if position < self.points else row.each
        return what(position) if callable(what) else what

    def _home(self, name: str) -> YearSheet:
        for sheet in (self, *self.others):
            if name in sheet.rows:
                return sheet
        raise KeyError(name)

    def _span(self, where: str | None, position: int) -> tuple[int, int]:
        fixed = {
            "all": (0, self.columns - 1),
            "built": (0, self.points - 1),
            "years": (self.points, self.columns - 1),
            "start": (self.points - 1, self.points - 1),
            "first": (0, 0),
            "last": (self.columns - 1, self.columns - 1),
        }
        if where in fixed:
            return fixed[where]
        place = position + int(where or 0)
        return place, place

    def _referred(self, match: re.Match[str], position: int) -> Any:
        if match[1]:
            return self.inputs[match[2]][1]
        start, end = self._span(match[3], position)
        home = self._home(match[2])
        if match[3] in ("all", "built", "years"):
            return [home.value(match[2], place) for place in range(start, end + 1)]
        # spreadsheets read an empty cell as nothing, and so does a column beyond the last
        return (home.value(match[2], start) if 0 <= start < self.columns else None) or 0.0

    def _cell(self, match: re.Match[str], position: int, sheet: str) -> str:
        if match[1]:
            return self.inputs[match[2]][0]
        home = self._home(match[2])
        row = home.places[match[2]]
        place = f"'{home.name}'!" if sheet or home is not self else ""
        start, end = self._span(match[3], position)
        if match[3] in ("all", "built", "years"):
            return f"{place}${letters(FIRST + start)}${row}:${letters(FIRST + end)}${row}"
        fixed = "$" if match[3] in ("start", "first", "last") else ""
        return f"{place}{fixed}{letters(FIRST + start)}{row}"


def letters(number: int) -> str:
    """Return the letters of a column, 1 is A."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


class _Numbers:
    """The functions that formulas may use, as spreadsheets understand them."""

    @staticmethod
    def numbers(values: Sequence[Any]) -> list[float]:
        flat: list[float] = []
        for value in values:
            if isinstance(value, list):
                flat += [float(v) for v in value if isinstance(v, int | float | np.number)]
            elif isinstance(value, int | float | np.number):
                flat.append(float(value))
        return flat

    @staticmethod
    def npv(rate: float, values: list[Any]) -> float:
        return sum(
            value / (1 + rate) ** (year + 1)
            for year, value in enumerate(_Numbers.numbers([values]))
        )

    @staticmethod
    def irr(values: list[Any]) -> float:
        from greenanalysis.finance.metrics import irr

        rate = irr(np.array(_Numbers.numbers([values]))).value
        if not np.isfinite(rate):
            raise ZeroDivisionError
        return rate

    @staticmethod
    def average(*values: Any) -> float:
        numbers = _Numbers.numbers(values)
        return sum(numbers) / len(numbers)

    @staticmethod
    def product(*values: list[Any]) -> float:
        columns = [
            [_Numbers.numbers([v])[0] if v not in ("", None) else 0.0 for v in column]
            for column in values
        ]
        return float(np.prod(np.array(columns), axis=0).sum())


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "MIN": lambda *v: min(_Numbers.numbers(v), default=0.0),
    "MAX": lambda *v: max(_Numbers.numbers(v), default=0.0),
    "SUM": lambda *v: sum(_Numbers.numbers(v)),
    "AVERAGE": _Numbers.average,
    "COUNT": lambda *v: len(_Numbers.numbers(v)),
    "ABS": abs,
    "AND": lambda *v: all(v),
    "OR": lambda *v: any(v),
    "IF": lambda test, yes, no: yes if test else no,
    "NPV": _Numbers.npv,
    "IRR": _Numbers.irr,
    "SUMPRODUCT": _Numbers.product,
    "INDEX": lambda values, place: values[int(place) - 1],
}


def _calculate(text: str, names: Mapping[str, Any]) -> Any:
    """Evaluate an expression; ``IF`` and ``IFERROR`` leave out what they do not choose."""
    text = text.strip()
    for head in ("IFERROR(", "IF("):
        if text.startswith(head) and _closes(text, len(head) - 1) == len(text) - 1:
            parts = _arguments(text[len(head) : -1])
            if head == "IF(":
                return _calculate(parts[1] if _calculate(parts[0], names) else parts[2], names)
            try:
                return _calculate(parts[0], names)
            except (ZeroDivisionError, ValueError, OverflowError):
                return _calculate(parts[1], names)
    # the text holds nothing but the formulas of the workbook's rows, none of them from outside
    return eval(_compiled(text), {"__builtins__": {}}, {**_FUNCTIONS, **names})


@lru_cache(maxsize=4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<formula>", "eval")


def _closes(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return -1


def _arguments(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
