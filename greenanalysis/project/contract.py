"""Who buys the energy at what price: auction, bilateral contract or market, in tenge."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.money import MODEL_YEAR, Money, convert
from greenanalysis.geo.country import local_money

CONTRACTS = ("auction", "ceiling", "ppa15", "ppa20", "ppa25", "merchant", "usd", "kzt", "igo")
"""Names of tariffs; ``name:price`` sets the price, a bare number is an auction contract.

``usd:45+2%`` is a bilateral contract in dollars per MWh that rises by 2 % a year, ``kzt:24+5%`` the
same in tenge per kWh; ``igo`` is a contract under an agreement of governments, in dollars per MWh.
"""
_DOLLARS = ("usd", "igo")


@dataclass(frozen=True)
class Contract:
    """A price in KZT/kWh without VAT, for how long, and what it is indexed to.

    ``price_kzt_per_kwh`` is money of the price year, as signed. Until the first year of operation
    it moves by the construction shares of exchange rate and consumer prices (once), then each year
    by ``index_fx`` times the change of KZT per USD, ``index_cpi`` times consumer inflation, and
    ``escalator``. A contract in dollars follows the exchange rate of each year instead. Afterwards,
    or with 0 ``years``, the market pays ``merchant_kzt_per_kwh`` of the price year, moved by
    consumer inflation.
    """

    name: str
    price_kzt_per_kwh: float
    years: int
    index_fx: float
    index_cpi: float
    merchant_kzt_per_kwh: float
    origin: str
    construction_fx: float = 0.0
    construction_cpi: float = 0.0
    currency: str = field(default_factory=local_money)
    escalator: float = 0.0

    def path_kzt(
        self,
        rate: np.ndarray,
        *,
        prices: np.ndarray,
        kzt_per_usd: float,
        built: tuple[float, float],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return contract and market price by operating year, KZT/kWh, money of each year.

        Parameters
        ----------
        rate : (..., years), KZT per USD.
        prices : (..., years), consumer prices in tenge over those of the price year.
        kzt_per_usd : of the price year.
        built : rate and prices at commissioning, which end the one-time indexation.

        Returns
        -------
        two arrays (..., years) : of which one is 0 in each year.
        """
        age = np.arange(rate.shape[-1])
        start = np.ones((*rate.shape[:-1], 1))
        if self.currency == "USD":
            path = self.price_kzt_per_kwh * rate / kzt_per_usd
            path = path * (1 + self.escalator) ** age
        else:
            fall = rate[..., 1:] / rate[..., :-1] - 1
            rise = prices[..., 1:] / prices[..., :-1] - 1
            steps = 1 + self.index_fx * fall + self.index_cpi * rise + self.escalator
            path = np.cumprod(np.concatenate([start, steps], -1), -1)
            once = (
                1
                + self.construction_fx * (built[0] / kzt_per_usd - 1)
                + self.construction_cpi * (built[1] - 1)
            )
            path = self.price_kzt_per_kwh * once * path
        under = age < self.years
        market = np.broadcast_to(self.merchant_kzt_per_kwh * prices, path.shape)
        return np.where(under, path, 0.0), np.where(under, 0.0, market)


def parse_tariff(tariff: str | float, technology: str, assumptions: Assumptions) -> Contract:
    """Return the contract that a tariff stands for.

    Parameters
    ----------
    tariff : KZT/kWh of an auction contract; one of :data:`CONTRACTS`; ``name:price``; or
        ``usd:45+2%``. A decimal comma is read as a point.
    technology : ``wind`` or ``solar``.
    assumptions : holds the terms of the contracts.

    Raises
    ------
    InputError : unknown name, or a price that is no positive number.
    """
    text = str(tariff).strip().lower().replace(",", ".")
    name, _, price = text.partition(":")
    if _number(name) is not None:
        name, price = "auction", name
    if name not in CONTRACTS:
        raise unknown_name(
            "tariff",
            tariff,
            CONTRACTS,
            where=f"project (or a price in {local_money()}/kWh)",
        )
    price, _, rise = price.partition("+")
    origin = "given"
    if not price:
        value, origin = _usual_price(name, technology, assumptions)
    else:
        number = _number(price)
        if number is None or not number > 0:
            unit = "USD/MWh" if name in _DOLLARS else f"{local_money()}/kWh"
            raise input_error(
                "tariff", where="project", allowed=f"a price above 0 {unit}", got=repr(tariff)
            )
        value = number
    group = contract_group(name)
    merchant = assumptions.get("contract_merchant", "price", unit=f"{local_money()}/kWh")
    if name in _DOLLARS:
        value = (
            value
            / 1000
            / assumptions.get(
                local_money(),
                "exchange_rate",
                unit=f"USD/{local_money()}",
                year=MODEL_YEAR,
            )
        )
    own = name in ("usd", "kzt")
    return Contract(
        name=name,
        price_kzt_per_kwh=value,
        years=int(assumptions.get(group, "years", unit="year")),
        index_fx=0.0 if own else assumptions.get(group, "index_fx", unit="1"),
        index_cpi=0.0 if own else assumptions.get(group, "index_cpi", unit="1"),
        merchant_kzt_per_kwh=value if name == "merchant" else merchant,
        origin=origin,
        construction_fx=0.0 if own else assumptions.get(group, "construction_fx", unit="1"),
        construction_cpi=0.0 if own else assumptions.get(group, "construction_cpi", unit="1"),
        currency="USD" if name in _DOLLARS else local_money(),
        escalator=_escalator(rise, tariff),
    )


def contract_group(name: str) -> str:
    """Return under which name of ``data/assumptions`` the terms of a tariff stand."""
    terms = {"ceiling": "auction", "usd": "ppa20", "kzt": "ppa20"}.get(name, name)
    return f"contract_{terms}"


def _escalator(text: str, tariff: str | float) -> float:
    if not text:
        return 0.0
    number = _number(text.removesuffix("%").strip())
    if number is None or not -20 <= number <= 20:
        allowed = "a rise in per cent a year, -20 to 20, such as +2%"
        raise input_error("tariff", where="project", allowed=allowed, got=repr(tariff))
    return number / 100


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _usual_price(name: str, technology: str, assumptions: Assumptions) -> tuple[float, str]:
    if name == "ceiling":
        price = assumptions.get(
            "contract_ceiling", f"price_{technology}", unit=f"{local_money()}/kWh"
        )
        return price, "ceiling of the auctions"
    if name == "merchant":
        return assumptions.get(
            "contract_merchant", "price", unit=f"{local_money()}/kWh"
        ), "market price"
    if name == "igo":
        price = assumptions.get("contract_igo", "price", unit="USD/MWh")
        return price, "price of the agreement on the Jambyl wind farm"
    if name in ("usd", "kzt"):
        allowed = f"a price, such as usd:45+2% (USD/MWh) or kzt:24+5% ({local_money()}/kWh)"
        raise input_error("tariff", where="project", allowed=allowed, got=repr(name))
    from greenanalysis.core.tables import read_facts

    table = read_facts("auctions", numeric=["year", "price_kzt_per_kwh", "mw"])
    priced = auctions_in_model_money(table[table["technology"] == technology], assumptions)
    last = priced[priced["year"] == priced["year"].max()]
    row = last.loc[last["price_kzt_per_kwh"].idxmin()]
    return float(row["price_kzt_2025_per_kwh"]), (
        f"{row['kind']} of the auction of {row['year']:.0f}, {row['price_kzt_per_kwh']:.2f} "
        f"{local_money()}/kWh"
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
        paid = Money(price, local_money(), int(year))
        for currency, prices in (("USD", dollars), (local_money(), tenge)):
            made = convert(paid, currency=currency, year=MODEL_YEAR, assumptions=assumptions)
            prices.append(made.amount)
    return auctions.assign(
        **{
            f"price_usd_{MODEL_YEAR}_per_mwh": np.array(dollars) * 1000,
            f"price_kzt_{MODEL_YEAR}_per_kwh": np.array(tenge),
        }
    )
