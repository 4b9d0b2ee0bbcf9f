"""Make data/neighbours.geojson: coarse outlines of the Silk Road countries for the maps.

Outlines are Natural Earth, public domain: 1:10m admin-1 units dissolved to the country where the
wheel of apache-superset has them, else 1:110m from the wheel of geopandas 0.14.4 (Georgia, India,
the European Union). Units whose belonging is disputed (``LEFT_OUT``) are not drawn. Run
``make_regions.py`` first: Kazakhstan is cut out along its own outline.
"""

from __future__ import annotations

import io
import json

import geopandas as gpd
import shapely
from make_regions import SUPERSET, fetch_wheel
from shapely.geometry import Polygon, box

from greenanalysis.core.files import write_text
from greenanalysis.core.paths import cache_dir, data_dir

GEOPANDAS = (
    "geopandas",
    "0.14.4",
    "3bb6473cb59d51e1a7fe2dbc24a1a063fb0ebdeddf3ce08ddbf8c7ddc99689aa",
)
LOWRES = "geopandas/datasets/naturalearth_lowres/naturalearth_lowres"
ASSETS = "superset/static/assets/"
FINE = {
    "RU": ("dfeb81ad8d1e78dd74d4", "Russia", "Россия", "Ресей"),
    "CN": ("5e0dc8e6c43759c1f5d2", "China", "Китай", "Қытай"),
    "MN": ("baa7d275e77b643d30ec", "Mongolia", "Монголия", "Моңғолия"),
    "KG": ("0f220f8c6d3c8e9b3a2a", "Kyrgyzstan", "Кыргызстан", "Қырғызстан"),
    "UZ": ("87f6b57bf8937a1c52f8", "Uzbekistan", "Узбекистан", "Өзбекстан"),
    "TM": ("a06bbd9a3dc6bb85d08b", "Turkmenistan", "Туркменистан", "Түрікменстан"),
    "TJ": ("2a63d30f63291a7aa19d", "Tajikistan", "Таджикистан", "Тәжікстан"),
    "AF": ("8fa567a5959c3003fc15", "Afghanistan", "Афганистан", "Ауғанстан"),
    "PK": ("1a8c72e4e0960ca63435", "Pakistan", "Пакистан", "Пәкістан"),
    "IR": ("df2df94cba5a4d453dff", "Iran", "Иран", "Иран"),
    "AZ": ("9fd5b6aad4024f8c0d8e", "Azerbaijan", "Азербайджан", "Әзербайжан"),
    "AM": ("9ec161e183db2a8fd685", "Armenia", "Армения", "Армения"),
    "TR": ("3259c9f52f1e5c547ffb", "Türkiye", "Турция", "Түркия"),
}
LEFT_OUT = ("UA-43", "UA-40", "CN-71")
EUROPEAN_UNION = [
    *("AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN"),
    *("IRL", "ITA", "LVA", "LTU", "LUX", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE"),
]
COARSE = {
    "IN": (["IND"], "India", "Индия", "Үндістан"),
    "GE": (["GEO"], "Georgia", "Грузия", "Грузия"),
    "EU": (
        EUROPEAN_UNION,
        "European Union",
        "Европейский союз",
        "Еуропалық одақ",
    ),
}
BOX = box(-12.0, 5.0, 135.0, 62.0)
BOX_RUSSIA = box(26.0, 40.0, 110.0, 62.0)
CASPIAN_POINT = shapely.Point(51.0, 41.0)
TOLERANCE_DEG = 0.05
SMALLEST_PART_DEG2 = 0.02


def fine_outline(asset: str) -> shapely.Geometry:
    """Return a country dissolved from its first-level units, without holes and specks."""
    raw = json.loads(fetch_wheel(*SUPERSET).read(f"{ASSETS}{asset}.geojson"))
    units = gpd.GeoDataFrame.from_features(raw, crs=4326)
    own = units[~units["ISO"].isin(LEFT_OUT)]
    merged = shapely.union_all(own.geometry.make_valid().to_numpy()).buffer(0.01).buffer(-0.01)
    return shapely.union_all([Polygon(part.exterior) for part in shapely.get_parts(merged)])


def coarse_outlines() -> gpd.GeoDataFrame:
    """Return the 1:110m countries, indexed by ISO alpha-3 code."""
    wheel = fetch_wheel(*GEOPANDAS)
    folder = cache_dir() / "naturalearth_lowres"
    folder.mkdir(parents=True, exist_ok=True)
    for ending in ("shp", "shx", "dbf", "prj", "cpg"):
        (folder / f"lowres.{ending}").write_bytes(wheel.read(f"{LOWRES}.{ending}"))
    table = gpd.read_file(folder / "lowres.shp")
    table.loc[table["name"] == "France", "iso_a3"] = "FRA"
    return table.set_index("iso_a3")


def tidy(shape: shapely.Geometry, limits: Polygon) -> shapely.Geometry:
    """Clip, simplify and drop specks."""
    simple = shapely.simplify(shape.intersection(limits), TOLERANCE_DEG)
    parts = [part for part in shapely.get_parts(simple) if part.area > SMALLEST_PART_DEG2]
    return shapely.set_precision(shapely.union_all(parts), 0.001)


def caspian(shapes: list[shapely.Geometry]) -> Polygon:
    """Return the Caspian as the hole that the countries around it leave."""
    union = shapely.union_all(shapes).buffer(0.05).buffer(-0.05)
    for part in shapely.get_parts(union):
        for ring in part.interiors:
            if Polygon(ring).contains(CASPIAN_POINT):
                return Polygon(ring)
    raise SystemExit("the countries around the Caspian do not close: check the outlines")


def main() -> None:
    """Write the file."""
    kazakhstan = gpd.read_file(data_dir() / "regions.geojson").union_all()
    lowres = coarse_outlines()
    rows: dict[str, tuple[str, str, str, str, shapely.Geometry]] = {}
    for code, (asset, *names) in FINE.items():
        limits = BOX_RUSSIA if code == "RU" else BOX
        shape = tidy(fine_outline(asset), limits).difference(kazakhstan.buffer(0.02))
        rows[code] = (*names, "country", shape)
    for code, (members, *names) in COARSE.items():
        rows[code] = (*names, "country", tidy(lowres.loc[members].union_all(), BOX))
    sea = caspian([kazakhstan, *(rows[code][-1] for code in ("RU", "AZ", "IR", "TM"))])
    rows["CASPIAN"] = ("Caspian Sea", "Каспийское море", "Каспий теңізі", "sea", tidy(sea, BOX))
    head = {
        "type": "FeatureCollection",
        "name": "neighbours and export countries, coarse",
        "approximate": True,
        "why": "for drawing only; disputed units are left out and no line states a claim",
        "source": (
            "Natural Earth 1:10m (apache-superset 6.1.0) and 1:110m (geopandas 0.14.4), "
            "simplified to 0.05 degrees; Russia clipped to 26-110 E, 40-62 N"
        ),
        "licence": "public domain",
    }
    text = io.StringIO()
    text.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n')
    lines = []
    for code, (en, ru, kk, kind, shape) in rows.items():
        feature = {
            "type": "Feature",
            "properties": {
                "country": code,
                "name_en": en,
                "name_ru": ru,
                "name_kk": kk,
                "kind": kind,
            },
            "geometry": json.loads(shapely.to_geojson(shapely.orient_polygons(polygonal(shape)))),
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    text.write(",\n".join(lines) + "\n]}\n")
    write_text(data_dir() / "neighbours.geojson", text.getvalue())


def polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of ``shape`` rounded to 0.001 degrees."""
    rounded = shapely.set_precision(shape, 0.001)
    parts = [part for part in shapely.get_parts(rounded) if part.area > SMALLEST_PART_DEG2]
    return shapely.union_all(parts)


if __name__ == "__main__":
    main()
