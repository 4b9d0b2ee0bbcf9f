"""Looking back: what the model would have generated in past years against what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.optimise import solve

if TYPE_CHECKING:
    import pypsa

YEARS = (2020, 2021, 2022, 2023, 2024)
_TIME = {"typical_days": 6, "hours_per_step": 4, "link_days": False}


def modelled_generation(
    year: int,
    *,
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    facts: Facts,
    assumptions: Assumptions,
    capacity: pd.DataFrame,
) -> pd.Series:
    """Return TWh by carrier of one past year: its demand, plants and trade, nothing new built.

    Parameters
    ----------
    year, regions, profiles, potential, facts, assumptions : as in :func:`build_network`.
    capacity : installed solar and wind at the ends of years, ``carrier year capacity_mw``; the
        fleet is scaled to the mean of the year's two ends.

    Notes
    -----
    Weather is that of ``profiles``, not of the year. The net import of the year is given: it limits
    the sellers, and a net export counts as demand.
    """
    scenario = load_scenario("no_export", {"year": year, "time": _TIME})
    network = build_network(
        scenario, regions=regions, profiles=profiles, potential=potential, facts=facts,
        assumptions=assumptions,
    )  # fmt: skip
    for table in (network.generators, network.storage_units, network.links):
        table["p_nom_extendable"] = False
    _scale_fleet(network, capacity, year)
    _reported_trade(network, facts.demand, year)
    solve(network)
    weights = network.snapshot_weightings["generators"]
    generation = network.generators_t.p.mul(weights, axis=0).sum() / 1e6
    generation = generation.groupby(network.generators["carrier"]).sum()
    hydro = network.storage_units.index[network.storage_units["carrier"] == "hydro"]
    generation["hydro"] = network.storage_units_t.p[hydro].mul(weights, axis=0).sum().sum() / 1e6
    summed: pd.Series = generation
    return summed


def _scale_fleet(network: pypsa.Network, capacity: pd.DataFrame, year: int) -> None:
    units = network.generators
    for carrier, rows in capacity.groupby("carrier"):
        by_year = rows.set_index(rows["year"].astype(int))["capacity_mw"]
        chosen = (units["carrier"] == carrier) & (units["p_nom"] > 0)
        mean = float(by_year.loc[[year - 1, year]].mean())
        units.loc[chosen, "p_nom"] *= mean / units.loc[chosen, "p_nom"].sum()


def _reported_trade(network: pypsa.Network, demand: pd.DataFrame, year: int) -> None:
    net = float(demand.set_index("year")["net_import_twh"].loc[year])
    sellers = network.generators.index[network.generators["carrier"] == "import"]
    limits = network.generators.loc[sellers, "e_sum_max"]
    network.generators.loc[sellers, "e_sum_max"] = limits * (max(net, 0.0) * 1e6 / limits.sum())
    load = network.loads_t.p_set
    energy = load.mul(network.snapshot_weightings["generators"], axis=0).sum().sum()
    network.loads_t.p_set = load * (1.0 + max(-net, 0.0) * 1e6 / energy)


def base_year_table(
    mix: pd.DataFrame, modelled: dict[int, pd.Series], *, carriers: Sequence[str]
) -> pd.DataFrame:
    """Return modelled against reported generation, one carrier a row, means over the years.

    Parameters
    ----------
    mix : reported, columns ``year carrier series generation_twh``; the series ``ember`` is taken,
        oil counts as gas (it burns in the same plants).
    modelled : by year, see :func:`modelled_generation`.
    carriers : rows.

    Returns
    -------
    DataFrame : ``carrier reported_twh modelled_twh error`` (relative).
    """
    chosen = mix[(mix["series"] == "ember") & mix["year"].isin(list(modelled))]
    chosen = chosen.assign(carrier=chosen["carrier"].replace({"oil": "gas"}))
    reported = chosen.groupby("carrier")["generation_twh"].sum() / len(modelled)
    got = pd.DataFrame(modelled).mean(axis=1)
    rows = [
        {"carrier": name, "reported_twh": reported[name], "modelled_twh": got.get(name, 0.0)}
        for name in carriers
    ]
    table = pd.DataFrame(rows)
    return table.assign(error=table["modelled_twh"] / table["reported_twh"] - 1.0)
