"""What an expert objects to an export study, each point answered with a figure of the solution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.pages.export import SEEN_MW
from greenanalysis.supergrid.export import Export
from greenanalysis.supergrid.model.corridors import corridor_table
from greenanalysis.supergrid.model.facts import load_facts
from greenanalysis.supergrid.model.markets import market_prices, market_terms
from greenanalysis.supergrid.robustness.adequacy import (
    Adequacy,
    adequacy_path,
    kept_adequacy,
    reserve_margin,
)

_DEVIATION = 0.10
"""A year as much poorer in sun and wind shows what one year of weather leaves open."""


def objections_table(export: Export) -> Html:
    """Return five objections and what the solution says to each, as HTML."""
    rows = [
        ("Coal cannot stop at noon", _coal(export)),
        ("Nobody builds that fast", _build_rate(export)),
        ("Pakistan will not pay that all year", _pakistan(export)),
        ("One year of weather is no proof", _weather(export)),
        ("The lights must stay on", _adequacy(export)),
    ]
    shown = pd.DataFrame(rows, columns=["Objection", "Answer of this scenario"])
    return html_table(shown, caption="Five objections of an expert, each with its figure")


def _coal(export: Export) -> str:
    network = export.network
    coal = network.generators.index[network.generators["carrier"] == "coal"]
    power = network.generators_t.p[coal].sum(axis=1)
    local = pd.DatetimeIndex(network.snapshots) + pd.Timedelta(hours=load_country().utc_offset)
    weights = network.snapshot_weightings["generators"]

    def mean(hours: range) -> float:
        chosen = local.hour.isin(hours)
        return float((power * weights)[chosen].sum() / weights[chosen].sum())

    return (
        f"Coal gives {mean(range(12, 17)):,.0f} MW on average around noon and "
        f"{mean(range(18, 23)):,.0f} MW in the evening; never less than {power.min():,.0f} MW"
    )


def _build_rate(export: Export) -> str:
    capacity = export.results.capacity
    green = capacity[capacity["carrier"].isin(["solar", "wind"])]
    table = read_facts("fleet_capacity", numeric=["year", "capacity_mw"])
    fleet = table.pivot_table(index="year", columns="carrier", values="capacity_mw").sum(axis=1)
    added = fleet.diff().dropna()
    years = max(1, export.scenario.year - int(fleet.index.max()))
    rate = float(green["new_mw"].sum()) / years
    return (
        f"{rate:,.0f} MW of sun and wind a year until {export.scenario.year}; the most ever added "
        f"in a year is {added.max():,.0f} MW ({added.idxmax():.0f})"
    )


def _pakistan(export: Export) -> str:
    sold = export.results.exports.set_index("market")["export_twh"]
    terms = market_terms(load_facts())
    if "pakistan" not in terms.index:
        return "Pakistan is no market here"
    term = terms.loc["pakistan"]
    facts, assumptions = load_facts(), load_assumptions()
    price = market_prices(facts.markets, assumptions)["pakistan"]
    asked = replace(export.scenario.corridors, allowed=("pakistan",), lead_times=False)
    line = replace(export.scenario, corridors=asked)
    toll = corridor_table(line, facts, assumptions)["toll"].get("pakistan", float("nan"))
    terms_of_sale = f"It buys in months {term['months']} only, {term['free_mw']:,.0f} MW are free"
    amount = f"{sold.get('pakistan', 0.0):.1f} TWh a year are sold there"
    if np.isnan(toll):  # the scenario has no line on the way there
        return f"{terms_of_sale}, at {price:.0f} USD/MWh: {amount}"
    return (
        f"{terms_of_sale}, and of {price:.0f} USD/MWh {toll:.1f} go to transit countries: {amount}"
    )


def _weather(export: Export) -> str:
    network = export.network
    units = network.generators.index[network.generators["carrier"].isin(["solar", "wind"])]
    price = network.buses_t.marginal_price[network.generators.loc[units, "bus"]]
    energy = network.generators_t.p[units].mul(network.snapshot_weightings["generators"], axis=0)
    worth = float((energy.to_numpy() * price.to_numpy()).sum()) * _DEVIATION / 1e6
    count = len({state["weather_year"] for state in network.meta["states"]})
    lost = float(energy.to_numpy().sum()) * _DEVIATION / 1e6
    return (
        f"{count} year{'s' if count > 1 else ''} of weather; one with {_DEVIATION:.0%} less sun "
        f"and wind lacks {lost:.1f} TWh, worth {worth:,.0f} million USD at the prices at home"
    )


def _adequacy(export: Export) -> str:
    margin = _margin(export).set_index("carrier")["firm_mw"]
    answer = (
        f"Peak {margin['peak'] / 1e3:.1f} GW, firm capacity with half the ties "
        f"{(margin['peak'] + margin['margin']) / 1e3:.1f} GW: margin "
        f"{margin['margin'] / margin['peak']:+.0%}; "
    )
    run = adequacy_of(export)
    if run is None:
        return answer + f"all hours not run yet: greenanalysis grid-adequacy {export.scenario.name}"
    return answer + (
        f"all hours of {run.weather_year}: {run.unserved_mwh / 1e3:,.1f} GWh not served in "
        f"{run.hours:,} hours, at most {run.most_mw:,.0f} MW"
    )


def adequacy_of(export: Export) -> Adequacy | None:
    """Return the run of all hours of the scenario, None before it was made."""
    if "key" not in export.network.meta:
        return None
    return kept_adequacy(adequacy_path(export.network, load_assumptions()))


def _margin(export: Export) -> pd.DataFrame:
    return reserve_margin(export.network, export.peak_mw, load_assumptions())


def margin_table(export: Export) -> Html:
    """Return what can be counted on at the peak, by carrier, as HTML."""
    table = _margin(export)
    table = table[~(table["capacity_mw"] < SEEN_MW)]
    shown = pd.DataFrame(
        {
            "What": table["carrier"].str.replace("_", " "),
            "Capacity GW": table["capacity_mw"] / 1e3,
            "Counted on GW": table["firm_mw"] / 1e3,
        }
    )
    formats = {"Capacity GW": "{:.1f}", "Counted on GW": "{:+.1f}"}
    return html_table(shown, formats=formats, caption="Reserve at the peak of the year")
