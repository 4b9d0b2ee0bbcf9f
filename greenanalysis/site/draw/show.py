"""Displays of a notebook: charts and maps under their finding."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from greenanalysis.site.draw.chart import Chart
from greenanalysis.site.draw.palette import ColourScale
from greenanalysis.site.draw.tables import Html

if TYPE_CHECKING:
    import geopandas as gpd

    from greenanalysis.site.draw.layers import Layer

_NO_DATA = '<span class="ga-gaps">hatched: no data</span>'
MAP_CLASS = "ga-map-data"
"""Class of the script that holds a map; the script of the page draws it."""

_map_numbers = itertools.count(1)


def show_figure(chart: Chart, *, title: str, note: str = "", source: str = "") -> Chart:
    """Return a chart under its finding.

    Parameters
    ----------
    chart : what to show.
    title : the finding; plain text, also the text for those who cannot see the chart.
    note, source : small text below; plain text.
    """
    return chart.shown(title=title, note=note, source=source)


def _notes(note: str, source: str) -> Markup:
    data = f"Data: {source}" if source else ""
    return Markup("").join(
        Markup('<p class="ga-note">{}</p>').format(text) for text in (note, data) if text
    )


def show_map(
    layers: Sequence[Layer],
    *,
    title: str,
    source: str,
    note: str = "",
    bounds: tuple[float, float, float, float] | None = None,
    basemap: gpd.GeoDataFrame | None = None,
    height: int = 480,
) -> None:
    """Display an interactive map under its finding, with legends and a twin for print.

    Parameters
    ----------
    layers : drawn in order; of several themes the last is shown first.
    title : the finding; plain text.
    source : whose data it shows; plain text.
    note : small text below; plain text.
    bounds : west, south, east, north, degrees; by default what holds all layers.
    basemap : polygons of land, EPSG:4326.
    height : pixels of the interactive map.
    """
    from IPython.display import display

    from greenanalysis.site.draw.layers import map_bounds
    from greenanalysis.site.draw.maps import hatch_pattern, leaflet_map

    box = bounds or map_bounds(layers)
    key = f"ga-map-{next(_map_numbers)}"
    pattern = Markup(hatch_pattern() if _gaps(layers) else "")
    display(Html(Markup('<div class="ga-map-title">{}</div>{}').format(title, pattern)))
    display(leaflet_map(layers, bounds=box, basemap=basemap, height=height, key=key))
    block = map_block(layers, key=key, title=title, bounds=box, basemap=basemap, height=height)
    display(Html(block + _notes(note, source)))


def map_block(
    layers: Sequence[Layer],
    *,
    key: str,
    title: str,
    bounds: tuple[float, float, float, float],
    basemap: gpd.GeoDataFrame | None = None,
    height: int = 480,
) -> Html:
    """Return what a page holds of a map: data for its script, legends and the twin for print.

    Parameters
    ----------
    layers, title, bounds, basemap, height : as of :func:`show_map`.
    key : id of the map in its page.
    """
    from greenanalysis.site.draw.map_data import map_data, map_text
    from greenanalysis.site.draw.maps import map_legends
    from greenanalysis.site.draw.static_maps import static_map
    from greenanalysis.site.draw.style import figure_svg

    gaps = _gaps(layers)
    twin = figure_svg(
        static_map(layers, bounds=bounds, basemap=basemap), label=title, few_colours=True
    )
    legends = Markup("").join(
        _legend(key, name, what, gaps=name in gaps) for name, what in map_legends(layers)
    )
    data = map_data(layers, title=title, bounds=bounds, height=height)
    return Html(
        Markup(
            '<div class="ga-map" id="{}"><div class="ga-map-view" hidden></div>'
            '<div class="ga-map-bar"></div>'
            '<script type="application/json" class="{}">{}</script></div>'
            '<div class="ga-legends">{}</div>'
            '<div class="ga-twin" style="display:none">{}</div>'
        ).format(key, MAP_CLASS, Markup(map_text(data)), legends, twin)
    )


def _gaps(layers: Sequence[Layer]) -> set[str]:
    """Return the names of the themes in which a region has no data."""
    from greenanalysis.site.draw.layers import RegionTheme

    return {theme.name for theme in layers if isinstance(theme, RegionTheme) and theme.gaps}


def _legend(key: str, name: str, what: ColourScale | str, *, gaps: bool) -> Markup:
    if isinstance(what, str):
        return Markup(
            '<div class="ga-legend ga-legend-note" data-map="{}" data-layer="{}">'
            "<b>{}</b>: {}</div>"
        ).format(key, name, name, what)
    unit = f", {what.unit_text()}" if what.unit_text() else ""
    ticks = Markup("").join(Markup("<i>{}</i>").format(tick) for tick in what.ticks())
    return Markup(
        '<div class="ga-legend" data-map="{}" data-layer="{}"><b>{}</b>{}'
        '<span class="ga-ramp" style="display:block;height:10px;background:'
        'linear-gradient(90deg,{})"></span><span class="ga-ticks">{}</span>{}</div>'
    ).format(key, name, name, unit, ",".join(what.stops()), ticks, Markup(_NO_DATA if gaps else ""))
