"""Lines carry power one way at a time: flows both ways at once are netted.

Where a further MWh is worth nothing (more sun and wind than anybody takes), the linear program does
not care whether the surplus is curtailed or burnt in a line that runs both ways. An interior point
solution then holds a mixture of both. What is returned here delivers the same to every bus with the
least losses; the surplus is curtailed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array

from greenanalysis.assessment.technologies import POTENTIAL

if TYPE_CHECKING:
    import pypsa

_SEEN_MW = 1e-4
_PER_MW = 1e-6
"""Weight of a MW that a line carries beside loss and toll: lossless lines do not circulate."""


def both_ways(network: pypsa.Network) -> pd.DataFrame:
    """Return what the lines carry there and back in the same step, MW.

    Parameters
    ----------
    network : solved; its links name their ``corridor`` and ``direction``.

    Returns
    -------
    DataFrame (snapshot, corridor) : the smaller of both directions, 0 for a line that runs one way.
    """
    links, power = network.links, network.links_t.p0
    there, back = (
        power[links.index[links["direction"] == direction]].T.groupby(links["corridor"]).sum().T
        for direction in ("there", "back")
    )
    names = there.columns.intersection(back.columns)
    smaller: pd.DataFrame = np.minimum(there[names], back[names])
    return smaller.clip(lower=0.0)


def net_flows(network: pypsa.Network) -> None:
    """Net the lines of a solved network, in place.

    Every bus gets what it got; sun and wind at a bus may give less, never more. Each step is a
    small linear program of its own: least losses, capacities and all else as solved.
    """
    links = network.links
    if links.empty or not {"corridor", "direction"} <= set(links.columns):
        return
    steps = np.flatnonzero((both_ways(network) > _SEEN_MW).any(axis=1).to_numpy())
    if not len(steps):
        return
    units = network.generators.index[network.generators["carrier"].isin(POTENTIAL)]
    incidence = _incidence(network, links["bus1"]).multiply(links["efficiency"].to_numpy())
    incidence = (incidence - _incidence(network, links["bus0"])).tocsr()
    # less generation at a bus needs more net inflow: incidence @ flow - curtailed = inflow before
    balance = csr_array(
        np.hstack(
            [incidence.toarray(), -_incidence(network, network.generators.bus[units]).toarray()]
        )
    )
    capacity = links["p_nom_opt"].where(links["p_nom_extendable"], links["p_nom"]).to_numpy()
    ceiling = network.get_switchable_as_dense("Link", "p_max_pu").to_numpy() * capacity
    per_mw = 1.0 - links["efficiency"].to_numpy() + _PER_MW + links["marginal_cost"].to_numpy()
    cost = np.concatenate([per_mw, np.zeros(len(units))])
    flows = network.links_t.p0[links.index].to_numpy(copy=True).clip(min=0.0)
    power = network.generators_t.p[units].to_numpy(copy=True)
    for step in steps:
        most = np.concatenate([np.maximum(ceiling[step], flows[step]), power[step].clip(min=0.0)])
        answer = linprog(
            cost, A_eq=balance, b_eq=incidence @ flows[step],
            bounds=np.column_stack([np.zeros(len(most)), most]), method="highs",
        )  # fmt: skip
        if answer.success:  # always but for round-off: the flows before meet all conditions
            flows[step] = answer.x[: len(links)]
            power[step] -= answer.x[len(links) :]
    sent = pd.DataFrame(flows, index=network.snapshots, columns=links.index)
    network.links_t.p0 = sent
    network.links_t.p1 = -sent * links["efficiency"]
    network.generators_t.p[units] = power


def _incidence(network: pypsa.Network, buses: pd.Series) -> csr_array:
    rows = network.buses.index.get_indexer(buses)
    ones = np.ones(len(rows))
    return csr_array((ones, (rows, np.arange(len(rows)))), (len(network.buses), len(rows)))
