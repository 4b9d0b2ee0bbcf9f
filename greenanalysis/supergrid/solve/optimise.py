"""Solving a network with HiGHS, and saying how exact the answer is.

Where a network has no answer, the reason is told in terms of demand and limits.
"""

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

import pandas as pd

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.supergrid.model.rules import add_rules, shadow_prices
from greenanalysis.supergrid.scenario import METHODS
from greenanalysis.supergrid.solve.nearest import nearest_feasible
from greenanalysis.supergrid.solve.netting import net_flows

if TYPE_CHECKING:
    import pypsa


_SEEN_MW = 1e-3
_HIGHS: dict[str, Any] = {
    "solver_name": "highs",
    "io_api": "direct",
    "progress": False,
    "log_to_console": False,
}


def _explain_infeasible(network: pypsa.Network, options: dict[str, Any]) -> str:
    """Return which demand cannot be met, or which limit contradicts another.

    Every bus is lent power from nowhere, which counts towards no share of renewables; what the
    cheapest such loan consists of is what is missing. Where even that does not
    help, the contradiction lies in limits that no power lifts.
    """
    clash = _contradictions(network)
    if clash:
        return clash
    rules = nearest_feasible(network, options)
    if rules:
        return "; ".join(rules)
    missing = _loan(network, options)
    if missing is None:
        share = network.meta.get("scenario", {}).get("res_share")
        asked = f" (res_share {share:g} asks for more than can be built)" if share else ""
        return (
            "demand could be met, but a limit on energy or shares cannot: look at e_sum_max, "
            f"res_share, co2_limit_mt and fixed states of charge{asked}"
        )
    bus = str(missing.sum().idxmax())
    step = int(missing[bus].to_numpy().argmax())
    load = network.get_switchable_as_dense("Load", "p_set")
    loads = network.loads.index[network.loads["bus"] == bus]
    at_bus = float(load[loads].iloc[step].sum())
    lacking = float(missing[bus].iloc[step])
    if bus in [row["market"] for row in _must_deliver(network)]:
        return (
            f"what must be delivered to {bus} cannot all be brought there: at "
            f"{missing.index[step]!s}, {lacking:,.0f} MW are missing"
        )
    return (
        f"no dispatch meets the load: at {bus}, {missing.index[step]!s}, {lacking:,.0f} MW are "
        f"missing of a load of {at_bus:,.0f} MW ({', '.join(_limits(network, bus))}); in all "
        f"{int((missing.sum() > _SEEN_MW).sum())} buses fall short"
    )


def _require_fed(network: pypsa.Network) -> None:
    """Refuse a network in which a bus has load and nothing at all that could feed it.

    Raises
    ------
    InputError : names the bus, what is missing and the load.
    """
    fed = {*network.generators["bus"], *network.storage_units["bus"], *network.stores["bus"]}
    for lines in (network.links, network.lines, network.transformers):
        fed |= {*lines["bus0"], *lines["bus1"]}
    load = network.get_switchable_as_dense("Load", "p_set").max()
    for name, bus in network.loads["bus"].items():
        if bus not in fed and load[name] > 0:
            raise InputError(
                f"{network.name or 'network'} is infeasible: at {bus}, {load[name]:,.0f} MW are "
                f"missing of a load of {load[name]:,.0f} MW: no plant, no line"
            )


def _explain_unbounded(network: pypsa.Network) -> str:
    """Return what earns without limit."""
    for name in ("generators", "links", "storage_units"):
        table = getattr(network, name)
        endless = table["p_nom_extendable"] & ~(table["p_nom_max"] < float("inf"))
        paid = table.index[endless & (table["capital_cost"] < 0)]
        if len(paid):
            cost = table.at[paid[0], "capital_cost"]
            return (
                f"{paid[0]} is paid {-cost:,.0f} USD a year for each MW built, without upper limit"
            )
    units = network.generators
    endless = units["p_nom_extendable"] & ~(units["p_nom_max"] < float("inf"))
    cheap = units.index[endless & (units["marginal_cost"] < 0)]
    if len(cheap):
        return f"{cheap[0]} earns with each MWh and may be built without upper limit"
    return "something earns without limit; look for a negative cost"


def _contradictions(network: pypsa.Network) -> str:
    for name in ("generators", "links", "storage_units"):
        table = getattr(network, name)
        over = table.index[table["p_nom_extendable"] & (table["p_nom_min"] > table["p_nom_max"])]
        if len(over):
            low, high = table.loc[over[0], ["p_nom_min", "p_nom_max"]]
            return f"{over[0]} must be at least {low:,.0f} MW and at most {high:,.0f} MW"
    return _too_much_to_deliver(network)


def _must_deliver(network: pypsa.Network) -> list[dict[str, Any]]:
    asked = network.meta.get("scenario", {}).get("markets", {})
    return list(asked.get("must_deliver") or [])


def _too_much_to_deliver(network: pypsa.Network) -> str:
    """Return which volume is more than its buyers can take or its lines can bring, or nothing."""
    units, links = network.generators, network.links
    ceiling = network.get_switchable_as_dense("Generator", "p_max_pu")
    weights = network.snapshot_weightings["generators"]
    for row in _must_deliver(network):
        at_market = units["bus"] == row["market"]
        buyers = units.loc[at_market & (units["carrier"] == "export"), "p_nom"]
        open_share = (ceiling[buyers.index].mul(weights, axis=0)).sum() / weights.sum()
        into = links[links["bus1"] == row["market"]]
        strongest = into["p_nom"].where(~into["p_nom_extendable"], into["p_nom_max"])
        most = {
            "its buyers take": float((buyers * open_share).sum()),
            "lines bring": float((strongest * into["efficiency"]).sum()),
        }
        told = ", ".join(f"{name} {mw * 8760 / 1e6:,.1f}" for name, mw in most.items())
        if row["twh"] * 1e6 > min(most.values()) * 8760:
            asked = f"{row['twh']:g} TWh a year to {row['market']}"
            return f"must_deliver asks for {asked}; at most {told}"
    return ""


def _loan(network: pypsa.Network, options: dict[str, Any]) -> pd.DataFrame | None:
    """Return the least power lent to each bus, MW, or None if no loan helps."""
    from greenanalysis.supergrid.model.rules import add_rules

    if network._model is not None:  # the search for a nearest value may have let go of it
        network._model.solver_model = None
        network._model = None
    trial = network.copy()
    trial.generators[["marginal_cost", "capital_cost"]] = 0.0
    trial.generators_t.marginal_cost = pd.DataFrame(index=trial.snapshots)
    trial.links["capital_cost"] = 0.0
    trial.storage_units["capital_cost"] = 0.0
    for sign, suffix in ((1.0, " lent"), (-1.0, " dumped")):
        trial.add(
            "Generator", list(trial.buses.index), suffix=suffix, bus=trial.buses.index, sign=sign,
            p_nom=1e9, marginal_cost=1.0, carrier="load_shedding" if sign < 0 else "lent",
        )  # fmt: skip
    trial.optimize.create_model(include_objective_constant=False)
    add_rules(trial)
    status, _ = trial.optimize.solve_model(solver_options=options, **_HIGHS)
    if status != "ok":
        return None
    lent = trial.generators_t.p[[f"{bus} lent" for bus in trial.buses.index]]
    lent.columns = trial.buses.index
    return lent if lent.to_numpy().max() > _SEEN_MW else None


def _limits(network: pypsa.Network, bus: str) -> list[str]:
    units = network.generators[network.generators["bus"] == bus]
    plants = units["p_nom"].where(~units["p_nom_extendable"], units["p_nom_max"]).sum()
    links = network.links[network.links["bus1"] == bus]
    lines = links["p_nom"].where(~links["p_nom_extendable"], links["p_nom_max"]).sum()
    return [f"plants there up to {plants:,.0f} MW", f"lines into it up to {lines:,.0f} MW"]


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
    built: bool = False,
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
    built : the network has its model, with all rules, already.

    Returns
    -------
    Solution : also stored in ``network.meta["solution"]``; ``network.meta["shadow"]`` holds what
        :func:`~greenanalysis.supergrid.model.rules.shadow_prices` tells.

    Raises
    ------
    InputError : unknown method; infeasible or unbounded network.
    NotConverged : time limit, or a solver that stopped short of its tolerance.
    """
    if method not in METHODS:
        raise input_error("solver method", where="solve()", allowed=METHODS, got=method)
    with quiet_libraries():
        started = time.perf_counter()
        if not built:
            _require_fed(network)
            network.optimize.create_model(include_objective_constant=False)
            add_rules(network)
        options = _options(method, tolerance, time_limit_s, threads)
        condition = _run(network, options, time_limit_s, allow_short)
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


def _run(
    network: pypsa.Network, options: dict[str, Any], time_limit_s: float, allow_short: bool
) -> str:
    """Solve the model of a network and return what the solver says of its answer."""
    with _silent_stdout(), _without_angles(network):
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
    net_flows(network)
    return str(condition)


@contextmanager
def _without_angles(network: pypsa.Network) -> Iterator[None]:
    """Spare PyPSA the search for meshes after solving, where there are only links.

    It looks for them to compute angles of voltage, which only lines and transformers have.
    """
    if len(network.lines) or len(network.transformers):
        yield
        return
    parts = network.c.sub_networks
    before = parts.static
    setattr(network, "determine_network_topology", lambda: None)  # noqa: B010
    parts.static = before.drop(columns="obj", errors="ignore")
    try:
        yield
    finally:
        del network.determine_network_topology
        parts.static = before


def solve_surely(network: pypsa.Network, **setting: Any) -> Solution:
    """Solve as asked, and by simplex where the method asked for stops short of its tolerance.

    Parameters and errors as in :func:`solve`.
    """
    try:
        return solve(network, **setting)
    except NotConverged as error:
        if isinstance(error, OutOfTime) or setting.get("method") == "simplex":
            raise
        return solve(network, **{**setting, "method": "simplex", "built": True})


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep the progress notes of PyPSA and linopy back; their loggers are as before afterwards.

    linopy warns that a solution is not optimal where :func:`solve` raises and says why.
    """
    levels = {"pypsa": logging.WARNING, "linopy": logging.ERROR}
    loggers = {name: logging.getLogger(name) for name in levels}
    before = {name: logger.level for name, logger in loggers.items()}
    try:
        for name, logger in loggers.items():
            logger.setLevel(max(levels[name], logger.getEffectiveLevel()))
        yield
    finally:
        for name, logger in loggers.items():
            logger.setLevel(before[name])


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
        return InputError(f"{name} is infeasible: {_explain_infeasible(network, options)}")
    if "unbounded" in condition:
        return InputError(f"{name} is unbounded: {_explain_unbounded(network)}")
    if condition == "time_limit":
        return OutOfTime(
            f"{name}: HiGHS found no answer within {time_limit_s:g} s; allow more time "
            "(solver.time_limit_s), fewer typical days or another method"
        )
    return NotConverged(
        f"{name}: HiGHS stopped with {condition!r} before the tolerance was reached; "
        "take simplex or ipm, or another solver.tolerance"
    )
