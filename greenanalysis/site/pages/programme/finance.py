"""What makes a programme pay: break-even, packages of lenders, budgets, and who pays by year."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.programme.finance.blend import blends, finance_packages
from greenanalysis.programme.finance.breakeven import PAYS
from greenanalysis.programme.funding import Programme
from greenanalysis.programme.measure import PARTIES
from greenanalysis.programme.prices import RATE
from greenanalysis.programme.public import measure_projects
from greenanalysis.site.draw import figures, palette
from greenanalysis.site.draw.chart import Chart
from greenanalysis.site.draw.tables import Html, html_table

_COLOURS = dict(zip(PARTIES.values(), palette.SERIES, strict=False))


def break_even_finding(programme: Programme) -> str:
    """Return in one sentence how many measures pay, and how many a grant would carry."""
    table = programme.break_even()
    pays = int((table["verdict"] == PAYS).sum())
    grant = table["grant_share"]
    carried = int(((grant > 0) & (grant <= 0.5)).sum())
    return (
        f"{pays} of {len(table)} measures pay at today's prices; {carried} more would with a grant "
        "of up to half of the investment"
    )


def break_even_table(programme: Programme) -> Html:
    """Return in words what each measure needs to pay, and in which phase it belongs."""
    ranked, table = programme.ranked(), programme.break_even()
    phase = programme.phases()
    shown = pd.DataFrame(
        {
            "Measure": ranked["title"],
            "Phase": phase.reindex(ranked.index),
            "NPV, million USD": ranked["npv_usd"] / 1e6,
            "with value to society": ranked["social_npv_usd"] / 1e6,
            "Verdict": table["verdict"],
            "What it needs": table["words"],
        }
    )
    formats = dict.fromkeys(["NPV, million USD", "with value to society"], "{:+,.0f}")
    return html_table(shown, formats=formats, caption="What each measure needs to pay")


def break_even_figures(programme: Programme) -> Html:
    """Return the price, grant, return, carbon price and yield at which each measure pays."""
    ranked, table = programme.ranked(), programme.break_even()
    shown = pd.DataFrame(
        {
            "Measure": ranked["title"],
            "Its main price": table["price_of"],
            "today": table["price"],
            "breaks even at": table["price_break_even"],
            "Unit": table["price_unit"],
            "Grant needed": table["grant_share"],
            "Real return": table["rate"],
            "CO2 price needed, USD/t": table["carbon_usd_per_t"],
            "Yield needed, t/ha more": table["yield_break_even"],
        }
    )
    formats = {
        "today": "{:,.3g}",
        "breaks even at": "{:,.3g}",
        "Grant needed": "{:.0%}",
        "Real return": "{:.1%}",
        "CO2 price needed, USD/t": "{:,.0f}",
        "Yield needed, t/ha more": "{:.2f}",
    }
    return html_table(
        shown, formats=formats, caption="At what price, grant, return or carbon price each pays"
    )


def blend_table(programme: Programme, assumptions: Assumptions) -> Html:
    """Return the grant at which each funded measure closes under the packages of real projects."""
    funded = programme.funded()
    chosen, packages = funded[funded["share"] > 0], finance_packages()
    rows = []
    for _, measure in chosen.iterrows():
        table = blends(measure, packages, assumptions, own_rate=programme.inputs[RATE])
        closing = {
            name: "no grant is enough" if math.isnan(share) else f"{share:.0%}"
            for name, share in table["closing_grant_share"].items()
        }
        rows.append({"Measure": measure["title"], **closing})
    offered = {
        package["name"]: f"{package['grant_share']:.0%} grant, {package['loan_share']:.0%} loan"
        for _, package in packages.iterrows()
    }
    rows.append({"Measure": "What the package itself had", **offered})
    return html_table(
        pd.DataFrame(rows),
        caption="Grant that each funded measure needs, were it paid for like these projects",
    )


def package_sources() -> list[str]:
    """Return where each package is from."""
    return [
        f"{package['name']} ({package['country']}, {package['year']:.0f}): {package['source']}"
        + (f"; {package['note']}" if package["note"] else "")
        for _, package in finance_packages().iterrows()
    ]


def flows_chart(programme: Programme, *, years: int = 15) -> Chart:
    """Return what each party pays (below zero) and gains in each year, million USD."""
    table = programme.flows_by_year(years=years)
    wide = table.pivot_table(index="year", columns="party", values="usd", aggfunc="sum") / 1e6
    order = [party for party in PARTIES if party in wide.columns]
    wide = wide[order].rename(columns=PARTIES).round(3)
    return figures.stacked_bars(
        wide,
        unit="million USD of 2025 a year",
        colours={str(name): _COLOURS[str(name)] for name in wide},
    )


def flows_finding(programme: Programme, *, years: int = 15) -> str:
    """Return in one sentence who pays most and who gains most over the years shown."""
    table = programme.flows_by_year(years=years)
    if table.empty:
        return "Nothing is funded, so nobody pays"
    spent = -table.loc[table["usd"] < 0].groupby("party")["usd"].sum() / 1e6
    gained = table.loc[table["usd"] > 0].groupby("party")["usd"].sum() / 1e6
    payer, winner = str(spent.idxmax()), str(gained.idxmax())
    return (
        f"Most is paid by the {PARTIES[payer]} ({spent[payer]:,.0f} million USD in {years} "
        f"years); most of the gain, {gained[winner]:,.0f} million, goes to "
        f"{PARTIES[winner].split(':')[0]}"
    )


def budget_table(programme: Programme, budgets_musd: Sequence[float]) -> Html:
    """Return what several budgets (million USD) buy."""
    curve = programme.budget_curve(budgets_musd)
    shown = pd.DataFrame(
        {
            "Budget, million USD": curve.index,
            "Spent": curve["funded_usd"] / 1e6,
            "Grants needed": curve["grant_usd"] / 1e6,
            "NPV, million USD": curve["npv_usd"] / 1e6,
            "with value to society": curve["social_npv_usd"] / 1e6,
            "Electricity, GWh a year": curve["electricity_mwh_per_year"] / 1e3,
            "Gas, million m3 a year": curve["gas_m3_per_year"] / 1e6,
            "Water, million m3 a year": curve["water_m3_per_year"] / 1e6,
            "CO2, kt a year": curve["co2_t_per_year"] / 1e3,
            "What it buys": curve["measures"].where(curve["measures"] != "", "nothing"),
        }
    )
    formats = dict.fromkeys(shown.columns[:-1], "{:,.0f}")
    formats |= dict.fromkeys(["NPV, million USD", "with value to society"], "{:+,.0f}")
    return html_table(shown, formats=formats, caption="What other budgets buy")


def targets_table(programme: Programme) -> Html:
    """Return the goals of the region with what exists counted."""
    table = programme.targets
    shown = pd.DataFrame(
        {
            "Goal": table["target"],
            "Now": table["now"],
            "With all its measures": table["with_programme"],
            "Goal reached at": table["goal"],
            "Source of the goal": table["source"],
        }
    )
    formats = dict.fromkeys(["Now", "With all its measures", "Goal reached at"], "{:.0%}")
    return html_table(shown, formats=formats, caption="Goals, with what exists counted")


def projects_table(programme: Programme) -> Html:
    """Return a project of Kazakhstan or Central Asia beside the cost of each measure."""
    known = measure_projects().to_dict("index")
    rows = []
    for name, row in programme.ranked().iterrows():
        project = known.get(name, {})
        found = project.get("status", "unknown") != "unknown"
        rows.append(
            {
                "Measure": row["title"],
                "Cost here": f"{row['capex_usd'] / 1e6:,.1f} million USD for {row['size']}",
                "Project": f"{project['project']}, {project['place']}" if found else "unknown",
                "Year": project["year"] if found else "",
                "Its cost": project["cost"] if found else "unknown",
                "Source": project.get("source", "a planned project itself: see its note"),
            }
        )
    return html_table(
        pd.DataFrame(rows), caption="A project near by beside the cost of each measure"
    )


def collect_table(programme: Programme) -> Html:
    """Return the measures that cannot be formed yet and who can supply what they lack."""
    table = programme.to_collect
    shown = pd.DataFrame(
        {
            "Measure": table["title"],
            "What is lacking": table["lacking"],
            "Who can supply it": table["who"],
            "Known so far": table["known"],
            "Source": table["source"],
        }
    )
    return html_table(shown, caption="Measures that lack data")
