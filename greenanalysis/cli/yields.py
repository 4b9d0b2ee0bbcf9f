"""``greenanalysis yields``: maps, regional series and mean days of capacity factors in one pass."""

from __future__ import annotations

from pathlib import Path

import click

SCHEDULER_OPTION = click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Dask scheduler whose workers compute.  [default: this machine's threads]",
)
OUTPUTS = ("mean", "series", "month_hour", "percentiles")


@click.command()
@click.argument("weather", default="sample")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="To make: NAME.nc, .zarr, .xlsx, or .csv for one output.",
)
@click.option(
    "--technology",
    "technologies",
    multiple=True,
    help="Such as wind; may be given several times.  [default: solar and wind, if they can be]",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    type=click.Choice(OUTPUTS),
    help="May be given several times.  [default: mean and series]",
)
@click.option(
    "--shear-exponent",
    type=click.FloatRange(0.0, 1.0),
    help="Of the power law that carries wind known at one height to the hub.",
)
@click.option("--threads", type=click.IntRange(1), help="[default: cores]")
@SCHEDULER_OPTION
def yields(
    weather: str,
    out: Path,
    technologies: tuple[str, ...],
    outputs: tuple[str, ...],
    shear_exponent: float | None,
    threads: int | None,
    scheduler: str | None,
) -> None:
    """Compute aggregates of hourly capacity factors of the cells and regions of a weather.

    WEATHER is a name, a file of a country, a box or a single site, or a folder of tiles. What it
    does not cover or lacks a variable for is left out, and said.
    """
    from greenanalysis.assessment.yields import summarise
    from greenanalysis.core.cluster import scheduler_client, use_scheduler
    from greenanalysis.core.formats import ARRAYS, TABLES, format_of, write_arrays

    format_of(out, (*ARRAYS, *TABLES))
    use_scheduler(scheduler)
    with scheduler_client():
        found = summarise(
            weather,
            technologies=technologies,
            outputs=outputs or ("mean", "series"),
            threads=threads,
            shear_exponent=shear_exponent,
        )
    write_arrays(found, out)
    click.echo(f"written: {out}")
