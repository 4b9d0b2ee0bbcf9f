"""Plants that exist and plants that may be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.errors import input_error
from greenanalysis.scenario import Scenario
from greenanalysis.supergrid.economics import co2, cost_year, marginal_cost, new_costs
from greenanalysis.supergrid.facts import Facts
from greenanalysis.supergrid.periods import HOURS_PER_YEAR, Periods
from greenanalysis.supergrid.storage import add_storage, storage_ends

if TYPE_CHECKING:
    import pypsa

RENEWABLE = {"solar": "solar_utility", "wind": "onwind"}
THERMAL = ("coal", "gas")
DENSITY = {"solar": ("solar_potential", "density_fixed"), "wind": ("onwind_potential", "density")}


def capacity_by_region(
    plants: pd.DataFrame, year: int, *, retire_after: float | None = None
) -> pd.DataFrame:
    """Return MW by region (rows) and carrier (columns) of the plants that run in ``year``.

    Plants older than ``retire_after`` years are left out; one without a year stays.
    """
    running = plants[~(plants["year"] > year)]
    if retire_after is not None:
        running = running[~(running["year"] + retire_after < year)]
    return running.pivot_table(
        index="region", columns="carrier", values="capacity_mw", aggfunc="sum", fill_value=0.0
    )


def add_fleet(
    network: pypsa.Network,
    scenario: Scenario,
    *,
    facts: Facts,
    assumptions: Assumptions,
    periods: Periods,
) -> None:
    """Add what stands: coal, gas, wind and solar as generators, hydro as storage with inflow.

    Coal gives at most its usual energy over the year (``energy_availability``): the fleet is worn.
    Hydro may move the water of a day within the day and no further.
    """
    capacity = capacity_by_region(
        facts.plants, scenario.year, retire_after=scenario.fleet.retire_after_years
    )
    unknown = [region for region in capacity.index if region not in network.buses.index]
    if unknown:
        allowed = list(network.buses.index)
        raise input_error("region", where="plants.csv", allowed=allowed, got=unknown)
    for carrier in THERMAL:
        mw = _above_zero(capacity, carrier)
        energy = 1.0
        if carrier == "coal":
            energy = assumptions.get("coal", "energy_availability", unit="1")
        network.add(
            "Generator", list(mw.index), suffix=f" {carrier}", bus=mw.index, carrier=carrier,
            p_nom=mw, p_max_pu=assumptions.get(carrier, "availability", unit="1"),
            e_sum_max=mw * energy * HOURS_PER_YEAR,
            marginal_cost=marginal_cost(carrier, scenario, assumptions),
            co2_t_per_mwh=co2(carrier, assumptions),
        )  # fmt: skip
    for carrier, technology in RENEWABLE.items():
        mw = _above_zero(capacity, carrier)
        network.add(
            "Generator", list(mw.index), suffix=f" {carrier}", bus=mw.index, carrier=carrier,
            p_nom=mw, p_max_pu=_profile(periods, carrier, mw.index),
            marginal_cost=_upkeep(technology, scenario, assumptions), co2_t_per_mwh=0.0,
        )  # fmt: skip
    mw = _above_zero(capacity, "hydro")
    inflow = pd.DataFrame({region: periods.series["hydro"] * mw[region] for region in mw.index})
    network.add(
        "StorageUnit", list(mw.index), suffix=" hydro", bus=mw.index, carrier="hydro", p_nom=mw,
        p_min_pu=0.0, max_hours=assumptions.get("hydro", "storage_hours", unit="hour"),
        inflow=inflow, marginal_cost=assumptions.get("hydro", "vom", unit="USD/MWh"),
        **storage_ends(periods, mw.index),
    )  # fmt: skip


def add_candidates(
    network: pypsa.Network,
    scenario: Scenario,
    potential: pd.DataFrame,
    *,
    assumptions: Assumptions,
    periods: Periods,
) -> None:
    """Add what may be built: solar and wind up to the potential, gas where gas is, storage."""
    for carrier, technology in RENEWABLE.items():
        room = _room(network, potential, carrier)
        network.add(
            "Generator", list(room.index), suffix=f" {carrier} new", bus=room.index,
            carrier=carrier, p_nom_extendable=True, p_nom_max=room,
            p_max_pu=_profile(periods, carrier, room.index),
            marginal_cost=_upkeep(technology, scenario, assumptions), co2_t_per_mwh=0.0,
            land_km2_per_mw=1.0 / assumptions.get(*DENSITY[carrier], unit="MW/km2"),
            **new_costs({technology: 1.0}, scenario, assumptions),
        )  # fmt: skip
    with_gas = pd.Index(network.generators.loc[network.generators["carrier"] == "gas", "bus"])
    network.add(
        "Generator", list(with_gas), suffix=" gas_ccgt new", bus=with_gas, carrier="gas_ccgt",
        p_nom_extendable=True, p_max_pu=assumptions.get("gas_ccgt", "availability", unit="1"),
        marginal_cost=marginal_cost("gas_ccgt", scenario, assumptions),
        co2_t_per_mwh=co2("gas_ccgt", assumptions),
        **new_costs({"gas_ccgt": 1.0}, scenario, assumptions),
    )  # fmt: skip
    add_storage(network, scenario, assumptions=assumptions, periods=periods)


def _room(network: pypsa.Network, potential: pd.DataFrame, carrier: str) -> pd.Series:
    """Return MW that may still be built: the potential less what stands."""
    if carrier not in potential.index.get_level_values("technology"):
        raise input_error(
            "technology", where="potential", allowed="solar and wind", got=f"no {carrier}"
        )
    room = potential.xs(carrier, level="technology")["p_nom_max_mw"].astype(float)
    if not (room >= 0).all():
        raise input_error(
            "p_nom_max_mw", where=f"potential of {carrier}", allowed="0 or more", got=room.min()
        )
    standing = network.generators[network.generators["carrier"] == carrier]
    taken = standing.groupby("bus")["p_nom"].sum().reindex(room.index, fill_value=0.0)
    left: pd.Series = (room - taken).clip(lower=0.0)
    return left


def _above_zero(capacity: pd.DataFrame, carrier: str) -> pd.Series:
    if carrier not in capacity:
        return pd.Series(dtype=float)
    return capacity.loc[capacity[carrier] > 0, carrier]


def _profile(periods: Periods, carrier: str, regions: pd.Index) -> pd.DataFrame:
    table = periods.series[[f"{carrier} {region}" for region in regions]]
    return table.set_axis(regions, axis=1).clip(0.0, 1.0)


def _upkeep(technology: str, scenario: Scenario, assumptions: Assumptions) -> float:
    if technology == "onwind":
        return assumptions.get("onwind", "vom", unit="USD/MWh", year=cost_year(scenario))
    return 0.0
