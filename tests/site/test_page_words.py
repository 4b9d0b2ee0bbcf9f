"""No page shows keys of the code, numbers that are none, or the sign of nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from greenanalysis.site.draw.tables import html_table
from tests.support.page_words import visible_texts, word_faults


@pytest.mark.parametrize(
    "text",
    [
        "connection_km = None",
        "risk: swing fx",
        "the objective of co2_usd_per_t",
        "worth -0.0 million",
        "MISS",
        "a mean of nan",
        "[object Object]",
        "capacity undefined",
    ],
)
def test_what_no_reader_can_use_is_seen(text: str) -> None:
    assert word_faults(f"<html><body><p>{text}</p></body></html>")


@pytest.mark.parametrize(
    "text",
    [
        "-0.05 of 1", "From 2020-01-01", "see data/facts/plants_measured.csv", "1.0-0.5",
        "https://x.org/a_b_c", "Missing: irrigation", "0.0", "well-known", "a-0 b",
    ],
)  # fmt: skip
def test_plain_words_numbers_and_addresses_are_not(text: str) -> None:
    assert not word_faults(f"<html><body><p>{text}</p></body></html>")


def test_code_provenance_and_scripts_are_not_read() -> None:
    page = (
        "<html><body><p>Seen <code>not_seen</code> too</p><script>var a_b</script>"
        '<details class="ga-provenance">x_y = None</details><pre>p_q</pre></body></html>'
    )
    assert list(visible_texts(page)) == ["Seen", "too"]
    assert not word_faults(page)


def test_a_table_writes_no_sign_before_what_rounds_to_nothing() -> None:
    frame = pd.DataFrame({"a": [-0.04, 0.04, -0.06, -12.0]})
    text = str(html_table(frame, formats={"a": "{:+.1f}"}))
    assert "-0.0" not in text
    assert "-0.1" in text
    assert "-12.0" in text
    assert "-0%" not in str(html_table(frame / 100, formats={"a": "{:.0%}"}))
