"""``greenanalysis weather``, the part of single sites: services, station records, correction."""

from __future__ import annotations

from pathlib import Path

import click

from greenanalysis.errors import input_error

SITE_SOURCES = ("pvgis", "nasa-power-point", "open-meteo")


def fetch_single(
    source: str,
    out: Path,
    years: tuple[int, int],
    box: tuple[float, float, float, float] | None,
    place: tuple[float | None, float | None] | None,
    url: object,
    force: bool,
) -> Path:
    """Fetch a site's series, or ERA5 as a cutout, into one netCDF file.

    Raises
    ------
    InputError : a site without coordinates, an output that exists or is no ``.nc``, or what the
        source says.
    """
    if out.suffix != ".nc":
        raise input_error("--out", where=f"weather fetch {source}", allowed="NAME.nc", got=out)
    if source == "era5":
        from greenanalysis.weather.era5 import BOX, fetch_era5

        return fetch_era5(out, years, box=box or BOX)
    if out.exists() and not force:
        raise input_error("--out", where="weather fetch", allowed="a new name, or --force", got=out)
    if place is None or None in place:
        raise input_error(
            "site", where=f"weather fetch {source}", allowed="--latitude and --longitude", got=place
        )
    from greenanalysis.weather.points import POINTS
    from greenanalysis.weather.site import write_site

    address = {"url": str(url)} if url else {}
    return write_site(POINTS[source](*place, years, **address), out)


@click.command()
@click.argument("declaration", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="CSV file.  [default: beside it]")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="NAME.nc to make.")
def station(declaration: Path, data: Path | None, out: Path) -> None:
    """Turn a station's or mast's CSV, declared by a YAML file, into hourly means of UTC."""
    from greenanalysis.weather.site import write_site
    from greenanalysis.weather.station import read_station

    dataset = read_station(declaration, data=data)
    for name, array in dataset.data_vars.items():
        known = float(array.notnull().mean())
        click.echo(
            f"{name!s:18}{array.attrs['units']:8}mean {float(array.mean()):.2f}, "
            f"{known:.1%} of {array.size} hours"
        )
    click.echo(f"weather written: {write_site(dataset, out)}")


@click.command()
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("measured", type=click.Path(path_type=Path))
@click.option("--variable", default="wind_speed_100m", show_default=True, help="Of the reference.")
@click.option("--measured-variable", help="Of the measurement.  [default: the same]")
@click.option("--method", help="Of the correction.  [default: compare all, write none]")
@click.option("--out", type=click.Path(path_type=Path), help="NAME.nc of the corrected series.")
def correct(
    reference: Path,
    measured: Path,
    variable: str,
    measured_variable: str | None,
    method: str | None,
    out: Path | None,
) -> None:
    """Correct the long series of a site (REFERENCE) by a short measured one (MEASURED)."""
    from greenanalysis.weather.correct import compare_methods
    from greenanalysis.weather.correct import correct as correct_series
    from greenanalysis.weather.site import open_site, series_of, write_site

    if out and not method:
        raise click.UsageError("--out needs --method")
    site = open_site(reference)
    long = series_of(site, variable, where=str(reference))
    name = measured_variable or variable
    short = series_of(open_site(measured), name, where=str(measured))
    if not method:
        click.echo(compare_methods(long, short).T.to_string(header=False))
        return
    result = correct_series(long, short, method=method)
    click.echo(result.diagnostics.T.to_string(header=False))
    if out:
        corrected = result.series.expand_dims(
            {"latitude": site["latitude"], "longitude": site["longitude"]}, axis=(1, 2)
        )
        changed = site.assign({variable: corrected})
        changed.attrs["history"] = f"{variable} corrected by {measured.name}, {method}"
        click.echo(f"weather written: {write_site(changed, out)}")
