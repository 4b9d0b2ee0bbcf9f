"""From an assessment and a region to its programme: every measure that its facts allow.

The measures are of power, gas, manure, waste and water, each under the prices that are set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.technologies import POTENTIAL
from greenanalysis.atlas.waste import waste_statistic
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.finance import HOURS_PER_YEAR
from greenanalysis.programme import biotech, heat, hydro_waste, water
from greenanalysis.programme.funding import Programme
from greenanalysis.programme.heat import Prices
from greenanalysis.programme.heat_demand import HousingHeat, housing_heat
from greenanalysis.programme.measure import Benefit, Measure, measure_table
from greenanalysis.programme.power import power_measures
from greenanalysis.programme.prices import (
    AUCTION,
    CARBON,
    COAL,
    COTTON,
    DRINKING,
    ELECTRICITY,
    GAS,
    GAS_BORDER,
    INVESTMENT,
    IRRIGATION,
    PUBLIC,
    RATE,
    SMOKE,
    base_inputs,
)
from greenanalysis.programme.public import PublicPrices, data_to_collect, public_measures
from greenanalysis.programme.water_need import crop_need_mm
from greenanalysis.programme.water_supply import OnSite, WaterPrices
from greenanalysis.weather import open_weather
from greenanalysis.weather.sample.climate import load_climate


def _region_hours(weather: xr.Dataset, area: xr.DataArray) -> pd.DataFrame:
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
    hours = _region_hours(weather, area)
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


_Builder = Callable[[Place, Mapping[str, float]], list[Measure]]


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
        existing_gwh=_existing_gwh(place),
    )


def _existing_gwh(place: Place) -> dict[str, float]:
    """Return what the region's solar and wind plants make in a year, at its cheapest land's yield.

    Plants that are not listed by name stand in the table as a share of the national rest.
    """
    fleet = read_facts("plants", numeric=["capacity_mw"])
    here = fleet[fleet["region"] == place.region]
    return {
        name: float(here.loc[here["carrier"] == name, "capacity_mw"].sum())
        * float(np.nanmean(plant.capacity_factor))
        * HOURS_PER_YEAR
        / 1000
        for name, plant in place.plants.items()
    }


def _houses(place: Place, inputs: Mapping[str, float]) -> list[Measure]:
    assumptions = place.study.assumptions
    prices = Prices(
        gas_usd_per_m3=inputs[GAS],
        electricity_usd_per_mwh=inputs[ELECTRICITY],
        gas_co2_t_per_m3=_gas_co2_t_per_m3(assumptions),
        grid_co2_t_per_mwh=_grid_co2(assumptions),
        wacc=inputs[RATE],
        gas_border_usd_per_m3=inputs[GAS_BORDER],
    )
    return heat.heat_measures(place.heat, assumptions, temp_air=place.temp_air, prices=prices)


def _manure(place: Place, inputs: Mapping[str, float], *, digestate: bool) -> list[Measure]:
    assumptions = place.study.assumptions
    return biotech.biotech_measures(
        place.region,
        assumptions,
        electricity_usd_per_mwh=inputs[ELECTRICITY],
        gas_usd_per_m3=inputs[GAS],
        grid_co2_t_per_mwh=_grid_co2(assumptions),
        gas_co2_t_per_m3=_gas_co2_t_per_m3(assumptions),
        gas_border_usd_per_m3=inputs[GAS_BORDER],
        coal_usd_per_t=inputs[COAL],
        digestate=digestate,
        air_celsius=float(place.temp_air.mean()),
    )


def _rivers_and_refuse(place: Place, inputs: Mapping[str, float]) -> list[Measure]:
    return hydro_waste.hydro_waste_measures(
        place.region,
        place.study.assumptions,
        electricity_usd_per_mwh=inputs[ELECTRICITY],
        grid_co2_t_per_mwh=_grid_co2(place.study.assumptions),
        drinking_water_usd_per_m3=inputs[DRINKING],
        regions=place.study.regions,
    )


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
            cotton_usd_per_t=inputs[COTTON],
            pv=place.plants.get("solar"),
            wind=place.plants.get("wind"),
        ),
    )


def _public(place: Place, inputs: Mapping[str, float]) -> list[Measure]:
    assumptions, solar = place.study.assumptions, place.plants.get("solar")
    return public_measures(
        place.region,
        assumptions,
        heat=place.heat,
        population=float(place.study.place(place.region)["population"]),
        solar_factor=float(np.nanmean(solar.capacity_factor)) if solar else 0.0,
        prices=PublicPrices(
            public_electricity_usd_per_mwh=inputs[PUBLIC],
            coal_usd_per_t=inputs[COAL],
            gas_usd_per_m3=inputs[GAS],
            gas_border_usd_per_m3=inputs[GAS_BORDER],
            irrigation_usd_per_m3=inputs[IRRIGATION],
            smoke_usd_per_t=inputs[SMOKE],
            grid_co2_t_per_mwh=_grid_co2(assumptions),
            gas_co2_t_per_m3=_gas_co2_t_per_m3(assumptions),
        ),
    )


def _builders(*, digestate: bool) -> tuple[tuple[_Builder, tuple[str, ...]], ...]:
    """Return who makes measures, and of which inputs: it is given no others."""
    return (
        (_power, (AUCTION,)),
        (_houses, (GAS, ELECTRICITY, GAS_BORDER, RATE)),
        (partial(_manure, digestate=digestate), (ELECTRICITY, GAS, GAS_BORDER, COAL)),
        (_rivers_and_refuse, (ELECTRICITY, DRINKING)),
        (_water, (ELECTRICITY, IRRIGATION, DRINKING, COTTON, RATE)),
        (_public, (PUBLIC, COAL, GAS, GAS_BORDER, IRRIGATION, SMOKE)),
    )


class _Build:
    """Makes the table of all measures of a region under inputs.

    What a builder made of the same inputs before is used again, so that a change of one price costs
    the measures that it acts on.
    """

    def __init__(self, place: Place, *, digestate: bool) -> None:
        self._place, self._builders = place, _builders(digestate=digestate)
        self._known: dict[tuple[int, tuple[float, ...]], list[Measure]] = {}

    def __call__(self, inputs: Mapping[str, float]) -> pd.DataFrame:
        """Return the measures, see :func:`~greenanalysis.programme.measure.measure_table`."""
        return measure_table(
            replace(
                one,
                capex_usd=one.capex_usd * inputs[INVESTMENT],
                benefits=(*one.benefits, _climate(one, inputs[CARBON])),
            )
            for number in range(len(self._builders))
            for one in self._measures(number, inputs)
        )

    def _measures(self, number: int, inputs: Mapping[str, float]) -> list[Measure]:
        builder, names = self._builders[number]
        own = {name: inputs[name] for name in names}
        key = (number, tuple(own.values()))
        if key not in self._known:
            self._known[key] = builder(self._place, own)
        return self._known[key]


def _climate(measure: Measure, usd_per_t: float) -> Benefit:
    return Benefit(
        name="CO2 avoided",
        quantity=measure.co2_t_per_year,
        unit="t",
        price_usd=usd_per_t,
        gains="society",
        money=False,
    )


def _targets(place: Place, measures: pd.DataFrame) -> pd.DataFrame:
    """Return the goals that the region has, what exists, and what all measures would add.

    Returns
    -------
    DataFrame : ``target``, ``now``, ``with_programme``, ``goal`` (all fractions; NaN where
        unknown), ``source`` of the goal.
    """
    assumptions, region = place.study.assumptions, place.region
    demand = float(place.study.place(region)["demand_2020_gwh"])
    existing = sum(_existing_gwh(place).values())
    plants = measures.index.intersection(["solar_plants", "wind_plants"])
    added = float(measures.loc[plants, "electricity_mwh_per_year"].sum()) / 1000
    renewable = assumptions.rows("programme", "renewable_share").iloc[0]
    recycling = assumptions.rows("waste", "recycling_target").iloc[0]
    recycled = waste_statistic(region, "recycled_percent") / 100
    sorting = "waste_sorting" in measures.index
    rows = [
        {
            "target": "solar and wind in the electricity used",
            "now": existing / demand,
            "with_programme": (existing + added) / demand,
            "goal": float(renewable["value"]),
            "source": renewable["source"],
        },
        {
            "target": "recycled municipal waste",
            "now": recycled,
            "with_programme": float(recycling["value"]) if sorting else recycled,
            "goal": float(recycling["value"]),
            "source": recycling["source"],
        },
    ]
    return pd.DataFrame(rows)


def _grid_co2(assumptions: Assumptions) -> float:
    return assumptions.get("programme", "grid_co2", unit="t/MWh")


def _gas_co2_t_per_m3(assumptions: Assumptions) -> float:
    """Return the CO2 of a burnt cubic metre of natural gas, t."""
    heat_kwh = assumptions.get("natural_gas", "heating_value", unit="kWh/m3")
    return heat_kwh / 1000 * assumptions.get("natural_gas", "co2", unit="t/MWh")


def region_programme(
    study: Assessment,
    region: str,
    *,
    weather: str | Path = "sample",
    budget_musd: float,
    order: str = "cost",
    co2_usd_per_t: float = 0.0,
    digestate: bool = False,
) -> Programme:
    """Collect what a region could build and save, ready to be ranked and funded.

    Parameters
    ----------
    study : what the weather yields.
    region : ISO 3166-2 code or name.
    weather : the name or file that ``study`` was made from.
    budget_musd : money for investment, million USD of 2025.
    order : ``cost``, ``readiness`` or ``social``, see
        :func:`~greenanalysis.programme.rank.rank`.
    co2_usd_per_t : value of an avoided tonne that counts besides income.
    digestate : whether digestate earns the price of the fertiliser in it; by default it does not.

    Raises
    ------
    InputError : unknown region or order, a negative budget or value, or weather that does not
        cover the region.
    """
    code = str(study.place(region).name)
    assumptions = study.assumptions
    place = prepare_place(study, code, weather=open_weather(weather))
    missing = (
        *heat.missing_inputs(code),
        *water.missing_inputs(code),
        *biotech.missing_inputs(code),
        *hydro_waste.missing_inputs(code),
    )
    inputs, build = base_inputs(code, assumptions), _Build(place, digestate=digestate)
    base = build(inputs)
    programme = Programme(
        region=code,
        budget_musd=budget_musd,
        order=order,
        co2_usd_per_t=co2_usd_per_t,
        inputs=inputs,
        missing=missing,
        to_collect=data_to_collect(base.index),
        targets=_targets(place, base),
        spread=assumptions.get("programme", "sensitivity_spread", unit="1"),
        build_years=round(assumptions.get("programme", "build_years", unit="year")),
        base=base,
        build=build,
    )
    programme.funded()
    return programme
