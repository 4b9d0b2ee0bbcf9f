"""Charts in the browser, offline: hover, series, zoom, keys, files, dark, without scripts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from greenanalysis.site.draw import figures
from greenanalysis.site.draw.chart import Chart
from greenanalysis.site.publish.html import render_page
from greenanalysis.site.publish.languages.catalogue import Translator
from greenanalysis.site.publish.languages.links import mark_language, relocate
from greenanalysis.site.publish.languages.translate import page_text, parse_page, translate_page
from greenanalysis.site.publish.runtime import ensure_runtime
from tests.support.access import grave_faults
from tests.support.browser import browser_path, chromium, opened

pytestmark = pytest.mark.browser

WIDTHS = (1440, 390)
STEPS = pd.DataFrame({"capacity_gw": [10, 20, 30.0], "lcoe_usd_per_mwh": [25, 31.5, 44.0]})
COSTS = {"A region with a very long name that needs two lines": 1234.5, "B": 31.25, "C": np.nan}
MESSAGES = {
    "ru": {"Solar": "Солнце", "Wind": "Ветер", "capacity factor": "КИУМ", "Month": "Месяц"},
    "kk": {"Solar": "Күн", "Wind": "Жел", "capacity factor": "ҚПК", "Month": "Ай"},
}


def charts() -> list[Chart]:
    month = 0.2 - 0.1 * np.cos(np.arange(12) / 6 * np.pi)
    return [
        figures.monthly_profile({"Solar": month, "Wind": 0.45 - month}, unit="capacity factor"),
        figures.supply_curve({"Solar": STEPS, "Wind": STEPS * 1.2}),
        figures.ranked_bars(COSTS, unit="LCOE, USD/MWh", decimals=2),
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("charts and more")
    cells = []
    for number, chart in enumerate(charts()):
        data = chart.shown(title=f"Finding {number}", source="made up")._repr_mimebundle_()
        output = new_output("execute_result", data=data, metadata={}, execution_count=1)
        cells.append(new_code_cell("chart", outputs=[output]))
    runtime = ensure_runtime(root)
    (root / "assets" / "site.js").write_text("")
    page = render_page(new_notebook(cells=cells), title="Charts", runtime=runtime.href)
    (root / "charts.html").write_text(page, encoding="utf-8")
    for language, messages in MESSAGES.items():
        tree = parse_page(page)
        translate_page(tree, Translator(language, messages))
        relocate(tree, address="charts.html", language=language, pages=frozenset())
        mark_language(tree, language)
        (root / language).mkdir()
        (root / language / "charts.html").write_text(page_text(tree), encoding="utf-8")
    return root


def ready(page: Any, name: str = "chart-1") -> Any:
    figure = page.locator(f"#{name}")
    figure.scroll_into_view_if_needed()
    page.wait_for_selector(f"#{name}[data-ready]", timeout=20_000)
    return figure


def middle(locator: Any) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["", "ru/", "kk/"])
def test_a_chart_is_drawn_offline_tells_its_values_and_hides_a_series(
    browser: Any, site: Path, language: str, width: int, dark: bool
) -> None:
    with opened(browser, site / f"{language}charts.html", width=width, dark=dark) as watched:
        page = watched.page
        figure = ready(page)
        words = MESSAGES.get(language.strip("/"), {})
        assert not figure.locator(".ga-chart-twin").is_visible()
        lines = figure.locator(".ga-live .mark-line path")
        assert lines.count() == 2
        key = figure.locator(".ga-key").first
        assert key.inner_text() == words.get("Solar", "Solar")
        live = figure.locator(".ga-live")
        if width > 600:
            page.mouse.move(*middle(live))
        else:
            page.touchscreen.tap(*middle(live))
        tip = page.locator("#ga-tip")
        tip.wait_for(timeout=3_000)
        text = tip.inner_text()
        assert words.get("Month", "Month") in text
        assert re.search(r"0,\d\d\d" if language else r"0\.\d\d\d", text), text
        box = tip.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        key.click()
        page.wait_for_function("document.querySelectorAll('#chart-1 .mark-line path').length === 1")
        key.click()
        page.wait_for_function("document.querySelectorAll('#chart-1 .mark-line path').length === 2")
        assert watched.overflow() <= 0
        column = figure.bounding_box()["width"]
        assert figure.locator(".ga-live svg").bounding_box()["width"] >= 0.97 * column
        if not language and not dark:
            assert list(grave_faults(page)) == []
        assert watched.problems() == []


def domain(page: Any) -> list[float]:
    return page.evaluate(
        "[...window.gaCharts.views.values()].map(v => v && v.scale('x').domain())"
        "[[...window.gaCharts.views.keys()].findIndex(f => f.id === 'chart-2')]"
    )


def test_zoom_works_by_wheel_keys_and_buttons_and_a_plain_wheel_moves_the_page(
    browser: Any, site: Path
) -> None:
    with opened(browser, site / "charts.html", width=1440) as watched:
        page = watched.page
        figure = ready(page, "chart-2")
        live = figure.locator(".ga-live")
        whole = domain(page)
        page.mouse.move(*middle(live))
        page.keyboard.down("Control")
        page.mouse.wheel(0, -300)
        page.keyboard.up("Control")
        page.wait_for_timeout(300)
        near = domain(page)
        assert near[1] - near[0] < 0.9 * (whole[1] - whole[0])
        figure.locator("[data-zoom=all]").click()
        page.wait_for_timeout(300)
        assert domain(page) == pytest.approx(whole)
        live.focus()
        page.keyboard.press("+")
        page.wait_for_timeout(300)
        assert domain(page)[1] - domain(page)[0] < 0.9 * (whole[1] - whole[0])
        page.keyboard.press("0")
        page.wait_for_timeout(300)
        assert domain(page) == pytest.approx(whole)
        before = page.evaluate("scrollY")
        page.mouse.wheel(0, -200)
        page.wait_for_timeout(300)
        assert page.evaluate("scrollY") < before or before == 0
        assert domain(page) == pytest.approx(whole)
        assert watched.problems() == []


def test_arrow_keys_read_the_values_aloud(browser: Any, site: Path) -> None:
    with opened(browser, site / "charts.html", width=1440) as watched:
        page = watched.page
        figure = ready(page)
        figure.locator(".ga-live").focus()
        said = figure.locator(".ga-say")
        page.keyboard.press("ArrowRight")
        first = said.inner_text()
        page.keyboard.press("ArrowRight")
        assert "Month" in first
        assert said.inner_text() != first
        assert page.locator("#ga-tip").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#ga-tip").is_visible()
        assert watched.problems() == []


def saved(page: Any, figure: Any, action: str) -> Path:
    figure.locator(".ga-menu > summary").click()
    with page.expect_download(timeout=20_000) as waiting:
        figure.locator(f"[data-do={action}]").click()
    return Path(waiting.value.path())


@pytest.mark.parametrize("language", ["", "kk/"])
def test_the_files_arrive_and_hold_the_drawn_numbers(
    browser: Any, site: Path, language: str
) -> None:
    with opened(browser, site / f"{language}charts.html", width=1440) as watched:
        page = watched.page
        figure = ready(page, "chart-3")
        text = saved(page, figure, "csv").read_text(encoding="utf-8-sig")
        lines = text.splitlines()
        head = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
        assert head["title"] == "Finding 2"
        assert head["unit"] == "LCOE, USD/MWh"
        assert head["source"] == "made up"
        assert "MIT" in head["licence and citation"]
        assert len(head["sha256 of the numbers"]) == 16
        body = [line for line in lines if not line.startswith("# ")]
        rows = list(csv.reader(io.StringIO("\n".join(body))))[1:]
        assert [row[0] for row in rows] == list(COSTS)
        assert [row[1] for row in rows] == ["1234.5", "31.25", ""]
        png = Image.open(saved(page, figure, "png"))
        assert png.format == "PNG"
        assert png.width >= 1800
        assert len(png.convert("RGB").getcolors(1 << 24)) > 20
        svg = saved(page, figure, "svg").read_text(encoding="utf-8")
        assert svg.startswith("<svg")
        assert "Finding 2" in svg
        assert "var(" not in svg
        figure.locator(".ga-menu > summary").click()
        figure.locator("[data-do=table]").click()
        assert figure.locator(".ga-rows tr").count() == 4
        figure.locator(".ga-menu > summary").click()
        figure.locator("[data-do=cite]").click()
        assert "greenanalysis" in figure.locator(".ga-say").inner_text()
        assert watched.problems() == []


def test_the_live_chart_changes_with_the_theme_without_being_drawn_again(
    browser: Any, site: Path
) -> None:
    with opened(browser, site / "charts.html", width=1440) as watched:
        page = watched.page
        ready(page)
        colour = "getComputedStyle(document.querySelector('#chart-1 .mark-line path')).stroke"
        light = page.evaluate(f"{colour} + getComputedStyle(document.body).backgroundColor")
        text = "getComputedStyle(document.querySelector('#chart-1 .role-axis-label text')).fill"
        ink = page.evaluate(text)
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        dark = page.evaluate(f"{colour} + getComputedStyle(document.body).backgroundColor")
        assert dark != light
        assert page.evaluate(text) != ink


def test_paper_and_readers_without_scripts_get_the_twin(browser: Any, site: Path) -> None:
    with opened(browser, site / "charts.html", width=1440) as watched:
        page = watched.page
        figure = ready(page)
        page.emulate_media(media="print")
        assert figure.locator(".ga-chart-twin").is_visible()
        assert not figure.locator(".ga-live").is_visible()
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "charts.html").as_uri())
    assert page.locator("#chart-1 .ga-chart-twin svg").is_visible()
    assert not page.locator("#chart-1 .ga-menu").is_visible()
    assert page.locator("#chart-3 text", has_text="no data").count() == 1
    context.close()


def test_a_missing_script_leaves_the_twin(browser: Any, site: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "charts.html"
    lonely.write_bytes((site / "charts.html").read_bytes())
    with opened(browser, lonely) as watched:
        assert watched.page.locator("#chart-1 .ga-chart-twin").is_visible()
