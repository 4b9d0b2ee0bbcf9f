"""``greenanalysis translations extract | check``: the catalogues of the site's languages."""

from __future__ import annotations

import sys
from pathlib import Path

import click

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
    """Bring greenanalysis/locale/ up to the messages of a built site."""
    from greenanalysis.report.languages.catalogue import LOCALE
    from greenanalysis.report.languages.extract import extract as run

    empty = run(_site(site), prune=prune)
    click.echo(f"catalogues: {LOCALE}")
    for language, count in empty.items():
        click.echo(f"{language}: {count} messages without translation")


@translations.command()
@SITE_OPTION
def check(site: Path | None) -> None:
    """List the messages of a built site that lack a translation, by page.

    Exit codes: 0 none, 1 some, 2 no built site.
    """
    from greenanalysis.report.languages.extract import untranslated

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
    from greenanalysis.paths import reports_dir

    return site or reports_dir()
