"""Numbers and dates as a language writes them, by Unicode's CLDR."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

NUMBER = re.compile(r"([-−+]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@cache
def symbols(language: str) -> tuple[str, str]:
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
    found = NUMBER.fullmatch(text)
    if found is None or language == "en":
        return text
    decimal, group = symbols(language)
    sign, whole, fraction = found.groups(default="")
    return sign + whole.replace(",", group) + fraction.replace(".", decimal)


def localise_date(text: str, language: str) -> str:
    """Return a date ``2026-01-31`` as a language writes it; what is no date stays as it is."""
    found = DATE.fullmatch(text)
    if found is None or language == "en":
        return text
    from babel.dates import format_date

    try:
        day = dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        return text
    return str(format_date(day, format="medium", locale=language))
