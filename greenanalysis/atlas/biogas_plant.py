"""The plant of the assumptions: its digester, heat, engine or upgrading, and their prices."""

from __future__ import annotations

from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.feedstock import Feedstock
from greenanalysis.money import price
from greenanalysis.resource.amounts import not_negative
from greenanalysis.resource.biogas import Digestion, digest, digester_heat
from greenanalysis.resource.biogas_use import (
    HeatAndPower,
    Nutrients,
    Upgrading,
    fertiliser_value,
    heat_and_power,
    upgrade,
)
from greenanalysis.resource.biomass import manure_methane


def run_digester(feed: Feedstock, assumptions: Assumptions) -> Digestion:
    """Return a year of the digester of the assumptions on a feed."""
    return digest(
        feed.volatile_solids_t,
        capacity_m3_per_kg=feed.capacity_m3_per_kg,
        conversion=assumptions.get("biogas_plant", "conversion", unit="1"),
        methane_share=assumptions.get("biogas_plant", "methane_share", unit="1"),
        leakage=assumptions.get("biogas_plant", "leakage", unit="1"),
        volatile_share=assumptions.get("manure", "volatile_share", unit="1"),
        slurry_dry_matter=assumptions.get("biogas_plant", "slurry_dry_matter", unit="1"),
        retention_days=assumptions.get("biogas_plant", "retention", unit="day"),
        methane_mj_per_kg=assumptions.get("biogas_plant", "methane_heating_value", unit="MJ/kg"),
    )


def fresh_manure(feed: Feedstock, assumptions: Assumptions) -> float:
    """Return the fresh mass of a feed, t, at the dry matter of farmyard manure."""
    solids = feed.volatile_solids_t / assumptions.get("manure", "volatile_share", unit="1")
    return solids / assumptions.get("manure", "dry_matter", unit="1")


def haul_price(assumptions: Assumptions, haul_km: float | None) -> float:
    """Return what it costs to bring a tonne one way, USD/t."""
    if haul_km is None:
        haul_km = assumptions.get("biogas_plant", "haul_distance", unit="km")
    not_negative("farm_biogas()", haul_km=haul_km)
    return haul_km * price(assumptions, "biogas_plant", "haul_price", unit="USD/t/km")


def plant_heat(fresh_t: float, assumptions: Assumptions, feed_celsius: float | None) -> float:
    """Return the heat that the digester takes for a year's fresh feed, MWh."""
    if feed_celsius is None:
        feed_celsius = assumptions.get("biogas_plant", "feed_temperature", unit="degC")
    return digester_heat(
        fresh_t,
        feed_celsius=feed_celsius,
        digester_celsius=assumptions.get("biogas_plant", "digester_temperature", unit="degC"),
        wall_loss=assumptions.get("biogas_plant", "wall_loss", unit="1"),
    )


def run_engine(digestion: Digestion, heat_mwh: float, assumptions: Assumptions) -> HeatAndPower:
    """Return a year of the engine of the assumptions."""
    return heat_and_power(
        digestion.methane_mwh,
        electric_efficiency=assumptions.get("biogas_engine", "electric_efficiency", unit="1"),
        heat_efficiency=assumptions.get("biogas_engine", "heat_efficiency", unit="1"),
        own_power_share=assumptions.get("biogas_engine", "own_power_share", unit="1"),
        digester_heat_mwh=heat_mwh,
    )


def run_upgrading(digestion: Digestion, heat_mwh: float, assumptions: Assumptions) -> Upgrading:
    """Return a year of the upgrading of the assumptions."""
    return upgrade(
        digestion.methane_mwh,
        digester_heat_mwh=heat_mwh,
        boiler_efficiency=assumptions.get("biogas_upgrading", "boiler_efficiency", unit="1"),
        slip=assumptions.get("biogas_upgrading", "slip", unit="1"),
        power_kwh_per_m3=assumptions.get("biogas_upgrading", "power", unit="kWh/m3"),
        methane_share=assumptions.get("biogas_plant", "methane_share", unit="1"),
        methane_mj_per_kg=assumptions.get("biogas_plant", "methane_heating_value", unit="MJ/kg"),
    )


def investment(
    digestion: Digestion, use: HeatAndPower | Upgrading, assumptions: Assumptions, year: int
) -> tuple[float, float, float]:
    """Return size in kW, investment, and upkeep a year without bought power."""
    hours = assumptions.get("biogas_plant", "full_load_hours", unit="hour/year")
    plant = price(assumptions, "biogas_plant", "investment", unit="USD/kW", year=year)
    plant *= digestion.methane_mwh * 1000 / hours
    upkeep = plant * assumptions.get("biogas_plant", "fom", unit="%/year") / 100
    if isinstance(use, HeatAndPower):
        size = use.power_mwh * 1000 / hours
        unit = size * price(assumptions, "biogas_engine", "investment", unit="USD/kW")
        upkeep += use.power_mwh * price(assumptions, "biogas_engine", "vom", unit="USD/MWh")
    else:
        size = use.biomethane_mwh * 1000 / hours
        unit = size * price(assumptions, "biogas_upgrading", "investment", unit="USD/kW", year=year)
        upkeep += unit * assumptions.get("biogas_upgrading", "fom", unit="%/year") / 100
        vom = price(assumptions, "biogas_upgrading", "vom", unit="USD/MWh", year=year)
        upkeep += use.biomethane_mwh * vom
    return size, plant + unit, upkeep


def digestate_income(nutrients: Nutrients, assumptions: Assumptions) -> float:
    """Return what the digestate is counted to bring, USD a year."""
    value = fertiliser_value(
        nutrients,
        nitrogen_usd_per_kg=price(assumptions, "digestate", "nitrogen_price", unit="USD/kg"),
        phosphate_usd_per_kg=price(assumptions, "digestate", "phosphate_price", unit="USD/kg"),
        potash_usd_per_kg=price(assumptions, "digestate", "potash_price", unit="USD/kg"),
    )
    return value * assumptions.get("digestate", "valued_share", unit="1")


def store_methane(feed: Feedstock, assumptions: Assumptions, air_celsius: float | None) -> float:
    """Return the methane that a heap of the same manure would give off, t a year.

    Parameters
    ----------
    feed : the manure.
    assumptions : ``manure/store_conversion_cool`` and ``_temperate``.
    air_celsius : mean of the year at the place; None takes the cool climate, the lower emission.
    """
    limit = assumptions.get("manure", "temperate_from", unit="degC")
    warm = air_celsius is not None and air_celsius > limit
    climate = "temperate" if warm else "cool"
    return manure_methane(
        feed.volatile_solids_t,
        capacity_m3_per_kg=feed.capacity_m3_per_kg,
        conversion=assumptions.get("manure", f"store_conversion_{climate}", unit="1"),
    )
