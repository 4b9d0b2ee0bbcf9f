"""PyPSA's own example of a meshed network for alternating and direct current, from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.supergrid.solve.optimise import solve

if TYPE_CHECKING:
    import pypsa

_TEXTS = ("bus", "bus0", "bus1", "carrier")
_EXTENDABLE = {"Generator": "p_nom", "Link": "p_nom", "Line": "s_nom"}
_HOURS = 10


def ac_dc_network(table: pd.DataFrame) -> pypsa.Network:
    """Return the network that a table of attributes describes.

    Parameters
    ----------
    table : ``component name attribute snapshot value``; the snapshot is empty for what is constant.
    """
    import pypsa

    pypsa.options.api.legacy_string_dtype = True
    network = pypsa.Network(name="AC-DC")
    network.set_snapshots(range(_HOURS))
    network.add("Carrier", ["AC", "DC", "wind"])
    constant = table[table["snapshot"] == ""]
    for component in ("Carrier", "Bus", "Generator", "Line", "Link"):
        for name, rows in constant[constant["component"] == component].groupby("name"):
            values: dict[str, Any] = {
                key: value if key in _TEXTS else float(value)
                for key, value in zip(rows["attribute"], rows["value"], strict=True)
            }
            if component in _EXTENDABLE:
                values[f"{_EXTENDABLE[component]}_extendable"] = True
            network.add(component, str(name), **values)
    limit = constant.loc[constant["component"] == "GlobalConstraint", "value"]
    network.add(
        "GlobalConstraint", "co2_limit", type="primary_energy", carrier_attribute="co2_emissions",
        sense="<=", constant=float(limit.iloc[0]),
    )  # fmt: skip
    series = table[table["snapshot"] != ""].astype({"snapshot": int, "value": float})
    load = series[series["component"] == "Load"]
    load = load.pivot(index="snapshot", columns="name", values="value")
    network.add("Load", list(load.columns), bus=load.columns, p_set=load)
    ceiling = series[series["component"] == "Generator"]
    network.generators_t.p_max_pu = ceiling.pivot(
        index="snapshot", columns="name", values="value"
    ).set_axis(network.snapshots)
    return network


def solved_against_published(table: pd.DataFrame, *, method: str) -> tuple[float, float]:
    """Return published and own objective of the example, solved with our settings.

    Both count capital beyond the sizes that the network starts with, as the published one does.
    """
    network = ac_dc_network(table)
    total = solve(network, method=method).objective_usd
    for component, size in (("generators", "p_nom"), ("links", "p_nom"), ("lines", "s_nom")):
        part = getattr(network, component)
        total -= float((part["capital_cost"] * part[size]).sum())
    rows = table[(table["component"] == "Published") & (table["attribute"] == "objective")]
    return float(rows["value"].iloc[0]), total
