"""What lenders ask before they sign: what if it yields less, comes late, costs more, pays less."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.project.cashflow import Financed
from greenanalysis.project.operation import Shock
from greenanalysis.project.risk import outcome
from greenanalysis.project.workbook import BASE, Scenario


def downside(made: Financed, assumptions: Assumptions) -> list[Scenario]:
    """Return the cases of the downside table with spreads of ``data/assumptions``.

    Parameters
    ----------
    made : the project; its P90 and P99 are two of the cases.
    assumptions : hold ``risk``.
    """

    def risk(name: str, unit: str = "1") -> float:
        return assumptions.get("risk", name, unit=unit)

    energy, capex, opex = made.project.energy, risk("swing_capex"), risk("swing_opex")
    late, less = risk("delay_max", "year"), risk("stress_curtailment")
    fall = risk("swing_fx")
    return [
        Scenario("P90 of energy", energy=energy.p90_share),
        Scenario("P99 of energy", energy=energy.p99_share),
        Scenario(f"{late:g} year late", delay=late),
        Scenario(f"Investment {capex:.0%} higher", capex=1 + capex),
        Scenario(f"Running cost {opex:.0%} higher", opex=1 + opex),
        Scenario(f"Tenge {fall:.0%} weaker from the first year", rate=1 + fall),
        Scenario(f"Further {less:.0%} of energy curtailed", energy=1 - less),
        Scenario(f"Price {risk('swing_price'):.0%} lower", price=1 - risk("swing_price")),
        Scenario(
            "P90 of energy, half a year late and dearer", energy=energy.p90_share, delay=0.5,
            capex=1 + capex,
        ),
    ]  # fmt: skip


def _falling_tenge(made: Financed, assumptions: Assumptions) -> Shock:
    """Return the exchange rate as it fell from 2010 to 2024, from the first year of operation."""
    fall = assumptions.get("macro", "depreciation_as_it_was", unit="1/year")
    macro = made.macro
    planned = (1 + macro.inflation_kzt) / (1 + macro.inflation_usd) - 1
    if macro.depreciation is not None:
        planned = macro.depreciation
    return Shock(rate=((1 + fall) / (1 + planned)) ** np.arange(1, made.terms.lifetime + 1))


def downside_table(made: Financed, assumptions: Assumptions) -> pd.DataFrame:
    """Return cover and worth of each case with the loan as signed.

    Returns
    -------
    DataFrame : case, ``least_cover`` at P50, ``year`` in which it is least, ``project_npv_usd`` and
        ``equity_npv_usd`` (nominal, at commissioning), ``lock_up``, ``default`` (whether the cover
        falls below either); NaN covers without a loan.
    """
    terms = made.terms
    cases: Sequence[tuple[str, Shock]] = [
        (case.name, case.shock()) for case in (BASE, *downside(made, assumptions))
    ]
    cases = [*cases, ("Tenge falls as from 2010 to 2024", _falling_tenge(made, assumptions))]
    rows = []
    for name, shock in cases:
        result = outcome(made, shock)
        cover = result.cover[0]
        known = np.isfinite(cover)
        least = float(np.min(cover[known])) if known.any() else float("nan")
        year = int(made.base.years[np.nanargmin(cover)]) if known.any() else 0
        rows.append(
            (
                name,
                least,
                year,
                float(result.project_npv_usd_nominal[0]),
                float(result.equity_npv_usd_nominal[0]),
                least < terms.lockup_dscr,
                least < terms.default_dscr,
            )
        )
    columns = [
        "case",
        "least_cover",
        "year",
        "project_npv_usd",
        "equity_npv_usd",
        "lock_up",
        "default",
    ]
    return pd.DataFrame(rows, columns=columns)
