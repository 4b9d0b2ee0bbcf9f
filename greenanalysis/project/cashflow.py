"""From energy and contract to the cash flow of a project, its loan and its owners."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from greenanalysis.project.debt import Loan, carried_service, loan_of_service
from greenanalysis.project.macro import Macro
from greenanalysis.project.operation import Operation, operate, tax_of
from greenanalysis.project.terms import Project, Terms, check

_ROUNDS = 200
_CASES = ("P50", "P90")


@dataclass(frozen=True)
class Financed:
    """A project with its loan; arrays by year, year 0 (commissioning) first, nominal dollars.

    ``cover`` is CFADS by operating year for the cases of :data:`_CASES`; ``limit`` says what held
    the loan back.
    """

    project: Project
    terms: Terms
    macro: Macro
    base: Operation
    low: Operation
    loan: Loan
    limit: str
    scale: float
    investment: float
    fees: float
    construction_interest: float
    equity: float
    tax: np.ndarray
    tax_unlevered: np.ndarray
    cfads: np.ndarray
    project_flow: np.ndarray
    equity_flow: np.ndarray

    @property
    def uses(self) -> float:
        """Return all that is paid until commissioning."""
        return (
            self.investment + self.fees + self.construction_interest + float(self.loan.reserve[0])
        )


def finance(project: Project, terms: Terms, macro: Macro) -> Financed:
    """Size the loan and return the cash flow of project and owners.

    Parameters
    ----------
    project, terms, macro : checked here.

    Raises
    ------
    InputError : see :func:`~greenanalysis.project.terms.check`.

    Notes
    -----
    The loan is the largest whose service keeps the asked cover at P50 and at P90 in each year, and
    that stays within the share of all uses that lenders bear. Tax depends on interest and so on the
    loan: solved by repetition. Amounts of a year fall due at its end.
    """
    check(project, terms)
    base = operate(project, terms, macro, energy=project.energy.p50_mwh)
    low = operate(project, terms, macro, energy=project.energy.p50_mwh * project.energy.p90_share)
    investment = float(base.capex_usd_nominal)
    covers = np.array([terms.dscr_p50, terms.dscr_p90])
    loan = loan_of_service(np.zeros(terms.lifetime), rate=terms.interest_rate)
    scale = 1.0
    for _ in range(_ROUNDS):
        cfads = _cfads((base, low), loan, investment, terms, macro)
        service = carried_service(cfads, covers, tenor=terms.tenor, repayment=terms.repayment)
        largest = loan_of_service(
            service, rate=terms.interest_rate, reserve_months=terms.reserve_months
        )
        scale = _gearing_scale(largest, investment, terms)
        fresh = loan_of_service(
            service, rate=terms.interest_rate, reserve_months=terms.reserve_months, scale=scale
        )
        settled = abs(fresh.amount - loan.amount) <= 1e-10 * max(investment, 1)
        loan = fresh
        if settled:
            break
    return _assemble(project, terms, macro, (base, low), loan, scale, investment)


def _costs_of_debt(amount: float, terms: Terms) -> tuple[float, float]:
    """Fees, and interest while building with the loan drawn evenly."""
    return (
        amount * terms.upfront_fee,
        amount * terms.interest_rate * terms.construction_years / 2,
    )


def _gearing_scale(largest: Loan, investment: float, terms: Terms) -> float:
    """Share of the largest loan that keeps within the gearing; uses grow with the loan."""
    if largest.amount <= 0:
        return 1.0
    fees, interest = _costs_of_debt(1.0, terms)
    per_unit = fees + interest + float(largest.reserve[0]) / largest.amount
    most = terms.max_gearing * investment / max(1 - terms.max_gearing * per_unit, 1e-9)
    return min(1.0, most / largest.amount)


def _cfads(
    cases: tuple[Operation, ...], loan: Loan, investment: float, terms: Terms, macro: Macro
) -> np.ndarray:
    fees, interest = _costs_of_debt(loan.amount, terms)
    cost = investment + fees + interest
    return np.array(
        [
            case.ebitda_usd_nominal - tax_of(case, cost, loan.interest, terms, macro)
            for case in cases
        ]
    )


def _assemble(
    project: Project,
    terms: Terms,
    macro: Macro,
    cases: tuple[Operation, Operation],
    loan: Loan,
    scale: float,
    investment: float,
) -> Financed:
    base, low = cases
    fees, interest = _costs_of_debt(loan.amount, terms)
    cfads = _cfads(cases, loan, investment, terms, macro)
    nothing = np.zeros(terms.lifetime)
    alone = tax_of(base, investment, nothing, terms, macro)
    uses = investment + fees + interest + float(loan.reserve[0])
    owners = cfads[0] - loan.service - np.diff(loan.reserve)
    return Financed(
        project=project,
        terms=terms,
        macro=macro,
        base=base,
        low=low,
        loan=loan,
        limit="gearing" if scale < 1 else "cover of debt service",
        scale=scale,
        investment=investment,
        fees=fees,
        construction_interest=interest,
        equity=uses - loan.amount,
        tax=base.ebitda_usd_nominal - cfads[0],
        tax_unlevered=alone,
        cfads=cfads,
        project_flow=np.concatenate([[-investment], base.ebitda_usd_nominal - alone]),
        equity_flow=np.concatenate([[loan.amount - uses], owners]),
    )


def with_contract_price(project: Project, price_kzt_per_kwh: float) -> Project:
    """Return the project with another price of its contract."""
    return replace(project, contract=replace(project.contract, price_kzt_per_kwh=price_kzt_per_kwh))
