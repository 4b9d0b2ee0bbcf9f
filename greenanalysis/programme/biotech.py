"""Measures of agricultural biotechnology: biogas to power, biomethane, straw boilers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from greenanalysis.atlas.biomass import straw_cost
from greenanalysis.atlas.farm_biogas import FarmBiogas, farm_biogas
from greenanalysis.atlas.feedstock import (
    ANIMALS,
    harvest,
    herd,
    manure,
    read_crops,
    read_livestock,
    residues,
)
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.programme.heat import gas_benefits
from greenanalysis.programme.measure import Benefit, Measure
from greenanalysis.resource.bio.biogas import avoided_methane_co2
from greenanalysis.resource.checks import not_negative, shares

_THEME = "biotechnology"
_NOT_USED = {
    "methane/heating_value",
    "manure/heating_value",
    "straw/volatile_share",
    "straw/methane_capacity",
    "straw/nitrogen",
}
_BIOGAS_SOURCE = (
    "3 biogas plants among 156 renewable plants in 2025: "
    "https://24.kz/ru/news/social/729731-156-obektov-vie-rabotayut-v-kazakhstane"
)
_BIOMETHANE_SOURCE = (
    "upgrading is sold by several makers; F. Bauer et al., Biofuels, Bioprod. Bioref. 7 (2013) "
    "499, doi 10.1002/bbb.1423"
)
_STRAW_SOURCE = (
    "straw and wood briquettes heat schools and houses in North Kazakhstan: "
    "https://undp.org/kazakhstan/stories/circular-economy-action"
)


def biotech_measures(
    region: str,
    assumptions: Assumptions,
    *,
    electricity_usd_per_mwh: float,
    gas_usd_per_m3: float,
    grid_co2_t_per_mwh: float,
    gas_co2_t_per_m3: float,
    gas_border_usd_per_m3: float = 0.0,
    coal_usd_per_t: float | None = None,
    digestate: bool = False,
    air_celsius: float | None = None,
    power_share: float = 0.5,
    livestock: pd.DataFrame | None = None,
    crops: pd.DataFrame | None = None,
) -> list[Measure]:
    """Return the measures that a region's known herds and harvests allow.

    Parameters
    ----------
    region : ISO 3166-2 code.
    assumptions : coefficients, costs, prices of fertiliser, straw and coal.
    electricity_usd_per_mwh, gas_usd_per_m3 : what power and piped gas cost there, USD of 2025.
    grid_co2_t_per_mwh, gas_co2_t_per_m3 : emissions of what is replaced.
    gas_border_usd_per_m3 : what a cubic metre is worth at the border.
    coal_usd_per_t : price of the coal that straw replaces; by default that of the assumptions.
    digestate : whether digestate earns the price of the fertiliser in it. By default it earns
        nothing: raw manure had most of these nutrients already, and no sale is on record.
    air_celsius : mean of the year there; above 10 degC a manure heap gives off more methane.
    power_share : share of the one manure that goes to engines; the rest becomes biomethane. The
        two full sizes together use the manure of farms and enterprises once.
    livestock, crops : statistics; by default those of ``data/facts``.

    Returns
    -------
    list of Measure : "manure_biogas_power", "manure_biomethane", "straw_boilers"; those without
        statistics are left out, :func:`missing_inputs` says why. What digestate could earn stands
        in the note of the biogas measures.

    Raises
    ------
    InputError : an unknown region, a negative price or emission, or ``power_share`` outside 0..1.
    """
    where = "biotech_measures()"
    shares(where, power_share=power_share)
    not_negative(where, grid_co2_t_per_mwh=grid_co2_t_per_mwh, gas_co2_t_per_m3=gas_co2_t_per_m3)
    heads = herd(read_livestock() if livestock is None else livestock, region)
    fields = harvest(read_crops() if crops is None else crops, region)
    measures = []
    if "cattle" in heads:
        feed = manure(heads, assumptions, level="farms")
        for route, part in (("power", power_share), ("biomethane", 1 - power_share)):
            if part == 0:
                continue
            plant = farm_biogas(
                feed.share(part),
                assumptions,
                route=route,
                electricity_usd_per_mwh=electricity_usd_per_mwh,
                gas_usd_per_m3=gas_usd_per_m3,
                air_celsius=air_celsius,
            )
            measures.append(
                _biogas_measure(
                    region,
                    plant,
                    assumptions,
                    _Worth(
                        electricity=electricity_usd_per_mwh,
                        gas=gas_usd_per_m3,
                        gas_border=gas_border_usd_per_m3,
                        digestate=digestate,
                        grid_co2=grid_co2_t_per_mwh,
                        gas_co2=gas_co2_t_per_m3,
                    ),
                    part,
                    tuple(heads),
                )
            )
    if fields:
        coal = (
            price(assumptions, "coal_heat", "price", unit="USD/t")
            if coal_usd_per_t is None
            else coal_usd_per_t
        )
        measures.append(_straw_measure(region, fields, assumptions, coal))
    return measures


def missing_inputs(
    region: str, *, livestock: pd.DataFrame | None = None, crops: pd.DataFrame | None = None
) -> list[str]:
    """Return what a region's measures lack, in plain sentences; empty where nothing is lacking."""
    heads = herd(read_livestock() if livestock is None else livestock, region)
    fields = harvest(read_crops() if crops is None else crops, region)
    sentences = []
    if "cattle" not in heads:
        sentences.append(
            "No figure for cattle is available, so no biogas measure is formed; "
            "fill in data/facts/livestock.csv."
        )
    else:
        lacking = [name for name in ANIMALS if name not in heads]
        if lacking:
            sentences.append(
                f"No figure for {', '.join(lacking)}: the manure measures are a lower bound "
                "(data/facts/livestock.csv)."
            )
    if not fields:
        sentences.append(
            "No harvest is available, so no straw measure is formed; fill in data/facts/crops.csv."
        )
    elif "grain" not in fields and len(fields) < 3:
        sentences.append(
            f"Only {', '.join(fields)} of the harvest is known: the straw measure is a lower bound "
            "(data/facts/crops.csv)."
        )
    return sentences


@dataclass(frozen=True, kw_only=True)
class _Worth:
    """Prices (USD/MWh, USD/m3) and emissions (t/MWh, t/m3) of what biogas replaces."""

    electricity: float
    gas: float
    gas_border: float
    digestate: bool
    grid_co2: float
    gas_co2: float


def _biogas_benefits(plant: FarmBiogas, worth: _Worth) -> tuple[Benefit, ...]:
    if plant.route == "power":
        energy: tuple[Benefit, ...] = (
            Benefit(
                name="electricity",
                quantity=plant.energy_mwh,
                unit="MWh",
                price_usd=worth.electricity,
                gains="operator",
            ),
        )
    else:
        energy = gas_benefits(
            plant.biomethane_m3,
            tariff_usd_per_m3=worth.gas,
            border_usd_per_m3=worth.gas_border,
            gains="operator",
        )
    if not worth.digestate:
        return energy
    nitrogen = plant.nutrients.nitrogen_t
    sold = Benefit(
        name="digestate",
        quantity=nitrogen,
        unit="t of N with its P2O5 and K2O",
        price_usd=plant.digestate_income_usd_per_year / nitrogen if nitrogen else 0.0,
        gains="operator",
    )
    return (*energy, sold)


def _biogas_measure(
    region: str,
    plant: FarmBiogas,
    assumptions: Assumptions,
    worth: _Worth,
    part: float,
    animals: tuple[str, ...],
) -> Measure:
    power = plant.route == "power"
    electricity = plant.energy_mwh if power else -plant.power_bought_mwh
    co2 = avoided_methane_co2(
        plant.store_methane_t,
        released_methane_t=plant.released_methane_t,
        warming_potential=assumptions.get("methane", "warming_potential", unit="1"),
    )
    co2 += electricity * worth.grid_co2 + plant.biomethane_m3 * worth.gas_co2
    nutrients = plant.nutrients
    size = f"{plant.size_kw / 1000:.1f} MW " + (
        "of electricity" if power else f"of gas, {plant.biomethane_m3 / 1e6:.1f} million m3 a year"
    )
    cost = (
        f"{plant.cost_usd_per_mwh:.0f} USD/MWh of power"
        if power
        else f"{plant.cost_usd_per_m3:.2f} USD per m3 of biomethane"
    )
    return Measure(
        name="manure_biogas_power" if power else "manure_biomethane",
        title="Biogas from manure to power" if power else "Biomethane from manure for the gas grid",
        theme=_THEME,
        region=region,
        size=size,
        capex_usd=plant.capex_usd,
        opex_usd_per_year=plant.opex_usd_per_year,
        lifetime_years=plant.lifetime_years,
        benefits=_biogas_benefits(plant, worth),
        electricity_mwh_per_year=electricity,
        gas_m3_per_year=plant.biomethane_m3,
        water_m3_per_year=0.0,
        co2_t_per_year=co2,
        readiness=3 if power else 2,
        readiness_source=_BIOGAS_SOURCE if power else _BIOMETHANE_SOURCE,
        assumptions=_used(
            assumptions,
            *animals,
            "manure",
            "biogas_plant",
            "biogas_engine" if power else "biogas_upgrading",
            "digestate",
            "methane",
        ),
        note=(
            f"{part:.0%} of the manure of farms and enterprises "
            f"({plant.manure_t / 1000:.0f} thousand t a year), shared with the other use of "
            f"biogas; {cost} before income from energy; digestate with "
            f"{nutrients.nitrogen_t:.0f} t N, {nutrients.phosphate_t:.0f} t P2O5 and "
            f"{nutrients.potash_t:.0f} t K2O "
            f"{'counts' if worth.digestate else 'could earn, but does not count,'} "
            f"{plant.digestate_income_usd_per_year / 1e6:.1f} million USD a year; small farm "
            "plants cost more"
        ),
    )


def _straw_measure(
    region: str, fields: dict[str, float], assumptions: Assumptions, coal_usd_per_t: float
) -> Measure:
    part = assumptions.get("straw_boiler", "share_of_technical", unit="1")
    dry, energy = residues(fields, assumptions, level="technical")
    fuel_gj = energy * part
    heat_gj = fuel_gj * assumptions.get("straw_boiler", "efficiency", unit="1")
    coal_gj = heat_gj / assumptions.get("coal_heat", "boiler_efficiency", unit="1")
    hours = assumptions.get("straw_boiler", "full_load_hours", unit="hour/year")
    size_kw = heat_gj / 3.6 * 1000 / hours
    capex = size_kw * price(assumptions, "straw_boiler", "investment", unit="USD/kW")
    upkeep = capex * assumptions.get("straw_boiler", "fom", unit="%/year") / 100
    return Measure(
        name="straw_boilers",
        title="Boilers on straw and stalks in place of coal",
        theme=_THEME,
        region=region,
        size=f"{size_kw / 1000:.0f} MW of heat",
        capex_usd=capex,
        opex_usd_per_year=upkeep + fuel_gj * straw_cost(assumptions),
        lifetime_years=assumptions.get("straw_boiler", "lifetime", unit="year"),
        benefits=(
            Benefit(
                name="coal",
                quantity=coal_gj / assumptions.get("coal_heat", "heating_value", unit="MJ/kg"),
                unit="t",
                price_usd=coal_usd_per_t,
                gains="budget",
            ),
        ),
        owner="budget",
        electricity_mwh_per_year=0.0,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=coal_gj * assumptions.get("coal_heat", "co2", unit="t/GJ"),
        readiness=3,
        readiness_source=_STRAW_SOURCE,
        assumptions=_used(assumptions, *fields, "straw", "straw_boiler", "coal_heat"),
        note=(
            f"{dry * part / 1000:.0f} thousand t a year of dry straw and stalks "
            f"({', '.join(fields)}), a part of what soil and fodder leave; income is the coal no "
            "longer bought, the whole price of the boiler is counted; straw smokes too, so no "
            "cleaner air is counted"
        ),
    )


def _used(assumptions: Assumptions, *technologies: str) -> tuple[str, ...]:
    """Return ``technology/parameter`` of all assumptions of some technologies that count here."""
    rows = assumptions.only(*technologies).table
    names = (rows["technology"] + "/" + rows["parameter"]).drop_duplicates()
    return tuple(name for name in names if name not in _NOT_USED)
