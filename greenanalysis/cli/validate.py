"""``greenanalysis validate``: the model against reference values, and the accepted errors."""

from __future__ import annotations

import sys

import click


@click.command("validate")
@click.option("--weather", default="sample", show_default=True, help="Weather name or file.")
@click.option("--record", is_flag=True, help="Accept the errors of now as the record.")
@click.option("--quick", is_flag=True, help="Leave out the export model.")
def validation(weather: str, record: bool, quick: bool) -> None:
    """Print all reference values beside the model, misses first.

    Exit code 1 if an error has grown since it was accepted; misses alone are no failure.
    """
    from greenanalysis.core.errors import input_error
    from greenanalysis.validation.checks import Context, validation_table
    from greenanalysis.validation.headline import headline
    from greenanalysis.validation.record import read_record, regressions, write_record

    if record and (quick or weather != "sample"):
        raise input_error(
            "--record", where="validate", allowed="the sample and all groups", got="less"
        )
    context = Context(weather)
    table = validation_table(weather, quick=quick, context=context)
    shown = table[["outcome", "basis", "key", "expected", "got", "unit", "error"]]
    shown = shown.assign(error=shown["error"].map(lambda e: "" if e != e else f"{100 * e:+.1f} %"))
    click.echo(shown.to_string(index=False, float_format=lambda value: f"{value:,.4g}"))
    counts = table["outcome"].value_counts().to_dict()
    click.echo(", ".join(f"{name}: {number}" for name, number in counts.items()))
    for line in headline(context):
        click.echo(line)
    if record:
        click.echo(f"accepted: {write_record(table)}")
        return
    if weather != "sample":
        click.echo("other weather than the sample: no record to compare with")
        return
    worse = regressions(table, read_record(), whole=not quick)
    for line in worse:
        click.echo(f"worse than accepted: {line}", err=True)
    if worse:
        sys.exit(1)
