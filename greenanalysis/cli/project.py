"""``greenanalysis brief``: a page a project, and a table that compares them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("--name", help="Of the project.")
@click.option("--latitude", type=float, help="Degrees north.")
@click.option("--longitude", type=float, help="Degrees east.")
@click.option("--technology", help="wind or solar.")
@click.option("--capacity-mw", type=float, help="MW.")
@click.option(
    "--tariff",
    default="auction",
    show_default=True,
    help="KZT/kWh, or auction, ceiling, ppa15, ppa20, ppa25, merchant, ppa20:25.",
)
@click.option("--connection-km", type=float, help="Line to the grid.  [default: assumption]")
@click.option("--storage", default="auto", show_default=True, help="auto, yes or no.")
@click.option("--portfolio", type=click.Path(path_type=Path), help="Projects, one a row (CSV).")
@click.option("--weather", default="sample", show_default=True, help="Weather name or file.")
@click.option("--jobs", type=click.IntRange(1), help="Notebooks run at once.  [default: cores]")
@click.option("--force", is_flag=True, help="Build what has not changed, too.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder.  [default: reports/briefs]"
)
def brief(
    portfolio: Path | None,
    weather: str,
    jobs: int | None,
    force: bool,
    output: Path | None,
    **fields: Any,
) -> None:
    """Make the brief of one project, or of a portfolio with a table that compares them.

    The columns of a portfolio are name, latitude, longitude, technology, capacity_mw, tariff and,
    if wanted, connection_km, storage and grid_factor.
    """
    from greenanalysis.site.workflow.pages import read_portfolio

    if portfolio and any(fields[name] is not None for name in ("name", "latitude", "longitude")):
        raise click.UsageError("--portfolio and a single project exclude each other")
    given = {name: value for name, value in fields.items() if value is not None}
    projects = read_portfolio(portfolio) if portfolio else [given]
    sys.exit(_publish(projects, weather, jobs=jobs, force=force, output=output))


def _publish(
    projects: list[dict[str, Any]],
    weather: str,
    *,
    jobs: int | None,
    force: bool,
    output: Path | None,
) -> int:
    from greenanalysis.core.files import write_text
    from greenanalysis.core.paths import reports_dir
    from greenanalysis.project.portfolio import compare
    from greenanalysis.site.workflow.build import build_site
    from greenanalysis.site.workflow.pages import brief_pages, weather_input

    folder = output or reports_dir() / "briefs"
    found, inputs = weather_input(weather)
    pages = brief_pages(projects, weather=found, inputs=inputs)
    table = compare(projects, weather=found)
    result = build_site(pages, out_dir=folder, jobs=jobs, force=force, echo=click.echo)
    write_text(folder / "comparison.csv", table.to_csv(index=False, float_format="%.6g"))
    click.echo(table.to_string(index=False, float_format=lambda value: f"{value:,.3g}"))
    click.echo(f"comparison: {folder / 'comparison.csv'}")
    return result.exit_code
