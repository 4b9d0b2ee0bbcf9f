"""The commands of the site: ``greenanalysis build | reproduce | compare | pdf | translations``.

They publish the site, make a page again, compare two builds, print pages and keep the texts of the
site's languages up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from greenanalysis.cli.yields import SCHEDULER_OPTION
from greenanalysis.site.publish.sitemap import site_url_option


@click.command()
@click.option("--weather", default="sample", show_default=True, help="Weather name or file.")
@click.option(
    "--registry",
    default="",
    metavar="FILE|URL",
    help="Registry that the monitoring shows.  [default: the start content]",
)
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
    registry: str,
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
    from greenanalysis.core.cluster import use_scheduler
    from greenanalysis.site.workflow.build import build_reports

    use_scheduler(scheduler)
    result = build_reports(
        weather=weather,
        registry=registry,
        only=only,
        since=since,
        jobs=jobs,
        force=force,
        output=output,
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
    from greenanalysis.site.workflow.reproduce import find_page
    from greenanalysis.site.workflow.reproduce import reproduce as again

    made = again(find_page(page, site))
    for line in made.told():
        click.echo(line)
    sys.exit(made.exit_code)


DIFFERENT = 1
SHOWN = 40


@click.command()
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Write the comparison as a page.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def compare(run_a: Path, run_b: Path, output: Path | None, as_json: bool) -> None:
    """Say what changed between two builds: parameters, data, software, results, pages.

    A run is the folder of a site or its build.json. The exit code is 0 when nothing differs, 1
    when something does, 2 when a run cannot be read.
    """
    from greenanalysis.core.files import write_text
    from greenanalysis.site.publish.compare import compare_runs, read_run, render_comparison

    found = compare_runs(read_run(run_a), read_run(run_b))
    if output:
        write_text(output, render_comparison(found))
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
    else:
        kinds = ("results", "parameters", "data", "software", "status")
        for kind in kinds:
            changes = getattr(found, kind)
            for change in changes[:SHOWN]:
                percent = "" if change.percent is None else f" ({change.percent:+.1f} %)"
                said = f"{change.page} {change.name}".strip()
                click.echo(f"{kind}: {said}: {change.a} -> {change.b}{percent}")
            if len(changes) > SHOWN:
                click.echo(f"{kind}: {len(changes) - SHOWN} more")
        for name in found.added:
            click.echo(f"page only in B: {name}")
        for name in found.removed:
            click.echo(f"page only in A: {name}")
        click.echo("same" if found.same else "different")
    sys.exit(0 if found.same else DIFFERENT)


@click.command()
@click.option("--only", multiple=True, metavar="PATTERN", help="Pages to print, e.g. 'export-*'.")
@click.option(
    "--language", multiple=True, default=["en"], show_default=True, help="Language: en, ru, kk."
)
@click.option("--force", is_flag=True, help="Print what has not changed, too.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the site.")
def pdf(only: tuple[str, ...], language: tuple[str, ...], force: bool, output: Path | None) -> None:
    """Print the reports of a built site as PDF files, with the Chromium of this machine."""
    from greenanalysis.site.publish.pdf import print_site

    result = print_site(out_dir=output, only=only, languages=language, force=force, echo=click.echo)
    click.echo(f"{len(result.made)} printed, {len(result.current)} current")


SITE_OPTION = click.option(
    "--site", type=click.Path(path_type=Path), help="Folder of a built site.  [default: reports]"
)


@click.group()
def translations() -> None:
    """Keep the Russian and Kazakh texts of the site up to date."""


@translations.command()
@SITE_OPTION
@click.option(
    "--prune", is_flag=True, help="Drop messages that this site does not hold; other results may."
)
def extract(site: Path | None, prune: bool) -> None:
    """Bring the catalogues up to the messages of a built site and of the portal."""
    from greenanalysis.portal import catalogue
    from greenanalysis.site.publish.languages.catalogue import LOCALE
    from greenanalysis.site.publish.languages.extract import extract as run

    empty = run(_site(site), prune=prune)
    click.echo(f"catalogues: {LOCALE}")
    for language, count in catalogue.renew().items():
        empty[language] += count
    for language, count in empty.items():
        click.echo(f"{language}: {count} messages without translation")


@translations.command()
@SITE_OPTION
def check(site: Path | None) -> None:
    """List the messages of a built site that lack a translation, by page.

    Exit codes: 0 none, 1 some, 2 no built site.
    """
    from greenanalysis.site.publish.languages.extract import untranslated

    missing = untranslated(_site(site))
    for language, pages in missing.items():
        for page, messages in pages.items():
            click.echo(f"{language} {page}: {len(messages)}")
            for message in messages:
                click.echo(f"    {message}")
    total = {language: len(set().union(*pages.values())) for language, pages in missing.items()}
    for language, count in total.items():
        click.echo(f"{language}: {count} messages without translation")
    sys.exit(1 if any(total.values()) else 0)


def _site(site: Path | None) -> Path:
    from greenanalysis.core.paths import reports_dir

    return site or reports_dir()
