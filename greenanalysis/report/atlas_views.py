"""Water, biomass and waste of the atlas: one map theme each, tables, and files to take away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from greenanalysis.assessment import POTENTIAL, Assessment
from greenanalysis.report.downloads import Download, raster_file, regions_file, table_file
from greenanalysis.report.layers import Popup, RegionTheme
from greenanalysis.report.palette import scale_of
from greenanalysis.report.resource_map import located_plants
from greenanalysis.report.resource_views import potential_by_region
from greenanalysis.report.tables import Html, html_table


@dataclass(frozen=True)
class Shown:
    """Which quantity of a theme the map fills the regions with."""

    quantity: str
    level: str
    title: str
    colours: str
    decimals: int


def theme_layer(table: pd.DataFrame, shown: Shown, regions: gpd.GeoDataFrame) -> RegionTheme:
    """Return one quantity as a theme of the map; a click lists the whole theme of a region.

    Parameters
    ----------
    table : of :func:`~greenanalysis.atlas.table.atlas_table`, of one theme.
    shown : the quantity that fills the regions.
    regions : polygons by code.
    """
    rows = select(table, shown.quantity, shown.level).loc[list(regions.index)]
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


def select(table: pd.DataFrame, quantity: str, level: str) -> pd.DataFrame:
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
    wide = _wide(table, regions)
    wide.insert(0, "Region", regions.loc[wide.index, "name_en"])
    total = wide.drop(columns="Region").sum(min_count=1)
    complete = wide.drop(columns="Region").notna().all()
    wide.loc["sum"] = pd.Series({"Region": "Sum of the regions with data", **total.to_dict()})
    partial = [str(name) for name in complete.index[~complete]]
    note = f"; not all regions have data: {'; '.join(partial)}" if partial else ""
    formats = dict.fromkeys(wide.columns[1:], _digits)
    return html_table(wide, formats=formats, caption=caption + note, missing="no data")  # type: ignore[arg-type]


def _wide(table: pd.DataFrame, regions: gpd.GeoDataFrame) -> pd.DataFrame:
    heading = table["quantity"] + ", " + table["level"] + ", " + table["unit"]
    wide = table.assign(heading=heading).pivot_table(
        index="region", columns="heading", values="value", sort=False, dropna=False
    )
    return wide.loc[[code for code in regions.index if code in wide.index]]


def source_table(table: pd.DataFrame, *, caption: str) -> Html:
    """Return where each quantity comes from, and what its note says, one row a distinct pair."""
    columns = ["quantity", "level", "status", "year", "source", "note"]
    shown = table[columns].drop_duplicates().rename(columns=str.capitalize)
    return html_table(shown, caption=caption)


def comparison_table(rows: pd.DataFrame) -> Html:
    """Return national totals beside published references; misses are named.

    Parameters
    ----------
    rows : columns quantity, got, expected, unit, tolerance, hit, source, remark.
    """
    shown = pd.DataFrame(
        {
            "Quantity": rows["quantity"],
            "Verdict": np.where(rows["hit"].astype(bool), "within", "MISS"),
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
    missed = rows.loc[~rows["hit"].astype(bool), "quantity"].tolist()
    text = f"{int(rows['hit'].sum())} of {len(rows)} published national totals are met"
    return text + (f"; missed: {', '.join(map(str, missed))}" if missed else "")


def atlas_files(study: Assessment, themes: Mapping[str, pd.DataFrame]) -> list[Download]:
    """Return every layer of the atlas as a file: rasters, regions, plants and tables.

    Parameters
    ----------
    study : solar and wind.
    themes : name -> table of :func:`~greenanalysis.atlas.table.atlas_table`.
    """
    tags = {
        "level": "technical potential before land use",
        "grade": str(study.weather.get("grade", "")),
        "weather": str(study.weather.get("source", "")),
        "year": str(study.weather.get("years", "")),
    }
    inside = study.area.sum("region") > 0
    files = []
    for name in (*POTENTIAL, "solar_tracking"):
        title = name.replace("_", " ")
        for field, label, unit, suffix in (
            (study.mean_cf[name], "mean net capacity factor", "1", "capacity-factor"),
            (study.lcoe[name], "levelised cost of electricity", "USD/MWh", "lcoe"),
        ):
            file = f"{name.replace('_', '-')}-{suffix}.tif"
            text = f"{label} of {title}, {unit}"
            files.append(raster_file(file, field.where(inside), label=text, unit=unit, tags=tags))
    plants = located_plants()
    points = gpd.GeoDataFrame(
        plants, geometry=gpd.points_from_xy(plants["lon"], plants["lat"]), crs="EPSG:4326"
    )
    shapes = _shapes(study, themes.values())
    files += [
        regions_file("regions.gpkg", shapes, label="all layers by region, unit in each name"),
        regions_file("plants.gpkg", points, label="plants whose place is known"),
        table_file(
            "solar-wind.csv",
            potential_by_region(study).reset_index(names="region"),
            label="solar and wind potential by region, technical",
        ),
    ]
    return files + [
        table_file(f"{name}.csv", table, label=f"{name} by region with level, year and source")
        for name, table in themes.items()
    ]


def _shapes(study: Assessment, tables: Iterable[pd.DataFrame]) -> gpd.GeoDataFrame:
    shapes = study.regions[["name_en", "name_ru", "name_kk", "kind", "geometry"]]
    potential = potential_by_region(study).drop(columns="name")
    shapes = shapes.join(potential.reindex(shapes.index))
    for table in tables:
        wide = _wide(table, study.regions)
        wide.columns = [_column(str(name)) for name in wide.columns]
        shapes = shapes.join(wide)
    shapes.index.name = "region"
    return shapes


def _column(heading: str) -> str:
    words = heading.lower().replace("/", " per ").replace("%", "percent")
    return "_".join("".join(c if c.isalnum() else " " for c in words).split())
