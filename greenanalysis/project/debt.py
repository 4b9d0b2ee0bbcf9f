"""Loans: a level annuity, repayment shaped by the cash flow, and the reserve account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.core.errors import input_error
from greenanalysis.finance.cost import annuity


@dataclass(frozen=True)
class Loan:
    """A loan over the life of a project; arrays are by operating year, year 1 first.

    ``amount`` is drawn at year 0; ``service`` is interest and principal; ``reserve`` the balance of
    the reserve account at the end of years 0, 1, ..., so one entry longer.
    """

    amount: float
    interest: np.ndarray
    principal: np.ndarray
    reserve: np.ndarray

    @property
    def service(self) -> np.ndarray:
        """Return interest and principal by year."""
        payment: np.ndarray = self.interest + self.principal
        return payment

    @property
    def balance(self) -> np.ndarray:
        """Return what is owed at the end of years 0, 1, ..."""
        return self.amount - np.concatenate([[0.0], np.cumsum(self.principal)])


def loan_of_service(
    service: np.ndarray,
    *,
    rate: float,
    reserve_months: float = 0.0,
    scale: float = 1.0,
    grace: int = 0,
) -> Loan:
    """Return the largest loan that a given yearly service pays.

    Parameters
    ----------
    service : (years) that may be paid, 0 or more, zero after the last payment.
    rate : interest per year.
    reserve_months : of the next year's service held on the reserve account.
    scale : factor on the loan, for one below what the service could carry.
    grace : first years in which interest alone is paid; what they could carry limits the loan.
    """
    able = np.maximum(np.asarray(service, dtype=float), 0)
    later = able[grace:]
    largest = float((later * (1 + rate) ** -np.arange(1.0, later.size + 1)).sum())
    least = float(able[:grace].min()) if grace else np.inf
    if grace and rate > 0 and largest * rate > least:
        # interest of the grace years is the limit: the later service shrinks with the loan
        able[grace:] *= least / rate / largest
        largest = least / rate
    amount = largest * scale
    paid = able * scale
    paid[:grace] = amount * rate
    interest = np.empty_like(paid)
    owed = amount
    for year, payment in enumerate(paid):
        interest[year] = owed * rate
        owed = owed + interest[year] - payment
    reserve = np.append(paid, 0.0) * reserve_months / 12
    interest = np.where(np.abs(interest) < 1e-9 * max(amount, 1), 0.0, interest)
    return Loan(amount, interest, paid - interest, reserve)


def annuity_loan(
    amount: float, *, rate: float, tenor: int, years: int, reserve_months: float = 0.0
) -> Loan:
    """Return a loan repaid by ``tenor`` equal payments within ``years``.

    Raises
    ------
    InputError : negative amount, or a tenor beyond the years.
    """
    if not amount >= 0:
        raise input_error("amount", where="annuity_loan()", allowed="0 or more", got=amount)
    _check_tenor(tenor, years)
    service = np.where(np.arange(years) < tenor, amount * annuity(rate, tenor), 0.0)
    return loan_of_service(service, rate=rate, reserve_months=reserve_months)


def carried_service(
    cfads: np.ndarray, covers: np.ndarray, *, tenor: int, repayment: str = "sculpted"
) -> np.ndarray:
    """Return the highest debt service that keeps the cover in each case and year.

    Parameters
    ----------
    cfads : (cases, years), cash flow available for debt service.
    covers : (cases), the least cover (DSCR) asked in each case.
    tenor : years of repayment, from the first.
    repayment : ``sculpted`` follows the cash flow, ``annuity`` is the same each year.

    Raises
    ------
    InputError : a cover below 1, unknown repayment, a tenor beyond the life.
    """
    cfads = np.atleast_2d(np.asarray(cfads, dtype=float))
    covers = np.asarray(covers, dtype=float)
    years = cfads.shape[-1]
    _check_tenor(tenor, years)
    if not (covers >= 1).all():
        raise input_error("dscr", where="debt", allowed="1 or more", got=covers.min())
    if repayment not in ("sculpted", "annuity"):
        raise input_error(
            "repayment", where="debt", allowed="sculpted, annuity", got=repr(repayment)
        )
    possible = np.maximum((cfads / covers[:, None]).min(axis=0), 0)
    within = np.arange(years) < tenor
    if repayment == "annuity":
        possible = np.full(years, possible[within].min())
    return np.where(within, possible, 0.0)


def _check_tenor(tenor: int, years: int) -> None:
    if not 1 <= tenor <= years:
        allowed = f"1 to the life of the project, {years} years"
        raise input_error("tenor", where="debt", allowed=allowed, got=tenor)
