"""From an assessment and a region to its programme: all measures, ranked, funded, questioned.

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
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.core.tables import read_facts
from greenanalysis.programme import biotech, heat, hydro_waste, water
from greenanalysis.programme.heat import Prices
from greenanalysis.programme.heat_demand import HousingHeat, housing_heat
from greenanalysis.programme.measure import Measure, measure_table
from greenanalysis.programme.power import power_measures
from greenanalysis.programme.prices import tariffs
from greenanalysis.programme.rank import effects, fund, rank
from greenanalysis.programme.water_need import crop_need_mm
from greenanalysis.programme.water_supply import OnSite, WaterPrices
from greenanalysis.weather import open_weather
from greenanalysis.weather.sample.climate import load_climate

_ELECTRICITY = "electricity tariff (USD/MWh)"
_AUCTION = "auction prices (1 = base)"
GAS = "gas tariff (USD/m3)"
_IRRIGATION = "irrigation water (USD/m3)"
DRINKING = "drinking water (USD/m3)"
RATE = "discount rate"
INVESTMENT = "investment (1 = base)"


_LOCAL_TARIFFS = {"KZ-47": {"drinking_water": "drinking_water_aktau"}}
"""Regions whose own tariff is known besides the national one."""


def base_inputs(region: str, assumptions: Assumptions) -> dict[str, float]:
    """Return the prices and rates of the base case, each changeable alone.

    Parameters
    ----------
    region : ISO 3166-2 code; its own tariff counts where it is known.
    assumptions : tariffs and the discount rate.
    """
    known, local = tariffs(assumptions), _LOCAL_TARIFFS.get(region, {})
    return {
        _ELECTRICITY: known["electricity"],
        _AUCTION: 1.0,
        GAS: known["gas"],
        _IRRIGATION: known["irrigation_water"],
        DRINKING: known[local.get("drinking_water", "drinking_water")],
        RATE: assumptions.get("supergrid", "wacc", unit="1"),
        INVESTMENT: 1.0,
    }


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


def _all_measures(place: Place, inputs: Mapping[str, float]) -> pd.DataFrame:
    """Return all measures of a region as a table.

    Parameters
    ----------
    place : of :func:`prepare_place`.
    inputs : with the keys of :func:`base_inputs`.

    Returns
    -------
    DataFrame : see :func:`~greenanalysis.programme.measure.measure_table`.
    """
    measures = [*_power(place, inputs), *_saving(place, inputs), *_water(place, inputs)]
    scaled = [replace(one, capex_usd=one.capex_usd * inputs[INVESTMENT]) for one in measures]
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
        price_factor=inputs[_AUCTION],
    )


def _saving(place: Place, inputs: Mapping[str, float]) -> list[Measure]:
    assumptions = place.study.assumptions
    grid_co2, gas_co2 = _grid_co2(assumptions), _gas_co2_t_per_m3(assumptions)
    electricity, gas = inputs[_ELECTRICITY], inputs[GAS]
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
            electricity_usd_per_mwh=inputs[_ELECTRICITY],
            irrigation_usd_per_m3=inputs[_IRRIGATION],
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


def _gas_co2_t_per_m3(assumptions: Assumptions) -> float:
    """Return the CO2 of a burnt cubic metre of natural gas, t."""
    heat_kwh = assumptions.get("natural_gas", "heating_value", unit="kWh/m3")
    return heat_kwh / 1000 * assumptions.get("natural_gas", "co2", unit="t/MWh")


LIMITS = (
    "Measures are screening figures for the whole region: no site, design, tender or permit.",
    "Connection to the grid, curtailment, taxes and debt are left out; income is valued at today's "
    "tariffs, many of which are regulated below cost, so what saves gas or water looks dear.",
    "Solar and wind plants earn the last known auction price, other generation the consumer "
    "tariff, which favours it; water is valued at household tariffs and irrigation dues.",
    "Landfill gas, sorting and burning are each sized for all of the waste of their place: built "
    "together they count some of it more than once.",
    "A part of a measure is taken to cost and bring its part; small programmes cost more per unit.",
    "Where a statistic is missing a measure is missing too, not small: see the list above.",
)
"""What a programme does not show."""


@dataclass(frozen=True, eq=False, repr=False)
class Programme(Shown):
    """All measures of a region and the rule by which a budget is spent on them.

    ``build`` makes the table of measures from the inputs; ``inputs`` are their base values and
    ``base`` the table made of those. ``missing`` says in plain sentences what the region lacks;
    ``spread`` is the relative change of the sensitivity.
    """

    region: str
    budget_musd: float
    order: str
    co2_usd_per_t: float
    inputs: Mapping[str, float]
    missing: tuple[str, ...]
    spread: float
    base: pd.DataFrame
    build: Callable[[Mapping[str, float]], pd.DataFrame]

    def ranked(
        self, *, order: str | None = None, inputs: Mapping[str, float] | None = None
    ) -> pd.DataFrame:
        """Return the measures in the order of funding, with cost and value of each."""
        return rank(
            self.base if inputs is None else self.build(inputs),
            wacc=(inputs or self.inputs)[RATE],
            co2_usd_per_t=self.co2_usd_per_t,
            order=order or self.order,
        )

    def funded(self, budget_musd: float | None = None) -> pd.DataFrame:
        """Return the measures with the share that a budget (million USD) funds."""
        budget = self.budget_musd if budget_musd is None else budget_musd
        return fund(self.ranked(), budget_usd=budget * 1e6, order=self.order)

    def outcome(self, inputs: Mapping[str, float]) -> float:
        """Return the net present value (million USD) of what the base case funds, under inputs."""
        share = self.funded()["share"]
        table = self.ranked(inputs=inputs)
        share = share.reindex(table.index, fill_value=0.0)
        funded = table.assign(share=share, funded_usd=share * table["capex_usd"])
        return float(effects(funded)["npv_usd"]) / 1e6

    def _card(self) -> Card:
        funded = self.funded()
        chosen = funded[funded["share"] > 0]
        sums = effects(funded)
        table = pd.DataFrame(
            {
                "measure": chosen["title"],
                "full size": chosen["size"],
                "funded": chosen["share"],
                "million USD": chosen["funded_usd"] / 1e6,
            }
        )
        return Card(
            title=f"Programme of {self.region}",
            caption=f"{len(chosen)} of {len(funded)} measures funded by {self.budget_musd:g} "
            f"million USD, ordered by {self.order}; screening figures",
            figures=[
                ("invested", f"{sums['funded_usd'] / 1e6:,.1f} million USD of 2025"),
                ("net present value", f"{sums['npv_usd'] / 1e6:+,.1f} million USD of 2025"),
                (
                    "electricity made or saved",
                    f"{sums['electricity_mwh_per_year'] / 1e3:,.0f} GWh/year",
                ),
                ("CO2 avoided", f"{sums['co2_t_per_year'] / 1e3:,.0f} kt/year"),
            ],
            table=table,
            holds=holds_of(self, "ranked", "funded", "outcome"),
        )

    def prices_text(self) -> str:
        """Return the inputs as a reader wants them."""
        return ", ".join(f"{name} {value:.4g}" for name, value in self.inputs.items())


def region_programme(
    study: Assessment,
    region: str,
    *,
    weather: str | Path = "sample",
    budget_musd: float,
    order: str = "cost",
    co2_usd_per_t: float = 0.0,
) -> Programme:
    """Collect what a region could build and save, ready to be ranked and funded.

    Parameters
    ----------
    study : what the weather yields.
    region : ISO 3166-2 code or name.
    weather : the name or file that ``study`` was made from.
    budget_musd : money for investment, million USD of 2025.
    order : ``cost`` or ``readiness``, see :func:`~greenanalysis.programme.rank.rank`.
    co2_usd_per_t : value of an avoided tonne that counts besides income.

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
    inputs, build = base_inputs(code, assumptions), partial(_all_measures, place)
    programme = Programme(
        region=code,
        budget_musd=budget_musd,
        order=order,
        co2_usd_per_t=co2_usd_per_t,
        inputs=inputs,
        missing=missing,
        spread=assumptions.get("programme", "sensitivity_spread", unit="1"),
        base=build(inputs),
        build=build,
    )
    programme.funded()
    return programme
