"""What a project is and on which terms it is financed; nonsense is refused by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.money import MODEL_YEAR
from greenanalysis.project.contract import Contract
from greenanalysis.project.macro import Macro

_TECHNOLOGIES = ("wind", "solar")
_COSTS = {"wind": "onwind", "solar": "solar_utility"}
"""Under which name the cost table has the running cost of a technology."""


@dataclass(frozen=True)
class Yield:
    """Net energy of a first full year before curtailment, MWh, and what it may fall to.

    ``p90_share`` is the P90 of ten years over the P50.
    """

    p50_mwh: float
    p90_share: float


@dataclass(frozen=True)
class Project:
    """A plant to be financed; money in dollars of 2025.

    ``connection_km`` of line to the grid; ``storage_mw`` and ``storage_mwh`` of the battery.
    """

    name: str
    technology: str
    capacity_mw: float
    energy: Yield
    contract: Contract
    connection_km: float
    storage_mw: float = 0.0
    storage_mwh: float = 0.0


@dataclass(frozen=True)
class Terms:
    """Cost, tax and finance of a project; shares are fractions, money dollars of 2025."""

    capex_usd_2025_per_kw: float
    fixed_cost_usd_2025_per_kw_year: float
    variable_cost_usd_2025_per_mwh: float
    operation_local_share: float
    connection_usd_2025_per_mw_km: float
    connection_station_usd_2025_per_kw: float
    storage_usd_2025_per_kwh: float
    storage_inverter_usd_2025_per_kw: float
    degradation: float
    curtailment: float
    lifetime: int
    construction_years: int
    discount_rate_real: float
    cost_of_equity: float
    interest_rate: float
    tenor: int
    max_gearing: float
    dscr_p50: float
    dscr_p90: float
    upfront_fee: float
    reserve_months: float
    cit_rate: float
    loss_carry_years: int
    depreciation_machinery: float
    depreciation_buildings: float
    machinery_share: float
    repayment: str = "sculpted"


_SOURCES = {
    "operation_local_share": ("finance", "1"),
    "curtailment": ("finance", "1"),
    "cost_of_equity": ("finance", "1/year"),
    "interest_rate": ("finance", "1/year"),
    "tenor": ("finance", "year"),
    "max_gearing": ("finance", "1"),
    "dscr_p50": ("finance", "1"),
    "dscr_p90": ("finance", "1"),
    "upfront_fee": ("finance", "1"),
    "reserve_months": ("finance", "month"),
    "cit_rate": ("finance", "1"),
    "loss_carry_years": ("finance", "year"),
    "depreciation_machinery": ("finance", "1/year"),
    "depreciation_buildings": ("finance", "1/year"),
    "machinery_share": ("finance", "1"),
    "degradation": ("finance_{}", "1/year"),
    "lifetime": ("finance_{}", "year"),
    "construction_years": ("finance_{}", "year"),
}
_WHOLE = {"tenor", "loss_carry_years", "lifetime", "construction_years"}


def load_terms(assumptions: Assumptions, technology: str) -> Terms:
    """Return the terms of ``data/assumptions`` for wind or solar.

    Raises
    ------
    InputError : unknown technology.
    """
    check_technology(technology)
    values: dict[str, Any] = {
        field: assumptions.get(group.format(technology), field, unit=unit)
        for field, (group, unit) in _SOURCES.items()
    }
    values |= {field: int(values[field]) for field in _WHOLE}
    year, cost = MODEL_YEAR, _COSTS[technology]
    table = assumptions.get(cost, "investment", unit="USD/kW", year=year)
    fixed = assumptions.get(cost, "fom", unit="%/year", year=year) / 100 * table
    wind = technology == "wind"
    battery = assumptions.get("battery_storage", "investment", unit="USD/kWh", year=year)
    inverter = assumptions.get("battery_inverter", "investment", unit="USD/kW", year=year)
    return Terms(
        capex_usd_2025_per_kw=assumptions.get("finance_wind", "capex", unit="USD/kW")
        if wind
        else table,
        fixed_cost_usd_2025_per_kw_year=fixed,
        variable_cost_usd_2025_per_mwh=assumptions.get(cost, "vom", unit="USD/MWh", year=year)
        if wind
        else 0.0,
        connection_usd_2025_per_mw_km=assumptions.get(
            "hvac_overhead", "investment", unit="USD/MW/km", year=year
        ),
        connection_station_usd_2025_per_kw=assumptions.get(
            "finance", "connection_station", unit="USD/kW"
        ),
        storage_usd_2025_per_kwh=battery,
        storage_inverter_usd_2025_per_kw=inverter,
        discount_rate_real=assumptions.get("supergrid", "wacc", unit="1"),
        **values,
    )


def load_macro(assumptions: Assumptions) -> Macro:
    """Return inflation and exchange rate of ``data/assumptions``."""
    return Macro(
        price_year=MODEL_YEAR,
        inflation_usd=assumptions.get("macro", "inflation_usd", unit="1/year"),
        inflation_kzt=assumptions.get("macro", "inflation_kzt", unit="1/year"),
        kzt_per_usd=1 / assumptions.get("KZT", "exchange_rate", unit="USD/KZT", year=MODEL_YEAR),
    )


def with_terms(terms: Terms, changes: Mapping[str, object]) -> Terms:
    """Return terms with some fields changed.

    Raises
    ------
    InputError : a name that is no field.
    """
    known = [field.name for field in dataclasses.fields(Terms)]
    for name in changes:
        if name not in known:
            raise unknown_name("term", name, known, where="terms of finance")
    return dataclasses.replace(terms, **changes)  # type: ignore[arg-type]


def check_technology(technology: str) -> None:
    """Refuse what is neither wind nor solar."""
    if technology not in _TECHNOLOGIES:
        raise unknown_name("technology", technology, _TECHNOLOGIES, where="project")


def check(project: Project, terms: Terms) -> None:
    """Refuse a project or terms that make no sense.

    Raises
    ------
    InputError : names the field, what is allowed and what came.
    """
    check_technology(project.technology)
    _above("capacity_mw", project.capacity_mw, "MW, above 0 up to 10000", 10_000)
    _above("energy", project.energy.p50_mwh, "MWh a year, above 0, a capacity factor up to 1",
           project.capacity_mw * 8784)  # fmt: skip
    _above("p90_share", project.energy.p90_share, "above 0 to 1", 1)
    _above("tariff", project.contract.price_kzt_per_kwh, "KZT/kWh, above 0", 1e6)
    for name in ("connection_km", "storage_mw", "storage_mwh"):
        _between(name, getattr(project, name), 0, 1e5)
    for field in dataclasses.fields(Terms):
        if "_usd_2025_" in field.name:
            _between(field.name, getattr(terms, field.name), 0, 1e7)
    for name in ("operation_local_share", "degradation", "curtailment", "max_gearing", "cit_rate",
                 "upfront_fee", "machinery_share", "interest_rate", "cost_of_equity",
                 "discount_rate_real"):  # fmt: skip
        _between(name, getattr(terms, name), 0, 1)
    _above("capex_usd_2025_per_kw", terms.capex_usd_2025_per_kw, "above 0", 1e6)
    _between("lifetime", terms.lifetime, 1, 60)
    _between("construction_years", terms.construction_years, 0, 10)
    _between("reserve_months", terms.reserve_months, 0, 24)
    if not 1 <= terms.tenor <= terms.lifetime:
        allowed = f"1 to the life of the project, {terms.lifetime} years"
        raise input_error("tenor", where="terms of finance", allowed=allowed, got=terms.tenor)
    for name in ("dscr_p50", "dscr_p90"):
        _between(name, getattr(terms, name), 1, 10)


def _above(field: str, value: float, allowed: str, top: float) -> None:
    if not 0 < value <= top:
        raise input_error(field, where="project", allowed=allowed, got=value)


def _between(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise input_error(field, where="project", allowed=f"{low:g} to {high:g}", got=value)
