"""Storage that carries energy from day to day although only typical days are solved.

What holds a day or less at full power ends each typical day as it began. What holds more is linked:
within a typical day PyPSA's state of charge is counted from the lowest level of that day, and for
each day of the year a second level says how much lies below it, so that the sum of both runs
through the year in its real order, stays within the storage and ends as it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import pypsa

BALANCE = "StorageUnit-energy_balance"
WITHIN_A_DAY = 24.0
"""Hours at full power up to which storage serves the day and is not linked."""


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
    model = network.model
    level = model.variables["StorageUnit-state_of_charge"].sel(snapshot=snapshots)
    typical = pd.Index(range(max(assignment) + 1), name="typical")
    steps = len(snapshots) // len(typical)
    step = np.arange(len(snapshots)) % steps
    change = level - _flows(network, snapshots)
    later, before = snapshots[step > 0], level.sel(snapshot=snapshots[step < steps - 1])
    model.add_constraints(
        change.sel(snapshot=later) - before.assign_coords(snapshot=later) == 0,
        name=f"linked days: within{suffix}",
    )
    firsts = snapshots[::steps]
    ends = level.sel(snapshot=snapshots[steps - 1 :: steps]).assign_coords(snapshot=firsts)
    short, long = _short_and_long(network)
    if len(short):
        round_the_day = change.sel(snapshot=firsts, name=short) - ends.sel(name=short)
        model.add_constraints(round_the_day == 0, name=f"linked days: round the day{suffix}")
    if len(long):
        begin, top = (_variable(network, f"{x}{suffix}", [typical, long]) for x in ("begin", "top"))
        starts = change.sel(snapshot=firsts, name=long) - _along(begin, typical, snapshot=firsts)
        model.add_constraints(starts == 0, name=f"linked days: first step{suffix}")
        highest = _along(top, np.repeat(typical, steps).tolist(), snapshot=snapshots)
        model.add_constraints(
            highest - level.sel(name=long) >= 0, name=f"linked days: highest{suffix}"
        )
        model.add_constraints(top - begin >= 0, name=f"linked days: highest at begin{suffix}")
        ends = ends.sel(name=long).rename(snapshot="typical").assign_coords(typical=typical)
        _chain(network, {"begin": begin, "end": ends, "top": top}, assignment, suffix)


def _short_and_long(network: pypsa.Network) -> tuple[pd.Index, pd.Index]:
    """Return the storage that serves the day, and that which is linked."""
    hours = network.storage_units["max_hours"]
    short = pd.Index(hours.index[hours <= WITHIN_A_DAY], name="name")
    return short, pd.Index(hours.index[hours > WITHIN_A_DAY], name="name")


def _chain(
    network: pypsa.Network, days: dict[str, Any], assignment: Sequence[int], suffix: str
) -> None:
    """Let each day of the year begin as the day before ends, and keep all within the storage."""
    number = pd.Index(range(len(assignment)), name="day")
    names = pd.Index(days["top"].indexes["name"], name="name")
    below = _variable(network, f"below{suffix}", [number, names])
    evening = below + _along(days["end"], assignment, day=number)
    morning = below + _along(days["begin"], assignment, day=number)
    next_morning = morning.sel(day=np.roll(number, -1)).assign_coords(day=number)
    network.model.add_constraints(evening - next_morning == 0, name=f"linked days: between{suffix}")
    room = below + _along(days["top"], assignment, day=number)
    _hold_below_capacity(network, room, names, suffix)


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


def _hold_below_capacity(network: pypsa.Network, room: Any, names: pd.Index, suffix: str) -> None:
    units = network.storage_units.loc[names]
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
