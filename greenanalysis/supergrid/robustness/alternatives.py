"""Near-optimal systems: how little and how much of each line a slightly dearer system may hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.supergrid.results.money import tolls_usd
from greenanalysis.supergrid.solve.resolve import Resolver

if TYPE_CHECKING:
    import pypsa

_SEEN_MW = 1.0


def gross_cost(network: pypsa.Network) -> float:
    """Return capital and running cost of a solved network before sales, USD a year."""
    weights = network.snapshot_weightings["generators"]
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    home = network.generators.index[network.generators["carrier"] != "export"]
    running = (network.generators_t.p[home] * cost[home]).mul(weights, axis=0).sum().sum()
    running += tolls_usd(network)
    capital = sum(
        (table["capital_cost"] * table["p_nom_opt"]).where(table["p_nom_extendable"], 0.0).sum()
        for table in (network.generators, network.storage_units, network.links)
    )
    return float(running + capital)


def corridor_ranges(
    network: pypsa.Network, *, slack: Sequence[float] = (0.01, 0.05, 0.10)
) -> pd.DataFrame:
    """Return the least and most capacity of each export line in systems that cost little more.

    Parameters
    ----------
    network : solved by simplex, with the model still in it.
    slack : by how much such systems may be dearer, fractions of the cost before sales.

    Returns
    -------
    DataFrame : ``corridor slack optimum_mw least_mw most_mw kind``; ``must-have`` is built in every
        such system, ``exchangeable`` in some, ``never`` in none.

    Raises
    ------
    InputError : no solution of the simplex in the network, or a slack not above zero.

    Notes
    -----
    Modelling to generate alternatives (DeCarolis, 2011, doi:10.1016/j.eneco.2010.05.002; Neumann
    and Brown, 2021, doi:10.1016/j.epsr.2020.106690): each capacity is minimised and maximised while
    the cost less sales stays within the slack of its optimum. Slack is measured against the cost
    before sales, because cost less sales may come close to zero.
    """
    bad = [value for value in slack if not 0 < value <= 1]
    if bad:
        raise input_error("slack", where="corridor_ranges()", allowed="above 0, up to 1", got=bad)
    if network.meta.get("solution", {}).get("method") != "simplex":
        raise InputError(f"{network.name}: alternatives need a solution by simplex")
    links = network.links
    market = links["bus1"].map(network.buses["kind"]) == "market"
    names = links.index[links["p_nom_extendable"] & market & (links.index == links["corridor"])]
    steps = links[links["direction"] == "there"].groupby("corridor").size()
    optimum, gross = network.meta["solution"]["objective_usd"], gross_cost(network)
    rows = []
    for value in slack:
        resolver = Resolver(network)
        resolver.limit_cost(optimum + value * gross)
        for name in names:
            column = resolver.column("Link-p_nom", [name])
            ranges = []
            for sign in (1.0, -1.0):
                resolver.aim(column, sign)
                resolver.run(f"{network.name}, alternatives of {name}")
                ranges.append(float(resolver.values("Link-p_nom", [name])[0]))
            rows.append(
                {
                    "corridor": name,
                    "slack": value,
                    "optimum_mw": float(links.at[name, "p_nom_opt"]) * steps[name],
                    "least_mw": max(0.0, ranges[0]) * steps[name],
                    "most_mw": ranges[1] * steps[name],
                }
            )
        resolver.highs.deleteRows(1, [resolver.highs.getNumRow() - 1])
    table = pd.DataFrame(rows)
    return table.assign(kind=[_kind(row["least_mw"], row["most_mw"]) for row in rows])


def _kind(least: float, most: float) -> str:
    if least > _SEEN_MW:
        return "must-have"
    return "exchangeable" if most > _SEEN_MW else "never"
