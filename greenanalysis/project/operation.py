"""What a plant earns and spends before its loan, and the tax on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.project.macro import Macro
from greenanalysis.project.tax import declining_balance, income_tax
from greenanalysis.project.terms import Project, Terms


@dataclass(frozen=True)
class Shock:
    """Departures from the base case; each a factor (1 leaves as it is) or an addition (0 does).

    ``energy`` and ``rate`` may be (draws, years), the others (draws, 1) or numbers. ``rate`` works
    on KZT per USD; ``delay`` is the part of the first year without energy.
    """

    energy: np.ndarray | float = 1.0
    price: np.ndarray | float = 1.0
    merchant: np.ndarray | float = 1.0
    capex: np.ndarray | float = 1.0
    opex: np.ndarray | float = 1.0
    rate: np.ndarray | float = 1.0
    delay: np.ndarray | float = 0.0


@dataclass(frozen=True)
class Operation:
    """What the plant earns and spends before tax and loan, (..., years); nominal money."""

    years: np.ndarray
    energy_mwh: np.ndarray
    kzt_per_usd: np.ndarray
    price_kzt_per_kwh: np.ndarray
    revenue_usd_nominal: np.ndarray
    opex_usd_nominal: np.ndarray
    capex_usd_nominal: np.ndarray

    @property
    def ebitda_usd_nominal(self) -> np.ndarray:
        """Return revenue less running cost."""
        surplus: np.ndarray = self.revenue_usd_nominal - self.opex_usd_nominal
        return surplus


def investment_parts(project: Project, terms: Terms) -> dict[str, float]:
    """Return the investment by part, dollars of 2025, paid at the prices of the contract."""
    kilowatt = project.capacity_mw * 1000
    line = terms.connection_usd_2025_per_mw_km * project.connection_km * project.capacity_mw
    return {
        "plant": kilowatt * terms.capex_usd_2025_per_kw,
        "line": line,
        "station": kilowatt * terms.connection_station_usd_2025_per_kw,
        "storage": project.storage_mwh * 1000 * terms.storage_usd_2025_per_kwh
        + project.storage_mw * 1000 * terms.storage_inverter_usd_2025_per_kw,
    }


def operate(
    project: Project, terms: Terms, macro: Macro, *, energy: float, shock: Shock | None = None
) -> Operation:
    """Return what the plant earns and spends in each year of its life.

    Parameters
    ----------
    project, terms, macro : of the plant.
    energy : MWh of the first full year before curtailment.
    shock : departures, with any number of draws.
    """
    shock = shock or Shock()
    age = np.arange(terms.lifetime)
    years = macro.price_year + terms.construction_years + 1 + age
    made = (
        energy * (1 - terms.curtailment) * (1 - terms.degradation) ** age * np.asarray(shock.energy)
    )
    made = made * (1 - np.where(age == 0, np.asarray(shock.delay), 0.0))
    base_rate = macro.rate(years)
    rate = base_rate * np.asarray(shock.rate)
    contract, market = project.contract.path_kzt(
        np.broadcast_to(rate, np.broadcast_shapes(rate.shape, made.shape)),
        inflation_kzt=macro.inflation_kzt,
        level=macro.kzt_level(years),
    )
    price = contract * shock.price + market * shock.merchant
    fixed = terms.fixed_cost_usd_2025_per_kw_year * project.capacity_mw * 1000
    dollars = (fixed + terms.variable_cost_usd_2025_per_mwh * made) * shock.opex
    local = terms.operation_local_share
    opex = dollars * macro.usd_level(years) * (1 - local + local * base_rate / rate)
    investment = sum(investment_parts(project, terms).values()) * np.asarray(shock.capex)
    return Operation(
        years=years,
        energy_mwh=made,
        kzt_per_usd=rate,
        price_kzt_per_kwh=price,
        revenue_usd_nominal=made * 1000 * price / rate,
        opex_usd_nominal=opex,
        capex_usd_nominal=np.asarray(investment, dtype=float),
    )


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
    start = macro.rate(np.array([operation.years[0] - 1]))
    return np.asarray(deduction * start / operation.kzt_per_usd)


def tax_of(
    operation: Operation, cost: np.ndarray | float, interest: np.ndarray, terms: Terms, macro: Macro
) -> np.ndarray:
    """Return the income tax by year, dollars; losses are carried in tenge."""
    profit = (
        operation.ebitda_usd_nominal - _depreciation(cost, operation, terms, macro) - interest
    ) * operation.kzt_per_usd
    tax = income_tax(profit, rate=terms.cit_rate, carry_years=terms.loss_carry_years)
    tax_usd: np.ndarray = tax / operation.kzt_per_usd
    return tax_usd
