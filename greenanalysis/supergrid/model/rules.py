"""What a network must keep besides PyPSA's own constraints.

Storage carries energy from day to day although only typical days are solved. What holds a day or
less at full power ends each typical day as it began. What holds more is linked: within a typical
day PyPSA's state of charge is counted from the lowest level of that day, and for each day of the
year a second level says how much lies below it, so that the sum of both runs through the year in
its real order, stays within the storage and ends as it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.assessment.technologies import POTENTIAL
from greenanalysis.core.errors import InputError, input_error

if TYPE_CHECKING:
    import pypsa


_BALANCE = "StorageUnit-energy_balance"
_LOWER = "Generator-fix-p-lower"
_RELIEF = "must-run: taken over by boilers"
_WITHIN_A_DAY = 24.0
"""Hours at full power up to which storage serves the day and is not linked."""


def _link_days(
    network: pypsa.Network, snapshots: pd.Index, assignment: Sequence[int], *, suffix: str = ""
) -> None:
    """Replace PyPSA's balance of storage by one that links the typical days of one year.

    Parameters
    ----------
    network : with a model whose balance of storage was removed, see :func:`_drop_balance`.
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
    short = pd.Index(hours.index[hours <= _WITHIN_A_DAY], name="name")
    return short, pd.Index(hours.index[hours > _WITHIN_A_DAY], name="name")


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


def _drop_balance(network: pypsa.Network) -> None:
    """Take PyPSA's balance of storage out of the model."""
    network.model.remove_constraints(_BALANCE)


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
    discharge = variables["StorageUnit-p_dispatch"].sel(snapshot=snapshots) * (hours / out)
    flows = stored - discharge + water * hours
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
    states = network.meta["states"][state]
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
    assignment = np.asarray(states["assignment"])
    steps = count // (assignment.max() + 1)
    by_day = change.mul(hours, axis=0).to_numpy().reshape(-1, steps, len(units)).sum(axis=1)
    level = by_day[assignment].cumsum(axis=0)
    return pd.DataFrame(level - level.min(axis=0), columns=units.index).rename_axis("day")


_ABROAD = ("import", "export")


def add_rules(network: pypsa.Network) -> None:
    """Add to the model of ``network`` all rules that its scenario asks for.

    Where weather or market prices have several states, limits of energy, shares and emissions hold
    in each of them, and storage that runs on through the year ends each state as it began.
    """
    _tie_capacities(network)
    _relieve_must_run(network)
    _keep_minimum_load(network)
    _limit_building(network)
    settings = network.meta.get("scenario", {})
    linked = network.meta.get("linked_days", False)
    if linked:
        _drop_balance(network)
    blocks = snapshots_by_state(network)
    for number, snapshots in enumerate(blocks):
        suffix = f" state {number + 1}" if len(blocks) > 1 else ""
        if linked:
            _link_days(network, snapshots, _assignment(network, number), suffix=suffix)
        if settings.get("res_share"):
            share = float(settings["res_share"])
            _hold_res_share(network, share, snapshots=snapshots, suffix=suffix)
        if settings.get("co2_limit_mt") is not None:
            _hold_co2(network, float(settings["co2_limit_mt"]), snapshots=snapshots, suffix=suffix)
        for row in settings.get("markets", {}).get("must_deliver") or ():
            _hold_delivery(network, row["market"], float(row["twh"]), snapshots, suffix=suffix)
        if len(blocks) > 1:
            _hold_energy(network, snapshots, suffix=suffix)
    if len(blocks) > 1 and not linked:
        _hold_storage_apart(network, blocks)
    add_own_costs(network)


def snapshots_by_state(network: pypsa.Network) -> list[pd.Index]:
    """Return the snapshots of each state of weather and prices; all of them if there is but one.

    Raises
    ------
    InputError : snapshots that are not as many in each state.
    """
    count = max(1, len(network.meta.get("states", ())))
    if len(network.snapshots) % count:
        raise input_error(
            "snapshots", where=network.name, allowed=f"{count} states of equal length",
            got=len(network.snapshots),
        )  # fmt: skip
    length = len(network.snapshots) // count
    return [network.snapshots[n * length : (n + 1) * length] for n in range(count)]


def _assignment(network: pypsa.Network, state: int) -> tuple[int, ...]:
    """Return for each day of the year the number of the typical day that stands for it."""
    return tuple(int(number) for number in network.meta["states"][state]["assignment"])


def _tie_capacities(network: pypsa.Network) -> None:
    """Constrain all links of a new line to one capacity: both directions, all steps of its load."""
    if "same_as" not in network.links:
        return
    built = network.links[network.links["p_nom_extendable"]]
    others = built.index[built["same_as"].isin(built.index) & (built["same_as"] != built.index)]
    if others.empty:
        return
    capacity = network.model.variables["Link-p_nom"]
    dim = capacity.dims[0]
    first = capacity.sel({dim: list(built.loc[others, "same_as"])})
    first = first.assign_coords({dim: list(others)})
    network.model.add_constraints(
        capacity.sel({dim: list(others)}) - first == 0, name="Link-same_capacity"
    )


def _relieve_must_run(network: pypsa.Network) -> None:
    """Let boilers take over heat-led power at their cost.

    ``p_min_pu`` alone would leave a network without answer where heat asks for more power than
    anybody can take, or where nothing may be emitted.
    """
    units = network.generators
    if "relief_cost" not in units:
        return
    led = units.index[units["relief_cost"] > 0]
    least = network.get_switchable_as_dense("Generator", "p_min_pu")[led]
    led = led[(least > 0).any()]
    if led.empty or _LOWER not in network.model.constraints:
        return
    model, name = network.model, pd.Index(led, name="name")
    rows = model.constraints[_LOWER]
    power, floor = rows.lhs, rows.rhs
    model.remove_constraints(_LOWER)
    upper = (least[led] * units.loc[led, "p_nom"]).rename_axis(index="snapshot", columns="name")
    relief = model.add_variables(
        lower=0.0, upper=upper.stack().to_xarray(), name=_RELIEF,
        coords=[network.snapshots, name],
    )  # fmt: skip
    others = [unit for unit in floor.indexes["name"] if unit not in set(led)]
    model.add_constraints(power.sel(name=others) >= floor.sel(name=others), name=_LOWER)
    model.add_constraints(
        power.sel(name=list(led)) + relief >= floor.sel(name=list(led)), name="must-run"
    )


def add_own_costs(network: pypsa.Network) -> None:
    """Add to PyPSA's objective what the variables of the rules cost.

    Parameters
    ----------
    network : with a model to which :func:`add_rules` added its variables.
    """
    model = network.model
    if _RELIEF not in model.variables:
        return
    relief = model.variables[_RELIEF]
    weights = network.snapshot_weightings["objective"].rename_axis("snapshot").to_xarray()
    cost = network.generators.loc[relief.indexes["name"], "relief_cost"]
    cost_by_unit = cost.rename_axis("name").to_xarray()
    model.objective = model.objective + (relief * (weights * cost_by_unit)).sum()


def _limit_building(network: pypsa.Network) -> None:
    """Constrain what is added of a carrier in all regions together: the pipeline is national."""
    free = network.generators[network.generators["p_nom_extendable"]]
    for carrier, most in network.meta.get("build_limits", {}).items():
        units = free.index[free["carrier"] == carrier]
        if len(units):
            added = network.model.variables["Generator-p_nom"].sel(name=list(units)).sum()
            network.model.add_constraints(added <= most, name=f"build_limit {carrier}")


def _keep_minimum_load(network: pypsa.Network) -> None:
    """Keep condensing blocks that run above their minimum load, one decision a day.

    What runs on a day is a share of the plant, not a whole number of blocks: no binaries, a lower
    bound of what starts and stops would cost. A minimum of the capacity for all steps would forbid
    repairs in summer. Ramps are left out: blocks go from their minimum to full load within an hour
    (``ramp`` in the assumptions).
    """
    units = network.generators
    if "minimum_load" not in units:
        return
    blocks = units.index[units["minimum_load"] > 0]
    if blocks.empty:
        return
    model, names = network.model, pd.Index(blocks, name="name")
    labels = pd.DatetimeIndex(network.snapshots)
    day = (labels - pd.Timedelta(seconds=1)).normalize()  # the label ends the step
    number = pd.Series(pd.factorize(day)[0], index=network.snapshots)
    power = model.variables["Generator-p"].sel(name=list(blocks))
    online = model.add_variables(
        lower=0.0, coords=[pd.Index(range(number.max() + 1), name="day"), names], name="online"
    )
    running = online.sel(day=number.to_list()).rename(day="snapshot")
    running = running.assign_coords(snapshot=network.snapshots)
    least = units.loc[blocks, "minimum_load"].rename_axis("name").to_xarray()
    model.add_constraints(power - running <= 0, name="online: most")
    model.add_constraints(power - running * least >= 0, name="online: least")


def _hold_res_share(
    network: pypsa.Network,
    share: float,
    *,
    snapshots: pd.Index | None = None,
    suffix: str = "",
) -> None:
    """Constrain all but solar and wind to at most ``1 - share`` of what is delivered.

    Delivered is the load that is met, and exports less imports. Counting on what is generated would
    reward a line that runs both ways and burns green power; the delivered energy does not grow by
    that. Hydro is not counted as green, nor is load that is shed: a target is not met by going
    dark.

    Parameters
    ----------
    network : with a model.
    share : 0 to 1.
    snapshots : over which the share holds; default all.
    suffix : of the constraint's name.

    Raises
    ------
    InputError : the network has neither solar nor wind.
    """
    units = network.generators["carrier"]
    home = ~units.isin([*_ABROAD, "load_shedding"])
    if not units.isin(POTENTIAL).any() and share > 0:
        raise InputError(f"{network.name}: res_share {share:g} without any solar or wind")
    steps = network.snapshots if snapshots is None else snapshots
    weights = network.snapshot_weightings["generators"].loc[steps]
    grey = pd.Series(0.0, index=units.index)
    grey[home & ~units.isin(POTENTIAL)] = 1.0
    grey[units.isin(["load_shedding", "import"])] = 1.0 - share
    grey[units == "export"] = share - 1.0
    grey = grey[grey != 0.0].rename_axis("name")
    power = network.model.variables["Generator-p"].sel(snapshot=steps)
    dim = next(name for name in power.dims if name != "snapshot")
    factor = grey.rename_axis(dim).to_xarray() * weights.to_xarray()
    balance = (power.sel({dim: list(grey.index)}) * factor).sum()
    hydro = network.storage_units.index[network.storage_units["carrier"] == "hydro"]
    if len(hydro):
        water = network.model.variables["StorageUnit-p_dispatch"].sel(snapshot=steps)
        axis = next(name for name in water.dims if name != "snapshot")
        balance = balance + (water.sel({axis: list(hydro)}) * weights.to_xarray()).sum()
    load = network.get_switchable_as_dense("Load", "p_set").loc[steps].sum(axis=1)
    most = (1.0 - share) * float((load * weights).sum())
    network.model.add_constraints(balance <= most, name=f"res_share{suffix}")


def _hold_co2(
    network: pypsa.Network, limit_mt: float, *, snapshots: pd.Index, suffix: str = ""
) -> None:
    """Constrain the CO2 emitted at home over the snapshots of a year, Mt; imports do not count."""
    units = network.generators[~network.generators["carrier"].isin(_ABROAD)]
    tonnes = units.loc[units["co2_t_per_mwh"] > 0, "co2_t_per_mwh"]
    if tonnes.empty:
        return
    emitted = (
        _energy(network, list(tonnes.index), snapshots) * tonnes.rename_axis("name").to_xarray()
    )
    network.model.add_constraints(emitted.sum() / 1e6 <= limit_mt, name=f"co2_limit{suffix}")


def _hold_delivery(
    network: pypsa.Network, market: str, twh: float, snapshots: pd.Index, *, suffix: str = ""
) -> None:
    """Constrain what the buyers of a market take over the snapshots of a year to ``twh`` at least.

    Raises
    ------
    InputError : nobody buys there.
    """
    units = network.generators
    buyers = units.index[(units["bus"] == market) & (units["carrier"] == "export")]
    if buyers.empty:
        raise InputError(
            f"{network.name}: must_deliver {twh:g} TWh to {market}, but nobody buys there "
            "(markets.export)"
        )
    sold = _energy(network, list(buyers), snapshots).sum()
    network.model.add_constraints(sold / 1e6 >= twh, name=f"must_deliver {market}{suffix}")


def _energy(network: pypsa.Network, units: list[str], snapshots: pd.Index) -> Any:
    """Return the energy of generators over one state, MWh in a whole year."""
    weights = network.snapshot_weightings["generators"]
    hours = weights.loc[snapshots] / (weights.loc[snapshots].sum() / weights.sum())
    power = network.model.variables["Generator-p"].sel(snapshot=snapshots, name=units)
    return (power * hours.to_xarray()).sum("snapshot")


def _hold_energy(network: pypsa.Network, snapshots: pd.Index, *, suffix: str) -> None:
    """Constrain the energy of limited plants and sellers within one state.

    PyPSA's own limit counts all states together, by their probability: with it alone a state could
    use what another leaves.
    """
    limits = network.generators["e_sum_max"]
    limited = limits[np.isfinite(limits)]
    if limited.empty:
        return
    energy = _energy(network, list(limited.index), snapshots)
    most = limited.rename_axis("name").to_xarray()
    network.model.add_constraints(energy <= most, name=f"Generator-e_sum_max{suffix}")


def _hold_storage_apart(network: pypsa.Network, states: list[pd.Index]) -> None:
    """Constrain storage that runs on through the year to end each state as the last one ends.

    The states stand in a row, the first begins as the last ends: so each begins as it ends, and no
    energy passes from one to another.
    """
    cyclic = network.storage_units.index[network.storage_units["cyclic_state_of_charge"]]
    if cyclic.empty:
        return
    level = network.model.variables["StorageUnit-state_of_charge"]
    dim = next(name for name in level.dims if name != "snapshot")
    level = level.sel({dim: list(cyclic)})
    end = level.sel(snapshot=states[-1][-1])
    for number, snapshots in enumerate(states[:-1], 1):
        network.model.add_constraints(
            level.sel(snapshot=snapshots[-1]) - end == 0,
            name=f"StorageUnit-ends_alike state {number}",
        )


def shadow_prices(network: pypsa.Network) -> dict[str, dict[str, float]]:
    """Return what the last tonne and the last MWh that a scenario asks for cost, means over states.

    Returns
    -------
    dict : ``co2`` with ``usd_per_t`` where emissions are limited; ``must_deliver`` with USD/MWh by
        market: by how much the price there lies below the cost of what must be delivered.
    """
    found: dict[str, dict[str, float]] = {}
    for name, constraint in network.model.constraints.items():
        kind, _, rest = name.partition(" ")
        if name.startswith("co2_limit"):
            price = found.setdefault("co2", {"usd_per_t": 0.0})
            price["usd_per_t"] += abs(float(constraint.dual)) / 1e6
        elif kind == "must_deliver":
            market = rest.split(" state ")[0]
            prices = found.setdefault("must_deliver", {})
            prices[market] = prices.get(market, 0.0) + abs(float(constraint.dual)) / 1e6
    return found
