"""What of a page stays in its own language: sources, names of plants and firms, codes."""

from __future__ import annotations

import re
from typing import Any

_KEPT_COLUMNS = frozenset(
    [
        "Source",
        "Sources",
        "Assumption",
        "Input",
        "facility",
        "taken from",
        "other from",
        "series",
        "Licence",
        "License",
        "Hash",
        "SHA-256",
        "Version",
        "Package",
        "What to know; source",
    ]
) | {"source", "sources"}
_INPUT_COLUMNS = frozenset({"Assumption", "Input"})
_SOURCE_COLUMNS = frozenset({"Source", "source"})
_NOTE_COLUMNS = frozenset({"Note", "Remark", "note"})
"""Kept beside a source where a table lists inputs or is folded: the words of the data files."""

_NAME_COLUMNS = frozenset(
    [
        "name",
        "Name",
        "enterprise",
        "Owner",
        "owner",
        "Plant or fleet",
        "Project",
        "Investor",
        "Lender",
        "Programme or agreement",
    ]
)
_KEPT_TERMS = frozenset(
    {
        "Parameters", "Hashes", "Made by", "Boundaries", "Credit", "Plants", "Source",
        "Corrections of weather", "Weather was handled",
    }
)  # fmt: skip
_NAME_TERMS = frozenset({"Owner"})
_IDENTIFIER = re.compile(r"[\w/]*\w_\w[\w/]*|[a-z0-9]+(?:-[a-z0-9]+)*-\d+(?:-[a-z0-9]+)*")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_DATA_NOTE = re.compile(r"\s*(Data: )(.*)", re.DOTALL)
OWN = "data-own"
"""Attribute of elements that hold a name: translated where the catalogue has it, else kept."""


def mark_kept(root: Any) -> None:
    """Mark the elements below a root that stay as they are, or hold a name.

    Parameters
    ----------
    root : element of lxml, English, as published.
    """
    for table in root.iter("table"):
        _mark_table(table)
    for term in root.iter("dt"):
        if _text(term) in _KEPT_TERMS:
            _keep(term.getnext())
    for item in root.xpath('.//section[@class="ga-sources"][starts-with(h3, "Sources")]//li'):
        _keep(item)
    for title in root.xpath('.//div[@class="ga-popup"]/b'):
        title.set(OWN, "")
    for note in root.xpath('.//p[@class="ga-note"]'):
        _mark_data_note(note)


def unmark(root: Any) -> None:
    """Take the marks of names off again, which no page needs."""
    for element in root.xpath(f".//*[@{OWN}]"):
        del element.attrib[OWN]


def _keep(element: Any, language: str = "en") -> None:
    """Mark an element as one that stays as it is."""
    if element is not None:
        element.set("translate", "no")
        element.set("lang", language)


def own_language(text: str) -> str:
    """Return the language to mark a kept name with: Russian where its letters are Cyrillic."""
    return "ru" if _CYRILLIC.search(text) else "en"


def stays(text: str) -> bool:
    """Return whether a text is an identifier or a name in Cyrillic letters."""
    return _IDENTIFIER.fullmatch(text.strip()) is not None or (
        _CYRILLIC.search(text) is not None and len(_LATIN_WORD.findall(text)) < 4
    )


def _mark_table(table: Any) -> None:
    heads = [_text(cell) for cell in table.xpath("./thead/tr[1]/*")]
    folded = any("ga-folded" in (up.get("class") or "") for up in table.iterancestors("details"))
    listed = folded or not _INPUT_COLUMNS.isdisjoint(heads)
    sourced = listed and not _SOURCE_COLUMNS.isdisjoint(heads)
    kept = {i for i, head in enumerate(heads) if head in _KEPT_COLUMNS}
    kept |= {i for i, head in enumerate(heads) if sourced and head in _NOTE_COLUMNS}
    names = {i for i, head in enumerate(heads) if head in _NAME_COLUMNS}
    for row in table.iter("tr"):
        cells = list(row)
        if row.getparent().tag == "thead":
            continue
        if not heads and len(cells) == 2 and cells[0].tag == "th":
            _mark_row(_text(cells[0]), cells[1])
            continue
        for number in kept:
            if number < len(cells):
                _keep(cells[number])
        for number in names:
            if number < len(cells):
                cells[number].set(OWN, "")


def _mark_row(head: str, cell: Any) -> None:
    if head in _KEPT_TERMS:
        _keep(cell)
    elif head in _NAME_TERMS:
        cell.set(OWN, "")


def _mark_data_note(note: Any) -> None:
    found = _DATA_NOTE.fullmatch(note.text or "")
    if found is None or len(note):
        return
    from lxml import etree

    note.text = found.group(1)
    citation = etree.SubElement(note, "span")
    citation.text = found.group(2)
    _keep(citation)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
