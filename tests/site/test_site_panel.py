"""A place of one's own: yields with their band, cost, nearest corridor, command for a brief."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenanalysis.core.paths import package_dir
from greenanalysis.site.pages.nearby import km_between, nearest_line, schematic_lines
from greenanalysis.site.pages.site_panel import panel_html
from tests.support.browser import browser_path, chromium, opened

pytestmark = pytest.mark.browser
SCRIPT = package_dir() / "site" / "templates" / "parts" / "site-panel.js"
DATA = {
    "technologies": ["solar", "wind"],
    "step": 0.5,
    "cells": [
        [47.75, 71.75, "KZ-62", 0.2, 45.0, 0.3, 40.0],
        [48.25, 71.75, "KZ-35", 0.1, 60.0, None, None],
    ],
    "bands": {"solar": 0.1, "wind": 0.2},
    "lines": [
        [line.name, line.voltage, *(one for end in line.ends.coords for one in end)]
        for line in schematic_lines()
    ],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("panel") / "atlas.html"
    names = {"KZ-62": "Ulytau", "KZ-35": "<b>Karaganda"}
    path.write_text(
        f"<!DOCTYPE html><html lang=en><title>Panel</title><main>{panel_html(DATA, names)}</main>"
        f"<script>{SCRIPT.read_text()}</script></html>"
    )
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


def said(page: Any, name: str) -> str:
    return str(page.locator(f'[data-say="{name}"]').text_content())


def test_a_click_gives_yields_with_band_cost_corridor_and_command(browser: Any, page: Path) -> None:
    with opened(browser, page, width=390) as watched:
        shown = watched.page
        shown.evaluate(
            "document.dispatchEvent(new CustomEvent('ga-place', {detail: {lat: 47.7, lng: 71.9}}))"
        )
        assert said(shown, "solar-hours") == "1,752 (1,577 … 1,927)"
        assert said(shown, "wind-cost") == "40 (33 … 50)"
        assert said(shown, "region") == "Ulytau"
        line = nearest_line(47.7, 71.9)
        assert said(shown, "line") == f"{line.name}, {line.voltage}"
        assert said(shown, "km") == f"{km_between(47.7, 71.9, line.ends):,.0f}"
        command = said(shown, "command")
        assert "--latitude 47.700 --longitude 71.900 --technology wind" in command
        assert watched.overflow() <= 0


def test_coordinates_work_without_a_map_and_a_place_abroad_says_so(
    browser: Any, page: Path
) -> None:
    with opened(browser, page, width=1280) as watched:
        shown = watched.page
        shown.fill("[name=latitude]", "48.2")
        shown.fill("[name=longitude]", "71.8")
        shown.locator(".ga-site button").click()
        assert said(shown, "wind-hours") == "–"
        assert "--technology solar" in said(shown, "command")
        shown.fill("[name=latitude]", "10")
        shown.locator(".ga-site button").click()
        assert shown.locator(".ga-site-outside").is_visible()
        assert shown.locator(".ga-site-facts").is_hidden()
