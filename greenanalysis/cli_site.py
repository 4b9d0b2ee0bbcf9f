"""The commands that work on a built site: ``greenanalysis compare`` and ``greenanalysis pdf``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

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
    from greenanalysis.io import write_text
    from greenanalysis.report.run_compare import compare_runs, read_run, render_comparison

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
    from greenanalysis.report.pdf import print_site

    result = print_site(out_dir=output, only=only, languages=language, force=force, echo=click.echo)
    click.echo(f"{len(result.made)} printed, {len(result.current)} current")
