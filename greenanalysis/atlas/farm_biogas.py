"""A biogas plant for a given feed: size, energy, digestate, cost, income; from farm to region."""

from __future__ import annotations

import math
from dataclasses import dataclass

from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.biogas_plant import (
    digestate_income,
    fresh_manure,
    haul_price,
    investment,
    plant_heat,
    run_digester,
    run_engine,
    run_upgrading,
    store_methane,
)
from greenanalysis.atlas.feedstock import Feedstock
from greenanalysis.errors import unknown_name
from greenanalysis.finance import annuity
from greenanalysis.money import MODEL_YEAR
from greenanalysis.resource.amounts import not_negative
from greenanalysis.resource.biogas import Digestion
from greenanalysis.resource.biogas_use import (
    HeatAndPower,
    Nutrients,
    Upgrading,
    digestate_nutrients,
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
    digestion = run_digester(feed, assumptions)
    fresh = fresh_manure(feed, assumptions)
    warmth = plant_heat(fresh, assumptions, feed_celsius)
    if route == "power":
        use: HeatAndPower | Upgrading = run_engine(digestion, warmth, assumptions)
    else:
        use = run_upgrading(digestion, warmth, assumptions)
    size, capex, upkeep = investment(digestion, use, assumptions, year)
    flows = _flows(use)
    nutrients = digestate_nutrients(
        feed.nitrogen_t,
        feed.phosphate_t,
        feed.potash_t,
        nitrogen_kept=assumptions.get("digestate", "nitrogen_kept", unit="1"),
    )
    heat_income = flows["spare_heat"] * heat_usd_per_mwh
    sold = flows["power"] * electricity_usd_per_mwh + flows["biomethane_m3"] * gas_usd_per_m3
    haul = 2 * fresh * haul_price(assumptions, haul_km)
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
        digestate_income_usd_per_year=digestate_income(nutrients, assumptions),
        lifetime_years=assumptions.get("biogas_plant", "lifetime", unit="year"),
        wacc=assumptions.get("biogas", "wacc", unit="1") if wacc is None else wacc,
        store_methane_t=store_methane(feed, assumptions, air_celsius),
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
