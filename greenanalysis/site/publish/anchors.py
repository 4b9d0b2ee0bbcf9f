"""Stable addresses inside a page: each heading and finding gets an id made of its words."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(
    r"<(?P<tag>h[1-4]|figcaption|div(?=[^>]*\bga-map-title\b))"
    r"(?P<attributes>(?: [^<>]*)?)>(?P<inner>.*?)</(?P=tag)>",
    re.DOTALL,
)
_ID = re.compile(r'\bid="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r'<a class="ga-anchor".*?</a>', re.DOTALL)
_BLOCKS = re.compile(r"(<(script|style|svg|textarea|pre)\b.*?</\2>)", re.DOTALL)
_LONGEST = 72


@dataclass(frozen=True)
class Heading:
    """A heading of a page: its level (``h2``, ``figcaption``, ``div``), id and plain text."""

    level: str
    anchor: str
    text: str


def anchor_of(text: str) -> str:
    """Return the id of a heading: its words in small letters, joined by hyphens.

    Parameters
    ----------
    text : plain text.

    Notes
    -----
    Numbers are left out, so that a link to a finding outlives a new figure in it.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    words = [word for word in re.split(r"[\W_]+", plain) if word and not word[0].isdigit()]
    slug = ""
    for word in words:
        if len(slug) + len(word) >= _LONGEST:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or "section"


def with_anchors(page: str) -> str:
    """Return a page whose headings, findings and captions have an id and a link to themselves.

    Parameters
    ----------
    page : HTML; an id that a heading has already is kept.
    """
    taken = set(_ID.findall(page))

    def mark(found: re.Match[str]) -> str:
        tag, attributes, inner = found["tag"], found["attributes"], found["inner"]
        if "ga-anchor" in inner:
            return found[0]
        own = _ID.search(attributes)
        anchor = own[1] if own else _free(anchor_of(plain_text(inner)), taken)
        taken.add(anchor)
        given = attributes if own else f'{attributes} id="{anchor}"'
        link = f'<a class="ga-anchor" href="#{anchor}" aria-label="Link to this place">#</a>'
        return f"<{tag}{given}>{inner}{link}</{tag}>"

    parts = _BLOCKS.split(page)
    return "".join(
        part if number % 3 == 1 else _HEADING.sub(mark, part)
        for number, part in enumerate(parts)
        if number % 3 != 2
    )


def headings(page: str) -> Iterator[Heading]:
    """Yield the headings, findings and captions of a page that have an id, in order."""
    for found in _HEADING.finditer(_BLOCKS.sub("", page)):
        own = _ID.search(found["attributes"])
        if own:
            text = plain_text(_LINK.sub("", found["inner"]))
            if text:
                yield Heading(found["tag"], html.unescape(own[1]), text)


def plain_text(fragment: str) -> str:
    """Return the text of a piece of HTML, on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", fragment)).split())


def _free(anchor: str, taken: set[str]) -> str:
    number, free = 1, anchor
    while free in taken:
        number += 1
        free = f"{anchor}-{number}"
    return free
