"""Clean water and farming: drip irrigation, lined canals, pumping with the sun, desalination."""

from __future__ import annotations

import math

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.finance import annuity
from greenanalysis.programme.macc import Saving, abatement_curve
from greenanalysis.programme.measure import Benefit, Measure
from greenanalysis.programme.regional import missing_facts, regional_facts
from greenanalysis.programme.water_supply import WaterPrices, osmosis_measure, pumping_measure
from greenanalysis.resource.water.irrigation import lining_saving
from greenanalysis.resource.water.pumping import pumping_energy_kwh_per_m3

_NEEDED = (
    "irrigated_area",
    "water_received",
    "canal_loss",
    "worn_canals",
    "drip_area_plan",
    "wells",
    "desalination_plan",
    "wastewater_reuse",
)
_BAQ = (
    "cotton in Turkistan region, https://rus.baq.kz/vodosberegayuschie-tehnologii-pomogayut-"
    "vyraschivat-ris-i-hlopok-v-turkestanskoy-oblasti-320014816/"
)
_CANALS = (
    "canals being lined in Turkistan region, https://www.inform.kz/ru/bolee-62-km-zemlyanih-kanalov-"
    "zabetoniruyut-v-turkestanskoy-oblasti-6fd298"
)


def water_measures(
    region: str,
    assumptions: Assumptions,
    *,
    prices: WaterPrices,
) -> list[Measure]:
    """Return the measures that save or make water in a region, as far as its facts allow.

    Parameters
    ----------
    region : ISO 3166-2 code.
    assumptions : of irrigation, pumping and desalination.
    prices : see :class:`WaterPrices`.

    Returns
    -------
    list of Measure : drip irrigation and lined canals each on the water that the cheaper one
        leaves, pumping with PV, reverse osmosis. Empty where nothing is known.

    Raises
    ------
    InputError : unknown region, facts or prices out of range.
    """
    facts = regional_facts("water_regions", region)
    measures = _irrigation(region, facts, assumptions, prices)
    if facts["wells"] > 0 and prices.pv is not None:
        measures.append(pumping_measure(region, facts["wells"], assumptions, prices, prices.pv))
    if facts["desalination_plan"] > 0:
        measures.append(osmosis_measure(region, facts["desalination_plan"], assumptions, prices))
    return measures


def missing_inputs(region: str) -> list[str]:
    """Say in plain sentences which facts a region lacks for the measures of water.

    Raises
    ------
    InputError : unknown region.
    """
    return missing_facts("water_regions", region, _NEEDED)


def _irrigation(
    region: str,
    facts: dict[str, float],
    assumptions: Assumptions,
    prices: WaterPrices,
) -> list[Measure]:
    received = facts["water_received"]
    if not received > 0:
        return []
    area, capex, power = {}, {}, {"canal_lining": 0.0}
    shares = {}
    new_drip = facts["drip_area_plan"] - facts["drip_area"]
    if new_drip > 0:
        area["drip_irrigation"] = new_drip
        saving = assumptions.get("drip_irrigation", "saving", unit="m3/ha")
        shares["drip_irrigation"] = min(1.0, saving * new_drip / received)
        power["drip_irrigation"] = _drip_power_mwh(new_drip, assumptions)
    worn = facts["irrigated_area"] * facts["worn_canals"]
    if worn > 0 and not math.isnan(facts["canal_loss"]):
        after = assumptions.get("canal_lining", "loss_after", unit="1")
        area["canal_lining"] = worn
        # The cost per hectare is that of a scheme that lined only some of its canals; the earth
        # canals that it reshaped are counted to save nothing.
        lined = assumptions.get("canal_lining", "lined_share", unit="1")
        shares["canal_lining"] = (
            lined
            * facts["worn_canals"]
            * lining_saving(loss_before=facts["canal_loss"], loss_after=after)
        )
    savings = []
    for name, share in shares.items():
        capex[name] = price(assumptions, name, "investment", unit="USD/ha") * area[name]
        fixed = capex[name] * _yearly_factor(assumptions, name, prices.wacc)
        fixed += power[name] * prices.electricity_usd_per_mwh
        savings.append(Saving(name=name, share=share, fixed_usd_per_year=fixed))
    curve = abatement_curve(savings, demand=received)
    return [
        _irrigation_measure(
            region, name, area[name], capex[name], saved, power[name], assumptions, prices
        )
        for name, saved in zip(curve["name"], curve["saved"], strict=True)
    ]


def _drip_power_mwh(area_ha: float, assumptions: Assumptions) -> float:
    """Return the power of the pumps (MWh a year) for what cotton was measured to use up."""
    use = assumptions.get("drip_irrigation", "water_use", unit="m3/ha")
    water = use * area_ha / assumptions.get("irrigation", "drip_efficiency", unit="1")
    lift = pumping_energy_kwh_per_m3(
        assumptions.get("drip_irrigation", "head", unit="m"),
        efficiency=assumptions.get("pv_pumping", "pump_efficiency", unit="1"),
    )
    return water * lift / 1000


def _cotton(area_ha: float, assumptions: Assumptions, prices: WaterPrices) -> Benefit:
    """Return the cotton that drip irrigation adds, with the range of the field trials."""
    base = assumptions.get("crop_cotton", "yield", unit="t/ha") * area_ha
    gain, low, high = (
        base * assumptions.get("drip_irrigation", name, unit="1")
        for name in ("yield_gain", "yield_gain_low", "yield_gain_high")
    )
    return Benefit(
        name="raw cotton",
        quantity=gain,
        unit="t",
        price_usd=prices.cotton_usd_per_t,
        gains="farmers",
        area_ha=area_ha,
        low=low,
        high=high,
    )


def _yearly_factor(assumptions: Assumptions, technology: str, wacc: float) -> float:
    lifetime = assumptions.get(technology, "lifetime", unit="year")
    return annuity(wacc, lifetime) + assumptions.get(technology, "fom", unit="%/year") / 100


def _irrigation_measure(
    region: str,
    name: str,
    area_ha: float,
    capex: float,
    saved: float,
    power: float,
    assumptions: Assumptions,
    prices: WaterPrices,
) -> Measure:
    drip = name == "drip_irrigation"
    upkeep = assumptions.get(name, "fom", unit="%/year") / 100 * capex
    owner = "farmers" if drip else "operator"
    water = Benefit(
        name="irrigation water",
        quantity=saved,
        unit="m3",
        price_usd=prices.irrigation_usd_per_m3,
        gains=owner,
    )
    return Measure(
        name=name,
        title="Drip irrigation of cotton" if drip else "Line worn canals",
        theme="water",
        region=region,
        size=f"{area_ha:,.0f} ha",
        capex_usd=capex,
        opex_usd_per_year=upkeep + power * prices.electricity_usd_per_mwh,
        lifetime_years=assumptions.get(name, "lifetime", unit="year"),
        benefits=(water, _cotton(area_ha, assumptions, prices)) if drip else (water,),
        owner=owner,
        electricity_mwh_per_year=-power,
        gas_m3_per_year=0.0,
        water_m3_per_year=saved,
        co2_t_per_year=-power * prices.grid_co2_t_per_mwh,
        readiness=3,
        readiness_source=_BAQ if drip else _CANALS,
        assumptions=(
            f"{name}/investment",
            f"{name}/lifetime",
            f"{name}/fom",
            *(
                (f"{name}/saving", f"{name}/yield_gain", "crop_cotton/yield", "tariff/raw_cotton")
                if drip
                else (f"{name}/loss_after", f"{name}/lined_share")
            ),
            "tariff/irrigation_water",
        ),
        note=(
            "the higher yield decides: "
            f"{assumptions.get('drip_irrigation', 'yield_gain_low', unit='1'):.0%} to "
            f"{assumptions.get('drip_irrigation', 'yield_gain_high', unit='1'):.0%} in field trials"
            "; other costs of the farm are taken not to change"
            if drip
            else "water is valued at its due, not at what it is worth where it is short; part of "
            "what seeps away comes back in wells and drains, so the basin saves less"
        ),
    )
