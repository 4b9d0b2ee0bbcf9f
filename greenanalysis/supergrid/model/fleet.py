"""Plants that exist, and plants and storage that may be built.

Batteries and pumped hydro state how they run from step to step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.supergrid.model.economics import co2, cost_year, marginal_cost, new_costs
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.periods import Periods
from greenanalysis.supergrid.model.thermal import add_thermal, running_plants
from greenanalysis.supergrid.scenario import Scenario

if TYPE_CHECKING:
    import pypsa


def _add_storage(
    network: pypsa.Network, scenario: Scenario, *, assumptions: Assumptions, periods: Periods
) -> None:
    """Add batteries in every region and pumped hydro where hydropower stands today.

    With ``fleet.hydrogen`` also electrolysis, steel tanks and fuel cells in every region: as many
    MW of the one as of the other.
    """
    regions, year = network.buses.index[network.buses["kind"] == "region"], cost_year(scenario)
    one_way = assumptions.get("battery_inverter", "efficiency", unit="1", year=year) ** 0.5
    hours = assumptions.get("battery", "storage_hours", unit="hour")
    battery = {"battery_inverter": 1.0, "battery_storage": hours}
    network.add(
        "StorageUnit", list(regions), suffix=" battery new", bus=regions, carrier="battery",
        p_nom_extendable=True, max_hours=hours, efficiency_store=one_way,
        efficiency_dispatch=one_way, **new_costs(battery, scenario, assumptions),
        **_storage_ends(periods, regions),
    )  # fmt: skip
    if scenario.fleet.hydrogen:
        hours = assumptions.get("hydrogen", "storage_hours", unit="hour")
        hydrogen = {"electrolysis": 1.0, "fuel_cell": 1.0, "hydrogen_tank": hours}
        network.add(
            "StorageUnit", list(regions), suffix=" hydrogen new", bus=regions, carrier="hydrogen",
            p_nom_extendable=True, max_hours=hours,
            efficiency_store=assumptions.get("electrolysis", "efficiency", unit="1", year=year),
            efficiency_dispatch=assumptions.get("fuel_cell", "efficiency", unit="1"),
            **new_costs(hydrogen, scenario, assumptions), **_storage_ends(periods, regions),
        )  # fmt: skip
    if scenario.fleet.pumped_hydro:
        _add_pumped_hydro(network, scenario, assumptions=assumptions, periods=periods)


def _add_pumped_hydro(
    network: pypsa.Network, scenario: Scenario, *, assumptions: Assumptions, periods: Periods
) -> None:
    hydro = network.storage_units[network.storage_units["carrier"] == "hydro"]
    wet = pd.Index(hydro["bus"].unique())
    if wet.empty:
        return
    one_way = assumptions.get("pumped_hydro", "efficiency", unit="1") ** 0.5
    network.add(
        "StorageUnit", list(wet), suffix=" pumped_hydro new", bus=wet, carrier="pumped_hydro",
        p_nom_extendable=True,
        p_nom_max=assumptions.get("pumped_hydro", "potential", unit="MW"),
        max_hours=assumptions.get("pumped_hydro", "storage_hours", unit="hour"),
        efficiency_store=one_way, efficiency_dispatch=one_way,
        **new_costs({"pumped_hydro": 1.0}, scenario, assumptions), **_storage_ends(periods, wet),
    )  # fmt: skip


def _storage_ends(periods: Periods, names: pd.Index) -> dict[str, Any]:
    """Return how the state of charge begins and ends.

    Typical days stand for days scattered over the year: storage is empty at the end of each, unless
    they are linked (see :mod:`~greenanalysis.supergrid.model.rules`). Where the days follow one
    another (the full year, a week) it runs on through all of them and ends as it began.
    """
    if periods.chronological or periods.linked:
        return {"cyclic_state_of_charge": periods.chronological}
    table = pd.DataFrame(float("nan"), index=periods.series.index, columns=names)
    table.loc[periods.last] = 0.0
    return {
        "cyclic_state_of_charge": False,
        "state_of_charge_initial": 0.0,
        "state_of_charge_set": table,
    }


def _capacity_by_region(running: pd.DataFrame) -> pd.DataFrame:
    """Return MW by region (rows) and carrier (columns)."""
    return running.pivot_table(
        index="region", columns="carrier", values="capacity_mw", aggfunc="sum", fill_value=0.0
    )


def add_fleet(
    network: pypsa.Network,
    scenario: Scenario,
    *,
    facts: Facts,
    assumptions: Assumptions,
    periods: Periods,
) -> None:
    """Add what stands: coal, gas, wind and solar as generators, hydro as storage with inflow.

    Hydro may move the water of a day within the day and no further. Coal and gas: see
    :mod:`~greenanalysis.supergrid.model.thermal`.
    """
    running = running_plants(facts, scenario)
    unknown = sorted(set(running["region"]) - set(network.buses.index))
    if unknown:
        allowed = list(network.buses.index)
        raise input_error("region", where="plants.csv", allowed=allowed, got=unknown)
    add_thermal(network, scenario, running, facts=facts, assumptions=assumptions, periods=periods)
    capacity = _capacity_by_region(running)
    for carrier in POTENTIAL:
        technology = TECHNOLOGIES[carrier].cost
        mw = _above_zero(capacity, carrier)
        network.add(
            "Generator", list(mw.index), suffix=f" {carrier}", bus=mw.index, carrier=carrier,
            p_nom=mw, p_max_pu=_profile(periods, carrier, mw.index),
            marginal_cost=_upkeep(technology, scenario, assumptions), co2_t_per_mwh=0.0,
        )  # fmt: skip
    _add_hydro(network, running, facts, assumptions=assumptions, periods=periods)


def _add_hydro(
    network: pypsa.Network,
    running: pd.DataFrame,
    facts: Facts,
    *,
    assumptions: Assumptions,
    periods: Periods,
) -> None:
    """Add hydro by region; plants of a cascade have its water, all others that of the country."""
    hydro = running[running["carrier"] == "hydro"]
    cascade = facts.hydro_cascades.set_index("plant")["cascade"]
    water = hydro["name"].map(cascade).replace("", np.nan)
    water = water.where(water.isin(facts.hydro_cascade_months["cascade"]))
    column = ("hydro " + water).fillna("hydro")
    inflow = pd.DataFrame(
        {
            str(region): sum(
                periods.series[name] * mw
                for name, mw in zip(rows, hydro.loc[rows.index, "capacity_mw"], strict=True)
            )
            for region, rows in column.groupby(hydro["region"])
        }
    )
    mw = hydro.groupby("region")["capacity_mw"].sum()
    mw = mw[mw > 0]
    network.add(
        "StorageUnit", list(mw.index), suffix=" hydro", bus=mw.index, carrier="hydro", p_nom=mw,
        p_min_pu=0.0, max_hours=assumptions.get("hydro", "storage_hours", unit="hour"),
        inflow=inflow[list(mw.index)],
        marginal_cost=assumptions.get("hydro", "vom", unit="USD/MWh"),
        **_storage_ends(periods, mw.index),
    )  # fmt: skip


def add_candidates(
    network: pypsa.Network,
    scenario: Scenario,
    potential: pd.DataFrame,
    *,
    assumptions: Assumptions,
    periods: Periods,
) -> None:
    """Add what may be built: solar and wind up to the potential, gas where gas is, storage."""
    for carrier in POTENTIAL:
        build = TECHNOLOGIES[carrier]
        room = _room(network, potential, carrier)
        network.add(
            "Generator", list(room.index), suffix=f" {carrier} new", bus=room.index,
            carrier=carrier, p_nom_extendable=True, p_nom_max=room,
            p_max_pu=_profile(periods, carrier, room.index),
            marginal_cost=_upkeep(build.cost, scenario, assumptions), co2_t_per_mwh=0.0,
            land_km2_per_mw=1.0 / assumptions.get(
                build.potential, build.density, unit="MW/km2"
            ),
            **new_costs({build.cost: 1.0}, scenario, assumptions),
        )  # fmt: skip
    with_gas = pd.Index(
        network.generators.loc[network.generators["carrier"] == "gas", "bus"].unique()
    )
    network.add(
        "Generator", list(with_gas), suffix=" gas_ccgt new", bus=with_gas, carrier="gas_ccgt",
        p_nom_extendable=True, p_max_pu=assumptions.get("gas_ccgt", "availability", unit="1"),
        marginal_cost=marginal_cost("gas_ccgt", scenario, assumptions),
        co2_t_per_mwh=co2("gas_ccgt", assumptions),
        **new_costs({"gas_ccgt": 1.0}, scenario, assumptions),
    )  # fmt: skip
    _add_storage(network, scenario, assumptions=assumptions, periods=periods)


def build_limits(scenario: Scenario, assumptions: Assumptions) -> dict[str, float]:
    """Return the most that may be added by carrier until the year of a scenario, MW.

    What may be added in a year grows from the first year on, see ``build_limit`` in the
    assumptions; empty where the scenario sets no limits.
    """
    if not scenario.fleet.build_limits:
        return {}
    first = assumptions.get("build_limit", "first_year", unit="year")
    growth = assumptions.get("build_limit", "growth", unit="1/year")
    years = max(0, round(scenario.year - first) + 1)
    factor = sum((1.0 + growth) ** n for n in range(years))
    return {
        carrier: factor * assumptions.get("build_limit", carrier, unit="MW/year")
        for carrier in (*POTENTIAL, "gas_ccgt")
    }


def _room(network: pypsa.Network, potential: pd.DataFrame, carrier: str) -> pd.Series:
    """Return MW that may still be built: the potential less what stands."""
    if carrier not in potential.index.get_level_values("technology"):
        raise input_error(
            "technology", where="potential", allowed="solar and wind", got=f"no {carrier}"
        )
    room = potential.xs(carrier, level="technology")["p_nom_max_mw"].astype(float)
    if not (room >= 0).all():
        raise input_error(
            "p_nom_max_mw", where=f"potential of {carrier}", allowed="0 or more", got=room.min()
        )
    standing = network.generators[network.generators["carrier"] == carrier]
    occupied = standing.groupby("bus")["p_nom"].sum().reindex(room.index, fill_value=0.0)
    left: pd.Series = (room - occupied).clip(lower=0.0)
    return left


def _above_zero(capacity: pd.DataFrame, carrier: str) -> pd.Series:
    if carrier not in capacity:
        return pd.Series(dtype=float)
    return capacity.loc[capacity[carrier] > 0, carrier]


def _profile(periods: Periods, carrier: str, regions: pd.Index) -> pd.DataFrame:
    table = periods.series[[f"{carrier} {region}" for region in regions]]
    return table.set_axis(regions, axis=1).clip(0.0, 1.0)


def _upkeep(technology: str, scenario: Scenario, assumptions: Assumptions) -> float:
    if technology == "onwind":
        return assumptions.get("onwind", "vom", unit="USD/MWh", year=cost_year(scenario))
    return 0.0
