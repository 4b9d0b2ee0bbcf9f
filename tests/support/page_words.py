"""Texts that no page may show: keys of the code, numbers that are none, signs of nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from greenanalysis.site.publish.languages.kept import mark_kept

PATTERNS = {
    "key of the code": re.compile(r"(?<![\w/.\-@#=?&])[a-z][a-z0-9]+(?:_[a-z0-9]+)+(?![\w/.(=])"),
    "unset parameter": re.compile(r"\b\w+ = (?:None|True|False|\{\}|'')"),
    "label of a risk": re.compile(r"\brisk: swing\b"),
    "minus nothing": re.compile(r"(?<![\w.,])[-−]0(?:\.0+)?(?![\d.,]*\d)"),
    "shouting": re.compile(r"\bMISS\b"),
    "no number": re.compile(r"(?<![\w-])(?:NaN|nan|inf|undefined|null)(?![\w-])"),
    "object of a program": re.compile(r"\[object |<[\w.]+ object at |\bdtype\b"),
}
"""What is wrong -> how it looks."""

QUOTED = ("code", "pre", "script", "style", "svg", "kbd")
CARRIED = ("ga-provenance", "ga-code", "ga-folded", "ga-hash", "highlight")
"""Classes of what is for machines, or a quotation of the data files."""


def visible_texts(page: str) -> Iterator[str]:
    """Yield the texts that a reader of a page sees as prose, labels or values."""
    body = html.document_fromstring(page).find("body")
    mark_kept(body)
    yield from _texts(body)


def _texts(element: Any) -> Iterator[str]:
    classes = (element.get("class") or "").split() if isinstance(element.tag, str) else []
    quoted = element.tag in QUOTED or element.get("translate") == "no"
    if isinstance(element.tag, str) and not quoted and not set(CARRIED) & set(classes):
        if element.text and element.text.strip():
            yield " ".join(element.text.split())
        for child in element:
            yield from _texts(child)
            if child.tail and child.tail.strip():
                yield " ".join(child.tail.split())


def word_faults(page: str) -> list[str]:
    """Return what of a page's text is no word for readers: the kind of fault and the text."""
    found = []
    for text in visible_texts(page):
        for kind, pattern in PATTERNS.items():
            hit = pattern.search(text)
            if hit:
                found.append(f"{kind} {hit[0]!r} in {text[:90]!r}")
    return found
