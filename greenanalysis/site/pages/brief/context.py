"""Tables around a brief: auctions, single risks, carbon by factor, and all inputs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.core.money import MODEL_YEAR
from greenanalysis.geo.country import local_money
from greenanalysis.project.brief import Brief
from greenanalysis.project.options import carbon_avoided
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.pages.brief.tables import breakable, breakables


def auction_table(brief: Brief) -> Html:
    """Return the auctions of the technology with prices then and in money of 2025."""
    rows = brief.auctions
    shown = pd.DataFrame(
        {
            "Auction": rows["date"].str.replace("-", "\u2011"),
            "Zone": rows["zone"].where(rows["zone"] != "", "not stated"),
            "Price": rows["kind"],
            "MW": rows["mw"],
            f"{local_money()}/kWh then": rows["price_kzt_per_kwh"],
            "USD of 2025/MWh": rows["price_usd_2025_per_mwh"],
            f"{local_money()} of 2025/kWh": rows["price_kzt_2025_per_kwh"],
            "Pays for the project": np.where(rows["would_win"], "yes", "no"),
            "Source": breakables(rows["source"]),
        }
    )
    formats = {"MW": "{:,.0f}", f"{local_money()}/kWh then": "{:.2f}", "USD of 2025/MWh": "{:.1f}",
               f"{local_money()} of 2025/kWh": "{:.1f}"}  # fmt: skip
    return html_table(shown, formats=formats, caption="Known auction prices, without VAT")


def tornado_table(brief: Brief) -> Html:
    """Return what each driver was changed by and what cover is left."""
    rows = brief.tornado
    shown = pd.DataFrame(
        {
            "Driver": rows["driver"],
            "From worse to better": rows["span"],
            "Equity worth, worse": rows["low_usd_nominal"] / 1e6,
            "Equity worth, better": rows["high_usd_nominal"] / 1e6,
            "Least cover, worse": rows["low_dscr"],
            "Least cover, better": rows["high_dscr"],
        }
    )
    formats = {"Equity worth, worse": "{:+,.1f}", "Equity worth, better": "{:+,.1f}",
               "Least cover, worse": "{:.2f}", "Least cover, better": "{:.2f}"}  # fmt: skip
    caption = "One thing at a time, at P50; worth in million USD nominal"
    return html_table(shown, formats=formats, caption=caption)


_SHARED_INPUTS = (
    "supergrid/wacc",
    "hvac_overhead/investment",
    "battery_storage/investment",
    "battery_inverter/investment",
)
"""Inputs of a brief that other parts of the project use, too."""


def inputs_table(brief: Brief) -> Html:
    """Return every assumption of cost, tax, contract and risk with its source."""
    technology, contract = brief.project.technology, brief.project.contract.name
    groups = ["macro", "finance", f"finance_{technology}", "contract_merchant", "grid_factor",
              "risk", "contract_auction" if contract == "ceiling" else f"contract_{contract}",
              *(["contract_ceiling"] if contract == "ceiling" else [])]  # fmt: skip
    cost = {"wind": "onwind", "solar": "solar_utility"}[technology]
    shared_inputs = (*_SHARED_INPUTS, f"{local_money()}/exchange_rate")
    shared_groups = [name.split("/")[0] for name in shared_inputs]
    table = brief.study.assumptions.only(*groups, cost, *shared_groups).table
    running = table[(table["technology"] == cost) & (table["year"] == brief.study.cost_year)]
    chosen = table[table["technology"].isin(groups)]
    other = chosen["parameter"].isin([f"price_{'solar' if technology == 'wind' else 'wind'}"])
    names = table["technology"] + "/" + table["parameter"]
    year = table["year"].isna() | table["year"].isin([brief.study.cost_year, MODEL_YEAR])
    shared = table[names.isin(shared_inputs) & year]
    rows = pd.concat([chosen[~other], running, shared], ignore_index=True)
    shown = pd.DataFrame(
        {
            "Input": [
                _input_label(group, name)
                for group, name in rows[["technology", "parameter"]].to_numpy()
            ],
            "Value": [_value(row) for row in rows.to_dict("records")],
            "Source": breakables(rows["source"]),
            "Note": breakables(rows["note"]),
        }
    )
    return html_table(shown, caption="Assumptions, row by row")


_SWINGS = {"fx": "exchange rate", "capex": "investment", "opex": "running cost"}


def _input_label(group: str, name: str) -> str:
    """Return an assumption in words: its group and what it is."""
    words = name.replace("_", " ")
    if name.startswith("swing_"):
        what = words.removeprefix("swing ")
        return f"bar of the chart of swings: {_SWINGS.get(what, what)}"
    return f"{group.replace('_', ' ')}: {words}"


def _value(row: Mapping[Hashable, Any]) -> str:
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    year = f" (prices of {row['currency_year']})" if row["currency_year"] else ""
    return f"{row['value']:.10g}{unit}{year}"


def carbon_table(brief: Brief) -> Html:
    """Return the avoided CO2 by each dated grid factor, the chosen one marked."""
    assumptions, energy = brief.study.assumptions, brief.made.base.energy_mwh
    table = assumptions.only("grid_factor").table
    rows = []
    for name in table["parameter"]:
        found = carbon_avoided(energy, assumptions, factor=str(name))
        rows.append(
            (
                found.name.replace("_", " of ").capitalize(),
                "yes" if found.name == brief.carbon.name else "",
                found.factor_t_per_mwh,
                found.first_year_t / 1e3,
                found.life_t / 1e6,
                breakable(found.source),
            )
        )
    columns = ["Grid factor", "Taken", "t/MWh", "kt in a first year", "Mt over the life", "Source"]
    formats = {"t/MWh": "{:.3f}", "kt in a first year": "{:,.0f}", "Mt over the life": "{:,.1f}"}
    caption = "CO2 avoided; each factor is held constant as dated"
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    frame = frame.astype(dict.fromkeys(formats, float))
    return html_table(frame, formats=formats, caption=caption)
