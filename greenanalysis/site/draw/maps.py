"""Interactive maps that ask nothing of the network, live in Jupyter or static in a page.

A raster theme is the picture that Leaflet stretches over its bounds.
"""

from __future__ import annotations

import base64
import functools
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from greenanalysis.site.draw import palette
from greenanalysis.site.draw.layers import (
    Layer,
    Lines,
    Outlines,
    Points,
    Popup,
    RasterTheme,
    RegionTheme,
    themes_of,
)
from greenanalysis.site.draw.palette import ColourScale

if TYPE_CHECKING:
    import geopandas as gpd
    import ipyleaflet


_RASTER_ROWS_PER_CELL = 4


def mercator_rows(south: float, north: float, rows: int) -> np.ndarray:
    """Return latitudes, degrees from north to south, of ``rows`` even rows in Web Mercator."""

    def project(latitude: float) -> float:
        return float(np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2)))

    edges = np.linspace(project(north), project(south), 2 * rows + 1)
    return np.degrees(2 * np.arctan(np.exp(edges[1::2])) - np.pi / 2)


def raster_image(theme: RasterTheme) -> str:
    """Return the theme as a PNG data URI whose rows are even in Web Mercator.

    Leaflet stretches an image evenly in the projected plane; rows even in latitude would lie up
    to 100 km off at 50 degrees north.
    """
    from PIL import Image

    field = theme.north_up()
    _, south, _, north = theme.bounds()
    rows = mercator_rows(south, north, field.sizes["latitude"] * _RASTER_ROWS_PER_CELL)
    picked = field.sel(latitude=rows, method="nearest").values
    picked = np.repeat(picked, _RASTER_ROWS_PER_CELL, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(theme.scale.rgba(picked)).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


_PANES = {
    "ga-base": {"zIndex": 250},
    "ga-theme": {"zIndex": 300},
    "ga-lines": {"zIndex": 430},
    "ga-points": {"zIndex": 440},
}
"""Leaflet draws all vectors above all images; own panes let a raster lie over the land."""

_HATCH = "ga-hatch"
"""Identifier of the SVG pattern that fills regions without data; see :func:`hatch_pattern`."""

FINEST, COARSEST = 0.01, 0.03
"""Degrees by which drawn shapes may differ from the given ones on a small and on a large map."""

_DETAIL_SHARE = 0.0007
"""The same as a share of the width of the map: less than one pixel of a thousand."""


def leaflet_map(
    layers: Sequence[Layer],
    *,
    bounds: tuple[float, float, float, float],
    basemap: gpd.GeoDataFrame | None = None,
    height: int = 480,
    key: str = "ga-map-0",
) -> ipyleaflet.Map:
    """Return an interactive map whose layers all come from its arguments.

    Parameters
    ----------
    layers : drawn in order; the last theme is the one shown first.
    bounds : west, south, east, north that the map shows at first, degrees.
    basemap : polygons of land, EPSG:4326, drawn below all else.
    height : pixels.
    key : class by which a static page finds the legends and the printed twin of this map.
    """
    import ipyleaflet
    import ipywidgets

    west, south, east, north = bounds
    result = ipyleaflet.Map(
        center=((south + north) / 2, (west + east) / 2),
        zoom=zoom_for(bounds),
        layers=[],
        panes=_PANES,
        zoom_snap=0.25,
        zoom_delta=0.5,
        min_zoom=2,
        max_zoom=10,
        scroll_wheel_zoom=False,
        attribution_control=False,
        layout=ipywidgets.Layout(height=f"{height}px", width="100%"),
    )
    result.add_class(key)
    detail = float(np.clip(_DETAIL_SHARE * (east - west), FINEST, COARSEST))
    if basemap is not None:
        land = _features(basemap, _land_style, detail=detail)
        result.add(_geojson(land, name="Land", pane="ga-base"))
    for layer in layers:
        drawn = _leaflet_layer(layer, detail)
        result.add(drawn)
        if getattr(layer, "popups", ()):
            _live_popups(result, drawn)
    if len(layers) > 1:
        result.add(_layers_control())
    result.add(ipyleaflet.ScaleControl(position="bottomleft", imperial=False))
    return result


def zoom_for(bounds: tuple[float, float, float, float], *, width: int = 900) -> float:
    """Return the zoom at which ``bounds`` fill ``width`` pixels, in quarters of a level."""
    span = max(bounds[2] - bounds[0], 1e-6)
    return float(np.clip(np.floor(np.log2(width / 256 * 360 / span) * 4) / 4, 2, 10))


def hatch_pattern() -> str:
    """Return the SVG, invisible itself, whose pattern fills regions without data."""
    return (
        '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>'
        f'<pattern id="{_HATCH}" width="7" height="7" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="7" height="7" fill="{palette.LAND}"/>'
        f'<rect width="2" height="7" fill="{palette.BORDER}"/></pattern></defs></svg>'
    )


def _layers_control() -> ipyleaflet.LayersControl:
    import ipyleaflet

    return ipyleaflet.LayersControl(position="topright", collapsed=False)


def _land_style(position: int) -> dict[str, Any]:
    del position
    return {"color": palette.BORDER, "weight": 0.7, "fillColor": palette.LAND, "fillOpacity": 1.0}


@functools.singledispatch
def _leaflet_layer(layer: Layer, detail: float) -> Any:
    raise TypeError(f"no map layer is made of {type(layer).__name__}")


@_leaflet_layer.register
def _(layer: RasterTheme, detail: float) -> Any:
    import ipyleaflet

    del detail

    west, south, east, north = layer.bounds()
    return ipyleaflet.ImageOverlay(
        url=raster_image(layer),
        bounds=[[south, west], [north, east]],
        name=layer.name,
        opacity=1.0,
        base=True,
        pane="ga-theme",
    )


@_leaflet_layer.register
def _(layer: RegionTheme, detail: float) -> Any:
    def style(position: int) -> dict[str, Any]:
        value = float(layer.values[position])
        fill = layer.scale.hex(value) if np.isfinite(value) else f"url(#{_HATCH})"
        return {"color": palette.PAPER, "weight": 1.0, "fillColor": fill, "fillOpacity": 1.0}

    hover = {"weight": 2.5, "color": palette.INK}
    data = _features(layer.shapes, style, layer.popups, detail=detail)
    return _geojson(data, name=layer.name, base=True, pane="ga-theme", hover_style=hover)


@_leaflet_layer.register
def _(layer: Outlines, detail: float) -> Any:
    def style(position: int) -> dict[str, Any]:
        strong = position in layer.highlight
        return {"color": palette.INK, "weight": 3.0 if strong else 0.9, "fillOpacity": 0.0}

    data = _features(layer.shapes, style, layer.popups, detail=detail)
    return _geojson(data, name=layer.name, hover_style={"weight": 3.0})


@_leaflet_layer.register
def _(layer: Lines, detail: float) -> Any:
    colours = layer.colours()

    def style(position: int) -> dict[str, Any]:
        width = float(layer.widths[position])
        return {"color": colours[position], "weight": width, "opacity": 0.9, "fill": False}

    data = _features(layer.shapes, style, layer.popups, detail=detail)
    return _geojson(data, name=layer.name, pane="ga-lines", hover_style={"opacity": 0.6})


@_leaflet_layer.register
def _(layer: Points, detail: float) -> Any:
    colours = layer.colours()

    def style(position: int) -> dict[str, Any]:
        return {
            "radius": float(layer.radii[position]),
            "color": palette.PAPER,
            "weight": 1.2,
            "fillColor": colours[position],
            "fillOpacity": 0.92,
        }

    return _geojson(
        _features(layer.shapes, style, layer.popups, detail=detail),
        name=layer.name,
        pane="ga-points",
        point_style={"radius": 5, "pane": "ga-points"},
        hover_style={"color": palette.INK},
    )


def _geojson(data: dict[str, Any], *, pane: str = "", **options: Any) -> Any:
    import ipyleaflet

    layer = ipyleaflet.GeoJSON(data=data, **options)
    if pane:
        layer.pane = pane
        layer.options = [*layer.options, "pane"]
    return layer


def _features(
    shapes: gpd.GeoDataFrame,
    style: Any,
    popups: Sequence[Popup] = (),
    *,
    detail: float,
) -> dict[str, Any]:
    from shapely import set_precision
    from shapely.geometry import mapping

    features = []
    simple = shapes.geometry.simplify(detail)
    for position, shape in enumerate(simple):
        properties: dict[str, Any] = {"style": style(position)}
        if popups:
            properties["popup_html"] = popups[position].html()
        coarse = detail >= 2 * FINEST and shape.geom_type.endswith("Polygon")
        geometry = mapping(set_precision(shape, 0.01 if coarse else 0.001))
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    collection: dict[str, Any] = json.loads(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    return collection


def _live_popups(target: ipyleaflet.Map, layer: Any) -> None:
    import ipyleaflet
    import ipywidgets

    def show(feature: dict[str, Any] | None = None, **event: Any) -> None:
        text = ((feature or {}).get("properties") or {}).get("popup_html", "")
        if not text:
            return
        for old in [one for one in target.layers if isinstance(one, ipyleaflet.Popup)]:
            target.remove(old)
        target.add(
            ipyleaflet.Popup(
                location=event.get("coordinates"),
                child=ipywidgets.HTML(text),
                close_button=True,
                auto_close=True,
                close_on_escape_key=True,
            )
        )

    layer.on_click(show)


def map_legends(layers: Sequence[Layer]) -> list[tuple[str, ColourScale | str]]:
    """Return (name of layer, its colour scale or note) for each layer that needs a legend."""
    scales = [(theme.name, theme.scale) for theme in themes_of(layers)]
    notes = [
        (layer.name, layer.note)
        for layer in layers
        if isinstance(layer, Lines | Points) and layer.note
    ]
    return [*scales, *notes]
