"""A scenario is ``data/scenarios/base.yaml`` plus what ``<name>.yaml`` says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from greenanalysis.errors import InputError, input_error, unknown_name
from greenanalysis.paths import data_dir
from greenanalysis.scenario_rules import (
    LISTS,
    METHODS,
    RULES,
    MustDeliver,
    PriceState,
)
from greenanalysis.tables import read_facts

BASE = "base"
__all__ = [
    "METHODS",
    "MustDeliver",
    "PriceState",
    "Scenario",
    "export_corridors",
    "load_scenario",
    "scenario_names",
]


@dataclass(frozen=True)
class Demand:
    """Demand of Kazakhstan: ``growth`` a year after the last reported one (None: assumptions).

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


@dataclass(frozen=True)
class Scenario:
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


def scenario_names(directory: Path | None = None) -> list[str]:
    """Return the names of the scenarios in ``data/scenarios``, the base first.

    Parameters
    ----------
    directory : folder of the YAML files; default ``data/scenarios``.
    """
    folder = directory or data_dir() / "scenarios"
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    return sorted(names, key=lambda name: name != BASE)


def export_corridors() -> list[str]:
    """Return the names of the candidate corridors that lead to (or between) markets."""
    names = read_facts("corridors")["corridor"]
    return [name for name in names if not name.startswith("KZ-")]


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
    layers: list[tuple[str, Mapping[str, object]]] = [_read(folder / f"{BASE}.yaml")]
    if name != BASE:
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
    if key in LISTS:
        return LISTS[key](key, value, where)
    kinds: dict[object, tuple[type, ...]] = {
        float: (int, float),
        float | None: (int, float, type(None)),
    }
    accepted = kinds.get(kind, (kind,))
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        allowed = " or ".join("null" if k is type(None) else k.__name__ for k in accepted)
        raise input_error(key, where=where, allowed=allowed, got=repr(value))
    if key in RULES and not RULES[key][0](value):
        raise input_error(key, where=where, allowed=RULES[key][1], got=repr(value))
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
