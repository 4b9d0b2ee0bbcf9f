"""What is sold abroad and bought there, who gains from it, and what it saves in emissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import pypsa


def units_at(network: pypsa.Network, market: str, carrier: str) -> pd.Index:
    """Return the buyers (``export``) or sellers (``import``) at the bus of a market."""
    units = network.generators
    names: pd.Index = units.index[(units["bus"] == market) & (units["carrier"] == carrier)]
    return names


def market_price(network: pypsa.Network, market: str) -> pd.Series:
    """Return what the last MWh that is sold in a market brings, USD/MWh by snapshot.

    Where a volume must be delivered, the cost of the last MWh at the bus stands above what is paid
    for it; the difference is taken off.
    """
    forced = network.meta.get("shadow", {}).get("must_deliver", {}).get(market, 0.0)
    price: pd.Series = network.buses_t.marginal_price[market] - forced
    return price


def exports_table(network: pypsa.Network) -> pd.DataFrame:
    """Return one market a row: volumes, money, and emissions avoided there.

    Returns
    -------
    DataFrame : ``market export_twh import_twh``; ``revenue_musd``, what is sold at the marginal
        price of the market, one price for all that is sold in the hour; ``buyers_gain_musd``, what
        the buyers would have paid beyond that; ``import_cost_musd``; ``co2_avoided_there_mt``.
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
        revenue = float((sold * market_price(network, str(market))).sum()) / 1e6
        bought = network.generators_t.p[sellers].mul(weights, axis=0)
        units = buyers.union(sellers)
        factor = float(factors[units].iloc[0]) if len(units) else 0.0
        twh_in, twh_out = float(bought.sum().sum()) / 1e6, float(sold.sum()) / 1e6
        rows.append(
            {
                "market": market,
                "export_twh": twh_out,
                "import_twh": twh_in,
                "revenue_musd": revenue,
                "buyers_gain_musd": worth - revenue,
                "import_cost_musd": float((bought * cost[sellers]).sum().sum()) / 1e6,
                "co2_avoided_there_mt": (twh_out - twh_in) * factor,
            }
        )
    return pd.DataFrame(rows)
