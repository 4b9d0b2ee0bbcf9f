"""What a network must keep besides PyPSA's own constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenanalysis.errors import InputError

if TYPE_CHECKING:
    import pypsa

RENEWABLE = ("solar", "wind")
ABROAD = ("import", "export")


def add_rules(network: pypsa.Network) -> None:
    """Add to the model of ``network`` all rules that its scenario asks for."""
    tie_both_ways(network)
    share = network.meta.get("scenario", {}).get("res_share")
    if share:
        hold_res_share(network, float(share))


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


def hold_res_share(network: pypsa.Network, share: float) -> None:
    """Constrain solar and wind to at least ``share`` of what is generated at home.

    Hydro counts as generated, and so does load that is shed: a target is not met by going dark.

    Raises
    ------
    InputError : the network has neither solar nor wind.
    """
    units = network.generators[~network.generators["carrier"].isin(ABROAD)]
    green = units.index[units["carrier"].isin(RENEWABLE)]
    if green.empty and share > 0:
        raise InputError(f"{network.name}: res_share {share:g} without any solar or wind")
    weights = network.snapshot_weightings["generators"].to_xarray()
    power = network.model.variables["Generator-p"]
    dim = next(name for name in power.dims if name != "snapshot")
    made = (power.sel({dim: list(units.index)}) * weights).sum()
    balance = (power.sel({dim: list(green)}) * weights).sum() - share * made
    hydro = network.storage_units.index[network.storage_units["carrier"] == "hydro"]
    if len(hydro):
        water = network.model.variables["StorageUnit-p_dispatch"]
        axis = next(name for name in water.dims if name != "snapshot")
        balance = balance - share * (water.sel({axis: list(hydro)}) * weights).sum()
    network.model.add_constraints(balance >= 0, name="res_share")
