"""What a project is and on which terms it is financed; nonsense is refused by field."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.money import MODEL_YEAR
from greenanalysis.geo.country import local_money
from greenanalysis.project.contract import Contract
from greenanalysis.project.macro import Macro

_TECHNOLOGIES = ("wind", "solar")
_COSTS = {"wind": "onwind", "solar": "solar_utility"}
"""Under which name the cost table has the running cost of a technology."""


@dataclass(frozen=True)
class Yield:
    """Net energy of a first full year before curtailment, MWh, and what it may fall to.

    ``p90_share`` is the P90 of ten years over the P50, ``p99_share`` the P99; where it is not
    stated it follows from the P90 of a normal distribution.
    """

    p50_mwh: float
    p90_share: float
    p99_share: float = math.nan

    def __post_init__(self) -> None:
        """Complete the P99 from the P90: 2.326 against 1.282 standard deviations."""
        if math.isnan(self.p99_share):
            share = max(1 - (1 - self.p90_share) * 2.3263 / 1.2816, 0.0)
            object.__setattr__(self, "p99_share", share)


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
    """Cost, tax and finance of a project; shares are fractions, money dollars of 2025.

    Only the less obvious fields are explained. ``drawdown`` is the share of the investment spent in
    each construction year, evenly where empty; within a year spending is even. ``capex_escalation``
    is the yearly rise of investment prices until they are paid, dollar inflation where None.
    ``funding`` is ``pro_rata`` or ``equity_first``. ``loan_currency`` is USD or KZT, and
    ``interest_rate`` is of that currency. ``dscr_p99`` sizes the loan too where it is stated.
    ``lockup_dscr`` and ``default_dscr`` are covenants that are reported, they move no money.
    ``vat_share`` is the part of the investment that carries VAT to be refunded
    ``vat_refund_years`` later. ``receivable_days`` is how late the buyer pays. ``balancing_share``
    is of revenue, ``transmission_kzt_2025_per_kwh`` what the grid charges for sales to a buyer
    other than the single one, ``carbon_usd_2025_per_mwh`` an income beside the energy price.
    """

    capex_usd_2025_per_kw: float
    fixed_cost_usd_2025_per_kw_year: float
    variable_cost_usd_2025_per_mwh: float
    operation_local_share: float
    connection_usd_2025_per_mw_km: float
    connection_station_usd_2025_per_kw: float
    storage_usd_2025_per_kwh: float
    storage_inverter_usd_2025_per_kw: float
    storage_fixed_share: float
    storage_augmentation_share: float
    storage_efficiency: float
    storage_cycles_per_year: float
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
    lockup_dscr: float
    default_dscr: float
    upfront_fee: float
    commitment_fee: float
    reserve_months: float
    reserve_interest: float
    receivable_days: float
    cit_rate: float
    loss_carry_years: int
    depreciation_machinery: float
    depreciation_buildings: float
    machinery_share: float
    vat_rate: float
    vat_share: float
    vat_refund_years: int
    property_tax_rate: float
    dividend_tax_rate: float
    balancing_share: float
    transmission_kzt_2025_per_kwh: float
    carbon_usd_2025_per_mwh: float
    dismantling_usd_2025_per_kw: float
    salvage_share: float
    cit_holiday_years: int = 0
    grace_years: int = 0
    repayment: str = "sculpted"
    funding: str = "pro_rata"
    loan_currency: str = "USD"
    dscr_p99: float | None = None
    drawdown: tuple[float, ...] = ()
    capex_escalation: float | None = None


_SOURCES = {
    "operation_local_share": ("finance", "1"),
    "curtailment": ("finance", "1"),
    "cost_of_equity": ("finance", "1/year"),
    "interest_rate": ("finance", "1/year"),
    "tenor": ("finance", "year"),
    "max_gearing": ("finance", "1"),
    "dscr_p50": ("finance", "1"),
    "dscr_p90": ("finance", "1"),
    "lockup_dscr": ("finance", "1"),
    "default_dscr": ("finance", "1"),
    "upfront_fee": ("finance", "1"),
    "commitment_fee": ("finance", "1/year"),
    "reserve_months": ("finance", "month"),
    "reserve_interest": ("finance", "1/year"),
    "receivable_days": ("finance", "day"),
    "cit_rate": ("finance", "1"),
    "loss_carry_years": ("finance", "year"),
    "depreciation_machinery": ("finance", "1/year"),
    "depreciation_buildings": ("finance", "1/year"),
    "machinery_share": ("finance", "1"),
    "vat_rate": ("finance", "1"),
    "vat_share": ("finance", "1"),
    "vat_refund_years": ("finance", "year"),
    "property_tax_rate": ("finance", "1/year"),
    "dividend_tax_rate": ("finance", "1"),
    "balancing_share": ("finance", "1"),
    "transmission_kzt_2025_per_kwh": ("finance", "{currency}/kWh"),
    "carbon_usd_2025_per_mwh": ("finance", "USD/MWh"),
    "dismantling_usd_2025_per_kw": ("finance", "USD/kW"),
    "salvage_share": ("finance", "1"),
    "storage_augmentation_share": ("finance", "1/year"),
    "storage_cycles_per_year": ("finance", "1/year"),
    "degradation": ("finance_{}", "1/year"),
    "construction_years": ("finance_{}", "year"),
}
_WHOLE = {
    "tenor", "loss_carry_years", "lifetime", "construction_years", "vat_refund_years",
    "grace_years", "cit_holiday_years",
}  # fmt: skip


def load_terms(assumptions: Assumptions, technology: str) -> Terms:
    """Return the terms of ``data/assumptions`` for wind or solar.

    Investment, running cost and life are those that the atlas and the Super Grid take.

    Raises
    ------
    InputError : unknown technology.
    """
    check_technology(technology)
    values: dict[str, Any] = {
        field: assumptions.get(
            group.format(technology), field, unit=unit.format(currency=local_money())
        )
        for field, (group, unit) in _SOURCES.items()
    }
    year, cost = MODEL_YEAR, _COSTS[technology]
    capex = assumptions.get(cost, "investment", unit="USD/kW", year=year)
    fixed = assumptions.get(cost, "fom", unit="%/year", year=year) / 100 * capex
    values["lifetime"] = assumptions.get(cost, "lifetime", unit="year", year=year)
    values |= {field: int(values[field]) for field in _WHOLE & set(values)}
    battery = assumptions.get("battery_storage", "investment", unit="USD/kWh", year=year)
    inverter = assumptions.get("battery_inverter", "investment", unit="USD/kW", year=year)
    upkeep = assumptions.get("battery_inverter", "fom", unit="%/year", year=year) / 100
    efficiency = assumptions.get("battery_inverter", "efficiency", unit="1", year=year)
    return Terms(
        capex_usd_2025_per_kw=capex,
        fixed_cost_usd_2025_per_kw_year=fixed,
        variable_cost_usd_2025_per_mwh=assumptions.get(cost, "vom", unit="USD/MWh", year=year)
        if technology == "wind"
        else 0.0,
        connection_usd_2025_per_mw_km=assumptions.get(
            "hvac_overhead", "investment", unit="USD/MW/km", year=year
        ),
        connection_station_usd_2025_per_kw=assumptions.get(
            "finance", "connection_station", unit="USD/kW"
        ),
        storage_usd_2025_per_kwh=battery,
        storage_inverter_usd_2025_per_kw=inverter,
        storage_fixed_share=upkeep,
        storage_efficiency=efficiency,
        discount_rate_real=assumptions.get("supergrid", "wacc", unit="1"),
        **values,
    )


def load_macro(assumptions: Assumptions) -> Macro:
    """Return inflation and exchange rate of ``data/assumptions``."""
    return Macro(
        price_year=MODEL_YEAR,
        inflation_usd=assumptions.get("macro", "inflation_usd", unit="1/year"),
        inflation_kzt=assumptions.get("macro", "inflation_kzt", unit="1/year"),
        kzt_per_usd=1
        / assumptions.get(
            local_money(),
            "exchange_rate",
            unit=f"USD/{local_money()}",
            year=MODEL_YEAR,
        ),
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
    _above("tariff", project.contract.price_kzt_per_kwh, f"{local_money()}/kWh, above 0", 1e6)
    for name in ("connection_km", "storage_mw", "storage_mwh"):
        _between(name, getattr(project, name), 0, 1e5)
    for field in dataclasses.fields(Terms):
        if "_usd_2025_" in field.name:
            _between(field.name, getattr(terms, field.name), 0, 1e7)
    for name in ("operation_local_share", "degradation", "curtailment", "max_gearing", "cit_rate",
                 "upfront_fee", "commitment_fee", "machinery_share", "interest_rate",
                 "cost_of_equity", "discount_rate_real", "reserve_interest", "vat_rate",
                 "vat_share", "property_tax_rate", "dividend_tax_rate", "balancing_share",
                 "salvage_share", "storage_fixed_share", "storage_augmentation_share",
                 "storage_efficiency"):  # fmt: skip
        _between(name, getattr(terms, name), 0, 1)
    _above("capex_usd_2025_per_kw", terms.capex_usd_2025_per_kw, "above 0", 1e6)
    _between("lifetime", terms.lifetime, 1, 60)
    _between("construction_years", terms.construction_years, 0, 10)
    _between("reserve_months", terms.reserve_months, 0, 24)
    _between("receivable_days", terms.receivable_days, 0, 360)
    _between("vat_refund_years", terms.vat_refund_years, 0, terms.lifetime)
    _between("transmission_kzt_2025_per_kwh", terms.transmission_kzt_2025_per_kwh, 0, 1e3)
    _between("storage_cycles_per_year", terms.storage_cycles_per_year, 0, 8760)
    if not 1 <= terms.tenor <= terms.lifetime:
        allowed = f"1 to the life of the project, {terms.lifetime} years"
        raise input_error("tenor", where="terms of finance", allowed=allowed, got=terms.tenor)
    if not 0 <= terms.grace_years < terms.tenor:
        allowed = f"0 to below the tenor of {terms.tenor} years"
        raise input_error(
            "grace_years", where="terms of finance", allowed=allowed, got=terms.grace_years
        )
    for name in ("dscr_p50", "dscr_p90", "lockup_dscr", "default_dscr"):
        _between(name, getattr(terms, name), 1, 10)
    if terms.dscr_p99 is not None:
        _between("dscr_p99", terms.dscr_p99, 1, 10)
    _one_of("funding", terms.funding, ("pro_rata", "equity_first"))
    _one_of("loan_currency", terms.loan_currency, ("USD", local_money()))
    _check_drawdown(terms)


def _check_drawdown(terms: Terms) -> None:
    shares = terms.drawdown
    if not shares:
        return
    good = len(shares) == terms.construction_years and min(shares) >= 0
    if not good or not math.isclose(sum(shares), 1, abs_tol=1e-6):
        allowed = f"one share for each of {terms.construction_years} construction years, together 1"
        raise input_error("drawdown", where="terms of finance", allowed=allowed, got=list(shares))


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise input_error(field, where="terms of finance", allowed=", ".join(allowed), got=value)


def _above(field: str, value: float, allowed: str, top: float) -> None:
    if not 0 < value <= top:
        raise input_error(field, where="project", allowed=allowed, got=value)


def _between(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise input_error(field, where="project", allowed=f"{low:g} to {high:g}", got=value)


def term_sources(assumptions: Assumptions, technology: str) -> dict[str, str]:
    """Return where each term of ``data/assumptions`` comes from, by field.

    Beside the fields of :class:`Terms` there are ``inflation_usd``, ``inflation_kzt`` and
    ``kzt_per_usd``.
    """
    cost = _COSTS[technology]
    places = {field: (group.format(technology), field) for field, (group, _) in _SOURCES.items()}
    places |= {
        "capex_usd_2025_per_kw": (cost, "investment"),
        "fixed_cost_usd_2025_per_kw_year": (cost, "fom"),
        "lifetime": (cost, "lifetime"),
        "discount_rate_real": ("supergrid", "wacc"),
        "inflation_usd": ("macro", "inflation_usd"),
        "inflation_kzt": ("macro", "inflation_kzt"),
        "kzt_per_usd": (local_money(), "exchange_rate"),
        "merchant": ("contract_merchant", "price"),
    }
    if technology == "wind":
        places["variable_cost_usd_2025_per_mwh"] = (cost, "vom")
    sources = {}
    for field, (group, name) in places.items():
        rows = assumptions.rows(group, name)
        dated = rows[rows["year"] == MODEL_YEAR]
        sources[field] = str((dated if len(dated) else rows)["source"].iloc[0])
    return sources
