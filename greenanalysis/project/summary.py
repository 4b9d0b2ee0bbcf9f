"""The figures and the table of years that a financed project comes down to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.finance.metrics import Rate, dscr, irr, levelised_cost, npv, payback
from greenanalysis.project.cashflow import Financed, finance, with_contract_price
from greenanalysis.project.operation import operate, tax_of
from greenanalysis.project.terms import Project, with_terms


@dataclass(frozen=True)
class Summary:
    """What a bank asks of a project; money in dollars, basis in the name.

    Worth is at commissioning. ``lcoe_*`` are before tax and loan; the real one is in prices of
    2025. ``break_even_kzt_per_kwh`` is the contract price at which the project is worth its cost.
    """

    discount_rate_nominal: float
    project_npv_usd_nominal: float
    equity_npv_usd_nominal: float
    project_irr: Rate
    equity_irr: Rate
    payback_years: float
    lcoe_nominal_usd_per_mwh: float
    lcoe_usd_2025_per_mwh: float
    dscr_min: dict[str, float]
    dscr_mean: dict[str, float]
    gearing: float
    loan_usd_nominal: float
    equity_usd_nominal: float
    uses_usd_nominal: float
    break_even_kzt_per_kwh: float


def summarise(made: Financed) -> Summary:
    """Return the figures of a financed project."""
    terms, macro = made.terms, made.macro
    rate = macro.nominal(terms.discount_rate_real)
    service = made.loan.service
    covers = {case: dscr(made.cfads[row], service) for row, case in enumerate(("P50", "P90"))}
    costs, energy = costs_and_energy(made)
    back = 1 / macro.usd_level(made.base.years[:1] - 1)[0]
    real = levelised_cost(costs, energy, rate=rate, inflation=macro.inflation_usd)
    return Summary(
        discount_rate_nominal=rate,
        project_npv_usd_nominal=float(npv(made.project_flow, rate=rate)),
        equity_npv_usd_nominal=float(npv(made.equity_flow, rate=terms.cost_of_equity)),
        project_irr=irr(made.project_flow),
        equity_irr=irr(made.equity_flow),
        payback_years=payback(made.project_flow),
        lcoe_nominal_usd_per_mwh=levelised_cost(costs, energy, rate=rate),
        lcoe_usd_2025_per_mwh=real * back,
        dscr_min={case: _or_nan(np.nanmin, cover) for case, cover in covers.items()},
        dscr_mean={case: _or_nan(np.nanmean, cover) for case, cover in covers.items()},
        gearing=made.loan.amount / made.uses,
        loan_usd_nominal=made.loan.amount,
        equity_usd_nominal=made.equity,
        uses_usd_nominal=made.uses,
        break_even_kzt_per_kwh=_break_even(made),
    )


def _or_nan(function: object, values: np.ndarray) -> float:
    return float(function(values)) if np.isfinite(values).any() else float("nan")  # type: ignore[operator]


def costs_and_energy(made: Financed) -> tuple[np.ndarray, np.ndarray]:
    """Return cost before tax (nominal dollars) and energy (MWh) by year, year 0 first."""
    return (
        np.concatenate([[made.investment], made.base.opex_usd_nominal]),
        np.concatenate([[0.0], made.base.energy_mwh]),
    )


def _break_even(made: Financed) -> float:
    """Return the contract price, KZT/kWh as signed, at which the project's NPV is nothing.

    NaN where no price between a hundredth and a hundredfold of the given one does it.
    """
    from scipy.optimize import brentq

    project, rate = made.project, made.macro.nominal(made.terms.discount_rate_real)
    if project.contract.years == 0:
        return float("nan")
    given = project.contract.price_kzt_per_kwh

    def worth(price: float) -> float:
        return _project_npv(with_contract_price(project, price), made, rate)

    if worth(given / 100) > 0 or worth(given * 100) < 0:
        return float("nan")
    return float(brentq(worth, given / 100, given * 100, xtol=1e-9 * given))


def _project_npv(project: Project, made: Financed, rate: float) -> float:
    flow = operate(project, made.terms, made.macro, energy=project.energy.p50_mwh)
    tax = tax_of(flow, made.investment, np.zeros(made.terms.lifetime), made.terms, made.macro)
    years = np.concatenate([[-made.investment], flow.ebitda_usd_nominal - tax])
    return float(npv(years, rate=rate))


def year_table(made: Financed) -> pd.DataFrame:
    """Return the cash flow year by year; money columns name currency and basis.

    Returns
    -------
    DataFrame : index ``year`` (calendar), the first is commissioning.
    """
    base, loan, nothing = made.base, made.loan, [0.0]

    def later(values: np.ndarray) -> np.ndarray:
        return np.concatenate([nothing, values])

    table = pd.DataFrame(
        {
            "energy_mwh": later(base.energy_mwh),
            "kzt_per_usd": np.concatenate([made.macro.rate(base.years[:1] - 1), base.kzt_per_usd]),
            "price_kzt_nominal_per_kwh": later(base.price_kzt_per_kwh),
            "revenue_usd_nominal": later(base.revenue_usd_nominal),
            "opex_usd_nominal": later(base.opex_usd_nominal),
            "ebitda_usd_nominal": later(base.ebitda_usd_nominal),
            "tax_usd_nominal": later(made.tax),
            "cfads_p50_usd_nominal": later(made.cfads[0]),
            "cfads_p90_usd_nominal": later(made.cfads[1]),
            "interest_usd_nominal": later(loan.interest),
            "principal_usd_nominal": later(loan.principal),
            "loan_usd_nominal": loan.balance,
            "reserve_usd_nominal": loan.reserve,
            "project_flow_usd_nominal": made.project_flow,
            "equity_flow_usd_nominal": made.equity_flow,
        },
        index=pd.Index(np.append(base.years[0] - 1, base.years), name="year"),
    )
    table["revenue_kzt_nominal"] = table["revenue_usd_nominal"] * table["kzt_per_usd"]
    table["dscr_p50"] = np.concatenate([[np.nan], dscr(made.cfads[0], loan.service)])
    table["dscr_p90"] = np.concatenate([[np.nan], dscr(made.cfads[1], loan.service)])
    table.attrs["money"] = "nominal: money of each row's year; USD and KZT as the column says"
    return table


def refinanced(made: Financed, **changes: object) -> Summary:
    """Return the figures with some terms changed and the loan sized anew."""
    return summarise(finance(made.project, with_terms(made.terms, changes), made.macro))
