"""Planned waste-to-energy plants of a region as measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis import money
from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.waste_coefficients import read_composition
from greenanalysis.atlas.waste_scenarios import avoided_methane_t, burnt_fossil_t, heating_value
from greenanalysis.money import MODEL_CURRENCY, MODEL_YEAR, Money, convert
from greenanalysis.programme.measure import Measure
from greenanalysis.programme.waste_basis import collected_t
from greenanalysis.resource.waste import electricity_mwh
from greenanalysis.tables import read_facts

if TYPE_CHECKING:
    import geopandas as gpd


def planned_burners(region: str) -> pd.DataFrame:
    """Return the planned waste-to-energy plants of a region with capacity and cost."""
    plants = read_facts("waste_plants", numeric=["capacity_kt", "investment", "price_year", "jobs"])
    mine = plants[(plants["region"] == region) & (plants["kind"] == "waste-to-energy")]
    return mine.dropna(subset=["capacity_kt", "investment", "price_year"])


def burner_measure(
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
    there, basis = collected_t(region, regions, assumptions)
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
        income_usd_per_year=energy * price,
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
