"""The cost of a MWh that arrives at a market, split by where it arises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.supergrid.results.money import price_received, tolls_usd, units_at

if TYPE_CHECKING:
    import pypsa

PARTS = ("generation", "line", "converter", "losses", "tolls", "finance")
_WATERFALL = ("generation", "storage", "line", "converter", "losses", "tolls", "finance")
_LEAST_MWH = 1.0


def delivered_costs(network: pypsa.Network) -> pd.DataFrame:
    """Return the mean cost of delivered energy by market.

    Returns
    -------
    DataFrame : ``market delivered_twh``, ``generation_usd_per_mwh`` (what the energy is worth at
        the bus where it enters the corridor), ``line_usd_per_mwh`` and ``converter_usd_per_mwh``
        (write-off and upkeep of what is new on the way; lines that exist are sunk),
        ``losses_usd_per_mwh`` (worth of what is lost on the way), ``tolls_usd_per_mwh`` (of transit
        countries), ``finance_usd_per_mwh`` (interest on the new lines), ``total_usd_per_mwh``,
        ``price_usd_per_mwh`` and ``price_most_usd_per_mwh``, the ends of the mean price received.
        Only markets that bought something.

    Notes
    -----
    Energy is valued at the marginal price of the bus at home at the hour, so reinforcements
    and storage at home stand in ``generation``. The cost of a line is spread evenly over what it
    carries in the year. Where a corridor goes on from one market to the next, the mix that arrives
    in the hour is passed on. At an optimum without upper limits the total
    equals the price; a total above it means that the corridor was forced to be built, one below it
    that a limit binds and a rent remains.
    """
    weights = network.snapshot_weightings["generators"]
    rows = []
    for market in network.buses.index[network.buses["kind"] == "market"]:
        buyers = units_at(network, str(market), "export")
        energy = network.generators_t.p[buyers].sum(axis=1) * weights
        if energy.sum() < _LEAST_MWH:
            continue
        price = price_received(network, str(market)).mul(energy, axis=0).sum() / energy.sum()
        unit = _unit_costs(str(market), network, ()).mul(energy, axis=0).sum() / energy.sum()
        rows.append(
            {
                "market": market,
                "delivered_twh": energy.sum() / 1e6,
                **{f"{part}_usd_per_mwh": unit[part] for part in PARTS},
                "total_usd_per_mwh": unit.sum(),
                "price_usd_per_mwh": price["least"],
                "price_most_usd_per_mwh": price["most"],
            }
        )
    columns = ["market", "delivered_twh", *(f"{part}_usd_per_mwh" for part in PARTS)]
    columns += ["total_usd_per_mwh", "price_usd_per_mwh", "price_most_usd_per_mwh"]
    return pd.DataFrame(rows, columns=columns)


def _unit_costs(market: str, network: pypsa.Network, seen: tuple[str, ...]) -> pd.DataFrame:
    """Return USD by part for a MWh that arrives at ``market`` in each snapshot, 0 if none does."""
    weights = network.snapshot_weightings["generators"]
    links = network.links[(network.links["bus1"] == market) & ~network.links["bus0"].isin(seen)]
    money = pd.DataFrame(0.0, index=network.snapshots, columns=list(PARTS))
    in_all = pd.Series(0.0, index=network.snapshots)
    for _, steps in links.groupby(["corridor", "bus0"], sort=False):
        sent = network.links_t.p0[steps.index].clip(lower=0.0)
        arrived = (sent * steps["efficiency"]).sum(axis=1)
        energy = float((arrived * weights).sum())
        if energy < _LEAST_MWH:
            continue
        origin = steps["bus0"].iloc[0]
        if network.buses.at[origin, "kind"] == "market":
            unit = _unit_costs(origin, network, (*seen, market))
        else:
            unit = pd.DataFrame(0.0, index=network.snapshots, columns=list(PARTS))
            unit["generation"] = network.buses_t.marginal_price[origin]
        lost = (sent.sum(axis=1) / arrived.where(arrived > 0.0) - 1.0).fillna(0.0)
        unit["losses"] += unit.sum(axis=1) * lost
        unit["tolls"] += float(steps["marginal_cost"].iloc[0]) * (1.0 + lost)
        for part, usd in _line_parts(steps).items():
            unit[part] += usd / energy
        money += unit.mul(arrived, axis=0)
        in_all += arrived
    return money.div(in_all.where(in_all > 0.0), axis=0).fillna(0.0)


def _line_parts(steps: pd.DataFrame) -> dict[str, float]:
    """Return the yearly cost of what is new of one line, USD, by part."""
    new = steps["p_nom_opt"].where(steps["p_nom_extendable"], 0.0)
    whole = steps["capital_cost"] * new
    stations = steps.get("converter_cost", 0.0) * new
    interest = steps.get("finance_share", 0.0)
    return {
        "converter": float((stations * (1.0 - interest)).sum()),
        "line": float(((whole - stations) * (1.0 - interest)).sum()),
        "finance": float((whole * interest).sum()),
    }


def waterfall(network: pypsa.Network, reference: pypsa.Network | None) -> pd.DataFrame:
    """Return what a MWh sold abroad costs the country in all, split by where the cost arises.

    Parameters
    ----------
    network, reference : the same country with and without export, solved.

    Returns
    -------
    DataFrame : ``part`` of :data:`_WATERFALL` and ``usd_per_mwh``: the difference of the two
        systems' costs before sales, over the energy sold. Generation holds fuel, upkeep, write-off
        and imports; losses are those of the lines at the mean cost of generation; finance is the
        interest of all that is new. NaN without a reference or without sales.
    """
    sold = float("nan")
    if reference is not None:
        energy, cost = _system(network), _system(reference)
        change = energy - cost
        sold = change["sold"] if change["sold"] > _LEAST_MWH else float("nan")
    else:
        change = pd.Series(float("nan"), index=[*_WATERFALL, "made", "lost", "sold"])
    lost_usd = change["generation"] * change["lost"] / change["made"] if change["made"] else 0.0
    values = {part: change.get(part, 0.0) for part in _WATERFALL}
    values["losses"] = lost_usd
    values["generation"] = change["generation"] - lost_usd
    return pd.DataFrame(
        {"part": list(_WATERFALL), "usd_per_mwh": [values[part] / sold for part in _WATERFALL]}
    )


def _system(network: pypsa.Network) -> pd.Series:
    """Return yearly cost in USD by part, and MWh made, lost on lines and sold."""
    weights = network.snapshot_weightings["generators"]
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    energy = network.generators_t.p.mul(weights, axis=0)
    export = network.generators.index[network.generators["carrier"] == "export"]
    home = network.generators.index.difference(export)
    parts = {"generation": float((energy[home] * cost[home]).sum().sum()), "storage": 0.0}
    parts |= {"line": 0.0, "converter": 0.0, "tolls": tolls_usd(network), "finance": 0.0}
    hydro = network.storage_units_t.p.mul(weights, axis=0)
    parts["generation"] += float((hydro.sum() * network.storage_units["marginal_cost"]).sum())
    for table, part in (
        (network.generators, "generation"),
        (network.storage_units, "storage"),
        (network.links, "line"),
    ):
        new = table[table["p_nom_extendable"]]
        interest = new.get("finance_share", pd.Series(0.0, index=new.index)).fillna(0.0)
        capital = new["capital_cost"] * new["p_nom_opt"]
        parts["finance"] += float((capital * interest).sum())
        written_off = capital * (1.0 - interest)
        if part == "line" and "converter_cost" in new:
            stations = new["converter_cost"] * new["p_nom_opt"] * (1.0 - interest)
            parts["converter"] = float(stations.sum())
            written_off = written_off - stations
        parts[part] += float(written_off.sum())
    flows = (network.links_t.p0 + network.links_t.p1).mul(weights, axis=0)
    totals = {"made": energy[home].sum().sum() + hydro.sum().sum(), "lost": flows.sum().sum()}
    return pd.Series({**parts, **totals, "sold": float(energy[export].sum().sum())})
