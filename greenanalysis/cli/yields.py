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
    help="Such as wind; may be given several times.  [default: solar and wind]",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    type=click.Choice(OUTPUTS),
    help="May be given several times.  [default: mean and series]",
)
@click.option("--threads", type=click.IntRange(1), help="[default: cores]")
@SCHEDULER_OPTION
def yields(
    weather: str,
    out: Path,
    technologies: tuple[str, ...],
    outputs: tuple[str, ...],
    threads: int | None,
    scheduler: str | None,
) -> None:
    """Compute aggregates of hourly capacity factors of the country's cells and regions.

    WEATHER is a name or file, or a folder of tiles. The numbers are those of a run on one machine.
    """
    from greenanalysis.assessment.yields import summarise
    from greenanalysis.core.cluster import scheduler_client, use_scheduler
    from greenanalysis.core.formats import ARRAYS, TABLES, format_of, write_arrays

    format_of(out, (*ARRAYS, *TABLES))
    use_scheduler(scheduler)
    with scheduler_client():
        found = summarise(
            weather,
            technologies=technologies or ("solar", "wind"),
            outputs=outputs or ("mean", "series"),
            threads=threads,
        )
    write_arrays(found, out)
    click.echo(f"written: {out}")
