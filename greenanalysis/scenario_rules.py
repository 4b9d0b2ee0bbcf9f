"""Which values the keys of a scenario may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from greenanalysis.errors import input_error, unknown_name
from greenanalysis.tables import read_facts

METHODS = ("ipm", "simplex", "hipdlp")
MOST_STATES = 20
Rule = tuple[Callable[[Any], bool], str]


@dataclass(frozen=True)
class PriceState:
    """A state of the markets: prices are ``factor`` times the usual, with this probability."""

    factor: float
    probability: float


@dataclass(frozen=True)
class MustDeliver:
    """Energy that a market must get in each year, TWh."""

    market: str
    twh: float


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
    "co2_limit_mt": _within(0.0, 1000.0),
    "res_share": _within(0.0, 1.0),
    "demand.growth": _within(-0.05, 0.15),
    "corridors.least_mw": _within(0.0, 20000.0),
    "corridors.cost_factor": _within(0.0, 10.0),
    "corridors.loss_steps": _within(1, 6),
    "markets.price_factor": _within(0.0, 10.0),
    "markets.price_drop": _within(0.0, 0.99),
    "fleet.retire_after_years": _within(1.0, 200.0),
    "time.typical_days": _within(1, 365),
    "time.hours_per_step": _one_of(1, 2, 3, 4, 6),
    "solver.method": _one_of(*METHODS),
    "solver.tolerance": _within(1e-9, 1e-2),
    "solver.time_limit_s": _within(1.0, 36000.0),
}


def price_states(key: str, value: object, where: str) -> tuple[PriceState, ...] | None:
    """Return the states of market prices that a scenario asks for, None for none.

    Parameters
    ----------
    key, where : name of the value and where it stands, for the message.
    value : a list of mappings with ``factor`` (0 to 10) and ``probability`` (above 0).

    Raises
    ------
    InputError : anything else, or probabilities that do not sum to 1.
    """
    if value is None:
        return None
    allowed = (
        f"null, or a list of 1 to {MOST_STATES} states such as {{factor: 0.7, probability: 0.3}}, "
        "factors 0 to 10, probabilities above 0 with the sum 1"
    )
    rows = list(value) if isinstance(value, (list, tuple)) else []
    states = [state for row in rows if (state := _price_state(row)) is not None]
    total = sum(state.probability for state in states)
    if not 0 < len(states) == len(rows) <= MOST_STATES:
        raise input_error(key, where=where, allowed=allowed, got=repr(value))
    if abs(total - 1.0) > 1e-6:
        got = f"{[state.probability for state in states]} with the sum {total:g}"
        raise input_error(f"{key}, probabilities", where=where, allowed="the sum 1", got=got)
    return tuple(states)


def _price_state(row: object) -> PriceState | None:
    """Return a state, None for what is none."""
    if isinstance(row, PriceState):
        row = {"factor": row.factor, "probability": row.probability}
    if not isinstance(row, Mapping) or set(row) != {"factor", "probability"}:
        return None
    numbers = (row["factor"], row["probability"])
    if any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in numbers):
        return None
    factor, probability = (float(n) for n in numbers)
    within = 0.0 <= factor <= 10.0 and 0.0 < probability <= 1.0
    return PriceState(factor, probability) if within else None


def must_deliver(key: str, value: object, where: str) -> tuple[MustDeliver, ...] | None:
    """Return what markets must get, None for nothing.

    Parameters
    ----------
    key, where : as in :func:`price_states`.
    value : a list of mappings with ``market`` and ``twh`` (above 0, up to 1000).

    Raises
    ------
    InputError : anything else, an unknown market, or one that is named twice.
    """
    if value is None:
        return None
    known = list(read_facts("markets")["market"])
    allowed = (
        "null, or a list such as {market: azerbaijan, twh: 5}, each market once, above 0 and up to "
        "1000 TWh"
    )
    rows = list(value) if isinstance(value, (list, tuple)) else []
    found = [asked for row in rows if (asked := _must_deliver(row)) is not None]
    once = len({asked.market for asked in found}) == len(found)
    if not 0 < len(found) == len(rows) or not once:
        raise input_error(key, where=where, allowed=allowed, got=repr(value))
    for asked in found:
        if asked.market not in known:
            raise unknown_name(f"market in {key}", asked.market, known, where=where)
    return tuple(found)


def _must_deliver(row: object) -> MustDeliver | None:
    """Return what a market must get, None for what is none."""
    if isinstance(row, MustDeliver):
        return row
    if not isinstance(row, Mapping) or set(row) != {"market", "twh"}:
        return None
    market, twh = row["market"], row["twh"]
    if not isinstance(market, str) or isinstance(twh, bool) or not isinstance(twh, (int, float)):
        return None
    return MustDeliver(market, float(twh)) if 0.0 < twh <= 1000.0 else None


def weather_years(key: str, value: object, where: str) -> tuple[int, ...] | None:
    """Return the years of the weather that a scenario takes: None for one, empty for all.

    Parameters
    ----------
    key, where : as in :func:`price_states`.
    value : null, ``all``, a year, or a list of years.

    Raises
    ------
    InputError : anything else.
    """
    if value is None:
        return None
    if value == "all":
        return ()
    asked = list(value) if isinstance(value, (list, tuple)) else [value]
    years = sorted({y for y in asked if _is_year(y)})
    if len(years) < len(asked) or len(years) > MOST_STATES or value == []:
        allowed = f"null, all, a year, or a list of up to {MOST_STATES} different years"
        raise input_error(key, where=where, allowed=allowed, got=repr(value))
    return tuple(years)


def _is_year(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200


LISTS: dict[str, Callable[[str, object, str], object]] = {
    "markets.price_states": price_states,
    "markets.must_deliver": must_deliver,
    "weather_years": weather_years,
}
"""Keys whose values are lists, and what reads them."""
