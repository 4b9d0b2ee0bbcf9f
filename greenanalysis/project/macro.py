"""Prices and exchange rates over the life of a project, and money flows that know their basis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.core.errors import input_error
from greenanalysis.geo.country import local_money

_NOMINAL = "nominal"
"""Basis of a flow in which each year's money is that of the year itself."""


@dataclass(frozen=True)
class Macro:
    """Inflation and exchange rate: what turns money of one year or currency into another.

    ``price_year`` is the year of all cost and price assumptions; ``kzt_per_usd`` its mean rate;
    ``inflation_usd`` and ``inflation_kzt`` are fractions per year. ``depreciation`` is how much
    dearer the dollar gets each year in tenge; without it the exchange rate follows the gap in
    inflation.
    """

    price_year: int
    inflation_usd: float
    inflation_kzt: float
    kzt_per_usd: float
    depreciation: float | None = None

    def usd_level(self, years: np.ndarray) -> np.ndarray:
        """Return dollar prices of calendar ``years`` over those of the price year."""
        return (1 + self.inflation_usd) ** (np.asarray(years, dtype=float) - self.price_year)

    def kzt_level(self, years: np.ndarray) -> np.ndarray:
        """Return tenge prices of calendar ``years`` over those of the price year."""
        return (1 + self.inflation_kzt) ** (np.asarray(years, dtype=float) - self.price_year)

    def rate(self, years: np.ndarray) -> np.ndarray:
        """Return KZT per USD in calendar ``years``: the price year's rate and relative inflation.

        Notes
        -----
        Relative purchasing power: a planning convention, not a forecast. From 2010 to 2024 the
        tenge lost more than the gap in inflation; ``depreciation`` says so.
        """
        if self.depreciation is not None:
            passed = np.asarray(years, dtype=float) - self.price_year
            return np.asarray(self.kzt_per_usd * (1 + self.depreciation) ** passed)
        rate: np.ndarray = self.kzt_per_usd * self.kzt_level(years) / self.usd_level(years)
        return rate

    def nominal(self, real_rate: float) -> float:
        """Return the nominal dollar rate that a real rate stands for, fraction per year."""
        return (1 + real_rate) * (1 + self.inflation_usd) - 1


@dataclass(frozen=True)
class MoneyFlow:
    """Yearly amounts with currency (USD or KZT) and basis: ``"nominal"`` or a price year.

    ``years`` are calendar years, ``amounts`` has them as its last axis.
    """

    amounts: np.ndarray
    years: np.ndarray
    currency: str
    basis: str | int

    def __add__(self, other: MoneyFlow) -> MoneyFlow:
        """Return the sum of two flows of the same years, currency and basis.

        Raises
        ------
        InputError : anything of these differs; convert first.
        """
        mine, theirs = (self.currency, self.basis), (other.currency, other.basis)
        if mine != theirs or not np.array_equal(self.years, other.years):
            raise input_error(
                "money flow",
                where="a sum",
                allowed=f"{self.currency}, {self.basis}, the same years on both sides",
                got=f"{other.currency}, {other.basis}",
            )
        return MoneyFlow(self.amounts + other.amounts, self.years, self.currency, self.basis)

    def to(self, *, currency: str, basis: str | int, macro: Macro) -> MoneyFlow:
        """Return the same value in another currency and basis; there and back is exact.

        Parameters
        ----------
        currency : USD or KZT, exchanged at the rate of each year.
        basis : ``"nominal"`` or the year whose prices to use.
        macro : levels and rates.

        Raises
        ------
        InputError : unknown currency or basis.
        """
        nominal = self.amounts * _level(self.currency, self.basis, self.years, macro)
        if currency != self.currency:
            rate = macro.rate(self.years)
            nominal = nominal * rate if currency != "USD" else nominal / rate
        return MoneyFlow(
            nominal / _level(currency, basis, self.years, macro), self.years, currency, basis
        )


def _level(currency: str, basis: str | int, years: np.ndarray, macro: Macro) -> np.ndarray:
    """Nominal money per unit of money of the basis, by year."""
    if currency not in ("USD", local_money()):
        raise input_error(
            "currency", where="money flow", allowed=f"USD, {local_money()}", got=currency
        )
    if basis == _NOMINAL:
        return np.ones(len(years))
    if not isinstance(basis, int):
        raise input_error("basis", where="money flow", allowed="nominal or a year", got=basis)
    level = macro.usd_level if currency == "USD" else macro.kzt_level
    return np.asarray(level(years) / level(np.array([basis])))
