"""Pages made of every block of a report, without a notebook run: axe-core, keyboard, themes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from greenanalysis.site import elements as blocks
from greenanalysis.site.page import Page
from greenanalysis.site.publish.compare import compare_runs, read_run, render_comparison
from greenanalysis.site.publish.html import render_page
from greenanalysis.site.publish.index import failure_page, render_index
from greenanalysis.site.publish.links import write_script
from tests.support.access import grave_faults
from tests.support.browser import browser_path, chromium, opened

pytestmark = pytest.mark.browser

WEATHER = {"name": "sample", "grade": "screening", "source": "test", "years": "2023"}
NAMES = ("region-kz-61", "region-kz-71", "region-kz-75")


def report() -> str:
    """Return a page that holds each block of text once."""
    table = pd.DataFrame({"Region": ["Turkistan", "Astana"], "GW": [66.8, 0.4]})
    figures = [("Solar potential", "66.8", "GW"), ("Solar LCOE", "42", "USD/MWh")]
    parts = [
        blocks.banner(WEATHER),
        *(blocks.finding("Solar costs 42 USD/MWh"), blocks.key_figures(figures)),
        *(blocks.html_table(table, caption="Potential"), blocks.sources(["A source"])),
        *(blocks.folded("More", blocks.text("Said.")), blocks.limits(["Nothing."])),
        blocks.provenance({"region": "x"}, weather=WEATHER, facts={"Boundaries": "x"}),
    ]
    outputs = [new_output("display_data", {"text/html": str(part)}) for part in parts]
    cells = [new_markdown_cell("# Turkistan"), new_code_cell("solar = 1  # GW", outputs=outputs)]
    links = [("validation.html", "Validation")]
    return render_page(new_notebook(cells=cells), title="Turkistan", runtime="x.js", links=links)


def region(name: str) -> Page:
    code = name.removeprefix("region-").upper()
    return Page(name, Path("x.ipynb"), f"Region {code}", "Regions", {"region": code})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("access")
    pages = [*map(region, NAMES), Page("bad", Path("x.ipynb"), "Bad <one>", "National")]
    text = report()
    state: dict[str, Any] = {}
    for number, name in enumerate(NAMES):
        (root / f"{name}.html").write_text(text)
        record = {"key": "solar_lcoe", "value": str(40 + number), "label": "Solar LCOE"}
        records = {"solar_lcoe": record | {"unit": "USD/MWh", "headline": number == 0}}
        records["wind_potential"] = {**record, "key": "wind_potential", "label": "Wind"}
        state[name] = {"status": "ok", "key": "k", "records": records, "seconds": 1.0}
    state["bad"] = {"status": "failed", "key": "k", "error": "ValueError: <b>"}
    (root / "bad.html").write_text(failure_page("Bad <one>", "ValueError: <b>"))
    (root / "validation.html").write_text(text)
    keys = dict.fromkeys(state, "k")
    (root / "index.html").write_text(render_index(pages, state, keys, folder=root))
    (root / "build.json").write_text(json.dumps({"pages": state}))
    run = read_run(root)
    (root / "compare.html").write_text(render_comparison(compare_runs(run, run)))
    write_script(root)
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["index", "region-kz-61", "bad", "compare"])
def test_axe_finds_no_grave_fault_in_either_theme(
    browser: Any, site: Path, name: str, width: int
) -> None:
    with opened(browser, site / f"{name}.html", width=width) as watched:
        assert grave_faults(watched.page) == []
        watched.page.emulate_media(color_scheme="dark")
        assert grave_faults(watched.page, only=("color-contrast",)) == []
        assert watched.overflow() <= 0
        assert watched.problems() == []


def test_axe_would_see_a_grave_fault(browser: Any, tmp_path: Path) -> None:
    poor = tmp_path / "poor.html"
    poor.write_text('<html lang="en"><title>x</title><p style="color:#ccc">pale</p><img src="">')
    with opened(browser, poor) as watched:
        said = " ".join(grave_faults(watched.page))
        assert "color-contrast" in said
        assert "image-alt" in said


def test_the_theme_is_chosen_remembered_and_set_before_the_first_line(
    browser: Any, site: Path
) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, site / "index.html") as watched:
        page = watched.page
        light = page.evaluate(paper)
        page.locator("#ga-theme").select_option("dark")
        dark = page.evaluate(paper)
        assert dark != light
        page.goto((site / "region-kz-61.html").as_uri())
        assert page.evaluate(paper) == dark
        assert page.evaluate("document.getElementById('ga-theme').value") == "dark"
        early = page.evaluate("[...document.head.children].map(node => node.tagName)")
        assert early.index("SCRIPT") < early.index("STYLE")
        page.emulate_media(media="print")
        assert page.evaluate(paper) == light
        page.emulate_media(media="screen")
        page.locator("#ga-theme").select_option("")
        assert page.evaluate(paper) == light
        assert watched.problems() == []


def test_the_keyboard_reaches_the_content_the_search_and_the_map(browser: Any, site: Path) -> None:
    with opened(browser, site / "index.html") as watched:
        page = watched.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "ga-skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.keyboard.press("Tab")  # the page that failed, named first
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "ga-filter"
        page.keyboard.type("Астана")
        assert "1 found" in page.locator("#ga-count").inner_text()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.textContent") == "Region KZ-71"
        page.keyboard.press("Escape")
        assert page.locator("#ga-overview").is_visible()
        page.locator(".ga-country a").first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        stroke = page.evaluate("parseFloat(getComputedStyle(document.activeElement).strokeWidth)")
        assert stroke > 3
        page.keyboard.press("Enter")
        page.wait_for_url("**/region-kz-*.html", timeout=10_000)


def test_the_search_leads_to_a_finding(browser: Any, site: Path) -> None:
    with opened(browser, site / "index.html", width=390) as watched:
        page = watched.page
        page.locator("#ga-filter").fill("kz-75 solar costs")
        page.locator(".ga-results ul a").first.click()
        page.wait_for_load_state("load")
        assert page.url.endswith("region-kz-75.html#solar-costs-usd-mwh")
        assert page.locator("#solar-costs-usd-mwh").is_visible()


def test_without_script_the_landing_page_is_a_list_and_a_map(browser: Any, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert not page.locator("#ga-filter").is_visible()
    assert not page.locator("#ga-theme").is_visible()
    assert page.locator(".ga-country a").count() == len(NAMES)
    area = page.locator(".ga-country a[href='region-kz-61.html'] path")
    before = area.evaluate("node => getComputedStyle(node).fill")
    page.get_by_label("Wind").check()
    assert area.evaluate("node => getComputedStyle(node).fill") != before
    assert page.locator(".ga-scale:visible").count() == 1
    page.locator("tbody th a").first.click()
    assert page.url.endswith("region-kz-61.html")
    context.close()
