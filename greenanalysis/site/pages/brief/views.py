"""From a brief to what its page says: key figures, sentences, tables, limits, sources."""

from __future__ import annotations

import math

from greenanalysis.geo.country import local_money
from greenanalysis.project.brief import Brief
from greenanalysis.project.uncertainty import combined
from greenanalysis.site.elements import record

LIMITS = (
    "Weather: no mast or pyranometer stands on the site. A bank needs one, ten or more years of "
    "reanalysis and an independent yield assessment. The sample weather, where it is named above, "
    "is synthetic: its monthly means are real, its hours are not, and it has no spread of years.",
    "Layout: no turbine or row is placed. Wake, shading and line length are general figures.",
    "Contract: the tariff is an input, not an offer. The formula of the one-time indexation for "
    "the construction period was not at hand; the shares of the yearly formula stand for it.",
    "Exchange rate: the base case lets the tenge lose what inflation differs; from 2010 to 2024 "
    "the dollar rose by 8.6 % a year. The downside table shows that case.",
    "Tax: standard corporate tax. Preferences, property tax, tax on dividends and the cost of "
    "imbalances are terms that can be set; the table of law and tax says which are gaps.",
    "Finance: one loan, yearly payments, no refinancing. Spending within a construction year is "
    "taken as even. Lock-up and default covers are reported and move no money.",
)
"""What the briefs say that they do not show."""


def headline(brief: Brief) -> str:
    """Return in one or two sentences what the project comes to."""
    found, contract = brief.summary, brief.project.contract
    price = f"{contract.price_kzt_per_kwh:.2f} {local_money()}/kWh"
    rate, hurdle = found.project_irr, found.discount_rate_nominal
    if not math.isfinite(rate.value):
        return f"At {price} the project has no rate of return: {rate.reason}."
    earns = "earns" if found.project_npv_usd_nominal >= 0 else "does not earn"
    text = (
        f"At {price} the project returns {rate.value:.1%} a year (dollars, nominal, after tax) and "
        f"{earns} its cost of capital of {hurdle:.1%}."
    )
    need = found.break_even_kzt_per_kwh
    if math.isfinite(need):
        text += f" It needs {need:.1f} {local_money()}/kWh to do so."
    return text


def in_short(brief: Brief) -> list[str]:
    """Return the brief in a few lines, for who reads no further."""
    found, made, contract = brief.summary, brief.made, brief.project.contract
    sigma = combined(brief.terms, years=10)
    weakest = " and ".join(brief.tornado["driver"].str.lower().tolist()[:2])
    first = contract.price_kzt_per_kwh / made.macro.kzt_per_usd * 1000
    lines = [
        f"Energy: {brief.gwh(50, 1):,.0f} GWh in a first year at P50 (capacity factor "
        f"{brief.capacity_factor:.1%}), {brief.gwh(90, 10):,.0f} GWh at P90 over ten years; the "
        f"standard deviation is {sigma:.0%}, wide because nothing is measured on the site.",
        f"Price: {contract.price_kzt_per_kwh:.2f} {local_money()}/kWh without VAT, "
        f"{first:.1f} USD/MWh at the rate of 2025; "
        + (f"contract of {contract.years} years." if contract.years else "no contract."),
        f"Return: project {found.project_irr}, owners {found.equity_irr} (nominal dollars, after "
        f"tax); the project is worth {million(found.project_npv_usd_nominal)} million USD more "
        f"than it costs at {found.discount_rate_nominal:.1%}."
        if found.project_npv_usd_nominal >= 0
        else f"Return: project {found.project_irr}, owners {found.equity_irr} (nominal dollars, "
        f"after tax); the project is worth {million(-found.project_npv_usd_nominal)} million USD "
        f"less than it costs at {found.discount_rate_nominal:.1%}.",
    ]
    if made.loan.amount > 0:
        lines.append(
            f"Loan: {million(made.debt)} million USD over {made.terms.tenor} years "
            f"({found.gearing:.0%} of uses); least cover {found.dscr_min['P50']:.2f} at P50 and "
            f"{found.dscr_min['P90']:.2f} at P90. {risk_finding(brief)}."
        )
    lines.append(f"What moves the owners' worth most: {weakest}.")
    return lines


def loan_finding(brief: Brief) -> str:
    """Return in one sentence what loan the project carries."""
    found, made = brief.summary, brief.made
    if made.loan.amount <= 0:
        return "The cash flow carries no loan"
    return (
        f"Lenders could give {million(made.debt)} million USD, {found.gearing:.0%} of all "
        f"uses: {made.limit} is the limit"
    )


def risk_finding(brief: Brief) -> str:
    """Return in one sentence how often the cover falls below one and below the covenant."""
    covenant = covenant_of(brief)
    ever, _ = brief.outcome.breach(covenant)
    if not math.isfinite(ever):
        return "Without a loan there is no cover to lose"
    below, _ = brief.outcome.breach(1.0)
    later, _ = brief.outcome.breach(1.0, after=1)
    return (
        f"The cover falls below 1.00 at least once in {below:.0%} of the draws ({later:.0%} after "
        f"the first year, which a delay cuts), and below {covenant:.2f} in {ever:.0%}"
    )


def covenant_of(brief: Brief) -> float:
    """Return the cover that counts as a breach."""
    return brief.study.assumptions.get("finance", "covenant_dscr", unit="1")


def auction_finding(brief: Brief) -> str:
    """Return in one sentence whether prices of recent auctions would pay for the project."""
    need = brief.summary.break_even_kzt_per_kwh
    if not math.isfinite(need):
        return "No contract price pays for the project, so no auction could"
    rows = brief.auctions[brief.auctions["recent"]]
    if rows.empty:
        last = brief.auctions["year"].max()
        return (
            f"The last known auction prices of this technology are of {last:.0f} and say little "
            f"about today; the project needs {need:.1f} {local_money()}/kWh"
        )
    paid = int((rows["price_kzt_per_kwh"] >= need).sum())
    low, high = rows["price_kzt_per_kwh"].min(), rows["price_kzt_per_kwh"].max()
    return (
        f"The project needs {need:.1f} {local_money()}/kWh; {paid} of the {len(rows)} known "
        f"auction prices of the last three years ({low:.1f} to {high:.1f}) would pay for it"
    )


def million(value: float) -> str:
    """Return an amount in millions as text."""
    return f"{value / 1e6:,.1f}"


def brief_figures(brief: Brief) -> list[tuple[str, str, str]]:
    """Return label, value and unit of the figures on top of a brief."""
    found, made = brief.summary, brief.made
    rate = made.macro.rate(made.base.years[:1] - 1)[0]
    npv = found.project_npv_usd_nominal
    cover = f"{found.dscr_min['P50']:.2f} / {found.dscr_min['P90']:.2f}"
    return [
        ("Energy P50", f"{brief.gwh(50, 1):,.0f}", "GWh in a first year, net"),
        ("Energy P90", f"{brief.gwh(90, 10):,.0f}", "GWh a year, mean of ten, before ageing"),
        ("Capacity factor", f"{brief.capacity_factor:.1%}", "net, after curtailment"),
        ("Investment", million(made.investment), "million USD of 2025"),
        ("Project NPV", million(npv),
         f"million USD nominal; {npv * rate / 1e9:,.1f} bn {local_money()}"),
        ("Project IRR", _rate(found.project_irr.value), "nominal USD, after tax"),
        ("Equity IRR", _rate(found.equity_irr.value), "nominal USD, after tax and loan"),
        ("Levelised cost", f"{found.lcoe_usd_2025_per_mwh:.1f}", "USD of 2025 per MWh, before tax"),
        ("Price needed", f"{found.break_even_kzt_per_kwh:.1f}"
         if math.isfinite(found.break_even_kzt_per_kwh) else "none",
         f"{local_money()}/kWh as signed"),
        ("Loan", million(made.debt), f"million USD, {found.gearing:.0%} of uses"),
        ("Least cover P50 / P90", cover if made.loan.amount > 0 else "no loan", "DSCR"),
        ("CO2 avoided", f"{brief.carbon.first_year_t / 1e3:,.0f}", "kt in a first year"),
    ]  # fmt: skip


def _rate(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "none"


def record_brief(brief: Brief) -> None:
    """Hand the figures that compare projects to the index of the site."""
    found = brief.summary
    cover = found.dscr_min["P90"]
    for key, label, value, unit in (
        ("p50", "P50", f"{brief.gwh(50, 1):,.0f}", "GWh"),
        ("p90", "P90, ten years", f"{brief.gwh(90, 10):,.0f}", "GWh"),
        ("npv", "Project NPV", million(found.project_npv_usd_nominal), "million USD"),
        ("irr", "Project IRR", _rate(found.project_irr.value), ""),
        ("dscr", "Least DSCR at P90", f"{cover:.2f}" if math.isfinite(cover) else "no loan", ""),
    ):
        record(key, value, label=label, unit=unit)


def carbon_finding(brief: Brief) -> str:
    """Return in one sentence what CO2 the project avoids, and by which factor."""
    carbon = brief.carbon
    return (
        f"The project avoids {carbon.first_year_t / 1e3:,.0f} kt of CO2 in a first year and "
        f"{carbon.life_t / 1e6:,.1f} Mt over its life, at {carbon.factor_t_per_mwh:.3f} t/MWh"
    )


def sources(brief: Brief) -> list[str]:
    """Return where the figures of a brief come from."""
    own = brief.study.assumptions.only("(finance|risk|contract|macro).*").table["source"]
    guessed = int((own == "project assumption").sum())
    return [
        f"Weather: {brief.study.weather['source']}",
        f"Grid factor: {brief.carbon.source}",
        "Categories of losses and uncertainty: IEC 61400-15-2 in its open exchange format, "
        "https://github.com/IEC-61400-15/eya_def",
        f"Cost, tax, contract and finance: data/assumptions, listed above; {guessed} of "
        f"{len(own)} rows are assumptions of this project and say so.",
        "Auction prices: data/facts/auctions.csv, each row with its source.",
    ]


LOSS_NOTE = (
    "Categories of IEC 61400-15-2, or their counterparts for solar plants. What acts hour by hour "
    "(temperature, clipping, snow, cold) is inside the gross energy."
)
PRICE_NOTE = (
    "The contract is indexed once for the construction period where the rules say so, and each "
    "year after; the exchange rate of the base case follows the gap in inflation."
)
RISK_NOTE = (
    "Monte Carlo of yield, price, investment, running cost, interest, delay, and of the exchange "
    "rate with the inflation that follows it. The loan is as signed: overruns are paid by lenders "
    "and owners in proportion, and a delay does not move the first repayment."
)
AUCTION_NOTE = (
    "Brought to dollars of 2025 at the rate of the auction's year and the deflator of the United "
    "States; for orientation only, as contracts were indexed in tenge. Prices of 2022 to 2024, and "
    "solar prices after 2021, were not found."
)


def yield_finding(brief: Brief) -> str:
    """Return in one sentence what energy can be counted on."""
    return (
        f"The plant sells {brief.gwh(50, 1):,.0f} GWh in a first year at P50; before ageing, "
        f"{brief.gwh(90, 10):,.0f} GWh a year are met with a probability of 90 % in the mean of ten"
    )


def place_finding(brief: Brief) -> str:
    """Return in one sentence where the project stands and what the cell yields."""
    factor = float(brief.hours.mean())
    return (
        f"The cell of the project yields a capacity factor of {factor:.3f} before curtailment, "
        f"in {brief.region_name}"
    )


def loan_note(brief: Brief) -> str:
    """Return the terms of the loan in one line."""
    terms = brief.made.terms
    return (
        f"{terms.tenor} years at {terms.interest_rate:.1%}, repayment shaped by the cash flow; "
        f"cover of at least {terms.dscr_p50:.2f} at P50 and {terms.dscr_p90:.2f} at P90 of ten "
        f"years, at most {terms.max_gearing:.0%} of all uses, {terms.reserve_months:g} months of "
        "service on a reserve account."
    )
