"""The landing page answers first; its search understands questions; pages lead on; data for all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from greenanalysis.site import elements as blocks
from greenanalysis.site.downloads import publish_downloads
from greenanalysis.site.draw import figures
from greenanalysis.site.page import Page
from greenanalysis.site.publish.answers import best_regions, export_answer, newest
from greenanalysis.site.publish.file_list import file_list_step
from greenanalysis.site.publish.html import render_page
from greenanalysis.site.publish.index import page_rows, render_build_page, render_index
from greenanalysis.site.publish.links import write_script
from greenanalysis.site.publish.next_steps import next_steps
from greenanalysis.site.publish.page_data import (
    data_section,
    json_ld,
    page_files,
    with_section,
)
from greenanalysis.site.published import Site
from tests.support.browser import browser_path, chromium, opened

CODES = ("KZ-61", "KZ-47", "KZ-10")
NAMES = {"KZ-61": "Turkistan", "KZ-47": "Mangystau", "KZ-10": "Abai"}


def record(key: str, value: object, label: str = "", unit: str = "") -> dict[str, Any]:
    return {"key": key, "value": str(value), "label": label, "unit": unit, "headline": False}


def region(code: str) -> Page:
    name = f"region-{code.lower()}"
    return Page(name, Path("x.ipynb"), f"{NAMES[code]} ({code})", "Regions", {"region": code})


PAGES = [
    Page("atlas", Path("x.ipynb"), "Green atlas", "Country"),
    Page("export-base", Path("x.ipynb"), "Open borders", "Export"),
    Page("export-dear", Path("x.ipynb"), "Dear coal", "Export"),
    Page("monitoring", Path("x.ipynb"), "Monitoring", "Country"),
    Page("brief-a", Path("x.ipynb"), "Brief A", "Briefs", {"latitude": 43.5, "longitude": 68.2}),
    *map(region, CODES),
]


def entries() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        "atlas": {},
        "export-base": {
            "exports": record("exports", "14.3", "Exports", "TWh a year"),
            "export_revenue": record("export_revenue", "1,779"),
            "leaves_KZ-61": record("leaves_KZ-61", "12.41"),
        },
        "export-dear": {"exports": record("exports", "24.5", "Exports", "TWh a year")},
        "monitoring": {"newest": record("newest", "Three plants <b> in 2025")},
        "brief-a": {},
    }
    for place, code in enumerate(CODES, start=1):
        found[f"region-{code.lower()}"] = {
            "rank_wind": record("rank_wind", 4 - place),
            "cost_wind": record("cost_wind", 50.5 - place),
            "wind_lcoe": record("wind_lcoe", 50 - place, "Wind LCOE", "USD/MWh"),
        }
    return {
        name: {"status": "ok", "key": "k", "seconds": 7.0, "records": records}
        for name, records in found.items()
    }


KEYS = {page.name: "k" for page in PAGES}


def test_the_best_regions_come_in_the_order_of_their_rank() -> None:
    lists = {one.key: one for one in best_regions(page_rows(PAGES, entries(), KEYS))}
    assert [title for _, title, _ in lists["wind"].rows] == [
        "Abai (KZ-10)", "Mangystau (KZ-47)", "Turkistan (KZ-61)",
    ]  # fmt: skip
    assert lists["wind"].rows[0] == ("region-kz-10.html", "Abai (KZ-10)", "47.5")
    assert lists["export"].rows == (("region-kz-61.html", "Turkistan (KZ-61)", "12.4"),)
    assert "solar" not in lists


def test_the_export_answer_holds_its_range_and_is_silent_without_a_base() -> None:
    rows = page_rows(PAGES, entries(), KEYS)
    answer = export_answer(rows)
    assert "14 TWh" in answer
    assert "14 to 24 TWh over 2 scenarios" in answer
    assert "1,779 million USD" in answer
    assert export_answer([row for row in rows if row["name"] != "export-base"]) == ""
    closed = entries()
    closed["export-base"]["records"]["exports"] = record("exports", "0.0", "Exports", "TWh a year")
    answer = export_answer(page_rows(PAGES, closed, KEYS))
    assert answer.startswith("Hardly any export pays in the base scenario")
    assert answer.endswith("up to 24 TWh in other scenarios")
    assert newest(rows).startswith("Three plants")


def test_technical_columns_stand_on_the_page_of_the_build_only() -> None:
    rows = page_rows(PAGES, entries(), KEYS)
    index, build = render_index(PAGES, entries(), KEYS), render_build_page(rows)
    assert "Run, s" not in index
    assert "Run, s" in build
    assert 'ga-status ga-ok">ok' in build
    assert "ga-status ga-ok" not in index
    assert "<b> in 2025" not in index


def test_a_brief_leads_to_its_region_and_a_region_to_its_brief_and_neighbours() -> None:
    brief = next(page for page in PAGES if page.name == "brief-a")
    forward = [step.address for step in next_steps(brief, PAGES)]
    assert forward[0] == "region-kz-61.html"
    assert {"atlas.html", "export-base.html"} <= set(forward)
    back = [step.address for step in next_steps(region("KZ-61"), PAGES)]
    assert back[:2] == ["what-if.html?region=KZ-61", "brief-a.html"]
    assert "region-kz-47.html" not in back
    assert "region-kz-61.html" not in back
    others = [step.address for step in next_steps(PAGES[1], PAGES)]
    assert others[0] == "export-dear.html"


@pytest.fixture(scope="module")
def page() -> str:
    table = pd.DataFrame({"Region": ["A, b", "C"], "GW": [1234.5, float("nan")]})
    chart = figures.ranked_bars({"one": 1.5, "two": 2.5}, unit="USD/MWh").shown(
        title="Two bars", source="A source"
    )
    parts = [
        blocks.key_figures([("Cost", "41", "USD")]),
        blocks.html_table(table, caption="Potential", formats={"GW": "{:,.1f}"}),
        blocks.provenance({"a": None}),
    ]
    shown = [{"text/html": str(part)} for part in parts] + [dict(chart._repr_mimebundle_())]
    outputs = [new_output("display_data", data) for data in shown]
    cells = [new_code_cell("", outputs=outputs)]
    return render_page(new_notebook(cells=cells), title="A page", runtime="x.js")


def test_tables_and_series_of_a_page_are_files_with_its_numbers(page: str, tmp_path: Path) -> None:
    files = {one.name: one for one in page_files(page, title="A page", records={}, citation="me")}
    names = ["figures.json", "table-01-potential.csv", "series-02-two-bars.csv"]
    assert list(files) == names
    table = pd.read_csv(_written(tmp_path, files[names[1]]), comment="#")
    assert table["GW"].tolist()[0] == 1234.5
    assert pd.isna(table["GW"][1])
    series = pd.read_csv(_written(tmp_path, files[names[2]]), comment="#")
    assert sorted(series.iloc[:, -1]) == [1.5, 2.5]
    assert b"# source: A source" in files[names[2]].content
    listed = json.loads(files["figures.json"].content)
    assert listed["key_figures"] == [{"label": "Cost", "value": "41", "unit": "USD"}]
    assert [one["file"] for one in listed["files"]] == names[1:]


def _written(folder: Path, file: Any) -> Path:
    path = folder / file.name
    path.write_bytes(file.content)
    return path


def test_the_section_stands_before_the_provenance_and_describes_a_dataset(
    page: str, tmp_path: Path
) -> None:
    files = page_files(page, title="A page", records={}, citation="me")
    linked, digests = publish_downloads(page, name="a", out_dir=tmp_path, more=files)
    records = {"gw": record("gw", "7</script>", "Solar", "GW")}
    text = json_ld(
        title="A page", citation="me", files=digests, records=records, weather={}, country="X"
    )
    described = json.loads(text)
    assert described["@type"] == "Dataset"
    assert {one["contentUrl"] for one in described["distribution"]} == set(digests)
    assert "</script>" not in text
    section = data_section(
        files, folder="downloads/a", title="A page", citation="me", described=text
    )
    whole = with_section(linked, section)
    assert whole.index("ga-page-data") < whole.index('class="ga-provenance"')
    assert "not set" in whole
    for address in digests:
        assert (tmp_path / address).is_file()
        assert f'href="{address}"' in whole


def test_the_catalogue_lists_every_file(page: str, tmp_path: Path) -> None:
    files = page_files(page, title="A page", records={}, citation="me")
    _, digests = publish_downloads(page, name="atlas", out_dir=tmp_path, more=files)
    state = {"pages": {"atlas": {"status": "ok", "files": digests}}}
    list(file_list_step(Site(tmp_path, PAGES, state, KEYS)))
    listed = json.loads((tmp_path / "catalogue.json").read_text())["pages"]
    assert [one["address"] for one in listed[0]["files"]] == sorted(digests)
    assert all(one["bytes"] > 0 for one in listed[0]["files"])
    assert "Two bars" in (tmp_path / "catalogue.html").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, page: str) -> Path:
    root = tmp_path_factory.mktemp("landing")
    for one in PAGES:
        (root / f"{one.name}.html").write_text(page)
    (root / "build.html").write_text(render_build_page([]))
    (root / "index.html").write_text(render_index(PAGES, entries(), KEYS, folder=root))
    write_script(root)
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_path()
    with chromium() as started:
        yield started


QUESTIONS = {
    "where to invest": "Where should one invest?",
    "best wind region": "Where is the cheapest wind power?",
    "сколько стоит": "What does a megawatt-hour cost?",
    "где лучший ветер": "Where is the cheapest wind power?",
    "қайда инвестиция салу": "Where should one invest?",
    "can we sell to China?": "How much power can be exported, and where to?",
}


@pytest.mark.browser
def test_a_question_in_three_languages_finds_its_answer_first(browser: Any, site: Path) -> None:
    with opened(browser, site / "index.html", width=390) as watched:
        for question, answer in QUESTIONS.items():
            watched.page.fill("#ga-filter", question)
            first = watched.page.locator("#ga-results a").first
            assert first.text_content() == answer, question
            assert watched.page.locator("#ga-nothing").is_hidden()


@pytest.mark.browser
def test_a_search_without_a_hit_suggests_and_a_name_finds_its_page(
    browser: Any, site: Path
) -> None:
    with opened(browser, site / "index.html", width=1280) as watched:
        page = watched.page
        page.fill("#ga-filter", "Mangistau")
        assert page.locator("#ga-nothing").is_visible()
        assert page.locator("#ga-results a").count() > 3
        page.locator("#ga-nothing button").click()
        assert page.locator("#ga-results a").first.text_content() == "Mangystau (KZ-47)"
        page.fill("#ga-filter", "where to invest")
        page.locator("#ga-results a").first.click()
        assert page.locator("#best").is_visible()
