"""Tables in the browser: sorted by their headings, readable on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from greenanalysis.site.draw.tables import html_table
from greenanalysis.site.publish.html import render_page
from tests.support.access import grave_faults
from tests.support.browser import browser_path, chromium, opened

pytestmark = pytest.mark.browser

TABLE = pd.DataFrame({"Region": ["Abai", "Oral", "Taraz", "Semey"]}).assign(
    **{f"Value {column}": [1000.5, -2.0, np.nan, 30.0] for column in range(9)}
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tables")
    (root / "assets").mkdir()
    (root / "assets" / "site.js").write_text("")
    block = html_table(TABLE, formats={"Value 0": "{:,.1f}"}, caption="A table")
    cell = new_code_cell("x", outputs=[new_output("display_data", data={"text/html": str(block)})])
    path = root / "tables.html"
    path.write_text(render_page(new_notebook(cells=[cell]), title="T", runtime="x.js"))
    return path


def test_a_heading_sorts_by_number_both_ways_and_gaps_stay_last(
    browser: Any, page_file: Path
) -> None:
    with opened(browser, page_file, width=1440) as watched:
        page = watched.page
        names = page.locator("tbody td:first-child")
        heading = page.locator("thead th", has_text="Value 0").locator("button")
        heading.click()
        assert names.all_inner_texts() == ["Oral", "Semey", "Abai", "Taraz"]
        heading.press("Enter")
        assert names.all_inner_texts() == ["Abai", "Semey", "Oral", "Taraz"]
        page.locator("thead th button").first.click()
        assert names.all_inner_texts() == ["Abai", "Oral", "Semey", "Taraz"]
        assert list(grave_faults(page)) == []
        assert watched.problems() == []


def test_on_a_phone_the_first_column_stays(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, width=390) as watched:
        page = watched.page
        first = page.locator("tbody td:first-child").first
        before = first.bounding_box()["x"]
        page.locator(".ga-table").evaluate("e => { e.scrollLeft = 250 }")
        assert page.locator(".ga-table").evaluate("e => e.scrollLeft") > 100
        assert first.bounding_box()["x"] == pytest.approx(before, abs=1)
        assert watched.overflow() <= 0
