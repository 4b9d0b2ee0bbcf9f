"""The cost of a MWh that arrives at a market, split by where it arises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import pypsa

PARTS = ("generation", "transmission", "losses")
LEAST_MWH = 1.0


def delivered_costs(network: pypsa.Network) -> pd.DataFrame:
    """Return the mean cost of delivered energy by market.

    Returns
    -------
    DataFrame : ``market delivered_twh``, ``generation_usd_per_mwh`` (what the energy is worth at
        the bus where it enters the corridor), ``transmission_usd_per_mwh`` (yearly cost of the new
        lines on the way; lines that exist are sunk), ``losses_usd_per_mwh`` (worth of what is lost
        on the way), ``total_usd_per_mwh`` and ``price_usd_per_mwh``, the mean that the buyer pays.
        Only markets that bought something.

    Notes
    -----
    Energy is valued at the marginal price of the bus in Kazakhstan at the hour, so reinforcements
    and storage at home stand in ``generation``. The cost of a line is spread evenly over what it
    carries in the year. Where a corridor goes on from one market to the next, the mix that arrives
    in the hour is passed on. At an optimum without upper limits the total
    equals the price; a total above it means that the corridor was forced to be built, one below it
    that a limit binds and a rent remains.
    """
    weights = network.snapshot_weightings["generators"]
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    rows = []
    for market in network.buses.index[network.buses["kind"] == "market"]:
        buyer = f"{market} buyer"
        if buyer not in network.generators.index:
            continue
        energy = network.generators_t.p[buyer] * weights
        if energy.sum() < LEAST_MWH:
            continue
        unit = _unit_costs(str(market), network, ()).mul(energy, axis=0).sum() / energy.sum()
        rows.append(
            {
                "market": market,
                "delivered_twh": energy.sum() / 1e6,
                **{f"{part}_usd_per_mwh": unit[part] for part in PARTS},
                "total_usd_per_mwh": unit.sum(),
                "price_usd_per_mwh": -(energy * cost[buyer]).sum() / energy.sum(),
            }
        )
    columns = ["market", "delivered_twh", *(f"{part}_usd_per_mwh" for part in PARTS)]
    return pd.DataFrame(rows, columns=[*columns, "total_usd_per_mwh", "price_usd_per_mwh"])


def _unit_costs(market: str, network: pypsa.Network, seen: tuple[str, ...]) -> pd.DataFrame:
    """Return USD by part for a MWh that arrives at ``market`` in each snapshot, 0 if none does."""
    weights = network.snapshot_weightings["generators"]
    links = network.links[(network.links["bus1"] == market) & ~network.links["bus0"].isin(seen)]
    money = pd.DataFrame(0.0, index=network.snapshots, columns=list(PARTS))
    arrived = pd.Series(0.0, index=network.snapshots)
    for name, row in links.to_dict("index").items():
        power = network.links_t.p0[name].clip(lower=0.0) * row["efficiency"]
        energy = float((power * weights).sum())
        if energy < LEAST_MWH:
            continue
        if network.buses.at[row["bus0"], "kind"] == "market":
            unit = _unit_costs(row["bus0"], network, (*seen, market))
        else:
            unit = pd.DataFrame(0.0, index=network.snapshots, columns=list(PARTS))
            unit["generation"] = network.buses_t.marginal_price[row["bus0"]]
        unit["losses"] += unit.sum(axis=1) * (1.0 / row["efficiency"] - 1.0)
        if row["p_nom_extendable"]:
            unit["transmission"] += row["capital_cost"] * row["p_nom_opt"] / energy
        money += unit.mul(power, axis=0)
        arrived += power
    return money.div(arrived.where(arrived > 0.0), axis=0).fillna(0.0)
