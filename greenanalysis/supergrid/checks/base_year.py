"""Looking back: what the model would have generated in past years against what was reported.

Nothing is built and nothing is fitted to a year: its demand, plants, trade by border and lines as
they were. Coal's derating is the one number that was chosen on generation, on the years of
:data:`CHOSEN`; the others are held out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.supergrid.model.corridors import loss_fraction, loss_terms
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.model.thermal import ISLAND
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.optimise import solve_surely

if TYPE_CHECKING:
    import pypsa

YEARS = (2020, 2021, 2022, 2023, 2024)
CHOSEN = (2020, 2022)
"""Years on which the derating of coal was chosen."""
CARRIERS = ("coal", "gas", "hydro", "wind", "solar")
_TIME = {"typical_days": 12, "hours_per_step": 3, "link_days": False}
_GATES = {"Russia": ("russia_siberia", "russia_urals"), "Central Asia": ("central_asia",)}
"""Border of the table of trade -> markets whose lines cross it."""


@dataclass(frozen=True)
class PastFacts:
    """What is known of past years; see the tables of ``data/facts`` of the same names.

    ``mix`` : generation_mix; ``capacity`` : fleet_capacity; ``trade`` : trade_borders; ``lines`` :
    interconnectors_past; ``peaks`` : peak_load.
    """

    mix: pd.DataFrame
    capacity: pd.DataFrame
    trade: pd.DataFrame
    lines: pd.DataFrame
    peaks: pd.DataFrame


def load_past() -> PastFacts:
    """Read the tables of past years."""
    return PastFacts(
        mix=read_facts("generation_mix", numeric=["year", "generation_twh"]),
        capacity=read_facts("fleet_capacity", numeric=["year", "capacity_mw"]),
        trade=read_facts("trade_borders", numeric=["year", "import_twh", "export_twh"]),
        lines=read_facts("interconnectors_past", numeric=["capacity_mw", "length_km", "until"]),
        peaks=read_facts("peak_load", numeric=["year", "load_mw", "generation_mw"]),
    )


@dataclass(frozen=True)
class PastYear:
    """One past year as the model runs it.

    ``generation`` : TWh by carrier. ``trade`` : border, import_twh, export_twh. ``shed_twh`` : load
    not served. ``peak`` : MW of load (exports included) and generation in the step of most load.
    ``coal_mw`` : least and most power of all coal plants. ``gas_most_twh`` : what all gas plants
    could give, those of the isolated West no more than its load.
    """

    year: int
    generation: pd.Series
    trade: pd.DataFrame
    shed_twh: float
    peak: tuple[float, float]
    coal_mw: tuple[float, float]
    gas_most_twh: float


def past_network(
    year: int,
    *,
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    facts: Facts,
    assumptions: Assumptions,
    past: PastFacts,
) -> pypsa.Network:
    """Return the network of one past year, ready to be solved: nothing new may be built.

    Parameters
    ----------
    year, regions, profiles, potential, facts, assumptions : as in :func:`build_network`.
    past : solar and wind are scaled to the mean of the installed capacity at the year's two ends;
        exports of a border are a flat load at the ends of its lines, imports are free in time and
        limited by power and energy.

    Notes
    -----
    Weather and water are those of ``profiles`` and of a mean year, not of the year itself. Demand
    is what was generated plus what the borders brought: of single years the reported net import
    contradicts the meters of the borders.
    """
    scenario = load_scenario("no_export", {"year": year, "time": _TIME, **_AS_IT_WAS})
    network = build_network(
        scenario, regions=regions, profiles=profiles, potential=potential, facts=facts,
        assumptions=assumptions,
    )  # fmt: skip
    for component, table in (
        ("Generator", network.generators),
        ("StorageUnit", network.storage_units),
        ("Link", network.links),
    ):
        network.remove(component, list(table.index[table["p_nom_extendable"]]))
    _scale_fleet(network, past.capacity, year)
    _add_past_lines(network, past.lines[past.lines["until"] >= year], assumptions)
    _set_trade(network, facts.demand, past.trade[past.trade["year"] == year], year)
    return network


_AS_IT_WAS: dict[str, object] = {"corridors.reinforce_inside": False, "fleet.pumped_hydro": False}


def past_year(year: int, network: pypsa.Network, trade: pd.DataFrame) -> PastYear:
    """Return what a solved network of a past year says.

    Parameters
    ----------
    year : of the network.
    network : see :func:`past_network`, solved.
    trade : rows of the table of trade; its exports are a load of the network.
    """
    weights = network.snapshot_weightings["generators"]
    power, units = network.generators_t.p, network.generators
    generation = power.mul(weights, axis=0).sum().groupby(units["carrier"]).sum() / 1e6
    hydro = network.storage_units.index[network.storage_units["carrier"] == "hydro"]
    water = network.storage_units_t.p[hydro]
    generation["hydro"] = water.mul(weights, axis=0).sum().sum() / 1e6
    load = network.get_switchable_as_dense("Load", "p_set").sum(axis=1)
    home = [*units.index[units["carrier"].isin(CARRIERS)]]
    peak = int(load.to_numpy().argmax())
    coal = power[units.index[units["carrier"] == "coal"]].sum(axis=1)
    own = by_border(trade[trade["year"] == year])
    bought = {
        border: sum(
            float((power[name] * weights).sum())
            for name in units.index[units["bus"].isin(markets) & (units["carrier"] == "import")]
        )
        for border, markets in _GATES.items()
    }
    return PastYear(
        year=year,
        generation=generation.reindex([*CARRIERS, "import"]).fillna(0.0),
        trade=pd.DataFrame(
            {
                "border": list(bought),
                "import_twh": [mwh / 1e6 for mwh in bought.values()],
                "export_twh": [own[border, "export"] for border in bought],
            }
        ),
        shed_twh=float(generation.get("load_shedding", 0.0)),
        peak=(
            float(load.iloc[peak]),
            float(power[home].iloc[peak].sum() + water.iloc[peak].sum()),
        ),
        coal_mw=(float(coal.min()), float(coal.max())),
        gas_most_twh=_most_gas(network),
    )


def _most_gas(network: pypsa.Network) -> float:
    units, weights = network.generators, network.snapshot_weightings["generators"]
    gas = units.index[units["carrier"] == "gas"]
    ceiling = network.get_switchable_as_dense("Generator", "p_max_pu")[gas] * units["p_nom"][gas]
    load = network.get_switchable_as_dense("Load", "p_set")
    west = units["bus"][gas].isin(ISLAND).to_numpy()
    island = load[[bus for bus in load if bus in ISLAND]].sum(axis=1)
    possible = ceiling.loc[:, ~west].sum(axis=1) + ceiling.loc[:, west].sum(axis=1).clip(
        upper=island
    )
    return float((possible * weights).sum()) / 1e6


def run_past_year(year: int, *, past: PastFacts, **inputs: object) -> PastYear:
    """Build and solve a past year; parameters as in :func:`past_network`."""
    network = past_network(year, past=past, **inputs)  # type: ignore[arg-type]
    solve_surely(network, method="ipm")
    return past_year(year, network, past.trade)


def reported_generation(mix: pd.DataFrame, year: int) -> dict[str, pd.Series]:
    """Return reported TWh by carrier of a year, one entry for each source; oil counts as gas.

    Sources that lack a carrier are left out, see :func:`coal_by_source`.
    """
    rows = mix[mix["year"] == year].assign(
        carrier=lambda table: table["carrier"].replace({"oil": "gas"})
    )
    sums = rows.groupby(["series", "carrier"])["generation_twh"].sum()
    out = {}
    for source in sums.index.unique("series"):
        values = sums[source].reindex(CARRIERS)
        if not values.isna().any():
            out[str(source)] = values
    return out


def coal_by_source(mix: pd.DataFrame, year: int) -> dict[str, float]:
    """Return the reported TWh of coal of a year by source."""
    rows = mix[(mix["year"] == year) & (mix["carrier"] == "coal")]
    return dict(zip(rows["series"], rows["generation_twh"], strict=True))


def deviation(modelled: pd.Series, reported: pd.Series) -> tuple[float, float, float]:
    """Return the sum of absolute deviations, TWh, of the volume, and sMAPE, both fractions.

    Parameters
    ----------
    modelled, reported : TWh by carrier; carriers are those of ``reported``.

    Notes
    -----
    The indicators of the PyPSA-Earth study of Kazakhstan: sMAPE is the mean over carriers of
    ``2 |m - r| / (m + r)``.
    """
    got = modelled.reindex(reported.index).fillna(0.0)
    off = (got - reported).abs()
    share = float((2.0 * off / (got + reported).replace(0.0, np.nan)).mean())
    return float(off.sum()), float(off.sum() / reported.sum()), share


def _scale_fleet(network: pypsa.Network, capacity: pd.DataFrame, year: int) -> None:
    units = network.generators
    for carrier, rows in capacity.groupby("carrier"):
        by_year = rows.set_index(rows["year"].astype(int))["capacity_mw"]
        chosen = (units["carrier"] == carrier) & (units["p_nom"] > 0)
        mean = float(by_year.loc[[year - 1, year]].mean())
        units.loc[chosen, "p_nom"] *= mean / units.loc[chosen, "p_nom"].sum()


def _add_past_lines(network: pypsa.Network, lines: pd.DataFrame, assumptions: Assumptions) -> None:
    rows: list[dict[str, Any]] = lines.to_dict("records")  # type: ignore[assignment]
    for line in rows:
        loss = loss_fraction(loss_terms(line["kind"], assumptions), line["length_km"])
        ends = (line["bus0"], line["bus1"])
        for direction, (bus0, bus1) in {"there": ends, "back": ends[::-1]}.items():
            network.add(
                "Link", f"{line['corridor']} {direction}", bus0=bus0, bus1=bus1,
                carrier=line["kind"], p_nom=line["capacity_mw"], efficiency=1.0 - loss,
                corridor=line["corridor"], direction=direction,
            )  # fmt: skip


def by_border(trade: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return TWh by border and ``import`` or ``export``."""
    return {
        (str(row["border"]), way): float(row[f"{way}_twh"])
        for row in trade.to_dict("records")
        for way in ("import", "export")
    }


def _set_trade(
    network: pypsa.Network, demand: pd.DataFrame, trade: pd.DataFrame, year: int
) -> None:
    """Limit imports to what was metered, and add exports at the home ends of the border's lines."""
    reported = demand[demand["year"] == year].iloc[0]
    generated = float(reported["demand_twh"]) - float(reported["net_import_twh"])
    metered = by_border(trade)
    net = sum(metered[border, "import"] - metered[border, "export"] for border in _GATES)
    loads = network.loads_t.p_set * ((generated + net) / float(reported["demand_twh"]))
    units, links = network.generators, network.links
    hours = float(network.snapshot_weightings["generators"].sum())
    for border, markets in _GATES.items():
        sellers = units.index[units["bus"].isin(markets) & (units["carrier"] == "import")]
        strength = units.loc[sellers, "p_nom"] / units.loc[sellers, "p_nom"].sum()
        network.generators.loc[sellers, "e_sum_max"] = metered[border, "import"] * 1e6 * strength
        ends = links[links["bus1"].isin(markets)].groupby("bus0")["p_nom"].sum()
        exports = metered[border, "export"] * 1e6 / hours * ends / ends.sum()
        loads[exports.index] += exports
    # what was bought was bought: the price of a past import decides nothing here
    sellers = units.index[units["carrier"] == "import"]
    priced = [name for name in sellers if name in network.generators_t.marginal_cost]
    network.generators_t.marginal_cost = network.generators_t.marginal_cost.drop(columns=priced)
    network.generators.loc[sellers, "marginal_cost"] = 0.0
    network.loads_t.p_set = loads
