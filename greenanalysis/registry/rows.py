"""One row of a file, checked by itself: what is needed, types, units, ranges, dates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from greenanalysis.geo.country import load_country
from greenanalysis.registry.cells import (
    Span,
    is_business_number,
    is_peak,
    read_degrees,
    read_number,
    read_period,
    split_unit,
)
from greenanalysis.registry.vocabulary import Vocabulary

_MAX_TEXT = 30_000
_FIRST_YEAR = 1880
_SHOWN = 40
_DATES = "a year, YYYY-MM, MM.YYYY, YYYY-MM-DD, DD.MM.YYYY, IV квартал YYYY"


@dataclass(frozen=True)
class Reading:
    """What a row is read with.

    ``decimal`` is the mark by field (empty: either), ``order`` that of day and month by field.
    """

    vocabulary: Vocabulary
    today: dt.date
    decimal: Mapping[str, str] = field(default_factory=dict)
    order: Mapping[str, str] = field(default_factory=dict)


def _refuse(code: str, text: str, **got: Any) -> PydanticCustomError:
    return PydanticCustomError(code, text, got)


def _reading(info: ValidationInfo) -> Reading:
    reading: Reading = info.context["reading"]  # type: ignore[index]
    return reading


def _text(value: Any) -> str:
    if value is None:
        raise _refuse("missing", "a needed cell is empty")
    text = f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    if len(text) > _MAX_TEXT:
        said = "{length} characters; at most {most}"
        raise _refuse("too-long", said, length=len(text), most=_MAX_TEXT)
    return text


def _bin(value: Any) -> str:
    text = f"{value:.0f}" if isinstance(value, float) else str(value).strip()
    text = text.zfill(12) if isinstance(value, float) else text
    if not re.fullmatch(r"\d{12}", text):
        raise _refuse("bin", "{got} is no business number of 12 digits", got=text[:_SHOWN])
    if not is_business_number(text):
        raise _refuse("bin", "{got} has a wrong check digit: a digit is mistyped", got=text)
    return text


def _number(value: Any, info: ValidationInfo) -> float:
    if value is None:
        raise _refuse("missing", "a needed cell is empty")
    if isinstance(value, float):
        return _finite(value)
    text = str(value).strip()
    if text.startswith("="):
        said = "{got} is a formula without a stored value: open the file, save it, import again"
        raise _refuse("number", said, got=text[:_SHOWN])
    mark = _reading(info).decimal.get(str(info.field_name), ".")
    try:
        return _finite(read_number(text, decimal=mark))
    except ValueError as error:
        if str(error) == "decimal-mark":
            said = "{got}: the decimal mark here is {mark} (decimal: in a mapping)"
            raise _refuse("decimal-mark", said, got=text[:_SHOWN], mark=repr(mark or "?")) from None
        raise _refuse("number", "{got} is not a number", got=text[:_SHOWN]) from None


def _finite(value: float) -> float:
    if not abs(value) < 1e18:
        raise _refuse("number", "{got} is not a usable number", got=str(value))
    return value


def _degrees(value: Any, most: float) -> float:
    try:
        degrees = value if isinstance(value, float) else read_degrees(str(value))
    except ValueError:
        said = "{got} is no coordinate in degrees (43.57, 43,57 or 43°34'12\"N)"
        raise _refuse("number", said, got=str(value)[:_SHOWN]) from None
    if not abs(degrees) <= most:
        raise _refuse("number", "{got} degrees is beyond {most}", got=str(degrees), most=most)
    return degrees


def _word(group: str, value: Any, info: ValidationInfo) -> str:
    text = _text(value)
    vocabulary = _reading(info).vocabulary
    # lists and remarks of published tables: "mothballed - inferred 4 y", "fossil gas: natural gas"
    parts = (text, *(text.partition(mark)[0] for mark in (" - ", ";", ":", ", ")))
    word = next((known for part in parts if (known := vocabulary.word(group, part))), None)
    if word is None:
        known = ", ".join(dict.fromkeys(vocabulary.words[group].values()))
        raise _refuse(group, "{got} is unknown; known: {known}", got=text[:_SHOWN], known=known)
    return word


def _region(value: Any) -> str:
    code = _region_name(_text(value))
    if code is None:
        text = f"{{got}} is no region of {load_country().name}"
        raise _refuse("region", text, got=str(value)[:_SHOWN])
    return code


@lru_cache(maxsize=10_000)
def _region_name(text: str) -> str | None:
    from greenanalysis.geo.names import match_code, match_name

    return match_code(text) or match_name(text, fuzzy=True)


def _period(value: Any, info: ValidationInfo) -> Span:
    name = str(info.field_name)
    reading = _reading(info)
    try:
        span = read_period(_text(value), order=reading.order.get(name, "dmy"))
    except ValueError:
        said = "{got} is no date ({allowed})"
        raise _refuse("date", said, got=str(value)[:_SHOWN], allowed=_DATES) from None
    if span[0].year < _FIRST_YEAR:
        said = "{got} lies before {first}"
        raise _refuse("date", said, got=str(value)[:_SHOWN], first=_FIRST_YEAR)
    if span[0] > reading.today and name not in ("commissioned", "retired"):
        raise _refuse("future", "{got} lies in the future", got=str(value)[:_SHOWN])
    return span


def _event(value: Any, info: ValidationInfo) -> Span:
    """Return when something happened: of a span of years, the first."""
    start, end, precision = _period(value, info)
    if precision == "years":
        return start, dt.date(start.year, 12, 31), "year"
    return start, end, precision


def _identifier(value: Any) -> int | None:
    text = _text(value)
    return int(text) if text.isdigit() and len(text) < 10 else None


def _optional(read: Callable[..., Any]) -> Any:
    """Return a validator that leaves an empty cell empty."""
    return lambda value, info: None if value is None else read(value, info)


def _plain(read: Callable[[Any], Any]) -> Callable[[Any, ValidationInfo], Any]:
    return lambda value, info: read(value)


_Text = Annotated[str, BeforeValidator(_text)]
_MaybeText = Annotated[str | None, BeforeValidator(_optional(_plain(_text)))]
_Number = Annotated[float, BeforeValidator(_number)]
_MaybeNumber = Annotated[float | None, BeforeValidator(_optional(_number))]
_Latitude = Annotated[float | None, BeforeValidator(_optional(lambda v, i: _degrees(v, 90)))]
_Longitude = Annotated[float | None, BeforeValidator(_optional(lambda v, i: _degrees(v, 180)))]
_Technology = Annotated[str, BeforeValidator(lambda v, i: _word("technology", v, i))]
_MaybeTechnology = Annotated[
    str | None, BeforeValidator(_optional(lambda v, i: _word("technology", v, i)))
]
_Status = Annotated[str, BeforeValidator(lambda v, i: _word("status", v, i))]
_MaybeStatus = Annotated[str | None, BeforeValidator(_optional(lambda v, i: _word("status", v, i)))]
_Kind = Annotated[str, BeforeValidator(lambda v, i: _word("kind", v, i))]
_Quantity = Annotated[str, BeforeValidator(lambda v, i: _word("quantity", v, i))]
_Region = Annotated[str, BeforeValidator(_region)]
_MaybeRegion = Annotated[str | None, BeforeValidator(_optional(_plain(_region)))]
_Bin = Annotated[str | None, BeforeValidator(_optional(_plain(_bin)))]
_Period = Annotated[Span, BeforeValidator(_period)]
_MaybeEvent = Annotated[Span | None, BeforeValidator(_optional(_event))]
_Identifier = Annotated[int | None, BeforeValidator(_optional(_plain(_identifier)))]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")
    measured: ClassVar[tuple[str, str]]
    strict: ClassVar[frozenset[str]] = frozenset({"region", "status", "plant"})
    """Optional fields of which a bad cell refuses the row all the same."""


class FacilityRow(_Row):
    """A plant."""

    measured: ClassVar = ("capacity", "capacity_unit")
    name: _Text
    technology: _Technology
    capacity: _Number
    capacity_unit: _Text
    status: _MaybeStatus = None
    region: _MaybeRegion = None
    enterprise: _MaybeText = None
    bin: _Bin = None
    latitude: _Latitude = None
    longitude: _Longitude = None
    commissioned: _MaybeEvent = None
    retired: _MaybeEvent = None
    note: _MaybeText = None
    registry_id: _Identifier = None
    plant: _MaybeText = None


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
    started: _MaybeEvent = None
    technology: _MaybeTechnology = None
    investment: _MaybeNumber = None
    taxonomy: _MaybeText = None
    reported_at: _MaybeEvent = None
    note: _MaybeText = None


class ObservationRow(_Row):
    """What a plant did in a period."""

    measured: ClassVar = ("value", "unit")
    name: _Text
    technology: _Technology
    period: _Period
    quantity: _Quantity
    value: _Number
    unit: _Text
    reported_by: _Text
    region: _MaybeRegion = None
    enterprise: _MaybeText = None
    reported_at: _MaybeEvent = None
    note: _MaybeText = None
    registry_id: _Identifier = None
    plant: _MaybeText = None


class NationalRow(_Row):
    """A figure of the whole country by technology."""

    measured: ClassVar = ("value", "unit")
    technology: _Technology
    period: _Period
    quantity: _Quantity
    value: _Number
    unit: _Text
    reported_by: _Text
    reported_at: _MaybeEvent = None
    note: _MaybeText = None


_ROWS: dict[str, type[_Row]] = {
    "facility": FacilityRow,
    "measure": MeasureRow,
    "observation": ObservationRow,
    "national": NationalRow,
}


def check_row(
    kind: str, row: Mapping[str, Any], reading: Reading
) -> tuple[dict[str, Any], list[tuple[str, str]], list[str]]:
    """Return the row with values in base units, what is wrong, and what was left out or changed.

    A cell that is not needed and cannot be read is left out and named; the row goes in.

    Parameters
    ----------
    kind : ``facility``, ``measure``, ``observation`` or ``national``.
    row : field -> cell.
    reading : words, decimal marks, today.

    Returns
    -------
    values : field -> value; empty where the row is refused.
    reasons : (code, text) of each defect.
    notes : what was read otherwise than it stands in the file.
    """
    model = _ROWS[kind]
    notes: list[str] = []
    cells = {name: value for name, value in row.items() if value is not None}
    _unit_of_cell(model.measured, cells)
    needed = {name for name, info in model.model_fields.items() if info.is_required()}
    for _ in range(2):
        try:
            read = model.model_validate(
                dict.fromkeys(needed) | cells, context={"reading": reading}
            ).model_dump()
            break
        except ValidationError as error:
            wrong = error.errors()
            placed = {"latitude", "longitude"} <= set(cells)
            strict = needed | (model.strict - ({"region"} if placed else set()))
            optional = [item for item in wrong if _may_be_left_out(item, strict)]
            if len(optional) < len(wrong):
                return {}, [(i["type"], f"{i['loc'][0]}: {i['msg']}") for i in wrong], []
            for item in optional:
                notes.append(f"{item['loc'][0]} left out: {item['msg']}")
                for name in _together(str(item["loc"][0])):
                    cells.pop(name, None)
    return read, _measured(kind, read, reading.vocabulary, notes), notes


def _may_be_left_out(item: Any, strict: set[str]) -> bool:
    return str(item["loc"][0]) not in strict and item["type"] != "too-long"


def _together(name: str) -> tuple[str, ...]:
    return ("latitude", "longitude") if name in ("latitude", "longitude") else (name,)


def _unit_of_cell(measured: tuple[str, str], cells: dict[str, Any]) -> None:
    """Move a unit that stands behind the number into its own field, in place."""
    value_name, unit_name = measured
    value = cells.get(value_name)
    number, unit = split_unit(value) if isinstance(value, str) else ("", "")
    if unit:
        cells |= {value_name: number, unit_name: unit}


def _measured(
    kind: str, row: dict[str, Any], vocabulary: Vocabulary, notes: list[str]
) -> list[tuple[str, str]]:
    """Convert the measured field to its base unit, in place; return what is wrong with it."""
    value_name, unit_name = _ROWS[kind].measured
    quantity = "capacity" if kind == "facility" else row["quantity"]
    limits = vocabulary.quantities[quantity]
    unit = row[unit_name]
    converted = vocabulary.convert(row[value_name], unit)
    if converted is None or converted[1] != limits["unit"]:
        return [("unit", f"{unit[:_SHOWN]!r} is no unit of {quantity} ({limits['unit']})")]
    if is_peak(unit, vocabulary):
        notes.append(f"{unit} is peak (DC) capacity and is taken as it stands")
    row[value_name], row[unit_name] = converted
    low, high = float(limits["min"]), float(limits["max"])
    if kind == "facility":
        low, high = 1e-4, float(vocabulary.technologies[row["technology"]]["max_mw"])
    if not low <= row[value_name] <= high:
        said = f"{quantity} {converted[0]:g} {converted[1]} is outside {low:g} to {high:g}"
        return [("range", said)]
    return []
