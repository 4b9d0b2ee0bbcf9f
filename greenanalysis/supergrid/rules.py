"""What a network must keep besides PyPSA's own constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.errors import InputError, input_error
from greenanalysis.supergrid.linked_days import drop_balance, link_days

if TYPE_CHECKING:
    import pypsa

RENEWABLE = ("solar", "wind")
ABROAD = ("import", "export")


def add_rules(network: pypsa.Network) -> None:
    """Add to the model of ``network`` all rules that its scenario asks for.

    Where weather or market prices have several states, limits of energy, shares and emissions hold
    in each of them, and storage that runs on through the year ends each state as it began.
    """
    tie_capacities(network)
    asked = network.meta.get("scenario", {})
    linked = network.meta.get("linked_days", False)
    if linked:
        drop_balance(network)
    blocks = snapshots_by_state(network)
    for number, snapshots in enumerate(blocks):
        suffix = f" state {number + 1}" if len(blocks) > 1 else ""
        if linked:
            link_days(network, snapshots, assignment(network, number), suffix=suffix)
        if asked.get("res_share"):
            share = float(asked["res_share"])
            hold_res_share(network, share, snapshots=snapshots, suffix=suffix)
        if asked.get("co2_limit_mt") is not None:
            hold_co2(network, float(asked["co2_limit_mt"]), snapshots=snapshots, suffix=suffix)
        for row in asked.get("markets", {}).get("must_deliver") or ():
            hold_delivery(network, row["market"], float(row["twh"]), snapshots, suffix=suffix)
        if len(blocks) > 1:
            hold_energy(network, snapshots, suffix=suffix)
    if len(blocks) > 1 and not linked:
        hold_storage_apart(network, blocks)


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


def assignment(network: pypsa.Network, state: int) -> tuple[int, ...]:
    """Return for each day of the year the number of the typical day that stands for it."""
    return tuple(int(number) for number in network.meta["states"][state]["assignment"])


def tie_capacities(network: pypsa.Network) -> None:
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


def hold_co2(
    network: pypsa.Network, limit_mt: float, *, snapshots: pd.Index, suffix: str = ""
) -> None:
    """Constrain the CO2 emitted at home over the snapshots of a year, Mt; imports do not count."""
    units = network.generators[~network.generators["carrier"].isin(ABROAD)]
    tonnes = units.loc[units["co2_t_per_mwh"] > 0, "co2_t_per_mwh"]
    if tonnes.empty:
        return
    emitted = (
        _energy(network, list(tonnes.index), snapshots) * tonnes.rename_axis("name").to_xarray()
    )
    network.model.add_constraints(emitted.sum() / 1e6 <= limit_mt, name=f"co2_limit{suffix}")


def hold_delivery(
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


def hold_energy(network: pypsa.Network, snapshots: pd.Index, *, suffix: str) -> None:
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
