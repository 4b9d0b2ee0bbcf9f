"""What a network must keep besides PyPSA's own constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.errors import InputError, input_error

if TYPE_CHECKING:
    import pypsa

RENEWABLE = ("solar", "wind")
ABROAD = ("import", "export")


def add_rules(network: pypsa.Network) -> None:
    """Add to the model of ``network`` all rules that its scenario asks for.

    Where the market prices have several states, energy limits and shares hold in each of them, and
    storage that runs on through the year ends each state as it began.
    """
    tie_both_ways(network)
    share = network.meta.get("scenario", {}).get("res_share")
    states = snapshots_by_state(network)
    for number, snapshots in enumerate(states, 1):
        suffix = f" state {number}" if len(states) > 1 else ""
        if share:
            hold_res_share(network, float(share), snapshots=snapshots, suffix=suffix)
        if len(states) > 1:
            hold_energy(network, snapshots, suffix=suffix)
    if len(states) > 1:
        hold_storage_apart(network, states)


def snapshots_by_state(network: pypsa.Network) -> list[pd.Index]:
    """Return the snapshots of each state of market prices; all of them where there is but one.

    Raises
    ------
    InputError : snapshots that are not as many in each state.
    """
    states = network.meta.get("scenario", {}).get("markets", {}).get("price_states") or [None]
    if len(network.snapshots) % len(states):
        raise input_error(
            "snapshots", where=network.name, allowed=f"{len(states)} states of equal length",
            got=len(network.snapshots),
        )  # fmt: skip
    length = len(network.snapshots) // len(states)
    return [network.snapshots[n * length : (n + 1) * length] for n in range(len(states))]


def tie_both_ways(network: pypsa.Network) -> None:
    """Constrain a new line to be as strong on its way back as on its way out."""
    if "corridor" not in network.links:
        return
    built = network.links[network.links["p_nom_extendable"]]
    back = [name for name in built.index if f"{built.at[name, 'corridor']} back" == name]
    if not back:
        return
    capacity = network.model.variables["Link-p_nom"]
    dim = capacity.dims[0]
    there = capacity.sel({dim: [built.at[name, "corridor"] for name in back]})
    there = there.assign_coords({dim: back})
    network.model.add_constraints(
        capacity.sel({dim: back}) - there == 0, name="Link-same_both_ways"
    )


def hold_res_share(
    network: pypsa.Network,
    share: float,
    *,
    snapshots: pd.Index | None = None,
    suffix: str = "",
) -> None:
    """Constrain solar and wind to at least ``share`` of what is generated at home.

    Hydro counts as generated, and so does load that is shed: a target is not met by going dark.

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
    units = network.generators[~network.generators["carrier"].isin(ABROAD)]
    green = units.index[units["carrier"].isin(RENEWABLE)]
    if green.empty and share > 0:
        raise InputError(f"{network.name}: res_share {share:g} without any solar or wind")
    steps = network.snapshots if snapshots is None else snapshots
    weights = network.snapshot_weightings["generators"].loc[steps].to_xarray()
    power = network.model.variables["Generator-p"].sel(snapshot=steps)
    dim = next(name for name in power.dims if name != "snapshot")
    made = (power.sel({dim: list(units.index)}) * weights).sum()
    balance = (power.sel({dim: list(green)}) * weights).sum() - share * made
    hydro = network.storage_units.index[network.storage_units["carrier"] == "hydro"]
    if len(hydro):
        water = network.model.variables["StorageUnit-p_dispatch"].sel(snapshot=steps)
        axis = next(name for name in water.dims if name != "snapshot")
        balance = balance - share * (water.sel({axis: list(hydro)}) * weights).sum()
    network.model.add_constraints(balance >= 0, name=f"res_share{suffix}")


def hold_energy(network: pypsa.Network, snapshots: pd.Index, *, suffix: str) -> None:
    """Constrain the energy of limited plants and sellers within one state of market prices.

    PyPSA's own limit counts all states together, by their probability: with it alone a state could
    use what another leaves.
    """
    limits = network.generators["e_sum_max"]
    limited = limits[np.isfinite(limits)]
    if limited.empty:
        return
    weights = network.snapshot_weightings["generators"]
    hours = weights.loc[snapshots] / (weights.loc[snapshots].sum() / weights.sum())
    power = network.model.variables["Generator-p"].sel(snapshot=snapshots)
    dim = next(name for name in power.dims if name != "snapshot")
    energy = (power.sel({dim: list(limited.index)}) * hours.to_xarray()).sum("snapshot")
    most = limited.rename_axis(dim).to_xarray()
    network.model.add_constraints(energy <= most, name=f"Generator-e_sum_max{suffix}")


def hold_storage_apart(network: pypsa.Network, states: list[pd.Index]) -> None:
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
