"""``greenanalysis weather``: show what a file holds, fetch real weather."""

from __future__ import annotations

from pathlib import Path

import click

from greenanalysis.cli_quality import check, correct_to_atlas, typical
from greenanalysis.cli_sites import SITE_SOURCES, correct, fetch_single, station


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
    help="To make: NAME.zarr; NAME.nc for era5 and for sites.",
)
@click.option(
    "--box", nargs=4, type=float, metavar="W S E N", help="Degrees.  [default: the country]"
)
@click.option("--region", help="Code or name of a region, instead of a box.")
@click.option("--latitude", type=float, help="Of a site: pvgis, nasa-power-point, open-meteo.")
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

    The only command that uses the network. A killed run goes on where it was when the same command
    is given again.
    """
    from greenanalysis.errors import unknown_name
    from greenanalysis.weather.fetchers import FETCHERS, fetch_weather
    from greenanalysis.weather.request import Request, parse_years, region_box

    if box and region:
        raise click.UsageError("--box and --region exclude each other")
    wanted = region_box(region) if region else box
    if source in SITE_SOURCES or source == "era5":
        place = (latitude, longitude) if source in SITE_SOURCES else None
        address = how["base_url"]
        path = fetch_single(source, out, parse_years(years), wanted, place, address, force)
        click.echo(f"weather written: {path}")
        return
    if source not in FETCHERS:
        known = [*FETCHERS, "era5", *SITE_SOURCES]
        raise unknown_name("weather source", source, known, where="weather fetch")
    request = Request(years=parse_years(years), out=out, box=wanted, **how)  # type: ignore[arg-type]
    made = fetch_weather(source, request, force=force)
    if made:
        click.echo(f"weather written: {made}")


weather.add_command(station)
weather.add_command(correct)
for command in (check, correct_to_atlas, typical):
    weather.add_command(command)
