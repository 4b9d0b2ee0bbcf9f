"""The page of joint projects: who invests with whom in what, and what a memorandum has brought."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from greenanalysis.core.tables import read_facts
from greenanalysis.programme import joint
from greenanalysis.programme.joint import COUNTRY, HOME, STATUSES
from greenanalysis.site.downloads import Download, table_file
from greenanalysis.site.draw import figures, palette
from greenanalysis.site.draw.chart import Chart
from greenanalysis.site.draw.layers import Layer, Outlines, Points, Popup
from greenanalysis.site.draw.tables import Html, html_table, linked
from greenanalysis.site.elements import record
from greenanalysis.site.pages.resource_map import basemap as basemap

_COLOURS = {
    "operating": palette.ACCENT,
    "under construction": palette.SOLAR,
    "agreed": palette.WIND,
    "announced": "#8b9aa3",
}
_SHOWN_COUNTRIES = 8
_UNKNOWN = "unknown"
_BELT_AND_ROAD = "Belt and Road"

LIMITS = (
    "A list of what published sources name, not a register: projects without an available text are "
    "missing, and so are loans that were never announced.",
    "Status is that of the year in the table; nothing was asked of the companies themselves.",
    "Belt and Road stands only where a source says so. Loans of AIIB are not part of it.",
    "Costs are of the announcement, converted to dollars of 2025 at the mean rate of their year.",
    "The memorandum is cited through a news report; its full text was not available.",
)
"""What the page does not show."""


def of_region(projects: pd.DataFrame, region: str) -> pd.DataFrame:
    """Return the projects of one region."""
    return projects[projects["region"] == region]


def status_finding(points: pd.DataFrame, projects: pd.DataFrame, *, name: str) -> str:
    """Return in one sentence how many projects of a region run, and which points have none.

    Parameters
    ----------
    points : of :func:`~greenanalysis.programme.joint.memorandum`.
    projects : of the region.
    name : of the region.
    """
    foreign = projects[projects["countries"].map(bool) | (projects["lender"] != "")]
    run = foreign[foreign["status"] == "operating"]
    text = (
        f"{name}: {len(run)} of {len(foreign)} projects with a foreign investor or lender operate, "
        f"{run['capacity_mw'].sum():,.0f} MW"
    )
    table = joint.answers(points, projects)
    none = points.loc[table.index[table["foreign"] == 0], "title"].str.lower().tolist()
    return text + (f"; no foreign partner for {', '.join(none)}" if none else "")


def country_finding(projects: pd.DataFrame) -> str:
    """Return in one sentence what the country has built with partners, and what is agreed."""
    mw = projects.groupby("status")["capacity_mw"].sum()
    return (
        f"With partners from abroad {mw.get('operating', 0.0):,.0f} MW operate and "
        f"{mw.get('agreed', 0.0) + mw.get('under construction', 0.0):,.0f} MW are agreed or under "
        f"construction"
    )


def key_figures(projects: pd.DataFrame, region: str) -> list[tuple[str, str, str]]:
    """Return label, value and unit of the tiles, those of the region first."""
    own = of_region(projects, region)
    run = own[own["status"] == "operating"]
    named = own["lender"] != ""
    belt = projects["programme"].str.contains(_BELT_AND_ROAD, regex=False)
    countries = {name for names in projects["countries"] for name in names}
    return [
        ("Projects in the region", f"{len(own)}", "with a source"),
        ("Of these operating", f"{len(run)}", f"{run['capacity_mw'].sum():,.0f} MW"),
        ("Lender named", f"{int(named.sum())} of {len(own)}", "projects in the region"),
        ("Projects in the country", f"{len(projects)}", "the region included"),
        ("Countries of investors", f"{len(countries)}", f"besides {HOME}"),
        ("Named as Belt and Road", f"{int(belt.sum())}", "by a source"),
    ]


def record_figures(projects: pd.DataFrame, region: str) -> None:
    """Hand the number of projects to the index of the site."""
    record("projects", str(len(projects)), label="Projects", unit="with a source")
    run = projects[projects["status"] == "operating"]
    record(
        "operating_mw",
        f"{run['capacity_mw'].sum():,.0f}",
        label="Operating with foreign partners",
        unit="MW",
    )
    record("projects_region", str(len(of_region(projects, region))), label="In the region")


def points_table(points: pd.DataFrame, projects: pd.DataFrame) -> Html:
    """Return each point of the memorandum beside the projects that answer it.

    Parameters
    ----------
    points : of :func:`~greenanalysis.programme.joint.memorandum`.
    projects : of the region.
    """
    table = joint.answers(points, projects)
    rows = []
    for (_, point), counted in zip(points.iterrows(), table.to_dict("records"), strict=True):
        counts = [f"{counted[one]} {one}" for one in STATUSES if counted[one]]
        rows.append(
            {
                "Point": point["title"],
                "The memorandum asks to": point["asks_for"],
                "Projects found": ", ".join(counts) or "none",
                "With a foreign investor or lender": int(counted["foreign"]),
            }
        )
    return html_table(pd.DataFrame(rows), caption="What was asked for, and what has happened since")


def progress_table(points: pd.DataFrame, *, region: str) -> Html:
    """Return how the region has changed since, one row a quantity with its source.

    Parameters
    ----------
    points : of :func:`~greenanalysis.programme.joint.memorandum`.
    region : ISO 3166-2 code; its plants are counted before and after.
    """
    year = int(points["year"].iloc[0])
    listed = joint.memorandum_progress()
    rows: list[dict[Any, Any]] = [*_installed(region, year), *listed.to_dict("records")]
    shown = pd.DataFrame(
        [
            {
                "Point": points["title"].get(str(row["item"]), str(row["item"])),
                "Quantity": f"{row['quantity']}, {row['unit']}" if row["unit"] else row["quantity"],
                "Before": _dated(row["before"], row["before_year"]),
                "Now": _dated(row["now"], row["now_year"]),
                "Source": linked(str(row["source"])),
            }
            for row in rows
        ],
        dtype=object,
    )
    return html_table(shown, caption="What changed in the region since")


def _installed(region: str, year: int) -> list[dict[Any, Any]]:
    """Return solar and wind power of a region up to the year before, and now, as progress rows."""
    plants = read_facts("plants", numeric=["capacity_mw", "year"])
    rows: list[dict[Any, Any]] = []
    for carrier in ("solar", "wind"):
        own = plants[(plants["region"] == region) & (plants["carrier"] == carrier)]
        old = own[own["year"] < year]
        rows.append(
            {
                "item": "solar_wind",
                "quantity": f"{carrier} power",
                "unit": "MW",
                "before": old["capacity_mw"].sum(),
                "before_year": f"end of {year - 1}",
                "now": own["capacity_mw"].sum(),
                "now_year": "listed now",
                "source": "data/facts/plants.csv",
            }
        )
    return rows


def _dated(value: object, year: object) -> str:
    number = float(str(value))
    return _UNKNOWN if np.isnan(number) else f"{number:,.4g} ({year})"


def projects_table(projects: pd.DataFrame, *, caption: str) -> Html:
    """Return projects with investor, lender, programme, cost and status, the furthest first."""
    order = projects["status"].map(STATUSES.index)
    rows = projects.assign(order=order).sort_values(["order", "year"], ascending=[True, False])
    shown = pd.DataFrame(
        {
            "Project": rows["project"],
            "Status": [f"{row['status']} ({row['year']:.0f})" for _, row in rows.iterrows()],
            "Size": rows["size"],
            "Investor": rows["investor"],
            "Country": rows["country"],
            "Lender": rows["lender"].replace("", _UNKNOWN),
            "Programme or agreement": rows["programme"].replace("", _UNKNOWN),
            "Cost, million USD of 2025": rows["cost_musd"],
        }
    )
    return html_table(
        shown,
        formats={"Cost, million USD of 2025": "{:,.0f}"},
        caption=caption,
        missing=_UNKNOWN,
    )


def _by_country(projects: pd.DataFrame) -> pd.DataFrame:
    """Return MW by country of the first foreign investor and status, the largest first."""
    first = projects["countries"].map(lambda names: names[0] if names else HOME)
    known = projects.assign(first=first)[projects["countries"].map(bool)]
    table = known.pivot_table(
        index="first", columns="status", values="capacity_mw", aggfunc="sum", fill_value=0.0
    )
    table = table.reindex(columns=[one for one in STATUSES if one in table.columns])
    order = table.sum(axis=1).sort_values(ascending=False).index
    return table.loc[order]


def origin_finding(projects: pd.DataFrame) -> str:
    """Return in one sentence whose investors stand behind how much of the power."""
    table = _by_country(projects)
    sums, run = table.sum(axis=1), table.get("operating", table.sum(axis=1) * 0)
    return (
        f"Investors from {sums.index[0]} stand behind {sums.iloc[0] / 1e3:,.1f} of "
        f"{sums.sum() / 1e3:,.1f} GW; {run.iloc[0] / 1e3:,.1f} GW of theirs operate"
    )


def country_chart(projects: pd.DataFrame) -> Chart:
    """Return MW by country of the investors, stacked by how far the projects have come."""
    table = _by_country(projects).head(_SHOWN_COUNTRIES)
    return figures.stacked_bars(table, unit="capacity, MW", colours=_COLOURS)


def lender_finding(loans: pd.DataFrame) -> str:
    """Return in one sentence who lent most."""
    sums = loans.groupby("lender")["musd"].sum().sort_values(ascending=False)
    most = loans["lender"].value_counts().index[0]
    return (
        f"{sums.index[0]} lends the largest sum, {sums.iloc[0]:,.0f} million USD; {most} stands "
        f"behind the most projects, {int((loans['lender'] == most).sum())}"
    )


def lender_chart(loans: pd.DataFrame) -> Chart:
    """Return the published loans and grants by lender."""
    sums = loans.groupby("lender")["musd"].sum()
    return figures.ranked_bars(
        {str(name): float(value) for name, value in sums.items()},
        unit="loans and grants as announced, million USD",
        decimals=0,
    )


def layers(
    projects: pd.DataFrame, regions: gpd.GeoDataFrame, *, region: str
) -> tuple[list[Layer], tuple[float, float, float, float]]:
    """Return borders and projects whose place is known, and west, south, east, north of the land.

    Parameters
    ----------
    projects : of :func:`~greenanalysis.programme.joint.joint_projects`.
    regions : of the country.
    region : ISO 3166-2 code, drawn with a strong border.
    """
    placed = projects[projects["latitude"].notna() & (projects["region"] != COUNTRY)]
    own: list[Layer] = [Outlines("Regions", regions, highlight=[list(regions.index).index(region)])]
    for status in reversed(STATUSES):
        rows = placed[placed["status"] == status]
        if rows.empty:
            continue
        places = gpd.points_from_xy(rows["longitude"], rows["latitude"], crs="EPSG:4326")
        own.append(
            Points(
                status.capitalize(),
                gpd.GeoDataFrame(rows[["project"]], geometry=places),
                radii=(5.0 + np.sqrt(rows["capacity_mw"].fillna(0.0)) / 4).tolist(),
                colour=_COLOURS[status],
                popups=[_popup(row) for _, row in rows.iterrows()],
            )
        )
    west, south, east, north = regions.total_bounds
    return own, (float(west), float(south), float(east), float(north))


def _popup(row: pd.Series) -> Popup:
    return Popup(
        row["project"],
        [
            ("Investor", row["investor"]),
            ("Lender", row["lender"] or _UNKNOWN),
            ("Size", row["size"]),
            ("Status", f"{row['status']} ({row['year']:.0f})"),
        ],
    )


def sources_table(projects: pd.DataFrame) -> Html:
    """Return where each project is stated, and what else a reader must know of it."""
    shown = projects[["project", "place", "kind", "note"]].set_axis(
        ["Project", "Place", "Kind", "Note"], axis=1
    )
    shown["Source"] = pd.Series([linked(one) for one in projects["source"]], dtype=object).array
    return html_table(shown, caption="Sources of the projects")


def project_files(projects: pd.DataFrame) -> list[Download]:
    """Return the projects with all their figures as a file."""
    table = projects.assign(countries=projects["countries"].map("; ".join))
    return [table_file("joint-projects.csv", table, label="all projects, one row each")]


def sources(points: pd.DataFrame) -> list[str]:
    """Return the sources of the memorandum; those of the projects stand in their table."""
    return [
        *(f"Memorandum: {text}" for text in dict.fromkeys(points["source"])),
        "Borders: Natural Earth, GeoNames",
    ]
