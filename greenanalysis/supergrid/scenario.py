"""A scenario: its settings with type, default and meaning, and the files that change them.

A scenario is what ``data/scenarios/base.yaml`` says, plus what ``<name>.yaml`` says otherwise; a
setting that neither names has the default stated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import pandas as pd
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticUndefined

from greenanalysis.core.display import Card, Shown
from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.core.yaml_files import read_yaml
from greenanalysis.geo.country import load_country

_Method = Literal["ipm", "simplex", "hipdlp"]
METHODS: tuple[str, ...] = get_args(_Method)
_MOST_STATES = 20
_STEPS = (1, 2, 3, 4, 6)
_BASE = "base"
_STRICT = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid")
"""A scenario file says what it means: no text is read as a number, no ``true`` as 1."""


class _Refused(ValueError):
    """What a validator refuses; ``error`` makes the message from the key and its file."""

    def __init__(self, error: Callable[[str, str], InputError]) -> None:
        super().__init__("refused")
        self.error = error


def _refusal(allowed: str, got: object, part: str = "") -> _Refused:
    return _Refused(
        lambda key, where: input_error(f"{key}{part}", where=where, allowed=allowed, got=got)
    )


def _unknown(kind: str, got: str, known: list[str]) -> _Refused:
    return _Refused(lambda key, where: unknown_name(f"{kind} in {key}", got, known, where=where))


def _text(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise _refusal("a text", repr(value))
    return value


_Text = Annotated[str, BeforeValidator(_text)]


@dataclass(frozen=True, config=_STRICT)
class PriceState:
    """A state of the markets: prices are ``factor`` times the usual, with this probability."""

    factor: float = Field(ge=0.0, le=10.0)
    probability: float = Field(gt=0.0, le=1.0)


@dataclass(frozen=True, config=_STRICT)
class MustDeliver:
    """Energy that a market must get in each year, TWh."""

    market: str
    twh: float = Field(gt=0.0, le=1000.0)


def _rows(value: object, kind: type) -> list[Any] | None:
    """Return a list of mappings as instances of ``kind``, None where it is no such list."""
    if not isinstance(value, list | tuple) or not value:
        return None
    try:
        return [row if isinstance(row, kind) else kind(**row) for row in value]
    except (TypeError, ValidationError):
        return None


def _price_states(value: object) -> object:
    if value is None:
        return None
    states = _rows(value, PriceState)
    if states is None or len(states) > _MOST_STATES:
        allowed = (
            f"null, or a list of 1 to {_MOST_STATES} states such as "
            "{factor: 0.7, probability: 0.3}, factors 0 to 10, probabilities above 0 with the sum 1"
        )
        raise _refusal(allowed, repr(value))
    total = sum(state.probability for state in states)
    if abs(total - 1.0) > 1e-6:
        got = f"{[state.probability for state in states]} with the sum {total:g}"
        raise _refusal("the sum 1", got, part=", probabilities")
    return tuple(states)


def _must_deliver(value: object) -> object:
    if value is None:
        return None
    known = list(read_facts("markets")["market"])
    volumes = _rows(value, MustDeliver)
    if volumes is None or len({volume.market for volume in volumes}) < len(volumes):
        allowed = (
            f"null, or a list such as {{market: {known[-1]}, twh: 5}}, each market once, above 0 "
            "and up to 1000 TWh"
        )
        raise _refusal(allowed, repr(value))
    for volume in volumes:
        if volume.market not in known:
            raise _unknown("market", volume.market, known)
    return tuple(volumes)


def _weather_years(value: object) -> object:
    """Return None for one year, nothing for all, or the years in ascending order."""
    if value is None:
        return None
    if value == "all":
        return ()
    years = list(value) if isinstance(value, list | tuple) else [value]
    whole = sorted({y for y in years if type(y) is int and 1900 <= y <= 2200})
    if len(whole) < len(years) or len(whole) > _MOST_STATES or value == []:
        allowed = f"null, all, a year, or a list of up to {_MOST_STATES} different years"
        raise _refusal(allowed, repr(value))
    return tuple(whole)


def _corridor_names(value: object) -> object:
    known = export_corridors()
    if value == "all":
        return tuple(known)
    if not isinstance(value, list | tuple):
        raise _refusal(f"all, or a list of {known}", repr(value))
    for name in value:
        if name not in known:
            raise _unknown("corridor", name, known)
    return tuple(name for name in known if name in value)


def _step(value: object) -> object:
    if value not in _STEPS:
        raise _refusal(_one_of(_STEPS), repr(value))
    return value


def _one_of(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)


@dataclass(frozen=True, config=_STRICT)
class Demand:
    """Demand of the country."""

    growth: float | None = Field(
        default=None,
        ge=-0.05,
        le=0.15,
        description="yearly growth of demand; empty takes the assumption",
    )
    temperature: bool = Field(
        default=False, description="whether cold days of a month ask for more power than mild ones"
    )


@dataclass(frozen=True, config=_STRICT)
class Fleet:
    """Plants. Those without a known year of construction never retire."""

    retire_after_years: float | None = Field(
        default=None,
        ge=1.0,
        le=200.0,
        description="age at which plants but hydro retire; empty for never",
    )
    coal_minimum: float | None = Field(
        default=None,
        ge=0.0,
        le=0.8,
        description="lowest load of a condensing coal block that runs, of its capacity; empty "
        "takes the assumption",
    )
    must_run: bool = Field(
        default=True,
        description="whether heat and the gas of oil fields lead the plants that depend on them",
    )
    planned: Literal["none", "construction", "announced"] = Field(
        default="none",
        description="which plants of the registry of plans open in their year: none, those under "
        "construction, or announced ones, too",
    )
    build_limits: bool = Field(
        default=False,
        description="whether solar, wind and gas may be added no faster than the pipeline allows",
    )
    pumped_hydro: bool = Field(default=True, description="whether pumped hydro may be built")
    hydrogen: bool = Field(
        default=False, description="whether electrolysis with tanks and fuel cells may be built"
    )


@dataclass(frozen=True, config=_STRICT)
class Corridors:
    """Lines: those to and between markets, and reinforcements inside the country."""

    allowed: Annotated[tuple[str, ...], BeforeValidator(_corridor_names)] = Field(
        default="all",
        validate_default=True,
        description="`all`, or a list of corridors",
        json_schema_extra={"kind": "list", "default": "all"},
    )
    least_mw: float = Field(
        default=0.0,
        ge=0.0,
        le=20000.0,
        description="what each allowed corridor must carry at least",
    )
    lead_times: bool = Field(
        default=False,
        description="whether a new line opens no earlier than its lead time after the year of "
        "decision",
    )
    reinforce_inside: bool = Field(
        default=True, description="whether lines inside the country may be added"
    )
    cost_factor: float = Field(
        default=1.0, ge=0.0, le=10.0, description="multiplies the cost of new lines"
    )
    toll_factor: float = Field(
        default=1.0, ge=0.0, le=10.0, description="multiplies the tolls of transit countries"
    )
    risk_factor: float = Field(
        default=1.0,
        ge=0.0,
        le=10.0,
        description="multiplies what risky countries on the way add to the rate of return of lines",
    )
    loss_steps: int = Field(
        default=2,
        ge=1,
        le=6,
        description="in how many steps the losses of a line grow with its load; 1 takes one mean "
        "rate",
    )


@dataclass(frozen=True, config=_STRICT)
class Markets:
    """Markets abroad: what they pay and what they must get."""

    export: bool = Field(default=True, description="whether there is export at all")
    price_factor: float = Field(
        default=1.0,
        ge=-10.0,
        le=10.0,
        description="multiplies the prices of markets; below 0, buyers are paid",
    )
    price_drop: float | None = Field(
        default=None,
        ge=0.0,
        le=0.99,
        description="by which fraction the price falls until a market takes all it can; empty "
        "takes the assumption",
    )
    price_states: Annotated[tuple[PriceState, ...] | None, BeforeValidator(_price_states)] = Field(
        default=None,
        description="states of the prices of which nobody knows which comes; empty for known "
        "prices",
        json_schema_extra={"kind": "list"},
    )
    must_deliver: Annotated[tuple[MustDeliver, ...] | None, BeforeValidator(_must_deliver)] = Field(
        default=None,
        description="volumes that markets must get whatever they pay, such as "
        "`[{market: azerbaijan, twh: 4}]`",
        json_schema_extra={"kind": "list"},
    )


@dataclass(frozen=True, config=_STRICT)
class Time:
    """How the year is reduced.

    With ``link_days``, storage of less than a day ends each typical day as it began; without it,
    each typical day ends with empty storage.
    """

    typical_days: int = Field(default=16, ge=1, le=365, description="number of typical days")
    hours_per_step: Annotated[int, BeforeValidator(_step)] = Field(
        default=3,
        description="length of a time step, hours",
        json_schema_extra={"kind": _one_of(_STEPS)},
    )
    link_days: bool = Field(
        default=True,
        description="whether storage of more than a day carries energy from day to day in the "
        "order of the year",
    )


@dataclass(frozen=True, config=_STRICT)
class Solver:
    """How HiGHS solves the network."""

    method: _Method = Field(default="ipm", description="algorithm of HiGHS")
    tolerance: float = Field(
        default=1e-6, ge=1e-9, le=1e-2, description="largest relative gap of the optimum"
    )
    time_limit_s: float = Field(
        default=600.0, ge=1.0, le=36000.0, description="seconds after which the solver gives up"
    )


@dataclass(frozen=True, repr=False, config=_STRICT)
class Scenario(Shown):
    """All that tells one Super Grid run from another."""

    name: str
    title: _Text = Field(description="text of the page: its title")
    question: _Text = Field(description="text of the page: the question it answers")
    weather: _Text = Field(default="sample", description="weather name or file")
    weather_years: Annotated[tuple[int, ...] | None, BeforeValidator(_weather_years)] = Field(
        default=None,
        description="empty: the year nearest to the mean of all; `all`, a year, or a list of years "
        "that may come, equally likely",
        json_schema_extra={"kind": "list"},
    )
    year: int = Field(default=2030, ge=2020, le=2060, description="year of demand and costs")
    wacc: float | None = Field(
        default=None, ge=0.0, le=0.30, description="real discount rate; empty takes the assumption"
    )
    co2_price_usd_per_t: float = Field(
        default=0.0, ge=0.0, le=1000.0, description="price of an emitted tonne of CO2"
    )
    co2_limit_mt: float | None = Field(
        default=None,
        ge=0.0,
        le=1000.0,
        description="most CO2 emitted at home in a year; empty for no limit",
    )
    res_share: float | None = Field(
        default=None,
        ge=0.0,
        le=1.0,
        description="least share of solar and wind in what is delivered; empty for none",
    )
    demand: Demand = field(default_factory=Demand)
    fleet: Fleet = field(default_factory=Fleet)
    corridors: Corridors = field(default_factory=Corridors)
    markets: Markets = field(default_factory=Markets)
    time: Time = field(default_factory=Time)
    solver: Solver = field(default_factory=Solver)

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


def settings() -> pd.DataFrame:
    """Return the settings of a scenario file, one a row, as the guide lists them.

    Returns
    -------
    DataFrame : ``key`` (with a dot for a group), ``allowed`` (type and range), ``default`` (empty
        for none) and ``meaning``.
    """
    return pd.DataFrame(
        {
            "key": key,
            "allowed": _allowed(hint, info),
            "default": _default(info),
            "meaning": info.description,
        }
        for key, hint, info in _settings(Scenario)
    )


def settings_markdown() -> str:
    """Return :func:`settings` as the table of ``docs/scenarios.md``."""
    rows = [
        f"| `{row.key}` | {row.allowed} | {_code(row.default)} | {row.meaning} |"
        for row in settings().itertuples()
    ]
    return "\n".join(["| key | allowed | default | meaning |", "|---|---|---|---|", *rows])


def _code(text: object) -> str:
    return f"`{text}`" if text else ""


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
    known = [key for key, _, _ in _settings(Scenario)]
    for where, layer in layers:
        for key, value in _flat(layer, where).items():
            if key not in known:
                raise unknown_name("key", key, known, where=where)
            values[key], origin[key] = value, where
    for key in ("title", "question"):
        if key not in values:
            raise input_error("keys", where=layers[0][0], allowed=known, got=f"no {key}")
    groups: dict[str, dict[str, object]] = {}
    own: dict[str, object] = {"name": name}
    for key, value in values.items():
        group, _, inner = key.rpartition(".")
        (groups.setdefault(group, {}) if group else own)[inner] = value
    hints = get_type_hints(Scenario)
    for group, given in groups.items():
        own[group] = _build(hints[group], given, f"{group}.", origin)
    scenario: Scenario = _build(Scenario, own, "", origin)
    return scenario


def _read(path: Path) -> tuple[str, Mapping[str, object]]:
    content = read_yaml(path, what="scenario")
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


def _settings(kind: type, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield key, type and pydantic's field of each setting, groups after what has none."""
    hints = get_type_hints(kind, include_extras=True)
    for name, info in kind.__pydantic_fields__.items():  # type: ignore[attr-defined]
        if is_dataclass(hints[name]):
            yield from _settings(hints[name], f"{name}.")
        elif prefix or name != "name":
            yield prefix + name, hints[name], info


def _build(kind: type, given: Mapping[str, object], prefix: str, origin: Mapping[str, str]) -> Any:
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        key = prefix + name
        refused = first.get("ctx", {}).get("error")
        if isinstance(refused, _Refused):
            raise refused.error(key, origin[key]) from None
        hint = get_type_hints(kind, include_extras=True)[name]
        allowed = _allowed(hint, kind.__pydantic_fields__[name])  # type: ignore[attr-defined]
        raise input_error(key, where=origin[key], allowed=allowed, got=repr(given[name])) from None


def _allowed(hint: Any, info: Any) -> str:
    """Return type and range of a setting in words."""
    extra = info.json_schema_extra or {}
    if "kind" in extra:
        return str(extra["kind"])
    parts = get_args(hint)
    if parts and not any(part is type(None) or isinstance(part, type) for part in parts):
        return _one_of(parts)  # of a Literal
    kind = next((part for part in parts if part is not type(None)), hint)
    words = "a text" if kind is str else str(kind.__name__)
    low = next((limit.ge for limit in info.metadata if hasattr(limit, "ge")), None)
    high = next((limit.le for limit in info.metadata if hasattr(limit, "le")), None)
    if low is not None and high is not None:
        words += f", {low:g} to {high:g}"
    return words


def _default(info: Any) -> str:
    value = (info.json_schema_extra or {}).get("default", info.default)
    if value is None or value is PydanticUndefined:
        return ""
    return str(value).lower() if isinstance(value, bool | str) else f"{value:g}"
