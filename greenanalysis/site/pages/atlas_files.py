"""The layers of the atlas as files to take away: rasters, polygons, points and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.site_wind import site_wind
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.languages import NAME_COLUMNS
from greenanalysis.site.downloads import Download, raster_file, regions_file, table_file
from greenanalysis.site.pages.atlas import wide_table
from greenanalysis.site.pages.resource import potential_by_region
from greenanalysis.site.pages.resource_map import located_plants


def atlas_files(study: Assessment, themes: Mapping[str, pd.DataFrame]) -> list[Download]:
    """Return every layer of the atlas as a file: rasters, regions, plants and tables.

    Parameters
    ----------
    study : solar and wind.
    themes : name -> table of :func:`~greenanalysis.atlas.table.atlas_table`.
    """
    tags = {
        "level": "technical potential before land use",
        "grade": str(study.weather.get("grade", "")),
        "weather": str(study.weather.get("source", "")),
        "year": str(study.weather.get("years", "")),
    }
    inside = study.area.sum("region") > 0
    files = []
    alternatives = [name for name in TECHNOLOGIES if name not in POTENTIAL]
    for name in (*POTENTIAL, *alternatives):
        title = name.replace("_", " ")
        for field, label, unit, suffix in (
            (study.mean_cf[name], "mean net capacity factor", "1", "capacity-factor"),
            (study.lcoe[name], "levelised cost of electricity", "USD/MWh", "lcoe"),
        ):
            file = f"{name.replace('_', '-')}-{suffix}.tif"
            text = f"{label} of {title}, {unit}"
            files.append(raster_file(file, field.where(inside), label=text, unit=unit, tags=tags))
    wind = site_wind(study)
    if wind is not None:
        for field, text, unit, file in (
            (wind["speed"], "mean wind speed at 100 m where turbines would stand", "m/s", "speed"),
            (
                wind["sigma"],
                "standard deviation of the logarithm of the mean wind speed",
                "1",
                "sigma",
            ),
        ):
            name = f"wind-{file}-100m.tif"
            files.append(raster_file(name, field, label=f"{text}, {unit}", unit=unit, tags=tags))
    plants = located_plants()
    points = gpd.GeoDataFrame(
        plants, geometry=gpd.points_from_xy(plants["lon"], plants["lat"]), crs="EPSG:4326"
    )
    shapes = _shapes(study, themes.values())
    files += [
        regions_file("regions.gpkg", shapes, label="all layers by region, unit in each name"),
        regions_file("plants.gpkg", points, label="plants whose place is known"),
        table_file(
            "solar-wind.csv",
            potential_by_region(study).reset_index(names="region"),
            label="solar and wind potential by region, technical",
        ),
    ]
    return files + [
        table_file(f"{name}.csv", table, label=f"{name} by region with level, year and source")
        for name, table in themes.items()
    ]


def _shapes(study: Assessment, tables: Iterable[pd.DataFrame]) -> gpd.GeoDataFrame:
    shapes = study.regions[[*NAME_COLUMNS, "kind", "geometry"]]
    potential = potential_by_region(study).drop(columns="name")
    shapes = shapes.join(potential.reindex(shapes.index))
    for table in tables:
        wide = wide_table(table, study.regions)
        wide.columns = [_column(str(name)) for name in wide.columns]
        shapes = shapes.join(wide)
    shapes.index.name = "region"
    return shapes


def _column(heading: str) -> str:
    words = heading.lower().replace("/", " per ").replace("%", "percent")
    return "_".join("".join(c if c.isalnum() else " " for c in words).split())
