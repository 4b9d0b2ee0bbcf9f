"""Money between buyers, transit countries and Kazakhstan, each term defined once.

================== =============================================================================
willingness to pay what a buyer would give at most for a MWh: the price of its step
price received     one price an hour for all that a market takes; where the optimum leaves it
                   open it lies between the worth of power at the market's node and what the last
                   buyer served would pay, and both ends are stated
revenue            price received times energy
buyers' gain       willingness to pay less revenue
tolls              what transit countries are paid for each MWh that enters a line
gain of Kazakhstan cost of the country without export, less its cost with export (tolls and new
                   lines included), plus revenue
gain in all        gain of Kazakhstan plus buyers' gain plus tolls; it does not depend on the price
================== =============================================================================

All in USD of 2025 a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import pypsa

_SERVED = 1e-3
"""Fraction of a step below which a purchase is the noise of an interior point."""


def units_at(network: pypsa.Network, market: str, carrier: str) -> pd.Index:
    """Return the buyers (``export``) or sellers (``import``) at the bus of a market."""
    units = network.generators
    names: pd.Index = units.index[(units["bus"] == market) & (units["carrier"] == carrier)]
    return names


def price_received(network: pypsa.Network, market: str) -> pd.DataFrame:
    """Return the price for what a market takes, USD/MWh by snapshot.

    Returns
    -------
    DataFrame : ``least`` and ``most``. They differ where every step that buys is full: any price
        between the worth of power at the node and what the last buyer served would pay clears the
        market then. Without a purchase both are the worth at the node.

    Notes
    -----
    A volume that must be delivered makes power at the node worth more than is paid for it. Its
    yearly dual is taken off; but a contract is valued hour by hour, and its buyer pays at least
    what its lowest step would pay in the hour.
    """
    price: pd.Series = network.buses_t.marginal_price[market]
    buyers = units_at(network, market, "export")
    if buyers.empty:
        return pd.DataFrame({"least": price, "most": price})
    worth = -network.get_switchable_as_dense("Generator", "marginal_cost")[buyers]
    taken = network.generators_t.p[buyers] > _SERVED * network.generators.loc[buyers, "p_nom"]
    forced = network.meta.get("shadow", {}).get("must_deliver", {}).get(market)
    least = price
    if forced is not None:
        least = (price - forced).clip(lower=worth.min(axis=1))
    most = worth.where(taken).min(axis=1).fillna(least)
    return pd.DataFrame({"least": least.clip(upper=most), "most": most})


def tolls_usd(network: pypsa.Network) -> float:
    """Return what transit countries are paid in a year, USD."""
    weights = network.snapshot_weightings["generators"]
    sent = network.links_t.p0.clip(lower=0.0).mul(weights, axis=0).sum()
    return float((sent * network.links["marginal_cost"].reindex(sent.index)).sum())


def exports_table(network: pypsa.Network) -> pd.DataFrame:
    """Return one market a row: volumes, money, and emissions avoided there.

    Returns
    -------
    DataFrame : ``market export_twh import_twh``; ``willing_musd``, what the buyers would pay at
        most; ``revenue_musd`` and ``revenue_most_musd``, see :func:`price_received`;
        ``buyers_gain_musd``, what is left to the buyers at the lower revenue; ``import_cost_musd``;
        ``co2_avoided_there_mt``.
    """
    weights = network.snapshot_weightings["generators"]
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    factors = network.generators["co2_t_per_mwh"]
    rows = []
    for market in network.buses.index[network.buses["kind"] == "market"]:
        buyers, sellers = (units_at(network, str(market), c) for c in ("export", "import"))
        power = network.generators_t.p[buyers]
        sold = power.sum(axis=1) * weights
        worth = -(cost[buyers] * power).sum(axis=1).mul(weights).sum() / 1e6
        revenue = price_received(network, str(market)).mul(sold, axis=0).sum() / 1e6
        bought = network.generators_t.p[sellers].mul(weights, axis=0)
        units = buyers.union(sellers)
        factor = float(factors[units].iloc[0]) if len(units) else 0.0
        twh_in, twh_out = float(bought.sum().sum()) / 1e6, float(sold.sum()) / 1e6
        rows.append(
            {
                "market": market,
                "export_twh": twh_out,
                "import_twh": twh_in,
                "willing_musd": worth,
                "revenue_musd": float(revenue["least"]),
                "revenue_most_musd": float(revenue["most"]),
                "buyers_gain_musd": worth - float(revenue["least"]),
                "import_cost_musd": float((bought * cost[sellers]).sum().sum()) / 1e6,
                "co2_avoided_there_mt": (twh_out - twh_in) * factor,
            }
        )
    columns = ["market", "export_twh", "import_twh", "willing_musd", "revenue_musd"]
    columns += ["revenue_most_musd", "buyers_gain_musd", "import_cost_musd", "co2_avoided_there_mt"]
    return pd.DataFrame(rows, columns=columns)
