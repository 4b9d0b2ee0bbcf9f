from __future__ import annotations

import base64
import io
import re

import geopandas as gpd
import ipyleaflet
import matplotlib
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex, to_rgb
from PIL import Image
from shapely import LineString, Point, box

from greenanalysis.core.errors import InputError
from greenanalysis.site import elements as page
from greenanalysis.site.draw import maps
from greenanalysis.site.draw import maps as raster_image
from greenanalysis.site.draw.layers import (
    Lines,
    Outlines,
    Points,
    Popup,
    RasterTheme,
    RegionTheme,
    map_bounds,
)
from greenanalysis.site.draw.palette import ColourScale, scale_of
from greenanalysis.site.draw.static_maps import static_map
from greenanalysis.site.draw.style import figure_svg

SCALE = ColourScale(0.0, 1.0, "GW", "viridis")
BOUNDS = (46.0, 40.0, 88.0, 56.0)
SQUARES = gpd.GeoDataFrame(geometry=[box(50, 42, 60, 50), box(60, 42, 70, 50)], crs=4326)
DOTS = gpd.GeoDataFrame(geometry=[Point(55, 45), Point(65, 45)], crs=4326)
ROUTE = gpd.GeoDataFrame(geometry=[LineString([(55, 45), (65, 45)])], crs=4326)


def field(values: object = 0.5) -> xr.DataArray:
    latitude, longitude = np.arange(40.25, 56, 0.5), np.arange(46.25, 88, 0.5)
    coords = {"latitude": latitude, "longitude": longitude}
    return xr.DataArray(np.broadcast_to(values, (32, 84)).copy(), coords)


def pixels(theme: RasterTheme) -> np.ndarray:
    content = base64.b64decode(raster_image.raster_image(theme).partition(",")[2])
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGBA"))


def all_layers() -> list:
    popups = [Popup("A & <b>", [("Solar", "1 < 2")]), Popup("B")]
    return [
        RegionTheme("Share", SQUARES, [0.2, 0.9], SCALE, popups),
        RasterTheme("Field", field(), SCALE),
        Outlines("Regions", SQUARES, popups, highlight=[1]),
        Lines("Corridors", ROUTE, [4.0], note="width by capacity"),
        Points("Plants", DOTS, [5.0, 8.0], popups=popups),
    ]


def test_a_map_asks_for_no_tiles_and_holds_each_layer_in_order() -> None:
    drawn = maps.leaflet_map(all_layers(), bounds=BOUNDS, basemap=SQUARES)
    assert not [one for one in drawn.layers if isinstance(one, ipyleaflet.TileLayer)]
    names = [layer.name for layer in drawn.layers]
    assert names == ["Land", "Share", "Field", "Regions", "Corridors", "Plants"]
    assert [layer.name for layer in drawn.layers if layer.base] == ["Share", "Field"]
    for layer in drawn.layers:
        if isinstance(layer, ipyleaflet.GeoJSON) and layer.pane:
            assert "pane" in layer.options


def test_popups_are_escaped() -> None:
    drawn = maps.leaflet_map(all_layers(), bounds=BOUNDS)
    for name in ("Share", "Regions", "Plants"):
        layer = next(one for one in drawn.layers if one.name == name)
        text = layer.data["features"][0]["properties"]["popup_html"]
        assert "A &amp; &lt;b&gt;" in text
        assert "1 &lt; 2" in text
        assert "<b>A" in text


def test_a_live_click_shows_the_popup_of_the_region_and_only_that() -> None:
    drawn = maps.leaflet_map(all_layers(), bounds=BOUNDS)
    layer = next(one for one in drawn.layers if one.name == "Regions")
    for feature in layer.data["features"]:
        layer._click_callbacks(event="click", feature=feature, coordinates=[45, 55])
    popups = [one for one in drawn.layers if isinstance(one, ipyleaflet.Popup)]
    assert [popup.child.value for popup in popups] == [Popup("B").html()]


def test_the_rows_of_a_raster_are_even_in_web_mercator() -> None:
    import pyproj

    rows = raster_image.mercator_rows(40.0, 56.0, 64)
    project = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform
    _, y = project(np.zeros_like(rows), rows)
    _, ends = project([0, 0], [40.0, 56.0])
    np.testing.assert_allclose(np.diff(y), -(ends[1] - ends[0]) / 64, rtol=1e-6)


def test_a_cell_lies_where_its_latitude_is_and_nan_is_clear() -> None:
    values = field(0.0)
    values.loc[{"latitude": 50.25, "longitude": 60.25}] = 1.0
    values.loc[{"latitude": 44.25}] = np.nan
    for theme in (RasterTheme("x", values, SCALE), RasterTheme("x", values[::-1], SCALE)):
        image = pixels(theme)
        rows = raster_image.mercator_rows(40.0, 56.0, image.shape[0])
        high = np.array(SCALE.rgba(np.array([1.0]))[0])
        found = np.argwhere((image == high).all(axis=2))
        latitudes = rows[found[:, 0]]
        longitudes = 46 + (found[:, 1] + 0.5) * 42 / image.shape[1]
        assert (np.abs(latitudes - 50.25) <= 0.251).all()
        assert (np.abs(longitudes - 60.25) <= 0.251).all()
        clear = rows[np.flatnonzero(image[:, 0, 3] == 0)]
        assert len(clear)
        assert (np.abs(clear - 44.25) <= 0.251).all()
    overlay = maps.leaflet_map([RasterTheme("x", values, SCALE)], bounds=BOUNDS).layers[0]
    assert overlay.bounds == [[40.0, 46.0], [56.0, 88.0]]


def test_the_printed_twin_has_a_panel_per_theme_and_the_same_colours() -> None:
    layers = all_layers()
    figure = static_map(layers, bounds=BOUNDS, basemap=SQUARES)
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["Share", "Field"]
    printed = {to_hex(c) for c in figure.axes[0].collections[1].get_facecolor()}
    drawn = maps.leaflet_map(layers, bounds=BOUNDS)
    share = next(one for one in drawn.layers if one.name == "Share")
    shown = {f["properties"]["style"]["fillColor"] for f in share.data["features"]}
    assert printed == shown == {SCALE.hex(0.2), SCALE.hex(0.9)}
    assert figure.axes[0].get_xlim() == (46.0, 88.0)


def test_the_printed_twin_is_one_picture_a_panel_under_text_that_can_be_translated() -> None:
    figure = static_map(all_layers(), bounds=BOUNDS, basemap=SQUARES)
    drawing = figure_svg(figure, label="Twin", few_colours=True)
    texts = re.findall(r"<text[^>]*>([^<]*)<", drawing)
    assert {"Share", "Field"} <= set(texts)
    assert drawing.count("<image") == 2 * len(["Share", "Field"])  # of the map and its colour bar
    assert drawing.count("<path") < 20
    assert len(drawing) < len(figure_svg(figure, label="Twin"))


@given(value=st.floats(-2, 2))
def test_a_colour_is_that_of_matplotlib_between_the_ends(value: float) -> None:
    expected = to_rgb(matplotlib.colormaps["viridis"](min(max(value, 0.0), 1.0)))
    np.testing.assert_allclose(to_rgb(SCALE.hex(value)), expected, atol=1.01 / 255)


def test_a_scale_spans_the_bulk_and_says_so() -> None:
    values = np.r_[np.linspace(0.101, 0.299, 1000), np.nan, 50.0]
    scale = scale_of(values, unit="1")
    assert (scale.low, scale.high) == pytest.approx((0.10, 0.30), abs=0.011)
    assert scale.ticks()[0] == "0.10"
    assert ColourScale(0, 5, "GW", decimals=0).ticks() == ["0", "2.5", "5"]
    assert ColourScale(0.2, 0.4, "1").ticks() == ["0.20", "0.30", "0.40"]
    assert scale.unit_text() == ""
    flat = scale_of(np.full(4, 0.2), unit="GW")
    assert flat.high > flat.low
    assert scale_of(np.array([np.nan]), unit="GW").hex(float("nan")) == "#c8ced2"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RegionTheme("R", SQUARES, [1.0], SCALE), "number of values"),
        (lambda: Outlines("O", SQUARES, [Popup("a")]), "number of popups"),
        (lambda: Lines("L", ROUTE, [1.0, 2.0]), "number of widths"),
        (lambda: Points("P", DOTS, [1.0, 2.0], colour=["#000"]), "number of colours"),
        (lambda: RasterTheme("F", field().rename(latitude="lat"), SCALE), "dimensions"),
        (lambda: map_bounds([]), "at least one layer"),
    ],
)
def test_layers_that_do_not_fit_are_refused(make: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()  # type: ignore[operator]


def test_bounds_hold_all_layers() -> None:
    assert map_bounds(all_layers()) == (46.0, 40.0, 88.0, 56.0)
    assert map_bounds([Outlines("O", SQUARES)]) == (50.0, 42.0, 70.0, 50.0)
    assert maps.zoom_for((46, 40, 88, 56)) > maps.zoom_for((-180, -60, 180, 60))


def test_show_map_gives_title_map_legends_twin_and_source(capture_display: list) -> None:
    page.show_map(all_layers(), title="Sun & <wind>", source="MERRA-2", bounds=BOUNDS)
    title, widget, below = capture_display
    assert "Sun &amp; &lt;wind&gt;" in title
    assert isinstance(widget, ipyleaflet.Map)
    key = widget._dom_classes[0]
    assert below.count(f'data-map="{key}"') == 3
    assert "Data: MERRA-2" in below
    assert 'role="img" aria-label="Sun &amp; &lt;wind&gt;"' in below
    assert "GW" in below


@pytest.fixture
def capture_display(monkeypatch: pytest.MonkeyPatch) -> list:
    import IPython.display

    shown: list = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    return shown


def test_a_region_without_data_is_hatched_on_the_map_in_print_and_in_the_legend(
    capture_display: list,
) -> None:
    theme = RegionTheme("Waste", SQUARES, [0.2, float("nan")], SCALE)
    drawn = maps.leaflet_map([theme], bounds=BOUNDS)
    shown = [f["properties"]["style"]["fillColor"] for f in drawn.layers[0].data["features"]]
    assert shown == [SCALE.hex(0.2), "url(#ga-hatch)"]
    printed = static_map([theme], bounds=BOUNDS).axes[0].collections
    assert [part.get_hatch() for part in printed if part.get_hatch()] == ["////"]
    page.show_map([theme], title="t", source="s", bounds=BOUNDS)
    assert '<pattern id="ga-hatch"' in capture_display[0]
    assert "hatched: no data" in capture_display[2]
