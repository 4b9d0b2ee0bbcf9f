"""``greenanalysis registry``."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from greenanalysis.core.errors import InputError, input_error

if TYPE_CHECKING:
    from sqlalchemy import Engine

REGISTRY = click.option(
    "--registry",
    "address",
    metavar="FILE|URL",
    help="SQLite file or postgresql://...  [default: $GREENANALYSIS_REGISTRY or data/user]",
)
FILE = click.Path(path_type=Path)
BY = click.option("--by", "who", default=None, help="Who does it.  [default: the user's name]")
ENTITY = click.option(
    "--of",
    "entity",
    type=click.Choice(["facility", "enterprise", "measure", "observation"]),
    default="facility",
    show_default=True,
)
TABLES = (
    *("facilities", "observations", "measures", "enterprises", "statements", "values"),
    *("conflicts", "documents", "changes"),
)


def _reader(address: str | None) -> Engine:
    """Return an engine that reads a registry that is there."""
    from greenanalysis.registry import store

    url = store.registry_url(address)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise InputError(f"there is no registry {url.database} yet: greenanalysis registry init")
    return store.open_engine(url, read_only=True)


@click.group()
def registry() -> None:
    """Plants and measures of enterprises: import, history, indicators."""


@registry.command()
@REGISTRY
@click.option("--empty", is_flag=True, help="Without the start content.")
def init(address: str | None, empty: bool) -> None:
    """Make the registry, or bring it to the newest layout, and fill in the start content."""
    from greenanalysis.registry import content, store
    from greenanalysis.registry.conflicts import conflicts as conflicts_of

    engine = store.open_engine(store.registry_url(address))
    click.echo(f"layout {store.migrate(engine)}: {engine.url.render_as_string()}")
    if not empty:
        added = content.load_start(engine)
        click.echo(", ".join(f"{count} {name} added" for name, count in added.items()))
        with store.read_session(engine) as session:
            found = len(conflicts_of(session))
        click.echo(f"{found} conflicts between sources (registry conflicts)")


@registry.command()
@REGISTRY
def conflicts(address: str | None) -> None:
    """List where sources contradict each other, and whose value stands."""
    from greenanalysis.registry.conflicts import conflicts as conflicts_of
    from greenanalysis.registry.store import read_session

    with read_session(_reader(address)) as session:
        table = conflicts_of(session)
    click.echo(table.to_string(index=False) if len(table) else "no conflicts")


@registry.command()
@click.argument("number", type=int)
@ENTITY
@REGISTRY
def history(number: int, entity: str, address: str | None) -> None:
    """Show who said what of plant NUMBER: each statement, and which of its values stand."""
    from greenanalysis.registry.conflicts import history as history_of
    from greenanalysis.registry.store import read_session

    with read_session(_reader(address)) as session:
        table = history_of(session, entity, number)
    if table.empty:
        raise InputError(f"there is no {entity} {number}")
    for key, row in table.iterrows():
        said = ", ".join(f"{name} {value}" for name, value in row["content"].items())
        where = row["document"] or "no document"
        where += f", row {row['row']:g}" if row["row"] else ""
        stands = "withdrawn" if row["withdrawn"] else f"stands: {', '.join(row['stands']) or '-'}"
        day = row["reported_on"] or "no day of report"
        click.echo(f"statement {key}: {row['source']} (rank {row['rank']}, {day}; {where})")
        click.echo(f"  {said}\n  {stands}; recorded by {row['who']} at {row['at']}")


@registry.command()
@click.argument("keep", type=int)
@click.argument("double", type=int)
@ENTITY
@REGISTRY
@BY
def merge(keep: int, double: int, entity: str, address: str | None, who: str | None) -> None:
    """Make plant DOUBLE one with plant KEEP: all that was said of it counts for KEEP."""
    from greenanalysis.registry import store
    from greenanalysis.registry.corrections import merge as merge_rows

    with store.write_session(store.open_engine(store.registry_url(address))) as session:
        merge_rows(session, entity, keep=keep, double=double, who=who or getpass.getuser())
    click.echo(f"{entity} {double} is {entity} {keep} now")


@registry.command()
@click.option("--statement", type=int, help="One statement (registry history).")
@click.option("--document", type=int, help="All of one import (registry export --table documents).")
@REGISTRY
@BY
def withdraw(
    statement: int | None, document: int | None, address: str | None, who: str | None
) -> None:
    """Withdraw a statement or a whole import: the values fall back to what the others say."""
    from greenanalysis.registry import store
    from greenanalysis.registry.corrections import withdraw as withdraw_statements

    if (statement is None) == (document is None):
        raise click.UsageError("give --statement or --document, one of them")
    with store.write_session(store.open_engine(store.registry_url(address))) as session:
        count = withdraw_statements(
            session, statement=statement, document=document, who=who or getpass.getuser()
        )
    click.echo(f"{count} statements withdrawn; they stay in the history")


@registry.command(name="import")
@click.argument("file", type=FILE)
@REGISTRY
@click.option("--mapping", "mapping_file", type=FILE, help="YAML that declares the columns.")
@click.option("--profile", help="Mapping of a file as others publish it (registry profiles).")
@click.option("--kind", type=click.Choice(["facility", "measure", "observation", "national"]))
@click.option("--sheet", default="", help="Of a workbook.")
@click.option("--reported-on", metavar="YYYY-MM-DD", help="Day of the report; newer ones stand.")
@BY
@click.option("--quarantine", type=FILE, help="For refused rows.  [default: beside the file]")
@click.option("--synthetic", is_flag=True, help="Mark as example, kept out of the statistics.")
def import_(
    file: Path,
    address: str | None,
    mapping_file: Path | None,
    profile: str | None,
    kind: str | None,
    sheet: str,
    reported_on: str | None,
    who: str | None,
    quarantine: Path | None,
    synthetic: bool,
) -> None:
    """Import FILE (CSV, XLSX, GeoJSON): good rows go in, refused ones into a quarantine file.

    Exits with 2 when no row went in.
    """
    from dataclasses import replace

    from greenanalysis.registry import intake, store
    from greenanalysis.registry.mapping import FileMapping, read_mapping, read_profile
    from greenanalysis.registry.vocabulary import load_vocabulary

    if [mapping_file, profile, kind].count(None) != 2:
        raise click.UsageError("give --mapping FILE, --profile NAME or --kind, one of them")
    if mapping_file:
        mapping = read_mapping(mapping_file, load_vocabulary())
    elif profile:
        mapping = read_profile(profile, load_vocabulary())
    else:
        mapping = FileMapping(str(kind))
    if reported_on:
        mapping = replace(mapping, source={**mapping.source, "reported_on": reported_on})
    mapping = replace(
        mapping, sheet=sheet or mapping.sheet, synthetic=synthetic or mapping.synthetic
    )
    report = intake.import_file(
        store.open_engine(store.registry_url(address)),
        file,
        mapping,
        who=who or getpass.getuser(),
        quarantine=quarantine,
        progress=lambda line: click.echo(line, err=True),
    )
    click.echo(report.text())
    if report.refused and len(report.refused) == report.read:
        click.get_current_context().exit(2)


@registry.command()
def profiles() -> None:
    """List the mappings of files that others publish."""
    from greenanalysis.registry.mapping import profile_names, read_profile
    from greenanalysis.registry.vocabulary import load_vocabulary

    for name in profile_names():
        mapping = read_profile(name, load_vocabulary())
        click.echo(f"{name}: {mapping.kind}, {mapping.source.get('title', '')}")


@registry.command()
@click.argument("file", type=FILE)
@REGISTRY
@click.option("--table", type=click.Choice(TABLES))
def export(file: Path, address: str | None, table: str | None) -> None:
    """Write a table of the registry to FILE, CSV or XLSX."""
    from greenanalysis.core.files import atomic_path
    from greenanalysis.registry import store, views
    from greenanalysis.registry.files import write_csv, xlsx_bytes

    with store.read_session(_reader(address)) as session:
        frame = views.table(session, table or "facilities")
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    headings = [str(name) for name in frame.columns]
    if file.suffix == ".xlsx":
        with atomic_path(file) as staged:
            staged.write_bytes(xlsx_bytes(rows, headings))
    elif file.suffix == ".csv":
        write_csv(file, rows, headings)
    else:
        raise input_error("FILE", where="registry export", allowed="NAME.csv, NAME.xlsx", got=file)
    click.echo(f"{len(rows)} rows written: {file}")


@registry.command()
@REGISTRY
def indicators(address: str | None) -> None:
    """Print indicators beside the reported national figures of 2015 to 2025."""
    from greenanalysis.registry import indicators as made
    from greenanalysis.registry import store, views

    with store.read_session(_reader(address)) as session:
        plants, told = views.facilities(session), views.observations(session)
    compared = made.compare_national(plants, told, range(2015, 2026))
    generation = made.national(told, "generation")
    shares = made.shares(generation, told)
    for table, index in ((generation, True), (shares, True), (compared, False)):
        click.echo(table.to_string(index=index, float_format=lambda value: f"{value:,.3f}"))
        click.echo()
    click.echo(f"{int(compared['within'].sum())} of {len(compared)} within the tolerance")


@registry.command()
@click.argument("file", type=FILE)
def template(file: Path) -> None:
    """Write the workbook that enterprises fill in, in English, Russian and Kazakh."""
    from greenanalysis.registry.files import write_template

    write_template(file)
    click.echo(f"template written: {file}")
