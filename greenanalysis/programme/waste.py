"""Measures for the waste of a region: landfill gas, a sorting line, waste-to-energy plants.

All rest on how much waste the region has; plants that are planned are measures of their own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.atlas.waste import (
    avoided_methane_t,
    burnt_fossil_t,
    heating_value,
    landfill_series,
    read_composition,
    recovered_t,
    waste_cities,
    waste_statistic,
)
from greenanalysis.core import money
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.money import MODEL_CURRENCY, MODEL_YEAR, Money, convert
from greenanalysis.core.tables import read_facts
from greenanalysis.programme.measure import Benefit, Measure
from greenanalysis.resource.bio.waste import electricity_mwh, generation_t, methane_power_mw

if TYPE_CHECKING:
    import geopandas as gpd


def _collected_t(
    region: str, regions: gpd.GeoDataFrame, assumptions: Assumptions
) -> tuple[float, str]:
    """Return the region's waste of a year and where the figure is from.

    Returns
    -------
    tuple : t a year, of the region's own statistic where there is a plausible one, and that in
        words.
    """
    per_head = assumptions.get("waste", "per_head", unit="kg/year")
    people = regions.loc[[region], "population"].to_numpy()
    modelled = float(generation_t(people, per_head)[0])
    known = waste_statistic(region, "collected_kt") * 1000
    # A statistic far below what people throw away counts only what reaches a scale.
    if known >= modelled * assumptions.get("waste", "least_collected", unit="1"):
        return known, "waste as collected in the region (waste_regions.csv)"
    basis = f"waste modelled: people times {per_head:.0f} kg a head"
    if not math.isnan(known):
        basis += f"; only {known / people[0] * 1000:.0f} kg a head are reported as collected"
    return modelled, basis


def planned_burners(region: str) -> pd.DataFrame:
    """Return the planned waste-to-energy plants of a region with capacity and cost."""
    plants = read_facts("waste_plants", numeric=["capacity_kt", "investment", "price_year", "jobs"])
    mine = plants[(plants["region"] == region) & (plants["kind"] == "waste-to-energy")]
    return mine.dropna(subset=["capacity_kt", "investment", "price_year"])


def _burner_measure(
    plant: pd.Series,
    regions: gpd.GeoDataFrame,
    assumptions: Assumptions,
    price: float,
    grid: float,
) -> Measure:
    """Return a planned waste-to-energy plant as a measure.

    Parameters
    ----------
    plant : row of :func:`planned_burners`.
    regions, assumptions : as for the other waste measures.
    price : of electricity, USD/MWh.
    grid : t CO2 a MWh from the grid.
    """

    def of(name: str, unit: str) -> float:
        return assumptions.get("waste_to_energy", name, unit=unit)

    region = plant["region"]
    there, basis = _collected_t(region, regions, assumptions)
    burnt = min(plant["capacity_kt"] * 1000, there)
    composition = read_composition()
    energy = electricity_mwh(
        burnt, heating_value=heating_value(assumptions), efficiency=of("efficiency", "1")
    )
    kinds = {kind: share * burnt for kind, share in composition.items()}
    years = int(of("lifetime", "year"))
    deposited = assumptions.get("landfill", "deposited_share", unit="1")
    methane = avoided_methane_t(kinds, assumptions, years=years) * deposited
    fossil = burnt_fossil_t(burnt, composition, assumptions)
    stated = Money(plant["investment"], plant["currency"], int(plant["price_year"]))
    capex = convert(
        stated, currency=MODEL_CURRENCY, year=MODEL_YEAR, assumptions=assumptions
    ).amount
    running = money.price(assumptions, "waste_to_energy", "vom", unit="USD/MWh")
    gwp = assumptions.get("methane", "warming_potential", unit="1")
    return Measure(
        name=plant["name"],
        title=plant["title"],
        theme="waste",
        region=region,
        size=f"{plant['capacity_kt']:g} kt a year, {burnt / 1000:.0f} kt burnt",
        capex_usd=capex,
        opex_usd_per_year=capex * of("fom", "%/year") / 100 + energy * running,
        lifetime_years=years,
        benefits=(_electricity(energy, price),),
        electricity_mwh_per_year=energy,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=methane * gwp + energy * grid - fossil,
        readiness=2,
        readiness_source="runs in China and Europe; agreements for Kazakhstan of 2025",
        place=str(regions.loc[region, "admin_centre"]),
        divisible=False,
        jobs=plant["jobs"],
        assumptions=tuple(f"waste_to_energy/{x}" for x in ("efficiency", "fom", "vom", "lifetime")),
        note=(
            f"{plant['source']}; {basis}; electricity only, without gate fee; CO2 less that of "
            "burnt plastic, methane as the mean of the plant's years"
        ),
    )


def _electricity(mwh: float, price: float) -> Benefit:
    return Benefit(name="electricity", quantity=mwh, unit="MWh", price_usd=price, gains="operator")


_PRICED = ("paper", "plastic", "glass")


def waste_measures(
    region: str,
    assumptions: Assumptions,
    regions: gpd.GeoDataFrame,
    *,
    electricity_usd_per_mwh: float,
    grid_co2_t_per_mwh: float,
) -> list[Measure]:
    """Return the waste measures of a region; see :mod:`greenanalysis.programme.hydro_waste`.

    Raises
    ------
    InputError : a negative price or emission factor.
    """
    for name, value in (
        ("electricity_usd_per_mwh", electricity_usd_per_mwh),
        ("grid_co2_t_per_mwh", grid_co2_t_per_mwh),
    ):
        if not value >= 0:
            raise input_error(name, where="waste measures", allowed="0 or more", got=value)
    price, grid = electricity_usd_per_mwh, grid_co2_t_per_mwh
    cities = landfill_cities(region, regions, assumptions)
    return [
        *([_landfill_gas(region, cities, assumptions, price, grid)] if len(cities) else []),
        *_sorting(region, regions, assumptions),
        *(
            _burner_measure(plant, regions, assumptions, price, grid)
            for _, plant in planned_burners(region).iterrows()
        ),
    ]


def landfill_cities(
    region: str, regions: gpd.GeoDataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Return the cities of a region whose landfill may be large enough for a gas plant."""
    least = assumptions.get("waste", "landfill_city", unit="person")
    cities = waste_cities(regions, assumptions, least=least)
    return cities[cities["region"] == region].reset_index(drop=True)


def _landfill_gas(
    region: str, cities: pd.DataFrame, assumptions: Assumptions, price: float, grid: float
) -> Measure:
    def of(name: str, unit: str = "1") -> float:
        return assumptions.get("landfill_gas", name, unit=unit)

    life = int(of("lifetime", "year"))
    methane = _caught_t(cities["waste_kt"].sum() * 1000, life, assumptions)
    heat = assumptions.get("methane", "heating_value", unit="MJ/kg")
    power = methane_power_mw(
        methane,
        heating_value=heat,
        efficiency=of("efficiency"),
        availability=of("availability"),
    )
    energy = electricity_mwh(methane, heating_value=heat, efficiency=of("efficiency"))
    kw = power * 1000
    capex = kw * money.price(assumptions, "landfill_gas", "investment", unit="USD/kW")
    return Measure(
        name="landfill_gas",
        title="Landfill gas: capture and power",
        theme="waste",
        region=region,
        size=f"{power:.2f} MW",
        capex_usd=capex,
        opex_usd_per_year=kw * money.price(assumptions, "landfill_gas", "om", unit="USD/kW/year"),
        lifetime_years=life,
        benefits=(_electricity(energy, price),),
        electricity_mwh_per_year=energy,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=methane * assumptions.get("methane", "warming_potential", unit="1")
        + energy * grid,
        readiness=2,
        readiness_source="EPA Landfill Methane Outreach Program; one planned at Karasai (LS)",
        place=f"landfills of {', '.join(cities['city'])}",
        divisible=False,
        assumptions=(
            *(f"landfill_gas/{x}" for x in ("investment", "om", "collected", "efficiency")),
            *("landfill/methane_correction", "landfill/deposited_share", "waste/per_head"),
        ),
        note=(
            "size modelled from people and waste per head, mean of the plant's years; cost per kW "
            "is that of a 3 MW plant; survey and test wells come first; takes no account of "
            "sorting or burning of the same waste"
        ),
    )


def _caught_t(waste_t: float, life: int, assumptions: Assumptions) -> float:
    """Return the methane caught at landfills of the same yearly waste, mean of the plant's life."""
    deposited = waste_t * assumptions.get("landfill", "deposited_share", unit="1")
    history = int(assumptions.get("landfill", "history", unit="year"))
    series = landfill_series(deposited, assumptions, before=history, after=life - 1)
    caught = assumptions.get("landfill_gas", "collected", unit="1")
    return float(series.loc[0:].mean()) * caught


def _sorting(region: str, regions: gpd.GeoDataFrame, assumptions: Assumptions) -> list[Measure]:
    """Return a sorting line that lifts the region to the national plan, if that is more."""
    now = waste_statistic(region, "recycled_percent") / 100
    target = assumptions.get("waste", "recycling_target", unit="1")
    if math.isnan(now) or now >= target:
        return []
    composition = read_composition()
    mass, basis = _collected_t(region, regions, assumptions)
    kinds = {kind: share * mass for kind, share in composition.items()}
    recovered = recovered_t(kinds, (target - now) * mass)["recovered"]
    life = int(assumptions.get("waste_sorting", "lifetime", unit="year"))
    methane = avoided_methane_t(recovered, assumptions, years=life)
    credit = recovered["glass"] * assumptions.get("secondary_glass", "credit", unit="t/t")
    capex = mass * money.price(assumptions, "waste_sorting", "investment", unit="USD/(t/year)")
    benefits = tuple(
        Benefit(
            name=f"sorted {kind}",
            quantity=recovered[kind],
            unit="t",
            price_usd=money.price(assumptions, f"secondary_{kind}", "price", unit="USD/t"),
            gains="operator",
        )
        for kind in _PRICED
    )
    return [
        Measure(
            name="waste_sorting",
            title="Sorting line for municipal waste",
            theme="waste",
            region=region,
            size=f"{mass / 1000:.0f} kt a year, {sum(recovered.values()) / 1000:.1f} kt recovered",
            capex_usd=capex,
            opex_usd_per_year=capex * assumptions.get("waste_sorting", "fom", unit="%/year") / 100,
            lifetime_years=life,
            benefits=benefits,
            electricity_mwh_per_year=0.0,
            gas_m3_per_year=0.0,
            water_m3_per_year=0.0,
            co2_t_per_year=methane * assumptions.get("methane", "warming_potential", unit="1")
            + credit,
            readiness=3,
            readiness_source="Almaty (Green Recycle), Astana, Aktobe (waste_plants.csv)",
            divisible=False,
            jobs=mass / 1000 * assumptions.get("waste_sorting", "jobs", unit="1/(kt/year)"),
            assumptions=(
                *("waste_sorting/investment", "waste_sorting/fom", "waste/recycling_target"),
                *(f"secondary_{kind}/price" for kind in _PRICED),
            ),
            note=(
                f"{basis}; lifts recycling from {now:.1%} to {target:.0%}; methane: mean of "
                f"{life} years; no credit for paper, plastic and metal, no income from metal"
            ),
        )
    ]
