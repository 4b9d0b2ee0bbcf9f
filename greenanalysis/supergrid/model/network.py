"""From a scenario to a ``pypsa.Network``: pure, reads nothing from disk."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.supergrid.model.corridors import add_corridors, corridor_table
from greenanalysis.supergrid.model.demand import demand_shape, hourly_demand, national_demand_twh
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.fleet import add_candidates, add_fleet, build_limits
from greenanalysis.supergrid.model.markets import (
    add_markets,
    market_shape_series,
    season_series,
)
from greenanalysis.supergrid.model.periods import Periods, in_states, typical_days
from greenanalysis.supergrid.model.thermal import seasonal_series
from greenanalysis.supergrid.model.weather_years import chosen_years
from greenanalysis.supergrid.scenario import Scenario

if TYPE_CHECKING:
    import pypsa


def build_network(
    scenario: Scenario,
    *,
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    facts: Facts,
    assumptions: Assumptions,
    periods: Periods | None = None,
) -> pypsa.Network:
    """Return the network of a scenario, ready to be solved.

    Parameters
    ----------
    scenario : what is asked.
    regions : index ``region``; column ``demand_2020_gwh``.
    profiles : ``solar`` and ``wind``, hourly capacity factor 0..1, dimensions (time, region), one
        or more whole years; ``demand_factor`` (time) where demand follows the temperature.
    potential : index (region, technology); column ``p_nom_max_mw``.
    facts, assumptions : tables, see :func:`load_facts` and :func:`load_assumptions`.
    periods : other steps in time than those of the scenario, made from :func:`hourly_series`.

    Returns
    -------
    pypsa.Network : one bus for each region and market; power in MW, money in USD of 2025, yearly
        costs; ``snapshot_weightings.objective`` are hours and sum to 8760 (or to those of
        ``periods``). ``meta`` holds the scenario, the error of the reduction in time and the
        ``states``. With ``markets.price_states`` or several ``weather_years`` the snapshots are
        there once for each state, weighted by its probability.

    Raises
    ------
    InputError : profiles that hold no year, lack a region or leave 0..1; a market or region that a
        table names and another does not; hydrogen without linked days.
    """
    import pypsa

    _require_profiles(profiles, regions.index)
    years = [periods] if periods else _typical_years(scenario, profiles, facts)
    periods = in_states(years, scenario.markets.price_states)
    periods = replace(periods, linked=scenario.time.link_days and not periods.chronological)
    if scenario.fleet.hydrogen and not (periods.linked or periods.chronological):
        raise input_error(
            "fleet.hydrogen", where=scenario.name, allowed="only with time.link_days", got=True
        )
    load = _load(scenario, regions, facts, periods.series["demand"], assumptions)
    pypsa.options.api.legacy_string_dtype = True
    network = pypsa.Network(name=scenario.title)
    network.set_snapshots(list(periods.series.index))
    network.snapshot_weightings["objective"] = periods.weights
    network.snapshot_weightings["generators"] = periods.weights
    network.snapshot_weightings["stores"] = float(periods.hours_per_step)
    network.meta = {
        "scenario": asdict(scenario),
        "rmse": {name: float(value) for name, value in periods.rmse.items()},
        "states": [asdict(state) for state in periods.states],
        "linked_days": periods.linked,
        "build_limits": build_limits(scenario, assumptions),
        "money": "USD of 2025",
    }
    _add_buses(network, scenario, regions.index, facts)
    network.add("Load", list(load.columns), bus=load.columns, p_set=load)
    add_fleet(network, scenario, facts=facts, assumptions=assumptions, periods=periods)
    add_candidates(network, scenario, potential, assumptions=assumptions, periods=periods)
    lines = _known_buses(corridor_table(scenario, facts, assumptions), network)
    add_corridors(network, lines, loss_steps=scenario.corridors.loss_steps)
    add_markets(network, scenario, facts=facts, assumptions=assumptions, periods=periods)
    network.add(
        "Generator", list(load.columns), suffix=" load_shedding", bus=load.columns,
        carrier="load_shedding", p_nom=load.max(),
        marginal_cost=assumptions.get("supergrid", "value_of_lost_load", unit="USD/MWh"),
    )  # fmt: skip
    network.add("Carrier", sorted(_carriers(network)))
    return network


def _typical_years(scenario: Scenario, profiles: xr.Dataset, facts: Facts) -> list[Periods]:
    return [
        typical_days(
            hourly_series(year, facts, temperature=scenario.demand.temperature),
            days=scenario.time.typical_days,
            hours_per_step=scenario.time.hours_per_step,
        )
        for year in chosen_years(profiles, scenario.weather_years)
    ]


def _load(
    scenario: Scenario,
    regions: pd.DataFrame,
    facts: Facts,
    shape: pd.Series,
    assumptions: Assumptions,
) -> pd.DataFrame:
    growth = scenario.demand.growth
    if growth is None:
        growth = assumptions.get("demand", "growth", unit="1/year")
    twh = national_demand_twh(facts.demand, scenario.year, growth=growth)
    # what is reported holds the losses of the lines, which lose them again here
    twh *= 1.0 - assumptions.get("demand", "line_losses", unit="1")
    return hourly_demand(regions["demand_2020_gwh"].astype(float), national_twh=twh, shape=shape)


def hourly_series(profiles: xr.Dataset, facts: Facts, *, temperature: bool = False) -> pd.DataFrame:
    """Return all that varies from hour to hour.

    Capacity factors, demand, water, cold, planned repairs, price shapes.

    ``temperature``: let demand follow it by ``demand_factor`` of the profiles.
    """
    time = pd.DatetimeIndex(profiles["time"].to_numpy())
    hydro = facts.hydro_months.set_index(facts.hydro_months["month"].astype(int))["capacity_factor"]
    hours = time - pd.Timedelta(hours=1)
    columns = {
        f"{name} {region}": profiles[name].sel(region=region).to_numpy()
        for name in ("solar", "wind")
        for region in profiles["region"].to_numpy()
    }
    hourly = pd.DataFrame(columns, index=time)
    demand = demand_shape(facts.demand_months, facts.demand_hours, facts.demand_weekdays, time)
    if temperature:
        if "demand_factor" not in profiles:
            raise input_error(
                "profile", where="profiles", allowed="demand_factor with demand.temperature",
                got=list(profiles),
            )  # fmt: skip
        demand *= profiles["demand_factor"].to_numpy()
    hourly["demand"] = demand / demand.mean()
    hourly["hydro"] = hydro.loc[hours.month].to_numpy()
    for cascade, rows in facts.hydro_cascade_months.groupby("cascade"):
        course = rows.set_index(rows["month"].astype(int))["capacity_factor"]
        hourly[f"hydro {cascade}"] = course.loc[hours.month].to_numpy()
    hourly = hourly.join(seasonal_series(facts, time))
    for name, values in market_shape_series(facts.market_shapes, time).items():
        hourly[f"price {name}"] = values
    for months, is_open in season_series(facts.market_terms, time).items():
        hourly[f"open {months}"] = is_open
    return hourly


def _add_buses(network: pypsa.Network, scenario: Scenario, regions: pd.Index, facts: Facts) -> None:
    nodes = facts.nodes.set_index("node")
    used = facts.markets[scenario.markets.export | (facts.markets["import_mw"] > 0)]
    names = [*regions, *used["market"]]
    missing = [name for name in names if name not in nodes.index]
    if missing:
        raise input_error("nodes", where="nodes.csv", allowed="each region and market", got=missing)
    network.add(
        "Bus", names, carrier="AC",
        x=nodes.loc[names, "longitude"].astype(float), y=nodes.loc[names, "latitude"].astype(float),
        kind=nodes.loc[names, "kind"],
    )  # fmt: skip


def _known_buses(table: pd.DataFrame, network: pypsa.Network) -> pd.DataFrame:
    for column in ("bus0", "bus1"):
        unknown = table.index[~table[column].isin(network.buses.index)]
        if len(unknown):
            raise input_error(
                column, where=f"corridor {unknown[0]}", allowed=list(network.buses.index),
                got=table.at[unknown[0], column],
            )  # fmt: skip
    return table


def _carriers(network: pypsa.Network) -> set[str]:
    names: set[str] = {"AC"}
    for component in (network.generators, network.storage_units, network.links):
        names |= set(component["carrier"])
    return names


def _require_profiles(profiles: xr.Dataset, regions: pd.Index) -> None:
    for name in ("solar", "wind"):
        if name not in profiles:
            raise input_error(
                "profile", where="profiles", allowed="solar and wind", got=f"no {name}"
            )
        values = profiles[name]
        if set(values.dims) != {"time", "region"}:
            raise input_error(
                f"profile {name}", where="profiles", allowed="(time, region)", got=values.sizes
            )
        absent = [region for region in regions if region not in values["region"].to_numpy()]
        if absent:
            raise input_error(
                f"profile {name}", where="profiles", allowed="each region", got=absent
            )
        low, high = float(values.min()), float(values.max())
        if not (low >= 0.0 and high <= 1.0 + 1e-9) or bool(values.isnull().any()):
            raise input_error(
                f"profile {name}", where="profiles", allowed="0 to 1, no NaN", got=(low, high)
            )
