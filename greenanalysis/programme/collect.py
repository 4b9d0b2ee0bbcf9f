"""All measures of a region under given prices: power, gas, manure, waste, water."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment import POTENTIAL, Assessment
from greenanalysis.assumptions import Assumptions
from greenanalysis.programme import biotech, heat, hydro_waste, water
from greenanalysis.programme.heat_demand import HousingHeat, housing_heat
from greenanalysis.programme.heat_plans import Prices
from greenanalysis.programme.measure import Measure, measure_table
from greenanalysis.programme.osmosis import OnSite
from greenanalysis.programme.power import power_measures
from greenanalysis.programme.prices import tariffs
from greenanalysis.programme.water_need import crop_need_mm
from greenanalysis.programme.water_supply import WaterPrices
from greenanalysis.tables import read_facts
from greenanalysis.weather.climate import load_climate

ELECTRICITY = "electricity tariff (USD/MWh)"
AUCTION = "auction prices (1 = base)"
GAS = "gas tariff (USD/m3)"
IRRIGATION = "irrigation water (USD/m3)"
DRINKING = "drinking water (USD/m3)"
RATE = "discount rate"
INVESTMENT = "investment (1 = base)"


LOCAL_TARIFFS = {"KZ-47": {"drinking_water": "drinking_water_aktau"}}
"""Regions whose own tariff is known besides the national one."""


def base_inputs(region: str, assumptions: Assumptions) -> dict[str, float]:
    """Return the prices and rates of the base case, each changeable alone.

    Parameters
    ----------
    region : ISO 3166-2 code; its own tariff counts where it is known.
    assumptions : tariffs and the discount rate.
    """
    known, local = tariffs(assumptions), LOCAL_TARIFFS.get(region, {})
    return {
        ELECTRICITY: known["electricity"],
        AUCTION: 1.0,
        GAS: known["gas"],
        IRRIGATION: known["irrigation_water"],
        DRINKING: known[local.get("drinking_water", "drinking_water")],
        RATE: assumptions.get("supergrid", "wacc", unit="1"),
        INVESTMENT: 1.0,
    }


def region_hours(weather: xr.Dataset, area: xr.DataArray) -> pd.DataFrame:
    """Return the hourly mean of a region: temp_air (degC), ghi (W/m2), wind_speed_10m (m/s).

    Parameters
    ----------
    weather : canonical weather.
    area : (latitude, longitude), km2 of the region in each cell, the weights.
    """
    inside = (area > 0).to_numpy()
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    box = {
        "latitude": slice(rows[0], rows[-1] + 1),
        "longitude": slice(columns[0], columns[-1] + 1),
    }
    names = ["temp_air", "ghi", "wind_speed_10m"]
    means = weather[names].isel(box).weighted(area.isel(box)).mean(("latitude", "longitude"))
    return means.to_dataframe()[names].astype(float)


@dataclass(frozen=True, eq=False)
class Place:
    """What a region's measures rest on whatever the prices: weather, houses, plants, need of water.

    ``heat`` is the housing; ``temp_air`` hourly, degC; ``plants`` solar and wind next to a works;
    ``season_need_mm`` what cotton wants from irrigation in a season.
    """

    study: Assessment
    region: str
    temp_air: pd.Series
    heat: HousingHeat
    plants: Mapping[str, OnSite]
    season_need_mm: float


def prepare_place(study: Assessment, region: str, *, weather: xr.Dataset) -> Place:
    """Compute what the measures of a region share.

    Parameters
    ----------
    study : what the weather yields.
    region : ISO 3166-2 code.
    weather : the canonical weather that ``study`` was made from.
    """
    area = study.area.sel(region=region)
    hours = region_hours(weather, area)
    elevation = load_climate()["elevation"].interp(
        latitude=area["latitude"], longitude=area["longitude"]
    )
    need = crop_need_mm(
        hours,
        study.assumptions,
        elevation_m=float(elevation.weighted(area).mean()),
        latitude=float(area["latitude"].weighted(area.sum("longitude")).mean()),
    )
    heat_of_houses = housing_heat(
        region,
        study.assumptions,
        temp_air=hours["temp_air"],
        population=float(study.place(region)["population"]),
    )
    return Place(
        study=study,
        region=region,
        temp_air=hours["temp_air"],
        heat=heat_of_houses,
        plants=_plants(study, region),
        season_need_mm=float(need.sum()),
    )


def _plants(study: Assessment, region: str) -> dict[str, OnSite]:
    cells = study.cells[study.cells["region"] == region]
    yields = study.region_hours(region)
    plants = {}
    for name in POTENTIAL:
        costs = cells.loc[cells["technology"] == name, "lcoe_usd_per_mwh"]
        if costs.notna().any():
            plants[name] = OnSite(float(costs.min()), yields[name].to_numpy())
    return plants


def all_measures(place: Place, inputs: Mapping[str, float]) -> pd.DataFrame:
    """Return all measures of a region as a table.

    Parameters
    ----------
    place : of :func:`prepare_place`.
    inputs : with the keys of :func:`base_inputs`.

    Returns
    -------
    DataFrame : see :func:`~greenanalysis.programme.measure.measure_table`.
    """
    made = [*_power(place, inputs), *_saving(place, inputs), *_water(place, inputs)]
    scaled = [replace(one, capex_usd=one.capex_usd * inputs[INVESTMENT]) for one in made]
    return measure_table(scaled)


def _power(place: Place, inputs: Mapping[str, float]) -> list[Measure]:
    study = place.study
    return power_measures(
        study.cells,
        region=place.region,
        demand_gwh=float(study.place(place.region)["demand_2020_gwh"]),
        settlements=read_facts("settlements", numeric=["latitude", "longitude"]),
        assumptions=study.assumptions,
        cost_year=study.cost_year,
        grid_co2_t_per_mwh=_grid_co2(study.assumptions),
        price_factor=inputs[AUCTION],
    )


def _saving(place: Place, inputs: Mapping[str, float]) -> list[Measure]:
    assumptions = place.study.assumptions
    grid_co2, gas_co2 = _grid_co2(assumptions), gas_co2_t_per_m3(assumptions)
    electricity, gas = inputs[ELECTRICITY], inputs[GAS]
    gas_prices = Prices(
        gas_usd_per_m3=gas,
        electricity_usd_per_mwh=electricity,
        gas_co2_t_per_m3=gas_co2,
        grid_co2_t_per_mwh=grid_co2,
        wacc=inputs[RATE],
    )
    manure = biotech.biotech_measures(
        place.region,
        assumptions,
        electricity_usd_per_mwh=electricity,
        gas_usd_per_m3=gas,
        grid_co2_t_per_mwh=grid_co2,
        gas_co2_t_per_m3=gas_co2,
        air_celsius=float(place.temp_air.mean()),
    )
    refuse = hydro_waste.hydro_waste_measures(
        place.region,
        assumptions,
        electricity_usd_per_mwh=electricity,
        grid_co2_t_per_mwh=grid_co2,
        regions=place.study.regions,
    )
    houses = heat.heat_measures(place.heat, assumptions, temp_air=place.temp_air, prices=gas_prices)
    return [*houses, *manure, *refuse]


def _water(place: Place, inputs: Mapping[str, float]) -> list[Measure]:
    return water.water_measures(
        place.region,
        place.study.assumptions,
        prices=WaterPrices(
            electricity_usd_per_mwh=inputs[ELECTRICITY],
            irrigation_usd_per_m3=inputs[IRRIGATION],
            drinking_usd_per_m3=inputs[DRINKING],
            grid_co2_t_per_mwh=_grid_co2(place.study.assumptions),
            wacc=inputs[RATE],
            pv=place.plants.get("solar"),
            wind=place.plants.get("wind"),
        ),
        season_need_mm=place.season_need_mm,
    )


def _grid_co2(assumptions: Assumptions) -> float:
    return assumptions.get("programme", "grid_co2", unit="t/MWh")


def gas_co2_t_per_m3(assumptions: Assumptions) -> float:
    """Return the CO2 of a burnt cubic metre of natural gas, t."""
    heat_kwh = assumptions.get("natural_gas", "heating_value", unit="kWh/m3")
    return heat_kwh / 1000 * assumptions.get("natural_gas", "co2", unit="t/MWh")
