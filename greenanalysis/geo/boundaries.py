"""Any file of the regions (geoBoundaries, GADM, OSM, own) in, one checked form out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from greenanalysis.core.errors import input_error, refusing, unknown_name
from greenanalysis.core.files import sha256_file, write_text
from greenanalysis.core.paths import user_dir
from greenanalysis.geo.country import load_country
from greenanalysis.geo.grid import EQUAL_AREA
from greenanalysis.geo.names import match_code, match_name, region_names

if TYPE_CHECKING:
    import geopandas as gpd

_OVERLAP_LIMIT = 0.002
"""Share of the whole area that may be claimed twice."""
_REPAIR_LIMIT = 0.001
"""Share of its area by which repairing an invalid polygon may change it."""

_CODE_PROPERTIES = ("iso_3166_2", "iso3166-2", "shapeiso", "iso_1", "iso", "code", "region", "id")
_NAME_PROPERTIES = (
    *("name_en", "name:en", "shapename", "name_1", "name", "varname_1"),
    *("name_ru", "name:ru", "nl_name_1", "local_name", "name_kk", "name:kk"),
)


def user_boundaries() -> Path:
    """Return the place of the user's own boundaries, whether they are there or not."""
    return user_dir() / "regions.geojson"


def read_boundaries(path: Path) -> gpd.GeoDataFrame:
    """Read and check a file of the regions of the country.

    Parameters
    ----------
    path : a vector file that GDAL reads (GeoJSON, GeoPackage, Shapefile); no stated coordinate
        system means degrees (EPSG:4326).

    Returns
    -------
    GeoDataFrame : index ``region`` (ISO 3166-2, sorted), column ``geometry``, EPSG:4326.

    Raises
    ------
    InputError : unreadable file, other shapes than polygons, a feature that is no region, a region
        missing or twice, invalid or misplaced or overlapping polygons.
    """
    import geopandas as gpd

    where = str(path)
    if not path.is_file():
        raise input_error("boundaries", where=where, allowed="an existing file", got="no such file")
    with refusing(f"boundaries: {where} cannot be read as polygons"):
        raw = gpd.read_file(path)
        degrees = (raw if raw.crs else raw.set_crs(4326)).to_crs(4326)
    kinds = sorted({str(kind) for kind in degrees.geom_type})
    if degrees.empty or not set(kinds) <= {"Polygon", "MultiPolygon"}:
        got, allowed = ", ".join(kinds) or "no features", f"{len(region_names())} polygons"
        raise input_error("boundaries", where=where, allowed=allowed, got=got)
    codes = _codes_of(degrees, where)
    regions = gpd.GeoDataFrame(geometry=degrees.geometry.to_numpy(), index=codes, crs=4326)
    regions.index.name = "region"
    return _checked(regions.sort_index(), where)


def install_boundaries(source: Path) -> Path:
    """Put the user's boundaries in the place of the approximate ones.

    Parameters
    ----------
    source : file as :func:`read_boundaries` takes it; it is checked, then copied in one form.

    Returns
    -------
    Path : the written file, ``data/user/regions.geojson``.

    Raises
    ------
    InputError : as :func:`read_boundaries`; nothing is written then.
    """
    import shapely

    regions = read_boundaries(source)
    names = region_names()
    features = [
        {
            "type": "Feature",
            "properties": {"region": code, "name_en": names[code]},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, shape in regions.geometry.items()
    ]
    document = {
        "type": "FeatureCollection",
        "approximate": False,
        "source": f"{source.name}, sha256 {sha256_file(source)}",
        "features": features,
    }
    write_text(user_boundaries(), json.dumps(document, ensure_ascii=False) + "\n")
    return user_boundaries()


def remove_user_boundaries() -> bool:
    """Go back to the committed boundaries; return whether there was a user's file."""
    there = user_boundaries().exists()
    user_boundaries().unlink(missing_ok=True)
    return there


def _codes_of(frame: gpd.GeoDataFrame, where: str) -> list[str]:
    columns = {str(name).casefold(): name for name in frame.columns}
    code_columns = [columns[key] for key in _CODE_PROPERTIES if key in columns]
    name_columns = [columns[key] for key in _NAME_PROPERTIES if key in columns]
    if not code_columns and not name_columns:
        allowed = f"one of {', '.join((*_CODE_PROPERTIES, *_NAME_PROPERTIES))}"
        raise input_error("properties", where=where, allowed=allowed, got=sorted(columns))
    codes: list[str] = []
    for place, row in enumerate(frame.to_dict("records"), 1):
        stated = [str(row[key]).strip() for key in code_columns]
        spelled = [str(row[key]) for key in name_columns if row[key]]
        candidates = (
            *(match_code(text) for text in (*stated, *spelled)),
            *(match_name(text) for text in (*spelled, *stated)),
            *(match_name(name, fuzzy=True) for name in spelled),
        )
        code = next((code for code in candidates if code), None)
        if code is None:
            got = spelled[0] if spelled else (stated or ["nothing"])[0]
            raise unknown_name(
                "region", got, region_names().values(), where=f"{where}, feature {place}"
            )
        codes.append(code)
    _require_layout(codes, where)
    return codes


def _require_layout(found: list[str], where: str) -> None:
    names = region_names()
    twice = sorted({code for code in found if found.count(code) > 1})
    missing = [code for code in names if code not in found]
    if twice or missing:
        spelled = {
            "missing": [f"{code} {names[code]}" for code in missing],
            "more than once": [f"{code} {names[code]}" for code in twice],
        }
        got = "; ".join(f"{what} {', '.join(listed)}" for what, listed in spelled.items() if listed)
        raise input_error(
            "regions",
            where=where,
            allowed=f"each of the {len(names)} units {load_country().layout}",
            got=f"{len(found)} features, {got}",
        )


def _checked(regions: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    regions.geometry = [_repaired(code, shape, where) for code, shape in regions.geometry.items()]
    box = load_country().boundary
    west, south, east, north = regions.total_bounds
    if west < box[0] or south < box[1] or east > box[2] or north > box[3]:
        raise input_error(
            "place of the polygons",
            where=where,
            allowed=f"{box[0]:g} to {box[2]:g} E, {box[1]:g} to {box[3]:g} N, longitude first",
            got=f"{west:g} to {east:g} E and {south:g} to {north:g} N",
        )
    flat = regions.geometry.to_crs(EQUAL_AREA)
    total, once = flat.area.sum() / 1e6, flat.union_all().area / 1e6
    low, high = load_country().area_km2
    if not low <= total <= high:
        allowed = f"{low:.0f} to {high:.0f} km2"
        raise input_error("sum of the areas", where=where, allowed=allowed, got=f"{total:.0f} km2")
    if total - once > _OVERLAP_LIMIT * total:
        raise input_error(
            "polygons",
            where=where,
            allowed=f"overlaps up to {_OVERLAP_LIMIT:.1%} of the area",
            got=f"{total - once:.0f} km2 claimed twice ({(total - once) / total:.1%})",
        )
    return regions


def _repaired(code: object, shape: object, where: str) -> object:
    import shapely

    if shapely.is_valid(shape):
        return shape
    fixed = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    before = shapely.area(shape)
    usable = fixed.geom_type in ("Polygon", "MultiPolygon") and before > 0
    if not usable or abs(shapely.area(fixed) - before) > _REPAIR_LIMIT * before:
        reason = shapely.is_valid_reason(shape)
        raise input_error(f"polygon of {code}", where=where, allowed="a valid polygon", got=reason)
    return fixed
