"""The minister's part of an export page: one chart of cost and price, who gains, the risks."""

from __future__ import annotations

import pandas as pd

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.pages.export import (
    CARRIER_NAMES,
    SEEN_TWH,
    capacity_by_carrier,
    market_names,
    new_lines,
)
from greenanalysis.supergrid.export import Export
from greenanalysis.supergrid.model.corridors import corridor_table
from greenanalysis.supergrid.model.facts import load_facts
from greenanalysis.supergrid.model.markets import market_prices, market_terms
from greenanalysis.supergrid.results.cbam import border_adjustment

_PARTS = {
    "generation_usd_per_mwh": "generation",
    "line_usd_per_mwh": "line",
    "converter_usd_per_mwh": "converters",
    "losses_usd_per_mwh": "losses",
    "tolls_usd_per_mwh": "tolls",
    "finance_usd_per_mwh": "finance",
}
COLOURS = {
    "generation": "#0f766e",
    "storage": "#7c3aed",
    "line": "#b45309",
    "converter": "#d97706",
    "converters": "#d97706",
    "losses": "#9ca3af",
    "tolls": "#be123c",
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
    least, most = (value[f"export revenue{end}"] / value["exports"] for end in ("", ", at most"))
    return (
        f"All that export adds costs {cost:.0f} USD for each MWh sold; the markets pay "
        f"{span(least, most)} on average"
    )


def span(least: float, most: float) -> str:
    """Return a range of whole numbers, one number where both ends are the same."""
    first, last = f"{least:,.0f}", f"{most:,.0f}"
    return first if first == last else f"{first} to {last}"


def gains_table(export: Export) -> Html:
    """Return who gains what, and CO2 here and there, as HTML; ranges where the price is open."""
    value = export.results.totals.set_index("quantity")["value"]
    change = value["CO2 at home against no export"]
    revenue = (value["export revenue"], value["export revenue, at most"])
    gain = value["gain of the country against no export"]
    gain_most = value["gain of the country against no export, at most"]
    buyers = value["buyers' gain"]
    rows = [
        ("Willingness to pay of the buyers", (revenue[0] + buyers,) * 2, "million USD/year"),
        ("Price received: export revenue of Kazakhstan", revenue, "million USD/year"),
        ("Gain of Kazakhstan against no export", (gain, gain_most), "million USD/year"),
        (
            "Gain of buyers, below what they would have paid",
            (buyers - (revenue[1] - revenue[0]), buyers),
            "million USD/year",
        ),
        (
            "Tolls of transit countries",
            (value["tolls of transit countries"],) * 2,
            "million USD/year",
        ),
        ("Gain in all", (value["gain in all"],) * 2, "million USD/year"),
        ("Rent of lines across the border", (_rent(export),) * 2, "million USD/year"),
        (
            "Investment in new plants and lines",
            (value["investment in new plants and lines"],) * 2,
            "million USD",
        ),
        (
            "Land of new solar and wind plants",
            (value["land of new solar and wind plants"],) * 2,
            "km2",
        ),
        ("CO2 at home against no export", (change,) * 2, "Mt/year"),
        ("CO2 avoided abroad", (value["CO2 avoided abroad"],) * 2, "Mt/year"),
        ("CO2 avoided in all", (value["CO2 avoided in all"],) * 2, "Mt/year"),
    ]
    shown = pd.DataFrame(
        {
            "Who or what": [name for name, _, _ in rows],
            "At least": [round(low, 1) + 0.0 for _, (low, _), _ in rows],
            "At most": [round(high, 1) + 0.0 for _, (_, high), _ in rows],
            "Unit": [unit for _, _, unit in rows],
        }
    )
    formats = {"At least": "{:,.1f}", "At most": "{:,.1f}"}
    return html_table(shown, formats=formats, caption="Who gains, here and there")


def assumed_table(export: Export) -> Html:
    """Return what the scenario takes for granted: what is built, prices, seasons, risk, as HTML."""
    scenario = export.scenario
    rows = [
        ("Built", built_text(export)),
        ("Pace of building", _pace_text(export)),
        ("Coal", _coal_text(export)),
    ]
    rows += [("Price and season", text) for text in _price_texts(export)]
    rows.append(("Risk", _risk_text(export)))
    rows.append(("European Union", _union_text(export)))
    weather = "sample weather, screening grade" if _is_sample(export) else "one weather year"
    years = scenario.weather_years
    if years is not None:
        weather = f"{len(years) or 'all'} weather years"
    rows.append(("Weather", f"{weather}; {scenario.time.typical_days} typical days"))
    shown = pd.DataFrame(rows, columns=["What", "Assumed"])
    return html_table(shown, caption="What this page assumes")


def _pace_text(export: Export) -> str:
    """Return what may be built by the year of the scenario, and which plans open."""
    scenario = export.scenario
    limits = export.network.meta.get("build_limits", {})
    if not limits:
        pace = "Plants are added at any speed"
    else:
        names = {**CARRIER_NAMES, "wind": "wind", "solar": "solar"}
        most = [f"{mw / 1e3:,.1f} GW of {names.get(name, name)}" for name, mw in limits.items()]
        pace = f"By {scenario.year} at most {', '.join(most)} beyond the plants that stand"
    plans = {
        "none": "no planned plant opens",
        "construction": "plants under construction open and close what they replace",
        "announced": "announced plants open, too, and close what they replace",
    }[scenario.fleet.planned]
    lines = (
        "lines open after their lead time" if scenario.corridors.lead_times else "lines at any time"
    )
    return f"{pace}; {plans}; {lines}."


def _coal_text(export: Export) -> str:
    """Return between which powers coal runs, and its power at noon in summer, GW."""
    units = export.network.generators
    coal = export.network.generators_t.p[units.index[units["carrier"] == "coal"]].sum(axis=1) / 1e3
    steps = pd.DatetimeIndex(coal.index)
    local = steps + pd.Timedelta(hours=load_country().utc_offset)
    noon = coal[steps.month.isin((5, 6, 7, 8, 9)) & local.hour.isin((13, 14, 15))]
    text = (
        f"Between {coal.min():,.1f} and {coal.max():,.1f} GW: heat and the minimum load of blocks"
    )
    return f"{text}; at noon in summer {noon.mean():,.1f} GW." if len(noon) else f"{text}."


def _price_texts(export: Export) -> list[str]:
    facts = load_facts()
    markets = facts.markets.set_index("market")
    terms = market_terms(facts)
    served = _served(export)
    shown = (
        list(served["market"])
        or [name for name in terms.index if name in set(export.network.buses.index)][:3]
    )
    prices = market_prices(facts.markets, load_assumptions()) * export.scenario.markets.price_factor
    whole = markets.join(terms).loc[shown].to_dict("records")
    return [
        f"{row['name']}: {first:.0f} USD/MWh for the first MWh ({row['price_basis'] or 'unknown'} "
        f"price of {row['price_year']:.0f}, in USD of 2025); "
        f"{'buys in months ' + row['months'] if row['months'] else 'buys all year'}; "
        f"up to {row['free_mw']:,.0f} MW"
        for row, first in zip(whole, prices[shown], strict=True)
    ]


def _risk_text(export: Export) -> str:
    facts = load_facts()
    lines = new_lines(export)
    if lines.empty:
        return "No new line across the border is built"
    terms = corridor_table(export.scenario, facts, load_assumptions())[["premium", "toll"]]
    known = facts.corridor_terms.set_index("corridor")["toll_usd_per_mwh"].notna()
    names = facts.corridors.set_index("corridor")["name"]
    return "; ".join(
        f"{names[corridor]}: {premium * 100:.0f} points on the rate of return, toll "
        + (f"{toll:.1f} USD/MWh" if known.get(corridor) else "unknown, taken as zero")
        for corridor, (premium, toll) in zip(
            lines["corridor"], terms.loc[lines["corridor"]].to_numpy(float), strict=True
        )
    )


def _union_text(export: Export) -> str:
    result = border_adjustment(export.network, load_assumptions())
    if result is None:
        return "Nothing is sold there, so its carbon border adjustment does not matter"
    return (
        f"In {result.qualifying_share:.0%} of {result.hours:,.0f} hours with sales all power "
        f"qualifies for own emissions (contract, no congestion, at most 550 g/kWh, hourly "
        f"nomination); the rest would pay {result.cost_musd:,.0f} million USD a year at the border"
    )


def _is_sample(export: Export) -> bool:
    return export.weather.get("grade") == "screening"


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
        if not margin.empty and not new_lines(export).empty:
            worst = int(margin.to_numpy().argmin())
            found.append(_margin_text(float(margin.iloc[worst]), str(table["market"].iloc[worst])))
    evidence = read_facts("markets").set_index("market")["price_evidence"]
    weak = [market_names()[m] for m in evidence.index[evidence == "project assumption"]]
    found.append(f"Prices rest on few published figures; assumed for {', '.join(weak)}.")
    found.append(
        "Weather is sample weather (screening grade, not measured)."
        if _is_sample(export)
        else "One weather year stands for all."
    )
    known = load_facts().corridor_terms.set_index("corridor")["toll_usd_per_mwh"]
    lines = new_lines(export)
    silent = lines.loc[known.reindex(lines["corridor"]).isna().to_numpy(), "to"].astype(str)
    if len(silent):
        found.append(f"No published toll was found on the way to {', '.join(silent)}.")
    found.append("Permits, and the security of routes beyond the risk class, are not priced.")
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
