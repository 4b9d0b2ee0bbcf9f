"""What the script of a page draws a map from: fields as numbers, shapes packed, texts as texts."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from greenanalysis.site.draw.layers import (
    Layer,
    Lines,
    Outlines,
    Points,
    Popup,
    RasterTheme,
    RegionTheme,
)
from greenanalysis.site.draw.palette import ColourScale, scale_of, variable

if TYPE_CHECKING:
    import geopandas as gpd

_WORDS = {
    "cell": "cell at",
    "east": "E",
    "gaps": "hatched: no data",
    "hour": "Hour",
    "month": "Month",
    "north": "N",
    "opacity": "Opacity",
    "play": "Play",
    "pointer": "under the pointer",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
}
"""What the script writes; pages in other languages translate it."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LEVELS = 65534
"""Steps from the least to the most value of a field; 0 stands for no value."""

_TOLERANCE = 0.008
"""Degrees by which drawn borders may differ from the given ones."""


def _polyline(points: Iterable[Sequence[float]]) -> str:
    """Return points (longitude, latitude) as deltas of 1/1000 degree in printable letters."""
    letters, last = [], (0, 0)
    for x, y, *_ in points:
        now = (round(x * 1000), round(y * 1000))
        for step in (now[0] - last[0], now[1] - last[1]):
            value = ~(step << 1) if step < 0 else step << 1
            while value >= 32:
                letters.append(chr((32 | value & 31) + 63))
                value >>= 5
            letters.append(chr(value + 63))
        last = now
    return "".join(letters)


class Shapes:
    """The polygons of a map, each set of them once: themes of the same regions share them."""

    def __init__(self) -> None:
        self.geometries: list[list[list[str]]] = []
        self.owners: list[list[int]] = []
        self._known: dict[bytes, int] = {}

    def number(self, frame: gpd.GeoDataFrame) -> int:
        """Return the place of the polygons of a frame; their owners are its rows."""
        content = b"".join(shapely.to_wkb(frame.geometry.to_numpy()))
        if content not in self._known:
            self._known[content] = len(self.geometries)
            rings, owners = [], []
            simple = shapely.coverage_simplify(frame.geometry.to_numpy(), _TOLERANCE)
            for row, shape in enumerate(simple):
                for part in getattr(shape, "geoms", [shape]):
                    if part.geom_type == "Polygon" and not part.is_empty:
                        rings.append(
                            [_polyline(ring.coords) for ring in (part.exterior, *part.interiors)]
                        )
                        owners.append(row)
            self.geometries.append(rings)
            self.owners.append(owners)
        return self._known[content]


def map_data(
    layers: Sequence[Layer],
    *,
    title: str,
    bounds: tuple[float, float, float, float],
    height: int,
) -> dict[str, Any]:
    """Return a map as plain values of JSON.

    Parameters
    ----------
    layers : in the order of drawing; the last theme is shown first.
    title : the finding; plain text.
    bounds : west, south, east, north that the map shows at first, degrees.
    height : pixels.
    """
    shapes = Shapes()
    west, south, east, north = bounds
    described = [_described(layer, shapes) for layer in layers]
    strong = [
        [shapes.number(layer.shapes), list(layer.highlight)]
        for layer in layers
        if isinstance(layer, Outlines) and len(layer.highlight)
    ]
    return {
        "title": title,
        "bounds": [[south, west], [north, east]],
        "height": height,
        "clip": strong[0] if strong else None,
        "words": dict(_WORDS),
        "layers": described,
        "geometries": shapes.geometries,
        "owners": shapes.owners,
    }


def map_text(data: dict[str, Any]) -> str:
    """Return the data of a map as the text of a script."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


@singledispatch
def _described(layer: Any, shapes: Shapes) -> dict[str, Any]:
    raise TypeError(f"no map layer: {layer!r}")


@_described.register
def _(layer: RasterTheme, shapes: Shapes) -> dict[str, Any]:
    field = layer.north_up()
    frames = field.values[None]
    further: dict[str, Any] = {}
    if layer.months is not None:
        months = layer.months.sel(latitude=field.latitude, longitude=field.longitude)
        months = months.transpose("month", "latitude", "longitude").sortby("month")
        frames = np.concatenate([frames, months.values])
        own = [layer.scale, *(scale_of(frame, unit="1", decimals=2) for frame in months.values)]
        further = {"frames": ["Year", *_MONTHS], "scales": [[one.low, one.high] for one in own]}
    west, south, east, north = layer.bounds()
    least, most = float(np.nanmin(frames)), float(np.nanmax(frames))
    ny, nx = field.shape
    return {
        "kind": "raster",
        "theme": True,
        "name": layer.name,
        **_scale(layer.scale),
        "west": round(west, 6),
        "south": round(south, 6),
        "dx": round((east - west) / nx, 6),
        "dy": round((north - south) / ny, 6),
        "nx": nx,
        "ny": ny,
        "least": least,
        "most": most,
        "values": _packed(frames, least, most),
        **further,
    }


def _packed(values: np.ndarray, least: float, most: float) -> str:
    """Return numbers as base64 of two bytes each, 0 for NaN, 1 for the least value."""
    share = (values - least) / (most - least if most > least else 1.0)
    steps = np.where(np.isfinite(values), np.round(share * _LEVELS) + 1, 0)
    return base64.b64encode(steps.astype("<u2").tobytes()).decode()


def _scale(scale: ColourScale) -> dict[str, Any]:
    return {
        "low": scale.low,
        "high": scale.high,
        "unit": scale.unit_text(),
        "decimals": scale.decimals,
        "stops": scale.stops(),
    }


@_described.register
def _(layer: RegionTheme, shapes: Shapes) -> dict[str, Any]:
    values = [float(value) for value in layer.values]
    known = [value if np.isfinite(value) else None for value in values]
    return {
        "kind": "regions",
        "theme": True,
        "name": layer.name,
        **_scale(layer.scale),
        "geometry": shapes.number(layer.shapes),
        "numbers": known,
        "colours": [None if value is None else layer.scale.hex(value) for value in known],
        "gaps": layer.gaps,
        "popups": _html(layer.popups),
    }


@_described.register
def _(layer: Outlines, shapes: Shapes) -> dict[str, Any]:
    return {
        "kind": "outlines",
        "name": layer.name,
        "geometry": shapes.number(layer.shapes),
        "highlight": [int(row) for row in layer.highlight],
        "popups": _html(layer.popups),
    }


@_described.register
def _(layer: Lines, shapes: Shapes) -> dict[str, Any]:
    flows = {}
    if layer.flows is not None:
        flows = {
            "hours": [int(hour) for hour in layer.hours],
            "flows": np.round(np.asarray(layer.flows, dtype=float), 1).tolist(),
        }
    return {
        "kind": "lines",
        "name": layer.name,
        "note": layer.note,
        "lines": [_polyline(line.coords) for line in layer.shapes.geometry],
        "widths": [round(float(width), 2) for width in layer.widths],
        "colours": [variable(colour) for colour in layer.colours()],
        "dash": layer.dash,
        "popups": _html(layer.popups),
        **flows,
    }


@_described.register
def _(layer: Points, shapes: Shapes) -> dict[str, Any]:
    return {
        "kind": "points",
        "name": layer.name,
        "note": layer.note,
        "places": [[round(at.y, 4), round(at.x, 4)] for at in layer.shapes.geometry],
        "radii": [round(float(radius), 1) for radius in layer.radii],
        "colours": [variable(colour) for colour in layer.colours()],
        "labels": list(layer.labels),
        "popups": _html(layer.popups),
    }


def _html(popups: Sequence[Popup]) -> list[str]:
    return [popup.html() for popup in popups]
