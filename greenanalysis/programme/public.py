"""Measures of the public sector and of homes: roofs of schools, street lights, coal stoves, sewage.

Each is formed where the region's facts allow it; the others are listed as data to collect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.core.tables import read_facts
from greenanalysis.finance import HOURS_PER_YEAR
from greenanalysis.programme.heat_demand import HousingHeat
from greenanalysis.programme.measure import Benefit, Measure
from greenanalysis.programme.regional import regional_facts
from greenanalysis.resource.heat import gas_for_heat_m3

_PILOT = (
    "50 kW on a lyceum in Turkistan, https://kazaknews.kz/bilim-gylym/t-rkistanda-al-ash-ret-"
    "mektepke-k-nnen-uat-alatyn-ondyr-y-ornatyldy"
)
_GASIFIED = (
    "95 settlements got gas in 2025, https://24.kz/amp/ru/news/social/"
    "745009-95-naseljonnykh-punktov-gazifitsirovali-v-2025-godu"
)
_ASTANA = (
    "25,000 street lights of Astana, https://informburo.kz/novosti/25-000-staryh-svetilnikov-"
    "zamenyat-na-svetodiodnye-v-astane-k-2019-godu.html"
)
_KONAEV = "sewage works of Konaev, https://kazpravda.kz/n/v-konaeve-nachali-stroit-kos/"
_GRAMS_PER_TONNE = 1e6


@dataclass(frozen=True, kw_only=True)
class PublicPrices:
    """Prices of these measures: USD per MWh, t and m3; t of CO2 per MWh and m3.

    ``smoke_usd_per_t`` is the social cost of a tonne of fine particles.
    """

    public_electricity_usd_per_mwh: float
    coal_usd_per_t: float
    gas_usd_per_m3: float
    gas_border_usd_per_m3: float
    irrigation_usd_per_m3: float
    smoke_usd_per_t: float
    grid_co2_t_per_mwh: float
    gas_co2_t_per_m3: float


def public_facts(region: str) -> dict[str, float]:
    """Return quantity -> value of ``programme_regions.csv`` for one region; only what is known."""
    table = read_facts("programme_regions", numeric=["value", "year"])
    rows = table[table["region"] == region]
    return dict(zip(rows["quantity"], rows["value"], strict=True))


def public_measures(
    region: str,
    assumptions: Assumptions,
    *,
    heat: HousingHeat,
    population: float,
    solar_factor: float,
    prices: PublicPrices,
) -> list[Measure]:
    """Return the measures of the public sector and of homes that a region's facts allow.

    Parameters
    ----------
    region : ISO 3166-2 code.
    assumptions : ``public_pv``, ``coal_stove``, ``street_light``, ``wastewater_reuse``.
    heat : of the region's housing.
    population : of the region.
    solar_factor : mean capacity factor of solar plants there, NaN where none is known.
    prices : see :class:`PublicPrices`.
    """
    facts = public_facts(region)
    measures = []
    if facts.get("schools", 0.0) > 0 and solar_factor > 0:
        measures.append(_school_roofs(region, facts["schools"], assumptions, solar_factor, prices))
    if facts.get("street_lights", 0.0) > 0:
        measures.append(_street_lights(region, facts["street_lights"], assumptions, prices))
    if {"people_newly_with_gas", "people_per_gas_subscriber"} <= set(facts):
        people = facts["people_newly_with_gas"]
        houses = people / facts["people_per_gas_subscriber"]
        heat_mwh = float(heat.heat_mwh.sum()) * people / population
        measures.append(_coal_stoves(region, houses, heat_mwh, assumptions, prices))
    reuse = regional_facts("water_regions", region)["wastewater_reuse"]
    if reuse > 0:
        measures.append(_reused_water(region, reuse, assumptions, prices))
    return measures


def _upkeep(technology: str, capex: float, assumptions: Assumptions) -> float:
    return capex * assumptions.get(technology, "fom", unit="%/year") / 100


def _rows(technology: str, *parameters: str) -> tuple[str, ...]:
    return tuple(f"{technology}/{name}" for name in parameters)


def _school_roofs(
    region: str,
    schools: float,
    assumptions: Assumptions,
    solar_factor: float,
    prices: PublicPrices,
) -> Measure:
    kw = schools * assumptions.get("public_pv", "capacity", unit="kW")
    capex = kw * price(assumptions, "public_pv", "investment", unit="USD/kW")
    own = assumptions.get("public_pv", "own_use", unit="1")
    used = kw / 1000 * solar_factor * HOURS_PER_YEAR * own
    return Measure(
        name="public_rooftop_pv",
        title="Solar roofs of schools",
        theme="solar",
        region=region,
        size=f"{schools:,.0f} schools, {kw / 1000:,.0f} MW",
        capex_usd=capex,
        opex_usd_per_year=_upkeep("public_pv", capex, assumptions),
        lifetime_years=assumptions.get("public_pv", "lifetime", unit="year"),
        benefits=(
            Benefit(
                name="electricity of public buildings",
                quantity=used,
                unit="MWh",
                price_usd=prices.public_electricity_usd_per_mwh,
                gains="budget",
            ),
        ),
        electricity_mwh_per_year=used,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=used * prices.grid_co2_t_per_mwh,
        readiness=3,
        readiness_source=_PILOT,
        owner="budget",
        assumptions=(
            *_rows("public_pv", "capacity", "investment", "own_use", "lifetime", "fom"),
            "tariff/electricity_public",
        ),
        note=f"{own:.0%} of the yield is used by the school itself, the rest earns nothing; the "
        "tariff decides, and that of the region is not known",
    )


def _street_lights(
    region: str, lights: float, assumptions: Assumptions, prices: PublicPrices
) -> Measure:
    def of(name: str, unit: str) -> float:
        return assumptions.get("street_light", name, unit=unit)

    capex = lights * price(assumptions, "street_light", "investment", unit="USD/light")
    before = lights * of("power", "kW") * of("hours", "hour/year") / 1000
    saved = before * of("saving", "1")
    return Measure(
        name="street_lights",
        title="LED street lights",
        theme="energy efficiency",
        region=region,
        size=f"{lights:,.0f} lights",
        capex_usd=capex,
        opex_usd_per_year=_upkeep("street_light", capex, assumptions),
        lifetime_years=of("lifetime", "year"),
        benefits=(
            Benefit(
                name="electricity of public buildings",
                quantity=saved,
                unit="MWh",
                price_usd=prices.public_electricity_usd_per_mwh,
                gains="budget",
            ),
        ),
        electricity_mwh_per_year=saved,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=saved * prices.grid_co2_t_per_mwh,
        readiness=3,
        readiness_source=_ASTANA,
        owner="budget",
        assumptions=(
            *_rows("street_light", "investment", "saving", "power", "hours", "lifetime", "fom"),
            "tariff/electricity_public",
        ),
        note="the whole price of the light is counted, though old ones wear out anyway",
    )


def _coal_stoves(
    region: str, houses: float, heat_mwh: float, assumptions: Assumptions, prices: PublicPrices
) -> Measure:
    """Return boilers on gas for stoves on coal in houses that a pipe has reached.

    ``heat_mwh`` is the useful heat of these houses in a year.
    """
    capex = houses * price(assumptions, "coal_stove", "investment", unit="USD/house")
    stove = assumptions.get("coal_heat", "boiler_efficiency", unit="1")
    coal_gj = heat_mwh * 3.6 / stove
    coal_t = coal_gj / assumptions.get("coal_heat", "heating_value", unit="MJ/kg")
    gas = heat_mwh * gas_for_heat_m3(
        1.0,
        efficiency=assumptions.get("heating", "boiler_efficiency", unit="1"),
        heating_value_kwh_per_m3=assumptions.get("natural_gas", "heating_value", unit="kWh/m3"),
    )
    particles, sulphur = (
        coal_gj * assumptions.get("coal_smoke", name, unit="g/GJ") / _GRAMS_PER_TONNE
        for name in ("pm25", "so2")
    )
    benefits = (
        Benefit(
            name="coal",
            quantity=coal_t,
            unit="t",
            price_usd=prices.coal_usd_per_t,
            gains="households",
        ),
        Benefit(
            name="gas at the border beyond its tariff",
            quantity=-gas,
            unit="m3",
            price_usd=max(0.0, prices.gas_border_usd_per_m3 - prices.gas_usd_per_m3),
            gains="state",
            money=False,
        ),
        Benefit(
            name="fine particles not breathed in",
            quantity=particles,
            unit="t",
            price_usd=prices.smoke_usd_per_t,
            gains="society",
            money=False,
        ),
    )
    co2 = coal_gj * assumptions.get("coal_heat", "co2", unit="t/GJ") - gas * prices.gas_co2_t_per_m3
    return Measure(
        name="coal_stoves",
        title="Gas boilers for coal stoves in newly gasified villages",
        theme="gas",
        region=region,
        size=f"{houses:,.0f} houses",
        capex_usd=capex,
        opex_usd_per_year=_upkeep("coal_stove", capex, assumptions) + gas * prices.gas_usd_per_m3,
        lifetime_years=assumptions.get("coal_stove", "lifetime", unit="year"),
        benefits=benefits,
        electricity_mwh_per_year=0.0,
        gas_m3_per_year=-gas,
        water_m3_per_year=0.0,
        co2_t_per_year=co2,
        readiness=3,
        readiness_source=_GASIFIED,
        owner="households",
        assumptions=(
            *_rows("coal_stove", "investment", "lifetime", "fom"),
            *_rows("coal_heat", "price", "heating_value", "boiler_efficiency", "co2"),
            *_rows("coal_smoke", "pm25", "so2"),
            "social/pm25_cost",
            "tariff/gas",
        ),
        note=f"{coal_t / houses:.1f} t of coal a house and winter, modelled; a villager of the "
        f"south speaks of 7 to 8 t. {particles:,.0f} t of fine particles and {sulphur:,.0f} t of "
        "SO2 a year are avoided; all of these houses are taken to burn coal today, and the pipes "
        "in the street are not counted",
    )


def _reused_water(
    region: str, m3_per_day: float, assumptions: Assumptions, prices: PublicPrices
) -> Measure:
    capex = m3_per_day * price(assumptions, "wastewater_reuse", "investment", unit="USD/(m3/day)")
    water = m3_per_day * assumptions.get("wastewater_reuse", "season", unit="day")
    return Measure(
        name="wastewater_reuse",
        title="Treated wastewater on the fields",
        theme="water",
        region=region,
        size=f"{m3_per_day:,.0f} m3 a day",
        capex_usd=capex,
        opex_usd_per_year=_upkeep("wastewater_reuse", capex, assumptions),
        lifetime_years=assumptions.get("wastewater_reuse", "lifetime", unit="year"),
        benefits=(
            Benefit(
                name="irrigation water",
                quantity=water,
                unit="m3",
                price_usd=prices.irrigation_usd_per_m3,
                gains="operator",
            ),
        ),
        electricity_mwh_per_year=0.0,
        gas_m3_per_year=0.0,
        water_m3_per_year=water,
        co2_t_per_year=0.0,
        readiness=3,
        readiness_source=_KONAEV,
        assumptions=(
            *_rows("wastewater_reuse", "investment", "season", "lifetime", "fom"),
            "tariff/irrigation_water",
        ),
        note="the works clean the water in any case where the law asks for it; then only the canal "
        "to the fields is the cost of reuse, which is not known",
    )


def measure_projects() -> pd.DataFrame:
    """Return one project of Kazakhstan or Central Asia beside the cost of each measure.

    Returns
    -------
    DataFrame : index measure; project, place, country, year (text), cost (in words), status
        (``unknown`` where none was found), source.
    """
    return read_facts("measure_projects").set_index("measure")


def data_to_collect(measures: Mapping[str, object] | pd.Index) -> pd.DataFrame:
    """Return the measures that lack inputs: what is lacking, who can supply it, what is known.

    Parameters
    ----------
    measures : names of those that the region's facts allow already.
    """
    table = read_facts("measures_to_collect").set_index("measure")
    return table[~table.index.isin(list(measures))]
