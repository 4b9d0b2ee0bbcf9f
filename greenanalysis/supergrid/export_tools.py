"""Around one export scenario: checks of the model, alternatives, failures, sweeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.supergrid.checks.base_year import YEARS, load_past
from greenanalysis.supergrid.checks.suite import (
    check_table,
    derating_table,
    past_table,
    past_years,
)
from greenanalysis.supergrid.export import export_inputs
from greenanalysis.supergrid.model.economics import co2
from greenanalysis.supergrid.model.facts import load_facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.results.break_even import break_even
from greenanalysis.supergrid.results.summary import Results, summarise
from greenanalysis.supergrid.robustness.adequacy import (
    Adequacy,
    adequacy,
    adequacy_path,
    keep_adequacy,
    kept_adequacy,
)
from greenanalysis.supergrid.robustness.alternatives import corridor_ranges, gross_cost
from greenanalysis.supergrid.robustness.cost_benefit import cost_benefit
from greenanalysis.supergrid.robustness.pathway import TARGETS, neutrality, reported_emissions
from greenanalysis.supergrid.robustness.security import dark_calm_week, line_outages
from greenanalysis.supergrid.scenario import Scenario, Time
from greenanalysis.supergrid.solve.optimise import solve
from greenanalysis.supergrid.solve.study import solve_scenario, study, without_export
from greenanalysis.supergrid.solve.sweep import cross, run_sweep

if TYPE_CHECKING:
    import pypsa

_QUICK = {"time.link_days": False, "solver.method": "simplex"}
"""Alternatives and sweeps solve many networks; days that are not linked halve the time of each."""
SLACK = (0.01, 0.05, 0.10)
_VARY: Mapping[str, Sequence[object]] = {
    "wacc": (0.05, 0.08),
    "markets.price_factor": (0.8, 1.0, 1.25),
}


@dataclass(frozen=True, eq=False)
class Alternatives:
    """What lies around the optimum of a scenario.

    ``results`` : of the small setting; ``small_error`` : its cost less sales against that of the
    scenario's own setting, over the cost before sales. ``ranges outages break_even`` : tables.
    ``benefits`` : cost and benefit of each new line abroad.
    ``week`` : account of the dark calm week. ``sweep pathway neutrality`` : Datasets.
    """

    scenario: Scenario
    weather: Mapping[str, object]
    results: Results
    small_error: float
    ranges: pd.DataFrame
    outages: pd.DataFrame
    week: pd.DataFrame
    week_flows: pd.DataFrame
    break_even: pd.DataFrame
    benefits: pd.DataFrame
    sweep: xr.Dataset
    pathway: xr.Dataset
    neutrality: xr.Dataset


@dataclass(frozen=True, eq=False)
class GridChecks:
    """``checks`` : expected against got; ``years`` : past years, modelled and reported.

    ``derating`` : the same years under other deratings of coal, None if not asked for.
    """

    checks: pd.DataFrame
    years: pd.DataFrame
    derating: pd.DataFrame | None = None


def export_checks(
    scenario: str = "base",
    *,
    weather: str | Path | None = None,
    deratings: Sequence[float] = (),
) -> GridChecks:
    """Return the checks of the export model.

    Parameters
    ----------
    scenario, weather : of the network whose balances are checked.
    deratings : of coal, 0 to 1: run the years on which it was chosen under each.
    """
    settings, _, inputs = export_inputs(scenario, weather=weather)
    network, _ = study(settings, **inputs)
    past, assumptions = load_past(), load_assumptions()
    whole = {**inputs, "facts": load_facts(), "assumptions": assumptions}
    years = past_years(whole, past)
    return GridChecks(
        check_table(network, assumptions=assumptions, years=years, past=past),
        past_table(years, past),
        derating_table(whole, past, deratings, YEARS) if deratings else None,
    )


def export_adequacy(
    scenario: str = "base",
    *,
    weather: str | Path | None = None,
    tell: Callable[[str], object] | None = None,
) -> Adequacy:
    """Return the run of all hours of a solved scenario, from the cache where it was made before.

    Parameters
    ----------
    scenario, weather : as in :func:`~greenanalysis.supergrid.export.export_study`.
    tell : called with a line after each week; 53 weeks take some minutes.
    """
    settings, _, inputs = export_inputs(scenario, weather=weather)
    network = solve_scenario(settings, **inputs)
    whole = {**inputs, "facts": load_facts(), "assumptions": load_assumptions()}
    path = adequacy_path(network, whole["assumptions"])
    result = kept_adequacy(path)
    if result is None:
        result = adequacy(network, settings, inputs=whole, tell=tell)
        keep_adequacy(result, path)
    return result


def alternatives_study(
    scenario: str = "base",
    *,
    weather: str | Path | None = None,
    typical_days: int = 8,
    hours_per_step: int = 4,
    jobs: int = 1,
) -> Alternatives:
    """Return near-optimal systems, failures, break-evens and sweeps around a scenario.

    Parameters
    ----------
    scenario : name of the scenario.
    weather : name or file; by default the scenario's.
    typical_days, hours_per_step : the coarse year in which alternatives, failures and sweeps are
        solved; ``small_error`` says what it costs in accuracy. Systems that are dearer by less than
        that error are not told apart, so such slacks are left out.
    jobs : processes of the sweeps.

    Raises
    ------
    InputError : as :func:`~greenanalysis.supergrid.export.export_study`.
    """
    settings, weather_facts, inputs = export_inputs(scenario, weather=weather)
    whole = {**inputs, "facts": load_facts(), "assumptions": load_assumptions()}
    full = solve_scenario(settings, **inputs)
    coarse = {"time.typical_days": typical_days, "time.hours_per_step": hours_per_step}
    small = replace(
        settings,
        time=Time(typical_days=typical_days, hours_per_step=hours_per_step, link_days=False),
    )
    network, reference = _solved(small, whole), _solved(without_export(small), whole)
    week, account = dark_calm_week(network, small, **whole)
    objectives = [n.meta["solution"]["objective_usd"] for n in (network, full)]
    assumptions = whole["assumptions"]
    kinds = ("hvac", "hvdc_overhead", "hvdc_uhv", "hvdc_subsea")
    circuits = {kind: assumptions.get("circuit", kind, unit="MW") for kind in kinds}
    outages = line_outages(network, circuit_mw=circuits)
    error = (objectives[0] - objectives[1]) / gross_cost(full)
    seen = [value for value in SLACK if value > abs(error)] or [SLACK[-1]]
    named = {"weather": settings.weather}
    many = partial(run_sweep, scenario, inputs=inputs, setting=coarse | _QUICK, jobs=jobs)
    return Alternatives(
        scenario=settings,
        weather=weather_facts,
        results=summarise(network, small, reference=reference),
        small_error=error,
        break_even=break_even(network, reference),
        benefits=cost_benefit(network),
        outages=outages,
        ranges=corridor_ranges(network, slack=seen),
        week=account,
        week_flows=_week_flows(week),
        sweep=many(_named(cross(_VARY), named)),
        pathway=many(_named(TARGETS, named)),
        neutrality=many(_named(_to_neutrality(whole["assumptions"]), named)),
    )


def _to_neutrality(assumptions: Assumptions) -> list[dict[str, object]]:
    mix = read_facts("generation_mix", numeric=["year", "generation_twh"])
    factors = {name: co2(name, assumptions) for name in ("coal", "gas")}
    rows = neutrality(
        reported_emissions(mix, factors),
        [row["year"] for row in TARGETS],
        zero_year=assumptions.get("neutrality", "year", unit="year"),
    )
    linked = {"fleet.hydrogen": True, "time.link_days": True, "solver.method": "ipm"}
    return [{**row, **linked} for row in rows]


def _named(
    rows: Sequence[Mapping[str, object]], more: Mapping[str, object]
) -> list[dict[str, object]]:
    return [{**row, **more} for row in rows]


def _solved(scenario: Scenario, inputs: Mapping[str, Any]) -> pypsa.Network:
    network = build_network(scenario, **inputs)
    solve(network, method="simplex")
    return network


def _week_flows(week: pypsa.Network) -> pd.DataFrame:
    """Return the supply of a week by carrier and step, GW."""
    generation: pd.DataFrame = week.generators_t.p.T.groupby(week.generators["carrier"]).sum().T
    stored = week.storage_units_t.p.T.groupby(week.storage_units["carrier"]).sum().T
    table: pd.DataFrame = generation.join(stored.clip(lower=0.0), rsuffix=" stored") / 1e3
    table = table.drop(columns=[name for name in ("export",) if name in table])
    carriers = table.columns[table.max() > 0.01]
    return pd.DataFrame(table[carriers])
