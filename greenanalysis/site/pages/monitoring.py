"""Map, figures and words of the page of the monitoring."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from greenanalysis.registry import indicators
from greenanalysis.registry.monitoring import CURVE_UNTIL, TARGET_YEAR, YEARS, Monitoring
from greenanalysis.site import elements as page
from greenanalysis.site.draw import figures, palette
from greenanalysis.site.draw.chart import Chart, Column, Key, colour_by, hover_points, zoom_along_x
from greenanalysis.site.draw.layers import Layer, Outlines, Points, Popup

SOURCE = "data/facts/registry_statements.csv; each plant names its sources"
LIMITS = (
    "Most wind plants of the register of January 2026 have no commissioning year in any open "
    "source, so their capacity appears in the last year only; earlier years are lower bounds.",
    "Generation is known for the country, not for single plants: no open source reports it plant "
    "by plant. Yields set beside the model are those of the plants' own designs.",
    "Measures of enterprises (efficiency, gas, biogas, water, waste) are empty until enterprises "
    "report; the synthetic example of the template is never counted.",
    "The rating knows only what is registered. An enterprise without plants or measures in the "
    "registry is not rated.",
    "The S-curve continues what was; it knows no grid limits, auctions or law.",
)


def key_figures(study: Monitoring) -> list[tuple[str, str, str]]:
    """Return the tiles of the page: label, value, unit."""
    last = int(study.avoided.index.max())
    stands = study.plants[study.plants["status"] == "operating"]
    green = stands[stands["technology"].isin(["solar", "wind"])]
    ahead = study.curve.table.loc[TARGET_YEAR] / 1e3
    share = float(study.shares["share_without_hydro"][last])
    avoided = float(study.avoided["avoided_mt"][last])
    return [
        ("Plants registered", f"{len(study.plants):,}", "plants"),
        ("Solar and wind in operation", f"{green['capacity_mw'].sum() / 1e3:.2f}", "GW"),
        (f"Solar and wind in {last}", f"{100 * share:.1f}", "% of generation"),
        (f"CO2 avoided in {last}", f"{avoided:.1f}", "million t"),
        (
            f"Solar and wind in {TARGET_YEAR} if the curve holds",
            f"{ahead['low']:.0f} to {ahead['high']:.0f}",
            "TWh",
        ),
    ]


def record_figures(tiles: list[tuple[str, str, str]]) -> None:
    """Hand the tiles to the index of the site."""
    for number, (label, value, unit) in enumerate(tiles):
        page.record(f"monitoring_{number}", value, label="", unit=f"{unit} ({label})")


def record_newest(study: Monitoring) -> None:
    """Hand to the index what came into operation last, and how much is under construction."""
    stands = study.plants[study.plants["status"] == "operating"]
    dated = stands[stands["year"].notna() & stands["technology"].isin(["solar", "wind", "hydro"])]
    if dated.empty:
        return
    last = dated["year"].max()
    rows = dated[dated["year"] == last].sort_values("capacity_mw", ascending=False)
    first = rows.iloc[0]
    page.record(
        "newest",
        f"The newest renewable plants with a known year, {len(rows)} of "
        f"{rows['capacity_mw'].sum():,.0f} MW, are of {last:.0f}; the largest is {first['name']} "
        f"({first['capacity_mw']:,.0f} MW, {first['technology']})",
    )


def map_layers(study: Monitoring) -> list[Layer]:
    """Return the regions and the plants, solar and wind above the others."""
    placed = study.plants[study.plants["latitude"].notna() & study.plants["capacity_mw"].notna()]
    placed = placed[placed["status"] == "operating"]
    layers: list[Layer] = [Outlines("Regions", study.regions)]
    for name in ("coal", "gas", "hydro", "solar", "wind"):
        rows = placed[placed["technology"] == name]
        if rows.empty:
            continue
        shapes = gpd.GeoDataFrame(
            {"name": rows["name"]},
            geometry=gpd.points_from_xy(rows["longitude"], rows["latitude"]),
            crs=4326,
        )
        layers.append(
            Points(
                name=name.capitalize(),
                shapes=shapes,
                radii=[3 + float(np.sqrt(mw)) / 4.5 for mw in rows["capacity_mw"]],
                colour=palette.carrier_colour(name),
                popups=[_popup(row) for _, row in rows.iterrows()],
                note="area of a circle grows with its MW",
            )
        )
    return layers


def _popup(row: pd.Series) -> Popup:
    year = f"{row['year']:.0f}" if pd.notna(row["year"]) else "no source states it"
    return Popup(
        str(row["name"]),
        [
            ("Owner", str(row["owner"]) if pd.notna(row["owner"]) else "unknown"),
            ("Capacity", f"{row['capacity_mw']:,.1f} MW"),
            ("Since", year),
            ("Source", str(row["source"])),
        ],
    )


def map_finding(study: Monitoring) -> str:
    """Return what the map shows."""
    stands = study.plants[study.plants["status"] == "operating"]
    green = stands[stands["technology"].isin(["solar", "wind"])]
    largest = green.groupby("region")["capacity_mw"].sum().idxmax()
    name = study.regions["name_en"][str(largest)]
    share = green.loc[green["region"] == largest, "capacity_mw"].sum() / green["capacity_mw"].sum()
    placed = int(green["latitude"].notna().sum())
    return (
        f"{name} has the most solar and wind, {100 * share:.0f} % of the MW; "
        f"{placed} of {len(green)} such plants have a known place"
    )


def capacity_table(study: Monitoring) -> pd.DataFrame:
    """Return GW of solar and wind by year; plants without a year stand in the last one."""
    by_year = indicators.capacity_by_year(study.plants, YEARS, ["technology"])
    wide = by_year.pivot(index="year", columns="technology", values="capacity_mw").fillna(0) / 1e3
    wide = wide.reindex([*map(str, YEARS), indicators.UNDATED], fill_value=0.0)
    wide = wide.reindex(columns=["solar", "wind"], fill_value=0.0)
    undated = wide.loc[indicators.UNDATED]
    wide = wide.drop(index=indicators.UNDATED)[["solar", "wind"]]
    last = str(max(YEARS))
    unknown = float(undated[["solar", "wind"]].to_numpy().sum())
    return wide.assign(**{"year unknown": [unknown * (year == last) for year in wide.index]})


def capacity_finding(study: Monitoring) -> str:
    """Return what the chart of capacity shows."""
    table = capacity_table(study)
    unknown = table["year unknown"].max()
    total = table.loc[str(max(YEARS))].sum()
    return (
        f"{total:.1f} GW of solar and wind are in operation; "
        f"for {unknown:.1f} GW no open source gives the year of commissioning"
    )


def generation_table(study: Monitoring) -> pd.DataFrame:
    """Return TWh of solar and wind by year."""
    return (study.generation.loc[list(YEARS), ["solar", "wind"]] / 1e3).rename(index=str)


def generation_finding(study: Monitoring) -> str:
    """Return how generation grew."""
    table = generation_table(study).sum(axis=1)
    times = table.iloc[-1] / table.iloc[0]
    return (
        f"Solar and wind made {table.iloc[-1]:.1f} TWh in {table.index[-1]}, "
        f"{times:.0f} times as much as in {table.index[0]}"
    )


def curve_figure(study: Monitoring) -> Chart:
    """Return the S-curve with its range, the reported values and the target."""
    table = study.curve.table / 1e3
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "year": table.index.to_numpy(dtype=int),
                    "series": series,
                    "value": table[column].to_numpy(dtype=float),
                    "low": table["low"].to_numpy(dtype=float) if column == "fit" else np.nan,
                    "high": table["high"].to_numpy(dtype=float) if column == "fit" else np.nan,
                }
            )
            for column, series in (("fit", "logistic curve"), ("reported", "reported"))
        ],
        ignore_index=True,
    )
    rows = rows[rows["value"].notna()]
    unit = "solar and wind, TWh in the year"
    key = [Key("logistic curve", palette.ACCENT, "line"), Key("reported", palette.INK, "point")]
    columns = {
        "year": Column("Year", "d"),
        "series": Column("Series"),
        "value": Column(unit, ",.1f"),
        "low": Column("10 % of the fits below", ",.1f"),
        "high": Column("90 % of the fits below", ",.1f"),
    }
    band = {"type": "area", "color": palette.ACCENT, "opacity": 0.18, "clip": True}
    spec = {
        "height": 280,
        "encoding": {
            "x": {
                "field": "year",
                "type": "quantitative",
                "scale": {"nice": False, "domain": [int(table.index.min()), CURVE_UNTIL]},
                "axis": {"title": None, "format": "d", "grid": False},
            },
            "y": {"field": "value", "type": "quantitative", "axis": {"title": None}},
        },
        "layer": [
            {
                "transform": figures.only("logistic curve"),
                "mark": band,
                "encoding": {
                    "y": {"field": "low", "type": "quantitative", "axis": {"title": None}},
                    "y2": {"field": "high"},
                },
            },
            {
                "params": [zoom_along_x()],
                "transform": figures.only("logistic curve"),
                "mark": {"type": "line", "strokeWidth": 2.4, "clip": True},
                "encoding": {"color": colour_by(key)},
            },
            {
                "transform": figures.only("reported"),
                "mark": {"type": "point", "filled": True, "size": 42, "opacity": 1, "clip": True},
                "encoding": {"color": colour_by(key)},
            },
            hover_points(columns, ["series"]),
        ],
    }
    return Chart(spec, rows, columns, unit, key, ["series"], zoom="year")


def curve_finding(study: Monitoring) -> str:
    """Return what the curve says about the target."""
    ahead = study.curve.table.loc[TARGET_YEAR]
    total = float(study.generation["total"].dropna().iloc[-1])
    return (
        f"Going on as before gives {ahead['low'] / 1e3:.0f} to {ahead['high'] / 1e3:.0f} TWh of "
        f"solar and wind in {TARGET_YEAR}: {100 * ahead['low'] / total:.0f} to "
        f"{100 * ahead['high'] / total:.0f} % of today's generation"
    )
