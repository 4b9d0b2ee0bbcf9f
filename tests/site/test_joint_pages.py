"""Pages of joint projects and About: links, what is unknown, tables that sum."""

from __future__ import annotations

import pandas as pd
import pytest

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.programme import joint
from greenanalysis.site import elements
from greenanalysis.site.draw.tables import html_table, linked
from greenanalysis.site.pages import about, joint_projects


@pytest.fixture(scope="module")
def projects() -> pd.DataFrame:
    return joint.joint_projects(load_assumptions())


def test_an_address_in_a_source_becomes_a_link_and_the_rest_stays_text() -> None:
    html = linked("Ministry <b>, https://www.a.kz/x?y=1&z=2; then http://b.kz/n (2025), end")
    assert str(html) == (
        'Ministry &lt;b&gt;, <a href="https://www.a.kz/x?y=1&amp;z=2" rel="noopener noreferrer">'
        'a.kz</a>; then <a href="http://b.kz/n" rel="noopener noreferrer">b.kz</a> (2025), end'
    )
    assert linked("no address") == "no address"


def test_a_link_to_a_page_keeps_its_anchor() -> None:
    assert str(elements.link("region-kz-61#map", "A & B")) == (
        '<a href="region-kz-61.html#map">A &amp; B</a>'
    )


def test_a_linked_cell_is_long_by_what_is_read() -> None:
    table = html_table(pd.DataFrame({"Source": [linked("https://a.kz/" + "x" * 90)]}, dtype=object))
    assert "ga-long" not in table
    assert 'href="https://a.kz/' in table


def test_what_is_unknown_is_said(projects: pd.DataFrame) -> None:
    own = joint_projects.of_region(projects, "KZ-61")
    table = str(joint_projects.projects_table(own, caption="x"))
    assert table.count("<tr>") == len(own) + 1
    assert "unknown" in table
    assert "nan" not in table


def test_capacity_by_country_sums_to_that_of_the_projects(projects: pd.DataFrame) -> None:
    chart = joint_projects.country_chart(projects)
    foreign = projects[projects["countries"].map(bool)]
    assert chart.table["value"].sum() == pytest.approx(foreign["capacity_mw"].sum())


def test_each_statement_has_a_year_and_a_source_that_links_where_it_can() -> None:
    statements = about.statements()
    assert statements["year"].astype(int).between(2012, 2026).all()
    table = str(about.topic_table(statements, "The Center"))
    assert table.count("<a href=") >= (statements["topic"] == "The Center").sum()
    assert "joint-projects.html" in about.parts_table()


def test_a_page_without_weather_has_no_banner_and_records_none() -> None:
    assert 'class="ga-banner' not in elements.header("T", "Q?", weather=None)
