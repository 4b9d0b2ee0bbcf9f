"""The dashboard in a browser: filters, map, charts, tables, files, languages, hostile names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from greenanalysis.portal import demo, words
from greenanalysis.registry import content, store
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping
from tests.support.access import grave_faults
from tests.support.browser import chromium
from tests.support.portal import running

pytestmark = pytest.mark.browser
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp"
LATIN = re.compile("[A-Za-z]{3,}")
POINTS = ".leaflet-overlay-pane path.leaflet-interactive[stroke='#fff']"
STILL = "() => !document.querySelector('.leaflet-zoom-anim, .leaflet-pan-anim')"
"""A map that flies to its place would carry a point away from under the pointer."""
MOVE_YEAR = """() => {
  const year = document.getElementById("year");
  year.value = 2012;
  year.dispatchEvent(new Event("input", {bubbles: true}));
}"""
READ_TEXTS = """() => {
  const copy = document.body.cloneNode(true);
  const own = ".languages, script, #plant-table td:nth-child(1), #plant-table td:nth-child(2)," +
    "#plant-table td:nth-child(8), #measure-table td:nth-child(-n+2), #target-note," +
    "#campaign-table td:first-child, [lang]";
  for (const node of copy.querySelectorAll(own)) node.remove();
  const told = ["aria-label", "title", "placeholder", "alt"].flatMap(name =>
    [...copy.querySelectorAll(`[${name}]`)].map(node => node.getAttribute(name)));
  return [document.title, copy.textContent, ...told];
}"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("dashboard")
    path = str(folder / "registry.sqlite")
    opened = store.open_engine(store.registry_url(path))
    store.migrate(opened)
    content.load_start(opened)
    rows = "name,enterprise,technology,capacity,capacity_unit,region,status,latitude,longitude,"
    rows += f'commissioned\n"{HOSTILE}",LLP,wind,33,MW,KZ-47,operating,44.11,51.91,2012\n'
    rows += "Later,LLP,wind,34,MW,KZ-47,operating,44.31,52.31,2013\n"
    file = folder / "hostile.csv"
    file.write_text(rows, encoding="utf-8")
    assert import_file(opened, file, FileMapping(kind="facility"), who="t").added == 2
    with store.write_session(opened) as session:
        demo.add(session, 25)
    opened.dispose()
    with running(path) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@contextmanager
def opened(browser: Any, base: str, language: str, width: int) -> Iterator[Any]:
    """Yield the dashboard once it shows; it must ask nothing elsewhere and keep its width."""
    context = browser.new_context(viewport={"width": width, "height": 850}, accept_downloads=True)
    page = context.new_page()
    said: list[str] = []
    page.on("request", lambda r: r.url.startswith((base, "data:")) or said.append(r.url))
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.goto(f"{base}/{language}/")
    page.wait_for_selector("body[data-shown][data-measures]", timeout=30_000)
    yield page
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert grave_faults(page) == []
    assert said == []
    context.close()


def changed(page: Any, act: Callable[[], Any], what: str = "shown") -> None:
    """Wait until what was done shows."""
    before = page.evaluate(f"() => document.body.dataset.{what}")
    act()
    script = f"old => document.body.dataset.{what} !== old"
    page.wait_for_function(script, arg=before, timeout=30_000)


@pytest.mark.parametrize("width", [1280, 390])
def test_plants_are_filtered_in_map_chart_table_and_files(browser, base, width):
    with opened(browser, base, "en", width) as page:
        rows = page.locator("#plant-table tbody tr")
        everything = page.locator(POINTS).count()
        changed(page, lambda: page.locator("#region").select_option("KZ-47"))
        changed(page, lambda: page.locator("#technology").select_option("wind"))
        assert 2 <= page.locator(POINTS).count() < everything
        assert "plants" in page.locator("#finding").inner_text()
        changed(page, lambda: page.locator("#undated").uncheck())
        changed(page, lambda: page.evaluate(MOVE_YEAR))
        assert rows.count() == 1
        assert rows.locator("td").first.inner_text().startswith("<script>alert(1)</script>")
        page.wait_for_function(STILL)
        page.locator(POINTS).first.click(force=True)
        assert "<script>alert(1)</script>" in page.locator(".leaflet-popup-content").inner_text()
        with page.expect_download() as download:
            page.locator("#csv").click()
        table = Path(download.value.path()).read_text(encoding="utf-8-sig")
        assert [row["name"] for row in csv.DictReader(io.StringIO(table, newline=""))] == [HOSTILE]


def test_coal_and_gas_are_shown_on_demand(browser, base):
    with opened(browser, base, "en", 1280) as page:
        assert "Coal" not in page.locator("#legend").inner_text()
        changed(page, lambda: page.locator("#fossil").check())
        assert "Coal" in page.locator("#legend").inner_text()


@pytest.mark.parametrize("language", words.ALL)
def test_the_demonstration_shows_all_and_says_what_it_is(browser, base, language):
    with opened(browser, base, language, 390) as page:
        assert page.locator("#measure-views").is_hidden(), "no real enterprise has reported"
        changed(page, lambda: page.locator("#m-synthetic").check(), "measures")
        assert page.locator("#synthetic-banner").is_visible()
        page.locator("#m-quantity").select_option("energy_saved")
        assert page.locator("#chart-year rect").count() == 3
        assert page.locator("#chart-year .target").count() == 1
        assert page.locator("#campaign-table tbody tr").count() == 3
        page.locator("#m-quantity").select_option("enterprises")
        for group in ("kind", "technology", "region"):
            page.locator("#m-group").select_option(group)
            assert page.locator("#chart-group rect").count() >= 3
        head = page.locator("#group-table th button").nth(1)
        head.click()
        counts = page.locator("#group-table tbody td:nth-child(2)").all_inner_texts()
        assert [int(n) for n in counts] == sorted((int(n) for n in counts), reverse=True)
        with page.expect_download() as download:
            page.locator("#group-file").click()
        table = Path(download.value.path()).read_text(encoding="utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(table, newline="")))) == len(counts)
        if language != "en":
            left = {word for text in page.evaluate(READ_TEXTS) for word in LATIN.findall(text)}
            assert left <= {"CSV", "XLSX"}
