"""What the lines of a solved network carry, lose, cost and earn.

Trade with the markets abroad follows from it: who gains, and what it saves in emissions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def line_results(network: pypsa.Network) -> pd.DataFrame:
    """Return one line a row, all steps of its load and both directions together.

    Parameters
    ----------
    network : solved, from :func:`~greenanalysis.supergrid.model.network.build_network`.

    Returns
    -------
    DataFrame : ``corridor bus0 bus1 kind length_km existing_mw new_mw out_twh back_twh losses_twh
        utilisation cost_musd congestion_rent_musd``; energy as it enters the line, over the year;
        ``utilisation`` is both directions over what the line could carry one way, 0 to 1, NaN
        without capacity; the rent is what energy is worth more where it arrives, losses deducted.
    """
    links = network.links
    price, weights = network.buses_t.marginal_price, network.snapshot_weightings["generators"]
    sent, arrived = network.links_t.p0, -network.links_t.p1
    worth = pd.Series(
        {
            name: ((price[row.bus1] * arrived[name] - price[row.bus0] * sent[name]) * weights).sum()
            for name, row in links.iterrows()
        }
    )
    out = links[links.index == links["corridor"]]
    there, back = (
        links[links["direction"] == direction].groupby("corridor").groups
        for direction in ("there", "back")
    )

    def summed(values: pd.Series, *sides: dict[Any, pd.Index]) -> pd.Series:
        named = {
            name: sum(float(values[side[name]].sum()) for side in sides if name in side)
            for name in out.index
        }
        return pd.Series(named, dtype=float)

    energy, lost = ((power.mul(weights, axis=0).sum() / 1e6) for power in (sent, sent - arrived))
    standing = links["p_nom"].where(~links["p_nom_extendable"], 0.0)
    new = links["p_nom_opt"].where(links["p_nom_extendable"], 0.0)
    both = summed(energy, there, back)
    full = summed(standing + new, there) * 8760.0 / 1e6
    return pd.DataFrame(
        {
            "bus0": out["bus0"],
            "bus1": out["bus1"],
            "kind": out["carrier"],
            "length_km": out["length"],
            "existing_mw": summed(standing, there),
            "new_mw": summed(new, there),
            "out_twh": summed(energy, there),
            "back_twh": summed(energy, back),
            "losses_twh": summed(lost, there, back),
            "utilisation": both / full.where(full > 1e-6),
            "cost_musd": summed(links["capital_cost"] * new, there) / 1e6,
            "congestion_rent_musd": summed(worth, there, back) / 1e6,
        }
    ).rename_axis("corridor").reset_index()  # fmt: skip
