"""Storage that carries energy from day to day although only typical days are solved.

Within a typical day PyPSA's state of charge is counted from the lowest level of that day. For each
day of the year a second level says how much lies below it, so that the sum of both runs through the
year in its real order, stays within the storage and ends as it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import pypsa

BALANCE = "StorageUnit-energy_balance"


def link_days(
    network: pypsa.Network, snapshots: pd.Index, assignment: Sequence[int], *, suffix: str = ""
) -> None:
    """Replace PyPSA's balance of storage by one that links the typical days of one year.

    Parameters
    ----------
    network : with a model whose balance of storage was removed, see :func:`drop_balance`.
    snapshots : of the year, as many in each typical day.
    assignment : for each day of the year the number of its typical day, from 0.
    suffix : of the names of constraints and variables.

    References
    ----------
    L. Kotzur, P. Markewitz, M. Robinius, D. Stolten, Time series aggregation for energy system
    design: modeling seasonal storage, Applied Energy 213 (2018),
    doi:10.1016/j.apenergy.2018.01.023: the state of charge as the sum of one between and one within
    the days.
    """
    model, units = network.model, network.storage_units
    names = pd.Index(units.index, name="name")
    typical = pd.Index(range(max(assignment) + 1), name="typical")
    steps = len(snapshots) // len(typical)
    days = pd.Index(range(len(assignment)), name="day")
    begin = _variable(network, f"begin{suffix}", [typical, names])
    top = _variable(network, f"top{suffix}", [typical, names])
    below = _variable(network, f"below{suffix}", [days, names])

    level = model.variables["StorageUnit-state_of_charge"].sel(snapshot=snapshots)
    step = np.arange(len(snapshots)) % steps
    change = level - _flows(network, snapshots)
    later, before = snapshots[step > 0], level.sel(snapshot=snapshots[step < steps - 1])
    model.add_constraints(
        change.sel(snapshot=later) - before.assign_coords(snapshot=later) == 0,
        name=f"linked days: within{suffix}",
    )
    firsts = snapshots[::steps]
    model.add_constraints(
        change.sel(snapshot=firsts) - _along(begin, typical, snapshot=firsts) == 0,
        name=f"linked days: first step{suffix}",
    )
    highest = _along(top, np.repeat(typical, steps).tolist(), snapshot=snapshots)
    model.add_constraints(highest - level >= 0, name=f"linked days: highest{suffix}")
    model.add_constraints(top - begin >= 0, name=f"linked days: highest at begin{suffix}")

    ends = level.sel(snapshot=snapshots[steps - 1 :: steps]).rename(snapshot="typical")
    ends = ends.assign_coords(typical=typical)
    evening = below + _along(ends, assignment, day=days)
    morning = below + _along(begin, assignment, day=days)
    next_morning = morning.sel(day=np.roll(days, -1)).assign_coords(day=days)
    model.add_constraints(evening - next_morning == 0, name=f"linked days: between{suffix}")
    _hold_below_capacity(network, below + _along(top, assignment, day=days), suffix)


def drop_balance(network: pypsa.Network) -> None:
    """Take PyPSA's balance of storage out of the model."""
    network.model.remove_constraints(BALANCE)


def _variable(network: pypsa.Network, name: str, coords: list[pd.Index]) -> Any:
    return network.model.add_variables(lower=0.0, coords=coords, name=f"linked days: {name}")


def _along(variable: Any, typical: Sequence[int] | pd.Index, **places: pd.Index) -> Any:
    """Return a variable of typical days along other places, one typical day for each of them."""
    ((dim, labels),) = places.items()
    chosen = variable.sel(typical=list(typical)).rename(typical=dim)
    return chosen.assign_coords({dim: labels})


def _flows(network: pypsa.Network, snapshots: pd.Index) -> Any:
    """Return what each step adds to the state of charge, MWh: stored, given, inflow, spilt."""
    units, variables = network.storage_units, network.model.variables
    hours = network.snapshot_weightings["stores"].loc[snapshots].to_xarray()
    into = units["efficiency_store"].rename_axis("name").to_xarray()
    out = units["efficiency_dispatch"].rename_axis("name").to_xarray()
    inflow = network.get_switchable_as_dense("StorageUnit", "inflow").loc[snapshots]
    water = inflow.rename_axis(index="snapshot", columns="name").stack().to_xarray()
    stored = variables["StorageUnit-p_store"].sel(snapshot=snapshots) * (into * hours)
    given = variables["StorageUnit-p_dispatch"].sel(snapshot=snapshots) * (hours / out)
    flows = stored - given + water * hours
    if "StorageUnit-spill" in variables:
        spill = variables["StorageUnit-spill"].sel(snapshot=snapshots)
        flows = flows - spill.fillna(0) * hours
    return flows


def _hold_below_capacity(network: pypsa.Network, room: Any, suffix: str) -> None:
    units = network.storage_units
    free = units.index[units["p_nom_extendable"]]
    fixed = units.index[~units["p_nom_extendable"]]
    hours = units["max_hours"].rename_axis("name")
    if len(fixed):
        most = (units.loc[fixed, "p_nom"] * hours[fixed]).to_xarray()
        network.model.add_constraints(
            room.sel(name=list(fixed)) <= most, name=f"linked days: room{suffix}"
        )
    if len(free):
        capacity = network.model.variables["StorageUnit-p_nom"].sel(name=list(free))
        network.model.add_constraints(
            room.sel(name=list(free)) - capacity * hours[free].to_xarray() <= 0,
            name=f"linked days: room of new{suffix}",
        )


def stored_by_day(network: pypsa.Network, state: int = 0) -> pd.DataFrame:
    """Return what lies in each storage at the end of each day of the year, MWh, the lowest being 0.

    Parameters
    ----------
    network : solved, with linked days.
    state : number of the state, from 0.

    Returns
    -------
    DataFrame (day, storage unit) : rebuilt from the power of the typical days.
    """
    found = network.meta["states"][state]
    count = len(network.snapshots) // len(network.meta["states"])
    snapshots = network.snapshots[state * count : (state + 1) * count]
    units = network.storage_units
    hours = network.snapshot_weightings["stores"].loc[snapshots]
    power = network.storage_units_t.p.loc[snapshots]
    inflow = network.get_switchable_as_dense("StorageUnit", "inflow").loc[snapshots]
    spill = network.storage_units_t.spill.reindex(
        index=snapshots, columns=units.index, fill_value=0.0
    )
    change = power.clip(upper=0.0).abs() * units["efficiency_store"]
    change = change - power.clip(lower=0.0) / units["efficiency_dispatch"] + inflow - spill
    assignment = np.asarray(found["assignment"])
    steps = count // (assignment.max() + 1)
    by_day = change.mul(hours, axis=0).to_numpy().reshape(-1, steps, len(units)).sum(axis=1)
    level = by_day[assignment].cumsum(axis=0)
    return pd.DataFrame(level - level.min(axis=0), columns=units.index).rename_axis("day")
