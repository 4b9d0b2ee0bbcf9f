"""The commands of ``greenanalysis weather``: show, check, fetch, correct and summarise weather.

Weather is an area (files, services) or a single site (services, records of stations).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

_SITE_FILE = (
    "To make; the suffix says the format: NAME.nc, .zarr, .csv, .xlsx, .epw, .sam.csv, .pvsyst.csv."
)


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--all", "everything", is_flag=True, help="List the checks that pass, too.")
def check(file: str, everything: bool) -> None:
    """Look for what is wrong with a weather FILE (or name), canonical or not.

    Exit codes: 0 no error (there may be warnings), 1 errors found, 2 not readable.
    """
    from greenanalysis.weather.quality import check as look
    from greenanalysis.weather.quality.source import checkable
    from greenanalysis.weather.sources import sources

    named = sources().get(file)
    verdict = look(named.open() if named and named.open else checkable(Path(file)))
    shown = verdict.table if everything else verdict.table[verdict.table["severity"] != "ok"]
    for row in shown.to_dict("records"):
        click.echo(f"{row['severity']:8}{row['check']:16}{row['variable']:18}{row['found']}")
        for line in (row["message"], row["where"]):
            if line:
                click.echo(f"{'':24}{line}")
    click.echo(f"{file}: {verdict.text}")
    sys.exit(0 if verdict.ok else 1)


@click.command("correct-to-atlas")
@click.argument("name")
@click.option("--gwa", type=click.Path(path_type=Path), help="Mean wind at 100 m: scale.")
@click.option(
    "--gwa-weibull",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="A K",
    help="Weibull A and k at 100 m instead: map by quantiles.",
)
@click.option("--gsa", type=click.Path(path_type=Path), help="Long-term GHI.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="NAME.zarr to make.")
@click.option("--packed", is_flag=True, help="Store int16, see docs/weather.md for the precision.")
def correct_to_atlas(
    name: str,
    gwa: Path | None,
    gwa_weibull: tuple[Path, Path] | None,
    gsa: Path | None,
    out: Path,
    packed: bool,
) -> None:
    """Draw the weather NAME to rasters (GeoTIFF) of the Global Wind and Solar Atlas.

    The maps of factors are stored in the output, and every page made with it names the correction.
    """
    from greenanalysis.weather import open_weather
    from greenanalysis.weather.correct.bias import correct
    from greenanalysis.weather.storage import write_weather

    made = correct(open_weather(name), wind_mean=gwa, wind_weibull=gwa_weibull, ghi_mean=gsa)
    write_weather(made.weather.assign_attrs(name=out.stem), out, packed=packed)
    click.echo(made.told.replace("; ", "\n"))
    click.echo(f"weather written: {out}")


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="NAME.zarr to make.")
@click.option("--packed", is_flag=True, help="Store int16, see docs/weather.md for the precision.")
@click.option(
    "--exceeded",
    type=click.FloatRange(50, 99),
    help="Instead: the year that is exceeded with so many per cent, 50 or 90.",
)
@click.option(
    "--variable", default="ghi", show_default=True, help="Whose annual mean --exceeded means."
)
def typical(file: str, out: Path, packed: bool, exceeded: float | None, variable: str) -> None:
    """Put a typical year together from the whole years of a weather FILE (ISO 15927-4 style).

    A year of a single site is written in the format of the suffix, such as NAME.epw.
    """
    from greenanalysis.weather import open_weather
    from greenanalysis.weather.correct.exceeded import exceeded_year
    from greenanalysis.weather.correct.typical import typical_year
    from greenanalysis.weather.storage import write_weather
    from greenanalysis.weather.write.site import require_format, write_site

    require_format(out)
    weather = open_weather(file)
    if exceeded is None:
        made = typical_year(weather)
    else:
        made = exceeded_year(weather, probability=exceeded / 100, variable=variable)
    year = made.weather.assign_attrs(name=out.name.partition(".")[0])
    if year.sizes["latitude"] * year.sizes["longitude"] == 1 and not packed:
        write_site(year.load(), out)
    else:
        write_weather(year, out, packed=packed)
    click.echo(made.table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    if exceeded is not None:
        stated = made.table.attrs
        click.echo(
            f"P{exceeded:g} of {variable} in single years, by the normal law of {stated['years']} "
            f"years: {stated['target']:.3f}; mean of this year: {stated['mean']:.3f}"
        )
    click.echo(f"weather written: {out}")


@click.command()
@click.argument("file")
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_SITE_FILE)
@click.option("--latitude", type=float, help="Of the cell to take, for weather of an area.")
@click.option("--longitude", type=float, help="Of the cell to take.")
def convert(file: str, out: Path, latitude: float | None, longitude: float | None) -> None:
    """Write the weather of one place in another format, such as EPW.

    FILE is a weather name or file, of a site or of an area.
    """
    from greenanalysis.assessment.plant_yield import cell_at
    from greenanalysis.weather import open_weather
    from greenanalysis.weather.write.site import require_format, write_site

    require_format(out)
    weather = open_weather(file)
    if weather.sizes["latitude"] * weather.sizes["longitude"] != 1:
        if latitude is None or longitude is None:
            raise click.UsageError("--latitude and --longitude choose the cell of an area")
        weather = cell_at(weather, latitude, longitude)
    click.echo(f"weather written: {write_site(weather.load(), out)}")


@click.command()
@click.argument("file")
@click.option("--height", type=float, help="m.  [default: the highest with wind and direction]")
@click.option("--sectors", type=click.IntRange(4, 36), default=12, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="NAME.tab (WAsP), NAME.csv, NAME.xlsx, or the picture: NAME.svg, NAME.png.",
)
def rose(file: str, height: float | None, sectors: int, out: Path | None) -> None:
    """Print the wind by sector: frequency, mean, Weibull fit, power density."""
    from greenanalysis.core.formats import TABLES, format_of, write_tables
    from greenanalysis.resource.wind.rose import sector_table
    from greenanalysis.site.draw.polar import polar_bars
    from greenanalysis.weather import open_weather
    from greenanalysis.weather.heights import speed_and_direction
    from greenanalysis.weather.write.wasp import write_tab

    suffix = format_of(out, (".tab", ".svg", ".png", *TABLES)) if out else ""
    weather = open_weather(file)
    speed, direction, metres = speed_and_direction(weather, height)
    table = sector_table(speed.to_numpy(), direction.to_numpy(), height=metres, sectors=sectors)
    shown = table.rose()
    click.echo(f"wind at {metres:g} m, {table.hours} hours")
    click.echo(shown.to_string(float_format=lambda value: f"{value:,.3f}"))
    if out and suffix == ".tab":
        place = {name: float(weather[name].item()) for name in ("latitude", "longitude")}
        write_tab(table, out, name=str(weather.attrs.get("name", "")), **place)
    elif out and suffix in (".svg", ".png"):
        shares, labels = table.classes()
        title = f"Wind at {metres:g} m, {weather.attrs.get('name', '')}"
        polar_bars(shares, labels, out, title=title, key="m/s")
    elif out:
        tables = {"rose": shown, "frequencies": table.frequencies()}
        write_tables({"rose": shown} if suffix == ".csv" else tables, out)
    if out:
        click.echo(f"written: {out}")


@click.command()
@click.argument("declaration", type=click.Path(path_type=Path))
@click.option(
    "--data", type=click.Path(path_type=Path), help="CSV, XLSX.  [default: CSV beside it]"
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_SITE_FILE)
def station(declaration: Path, data: Path | None, out: Path) -> None:
    """Turn a station's or mast's table, declared by a YAML file, into hourly means of UTC."""
    from greenanalysis.weather.read.station import read_station
    from greenanalysis.weather.write.site import require_format, write_site

    require_format(out)
    dataset = read_station(declaration, data=data)
    _echo_means(dataset)
    click.echo(f"weather written: {write_site(dataset, out)}")


_PLACE = (
    click.option("--latitude", type=float, help="Of the site, where the file does not state it."),
    click.option("--longitude", type=float, help="Of the site."),
    click.option("--timezone", help="Of the stamps: UTC, +06:00 or Asia/Almaty."),
    click.option("--height", type=float, help="Of the wind above ground, m."),
    click.option("--label", help="Of the intervals: start, middle, end or instant."),
    click.option("--sheet", help="Of an Excel file.  [default: the first]"),
    click.option("--encoding", help="Of the text.  [default: recognised]"),
)


def _place_options(command: Any) -> Any:
    for option in reversed(_PLACE):
        command = option(command)
    return command


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--declaration", type=click.Path(path_type=Path), help="YAML.  [default: beside it]")
@click.option("--out", type=click.Path(path_type=Path), help=_SITE_FILE)
@_place_options
def read(file: Path, declaration: Path | None, out: Path | None, **stated: Any) -> None:
    """Read a weather FILE of any known format as hours of UTC; "weather formats" lists them."""
    from greenanalysis.weather.read.format import Said
    from greenanalysis.weather.read.recognise import read_weather
    from greenanalysis.weather.write.site import require_format, write_site

    if out:
        require_format(out)
    dataset = read_weather(file, Said(**stated), declaration=declaration)
    times = dataset["time"].to_numpy()
    click.echo(f"{dataset.attrs['source']}")
    click.echo(f"{str(times[0])[:16]} to {str(times[-1])[:16]} UTC, {len(times)} hours")
    _echo_means(dataset)
    if out:
        click.echo(f"weather written: {write_site(dataset, out)}")


def _echo_means(dataset: Any) -> None:
    from greenanalysis.weather.flags import is_flag

    for name, array in dataset.data_vars.items():
        if is_flag(str(name)):
            continue
        known = float(array.notnull().mean())
        click.echo(
            f"{name!s:18}{array.attrs['units']:8}mean {float(array.mean()):.2f}, "
            f"{known:.1%} of {array.size} hours"
        )
    if dataset.attrs.get("notes"):
        click.echo(dataset.attrs["notes"].replace("; ", "\n"))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="YAML to make.  [default: none]")
@_place_options
def describe(file: Path, out: Path | None, **stated: Any) -> None:
    """Say what is believed of a weather FILE, and write the declaration of a table for correction.

    "weather read" takes the declaration that stands beside a table under its stem.
    """
    import yaml

    from greenanalysis.weather.read.format import Said
    from greenanalysis.weather.read.recognise import describe_file

    description = describe_file(file, Said(**stated))
    click.echo(f"{file}: {description.format.title}")
    if description.declaration is None:
        click.echo("its content says all that is needed; see weather read")
        return
    declared = {key: v for key, v in description.declaration.items() if key != "names"}
    click.echo(
        yaml.safe_dump(
            declared, sort_keys=False, allow_unicode=True, default_flow_style=None
        ).rstrip()
    )
    if description.unknown:
        click.echo(f"not in the file, to be stated: {', '.join(description.unknown)}")
    if out:
        click.echo(f"declaration written: {description.write(out)}")


@click.command("formats")
def list_formats() -> None:
    """List the formats of files that are recognised."""
    from greenanalysis.weather.read.recognise import formats

    for each in formats():
        click.echo(f"{each.name:14}{each.title}")


@click.command()
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("measured", type=click.Path(path_type=Path))
@click.option("--variable", default="wind_speed_100m", show_default=True, help="Of the reference.")
@click.option("--measured-variable", help="Of the measurement.  [default: the same]")
@click.option("--method", help="Of the correction.  [default: compare all, write none]")
@click.option("--out", type=click.Path(path_type=Path), help=_SITE_FILE)
def correct(
    reference: Path,
    measured: Path,
    variable: str,
    measured_variable: str | None,
    method: str | None,
    out: Path | None,
) -> None:
    """Correct the long series of a site (REFERENCE) by a short measured one (MEASURED).

    Wind is stored at the height that was measured; other heights take the factor of the same hour.
    """
    from greenanalysis.weather.correct.mcp import compare_methods, correct_site
    from greenanalysis.weather.read.site import open_site, series_of
    from greenanalysis.weather.write.site import require_format, write_site

    if out and not method:
        raise click.UsageError("--out needs --method")
    if out:
        require_format(out)
    site = open_site(reference)
    name = measured_variable or variable
    short = series_of(open_site(measured), name, where=str(measured))
    if not method:
        long = series_of(site, variable, where=str(reference))
        click.echo(compare_methods(long, short).T.to_string(header=False))
        return
    result = correct_site(site, short, variable=variable, measured_variable=name, method=method)
    click.echo(result.diagnostics.T.to_string(header=False))
    if out:
        click.echo(f"weather written: {write_site(result.site, out)}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_SITE_FILE)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    help="night_offset, icing or stuck; repeat for more.  [default: all]",
)
@click.option("--interpolate", is_flag=True, help="Fill gaps shorter than three hours in a line.")
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    help="Long record of the place: fills other gaps, corrected by measure-correlate-predict.",
)
def mend(
    file: Path, out: Path, rules: tuple[str, ...], interpolate: bool, reference: Path | None
) -> None:
    """Mend the record of a site by rules; every value touched carries a flag.

    Without --interpolate and --reference what a rule removes stays a gap.
    """
    from greenanalysis.weather.quality.mend import RULES
    from greenanalysis.weather.quality.mend import mend as mend_site
    from greenanalysis.weather.read.site import open_site
    from greenanalysis.weather.write.site import require_format, write_site

    require_format(out)
    result = mend_site(
        open_site(file),
        rules=rules or RULES,
        interpolate=interpolate,
        reference=open_site(reference) if reference else None,
    )
    for row in result.table.to_dict("records"):
        click.echo(
            f"{row['variable']:18}{row['rule']:26}{row['hours']:>7} hours {row['share']:>8.2%}"
        )
    if result.table.empty:
        click.echo("nothing to mend")
    click.echo(f"weather written: {write_site(result.weather, out)}")


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--height", required=True, type=float, help="Of both anemometers, m.")
@click.option(
    "--booms", required=True, nargs=2, type=float, metavar="FIRST SECOND",
    help="Azimuth in which each boom points, degrees from north.",
)  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path), help=_SITE_FILE)
def combine(
    first: Path, second: Path, height: float, booms: tuple[float, float], out: Path
) -> None:
    """Combine two anemometers of one height (FIRST, SECOND) by the direction of the wind.

    Where the tower shades one of them the other counts; elsewhere their mean does.
    """
    from greenanalysis.weather.flags import FLAGS
    from greenanalysis.weather.quality.mend import combine_sites
    from greenanalysis.weather.read.site import open_site
    from greenanalysis.weather.write.site import require_format, write_site

    require_format(out)
    record = combine_sites(open_site(first), open_site(second), height=height, booms=booms)
    flag = record.get(f"wind_speed_{height:g}m_flag")
    shaded = 0 if flag is None else int((flag == FLAGS["tower_shadow_replaced"]).sum())
    click.echo(f"{shaded} of {record.sizes['time']} hours behind the tower: the other one counts")
    click.echo(f"weather written: {write_site(record, out)}")


class _NameIsShow(click.Group):
    """A group in which ``weather NAME`` means ``weather show NAME``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_NameIsShow, invoke_without_command=True)
@click.pass_context
def weather(ctx: click.Context) -> None:
    """Show or fetch weather; "weather NAME" is short for "weather show NAME"."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@weather.command()
@click.argument("name", default="sample")
def show(name: str = "sample") -> None:
    """Check a weather name or file and say what it holds."""
    from greenanalysis.weather import open_weather
    from greenanalysis.weather.canonical import CARRIED

    dataset = open_weather(name)
    for key in ("name", "grade", "source", "years", "time_convention", "hash"):
        click.echo(f"{key:16}{dataset.attrs.get(key, '')}")
    for key in (*CARRIED, "verdict"):
        if key in dataset.attrs:
            click.echo(f"{key:16}{dataset.attrs[key]}")
    for variable in dataset.data_vars.values():
        click.echo(f"{variable.name:16}{variable.attrs['units']:8}{dict(variable.sizes)}")


@weather.command()
@click.argument("source")
@click.option("--years", required=True, help="One year or a span, e.g. 2021 or 2019-2023.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="To make: NAME.zarr, or NAME.nc, by source.",
)
@click.option(
    "--box", nargs=4, type=float, metavar="W S E N", help="Degrees.  [default: the country]"
)
@click.option("--region", help="Code or name of a region, instead of a box.")
@click.option("--latitude", type=float, help="Of a site, for sources of sites.")
@click.option("--longitude", type=float, help="Of a site.")
@click.option("--base-url", help="Another place of the source.")
@click.option("--jobs", type=click.IntRange(1, 64), default=8, show_default=True)
@click.option("--closure", default="keep", show_default=True, help="keep or diffuse, see README.")
@click.option("--refresh", is_flag=True, help="Ask again for what is kept from earlier runs.")
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@click.option("--dry-run", is_flag=True, help="Say what it would cost and stop.")
def fetch(
    source: str,
    years: str,
    out: Path,
    box: tuple[float, float, float, float] | None,
    region: str | None,
    latitude: float | None,
    longitude: float | None,
    force: bool,
    **how: object,
) -> None:
    """Fetch hourly weather from SOURCE into a file that works wherever a weather name does.

    "weather sources" lists the sources.

    The only command that uses the network. A killed run goes on where it was when the same command
    is given again.
    """
    from greenanalysis.weather.sources import fetch_weather
    from greenanalysis.weather.sources.source import Request, parse_years, region_box

    if box and region:
        raise click.UsageError("--box and --region exclude each other")
    request = Request(
        years=parse_years(years),
        out=out,
        box=region_box(region) if region else box,
        place=None if latitude is None or longitude is None else (latitude, longitude),
        **how,  # type: ignore[arg-type]
    )
    path = fetch_weather(source, request, force=force)
    if path:
        click.echo(f"weather written: {path}")


@weather.command("sources")
def list_sources() -> None:
    """List the sources of weather and what each offers."""
    from greenanalysis.weather.sources import sources

    for source in sources().values():
        click.echo(f"{source.name:18}{source.offers:20}{source.title}")


weather.add_command(station)
weather.add_command(correct)
weather.add_command(mend)
weather.add_command(combine)
for command in (read, describe, list_formats, check, correct_to_atlas, typical, convert, rose):
    weather.add_command(command)
