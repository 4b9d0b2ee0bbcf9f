"""The numbers that a page states, each under a label by which it is found in another page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_NUMBER = re.compile(r"(?<![\w.])[-−–+]?\d[\d,\u202f\u00a0]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}


@dataclass
class _Block:
    """One part of a page as it is read: its kind, and what stands in it."""

    kind: str
    depth: int
    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects key figures, tables and findings of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.depth = 0
        self.block: _Block | None = None
        self.cell: list[str] | None = None
        self.caption = False
        self.found: list[_Block] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self.depth += 1
        names = set((dict(attrs).get("class") or "").split())
        kind = next((name for name in ("ga-tile", "ga-table", "ga-finding") if name in names), "")
        if self.block is None and kind:
            self.block = _Block(kind, self.depth)
        if self.block is None:
            return
        if self.block.kind == "ga-table":
            if tag == "tr":
                self.block.rows.append([])
            elif tag in ("td", "th"):
                self.cell = []
            self.caption = tag == "caption" or (self.caption and tag not in ("thead", "tr"))
        elif self.block.kind == "ga-tile" and tag in ("span", "b", "small"):
            self.block.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self.block is not None:
            if tag in ("td", "th") and self.cell is not None and self.block.rows:
                self.block.rows[-1].append("".join(self.cell).strip())
                self.cell = None
            if tag == "caption":
                self.caption = False
            if self.depth == self.block.depth:
                self.found.append(self.block)
                self.block = None
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.block is None:
            return
        if self.cell is not None:
            self.cell.append(data)
        elif self.caption:
            self.block.caption += data
        elif self.block.kind == "ga-finding":
            self.block.texts = [*self.block.texts, data]
        elif self.block.kind == "ga-tile" and self.block.texts:
            self.block.texts[-1] += data


def stated_numbers(page: str, records: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the numbers of a page by label, as they are written there.

    Parameters
    ----------
    page : HTML of a published page.
    records : results that its notebook recorded, by key.

    Returns
    -------
    dict : in the order of the page; key figures with their units, cells of tables by caption, row
        and column, numbers in headings that state a finding, recorded results. Text without a
        number is left out; a label that occurs again gets a count.
    """
    found: dict[str, str] = {}
    for key, record in records.items():
        unit = f" {record['unit']}" if record.get("unit") else ""
        _put(found, f"record {key}", f"{record['value']}{unit}")
    reader = _Reader()
    reader.feed(page)
    for block in reader.found:
        for label, text in _READERS[block.kind](block):
            _put(found, label, text)
    return found


def _put(found: dict[str, str], label: str, text: str) -> None:
    if not _NUMBER.search(text):
        return
    name, count = label, 1
    while name in found:
        count += 1
        name = f"{label} ({count})"
    found[name] = " ".join(text.split())


def _tile(block: _Block) -> Iterator[tuple[str, str]]:
    label, value, unit = (*block.texts, "", "", "")[:3]
    yield f"key figure {label.strip()}", f"{value} {unit}"


def _table(block: _Block) -> Iterator[tuple[str, str]]:
    rows = [row for row in block.rows if row]
    head, body = (rows[0], rows[1:]) if rows else ([], [])
    caption = block.caption.strip() or "without caption"
    for row in body:
        for column, text in list(zip(head, row, strict=False))[1:]:
            yield f"table {caption}, row {row[0]}, {column}", text
        if len(row) and _NUMBER.fullmatch(row[0]):
            yield f"table {caption}, {head[0] if head else 'first column'}", row[0]


def _finding(block: _Block) -> Iterator[tuple[str, str]]:
    text = "".join(block.texts)
    yield f"finding {_NUMBER.sub('#', text).strip()}", text


_READERS = {"ga-tile": _tile, "ga-table": _table, "ga-finding": _finding}


def values_in(text: str) -> list[float]:
    """Return the numbers that stand in a text, in order."""
    plain = str.maketrans({"−": "-", "–": "-", ",": "", "\u202f": "", "\u00a0": ""})
    return [float(one.translate(plain)) for one in _NUMBER.findall(text)]


@dataclass(frozen=True)
class Moved:
    """One number that is not what it was; ``before`` or ``now`` is empty where it is missing."""

    label: str
    before: str
    now: str

    def told(self) -> str:
        """Return one line that says by how much it moved."""
        if not self.before or not self.now:
            return f"{self.label}: {self.before or 'was not there'} -> {self.now or 'is gone'}"
        old, new = values_in(self.before), values_in(self.now)
        steps = [
            f"{after - first:+.4g}" + (f" ({after / first - 1:+.2%})" if first else "")
            for first, after in zip(old, new, strict=False)
            if not math.isclose(first, after, rel_tol=1e-12)
        ]
        return f"{self.label}: {self.before} -> {self.now}" + (
            f", moved by {', '.join(steps)}" if steps else ""
        )


def moved(before: Mapping[str, str], now: Mapping[str, str]) -> list[Moved]:
    """Return what differs between the numbers of two pages, in the order of the first."""
    labels = [*before, *(label for label in now if label not in before)]
    return [
        Moved(label, before.get(label, ""), now.get(label, ""))
        for label in labels
        if before.get(label) != now.get(label)
    ]
