"""Stations of renewable power that stand or are planned in a region, and who runs them."""

from __future__ import annotations

import pandas as pd

from greenanalysis.core.tables import read_facts
from greenanalysis.site.draw.tables import Html, html_table, linked

_GREEN = ("solar", "wind", "hydro", "biogas")
_STATUSES = ("operating", "construction", "planned")
_UNKNOWN = "unknown"


def region_stations(region: str) -> pd.DataFrame:
    """Return the stations of a region, each once, by what its best source says.

    Parameters
    ----------
    region : ISO 3166-2 code.

    Returns
    -------
    DataFrame : ``name``, ``technology``, ``capacity_mw``, ``year``, ``operator``, ``status``,
        ``source``, by facility. What the best source leaves blank is of the next one; NaN and
        empty where none says it.
    """
    stated = read_facts("registry_statements", numeric=["capacity_mw", "year"])
    ranks = read_facts("registry_sources", numeric=["rank"]).set_index("code")["rank"]
    own = stated[
        (stated["region"] == region)
        & stated["technology"].isin(_GREEN)
        & stated["status"].isin(_STATUSES)
    ]
    columns = ["name", "technology", "capacity_mw", "year", "operator", "status", "source"]
    named = own["operator"].mask(own["operator"] == "")
    ordered = own.assign(operator=named, rank=own["source_code"].map(ranks))
    ordered = ordered.sort_values("rank", kind="stable")
    table = ordered.groupby("facility")[columns].first()
    table["operator"] = table["operator"].fillna("")
    return table.sort_values(["status", "capacity_mw"], ascending=[True, False], key=_ordered)


def _ordered(column: pd.Series) -> pd.Series:
    return column.map(_STATUSES.index) if column.name == "status" else column


def stations_finding(stations: pd.DataFrame, *, name: str) -> str:
    """Return in one sentence what stands in a region, and how many operators are known."""
    run = stations[stations["status"] == "operating"]
    if run.empty:
        return f"No station of sun, wind or water with a source stands in {name}"
    known = int((run["operator"] != "").sum())
    return (
        f"Stations of sun, wind and water in {name}: {len(run)} with "
        f"{run['capacity_mw'].sum():,.0f} MW; sources name the operator of {known}"
    )


def stations_table(stations: pd.DataFrame) -> Html:
    """Return the stations with operator and source."""
    shown = pd.DataFrame(
        {
            "Name": stations["name"],
            "Technology": stations["technology"],
            "MW": stations["capacity_mw"],
            "Since": ["" if pd.isna(year) else f"{year:.0f}" for year in stations["year"]],
            "Status": stations["status"],
            "Owner": stations["operator"].replace("", _UNKNOWN),
            "Source": pd.Series(
                [linked(one) for one in stations["source"]], stations.index, dtype=object
            ),
        }
    )
    return html_table(
        shown,
        formats={"MW": "{:,.4g}"},
        caption="Stations; who runs an unknown one the Ministry of Energy can say",
        missing=_UNKNOWN,
    )
