"""The page about the information system, the Center and EXPO 2017: statements with sources."""

from __future__ import annotations

import pandas as pd

from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts, read_table
from greenanalysis.site.draw import figures
from greenanalysis.site.draw.chart import Chart
from greenanalysis.site.draw.tables import Html, html_table, linked
from greenanalysis.site.elements import link

_CARRIERS = ("solar", "wind")

LIMITS = (
    "Statements stand as their sources make them; most are news reports, not documents of the "
    "Center.",
    "What the Center did after 2023 was not available.",
    "This site is a computed study on open data. It is not a state system and holds no data of "
    "enterprises but what they hand in.",
)
"""What the page does not show."""


def statements() -> pd.DataFrame:
    """Return the statements in the order of the page: topic, statement, year, kind, source."""
    path = data_dir() / "facts" / "about.csv"
    return read_table(path, required=["topic", "statement", "year", "kind", "source"])


def topic_table(table: pd.DataFrame, topic: str) -> Html:
    """Return what is said of one topic, each statement with its year and source.

    Parameters
    ----------
    table : of :func:`statements`.
    topic : one of its topics.
    """
    rows = table[table["topic"] == topic]
    shown = pd.DataFrame(
        {
            "Year": rows["year"].astype(int),
            "Statement": rows["statement"],
            "Source": pd.Series([linked(one) for one in rows["source"]], rows.index, dtype=object),
        }
    )
    return html_table(shown, caption=topic, formats={"Year": "{:d}"})


def parts_table() -> Html:
    """Return what the information system was to have, and the page of this site that has it."""
    rows = [
        ("Maps of sun, wind, water, biomass and waste", link("atlas", "Green atlas")),
        (
            "How green technologies are introduced in enterprises, online",
            link("monitoring", "Monitoring"),
        ),
        ("Atlas of solar and wind energy for investors", link("region-kz-61", "Pages of regions")),
        ("Super Grid along the Silk Road", link("export-base", "Export scenarios")),
        ("Joint projects with foreign partners", link("joint-projects", "Joint projects")),
        (
            "Programmes of regions",
            link("programme-kz-61", "Programme of Turkistan, and of each region"),
        ),
    ]
    shown = pd.DataFrame(rows, columns=["Asked for or announced", "Here"], dtype=object)
    return html_table(shown, caption="What was asked for, and where to find it on this site")


def capacity_by_year() -> pd.DataFrame:
    """Return installed solar and wind power at the end of each year, MW, a column each."""
    table = read_facts("fleet_capacity", numeric=["year", "capacity_mw"])
    wide = table.pivot_table(index="year", columns="carrier", values="capacity_mw")
    return wide[list(_CARRIERS)]


def capacity_finding(table: pd.DataFrame) -> str:
    """Return in one sentence how solar and wind power have grown."""
    first, last = table.sum(axis=1).iloc[0], table.sum(axis=1).iloc[-1]
    return (
        f"Solar and wind power have grown from {first:,.0f} MW at the end of "
        f"{table.index[0]:.0f} to {last:,.0f} MW at the end of {table.index[-1]:.0f}"
    )


def capacity_chart(table: pd.DataFrame) -> Chart:
    """Return installed solar and wind power by year."""
    bars = table.set_axis([f"{year:.0f}" for year in table.index], axis=0)
    return figures.stacked_bars(bars, unit="installed at the end of the year, MW")


def capacity_sources() -> list[str]:
    """Return the sources of the installed power."""
    return list(dict.fromkeys(read_facts("fleet_capacity")["source"]))
