"""``greenanalysis scada``: the measured power of a turbine beside its curve."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--column", "pairs", multiple=True, metavar="ROLE=HEAD",
    help="Where the head does not say it: time, power_kw, wind_speed, temp_air, pressure, "
    "reference_kw.",
)  # fmt: skip
@click.option("--time-format", help="Of the labels, such as '%d.%m.%Y %H:%M'.")
@click.option("--turbine", help="Of the library: the curve to compare with.")
@click.option("--turbine-file", type=click.Path(path_type=Path), help="Or NAME.wtg, NAME.pow.")
@click.option("--rated-kw", type=float, help="[default: of the curve, else of the record]")
@click.option(
    "--out", type=click.Path(path_type=Path), help="NAME.xlsx of all tables, or NAME.csv of bins."
)
def scada(
    file: Path,
    pairs: tuple[str, ...],
    time_format: str | None,
    turbine: str | None,
    turbine_file: Path | None,
    rated_kw: float | None,
    out: Path | None,
) -> None:
    """Bin the power of a turbine by wind, and say what was lost and why.

    FILE is CSV or XLSX with a label of time, power and wind speed of the nacelle; with temperature
    and pressure of the air the wind is carried to 1.225 kg/m3 (IEC 61400-12-1). Without a curve to
    compare with, the record's own is taken: stops and limits show, a weak turbine does not.
    """
    from greenanalysis.assessment.scada import study_scada
    from greenanalysis.assessment.scada_file import read_scada
    from greenanalysis.assessment.turbines import power_curve
    from greenanalysis.core.formats import TABLES, format_of, write_tables
    from greenanalysis.resource.wind.curve_file import read_turbine

    suffix = format_of(out, TABLES) if out else ""
    if turbine and turbine_file:
        raise click.UsageError("--turbine and --turbine-file exclude each other")
    columns = {}
    for pair in pairs:
        role, mark, head = pair.partition("=")
        if not mark:
            raise click.UsageError(f"--column {pair!r}: ROLE=HEAD is wanted")
        columns[role.strip()] = head.strip()
    read = read_scada(file, columns=columns, time_format=time_format)
    curve = power_curve(turbine) if turbine else None
    if turbine_file:
        curve = read_turbine(turbine_file).curve
    study = study_scada(read.records, rated_kw=rated_kw, reference=curve)
    for role, head in read.columns.items():
        click.echo(f"{role:22}{head}")
    for note in read.notes:
        click.echo(note)
    click.echo(study.bins.to_string(float_format=lambda value: f"{value:,.2f}"))
    for name, value in study.summary.items():
        shown = f"{value:,.3f}" if isinstance(value, float) else value
        click.echo(f"{name:22}{shown}")
    if out:
        months = study.months.set_axis(study.months.index.astype(str))
        summary = study.summary.rename_axis("quantity").rename("value").reset_index()
        tables = {"bins": study.bins, "months": months.rename_axis("month"), "summary": summary}
        write_tables({"bins": study.bins} if suffix == ".csv" else tables, out)
        click.echo(f"written: {out}")
