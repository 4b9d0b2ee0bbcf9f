"""Names that a language has of its own: regions with their cases, countries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from greenanalysis.paths import data_dir

COUNTRIES = [
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
RUSSIAN_ENDINGS = {
    "ая область": ("ой области", "ой области", "ой области"),
    "а": ("ы", "е", "е"),
    "т": ("та", "ту", "те"),
}
KAZAKH_ENDINGS = {
    "облысы": ("облысының", "облысына", "облысында"),
    "а": ("аның", "аға", "ада"),
    "ы": ("ының", "ыға", "ыда"),
    "т": ("ттің", "тке", "тте"),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
RUSSIAN_MONTHS = {
    "т": ("та", "ту", "те"),
    "ь": ("я", "ю", "е"),
    "й": ("я", "ю", "е"),
}
KAZAKH_MONTH_CASES = {
    "а": ("ның", "ға", "да"), "е": ("нің", "ге", "де"), "н": ("ның", "ға", "да"),
    "р": ("дың", "ға", "да"), "з": ("дың", "ға", "да"), "м": ("ның", "ға", "да"),
    "к": ("тің", "ке", "те"),
}  # fmt: skip
FRONT_MONTHS = {"сәуір": ("дің", "ге", "де")}
ENDINGS = {"ru": RUSSIAN_ENDINGS, "kk": KAZAKH_ENDINGS}


@cache
def region_forms(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the names of the regions by their English names, in all cases of ``CASES``.

    The nominative stands under the empty name of a case.
    """
    from greenanalysis.tables import read_table

    path = _regions_path()
    if path is None:
        return {}
    table = read_table(path, required=["name_en", f"name_{language}"]).astype(str)
    names = table[f"name_{language}"]
    return {
        english: {"": own, **dict(zip(CASES, _declined(own, language), strict=True))}
        for english, own in zip(table["name_en"], names, strict=True)
    }


def _regions_path() -> Path | None:
    """Return the table of regions of the project folder or, if it has none, of the checkout."""
    folders = (data_dir(), Path(__file__).resolve().parents[3] / "data")
    found = (folder / "facts" / "regions.csv" for folder in folders)
    return next((path for path in found if path.is_file()), None)


def _declined(name: str, language: str) -> tuple[str, str, str]:
    for ending, others in ENDINGS.get(language, {}).items():
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return stem + others[0], stem + others[1], stem + others[2]
    return name, name, name


@cache
def country_names(language: str) -> Mapping[str, str]:
    """Return the names of the countries near Kazakhstan by their English names."""
    from babel import Locale

    english, own = Locale.parse("en").territories, Locale.parse(language).territories
    return {str(english[code]): str(own[code]) for code in COUNTRIES}


@cache
def month_forms(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the names of the months by their English names, in all cases of ``CASES``."""
    from babel import Locale

    own = Locale.parse(language).months["stand-alone"]["wide"]
    return {
        english: {"": str(own[i]), **dict(zip(CASES, _month(str(own[i]), language), strict=True))}
        for i, english in enumerate(MONTHS, start=1)
    }


def _month(name: str, language: str) -> tuple[str, str, str]:
    if language == "kk":
        name = name.lower()
        gen, dat, loc = FRONT_MONTHS.get(name) or KAZAKH_MONTH_CASES[name[-1]]
        return name + gen, name + dat, name + loc
    if language == "ru":
        gen, dat, loc = RUSSIAN_MONTHS[name[-1]]
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
    short = {name[:3]: str(own[i]).rstrip(".") for i, name in enumerate(MONTHS, start=1)}
    return {**country_names(language), **short}
