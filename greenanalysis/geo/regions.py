"""The regions of the country, the countries around them, and regions on a grid of cells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file
from greenanalysis.core.languages import NAME_COLUMNS
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.boundaries import (
    install_boundaries,
    read_boundaries,
    remove_user_boundaries,
    user_boundaries,
)
from greenanalysis.geo.grid import EQUAL_AREA, as_area, cell_boxes
from greenanalysis.geo.names import region_code

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "cell_region_area",
    "install_boundaries",
    "load_neighbours",
    "load_regions",
    "region_code",
    "remove_user_boundaries",
]

_ATTRIBUTES = [
    *(*NAME_COLUMNS, "kind", "area_km2", "population", "demand_2020_gwh"),
    *("demand_method", "admin_centre", "latitude", "longitude"),
]
_CONSERVATION = 1e-9


def load_regions(path: Path | None = None) -> gpd.GeoDataFrame:
    """Return the regions of the country.

    Parameters
    ----------
    path : boundaries to read; by default the user's (``data/user/regions.geojson``) where they
        are, else the committed approximate ones.

    Returns
    -------
    GeoDataFrame : index ``region`` (ISO 3166-2, sorted); columns name_en, name_ru, name_kk, kind
        ("oblast" or "city"), area_km2 (as stated officially, not the area of the polygon),
        population (2023-01-01), demand_2020_gwh, demand_method ("official" or "derived"),
        admin_centre with its latitude and longitude in degrees, geometry; EPSG:4326.
        ``attrs["provenance"]`` holds source, approximate and sha256.

    Raises
    ------
    InputError : the file is not a set of the regions, see :func:`boundaries.read_boundaries`.
    """
    chosen = path or (user_boundaries() if user_boundaries().exists() else None)
    file = chosen or data_dir() / "regions.geojson"
    shapes = read_boundaries(file)
    numeric = ["area_km2", "population", "demand_2020_gwh", "latitude", "longitude"]
    facts = read_facts("regions", numeric=numeric).set_index("region")
    facts["population"] = facts["population"].astype("int64")
    regions = _named(shapes.join(facts))[[*_ATTRIBUTES, "geometry"]]
    regions.attrs["provenance"] = {**_stated(file), "sha256": sha256_file(file)}
    return regions


def load_neighbours() -> gpd.GeoDataFrame:
    """Return coarse outlines around the country, for drawing only.

    Returns
    -------
    GeoDataFrame : index ``country`` (ISO 3166-1 alpha-2, EU, CASPIAN); columns name_en, name_ru,
        name_kk, kind ("country" or "sea"), geometry; EPSG:4326; ``attrs["provenance"]``.
    """
    import geopandas as gpd

    file = data_dir() / "neighbours.geojson"
    neighbours = _named(gpd.read_file(file).set_index("country"))
    neighbours.attrs["provenance"] = {**_stated(file), "sha256": sha256_file(file)}
    return neighbours


def _named(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table with a name in each language, English where it has none of its own."""
    lacking = [name for name in NAME_COLUMNS if name not in table]
    return table.assign(**dict.fromkeys(lacking, table["name_en"]))


def cell_region_area(
    regions: gpd.GeoDataFrame,
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    partly: bool = False,
) -> xr.DataArray:
    """Return how much of each region lies in each cell.

    Parameters
    ----------
    regions : polygons with the code as index, in any coordinate system.
    latitude, longitude : regularly spaced cell centres in degrees.
    partly : whether cells may cover a part of a region only.

    Returns
    -------
    DataArray (region, latitude, longitude) : km2; summed over the cells it is the area of the
        polygon in the cylindrical equal-area projection of WGS 84, within 1e-9.

    Raises
    ------
    InputError : the grid is irregular or does not cover a region.
    """
    import shapely

    cells = cell_boxes(latitude, longitude)
    shapes = regions.geometry.to_crs(EQUAL_AREA).to_numpy()
    which, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    parts = shapely.area(shapely.intersection(shapes[which], cells[cell])) / 1e6
    area = np.zeros((len(shapes), len(cells)))
    np.add.at(area, (which, cell), parts)
    whole = shapely.area(shapes) / 1e6
    lost = np.abs(area.sum(axis=1) - whole) > _CONSERVATION * whole
    if lost.any() and not partly:
        first = int(np.argmax(lost))
        raise input_error(
            f"grid for region {regions.index[first]}",
            where="cell_region_area",
            allowed=f"cells that cover all of its {whole[first]:.0f} km2",
            got=f"cells over {area[first].sum():.0f} km2 of it",
        )
    coords = {"region": list(regions.index), "latitude": latitude, "longitude": longitude}
    table = area.reshape(len(shapes), len(latitude), len(longitude))
    return as_area(table, coords, "area of the region inside the cell")


def _stated(file: Path) -> dict[str, object]:
    """Return what a GeoJSON file says about itself at its top."""
    stated = {"file": file.name, "source": f"file {file.name}", "approximate": False}
    if file.suffix.casefold() in (".geojson", ".json"):
        head = json.loads(file.read_text(encoding="utf-8"))
        stated |= {key: head[key] for key in ("source", "approximate", "licence") if key in head}
    return stated
