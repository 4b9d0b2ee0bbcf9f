"""What a site says of itself without a browser: anchors, search, sitemap, comparison, PDF."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.site.page import Page
from greenanalysis.site.publish import pdf
from greenanalysis.site.publish.anchors import anchor_of, headings, with_anchors
from greenanalysis.site.publish.compare import compare_runs, read_run, render_comparison
from greenanalysis.site.publish.html import css_text
from greenanalysis.site.publish.landing_map import landing_map, number_of, short_names
from greenanalysis.site.publish.links import page_links, write_script
from greenanalysis.site.publish.search import search_entries, search_json, search_step
from greenanalysis.site.publish.sitemap import VARIABLE, checked_url, page_addresses, sitemap_step
from greenanalysis.site.published import Site, current_pdfs, read_state
from greenanalysis.site.workflow.finish import finish_site
from greenanalysis.site.workflow.plan import Plan


def test_an_anchor_outlives_a_new_figure():
    old = anchor_of("12.8 TWh a year are exported for 1.1 billion USD")
    assert old == anchor_of("13 TWh a year are exported for 2 billion USD") != ""
    assert anchor_of("42") == "section"


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_every_heading_gets_one_anchor_of_its_own(texts):
    cells = [re.sub(r"[<>&]|[\x00-\x1f\x7f-\xa0\u2028\u2029]", "", text) + "x" for text in texts]
    page = "".join(f'<div class="o"><h2 class="ga-finding">{text}</h2></div>' for text in cells)
    marked = with_anchors(page)
    found = list(headings(marked))
    assert [heading.text for heading in found] == [" ".join(text.split()) for text in cells]
    assert len({heading.anchor for heading in found}) == len(cells)
    assert marked.count('class="ga-anchor"') == len(cells)
    assert with_anchors(marked) == marked


def test_ids_of_headings_are_kept_and_scripts_left_alone():
    page = '<h2 id="kept">A</h2><script>"<h2>no</h2>"</script><h3>A kept</h3><h3>Kept</h3>'
    marked = with_anchors(page)
    assert '<script>"<h2>no</h2>"</script>' in marked
    assert [one.anchor for one in headings(marked)] == ["kept", "a-kept", "kept-2"]


@given(st.text())
def test_a_title_cannot_leave_its_string_in_the_style_sheet(text):
    assert not re.search(r'["<>&\n]', css_text(text))


@given(st.text(), st.text())
def test_the_index_of_search_cannot_leave_its_script(title, words):
    text = str(search_json([{"t": title, "k": words}]))
    assert "<" not in text
    assert json.loads(text) == [{"t": title, "k": words}]


def page(name: str, **parameters: str) -> Page:
    return Page(name, Path("x.ipynb"), f"Title of {name}", "Group", parameters)


def entry(value: str = "1,000", **more: object) -> dict[str, object]:
    record = {"key": "cost", "value": value, "label": "Cost", "unit": "USD/MWh"}
    return {"status": "ok", "parameters": {"weather": "sample"}, "records": {"cost": record}} | more


def made_site(root: Path, *, pages: dict[str, dict[str, object]], numpy: str = "2.4") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    made = {"packages": {"numpy": numpy}, "data_sha256": {"facts": "ab"}, "git": {"commit": "c0"}}
    holder = (
        f'<script type="application/json" class="ga-provenance-data">{json.dumps(made)}</script>'
    )
    for name in pages:
        (root / f"{name}.html").write_text(f"<title>{name}</title><h2>Found</h2>{holder}")
    (root / "index.html").write_text("<title>All</title>")
    (root / "build.json").write_text(json.dumps({"pages": pages, "complete": True}))
    return root


def test_the_search_knows_regions_by_all_their_names_and_findings(tmp_path):
    (tmp_path / "a.html").write_text(with_anchors("<h2>Wind is <b>cheap</b></h2>" * 2))
    entries = search_entries(tmp_path, [page("a", region="KZ-71"), page("absent")])
    assert [one["a"] for one in entries] == ["a.html"]
    assert {"KZ-71", "Астана"} <= set(entries[0]["k"].split())
    assert entries[0]["h"] == [["wind-is-cheap", "Wind is cheap"]]


def test_the_landing_page_of_a_language_searches_its_own_pages(tmp_path):
    pages = [page("a")]
    folder = tmp_path / "ru"
    folder.mkdir()
    (folder / "a.html").write_text("<title>Страница</title>" + with_anchors("<h2>Ветер</h2>"))
    holder = '<script type="application/json" id="ga-search-data">[]</script>'
    (folder / "index.html").write_text(f'<h2 id="group-1">Группа</h2><p>{holder}</p>')
    site = Site(tmp_path, pages, {"pages": {}}, {})
    assert list(search_step(site)) == [folder / "index.html"]
    text = (folder / "index.html").read_text()
    data = json.loads(re.search(r'data">(.*)</script>', text)[1])
    assert (data[0]["t"], data[0]["g"]) == ("Страница", "Группа")
    assert data[0]["h"][0][1] == "Ветер"


def test_the_map_links_each_region_that_has_a_page_and_stays_small():
    rows = [
        {"region": code, "name": f"region-{code}", "title": code, "linked": code != "KZ-63"}
        | {"records": {"wind_lcoe": {"value": value, "label": "Wind LCOE", "unit": "USD/MWh"}}}
        for code, value in (("KZ-61", "1,064"), ("KZ-71", "63"), ("KZ-75", "–"), ("KZ-63", "1"))
    ]
    drawn = landing_map(rows)
    assert drawn is not None
    assert {shape["title"] for shape in drawn["shapes"]} == {"KZ-61", "KZ-71", "KZ-75"}
    assert {shape["title"] for shape in drawn["shapes"] if shape["dot"]} <= {"KZ-71", "KZ-75"}
    assert drawn["figures"][0].scale.high == 1064
    assert sum(len(shape["path"]) for shape in drawn["shapes"]) < 30_000
    assert landing_map(rows[:1]) is None


def test_no_two_names_on_the_map_are_alike():
    titles = {
        "a": "Almaty Region (a)",
        "b": "Almaty (b)",
        "c": "Abai Region (c)",
        "d": "Aktobe (d)",
    }
    named = short_names({code: {"title": title} for code, title in titles.items()})
    assert named == {"a": "Almaty Region", "b": "Almaty", "c": "Abai", "d": "Aktobe"}


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,574", 1574), ("-60", -60), ("\u22125.5", -5.5), ("–", None), ("", None)],
)
def test_numbers_are_read_from_what_was_recorded(text, number):
    found = number_of(text)
    assert found == number if number is not None else found != found


def test_pages_link_validation_and_guides_only_where_they_are(tmp_path):
    assert page_links(["atlas"], tmp_path) == []
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Guides")
    found = [address for address, _ in page_links(["atlas", "validation"], tmp_path)]
    assert found == ["validation.html", "docs/index.html"]


def test_the_sitemap_lists_pages_and_guides_but_no_site_within(tmp_path, monkeypatch):
    made_site(tmp_path, pages={"a": entry()})
    made_site(tmp_path / "briefs", pages={"b": entry()})
    for name in ("docs/x y.html", "downloads/a/z.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    site = Site(tmp_path, [], {"pages": {}}, {})
    assert list(page_addresses(tmp_path)) == ["a.html", "docs/x y.html", "index.html"]
    monkeypatch.delenv(VARIABLE, raising=False)
    assert [path.name for path in sitemap_step(site)] == ["sitemap.txt"]
    assert (tmp_path / "sitemap.txt").read_text() == "a.html\ndocs/x y.html\nindex.html\n"
    monkeypatch.setenv(VARIABLE, "https://example.org/r&d")
    assert [path.name for path in sitemap_step(site)] == ["sitemap.xml"]
    assert not (tmp_path / "sitemap.txt").exists()
    places = [node.text for node in ET.parse(tmp_path / "sitemap.xml").iter() if "loc" in node.tag]
    names = ("a.html", "docs/x%20y.html", "index.html")
    assert places == [f"https://example.org/r&d/{name}" for name in names]


@pytest.mark.parametrize(
    "text", ["example.org", "file:///x", "https://", "https://a b", "https://["]
)
def test_an_address_of_the_site_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="address of the site"):
        checked_url(text)


def test_a_new_address_makes_the_sitemap_anew_and_nothing_else_twice(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    plan = Plan((), out=tmp_path / "site", work=tmp_path / "work")
    finish_site(plan, used={})
    before = (plan.out / "index.html").stat().st_mtime_ns
    finish_site(plan, used={})
    assert (plan.out / "index.html").stat().st_mtime_ns == before
    monkeypatch.setenv(VARIABLE, "https://example.org/")
    finish_site(plan, used={})
    assert (plan.out / "sitemap.xml").is_file()
    assert not (plan.out / "sitemap.txt").exists()
    assert "sitemap.txt" not in read_state(plan.out)["files"]


def test_two_runs_that_are_the_same(tmp_path):
    a = made_site(tmp_path / "a", pages={"x": entry()})
    b = made_site(tmp_path / "b", pages={"x": entry()})
    found = compare_runs(read_run(a), read_run(b / "build.json"))
    assert found.same
    assert found.compared == 1
    assert "Nothing differs" in render_comparison(found)
    assert CliRunner().invoke(cli, ["compare", str(a), str(b)]).exit_code == 0


def test_each_kind_of_change_is_named_with_its_difference(tmp_path):
    a = made_site(tmp_path / "a", pages={"x": entry(), "old": entry()})
    after = entry("1,250", parameters={"weather": "<era5>"})
    b = made_site(tmp_path / "b", pages={"x": after, "new": entry()}, numpy="2.5")
    found = compare_runs(read_run(a), read_run(b))
    assert not found.same
    assert (found.added, found.removed) == (("new",), ("old",))
    assert (found.results[0].difference, found.results[0].percent) == (250, 25)
    assert [one.name for one in found.software] == ["numpy"]
    assert found.data == ()
    text = render_comparison(found)
    assert "+250" in text
    assert "+25.0" in text
    assert "&lt;era5&gt;" in text
    page_file = tmp_path / "out" / "c.html"
    arguments = ["compare", str(a), str(b), "--output", str(page_file), "--json"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1
    assert json.loads(done.output)["parameters"][0]["b"] == "<era5>"
    assert page_file.is_file()
    said = CliRunner().invoke(cli, ["compare", str(a), str(b)]).output
    assert "(+25.0 %)" in said
    assert "page only in B: new\npage only in A: old\ndifferent\n" in said
    back = compare_runs(read_run(b), read_run(a))
    assert back.results[0].difference == -250


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pages": 3}', '{"pages": {"a": 1}}', "\x00"])
def test_what_is_no_run_is_refused(tmp_path, text):
    (tmp_path / "build.json").write_text(text)
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="run to compare"):
            read_run(path)


def test_without_a_browser_the_mistake_is_named(tmp_path, monkeypatch):
    made_site(tmp_path, pages={"a": entry()})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(pdf.BROWSER_VARIABLE, raising=False)
    with pytest.raises(InputError, match="browser that prints"):
        pdf.print_site(out_dir=tmp_path, echo=lambda line: None)
    with pytest.raises(InputError, match="unknown page"):
        pdf.print_site(out_dir=tmp_path, only=["b*"], echo=lambda line: None)
    with pytest.raises(InputError, match="unknown language"):
        pdf.print_site(out_dir=tmp_path, languages=["ru"], echo=lambda line: None)
    with pytest.raises(InputError, match="site"):
        pdf.print_site(out_dir=tmp_path / "absent", echo=lambda line: None)


def test_a_browser_that_prints_nothing_is_named(tmp_path, monkeypatch):
    made_site(tmp_path, pages={"a": entry()})
    monkeypatch.setenv(pdf.BROWSER_VARIABLE, "true")
    with pytest.raises(InputError, match=r"PDF of a\.html"):
        pdf.print_site(out_dir=tmp_path, echo=lambda line: None)
    assert not (tmp_path / "pdf" / "a.pdf").exists()


def test_only_a_pdf_of_the_page_as_it_is_gets_a_link(tmp_path, monkeypatch):
    made_site(tmp_path, pages={"a": entry(), "b": entry()})

    def fake(source: Path, target: Path) -> None:
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(b"%PDF-" + source.read_bytes())

    monkeypatch.setattr(pdf, "print_page", fake)
    result = pdf.print_site(out_dir=tmp_path, echo=lambda line: None)
    assert [path.name for path in result.made] == ["a.pdf", "b.pdf"]
    assert pdf.print_site(out_dir=tmp_path, echo=lambda line: None).made == ()
    (tmp_path / "a.html").write_text("changed")
    (tmp_path / "b.html").unlink()
    assert list(current_pdfs(tmp_path)) == []
    assert "pdf:[]" in write_script(tmp_path).read_text()
    again = pdf.print_site(out_dir=tmp_path, echo=lambda line: None)
    assert [path.name for path in again.made] == ["a.pdf"]
    assert not (tmp_path / "pdf" / "b.pdf").exists()
    assert '"a.html"' in (tmp_path / "assets" / "site.js").read_text()
