"""A small made-up year for the tests of the export model."""

from functools import lru_cache

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.supergrid.model.facts import load_facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.optimise import solve

SMALL = {
    "time.typical_days": 2,
    "time.hours_per_step": 6,
    "time.link_days": False,
    "corridors.loss_steps": 1,
    "solver.method": "simplex",
    "year": 2030,
    "fleet.planned": "none",
    "fleet.build_limits": False,
    "corridors.lead_times": False,
}
FACTS = load_facts()
ASSUMPTIONS = load_assumptions()
REGIONS = read_facts("regions", numeric=["demand_2020_gwh"]).set_index("region")


def profiles(seed=0):
    random = np.random.default_rng(seed)
    time = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
    count = len(REGIONS)
    hour = (time.hour.to_numpy() - 0.5) % 24
    sun = np.clip(np.sin(np.pi * (hour - 1) / 12), 0, None)
    clear = np.repeat(0.4 + 0.6 * random.random((365, count)), 24, axis=0)
    gusts = np.repeat(random.beta(1.2, 2.2, (730, count)), 12, axis=0)
    gusts[200 * 24 : 207 * 24] = 0.01  # a calm week in July
    clear[200 * 24 : 207 * 24] = 0.05
    data = {
        "solar": (("time", "region"), 0.7 * sun[:, None] * clear),
        "wind": (("time", "region"), gusts),
    }
    return xr.Dataset(data, coords={"time": time, "region": list(REGIONS.index)})


def potential(mw=20000.0):
    pairs = pd.MultiIndex.from_product(
        [REGIONS.index, ["solar", "wind"]], names=["region", "technology"]
    )
    return pd.DataFrame({"p_nom_max_mw": mw}, index=pairs)


INPUTS = {"regions": REGIONS, "profiles": profiles(), "potential": potential()}
WHOLE = {**INPUTS, "facts": FACTS, "assumptions": ASSUMPTIONS}


def built(name="base", **changes):
    scenario = load_scenario(name, {**SMALL, **changes})
    return scenario, build_network(scenario, **WHOLE)


def solved(name="base", **changes):
    """Return scenario and solved network; the same question is solved once per process.

    Tests that change the network build their own.
    """
    return _solved(name, tuple(sorted(changes.items())))


@lru_cache(maxsize=8)
def _solved(name, changes):
    scenario, network = built(name, **dict(changes))
    solve(network)
    return scenario, network
