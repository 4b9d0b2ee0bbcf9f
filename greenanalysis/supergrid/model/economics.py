"""What a megawatt of each technology costs in a year, from the assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import MODEL_YEAR
from greenanalysis.finance import annuity
from greenanalysis.supergrid.scenario import Scenario

_PER_ENERGY = ("battery_storage", "hydrogen_tank")
"""Technologies whose cost is stated for each kWh that they hold."""

_COST_YEARS = (2025, 2050)
"""The tables of costs begin and end here; other years have the costs of the nearer end."""


def cost_year(scenario: Scenario) -> int:
    """Return the year whose costs hold for a scenario."""
    return min(max(scenario.year, _COST_YEARS[0]), _COST_YEARS[1])


def wacc(scenario: Scenario, assumptions: Assumptions, *, premium: float = 0.0) -> float:
    """Return the real rate of return on capital, a fraction a year.

    ``premium`` : what a risky place adds to it.
    """
    rate = scenario.wacc
    if rate is None:
        rate = assumptions.get("supergrid", "wacc", unit="1")
    return rate + premium


def yearly_share(
    technology: str, scenario: Scenario, assumptions: Assumptions, *, premium: float = 0.0
) -> float:
    """Return annuity plus fixed operation and maintenance, as a fraction of the investment.

    ``premium`` : see :func:`wacc`.
    """
    year = cost_year(scenario)
    lifetime = assumptions.get(technology, "lifetime", unit="year", year=year)
    try:
        fixed = assumptions.get(technology, "fom", unit="%/year", year=year) / 100.0
    except ValueError:
        if technology != "battery_storage":
            raise
        fixed = 0.0
    return annuity(wacc(scenario, assumptions, premium=premium), lifetime) + fixed


def finance_share(
    technology: str, scenario: Scenario, assumptions: Assumptions, *, premium: float = 0.0
) -> float:
    """Return which part of the yearly cost pays for capital beyond its even write-off, 0 to 1.

    ``premium`` : see :func:`wacc`.
    """
    lifetime = assumptions.get(technology, "lifetime", unit="year", year=cost_year(scenario))
    rate = wacc(scenario, assumptions, premium=premium)
    interest = annuity(rate, lifetime) - 1.0 / lifetime
    return max(0.0, interest) / yearly_share(technology, scenario, assumptions, premium=premium)


def annual_cost(
    technology: str,
    scenario: Scenario,
    assumptions: Assumptions,
    *,
    unit: str = "USD/kW",
    premium: float = 0.0,
) -> float:
    """Return the yearly cost of capital and upkeep of a technology.

    ``premium`` : see :func:`wacc`.

    Returns
    -------
    float : USD of the model's year per MW and year (``unit`` USD/kW or USD/kWh: per MWh), or per
        MW, km and year (``USD/MW/km``).
    """
    overnight = overnight_cost(technology, scenario, assumptions, unit=unit)
    return overnight * yearly_share(technology, scenario, assumptions, premium=premium)


def overnight_cost(
    technology: str, scenario: Scenario, assumptions: Assumptions, *, unit: str = "USD/kW"
) -> float:
    """Return what a MW costs to build (``USD/MW/km``: a MW and km), USD of the model's year."""
    investment = assumptions.get(technology, "investment", unit=unit, year=cost_year(scenario))
    return investment * (1.0 if unit == "USD/MW/km" else 1000.0)


def new_costs(
    parts: Mapping[str, float], scenario: Scenario, assumptions: Assumptions
) -> dict[str, Any]:
    """Return what a MW of something new costs that is made of several technologies.

    Parameters
    ----------
    parts : technology to amount for each MW: MW, or hours of full power for those of
        :data:`_PER_ENERGY`.
    scenario, assumptions : year, rate of return and costs.

    Returns
    -------
    dict : ``capital_cost`` (USD per MW and year), ``finance_share`` (the part of it that pays for
        capital, 0 to 1) and ``investment`` (USD per MW, overnight), columns of a network.
    """
    units = {name: "USD/kWh" if name in _PER_ENERGY else "USD/kW" for name in parts}
    yearly = {
        name: amount * annual_cost(name, scenario, assumptions, unit=units[name])
        for name, amount in parts.items()
    }
    interest = sum(
        cost * finance_share(name, scenario, assumptions) for name, cost in yearly.items()
    )
    return {
        "capital_cost": sum(yearly.values()),
        "finance_share": interest / sum(yearly.values()),
        "investment": sum(
            amount * overnight_cost(name, scenario, assumptions, unit=units[name])
            for name, amount in parts.items()
        ),
    }


def marginal_cost(technology: str, scenario: Scenario, assumptions: Assumptions) -> float:
    """Return fuel, variable upkeep and CO2 price of a thermal plant, USD/MWh."""
    fuel = assumptions.get(technology, "fuel", unit="USD/MWh")
    upkeep = assumptions.get(technology, "vom", unit="USD/MWh")
    return fuel + upkeep + scenario.co2_price_usd_per_t * co2(technology, assumptions)


def co2(technology: str, assumptions: Assumptions) -> float:
    """Return the emissions of a thermal plant, t of CO2 per MWh of electricity."""
    return assumptions.get(technology, "co2", unit="t/MWh")


__all__ = [
    "MODEL_YEAR",
    "annual_cost",
    "co2",
    "cost_year",
    "finance_share",
    "marginal_cost",
    "new_costs",
    "overnight_cost",
    "wacc",
    "yearly_share",
]
