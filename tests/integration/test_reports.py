"""The real pages, built from the real notebooks, opened from a folder with no network at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import rasterio

from greenanalysis.site.publish.languages.extract import untranslated
from greenanalysis.site.workflow.build import BuildResult, build_reports
from greenanalysis.site.workflow.pages import site_pages
from tests.support.browser import browser_path, chromium, opened

pytestmark = pytest.mark.browser

PAGES = ("atlas", "programme-kz-61", "region-kz-61", "region-kz-71", "export-base")
MAP = ".ga-map"
TURKISTAN, ABOVE_BETPAK_DALA, AKTOBE = (42.4, 67.4), (47.25, 67.25), (48.5, 59.5)
"""Latitude and longitude of places with no line and no plant near them."""

PLACES = {
    "atlas": ABOVE_BETPAK_DALA,
    "programme-kz-61": TURKISTAN,
    "region-kz-61": TURKISTAN,
    "export-base": AKTOBE,
}
UNITS = {
    "capacity-factor": "1",
    "lcoe": "USD/MWh",
    "speed-100m": "m/s",
    "sigma-100m": "1",
}
"""Ending of the name of a raster -> its unit, as UDUNITS writes it."""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    folder = tmp_path_factory.mktemp("site")
    return build_reports(only=PAGES, output=folder, echo=lambda line: None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


def test_every_region_and_scenario_has_a_page():
    names = [page.name for page in site_pages()]
    for kind in ("region", "programme"):
        assert sum(name.startswith(f"{kind}-") for name in names) == 20
    assert {"atlas", "export-base", "export-caspian", "export-xinjiang"} <= set(names)


def test_the_pages_are_built(build):
    assert sorted(build.built) == sorted(PAGES)
    assert build.exit_code == 0


def test_no_text_of_the_pages_lacks_a_translation(build):
    folder = build.index.parent
    assert untranslated(folder) == {"ru": {}, "kk": {}}
    for name in (*PAGES, "index"):
        for language in ("ru", "kk"):
            text = (folder / language / f"{name}.html").read_text()
            assert f'<html lang="{language}">' in text
            assert "Screening grade" not in text.split("application/vnd", 1)[0]


def test_a_second_build_runs_nothing(build):
    said: list[str] = []
    again = build_reports(only=PAGES, output=build.index.parent, echo=said.append)
    assert again.built == ()
    assert again.seconds < 20
    assert "nothing changed" in said[0]


def test_every_page_says_that_it_is_screening_grade(build):
    for name in (*PAGES, "index"):
        text = (build.index.parent / f"{name}.html").read_text()
        assert "Screening grade: built on the sample weather, not measured weather" in text, name


def test_regional_rows_of_the_atlas_sum_to_the_country(build):
    text = (build.index.parent / "atlas.html").read_text()
    table = re.search(
        r"Solar and wind: technical potential[^<]*</caption>.*?</table>", text, re.DOTALL
    )
    rows = re.findall(r"<tr>(.*?)</tr>", table.group(0), re.DOTALL)[1:]
    cells = [[re.sub("<[^>]*>", "", c) for c in re.findall(r"<td.*?</td>", r)] for r in rows]
    assert len(cells) == 21
    for column in (1, 2, 5, 6):
        values = [float(row[column].replace(",", "")) for row in cells]
        assert values[-1] == pytest.approx(sum(values[:-1]), abs=20 * 0.05 + 0.05)


def test_the_atlas_prints_hits_and_misses(build):
    text = (build.index.parent / "atlas.html").read_text()
    table = re.search(r"stated and modelled</caption>.*?</table>", text, re.DOTALL).group(0)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    said = [[re.sub("<[^>]*>", "", c) for c in re.findall(r"<td.*?</td>", r)] for r in rows]
    assert len(said) >= 8
    for _, verdict, stated, model, _, tolerance, *_ in said:
        deviation = float(model) / float(stated) - 1
        rounding = 0.001 / float(stated)
        limit = float(tolerance.strip("±%")) / 100
        assert verdict in {"within", "missed"}
        if abs(abs(deviation) - limit) > rounding:
            assert verdict == ("within" if abs(deviation) < limit else "missed")


def test_every_file_of_the_atlas_opens_with_place_unit_and_gaps(build):
    text = (build.index.parent / "atlas.html").read_text()
    linked = re.findall(r'class="ga-download" download href="([^"]+)"', text)
    files = [build.index.parent / address for address in linked]
    assert {path.suffix for path in files} == {".tif", ".gpkg", ".csv"}
    rasters = [path.stem for path in files if path.suffix == ".tif"]
    assert {end for end in UNITS if any(name.endswith(end) for name in rasters)} == set(UNITS)
    for path in files:
        if path.suffix == ".tif":
            unit = next(unit for end, unit in UNITS.items() if path.stem.endswith(end))
            with rasterio.open(path) as opened_raster:
                assert opened_raster.crs.to_epsg() == 4326
                assert opened_raster.nodata == -9999
                assert opened_raster.tags()["units"] == unit
                assert opened_raster.tags()["grade"] == "screening"
                inside = opened_raster.read(1, masked=True)
                assert 0 < inside.count() < inside.size
        elif path.suffix == ".gpkg":
            assert gpd.read_file(path).crs.to_epsg() == 4326
        else:
            assert len(pd.read_csv(path)) >= 20
    regions = gpd.read_file(build.index.parent / "downloads/atlas/regions.gpkg")
    assert len(regions) == 20
    assert regions["crop_residues_technical_pj_per_year"].isna().any()
    water = pd.read_csv(build.index.parent / "downloads/atlas/water.csv")
    assert (water["value"].isna() == (water["status"] == "no data")).all()


def test_the_atlas_prints_totals_missed_and_met(build):
    text = (build.index.parent / "atlas.html").read_text()
    table = re.search(r"National totals, here and published</caption>.*?</table>", text, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table.group(0), re.DOTALL)[1:]
    verdicts = [re.sub("<[^>]*>", "", re.findall(r"<td.*?</td>", row)[2]) for row in rows]
    assert set(verdicts) == {"within", "missed", "not modelled"}


def test_build_json_is_machine_readable(build):
    state = json.loads((build.index.parent / "build.json").read_text())
    assert {state["pages"][name]["status"] for name in PAGES} == {"ok"}


def shown(page: Any) -> Any:
    """Bring the map of a page into its window, where it draws itself, and return it."""
    holder = page.locator(MAP).first
    holder.evaluate("map => map.scrollIntoView()")
    page.wait_for_selector(f"{MAP}[data-ready]", timeout=30_000)
    page.wait_for_timeout(600)
    return holder


def ask(page: Any, place: tuple[float, float], *, touch: bool) -> Any:
    """Click or tap a place of the map, by latitude and longitude, and return what pops up."""
    x, y = page.evaluate(
        """([latitude, longitude]) => {
          const map = document.querySelector('.ga-map').gaMap, box = map.getContainer()
            .getBoundingClientRect(), at = map.latLngToContainerPoint([latitude, longitude]);
          return [box.x + at.x, box.y + at.y];
        }""",
        list(place),
    )
    (page.touchscreen.tap if touch else page.mouse.click)(x, y)
    popup = page.locator(".leaflet-popup-content")
    popup.last.wait_for(timeout=5_000)
    page.wait_for_timeout(400)
    return popup.last


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["atlas", "programme-kz-61", "region-kz-61", "export-base"])
def test_maps_answer_offline(browser: Any, build: BuildResult, name: str, width: int) -> None:
    with opened(browser, build.index.parent / f"{name}.html", width=width) as watched:
        page = watched.page
        holder = shown(page)
        assert holder.locator(".ga-city").count() >= 1
        assert holder.locator(".leaflet-image-layer").count() >= 2
        popup = ask(page, PLACES[name], touch=width < 600)
        assert re.search(r"\d\S* (GW|MW|TWh)", popup.inner_text())
        inside, frame = popup.bounding_box(), holder.locator(".ga-map-view").bounding_box()
        assert frame["x"] <= inside["x"]
        assert inside["x"] + inside["width"] <= frame["x"] + frame["width"]
        assert watched.overflow() <= 0
        assert watched.problems() == []


def test_the_five_maps_are_drawn_offline_and_gaps_are_hatched(browser, build):
    with opened(browser, build.index.parent / "atlas.html", width=1280) as watched:
        page = watched.page
        holder = shown(page)
        for name in ("Municipal waste", "Crop residues", "Hydropower", "Solar by", "Wind by"):
            key = holder.locator(".ga-key", has_text=name)
            key.click()
            assert key.get_attribute("aria-pressed") == "true"
            assert holder.locator("canvas.leaflet-image-layer").count() == 0
            assert holder.locator("path.ga-map-region").count() == 20
            legend = holder.locator(".ga-map-legend")
            assert name in legend.inner_text()
            hatched = holder.locator("path.ga-map-region[fill*='hatch']").count()
            gaps = legend.locator(".ga-gaps").count()
            assert (hatched > 0) == (gaps > 0) == (name == "Crop residues")
        assert watched.problems() == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_atlas_switches_its_layer(browser: Any, build: BuildResult, width: int) -> None:
    with opened(browser, build.index.parent / "atlas.html", width=width) as watched:
        page = watched.page
        holder = shown(page)
        pictures = set()
        for name in ("Solar", "Wind"):
            key = holder.locator(".ga-key", has_text=f"{name} yield")
            (key.tap if width < 600 else key.click)()
            assert key.get_attribute("aria-pressed") == "true"
            assert f"{name} yield" in holder.locator(".ga-map-legend").inner_text()
            picture = holder.locator("canvas.leaflet-image-layer")
            pictures.add(picture.evaluate("canvas => canvas.toDataURL()"))
            holder.evaluate("map => map.scrollIntoView()")
            popup = ask(page, PLACES["atlas"], touch=width < 600)
            value = float(popup.locator(".ga-map-value b").inner_text())
            file = build.index.parent / f"downloads/atlas/{name.lower()}-capacity-factor.tif"
            with rasterio.open(file) as raster:
                ((truth,),) = raster.sample([PLACES["atlas"][::-1]])
            assert value == pytest.approx(truth, abs=6e-4)
        assert len(pictures) == 2
        assert watched.problems() == []


def test_the_index_links_the_pages(browser: Any, build: BuildResult) -> None:
    with opened(browser, build.index, width=390) as watched:
        page = watched.page
        for name in PAGES:
            assert page.locator(f"table a[href='{name}.html']").count() == 1
        assert watched.overflow() <= 0
        assert watched.problems() == []
