"""Lines of a CSV, XLSX or GeoJSON file as it states them, each with its number in the file."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.registry.workbook import workbook_lines

NUL = "\u2400"
"""Stands for the character NUL, which PostgreSQL cannot keep in text."""
_GUARDED = re.compile(r"(^|[;\n\r\t])'('*[=+\-@\t\r])")
"""What a spreadsheet would take for a formula carries a ``'`` in our files."""
FORMULA = re.compile(r"(^|[;\n\r\t])('*[=+\-@\t\r])")
"""A formula at the start of a text, or behind a mark at which a spreadsheet may cut it."""
NOT_CHARACTERS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Code points that XML and HTML cannot hold."""
REPLACEMENT = "\ufffd"
_MAX_BYTES = 500_000_000
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_USUAL = set("оеаинтсрвлкмдпуяыьгзбчйхжшю")
"""Small letters that make up most of a Russian or Kazakh text."""
_SAMPLE = 20
_DELIMITERS = ";\t,|"

Line = tuple[int, list[Any]]
"""Number of a line in the file, and its cells."""


@dataclass(frozen=True)
class Lines:
    """Lines of a file; ``notes`` say what was guessed about it."""

    lines: list[Line]
    notes: list[str] = field(default_factory=list)


def read_lines(
    content: bytes, *, name: str, delimiter: str = "", sheet: str = "", encoding: str = ""
) -> Lines:
    """Read the lines of a file.

    Parameters
    ----------
    content : bytes of the file.
    name : of the file; its ending says what it is.
    delimiter : of a CSV; by default the one that its lines suggest.
    sheet : of an XLSX; by default the first one with rows below the headings.
    encoding : of a CSV; by default UTF-8, and where it is none, cp1251 or cp866.

    Returns
    -------
    Lines : cells are str (stripped, NUL shown as the sign for it), float, or None where blank.

    Raises
    ------
    InputError : not a file of that kind, or too large.
    """
    if len(content) > _MAX_BYTES:
        raise input_error("size", where=name, allowed=f"{_MAX_BYTES:,} bytes", got=len(content))
    ending = Path(name).suffix.casefold()
    with refusing(f"{name} cannot be read as {ending}"):
        if ending in (".csv", ".tsv", ".txt"):
            text, notes = _decoded(content, encoding, name)
            return Lines(_cleaned(_csv(text, delimiter)), notes)
        if ending == ".xlsx":
            return Lines(_cleaned(workbook_lines(content, sheet=sheet, name=name)))
        if ending in (".geojson", ".json"):
            return Lines(_cleaned(_geojson(content)))
        raise input_error("file", where=name, allowed="csv, xlsx, geojson", got=ending or "?")


def _cleaned(lines: list[Line]) -> list[Line]:
    rows = [(number, [clean(value) for value in row]) for number, row in lines]
    return [line for line in rows if any(cell is not None for cell in line[1])]


def _decoded(content: bytes, encoding: str, name: str) -> tuple[str, list[str]]:
    """Return the text and what was guessed about its encoding; a mark at the start decides."""
    for mark, known in _BOMS:
        if content.startswith(mark):
            return content.decode(known), []
    try:
        return content.decode(encoding or "utf-8"), []
    except LookupError:
        raise input_error(
            "encoding", where=name, allowed="utf-8, cp1251...", got=encoding
        ) from None
    except UnicodeDecodeError:
        if encoding:
            said = f"{name} is not in {encoding}: leave encoding out of the mapping, it is guessed"
            raise InputError(said) from None
    guesses = {code: content.decode(code, "replace") for code in ("cp1251", "cp866")}
    best = max(guesses, key=lambda code: _usual_letters(guesses[code]))
    return guesses[best], [f"the file is not UTF-8 and is read as {best}"]


def _usual_letters(text: str) -> int:
    counts = Counter(text[:100_000])
    return sum(counts[letter] for letter in _USUAL)


def _csv(text: str, delimiter: str) -> list[Line]:
    csv.field_size_limit(min(sys.maxsize, 10_000_000))
    mark = delimiter or _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    return [(reader.line_num, list(row)) for row in reader]


def _delimiter(text: str) -> str:
    """Return the delimiter that most of the first lines have equally often."""
    bare = re.sub(r'"[^"]*"', "", text[:200_000])
    lines = [line for line in bare.splitlines() if line.strip()][:_SAMPLE]

    def agreement(mark: str) -> tuple[int, int]:
        counts = Counter(line.count(mark) for line in lines if mark in line)
        often, times = max(counts.items(), key=lambda pair: pair[::-1], default=(0, 0))
        return times, often

    return max(_DELIMITERS, key=agreement) if lines else ","


def own_delimiter(content: bytes) -> str:
    """Return the delimiter of a file that we wrote, perhaps saved anew by a spreadsheet."""
    heading = content.partition(b"\n")[0]
    return max(",;\t", key=lambda mark: heading.count(mark.encode()))


def _geojson(content: bytes) -> list[Line]:
    features = json.loads(content)["features"]
    names: dict[str, None] = {}
    rows = []
    for feature in features:
        row = dict(feature.get("properties") or {})
        place = _point(feature.get("geometry") or {})
        if place is not None:
            row["longitude"], row["latitude"] = place
        names |= dict.fromkeys(map(str, row))
        rows.append({str(name): value for name, value in row.items()})
    values = [(n, [row.get(name) for name in names]) for n, row in enumerate(rows, 1)]
    return [(0, list(names)), *values]


def _point(geometry: dict[str, Any]) -> tuple[float, float] | None:
    """Return longitude and latitude of a point, or of the middle of a line or area."""
    if not geometry:
        return None
    if geometry.get("type") == "Point":
        longitude, latitude = geometry["coordinates"][:2]
        return float(longitude), float(latitude)
    import shapely
    from shapely.geometry import shape

    area = shape(geometry)
    if area.is_empty:
        return None
    middle = area.centroid
    if area.geom_type.endswith("Polygon") and not shapely.contains(area, middle):
        middle = area.representative_point()
    return round(middle.x, 6), round(middle.y, 6)


def clean(value: Any) -> Any:
    """Return a cell as str, float or None; the guard before a formula is taken off."""
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    if isinstance(value, int | float):
        return float(value)
    text = str(value).replace("\x00", NUL)
    text = NOT_CHARACTERS.sub(REPLACEMENT, text).strip(" \n\r\t\u00a0\ufeff")
    return _GUARDED.sub(r"\1\2", text) or None
