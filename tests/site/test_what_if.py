"""Sliders solve cost and cash flow in the browser as Python does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.finance.plain import solve_plain
from greenanalysis.site.publish.links import write_script
from greenanalysis.site.publish.what_if import PAGE, base_plants, render_what_if
from tests.support.browser import browser_path, chromium, opened
from tests.support.what_if import disagreements, update_ms

pytestmark = pytest.mark.browser
RECORDS = {
    "KZ-10": {"cf_wind": {"value": "0.304700"}, "cf_solar": {"value": "0.187100"}},
    "KZ-47": {"cf_wind": {"value": "0.341300"}, "rank_wind": {"value": "6"}},
}
CASES = 60


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    regions = [(code, f"Region <{code}>", records) for code, records in RECORDS.items()]
    path = tmp_path_factory.mktemp("what-if") / PAGE
    path.write_text(render_what_if(regions, load_assumptions()))
    write_script(path.parent)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


def test_base_cases_earn_the_cost_of_capital() -> None:
    plants = base_plants(RECORDS, load_assumptions())
    assert set(plants["KZ-47"]) == {"wind"}
    plant = plants["KZ-10"]["solar"]
    assert solve_plain(plant).npv_usd_per_kw == pytest.approx(0, abs=1e-6)


def test_the_browser_agrees_with_python_on_seeded_cases(browser: Any, page: Path) -> None:
    with opened(browser, page, width=390) as watched:
        assert disagreements(watched.page, cases=CASES) == []
        assert watched.page.locator("#ga-agreeing").text_content() == "3"
        assert watched.page.locator("#ga-wrong").is_hidden()
        assert watched.overflow() <= 0
        assert not list(watched.problems())


def test_a_slider_changes_the_figures_and_reset_brings_them_back(browser: Any, page: Path) -> None:
    with opened(browser, page, width=1280) as watched:
        cost = watched.page.locator('[data-result="lcoe_usd_per_mwh"]')
        before = cost.text_content()
        slider = watched.page.locator('input[data-term="capex_usd_per_kw"]')
        slider.evaluate("s => { s.value = 2500; s.dispatchEvent(new Event('input')); }")
        assert float(cost.text_content()) > float(before)
        assert update_ms(watched.page, times=5) < 500
        watched.page.locator("button[type=reset]").click()
        assert cost.text_content() == before


def test_a_link_names_region_and_technology_and_nonsense_is_ignored(
    browser: Any, page: Path
) -> None:
    with opened(browser, page, width=1280) as watched:
        target = watched.page
        target.goto(f"{page.as_uri()}?region=KZ-47&technology=solar&colour=red")
        assert target.locator("#ga-region").input_value() == "KZ-47"
        assert target.locator("input[name=ga-technology]:checked").input_value() == "wind"
        target.goto(f"{page.as_uri()}?region=nowhere")
        assert target.locator("#ga-region").input_value() == "KZ-10"
