"""The minister's part of an export page: one chart of cost and price, who gains, the risks."""

from __future__ import annotations

import pandas as pd

from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.pages.export import SEEN_TWH, capacity_by_carrier, market_names, new_lines
from greenanalysis.supergrid.export import Export

_PARTS = {
    "generation_usd_per_mwh": "generation",
    "line_usd_per_mwh": "line",
    "converter_usd_per_mwh": "converters",
    "losses_usd_per_mwh": "losses",
    "finance_usd_per_mwh": "finance",
}
COLOURS = {
    "generation": "#0f766e",
    "storage": "#7c3aed",
    "line": "#b45309",
    "converter": "#d97706",
    "converters": "#d97706",
    "losses": "#9ca3af",
    "finance": "#334155",
}


def cost_bars(export: Export) -> pd.DataFrame:
    """Return what a delivered MWh costs, split; USD/MWh by market."""
    names = market_names()
    rows = {
        names[row["market"]]: {label: row[key] for key, label in _PARTS.items()}
        for row in _served(export).to_dict("records")
    }
    if not rows:
        return pd.DataFrame([[0.0]], index=["no export"], columns=["generation"])
    return pd.DataFrame(rows).T.fillna(0.0)


def prices_there(export: Export) -> dict[str, float]:
    """Return what the markets pay, USD/MWh, by name."""
    names = market_names()
    table = _served(export)
    return {
        names[market]: float(price)
        for market, price in zip(table["market"], table["price_usd_per_mwh"], strict=True)
    }


def _served(export: Export) -> pd.DataFrame:
    table = export.results.delivered
    return table[table["delivered_twh"] > SEEN_TWH]


def waterfall_parts(export: Export) -> dict[str, float]:
    """Return what a MWh sold abroad costs the country in all, by part, USD/MWh."""
    parts = export.results.waterfall.set_index("part")["usd_per_mwh"].fillna(0.0)
    return {str(part): float(value) for part, value in parts.items()}


def waterfall_finding(export: Export) -> str:
    """Return in one sentence what all export costs a MWh and what it brings."""
    cost = export.results.waterfall["usd_per_mwh"].sum()
    value = export.results.totals.set_index("quantity")["value"]
    if value["exports"] < SEEN_TWH:
        return "Nothing is sold abroad"
    revenue = value["export revenue"] / value["exports"]
    return (
        f"All that export adds costs {cost:.0f} USD for each MWh sold; the markets pay "
        f"{revenue:.0f} on average"
    )


def gains_table(export: Export) -> Html:
    """Return who gains what, and CO2 here and there, as HTML."""
    value = export.results.totals.set_index("quantity")["value"]
    change = value["CO2 at home against no export"]
    rows = [
        (
            "Kazakhstan, against no export",
            value["gain of the country against no export"],
            "million USD/year",
        ),
        (
            "Buyers abroad, below what they would have paid",
            value["buyers' gain"],
            "million USD/year",
        ),
        ("Export revenue of Kazakhstan", value["export revenue"], "million USD/year"),
        ("Rent of lines across the border", _rent(export), "million USD/year"),
        (
            "Investment in new plants and lines",
            value["investment in new plants and lines"],
            "million USD",
        ),
        ("Land of new solar and wind plants", value["land of new solar and wind plants"], "km2"),
        ("CO2 at home against no export", change, "Mt/year"),
        ("CO2 avoided abroad", value["CO2 avoided abroad"], "Mt/year"),
        ("CO2 avoided in all", value["CO2 avoided in all"], "Mt/year"),
    ]
    shown = pd.DataFrame(rows, columns=["Who or what", "Value", "Unit"])
    return html_table(shown, formats={"Value": "{:,.1f}"}, caption="Who gains, here and there")


def _rent(export: Export) -> float:
    lines = export.results.corridors
    return float(lines.loc[~load_country().inside(lines["bus1"]), "congestion_rent_musd"].sum())


def built_text(export: Export) -> str:
    """Return in one sentence what is built and how long the longest line takes."""
    new = capacity_by_carrier(export).T["new"]
    plants = [f"{value:,.1f} GW of {name}" for name, value in new.items() if value > 0.05]
    lines = new_lines(export)
    text = f"New at home: {', '.join(plants) or 'no plants'}."
    if lines.empty:
        return text
    years = read_facts("corridors", numeric=["lead_time_years"]).set_index("corridor")
    lead = years["lead_time_years"].reindex(lines["corridor"]).max()
    pairs = zip(lines["new_mw"].to_numpy(dtype=float), lines["to"], strict=True)
    named = ", ".join(f"{mw / 1e3:,.1f} GW to {place}" for mw, place in pairs)
    return f"{text} New lines: {named}; to be built in about {lead:.0f} years."


def risks(export: Export) -> list[str]:
    """Return what could make the answer wrong, the weightiest first."""
    value = export.results.totals.set_index("quantity")["value"]
    sold = export.results.exports.sort_values("export_twh", ascending=False)
    found = []
    if value["exports"] > SEEN_TWH:
        share = sold["export_twh"].iloc[0] / value["exports"]
        market = market_names()[sold["market"].iloc[0]]
        found.append(f"{share:.0%} of the sales go to one market: {market}.")
        table = export.results.delivered
        table = table[table["delivered_twh"] > SEEN_TWH]
        margin = table["price_usd_per_mwh"] - table["total_usd_per_mwh"]
        if not margin.empty:
            worst = int(margin.to_numpy().argmin())
            found.append(_margin_text(float(margin.iloc[worst]), str(table["market"].iloc[worst])))
    evidence = read_facts("markets").set_index("market")["price_evidence"]
    weak = [market_names()[m] for m in evidence.index[evidence == "project assumption"]]
    found.append(f"Prices rest on few published figures; assumed for {', '.join(weak)}.")
    found.append(
        "Weather is sample weather (screening grade, not measured)."
        if export.weather.get("grade") == "screening"
        else "One weather year stands for all."
    )
    found.append("Transit countries, tolls, permits and security of routes are not priced.")
    return found


def _margin_text(margin: float, market: str) -> str:
    if margin < -0.5:
        return (
            f"A MWh delivered to {market_names()[market]} costs {-margin:.0f} USD more than is "
            "paid there: the line is built because the scenario asks for it, not because it pays."
        )
    return (
        "The thinnest margin between price and delivered cost is "
        f"{max(margin, 0.0):.0f} USD/MWh: new lines are built until the last megawatt "
        "just pays, so a lower price means less export."
    )
