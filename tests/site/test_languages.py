"""The site in three languages: formats, placeholders, catalogues, links, fonts, figures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from greenanalysis.cli.main import cli
from greenanalysis.core.languages import TRANSLATIONS
from greenanalysis.site.draw.style import inline_svg
from greenanalysis.site.publish.html import running_head
from greenanalysis.site.publish.languages import extract
from greenanalysis.site.publish.languages.catalogue import (
    LOCALE,
    Translator,
    po_path,
    read_catalogue,
)
from greenanalysis.site.publish.languages.figures import fit_figures
from greenanalysis.site.publish.languages.fonts import FACES, FONTS, fonts_address, text_width
from greenanalysis.site.publish.languages.links import with_languages
from greenanalysis.site.publish.languages.messages import (
    CASES,
    as_message,
    fill,
    localise_date,
    localise_number,
    month_forms,
    placeholders,
    region_forms,
)
from greenanalysis.site.publish.languages.site import (
    english_pages,
    languages_step,
    untranslated_lines,
)
from greenanalysis.site.publish.languages.translate import page_text, parse_page, translate_page
from greenanalysis.site.published import Site

ROOT = Path(__file__).resolve().parents[2]
ENGLISH_GUIDES = {"architecture", "extend"}
KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
HEAD = "<!DOCTYPE html><html lang='en'><head><title>Wind</title></head><body>"
BAR = '<nav class="ga-bar"><div><a href="index.html">All reports</a></div></nav>'


def translated(body: str, messages: dict[str, str], language: str = "ru") -> str:
    root = parse_page(f"{HEAD}{body}</body></html>")
    translate_page(root, Translator(language, messages))
    return page_text(root)


@pytest.mark.parametrize(
    ("text", "russian"),
    [
        ("1,234,567.80", "1\u00a0234\u00a0567,80"),
        ("0.197", "0,197"),
        ("2030", "2030"),
        ("−3.5", "−3,5"),
        ("v1.2", "v1.2"),
    ],
)
def test_numbers_follow_the_format_of_the_language(text: str, russian: str) -> None:
    assert localise_number(text, "ru") == russian
    assert localise_number(text, "kk") == russian
    assert localise_number(text, "en") == text


def test_dates_follow_the_format_of_the_language() -> None:
    assert localise_date("2026-01-31", "ru") == "31 янв. 2026\u202fг."
    assert "2026" in localise_date("2026-01-31", "kk")
    assert localise_date("2026-13-31", "ru") == "2026-13-31"


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["Turkistan", "Almaty Region", "in May", "KZ-61", "P50", "1,234.5 MW", "kWh/m2"]
            ),
            st.sampled_from(["2026-11-24", "a/b.csv", "{0}", "<1>", "−4", "0.5-1", "CO2", "1e-5"]),
            st.text(alphabet="aZ .,-:{}<>/0159Қ", max_size=8),
        ),
        max_size=8,
    )
)
def test_a_message_filled_again_is_the_text(parts: list[str]) -> None:
    text = " ".join(" ".join(parts).split())
    message = as_message(text)
    assert fill(message.msgid, message.values, "en") == text
    assert set(placeholders(message.msgid)) == set(message.values)


def test_what_changes_is_a_placeholder_and_what_is_a_code_stays() -> None:
    message = as_message("Turkistan (KZ-61): 1,234.5 MW in May, P50, see data/facts/plants.csv")
    assert message.msgid == "{region} ({0}): {1} MW in {month}, {2}, see {3}"
    russian = fill("{3}, {2}, {month:loc}, {1} МВт, {region:gen} {0}", message.values, "ru")
    wanted = "data/facts/plants.csv, P50, мае, 1\u00a0234,5 МВт, Туркестанской области KZ-61"
    assert russian == wanted
    assert not as_message("12.5% – 2030, KZ-61").has_words


def test_the_number_of_a_version_stays_as_it_stands() -> None:
    message = as_message("CC BY 4.0, 1.5 MW")
    assert fill("CC BY {0:en}, {1} МВт", message.values, "ru") == "CC BY 4.0, 1,5 МВт"
    for language in TRANSLATIONS:
        told = "\n".join(read_catalogue(po_path(language)).values())
        assert not re.findall(r"(?:CC BY|ODbL|RO-Crate) \{\d+\}", told)


def test_printed_sheets_carry_the_title_of_their_language() -> None:
    head = f'<style id="ga-running-head">{running_head("Wind")}</style>'
    root = parse_page(f"<html><head><title>Wind</title>{head}</head><body><p>1</p></body></html>")
    translate_page(root, Translator("ru", {"Wind": 'Ветер "юга"'}))
    assert running_head('Ветер "юга"') in page_text(root)
    assert "Wind" not in page_text(root)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_names_have_all_cases(language: str) -> None:
    for forms in (region_forms(language), month_forms(language)):
        for cases in forms.values():
            assert set(cases) == {"", *CASES}
            assert len({cases["gen"], cases["loc"]}) >= 1
            assert all(re.fullmatch(rf"[А-Яа-яё{KAZAKH} -]+", name) for name in cases.values())
    assert len(region_forms(language)) == 20
    assert len(month_forms(language)) == 12


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_catalogues_are_whole(language: str) -> None:
    from babel.messages.pofile import read_po

    with po_path(language).open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    with (LOCALE / extract.TEMPLATE).open("rb") as file:
        wanted = {message.id for message in read_po(file) if message.id}
    assert {message.id for message in messages} == wanted
    assert len(messages) > 800
    for message in messages:
        assert message.string, message.id
        assert not message.fuzzy, message.id
        assert placeholders(message.string) == placeholders(message.id), message.id
        values = {key: "1" for key in placeholders(message.id) if not key.startswith("<")}
        values |= {key: "Astana" for key in values if key.startswith("region")}
        values |= {key: "May" for key in values if key.startswith("month")}
        fill(message.string, values, language)
    told = [message.string for message in messages if message.string != message.id]
    assert len(told) > 0.9 * len(messages)


def test_no_guide_holds_a_text_without_translation(tmp_path: Path) -> None:
    from greenanalysis.site.publish.docs import ENGLISH, render_guide

    guides = {path.stem: path for path in (ROOT / "docs").glob("*.md")}
    english = {
        name
        for name, path in guides.items()
        if ENGLISH in path.read_text(encoding="utf-8").splitlines()
    }
    assert english <= ENGLISH_GUIDES
    (tmp_path / "docs").mkdir()
    for name in set(guides) - english:
        page = tmp_path / "docs" / f"{name}.html"
        page.write_text(render_guide(guides[name], root=ROOT), encoding="utf-8")
    assert extract.untranslated(tmp_path) == {language: {} for language in TRANSLATIONS}
    lacking = read_catalogue(po_path("kk"))
    del lacking["Nothing is overwritten."]
    found = extract.untranslated(tmp_path, catalogues={"kk": lacking})
    assert found == {"kk": {"docs/registry.html": {"Nothing is overwritten.": 1}}}


def test_the_fonts_carry_the_letters_of_all_three_languages() -> None:
    from fontTools.ttLib import TTFont

    russian = "".join(chr(code) for code in range(0x410, 0x450)) + "Ёё"
    for name in FACES.values():
        with TTFont(FONTS / name) as font:
            known = font.getBestCmap()
        assert all(ord(letter) in known for letter in f"{KAZAKH}{russian}Az09°²₂·−–—€₸≥\u00a0")
    assert sum((FONTS / name).stat().st_size for name in FACES.values()) < 200_000


def test_texts_attributes_and_inline_elements_are_translated() -> None:
    body = (
        '<p>See <a href="x.html">the <b>table</b></a> of 1,500 MW.</p>'
        '<input placeholder="Find"><td><span>Solar</span></td><pre>Solar</pre>'
        '<p translate="no">Solar</p><div>Mixed<p>Solar</p>end</div>'
    )
    messages = {
        "See <0>the <1>table</1></0> of {0} MW.": "{0} МВт — в <0><1>таблице</1></0>.",
        "Find": "Найти",
        "Solar": "Солнце",
        "Mixed": "Смесь",
        "end": "конец",
        "Wind": "Ветер",
    }
    text = translated(body, messages)
    assert '<p>1\u00a0500 МВт — в <a href="x.html"><b>таблице</b></a>.</p>' in text
    assert 'placeholder="Найти"' in text
    assert "<span>Солнце</span>" in text
    assert "<pre>Solar</pre>" in text
    assert '<p translate="no">Solar</p>' in text
    assert "<div>Смесь<p>Солнце</p>конец</div>" in text
    assert "<title>Ветер</title>" in text


def test_what_has_no_translation_stays_and_says_that_it_is_english() -> None:
    root = parse_page(f"{HEAD}<p>Only <b>12.5</b> English</p><h2>7 of 9</h2></body></html>")
    translator = Translator("ru", {"Wind": "Ветер"})
    translate_page(root, translator)
    assert '<p lang="en">Only <b>12.5</b> English</p>' in page_text(root)
    assert set(translator.missing) == {"Only <0>{0}</0> English", "{0} of {1}"}


def test_sources_names_and_codes_stay() -> None:
    body = (
        "<table><thead><tr><th>Plant or fleet</th><th>Model</th><th>Source</th></tr></thead>"
        "<tbody><tr><td>Nomad</td><td>0.209</td><td>A report, p. 1.5</td></tr></tbody></table>"
        '<section class="ga-sources"><h3>Sources</h3><ul><li>Report 1.5</li></ul></section>'
        '<p class="ga-note">Data: GeoNames</p><td>capacity_mw</td><td>ТОО «Дивитэл»</td>'
    )
    messages = dict.fromkeys(["Plant or fleet", "Model", "Source", "Sources", "Wind"], "слово")
    root = parse_page(f"{HEAD}{body}</body></html>")
    translator = Translator("ru", messages)
    translate_page(root, translator)
    text = page_text(root)
    assert '<td lang="en">Nomad</td><td>0,209</td>' in text
    assert '<td translate="no" lang="en">A report, p. 1.5</td>' in text
    assert '<li translate="no" lang="en">Report 1.5</li>' in text
    assert '<span translate="no" lang="en">GeoNames</span>' in text
    assert '<td lang="ru">ТОО «Дивитэл»</td>' in text
    assert set(translator.missing) == {"Data: <0/>"}


def test_popups_and_layers_of_a_map_are_translated() -> None:
    popup = '<div class="ga-popup"><b>Abai (KZ-10)</b><table><tr><th>Solar</th><td>1.5 GW</td>'
    features = [{"properties": {"popup_html": f"{popup}</tr></table></div>", "id": "Solar"}}]
    models = {
        "a": {"state": {"name": "Solar", "_model_name": "Solar"}},
        "b": {"state": {"data": {"features": features}}},
    }
    script = json.dumps({"state": models}).replace("<", "\\u003c")
    mime = "application/vnd.jupyter.widget-state+json"
    text = translated(
        f'<script type="{mime}">{script}</script>',
        {"Solar": "Күн", "{0} GW": "{0} ГВт", "Wind": "Жел"},
        "kk",
    )
    state = json.loads(html.document_fromstring(text).find(".//script").text)["state"]
    assert state["a"]["state"] == {"name": "Күн", "_model_name": "Solar"}
    properties = state["b"]["state"]["data"]["features"][0]["properties"]
    assert properties["id"] == "Solar"
    assert "<b>Абай облысы (KZ-10)</b>" in properties["popup_html"]
    assert "<th>Күн</th><td>1,5 ГВт</td>" in properties["popup_html"]


def test_an_svg_without_a_box_is_refused() -> None:
    with pytest.raises(ValueError, match="view box"):
        inline_svg("<svg></svg>", label="", key="")


def test_longer_labels_stay_inside_the_figure() -> None:
    style = "font-size: 10px; text-anchor: {}"
    root = html.fragment_fromstring(
        '<svg viewBox="0 0 100 50">'
        f'<text x="50" y="40" style="{style.format("middle")}">GW</text>'
        f'<text x="20" y="20" style="{style.format("end")}">coal</text>'
        "</svg>"
    )
    middle, end = root.iter("text")
    before = {middle: "GW", end: "coal"}
    middle.text, end.text = "а" * 40, "начальная"
    fit_figures(before)
    x, _, width, _ = (float(part) for part in root.get("viewbox").split())

    def size(element: html.HtmlElement) -> float:
        return float(re.search(r"font-size: ([\d.]+)", element.get("style")).group(1))

    assert x < 0
    assert text_width(end.text) * size(end) <= 20 - x + 1e-6
    assert size(middle) < 10
    assert width > 100


@pytest.mark.parametrize("title", ["Data of this page", "In short", "Sources"])
def test_a_small_list_is_translated_unless_it_cites(title: str) -> None:
    link = '<a class="ga-download" download href="a.csv">a.csv</a>'
    page = translated(
        f'<section class="ga-sources"><h3>{title}<a class="ga-anchor" href="#a">#</a></h3>'
        f"<ul><li>{link} all plants (8 kB)</li><li>all plants</li></ul></section>",
        {"all plants ({0} kB)": "все станции ({0} КБ)", "all plants": "все станции"},
    )
    assert ("все станции (8 КБ)" in page) == (title != "Sources")
    assert ("все станции</li>" in page) == (title != "Sources")


@pytest.mark.parametrize(("city", "shown"), [("Алматы", "Алматы облысы"), ("Шымкент", "Алматы")])
def test_a_region_keeps_its_word_where_a_city_of_the_figure_is_called_so(
    city: str, shown: str
) -> None:
    root = html.fragment_fromstring(
        '<svg viewBox="0 0 100 50"><text>Almaty Region</text><text>city</text></svg>'
    )
    region, other = root.iter("text")
    region.text, other.text = "Алматы облысы", city
    fit_figures({region: "Almaty Region", other: "city"})
    assert [region.text, other.text] == [shown, city]


@pytest.fixture
def small_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from greenanalysis.site.publish.languages import site

    messages = {"Wind": "Ветер", "All reports": "Все отчёты", "Solar {0} MW": "Солнце {0} МВт"}
    monkeypatch.setattr(site, "catalogue", lambda language: messages)
    (tmp_path / "docs").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_text("")
    (tmp_path / "downloads" / "atlas").mkdir(parents=True)
    (tmp_path / "downloads" / "atlas" / "x.csv").write_text("a")
    links = (
        '<a href="docs/guide.html#part">Wind</a><a href="downloads/atlas/x.csv">Wind</a>'
        '<a href="#top">Wind</a><script src="assets/a.js"></script><p>Solar 1.5 MW</p>'
    )
    (tmp_path / "index.html").write_text(f"{HEAD}{BAR}{links}</body></html>")
    up = BAR.replace("index.html", "../index.html")
    guide = '<p>English only</p><a href="api.html">Wind</a><a href="../assets/a.js">Wind</a>'
    (tmp_path / "docs" / "guide.html").write_text(f"{HEAD}{up}{guide}</body></html>")
    (tmp_path / "docs" / "api.html").write_text(f"{HEAD}{up}</body></html>")
    (tmp_path / "docs" / "api").mkdir()
    (tmp_path / "docs" / "api" / "grid.html").write_text(f"{HEAD}{up}</body></html>")
    return tmp_path


def publish(out: Path, state: dict) -> list[Path]:
    from greenanalysis.core.files import sha256_file

    made = list(languages_step(Site(out, [], state, {}, list(out.rglob("*.html")))))
    state["files"] = {path.relative_to(out).as_posix(): sha256_file(path) for path in made}
    return made


def test_a_site_has_three_languages_whose_links_lead_somewhere(small_site: Path) -> None:
    state: dict = {"pages": {}}
    publish(small_site, state)
    assert english_pages(small_site) == ["docs/api.html", "docs/guide.html", "index.html"]
    pages = sorted(set(small_site.rglob("*.html")) - {small_site / "docs/api/grid.html"})
    assert len(pages) == 9
    for path in pages:
        root = html.document_fromstring(path.read_text())
        folder = path.relative_to(small_site).parts[0]
        language = folder if folder in TRANSLATIONS else "en"
        assert root.get("lang") == language
        current = root.xpath('//div[@class="ga-languages"]/a[@aria-current="true"]')
        assert [link.get("hreflang") for link in current] == [language]
        assert len(root.xpath('//link[@rel="alternate"]')) == 3
        for element in root.xpath("//*[@href or @src]"):
            address = (element.get("href") or element.get("src")).split("#")[0]
            assert (path.parent / address).exists(), (path, address)
        for link in root.xpath('//a[not(@hreflang) and contains(@href, ".html")]'):
            target = (path.parent / link.get("href").split("#")[0]).resolve()
            there = target.relative_to(small_site.resolve()).parts[0]
            assert (there if there in TRANSLATIONS else "en") == language
        assert root.xpath('//link[@rel="stylesheet"]/@href')[0].endswith(fonts_address())
    russian = (small_site / "ru" / "index.html").read_text()
    assert 'href="docs/guide.html#part"' in russian
    assert "<p>Солнце 1,5 МВт</p>" in russian
    assert state["untranslated"] == {"ru": 1, "kk": 1}
    assert "1 in ru, 1 in kk" in untranslated_lines(state)[0]
    assert untranslated_lines({}) == []


def test_only_pages_that_changed_are_translated_again(
    small_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from greenanalysis.site.publish.languages import site

    state: dict = {"pages": {}}
    publish(small_site, state)
    done: list[str] = []
    real = site.publish
    monkeypatch.setattr(site, "publish", lambda job: done.append(job.address) or real(job))
    publish(small_site, state)
    assert done == []
    assert state["untranslated"] == {"ru": 1, "kk": 1}
    page = small_site / "docs" / "guide.html"
    page.write_text(page.read_text().replace("English only", "Wind"))
    (small_site / "kk" / "index.html").write_text("damaged")
    publish(small_site, state)
    assert sorted(done) == ["docs/guide.html", "docs/guide.html", "index.html"]
    assert state["untranslated"] == {"ru": 0, "kk": 0}


def test_languages_are_linked_once_and_only_where_there_is_a_head() -> None:
    page = f"{HEAD}{BAR}</body></html>"
    once = with_languages(page, "docs/api/x.html")
    assert once.count('class="ga-languages"') == 1
    assert 'href="../../ru/docs/api/x.html"' in once
    assert with_languages(once, "docs/api/x.html") == once
    assert with_languages("<p>no page</p>", "x.html") == "<p>no page</p>"
    without = with_languages(f"{HEAD}</body></html>", "x.html")
    assert 'hreflang="kk"' in without
    assert 'ga-languages"' not in without


def test_commands_write_catalogues_and_list_what_lacks(
    small_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "locale"
    empty = extract.extract(small_site, folder=folder)
    assert set(empty) == set(TRANSLATIONS)
    template = (folder / extract.TEMPLATE).read_text()
    assert 'msgid "Solar {0} MW"' in template
    assert "Abai" not in template
    before = [path.read_bytes() for path in sorted(folder.rglob("*.po*"))]
    extract.extract(small_site, folder=folder)
    assert [path.read_bytes() for path in sorted(folder.rglob("*.po*"))] == before
    (small_site / "docs" / "api.html").write_text(f"{HEAD}<p>New</p></body></html>")
    (small_site / "index.html").rename(small_site / "index.txt")
    extract.extract(small_site, folder=folder)
    kept = (folder / extract.TEMPLATE).read_text()
    assert '#. index.html p\nmsgid "Solar {0} MW"' in kept.replace("#, python-brace-format\n", "")
    assert '#. docs/api.html p\nmsgid "New"' in kept
    extract.extract(small_site, folder=folder, prune=True)
    assert "Solar" not in (folder / extract.TEMPLATE).read_text()
    (small_site / "index.txt").rename(small_site / "index.html")
    (small_site / "docs" / "api.html").write_text(f"{HEAD}</body></html>")
    result = CliRunner().invoke(cli, ["translations", "check", "--site", str(small_site)])
    assert result.exit_code == 1
    assert "ru docs/guide.html: 1\n    English only" in result.output
    (small_site / "docs" / "guide.html").unlink()
    (small_site / "index.html").unlink()
    result = CliRunner().invoke(cli, ["translations", "check", "--site", str(small_site)])
    assert result.exit_code == 0, result.output
    assert read_catalogue(tmp_path / "absent.po") == {}


def test_a_project_folder_without_regions_takes_those_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from greenanalysis.site.publish.languages import messages as names

    monkeypatch.setattr(names, "data_dir", lambda: tmp_path)
    assert names._regions_path().name == "regions.csv"
    monkeypatch.setattr(names, "_regions_path", lambda: None)
    assert names.region_forms.__wrapped__("ru") == {}
