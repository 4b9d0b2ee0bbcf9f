"""What a plant costs, earns and spends before its loan, and the tax on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.project.macro import Macro
from greenanalysis.project.tax import declining_balance, income_tax
from greenanalysis.project.terms import Project, Terms


@dataclass(frozen=True)
class Shock:
    """Departures from the base case; each a factor (1 leaves as it is) or an addition (0 does).

    ``energy``, ``rate`` and ``prices`` may be (draws, years), the others (draws, 1) or numbers.
    ``rate`` works on KZT per USD, ``prices`` on the level of consumer prices in tenge, ``delay`` is
    the years without energy after planned commissioning, ``interest`` is added to the rate of the
    loan.
    """

    energy: np.ndarray | float = 1.0
    price: np.ndarray | float = 1.0
    merchant: np.ndarray | float = 1.0
    capex: np.ndarray | float = 1.0
    opex: np.ndarray | float = 1.0
    rate: np.ndarray | float = 1.0
    prices: np.ndarray | float = 1.0
    delay: np.ndarray | float = 0.0
    interest: np.ndarray | float = 0.0


@dataclass(frozen=True)
class Operation:
    """What the plant costs, earns and spends before tax and loan; nominal dollars.

    Arrays are (..., years) of operation; ``capex_usd_nominal`` is (..., points) at the ends of the
    ``construction`` calendar years, the last of which is commissioning.
    """

    years: np.ndarray
    construction: np.ndarray
    energy_mwh: np.ndarray
    kzt_per_usd: np.ndarray
    price_kzt_per_kwh: np.ndarray
    revenue_usd_nominal: np.ndarray
    opex_usd_nominal: np.ndarray
    working_capital_usd_nominal: np.ndarray
    capex_usd_nominal: np.ndarray

    @property
    def ebitda_usd_nominal(self) -> np.ndarray:
        """Return revenue less running cost."""
        surplus: np.ndarray = self.revenue_usd_nominal - self.opex_usd_nominal
        return surplus

    @property
    def investment_usd_nominal(self) -> np.ndarray:
        """Return all that is paid for the plant until commissioning, (...)."""
        return np.asarray(self.capex_usd_nominal.sum(axis=-1))


def investment_parts(project: Project, terms: Terms) -> dict[str, float]:
    """Return the investment by part in dollars of 2025, before any rise of prices."""
    kilowatt = project.capacity_mw * 1000
    line = terms.connection_usd_2025_per_mw_km * project.connection_km * project.capacity_mw
    return {
        "plant": kilowatt * terms.capex_usd_2025_per_kw,
        "line": line,
        "station": kilowatt * terms.connection_station_usd_2025_per_kw,
        "storage": project.storage_mwh * 1000 * terms.storage_usd_2025_per_kwh
        + project.storage_mw * 1000 * terms.storage_inverter_usd_2025_per_kw,
    }


def spending_profile(terms: Terms) -> np.ndarray:
    """Return the share of the investment at the end of each construction year, (years + 1).

    The first point is the start of construction. Spending within a year is even, so half of it
    counts at each end of the year: its mean moment, and thereby interest and worth, are kept.
    """
    if terms.construction_years == 0:
        return np.ones(1)
    even = np.full(terms.construction_years, 1 / terms.construction_years)
    shares = np.asarray(terms.drawdown, dtype=float) if terms.drawdown else even
    points = np.zeros(terms.construction_years + 1)
    points[:-1] += shares / 2
    points[1:] += shares / 2
    return points


def storage_cost(project: Project, terms: Terms) -> float:
    """Return upkeep of a battery and of its capacity, dollars of 2025 a year."""
    cells = project.storage_mwh * 1000 * terms.storage_usd_2025_per_kwh
    whole = investment_parts(project, terms)["storage"]
    return whole * terms.storage_fixed_share + cells * terms.storage_augmentation_share


def storage_losses_mwh(project: Project, terms: Terms) -> float:
    """Return the energy that a battery loses in a year, MWh."""
    cycled = project.storage_mwh * terms.storage_cycles_per_year
    return cycled * (1 - terms.storage_efficiency)


def operate(
    project: Project, terms: Terms, macro: Macro, *, energy: float, shock: Shock | None = None
) -> Operation:
    """Return what the plant costs and earns in each year of construction and operation.

    Parameters
    ----------
    project, terms, macro : of the plant.
    energy : MWh of the first full year before curtailment and losses of a battery.
    shock : departures, with any number of draws.
    """
    shock = shock or Shock()
    age = np.arange(terms.lifetime)
    construction = macro.price_year + np.arange(terms.construction_years + 1)
    years = construction[-1] + 1 + age
    sold = energy * (1 - terms.curtailment) - storage_losses_mwh(project, terms)
    mwh = max(sold, 0.0) * (1 - terms.degradation) ** age * np.asarray(shock.energy)
    mwh = mwh * (1 - np.clip(np.asarray(shock.delay) - age, 0.0, 1.0))
    rate = macro.rate(years) * np.asarray(shock.rate)
    prices = macro.kzt_level(years) * np.asarray(shock.prices)
    shape = np.broadcast_shapes(mwh.shape, rate.shape, prices.shape)
    rate, prices = np.broadcast_to(rate, shape), np.broadcast_to(prices, shape)
    end = construction[-1:]
    contract, market = project.contract.path_kzt(
        rate,
        prices=prices,
        kzt_per_usd=macro.kzt_per_usd,
        built=(float(macro.rate(end)[0]), float(macro.kzt_level(end)[0])),
    )
    price = contract * shock.price + market * shock.merchant
    level = macro.usd_level(years)
    energy_revenue = mwh * 1000 * price / rate
    revenue = energy_revenue + mwh * terms.carbon_usd_2025_per_mwh * level
    return Operation(
        years=years,
        construction=construction,
        energy_mwh=mwh,
        kzt_per_usd=rate,
        price_kzt_per_kwh=price,
        revenue_usd_nominal=revenue,
        opex_usd_nominal=_running_cost(
            project, terms, macro, years=years, mwh=mwh, rate=rate, prices=prices, opex=shock.opex
        )
        + terms.balancing_share * energy_revenue,
        working_capital_usd_nominal=_working_capital(revenue * rate, terms) / rate,
        capex_usd_nominal=_capex(project, terms, macro, construction) * np.asarray(shock.capex),
    )


def _capex(project: Project, terms: Terms, macro: Macro, years: np.ndarray) -> np.ndarray:
    """Nominal investment by construction point: prices rise until they are paid."""
    total = sum(investment_parts(project, terms).values())
    rise = macro.inflation_usd if terms.capex_escalation is None else terms.capex_escalation
    return np.asarray(total * spending_profile(terms) * (1 + rise) ** (years - macro.price_year))


def _running_cost(
    project: Project,
    terms: Terms,
    macro: Macro,
    *,
    years: np.ndarray,
    mwh: np.ndarray,
    rate: np.ndarray,
    prices: np.ndarray,
    opex: np.ndarray | float,
) -> np.ndarray:
    parts = investment_parts(project, terms)
    fixed = terms.fixed_cost_usd_2025_per_kw_year * project.capacity_mw * 1000
    battery = storage_cost(project, terms)
    base_rate = macro.rate(years)
    dollars = (fixed + battery + terms.variable_cost_usd_2025_per_mwh * mwh) * opex
    local, dearer = terms.operation_local_share, prices / macro.kzt_level(years)
    cost = dollars * macro.usd_level(years) * (1 - local + local * dearer * base_rate / rate)
    grid = terms.transmission_kzt_2025_per_kwh * prices / rate * 1000 * mwh
    book = (
        (1 - terms.machinery_share)
        * sum(parts.values())
        * (1 - terms.depreciation_buildings) ** np.arange(years.size)
    )
    return np.asarray(cost + grid + terms.property_tax_rate * book * base_rate / rate)


def _working_capital(revenue_kzt: np.ndarray, terms: Terms) -> np.ndarray:
    """Cash that a late buyer ties up (negative) and frees, KZT by year; all back at the end."""
    owed = revenue_kzt * terms.receivable_days / 365
    owed = np.concatenate([np.zeros_like(owed[..., :1]), owed], axis=-1)
    owed[..., -1] = 0.0
    return -np.diff(owed, axis=-1)


def _depreciation(
    cost: np.ndarray | float, operation: Operation, terms: Terms, macro: Macro
) -> np.ndarray:
    """Return tax depreciation by year, dollars: of the cost in tenge at commissioning."""
    parts = (
        (terms.machinery_share, terms.depreciation_machinery),
        (1 - terms.machinery_share, terms.depreciation_buildings),
    )
    deduction = sum(
        declining_balance(np.asarray(cost) * share, rate=rate, years=terms.lifetime)
        for share, rate in parts
    )
    start = macro.rate(operation.construction[-1:])
    return np.asarray(deduction * start / operation.kzt_per_usd)


def tax_of(
    operation: Operation, cost: np.ndarray | float, interest: np.ndarray, terms: Terms, macro: Macro
) -> np.ndarray:
    """Return the income tax by year, dollars; losses are carried in tenge.

    In the years of a holiday no tax is due; losses of these years stay.
    """
    profit = (
        operation.ebitda_usd_nominal - _depreciation(cost, operation, terms, macro) - interest
    ) * operation.kzt_per_usd
    free = np.arange(terms.lifetime) < terms.cit_holiday_years
    profit = np.where(free, np.minimum(profit, 0.0), profit)
    tax = income_tax(profit, rate=terms.cit_rate, carry_years=terms.loss_carry_years)
    tax_usd: np.ndarray = tax / operation.kzt_per_usd
    return tax_usd


def vat_flow(operation: Operation, terms: Terms) -> np.ndarray:
    """Return VAT paid on the investment and refunded later, (..., points + years), dollars.

    The tenge that comes back is worth what it was; its loss until the refund is left out.
    """
    paid = operation.capex_usd_nominal * terms.vat_rate * terms.vat_share
    points, life = paid.shape[-1], terms.lifetime
    flow = np.zeros((*paid.shape[:-1], points + life))
    flow[..., :points] -= paid
    for point in range(points):
        flow[..., min(point + terms.vat_refund_years, points + life - 1)] += paid[..., point]
    return flow


def residual_real_usd(project: Project, terms: Terms) -> float:
    """Return salvage less dismantling before tax, dollars of 2025."""
    plant = investment_parts(project, terms)["plant"]
    return terms.salvage_share * plant - (
        terms.dismantling_usd_2025_per_kw * project.capacity_mw * 1000
    )


def residual_usd(project: Project, terms: Terms, macro: Macro, operation: Operation) -> float:
    """Return salvage less dismantling at the end of the last year, after tax, nominal dollars."""
    level = float(macro.usd_level(operation.years[-1:])[0])
    return residual_real_usd(project, terms) * level * (1 - terms.cit_rate)


def project_flow(
    project: Project, terms: Terms, macro: Macro, operation: Operation, tax: np.ndarray
) -> np.ndarray:
    """Return the cash flow before any loan, (..., points + years), nominal dollars."""
    surplus = operation.ebitda_usd_nominal - tax + operation.working_capital_usd_nominal
    capex = np.broadcast_to(
        operation.capex_usd_nominal,
        (*surplus.shape[:-1], operation.capex_usd_nominal.shape[-1]),
    )
    flow: np.ndarray = np.concatenate([-capex, surplus], axis=-1) + vat_flow(operation, terms)
    flow[..., -1] += residual_usd(project, terms, macro, operation)
    return flow
