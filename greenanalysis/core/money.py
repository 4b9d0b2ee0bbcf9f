"""The one place where money changes its currency or its year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error

MODEL_CURRENCY = "USD"
MODEL_YEAR = 2025
"""All money inside the models is in US dollars of this year, real."""


@dataclass(frozen=True)
class Money:
    """An amount that knows its currency (ISO 4217) and the year of its prices."""

    amount: float
    currency: str
    year: int

    def __add__(self, other: Money) -> Money:
        """Return the sum of two amounts of the same currency and year.

        Raises
        ------
        InputError : the currencies or the years differ; convert first.
        """
        if (self.currency, self.year) != (other.currency, other.year):
            raise input_error(
                "money",
                where="a sum",
                allowed=f"{self.currency} of {self.year} on both sides; convert first",
                got=f"{other.currency} of {other.year}",
            )
        return Money(self.amount + other.amount, self.currency, self.year)


def convert(money: Money, *, currency: str, year: int, assumptions: Assumptions) -> Money:
    """Return the same value in another currency and price year.

    Parameters
    ----------
    money : what is converted.
    currency, year : what it becomes.
    assumptions : holds ``<currency>/exchange_rate`` (USD per unit) and ``USD/deflator`` by year.

    Returns
    -------
    Money : exchanged to US dollars at the mean rate of its own year, moved to ``year`` with the
        deflator of the United States, exchanged to ``currency`` at the mean rate of ``year``.

    Raises
    ------
    InputError : a year for which the tables hold no rate (nothing is interpolated).

    Notes
    -----
    Real exchange rates drift: going through dollars of the price year is one of several
    conventions, and for the few years spanned here they differ by some per cent.
    """
    dollars = money.amount * _rate(money.currency, money.year, assumptions)
    if money.year != year:
        dollars *= _deflator(year, assumptions) / _deflator(money.year, assumptions)
    return Money(dollars / _rate(currency, year, assumptions), currency, year)


def in_model_money(
    value: float, unit: str, price_year: int, assumptions: Assumptions
) -> tuple[float, str]:
    """Return a price as value and unit in US dollars of the model's year.

    Parameters
    ----------
    value : e.g. ``750``.
    unit : currency first, e.g. ``"EUR/MW/km"``; the rest is kept.
    price_year : year of the prices.
    assumptions : rates, as in :func:`convert`.
    """
    currency, _, per = unit.partition("/")
    model = convert(
        Money(value, currency, price_year),
        currency=MODEL_CURRENCY,
        year=MODEL_YEAR,
        assumptions=assumptions,
    )
    return model.amount, f"{MODEL_CURRENCY}/{per}" if per else MODEL_CURRENCY


def price(
    assumptions: Assumptions,
    technology: str,
    parameter: str,
    *,
    unit: str,
    year: int = MODEL_YEAR,
) -> float:
    """Return a price in US dollars of the model's year.

    Parameters
    ----------
    assumptions : hold the price with its ``currency_year``, and the exchange rates.
    technology, parameter : which price.
    unit : the unit it has in dollars, e.g. ``"USD/kW"`` for a row in EUR/kW.
    year : of the technology, where the table has years.

    Raises
    ------
    InputError : another unit, a year outside the table, or a price without its currency year.
    """
    row = assumptions.rows(technology, parameter).iloc[0]
    where = f"assumptions, {technology}/{parameter}"
    if not str(row["currency_year"]).strip():
        raise input_error("currency_year", where=where, allowed="a year", got="an empty cell")
    value = assumptions.get(technology, parameter, unit=row["unit"], year=year)
    amount, dollar_unit = in_model_money(
        value, row["unit"], int(float(row["currency_year"])), assumptions
    )
    if dollar_unit != unit:
        raise input_error("unit", where=where, allowed=dollar_unit, got=unit)
    return amount


def _rate(currency: str, year: int, assumptions: Assumptions) -> float:
    if currency == "USD":
        return 1.0
    return _of_year(currency, "exchange_rate", f"USD/{currency}", year, assumptions)


def _deflator(year: int, assumptions: Assumptions) -> float:
    return _of_year("USD", "deflator", "1", year, assumptions)


def _of_year(
    technology: str, parameter: str, unit: str, year: int, assumptions: Assumptions
) -> float:
    rows = assumptions.rows(technology, parameter)
    years = rows["year"].to_numpy(dtype=float)
    if not np.isin(year, years):
        raise input_error(
            "price year",
            where=f"assumptions, {technology}/{parameter}",
            allowed=", ".join(f"{y:.0f}" for y in years),
            got=year,
        )
    return assumptions.get(technology, parameter, unit=unit, year=year)
