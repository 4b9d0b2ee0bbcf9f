"""Solving a network with HiGHS, and saying how exact the answer is."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenanalysis.errors import InputError, input_error
from greenanalysis.scenario import METHODS
from greenanalysis.supergrid.diagnose import (
    explain_infeasible,
    explain_unbounded,
    require_fed,
)
from greenanalysis.supergrid.rules import add_rules, shadow_prices

if TYPE_CHECKING:
    import pypsa


class NotConverged(InputError):
    """A solver that stopped before its tolerance was reached: another one may go on."""


class OutOfTime(NotConverged):
    """A solver that found no answer within its time."""


@dataclass(frozen=True)
class Solution:
    """How a network was solved: objective in USD a year, relative gap between primal and dual."""

    method: str
    status: str
    objective_usd: float
    gap: float
    seconds: float
    variables: int
    constraints: int


def solve(
    network: pypsa.Network,
    *,
    method: str = "simplex",
    tolerance: float = 1e-6,
    time_limit_s: float = 600.0,
    threads: int = 2,
    allow_short: bool = False,
) -> Solution:
    """Optimise investment and dispatch; the results are written into ``network``.

    Parameters
    ----------
    network : from :func:`build_network`, or any other; links share the capacity of the one that
        their column ``same_as`` names.
    method : ``ipm`` (interior point without crossover; HiPO where it is installed), ``simplex``
        (exact vertex, slow) or ``hipdlp`` (first order, fast, to explore).
    tolerance : relative gap at which interior point and first-order methods stop.
    time_limit_s : seconds after which the solver gives up.
    threads : of the solver.
    allow_short : take an answer whose gap is within the tolerance although single constraints are
        further off than HiGHS accepts; its status is ``unknown``.

    Returns
    -------
    Solution : also stored in ``network.meta["solution"]``; ``network.meta["shadow"]`` holds what
        :func:`~greenanalysis.supergrid.rules.shadow_prices` tells.

    Raises
    ------
    InputError : unknown method; infeasible or unbounded network.
    NotConverged : time limit, or a solver that stopped short of its tolerance.
    """
    if method not in METHODS:
        raise input_error("solver method", where="solve()", allowed=METHODS, got=method)
    logging.getLogger("pypsa").setLevel(logging.WARNING)
    logging.getLogger("linopy").setLevel(logging.ERROR)
    started = time.perf_counter()
    require_fed(network)
    network.optimize.create_model(include_objective_constant=False)
    add_rules(network)
    options = _options(method, tolerance, time_limit_s, threads)
    with _silent_stdout():
        status, condition = network.optimize.solve_model(
            solver_name="highs",
            solver_options=options,
            log_to_console=False,
            io_api="direct",
            progress=False,
        )
    short = allow_short and (status, condition) == ("ok", "unknown")
    if (status, condition) != ("ok", "optimal") and not short:
        with _silent_stdout():
            raise _failure(network, condition, time_limit_s, options)
    solution = Solution(
        method=method,
        status=condition,
        objective_usd=float(network.model.objective.value or 0.0),
        gap=_gap(network),
        seconds=time.perf_counter() - started,
        variables=int(network.model.nvars),
        constraints=int(network.model.ncons),
    )
    network.meta = {**network.meta, "solution": asdict(solution), "shadow": shadow_prices(network)}
    return solution


def solve_surely(network: pypsa.Network, **setting: Any) -> Solution:
    """Solve as asked, and by simplex where the method asked for stops short of its tolerance.

    Parameters and errors as in :func:`solve`.
    """
    try:
        return solve(network, **setting)
    except NotConverged as error:
        if isinstance(error, OutOfTime) or setting.get("method") == "simplex":
            raise
        return solve(network, **{**setting, "method": "simplex"})


@contextmanager
def _silent_stdout() -> Iterator[None]:
    """Keep the banner away that HiGHS prints before it reads its options."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def _options(method: str, tolerance: float, time_limit_s: float, threads: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "time_limit": time_limit_s,
        "threads": threads,
        "output_flag": False,
    }
    if method == "simplex":
        return {**options, "solver": "simplex"}
    if method == "ipm":
        return {
            **options,
            "solver": "ipm",
            "run_crossover": "off",
            "ipm_optimality_tolerance": tolerance,
        }
    return {**options, "solver": "hipdlp", "kkt_tolerance": tolerance}


def _gap(network: pypsa.Network) -> float:
    """Return |primal - dual| over the objective, as HiGHS reports it (0 at a simplex vertex)."""
    info = network.model.solver_model.getInfo()
    return float(getattr(info, "primal_dual_objective_error", 0.0))


def _failure(
    network: pypsa.Network, condition: str, time_limit_s: float, options: dict[str, Any]
) -> InputError:
    name = network.name or "network"
    if condition == "infeasible":
        return InputError(f"{name} is infeasible: {explain_infeasible(network, options)}")
    if "unbounded" in condition:
        return InputError(f"{name} is unbounded: {explain_unbounded(network)}")
    if condition == "time_limit":
        return OutOfTime(
            f"{name}: HiGHS found no answer within {time_limit_s:g} s; allow more time "
            "(solver.time_limit_s), fewer typical days or another method"
        )
    return NotConverged(
        f"{name}: HiGHS stopped with {condition!r} before the tolerance was reached; "
        "take simplex or ipm, or another solver.tolerance"
    )
