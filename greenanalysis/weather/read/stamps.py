"""What the stamps of a foreign table look like: their columns, format, step and zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.clock import ISO, parse_stamps

_STAMP = re.compile(
    r"date|time|datum|timestamp|stamp|zeit|\bts\b|period|дата|время|^start|^end|^from$|"
    r"^year$|^variable_name$", re.I
)  # fmt: skip
_PARTS = (("year", "%Y"), ("month", "%m"), ("day", "%d"), ("hour", "%H"), ("minute", "%M"))
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d %m %Y", "%Y%m%d",
          "%d-%m-%Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%b-%Y", "%d %b %Y")  # fmt: skip
_TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%H", "%H%M", "%I:%M %p", "%I:%M:%S %p")
_BETWEEN = (" ", "T", ":", "")
_SAMPLE = 400
_SHAPES = {
    **dict.fromkeys(("%m", "%d", "%H", "%M", "%S", "%I"), r"\d{1,2}"),
    **{"%Y": r"\d{4}", "%y": r"\d{2}", "%b": r"[^\W\d]{3,4}", "%f": r"\d+", "%p": r"[APap]\.?[Mm]"},
    "%z": r"(?:Z|[+-]\d{2}:?\d{2})",
}
_ABBREVIATIONS = {"utc": "UTC", "gmt": "UTC", "mst": "-07:00", "pst": "-08:00", "cst": "-06:00",
                  "est": "-05:00", "msk": "+03:00"}  # fmt: skip
"""Zones without summer time that names of columns state."""


def is_stamp_name(name: str) -> bool:
    """Whether a column's name says that it holds stamps."""
    return bool(_STAMP.search(name)) and not re.search(r"speed|temp|dir", name, re.I)


def propose_time(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, where: str
) -> dict[str, Any]:
    """Return the keys ``time``, ``interval_minutes`` and ``timezone`` of a declaration.

    Parameters
    ----------
    names : of the columns.
    rows : the data.
    where : for messages.

    Raises
    ------
    InputError : no stamps that are understood, or days and months that cannot be told apart.

    Notes
    -----
    The zone is None where neither the stamps nor the names of their columns state it.
    """
    sample = [*rows[:_SAMPLE], *rows[len(rows) // 2 :][:_SAMPLE], *rows[-_SAMPLE:]]
    lower = [name.strip().lower() for name in names]
    parts = [(names[lower.index(part)], code) for part, code in _PARTS if part in lower]
    if len(parts) >= 4:
        columns = [name for name, _ in parts]
        patterns = [" ".join(code for _, code in parts)]
    else:
        columns = [name for name in names if is_stamp_name(name)][:2]
        patterns = []
    if not columns:
        raise input_error("stamps", where=where, allowed="a column of dates", got=list(names))
    after = list(names).index(columns[0]) + 1
    chosen_sets = (
        [columns] if patterns else [[columns[0]], columns, [columns[0], *names[after : after + 1]]]
    )
    for chosen in chosen_sets:
        places = [list(names).index(name) for name in chosen]
        text = pd.Series(
            [" ".join(row[p].strip() for p in places) for row in sample if len(row) > max(places)],
            dtype=str,
        )
        fits = _fitting(text, patterns)
        if fits:
            break
    if not fits:
        got = text.iloc[0] if len(text) else "nothing"
        raise input_error("stamps", where=where, allowed="dates with times", got=repr(got))
    pattern = _settled(text, fits, where)
    whole = [" ".join(row[p].strip() for p in places) for row in rows if len(row) > max(places)]
    zone = "UTC" if pattern in (ISO, "%s") or "%z" in pattern else _zone_in(
        [names[p] for p in places]
    )  # fmt: skip
    if pattern == ISO and not _aware(text):
        zone = _zone_in([names[p] for p in places])
    kept = [names[p] for p in places]
    return {
        "timezone": zone,
        "time": {"columns": kept if len(kept) > 1 else kept[0], "format": pattern},
        "interval_minutes": step_minutes(whole, pattern),
    }


def _aware(text: pd.Series) -> bool:
    return bool(text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$").all())


def _fitting(text: pd.Series, patterns: Sequence[str]) -> list[str]:
    """Return the formats in which all stamps can be read."""
    if not len(text):
        return []
    if text.str.fullmatch(r"1\d{9}(\d{3})?(\.0*)?").all():
        return ["%s"]
    if not patterns and text.str.contains(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}").all():
        return [ISO]
    candidates = patterns or [
        f"{date}{between}{time}{zone}"
        for date in _DATES
        for between in _BETWEEN
        for time in _TIMES
        for zone in ("", "%z")
        if between or (date == "%Y%m%d" and time in ("%H", "%H%M", "%H:%M"))
    ]
    few = text.iloc[:3]
    shaped = [pattern for pattern in candidates if _has_shape(few.iloc[0], pattern)]
    rough = [pattern for pattern in shaped if _reads(few, pattern)]
    return [pattern for pattern in rough if _reads(text, pattern)]


def _has_shape(stamp: str, pattern: str) -> bool:
    """Whether a stamp may be of a format, by a look at its digits: cheaper than to parse it."""
    shape = re.escape(pattern)
    for code, expression in _SHAPES.items():
        shape = shape.replace(code, expression)
    return re.fullmatch(shape, stamp) is not None


def _reads(text: pd.Series, pattern: str) -> bool:
    try:
        parse_stamps(text, pattern, where="")
    except ValueError:
        return False
    return True


def _settled(text: pd.Series, fits: list[str], where: str) -> str:
    """Return the one format that is left: days before months or after them, by their steps."""
    if len(fits) == 1:
        return fits[0]
    steps = {}
    for pattern in fits:
        stamps = parse_stamps(text, pattern, where=where)
        gaps = np.abs(np.diff(stamps.asi8))
        steps[pattern] = float(gaps.sum()) if len(gaps) else 0.0
    order = sorted(fits, key=lambda pattern: steps[pattern])
    if steps[order[0]] == steps[order[1]] and _days_and_months(order[0], order[1]):
        raise input_error(
            "stamps",
            where=where,
            allowed="days and months that can be told apart; state time.format in a declaration",
            got=f"{text.iloc[0]}: {order[0]} or {order[1]}",
        )
    return order[0]


def _days_and_months(one: str, other: str) -> bool:
    return one.index("%d") < one.index("%m") if "%d" in one and "%m" in one else other != one


def _zone_in(names: Sequence[str]) -> str | None:
    for name in names:
        offset = re.search(r"(?:UTC|GMT)\s*([+-]\d{1,2}(?::?\d{2})?)", name, re.I)
        if offset:
            return offset[1] if ":" in offset[1] else f"{int(offset[1]):+03d}:00"
        for word in re.findall(r"[a-z]+", name.lower()):
            if word in _ABBREVIATIONS:
                return _ABBREVIATIONS[word]
    return None


def step_minutes(text: Sequence[str], pattern: str) -> int:
    """Return the usual step of stamps, minutes."""
    sample = pd.Series(list(text)[: 20 * _SAMPLE], dtype=str)
    stamps = parse_stamps(sample, pattern, where="stamps")
    steps = np.abs(np.diff(stamps.asi8))
    steps = steps[steps > 0]
    if not len(steps):
        return 60
    minutes = round(float(np.median(steps)) / 60e9)
    return max(1, minutes)
