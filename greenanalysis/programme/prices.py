"""Prices of the programme in the model's money, and the yearly cost of an investment."""

from __future__ import annotations

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.finance import annuity

_TARIFFS = {
    "electricity": "MWh",
    "gas": "m3",
    "gas_export": "m3",
    "irrigation_water": "m3",
    "drinking_water": "m3",
    "drinking_water_aktau": "m3",
}


def tariffs(assumptions: Assumptions) -> dict[str, float]:
    """Return every price of :data:`_TARIFFS`: USD of 2025 per MWh or m3."""
    return {
        name: price(assumptions, "tariff", name, unit=f"USD/{per}")
        for name, per in _TARIFFS.items()
    }


def yearly_cost(
    assumptions: Assumptions, technology: str, *, capex_usd: float, wacc: float
) -> tuple[float, float, float]:
    """Return annuity of an investment, its yearly upkeep, and its lifetime.

    Parameters
    ----------
    assumptions : of the technology.
    technology : with ``lifetime`` (year) and ``fom`` (%/year) in the assumptions.
    capex_usd : investment.
    wacc : real interest, fraction a year.

    Returns
    -------
    tuple : USD/year, USD/year, years.
    """
    lifetime = assumptions.get(technology, "lifetime", unit="year")
    upkeep = capex_usd * assumptions.get(technology, "fom", unit="%/year") / 100
    return capex_usd * annuity(wacc, lifetime), upkeep, lifetime
