"""Tables of the project briefs: project, yield, uses, returns, cash flow, auctions, inputs."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from greenanalysis.geo.country import local_money
from greenanalysis.project.brief import Brief
from greenanalysis.project.operation import investment_parts
from greenanalysis.project.summary import year_table
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.pages.brief.views import million

_TECHNOLOGY = {"wind": "wind", "solar": "solar PV, fixed rows"}
_CONTRACT = {
    "auction": "auction contract with the single buyer",
    "ceiling": "auction contract at the ceiling price",
    "merchant": "no contract, market price",
}


def project_table(brief: Brief) -> Html:
    """Return what the project is."""
    project, made, contract = brief.project, brief.made, brief.project.contract
    name = _CONTRACT.get(contract.name, f"bilateral contract, {contract.years} years")
    storage = (
        f"{project.storage_mw:,.0f} MW, {project.storage_mwh:,.0f} MWh"
        if project.storage_mw
        else "none; the duty starts above 499 MW"
    )
    term = (
        f"{contract.years} years from {made.base.years[0]}, then market price "
        f"({contract.merchant_kzt_per_kwh:g} {local_money()}/kWh of 2025)"
        if contract.years
        else "none"
    )
    rows: list[tuple[object, ...]] = [
        ("Technology", f"{_TECHNOLOGY[project.technology]}, {project.capacity_mw:g} MW"),
        ("Place", f"{brief.region_name}, {brief.latitude:.3f} N, {brief.longitude:.3f} E, "
         f"auction zone {brief.zone}"),
        *_wind_rows(brief),
        ("Commissioning", f"end of {made.base.years[0] - 1}, {made.terms.lifetime} years of "
         "operation"),
        ("Contract", f"{name}: {contract.price_kzt_per_kwh:.2f} {local_money()}/kWh without VAT "
         f"({contract.origin}), "
         f"{contract.price_kzt_per_kwh / made.macro.kzt_per_usd * 1000:.1f} USD/MWh at "
         f"{made.macro.kzt_per_usd:.0f} {local_money()} per USD"),
        ("Term", term),
        ("Indexation", f"yearly after commissioning: {contract.index_fx:.0%} of the change of the "
         f"exchange rate and {contract.index_cpi:.0%} of consumer inflation"
         if contract.years else "with consumer inflation"),
        ("Connection", f"{project.connection_km:g} km of line"),
        ("Storage", storage),
        ("Curtailment", f"{made.terms.curtailment:.1%} of the energy, unpaid"),
    ]  # fmt: skip
    return html_table(pd.DataFrame(rows, columns=["The project", " "]))


def _wind_rows(brief: Brief) -> list[tuple[object, ...]]:
    """Wind of the place with its uncertainty and, near cited sites, what it were without them."""
    plant, site = brief.plant, brief.plant.wind
    if site is None or plant.place_sigma is None:
        return []
    sure = f"{site.speed:.1f} m/s at 100 m, within {site.sigma:.0%} in two of three cases"
    rows: list[tuple[object, ...]] = [("Wind of the place", sure)]
    if plant.without_anchor is not None:
        rows.append(
            (
                "Nearest cited site",
                f"{site.anchor}, {site.anchor_km:.0f} km; without the sites around the capacity "
                f"factor would be {plant.without_anchor:.3f} instead of "
                f"{plant.capacity_factor:.3f}",
            )
        )
    return rows


def p_table(brief: Brief) -> Html:
    """Return energy by probability for one and ten years."""
    table = brief.p_gwh
    capacity = brief.project.capacity_mw
    shown = pd.DataFrame(
        {
            "Probability of more": [f"P{level}" for level in table.index],
            "Any one year, GWh": table[1].to_numpy(),
            "Mean of ten years, GWh": table[10].to_numpy(),
            "Ten years over P50": table[10].to_numpy() / brief.gwh(50, 10),
            "Full-load hours, ten years": table[10].to_numpy() * 1e3 / capacity,
        }
    )
    formats = {
        "Any one year, GWh": "{:,.1f}",
        "Mean of ten years, GWh": "{:,.1f}",
        "Ten years over P50": "{:.1%}",
        "Full-load hours, ten years": "{:,.0f}",
    }
    return html_table(shown, formats=formats, caption="Net energy sold in a first year")


def uncertainty_table(brief: Brief) -> Html:
    """Return the uncertainty budget with its total for one and ten years."""
    from greenanalysis.project.uncertainty import combined

    rows: list[tuple[object, ...]] = [
        (
            term.category.replace("_", " "),
            term.sigma,
            "each year anew" if term.yearly else "stays",
            breakable(term.note),
            breakable(term.source),
        )
        for term in brief.terms
    ]
    rows += [
        (
            f"all together, {label}",
            combined(brief.terms, years=years),
            "",
            "root sum of squares",
            "",
        )
        for years, label in ((1, "any one year"), (10, "mean of ten years"))
    ]
    columns = ["Part", "Standard deviation", "Over time", "What it is", "Source"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    frame = frame.astype({"Standard deviation": float})
    return html_table(
        frame, formats={"Standard deviation": "{:.1%}"}, caption="Uncertainty of yearly energy"
    )


def uses_table(brief: Brief) -> Html:
    """Return what is paid until commissioning, and by whom, in dollars and tenge."""
    made = brief.made
    parts = investment_parts(brief.project, made.terms)
    labels = {"plant": "Plant", "line": "Line to the grid", "station": "Substation and bay",
              "storage": "Battery"}  # fmt: skip
    rows = [(labels[key], value) for key, value in parts.items() if value]
    rows += [
        ("Interest during construction", made.construction_interest),
        ("Fees of the loan", made.fees),
        ("Reserve account", made.reserve),
        ("All uses", made.uses),
        ("of which loan", made.debt),
        ("of which equity", made.equity),
    ]
    rate = made.macro.rate(made.base.years[:1] - 1)[0]
    frame = pd.DataFrame(rows, columns=["Uses and sources", "usd"])
    shown = pd.DataFrame(
        {
            "Uses and sources": frame["Uses and sources"],
            "Million USD": frame["usd"] / 1e6,
            f"Billion {local_money()}": frame["usd"] * rate / 1e9,
            "Share": frame["usd"] / made.uses,
            "USD/kW": frame["usd"] / brief.project.capacity_mw / 1e3,
        }
    )
    formats = {"Million USD": "{:,.2f}", f"Billion {local_money()}": "{:,.2f}", "Share": "{:.1%}",
               "USD/kW": "{:,.0f}"}  # fmt: skip
    caption = f"Until commissioning; nominal, at {rate:.0f} {local_money()} per USD of that year"
    return html_table(shown, formats=formats, caption=caption)


def return_table(brief: Brief) -> Html:
    """Return the figures of return and cover, each with its basis."""
    found = brief.summary
    terms = brief.made.terms
    covers = [
        (f"{word} cover of debt service at {case}", f"{values[case]:.2f}"
         if math.isfinite(values[case]) else "no loan", "cash after tax over debt service")
        for case in ("P50", "P90")
        for word, values in (("Least", found.dscr_min), ("Mean", found.dscr_mean))
    ]  # fmt: skip
    years = f"{found.payback_years:.1f} years" if math.isfinite(found.payback_years) else "never"
    rows: list[tuple[object, ...]] = [
        ("Project NPV", f"{million(found.project_npv_usd_nominal)} million USD",
         f"nominal, at commissioning, {found.discount_rate_nominal:.1%} "
         f"({terms.discount_rate_real:.0%} real)"),
        ("Project IRR", str(found.project_irr), "nominal USD, after tax, before loan"),
        ("Equity NPV", f"{million(found.equity_npv_usd_nominal)} million USD",
         f"nominal, at commissioning, {terms.cost_of_equity:.0%}"),
        ("Equity IRR", str(found.equity_irr), "nominal USD, after tax and loan"),
        ("Payback", years, "project, not discounted, from commissioning"),
        ("Levelised cost, nominal", f"{found.lcoe_nominal_usd_per_mwh:.1f} USD/MWh",
         "one price for all years, before tax"),
        ("Levelised cost, real", f"{found.lcoe_usd_2025_per_mwh:.1f} USD/MWh",
         "USD of 2025, before tax"),
        *covers,
    ]  # fmt: skip
    return html_table(pd.DataFrame(rows, columns=["Result", "Value", "Basis"]))


def flow_table(brief: Brief) -> Html:
    """Return the cash flow by year, million nominal dollars."""
    table = year_table(brief.made)
    money = {
        "investment_usd_nominal": "Investment",
        "drawn_usd_nominal": "Loan drawn",
        "revenue_usd_nominal": "Revenue",
        "opex_usd_nominal": "Running cost",
        "tax_usd_nominal": "Tax",
        "cfads_p50_usd_nominal": "Cash for debt",
        "interest_usd_nominal": "Interest",
        "principal_usd_nominal": "Repayment",
        "equity_flow_usd_nominal": "Owners",
    }
    shown = pd.DataFrame({"Year": table.index.astype(str), "Phase": table["phase"].to_numpy()})
    shown["Energy GWh"] = table["energy_mwh"].to_numpy() / 1e3
    shown[f"Price {local_money()}/kWh"] = table["price_kzt_nominal_per_kwh"].to_numpy()
    shown[f"{local_money()} per USD"] = table["kzt_per_usd"].to_numpy()
    for column, label in money.items():
        shown[label] = table[column].to_numpy() / 1e6
    shown["DSCR P50"] = table["dscr_p50"].to_numpy()
    shown["DSCR P90"] = table["dscr_p90"].to_numpy()
    formats = dict.fromkeys(("Energy GWh", f"{local_money()} per USD", *money.values()), "{:,.1f}")
    formats |= {
        f"Price {local_money()}/kWh": "{:.2f}",
        "DSCR P50": "{:.2f}",
        "DSCR P90": "{:.2f}",
    }
    caption = "Cash flow at P50, million USD nominal (money of each year)"
    return html_table(shown.replace({np.inf: np.nan}), formats=formats, caption=caption)


def breakable(text: str) -> Markup:
    """Return text as HTML whose long addresses may break at their slashes."""
    return Markup(str(escape(text)).replace("/", "/<wbr>"))


def breakables(texts: Iterable[str]) -> pd.Series:
    """Return a column of :func:`breakable` texts that a table leaves as the HTML it is."""
    return pd.Series([breakable(text) for text in texts], dtype=object)
