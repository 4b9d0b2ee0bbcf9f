"""Markets abroad: they buy at their price what they can take; those tied today also sell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import unknown_name
from greenanalysis.core.money import in_model_money
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.periods import Periods
from greenanalysis.supergrid.scenario import Scenario

if TYPE_CHECKING:
    import pypsa

_FLAT = "flat"


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

    The buyers take up to ``absorption_mw``, each step of it at a lower share of the hourly price,
    see :func:`_price_steps`. The seller asks the price plus ``import_margin`` and gives
    no more than ``import_twh`` a year, what was imported of late.

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
    factor = table["co2_t_per_mwh"]
    if scenario.markets.export:
        for suffix, fraction, worth in _price_steps(scenario, assumptions):
            network.add(
                "Generator", list(table.index), suffix=suffix, bus=table.index, carrier="export",
                sign=-1.0, p_nom=table["absorption_mw"] * fraction, marginal_cost=-price * worth,
                co2_t_per_mwh=factor,
            )  # fmt: skip
    sellers = table.index[table["import_mw"] > 0]
    margin = assumptions.get("market", "import_margin", unit="1")
    network.add(
        "Generator", list(sellers), suffix=" seller", bus=sellers, carrier="import",
        p_nom=table.loc[sellers, "import_mw"], e_sum_max=table.loc[sellers, "import_twh"] * 1e6,
        marginal_cost=price[sellers] * (1.0 + margin), co2_t_per_mwh=factor[sellers],
    )  # fmt: skip
