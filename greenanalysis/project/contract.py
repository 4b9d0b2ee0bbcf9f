"""Who buys the energy at what price: auction, bilateral contract or market, in tenge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.money import MODEL_YEAR, Money, convert

CONTRACTS = ("auction", "ceiling", "ppa15", "ppa20", "ppa25", "merchant")
"""Names of tariffs; ``name:price`` sets the price, a bare number is an auction contract."""


@dataclass(frozen=True)
class Contract:
    """A price in KZT/kWh without VAT, for how long, and what it is indexed to.

    ``price_kzt_per_kwh`` is money of the price year and stays as signed until the first year of
    operation; then it moves each year by ``index_fx`` times the change of KZT per USD and
    ``index_cpi`` times consumer inflation. Afterwards, or with 0 ``years``, the market pays
    ``merchant_kzt_per_kwh`` of the price year, moved by consumer inflation.
    """

    name: str
    price_kzt_per_kwh: float
    years: int
    index_fx: float
    index_cpi: float
    merchant_kzt_per_kwh: float
    origin: str

    def path_kzt(
        self, rate: np.ndarray, *, inflation_kzt: float, level: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return contract and market price by operating year, KZT/kWh, money of each year.

        Parameters
        ----------
        rate : (..., years), KZT per USD.
        inflation_kzt : fraction per year.
        level : (years), tenge prices over those of the price year.

        Returns
        -------
        two arrays (..., years) : of which one is 0 in each year.
        """
        change = rate[..., 1:] / rate[..., :-1] - 1
        steps = 1 + self.index_fx * change + self.index_cpi * inflation_kzt
        start = np.ones((*rate.shape[:-1], 1))
        path = self.price_kzt_per_kwh * np.cumprod(np.concatenate([start, steps], -1), -1)
        under = np.arange(rate.shape[-1]) < self.years
        market = np.broadcast_to(self.merchant_kzt_per_kwh * level, path.shape)
        return np.where(under, path, 0.0), np.where(under, 0.0, market)


def parse_tariff(tariff: str | float, technology: str, assumptions: Assumptions) -> Contract:
    """Return the contract that a tariff stands for.

    Parameters
    ----------
    tariff : KZT/kWh of an auction contract; one of :data:`CONTRACTS`; or ``name:price``.
    technology : ``wind`` or ``solar``.
    assumptions : holds the terms of the contracts.

    Raises
    ------
    InputError : unknown name, or a price that is no positive number.
    """
    name, _, price = str(tariff).strip().partition(":")
    if _number(name) is not None:
        name, price = "auction", name
    if name not in CONTRACTS:
        raise unknown_name("tariff", tariff, CONTRACTS, where="project (or a price in KZT/kWh)")
    origin = "given"
    if not price:
        value, origin = _usual_price(name, technology, assumptions)
    else:
        found = _number(price)
        if found is None or not found > 0:
            raise input_error(
                "tariff", where="project", allowed="a price above 0 KZT/kWh", got=repr(tariff)
            )
        value = found
    terms = "auction" if name == "ceiling" else name
    merchant = assumptions.get("contract_merchant", "price", unit="KZT/kWh")
    return Contract(
        name=name,
        price_kzt_per_kwh=value,
        years=int(assumptions.get(f"contract_{terms}", "years", unit="year")),
        index_fx=assumptions.get(f"contract_{terms}", "index_fx", unit="1"),
        index_cpi=assumptions.get(f"contract_{terms}", "index_cpi", unit="1"),
        merchant_kzt_per_kwh=value if name == "merchant" else merchant,
        origin=origin,
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _usual_price(name: str, technology: str, assumptions: Assumptions) -> tuple[float, str]:
    if name == "ceiling":
        price = assumptions.get("contract_ceiling", f"price_{technology}", unit="KZT/kWh")
        return price, "ceiling of the auctions"
    if name == "merchant":
        return assumptions.get("contract_merchant", "price", unit="KZT/kWh"), "market price"
    from greenanalysis.core.tables import read_facts

    table = read_facts("auctions", numeric=["year", "price_kzt_per_kwh", "mw"])
    priced = auctions_in_model_money(table[table["technology"] == technology], assumptions)
    last = priced[priced["year"] == priced["year"].max()]
    row = last.loc[last["price_kzt_per_kwh"].idxmin()]
    return float(row["price_kzt_2025_per_kwh"]), (
        f"{row['kind']} of the auction of {row['year']:.0f}, {row['price_kzt_per_kwh']:.2f} KZT/kWh"
        + ("" if row["year"] == MODEL_YEAR else f", in money of {MODEL_YEAR}")
    )


def auctions_in_model_money(auctions: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Add the prices in money of the model's year to rows of ``data/facts/auctions.csv``.

    Returns
    -------
    DataFrame : the rows with ``price_usd_2025_per_mwh`` and ``price_kzt_2025_per_kwh``, exchanged
        and inflated as :func:`~greenanalysis.core.money.convert` does.
    """
    dollars: list[float] = []
    tenge: list[float] = []
    for year, price in auctions[["year", "price_kzt_per_kwh"]].to_numpy(dtype=float):
        paid = Money(price, "KZT", int(year))
        for currency, prices in (("USD", dollars), ("KZT", tenge)):
            made = convert(paid, currency=currency, year=MODEL_YEAR, assumptions=assumptions)
            prices.append(made.amount)
    return auctions.assign(
        **{
            f"price_usd_{MODEL_YEAR}_per_mwh": np.array(dollars) * 1000,
            f"price_kzt_{MODEL_YEAR}_per_kwh": np.array(tenge),
        }
    )
