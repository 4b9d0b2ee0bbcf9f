"""Changing a solved model a little and solving it again from where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.core.errors import InputError

if TYPE_CHECKING:
    import pypsa

_INFINITE = float("inf")


class Resolver:
    """The HiGHS model of a solved network, ready for small changes and warm starts.

    Costs and limits are changed in the solver's own model; the network keeps its first solution.
    """

    def __init__(self, network: pypsa.Network) -> None:
        self.model = network.model
        self.highs = network.model.solver_model
        matrices = network.model.matrices
        self.costs = np.asarray(matrices.c, dtype=float)
        self.columns = pd.Series(np.arange(len(matrices.vlabels)), index=matrices.vlabels)
        self.rows = pd.Series(np.arange(len(matrices.clabels)), index=matrices.clabels)

    def column(self, variable: str, names: pd.Index | list[str]) -> np.ndarray:
        """Return the solver's columns of a variable for some names (snapshots first)."""
        labels = self.model.variables[variable].labels
        dim = next(d for d in labels.dims if d != "snapshot")
        picked = labels.sel({dim: list(names)}).transpose(..., dim).to_numpy()
        return self.columns.loc[picked.ravel()].to_numpy().reshape(picked.shape)

    def values(self, variable: str, names: pd.Index | list[str]) -> np.ndarray:
        """Return the solution of a variable for some names (snapshots first)."""
        solution = np.asarray(self.highs.getSolution().col_value)
        held: np.ndarray = solution[self.column(variable, names)]
        return held

    def objective(self) -> float:
        """Return the value of the model's first objective at the solution that stands."""
        return float(self.costs @ np.asarray(self.highs.getSolution().col_value))

    def run(self, what: str) -> None:
        """Solve from the basis that stands.

        Raises
        ------
        InputError : no optimum was found; ``what`` names the case.
        """
        self.highs.run()
        status = self.highs.modelStatusToString(self.highs.getModelStatus())
        if status != "Optimal":
            raise InputError(f"{what}: HiGHS says {status.lower()}")

    @contextmanager
    def closed(self, constraint: str, names: pd.Index, *, left: float = 0.0) -> Iterator[None]:
        """Hold the upper limits of a constraint at a part of them for some names, then restore.

        ``left`` : the part, 0 to 1; zero closes them.
        """
        labels = self.model.constraints[constraint].labels
        dim = next(d for d in labels.dims if d != "snapshot")
        rows = self.rows.loc[labels.sel({dim: list(names)}).to_numpy().ravel()].to_numpy()
        lp = self.highs.getLp()
        upper = np.asarray(lp.row_upper_)[rows]
        lower = np.asarray(lp.row_lower_)[rows]
        for row, high in zip(rows, upper, strict=True):
            self.highs.changeRowBounds(int(row), -_INFINITE, left * float(high) if left else 0.0)
        try:
            yield
        finally:
            for row, low, high in zip(rows, lower, upper, strict=True):
                self.highs.changeRowBounds(int(row), float(low), float(high))

    def limit_cost(self, limit: float) -> None:
        """Add a limit to the first objective."""
        used = np.flatnonzero(self.costs)
        self.highs.addRow(
            -_INFINITE, float(limit), len(used), used.astype(np.int32), self.costs[used]
        )

    def aim(self, columns: np.ndarray, weights: float) -> None:
        """Minimise ``weights`` times the sum of some columns from now on."""
        count = len(self.costs)
        objective = np.zeros(count)
        objective[np.asarray(columns).ravel()] = weights
        self.highs.changeColsCost(count, np.arange(count, dtype=np.int32), objective)
