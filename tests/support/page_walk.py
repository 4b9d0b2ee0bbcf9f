"""What every page of a built site must offer: files with its numbers, links on, plain words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import html

from tests.support.page_words import word_faults

_KINDS = {"csv": b"\xef\xbb\xbf# title", "png": b"\x89PNG", "svg": b"<svg"}
_SAVE = """([number, kind]) => document.querySelectorAll('.ga-chart')[number]
  .querySelector(`[data-do=${kind}]`).click()"""
_MISSING = "not offered"


def content_faults(site: Path) -> list[str]:
    """Return what pages of ``build.json`` lack, without a browser.

    Parameters
    ----------
    site : root of a built site.
    """
    state = json.loads((site / "build.json").read_text(encoding="utf-8"))
    found = []
    for name, entry in state["pages"].items():
        if entry["status"] == "ok":
            page = (site / f"{name}.html").read_text(encoding="utf-8")
            faults = [*_file_faults(site, name, entry, page), *word_faults(page)]
            found += [f"{name}: {fault}" for fault in faults]
    return found + [f"numbers: {fault}" for fault in _number_faults(site, state["pages"])]


def _file_faults(site: Path, name: str, entry: dict[str, Any], page: str) -> Iterator[str]:
    root: Any = html.document_fromstring(page)
    linked = {link.get("href") for link in root.iter("a")}
    for address in entry["files"]:
        if address not in linked:
            yield f"{address} is {_MISSING}"
    figures = json.loads((site / f"downloads/{name}/figures.json").read_text(encoding="utf-8"))
    tiles = ["".join(tile.find("b").itertext()) for tile in root.find_class("ga-tile")]
    if [one["value"] for one in figures["key_figures"]] != tiles:
        yield "figures.json holds other key figures than the page"
    tables = len(root.xpath('//div[contains(@class, "ga-table")]/table'))
    if len(figures["files"]) != tables + len(root.find_class("ga-chart")):
        yield "a table or chart has no file"
    for file in figures["files"]:
        text = (site / "downloads" / name / file["file"]).read_text(encoding="utf-8")
        rows = list(csv.reader(line for line in io.StringIO(text) if not line.startswith("# ")))
        if len({len(row) for row in rows}) != 1:
            yield f"{file['file']} holds nothing, or rows of several lengths"
    ahead = [
        link.get("href") for nav in root.find_class("ga-next") for link in nav.xpath("./ul//a")
    ]
    if not ahead:
        yield "no link leads on"
    for address in ahead:
        if not (site / address.partition("?")[0]).is_file():
            yield f"the next step {address} is missing"


def _number_faults(site: Path, pages: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield where the atlas and the pages of its regions say something else."""
    table = site / "downloads" / "atlas" / "solar-wind.csv"
    if not table.is_file():
        return
    for row in csv.DictReader(table.open(encoding="utf-8")):
        records = pages.get(f"region-{row['region'].lower()}", {}).get("records", {})
        for technology in ("solar", "wind"):
            said = records.get(f"cost_{technology}", {}).get("value")
            cost = row[f"{technology}_lcoe_usd_per_mwh"]
            if said and abs(float(said) - float(cost)) > 0.051:
                where = f"{technology} in {row['region']}"
                yield f"{where} costs {said} on its page, {cost} in the atlas"


def chart_faults(page: Any) -> list[str]:
    """Return which of the first three charts of an opened page give no CSV, PNG or SVG.

    Parameters
    ----------
    page : of Playwright, with its charts drawn.
    """
    found = []
    # Chromium lets a page start ten downloads without a gesture; three charts take nine
    for number in range(min(3, page.locator(".ga-chart").count())):
        for kind, start in _KINDS.items():
            try:
                with page.expect_download(timeout=60_000) as saved:
                    page.evaluate(_SAVE, [number, kind])
                content = Path(saved.value.path()).read_bytes()
            except Exception as failure:  # of Playwright, which is not there where no browser is
                found.append(f"chart {number + 1} gives no {kind}: {failure}")
                continue
            if not content.startswith(start) or len(content) < 100:
                found.append(f"chart {number + 1} gives no {kind}, but {content[:20]!r}")
    return found
