"""Charts: the numbers they draw, their static twin, their translation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from greenanalysis.core import paths
from greenanalysis.site.draw import figures, palette
from greenanalysis.site.draw.chart import META, MIME, Chart, records
from greenanalysis.site.draw.embed import SPEC_CLASS, chart_figure
from greenanalysis.site.draw.twin import on_page, sized, themed, twin_svg, without_hover
from greenanalysis.site.publish.languages.catalogue import Translator
from greenanalysis.site.publish.languages.translate import translate_page

MIX = pd.DataFrame({"solar": [1.0, np.nan], "wind": [2.0, 3.0]}, index=["A long name", "B"])
CHARTS: dict[str, Callable[[], Chart]] = {
    "monthly": lambda: figures.monthly_profile({"solar": range(12)}, unit="x", kind="bar"),
    "monthly lines": lambda: figures.monthly_profile({"solar": range(12)}, unit="x"),
    "heat map": lambda: figures.month_hour_heatmap(np.ones((12, 24)), unit="x"),
    "supply": lambda: figures.supply_curve(
        {"wind": pd.DataFrame({"capacity_gw": [2, 1.0], "lcoe_usd_per_mwh": [30, 20.0]})}
    ),
    "duration": lambda: figures.duration_curve({"wind": np.array([0.1, np.nan, 0.5])}, unit="x"),
    "ranked": lambda: figures.ranked_bars({"a": 1, "b": 3, "c": float("nan")}, unit="x"),
    "stacked": lambda: figures.stacked_bars(MIX, unit="x", marks={"B": 4.0}, mark_name="price"),
    "upright": lambda: figures.stacked_bars(
        pd.DataFrame({"solar": [1, -2.0, 3]}, index=["2020", "2021", "2022"]), unit="x"
    ),
    "spans": lambda: figures.spans(
        pd.DataFrame({"least": [0.0], "optimum": [1.0], "most": [2.0]}, index=["a"]), unit="x"
    ),
    "lines": lambda: figures.lines(
        pd.DataFrame({"a": [1.0, 2.0]}, index=[0.8, 1.2]), unit="x", across="y"
    ),
    "tornado": lambda: figures.tornado(
        pd.DataFrame({"low": [1.0], "high": [3.0]}, index=["a"]), base=2.0, unit="x"
    ),
}


def shown(chart: Chart, title: str = "A finding") -> dict[str, Any]:
    return chart.shown(title=title, note="A note", source="A source").vega_lite()


@pytest.mark.parametrize("name", CHARTS)
def test_each_chart_is_plain_json_has_a_table_and_draws_its_twin_alike_each_time(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(paths, "cache_dir", lambda: tmp_path)
    spec = shown(CHARTS[name]())
    assert json.loads(json.dumps(spec)) == spec
    about = spec["usermeta"][META]
    fields = set(spec["data"]["values"][0])
    assert {field for field, _ in about["columns"]} <= fields
    drawing = twin_svg(spec)
    cached = list(tmp_path.rglob("charts/*.svg"))
    assert len(cached) == 1
    cached[0].unlink()
    assert twin_svg(spec) == drawing
    assert drawing.startswith("<svg")
    assert "aria-" not in drawing
    assert "A finding" not in drawing
    ids = re.findall(r' id="([^"]+)"', drawing)
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', drawing)) <= set(ids)
    assert all(one.startswith("t") for one in ids)


def test_jupyterlab_gets_a_specification_and_no_html() -> None:
    bundle = CHARTS["ranked"]().shown(title="T")._repr_mimebundle_()
    assert set(bundle) == {MIME, "text/plain"}
    assert bundle[MIME]["$schema"].endswith("v5.json")
    assert "var(" not in json.dumps(bundle[MIME])


def test_a_supply_curve_adds_up_capacity_from_the_cheapest() -> None:
    rows = CHARTS["supply"]().table
    assert rows[["start", "upto", "cost"]].to_numpy().tolist() == [[0, 1, 20], [1, 3, 30]]


def test_a_duration_curve_falls_from_the_largest_to_the_smallest_value() -> None:
    values = CHARTS["duration"]().table["value"].to_numpy()
    assert values[0] == pytest.approx(0.5)
    assert values[-1] == pytest.approx(0.1)
    assert (np.diff(values) <= 0).all()


def test_costs_are_ranked_from_the_cheapest_and_a_gap_is_named() -> None:
    bars = figures.ranked_bars({"a": 3, "gap": float("nan"), "b": 1}, unit="x", cheapest_first=True)
    assert bars.table["name"].tolist() == ["b", "a", "gap"]
    assert bars.vega_lite()["data"]["values"][-1]["value"] is None
    assert figures.GAP in twin_svg(shown(bars))


def test_a_gap_is_never_zero() -> None:
    spec = figures.stacked_bars(MIX, unit="x").vega_lite()
    gap = [row for row in spec["data"]["values"] if row["series"] == "solar" and row["name"] == "B"]
    assert [row["value"] for row in gap] == [None]


@given(st.floats(allow_nan=True, allow_infinity=True))
@settings(max_examples=200)
def test_numbers_keep_six_digits_and_what_is_no_number_is_a_gap(value: float) -> None:
    (row,) = records(pd.DataFrame({"x": [value]}))
    if np.isfinite(value):
        assert row["x"] == pytest.approx(value, rel=1e-5, abs=0)
    else:
        assert row["x"] is None


def test_the_page_has_the_key_in_html_and_the_file_keeps_it() -> None:
    spec = shown(CHARTS["monthly"]())
    page = on_page(spec)
    assert page["encoding"]["color"]["legend"] is None
    assert spec["encoding"]["color"]["legend"] is not None
    assert "title" not in page


def test_the_twin_leaves_out_what_only_a_pointer_needs() -> None:
    plain = without_hover(CHARTS["duration"]().vega_lite())
    text = json.dumps(plain)
    assert "tooltip" not in text
    assert "nearest" not in text
    assert len(plain["layer"]) == 1


def test_parts_that_fill_the_column_get_its_width() -> None:
    assert sized({"vconcat": [{"width": "full"}, {"width": 20}]}, 400) == {
        "vconcat": [{"width": 336}, {"width": 20}]
    }


def test_colours_follow_the_theme_through_variables() -> None:
    assert themed(f'fill="{palette.INK}"') == 'fill="var(--ga-ink)"'
    assert themed('fill="#123456"') == 'fill="#123456"'
    names = re.findall(r"(--ga-c-\w+):", palette.theme_css())
    assert len(names) == 3 * len(set(names))


def test_a_chart_in_another_language_is_translated_and_drawn_again() -> None:
    chart = figures.ranked_bars({"Solar": 1234.5, "Wind": 3.0}, unit="cost, USD/MWh")
    block = chart_figure(shown(chart, "Solar costs more"), key="chart-1")
    root = html.document_fromstring(f"<main>{block}</main>")
    messages = {
        "Solar": "Күн",
        "Wind": "Жел",
        "Solar costs more": "Күн қымбат",
        "A note": "Ескерту",
        "cost": "құн",
        "USD/MWh": "USD/МВт·сағ",
        "Name": "Атауы",
    }
    translator = Translator("kk", messages)
    translate_page(root, translator)
    spec = json.loads(root.find_class(SPEC_CLASS)[0].text)
    words = next(one["value"] for one in spec["params"] if one["name"] == "L")
    assert words["Solar"] == "Күн"
    assert spec["data"]["values"][0]["name"] == "Solar"
    about = spec["usermeta"][META]
    assert about["title"] == "Күн қымбат"
    assert [heading for _, heading in about["columns"]] == ["Атауы", "құн, USD/МВт·сағ"]
    texts = [text.text for text in root.iter("text")]
    assert "Жел" in texts
    assert "1\u00a0234,5" in texts
    assert root.findtext(".//figcaption") == "Күн қымбат"
    assert set(translator.missing) <= {
        "Numbers (CSV)",
        "Picture (PNG)",
        "Drawing (SVG)",
        "Show as table",
        "Cite",
        "Save or cite this chart",
        "no data",
        "Ctrl and wheel, or + and −, zoom; arrow keys read the values.",
        "Data:",
        "Data: <0/>",
    }
