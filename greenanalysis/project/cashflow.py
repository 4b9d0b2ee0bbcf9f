"""From energy and contract to the cash flow of a project, its loan and its owners."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from greenanalysis.project.debt import Loan, carried_service, loan_of_service
from greenanalysis.project.macro import Macro
from greenanalysis.project.operation import (
    Operation,
    operate,
    project_flow,
    residual_usd,
    tax_of,
    vat_flow,
)
from greenanalysis.project.terms import Project, Terms, check

_ROUNDS = 200
CASES = ("P50", "P90", "P99")


@dataclass(frozen=True)
class Construction:
    """What is paid until commissioning and by whom, at each point; money of the loan.

    ``fees`` are those at signing and of commitment, ``interest`` that of what is drawn, ``reserve``
    the first filling of the reserve account, ``draws`` the lenders' part of all ``uses``.
    """

    capex: np.ndarray
    fees: np.ndarray
    interest: np.ndarray
    reserve: float
    draws: np.ndarray

    @property
    def uses(self) -> np.ndarray:
        """Return all that is paid at each point."""
        total: np.ndarray = self.capex + self.fees + self.interest
        total[-1] += self.reserve
        return total

    @property
    def equity(self) -> np.ndarray:
        """Return what the owners pay in at each point."""
        paid_in: np.ndarray = self.uses - self.draws
        return paid_in

    @property
    def balance(self) -> np.ndarray:
        """Return what is owed at each point."""
        return np.cumsum(self.draws)


@dataclass(frozen=True)
class Financed:
    """A project with its loan; nominal dollars unless said otherwise.

    ``cfads`` is (cases, years) of operation for :data:`CASES`. ``project_flow`` and ``equity_flow``
    begin with the start of construction; commissioning is at position ``start``. ``loan`` and
    ``construction`` are in the currency of the loan: ``unit`` (years) and ``unit_built`` (points)
    are how much of it a dollar buys. ``limit`` says what held the loan back.
    """

    project: Project
    terms: Terms
    macro: Macro
    base: Operation
    low: Operation
    loan: Loan
    construction: Construction
    unit: np.ndarray
    unit_built: np.ndarray
    limit: str
    scale: float
    tax: np.ndarray
    tax_unlevered: np.ndarray
    cfads: np.ndarray
    project_flow: np.ndarray
    equity_flow: np.ndarray

    @property
    def start(self) -> int:
        """Return the position of commissioning in the flows."""
        return int(self.base.construction.size - 1)

    @property
    def years(self) -> np.ndarray:
        """Return the calendar years of the flows."""
        return np.concatenate([self.base.construction, self.base.years])

    @property
    def investment(self) -> float:
        """Return what the plant costs until commissioning."""
        return float(self.base.investment_usd_nominal)

    @property
    def fees(self) -> float:
        """Return the fees of the loan until commissioning."""
        return float((self.construction.fees / self.unit_built).sum())

    @property
    def construction_interest(self) -> float:
        """Return the interest until commissioning."""
        return float((self.construction.interest / self.unit_built).sum())

    @property
    def reserve(self) -> float:
        """Return the first filling of the reserve account."""
        return float(self.construction.reserve / self.unit_built[-1])

    @property
    def uses(self) -> float:
        """Return all that is paid until commissioning."""
        return float((self.construction.uses / self.unit_built).sum())

    @property
    def debt(self) -> float:
        """Return the loan at the exchange rates at which it is drawn."""
        return float((self.construction.draws / self.unit_built).sum())

    @property
    def equity(self) -> float:
        """Return what the owners pay in until commissioning."""
        return self.uses - self.debt

    @property
    def debt_service(self) -> np.ndarray:
        """Return interest and principal by operating year."""
        return np.asarray(self.loan.service / self.unit)


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
    The loan is the largest whose service keeps the asked cover at P50, P90 and (if asked) P99 in
    each year, and that stays within the share of all uses that lenders bear. Tax depends on
    interest and so on the loan: solved by repetition. Amounts of a year fall due at its end; those
    of a construction year half at its start and half at its end.
    """
    check(project, terms)
    energy = project.energy
    shares = (1.0, energy.p90_share, energy.p99_share)
    cases = tuple(operate(project, terms, macro, energy=energy.p50_mwh * share) for share in shares)
    unit, unit_built = _units(cases[0], terms, macro)
    covers = np.array([terms.dscr_p50, terms.dscr_p90, terms.dscr_p99 or np.inf])
    sized = np.isfinite(covers)
    built = _construct(cases[0], terms, unit_built, amount=0.0, reserve=0.0)
    loan = loan_of_service(np.zeros(terms.lifetime), rate=terms.interest_rate)
    scale = 1.0
    for _ in range(_ROUNDS):
        cfads = _cfads(cases, loan, built, unit, unit_built, terms, macro)
        service = carried_service(
            (cfads * unit)[sized], covers[sized], tenor=terms.tenor, repayment=terms.repayment
        )
        largest = _loan(service, terms)
        most = terms.max_gearing * float(built.uses.sum())
        scale = min(1.0, most / largest.amount) if largest.amount > 0 else 1.0
        fresh = _loan(service, terms, scale=scale)
        built = _construct(
            cases[0], terms, unit_built, amount=fresh.amount, reserve=float(fresh.reserve[0])
        )
        gap = abs(fresh.amount - loan.amount)
        loan = fresh
        if gap <= 1e-10 * max(float(built.uses.sum()), 1):
            break
    cfads = _cfads(cases, loan, built, unit, unit_built, terms, macro)
    alone = tax_of(
        cases[0], float(cases[0].investment_usd_nominal), np.zeros(terms.lifetime), terms, macro
    )
    return Financed(
        project=project,
        terms=terms,
        macro=macro,
        base=cases[0],
        low=cases[1],
        loan=loan,
        construction=built,
        unit=unit,
        unit_built=unit_built,
        limit="gearing" if scale < 1 else "cover of debt service",
        scale=scale,
        tax=tax_of(
            cases[0], _cost(cases[0], built, unit_built), loan.interest / unit, terms, macro
        ),
        tax_unlevered=alone,
        cfads=cfads,
        project_flow=project_flow(project, terms, macro, cases[0], alone),
        equity_flow=owners_flow(
            cfads[0],
            paid_in=built.equity / unit_built,
            service=loan.service / unit,
            reserve=loan.reserve / np.append(unit_built[-1], unit),
            vat=vat_flow(cases[0], terms),
            residual=residual_usd(project, terms, macro, cases[0]),
            terms=terms,
        ),
    )


def _loan(service: np.ndarray, terms: Terms, *, scale: float = 1.0) -> Loan:
    return loan_of_service(
        service,
        rate=terms.interest_rate,
        reserve_months=terms.reserve_months,
        scale=scale,
        grace=terms.grace_years,
    )


def _units(operation: Operation, terms: Terms, macro: Macro) -> tuple[np.ndarray, np.ndarray]:
    """How much of the loan's currency a dollar buys, by operating year and construction point."""
    if terms.loan_currency == "USD":
        return np.ones(terms.lifetime), np.ones(operation.construction.size)
    return macro.rate(operation.years), macro.rate(operation.construction)


def _construct(
    operation: Operation, terms: Terms, unit: np.ndarray, *, amount: float, reserve: float
) -> Construction:
    """Draw a loan over the construction points; interest and fees are uses and so part of it."""
    capex = operation.capex_usd_nominal * unit
    fees, interest, draws = np.zeros_like(capex), np.zeros_like(capex), np.zeros_like(capex)
    for _ in range(_ROUNDS):
        balance = np.cumsum(draws)
        fees = np.zeros_like(capex)
        fees[0] = amount * terms.upfront_fee
        fees[1:] += terms.commitment_fee * np.maximum(amount - balance[:-1], 0.0)
        interest = np.zeros_like(capex)
        interest[1:] = terms.interest_rate * balance[:-1]
        uses = capex + fees + interest
        uses[-1] += reserve
        fresh = _draws(uses, amount, terms.funding)
        settled = np.abs(fresh - draws).max() <= 1e-12 * max(float(uses.sum()), 1)
        draws = fresh
        if settled:
            break
    return Construction(capex, fees, interest, reserve, draws)


def _draws(uses: np.ndarray, amount: float, funding: str) -> np.ndarray:
    total = float(uses.sum())
    if funding == "pro_rata":
        return uses * (amount / total)
    owners = max(total - amount, 0.0)
    paid = np.minimum(np.cumsum(uses), owners)
    return np.asarray(uses - np.diff(paid, prepend=0.0))


def _cost(operation: Operation, built: Construction, unit: np.ndarray) -> float:
    """What is written off for tax: the plant with fees and interest until commissioning."""
    finance_cost = (built.fees + built.interest) / unit
    return float(operation.investment_usd_nominal) + float(finance_cost.sum())


def _cfads(
    cases: tuple[Operation, ...],
    loan: Loan,
    built: Construction,
    unit: np.ndarray,
    unit_built: np.ndarray,
    terms: Terms,
    macro: Macro,
) -> np.ndarray:
    return np.array(
        [
            case.ebitda_usd_nominal
            + case.working_capital_usd_nominal
            - tax_of(case, _cost(case, built, unit_built), loan.interest / unit, terms, macro)
            for case in cases
        ]
    )


def owners_flow(
    cfads: np.ndarray,
    *,
    paid_in: np.ndarray,
    service: np.ndarray,
    reserve: np.ndarray,
    vat: np.ndarray,
    residual: float,
    terms: Terms,
) -> np.ndarray:
    """Return what owners pay in and get, (..., points + years), dollars.

    Parameters
    ----------
    cfads, service : (..., years).
    paid_in : (..., points), positive.
    reserve : (..., 1 + years), balance of the reserve account, commissioning first.
    vat : of :func:`~greenanalysis.project.operation.vat_flow`; the owners bridge it.
    residual : at the end of the last year.
    terms : interest of the reserve account, tax on dividends.
    """
    later = cfads - service - np.diff(reserve, axis=-1)
    later = later + reserve[..., :-1] * terms.reserve_interest
    later[..., -1] += residual
    later = later - terms.dividend_tax_rate * np.maximum(later, 0.0)
    first = np.broadcast_to(-paid_in, (*later.shape[:-1], paid_in.shape[-1]))
    return np.asarray(np.concatenate([first, later], axis=-1) + vat)


def with_contract_price(project: Project, price_kzt_per_kwh: float) -> Project:
    """Return the project with another price of its contract."""
    return replace(project, contract=replace(project.contract, price_kzt_per_kwh=price_kzt_per_kwh))
