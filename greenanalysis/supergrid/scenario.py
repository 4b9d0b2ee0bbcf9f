"""A scenario is ``data/scenarios/base.yaml`` plus what ``<name>.yaml`` says otherwise.

Which values the keys of a scenario may take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeGuard, get_type_hints

import yaml

from greenanalysis.core.display import Card, Shown
from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country

METHODS = ("ipm", "simplex", "hipdlp")
_MOST_STATES = 20
_Rule = tuple[Callable[[Any], bool], str]


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


def _within(low: float, high: float) -> _Rule:
    return (lambda value: value is None or low <= value <= high), f"{low:g} to {high:g}"


def _one_of(*values: object) -> _Rule:
    return (lambda value: value in values), ", ".join(str(value) for value in values)


_RULES: dict[str, _Rule] = {
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


def _price_states(key: str, value: object, where: str) -> tuple[PriceState, ...] | None:
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
        f"null, or a list of 1 to {_MOST_STATES} states such as {{factor: 0.7, probability: 0.3}}, "
        "factors 0 to 10, probabilities above 0 with the sum 1"
    )
    rows = list(value) if isinstance(value, (list, tuple)) else []
    states = [state for row in rows if (state := _price_state(row)) is not None]
    total = sum(state.probability for state in states)
    if not 0 < len(states) == len(rows) <= _MOST_STATES:
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
    key, where : as in :func:`_price_states`.
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


def _weather_years(key: str, value: object, where: str) -> tuple[int, ...] | None:
    """Return the years of the weather that a scenario takes: None for one, empty for all.

    Parameters
    ----------
    key, where : as in :func:`_price_states`.
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
    if len(years) < len(asked) or len(years) > _MOST_STATES or value == []:
        allowed = f"null, all, a year, or a list of up to {_MOST_STATES} different years"
        raise input_error(key, where=where, allowed=allowed, got=repr(value))
    return tuple(years)


def _is_year(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200


_LISTS: dict[str, Callable[[str, object, str], object]] = {
    "markets.price_states": _price_states,
    "markets.must_deliver": must_deliver,
    "weather_years": _weather_years,
}
"""Keys whose values are lists, and what reads them."""


_BASE = "base"


@dataclass(frozen=True)
class Demand:
    """Demand of the country: ``growth`` a year after the last reported one (None: assumptions).

    ``temperature``: whether cold days of a month ask for more than mild ones.
    """

    growth: float | None
    temperature: bool


@dataclass(frozen=True)
class Corridors:
    """Which export corridors may be built, how many MW of each must be, at which cost factor.

    ``loss_steps`` : in how many steps the losses of a line grow with its load (1: one mean rate).
    """

    allowed: tuple[str, ...]
    least_mw: float
    reinforce_inside: bool
    cost_factor: float
    loss_steps: int


@dataclass(frozen=True)
class Markets:
    """Whether there is export, at which multiple of the prices, and how far these fall.

    ``price_drop`` : by which fraction the price is lower for the last MW that a market takes than
    for the first (None: assumptions). ``price_states`` : multiples of the prices of which nobody
    knows which comes when investments are decided (None: prices are known). ``must_deliver`` :
    energy that a market must get in each year, whatever it pays (None: nothing).
    """

    export: bool
    price_factor: float
    price_drop: float | None
    price_states: tuple[PriceState, ...] | None
    must_deliver: tuple[MustDeliver, ...] | None


@dataclass(frozen=True)
class Fleet:
    """Plants: age at which those that stand retire (None: never), and which storage may be built.

    A plant without a known year never retires.
    """

    retire_after_years: float | None
    pumped_hydro: bool
    hydrogen: bool


@dataclass(frozen=True)
class Time:
    """How the year is reduced: number of typical days, hours in a step, whether days are linked.

    ``link_days`` : storage of more than a day carries energy from day to day in the order of the
    real year, and smaller storage ends each typical day as it began; without it each typical day
    ends with empty storage.
    """

    typical_days: int
    hours_per_step: int
    link_days: bool


@dataclass(frozen=True)
class Solver:
    """How HiGHS solves the network: method, relative tolerance of the gap, limit in seconds."""

    method: str
    tolerance: float
    time_limit_s: float


@dataclass(frozen=True, repr=False)
class Scenario(Shown):
    """All that tells one Super Grid run from another.

    ``weather_years`` : years of the weather that may come, equally likely (None: the one nearest to
    their mean; empty: all). ``co2_limit_mt`` : most CO2 emitted at home in a year (None: no limit).
    ``res_share`` : least share of solar and wind in what is generated at home (None: no target).
    """

    name: str
    title: str
    question: str
    weather: str
    weather_years: tuple[int, ...] | None
    year: int
    wacc: float | None
    co2_price_usd_per_t: float
    co2_limit_mt: float | None
    res_share: float | None
    demand: Demand
    fleet: Fleet
    corridors: Corridors
    markets: Markets
    time: Time
    solver: Solver

    def _card(self) -> Card:
        settings = {
            f"{part}.{key}" if part else key: value
            for part, group in [("", vars(self)), *_groups(self)]
            for key, value in group.items()
            if not is_dataclass(value) and key not in ("name", "title", "question")
        }
        return Card(
            title=f"Scenario {self.name}: {self.title}",
            caption=self.question,
            figures=[
                ("year", str(self.year)),
                ("weather", self.weather),
                ("corridors that may be built", ", ".join(self.corridors.allowed) or "none"),
            ],
            holds={
                name: "none" if value is None else str(value) for name, value in settings.items()
            },
        )


def _groups(scenario: Scenario) -> list[tuple[str, dict[str, object]]]:
    return [(name, vars(group)) for name, group in vars(scenario).items() if is_dataclass(group)]


def scenario_names(directory: Path | None = None) -> list[str]:
    """Return the names of the scenarios in ``data/scenarios``, the base first.

    Parameters
    ----------
    directory : folder of the YAML files; default ``data/scenarios``.
    """
    folder = directory or data_dir() / "scenarios"
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    return sorted(names, key=lambda name: name != _BASE)


def export_corridors() -> list[str]:
    """Return the names of the candidate corridors that lead to (or between) markets."""
    table, country = read_facts("corridors"), load_country()
    inside = country.inside(table["bus0"]) & country.inside(table["bus1"])
    return table.loc[~inside, "corridor"].tolist()


def load_scenario(
    name: str, overrides: Mapping[str, object] | None = None, *, directory: Path | None = None
) -> Scenario:
    """Return the named scenario: the base, what its own file changes, then ``overrides``.

    Parameters
    ----------
    name : one of :func:`scenario_names`.
    overrides : further changes, nested (``{"markets": {"price_factor": 2}}``) or with dots
        (``{"markets.price_factor": 2}``).
    directory : folder of the YAML files; default ``data/scenarios``.

    Raises
    ------
    InputError : unknown scenario, key or value; the message names file, key, allowed and got.
    """
    folder = directory or data_dir() / "scenarios"
    names = scenario_names(folder)
    if name not in names:
        raise unknown_name("scenario", name, names, where=str(folder))
    layers: list[tuple[str, Mapping[str, object]]] = [_read(folder / f"{_BASE}.yaml")]
    if name != _BASE:
        layers.append(_read(folder / f"{name}.yaml"))
    layers.append(("overrides", overrides or {}))
    values: dict[str, object] = {}
    origin: dict[str, str] = {}
    known = _keys(Scenario)
    for where, layer in layers:
        for key, value in _flat(layer, where).items():
            if key not in known:
                raise unknown_name("key", key, known, where=where)
            values[key], origin[key] = value, where
    missing = [key for key in known if key not in values]
    if missing:
        raise input_error("keys", where=layers[0][0], allowed=list(known), got=f"no {missing}")
    checked = {key: _checked(key, values[key], known[key], origin[key]) for key in known}
    scenario: Scenario = _build(Scenario, {"name": name, **checked})
    return scenario


def _read(path: Path) -> tuple[str, Mapping[str, object]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"scenario {path} cannot be read as YAML: {error}") from error
    if not isinstance(content, Mapping):
        raise input_error("content", where=str(path), allowed="keys and values", got=content)
    return str(path), content


def _flat(layer: Mapping[str, object], where: str, prefix: str = "") -> dict[str, object]:
    out: dict[str, object] = {}
    for key, value in layer.items():
        if isinstance(value, Mapping):
            out.update(_flat(value, where, f"{prefix}{key}."))
        else:
            out[f"{prefix}{key}"] = value
    return out


def _keys(kind: type, prefix: str = "") -> dict[str, type]:
    hints = get_type_hints(kind)
    out: dict[str, type] = {}
    for field in fields(kind):
        if prefix == "" and field.name == "name":
            continue
        if is_dataclass(hints[field.name]):
            out.update(_keys(hints[field.name], f"{prefix}{field.name}."))
        else:
            out[prefix + field.name] = hints[field.name]
    return out


def _checked(key: str, value: object, kind: type, where: str) -> object:
    if kind == tuple[str, ...]:
        return _corridor_names(key, value, where)
    if key in _LISTS:
        return _LISTS[key](key, value, where)
    kinds: dict[object, tuple[type, ...]] = {
        float: (int, float),
        float | None: (int, float, type(None)),
    }
    accepted = kinds.get(kind, (kind,))
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        allowed = " or ".join("null" if k is type(None) else k.__name__ for k in accepted)
        raise input_error(key, where=where, allowed=allowed, got=repr(value))
    if key in _RULES and not _RULES[key][0](value):
        raise input_error(key, where=where, allowed=_RULES[key][1], got=repr(value))
    return float(value) if isinstance(value, (int, float)) and float in accepted else value


def _corridor_names(key: str, value: object, where: str) -> tuple[str, ...]:
    known = export_corridors()
    if value == "all":
        return tuple(known)
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise input_error(key, where=where, allowed=f"all, or a list of {known}", got=repr(value))
    for name in value:
        if name not in known:
            raise unknown_name(f"corridor in {key}", name, known, where=where)
    return tuple(name for name in known if name in value)


def _build(kind: type, values: Mapping[str, object], prefix: str = "") -> Any:
    hints = get_type_hints(kind)
    arguments = {
        field.name: _build(hints[field.name], values, f"{prefix}{field.name}.")
        if is_dataclass(hints[field.name])
        else values[prefix + field.name]
        for field in fields(kind)
    }
    return kind(**arguments)
