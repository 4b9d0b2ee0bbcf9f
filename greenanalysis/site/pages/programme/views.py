"""From a funded programme to what its page says: tiles, tables, figures, findings, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.programme.measure import READINESS
from greenanalysis.programme.rank import effects
from greenanalysis.site.downloads import Download, table_file
from greenanalysis.site.draw import palette
from greenanalysis.site.draw.chart import Chart, Column, Key, colour_by, tooltip, zoom_along_x
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.elements import record

_THEME_COLOURS = {
    "solar": palette.SOLAR,
    "wind": palette.WIND,
    "energy efficiency": "#8a5a9e",
    "gas": "#9a8f84",
    "biotechnology": "#6f7d46",
    "water": "#3fa7c4",
    "waste": "#b5493f",
    "hydro": "#24577a",
}


def abatement_curve(ranked: pd.DataFrame) -> Chart:
    """Return the cost of an avoided tonne of CO2, cheapest first, as blocks as wide as tonnes."""
    table = ranked[ranked["usd_per_t_co2"].notna()].sort_values("usd_per_t_co2")
    upto = (table["co2_t_per_year"].to_numpy(dtype=float) / 1e3).cumsum()
    rows = pd.DataFrame(
        {
            "name": table["title"].to_numpy(),
            "series": table["theme"].to_numpy(),
            "rank": table["rank"].to_numpy(),
            "start": np.append(0.0, upto)[: len(upto)],
            "upto": upto,
            "avoided": table["co2_t_per_year"].to_numpy(dtype=float) / 1e3,
            "value": table["usd_per_t_co2"].to_numpy(dtype=float),
        }
    )
    unit = "net cost, USD/t CO2"
    key = [Key(theme, _THEME_COLOURS[theme]) for theme in dict.fromkeys(rows["series"])]
    columns = {
        "rank": Column("Rank in the table", "d"),
        "name": Column("Measure"),
        "series": Column("Theme"),
        "avoided": Column("avoided, kt CO2 a year", ",.1f"),
        "value": Column(unit, ",.0f"),
    }
    spec = {
        "height": 300,
        "encoding": {
            "x": {
                "field": "start",
                "type": "quantitative",
                "scale": {"nice": False, "padding": 10},
                "axis": {
                    "title": "avoided, kt CO2 a year (numbers are ranks in the table)",
                    "grid": False,
                },
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "scale": {"padding": 16},
                "axis": {"title": None, "tickCount": 6},
            },
        },
        "layer": [
            {
                "params": [zoom_along_x()],
                "mark": {"type": "rect", "strokeWidth": 1.6, "clip": True},
                "encoding": {
                    "x2": {"field": "upto"},
                    "y2": {"datum": 0},
                    "color": colour_by(key),
                    "stroke": {**colour_by(key), "legend": None},
                    "tooltip": tooltip(columns, ["name", "series"]),
                },
            },
            {
                "transform": [{"calculate": "(datum.start + datum.upto) / 2", "as": "middle"}],
                "mark": {
                    "type": "text",
                    "baseline": {"expr": "datum.value < 0 ? 'top' : 'bottom'"},
                    "dy": {"expr": "datum.value < 0 ? 4 : -4"},
                    "clip": True,
                },
                "encoding": {
                    "x": {"field": "middle", "type": "quantitative"},
                    "text": {"field": "rank", "type": "quantitative", "format": "d"},
                },
            },
            {
                "mark": {"type": "rule", "color": palette.INK},
                "encoding": {"x": None, "y": {"datum": 0}},
            },
        ],
    }
    return Chart(spec, rows, columns, unit, key, ["name", "series"], zoom="start")


def abatement_finding(ranked: pd.DataFrame) -> str:
    """Return in one sentence how much CO2 the measures avoid, and how much of it earns money."""
    known = ranked[ranked["usd_per_t_co2"].notna()]
    total = known["co2_t_per_year"].sum() / 1e3
    earning = known.loc[known["usd_per_t_co2"] <= 0, "co2_t_per_year"].sum() / 1e3
    added = -float(ranked["co2_t_per_year"].clip(upper=0).sum()) / 1e3
    text = (
        f"The measures that avoid CO2 avoid {total:,.0f} kt a year together; "
        f"{earning:,.0f} kt of that earn money at these prices"
    )
    return text + (f"; others add {added:,.0f} kt" if added > 0.5 else "")


def place_finding(funded: pd.DataFrame) -> str:
    """Return in one sentence where the plants of the programme would stand."""
    placed = funded[(funded["place"] != "") & funded["theme"].isin(["solar", "wind"])]
    parts = [f"{row['theme']} at {row['place'].split(';')[0]}" for _, row in placed.iterrows()]
    return "Cheapest land: " + ("; ".join(parts) or "no land for solar or wind plants")


def sensitivity_finding(table: pd.DataFrame, *, spread: float) -> str:
    """Return in one sentence which inputs matter most."""
    if table.empty:
        return "No price moves what the budget funds"
    names = [str(name).split(" (")[0] for name in table.index]
    return f"What matters most: {', '.join(names)} (each changed by {spread:.0%} alone)"


_QUANTITIES = (
    ("electricity_mwh_per_year", "Electricity made or saved", 1e3, "GWh a year"),
    ("gas_m3_per_year", "Gas saved", 1e6, "million m3 a year"),
    ("water_m3_per_year", "Water saved or made", 1e6, "million m3 a year"),
    ("co2_t_per_year", "CO2 avoided", 1e3, "kt a year"),
)


def programme_figures(funded: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return label, value and unit of what the budget brings."""
    sums = effects(funded)
    tiles = [("Investment", f"{sums['funded_usd'] / 1e6:,.0f}", "million USD of 2025")]
    tiles += [(label, f"{sums[name] / unit:,.1f}", text) for name, label, unit, text in _QUANTITIES]
    tiles.append(
        (
            "Net present value",
            f"{sums['npv_usd'] / 1e6:+,.0f}",
            "million USD, to who pays and earns",
        )
    )
    tiles.append(
        (
            "Value to society",
            f"{sums['social_npv_usd'] / 1e6:+,.0f}",
            "million USD, gas, CO2, clean air",
        )
    )
    known = funded["jobs"].notna() & (funded["share"] > 0)
    if known.any():
        note = (
            f"lasting, known for {int(known.sum())} of {int((funded['share'] > 0).sum())} measures"
        )
        tiles.append(("Jobs", f"{sums['jobs']:,.0f}", note))
    return tiles


def record_figures(tiles: Sequence[tuple[str, str, str]]) -> None:
    """Hand investment, CO2 and net present value to the index of the site."""
    for label, value, unit in tiles:
        if label in ("Investment", "CO2 avoided", "Net present value"):
            record(label.lower().replace(" ", "_"), value, label=label, unit=unit)


def funding_finding(funded: pd.DataFrame, *, budget_musd: float) -> str:
    """Return in one sentence what the budget funds whole, and what in part."""
    whole = funded.loc[funded["share"] >= 1, "title"].tolist()
    part = funded.loc[(funded["share"] > 0) & (funded["share"] < 1)]
    text = f"{budget_musd:,.4g} million USD fund " + (
        ", ".join(whole).lower() or "no measure whole"
    )
    if len(part):
        row = part.iloc[0]
        text += f", and {row['share']:.0%} of {str(row['title']).lower()}"
    return text


def measures_table(funded: pd.DataFrame, *, links: Mapping[str, Html] | None = None) -> Html:
    """Return all measures in order: where, how large, what each costs and brings, what is funded.

    Parameters
    ----------
    funded : of :func:`~greenanalysis.programme.rank.fund`.
    links : measure -> its title as a link to its sheet, of those that have one.
    """
    titles = funded["title"].astype(object).to_dict() | dict(links or {})
    shown = pd.DataFrame(
        {
            "Rank": funded["rank"],
            "Measure": pd.Series(titles, dtype=object),
            "Theme": funded["theme"],
            "Where": funded["place"].where(funded["place"] != "", "whole region"),
            "Full size": funded["size"],
            "Invest, million USD": funded["capex_usd"] / 1e6,
            "Value per USD": funded["value_per_usd"],
            "NPV, million USD": funded["npv_usd"] / 1e6,
            "NPV with society": funded["social_npv_usd"] / 1e6,
            "USD per t CO2": funded["usd_per_t_co2"],
            "Funded": funded["share"],
            "Readiness": funded["readiness"].map(READINESS),
        }
    )
    formats = {
        "Invest, million USD": "{:,.1f}",
        "Value per USD": "{:.2f}",
        "NPV, million USD": "{:+,.1f}",
        "NPV with society": "{:+,.1f}",
        "USD per t CO2": "{:,.0f}",
        "Funded": "{:.0%}",
    }
    return html_table(
        shown, formats=formats, caption="Measures in the order in which they are funded"
    )


def effects_table(funded: pd.DataFrame) -> Html:
    """Return what each measure brings in a year at its full size, and the funded sum."""
    columns = {label: funded[name].round(1) / unit + 0.0 for name, label, unit, _ in _QUANTITIES}
    shown = pd.DataFrame({"Measure": funded["title"], **columns, "Jobs": funded["jobs"]})
    sums = effects(funded)
    last = {label: sums[name] / unit for name, label, unit, _ in _QUANTITIES}
    shown.loc["sum"] = {"Measure": "Funded, in all", **last, "Jobs": sums["jobs"]}
    names = {label: f"{label}, {text}" for _, label, _, text in _QUANTITIES}
    shown = shown.rename(columns=names)
    formats = dict.fromkeys(names.values(), "{:,.1f}") | {"Jobs": "{:,.0f}"}
    return html_table(shown, formats=formats, caption="What each measure brings at its full size")


def trace_table(ranked: pd.DataFrame, assumptions: Assumptions, *, cost_year: int) -> Html:
    """Return the main assumptions of each measure with value, unit and source.

    Parameters
    ----------
    ranked : measures with their ``assumptions`` as ``technology/parameter``.
    assumptions : the tables that hold them.
    cost_year : whose value is shown of those that differ by year.
    """
    rows = []
    for _, measure in ranked.iterrows():
        for key in measure["assumptions"]:
            technology, _, parameter = key.partition("/")
            stated = assumptions.rows(technology, parameter)
            unit = str(stated["unit"].iloc[0])
            rows.append(
                {
                    "Measure": measure["title"],
                    "Assumption": key,
                    "Value": assumptions.get(technology, parameter, unit=unit, year=cost_year),
                    "Unit": unit,
                    "Source": stated["source"].iloc[0],
                    "Note": stated["note"].iloc[0],
                }
            )
    columns = ["Measure", "Assumption", "Value", "Unit", "Source", "Note"]
    return html_table(
        pd.DataFrame(rows, columns=columns),
        formats={"Value": "{:,.4g}"},
        caption="Main assumptions behind each measure",
    )


def notes_table(funded: pd.DataFrame) -> Html:
    """Return what a reader must know besides of each measure."""
    noted = funded[funded["note"] != ""]
    shown = pd.DataFrame({"Measure": noted["title"], "Note": noted["note"]})
    return html_table(shown, caption="Notes on the measures")


def programme_files(funded: pd.DataFrame, *, region: str) -> list[Download]:
    """Return the measures with all their figures as a file."""
    table = (
        funded.drop(columns=["benefits", "deciding"])
        .reset_index()
        .assign(assumptions=funded["assumptions"].map("; ".join).to_numpy())
    )
    return [
        table_file(
            f"measures-{region.lower()}.csv",
            table,
            label="measures, ranked and funded, all figures",
        )
    ]


def sources(funded: pd.DataFrame) -> list[str]:
    """Return where the readiness of each measure is seen; other sources stand in the trace."""
    return [
        f"{row['title']}, {READINESS[row['readiness']]}: {row['readiness_source']}"
        for _, row in funded.iterrows()
    ]
