"""The command line: ``greenanalysis build | brief | regions | weather | registry | serve | ...``.

Exit codes: 0 done, 1 something failed (a notebook, the disk), 2 a mistake in the input,
130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from greenanalysis import __version__
from greenanalysis.cli.portal import portal, serve
from greenanalysis.cli.programme import programme
from greenanalysis.cli.project import brief, hybrid
from greenanalysis.cli.registry import registry
from greenanalysis.cli.scada import scada
from greenanalysis.cli.series import series
from greenanalysis.cli.site import build, compare, pdf, reproduce, translations
from greenanalysis.cli.siting import siting
from greenanalysis.cli.supergrid import (
    grid_adequacy,
    grid_benchmark,
    grid_check,
    grid_pathway,
    grid_uncertainty,
    sweep,
)
from greenanalysis.cli.validate import validation
from greenanalysis.cli.water import hydro
from greenanalysis.cli.weather import weather
from greenanalysis.cli.yields import yields
from greenanalysis.core.errors import InputError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="greenanalysis")
def cli() -> None:
    """Renewable resources and green-electricity export of Kazakhstan."""


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a project folder in DIR: data and notebooks to build from, and to change."""
    from greenanalysis.core.project_folder import create_project

    click.echo(f"project folder: {create_project(folder)}")
    click.echo(f"next: cd {folder} && greenanalysis build")


@cli.command()
@click.option(
    "--file",
    "source",
    type=click.Path(path_type=Path),
    help="Put these boundaries (GeoJSON, GeoPackage, shapefile) in the place of the built-in ones.",
)
@click.option("--reset", is_flag=True, help="Go back to the built-in boundaries.")
def regions(source: Path | None, reset: bool) -> None:
    """List the regions, or replace their approximate boundaries by exact ones."""
    from greenanalysis.geo import boundaries
    from greenanalysis.geo.regions import load_regions

    if source and reset:
        raise click.UsageError("--file and --reset exclude each other")
    if source:
        click.echo(f"boundaries installed: {boundaries.install_boundaries(source)}")
    if reset:
        removed = boundaries.remove_user_boundaries()
        click.echo("built-in boundaries are back" if removed else "nothing to reset")
    table = load_regions()
    click.echo(f"boundaries: {table.attrs['provenance']['source']}")
    columns = ["name_en", "kind", "area_km2", "population", "demand_2020_gwh"]
    click.echo(table[columns].to_string(float_format=lambda value: f"{value:,.0f}"))


@cli.command()
def scenarios() -> None:
    """List the export scenarios."""
    from greenanalysis.supergrid.scenario import load_scenario, scenario_names

    for name in scenario_names():
        click.echo(f"{name:16}{load_scenario(name).title}")


@cli.command()
@click.argument("scenario", default="base")
@click.option("--weather", default=None, help="Weather name or file.  [default: the scenario's]")
def supergrid(scenario: str, weather: str | None) -> None:
    """Solve one export scenario and print what it says."""
    from greenanalysis.supergrid.export import export_study

    results = export_study(scenario, weather=weather).results
    for table in (results.totals, results.exports, results.delivered):
        if table.empty:  # nothing is sold: no delivered cost
            continue
        click.echo(table.to_string(index=False, float_format=lambda value: f"{value:,.2f}"))
        click.echo()


cli.add_command(build)
cli.add_command(reproduce)
cli.add_command(weather)
cli.add_command(yields)
cli.add_command(siting)
cli.add_command(hydro)
cli.add_command(scada)
cli.add_command(series)
cli.add_command(brief)
cli.add_command(hybrid)
cli.add_command(programme)
cli.add_command(registry)
cli.add_command(serve)
cli.add_command(portal)
cli.add_command(compare)
cli.add_command(pdf)
cli.add_command(validation)
cli.add_command(translations)
for command in (
    sweep,
    grid_check,
    grid_adequacy,
    grid_benchmark,
    grid_pathway,
    grid_uncertainty,
):
    cli.add_command(command)


def use_unicode() -> None:
    """Start this process again in Python's UTF-8 mode where the locale knows ASCII alone.

    Names of files would otherwise come as broken text that notebooks cannot be written with.
    """
    if sys.getfilesystemencoding().casefold() not in ("utf-8", "utf8"):
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


class _Messages(logging.Handler):
    """What the package logs, as lines on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a warning says that it is one."""
        prefix = "warning: " if record.levelno >= logging.WARNING else ""
        click.echo(f"{prefix}{record.getMessage()}", err=True)


def _show_messages() -> None:
    logger = logging.getLogger("greenanalysis")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, _Messages) for handler in logger.handlers):
        logger.addHandler(_Messages())


def main() -> None:
    """Run the command line; a user's mistake ends in one line on stderr, not in a traceback."""
    use_unicode()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may lack the letters of a name
            stream.reconfigure(errors="backslashreplace")
    _show_messages()
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted; what was finished is kept", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except InputError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        click.echo(f"error: {_missing_package(error)}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


def _missing_package(error: ModuleNotFoundError) -> str:
    """Return how to install what a command needs beyond the base packages."""
    if (error.name or "").partition(".")[0] == "greenanalysis":
        raise error
    return (
        f"this command needs the package {error.name!r}, which is not installed; "
        "python -m pip install 'greenanalysis[site,registry]' brings all that the commands need"
    )
