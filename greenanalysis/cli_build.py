"""``greenanalysis build | reproduce``: publish the site, make a page again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from greenanalysis.cli_yields import SCHEDULER_OPTION
from greenanalysis.report.sitemap import site_url_option


@click.command()
@click.option("--weather", default="sample", show_default=True, help="Weather name or file.")
@click.option(
    "--only", multiple=True, metavar="PATTERN", help="Pages to build, e.g. 'region-KZ-6*'."
)
@click.option(
    "--since", metavar="COMMIT", help="Only pages whose code, data or notebook differ from it."
)
@click.option("--jobs", type=click.IntRange(1), help="Notebooks run at once.  [default: cores]")
@click.option("--force", is_flag=True, help="Build what has not changed, too.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the site.")
@SCHEDULER_OPTION
@site_url_option
def build(
    weather: str,
    only: tuple[str, ...],
    since: str | None,
    jobs: int | None,
    force: bool,
    output: Path | None,
    scheduler: str | None,
) -> None:
    """Run the notebooks that changed and publish the site under reports/.

    Exit codes: 0 done, 1 a notebook failed or the disk is full, 2 a mistake in the input,
    130 interrupted.
    """
    from greenanalysis.cluster import use_scheduler
    from greenanalysis.report.site import build_reports

    use_scheduler(scheduler)
    result = build_reports(
        weather=weather, only=only, since=since, jobs=jobs, force=force, output=output
    )
    sys.exit(result.exit_code)


@click.command()
@click.argument("page", metavar="PAGE")
@click.option(
    "--site", type=click.Path(path_type=Path), help="Folder of the site.  [default: reports]"
)
def reproduce(page: str, site: Path | None) -> None:
    """Make PAGE (a file, or a name in the site) again and compare all numbers that it states.

    Exit codes: 0 the same, 1 a number moved or the notebook failed, 2 no page of this project.
    """
    from greenanalysis.report.reproduce import find_page
    from greenanalysis.report.reproduce import reproduce as again

    made = again(find_page(page, site))
    for line in made.told():
        click.echo(line)
    sys.exit(made.exit_code)
