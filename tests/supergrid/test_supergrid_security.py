"""Failures, dark weeks, alternatives and break-evens, each against another way to the answer."""

import numpy as np
import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.model.network import hourly_series
from greenanalysis.supergrid.results.break_even import break_even
from greenanalysis.supergrid.results.delivered import waterfall
from greenanalysis.supergrid.results.summary import balance, summarise
from greenanalysis.supergrid.robustness.alternatives import corridor_ranges, gross_cost
from greenanalysis.supergrid.robustness.security import (
    as_built,
    dark_calm_week,
    darkest_week,
    line_outages,
)
from greenanalysis.supergrid.solve.optimise import solve
from tests.support.supergrid_world import FACTS, INPUTS, WHOLE, solved

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def base():
    return solved()


@pytest.fixture(scope="module")
def reference():
    return solved("no_export")[1]


@pytest.fixture(scope="module")
def standing(base):
    network = as_built(base[1])
    solve(network)
    return network


def test_what_was_built_runs_at_the_same_cost(base, standing):
    network = base[1]
    assert not standing.links["p_nom_extendable"].any()
    free = network.meta["solution"]["objective_usd"]
    capital = sum(
        (t["capital_cost"] * t["p_nom_opt"]).where(t["p_nom_extendable"], 0.0).sum()
        for t in (network.generators, network.storage_units, network.links)
    )
    assert standing.meta["solution"]["objective_usd"] == pytest.approx(free - capital, rel=1e-6)


def test_loss_of_a_line_is_the_same_as_solving_without_it(base, standing):
    network = base[1]
    name = "KZ-55:KZ-11"
    table = line_outages(network, [name, "KZ-35:KZ-19"])
    assert (table["cost_musd"] >= -1e-3).all()
    whole = standing.meta["solution"]["objective_usd"]
    broken = as_built(network)
    broken.links.loc[broken.links["corridor"] == name, "p_nom"] = 0.0
    solve(broken)
    cost = (broken.meta["solution"]["objective_usd"] - whole) / 1e6
    got = table.set_index("corridor").at[name, "cost_musd"]
    assert got == pytest.approx(cost, rel=1e-6, abs=1e-3)
    circuit = line_outages(network, [name], circuit_mw={"hvac": 900.0}).iloc[0]
    assert (circuit["capacity_mw"], circuit["lost_mw"]) == (1800.0, 900.0)
    broken.links.loc[broken.links["corridor"] == name, "p_nom"] = 900.0
    solve(broken)
    half = (broken.meta["solution"]["objective_usd"] - whole) / 1e6
    assert circuit["cost_musd"] == pytest.approx(half, rel=1e-6, abs=1e-3)
    with pytest.raises(InputError, match="unknown corridor moon"):
        line_outages(network, ["moon"])


def test_dark_calm_week_is_found_and_balanced(base):
    scenario, network = base
    hourly = hourly_series(INPUTS["profiles"], FACTS)
    first, _ = darkest_week(network, hourly)
    built = network.generators[network.generators["carrier"].isin(["solar", "wind"])]
    if built["p_nom_opt"].sum() > 30000:
        assert abs(first - 200) <= 1
    week, account = dark_calm_week(network, scenario, **WHOLE)
    assert week.snapshot_weightings["generators"].sum() == pytest.approx(168.0)
    assert balance(week).abs().to_numpy().max() < 1e-6
    value = account.set_index("quantity")["value"]
    assert value["load shedding"] >= 0
    assert value["begins"] == first + 1
    new = week.generators.index[week.generators.index.str.endswith("solar new")]
    assert np.allclose(
        week.generators.loc[new, "p_nom"], network.generators.loc[new, "p_nom_opt"], atol=1e-6
    )


def test_alternatives_hold_the_optimum_and_widen_with_the_slack(base):
    network = base[1]
    table = corridor_ranges(network, slack=(0.01, 0.05))
    assert (table["least_mw"] <= table["optimum_mw"] + 1e-3).all()
    assert (table["most_mw"] >= table["optimum_mw"] - 1e-3).all()
    narrow, wide = (table[table["slack"] == s].set_index("corridor") for s in (0.01, 0.05))
    assert (wide["most_mw"] >= narrow["most_mw"] - 1e-3).all()
    assert (wide["least_mw"] <= narrow["least_mw"] + 1e-3).all()
    assert set(table["kind"]) <= {"must-have", "exchangeable", "never"}
    assert gross_cost(network) > 0
    with pytest.raises(InputError, match="above 0"):
        corridor_ranges(network, slack=(0.0,))


def test_break_even_price_makes_the_first_megawatt_pay(base, reference):
    table = break_even(base[1], reference)
    assert "tuerkiye" in set(table["market"])
    assert table.set_index("market").at["tuerkiye", "path"] == "caspian + tuerkiye"
    pays = table["break_even_usd_per_mwh"] <= table["price_usd_per_mwh"]
    assert (pays == (table["line_cost_factor"] >= 1.0)).all()
    new = summarise(*reversed(base)).corridors.set_index("corridor")["new_mw"]
    for row in table[pays].itertuples():
        # what pays at the prices without export is built, unless another line took its place
        assert new[row.path.split(" + ")[0]] >= 0


def test_waterfall_closes_on_the_cost_of_all_export(base, reference):
    scenario, network = base
    parts = waterfall(network, reference)
    values = summarise(network, scenario, reference=reference)
    sold = values.totals.set_index("quantity")["value"]["exports"]
    if sold < 1e-3:
        pytest.skip("nothing is sold in this year")
    change = gross_cost(network) - gross_cost(reference)
    assert parts["usd_per_mwh"].sum() * sold * 1e6 == pytest.approx(change, rel=1e-6)
    assert waterfall(network, None)["usd_per_mwh"].isna().all()
