"""Maps in the browser, offline: values, popups, switches, months and hours, three languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from nbformat.v4 import new_code_cell, new_notebook, new_output
from shapely import LineString, Point

from greenanalysis.geo.regions import load_regions
from greenanalysis.site.draw.layers import Lines, Outlines, Points, Popup, RasterTheme, RegionTheme
from greenanalysis.site.draw.palette import scale_of
from greenanalysis.site.draw.show import map_block
from greenanalysis.site.publish.html import render_page
from greenanalysis.site.publish.languages.catalogue import Translator
from greenanalysis.site.publish.languages.links import mark_language, relocate
from greenanalysis.site.publish.languages.translate import page_text, parse_page, translate_page
from greenanalysis.site.publish.runtime import ensure_runtime
from tests.support.access import grave_faults
from tests.support.browser import browser_path, chromium, opened

pytestmark = pytest.mark.browser

PLACE = (47.25, 67.25)
"""Latitude and longitude of a cell in the middle of the country."""

LONG = "A plant whose name is as long as a line of a popup can be and then some more"
MESSAGES = {
    "ru": {"Solar": "Солнце", "Month": "Месяц", "Opacity": "Плотность", "Plants": "Станции"},
    "kk": {"Solar": "Күн", "Month": "Ай", "Opacity": "Қоюлық", "Plants": "Станциялар"},
}


def field() -> tuple[xr.DataArray, xr.DataArray]:
    """Return a made-up field and its months, as a GeoTIFF would hold them."""
    latitude, longitude = np.arange(40.25, 56, 0.5), np.arange(46.25, 88, 0.5)
    coords = {"latitude": latitude, "longitude": longitude}
    values = 0.1 + (55.75 - latitude)[:, None] / 100 + (longitude - 46.25)[None, :] / 1000
    year = xr.DataArray(values.astype("float32"), coords)
    months = xr.concat([year * (0.5 + month / 12) for month in range(1, 13)], "month")
    return year, months.assign_coords(month=np.arange(1, 13))


def layers() -> list[Any]:
    regions = load_regions()
    year, months = field()
    popups = [Popup(name, [("Code", str(code))]) for code, name in regions["name_en"].items()]
    share = np.linspace(0, 1, len(regions))
    share[3] = np.nan
    ends = gpd.GeoDataFrame(
        geometry=[
            LineString([(66.9, 48.0), (71.4, 51.1)]),
            LineString([(71.4, 51.1), (69.2, 41.3)]),
        ],
        crs=4326,
    )
    places = gpd.GeoDataFrame(geometry=[Point(86.5, 49.5), Point(69.2, 41.3)], crs=4326)
    return [
        RegionTheme("Share", regions, share.tolist(), scale_of(share, unit="1"), popups),
        RasterTheme("Solar", year, scale_of(year.to_numpy(), unit="capacity factor"), months),
        Outlines("Regions", regions, popups),
        Lines("Flow", ends, [3, 3], popups=[Popup("A"), Popup("B")], hours=[2, 14],
              flows=np.array([[500.0, -800.0], [0.0, 1200.0]])),
        Points("Plants", places, [8, 8], popups=[Popup(LONG, [(LONG, "1,234.5 MW")])] * 2,
               labels=["Corner", "South"]),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("maps")
    box = (46, 40, 88, 56)
    block = map_block(layers(), key="ga-map-1", title="The south has more", bounds=box)
    outputs = [new_output("display_data", data={"text/html": str(block)})]
    notebook = new_notebook(cells=[new_code_cell("map", outputs=outputs)])
    page = render_page(notebook, title="Maps", runtime=ensure_runtime(root).href)
    (root / "assets" / "site.js").write_text("")
    (root / "maps.html").write_text(page, encoding="utf-8")
    for language, messages in MESSAGES.items():
        tree = parse_page(page)
        translate_page(tree, Translator(language, messages))
        relocate(tree, address="maps.html", language=language, pages=frozenset())
        mark_language(tree, language)
        (root / language).mkdir()
        (root / language / "maps.html").write_text(page_text(tree), encoding="utf-8")
    return root


def ready(page: Any) -> Any:
    holder = page.locator(".ga-map")
    page.wait_for_selector(".ga-map[data-ready]", timeout=20_000)
    page.locator(".ga-map-view").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    return holder


def at(page: Any, latitude: float, longitude: float) -> tuple[float, float]:
    box = page.locator(".ga-map-view").bounding_box()
    x, y = page.evaluate(
        "([a, b]) => { const p = document.querySelector('.ga-map').gaMap"
        ".latLngToContainerPoint([a, b]); return [p.x, p.y]; }",
        [latitude, longitude],
    )
    return box["x"] + x, box["y"] + y


def number(text: str) -> float:
    return float(text.replace(",", "."))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["", "ru/", "kk/"])
def test_a_map_reads_the_values_of_the_file_and_its_months_change_it(
    browser: Any, site: Path, language: str, width: int, dark: bool
) -> None:
    year, months = field()
    with opened(browser, site / f"{language}maps.html", width=width, dark=dark) as watched:
        page = watched.page
        holder = ready(page)
        words = MESSAGES.get(language.strip("/"), {})
        assert not page.locator(".ga-twin").is_visible()
        assert holder.locator(".leaflet-image-layer").count() == 3
        assert holder.locator(".ga-city").count() >= (8 if width > 600 else 3)
        truth = float(year.sel(latitude=PLACE[0], longitude=PLACE[1]))
        page.mouse.click(*at(page, *PLACE))
        popup = page.locator(".leaflet-popup-content")
        popup.wait_for(timeout=5_000)
        assert number(popup.locator(".ga-map-value b").inner_text()) == pytest.approx(
            truth, abs=6e-4
        )
        assert popup.locator("rect").count() == 12
        page.wait_for_timeout(400)
        inside, frame = popup.bounding_box(), page.locator(".ga-map-view").bounding_box()
        assert frame["x"] <= inside["x"]
        assert inside["x"] + inside["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= inside["y"]
        names = holder.locator(".ga-key").all_inner_texts()
        assert words.get("Solar", "Solar") in names
        before = holder.locator("canvas.leaflet-image-layer").evaluate("c => c.toDataURL()")
        slider = holder.locator(".ga-map-slider", has_text=words.get("Month", "Month"))
        slider.locator("input").fill("12")
        page.wait_for_timeout(200)
        after = holder.locator("canvas.leaflet-image-layer").evaluate("c => c.toDataURL()")
        assert after != before
        page.mouse.click(*at(page, PLACE[0] - 1.5, PLACE[1]))
        page.wait_for_timeout(600)
        december = float(months.sel(month=12, latitude=PLACE[0] - 1.5, longitude=PLACE[1]))
        text = popup.last.locator(".ga-map-value b").inner_text()
        assert number(text) == pytest.approx(december, abs=6e-4)
        assert watched.overflow() <= 0
        if not language and not dark:
            assert list(grave_faults(page)) == []
        assert watched.problems() == []


def test_layers_are_switched_by_their_key_and_regions_tell_theirs(browser: Any, site: Path) -> None:
    with opened(browser, site / "maps.html", width=1440) as watched:
        page = watched.page
        holder = ready(page)
        points = holder.locator("path.ga-map-point")
        assert points.count() == 2
        holder.locator(".ga-key", has_text="Plants").click()
        assert points.count() == 0
        holder.locator(".ga-key", has_text="Share").click()
        assert holder.locator("path.ga-map-region").count() == len(load_regions())
        assert holder.locator("canvas.leaflet-image-layer").count() == 0
        assert holder.locator(".ga-gaps").is_visible()
        hatched = holder.locator("path.ga-map-region").evaluate_all(
            "all => all.filter(p => p.getAttribute('fill').includes('hatch')).length"
        )
        assert hatched == 1
        page.mouse.click(*at(page, *PLACE))
        assert "KZ-" in page.locator(".leaflet-popup-content").inner_text()
        opacity = holder.locator(".ga-map-slider", has_text="Opacity").locator("input")
        opacity.fill("40")
        assert (
            page.evaluate("document.querySelector('.leaflet-ga-regions-pane').style.opacity")
            == "0.4"
        )
        holder.locator(".ga-key", has_text="Solar").click()
        page.locator(".leaflet-popup").wait_for(state="detached", timeout=5_000)
        assert watched.problems() == []


@pytest.mark.parametrize("width", [1440, 390])
def test_hours_turn_the_arrows_and_a_popup_in_the_corner_lies_inside(
    browser: Any, site: Path, width: int
) -> None:
    with opened(browser, site / "maps.html", width=width) as watched:
        page = watched.page
        holder = ready(page)
        clock = holder.locator(".ga-map-slider", has_text="Hour")
        assert clock.locator("b").inner_text() == "14:00"
        heads = "[...document.querySelectorAll('.ga-flow-arrow b')].map(b => b.style.transform)"
        afternoon = page.evaluate(heads)
        assert holder.locator("path.ga-flow.ga-back").count() == 1
        assert "1,200 MW" in holder.locator(".ga-map-label", has_text="South").inner_text()
        clock.locator("input").fill("0")
        assert clock.locator("b").inner_text() == "02:00"
        assert page.evaluate(heads) != afternoon
        assert holder.locator("path.ga-flow.ga-still").count() == 1
        page.mouse.click(*at(page, 49.5, 86.5))
        popup = page.locator(".leaflet-popup")
        popup.wait_for(timeout=5_000)
        page.wait_for_timeout(500)
        inside, frame = popup.bounding_box(), page.locator(".ga-map-view").bounding_box()
        assert LONG in popup.inner_text()
        assert inside["x"] >= frame["x"] - 1
        assert inside["x"] + inside["width"] <= frame["x"] + frame["width"] + 1
        assert inside["y"] >= frame["y"] - 1
        assert watched.overflow() <= 0
        assert watched.problems() == []


def test_paper_and_readers_without_scripts_get_the_twin(browser: Any, site: Path) -> None:
    with opened(browser, site / "maps.html") as watched:
        page = watched.page
        ready(page)
        page.emulate_media(media="print")
        assert page.locator(".ga-twin").is_visible()
        assert not page.locator(".ga-map").is_visible()
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "maps.html").as_uri())
    assert page.locator(".ga-twin svg").is_visible()
    context.close()
