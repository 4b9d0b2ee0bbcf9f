"""A text of a page as a message: what changes from page to page stands as a placeholder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from greenanalysis.report.languages.names import MONTHS, month_forms, region_forms
from greenanalysis.report.languages.numbers import localise_date, localise_number

SPACE = re.compile(r"[ \t\r\n\f]+")
LETTER = re.compile(r"[^\W\d_]")
PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
AS_IT_STANDS = "en"
"""Case of a placeholder whose value no language rewrites, such as the number of a version."""

TAG = re.compile(r"<(/?)(\d+)(/?)>")
PRIVATE = re.compile("[\ue000-\uf8ff]")
FILE_TYPES = (
    "cff|cfg|css|csv|geojson|gpkg|grib|html|ipynb|js|json|lock|log|md|nc|parquet|pdf|png|py|svg|"
    "tif|toml|txt|xlsx|xml|yaml|yml|zarr|zip"
)
KEPT = rf"""
    https?://[^\s<>"]*[^\s<>".,;:)]
  | (?<![\w/.])(?:[\w*.-]+/)*[\w*.-]+\.(?:{FILE_TYPES})(?![\w/])
  | (?<![\w/.])(?:data|reports|notebooks|greenanalysis|docs|tests)/[\w./*-]*[\w*]
  | (?<![\w-])[A-Z]{{2,3}}-[A-Z]?\d+\b
  | \b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{{7,64}}\b
  | \bv?\d+(?:\.\d+){{2,}}\w*
  | \b\d+(?:\.\d+)?e[-+]?\d+\b
  | \b\d\d:\d\d(?::\d\d)?\b
  | \bP\d\d\b
  | [{{}}]
  | <(?=/?\d)
"""
FIRST_TAG = 0xE000
TAG_KINDS = ("open", "close", "empty")
"""Characters of private use that stand for the tags of a text while it is taken apart."""


@dataclass(frozen=True)
class Message:
    """A message and what fills it: English text by placeholder, in the order of the text."""

    msgid: str
    values: Mapping[str, str]

    @property
    def has_words(self) -> bool:
        """Whether anything is left to translate besides names and numbers."""
        return LETTER.search(TAG.sub("", PLACEHOLDER.sub("", self.msgid))) is not None


@cache
def _tokens() -> re.Pattern[str]:
    names = sorted(region_forms("en"), key=len)[::-1]
    regions = "|".join(re.escape(name) for name in names) or "(?!)"
    return re.compile(
        rf"(?P<tag>[\ue000-\uf8ff])|(?P<kept>{KEPT})|(?P<date>\b\d{{4}}-\d\d-\d\d\b)"
        r"|(?P<number>(?<![\w.])(?:(?<=\d-)|(?<![\w)]-))(?:(?<![\w)/–])[-−+])?"
        r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?(?!\w|\.\d))"
        rf"|(?P<month>\b(?:{'|'.join(MONTHS)})\b)"
        rf"|(?P<region>(?<![\w-])(?:{regions})(?![\w-]|[ ][A-Z]))",
        re.VERBOSE,
    )


@lru_cache(maxsize=65_536)
def as_message(text: str) -> Message:
    """Return a text with numbers, dates, codes, file names and regions taken out.

    Parameters
    ----------
    text : plain text; runs of white space count as one space.

    Notes
    -----
    Numbers, dates and what stays as it is are ``{0}``, ``{1}``, ...; a region is ``{region}``, a
    second one ``{region2}``, a month ``{month}``, so that a translation may ask for a case, as in
    ``{region:gen}``.
    """
    values: dict[str, str] = {}
    counts = {"region": 0, "month": 0, "": 0}

    def take(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if kind == "tag":
            return found.group()
        kind = kind if kind in counts else ""
        number = counts[kind]
        counts[kind] += 1
        key = f"{kind}{number + 1 if number else ''}" if kind else str(number)
        values[key] = found.group()
        return f"{{{key}}}"

    msgid = _tokens().sub(take, SPACE.sub(" ", text).strip(" "))
    return Message(PRIVATE.sub(lambda found: _tag_name(found.group()), msgid), values)


def tag(number: int, kind: str) -> str:
    """Return the character that stands for a tag in a text: ``<0>``, ``</0>`` or ``<0/>``.

    Parameters
    ----------
    number : of the inline element in its block, from 0.
    kind : ``open``, ``close`` or ``empty``.
    """
    return chr(FIRST_TAG + 3 * number + TAG_KINDS.index(kind))


def tag_parts(character: str) -> tuple[int, str]:
    """Return the number and kind of the tag that a character stands for."""
    number, kind = divmod(ord(character) - FIRST_TAG, 3)
    return number, TAG_KINDS[kind]


def _tag_name(character: str) -> str:
    number, kind = tag_parts(character)
    return {"open": f"<{number}>", "close": f"</{number}>", "empty": f"<{number}/>"}[kind]


def _tag_of(found: re.Match[str]) -> str:
    closes, number, empty = found.groups()
    return tag(int(number), "close" if closes else "empty" if empty else "open")


def fill(msgstr: str, values: Mapping[str, str], language: str) -> str:
    """Return a translation with its placeholders filled as the language writes them.

    Parameters
    ----------
    msgstr : with placeholders of the message, in any order; ``{0:en}`` stays as it was written.
    values : English texts by placeholder.
    language : of the translation.

    Raises
    ------
    KeyError : a placeholder that the message does not have.
    """

    def put(found: re.Match[str]) -> str:
        key, case = found.group(1), found.group(2) or ""
        if key.startswith("region"):
            return region_forms(language)[values[key]][case]
        if key.startswith("month"):
            return month_forms(language)[values[key]][case]
        return values[key] if case == AS_IT_STANDS else localise_value(values[key], language)

    return PLACEHOLDER.sub(put, TAG.sub(_tag_of, msgstr))


def localise_value(text: str, language: str) -> str:
    """Return a number or date as a language writes it; other texts stay as they are."""
    return localise_date(localise_number(text, language), language)


def placeholders(text: str) -> list[str]:
    """Return the placeholders and tags of a message, sorted, cases left out."""
    return sorted(
        [found.group(1) for found in PLACEHOLDER.finditer(text)]
        + [found.group() for found in TAG.finditer(text)]
    )
