"""The map of the landing page: an SVG in which each region is a link, without any script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from greenanalysis.site.draw.palette import ColourScale, scale_of

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

_WIDTH = 1000.0
_MARGIN = 8.0
_TOLERANCE = 0.06
"""Degrees by which an outline of the small map may differ from the given one (about 5 km)."""

SMALL = 26.0
"""Regions narrower than this many units, cities, are drawn as a dot of this width too."""

_LETTER, _LINE = 10.5, 21.0
"""Mean width of a letter of the names on the map, and the height of their line."""
_BASELINE, _BELOW_DOT = 5.0, 36.0

_COLOURS = {"solar": "YlOrBr", "wind": "Blues"}
_COST = "lcoe"
_MOST_FIGURES = 4


@dataclass(frozen=True)
class MapFigure:
    """One figure that the map can be coloured by: its values by region and its legend."""

    key: str
    label: str
    unit: str
    values: Mapping[str, float]
    scale: ColourScale

    def low(self) -> str:
        """Return the lower end of the legend."""
        return f"{self.scale.low:,.0f}"

    def high(self) -> str:
        """Return the upper end of the legend."""
        return f"{self.scale.high:,.0f}"

    def gradient(self) -> str:
        """Return the colours of the legend as CSS."""
        return f"linear-gradient(90deg,{','.join(self.scale.stops())})"


def number_of(text: object) -> float:
    """Return the number that a recorded text such as ``"1,574"`` holds, NaN where it holds none."""
    try:
        number = float(str(text).replace(",", "").replace("\u2212", "-"))
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _map_figures(rows: Sequence[Mapping[str, Any]]) -> list[MapFigure]:
    """Return the labelled figures that at least two regions recorded, at most four, costs first.

    The darker a region, the better: of costs the low end is dark.

    Parameters
    ----------
    rows : of the landing page, with ``region`` and ``records``.
    """
    found: dict[str, dict[str, float]] = {}
    about: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        for key, record in row["records"].items():
            value = number_of(record.get("value"))
            if record.get("label") and math.isfinite(value):
                found.setdefault(key, {})[row["region"]] = value
                about.setdefault(key, record)
    figures = []
    for key, values in sorted(found.items(), key=lambda item: _COST not in item[0]):
        if len(values) > 1:
            colours = next((name for word, name in _COLOURS.items() if word in key), "YlGnBu")
            colours += "_r" if _COST in key else ""
            scale = scale_of(
                np.array(list(values.values())),
                unit="1",
                colours=colours,
                decimals=0,
                percentiles=(0, 100),
            )
            record = about[key]
            figures.append(MapFigure(key, record["label"], record.get("unit", ""), values, scale))
    return figures[:_MOST_FIGURES]


def landing_map(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return what the template draws: shapes in the order of drawing, figures and the size.

    Parameters
    ----------
    rows : of the landing page; those without ``region`` or without a page are left out.

    Returns
    -------
    dict : ``shapes``, ``figures``, ``height`` of the drawing whose width is 1000; None where fewer
        than two regions have a page.
    """
    known = {row["region"]: row for row in rows if row["region"] and row["linked"]}
    if len(known) < 2:
        return None
    from greenanalysis.geo.regions import load_regions

    regions = load_regions()
    regions = regions[regions.index.isin(list(known))]
    if len(regions) < 2:
        return None
    outlines, height = _project(regions)
    figures = _map_figures(list(known.values()))
    names = short_names(known)
    shapes = [
        _shape(known[code], outline, figures, short=names[code])
        for code, outline in sorted(outlines.items(), key=lambda item: -item[1].area)
    ]
    _place_labels(shapes)
    return {"shapes": shapes, "figures": figures, "height": round(height)}


def _place_labels(shapes: Sequence[dict[str, Any]]) -> None:
    """Give each shape the height of its name, below that of another where they would touch."""
    placed: list[tuple[float, float, float]] = []
    for shape in sorted(shapes, key=lambda one: float(one["y"])):
        half, x = len(shape["short"]) * _LETTER / 2, float(shape["x"])
        y = float(shape["y"]) + (_BELOW_DOT if shape["dot"] else _BASELINE)
        while any(
            abs(x - other) < half + width and abs(y - height) < _LINE
            for other, height, width in placed
        ):
            y += _LINE / 4
        placed.append((x, y, half))
        shape["label_y"] = round(y, 1)


def _project(regions: gpd.GeoDataFrame) -> tuple[dict[str, BaseGeometry], float]:
    """Return simplified outlines in units of the drawing by region, and its height.

    Neighbours keep their common border. The projection is equidistant along the parallel in the
    middle of the country.
    """
    import shapely

    plain = regions.geometry.to_numpy()
    simple = shapely.coverage_simplify(plain, _TOLERANCE)
    simple = [a if not a.is_empty else b for a, b in zip(simple, plain, strict=True)]
    west, south, east, north = regions.total_bounds
    shrink = math.cos(math.radians((south + north) / 2))
    unit = (_WIDTH - 2 * _MARGIN) / ((east - west) * shrink)
    height = (north - south) * unit + 2 * _MARGIN

    def place(points: np.ndarray) -> np.ndarray:
        x = (points[:, 0] - west) * shrink * unit + _MARGIN
        return np.column_stack([x, (north - points[:, 1]) * unit + _MARGIN])

    return {
        str(code): shapely.transform(shape, place)
        for code, shape in zip(regions.index, simple, strict=True)
    }, height


def short_names(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the names on the map by region: without ``Region``, unless a city is called so.

    Parameters
    ----------
    rows : of the landing page by region.
    """
    whole = {code: str(row["title"]).split(" (")[0] for code, row in rows.items()}
    taken = set(whole.values())
    short = {code: name.removesuffix(" Region") for code, name in whole.items()}
    return {code: name if name not in taken else whole[code] for code, name in short.items()}


def _shape(
    row: Mapping[str, Any], outline: BaseGeometry, figures: Sequence[MapFigure], *, short: str
) -> dict[str, Any]:
    left, top, right, bottom = outline.bounds
    middle = outline.representative_point()
    fills = [figure.scale.hex(figure.values.get(row["region"], math.nan)) for figure in figures]
    values = [
        f"{figure.label} {row['records'][figure.key]['value']} {figure.unit}".strip()
        for figure in figures
        if figure.key in row["records"]
    ]
    return {
        "address": f"{row['name']}.html",
        "title": row["title"],
        "short": short,
        "values": values,
        "path": _path_of(outline),
        "fills": ";".join(f"--f{number}:{fill}" for number, fill in enumerate(fills)),
        "dot": max(right - left, bottom - top) < SMALL,
        "x": round((left + right) / 2 if outline.is_empty else middle.x, 1),
        "y": round(middle.y, 1),
    }


def _path_of(outline: BaseGeometry) -> str:
    """Return polygons as the ``d`` of an SVG path, one digit after the point."""
    parts = getattr(outline, "geoms", [outline])
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    lines = ("L".join(f"{x:.1f},{y:.1f}" for x, y in list(ring.coords)[:-1]) for ring in rings)
    return "".join(f"M{line}Z" for line in lines).replace(".0", "")
