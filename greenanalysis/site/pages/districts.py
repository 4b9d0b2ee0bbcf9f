"""Districts on the page of a programme: a map, what is known of each, and what is not."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd

from greenanalysis.programme.districts import (
    KINDS,
    REGION,
    REMAINDER,
    by_district,
    coverage,
    district_facts,
    district_quantities,
    district_table,
)
from greenanalysis.site.draw.layers import Layer, Outlines, Points, Popup, RegionTheme
from greenanalysis.site.draw.palette import scale_of
from greenanalysis.site.draw.tables import Html, html_table

_POINT, _SMALL = "#0b6e5b", 6.0
_LARGEST = 12.0


def district_finding(region: str) -> str:
    """Return in one sentence how much is known by district."""
    table = coverage(region)
    whole = int((table["known"] == table["of"]).sum())
    some = int((table["known"] > 0).sum())
    districts = int(table["of"].max())
    return (
        f"{districts} districts and cities: {some} of {len(table)} quantities are known for at "
        f"least one of them, {whole} for all"
    )


def district_layers(
    region: str, regions: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame | None = None
) -> list[Layer]:
    """Return the map of the districts: points by population, or filled outlines of the user's file.

    Parameters
    ----------
    region : ISO 3166-2 code.
    regions : outlines of all regions by code.
    outlines : of :func:`~greenanalysis.geo.districts.district_outlines`.
    """
    places = by_district(region)
    popups = _popups(region, list(places.index))
    people = places["population"]
    largest = people.max()
    radii = (_SMALL + (_LARGEST - _SMALL) * people / largest).fillna(_SMALL).tolist()
    points = Points(
        "Districts",
        places[["geometry"]],
        radii=radii,
        colour=_POINT,
        popups=popups,
        labels=list(places.index),
        note="centre of the district, size by population; smallest where it is not known",
    )
    border = Outlines(
        "Region", regions[["geometry"]], highlight=[list(regions.index).index(region)]
    )
    if outlines is None:
        return [border, points]
    shapes = outlines.reindex(places.index).dropna()
    themes: list[Layer] = []
    for quantity, row in district_quantities().iterrows():
        values = places.loc[shapes.index, quantity]
        if values.notna().any():
            themes.append(
                RegionTheme(
                    str(row["title"]).capitalize(),
                    shapes,
                    values.tolist(),
                    scale_of(values.to_numpy(), unit=row["unit"], colours="viridis", decimals=1),
                    popups=_popups(region, list(shapes.index)),
                )
            )
    return [*themes, border, points]


def _popups(region: str, names: list[str]) -> list[Popup]:
    facts, quantities = district_facts(region), district_quantities()
    popups = []
    for name in names:
        own = facts[facts["district"] == name]
        rows = [
            (
                str(quantities.loc[row["quantity"], "title"]),
                f"{_number(row['value'], row['unit'])} ({row['year']:.0f})",
            )
            for _, row in own.iterrows()
        ]
        popups.append(Popup(name, rows or [("known", "nothing yet")]))
    return popups


def district_tables(region: str) -> list[Html]:
    """Return one table a theme: each known figure with year and source, remainder and region."""
    quantities = district_quantities()
    tables = []
    for theme, names in quantities.groupby("theme", sort=False).groups.items():
        rows = [row for quantity in names for row in _quantity_rows(region, str(quantity))]
        if rows:
            tables.append(html_table(pd.DataFrame(rows), caption=str(theme).capitalize()))
    return tables


def _quantity_rows(region: str, quantity: str) -> list[dict[str, object]]:
    about = district_quantities().loc[quantity]
    table = district_table(region, quantity)
    if table["value"].isna().all():
        return []
    rows: list[dict[str, object]] = []
    for name, row in table.iterrows():
        if math.isnan(row["value"]) and (name != REMAINDER or not about["adds"]):
            continue
        rows.append(
            {
                "Quantity": about["title"],
                "District": {REGION: "whole region", REMAINDER: "remainder"}.get(
                    str(name), str(name).replace("+", ", ")
                ),
                "Value": _number(row["value"], str(about["unit"])),
                "Year": "" if math.isnan(row["year"]) else f"{row['year']:.0f}",
                "Kind": KINDS.get(str(row["kind"]), ""),
                "Source, note": "; ".join(one for one in (row["source"], row["note"]) if one),
            }
        )
    return rows


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "not known: the region's total is not published"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "year":
        return f"{value:.0f}"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.4g}"
    return text if unit == "1" else f"{text} {unit}"


def coverage_table(region: str) -> Html:
    """Return how many districts have each quantity."""
    table = coverage(region)
    shown = pd.DataFrame(
        {
            "Theme": table["theme"],
            "Quantity": table["title"],
            "Districts known": [
                f"{known} of {of}" for known, of in zip(table["known"], table["of"], strict=True)
            ],
            "Newest figure": [
                "" if math.isnan(year) else f"{year:.0f}" for year in table["latest"]
            ],
        }
    )
    return html_table(shown, caption="What is known by district")
