"""From a solved export scenario to what its page says: tables, figures, findings, sources."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.elements import record
from greenanalysis.supergrid.export import Export

LIMITS = (
    "A few typical days stand for the year; a dark calm week and the loss of each line are run on "
    "the page of alternatives.",
    "One year of weather, unless the scenario names several.",
    "Region by region: lines inside a region and Kirchhoff's second law are left out; transfer "
    "limits inside the country are assumptions where no public figure exists.",
    "Markets buy at a price that falls with the volume by an assumed fraction. Prices of several "
    "markets are single reported figures of one year; see data/facts/markets.csv.",
    "Political, legal and permitting risk beyond a premium by the OECD's risk class; tolls where "
    "none was published; the time it takes to build.",
    "Heat leads combined heat and power plants by the normal temperature of the season, not by the "
    "weather of a day. Repairs follow the month; breakdowns lower capacity evenly.",
    "Blocks start and stop as shares of a plant, once a day, at no cost.",
    "Weekends are those of the Urals, since no figure of Kazakhstan was found. Demand follows the "
    "months, not the weather of a day, unless the scenario says otherwise (demand.temperature).",
    "Hydrogen stores electricity only; none is sold. It may be built where a scenario allows it "
    "(fleet.hydrogen).",
)
"""What the export pages say that they do not show."""

CARRIER_NAMES = {
    "gas_ccgt": "combined-cycle gas",
    "load_shedding": "load shed",
    "pumped_hydro": "pumped hydro",
}
"""Technologies whose key is no word."""

SEEN_MW, SEEN_TWH = 1.0, 0.01
"""Capacities and volumes below this are the solver's noise."""


def market_names() -> dict[str, str]:
    """Return the markets' names by key."""
    return dict(read_facts("markets")[["market", "name"]].to_numpy())


def place_names() -> dict[str, str]:
    """Return the names of regions and markets by key."""
    return dict(read_facts("regions")[["region", "name_en"]].to_numpy()) | market_names()


def delivered_table(export: Export) -> Html:
    """Return what a delivered MWh costs in each market, split, as HTML."""
    table = export.results.delivered.replace({"market": market_names()})
    names = {
        "market": "Market",
        "delivered_twh": "TWh/year",
        "generation_usd_per_mwh": "Generation USD/MWh",
        "line_usd_per_mwh": "Line USD/MWh",
        "converter_usd_per_mwh": "Converters USD/MWh",
        "losses_usd_per_mwh": "Losses USD/MWh",
        "tolls_usd_per_mwh": "Tolls USD/MWh",
        "finance_usd_per_mwh": "Finance of lines USD/MWh",
        "total_usd_per_mwh": "Delivered USD/MWh",
        "price_usd_per_mwh": "Price received at least USD/MWh",
        "price_most_usd_per_mwh": "Price received at most USD/MWh",
    }
    shown = table[table["delivered_twh"] > SEEN_TWH][list(names)].rename(columns=names)
    formats = dict.fromkeys(shown.columns[1:], "{:.1f}")
    return html_table(shown, formats=formats, caption="Cost of a delivered MWh, USD of 2025")


def corridor_table(export: Export) -> Html:
    """Return the lines across the border and every line that is reinforced, as HTML."""
    names = place_names()
    table = export.results.corridors
    abroad = ~load_country().inside(table["bus1"])
    used = (table["new_mw"] > SEEN_MW) | (abroad & (table["existing_mw"] > SEEN_MW))
    rows = table[used].sort_values("out_twh", ascending=False)
    shown = pd.DataFrame(
        {
            "From": rows["bus0"].map(names),
            "To": rows["bus1"].map(names),
            "Kind": rows["kind"].str.replace("_", " "),
            "km": rows["length_km"],
            "Today MW": rows["existing_mw"],
            "New MW": rows["new_mw"],
            "Out TWh": rows["out_twh"],
            "Back TWh": rows["back_twh"],
            "Used": rows["utilisation"],
            "Cost million USD/year": rows["cost_musd"],
        }
    )
    formats = {
        "km": "{:,.0f}",
        "Today MW": "{:,.0f}",
        "New MW": "{:,.0f}",
        "Out TWh": "{:.1f}",
        "Back TWh": "{:.1f}",
        "Used": "{:.0%}",
        "Cost million USD/year": "{:,.0f}",
    }
    return html_table(shown, formats=formats, caption="Lines across the border and new lines")


def totals_table(export: Export) -> Html:
    """Return the national account of the year as HTML."""
    shown = export.results.totals.rename(columns=str.capitalize)
    shown["Value"] = shown["Value"].round(1) + 0.0
    return html_table(shown, formats={"Value": "{:,.1f}"}, caption="The year in figures")


def energy_by_carrier(export: Export) -> pd.DataFrame:
    """Return the energy balance as two bars: what is made or bought, what is used or sold, TWh."""
    total = export.results.totals.set_index("quantity")["value"]
    made = export.results.generation.groupby("carrier")["generation_twh"].sum()
    supply = {**made.to_dict(), "imports": total["imports"], "load shed": total["load shed"]}
    use = {
        "demand": total["demand"],
        "exports": total["exports"],
        "losses": total["line losses"] + total["storage losses"],
    }
    table = pd.DataFrame([supply, use], index=["supply", "use"]).fillna(0.0)
    return table.loc[:, table.abs().max() > 0.005].rename(columns=CARRIER_NAMES)


def capacity_by_carrier(export: Export) -> pd.DataFrame:
    """Return capacity today and new by carrier, GW."""
    table = export.results.capacity.groupby("carrier")[["existing_mw", "new_mw"]].sum() / 1e3
    table.columns = ["today", "new"]
    return table[table.sum(axis=1) > SEEN_MW / 1e3].T.rename(columns=CARRIER_NAMES)


def new_lines(export: Export) -> pd.DataFrame:
    """Return the new export lines, largest first: name of the place and MW."""
    table = export.results.corridors
    rows = table[(table["new_mw"] > SEEN_MW) & ~load_country().inside(table["bus1"])]
    return rows.assign(to=rows["bus1"].map(place_names())).sort_values("new_mw", ascending=False)


def finding(export: Export) -> str:
    """Return in one sentence what the scenario says."""
    value = export.results.totals.set_index("quantity")["value"]
    sold = export.results.exports.sort_values("export_twh", ascending=False)
    if value["exports"] < 0.05:
        return "Nothing is exported: the country builds for itself"
    first = sold.iloc[0]
    share = first["export_twh"] / value["exports"]
    revenue = value["export revenue"]
    money = f"{revenue / 1e3:,.1f} billion" if revenue >= 1e3 else f"{revenue:,.0f} million"
    return (
        f"{value['exports']:,.1f} TWh a year are exported for {money} USD, {share:.0%} of it to "
        f"{market_names()[first['market']]}"
    )


def key_figures(export: Export) -> list[tuple[str, str, str]]:
    """Return label, value and unit of the three figures on top of the page."""
    value = export.results.totals.set_index("quantity")["value"]
    return [
        ("Exports", f"{value['exports']:,.1f}", "TWh a year"),
        ("Export revenue", f"{value['export revenue']:,.0f}", "million USD a year"),
        (
            "CO2 avoided",
            f"{round(value['CO2 avoided in all'], 1) + 0.0:,.1f}",
            "Mt a year, here and abroad",
        ),
    ]


def record_figures(tiles: list[tuple[str, str, str]], *, headline: bool = False) -> None:
    """Hand the figures of the page to the index of the site; the first two as its headline."""
    for number, (label, value, unit) in enumerate(tiles):
        key = label.lower().replace(" ", "_")
        record(key, value, label=label, unit=unit, headline=headline and number < 2)


def record_regions(export: Export) -> None:
    """Hand to the index how much leaves the country from each region, TWh a year."""
    table = export.results.corridors
    abroad = table[~load_country().inside(table["bus1"]) & load_country().inside(table["bus0"])]
    out = abroad.groupby("bus0")["out_twh"].sum()
    for region, volume in out[out > SEEN_TWH].items():
        record(f"leaves_{region}", f"{volume:.2f}")


def solver_text(export: Export) -> str:
    """Return how the scenario was solved, in one line."""
    solution, time = export.network.meta["solution"], export.scenario.time
    return (
        f"HiGHS {solution['method']}, {solution['status']}, gap {solution['gap']:.1e}; "
        f"{time.typical_days} typical days in steps of {time.hours_per_step} h"
        f"{', linked in the order of the year' if time.link_days else ''}"
    )


def flow_durations(export: Export, *, most: int = 4) -> dict[str, np.ndarray]:
    """Return what the largest lines abroad carry out, GW, sorted from high to low.

    Returns
    -------
    dict : name of the place to 401 values at equal shares of the hours; the busiest lines only,
        or ``no export`` with zeros.
    """
    network = export.network
    weights = network.snapshot_weightings["generators"].to_numpy()
    table = export.results.corridors
    abroad = table[~load_country().inside(table["bus1"]) & (table["out_twh"] > SEEN_TWH)]
    names, curves = place_names(), {}
    links = network.links[network.links["direction"] == "there"]
    for row in abroad.nlargest(most, "out_twh").to_dict("records"):
        steps = links.index[links["corridor"] == row["corridor"]]
        flow = network.links_t.p0[steps].sum(axis=1).to_numpy() / 1e3
        curves[names[row["bus1"]]] = np.quantile(
            flow, np.linspace(1, 0, 401), weights=weights, method="inverted_cdf"
        )
    return curves or {"no export": np.zeros(401)}


def flows_finding(export: Export) -> str:
    """Return in one sentence how well the busiest line abroad is used."""
    table = export.results.corridors
    abroad = table[~load_country().inside(table["bus1"]) & (table["out_twh"] > SEEN_TWH)]
    if abroad.empty:
        return "No line carries power abroad"
    busiest = abroad.nlargest(1, "out_twh").iloc[0]
    place = place_names()[busiest["bus1"]]
    return f"The line to {place} carries {busiest['utilisation']:.0%} of what it could in a year"


def delivered_finding(export: Export) -> str:
    """Return in one sentence what a MWh costs and brings at the market that buys most."""
    table = export.results.delivered
    if not (table["delivered_twh"] > SEEN_TWH).any():
        return "No energy is delivered abroad"
    best = table.iloc[int(table["delivered_twh"].to_numpy().argmax())]
    least, most = best["price_usd_per_mwh"], best["price_most_usd_per_mwh"]
    price = f"{least:.0f}" if round(least) == round(most) else f"{least:.0f} to {most:.0f}"
    return (
        f"A MWh delivered to {market_names()[best['market']]} costs "
        f"{best['total_usd_per_mwh']:.0f} USD; the buyers pay {price}"
    )


def energy_finding(export: Export) -> str:
    """Return in one sentence what share of the energy solar and wind make."""
    supply = energy_by_carrier(export).loc["supply"]
    share = (supply.get("solar", 0.0) + supply.get("wind", 0.0)) / supply.sum()
    return f"Solar and wind make {share:.0%} of the energy, coal {supply.get('coal', 0.0):,.0f} TWh"


def capacity_finding(export: Export) -> str:
    """Return in one sentence what is built most."""
    new = capacity_by_carrier(export).T.sort_values("new", ascending=False)["new"]
    built = [f"{value:,.1f} GW of {name}" for name, value in new.items() if value > 0.05]
    return f"New plants: {', '.join(built)}" if built else "No new plants are built"


def sources(export: Export) -> list[str]:
    """Return where the figures of an export page come from."""
    markets = read_facts("markets")
    stated = sorted(set(markets["source"]) - {"project assumption"})
    return [
        f"Weather: {export.weather['source']}",
        "Costs: PyPSA/technology-data (Danish Energy Agency and others) and the Global "
        "Transmission Database, row by row in data/assumptions",
        "Plants, demand, lines: data/facts, each row with its source",
        *(f"Market price or emissions: {source}" for source in stated),
    ]
