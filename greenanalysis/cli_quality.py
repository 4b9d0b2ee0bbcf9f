"""``greenanalysis weather check | correct-to-atlas | typical``: judge weather, better it."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--all", "everything", is_flag=True, help="List the checks that pass, too.")
def check(file: str, everything: bool) -> None:
    """Look for what is wrong with a weather FILE (or name), canonical or not.

    Exit codes: 0 no error (there may be warnings), 1 errors found, 2 not readable.
    """
    from greenanalysis.weather import SOURCES
    from greenanalysis.weather.quality import check as look

    verdict = look(SOURCES[file]() if file in SOURCES else Path(file))
    shown = verdict.table if everything else verdict.table[verdict.table["severity"] != "ok"]
    for row in shown.to_dict("records"):
        click.echo(f"{row['severity']:8}{row['check']:16}{row['variable']:18}{row['found']}")
        for line in (row["message"], row["where"]):
            if line:
                click.echo(f"{'':24}{line}")
    click.echo(f"{file}: {verdict.text}")
    sys.exit(0 if verdict.ok else 1)


@click.command("correct-to-atlas")
@click.argument("name")
@click.option("--gwa", type=click.Path(path_type=Path), help="Mean wind at 100 m: scale.")
@click.option(
    "--gwa-weibull",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="A K",
    help="Weibull A and k at 100 m instead: map by quantiles.",
)
@click.option("--gsa", type=click.Path(path_type=Path), help="Long-term GHI.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="NAME.zarr to make.")
@click.option("--packed", is_flag=True, help="Store int16, see docs/weather.md for the precision.")
def correct_to_atlas(
    name: str,
    gwa: Path | None,
    gwa_weibull: tuple[Path, Path] | None,
    gsa: Path | None,
    out: Path,
    packed: bool,
) -> None:
    """Draw the weather NAME to rasters (GeoTIFF) of the Global Wind and Solar Atlas.

    The maps of factors are stored in the output, and every page made with it names the correction.
    """
    from greenanalysis.weather import open_weather
    from greenanalysis.weather.bias import correct
    from greenanalysis.weather.storage import write_weather

    made = correct(open_weather(name), wind_mean=gwa, wind_weibull=gwa_weibull, ghi_mean=gsa)
    write_weather(made.weather.assign_attrs(name=out.stem), out, packed=packed)
    click.echo(made.told.replace("; ", "\n"))
    click.echo(f"weather written: {out}")


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="NAME.zarr to make.")
@click.option("--packed", is_flag=True, help="Store int16, see docs/weather.md for the precision.")
def typical(file: str, out: Path, packed: bool) -> None:
    """Put a typical year together from the whole years of a weather FILE (ISO 15927-4 style)."""
    from greenanalysis.weather import open_weather
    from greenanalysis.weather.storage import write_weather
    from greenanalysis.weather.typical import typical_year

    made = typical_year(open_weather(file))
    write_weather(made.weather.assign_attrs(name=out.stem), out, packed=packed)
    click.echo(made.table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    click.echo(f"weather written: {out}")
