"""The themes of the atlas on its page: one map layer each, tables, comparison, texts."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from greenanalysis.atlas.themes import MapLayer, themes
from greenanalysis.site.draw.layers import Popup, RegionTheme
from greenanalysis.site.draw.palette import scale_of
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.elements import folded


def theme_names(*more: str) -> str:
    """Return the names of the themes in words, after ``more``: "sun, wind, water and waste"."""
    *first, last = (*more, *themes())
    return f"{', '.join(first)} and {last}"


def limits() -> list[str]:
    """Return what the maps of the themes do not show."""
    return [
        f"{theme_names().capitalize()} are yearly totals of whole regions: no site, river reach or "
        "farm.",
        "Where a region is hatched no regional statistic is at hand; nothing was spread to fill "
        "it.",
        *(text for theme in themes().values() for text in theme.limits),
    ]


def theme_layer(table: pd.DataFrame, shown: MapLayer, regions: gpd.GeoDataFrame) -> RegionTheme:
    """Return one quantity as a theme of the map; a click lists the whole theme of a region.

    Parameters
    ----------
    table : of :func:`~greenanalysis.atlas.table.atlas_table`, of one theme.
    shown : the quantity that fills the regions.
    regions : polygons by code.
    """
    rows = _select(table, shown.quantity, shown.level).loc[list(regions.index)]
    values = rows["value"].to_numpy(dtype=float)
    unit = str(rows["unit"].iloc[0])
    known = rows[rows["status"] != "no data"]
    kinds = " and ".join(sorted(known["status"].unique())) or "no data"
    name = f"{shown.title}, {_years(known)} ({kinds})".replace(",  (", " (")
    return RegionTheme(
        name,
        regions,
        values.tolist(),
        scale_of(values, unit=unit, colours=shown.colours, decimals=shown.decimals),
        popups=[_popup(table, code, str(row["name_en"])) for code, row in regions.iterrows()],
    )


def theme_layers(
    tables: Mapping[str, pd.DataFrame], regions: gpd.GeoDataFrame
) -> list[RegionTheme]:
    """Return one map layer for each theme, the last theme first."""
    layers = [theme_layer(tables[name], theme.layer, regions) for name, theme in themes().items()]
    return layers[::-1]


def theme_figures(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Return label, value and unit of the sum over the regions that have data."""
    tiles = []
    for name, table in tables.items():
        shown = themes()[name].layer
        rows = _select(table, shown.quantity, shown.level)
        known = rows[rows["status"] != "no data"]
        regions = "" if len(known) == len(rows) else f"; {len(known)} of {len(rows)} regions"
        unit = f"{rows['unit'].iloc[0]}, {shown.level}{regions}"
        tiles.append((shown.title, _digits(known["value"].sum()), unit))
    return tiles


def _select(table: pd.DataFrame, quantity: str, level: str) -> pd.DataFrame:
    """Return the rows of one quantity and level, indexed by region."""
    chosen = table[(table["quantity"] == quantity) & (table["level"] == level)]
    return chosen.set_index("region")


def _years(rows: pd.DataFrame) -> str:
    years = sorted({str(year) for year in rows["year"] if str(year) not in ("", "nan")})
    return years[0] if len(years) == 1 else (f"{years[0]} to {years[-1]}" if years else "")


def _popup(table: pd.DataFrame, region: object, name: str) -> Popup:
    lines = []
    for row in table[table["region"] == region].to_dict("records"):
        label = f"{row['quantity']}, {row['level']}"
        year = f", {row['year']}" if str(row["year"]) not in ("", "nan") else ""
        text = (
            "no data"
            if row["status"] == "no data"
            else f"{_digits(row['value'])} {row['unit']} ({row['status']}{year})"
        )
        lines.append((label, text))
    return Popup(f"{name} ({region})", lines)


def _digits(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2g}"


def theme_table(table: pd.DataFrame, regions: gpd.GeoDataFrame, *, caption: str) -> Html:
    """Return a theme as one row a region and one column a quantity, gaps included."""
    wide = wide_table(table, regions)
    wide.insert(0, "Region", regions.loc[wide.index, "name_en"])
    total = wide.drop(columns="Region").sum(min_count=1)
    total[[name for name in total.index if str(name).endswith((", %", ", 1"))]] = np.nan
    wide.loc["sum"] = pd.Series({"Region": "Sum of the regions with data", **total.to_dict()})
    formats = dict.fromkeys(wide.columns[1:], _digits)
    return html_table(wide, formats=formats, caption=caption, missing="no data")  # type: ignore[arg-type]


def wide_table(table: pd.DataFrame, regions: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a theme as one row a region and one column a quantity with level and unit."""
    heading = table["quantity"] + ", " + table["level"] + ", " + table["unit"]
    wide = table.assign(heading=heading).pivot_table(
        index="region", columns="heading", values="value", sort=False, dropna=False
    )
    return wide.loc[[code for code in regions.index if code in wide.index]]


def _source_table(table: pd.DataFrame, *, caption: str) -> Html:
    """Return where each quantity comes from, and what its note says, one row a distinct pair."""
    columns = ["quantity", "level", "status", "year", "source", "note"]
    shown = table[columns].drop_duplicates().rename(columns=str.capitalize)
    return html_table(shown, caption=caption)


def source_tables(tables: Mapping[str, pd.DataFrame]) -> Html:
    """Return :func:`_source_table` of every theme, to be opened by a click."""
    return folded(
        f"Where the figures of {theme_names()} come from",
        *(_source_table(table, caption=name.capitalize()) for name, table in tables.items()),
    )


def comparison_table(rows: pd.DataFrame) -> Html:
    """Return national totals beside published references; misses are named.

    Parameters
    ----------
    rows : columns theme, quantity, got, expected, unit, tolerance, hit, source, remark.
    """
    shown = pd.DataFrame(
        {
            "Theme": rows["theme"],
            "Quantity": rows["quantity"],
            "Verdict": np.select(
                [rows["got"].isna(), rows["hit"].astype(bool)], ["not modelled", "within"], "missed"
            ),
            "Here": rows["got"],
            "Published": rows["expected"],
            "Unit": rows["unit"],
            "Deviation": rows["got"] / rows["expected"] - 1,
            "Tolerance": rows["tolerance"],
            "Remark": rows["remark"],
            "Source": rows["source"],
        }
    )
    formats = {
        "Here": _digits,
        "Published": _digits,
        "Deviation": "{:+.0%}",
        "Tolerance": "±{:.0%}",
    }
    return html_table(
        shown,
        formats=formats,  # type: ignore[arg-type]
        caption="National totals, here and published",
    )


def comparison_finding(rows: pd.DataFrame) -> str:
    """Return in one sentence how many published totals are met, and which are missed."""
    modelled = rows[rows["got"].notna()]
    missed = modelled.loc[~modelled["hit"].astype(bool), "quantity"].tolist()
    text = f"{int(modelled['hit'].sum())} of {len(modelled)} published national totals are met"
    return text + (f"; missed: {', '.join(map(str, missed))}" if missed else "")
