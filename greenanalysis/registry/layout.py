"""Where a file has its headings, and which of its lines are no rows: titles, sections, blanks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.registry.reading import Line, Lines
from greenanalysis.registry.vocabulary import Vocabulary

_SEARCHED = 25
"""Headings stand within the first so many filled lines."""
_LEAST = 2
"""So many known headings make a line of headings."""
_SECTION_COLUMNS = 3


@dataclass(frozen=True)
class Table:
    """Headings and rows of a file; ``numbers`` are the rows as a spreadsheet counts them.

    ``notes`` say which lines were left out and what was guessed.
    """

    headings: list[str]
    rows: list[dict[str, Any]]
    numbers: list[int]
    notes: list[str] = field(default_factory=list)


def lay_out(
    lines: Lines,
    *,
    name: str,
    known: Callable[[str], bool],
    vocabulary: Vocabulary,
    header_row: int = 0,
    header_rows: int = 0,
    skip_rows: Sequence[int] = (),
) -> Table:
    """Return the rows below the headings.

    Parameters
    ----------
    lines : of the file.
    name : of the file.
    known : whether a text is the heading of a field.
    vocabulary : units that a second line of headings may add.
    header_row : number of the (first) line of headings; 0: the one with most known headings.
    header_rows : 1 or 2 lines of headings; 0: a second one where cells are merged.
    skip_rows : numbers of lines that are no rows.

    Raises
    ------
    InputError : no headings, a heading twice, or no such line.
    """
    filled = [line for line in lines.lines if line[0] not in set(skip_rows)]
    if not filled:
        raise input_error("rows", where=name, allowed="headings and rows", got="an empty file")
    notes = list(lines.notes)
    start = _header(filled, known, vocabulary, header_row, name)
    double = header_rows == 2 or (header_rows == 0 and _is_double(filled, start))
    headings = _joined(filled, start, vocabulary) if double else _texts(filled[start][1])
    before = [number for number, _ in filled[:start]]
    if before:
        notes.append(f"lines above the headings left out: {_numbers(before)}")
    twice = {text for text in headings if text and headings.count(text) > 1}
    if twice or not any(headings):
        allowed = "a row of headings, each once"
        raise input_error("headings", where=name, allowed=allowed, got=sorted(twice) or "none")
    columns = [n for n, text in enumerate(headings) if text]
    rows, numbers, sections = [], [], []
    for number, row in filled[start + (2 if double else 1) :]:
        cells = {headings[n]: row[n] for n in columns if n < len(row)}
        if len(columns) >= _SECTION_COLUMNS and _is_section(row):
            sections.append(number)
        elif any(value is not None for value in cells.values()):
            rows.append(cells)
            numbers.append(number)
    if sections:
        notes.append(f"lines with one text only left out: {_numbers(sections)}")
    return Table([headings[n] for n in columns], rows, numbers, notes)


def _header(
    lines: list[Line],
    known: Callable[[str], bool],
    vocabulary: Vocabulary,
    header_row: int,
    name: str,
) -> int:
    if header_row:
        for position, (number, _) in enumerate(lines):
            if number == header_row:
                return position
        allowed = "the number of a line that is not empty"
        raise input_error("header_row", where=name, allowed=allowed, got=header_row)

    def score(position: int) -> int:
        texts = _texts(lines[position][1])
        if _is_double(lines, position):
            texts += _joined(lines, position, vocabulary)
        return len({text for text in texts if text and known(text)})

    searched = range(min(_SEARCHED, len(lines)))
    best = max(searched, key=lambda position: (score(position), -position))
    return best if score(best) >= _LEAST else 0


def _texts(cells: list[Any]) -> list[str]:
    return [f"{cell:g}" if isinstance(cell, float) else str(cell or "") for cell in cells]


def _is_double(lines: list[Line], start: int) -> bool:
    """Return whether the next line only fills in below merged headings."""
    if start + 1 >= len(lines):
        return False
    upper, lower = lines[start][1], lines[start + 1][1]
    below = [n for n, cell in enumerate(lower) if cell is not None]
    above = [n for n, cell in enumerate(upper) if cell is not None]
    texts = all(isinstance(lower[n], str) for n in below)
    fills = any(n >= len(upper) or upper[n] is None for n in below)
    return texts and fills and len(set(above) - set(below)) * 2 >= len(above) > 1


def _joined(lines: list[Line], start: int, vocabulary: Vocabulary) -> list[str]:
    """Return two lines of headings as one; a merged heading counts for the cells to its right."""
    upper, lower = _texts(lines[start][1]), _texts(lines[start + 1][1])
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    headings, last = [], ""
    for top, sub in zip(upper, lower, strict=True):
        last = top or (last if sub else "")
        unit = bool(sub) and vocabulary.convert(1.0, sub) is not None
        headings.append(f"{last}{', ' if unit else ' '}{sub}".strip(" ,") if sub else top)
    return headings


def _is_section(row: list[Any]) -> bool:
    filled = [cell for cell in row if cell is not None]
    return len(filled) == 1 and isinstance(filled[0], str)


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown} and {len(numbers) - 10} more" if len(numbers) > 10 else shown
