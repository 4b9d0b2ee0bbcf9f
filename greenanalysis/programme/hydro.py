"""Planned hydro plants of a region as measures."""

from __future__ import annotations

import math

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.money import MODEL_CURRENCY, MODEL_YEAR, Money, convert, price
from greenanalysis.core.tables import read_facts
from greenanalysis.programme.measure import Benefit, Measure

_NUMBERS = ("capacity_mw", "energy_gwh", "water_mm3", "investment", "price_year", "jobs")


def planned_hydro(region: str) -> pd.DataFrame:
    """Return the planned plants of a region, blank numbers as NaN."""
    table = read_facts("hydro_planned", numeric=_NUMBERS)
    return table[table["region"] == region].reset_index(drop=True)


def hydro_measures(
    region: str,
    assumptions: Assumptions,
    *,
    electricity_usd_per_mwh: float,
    grid_co2_t_per_mwh: float,
    drinking_water_usd_per_m3: float,
) -> list[Measure]:
    """Return one measure for each planned plant of the region.

    Parameters
    ----------
    region, assumptions, electricity_usd_per_mwh, grid_co2_t_per_mwh, drinking_water_usd_per_m3 :
        see :func:`greenanalysis.programme.hydro_waste.hydro_waste_measures`.

    Raises
    ------
    InputError : a negative price or emission factor.
    """
    for name, value in (
        ("electricity_usd_per_mwh", electricity_usd_per_mwh),
        ("grid_co2_t_per_mwh", grid_co2_t_per_mwh),
        ("drinking_water_usd_per_m3", drinking_water_usd_per_m3),
    ):
        if not value >= 0:
            raise input_error(name, where="hydro measures", allowed="0 or more", got=value)
    measures = []
    for _, plant in planned_hydro(region).iterrows():
        energy, used = _energy_mwh(plant, assumptions)
        capex, costed = _capex(plant, assumptions)
        water = 0.0 if math.isnan(plant["water_mm3"]) else plant["water_mm3"] * 1e6
        benefits = [
            Benefit(
                name="electricity",
                quantity=energy,
                unit="MWh",
                price_usd=electricity_usd_per_mwh,
                gains="operator",
            )
        ]
        if water:
            benefits.append(
                Benefit(
                    name="drinking water",
                    quantity=water,
                    unit="m3",
                    price_usd=drinking_water_usd_per_m3,
                    gains="operator",
                )
            )
        size = f"{plant['capacity_mw']:g} MW"
        measures.append(
            Measure(
                name=plant["name"],
                title=plant["title"],
                theme="hydro",
                region=region,
                size=f"{size}, {water / 1e6:g} million m3 of water a year" if water else size,
                capex_usd=capex,
                opex_usd_per_year=capex
                * assumptions.get("small_hydro", "fom", unit="%/year")
                / 100,
                lifetime_years=assumptions.get("small_hydro", "lifetime", unit="year"),
                benefits=tuple(benefits),
                electricity_mwh_per_year=energy,
                gas_m3_per_year=0.0,
                water_m3_per_year=water,
                co2_t_per_year=energy * grid_co2_t_per_mwh,
                readiness=3,
                readiness_source="hydro plants of every size run in Kazakhstan (plants.csv)",
                place=f"on the {plant['river']}",
                divisible=False,
                jobs=plant["jobs"],
                assumptions=("small_hydro/fom", "small_hydro/lifetime", *used, *costed),
                note=f"{plant['source']}; {plant['note']}",
            )
        )
    return measures


def _energy_mwh(plant: pd.Series, assumptions: Assumptions) -> tuple[float, tuple[str, ...]]:
    if not math.isnan(plant["energy_gwh"]):
        return plant["energy_gwh"] * 1000, ()
    factor = assumptions.get("small_hydro", "capacity_factor", unit="1")
    return plant["capacity_mw"] * 8760 * factor, ("small_hydro/capacity_factor",)


def _capex(plant: pd.Series, assumptions: Assumptions) -> tuple[float, tuple[str, ...]]:
    if not math.isnan(plant["investment"]):
        stated = Money(plant["investment"], plant["currency"], int(plant["price_year"]))
        return (
            convert(
                stated, currency=MODEL_CURRENCY, year=MODEL_YEAR, assumptions=assumptions
            ).amount,
            (),
        )
    per_kw = price(assumptions, "small_hydro", "investment", unit="USD/kW")
    return plant["capacity_mw"] * 1000 * per_kw, ("small_hydro/investment",)
