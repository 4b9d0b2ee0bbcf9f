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
    and storage at home stand in ``generation``. Where a corridor goes on from one market to the
    next, the mean mix of what arrives is passed on. At an optimum without upper limits the total
    equals the price; a total above it means that the corridor was forced to be built, one below it
    that a limit binds and a rent remains.
    """
    flows = _flows(network)
    weights = network.snapshot_weightings["generators"]
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    rows = []
    for market in network.buses.index[network.buses["kind"] == "market"]:
        buyer = f"{market} buyer"
        if buyer not in network.generators.index:
            continue
        power = network.generators_t.p[buyer] * weights
        if power.sum() < LEAST_MWH:
            continue
        unit = _unit_cost(market, flows, network, ())
        rows.append(
            {
                "market": market,
                "delivered_twh": power.sum() / 1e6,
                **{f"{part}_usd_per_mwh": unit[part] for part in PARTS},
                "total_usd_per_mwh": sum(unit.values()),
                "price_usd_per_mwh": -(power * cost[buyer]).sum() / power.sum(),
            }
        )
    columns = ["market", "delivered_twh", *(f"{part}_usd_per_mwh" for part in PARTS)]
    return pd.DataFrame(rows, columns=[*columns, "total_usd_per_mwh", "price_usd_per_mwh"])


def _flows(network: pypsa.Network) -> pd.DataFrame:
    """Return the links that end at a market: energy sent and arrived, and worth where it enters."""
    weights = network.snapshot_weightings["generators"]
    to_market = network.links["bus1"].map(network.buses["kind"]) == "market"
    links = network.links[to_market]
    sent = network.links_t.p0[links.index].mul(weights, axis=0)
    price = network.buses_t.marginal_price[links["bus0"]].set_axis(links.index, axis=1)
    return pd.DataFrame(
        {
            "bus0": links["bus0"],
            "bus1": links["bus1"],
            "sent_mwh": sent.sum(),
            "arrived_mwh": sent.sum() * links["efficiency"],
            "worth_usd": (sent * price).sum(),
            "line_usd": (links["capital_cost"] * links["p_nom_opt"]).where(
                links["p_nom_extendable"], 0.0
            ),
        }
    )


def _unit_cost(
    market: str, flows: pd.DataFrame, network: pypsa.Network, seen: tuple[str, ...]
) -> dict[str, float]:
    """Return USD by part for each MWh that arrives at ``market``, mean over its inflows."""
    money = dict.fromkeys(PARTS, 0.0)
    arrived = 0.0
    for row in flows[flows["bus1"] == market].to_dict("records"):
        if row["arrived_mwh"] < LEAST_MWH or row["bus0"] in seen:
            continue
        lost = row["sent_mwh"] - row["arrived_mwh"]
        money["transmission"] += row["line_usd"]
        if network.buses.at[row["bus0"], "kind"] == "market":
            before = _unit_cost(row["bus0"], flows, network, (*seen, market))
            for part in PARTS:
                money[part] += before[part] * row["arrived_mwh"]
            money["losses"] += sum(before.values()) * lost
        else:
            money["generation"] += row["worth_usd"] * row["arrived_mwh"] / row["sent_mwh"]
            money["losses"] += row["worth_usd"] * lost / row["sent_mwh"]
        arrived += row["arrived_mwh"]
    return {part: value / arrived if arrived else float("nan") for part, value in money.items()}
