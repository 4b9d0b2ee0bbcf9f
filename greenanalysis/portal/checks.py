"""What is wrong with a report: blockers stop it, warnings are for the reviewer to look at."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from typing import Any, Literal

import pydantic

from greenanalysis.portal.content import (
    Amount,
    ReportContent,
    ReportedMeasure,
    base_unit,
    base_value,
)
from greenanalysis.registry.identity import name_key
from greenanalysis.registry.vocabulary import load_vocabulary

_JUMP = 3.0
_SLIP = 100.0
"""A factor between two periods that asks for a look, and one that only a wrong unit makes; plain
guards of the form, no statistics."""
_HOURS_PER_DAY = 24


@dataclass(frozen=True)
class Finding:
    """One sentence beside one field.

    Attributes
    ----------
    measure : position of the measure, -1 for the whole report.
    field : of :class:`ReportedMeasure`; ``amounts.QUANTITY`` for a quantity.
    level : a blocker stops the report.
    code : of the sentence in :data:`greenanalysis.portal.words.FINDINGS`.
    values : what the sentence names.
    """

    measure: int
    field: str
    level: Literal["blocker", "warning"]
    code: str
    values: Mapping[str, str] = field_of(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "measure": self.measure,
            "field": self.field,
            "level": self.level,
            "code": self.code,
            "values": dict(self.values),
        }


@dataclass(frozen=True)
class Period:
    """The period of a campaign and what the enterprise reported in the one before.

    ``before`` is the value in base units by (folded title, quantity).
    """

    start: dt.date
    end: dt.date
    before: Mapping[tuple[str, str], float] = field_of(default_factory=dict)

    @property
    def hours(self) -> float:
        """Length of the period, h."""
        return ((self.end - self.start).days + 1) * _HOURS_PER_DAY


def read_entries(entries: Mapping[str, Any]) -> tuple[ReportContent | None, list[Finding]]:
    """Return the content of a draft, or None with what keeps it from being one.

    Parameters
    ----------
    entries : as stored; any value may still be text that somebody typed.
    """
    try:
        return ReportContent.model_validate(entries), []
    except pydantic.ValidationError as error:
        return None, [_of_model(problem, entries) for problem in error.errors()]


def _of_model(problem: Any, entries: Mapping[str, Any]) -> Finding:
    """Return the finding for an error of pydantic; texts of pydantic are shown to nobody."""
    place = list(problem["loc"])
    measure = place[1] if len(place) > 1 and place[0] == "measures" else -1
    name = str(place[2]) if len(place) > 2 else str(place[0] if place else "")
    if name == "amounts" and len(place) > 3 and isinstance(place[3], int):
        amounts = entries["measures"][measure]["amounts"]
        quantity = amounts[place[3]].get("quantity") if isinstance(amounts[place[3]], dict) else ""
        name = f"amounts.{quantity}"
    code = {
        "missing": "needed",
        "string_too_short": "needed",
        "string_too_long": "too-long",
        "float_type": "number",
        "greater_than_equal": "number",
        "finite_number": "number",
        "less_than": "too-large",
        "date_from_datetime_parsing": "date",
        "date_parsing": "date",
        "extra_forbidden": "unknown-field",
        "too_long": "too-many",
    }.get(problem["type"], "not-allowed")
    if code == "not-allowed" and problem.get("input") in ("", None):
        code = "needed"
    return Finding(measure, name, "blocker", code)


def check(content: ReportContent, period: Period) -> list[Finding]:
    """Return what is wrong or odd in a report that can be read."""
    findings = [
        f for n, measure in enumerate(content.measures) for f in _of_measure(n, measure, period)
    ]
    findings += _of_titles(content)
    if not content.measures and not content.nothing_to_report:
        findings.append(Finding(-1, "nothing_to_report", "blocker", "empty"))
    if content.measures and content.nothing_to_report:
        findings.append(Finding(-1, "nothing_to_report", "blocker", "both"))
    titles = {name_key(measure.title, plant=False) for measure in content.measures}
    for title in dict.fromkeys(title for title, _ in period.before):
        if title not in titles:
            findings.append(Finding(-1, "", "warning", "gone", {"title": title}))
    return findings


def _of_titles(content: ReportContent) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, measure in enumerate(content.measures):
        key = name_key(measure.title, plant=False) or measure.title
        if key in seen:
            yield Finding(number, "title", "blocker", "twice")
        seen.add(key)


def _of_measure(number: int, measure: ReportedMeasure, period: Period) -> Iterator[Finding]:
    stands = measure.status in ("operating", "retired")
    if measure.started and stands and measure.started > period.end:
        yield Finding(number, "started", "blocker", "started-later")
    if stands and not measure.amounts:
        yield Finding(number, "status", "warning", "no-amounts")
    values: dict[str, float] = {}
    for amount in measure.amounts:
        place = f"amounts.{amount.quantity}"
        if amount.quantity in values:
            yield Finding(number, place, "blocker", "twice")
        result = _converted(amount)
        if isinstance(result, str):
            yield Finding(number, place, "blocker", result, {"unit": base_unit(amount.quantity)})
            continue
        values[amount.quantity] = result
        yield from _against_before(number, measure, amount.quantity, result, period)
        if measure.status == "planned" and amount.quantity not in ("capacity", "investment"):
            yield Finding(number, place, "warning", "planned")
    if "capacity" in values and values.get("generation", 0.0) > values["capacity"] * period.hours:
        most = f"{values['capacity'] * period.hours:.0f}"
        yield Finding(number, "amounts.generation", "blocker", "above-capacity", {"most": most})


def _converted(amount: Amount) -> float | str:
    """Return the value in the base unit, or the code of what is wrong with it."""
    limits = load_vocabulary().quantities[amount.quantity]
    converted = base_value(amount)
    if converted is None:
        return "unit-unknown"
    value, unit = converted
    if unit != limits["unit"]:
        return "unit-other"
    return "too-large" if value > float(limits["max"]) else value


def _against_before(
    number: int, measure: ReportedMeasure, quantity: str, value: float, period: Period
) -> Iterator[Finding]:
    last = period.before.get((name_key(measure.title, plant=False), quantity))
    if not last or not value or 1 / _JUMP <= value / last <= _JUMP:
        return
    slip = not 1 / _SLIP <= value / last <= _SLIP
    if slip or not measure.note:
        values = {"last": f"{last:.6g}", "unit": base_unit(quantity)}
        code, level = ("slip", "blocker") if slip and not measure.note else ("jump", "warning")
        yield Finding(number, f"amounts.{quantity}", level, code, values)  # type: ignore[arg-type]


def blocked(findings: list[Finding]) -> bool:
    """Return whether a report cannot be submitted."""
    return any(finding.level == "blocker" for finding in findings)


def last_period(start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
    """Return the period before one: as many months, ending on the day before it starts."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    index = start.year * 12 + start.month - 1 - months
    first = dt.date(index // 12, index % 12 + 1, 1)
    closing = start - dt.timedelta(days=1)
    return first, closing.replace(day=calendar.monthrange(closing.year, closing.month)[1])
