"""Scenarios that differ in prices alone, solved on one model: only its objective is written anew.

To build a model of linopy takes several times as long as to solve a small one. A network whose
tables and rules are those of one before it, but for costs, has the same variables and constraints.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.supergrid.model.rules import add_own_costs
from greenanalysis.supergrid.solve.optimise import Solution, solve_surely

if TYPE_CHECKING:
    import pypsa

_COSTS = ("capital_cost", "marginal_cost", "converter_cost", "finance_share", "investment")
"""Columns that stand in the objective, or in what is told of it, and in no constraint."""
_PRICE_KEYS = (
    *("name", "title", "question", "wacc", "co2_price_usd_per_t", "markets.price_factor"),
    *("corridors.cost_factor", "corridors.toll_factor", "corridors.risk_factor"),
)
"""Keys of a scenario that no rule reads; another one that differs asks for a model of its own."""
_STANDING = 3
"""Models that are kept; a small one takes about 50 MB."""


class Repricer:
    """Solves networks in turn and keeps the last models for those that differ in costs alone."""

    def __init__(self) -> None:
        self._standing: OrderedDict[str, pypsa.Network] = OrderedDict()

    def solve(self, network: pypsa.Network, **setting: Any) -> tuple[pypsa.Network, Solution]:
        """Solve a network of :func:`~greenanalysis.supergrid.model.network.build_network`.

        Parameters
        ----------
        network : not solved yet.
        setting : as in :func:`~greenanalysis.supergrid.solve.optimise.solve`.

        Returns
        -------
        tuple : the network with its results, which is an earlier one with the costs of
            ``network`` where that has the same constraints, good until the next call; and the
            solution, the same as on a model of its own.

        Raises
        ------
        InputError : as ``solve``.
        """
        key = constraints_key(network)
        standing = self._standing.pop(key, None)
        if standing is not None:
            _take_costs(standing, network)
        solved = network if standing is None else standing
        solution = solve_surely(solved, built=standing is not None, **setting)
        self._standing[key] = solved
        while len(self._standing) > _STANDING:
            self._standing.popitem(last=False)
        return solved, solution


def constraints_key(network: pypsa.Network) -> str:
    """Return a hash of all in a network that its variables and constraints rest on.

    Parameters
    ----------
    network : not solved: results count as inputs.
    """
    digest = hashlib.sha256()
    meta = {**network.meta, "scenario": _without_prices(network.meta.get("scenario", {}))}
    digest.update(json.dumps(meta, sort_keys=True, default=str).encode())
    digest.update(_bytes(network.snapshot_weightings))
    for component in network.components:
        static = component.static.drop(columns=list(_COSTS), errors="ignore")
        tables = {"": static, **component.dynamic}
        for name, table in sorted(tables.items()):
            if name not in _COSTS and table.size:
                digest.update(f"{component.name} {name}".encode() + _bytes(table))
    return digest.hexdigest()


def _bytes(table: pd.DataFrame) -> bytes:
    rows = pd.util.hash_pandas_object(table).to_numpy().tobytes()
    return ",".join(map(str, table.columns)).encode() + rows


def _without_prices(scenario: Mapping[str, Any]) -> dict[str, Any]:
    return {
        group: {key: v for key, v in value.items() if f"{group}.{key}" not in _PRICE_KEYS}
        if isinstance(value, Mapping)
        else value
        for group, value in scenario.items()
        if group not in _PRICE_KEYS and group != "solver"
    }


def _take_costs(standing: pypsa.Network, network: pypsa.Network) -> None:
    """Give a solved network the tables, name and scenario of another, and write its objective.

    The tables are those of a network that is not solved, so that no earlier result stays.
    """
    from pypsa.optimization.optimize import define_objective

    standing.name, standing.meta = network.name, network.meta
    for mine in standing.components:
        theirs = network.components[mine.name]
        mine.static = theirs.static
        mine.dynamic = theirs.dynamic
    steps = pd.Index(np.asarray(standing.model.parameters["snapshots"]), name="snapshot")
    define_objective(standing, steps, include_objective_constant=False, piecewise_options=[])
    add_own_costs(standing)
