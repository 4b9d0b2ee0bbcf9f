"""Which values the keys of a scenario may take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

METHODS = ("ipm", "simplex", "hipdlp")
Rule = tuple[Callable[[Any], bool], str]


def _within(low: float, high: float) -> Rule:
    return (lambda value: value is None or low <= value <= high), f"{low:g} to {high:g}"


def _one_of(*values: object) -> Rule:
    return (lambda value: value in values), ", ".join(str(value) for value in values)


RULES: dict[str, Rule] = {
    "title": ((lambda text: bool(text.strip())), "a text"),
    "question": ((lambda text: bool(text.strip())), "a text"),
    "weather": ((lambda text: bool(text.strip())), "the name of a weather"),
    "year": _within(2020, 2050),
    "wacc": _within(0.0, 0.30),
    "co2_price_usd_per_t": _within(0.0, 1000.0),
    "res_share": _within(0.0, 1.0),
    "demand.growth": _within(-0.05, 0.15),
    "corridors.least_mw": _within(0.0, 20000.0),
    "corridors.cost_factor": _within(0.0, 10.0),
    "markets.price_factor": _within(0.0, 10.0),
    "markets.price_drop": _within(0.0, 0.99),
    "fleet.retire_after_years": _within(1.0, 200.0),
    "time.typical_days": _within(1, 365),
    "time.hours_per_step": _one_of(1, 2, 3, 4, 6),
    "solver.method": _one_of(*METHODS),
    "solver.tolerance": _within(1e-9, 1e-2),
    "solver.time_limit_s": _within(1.0, 36000.0),
}
