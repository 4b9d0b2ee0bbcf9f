"""Texts of a page as messages: what changes from page to page stands as a placeholder.

Placeholders are numbers and dates, written as Unicode's CLDR says for the language, and names that
a language has of its own: regions with their cases, countries.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from greenanalysis.core.paths import data_dir, shared_dir

_NUMBER = re.compile(r"([-−+]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@cache
def _symbols(language: str) -> tuple[str, str]:
    """Return the signs before decimals and between thousands of a language."""
    from babel import Locale

    latin = Locale.parse(language).number_symbols["latn"]
    return str(latin["decimal"]), str(latin["group"])


def localise_number(text: str, language: str) -> str:
    """Return an English number as a language writes it, with as many digits.

    Parameters
    ----------
    text : such as ``1,234.50``; a number without commas, such as a year, gets no groups.
    language : code of the language, ``en`` for no change.
    """
    found = _NUMBER.fullmatch(text)
    if found is None or language == "en":
        return text
    decimal, group = _symbols(language)
    sign, whole, fraction = found.groups(default="")
    return sign + whole.replace(",", group) + fraction.replace(".", decimal)


def localise_date(text: str, language: str) -> str:
    """Return a date ``2026-01-31`` as a language writes it; what is no date stays as it is."""
    found = _DATE.fullmatch(text)
    if found is None or language == "en":
        return text
    from babel.dates import format_date

    try:
        day = dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        return text
    return str(format_date(day, format="medium", locale=language))


_COUNTRIES = [
    "AF",
    "AZ",
    "BY",
    "CN",
    "DE",
    "GE",
    "HU",
    "IN",
    "IR",
    "KG",
    "KZ",
    "MN",
    "PK",
    "RO",
    "RU",
    "TJ",
    "TM",
    "TR",
    "UA",
    "US",
    "UZ",
]
CASES = ("gen", "dat", "loc")
_RUSSIAN_ENDINGS = {
    "ая область": ("ой области", "ой области", "ой области"),
    "а": ("ы", "е", "е"),
    "т": ("та", "ту", "те"),
}
_KAZAKH_ENDINGS = {
    "облысы": ("облысының", "облысына", "облысында"),
    "а": ("аның", "аға", "ада"),
    "ы": ("ының", "ыға", "ыда"),
    "т": ("ттің", "тке", "тте"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_RUSSIAN_MONTHS = {
    "т": ("та", "ту", "те"),
    "ь": ("я", "ю", "е"),
    "й": ("я", "ю", "е"),
}
_KAZAKH_MONTH_CASES = {
    "а": ("ның", "ға", "да"), "е": ("нің", "ге", "де"), "н": ("ның", "ға", "да"),
    "р": ("дың", "ға", "да"), "з": ("дың", "ға", "да"), "м": ("ның", "ға", "да"),
    "к": ("тің", "ке", "те"),
}  # fmt: skip
_FRONT_MONTHS = {"сәуір": ("дің", "ге", "де")}
_ENDINGS = {"ru": _RUSSIAN_ENDINGS, "kk": _KAZAKH_ENDINGS}


@cache
def region_forms(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the names of the regions by their English names, in all cases of ``CASES``.

    The nominative stands under the empty name of a case.
    """
    from greenanalysis.core.tables import read_table

    path = _regions_path()
    if path is None:
        return {}
    table = read_table(path, required=["name_en"]).astype(str)
    names = table.get(f"name_{language}", table["name_en"])
    return {
        english: {"": own, **dict(zip(CASES, _declined(own, language), strict=True))}
        for english, own in zip(table["name_en"], names, strict=True)
    }


def _regions_path() -> Path | None:
    """Return the table of regions of the project folder or, if it has none, of the package."""
    folders = (data_dir(), shared_dir() / "data")
    found = (folder / "facts" / "regions.csv" for folder in folders)
    return next((path for path in found if path.is_file()), None)


def _declined(name: str, language: str) -> tuple[str, str, str]:
    for ending, others in _ENDINGS.get(language, {}).items():
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return stem + others[0], stem + others[1], stem + others[2]
    return name, name, name


@cache
def _country_names(language: str) -> Mapping[str, str]:
    """Return the names of the countries near Kazakhstan by their English names."""
    from babel import Locale

    english, own = Locale.parse("en").territories, Locale.parse(language).territories
    return {str(english[code]): str(own[code]) for code in _COUNTRIES}


@cache
def month_forms(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the names of the months by their English names, in all cases of ``CASES``."""
    from babel import Locale

    own = Locale.parse(language).months["stand-alone"]["wide"]
    return {
        english: {"": str(own[i]), **dict(zip(CASES, _month(str(own[i]), language), strict=True))}
        for i, english in enumerate(_MONTHS, start=1)
    }


def _month(name: str, language: str) -> tuple[str, str, str]:
    if language == "kk":
        name = name.lower()
        gen, dat, loc = _FRONT_MONTHS.get(name) or _KAZAKH_MONTH_CASES[name[-1]]
        return name + gen, name + dat, name + loc
    if language == "ru":
        gen, dat, loc = _RUSSIAN_MONTHS[name[-1]]
        stem = name[:-1]
        return stem + gen, stem + dat, stem + loc
    return name, name, name


@cache
def known_names(language: str) -> Mapping[str, str]:
    """Return what needs no catalogue when it stands alone: countries, months and their short names.

    Regions are placeholders of messages, so they are not among them.
    """
    from babel import Locale

    own = Locale.parse(language).months["stand-alone"]["abbreviated"]
    short = {name[:3]: str(own[i]).rstrip(".") for i, name in enumerate(_MONTHS, start=1)}
    return {**_country_names(language), **short}


SPACE = re.compile(r"[ \t\r\n\f]+")
_LETTER = re.compile(r"[^\W\d_]")
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_AS_IT_STANDS = "en"
"""Case of a placeholder whose value no language rewrites, such as the number of a version."""

_TAG = re.compile(r"<(/?)(\d+)(/?)>")
PRIVATE = re.compile("[\ue000-\uf8ff]")
_FILE_TYPES = (
    "cff|cfg|css|csv|geojson|gpkg|grib|html|ipynb|js|json|lock|log|md|nc|parquet|pdf|png|py|svg|"
    "tif|toml|txt|xlsx|xml|yaml|yml|zarr|zip"
)
_KEPT = rf"""
    https?://[^\s<>"]*[^\s<>".,;:)]
  | (?<![\w/.])(?:[\w*.-]+/)*[\w*.-]+\.(?:{_FILE_TYPES})(?![\w/])
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
_FIRST_TAG = 0xE000
_TAG_KINDS = ("open", "close", "empty")
"""Characters of private use that stand for the tags of a text while it is taken apart."""


@dataclass(frozen=True)
class Message:
    """A message and what fills it: English text by placeholder, in the order of the text."""

    msgid: str
    values: Mapping[str, str]

    @property
    def has_words(self) -> bool:
        """Whether anything is left to translate besides names and numbers."""
        return _LETTER.search(_TAG.sub("", _PLACEHOLDER.sub("", self.msgid))) is not None


@cache
def _tokens() -> re.Pattern[str]:
    names = sorted(region_forms("en"), key=len)[::-1]
    regions = "|".join(re.escape(name) for name in names) or "(?!)"
    return re.compile(
        rf"(?P<tag>[\ue000-\uf8ff])|(?P<kept>{_KEPT})|(?P<date>\b\d{{4}}-\d\d-\d\d\b)"
        r"|(?P<number>(?<![\w.])(?:(?<=\d-)|(?<![\w)]-))(?:(?<![\w)/–])[-−+])?"
        r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?(?!\w|\.\d))"
        rf"|(?P<month>\b(?:{'|'.join(_MONTHS)})\b)"
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
    return chr(_FIRST_TAG + 3 * number + _TAG_KINDS.index(kind))


def tag_parts(character: str) -> tuple[int, str]:
    """Return the number and kind of the tag that a character stands for."""
    number, kind = divmod(ord(character) - _FIRST_TAG, 3)
    return number, _TAG_KINDS[kind]


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
        return values[key] if case == _AS_IT_STANDS else _localise_value(values[key], language)

    return _PLACEHOLDER.sub(put, _TAG.sub(_tag_of, msgstr))


def _localise_value(text: str, language: str) -> str:
    """Return a number or date as a language writes it; other texts stay as they are."""
    return localise_date(localise_number(text, language), language)


def placeholders(text: str) -> list[str]:
    """Return the placeholders and tags of a message, sorted, cases left out."""
    return sorted(
        [found.group(1) for found in _PLACEHOLDER.finditer(text)]
        + [found.group() for found in _TAG.finditer(text)]
    )
