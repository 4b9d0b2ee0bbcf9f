"""From which price, or up to which cost, the first megawatt of a line to a market pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.supergrid.results.money import units_at

if TYPE_CHECKING:
    import pypsa


def break_even(network: pypsa.Network, reference: pypsa.Network) -> pd.DataFrame:
    """Return for each market with a new line the price and the line cost at which it pays.

    Parameters
    ----------
    network : solved, with the candidate lines and the markets' prices.
    reference : the same country without export, solved on the same hours.

    Returns
    -------
    DataFrame : ``market path price_usd_per_mwh`` (mean price of the first step there),
        ``break_even_usd_per_mwh`` (mean price at which the first MW of new line pays, the shape of
        the price kept; NaN for a price that is not above zero), ``line_cost_factor`` (how many
        times its cost the line may cost at that market's price), sorted by the gap between the two
        prices: what pays first stands first.

    Notes
    -----
    For the first MW, at the marginal prices of the country without export: power is sent whenever
    the market buys and it is worth more there, after losses and tolls, than at home. Larger lines
    raise the price at home and lower that abroad.
    """
    weights = reference.snapshot_weightings["generators"].to_numpy()
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    season = network.get_switchable_as_dense("Generator", "p_max_pu")
    rows = []
    for market in network.buses.index[network.buses["kind"] == "market"]:
        path = _path(network, str(market))
        buyers = units_at(network, str(market), "export")
        if not path or buyers.empty:
            continue
        price = -cost[buyers[0]].to_numpy()
        home = reference.buses_t.marginal_price[network.links.at[path[0], "bus0"]].to_numpy()
        efficiencies, capital, tolls = _along(network, path)
        home = home + tolls[:, None]
        hours = weights * season[buyers[0]].to_numpy()
        mean = float((price * weights).sum() / weights.sum())
        arriving = np.outer(efficiencies, price)
        factor = _factor(arriving, home, hours, capital)
        worth = _worth(arriving, home, hours)
        rows.append(
            {
                "market": market,
                "path": " + ".join(path),
                "price_usd_per_mwh": mean,
                "break_even_usd_per_mwh": mean * factor if mean > 0 else float("nan"),
                "line_cost_factor": worth / capital if capital > 0 else float("inf"),
            }
        )
    columns = ["market", "path", "price_usd_per_mwh", "break_even_usd_per_mwh", "line_cost_factor"]
    table = pd.DataFrame(rows, columns=columns)
    gap = table["break_even_usd_per_mwh"] - table["price_usd_per_mwh"]
    return table.iloc[gap.argsort()].reset_index(drop=True)


def _path(network: pypsa.Network, market: str) -> list[str]:
    """Return the new lines from a region to ``market``, in their order; empty if there are none."""
    links = network.links[network.links["p_nom_extendable"]]
    path: list[str] = []
    while network.buses.at[market, "kind"] == "market":
        into = links.index[(links["bus1"] == market) & (links.index == links["corridor"])]
        if into.empty or into[0] in path:
            return []
        path.insert(0, str(into[0]))
        market = links.at[into[0], "bus0"]
    return path


def _along(network: pypsa.Network, path: list[str]) -> tuple[np.ndarray, float, np.ndarray]:
    """Return the efficiency of each step of the load along a path, its yearly cost, its tolls.

    The cost is that of lines that carry a MW which enters at home, less and less of it as it goes.
    """
    links = network.links[network.links["direction"] == "there"]
    by_line = links.groupby("corridor", sort=False)["efficiency"].apply(np.array)
    efficiencies, capital = np.ones_like(by_line[path[0]]), 0.0
    tolls = np.zeros_like(efficiencies)
    for name in path:
        tolls = tolls + efficiencies * float(links.at[name, "marginal_cost"])
        capital += float(efficiencies.mean()) * float(links.at[name, "capital_cost"])
        efficiencies = efficiencies * by_line[name]
    return efficiencies, capital, tolls


def _worth(price: np.ndarray, home: np.ndarray, weights: np.ndarray) -> float:
    """Return what a MW of line earns, ``price`` (steps of its load, time), each step alike."""
    return float((np.clip(price - home, 0.0, None) * weights).sum() / len(price))


def _factor(price: np.ndarray, home: np.ndarray, weights: np.ndarray, capital: float) -> float:
    """Return the multiple of ``price`` at which a MW earns its capital; inf if none does."""
    low, high = 0.0, 1.0
    while _worth(high * price, home, weights) < capital:
        high *= 2.0
        if high > 1e6:
            return float("inf")
    for _ in range(60):
        middle = (low + high) / 2.0
        if _worth(middle * price, home, weights) < capital:
            low = middle
        else:
            high = middle
    return high
