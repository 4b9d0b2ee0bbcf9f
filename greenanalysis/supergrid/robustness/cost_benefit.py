"""Cost and benefit of each new line abroad, in the form of ENTSO-E's cost-benefit analysis.

Each line is judged twice with the plants that stand: put into a grid without any new line abroad
(PINT, put in one at a time) and taken out of the grid with all of them (TOOT, take out one at a
time). Where lines do not act on one another both say the same; a line that needs or replaces
another shows it in the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.results.flows import line_results
from greenanalysis.supergrid.results.money import exports_table, tolls_usd
from greenanalysis.supergrid.robustness.security import as_built
from greenanalysis.supergrid.solve.optimise import solve

if TYPE_CHECKING:
    import pypsa

_BUILT_MW = 1.0
_MONEY = ["welfare_musd", "kazakhstan_musd", "kazakhstan_most_musd", "buyers_musd"]
_MONEY += ["transit_musd"]
_REST = ["co2_home_mt", "co2_abroad_mt", "losses_twh", "unserved_mwh"]


def cost_benefit(network: pypsa.Network) -> pd.DataFrame:
    """Return what each new line abroad brings a year, put in alone and taken out of all.

    Parameters
    ----------
    network : solved, with new lines to markets.

    Returns
    -------
    DataFrame : two rows a line, ``corridor case capacity_mw``; benefits before the cost of the
        line: ``welfare_musd`` in all, of which ``kazakhstan_musd`` and ``kazakhstan_most_musd`` at
        the lower and the upper end of the price received, ``buyers_musd`` at the lower one and
        ``transit_musd`` (tolls); ``cost_musd`` of the line;
        ``net_musd``; changes by the line ``co2_home_mt co2_abroad_mt`` (emitted there),
        ``losses_twh unserved_mwh``. Empty if no line abroad is built.

    Raises
    ------
    InputError : the network holds no solution.

    Notes
    -----
    ENTSO-E, 4th Guideline for Cost Benefit Analysis of Grid Development Projects (2024). Dispatch
    only: plants are those of the plan with all lines, so that PINT undervalues what was built for
    several lines together. A line that begins at a market brings nothing alone.
    """
    if network.generators_t.p.empty:
        raise InputError(f"{network.name}: not solved yet, no line stands")
    links, kinds = network.links, network.buses["kind"]
    abroad = links["p_nom_extendable"] & (links["bus1"].map(kinds) == "market")
    capacity = links[abroad].groupby("corridor", sort=False)["p_nom_opt"].sum()
    lines = capacity.index[capacity > _BUILT_MW]
    columns = ["corridor", "case", "capacity_mw", *_MONEY, "cost_musd", "net_musd", *_REST]
    if lines.empty:
        return pd.DataFrame(columns=columns)
    cost = line_results(network).set_index("corridor")["cost_musd"]
    standing = as_built(network)
    everything, nothing = _account(standing, []), _account(standing, list(lines))
    rows = []
    for line in lines:
        others = [name for name in lines if name != line]
        alone = _account(standing, others) if others else everything
        without = _account(standing, [line]) if others else nothing
        for case, change in (("PINT", alone - nothing), ("TOOT", everything - without)):
            rows.append(
                {
                    "corridor": line,
                    "case": case,
                    "capacity_mw": float(capacity[line]),
                    **change.to_dict(),
                    "cost_musd": float(cost[line]),
                    "net_musd": float(change["welfare_musd"] - cost[line]),
                }
            )
    return pd.DataFrame(rows, columns=columns)


def _account(standing: pypsa.Network, closed: list[str]) -> pd.Series:
    """Return money, emissions, losses and unserved energy of a year without some corridors."""
    case = standing.copy()
    case.links.loc[case.links["corridor"].isin(closed), "p_nom"] = 0.0
    solve(case)
    weights = case.snapshot_weightings["generators"]
    energy = case.generators_t.p.mul(weights, axis=0).sum()
    units = case.generators
    tolls, trade = tolls_usd(case) / 1e6, exports_table(case)
    buyers = float(trade["buyers_gain_musd"].sum())
    open_musd = float((trade["revenue_most_musd"] - trade["revenue_musd"]).sum())
    # the objective holds costs, tolls among them, less what buyers would pay at most
    together = -float(case.meta["solution"]["objective_usd"]) / 1e6
    emitted = energy * units["co2_t_per_mwh"].fillna(0.0) / 1e6
    foreign = units["carrier"].isin(["import", "export"])
    return pd.Series(
        {
            "welfare_musd": together + tolls,
            "kazakhstan_musd": together - buyers,
            "kazakhstan_most_musd": together - buyers + open_musd,
            "buyers_musd": buyers,
            "transit_musd": tolls,
            "co2_home_mt": float(emitted[~foreign].sum()),
            "co2_abroad_mt": -float(trade["co2_avoided_there_mt"].sum()),
            "losses_twh": float(line_results(case)["losses_twh"].sum()),
            "unserved_mwh": float(energy[units["carrier"] == "load_shedding"].sum()),
        }
    )
