"""How a measure is paid for: a grant, a loan and own money, as lenders have mixed them before."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.tables import read_facts
from greenanalysis.finance.metrics import dscr, npv

_NUMBERS = ("year", "grant", "loan", "own", "interest", "tenor", "grace")


def finance_packages() -> pd.DataFrame:
    """Return packages of real projects: the parts of grant, loan and own money, and their source.

    Returns
    -------
    DataFrame : a row a package: name, country, year; ``grant_share``, ``loan_share`` and
        ``own_share`` of the cost; ``interest`` (nominal, fraction), ``tenor`` and ``grace``
        (years), NaN where the source does not say; source, note.

    Raises
    ------
    InputError : a part below zero, or a package without money.
    """
    table = read_facts("finance_packages", numeric=_NUMBERS)
    parts = table[["grant", "loan", "own"]]
    total = parts.sum(axis=1)
    bad = table.loc[(parts < 0).any(axis=1) | ~(total > 0), "name"].tolist()
    if bad:
        where = "data/facts/finance_packages.csv"
        raise input_error("grant, loan, own", where=where, allowed="0 or more, not all 0", got=bad)
    shares = parts.div(total, axis=0).add_suffix("_share")
    return pd.concat([table.drop(columns=list(parts)), shares], axis=1)


def blends(
    measure: pd.Series, packages: pd.DataFrame, assumptions: Assumptions, *, own_rate: float
) -> pd.DataFrame:
    """Return what each package would mean for a measure.

    Parameters
    ----------
    measure : row of :func:`~greenanalysis.programme.rank.rank`, at its full size.
    packages : of :func:`finance_packages`.
    assumptions : ``finance/interest_rate`` and ``tenor`` where a package does not say, and
        ``macro/inflation_usd``.
    own_rate : real return that the owner's own money must earn, fraction a year.

    Returns
    -------
    DataFrame : index = package; ``grant_usd``, ``loan_usd``, ``own_usd``; ``real_interest``;
        ``debt_service_usd`` of the first year after the grace period; ``least_dscr``, NaN without
        a loan; ``own_npv_usd`` : present value of the owner's money, 0 and more closes;
        ``closing_grant_share`` : the grant, in parts of the investment, at which it is 0 where loan
        and own money share the rest as in the package; 0 where none is needed, NaN where even a
        full grant is not enough.

    Notes
    -----
    Level income in real dollars over the lifetime; the loan is repaid in equal parts of principal
    after the grace period, at real interest. No tax, no fees.
    """
    years = round(measure["lifetime_years"])
    cash = np.full(years, measure["income_usd_per_year"] - measure["opex_usd_per_year"])
    rows = {}
    for _, package in packages.iterrows():
        rate = _real_interest(package["interest"], assumptions)
        service = _service(package, rate, years, assumptions)
        capex = float(measure["capex_usd"])
        loan, own = package["loan_share"] * capex, package["own_share"] * capex
        value = float(npv(np.append(-own, cash - service * loan), rate=own_rate))
        paid = np.flatnonzero(service > 0)
        rows[package["name"]] = {
            "grant_usd": package["grant_share"] * capex,
            "loan_usd": loan,
            "own_usd": own,
            "real_interest": rate,
            "debt_service_usd": float(service.max() * loan),
            "least_dscr": float(np.nanmin(dscr(cash[paid], service[paid] * loan)))
            if loan > 0
            else math.nan,
            "own_npv_usd": value,
            "closing_grant_share": _closing_grant(package, service, cash, capex, own_rate),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("package")


def _real_interest(nominal: float, assumptions: Assumptions) -> float:
    if math.isnan(nominal):
        nominal = assumptions.get("finance", "interest_rate", unit="1/year")
    inflation = assumptions.get("macro", "inflation_usd", unit="1/year")
    return (1 + nominal) / (1 + inflation) - 1


def _service(package: pd.Series, rate: float, years: int, assumptions: Assumptions) -> np.ndarray:
    """Return interest and principal (per dollar lent) in each year of the measure's life.

    A loan that would outlive the measure is repaid by the end of its life.
    """
    tenor = package["tenor"]
    if math.isnan(tenor):
        tenor = assumptions.get("finance", "tenor", unit="year")
    tenor = min(round(tenor), years)
    grace = 0 if math.isnan(package["grace"]) else min(round(package["grace"]), tenor - 1)
    principal = np.zeros(years)
    principal[grace:tenor] = 1 / (tenor - grace)
    balance = 1 - np.append(0.0, principal.cumsum()[:-1])
    return principal + rate * balance


def _closing_grant(
    package: pd.Series, service: np.ndarray, cash: np.ndarray, capex: float, own_rate: float
) -> float:
    """Return the grant share at which the owner's money is worth nothing more, nor less."""
    rest = package["loan_share"] + package["own_share"]
    if not rest > 0 or not capex > 0:
        return math.nan
    income = float(npv(np.append(0.0, cash), rate=own_rate))
    repaid = float(npv(np.append(0.0, service), rate=own_rate))
    # Own money and loan of one dollar that no grant bears, as the owner values it.
    burden = (package["own_share"] + package["loan_share"] * repaid) / rest
    share = 1 - income / (capex * burden)
    if share <= 0:
        return 0.0
    return share if share <= 1 else math.nan
