"""Figures, tables and words of the page of the monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from greenanalysis.registry import indicators
from greenanalysis.registry.export import guarded
from greenanalysis.registry.rating import FORMULA
from greenanalysis.report import page, palette
from greenanalysis.report.layers import Layer, Outlines, Points, Popup
from greenanalysis.report.registry_study import CURVE_UNTIL, TARGET_YEAR, YEARS, Monitoring
from greenanalysis.report.style import new_figure, styled
from greenanalysis.report.tables import Html, html_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    green = stands[stands["technology"].isin(indicators.GREEN)]
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
        f"{total:.1f} GW of solar and wind stand; "
        f"of {unknown:.1f} GW no open source says since when"
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


@styled
def curve_figure(study: Monitoring) -> Figure:
    """Return the S-curve with its range, the reported values and the target."""
    figure = new_figure()
    axes = figure.subplots()
    table = study.curve.table / 1e3
    years = table.index.to_numpy()
    axes.fill_between(years, table["low"], table["high"], color=palette.ACCENT, alpha=0.18, lw=0)
    axes.plot(years, table["fit"], color=palette.ACCENT, linewidth=2.2, label="logistic curve")
    axes.plot(years, table["reported"], "o", color=palette.INK, ms=4.5, label="reported")
    axes.set_ylabel("solar and wind, TWh in the year")
    axes.set_xlim(years[0] - 0.5, CURVE_UNTIL + 0.5)
    axes.set_ylim(bottom=0)
    axes.set_xticks(years[::5])
    axes.legend(loc="upper left")
    return figure


def curve_finding(study: Monitoring) -> str:
    """Return what the curve says about the target."""
    ahead = study.curve.table.loc[TARGET_YEAR]
    total = float(study.generation["total"].dropna().iloc[-1])
    return (
        f"Going on as before gives {ahead['low'] / 1e3:.0f} to {ahead['high'] / 1e3:.0f} TWh of "
        f"solar and wind in {TARGET_YEAR}: {100 * ahead['low'] / total:.0f} to "
        f"{100 * ahead['high'] / total:.0f} % of today's generation"
    )


def shares_table(study: Monitoring) -> Html:
    """Return shares beside the targets."""
    green = study.generation[["solar", "wind"]].sum(axis=1).to_frame("growth")
    shares = study.shares.assign(growth=indicators.growth(green)["growth"])
    table = (100 * shares).rename(
        columns={
            "share": "with all hydro, %",
            "share_without_hydro": "without hydro, %",
            "share_law": "reported under the law, %",
            "target": "target, %",
            "growth": "growth of solar and wind, %",
        }
    )
    table.index = table.index.astype(str)
    return html_table(
        table.rename_axis("year"),
        index=True,
        formats=dict.fromkeys(table.columns, "{:.1f}"),
        caption="Renewable share of generation; which hydro counts decides whether 15 % is far",
    )


def compared_finding(study: Monitoring) -> str:
    """Return how many indicators agree with the reports."""
    hits, total = int(study.compared["within"].sum()), len(study.compared)
    energy = study.compared[study.compared["quantity"] == "generation"]
    built = study.compared[study.compared["quantity"] == "capacity"]
    return (
        f"{hits} of {total} indicators lie within 10 % of a reported national figure: "
        f"{int(energy['within'].sum())} of {len(energy)} for generation, "
        f"{int(built['within'].sum())} of {len(built)} for capacity built up from plants"
    )


def compared_table(study: Monitoring) -> Html:
    """Return the indicators of the last years beside reports, misses included."""
    table = study.compared.assign(
        difference=100 * study.compared["difference"],
        verdict=np.where(study.compared["within"], "agrees", "MISS"),
    )
    table = table[table["technology"].isin(["solar", "wind", "hydro", "coal", "gas"])]
    columns = ["quantity", "technology", "year", "indicator", "reported", "series", "difference"]
    return html_table(
        table[[*columns, "verdict"]].rename(columns={"difference": "difference, %"}),
        formats={
            "year": "{:.0f}",
            "difference, %": "{:+.1f}",
            "indicator": "{:,.0f}",
            "reported": "{:,.0f}",
        },
        caption="Indicators beside national reports (MW, GWh); a miss is shown like any other row",
    )  # fmt: skip


def watch_table(study: Monitoring) -> Html:
    """Return registered against modelled capacity factors."""
    table = study.watch.drop(columns="region").assign(
        watch=np.where(study.watch["watch"], "look", "fits")
    )
    return html_table(
        table.sort_values("ratio"),
        formats={"year": "{:.0f}", "registered": "{:.3f}", "modelled": "{:.3f}", "ratio": "{:.2f}"},
        caption="Designed against modelled capacity factor, marked beyond 25 %",
    )


def avoided_table(study: Monitoring) -> Html:
    """Return the emissions avoided, with the bounds all gas and all coal."""
    table = study.avoided.rename(
        columns={
            "factor": "t/MWh",
            "avoided_mt": "avoided, million t",
            "low_mt": "if all gas",
            "high_mt": "if all coal",
        }
    )
    table.index = table.index.astype(str)
    return html_table(
        table.rename_axis("year"), index=True, formats=dict.fromkeys(table.columns, "{:.2f}"),
        caption="CO2 that solar, wind and biogas kept out of coal and gas plants",
    )  # fmt: skip


def rating_table(study: Monitoring, *, most: int = 25) -> Html:
    """Return the best rated enterprises with each part of the rating."""
    table = study.ratings.head(most).rename(
        columns={
            "capacity_mw": "MW",
            "renewable_share": "renewable share",
            "measure_share": "measures",
            "reporting_share": "reporting",
        }
    )
    parts = ["renewable share", "measures", "reporting"]
    return html_table(
        table.rename_axis("enterprise"),
        index=True,
        formats={"MW": "{:,.1f}", "rating": "{:.0f}", **dict.fromkeys(parts, "{:.2f}")},
        caption=f"First {len(table)} of {len(study.ratings)} enterprises. {rating_formula(study)}",
    )


def rating_formula(study: Monitoring) -> str:
    """Return the formula of the rating with its weights."""
    weights = ", ".join(f"w_{name} = {value:g}" for name, value in study.weights.items())
    return f"{FORMULA}; {weights} (data/assumptions/registry.csv)"


def conflicts_table(study: Monitoring) -> Html:
    """Return where the sources differ about capacity, and what was taken."""
    table = study.conflicts[study.conflicts["field"] == "capacity_mw"].drop(columns="field")
    return html_table(
        table,
        formats={"taken": "{:,.1f}", "other": "{:,.1f}"},
        caption=f"Sources that differ by over 5 % of MW; {len(study.conflicts)} conflicts in all",
    )


def plants_file(study: Monitoring) -> pd.DataFrame:
    """Return the plants as a file: what a spreadsheet would take for a formula is guarded."""
    table = study.plants.drop(columns=["commissioned", "synthetic"]).reset_index()
    return table.map(guarded)


def sources(study: Monitoring) -> list[str]:
    """Return the sources of the registry and the model."""
    known = dict.fromkeys(study.plants["source"].dropna().astype(str))
    series = dict.fromkeys(study.told.loc[study.told["scope"] == "KZ", "reported_by"].astype(str))
    return [*known, *series, str(study.weather.get("source", ""))]
