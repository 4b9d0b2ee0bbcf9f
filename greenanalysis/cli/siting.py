"""``greenanalysis siting``: ranked zones after what a user excludes."""

from __future__ import annotations

from pathlib import Path

import click

_FORMATS = (".gpkg", ".geojson", ".csv")
_SHOWN = 10


@click.command()
@click.option("--technology", required=True, help="wind or solar.")
@click.option("--region", help="Code or name.  [default: all that the weather covers]")
@click.option(
    "--exclusions",
    type=click.Path(path_type=Path),
    help="YAML list: file, source, buffer_m; for rasters codes, above or below.",
)
@click.option(
    "--resolution-m", type=float, default=500.0, show_default=True, help="Edge of a square of land."
)
@click.option("--least-km2", type=click.FloatRange(0), default=1.0, show_default=True)
@click.option(
    "--statistic/--no-statistic",
    default=True,
    show_default=True,
    help="Lower capacities by the shares of water, slope, altitude and protected land of a cell.",
)
@click.option("--weather", default="sample", show_default=True, help="Weather name or file.")
@click.option("--out", type=click.Path(path_type=Path), help="NAME.gpkg, NAME.geojson or NAME.csv.")
def siting(
    technology: str,
    region: str | None,
    exclusions: Path | None,
    resolution_m: float,
    least_km2: float,
    statistic: bool,
    weather: str,
    out: Path | None,
) -> None:
    """Rank zones for plants by cost, outside settlements and your own rasters and shapes.

    Entries of --exclusions look like {file: worldcover.tif, codes: [50, 80], buffer_m: 300, source:
    ESA WorldCover 2021}; files are looked for beside the list.
    """
    from greenanalysis.assessment.assess import assess
    from greenanalysis.assessment.siting import rank_zones, read_exclusions, share_in_best
    from greenanalysis.core.files import atomic_path
    from greenanalysis.core.formats import format_of
    from greenanalysis.core.tables import read_facts

    suffix = format_of(out, _FORMATS) if out else ""
    rules = read_exclusions(exclusions) if exclusions else []
    study = assess(weather)
    zones = rank_zones(
        study,
        technology=technology,
        region=region,
        exclusions=rules,
        resolution_m=resolution_m,
        least_km2=least_km2,
        statistic=statistic,
    )
    table = zones.drop(columns="geometry")
    click.echo(
        table.head(_SHOWN).to_string(index=False, float_format=lambda value: f"{value:,.2f}")
    )
    area, capacity = table["area_km2"].sum(), table["capacity_mw"].sum() / 1e3
    click.echo(f"{len(table)} zones, {area:,.0f} km2, {capacity:,.1f} GW")
    click.echo(f"excluded: {'; '.join(zones.attrs['exclusions'])}")
    plants = read_facts("plants", numeric=["lat", "lon"]).dropna(subset=["lat", "lon"])
    plants = plants[plants["carrier"] == technology]
    if region is not None:
        plants = plants[plants["region"] == str(study.place(region).name)]
    if len(plants):
        places = plants.rename(columns={"lat": "latitude", "lon": "longitude"})
        share = share_in_best(zones, places, share=0.1)
        where = "stand in the cheapest tenth of the land"
        click.echo(f"check: {share:.0%} of {len(plants)} listed plants {where}")
    if out:
        with atomic_path(out) as staged:
            if suffix == ".csv":
                table.to_csv(staged, index=False)
            else:
                driver = "GPKG" if suffix == ".gpkg" else "GeoJSON"
                zones.to_file(staged, driver=driver, layer="zones")
        click.echo(f"zones written: {out}")
