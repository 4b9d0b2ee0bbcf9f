"""One export scenario on the hours of an assessment: its inputs, its solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment, assess, weather_words
from greenanalysis.assessment.potential import regional_potential
from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.regions import cell_region_area
from greenanalysis.supergrid.model.demand import demand_factor, temperature_response
from greenanalysis.supergrid.model.economics import cost_year
from greenanalysis.supergrid.scenario import Scenario, load_scenario
from greenanalysis.weather import open_weather
from greenanalysis.weather.sample.climate import load_climate

if TYPE_CHECKING:
    import geopandas as gpd
    import pypsa

    from greenanalysis.supergrid.results.summary import Results

_DECIMALS = 9
"""Of hourly profiles: further ones depend on the number of threads, and with them what is cached
would be solved again."""


@dataclass(frozen=True, eq=False, repr=False)
class Export(Shown):
    """One export scenario solved on the hours of an assessment.

    ``peak_mw`` : highest load of all hours of the year, which typical days alone would hide.
    """

    scenario: Scenario
    weather: Mapping[str, object]
    network: pypsa.Network
    results: Results
    peak_mw: float = float("nan")

    def _card(self) -> Card:
        card = self.results._card()
        return replace(
            card,
            title=f"Export scenario {self.scenario.name}: {self.scenario.title}",
            caption=f"{self.scenario.year}; {weather_words(self.weather)}",
            holds=holds_of(self) | {f"results.{name}": what for name, what in card.holds.items()},
        )


def export_study(scenario: str | Scenario = "base", *, weather: str | Path | None = None) -> Export:
    """Solve an export scenario, or take its solution from the cache.

    Parameters
    ----------
    scenario : a name of :func:`~greenanalysis.supergrid.scenario.scenario_names`, or a scenario of
        your own from :func:`~greenanalysis.supergrid.scenario.load_scenario`.
    weather : a weather name or file; by default the scenario's.

    Returns
    -------
    Export : scenario, weather, the solved network and its tables.

    Raises
    ------
    InputError : unknown scenario or weather, weather that does not cover the whole country, or a
        scenario without solution.
    """
    from greenanalysis.supergrid.model.facts import load_facts
    from greenanalysis.supergrid.model.network import hourly_series
    from greenanalysis.supergrid.model.weather_years import chosen_years
    from greenanalysis.supergrid.robustness.adequacy import peak_load
    from greenanalysis.supergrid.solve.study import study

    settings, facts, inputs = export_inputs(scenario, weather=weather)
    network, results = study(settings, **inputs)
    year = chosen_years(inputs["profiles"], settings.weather_years)[0]
    hourly = hourly_series(year, load_facts(), temperature=settings.demand.temperature)
    return Export(settings, facts, network, results, peak_load(network, hourly))


def export_inputs(
    scenario: str | Scenario = "base", *, weather: str | Path | None = None
) -> tuple[Scenario, Mapping[str, object], dict[str, Any]]:
    """Return a scenario, the facts of its weather, and regions, profiles and potential.

    The profiles hold ``demand_factor``, too: how demand follows the temperature of the weather.
    """
    if isinstance(scenario, Scenario):
        settings = replace(scenario, weather=str(weather)) if weather else scenario
    else:
        settings = load_scenario(scenario, {"weather": str(weather)} if weather else None)
    assessment = assess(settings.weather, cost_year=cost_year(settings), whole_country=True)
    potential = regional_potential(assessment.cells).set_index(["region", "technology"])
    profiles = assessment.profiles().assign(
        demand_factor=_demand_factor(settings.weather, assessment)
    )
    profiles = profiles.round(_DECIMALS)
    inputs = {"regions": assessment.regions, "profiles": profiles, "potential": potential}
    return settings, assessment.weather, inputs


def _demand_factor(weather: str, found: Assessment) -> xr.DataArray:
    climate = load_climate()
    normal = _where_demand_is(climate["temp_air_mean"], found.regions)
    months = read_facts("demand_months", numeric=["year", "month", "demand_gwh"])
    response = temperature_response(months, normal)
    hourly = _where_demand_is(open_weather(weather)["temp_air"], found.regions)
    return demand_factor(hourly, response).rename_axis("time").to_xarray()


def _where_demand_is(field: xr.DataArray, regions: gpd.GeoDataFrame) -> pd.Series:
    """Return the mean of a field over the regions, each weighing by its demand."""
    places = (field[dim].to_numpy() for dim in ("latitude", "longitude"))
    area = cell_region_area(regions, *places)
    share = area / area.sum(("latitude", "longitude"))
    demand = regions["demand_2020_gwh"].rename_axis("region").to_xarray().astype(float)
    weight = (share * demand / demand.sum()).sum("region")
    mean = field.weighted(weight).mean(("latitude", "longitude"))
    return mean.to_series()
