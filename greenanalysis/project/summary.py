"""The figures and the table of years that a financed project comes down to."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.finance.metrics import Rate, dscr, irr, levelised_cost, life_cover, npv, payback
from greenanalysis.geo.country import local_money
from greenanalysis.project.cashflow import CASES, Financed, finance, with_contract_price
from greenanalysis.project.operation import operate, project_flow, tax_of, vat_flow
from greenanalysis.project.terms import Project, with_terms


@dataclass(frozen=True)
class Summary:
    """What a bank asks of a project; money in dollars, basis in the name.

    Worth is at commissioning. ``llcr`` and ``plcr`` are the worth of the cash for debt service over
    the loan and over the life, at the loan's interest, over the loan. ``lcoe_*`` are before tax and
    loan; the real one is in prices of 2025. ``break_even_kzt_per_kwh`` is the contract price at
    which the project is worth its cost.
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
    llcr: float
    plcr: float
    gearing: float
    loan_usd_nominal: float
    equity_usd_nominal: float
    uses_usd_nominal: float
    break_even_kzt_per_kwh: float


def summarise(made: Financed) -> Summary:
    """Return the figures of a financed project."""
    terms, macro = made.terms, made.macro
    rate = macro.nominal(terms.discount_rate_real)
    covers = {case: dscr(made.cfads[row], made.debt_service) for row, case in enumerate(CASES)}
    costs, energy = costs_and_energy(made)
    back = 1 / float(macro.usd_level(made.base.construction[:1])[0])
    real = levelised_cost(costs, energy, rate=rate, inflation=macro.inflation_usd)
    cash = made.cfads[0] * made.unit
    owed = float(made.construction.balance[-1])
    return Summary(
        discount_rate_nominal=rate,
        project_npv_usd_nominal=float(npv(made.project_flow, rate=rate, at=made.start)),
        equity_npv_usd_nominal=float(
            npv(made.equity_flow, rate=terms.cost_of_equity, at=made.start)
        ),
        project_irr=irr(made.project_flow),
        equity_irr=irr(made.equity_flow),
        payback_years=payback(made.project_flow) - made.start,
        lcoe_nominal_usd_per_mwh=levelised_cost(costs, energy, rate=rate),
        lcoe_usd_2025_per_mwh=real * back,
        dscr_min={case: _or_nan(np.nanmin, cover) for case, cover in covers.items()},
        dscr_mean={case: _or_nan(np.nanmean, cover) for case, cover in covers.items()},
        llcr=life_cover(cash, rate=terms.interest_rate, loan=owed, years=terms.tenor),
        plcr=life_cover(cash, rate=terms.interest_rate, loan=owed),
        gearing=made.debt / made.uses,
        loan_usd_nominal=made.debt,
        equity_usd_nominal=made.equity,
        uses_usd_nominal=made.uses,
        break_even_kzt_per_kwh=_break_even(made),
    )


def _or_nan(function: object, values: np.ndarray) -> float:
    return float(function(values)) if np.isfinite(values).any() else float("nan")  # type: ignore[operator]


def costs_and_energy(made: Financed) -> tuple[np.ndarray, np.ndarray]:
    """Return cost before tax (nominal dollars) and energy (MWh) from the start of construction."""
    return (
        np.concatenate([made.base.capex_usd_nominal, made.base.opex_usd_nominal]),
        np.concatenate([np.zeros(made.base.construction.size), made.base.energy_mwh]),
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
    terms, macro = made.terms, made.macro
    flow = operate(project, terms, macro, energy=project.energy.p50_mwh)
    investment = float(flow.investment_usd_nominal)
    tax = tax_of(flow, investment, np.zeros(terms.lifetime), terms, macro)
    return float(npv(project_flow(project, terms, macro, flow, tax), rate=rate))


def year_table(made: Financed) -> pd.DataFrame:
    """Return the cash flow year by year; money columns name currency and basis.

    Returns
    -------
    DataFrame : index ``year`` (calendar) from the start of construction; ``phase`` says which are
        construction. Spending of a year is half at its start and half at its end.
    """
    base, built, points = made.base, made.construction, made.base.construction.size

    def early(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values / made.unit_built, np.zeros(made.terms.lifetime)])

    def later(values: np.ndarray, empty: float = 0.0) -> np.ndarray:
        return np.concatenate([np.full(points, empty), values])

    loan, unit = made.loan, np.concatenate([made.unit_built, made.unit])
    table = pd.DataFrame(
        {
            "phase": ["construction"] * points + ["operation"] * made.terms.lifetime,
            "energy_mwh": later(base.energy_mwh),
            "kzt_per_usd": np.concatenate([made.macro.rate(base.construction), base.kzt_per_usd]),
            "price_kzt_nominal_per_kwh": later(base.price_kzt_per_kwh),
            "investment_usd_nominal": early(built.capex),
            "fees_usd_nominal": early(built.fees),
            "construction_interest_usd_nominal": early(built.interest),
            "drawn_usd_nominal": early(built.draws),
            "revenue_usd_nominal": later(base.revenue_usd_nominal),
            "opex_usd_nominal": later(base.opex_usd_nominal),
            "ebitda_usd_nominal": later(base.ebitda_usd_nominal),
            "working_capital_usd_nominal": later(base.working_capital_usd_nominal),
            "vat_usd_nominal": vat_flow(base, made.terms),
            "tax_usd_nominal": later(made.tax),
            "cfads_p50_usd_nominal": later(made.cfads[0]),
            "cfads_p90_usd_nominal": later(made.cfads[1]),
            "cfads_p99_usd_nominal": later(made.cfads[2]),
            "interest_usd_nominal": later(loan.interest / made.unit),
            "principal_usd_nominal": later(loan.principal / made.unit),
            "loan_usd_nominal": np.concatenate([built.balance, loan.balance[1:]]) / unit,
            "reserve_usd_nominal": np.concatenate([np.zeros(points - 1), loan.reserve]) / unit,
            "project_flow_usd_nominal": made.project_flow,
            "equity_flow_usd_nominal": made.equity_flow,
        },
        index=pd.Index(made.years, name="year"),
    )
    table["revenue_kzt_nominal"] = table["revenue_usd_nominal"] * table["kzt_per_usd"]
    for row, case in enumerate(CASES):
        cover = dscr(made.cfads[row], made.debt_service)
        table[f"dscr_{case.lower()}"] = later(cover, np.nan)
    table.attrs["money"] = (
        f"nominal: money of each row's year; USD and {local_money()} as the column says"
    )
    return table


def refinanced(made: Financed, **changes: object) -> Summary:
    """Return the figures with some terms changed and the loan sized anew."""
    return summarise(finance(made.project, with_terms(made.terms, changes), made.macro))


def sizing_cases(made: Financed) -> pd.DataFrame:
    """Size the loan on P50, P90 and P99 alone, and on all that is asked.

    Parameters
    ----------
    made : the project; its covers are those asked. A P99 without a cover of its own is asked 1.0.

    Returns
    -------
    DataFrame : ``case``, ``cover``, ``debt_usd`` (nominal), ``gearing``, ``equity_irr`` (a
        :class:`~greenanalysis.finance.metrics.Rate`), ``limit``.
    """
    terms, energy = made.terms, made.project.energy
    shares = {"P50": 1.0, "P90": energy.p90_share, "P99": energy.p99_share}
    asked = {"P50": terms.dscr_p50, "P90": terms.dscr_p90, "P99": terms.dscr_p99 or 1.0}
    rows = []
    for case in CASES:
        if shares[case] <= 0:
            continue
        # one probability alone: the others are put where they cannot bind
        alone = {"P50": (asked[case], 1.0, None), "P90": (1.0, asked[case], None),
                 "P99": (1.0, 1.0, asked[case])}[case]  # fmt: skip
        free = dataclasses.replace(
            energy,
            p90_share=1.0 if case == "P50" else energy.p90_share,
            p99_share=energy.p99_share if case == "P99" else 1.0,
        )
        if case == "P99":
            free = dataclasses.replace(free, p90_share=1.0)
        changed = dataclasses.replace(
            terms, dscr_p50=alone[0], dscr_p90=alone[1], dscr_p99=alone[2]
        )
        project = dataclasses.replace(made.project, energy=free)
        rows.append(_row(case, asked[case], finance(project, changed, made.macro)))
    rows.append(_row("all that is asked", float("nan"), made))
    columns = ["case", "cover", "debt_usd", "gearing", "equity_irr", "limit"]
    return pd.DataFrame(rows, columns=columns)


def _row(case: str, cover: float, made: Financed) -> tuple[object, ...]:
    gearing = made.debt / made.uses
    return case, cover, made.debt, gearing, irr(made.equity_flow), made.limit
