"""One measure of a programme: what it costs at its full size and what it brings in a year."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

import pandas as pd

from greenanalysis.core.errors import input_error

PARTIES = {
    "operator": "owner of the plant or network",
    "farmers": "farmers",
    "households": "households",
    "budget": "local budget",
    "state": "the country",
    "society": "everyone: climate and clean air",
}
"""Who pays for a measure or gains by it."""
_THEMES = ("solar", "wind", "energy efficiency", "gas", "biotechnology", "water", "waste", "hydro")
READINESS = {3: "runs in Kazakhstan", 2: "commercial abroad", 1: "pilot plants"}
_AT_LEAST_ZERO = ("capex_usd", "opex_usd_per_year")


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """What a measure brings in a year, valued at one price.

    Parameters
    ----------
    name : what is sold, saved or avoided, e.g. ``"drinking water"``.
    quantity : a year at the full size, in ``unit``.
    unit : of the quantity, e.g. ``"m3"``.
    price_usd : worth of one unit, USD of 2025.
    gains : who has it, a key of :data:`PARTIES`.
    money : whether somebody pays or saves it; otherwise it is of value to society alone.
    area_ha : field area of a crop, so that its yield can be told in t/ha; NaN elsewhere.
    low, high : range of ``quantity`` in the sources; NaN where only one figure is known.

    Raises
    ------
    InputError : an unknown party, a negative price, or a quantity or price that is not finite.
    """

    name: str
    quantity: float
    unit: str
    price_usd: float
    gains: str
    money: bool = True
    area_ha: float = math.nan
    low: float = math.nan
    high: float = math.nan

    def __post_init__(self) -> None:
        """Refuse what cannot be valued."""
        where = f"benefit {self.name}"
        if self.gains not in PARTIES:
            raise input_error("gains", where=where, allowed=[*PARTIES], got=self.gains)
        if not (self.price_usd >= 0 and math.isfinite(self.price_usd)):
            raise input_error("price_usd", where=where, allowed="0 or more", got=self.price_usd)
        if not math.isfinite(self.quantity):
            raise input_error("quantity", where=where, allowed="a number", got=self.quantity)

    @property
    def usd_per_year(self) -> float:
        """Value of a year."""
        return self.quantity * self.price_usd


@dataclass(frozen=True)
class Measure:
    """A measure at its full size; any share of it can be funded, unless it is one single work.

    Parameters
    ----------
    name : identifier, e.g. ``"drip_irrigation"``.
    title : as a reader sees it.
    theme : one of :data:`_THEMES`.
    region : ISO 3166-2 code.
    size : the full size in words, with its unit, e.g. ``"50 MW"``.
    capex_usd : investment of the full size, USD of 2025.
    opex_usd_per_year : operation and maintenance, USD of 2025.
    lifetime_years : economic lifetime.
    benefits : what it brings in a year, each valued at its price.
    electricity_mwh_per_year : generated or saved, less what the measure uses; negative: used.
    gas_m3_per_year : natural gas saved or biomethane that takes its place.
    water_m3_per_year : saved or made.
    co2_t_per_year : emissions avoided in CO2 equivalents.
    readiness : key of :data:`READINESS`.
    readiness_source : where it is seen.
    owner : who invests and runs it, a key of :data:`PARTIES`.
    place : where it would stand, in words; empty for the whole region.
    divisible : whether a part of it can be built; a dam or a single plant is whole or nothing.
    jobs : lasting jobs, NaN where no figure is known.
    assumptions : ``technology/parameter`` of every assumption used.
    note : what else a reader must know.

    Raises
    ------
    InputError : an unknown theme, readiness or owner, a negative cost, a lifetime of zero or less,
        two benefits of one name, or a number that is not finite (but for jobs).
    """

    name: str
    title: str
    theme: str
    region: str
    size: str
    capex_usd: float
    opex_usd_per_year: float
    lifetime_years: float
    benefits: tuple[Benefit, ...]
    electricity_mwh_per_year: float
    gas_m3_per_year: float
    water_m3_per_year: float
    co2_t_per_year: float
    readiness: int
    readiness_source: str
    owner: str = "operator"
    place: str = ""
    divisible: bool = True
    jobs: float = math.nan
    assumptions: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what no measure can be."""
        where = f"measure {self.name}"
        if self.theme not in _THEMES:
            raise input_error("theme", where=where, allowed=_THEMES, got=self.theme)
        if self.readiness not in READINESS:
            raise input_error("readiness", where=where, allowed=READINESS, got=self.readiness)
        if self.owner not in PARTIES:
            raise input_error("owner", where=where, allowed=[*PARTIES], got=self.owner)
        names = [benefit.name for benefit in self.benefits]
        if len(set(names)) < len(names):
            raise input_error("benefits", where=where, allowed="each name once", got=names)
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type == "float" and field.name != "jobs" and not math.isfinite(value):
                raise input_error(field.name, where=where, allowed="a finite number", got=value)
        for name in _AT_LEAST_ZERO:
            if getattr(self, name) < 0:
                raise input_error(name, where=where, allowed="0 or more", got=getattr(self, name))
        if not self.lifetime_years > 0:
            raise input_error(
                "lifetime_years", where=where, allowed="above 0", got=self.lifetime_years
            )

    @property
    def income_usd_per_year(self) -> float:
        """What is sold or no longer bought, USD of 2025."""
        return sum(benefit.usd_per_year for benefit in self.benefits if benefit.money)

    @property
    def social_usd_per_year(self) -> float:
        """What society gains besides, although nobody pays for it, USD of 2025."""
        return sum(benefit.usd_per_year for benefit in self.benefits if not benefit.money)

    @property
    def deciding(self) -> Benefit | None:
        """The benefit in money that brings most: its price decides whether the measure pays."""
        sold = [benefit for benefit in self.benefits if benefit.money and benefit.quantity > 0]
        return max(sold, key=lambda benefit: benefit.usd_per_year, default=None)


def measure_table(measures: Iterable[Measure]) -> pd.DataFrame:
    """Return one row a measure, indexed by name.

    Returns
    -------
    DataFrame : the fields of :class:`Measure` as columns, and ``income_usd_per_year``,
        ``social_usd_per_year`` and ``deciding`` as its properties have them.

    Raises
    ------
    InputError : two measures of one name.
    """
    names = [field.name for field in fields(Measure)]
    names += ["income_usd_per_year", "social_usd_per_year", "deciding"]
    rows = [{name: getattr(measure, name) for name in names} for measure in measures]
    table = pd.DataFrame(rows, columns=names)
    twice = table.loc[table["name"].duplicated(), "name"].tolist()
    if twice:
        raise input_error("measures", where="programme", allowed="each name once", got=twice)
    return table.set_index("name")
