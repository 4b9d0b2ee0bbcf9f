"""One row of a file, checked by itself: what is needed, types, units, ranges, dates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from greenanalysis.geo.country import load_country
from greenanalysis.registry.vocabulary import Vocabulary

_MAX_TEXT = 30_000
_FIRST_YEAR = 1880
_GAP = re.compile(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}\b)")
_DAY = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T.*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})"), (3, 2, 1)),
)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_YEAR = re.compile(r"(\d{4})(?:\.0)?")


@dataclass(frozen=True)
class Reading:
    """What a row is read with: words, decimal mark, region codes by name, today."""

    vocabulary: Vocabulary
    decimal: str
    today: dt.date


def _refuse(code: str, text: str, **got: Any) -> PydanticCustomError:
    return PydanticCustomError(code, text, got)


def _text(value: Any) -> str:
    if value is None:
        raise _refuse("missing", "a needed cell is empty")
    text = f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    if len(text) > _MAX_TEXT:
        raise _refuse(
            "too-long", "{length} characters; at most {most}", length=len(text), most=_MAX_TEXT
        )
    return text


def _bin(value: Any) -> str | None:
    if value is None:
        return None
    text = f"{value:.0f}" if isinstance(value, float) else str(value).strip()
    if not re.fullmatch(r"\d{12}", text.zfill(12) if isinstance(value, float) else text):
        raise _refuse("bin", "{got} is no business number of 12 digits", got=text[:40])
    return text.zfill(12)


def _number(value: Any, info: ValidationInfo) -> float:
    if value is None:
        raise _refuse("missing", "a needed cell is empty")
    if isinstance(value, float):
        return _finite(value)
    mark = info.context["reading"].decimal if info.context else "."
    text = _GAP.sub("", str(value).strip())
    other = "," if mark == "." else "."
    if other in text:
        raise _refuse(
            "decimal-mark",
            "{got}: the declared decimal mark is {mark}",
            got=text[:40],
            mark=repr(mark),
        )
    if not re.fullmatch(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?", text):
        raise _refuse("number", "{got} is not a number", got=text[:40])
    return _finite(float(text.replace(",", ".")))


def _finite(value: float) -> float:
    if not abs(value) < 1e18:
        raise _refuse("number", "{got} is not a usable number", got=str(value))
    return value


def _optional_number(value: Any, info: ValidationInfo) -> float | None:
    return None if value is None else _number(value, info)


def _word(group: str, value: Any, info: ValidationInfo) -> str:
    text = _text(value)
    vocabulary: Vocabulary = info.context["reading"].vocabulary  # type: ignore[index]
    found = vocabulary.word(group, text)
    if found is None:
        known = ", ".join(dict.fromkeys(vocabulary.words[group].values()))
        raise _refuse(group, "{got} is unknown; known: {known}", got=text[:40], known=known)
    return found


def _region(value: Any) -> str:
    found = _region_name(_text(value))
    if found is None:
        text = f"{{got}} is no region of {load_country().name}"
        raise _refuse("region", text, got=str(value)[:40])
    return found


@lru_cache(maxsize=10_000)
def _region_name(text: str) -> str | None:
    from greenanalysis.geo.names import match_code, match_name

    return match_code(text) or match_name(text, fuzzy=True)


def _read_period(text: str) -> tuple[dt.date, dt.date, str]:
    """Return first day, last day and precision (year, month or day) of a date as written.

    Raises
    ------
    ValueError : not a date.
    """
    text = text.strip()
    for pattern, order in _DAY:
        if found := pattern.fullmatch(text):
            year, month, day = (int(found.group(n)) for n in order)
            date = dt.date(year, month, day)
            return date, date, "day"
    if found := _MONTH.fullmatch(text):
        year, month = int(found.group(1)), int(found.group(2))
        first = dt.date(year, month, 1)
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        return first, after - dt.timedelta(days=1), "month"
    if found := _YEAR.fullmatch(text):
        year = int(found.group(1))
        return dt.date(year, 1, 1), dt.date(year, 12, 31), "year"
    raise ValueError(text)


def _period(value: Any, info: ValidationInfo) -> tuple[dt.date, dt.date, str]:
    try:
        start, end, precision = _read_period(_text(value))
    except ValueError:
        allowed = "a year, YYYY-MM, YYYY-MM-DD or DD.MM.YYYY"
        raise _refuse(
            "date", "{got} is no date ({allowed})", got=str(value)[:40], allowed=allowed
        ) from None
    if start.year < _FIRST_YEAR:
        raise _refuse("date", "{got} lies before {first}", got=str(value)[:40], first=_FIRST_YEAR)
    reading: Reading = info.context["reading"]  # type: ignore[index]
    field = str(info.field_name)
    if start > reading.today and field != "commissioned":
        raise _refuse("future", "{got} lies in the future", got=str(value)[:40])
    return start, end, precision


def _optional_period(value: Any, info: ValidationInfo) -> tuple[dt.date, dt.date, str] | None:
    return None if value is None else _period(value, info)


_Text = Annotated[str, BeforeValidator(_text)]
_MaybeText = Annotated[str | None, BeforeValidator(lambda v: None if v is None else _text(v))]
_Number = Annotated[float, BeforeValidator(_number)]
_MaybeNumber = Annotated[float | None, BeforeValidator(_optional_number)]
_Technology = Annotated[str, BeforeValidator(lambda v, i: _word("technology", v, i))]
_Status = Annotated[str, BeforeValidator(lambda v, i: _word("status", v, i))]
_Kind = Annotated[str, BeforeValidator(lambda v, i: _word("kind", v, i))]
_Quantity = Annotated[str, BeforeValidator(lambda v, i: _word("quantity", v, i))]
_Region = Annotated[str, BeforeValidator(_region)]
_Bin = Annotated[str | None, BeforeValidator(_bin)]
_Span = tuple[dt.date, dt.date, str]
_Period = Annotated[_Span, BeforeValidator(_period)]
_MaybePeriod = Annotated[_Span | None, BeforeValidator(_optional_period)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")
    measured: ClassVar[tuple[str, str]]


class FacilityRow(_Row):
    """A plant."""

    measured: ClassVar = ("capacity", "capacity_unit")
    name: _Text
    technology: _Technology
    capacity: _Number
    capacity_unit: _Text
    region: _Region
    status: _Status
    enterprise: _MaybeText = None
    bin: _Bin = None
    latitude: _MaybeNumber = None
    longitude: _MaybeNumber = None
    commissioned: _MaybePeriod = None
    note: _MaybeText = None


class MeasureRow(_Row):
    """A measure of an enterprise and what it brought in a period."""

    measured: ClassVar = ("value", "unit")
    enterprise: _Text
    kind: _Kind
    title: _Text
    region: _Region
    period: _Period
    quantity: _Quantity
    value: _Number
    unit: _Text
    reported_by: _Text
    bin: _Bin = None
    status: _Status = "operating"
    started: _MaybePeriod = None
    reported_at: _MaybePeriod = None
    note: _MaybeText = None


class ObservationRow(_Row):
    """What a plant did in a period."""

    measured: ClassVar = ("value", "unit")
    name: _Text
    technology: _Technology
    region: _Region
    period: _Period
    quantity: _Quantity
    value: _Number
    unit: _Text
    reported_by: _Text
    enterprise: _MaybeText = None
    reported_at: _MaybePeriod = None
    note: _MaybeText = None


_ROWS: dict[str, type[_Row]] = {
    "facility": FacilityRow,
    "measure": MeasureRow,
    "observation": ObservationRow,
}


def check_row(
    kind: str, row: Mapping[str, Any], reading: Reading
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the row with values in base units, and what is wrong as (code, text).

    Parameters
    ----------
    kind : ``facility``, ``measure`` or ``observation``.
    row : field -> cell.
    reading : words, decimal mark, today.
    """
    model = _ROWS[kind]
    try:
        given = {name: value for name, value in row.items() if value is not None}
        needed = {name: None for name, info in model.model_fields.items() if info.is_required()}
        checked = model.model_validate(needed | given, context={"reading": reading}).model_dump()
    except ValidationError as error:
        return {}, [(item["type"], f"{item['loc'][0]}: {item['msg']}") for item in error.errors()]
    return checked, _measured(kind, checked, reading.vocabulary)


def _measured(kind: str, row: dict[str, Any], vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Convert the measured field to its base unit, in place; return what is wrong with it."""
    value_name, unit_name = _ROWS[kind].measured
    quantity = "capacity" if kind == "facility" else row["quantity"]
    limits = vocabulary.quantities[quantity]
    converted = vocabulary.convert(row[value_name], row[unit_name])
    if converted is None or converted[1] != limits["unit"]:
        return [("unit", f"{row[unit_name][:40]!r} is no unit of {quantity} ({limits['unit']})")]
    row[value_name], row[unit_name] = converted
    low, high = float(limits["min"]), float(limits["max"])
    if kind == "facility":
        low, high = 1e-4, float(vocabulary.technologies[row["technology"]]["max_mw"])
    if not low <= row[value_name] <= high:
        said = f"{quantity} {converted[0]:g} {converted[1]} is outside {low:g} to {high:g}"
        return [("range", said)]
    return []
