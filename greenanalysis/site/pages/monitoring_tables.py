"""Tables of the page of the monitoring, and what it offers as files."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.geo.country import load_country
from greenanalysis.registry import indicators
from greenanalysis.registry.files import guarded
from greenanalysis.registry.indicators import FORMULA
from greenanalysis.registry.monitoring import Monitoring
from greenanalysis.site.draw.tables import Html, html_table


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
        verdict=np.where(study.compared["within"], "agrees", "differs"),
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
        watch=np.where(study.watch["watch"], "look", "fits"),
        quantity=study.watch["quantity"].str.replace("_", " "),
    )
    table = table.rename(columns={"capacity_mw": "MW"})
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
        caption=f"Green rating: the first {len(table)} of {len(study.ratings)} enterprises",
    )


def rating_formula(study: Monitoring) -> str:
    """Return the formula of the rating with its weights."""
    weights = ", ".join(f"w_{name} = {value:g}" for name, value in study.weights.items())
    return f"{FORMULA}; {weights} (data/assumptions/registry.csv)"


def conflicts_table(study: Monitoring) -> Html:
    """Return where the sources differ about capacity, and what was taken."""
    table = study.conflicts[study.conflicts["field"] == "capacity"]
    columns = {"name": "plant", "taken": "taken", "taken_from": "taken from"}
    columns |= {"other": "other", "other_from": "other from"}
    table = table[list(columns)].rename(columns=columns)
    return html_table(
        table.astype({"taken": float, "other": float}),
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
    national = study.told[study.told["scope"] == load_country().code]
    series = dict.fromkeys(national["reported_by"].astype(str))
    return [*known, *series, str(study.weather.get("source", ""))]
