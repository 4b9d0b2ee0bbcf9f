"""Saving gas in the housing of a region: measures in the order of their cost, each on the rest.

A way to save gas says what share it saves, what it costs and the power that it uses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.finance import annuity
from greenanalysis.programme.heat_demand import HousingHeat
from greenanalysis.programme.macc import Saving, abatement_curve
from greenanalysis.programme.measure import Benefit, Measure
from greenanalysis.programme.regional import missing_facts, regional_facts
from greenanalysis.resource.checks import require_range
from greenanalysis.resource.heat import leak_saving

_UNDP = "UNDP and GEF pilots in Karaganda, http://eep.kz/en/epszhz/pilot-project/?ELEMENT_ID=1365"
_ORKEN = (
    "Modernisation programme in Astana, "
    "https://kazpravda.kz/n/programma-modernizatsii-zhkh-pozvolila-astanchanam-sekonomit-dengi-na-teplo"
)
_DEA = "Danish Energy Agency, technology data for heating installations, 2018"
_KTG = (
    "KazTransGas, laser detector found more than 5,000 leaks, "
    "https://ic24.kz/news/v-kazakhstane-ustranili-bolee-5-tys-utechek-gaza-blagodarya-sovremennomu-oborudovaniyu-ktg-u40008"
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A way to save gas: what share, what it costs, how the cost grows, the power it uses."""

    technology: str
    title: str
    size: str
    share: float
    capex_fixed: float = 0.0
    capex_per_m3_met: float = 0.0
    capex_per_m3_saved: float = 0.0
    electricity_mwh_per_m3_saved: float = 0.0
    gas_co2_t_per_m3: float = 0.0
    readiness: int
    readiness_source: str
    parameters: tuple[str, ...]
    owner: str = "households"
    note: str = ""

    def capex(self, met: float) -> float:
        """Return the investment (USD) where it meets this much gas a year."""
        per_m3 = self.capex_per_m3_met + self.capex_per_m3_saved * self.share
        return self.capex_fixed + per_m3 * met


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Arguments of a curve: USD per m3 and MWh, t of CO2 per m3 and MWh, real interest.

    ``gas_border_usd_per_m3`` is what a cubic metre is worth at the border; what it is worth beyond
    the tariff is a gain of the country, not of who saves it.
    """

    gas_usd_per_m3: float
    electricity_usd_per_mwh: float
    gas_co2_t_per_m3: float
    grid_co2_t_per_mwh: float
    wacc: float
    gas_border_usd_per_m3: float = 0.0
    leak_co2_t_per_m3: float | None = None

    def __post_init__(self) -> None:
        """Refuse negative prices and emissions."""
        for name in (
            "gas_usd_per_m3",
            "gas_border_usd_per_m3",
            "electricity_usd_per_mwh",
            "gas_co2_t_per_m3",
            "grid_co2_t_per_mwh",
        ):
            require_range(name, getattr(self, name), where="Prices")


def _heat_plans(
    heat: HousingHeat, assumptions: Assumptions, *, temp_air: pd.Series, prices: Prices
) -> list[Plan]:
    """Make the plans that a region's facts allow; none where its gas-heated housing is unknown.

    Parameters
    ----------
    heat : of :func:`~greenanalysis.programme.heat_demand.housing_heat`.
    assumptions : of heating and its measures.
    temp_air : hourly, degC; boilers and heat pumps are sized to its coldest hundredth.
    prices : see :class:`Prices`.
    """
    if math.isnan(heat.gas_share) or heat.gas_share * heat.floor_area_m2 <= 0:
        return []
    area = heat.floor_area_m2 * heat.gas_share
    loss = assumptions.get("heating", "specific_heat_loss", unit="W/m2/K")
    base = assumptions.get("heating", "base_temperature", unit="degC")
    peak_kw = area * loss * max(base - float(temp_air.quantile(0.01)), 0.0) / 1000
    kw_per_m3 = peak_kw / float(heat.gas_m3.sum())
    plans = [
        _per_area("insulation", "Insulate old houses", area, assumptions, _UNDP),
        _per_area("heat_metering", "Meters and thermostats", area, assumptions, _ORKEN),
        _boilers(kw_per_m3, peak_kw, assumptions),
        _heat_pumps(kw_per_m3, peak_kw, assumptions),
    ]
    leak = regional_facts("heat_regions", heat.region)["gas_leak_share"]
    if leak > 0:
        plans.append(_leaks(leak, assumptions, prices))
    return plans


def _per_area(
    technology: str, title: str, area: float, assumptions: Assumptions, seen: str
) -> Plan:
    part = assumptions.get(technology, "share", unit="1")
    return Plan(
        technology=technology,
        title=title,
        size=f"{area * part / 1e6:.1f} million m2 of floor",
        share=part * assumptions.get(technology, "saving", unit="1"),
        capex_fixed=price(assumptions, technology, "investment", unit="USD/m2") * area * part,
        readiness=3,
        readiness_source=seen,
        parameters=("saving", "share", "investment", "lifetime", "fom"),
    )


def _boilers(kw_per_m3: float, peak_kw: float, assumptions: Assumptions) -> Plan:
    part = assumptions.get("gas_boiler", "share", unit="1")
    old = assumptions.get("heating", "boiler_efficiency", unit="1")
    new = assumptions.get("gas_boiler", "efficiency", unit="1")
    return Plan(
        technology="gas_boiler",
        title="Condensing boilers for old ones",
        size=f"up to {peak_kw * part / 1000:.0f} MW of heat, less what was saved before",
        share=part * max(0.0, 1 - old / new),
        capex_per_m3_met=price(assumptions, "gas_boiler", "investment", unit="USD/kW")
        * kw_per_m3
        * part,
        readiness=2,
        readiness_source=_DEA,
        parameters=("efficiency", "share", "investment", "lifetime", "fom"),
        note="full price of the boiler, though some would be replaced anyway",
    )


def _heat_pumps(kw_per_m3: float, peak_kw: float, assumptions: Assumptions) -> Plan:
    part = assumptions.get("heat_pump", "share", unit="1")
    heat_kwh = assumptions.get("natural_gas", "heating_value", unit="kWh/m3") * assumptions.get(
        "gas_boiler", "efficiency", unit="1"
    )
    return Plan(
        technology="heat_pump",
        title="Heat pumps instead of boilers",
        size=f"up to {peak_kw * part / 1000:.0f} MW of heat, less what was saved before",
        share=part,
        capex_per_m3_met=price(assumptions, "heat_pump", "investment", unit="USD/kW")
        * kw_per_m3
        * part,
        electricity_mwh_per_m3_saved=heat_kwh
        / assumptions.get("heat_pump", "cop", unit="1")
        / 1000,
        readiness=2,
        readiness_source=_DEA,
        parameters=("cop", "share", "investment", "lifetime", "fom"),
        note="heat of a good boiler is replaced, so electricity is not understated; with power "
        "from coal a heat pump can emit more than the gas it replaces",
    )


def _leaks(leak: float, assumptions: Assumptions, prices: Prices) -> Plan:
    reduction = assumptions.get("gas_network", "reduction", unit="1")
    methane = prices.leak_co2_t_per_m3
    return Plan(
        technology="gas_network",
        title="Find and repair leaks of the gas network",
        size=f"leaks from {leak:.1%} to {leak * (1 - reduction):.1%} of the gas fed in",
        share=leak_saving(leak_share=leak, reduction=reduction),
        capex_per_m3_saved=price(assumptions, "gas_network", "investment", unit="USD/(m3/year)"),
        gas_co2_t_per_m3=prices.gas_co2_t_per_m3 if methane is None else methane,
        readiness=3,
        readiness_source=_KTG,
        parameters=("reduction", "investment", "lifetime", "fom"),
        owner="operator",
        note="counted as burnt gas; methane warms more" if methane is None else "",
    )


def gas_benefits(
    saved_m3: float, *, tariff_usd_per_m3: float, border_usd_per_m3: float, gains: str
) -> tuple[Benefit, ...]:
    """Return what saved gas is worth: the tariff to who saves it, the rest to the country.

    Parameters
    ----------
    saved_m3 : a year; negative where gas is used.
    tariff_usd_per_m3 : what it costs there.
    border_usd_per_m3 : what it costs to import, or earns abroad.
    gains : who no longer buys it.
    """
    bought = Benefit(
        name="gas", quantity=saved_m3, unit="m3", price_usd=tariff_usd_per_m3, gains=gains
    )
    beyond = Benefit(
        name="gas at the border beyond its tariff",
        quantity=saved_m3,
        unit="m3",
        price_usd=max(0.0, border_usd_per_m3 - tariff_usd_per_m3),
        gains="state",
        money=False,
    )
    return (bought, beyond)


_NEEDED = ("floor_area", "gas_heated_share", "gas_leak_share")


def heat_curve(
    heat: HousingHeat, assumptions: Assumptions, *, temp_air: pd.Series, prices: Prices
) -> pd.DataFrame:
    """Return the abatement curve of gas in a region's housing.

    Returns
    -------
    DataFrame : columns of :func:`~greenanalysis.programme.macc.abatement_curve` in m3 of gas a
        year, with ``usd_per_1000_m3``; empty where the region's facts are missing.
    """
    plans = _heat_plans(heat, assumptions, temp_air=temp_air, prices=prices)
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
    prices : see :class:`~greenanalysis.programme.heat.Prices`.

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
    plans = _heat_plans(heat, assumptions, temp_air=temp_air, prices=prices)
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
    return missing_facts("heat_regions", region, _NEEDED)


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
        benefits=gas_benefits(
            saved,
            tariff_usd_per_m3=prices.gas_usd_per_m3,
            border_usd_per_m3=prices.gas_border_usd_per_m3,
            gains=plan.owner,
        ),
        electricity_mwh_per_year=-power,
        gas_m3_per_year=saved,
        water_m3_per_year=0.0,
        co2_t_per_year=co2,
        readiness=plan.readiness,
        readiness_source=plan.readiness_source,
        owner=plan.owner,
        assumptions=(
            *(f"{plan.technology}/{name}" for name in plan.parameters),
            "heating/specific_heat_loss",
            "heating/boiler_efficiency",
            "tariff/gas",
        ),
        note=plan.note,
    )
