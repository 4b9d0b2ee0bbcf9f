"""Saving gas in the housing of a region: measures in the order of their cost, each on the rest."""

from __future__ import annotations

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.finance import annuity
from greenanalysis.programme.heat_demand import HousingHeat
from greenanalysis.programme.heat_plans import Plan, Prices, heat_plans
from greenanalysis.programme.macc import Saving, abatement_curve
from greenanalysis.programme.measure import Measure
from greenanalysis.programme.regional import missing_facts, regional_facts

NEEDED = ("floor_area", "gas_heated_share", "gas_leak_share")


def heat_curve(
    heat: HousingHeat, assumptions: Assumptions, *, temp_air: pd.Series, prices: Prices
) -> pd.DataFrame:
    """Return the abatement curve of gas in a region's housing.

    Returns
    -------
    DataFrame : columns of :func:`~greenanalysis.programme.macc.abatement_curve` in m3 of gas a
        year, with ``usd_per_1000_m3``; empty where the region's facts are missing.
    """
    plans = heat_plans(heat, assumptions, temp_air=temp_air, prices=prices)
    leak = regional_facts("heat_regions", heat.region)["gas_leak_share"]
    supplied = float(heat.gas_m3.sum()) / (1 - leak if leak > 0 else 1.0)
    curve = abatement_curve(
        [_saving(plan, assumptions, prices) for plan in plans],
        demand=supplied,
        value_usd_per_unit=prices.gas_usd_per_m3,
    )
    return curve.assign(usd_per_1000_m3=curve["usd_per_unit"] * 1000)


def heat_measures(
    heat: HousingHeat, assumptions: Assumptions, *, temp_air: pd.Series, prices: Prices
) -> list[Measure]:
    """Return the measures of a region that save gas in housing, cheapest first.

    Parameters
    ----------
    heat : of the region, :func:`~greenanalysis.programme.heat_demand.housing_heat`.
    assumptions : of heating and its measures.
    temp_air : hourly mean of the region, degC; label = end of the hour, UTC.
    prices : see :class:`~greenanalysis.programme.heat_plans.Prices`.

    Returns
    -------
    list of Measure : each on the gas that the cheaper ones leave, so they add up; empty where the
        region's facts are missing (see :func:`missing_inputs`).

    Raises
    ------
    InputError : facts or assumptions out of range.

    Notes
    -----
    A measure that is funded without the cheaper ones before it saves somewhat more than stated.
    """
    plans = heat_plans(heat, assumptions, temp_air=temp_air, prices=prices)
    by_name = {plan.technology: plan for plan in plans}
    curve = heat_curve(heat, assumptions, temp_air=temp_air, prices=prices)
    return [
        _measure(by_name[name], heat.region, met, saved, co2, assumptions, prices)
        for name, met, saved, co2 in zip(
            curve["name"], curve["demand_before"], curve["saved"], curve["co2_t"], strict=True
        )
    ]


def missing_inputs(region: str) -> list[str]:
    """Say in plain sentences which facts a region lacks for the measures that save gas.

    Raises
    ------
    InputError : unknown region.
    """
    return missing_facts("heat_regions", region, NEEDED)


def _saving(plan: Plan, assumptions: Assumptions, prices: Prices) -> Saving:
    lifetime = assumptions.get(plan.technology, "lifetime", unit="year")
    upkeep = assumptions.get(plan.technology, "fom", unit="%/year") / 100
    yearly = annuity(prices.wacc, lifetime) + upkeep
    power = plan.electricity_mwh_per_m3_saved
    co2 = plan.gas_co2_t_per_m3 or prices.gas_co2_t_per_m3
    return Saving(
        name=plan.technology,
        share=plan.share,
        fixed_usd_per_year=yearly * plan.capex_fixed,
        usd_per_unit_met=yearly * plan.capex_per_m3_met,
        usd_per_unit_saved=yearly * plan.capex_per_m3_saved
        + power * prices.electricity_usd_per_mwh,
        co2_t_per_unit_saved=co2 - power * prices.grid_co2_t_per_mwh,
    )


def _measure(
    plan: Plan,
    region: str,
    met: float,
    saved: float,
    co2: float,
    assumptions: Assumptions,
    prices: Prices,
) -> Measure:
    power = plan.electricity_mwh_per_m3_saved * saved
    upkeep = assumptions.get(plan.technology, "fom", unit="%/year") / 100 * plan.capex(met)
    return Measure(
        name=plan.technology,
        title=plan.title,
        theme="gas",
        region=region,
        size=plan.size,
        capex_usd=plan.capex(met),
        opex_usd_per_year=upkeep + power * prices.electricity_usd_per_mwh,
        lifetime_years=assumptions.get(plan.technology, "lifetime", unit="year"),
        income_usd_per_year=saved * prices.gas_usd_per_m3,
        electricity_mwh_per_year=-power,
        gas_m3_per_year=saved,
        water_m3_per_year=0.0,
        co2_t_per_year=co2,
        readiness=plan.readiness,
        readiness_source=plan.readiness_source,
        assumptions=(
            *(f"{plan.technology}/{name}" for name in plan.parameters),
            "heating/specific_heat_loss",
            "heating/boiler_efficiency",
            "tariff/gas",
        ),
        note=plan.note,
    )
