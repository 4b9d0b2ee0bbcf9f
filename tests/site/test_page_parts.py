from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from greenanalysis.site import elements as page
from greenanalysis.site.draw import figures, tables
from greenanalysis.site.draw.embed import chart_figure
from greenanalysis.site.page import Page
from greenanalysis.site.publish import html, index


def notebook_with(*outputs: object) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("secret_of_the_source = 1", outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[cell])


def test_a_notebook_with_a_failed_cell_is_never_published() -> None:
    failed = nbformat.v4.new_output("error", ename="ValueError", evalue="x", traceback=[])
    with pytest.raises(html.FailedCellError, match="ValueError"):
        html.render_page(notebook_with(failed), title="A", runtime="assets/w.js")


def test_a_page_has_a_policy_and_no_address_of_the_network() -> None:
    table = {"text/html": str(page.banner({"grade": "screening"})), "text/plain": "x"}
    noise = nbformat.v4.new_output("stream", name="stderr", text="UserWarning: noise")
    record = {page.RECORD_MIME: {"key": "gw", "value": "7"}, "text/plain": ""}
    notebook = notebook_with(
        nbformat.v4.new_output("display_data", data=table),
        nbformat.v4.new_output("display_data", data=record),
        noise,
    )
    text = html.render_page(notebook, title="Sun & <wind>", runtime="assets/w.js")
    assert "<title>Sun &amp; &lt;wind&gt;</title>" in text
    assert "default-src 'none'" in text
    assert page.SCREENING_TEXT in text
    assert "secret_of_the_source" in text
    assert "noise" not in text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//|url\(\s*[\"']?https?:|@import", text)
    assert html.read_records(notebook) == {"gw": {"key": "gw", "value": "7"}}
    assert html.count_warnings(notebook) == 1


def test_text_from_data_is_escaped_everywhere() -> None:
    evil = "<img src=x onerror=alert(1)>&"
    frame = pd.DataFrame({evil: [evil, None]}, index=["a", "b"])
    blocks = [
        tables.html_table(frame, caption=evil),
        page.key_figures([(evil, evil, evil)]),
        page.banner({"name": evil, "grade": "real", "source": evil}),
        page.finding(evil),
        page.sources([evil]),
        page.limits([evil]),
        page.provenance({"a": evil}, weather={"name": evil}, facts={evil: evil}),
        page.provenance({"a": evil}),
        chart_figure(
            figures.ranked_bars({evil: 1.0}, unit=evil).shown(title=evil, note=evil).vega_lite(),
            key="chart-1",
        ),
    ]
    for block in blocks:
        assert "<img src=x" not in str(block)
        assert "</script><" not in str(block).replace("</script></", "")
    entry = {"status": "failed", "error": evil, "records": {}}
    contents = index.render_index([Page("a", Path("a"), evil, evil)], {"a": entry}, {"a": "k"})
    assert "<img" not in contents
    assert "<img" not in index.failure_page(evil, evil)


def test_the_banner_is_prominent_for_screening_grade_only() -> None:
    assert "ga-screening" in page.banner({"name": "sample", "grade": "screening"})
    real = page.banner({"name": "era5", "grade": "real", "source": "ERA5", "years": "2015-2024"})
    assert real == ""


def test_a_table_aligns_formats_and_marks_what_is_missing() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "gw": [1234.567, np.nan], "n": [1000, 2]})
    text = str(tables.html_table(frame, formats={"gw": "{:,.1f}"}, caption="C"))
    assert '<td class="ga-number">1,234.6</td>' in text
    assert '<td class="ga-number">–</td>' in text
    assert '<td class="ga-number">1,000</td>' in text
    assert "<td>a</td>" in text


def test_the_index_shows_records_headlines_and_what_is_outdated() -> None:
    records = {
        "gw": {"key": "gw", "value": "7", "label": "Solar", "unit": "GW", "headline": True},
        "grade": {"key": "grade", "value": "screening", "label": "", "unit": ""},
    }
    entry = {"status": "ok", "key": "old", "seconds": 3.0, "records": records}
    pages = [Page("a", Path("a"), "A", "National"), Page("b", Path("b"), "B", "Regions")]
    text = index.render_index(pages, {"a": entry}, {"a": "new", "b": "new"})
    assert "outdated" in text
    assert "not built" in text
    assert '<a href="b.html">' not in text
    assert page.SCREENING_TEXT in text
    assert "<b>7</b><small>GW</small>" in text
