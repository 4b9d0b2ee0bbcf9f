"""``greenanalysis hydro``: what a run-of-river plant makes of a discharge record."""

from __future__ import annotations

from pathlib import Path

import click

TURBINES = ("crossflow", "francis", "kaplan", "pelton", "propeller", "turgo")


@click.group()
def hydro() -> None:
    """Hydro power from a discharge record."""


@hydro.command("yield")
@click.option(
    "--discharge", required=True, type=click.Path(path_type=Path), help="CSV: date, discharge_m3s."
)
@click.option("--head", required=True, type=float, help="Gross head, m.")
@click.option("--design-flow", required=True, type=float, help="All units together, m3/s.")
@click.option("--turbine", type=click.Choice(TURBINES), default="francis", show_default=True)
@click.option("--units", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--environmental-flow", type=float, help="Left in the river, m3/s.  [default: share of mean]"
)
@click.option("--date-column", default="date", show_default=True)
@click.option("--flow-column", default="discharge_m3s", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="NAME.csv or NAME.xlsx of the years.")
def yield_(
    discharge: Path,
    head: float,
    design_flow: float,
    turbine: str,
    units: int,
    environmental_flow: float | None,
    date_column: str,
    flow_column: str,
    out: Path | None,
) -> None:
    """Print the plant's energy by year, its mean and its P90."""
    from greenanalysis.assessment.discharge import plant_yield, read_discharge
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.core.formats import TABLES, format_of, write_tables

    if out:
        format_of(out, TABLES)
    record = read_discharge(discharge, date=date_column, flow=flow_column)
    share = {
        name: load_assumptions().get("run_of_river", name, unit="1")
        for name in ("environmental_share", "loss_at_design", "generator_efficiency", "own_use")
    }
    if environmental_flow is None:
        environmental_flow = share["environmental_share"] * float(record.mean())
    result = plant_yield(
        record,
        {
            "gross_head": head,
            "design_flow": design_flow,
            "turbine": turbine,
            "units": units,
            "environmental_flow": environmental_flow,
            **{name: value for name, value in share.items() if name != "environmental_share"},
        },
    )
    click.echo(result.years.to_string(float_format=lambda value: f"{value:,.3f}"))
    click.echo(f"environmental_flow_m3s  {environmental_flow:,.3f}")
    for name, value in result.summary.items():
        click.echo(f"{name:24}{value:,.3f}")
    click.echo("flow duration curve: per cent of the time exceeded, m3/s")
    for percent, flow in result.duration.items():
        click.echo(f"{percent:>4} %{flow:>18,.3f}")
    if out:
        write_tables({"years": result.years}, out)
        click.echo(f"years written: {out}")
