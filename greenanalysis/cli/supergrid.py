"""``greenanalysis sweep`` and the ``grid-*`` commands: many networks, and checks of the model."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from greenanalysis.core.yaml_files import parse_yaml

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--base", default="base", show_default=True, help="Scenario that all start from.")
@click.option(
    "--vary",
    multiple=True,
    metavar="KEY=V1,V2,...",
    help="Values of a key of the scenario, e.g. wacc=0.06,0.08; several keys: all combinations.",
)
@click.option("--days", type=click.IntRange(1, 365), help="Typical days.  [default: 8]")
@click.option("--hours", type=int, help="Hours in a step.  [default: 4]")
@click.option("--method", help="hipdlp, ipm or simplex.  [default: ipm]")
@click.option("--weather", help="Weather name or file.  [default: the scenario's]")
@click.option("--jobs", type=click.IntRange(1), help="Processes.  [default: cores]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("sweep.nc"),
    show_default=True,
    help="To make: NAME.nc, .zarr or .xlsx.",
)
def sweep(
    file: Path | None,
    base: str,
    vary: tuple[str, ...],
    days: int | None,
    hours: int | None,
    method: str | None,
    weather: str | None,
    jobs: int | None,
    out: Path,
) -> None:
    """Solve many scenarios in parallel; one that was interrupted goes on where it stopped.

    FILE is YAML with ``base`` and ``vary`` (key: list) or ``scenarios`` (list of overrides).
    """
    from greenanalysis.core.formats import ARRAYS, format_of, write_arrays
    from greenanalysis.supergrid.export import export_inputs
    from greenanalysis.supergrid.solve.sweep import (
        SMALL,
        cross,
        read_sweep,
        run_sweep,
        scenario_frame,
    )

    format_of(out, (*ARRAYS, ".xlsx"))
    if bool(file) == bool(vary):
        raise click.UsageError("give either a FILE or --vary")
    overrides: list[dict[str, object]]
    if file:
        base, overrides = read_sweep(file)
    else:
        overrides = cross(dict(_values(text) for text in vary))
    asked = {"time.typical_days": days, "time.hours_per_step": hours, "solver.method": method}
    setting = {**SMALL, **{key: value for key, value in asked.items() if value is not None}}
    started = time.perf_counter()
    inputs = export_inputs(base, weather=weather)[2]
    results = run_sweep(base, overrides, inputs=inputs, setting=setting, jobs=jobs, tell=click.echo)
    write_arrays(results, out)
    table = scenario_frame(results)[["cost_less_revenue", "export", "co2_at_home"]]
    click.echo(table.to_string(float_format=lambda value: f"{value:,.1f}"))
    click.echo(f"{out}: {results.sizes['scenario']} in {time.perf_counter() - started:.0f} s")


def _values(text: str) -> tuple[str, list[object]]:
    key, sign, values = text.partition("=")
    if not sign or not values:
        raise click.UsageError(f"{text}: write KEY=V1,V2")
    if _DECIMAL_COMMA.search(values):
        raise click.UsageError(
            f"{text}: a number such as 0.8 has a point, the comma parts values; for the two values "
            "0 and 8 write 8,0"
        )
    try:
        return key.strip(), [parse_yaml(value) for value in values.split(",")]
    except yaml.YAMLError as error:
        raise click.UsageError(f"{text}: a value is no YAML") from error


_DECIMAL_COMMA = re.compile(r"^-?0,[0-9]+$|,0[0-9]")
"""``0,8`` and ``1,05``: nobody lists values so. A list that begins with 0 has three values or is
written the other way round."""


def _times(texts: tuple[str, ...]) -> list[tuple[int, int]]:
    pairs = []
    for text in texts:
        days, sign, hours = text.partition("x")
        if not (sign and days.isdecimal() and hours.isdecimal()):
            raise click.UsageError(f"--time {text}: write DAYSxHOURS, e.g. 16x3")
        pairs.append((int(days), int(hours)))
    return pairs


@click.command("grid-check")
@click.argument("scenario", default="base")
@click.option("--weather", help="Weather name or file.  [default: the scenario's]")
@click.option(
    "--derating",
    "deratings",
    multiple=True,
    type=click.FloatRange(0.0, 0.9),
    help="Run the past years with this derating of coal, too.",
)
def grid_check(scenario: str, weather: str | None, deratings: tuple[float, ...]) -> None:
    """Check the export model: closed forms, balances, published lines, past years.

    Exit codes: 0 all checks hold, 1 some do not.
    """
    from greenanalysis.supergrid.export_tools import export_checks

    result = export_checks(scenario, weather=weather, deratings=deratings)
    click.echo("Past years, TWh; each source below the model:")
    click.echo(_plain(result.years, 2))
    if result.derating is not None:
        click.echo("\nDerating of coal, the driver of past years (shares of the volume):")
        click.echo(_plain(result.derating, 3))
    click.echo()
    click.echo(result.checks.to_string(index=False, float_format=lambda value: f"{value:,.6g}"))
    sys.exit(0 if result.checks["holds"].all() else 1)


def _plain(table: pd.DataFrame, digits: int) -> str:
    return table.to_string(index=False, na_rep="", float_format=lambda v: f"{v:,.{digits}f}")


@click.command("grid-benchmark")
@click.argument("scenario", default="base")
@click.option("--weather", help="Weather name or file.  [default: the scenario's]")
@click.option(
    "--time",
    "times",
    multiple=True,
    metavar="DAYSxHOURS",
    default=("16x3", "48x3", "365x3"),
    show_default=True,
    help="Typical days and hours of a step; 365x1 is the full year.",
)
@click.option("--method", default="hipdlp", show_default=True)
@click.option("--tolerance", default=1e-4, show_default=True)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="A change of the scenario, e.g. corridors.loss_steps=1.",
)
def grid_benchmark(
    scenario: str,
    weather: str | None,
    times: tuple[str, ...],
    method: str,
    tolerance: float,
    changes: tuple[str, ...],
) -> None:
    """Solve a scenario at several resolutions of time and print what each costs and takes.

    The last one stands for the truth: the error of the others is counted from it.
    """
    from greenanalysis.supergrid.checks.benchmark import benchmark
    from greenanalysis.supergrid.export import export_inputs
    from greenanalysis.supergrid.scenario import load_scenario

    overrides = {key: values[0] for key, values in map(_values, changes)}
    solver = {"solver.method": method, "solver.tolerance": tolerance}
    pairs = _times(times)
    for days, hours in pairs:
        period = {"time.typical_days": days, "time.hours_per_step": hours}
        asked = load_scenario(scenario, {**overrides, **solver, **period})
    inputs = export_inputs(scenario, weather=weather)[2]
    table = benchmark(
        asked, pairs, inputs=inputs, method=method, tolerance=tolerance, tell=click.echo
    )
    click.echo(table.to_string(index=False, float_format=lambda value: f"{value:,.5g}"))


@click.command("grid-pathway")
@click.argument("scenario", default="base")
@click.option("--weather", help="Weather name or file.  [default: the scenario's]")
@click.option(
    "--year",
    "years",
    multiple=True,
    type=int,
    help="Year of a step, ascending.  [default: 2030, 2035, 2040, 2050, 2060]",
)
@click.option("--days", type=click.IntRange(1, 365), help="Typical days.  [default: 8]")
@click.option("--hours", type=int, help="Hours in a step.  [default: 4]")
def grid_pathway(
    scenario: str, weather: str | None, years: tuple[int, ...], days: int | None, hours: int | None
) -> None:
    """Build a scenario step by step: each year keeps what those before it built.

    Announced plants open in their year, and plants close at the age of 70.
    """
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.supergrid.export import export_inputs
    from greenanalysis.supergrid.model.facts import load_facts
    from greenanalysis.supergrid.robustness.pathway import STEPS, build_step_by_step
    from greenanalysis.supergrid.scenario import load_scenario
    from greenanalysis.supergrid.solve.sweep import SMALL

    asked = {"time.typical_days": days, "time.hours_per_step": hours}
    setting = {**SMALL, **{key: value for key, value in asked.items() if value is not None}}
    plans = {"fleet.planned": "announced", "fleet.retire_after_years": 70.0}
    steps = [load_scenario(scenario, {**setting, **plans, "year": year}) for year in years or STEPS]
    inputs = export_inputs(steps[0], weather=weather)[2]
    whole = {**inputs, "facts": load_facts(), "assumptions": load_assumptions()}
    table = build_step_by_step(steps, inputs=whole, tell=click.echo)
    click.echo(table.set_index("year").T.to_string(float_format=lambda v: f"{v:,.1f}"))


@click.command("grid-uncertainty")
@click.argument("scenario", default="base")
@click.option(
    "--state",
    "states",
    multiple=True,
    metavar="FACTOR:PROBABILITY",
    help="Market prices times FACTOR come with PROBABILITY.  [default: the scenario's]",
)
@click.option("--days", type=click.IntRange(1, 365), help="Typical days.  [default: 8]")
@click.option("--hours", type=int, help="Hours in a step.  [default: 4]")
@click.option("--method", help="hipdlp, ipm or simplex.  [default: ipm]")
@click.option("--weather", help="Weather name or file.  [default: the scenario's]")
def grid_uncertainty(
    scenario: str,
    states: tuple[str, ...],
    days: int | None,
    hours: int | None,
    method: str | None,
    weather: str | None,
) -> None:
    """Decide lines and plants before it is known which state of market prices comes.

    Prints what it costs to decide now (EVPI), what a plan for all states saves against one for the
    mean price (VSS), and each plan's corridors.
    """
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.supergrid.export import export_inputs
    from greenanalysis.supergrid.model.facts import load_facts
    from greenanalysis.supergrid.robustness.stochastic import (
        capacity_table,
        cost_table,
        price_uncertainty,
    )
    from greenanalysis.supergrid.scenario import load_scenario
    from greenanalysis.supergrid.solve.sweep import SMALL

    asked = {"time.typical_days": days, "time.hours_per_step": hours, "solver.method": method}
    overrides = {**SMALL, **{key: value for key, value in asked.items() if value is not None}}
    if states:
        overrides["markets.price_states"] = [_state(text) for text in states]
    chosen = load_scenario(scenario, overrides)
    if chosen.markets.price_states is None:
        raise click.UsageError("give each state of the prices, such as --state 0.7:0.3")
    inputs = export_inputs(scenario, weather=weather)[2]
    whole = {**inputs, "facts": load_facts(), "assumptions": load_assumptions()}
    found = price_uncertainty(chosen, inputs=whole, tell=click.echo)
    click.echo("\nExpected cost less sales, million USD a year:")
    click.echo(_shown(cost_table(found), index=False))
    click.echo("\nCorridors in the plan for all states and in others, MW:")
    click.echo(_shown(capacity_table(found)))


@click.command("grid-adequacy")
@click.argument("scenario", default="base")
@click.option("--weather", help="Weather name or file.  [default: the scenario's]")
def grid_adequacy(scenario: str, weather: str | None) -> None:
    """Run all hours of a year with what a scenario builds, and say what load is not served.

    The result is kept; the page of the scenario shows it from the next build on.
    """
    from greenanalysis.supergrid.export_tools import export_adequacy

    result = export_adequacy(scenario, weather=weather, tell=click.echo)
    click.echo(
        f"{scenario}, hours of {result.weather_year}: {result.unserved_mwh / 1e3:,.1f} GWh not "
        f"served in {result.hours:,} hours, at most {result.most_mw:,.0f} MW of a peak of "
        f"{result.peak_mw:,.0f} MW"
    )
    click.echo(f"ties with neighbours counted at {result.import_credit:.0%}, no export")


def _shown(table: pd.DataFrame, *, index: bool = True) -> str:
    return table.to_string(index=index, float_format=lambda value: f"{value:,.1f}")


def _state(text: str) -> dict[str, float]:
    factor, _, probability = text.partition(":")
    try:
        return {"factor": float(factor), "probability": float(probability)}
    except ValueError:
        raise click.UsageError(
            f"--state {text}: write FACTOR:PROBABILITY, such as 0.7:0.3"
        ) from None
