"""Prices of the programme in the model's money: the base case, each of them changeable alone."""

from __future__ import annotations

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.finance import annuity

ELECTRICITY = "electricity tariff (USD/MWh)"
PUBLIC = "electricity tariff of public buildings (USD/MWh)"
AUCTION = "auction prices (1 = base)"
GAS = "gas tariff (USD/m3)"
GAS_BORDER = "gas at the border (USD/m3)"
IRRIGATION = "irrigation water (USD/m3)"
DRINKING = "drinking water (USD/m3)"
COTTON = "raw cotton (USD/t)"
COAL = "coal (USD/t)"
CARBON = "social value of CO2 (USD/t)"
SMOKE = "social cost of fine particles (USD/t)"
RATE = "discount rate"
INVESTMENT = "investment (1 = base)"

_TARIFFS = {
    "electricity": "MWh",
    "electricity_public": "MWh",
    "gas": "m3",
    "gas_export": "m3",
    "irrigation_water": "m3",
    "drinking_water": "m3",
    "drinking_water_aktau": "m3",
    "raw_cotton": "t",
}
_LOCAL_TARIFFS = {"KZ-47": {"drinking_water": "drinking_water_aktau"}}
"""Regions whose own tariff is known besides the national one."""


def tariffs(assumptions: Assumptions) -> dict[str, float]:
    """Return every price of :data:`_TARIFFS`: USD of 2025 per MWh, m3 or t."""
    return {
        name: price(assumptions, "tariff", name, unit=f"USD/{per}")
        for name, per in _TARIFFS.items()
    }


def base_inputs(region: str, assumptions: Assumptions) -> dict[str, float]:
    """Return the prices and rates of the base case, each changeable alone.

    Parameters
    ----------
    region : ISO 3166-2 code; its own tariff counts where it is known.
    assumptions : tariffs, social values and the discount rate.
    """
    known, local = tariffs(assumptions), _LOCAL_TARIFFS.get(region, {})
    return {
        ELECTRICITY: known["electricity"],
        PUBLIC: known["electricity_public"],
        AUCTION: 1.0,
        GAS: known["gas"],
        GAS_BORDER: known["gas_export"],
        IRRIGATION: known["irrigation_water"],
        DRINKING: known[local.get("drinking_water", "drinking_water")],
        COTTON: known["raw_cotton"],
        COAL: price(assumptions, "coal_heat", "price", unit="USD/t"),
        CARBON: price(assumptions, "social", "carbon_price", unit="USD/t"),
        SMOKE: price(assumptions, "social", "pm25_cost", unit="USD/t"),
        RATE: assumptions.get("supergrid", "wacc", unit="1"),
        INVESTMENT: 1.0,
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
