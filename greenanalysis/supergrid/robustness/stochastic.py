"""Deciding before prices are known: what the uncertainty of market prices costs.

Lines and plants are decided once; then one of several states of market prices comes, and the system
runs as well as it can with what stands (two-stage stochastic programming with recourse).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.robustness.alternatives import gross_cost
from greenanalysis.supergrid.robustness.security import fix_capacities
from greenanalysis.supergrid.scenario import PriceState, Scenario
from greenanalysis.supergrid.solve.optimise import NotConverged, Solution, solve, solve_surely

if TYPE_CHECKING:
    import pypsa

_TABLES = ("generators", "storage_units", "links")
_ROUNDING = 1e-6
"""Difference of two objectives, of the cost before sales, that says nothing."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What it costs to decide before prices are known, USD of 2025 a year.

    All costs are objectives: capital and running cost less what the buyers would pay at most, as
    ``objective`` in :class:`~greenanalysis.supergrid.results.summary.Results`. Expected values.

    ``stochastic_usd`` : with the best plan for all states. ``wait_and_see_usd`` : if each state
    could be known beforehand. ``mean_plan_usd`` : with the plan that is best at the mean price.
    ``vss_usd`` : value of the stochastic solution, 0 or more. ``evpi_usd`` : expected value of
    perfect information, 0 or more. ``exact_usd`` : up to which solver and rounding leave them open.
    ``capacity`` : MW of each corridor that may be built (index ``corridor``), columns
    ``stochastic``, ``mean price`` and ``state 1`` and on, each state's own plan.
    """

    states: tuple[PriceState, ...]
    stochastic_usd: float
    wait_and_see_usd: float
    mean_plan_usd: float
    vss_usd: float
    evpi_usd: float
    exact_usd: float
    capacity: pd.DataFrame


def price_uncertainty(
    scenario: Scenario,
    *,
    inputs: Mapping[str, Any],
    threads: int = 2,
    tell: Callable[[str], object] | None = None,
) -> Uncertainty:
    """Return what uncertain market prices cost in a scenario, and what is built because of them.

    Parameters
    ----------
    scenario : with ``markets.price_states``.
    inputs : all that :func:`build_network` takes besides.
    threads : of the solver.
    tell : called with a line after each solution.

    Returns
    -------
    Uncertainty : see there; as many networks are solved as there are states, and three more.

    Raises
    ------
    InputError : a scenario without ``markets.price_states``, or as :func:`solve`.
    NotConverged : as :func:`solve`, or solutions too rough to compare.

    Notes
    -----
    States differ in prices alone; demand, weather and costs are the same in all of them. Since
    prices change no limit, what can be run in one state can be run in every other.

    References
    ----------
    J. R. Birge and F. Louveaux, Introduction to Stochastic Programming, 2nd edition, Springer,
    2011, chapter 4.
    """
    states = scenario.markets.price_states
    if states is None:
        allowed = "a list of states"
        raise input_error("markets.price_states", where=scenario.name, allowed=allowed, got=None)

    def build(chosen: Sequence[PriceState]) -> pypsa.Network:
        markets = replace(scenario.markets, price_states=tuple(chosen))
        return build_network(replace(scenario, markets=markets), **inputs)

    return two_stage(build, states, setting={**asdict(scenario.solver), "threads": threads},
                     tell=tell)  # fmt: skip


def two_stage(
    build: Callable[[Sequence[PriceState]], pypsa.Network],
    states: Sequence[PriceState],
    *,
    setting: Mapping[str, Any] | None = None,
    tell: Callable[[str], object] | None = None,
) -> Uncertainty:
    """Return the values of the stochastic solution and of perfect information.

    Parameters
    ----------
    build : makes the network for some states, the snapshots of one after those of the other and
        weighted by their probability; states differ in running costs alone.
    states : of the prices; their probabilities sum to 1.
    setting : of the solver, see :func:`solve`.
    tell : called with a line after each solution.

    Raises
    ------
    InputError : as :func:`solve`.
    NotConverged : as :func:`solve`, or solutions too rough to compare.

    Notes
    -----
    Where several plans are best at the mean price, the value of the stochastic solution is that
    against the one which the solver found.
    """
    asked, say = dict(setting or {}), tell or (lambda _line: None)

    def solved(network: pypsa.Network, name: str) -> tuple[pypsa.Network, Solution]:
        solution = solve(network, **asked)
        say(f"{name}: {solution.objective_usd / 1e6:,.1f} million USD, {solution.seconds:.0f} s")
        return network, solution

    plan, best = solved(build(states), "decided for all states")
    shares = [state.probability / sum(s.probability for s in states) for state in states]
    factor = sum(state.factor * share for state, share in zip(states, shares, strict=True))
    mean_plan, mean = solved(build([PriceState(factor, 1.0)]), f"price x {factor:g}, the mean")
    standing = _standing(build(states), mean_plan)
    running = solve_surely(standing, **asked)
    mean_usd = running.objective_usd + capital(mean_plan) * (1.0 + _ROUNDING)
    say(f"the same plan in all states: {mean_usd / 1e6:,.1f} million USD, {running.seconds:.0f} s")
    columns = {"stochastic": _corridor_mw(plan), "mean price": _corridor_mw(mean_plan)}
    known, exact = 0.0, _exact(plan, best) + _exact(mean_plan, mean) + _exact(standing, running)
    for number, (state, share) in enumerate(zip(states, shares, strict=True), 1):
        own, alone = solved(build([PriceState(state.factor, 1.0)]), f"price x {state.factor:g}")
        known += share * alone.objective_usd
        exact += share * _exact(own, alone)
        columns[f"state {number}"] = _corridor_mw(own)
    return Uncertainty(
        states=tuple(states),
        stochastic_usd=best.objective_usd,
        wait_and_see_usd=known,
        mean_plan_usd=mean_usd,
        vss_usd=_at_least_zero(mean_usd - best.objective_usd, exact, "stochastic solution"),
        evpi_usd=_at_least_zero(best.objective_usd - known, exact, "perfect information"),
        exact_usd=exact,
        capacity=pd.DataFrame(columns).rename_axis("corridor"),
    )


def capital(network: pypsa.Network) -> float:
    """Return the yearly capital cost of what a solved network builds, USD."""
    tables = [getattr(network, name) for name in _TABLES]
    return float(
        sum(
            (part["capital_cost"] * part["p_nom_opt"].clip(lower=0.0))[
                part["p_nom_extendable"]
            ].sum()
            for part in tables
        )
    )


def _corridor_mw(network: pypsa.Network) -> pd.Series:
    """Return what a solved network builds of each line that may be built, MW."""
    links = network.links
    new = links[links["p_nom_extendable"] & (links["direction"] == "there")]
    built: pd.Series = new.groupby("corridor", sort=False)["p_nom_opt"].sum()
    return built.clip(lower=0.0)


def cost_table(found: Uncertainty) -> pd.DataFrame:
    """Return the costs as a table: ``quantity``, ``musd`` (million USD of 2025 a year)."""
    rows = [
        ("decided now for all states", found.stochastic_usd),
        ("decided now for the mean price", found.mean_plan_usd),
        ("decided when the state is known", found.wait_and_see_usd),
        ("value of the stochastic solution (VSS)", found.vss_usd),
        ("deciding now instead of knowing (EVPI)", found.evpi_usd),
        ("left open by solver and rounding", found.exact_usd),
    ]
    return pd.DataFrame([(name, usd / 1e6) for name, usd in rows], columns=["quantity", "musd"])


def capacity_table(found: Uncertainty, *, least_mw: float = 1.0) -> pd.DataFrame:
    """Return the corridors that some plan builds, MW, the states named by price and probability."""
    rows = found.capacity[found.capacity.max(axis=1) >= least_mw]
    names = [f"x{state.factor:g} (p {state.probability:g})" for state in found.states]
    return rows.set_axis(["stochastic", "mean price", *names], axis=1)


def _standing(network: pypsa.Network, plan: pypsa.Network) -> pypsa.Network:
    """Return a network in which a plan stands, a millionth larger: rounding would break shares."""
    fix_capacities(network, plan)
    for name in _TABLES:
        built = getattr(plan, name)["p_nom_extendable"]
        getattr(network, name).loc[built[built].index, "p_nom"] *= 1.0 + _ROUNDING
    return network


def _exact(network: pypsa.Network, solution: Solution) -> float:
    return max(solution.gap * abs(solution.objective_usd), _ROUNDING * gross_cost(network))


def _at_least_zero(value: float, exact: float, what: str) -> float:
    if value < -exact:
        raise NotConverged(
            f"value of the {what}: {value:,.0f} USD, below zero by more than the solver's "
            f"{exact:,.0f} USD; take simplex, or a smaller solver.tolerance"
        )
    return max(value, 0.0)
