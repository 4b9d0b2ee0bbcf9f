"""Markets abroad: they buy at their price what they can take; those tied today also sell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.money import in_model_money
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.periods import Periods
from greenanalysis.supergrid.scenario import Scenario

if TYPE_CHECKING:
    import pypsa

_FLAT = "flat"
_MONTHS = set(range(1, 13))


def market_prices(markets: pd.DataFrame, assumptions: Assumptions) -> pd.Series:
    """Return the mean price of each market, USD/MWh of the model's year."""
    return pd.Series(
        {
            row["market"]: in_model_money(
                row["price"], row["unit"], int(row["price_year"]), assumptions
            )[0]
            for row in markets.to_dict("records")
        },
        name="price_usd_per_mwh",
    )


def market_shape_series(shapes: pd.DataFrame, time: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """Return each price shape by hour of ``time`` (labels end the hours, UTC), mean 1."""
    hours = time - pd.Timedelta(hours=1)
    out = {}
    for name, rows in shapes.groupby("shape"):
        table = rows.pivot(index="month", columns="hour_utc", values="relative")
        table.index, table.columns = table.index.astype(int), table.columns.astype(int)
        values = table.to_numpy()[hours.month - 1, hours.hour]
        out[str(name)] = values / values.mean()
    return out


def open_months(text: str) -> tuple[int, ...]:
    """Return the months 1..12 that ``first-last`` names, all of them for an empty text.

    A season may run over the turn of the year, as in ``10-3``.

    Raises
    ------
    InputError : not two months.
    """
    if not text:
        return tuple(range(1, 13))
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and {int(first), int(last)} <= _MONTHS):
        raise input_error("months", where="market_terms.csv", allowed="such as 5-9", got=text)
    count = (int(last) - int(first)) % 12 + 1
    return tuple((int(first) - 1 + n) % 12 + 1 for n in range(count))


def season_series(terms: pd.DataFrame, time: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """Return 1 where each season of ``terms`` is open and 0 elsewhere, by its text."""
    months = (time - pd.Timedelta(hours=1)).month
    return {
        text: np.isin(months, open_months(text)).astype(float)
        for text in sorted(set(terms["months"]) - {""})
    }


def market_terms(facts: Facts) -> pd.DataFrame:
    """Return on which terms each market trades, index ``market``; blanks where none are listed.

    Returns
    -------
    DataFrame : ``price_basis months free_mw`` (what its absorption leaves to Kazakhstan)
        ``import_price_usd_per_mwh import_price_year``.

    Raises
    ------
    InputError : others have contracted more than a market takes.
    """
    markets = facts.markets.set_index("market")
    terms = facts.market_terms.set_index("market").reindex(markets.index)
    free = markets["absorption_mw"] - terms["taken_mw"].fillna(0.0)
    for market, mw in terms.loc[free < 0, "taken_mw"].items():
        where = f"market_terms.csv, {market}"
        raise input_error("taken_mw", where=where, allowed="up to the absorption", got=mw)
    texts = terms[["price_basis", "months"]].fillna("")
    columns = ["import_price_usd_per_mwh", "import_price_year"]
    return texts.join(free.rename("free_mw")).join(terms[columns])


def _asked_price(
    price: pd.DataFrame,
    terms: pd.DataFrame,
    scenario: Scenario,
    assumptions: Assumptions,
    *,
    state: pd.Series | None,
) -> pd.DataFrame:
    """Return what the sellers of each market ask by snapshot, USD/MWh.

    Where imports have a reported price it is taken, else the price there and a margin. It never
    lies below what buyers there pay: buying and selling at one place would earn without end.
    ``state`` : multiple of the prices by snapshot; all prices of a market move together.
    """
    moves = 1.0 if state is None else state
    margin = assumptions.get("market", "import_margin", unit="1")
    asked = price + price.abs() * margin
    reports = terms[["import_price_usd_per_mwh", "import_price_year"]].dropna()
    for market, usd, year in zip(reports.index, *reports.to_numpy(float).T, strict=True):
        reported = in_model_money(usd, "USD/MWh", int(year), assumptions)[0]
        level = reported * scenario.markets.price_factor
        asked[market] = asked[market].clip(lower=level * moves)
    return asked


def _price_steps(scenario: Scenario, assumptions: Assumptions) -> list[tuple[str, float, float]]:
    """Return the steps in which a market buys: suffix, share of its volume, share of its price.

    The price falls in a straight line from its full height for the first MW to
    ``1 - price_drop`` for the last; each step stands at the middle of its part of that line.
    """
    drop = scenario.markets.price_drop
    if drop is None:
        drop = assumptions.get("market", "price_drop", unit="1")
    count = int(assumptions.get("market", "price_steps", unit="1")) if drop > 0 else 1
    return [
        (" buyer" if n == 0 else f" buyer {n + 1}", 1.0 / count, 1.0 - drop * (n + 0.5) / count)
        for n in range(count)
    ]


def add_markets(
    network: pypsa.Network,
    scenario: Scenario,
    *,
    facts: Facts,
    assumptions: Assumptions,
    periods: Periods,
) -> None:
    """Add to each market's bus a buyer and, where power comes in today, a seller.

    The buyers take up to ``absorption_mw`` less what others have contracted, in the months in
    which the market buys, each step of it at a lower share of the hourly price, see
    :func:`_price_steps`. The seller asks what imports are reported to cost, else the price plus
    ``import_margin``, and gives no more than ``import_twh`` a year, what was imported of late.
    Prices may be negative: then the buyer is paid to take power.

    Raises
    ------
    InputError : a market names a price shape that no table holds.
    """
    table = facts.markets.set_index("market")
    shapes = [_FLAT, *facts.market_shapes["shape"].unique()]
    unknown = table.index[~table["shape"].isin(shapes)]
    if len(unknown):
        where = f"markets.csv, {unknown[0]}"
        raise unknown_name("price shape", table.at[unknown[0], "shape"], shapes, where=where)
    level = market_prices(facts.markets, assumptions) * scenario.markets.price_factor
    price = pd.DataFrame(
        {
            name: level[name] * (1.0 if shape == _FLAT else periods.series[f"price {shape}"])
            for name, shape in zip(table.index, table["shape"], strict=True)
        },
        index=periods.series.index,
    )
    if periods.price_factor is not None:
        price = price.mul(periods.price_factor, axis=0)
    factor, terms = table["co2_t_per_mwh"], market_terms(facts)
    season = pd.DataFrame(
        {
            name: periods.series[f"open {months}"].clip(0.0, 1.0) if months else 1.0
            for name, months in terms["months"].items()
        },
        index=periods.series.index,
    )
    if scenario.markets.export:
        for suffix, fraction, worth in _price_steps(scenario, assumptions):
            network.add(
                "Generator", list(table.index), suffix=suffix, bus=table.index, carrier="export",
                sign=-1.0, p_nom=terms["free_mw"] * fraction, p_max_pu=season,
                marginal_cost=price.abs() * (1.0 - worth) - price, co2_t_per_mwh=factor,
            )  # fmt: skip
    sellers = table.index[table["import_mw"] > 0]
    network.add(
        "Generator", list(sellers), suffix=" seller", bus=sellers, carrier="import",
        p_nom=table.loc[sellers, "import_mw"], e_sum_max=table.loc[sellers, "import_twh"] * 1e6,
        marginal_cost=_asked_price(
            price, terms, scenario, assumptions, state=periods.price_factor
        )[sellers],
        co2_t_per_mwh=factor[sellers],
    )  # fmt: skip
