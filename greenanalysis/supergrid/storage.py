"""Storage: batteries and pumped hydro that may be built, and how they run from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.scenario import Scenario
from greenanalysis.supergrid.economics import cost_year, new_costs
from greenanalysis.supergrid.periods import Periods

if TYPE_CHECKING:
    import pypsa


def add_storage(
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
        **storage_ends(periods, regions),
    )  # fmt: skip
    if scenario.fleet.hydrogen:
        hours = assumptions.get("hydrogen", "storage_hours", unit="hour")
        hydrogen = {"electrolysis": 1.0, "fuel_cell": 1.0, "hydrogen_tank": hours}
        network.add(
            "StorageUnit", list(regions), suffix=" hydrogen new", bus=regions, carrier="hydrogen",
            p_nom_extendable=True, max_hours=hours,
            efficiency_store=assumptions.get("electrolysis", "efficiency", unit="1", year=year),
            efficiency_dispatch=assumptions.get("fuel_cell", "efficiency", unit="1"),
            **new_costs(hydrogen, scenario, assumptions), **storage_ends(periods, regions),
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
        **new_costs({"pumped_hydro": 1.0}, scenario, assumptions), **storage_ends(periods, wet),
    )  # fmt: skip


def storage_ends(periods: Periods, names: pd.Index) -> dict[str, Any]:
    """Return how the state of charge begins and ends.

    Typical days stand for days scattered over the year: storage is empty at the end of each, unless
    they are linked (see :mod:`~greenanalysis.supergrid.linked_days`). Where the days follow one
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
