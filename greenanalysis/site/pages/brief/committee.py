"""The first page of a brief: what a credit committee asks before it reads on."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from greenanalysis.geo.country import local_money
from greenanalysis.project.bridge import cost_bridge
from greenanalysis.project.brief import Brief
from greenanalysis.project.cashflow import CASES
from greenanalysis.project.scenarios import downside_table
from greenanalysis.project.summary import sizing_cases
from greenanalysis.project.switchboard import switchboard
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.pages.brief.tables import breakables
from greenanalysis.site.pages.brief.views import covenant_of, million

STATUS = (
    "Status of review: computed by a model, read by nobody else. Not reviewed by an independent "
    "engineer, a lawyer, a tax adviser or a lender.",
    "This is a screening of an idea and no offer, no advice and no valuation; nobody may rely on "
    "it for lending or investing without an own assessment.",
)
"""What stands below the first page."""


def asked(brief: Brief) -> str:
    """Return in one or two sentences what lenders are asked for."""
    made, found = brief.made, brief.summary
    if made.loan.amount <= 0:
        return "No loan is asked for: the cash flow carries none."
    currency = made.terms.loan_currency
    amount = made.loan.amount / 1e6
    return (
        f"Asked for: a loan of {amount:,.1f} million {currency} over {made.terms.tenor} years for "
        f"{brief.project.capacity_mw:g} MW of {brief.project.technology}, {found.gearing:.0%} of "
        f"all uses of {million(made.uses)} million USD; owners pay "
        f"{million(made.equity)} million USD."
    )


def term_sheet(brief: Brief) -> Html:
    """Return the terms of the loan that the model sized."""
    made, terms, found = brief.made, brief.made.terms, brief.summary
    years = made.base.construction
    funding = "lenders and owners in proportion" if terms.funding == "pro_rata" else "owners first"
    rows = [
        ("Amount", f"{made.loan.amount / 1e6:,.1f} million {terms.loan_currency}"),
        ("Limited by", made.limit),
        ("Drawn", f"{years[0]} to {years[-1]}, {funding}"),
        ("Interest", f"{terms.interest_rate:.1%} a year, {terms.loan_currency}, nominal"),
        ("Repayment", f"{terms.tenor} years, "
         + ("shaped by the cash flow" if terms.repayment == "sculpted" else "level")
         + (f", {terms.grace_years} years of interest alone" if terms.grace_years else "")),
        ("Fees", f"{terms.upfront_fee:.2%} at signing, {terms.commitment_fee:.2%} a year of what "
         "is not drawn"),
        ("Reserve account", f"{terms.reserve_months:g} months of debt service, "
         f"{million(made.reserve)} million USD at commissioning"),
        ("Cover asked", f"{terms.dscr_p50:.2f} at P50, {terms.dscr_p90:.2f} at P90"
         + (f", {terms.dscr_p99:.2f} at P99" if terms.dscr_p99 else "")),
        ("Cover of the loan's life (LLCR) / the project's (PLCR)",
         f"{found.llcr:.2f} / {found.plcr:.2f}" if math.isfinite(found.llcr) else "no loan"),
        ("Contract after the loan", _tail(brief)),
    ]  # fmt: skip
    return html_table(pd.DataFrame(rows, columns=["Term sheet", " "]))


def _tail(brief: Brief) -> str:
    contract, tenor = brief.project.contract, brief.made.terms.tenor
    if contract.years >= tenor:
        return f"{contract.years - tenor} years of contract remain when the loan is repaid"
    return (
        f"{tenor - contract.years} years of the loan rest on market prices, after the contract of "
        f"{contract.years} years"
    )


def downside(brief: Brief) -> Html:
    """Return the downside table with the loan as signed."""
    rows = downside_table(brief.made, brief.study.assumptions)
    known = rows["least_cover"].notna()
    shown = pd.DataFrame(
        {
            "With the loan as signed": rows["case"],
            "Least cover": rows["least_cover"],
            "In": rows["year"].where(known, "").astype(str),
            "Project NPV": rows["project_npv_usd"] / 1e6,
            "Owners' NPV": rows["equity_npv_usd"] / 1e6,
            "Lock-up": np.where(rows["lock_up"], "yes", "no"),
            "Default": np.where(rows["default"], "yes", "no"),
        }
    )
    formats = {"Least cover": "{:.2f}", "Project NPV": "{:+,.1f}", "Owners' NPV": "{:+,.1f}"}
    terms = brief.made.terms
    caption = (
        f"Cover at P50 unless said; worth in million USD nominal; lock-up below "
        f"{terms.lockup_dscr:.2f}, default below {terms.default_dscr:.2f}"
    )
    return html_table(shown, formats=formats, caption=caption)


def downside_finding(brief: Brief) -> str:
    """Return in one sentence how many cases of the table keep the loan in service."""
    rows = downside_table(brief.made, brief.study.assumptions)
    if rows["least_cover"].isna().all():
        return "Without a loan nothing can default"
    worst = rows.sort_values("least_cover").iloc[0]
    case = str(worst["case"])
    held = int((rows["least_cover"] >= 1).sum())
    return (
        f"Debt is served from the year's cash in {held} of {len(rows)} cases; the worst is "
        f"{case[0].lower() + case[1:]}, with a least cover of "
        f"{worst['least_cover']:.2f}"
    )


def covenants(brief: Brief) -> Html:
    """Return whether covenants are met at each probability, and how often in the draws."""
    made, terms, found = brief.made, brief.made.terms, brief.summary
    covenant = covenant_of(brief)
    rows: list[tuple[object, ...]] = []
    for name, limit in (
        ("covenant", covenant),
        ("lock-up", terms.lockup_dscr),
        ("default", terms.default_dscr),
        ("debt service in full", 1.0),
    ):
        ever, _ = brief.outcome.breach(limit)
        later, _ = brief.outcome.breach(limit, after=1)
        met = [
            "no loan" if made.loan.amount <= 0
            else "met" if found.dscr_min[case] >= limit - 1e-6 else "not met"
            for case in CASES
        ]  # fmt: skip
        chance = f"{ever:.0%} ({later:.0%})" if math.isfinite(ever) else "no loan"
        rows.append((f"{name}, {limit:.2f}", *met, chance))
    columns = ["Cover of at least", *CASES, "Draws below it once (without the first year)"]
    return html_table(pd.DataFrame(rows, columns=columns), caption="Covenants")


def sizing(brief: Brief) -> Html:
    """Return what loan each probability alone would carry."""
    rows = sizing_cases(brief.made)
    shown = pd.DataFrame(
        {
            "Sized on": rows["case"],
            "Cover": rows["cover"],
            "Loan, million USD": rows["debt_usd"] / 1e6,
            "Of all uses": rows["gearing"],
            "Owners' IRR": [str(rate) for rate in rows["equity_irr"]],
            "Limit": rows["limit"],
        }
    )
    formats = {"Cover": "{:.2f}", "Loan, million USD": "{:,.1f}", "Of all uses": "{:.0%}"}
    return html_table(shown, formats=formats, caption="Sizing cases side by side")


def risks(brief: Brief) -> Html:
    """Return the register of risks: what, how much it takes, what stands against it, on what."""
    table = brief.tornado.set_index("driver")
    base = brief.summary.equity_npv_usd_nominal
    terms, contract = brief.made.terms, brief.project.contract
    words = {
        "Energy": ("an independent yield assessment, one year of measurement on site", "modelled"),
        "Price": (f"{contract.origin}; contract of {contract.years} years", "input"),
        "Investment": ("a fixed-price turnkey contract, contingency", "published projects"),
        "Running cost": ("a long-term service contract", "cost table"),
        "Tenge": (f"indexation of {contract.index_fx:.0%} to the exchange rate"
                  if contract.currency == local_money() else "price in dollars", "official rates"),
        "Interest": ("a fixed rate or a swap", "project assumption"),
        "Delay": (f"liquidated damages, reserve account of {terms.reserve_months:g} months",
                  "project assumption"),
    }  # fmt: skip
    rows = [
        (
            driver,
            table.loc[driver, "span"].split(" to ")[0],
            (table.loc[driver, "low_usd_nominal"] - base) / 1e6,
            table.loc[driver, "low_dscr"],
            *words.get(str(driver), ("", "")),
        )
        for driver in table.index
    ]
    columns = ["Risk", "Taken as", "Owners' NPV, million USD", "Least cover", "Against it",
               "Rests on"]  # fmt: skip
    formats = {"Owners' NPV, million USD": "{:+,.1f}", "Least cover": "{:.2f}"}
    return html_table(pd.DataFrame(rows, columns=columns), formats=formats, caption="Risk register")


def evidence(brief: Brief) -> str:
    """Return in one sentence what is measured, what has a source, and what is assumed."""
    technology = brief.project.technology
    rows = brief.study.assumptions.only(
        f"(finance|finance_{technology}|risk|macro|contract_.*)"
    ).table
    own = int((rows["source"] == "project assumption").sum())
    stated = len(brief.settings.term_changes())
    measured = "no energy is measured on the site"
    if brief.settings.energy.p50_gwh is not None:
        measured = "the P50 is that of the developer"
    return (
        f"Measured or assumed: {measured}; {len(rows) - own} of {len(rows)} terms of law, cost and "
        f"finance have a source, {own} are assumptions of this project, {stated} are stated with it"
    )


def bridge(brief: Brief) -> Html:
    """Return how the cost of the atlas becomes that of the brief."""
    rows = cost_bridge(brief.made, brief.study, latitude=brief.latitude, longitude=brief.longitude)
    shown = rows.rename(
        columns={"step": "From the atlas to this brief", "usd_2025_per_mwh": "USD of 2025/MWh",
                 "change": "Change"}
    )  # fmt: skip
    terms = brief.made.terms
    caption = (
        f"Levelised cost before tax and loan: dollars of 2025, real rate "
        f"{terms.discount_rate_real:.0%}, {terms.lifetime} years"
    )
    formats = {"USD of 2025/MWh": "{:.1f}", "Change": "{:+.1f}"}
    return html_table(shown, formats=formats, caption=caption)


def law(brief: Brief) -> Html:
    """Return law and tax as switches with what each is worth to this project."""
    rows = switchboard(brief.made, brief.study.assumptions)
    gap = rows["kind"] == "gap"
    effect = np.where(gap, "gap", np.where(rows["applies"], "", "does not apply"))
    shown = pd.DataFrame(
        {
            "Switch": rows["label"],
            "Since": rows["in_force_from"].replace("", "not stated"),
            "Effect": effect,
            "Project NPV": rows["project_npv_change_usd"] / 1e6,
            "Owners' NPV": rows["equity_npv_change_usd"] / 1e6,
            "Note": breakables(rows["note"]),
            "Source": breakables(rows["source"]),
        }
    )
    formats = {"Project NPV": "{:+,.1f}", "Owners' NPV": "{:+,.1f}"}
    caption = "Change against the base case, million USD nominal, the loan sized anew"
    return html_table(shown, formats=formats, caption=caption)
