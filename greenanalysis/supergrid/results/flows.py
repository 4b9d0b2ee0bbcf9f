"""What the lines of a solved network carry, lose, cost and earn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import pypsa


def line_results(network: pypsa.Network) -> pd.DataFrame:
    """Return one line a row, all steps of its load and both directions together.

    Parameters
    ----------
    network : solved, from :func:`~greenanalysis.supergrid.model.network.build_network`.

    Returns
    -------
    DataFrame : ``corridor bus0 bus1 kind length_km existing_mw new_mw out_twh back_twh losses_twh
        utilisation cost_musd tolls_musd congestion_rent_musd``; energy as it enters the line, over
        the year; ``utilisation`` is both directions over what the line could carry one way, 0 to 1,
        NaN without capacity; the rent is what energy is worth more where it arrives, losses
        deducted.
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
            "tolls_musd": summed(energy * links["marginal_cost"], there),
            "congestion_rent_musd": summed(worth, there, back) / 1e6,
        }
    ).rename_axis("corridor").reset_index()  # fmt: skip
