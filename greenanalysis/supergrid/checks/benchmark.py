"""How far the reduced year is from the full one, and what each takes."""

from __future__ import annotations

import dataclasses
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.supergrid.model.facts import load_facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.robustness.alternatives import gross_cost
from greenanalysis.supergrid.scenario import Scenario
from greenanalysis.supergrid.solve.optimise import solve


def benchmark(
    scenario: Scenario,
    times: Sequence[tuple[int, int]],
    *,
    inputs: Mapping[str, Any],
    method: str = "hipdlp",
    tolerance: float = 1e-4,
    tell: Callable[[str], object] | None = None,
) -> pd.DataFrame:
    """Solve a scenario at several resolutions of time, by the same method.

    Parameters
    ----------
    scenario : whose ``time`` and ``solver`` are replaced.
    times : typical days and hours of a step; the last stands for the truth.
    inputs : ``regions``, ``profiles``, ``potential``.
    method, tolerance : of the solver, see :func:`~greenanalysis.supergrid.solve.optimise.solve`.
    tell : called with a line after each solution.

    Returns
    -------
    DataFrame : ``typical_days hours_per_step objective_musd gross_cost_musd error`` (of the
        objective, against the last row), ``error_of_gross`` (the same difference over the cost
        before sales), ``gap status wall_s cpu_s memory_gb`` (the most so far). A first-order
        solver may end with the status ``unknown``: the gap holds, single constraints are off.
    """
    whole = {"facts": load_facts(), "assumptions": load_assumptions(), **inputs}
    rows = []
    for days, hours in times:
        period = dataclasses.replace(scenario.time, typical_days=days, hours_per_step=hours)
        started, cpu = time.perf_counter(), time.process_time()
        network = build_network(dataclasses.replace(scenario, time=period), **whole)
        solution = solve(
            network, method=method, tolerance=tolerance, time_limit_s=36000, allow_short=True
        )  # fmt: skip
        rows.append(
            {
                "typical_days": days,
                "hours_per_step": hours,
                "objective_musd": solution.objective_usd / 1e6,
                "gross_cost_musd": gross_cost(network) / 1e6,
                "gap": solution.gap,
                "status": solution.status,
                "wall_s": time.perf_counter() - started,
                "cpu_s": time.process_time() - cpu,
                "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            }
        )
        if tell:
            tell(f"{days} days of {hours} h: {rows[-1]['wall_s']:.0f} s")
    table = pd.DataFrame(rows)
    off = table["objective_musd"] - table["objective_musd"].iloc[-1]
    return table.assign(
        error=off / table["objective_musd"].iloc[-1],
        error_of_gross=off / table["gross_cost_musd"].iloc[-1],
    )
