"""Storage: batteries and pumped hydro that may be built, and how they run from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.scenario import Scenario
from greenanalysis.supergrid.economics import (
    annual_cost,
    battery_annual_cost,
    battery_finance_share,
    cost_year,
    finance_share,
)
from greenanalysis.supergrid.periods import Periods

if TYPE_CHECKING:
    import pypsa


def add_storage(
    network: pypsa.Network, scenario: Scenario, *, assumptions: Assumptions, periods: Periods
) -> None:
    """Add batteries in every region and pumped hydro where hydropower stands today."""
    regions = network.buses.index[network.buses["kind"] == "region"]
    one_way = (
        assumptions.get("battery_inverter", "efficiency", unit="1", year=cost_year(scenario)) ** 0.5
    )
    network.add(
        "StorageUnit", list(regions), suffix=" battery new", bus=regions, carrier="battery",
        p_nom_extendable=True, max_hours=assumptions.get("battery", "storage_hours", unit="hour"),
        capital_cost=battery_annual_cost(scenario, assumptions),
        finance_share=battery_finance_share(scenario, assumptions),
        efficiency_store=one_way, efficiency_dispatch=one_way, **storage_ends(periods, regions),
    )  # fmt: skip
    hydro = network.storage_units[network.storage_units["carrier"] == "hydro"]
    wet = pd.Index(hydro["bus"].unique())
    if not scenario.fleet.pumped_hydro or wet.empty:
        return
    one_way = assumptions.get("pumped_hydro", "efficiency", unit="1") ** 0.5
    network.add(
        "StorageUnit", list(wet), suffix=" pumped_hydro new", bus=wet, carrier="pumped_hydro",
        p_nom_extendable=True,
        p_nom_max=assumptions.get("pumped_hydro", "potential", unit="MW"),
        max_hours=assumptions.get("pumped_hydro", "storage_hours", unit="hour"),
        capital_cost=annual_cost("pumped_hydro", scenario, assumptions),
        finance_share=finance_share("pumped_hydro", scenario, assumptions),
        efficiency_store=one_way, efficiency_dispatch=one_way, **storage_ends(periods, wet),
    )  # fmt: skip


def storage_ends(periods: Periods, names: pd.Index) -> dict[str, Any]:
    """Return how the state of charge begins and ends.

    Typical days stand for days scattered over the year: storage is empty at the end of each. Where
    the days follow one another (the full year, a week) it runs on through all of them and ends as
    it began.
    """
    if periods.chronological:
        return {"cyclic_state_of_charge": True}
    table = pd.DataFrame(float("nan"), index=periods.series.index, columns=names)
    table.loc[periods.last] = 0.0
    return {
        "cyclic_state_of_charge": False,
        "state_of_charge_initial": 0.0,
        "state_of_charge_set": table,
    }
