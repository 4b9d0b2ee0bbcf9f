"""The map of a project brief: yield of the cells around, plants, and the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenanalysis.assessment.capacity_factors import SITED
from greenanalysis.assessment.technologies import TECHNOLOGIES
from greenanalysis.project.brief import Brief
from greenanalysis.site.draw.layers import Layer, Outlines, Points, Popup, RasterTheme
from greenanalysis.site.draw.palette import scale_of
from greenanalysis.site.pages.resource_map import SOURCE as SOURCE
from greenanalysis.site.pages.resource_map import basemap as _basemap
from greenanalysis.site.pages.resource_map import plant_layers

if TYPE_CHECKING:
    import geopandas as gpd

_MARGIN = {"longitude": 2.6, "latitude": 1.6}


def layers(brief: Brief) -> list[Layer]:
    """Return yield by cell, borders, plants and the project."""
    import geopandas as gpd

    technology = brief.project.technology
    west, south, east, north = bounds(brief)
    inside = brief.study.area.sum("region") > 0
    near = (
        brief.study.mean_cf[SITED if technology == "wind" else technology]
        .where(inside)
        .sel(latitude=slice(south - 0.5, north + 0.5), longitude=slice(west - 0.5, east + 0.5))
    )
    scale = scale_of(
        near.to_numpy(), unit="capacity factor", colours=TECHNOLOGIES[technology].colours
    )
    place = gpd.GeoDataFrame(
        {"name": [brief.project.name]},
        geometry=gpd.points_from_xy([brief.longitude], [brief.latitude], crs="EPSG:4326"),
    )
    lines = [
        ("Capacity", f"{brief.project.capacity_mw:g} MW"),
        ("Energy P50", f"{brief.gwh(50, 1):,.0f} GWh a year"),
    ]
    project = Points(
        "The project",
        place,
        radii=[9.0],
        colour="#c2185b",
        popups=[Popup(brief.project.name, lines)],
        note="the place given",
    )
    return [
        RasterTheme(f"{TECHNOLOGIES[technology].title} yield", near, scale),
        Outlines("Regions", brief.study.regions),
        *plant_layers(),
        project,
    ]


def bounds(brief: Brief) -> tuple[float, float, float, float]:
    """Return west, south, east, north around the project, degrees."""
    return (
        brief.longitude - _MARGIN["longitude"],
        brief.latitude - _MARGIN["latitude"],
        brief.longitude + _MARGIN["longitude"],
        brief.latitude + _MARGIN["latitude"],
    )


def basemap(brief: Brief) -> gpd.GeoDataFrame:
    """Return the land to draw below the map."""
    return _basemap(brief.study.regions)
