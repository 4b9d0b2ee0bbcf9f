"""What a built system does when a line fails or the weather does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.model.network import build_network, hourly_series
from greenanalysis.supergrid.model.periods import HOURS_PER_YEAR, one_week
from greenanalysis.supergrid.model.weather_years import chosen_years
from greenanalysis.supergrid.scenario import Scenario
from greenanalysis.supergrid.solve.optimise import solve
from greenanalysis.supergrid.solve.resolve import Resolver

if TYPE_CHECKING:
    import pypsa

_COMPONENTS = ("generators", "storage_units", "links")
_CARRIERS = ("coal", "gas", "gas_ccgt", "hydro", "wind", "solar", "import", "load_shedding")


def as_built(network: pypsa.Network) -> pypsa.Network:
    """Return a copy in which what was built stands and nothing more can be built.

    The scenario's targets and limits are lifted, see :func:`lift_limits`.

    Raises
    ------
    InputError : the network holds no solution.
    """
    if network.generators_t.p.empty:
        raise InputError(f"{network.name}: not solved yet, nothing stands")
    model = getattr(network, "_model", None)
    network._model = None  # a solver's model cannot be copied
    try:
        copy = network.copy()
    finally:
        network._model = model
    fix_capacities(copy, network)
    lift_limits(copy)
    return copy


def lift_limits(network: pypsa.Network) -> None:
    """Take targets, limits of emissions and volumes to be delivered off a network's scenario.

    They are for planning: what stands must run as well as it can when a line or the weather fails.
    """
    settings = network.meta["scenario"]
    lifted = {"res_share": None, "co2_limit_mt": None}
    markets = {**settings["markets"], "must_deliver": None}
    network.meta = {**network.meta, "scenario": {**settings, **lifted, "markets": markets}}


def fix_capacities(network: pypsa.Network, solved: pypsa.Network) -> None:
    """Give every unit that may be built the capacity that it got in ``solved``, by name."""
    for name in _COMPONENTS:
        table, built = getattr(network, name), getattr(solved, name)
        free = table.index[table["p_nom_extendable"]]
        table.loc[free, "p_nom"] = built.loc[free, "p_nom_opt"].clip(lower=0.0)
        table["p_nom_extendable"] = False


def line_outages(
    network: pypsa.Network,
    corridors: list[str] | None = None,
    *,
    circuit_mw: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return what the loss of each line, or of one circuit, costs all year with what stands.

    Parameters
    ----------
    network : solved.
    corridors : lines to lose, one at a time; default all that carry more than 1 MW.
    circuit_mw : capacity of one circuit by kind of line; the rest of the line runs on. Default: the
        whole line fails.

    Returns
    -------
    DataFrame : ``corridor capacity_mw lost_mw lost_load_mwh cost_musd`` (of the year, against no
        loss), the costliest first. Both directions of a line fail together.

    Raises
    ------
    InputError : an unknown corridor.
    """
    standing = as_built(network)
    links = standing.links
    there = links["direction"] == "there"
    strength = links[there].groupby("corridor", sort=False)["p_nom"].sum()
    wanted = corridors or list(strength.index[strength > 1.0])
    unknown = [name for name in wanted if name not in set(links["corridor"])]
    if unknown:
        raise InputError(f"line_outages(): unknown corridor {unknown[0]}")
    solve(standing)
    resolver = Resolver(standing)
    shed = standing.generators.index[standing.generators["carrier"] == "load_shedding"]
    weights = standing.snapshot_weightings["generators"].to_numpy()[:, None]
    before, base_shed = resolver.objective(), (resolver.values("Generator-p", shed) * weights).sum()
    rows = []
    for name in wanted:
        pair = links.index[links["corridor"] == name]
        circuit = (circuit_mw or {}).get(links.at[pair[0], "carrier"], float("inf"))
        failed = min(circuit, float(strength[name]))
        left = 1.0 - failed / float(strength[name])
        with resolver.closed("Link-fix-p-upper", pair, left=left):
            resolver.run(f"{network.name} without {name}")
            lost = (resolver.values("Generator-p", shed) * weights).sum() - base_shed
            rows.append(
                {
                    "corridor": name,
                    "capacity_mw": float(strength[name]),
                    "lost_mw": failed,
                    "lost_load_mwh": max(0.0, float(lost)),
                    "cost_musd": (resolver.objective() - before) / 1e6,
                }
            )
    columns = ["corridor", "capacity_mw", "lost_mw", "lost_load_mwh", "cost_musd"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("cost_musd", ascending=False, ignore_index=True)


def darkest_week(network: pypsa.Network, hourly: pd.DataFrame) -> tuple[int, float]:
    """Return the first day (0 is the first of January) of the week with most load left over.

    Load less what the solar and wind of ``network`` could give, over seven days in a row; the
    second number is what is left over then, MWh.
    """
    units = network.generators[network.generators["carrier"].isin(["solar", "wind"])]
    capacity = units.groupby(["carrier", "bus"])["p_nom_opt"].sum()
    yields = sum(
        hourly[f"{carrier} {bus}"].to_numpy() * mw
        for (carrier, bus), mw in capacity.to_dict().items()
    )
    load = network.loads_t.p_set.sum(axis=1)
    mean = float((load * network.snapshot_weightings["generators"]).sum()) / HOURS_PER_YEAR
    left = (hourly["demand"].to_numpy() * mean - yields).reshape(365, 24).sum(axis=1)
    weeks = np.convolve(left, np.ones(7), mode="valid")
    return int(weeks.argmax()), float(weeks.max())


def dark_calm_week(
    network: pypsa.Network,
    scenario: Scenario,
    *,
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    facts: Facts,
    assumptions: Assumptions,
) -> tuple[pypsa.Network, pd.DataFrame]:
    """Run the darkest and calmest week of the scenario's years, hour after hour, with what stands.

    Parameters as in :func:`build_network`; ``network`` is the solved scenario.

    Returns
    -------
    The week's network, solved, and its account: ``quantity value unit``.

    Notes
    -----
    Yearly energy limits (worn coal plants, imports) do not bind within a week and are lifted;
    limits in MW hold.
    """
    years = [
        hourly_series(year, facts, temperature=scenario.demand.temperature)
        for year in chosen_years(profiles, scenario.weather_years)
    ]
    hourly = max(years, key=lambda year: darkest_week(network, year)[1])
    first = darkest_week(network, hourly)[0]
    periods = one_week(hourly, first_day=first, hours_per_step=min(3, scenario.time.hours_per_step))
    week = build_network(
        scenario, regions=regions, profiles=profiles, potential=potential, facts=facts,
        assumptions=assumptions, periods=periods,
    )  # fmt: skip
    fix_capacities(week, network)
    week.generators["e_sum_max"] = float("inf")
    lift_limits(week)
    solve(week)
    return week, _week_account(week, periods.series.index[0])


def _week_account(week: pypsa.Network, begins: pd.Timestamp) -> pd.DataFrame:
    weights = week.snapshot_weightings["generators"]
    generation = week.generators_t.p.mul(weights, axis=0).sum() / 1e3
    by = generation.groupby(week.generators["carrier"]).sum()
    stored = week.storage_units_t.p.clip(lower=0.0).mul(weights, axis=0).sum() / 1e3
    by["hydro"] = stored.groupby(week.storage_units["carrier"]).sum().get("hydro", 0.0)
    demand = float(week.loads_t.p_set.mul(weights, axis=0).sum().sum()) / 1e3
    price = week.buses_t.marginal_price[week.loads["bus"]].to_numpy()
    shed = week.generators.index[week.generators["carrier"] == "load_shedding"]
    rows = [
        ("begins", float(begins.dayofyear), "day of the year"),
        ("demand", demand, "GWh"),
        *((name.replace("_", " "), float(by.get(name, 0.0)), "GWh") for name in _CARRIERS),
        ("export", float(by.get("export", 0.0)), "GWh"),
        ("most load shed at once", float(week.generators_t.p[shed].sum(axis=1).max()), "MW"),
        ("mean price at home", float(price.mean()), "USD/MWh"),
        ("highest price at home", float(price.max()), "USD/MWh"),
    ]
    return pd.DataFrame(rows, columns=["quantity", "value", "unit"])
