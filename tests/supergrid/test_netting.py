"""No line runs both ways at once, and burning green power earns no share."""

import numpy as np
import pandas as pd
import pytest

import greenanalysis as ga
from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.results.summary import balance
from greenanalysis.supergrid.solve.netting import both_ways, net_flows
from greenanalysis.supergrid.solve.optimise import solve
from tests.support.supergrid_world import built

pytestmark = pytest.mark.filterwarnings("ignore")


def two_regions(*, steps=1, load=100.0):
    """Surplus sun at A, a load at B, a line in ``steps`` of its load that works both ways."""
    import pypsa

    network = pypsa.Network(name="surplus")
    network.set_snapshots([0, 1])
    network.add("Bus", ["A", "B"], kind="region")
    network.add("Load", "B", bus="B", p_set=load)
    network.add("Generator", "A solar", bus="A", p_nom=1000.0, carrier="solar")
    network.add("Generator", "B coal", bus="B", p_nom=500.0, carrier="coal", marginal_cost=20.0)
    for direction, (bus0, bus1) in {"there": ("A", "B"), "back": ("B", "A")}.items():
        for step in range(steps):
            network.add(
                "Link", f"line {direction} {step}", bus0=bus0, bus1=bus1, p_nom=400.0 / steps,
                efficiency=1.0 - 0.05 * (step + 1), corridor="line", direction=direction,
            )  # fmt: skip
    return network


@pytest.mark.parametrize("steps", [1, 3])
def test_surplus_that_circulates_is_curtailed_and_every_bus_gets_what_it_got(steps):
    network = two_regions(steps=steps)
    solve(network)
    sent = network.links_t.p0.copy()
    # as an interior point leaves it: 50 MW back, and what that takes more of sun and line
    share = 0.95
    sent["line back 0"] += 50.0
    last = f"line there {steps - 1}"
    sent[last] += 50.0 / network.links.at[last, "efficiency"]
    network.links_t.p0 = sent
    network.links_t.p1 = -sent * network.links["efficiency"]
    extra = 50.0 / network.links.at[last, "efficiency"] - 50.0 * share
    network.generators_t.p["A solar"] += extra
    assert balance(network).abs().to_numpy().max() < 1e-9
    before = network.generators_t.p["A solar"].copy()
    assert both_ways(network).to_numpy().max() > 1.0
    net_flows(network)
    assert both_ways(network).to_numpy().max() < 1e-9
    assert balance(network).abs().to_numpy().max() < 1e-6
    assert (network.generators_t.p["A solar"] < before - 1.0).all()
    filled = network.links_t.p0.iloc[0].reindex([f"line there {step}" for step in range(steps)])
    assert filled.is_monotonic_decreasing  # the steps of a load in their order


def test_a_solution_without_circles_is_not_touched():
    network = two_regions()
    solve(network)
    sent = network.links_t.p0.copy()
    net_flows(network)
    pd.testing.assert_frame_equal(network.links_t.p0, sent)


SHARE = 0.9


@pytest.fixture(scope="module")
def green():
    """A country that must be green, by interior point, which leaves what is free anywhere."""
    _, network = built("no_export", res_share=SHARE)
    solve(network, method="ipm", tolerance=1e-8)
    return network


def test_lines_of_a_scenario_run_one_way(green):
    assert both_ways(green).to_numpy().max() < 1e-3
    assert balance(green).abs().to_numpy().max() < 1e-6


def test_the_share_counts_on_what_is_delivered(green):
    weights = green.snapshot_weightings["generators"]
    energy = green.generators_t.p.mul(weights, axis=0).sum()
    by = energy.groupby(green.generators["carrier"]).sum()
    hydro = green.storage_units["carrier"] == "hydro"
    water = green.storage_units_t.p.loc[:, hydro].mul(weights, axis=0).sum().sum()
    load = green.loads_t.p_set.mul(weights, axis=0).sum().sum()
    delivered = load - by["load_shedding"] - by["import"]
    grey = by["coal"] + by["gas"] + by["gas_ccgt"] + water
    assert grey <= (1.0 - SHARE) * delivered * (1 + 1e-5)


def test_a_saved_network_is_solved_again_to_the_same_optimum(green, tmp_path):
    green.export_to_netcdf(str(tmp_path / "saved.nc"))
    again = ga.supergrid.resolve(tmp_path / "saved.nc")
    cost = green.meta["solution"]["objective_usd"]
    assert again.meta["solution"]["objective_usd"] == pytest.approx(cost, rel=1e-5)
    free = again.links[again.links["p_nom_extendable"]]
    spread = free.groupby("corridor")["p_nom_opt"].agg(np.ptp)
    assert spread.max() < 1e-3  # all links of a line have one capacity


def test_no_network_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="no file"):
        ga.supergrid.resolve(tmp_path / "nothing.nc")
    (tmp_path / "text.nc").write_text("no netCDF")
    with pytest.raises(InputError, match="a netCDF file of PyPSA"):
        ga.supergrid.resolve(tmp_path / "text.nc")
