"""``greenanalysis programme``: the form for what a region lacks, and what comes back in it."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def programme() -> None:
    """Facts that the programmes of the regions rest on."""


@programme.command("form")
@click.argument("region")
@click.argument("file", type=click.Path(path_type=Path))
def form(region: str, file: Path) -> None:
    """Write the form (XLSX) of REGION to FILE: what is lacking, and what is old."""
    import datetime as dt

    from greenanalysis.core.errors import input_error
    from greenanalysis.core.files import atomic_path
    from greenanalysis.geo.names import region_code
    from greenanalysis.programme.form import form_bytes

    code = region_code(region)
    if file.suffix.casefold() != ".xlsx":
        raise input_error("name of the form", where="FILE", allowed="NAME.xlsx", got=file.name)
    if file.exists():
        raise input_error("form", where="FILE", allowed="a file that does not exist", got=file)
    content = form_bytes(code, this_year=dt.datetime.now(dt.UTC).year)
    with atomic_path(file) as staged:
        staged.write_bytes(content)
    click.echo(f"form of {code}: {file}")
    click.echo("fill in value, year and source; then: greenanalysis programme fill FILE --write")


@programme.command("fill")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the facts into data/facts.")
def fill(file: Path, write: bool) -> None:
    """Check the filled-in form FILE, and put its facts into the tables with --write."""
    from greenanalysis.programme.form import read_form, write_facts

    facts = read_form(file)
    for fact in facts:
        click.echo(
            f"{fact.table:16}{fact.region:8}{fact.quantity:22}{fact.value:>16,.6g}  {fact.year}  "
            f"{fact.source}"
        )
    if not facts:
        click.echo("the form holds no new fact")
    elif write:
        for path in write_facts(facts):
            click.echo(f"written: {path}")
    else:
        click.echo(f"{len(facts)} facts are well formed; nothing is written without --write")
