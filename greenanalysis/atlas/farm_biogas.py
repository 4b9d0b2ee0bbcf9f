"""A biogas plant for a given feed: size, energy, digestate, cost, income; from farm to region.

Its digester, heat, engine or upgrading, and their prices are rows of the assumptions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from greenanalysis.atlas.feedstock import Feedstock
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import unknown_name
from greenanalysis.core.money import MODEL_YEAR, price
from greenanalysis.finance import annuity
from greenanalysis.resource.bio.biogas import (
    Digestion,
    HeatAndPower,
    Nutrients,
    Upgrading,
    digest,
    digestate_nutrients,
    digester_heat,
    fertiliser_value,
    heat_and_power,
    upgrade,
)
from greenanalysis.resource.bio.residues import manure_methane
from greenanalysis.resource.checks import not_negative


def _run_digester(feed: Feedstock, assumptions: Assumptions) -> Digestion:
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


def _fresh_manure(feed: Feedstock, assumptions: Assumptions) -> float:
    """Return the fresh mass of a feed, t, at the dry matter of farmyard manure."""
    solids = feed.volatile_solids_t / assumptions.get("manure", "volatile_share", unit="1")
    return solids / assumptions.get("manure", "dry_matter", unit="1")


def _haul_price(assumptions: Assumptions, haul_km: float | None) -> float:
    """Return what it costs to bring a tonne one way, USD/t."""
    if haul_km is None:
        haul_km = assumptions.get("biogas_plant", "haul_distance", unit="km")
    not_negative("farm_biogas()", haul_km=haul_km)
    return haul_km * price(assumptions, "biogas_plant", "haul_price", unit="USD/t/km")


def _plant_heat(fresh_t: float, assumptions: Assumptions, feed_celsius: float | None) -> float:
    """Return the heat that the digester takes for a year's fresh feed, MWh."""
    if feed_celsius is None:
        feed_celsius = assumptions.get("biogas_plant", "feed_temperature", unit="degC")
    return digester_heat(
        fresh_t,
        feed_celsius=feed_celsius,
        digester_celsius=assumptions.get("biogas_plant", "digester_temperature", unit="degC"),
        wall_loss=assumptions.get("biogas_plant", "wall_loss", unit="1"),
    )


def _run_engine(digestion: Digestion, heat_mwh: float, assumptions: Assumptions) -> HeatAndPower:
    """Return a year of the engine of the assumptions."""
    return heat_and_power(
        digestion.methane_mwh,
        electric_efficiency=assumptions.get("biogas_engine", "electric_efficiency", unit="1"),
        heat_efficiency=assumptions.get("biogas_engine", "heat_efficiency", unit="1"),
        own_power_share=assumptions.get("biogas_engine", "own_power_share", unit="1"),
        digester_heat_mwh=heat_mwh,
    )


def _run_upgrading(digestion: Digestion, heat_mwh: float, assumptions: Assumptions) -> Upgrading:
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


def _investment(
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


def _digestate_income(nutrients: Nutrients, assumptions: Assumptions) -> float:
    """Return what the digestate is counted to bring, USD a year."""
    value = fertiliser_value(
        nutrients,
        nitrogen_usd_per_kg=price(assumptions, "digestate", "nitrogen_price", unit="USD/kg"),
        phosphate_usd_per_kg=price(assumptions, "digestate", "phosphate_price", unit="USD/kg"),
        potash_usd_per_kg=price(assumptions, "digestate", "potash_price", unit="USD/kg"),
    )
    return value * assumptions.get("digestate", "valued_share", unit="1")


def _store_methane(feed: Feedstock, assumptions: Assumptions, air_celsius: float | None) -> float:
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


ROUTES = ("power", "biomethane")


@dataclass(frozen=True)
class FarmBiogas:
    """A plant at its full size, a year; money in US dollars of the model's year.

    ``manure_t`` is the fresh feed; ``energy_mwh`` net power or biomethane (lower heating value);
    ``opex_usd_per_year`` holds upkeep, haulage and bought power; ``energy_income_usd_per_year``
    power, gas and heat sold.
    """

    route: str
    feed: Feedstock
    manure_t: float
    digestion: Digestion
    use: HeatAndPower | Upgrading
    nutrients: Nutrients
    size_kw: float
    energy_mwh: float
    biomethane_m3: float
    power_bought_mwh: float
    capex_usd: float
    opex_usd_per_year: float
    energy_income_usd_per_year: float
    heat_income_usd_per_year: float
    digestate_income_usd_per_year: float
    lifetime_years: float
    wacc: float
    store_methane_t: float
    released_methane_t: float

    @property
    def income_usd_per_year(self) -> float:
        """Energy and digestate."""
        return self.energy_income_usd_per_year + self.digestate_income_usd_per_year

    @property
    def cost_usd_per_year(self) -> float:
        """Annuity and opex, less what heat and digestate bring."""
        capital = self.capex_usd * annuity(self.wacc, self.lifetime_years)
        byproducts = self.heat_income_usd_per_year + self.digestate_income_usd_per_year
        return capital + self.opex_usd_per_year - byproducts

    @property
    def cost_usd_per_mwh(self) -> float:
        """Per MWh of net power or of biomethane; NaN without energy."""
        return self.cost_usd_per_year / self.energy_mwh if self.energy_mwh else math.nan

    @property
    def cost_usd_per_m3(self) -> float:
        """Per m3 of biomethane (20 degC); NaN for power."""
        return self.cost_usd_per_year / self.biomethane_m3 if self.biomethane_m3 else math.nan

    @property
    def payback_years(self) -> float:
        """Simple payback; infinite where income does not cover opex."""
        gain = self.income_usd_per_year - self.opex_usd_per_year
        return self.capex_usd / gain if gain > 0 else math.inf

    @property
    def npv_usd(self) -> float:
        """Net present value over the lifetime at ``wacc``."""
        gain = self.income_usd_per_year - self.opex_usd_per_year
        return gain / annuity(self.wacc, self.lifetime_years) - self.capex_usd


def farm_biogas(
    feed: Feedstock,
    assumptions: Assumptions,
    *,
    route: str,
    electricity_usd_per_mwh: float,
    gas_usd_per_m3: float = 0.0,
    heat_usd_per_mwh: float = 0.0,
    haul_km: float | None = None,
    feed_celsius: float | None = None,
    air_celsius: float | None = None,
    wacc: float | None = None,
    year: int = MODEL_YEAR,
) -> FarmBiogas:
    """Size a plant for a feed and count what it costs and brings.

    Parameters
    ----------
    feed : of a farm or a region, from :func:`feedstock.manure` and :func:`feedstock.straw_feed`.
    assumptions : ``biogas_plant/...``, ``biogas_engine/...``, ``biogas_upgrading/...``.
    route : "power" (engine) or "biomethane" (upgrading).
    electricity_usd_per_mwh : price of power sold (or no longer bought), and of power bought.
    gas_usd_per_m3 : price of the natural gas that biomethane replaces.
    heat_usd_per_mwh : for the engine's spare heat; 0 where no one takes it.
    haul_km : way of the manure to the plant and of the digestate back, 0 on the farm itself; by
        default that of the assumptions, for a plant that farms share.
    feed_celsius : temperature of the fresh manure; by default that of the assumptions.
    air_celsius : mean of the year, decides how much methane a manure heap would give off there;
        None takes the cool climate, the lower emission.
    wacc : cost of capital, fraction; by default that of the assumptions.
    year : of the technology's costs, 2025 to 2030.

    Raises
    ------
    InputError : an unknown route, a negative price, or what the physics refuses.

    Notes
    -----
    Costs per kW hold for a plant of industrial make and do not rise for small farms, where they
    would: screening grade. No tax, no subsidy.
    """
    if route not in ROUTES:
        raise unknown_name("route", route, ROUTES, where="farm_biogas()")
    not_negative(
        "farm_biogas()",
        electricity_usd_per_mwh=electricity_usd_per_mwh,
        gas_usd_per_m3=gas_usd_per_m3,
        heat_usd_per_mwh=heat_usd_per_mwh,
    )
    digestion = _run_digester(feed, assumptions)
    fresh = _fresh_manure(feed, assumptions)
    warmth = _plant_heat(fresh, assumptions, feed_celsius)
    if route == "power":
        use: HeatAndPower | Upgrading = _run_engine(digestion, warmth, assumptions)
    else:
        use = _run_upgrading(digestion, warmth, assumptions)
    size, capex, upkeep = _investment(digestion, use, assumptions, year)
    flows = _flows(use)
    nutrients = digestate_nutrients(
        feed.nitrogen_t,
        feed.phosphate_t,
        feed.potash_t,
        nitrogen_kept=assumptions.get("digestate", "nitrogen_kept", unit="1"),
    )
    heat_income = flows["spare_heat"] * heat_usd_per_mwh
    sold = flows["power"] * electricity_usd_per_mwh + flows["biomethane_m3"] * gas_usd_per_m3
    haul = 2 * fresh * _haul_price(assumptions, haul_km)
    return FarmBiogas(
        route=route,
        feed=feed,
        manure_t=fresh,
        digestion=digestion,
        use=use,
        nutrients=nutrients,
        size_kw=size,
        energy_mwh=flows["power"] + flows["biomethane"],
        biomethane_m3=flows["biomethane_m3"],
        power_bought_mwh=flows["bought"],
        capex_usd=capex,
        opex_usd_per_year=upkeep + haul + flows["bought"] * electricity_usd_per_mwh,
        energy_income_usd_per_year=sold + heat_income,
        heat_income_usd_per_year=heat_income,
        digestate_income_usd_per_year=_digestate_income(nutrients, assumptions),
        lifetime_years=assumptions.get("biogas_plant", "lifetime", unit="year"),
        wacc=assumptions.get("biogas", "wacc", unit="1") if wacc is None else wacc,
        store_methane_t=_store_methane(feed, assumptions, air_celsius),
        released_methane_t=digestion.leaked_methane_t + flows["slip_t"],
    )


def _flows(use: HeatAndPower | Upgrading) -> dict[str, float]:
    names = ("power", "spare_heat", "biomethane", "biomethane_m3", "bought", "slip_t")
    flows = dict.fromkeys(names, 0.0)
    if isinstance(use, HeatAndPower):
        return flows | {"power": use.net_power_mwh, "spare_heat": use.spare_heat_mwh}
    return flows | {
        "biomethane": use.biomethane_mwh,
        "biomethane_m3": use.biomethane_m3,
        "bought": use.power_used_mwh,
        "slip_t": use.slip_methane_t,
    }
