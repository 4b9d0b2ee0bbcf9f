"""Projects of a portfolio side by side; totals are of the whole, never means of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from greenanalysis.finance.metrics import pooled_cost
from greenanalysis.project.brief import Brief
from greenanalysis.project.summary import costs_and_energy

TOTAL = "All projects"


def comparison(briefs: Sequence[Brief]) -> pd.DataFrame:
    """Return the comparison table of briefs; money in its column names.

    Notes
    -----
    The levelised cost of all is the worth of all costs over all discounted energy, in nominal
    dollars at the rate that the projects share; worth of later projects is brought to the start of
    the first. The P90 of all is that of :func:`pooled_energy`, above the sum of the P90 values.
    """
    rows = [_row(brief) for brief in briefs]
    table = pd.DataFrame(rows)
    total: dict[str, Any] = {"project": TOTAL}
    first = min(int(brief.made.base.years[0]) for brief in briefs)
    rate = briefs[0].summary.discount_rate_nominal
    worth = [(1 + rate) ** (first - int(brief.made.base.years[0])) for brief in briefs]
    for column in ("capacity_mw", "p50_gwh", "investment_musd_2025", "loan_musd_nominal",
                   "project_npv_musd_nominal"):  # fmt: skip
        total[column] = table[column].sum()
    total["p90_ten_years_gwh"] = pooled_energy(briefs, level=90, years=10)
    total["project_npv_musd_nominal"] = (table["project_npv_musd_nominal"] * worth).sum()
    total["lcoe_usd_nominal_per_mwh"] = pooled_cost(
        [
            (costs * share, energy * share)
            for share, (costs, energy) in zip(
                worth, (costs_and_energy(brief.made) for brief in briefs), strict=True
            )
        ],
        rate=rate,
    )
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def pooled_energy(briefs: Sequence[Brief], *, level: float, years: int) -> float:
    """Return the energy that projects together exceed with a probability, GWh of a first year.

    Parameters
    ----------
    briefs : of the projects.
    level : per cent, above 0 and below 100.
    years : over which the energy is averaged.

    Notes
    -----
    What stays the same over the years comes from one method, so it is taken as common to all
    projects of a technology and independent between technologies. What differs from year to year
    is taken as independent between projects, which flatters neighbours.
    """
    from scipy.stats import norm

    energy = [brief.gwh(50, 1) for brief in briefs]
    common: dict[tuple[str, str], float] = {}
    variance = 0.0
    for brief, gwh in zip(briefs, energy, strict=True):
        for term in brief.terms:
            if term.yearly:
                variance += (gwh * term.sigma) ** 2 / years
            else:
                key = (brief.project.technology, term.category)
                common[key] = common.get(key, 0.0) + gwh * term.sigma
    variance += sum(part**2 for part in common.values())
    away = float(norm.ppf(1 - level / 100))
    return max(0.0, float(sum(energy)) + away * float(variance**0.5))


def _row(brief: Brief) -> dict[str, Any]:
    found, made, contract = brief.summary, brief.made, brief.project.contract
    return {
        "project": brief.project.name,
        "technology": brief.project.technology,
        "region": brief.region,
        "capacity_mw": brief.project.capacity_mw,
        "tariff_kzt_per_kwh": contract.price_kzt_per_kwh,
        "p50_gwh": brief.gwh(50, 1),
        "p90_ten_years_gwh": brief.gwh(90, 10),
        "investment_musd_2025": made.investment / 1e6,
        "loan_musd_nominal": made.debt / 1e6,
        "project_npv_musd_nominal": found.project_npv_usd_nominal / 1e6,
        "project_irr": found.project_irr.value,
        "equity_irr": found.equity_irr.value,
        "dscr_min_p50": found.dscr_min["P50"],
        "dscr_min_p90": found.dscr_min["P90"],
        "lcoe_usd_nominal_per_mwh": found.lcoe_nominal_usd_per_mwh,
        "price_needed_kzt_per_kwh": found.break_even_kzt_per_kwh,
        "grade": str(brief.study.weather.get("grade", "")),
    }
