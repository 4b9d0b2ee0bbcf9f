"""What a solved grid does to a plant at one of its nodes: how much is taken, at what price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.assessment.technologies import POTENTIAL
from greenanalysis.core.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pypsa


@dataclass(frozen=True)
class GridNode:
    """Curtailment and price at a node for one technology, over the year of a scenario.

    ``steps`` : by snapshot ``available_mw`` (what sun or wind would give), ``taken_mw``,
    ``price_usd_per_mwh`` (marginal, USD of 2025) and ``hours`` that the snapshot stands for.
    """

    region: str
    technology: str
    steps: pd.DataFrame

    @property
    def curtailment(self) -> float:
        """Share of the available energy that the grid does not take, 0 to 1."""
        available = self._energy("available_mw")
        return max(0.0, 1.0 - self._energy("taken_mw") / available)

    @property
    def price_usd_per_mwh(self) -> float:
        """Mean price of the energy that is taken: what a plant without a contract would earn."""
        sold = self.steps["taken_mw"] * self.steps["hours"]
        return float((sold * self.steps["price_usd_per_mwh"]).sum() / sold.sum())

    def settings(self) -> dict[str, object]:
        """Return the settings of a project brief that hold for a plant at the node."""
        return {"energy.curtailment": round(self.curtailment, 6)}

    def tariff(self) -> str:
        """Return the tariff of a brief for a plant that sells at the price of the node.

        The price stays as it is in dollars: the scenario knows one year.
        """
        return f"usd:{self.price_usd_per_mwh:.4f}+0%"

    def _energy(self, column: str) -> float:
        return float((self.steps[column] * self.steps["hours"]).sum())


def grid_node(network: pypsa.Network, region: str, technology: str) -> GridNode:
    """Return what a solved network takes of a technology at a node, and at what price.

    Parameters
    ----------
    network : solved, see :func:`~greenanalysis.supergrid.export.export_study`.
    region : code of the node.
    technology : ``solar`` or ``wind``.

    Raises
    ------
    InputError : an unknown region or technology, a network without solution, or no plant of the
        technology at the node.

    Notes
    -----
    Plants that stand and new ones share what is not taken in proportion to what they could give.
    Lines inside a region are not in the model: a plant behind a weak line sells less.
    """
    if network.generators_t.p.empty:
        raise InputError(f"{network.name}: not solved yet, no plant runs")
    regions = list(network.buses.index[network.buses["kind"] == "region"])
    if region not in regions:
        raise unknown_name("region", region, regions, where=network.name)
    if technology not in POTENTIAL:
        raise unknown_name("technology", technology, list(POTENTIAL), where=network.name)
    units = network.generators
    own = units[(units["bus"] == region) & (units["carrier"] == technology)]
    standing = own["p_nom_opt"].where(own["p_nom_extendable"], own["p_nom"])
    ceiling = network.get_switchable_as_dense("Generator", "p_max_pu")[own.index]
    available = (ceiling * standing).sum(axis=1)
    if not available.sum() > 0:
        raise InputError(f"{network.name}: no {technology} plant stands or is built in {region}")
    steps = pd.DataFrame(
        {
            "available_mw": available,
            "taken_mw": network.generators_t.p[own.index].sum(axis=1),
            "price_usd_per_mwh": network.buses_t.marginal_price[region],
            "hours": network.snapshot_weightings["generators"],
        }
    )
    return GridNode(region, technology, steps)
