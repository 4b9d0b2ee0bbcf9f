"""Scenarios without answer, and odd ones with a right answer."""

import dataclasses

import pandas as pd
import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.results.summary import balance, summarise
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.optimise import solve
from tests.support.supergrid_world import FACTS, SMALL, WHOLE, built, solved

pytestmark = pytest.mark.filterwarnings("ignore")


def nodes(names, links, *, load_at, plants):
    import pypsa

    network = pypsa.Network(name="small")
    network.set_snapshots([0])
    network.add("Bus", names, kind="region")
    for bus, mw in load_at.items():
        network.add("Load", bus, bus=bus, p_set=mw)
    for bus, (mw, cost) in plants.items():
        network.add("Generator", f"{bus} plant", bus=bus, p_nom=mw, marginal_cost=cost)
    for bus0, bus1, mw, efficiency in links:
        network.add(
            "Link", f"{bus0}>{bus1}", bus0=bus0, bus1=bus1, p_nom=mw, efficiency=efficiency,
            corridor=f"{bus0}>{bus1}",
        )  # fmt: skip
    return network


def test_infeasible_says_where_when_how_much_and_which_limits():
    network = nodes(
        ["A", "B"], [("A", "B", 100.0, 0.9)],
        load_at={"B": 5000.0}, plants={"A": (1000.0, 20.0), "B": (300.0, 50.0)},
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        solve(network)
    text = str(caught.value)
    assert "small is infeasible" in text
    assert "at B" in text
    assert "4,610 MW are missing of a load of 5,000 MW" in text
    assert "plants there up to 300 MW" in text
    assert "lines into it up to 100 MW" in text


def test_an_island_without_plants_is_named():
    network = nodes(
        ["A", "B", "I"], [("A", "B", 100.0, 1.0)],
        load_at={"B": 50.0, "I": 7.0}, plants={"A": (1000.0, 20.0)},
    )  # fmt: skip
    with pytest.raises(InputError, match=r"at I.*7 MW are missing of a load of 7 MW"):
        solve(network)


def test_limits_that_contradict_each_other_are_named():
    network = nodes(["A"], [], load_at={"A": 5.0}, plants={})
    network.add("Generator", "gas", bus="A", p_nom_extendable=True, p_nom_min=50.0, p_nom_max=10.0)
    network.generators["marginal_cost"] = 1.0
    with pytest.raises(InputError, match="gas must be at least 50 MW and at most 10 MW"):
        solve(network)


def test_a_share_beyond_the_potential_is_named():
    network = nodes(["A"], [], load_at={"A": 50.0}, plants={"A": (90.0, 1.0)})
    network.generators["carrier"] = "coal"
    network.add("Generator", "sun", bus="A", p_nom=10.0, carrier="solar")
    network.meta = {"scenario": {"res_share": 0.99}}
    with pytest.raises(InputError, match=r"infeasible.*res_share 0.99 asks for more"):
        solve(network)


@pytest.mark.parametrize(("capital", "running"), [(-1e6, 0.0), (0.0, -5.0)])
def test_unbounded_names_what_earns_without_limit(capital, running):
    network = nodes(["A"], [], load_at={"A": 5.0}, plants={"A": (10.0, 1.0)})
    network.add(
        "Generator", "magic", bus="A", p_nom_extendable=True, capital_cost=capital,
        marginal_cost=running,
    )  # fmt: skip
    network.add("Generator", "sink", bus="A", sign=-1.0, p_nom_extendable=True)
    with pytest.raises(InputError, match=r"unbounded: magic"):
        solve(network)


def test_unknown_method_and_time_limit_are_told():
    network = nodes(["A"], [], load_at={"A": 5.0}, plants={"A": (10.0, 1.0)})
    with pytest.raises(InputError, match="solver method: got magic"):
        solve(network, method="magic")
    with pytest.raises(InputError, match=r"no answer within 1e-06 s"):
        solve(built()[1], time_limit_s=1e-6)


def test_a_loop_makes_no_energy_and_takes_the_shorter_way():
    links = [("A", "B", 50.0, 0.9), ("B", "C", 50.0, 0.9), ("C", "A", 50.0, 0.9)]
    links += [("A", "C", 50.0, 0.95)]
    network = nodes(
        ["A", "B", "C"], links, load_at={"C": 40.0}, plants={"A": (100.0, 10.0)}
    )  # fmt: skip
    solve(network)
    flow = network.links_t.p0.iloc[0]
    assert flow["A>C"] == pytest.approx(40 / 0.95)
    assert flow[["A>B", "B>C", "C>A"]].abs().max() < 1e-9


def test_a_line_of_no_capacity_carries_nothing():
    network = nodes(
        ["A", "B"], [("A", "B", 0.0, 0.9)],
        load_at={"B": 5.0}, plants={"A": (10.0, 1.0), "B": (10.0, 80.0)},
    )  # fmt: skip
    solve(network)
    assert network.links_t.p0.at[0, "A>B"] == 0.0
    assert network.buses_t.marginal_price.at[0, "B"] == pytest.approx(80.0)


def test_markets_with_negative_prices_buy_nothing():
    prices = FACTS.markets.assign(price=-10.0)
    scenario = load_scenario("base", SMALL)
    network = build_network(
        scenario, **{**WHOLE, "facts": dataclasses.replace(FACTS, markets=prices)}
    )
    solve(network)
    table = summarise(network, scenario).exports
    assert table["export_twh"].sum() == pytest.approx(0.0, abs=1e-6)
    assert table["import_twh"].sum() > 0  # they pay for what they send
    assert balance(network).abs().to_numpy().max() < 1e-6


def test_a_missing_price_shape_is_named():
    markets = FACTS.markets.assign(shape="XX")
    with pytest.raises(InputError, match="unknown price shape"):
        build_network(
            load_scenario("base", SMALL),
            **{**WHOLE, "facts": dataclasses.replace(FACTS, markets=markets)},
        )


def test_price_falls_with_volume_and_more_depth_never_sells_less():
    usual = solved()
    falling = solved(**{"markets.price_drop": 0.6})
    sold = [summarise(n, s).exports["export_twh"].sum() for s, n in (usual, falling)]
    assert sold[0] >= sold[1]
    gain = summarise(falling[1], falling[0]).exports["buyers_gain_musd"]
    assert (gain >= -1e-6).all()
    buyers = falling[1].generators.index[falling[1].generators["bus"] == "pakistan"]
    dense = falling[1].get_switchable_as_dense("Generator", "marginal_cost")[buyers].iloc[0]
    bids = pd.Series(-dense.to_numpy())
    assert bids.is_monotonic_decreasing
    assert bids.iloc[-1] / bids.iloc[0] == pytest.approx((1 - 0.6 * 0.875) / (1 - 0.6 * 0.125))


def test_res_share_is_kept():
    scenario, network = solved("no_export", res_share=0.7)
    made = summarise(network, scenario).generation.groupby("carrier")["generation_twh"].sum()
    assert made[["solar", "wind"]].sum() / made.sum() >= 0.7 - 1e-6


def test_old_plants_retire():
    young = built("no_export", **{"fleet.retire_after_years": 40.0})[1].generators
    old = solved("no_export")[1].generators
    coal = [table.loc[table["carrier"] == "coal", "p_nom"].sum() for table in (young, old)]
    assert coal[0] < 0.7 * coal[1]


def test_rules_that_cannot_be_held_name_the_nearest_value_that_can():
    def small(**settings):
        network = nodes(["A"], [], load_at={"A": 100.0}, plants={"A": (1000.0, 20.0)})
        network.add("Generator", "A sun", bus="A", p_nom=60.0, carrier="solar")
        network.generators.loc["A plant", "carrier"] = "coal"
        network.generators["co2_t_per_mwh"] = [1.0, 0.0]
        network.snapshot_weightings.loc[:, :] = 8760.0
        network.meta = {"scenario": {"markets": {}, **settings}}
        return network

    with pytest.raises(InputError, match=r"res_share 0.9 .*nearest share .* is 0\.6"):
        solve(small(res_share=0.9))
    with pytest.raises(InputError, match=r"co2_limit_mt 0\.2 .*the least is 0\.351 Mt"):
        solve(small(co2_limit_mt=0.2))
    solve(small(res_share=0.599, co2_limit_mt=0.352))


def test_a_contract_beyond_what_can_be_delivered_names_what_can():
    contract = {"markets.must_deliver": [{"market": "pakistan", "twh": 1.2}]}
    _, network = built(**contract, **{"corridors.allowed": ["pakistan"]})
    with pytest.raises(InputError, match=r"must_deliver asks for 1\.2 TWh.*its buyers take 1\.1"):
        solve(network)
