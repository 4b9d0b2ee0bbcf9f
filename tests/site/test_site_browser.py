from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenanalysis.core import paths
from greenanalysis.site.page import Page
from greenanalysis.site.publish.pdf import print_site
from greenanalysis.site.workflow.build import build_site
from tests.support.access import grave_faults
from tests.support.browser import browser_path, chromium, opened
from tests.support.page_walk import content_faults
from tests.support.site_home import NOTEBOOKS, make_home, map_page, plain_page
from tests.support.site_walk import WIDTHS, walk

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = make_home(tmp_path_factory.mktemp("дом with spaces"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.HOME_VARIABLE, str(home))
        slider = Page("slider", NOTEBOOKS / "slider.ipynb", "A slider", "National")
        pages = [map_page(), slider, plain_page("bad", fail=True)]
        result = build_site(pages, out_dir=home / "reports", progress=False, echo=lambda line: None)
        assert result.built == ("atlas", "slider")
        yield result.index.parent


@pytest.fixture(scope="module")
def browser(site: Path) -> Iterator[Any]:
    """Start the browser once the site is built: Snakemake refuses a running event loop."""
    browser_path()
    with chromium() as started:
        yield started


def test_the_watch_sees_requests_and_errors(browser: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    wide = '<img src="https://example.org/x.png"><div style="width:3000px">x</div>'
    bad.write_text(f"{wide}<script>console.error('seen')</script>")
    with opened(browser, bad) as watched:
        assert watched.requests == ["https://example.org/x.png"]
        assert "seen" in watched.errors
        assert watched.overflow() > 1000


def test_text_from_data_stays_text(browser: Any, site: Path) -> None:
    with opened(browser, site / "atlas.html") as watched:
        page = watched.page
        alerts: list[str] = []
        page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
        page.locator(".ga-map-title").scroll_into_view_if_needed()
        page.wait_for_selector(".ga-map[data-ready]", timeout=20_000)
        page.locator("path.ga-map-point").first.click(force=True)
        popup = page.locator(".leaflet-popup-content")
        popup.wait_for(timeout=5_000)
        assert "<script>alert(1)</script>" in popup.inner_text()
        assert alerts == []
        assert watched.problems() == []


def test_a_page_with_maps_and_no_other_widgets_asks_for_no_widgets(site: Path) -> None:
    view = "application/vnd.jupyter.widget-view+json"
    assert view not in (site / "atlas.html").read_text(encoding="utf-8")
    assert view in (site / "slider.html").read_text(encoding="utf-8")


def test_the_title_of_a_wide_table_stays_in_the_window(browser: Any, site: Path) -> None:
    with opened(browser, site / "atlas.html", width=390) as watched:
        caption = watched.page.locator(".ga-table caption").first
        caption.evaluate("e => { e.textContent = 'Share of a region, by its name '.repeat(4) }")
        caption.evaluate("e => { e.closest('table').style.width = '900px' }")
        for scrolled in (0, 200):
            caption.evaluate("(e, x) => { e.closest('.ga-table').scrollLeft = x }", scrolled)
            box = caption.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390


def test_the_code_button_shows_and_hides_the_code(browser: Any, site: Path) -> None:
    with opened(browser, site / "atlas.html") as watched:
        page, code = watched.page, watched.page.locator(".ga-code").first
        assert not code.is_visible()
        page.locator("#ga-code-button").click()
        assert code.is_visible()
        assert watched.overflow() <= 0
        page.locator("#ga-code-button").click()
        assert not code.is_visible()


def test_linked_widgets_follow_each_other_without_a_kernel(browser: Any, site: Path) -> None:
    with opened(browser, site / "slider.html") as watched:
        page = watched.page
        page.locator(".widget-slider .noUi-handle").first.focus()
        number = page.locator(".widget-text input")
        before = number.input_value()
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(300)
        assert number.input_value() != before


@pytest.mark.parametrize("width", WIDTHS)
def test_the_index_finds_reports_and_names_failures(browser: Any, site: Path, width: int) -> None:
    with opened(browser, site / "index.html", width=width) as watched:
        page = watched.page
        assert page.locator(".ga-screening").is_visible()
        assert page.locator("tbody th a >> visible=true").count() == 3
        links = page.locator("#ga-results > li > a >> visible=true")
        page.locator("#ga-filter").fill("atlas")
        assert links.count() == 1
        assert "1 found" in page.locator("#ga-count").inner_text()
        links.first.click()
        page.wait_for_load_state("load")
        assert page.url.endswith("atlas.html")
        page.goto((site / "build.html").as_uri())
        assert "no figures for <bad>" in page.locator(".ga-error-row").inner_text()
        assert watched.overflow() <= 0
        assert watched.problems() == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_walk_through_the_site_finds_no_fault(browser: Any, site: Path, width: int) -> None:
    first = width == WIDTHS[0]
    seen = walk(browser, site, sorted(site.rglob("*.html")), width=width, axe=first, files=first)
    nameless = re.compile(r"slider\.html .*(noUi-handle|step=\"any\")")  # ipywidgets' own slider
    assert [fault for fault in seen.faults if not nameless.search(fault)] == []
    assert seen.pages >= 4
    assert seen.maps >= 1
    assert len(seen.links) > 10


def test_every_page_offers_its_data_leads_on_and_uses_plain_words(site: Path) -> None:
    found = content_faults(site)
    bare = [fault for fault in found if "no link leads on" in fault or "atlas: key" in fault]
    assert sorted(set(found) - set(bare)) == []
    assert bare  # the pages of this little site are about no region, and show a bare table


def test_a_walk_tells_what_is_wrong(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<html lang=en><title>Bad</title><main><h1>Bad</h1><a href='gone.html'>x</a>"
        "<a href='#nowhere'>y</a><img src='none.png'><p class=ga-map>z</p>"
        "<script>console.error('said')</script></main>"
    )
    faults = "\n".join(walk(browser, tmp_path, [page], width=390, patience_ms=200).faults)
    for part in (
        "gone.html",
        "#nowhere",
        "none.png",
        "0 of 1 maps and charts",
        "image-alt",
        "said",
    ):
        assert part in faults


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_grave_fault_in_a_page_with_a_map(
    browser: Any, site: Path, width: int
) -> None:
    with opened(browser, site / "atlas.html", width=width) as watched:
        page = watched.page
        page.locator(".ga-map-title").scroll_into_view_if_needed()
        page.wait_for_selector(".ga-map[data-ready]", timeout=20_000)
        assert grave_faults(page) == []
        page.emulate_media(color_scheme="dark")
        assert grave_faults(page, only=("color-contrast",)) == []


def test_a_report_becomes_a_pdf_on_a4_and_the_page_links_it(browser: Any, site: Path) -> None:
    result = print_site(out_dir=site, only=["atlas"], echo=lambda line: None)
    content = result.made[0].read_bytes()
    sheet = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert sheet is not None
    assert [round(float(side) / 72 * 25.4) for side in sheet.groups()] == [210, 297]
    assert len(content) > 20_000
    with opened(browser, site / "atlas.html") as watched:
        link = watched.page.locator("#ga-pdf")
        assert link.is_visible()
        assert link.evaluate("node => decodeURI(node.href)").endswith("/pdf/atlas.pdf")
    with opened(browser, site / "slider.html") as watched:
        assert not watched.page.locator("#ga-pdf").is_visible()
    with opened(browser, site / "index.html") as watched:
        assert watched.page.locator(".ga-pdf").count() == 1
        assert watched.problems() == []
