"""``greenanalysis registry``."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from greenanalysis.core.errors import input_error

REGISTRY = click.option(
    "--registry",
    "address",
    metavar="FILE|URL",
    help="SQLite file or postgresql://...  [default: $GREENANALYSIS_REGISTRY or data/user]",
)
FILE = click.Path(path_type=Path)


@click.group()
def registry() -> None:
    """Plants and measures of enterprises: import, history, indicators."""


@registry.command()
@REGISTRY
@click.option("--empty", is_flag=True, help="Without the start content.")
def init(address: str | None, empty: bool) -> None:
    """Make the registry, or bring it to the newest layout, and fill in the start content."""
    from greenanalysis.registry import content, store

    engine = store.open_engine(store.registry_url(address))
    click.echo(f"layout {store.migrate(engine)}: {engine.url.render_as_string()}")
    if not empty:
        added = content.load_start(engine)
        click.echo(", ".join(f"{count} {name} added" for name, count in added.items()))
        _, conflicts = content.reconcile(content.read_statements())
        click.echo(f"{len(conflicts)} conflicts between sources (registry conflicts)")


@registry.command()
def conflicts() -> None:
    """List where the sources of the start content differ, and what was taken."""
    from greenanalysis.registry import content

    _, table = content.reconcile(content.read_statements())
    click.echo(table.to_string(index=False))


@registry.command(name="import")
@click.argument("file", type=FILE)
@REGISTRY
@click.option("--mapping", "mapping_file", type=FILE, help="YAML that declares the columns.")
@click.option("--kind", type=click.Choice(["facility", "measure", "observation"]))
@click.option("--sheet", default="", help="Of a workbook.")
@click.option("--by", "who", default=None, help="Who imports.  [default: the user's name]")
@click.option("--quarantine", type=FILE, help="For refused rows.  [default: beside the file]")
@click.option("--synthetic", is_flag=True, help="Mark as example, kept out of the statistics.")
def import_(
    file: Path,
    address: str | None,
    mapping_file: Path | None,
    kind: str | None,
    sheet: str,
    who: str | None,
    quarantine: Path | None,
    synthetic: bool,
) -> None:
    """Import FILE (CSV, XLSX, GeoJSON): good rows go in, refused ones into a quarantine file."""
    from dataclasses import replace

    from greenanalysis.registry import intake, store
    from greenanalysis.registry.reading import FileMapping, read_mapping
    from greenanalysis.registry.vocabulary import load_vocabulary

    if (mapping_file is None) == (kind is None):
        raise click.UsageError("give --mapping FILE or --kind, one of them")
    mapping = (
        read_mapping(mapping_file, load_vocabulary()) if mapping_file else FileMapping(str(kind))
    )
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


@registry.command()
@click.argument("file", type=FILE)
@REGISTRY
@click.option("--table", type=click.Choice(["facilities", "observations", "measures", "changes"]))
def export(file: Path, address: str | None, table: str | None) -> None:
    """Write a table of the registry to FILE, CSV or XLSX."""
    from greenanalysis.core.files import atomic_path
    from greenanalysis.registry import store, views
    from greenanalysis.registry.files import write_csv, xlsx_bytes

    engine = store.open_engine(store.registry_url(address), read_only=True)
    with store.read_session(engine) as session:
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

    engine = store.open_engine(store.registry_url(address), read_only=True)
    with store.read_session(engine) as session:
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
