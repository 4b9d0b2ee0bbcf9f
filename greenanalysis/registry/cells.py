"""Cells as people write them: dates in three languages, numbers with either mark, coordinates."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterable
from itertools import cycle, islice

from greenanalysis.registry.vocabulary import Vocabulary, load_vocabulary, unit_key

Span = tuple[dt.date, dt.date, str]
"""First day, last day, precision: year, half, quarter, month, day, years or months."""

_GAP = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'](?=\d{3}\b)")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_MEASURED = re.compile(r"([-+]?\d[\d\s.,\u00a0\u202f]*)\s*((?![eE][-+]?\d)[^\d\s.,].*)")
_DEGREES = re.compile(
    r"([NSEWСЮВЗ]?)\s*([-+]?\d+(?:[.,]\d+)?)\s*[°º]?\s*"
    r"(?:(\d+(?:[.,]\d+)?)\s*['′’ʹ]\s*)?(?:(\d+(?:[.,]\d+)?)\s*(?:\"|″|”|''|′′)\s*)?"
    r"([NSEWСЮВЗ]?)(?:\.?\s*[шд]\.?)?",
    re.IGNORECASE,
)
_EXCEL_ZERO = dt.date(1899, 12, 30)
_EXCEL_DAYS = (15_000, 80_000)
"""Days since 1900 as spreadsheets count them, from 1941 to 2119; a year is less."""
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_SPAN = re.compile(r"(\d{4})\s*[-–—/]\s*(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./-](\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})[-./](\d{1,2})")
_SLASHED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/\d{4}\s*")
_WORDS = re.compile(r"\d+|[^\W\d_]+")


def read_period(text: str, *, order: str = "dmy") -> Span:
    """Return first day, last day and precision of a date or period as written.

    Parameters
    ----------
    text : such as 2015, 2015-07, 07.2015, 20.07.2015, "IV квартал 2013", "декабрь 2015",
        "2015 год", "Q1 2022", 1967-1976, or a day as a spreadsheet counts it.
    order : ``dmy`` or ``mdy``, of dates with slashes.

    Raises
    ------
    ValueError : not a date.
    """
    text = text.strip()
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    for reader in _READERS:
        span = reader(text, order)
        if span is not None:
            return span
    raise ValueError(text)


def _numeric(text: str, order: str) -> Span | None:
    if hit := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(int(hit[1]), int(hit[2]), int(hit[3]))
    if hit := _DAY_FIRST.fullmatch(text):
        first, second = int(hit[1]), int(hit[2])
        swapped = "/" in text and (order == "mdy" or second > 12) and first <= 12
        return _day(int(hit[3]), *((first, second) if swapped else (second, first)))
    if hit := _MONTH_YEAR.fullmatch(text):
        return _month(int(hit[2]), int(hit[1]))
    if hit := _YEAR_MONTH.fullmatch(text):
        return _month(int(hit[1]), int(hit[2]))
    if re.fullmatch(r"\d{4}", text):
        return dt.date(int(text), 1, 1), dt.date(int(text), 12, 31), "year"
    return None


def _years(text: str, order: str) -> Span | None:
    del order
    bare = re.sub(r"\s*(?:гг?|г\.?г|years|жж?)\.?$", "", text)
    if hit := _SPAN.fullmatch(bare):
        first, last = int(hit[1]), int(hit[2])
        if first < last:
            return dt.date(first, 1, 1), dt.date(last, 12, 31), "years"
    return None


def _serial(text: str, order: str) -> Span | None:
    del order
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        days = int(float(text))
        if _EXCEL_DAYS[0] <= days <= _EXCEL_DAYS[1]:
            date = _EXCEL_ZERO + dt.timedelta(days=days)
            return date, date, "day"
    return None


def _worded(text: str, order: str) -> Span | None:
    """Return a date in words: month, quarter or half of a year, with or without a day."""
    del order
    vocabulary = load_vocabulary()
    dotted = re.sub(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\s*(?:г|ж)\.?(?:ода)?$", r"\1.\2.\3", text)
    if dotted != text:
        return _numeric(dotted, "dmy")
    words = [word for word in _WORDS.findall(text.casefold()) if not word.startswith("жылғы")]
    years = [int(word) for word in words if re.fullmatch(r"\d{4}", word)]
    if len(years) != 1:
        return None
    rest = [word for word in words if word != str(years[0])]
    kinds = {kind for word in rest if (kind := vocabulary.word("date", word))}
    names = [word for word in rest if not word.isdigit()]
    months = [int(month) for word in names if (month := vocabulary.word("month", word))]
    numbers = [int(w) if w.isdigit() else _ROMAN[w] for w in rest if w.isdigit() or w in _ROMAN]
    known = len(months) + len(numbers) + sum(vocabulary.word("date", w) is not None for w in rest)
    if known != len(rest):
        return None
    return _composed(years[0], kinds - {"year"}, months, numbers)


def _composed(year: int, kinds: set[str], months: list[int], numbers: list[int]) -> Span | None:
    if len(months) == 1 and not kinds:
        return _day(year, months[0], numbers[0]) if numbers else _month(year, months[0])
    if len(months) == 2 and months[0] < months[1] and not kinds and not numbers:
        return _month(year, months[0])[0], _month(year, months[1])[1], "months"
    if months or len(kinds) > 1:
        return None
    if not kinds and not numbers:
        return dt.date(year, 1, 1), dt.date(year, 12, 31), "year"
    if len(numbers) != 1 or not kinds:
        return None
    kind = kinds.pop()
    length = {"quarter": 3, "half": 6}[kind]
    number = numbers[0]
    if not 1 <= number <= 12 // length:
        return None
    first, _, _ = _month(year, length * (number - 1) + 1)
    _, last, _ = _month(year, length * number)
    return first, last, kind


def _day(year: int, month: int, day: int) -> Span:
    date = dt.date(year, month, day)
    return date, date, "day"


def _month(year: int, month: int) -> Span:
    first = dt.date(year, month, 1)
    return first, first.replace(day=calendar.monthrange(year, month)[1]), "month"


_READERS: tuple[Callable[[str, str], Span | None], ...] = (_serial, _years, _numeric, _worded)


def date_order(texts: Iterable[str]) -> tuple[str, bool]:
    """Return the order of day and month in a column of dates with slashes.

    Returns
    -------
    order : ``dmy`` or ``mdy``.
    certain : whether a date of the column shows it, or there is none with a slash.
    """
    pairs = [(int(hit[1]), int(hit[2])) for text in texts if (hit := _SLASHED.fullmatch(text))]
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    if month_first and not day_first:
        return "mdy", True
    return "dmy", day_first or not any(one != other for one, other in pairs)


def decimal_mark(texts: Iterable[str]) -> str:
    """Return the decimal mark that the numbers of a column show, ``.`` where none does."""
    dots = commas = 0
    for text in texts:
        plain = _GAP.sub("", text.strip())
        hit = re.match(r"[-+]?\d+([.,])\d+(?![.,\d])", plain)
        dots += bool(hit and hit[1] == ".") or bool(_GROUPED.fullmatch(plain) and "." in plain)
        commas += bool(hit and hit[1] == "," and not re.match(r"[-+]?\d{1,3},\d{3}\b", plain))
    return "," if commas > dots else "."


def read_number(text: str, *, decimal: str = ".") -> float:
    """Return a number as written.

    Parameters
    ----------
    text : digits, perhaps in groups of three.
    decimal : mark; empty: either one, where it cannot be a mark between thousands.

    Raises
    ------
    ValueError : no number; its text is ``decimal-mark`` where the mark is not the one declared.
    """
    plain = _GAP.sub("", text.strip())
    if decimal != "," and _GROUPED.fullmatch(plain) and ("." in plain or plain.count(",") > 1):
        return float(plain.replace(",", ""))
    if not _NUMBER.fullmatch(plain):
        raise ValueError("number")
    if decimal and {".": ",", ",": "."}[decimal] in plain:
        raise ValueError("decimal-mark")
    if not decimal and re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", plain):
        raise ValueError("decimal-mark")
    return float(plain.replace(",", "."))


def split_unit(text: str) -> tuple[str, str]:
    """Return number and unit of a cell such as "100 MW"; an empty unit where there is none."""
    hit = _MEASURED.fullmatch(text.strip())
    return (hit[1].strip(), hit[2].strip()) if hit else (text, "")


def read_degrees(text: str) -> float:
    """Return a coordinate in degrees: 43.57, 43,57, 43°34'12"N, 43.57 N.

    Raises
    ------
    ValueError : no coordinate.
    """
    hit = _DEGREES.fullmatch(text.strip().replace("−", "-"))
    if not hit:
        raise ValueError("number")
    side = (hit[1] or hit[5]).upper()
    parts = hit.group(2, 3, 4)
    whole, minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts)
    if minutes >= 60 or seconds >= 60:
        raise ValueError("number")
    size = abs(whole) + minutes / 60 + seconds / 3600
    south = side in ("S", "Ю", "W", "З") or hit[2].startswith("-")
    return -size if south else size


def is_peak(unit: str, vocabulary: Vocabulary) -> bool:
    """Return whether a unit is of peak (DC) capacity."""
    return unit_key(unit) in vocabulary.peak_units


_BIN_DIGITS = 12
_BIN_MODULUS = 11
_BIN_WEIGHTS = range(1, _BIN_MODULUS + 1)
_BIN_SHIFT = 2
"""The second try weighs with 3, 4, ... 11, 1, 2."""


def check_digit(number: str) -> int | None:
    """Return the last digit that the first eleven ask for, or None where no number has them.

    Parameters
    ----------
    number : at least eleven digits.

    References
    ----------
    Government decree No. 565 of 11 June 2003 on the single number of natural (legal) persons,
    https://adilet.zan.kz/rus/docs/P030000565_
    """
    digits = [int(digit) for digit in number[: _BIN_DIGITS - 1]]
    for shift in (0, _BIN_SHIFT):
        weights = islice(cycle(_BIN_WEIGHTS), shift, None)
        rest = sum(d * w for d, w in zip(digits, weights)) % _BIN_MODULUS  # noqa: B905 endless weights
        if rest < _BIN_MODULUS - 1:
            return rest
    return None


def is_business_number(text: str) -> bool:
    """Return whether a text is a BIN: twelve digits, of which the last fits the others."""
    if len(text) != _BIN_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return check_digit(text) == int(text[-1])
