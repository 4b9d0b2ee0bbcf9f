"""What a solved network says: tidy tables with units in the names of the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.results.delivered import delivered_costs, waterfall
from greenanalysis.supergrid.results.flows import line_results
from greenanalysis.supergrid.results.money import exports_table, tolls_usd
from greenanalysis.supergrid.scenario import Scenario

if TYPE_CHECKING:
    import pypsa

_NOT_PLANTS = ("import", "export", "load_shedding")


_AT_A_GLANCE = (
    "demand",
    "exports",
    "export revenue",
    "gain of the country against no export",
    "investment in new plants and lines",
    "CO2 at home",
    "CO2 avoided in all",
)
"""Of the totals: what a summary shows."""


@dataclass(frozen=True, eq=False, repr=False)
class Results(Shown):
    """Tables of one solved scenario; energy over the year, money in USD of 2025 a year.

    ``capacity`` : region, carrier, existing_mw, new_mw.
    ``generation`` : region, carrier, generation_twh, curtailed_twh, co2_mt.
    ``corridors`` : one line a row, with flows both ways, losses, utilisation, cost and rent.
    ``exports`` : one market a row, with volume, revenue and CO2 avoided there.
    ``delivered`` : one market a row, cost of a delivered MWh split by where it arises.
    ``waterfall`` : part, usd_per_mwh: what all export costs, against no export (NaN without it).
    ``totals`` : quantity, value, unit.
    """

    scenario: Scenario
    capacity: pd.DataFrame
    generation: pd.DataFrame
    corridors: pd.DataFrame
    exports: pd.DataFrame
    delivered: pd.DataFrame
    waterfall: pd.DataFrame
    totals: pd.DataFrame

    def _card(self) -> Card:
        rows = self.totals.set_index("quantity")
        chosen = rows.loc[[name for name in _AT_A_GLANCE if name in rows.index]]
        columns = ["market", "delivered_twh", "price_usd_per_mwh", "total_usd_per_mwh"]
        return Card(
            title=f"Results of scenario {self.scenario.name}",
            caption=f"{self.scenario.title}; {self.scenario.year}",
            figures=[
                (str(name), f"{row['value']:,.1f} {row['unit']}") for name, row in chosen.iterrows()
            ],
            table=self.delivered[columns],
            holds=holds_of(self),
        )


def summarise(
    network: pypsa.Network, scenario: Scenario, *, reference: pypsa.Network | None = None
) -> Results:
    """Return the tables of a solved network.

    Parameters
    ----------
    network : solved by :func:`greenanalysis.supergrid.solve.optimise.solve`.
    scenario : that it was built from.
    reference : the same country without export, solved; the change of emissions at home and
        abroad is taken against it. Without it that at home is NaN, and that abroad is counted from
        no trade at all.

    Raises
    ------
    InputError : the network holds no solution.

    Notes
    -----
    Every bus is balanced at every snapshot; :func:`balance` shows by how much it is not.
    """
    if network.generators_t.p.empty:
        raise InputError(f"{network.name}: not solved yet, there is nothing to summarise")
    generation = _generation(network)
    exports = exports_table(network)
    if reference is not None:
        without = exports_table(reference).set_index("market")["co2_avoided_there_mt"]
        exports["co2_avoided_there_mt"] -= exports["market"].map(without).fillna(0.0)
    corridors = line_results(network)
    here = float(generation["co2_mt"].sum())
    before = float("nan") if reference is None else float(_generation(reference)["co2_mt"].sum())
    return Results(
        scenario=scenario,
        capacity=_capacity(network),
        generation=generation,
        corridors=corridors,
        exports=exports,
        delivered=delivered_costs(network),
        waterfall=waterfall(network, reference),
        totals=_totals(
            network, generation, corridors, exports, co2=(here, before), reference=reference
        ),
    )


def balance(network: pypsa.Network) -> pd.DataFrame:
    """Return what is missing at each bus and snapshot, relative to the load of the snapshot.

    Generation and imports, plus what storage gives, plus what lines bring, less what lines take,
    demand and exports; zero to the solver's accuracy.
    """
    units = network.generators
    power = network.generators_t.p * units["sign"].reindex(network.generators_t.p.columns)
    total = power.T.groupby(units["bus"]).sum().T
    stored = network.storage_units_t.p
    total = total.add(stored.T.groupby(network.storage_units["bus"]).sum().T, fill_value=0.0)
    total = total.sub(_load(network).T.groupby(network.loads["bus"]).sum().T, fill_value=0.0)
    for flow, end in ((network.links_t.p0, "bus0"), (network.links_t.p1, "bus1")):
        total = total.sub(flow.T.groupby(network.links[end]).sum().T, fill_value=0.0)
    share: pd.DataFrame = total.div(_load(network).sum(axis=1), axis=0)
    return share


def energy_balance(network: pypsa.Network) -> pd.DataFrame:
    """Return the national account by snapshot, MW.

    Columns ``generation_mw imports_mw storage_mw line_losses_mw demand_mw exports_mw``, where
    ``storage_mw`` is what storage gives less what it takes (hydro counts as generation):
    generation + imports + storage - line losses = demand + exports.
    """
    units, power = network.generators, network.generators_t.p
    by = power.T.groupby(units["carrier"]).sum().T
    hydro = network.storage_units["carrier"] == "hydro"
    stored = network.storage_units_t.p
    plants = [name for name in by.columns if name not in ("import", "export")]
    return pd.DataFrame(
        {
            "generation_mw": by[plants].sum(axis=1) + stored.loc[:, hydro].sum(axis=1),
            "imports_mw": by.get("import", 0.0),
            "storage_mw": stored.loc[:, ~hydro].sum(axis=1),
            "line_losses_mw": (network.links_t.p0 + network.links_t.p1).sum(axis=1),
            "demand_mw": _load(network).sum(axis=1),
            "exports_mw": by.get("export", 0.0),
        },
        index=network.snapshots,
    )


def _load(network: pypsa.Network) -> pd.DataFrame:
    return network.get_switchable_as_dense("Load", "p_set")


def _weights(network: pypsa.Network) -> pd.Series:
    return network.snapshot_weightings["generators"]


def _twh(network: pypsa.Network, power: pd.DataFrame) -> pd.Series:
    return power.mul(_weights(network), axis=0).sum() / 1e6


def _capacity(network: pypsa.Network) -> pd.DataFrame:
    columns = ["bus", "carrier", "p_nom", "p_nom_opt", "p_nom_extendable"]
    units = pd.concat([network.generators[columns], network.storage_units[columns]])
    units = units[~units["carrier"].isin(_NOT_PLANTS)]
    units["new_mw"] = units["p_nom_opt"].where(units["p_nom_extendable"], 0.0)
    units["existing_mw"] = units["p_nom"].where(~units["p_nom_extendable"], 0.0)
    table = units.groupby(["bus", "carrier"])[["existing_mw", "new_mw"]].sum().reset_index()
    built: pd.DataFrame = table.rename(columns={"bus": "region"})
    return built


def _generation(network: pypsa.Network) -> pd.DataFrame:
    units = network.generators[~network.generators["carrier"].isin(_NOT_PLANTS)]
    energy = _twh(network, network.generators_t.p[units.index])
    weather = units.index[units["carrier"].isin(["solar", "wind"])]
    ceiling = network.get_switchable_as_dense("Generator", "p_max_pu")[weather]
    possible = _twh(network, ceiling * units.loc[weather, "p_nom_opt"])
    table = units[["bus", "carrier"]].assign(
        generation_twh=energy,
        curtailed_twh=(possible - energy[weather]).reindex(units.index, fill_value=0.0),
        co2_mt=energy * units["co2_t_per_mwh"],
    )
    hydro = network.storage_units[network.storage_units["carrier"] == "hydro"]
    water = _twh(network, network.storage_units_t.p[hydro.index])
    spilt = _twh(
        network, network.storage_units_t.spill.reindex(columns=hydro.index, fill_value=0.0)
    )
    table = pd.concat(
        [
            table,
            hydro[["bus", "carrier"]].assign(generation_twh=water, curtailed_twh=spilt, co2_mt=0.0),
        ]
    )
    columns = ["generation_twh", "curtailed_twh", "co2_mt"]
    table = table.groupby(["bus", "carrier"])[columns].sum().reset_index()
    listed: pd.DataFrame = table.rename(columns={"bus": "region"})
    return listed


def _totals(
    network: pypsa.Network,
    generation: pd.DataFrame,
    corridors: pd.DataFrame,
    exports: pd.DataFrame,
    *,
    co2: tuple[float, float],
    reference: pypsa.Network | None,
) -> pd.DataFrame:
    here, before = co2
    account = energy_balance(network).mul(_weights(network), axis=0).sum() / 1e6
    shed = network.generators.index[network.generators["carrier"] == "load_shedding"]
    load, price = _load(network), network.buses_t.marginal_price
    paid = (load * price[load.columns]).mul(_weights(network), axis=0).sum().sum()
    shed_twh = float(_twh(network, network.generators_t.p[shed]).sum())
    there = float(exports["co2_avoided_there_mt"].sum())
    objective = _objective_musd(network)
    surplus = float(exports["buyers_gain_musd"].sum())
    open_musd = float((exports["revenue_most_musd"] - exports["revenue_musd"]).sum())
    rows = [
        ("demand", account["demand_mw"], "TWh"),
        ("generation", account["generation_mw"] - shed_twh, "TWh"),
        ("imports", account["imports_mw"], "TWh"),
        ("exports", account["exports_mw"], "TWh"),
        ("line losses", account["line_losses_mw"], "TWh"),
        ("storage losses", -account["storage_mw"], "TWh"),
        ("curtailed", float(generation["curtailed_twh"].sum()), "TWh"),
        ("load shed", shed_twh, "TWh"),
        ("objective", objective, "million USD/year"),
        ("cost less revenue", objective + surplus, "million USD/year"),
        ("buyers' gain", surplus, "million USD/year"),
        (
            "gain of the country against no export",
            _gain(network, surplus, reference),
            "million USD/year",
        ),
        (
            "gain of the country against no export, at most",
            _gain(network, surplus - open_musd, reference),
            "million USD/year",
        ),
        ("tolls of transit countries", tolls_usd(network) / 1e6, "million USD/year"),
        (
            "gain in all",
            _gain(network, 0.0, reference) + tolls_usd(network) / 1e6,
            "million USD/year",
        ),
        (
            "capital of new plants and lines",
            _new(network, "capital_cost") / 1e6,
            "million USD/year",
        ),
        ("investment in new plants and lines", _new(network, "investment") / 1e6, "million USD"),
        ("land of new solar and wind plants", _new(network, "land_km2_per_mw"), "km2"),
        ("lines", float(corridors["cost_musd"].sum()), "million USD/year"),
        ("export revenue", float(exports["revenue_musd"].sum()), "million USD/year"),
        ("export revenue, at most", float(exports["revenue_most_musd"].sum()), "million USD/year"),
        ("import cost", float(exports["import_cost_musd"].sum()), "million USD/year"),
        ("price at home", paid / (account["demand_mw"] * 1e6), "USD/MWh"),
        ("CO2 at home", here, "Mt/year"),
        ("CO2 at home against no export", here - before, "Mt/year"),
        ("CO2 avoided abroad", there, "Mt/year"),
        ("CO2 avoided in all", there - (here - before), "Mt/year"),
    ]
    shadow = network.meta.get("shadow", {})
    if "co2" in shadow:
        rows.append(("CO2 price that the limit amounts to", shadow["co2"]["usd_per_t"], "USD/t"))
    return pd.DataFrame(rows, columns=["quantity", "value", "unit"])


def _objective_musd(network: pypsa.Network) -> float:
    return float(network.meta["solution"]["objective_usd"]) / 1e6


def _gain(network: pypsa.Network, surplus: float, reference: pypsa.Network | None) -> float:
    """Return by how much export lowers cost less revenue, million USD; NaN without a reference.

    ``surplus`` : what buyers gain; the objective counts sales at what buyers would pay.
    """
    if reference is None:
        return float("nan")
    return _objective_musd(reference) - _objective_musd(network) - surplus


def _new(network: pypsa.Network, column: str) -> float:
    """Return the sum over all that is built of what a MW of it takes."""
    tables = (network.generators, network.storage_units, network.links)
    return sum(
        float((table[column] * table["p_nom_opt"])[table["p_nom_extendable"]].sum())
        for table in tables
        if column in table
    )
