"""One measure of a programme: what it costs at its full size and what it brings in a year."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

import pandas as pd

from greenanalysis.core.errors import input_error

_THEMES = ("solar", "wind", "energy efficiency", "gas", "biotechnology", "water", "waste", "hydro")
READINESS = {3: "runs in Kazakhstan", 2: "commercial abroad", 1: "pilot plants"}
_AT_LEAST_ZERO = ("capex_usd", "opex_usd_per_year")


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
    income_usd_per_year : what is sold or no longer bought, USD of 2025.
    electricity_mwh_per_year : generated or saved, less what the measure uses; negative: used.
    gas_m3_per_year : natural gas saved or biomethane that takes its place.
    water_m3_per_year : saved or made.
    co2_t_per_year : emissions avoided in CO2 equivalents.
    readiness : key of :data:`READINESS`.
    readiness_source : where it is seen.
    place : where it would stand, in words; empty for the whole region.
    divisible : whether a part of it can be built; a dam or a single plant is whole or nothing.
    jobs : lasting jobs, NaN where no figure is known.
    assumptions : ``technology/parameter`` of every assumption used.
    note : what else a reader must know.

    Raises
    ------
    InputError : an unknown theme or readiness, a negative cost, a lifetime of zero or less, or a
        number that is not finite (but for jobs).
    """

    name: str
    title: str
    theme: str
    region: str
    size: str
    capex_usd: float
    opex_usd_per_year: float
    lifetime_years: float
    income_usd_per_year: float
    electricity_mwh_per_year: float
    gas_m3_per_year: float
    water_m3_per_year: float
    co2_t_per_year: float
    readiness: int
    readiness_source: str
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


def measure_table(measures: Iterable[Measure]) -> pd.DataFrame:
    """Return one row a measure, indexed by name, with the fields of :class:`Measure` as columns.

    Raises
    ------
    InputError : two measures of one name.
    """
    names = [field.name for field in fields(Measure)]
    rows = [{name: getattr(measure, name) for name in names} for measure in measures]
    table = pd.DataFrame(rows, columns=names)
    twice = table.loc[table["name"].duplicated(), "name"].tolist()
    if twice:
        raise input_error("measures", where="programme", allowed="each name once", got=twice)
    return table.set_index("name")
