"""Prices of the programme in the model's money, and the yearly cost of an investment."""

from __future__ import annotations

from greenanalysis.assumptions import Assumptions
from greenanalysis.errors import input_error
from greenanalysis.finance import annuity
from greenanalysis.money import in_model_money

TARIFFS = {
    "electricity": "MWh",
    "gas": "m3",
    "gas_export": "m3",
    "irrigation_water": "m3",
    "drinking_water": "m3",
    "drinking_water_aktau": "m3",
}


def price(assumptions: Assumptions, technology: str, parameter: str, *, per: str) -> float:
    """Return a price of the assumptions in US dollars of the model's year.

    Parameters
    ----------
    assumptions : one row of that name, its unit with the currency first, e.g. ``KZT/m3``, and its
        ``currency_year`` filled.
    per : what follows the currency in the unit, e.g. ``"m3"``.

    Raises
    ------
    InputError : unknown name, another unit, no year of the prices, or no rate for that year.
    """
    rows = assumptions.rows(technology, parameter)
    unit, year = str(rows["unit"].iloc[0]), str(rows["currency_year"].iloc[0])
    where = f"assumptions, {technology}/{parameter}"
    if unit.partition("/")[2] != per:
        raise input_error("unit", where=where, allowed=f"a currency per {per}", got=unit)
    if not year.strip():
        raise input_error("currency_year", where=where, allowed="a year", got="an empty cell")
    value = assumptions.get(technology, parameter, unit=unit)
    return in_model_money(value, unit, int(float(year)), assumptions)[0]


def tariffs(assumptions: Assumptions) -> dict[str, float]:
    """Return every price of :data:`TARIFFS`: USD of 2025 per MWh or m3."""
    return {name: price(assumptions, "tariff", name, per=per) for name, per in TARIFFS.items()}


def yearly_cost(
    assumptions: Assumptions, technology: str, *, capex_usd: float, wacc: float
) -> tuple[float, float, float]:
    """Return annuity of an investment, its yearly upkeep, and its lifetime.

    Parameters
    ----------
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
