"""Deciding before prices are known: states of market prices, their values, and their command."""

import dataclasses

import numpy as np
import pandas as pd
import pypsa
import pytest
from click.testing import CliRunner

from greenanalysis.cli import main as cli
from greenanalysis.core.errors import InputError
from greenanalysis.core.files import sha256_json
from greenanalysis.supergrid import export
from greenanalysis.supergrid.model.network import build_network, hourly_series
from greenanalysis.supergrid.model.periods import in_states, one_week, typical_days
from greenanalysis.supergrid.model.rules import snapshots_by_state
from greenanalysis.supergrid.results.summary import balance, summarise
from greenanalysis.supergrid.robustness import stochastic
from greenanalysis.supergrid.robustness.stochastic import (
    _at_least_zero,
    capital,
    price_uncertainty,
    two_stage,
)
from greenanalysis.supergrid.scenario import PriceState, load_scenario
from greenanalysis.supergrid.solve.optimise import NotConverged, solve
from tests.support.supergrid_world import FACTS, INPUTS, SMALL, WHOLE, built, solved

pytestmark = pytest.mark.filterwarnings("ignore")
STATES = (PriceState(1.0, 0.25), PriceState(1.8, 0.75))
HOURS = 8760.0


def objective(network):
    return network.meta["solution"]["objective_usd"]


@pytest.fixture(scope="module")
def country():
    """Return what uncertain prices cost the small country, and the networks that were solved."""
    networks = []

    def build(*arguments, **options):
        networks.append(build_network(*arguments, **options))
        return networks[-1]

    changes = {**SMALL, "markets.price_states": STATES}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stochastic, "build_network", build)
        found = price_uncertainty(load_scenario("base", changes), inputs=WHOLE)
    return found, networks


@pytest.fixture
def network(country):
    """Return the network of the small country with two states of prices, solved."""
    return country[1][0]


def test_states_of_a_scenario_are_frozen_hashable_and_plain_in_a_hash():
    rows = [{"factor": 1, "probability": 0.25}, {"factor": 1.8, "probability": 0.75}]
    scenario = load_scenario("base", {"markets": {"price_states": rows}})
    assert scenario.markets.price_states == STATES
    assert load_scenario("base").markets.price_states is None
    again = load_scenario("base", {"markets.price_states": STATES})
    assert {scenario, again, load_scenario("base")} == {scenario, load_scenario("base")}
    hashes = {sha256_json(dataclasses.asdict(s)) for s in (scenario, again)}
    assert len(hashes) == 1
    assert sha256_json(dataclasses.asdict(load_scenario("base"))) not in hashes


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ([{"factor": 1, "probability": 0.5}, {"factor": 2, "probability": 0.4}], "the sum 0.9"),
        ([], "1 to 20 states"),
        (0.7, "null, or a list"),
        ({"factor": 1, "probability": 1}, "unknown key"),
        ([{"factor": 1}], "probability: 0.3"),
        ([{"factor": 1, "probability": 1, "name": "x"}], "1 to 20 states"),
        ([{"factor": -1, "probability": 1}], "factors 0 to 10"),
        ([{"factor": float("nan"), "probability": 1}], "factors 0 to 10"),
        ([{"factor": "1", "probability": 1}], "1 to 20 states"),
        ([{"factor": 1, "probability": True}], "1 to 20 states"),
        ([{"factor": 1, "probability": 0}, {"factor": 2, "probability": 1}], "above 0"),
        ([{"factor": 1, "probability": 1 / 21}] * 21, "1 to 20 states"),
    ],
)
def test_states_that_are_none_are_one_error(value, part):
    with pytest.raises(InputError, match="price_states") as error:
        load_scenario("base", {"markets.price_states": value})
    assert part in str(error.value)
    assert "overrides" in str(error.value)


def test_one_certain_state_is_the_scenario_without_states(country):
    _, plain = solved()
    own = country[1][3]
    assert own.meta["scenario"]["markets"]["price_states"][0]["factor"] == 1.0
    assert objective(own) == pytest.approx(objective(plain), rel=1e-6)
    pd.testing.assert_index_equal(own.snapshots, plain.snapshots)


def test_results_are_expected_values_and_every_bus_is_balanced(network):
    weights = network.snapshot_weightings["generators"]
    assert weights.sum() == pytest.approx(HOURS, rel=1e-12)
    assert network.snapshots.is_unique
    assert balance(network).abs().to_numpy().max() < 1e-6
    scenario, plain = solved()
    found = summarise(network, scenario).totals.set_index("quantity")["value"]
    without = summarise(plain, scenario).totals.set_index("quantity")["value"]
    assert found["demand"] == pytest.approx(without["demand"], rel=1e-9)
    sold = (
        network.generators_t.p.loc[:, network.generators["carrier"] == "export"].sum(axis=1)
        * weights
    )
    low, high = (sold.loc[part].sum() for part in snapshots_by_state(network))
    assert found["exports"] == pytest.approx((low + high) / 1e6, rel=1e-9)
    assert low / STATES[0].probability < high / STATES[1].probability


def test_prices_are_those_of_the_state(network):
    _, plain = solved()
    for part, state in zip(snapshots_by_state(network), STATES, strict=True):
        cost = network.generators_t.marginal_cost.loc[part]
        usual = plain.generators_t.marginal_cost
        np.testing.assert_allclose(cost[usual.columns], usual * state.factor, rtol=1e-12)


def energy_by_state(network, names):
    weights = network.snapshot_weightings["generators"]
    for part in snapshots_by_state(network):
        share = weights.loc[part].sum() / weights.sum()
        yield network.generators_t.p.loc[part, names].mul(weights.loc[part], axis=0).sum() / share


def test_energy_limits_hold_in_each_state():
    _, network = built(**{"markets.price_states": STATES})
    imports = network.generators.index[network.generators["carrier"] == "import"]
    assert np.isfinite(network.generators.loc[imports, "e_sum_max"]).all()
    # power from abroad costs nothing, so that only the limit holds it back
    network.generators.loc[imports, "marginal_cost"] = 0.0
    dear = network.generators_t.marginal_cost.columns.intersection(imports)
    network.generators_t.marginal_cost[dear] = 0.0
    network.generators.loc[imports, "e_sum_max"] = 1e5
    solve(network)
    used = [energy / 1e5 for energy in energy_by_state(network, imports)]
    assert len(used) == len(STATES)
    assert all((part <= 1 + 1e-6).all() for part in used)
    assert any((part > 1 - 1e-3).any() for part in used)


def test_share_of_renewables_holds_in_each_state():
    share = 0.8
    _, network = built(**{"markets.price_states": STATES, "res_share": share})
    solve(network)
    carrier = network.generators["carrier"]
    hydro = network.storage_units.index[network.storage_units["carrier"] == "hydro"]
    found = []
    for part in snapshots_by_state(network):
        weights = network.snapshot_weightings["generators"].loc[part]
        energy = network.generators_t.p.loc[part].mul(weights, axis=0).sum().groupby(carrier).sum()
        water = network.storage_units_t.p_dispatch.loc[part, hydro].mul(weights, axis=0).sum().sum()
        load = network.loads_t.p_set.loc[part].mul(weights, axis=0).sum().sum()
        delivered = load - energy["load_shedding"] + energy["export"] - energy["import"]
        grey = energy[["coal", "gas", "gas_ccgt"]].sum() + water
        found.append(1.0 - grey / delivered)
    assert min(found) == pytest.approx(share, abs=1e-6)
    assert all(value >= share - 1e-6 for value in found)


def test_storage_that_runs_on_takes_no_energy_from_one_state_to_another():
    week = one_week(hourly_series(INPUTS["profiles"], FACTS), first_day=10, hours_per_step=6)
    scenario = load_scenario("base", {**SMALL, "markets.price_states": STATES})
    network = build_network(scenario, **WHOLE, periods=week)
    network.generators["e_sum_max"] = float("inf")
    solve(network)
    first, second = (
        network.storage_units_t.state_of_charge.loc[part[-1]]
        for part in snapshots_by_state(network)
    )
    pd.testing.assert_series_equal(first, second, check_names=False, atol=1e-3)
    assert first.max() > 1.0


def test_days_of_a_leap_year_keep_labels_apart():
    profiles = INPUTS["profiles"]
    shifted = profiles.assign_coords(time=profiles["time"] + np.timedelta64(365 * 24, "h"))
    series = hourly_series(shifted, FACTS)
    assert (series.index.month == 2).sum() > 28 * 24
    periods = in_states([typical_days(series, days=365, hours_per_step=6)], STATES)
    assert periods.series.index.is_unique
    assert periods.series.index.is_monotonic_increasing
    assert list(periods.series.index) == list(periods.weights.index)
    assert set(periods.last) <= set(periods.series.index)
    assert len(set(periods.last)) == 2 * 365


# Two nodes by hand. A plant at home for 20 USD/MWh, a line for 12 USD per MW and hour, no losses;
# abroad a first buyer of 60 MW pays the price and a second of 40 MW pays 0.8 of it.
LINE, FUEL, PRICE = 12.0, 20.0, 30.0
BUYERS = ((60.0, 1.0), (40.0, 0.8))


def two_nodes(states):
    network = pypsa.Network(name="two nodes")
    network.set_snapshots(range(len(states)))
    hours = np.array([state.probability for state in states]) * HOURS
    for column in ("objective", "generators"):
        network.snapshot_weightings[column] = hours
    network.meta = {"states": [dataclasses.asdict(state) for state in states]}
    network.add("Bus", ["home", "abroad"])
    network.add("Load", "load", bus="home", p_set=10.0)
    network.add("Generator", "plant", bus="home", p_nom=1000.0, marginal_cost=FUEL, carrier="coal")
    price = PRICE * np.array([state.factor for state in states])
    for number, (most, worth) in enumerate(BUYERS):
        network.add(
            "Generator", f"buyer {number}", bus="abroad", carrier="export", sign=-1.0, p_nom=most,
            marginal_cost=pd.Series(-price * worth, index=network.snapshots),
        )  # fmt: skip
    network.add(
        "Link", "line", bus0="home", bus1="abroad", capital_cost=LINE * HOURS,
        p_nom_extendable=True, corridor="line", direction="there",
    )  # fmt: skip
    return network


def by_hand(states, capacities=(0.0, 60.0, 100.0)):
    """Return cost by capacity: the profit is concave in it and bends where a buyer is full."""
    costs = {}
    for capacity in capacities:
        cost = LINE * capacity
        for state in states:
            room = capacity
            for most, worth in BUYERS:
                margin = max(0.0, PRICE * state.factor * worth - FUEL)
                cost -= state.probability * margin * min(most, room)
                room -= min(most, room)
        costs[capacity] = HOURS * (cost + FUEL * 10.0)
    return costs


def test_two_nodes_worked_out_by_hand():
    """Prices 10 or 50, each with 0.5: at the mean, 30, the margin of 10 pays no line of 12.

    Half of the time the first buyer's margin is 30 and the second's 20: 15 pays the line, 10 does
    not, so 60 MW are right. Knowing 50, both buyers (30 and 20) would be served with 100 MW.
    """
    states = (PriceState(1 / 3, 0.5), PriceState(5 / 3, 0.5))
    found = two_stage(two_nodes, states)
    fuel = FUEL * 10.0 * HOURS
    assert found.capacity.loc["line"].to_dict() == pytest.approx(
        {"stochastic": 60.0, "mean price": 0.0, "state 1": 0.0, "state 2": 100.0}, abs=1e-6
    )
    assert found.stochastic_usd == pytest.approx(fuel - 60 * (15 - 12) * HOURS)
    assert found.vss_usd == pytest.approx(60 * 3 * HOURS, rel=1e-5)
    known = 0.5 * (60 * (30 - 12) + 40 * (20 - 12)) * HOURS
    assert found.wait_and_see_usd == pytest.approx(fuel - known)
    assert found.evpi_usd == pytest.approx(known - 60 * 3 * HOURS)


def test_energy_that_one_state_leaves_is_not_there_for_another():
    """The plant may give 50 MW all year: in each state, 10 at home and 40 abroad if that pays."""
    states = (PriceState(1 / 3, 0.5), PriceState(5 / 3, 0.5))
    network = two_nodes(states)
    network.generators.loc["plant", "e_sum_max"] = 50.0 * HOURS
    solve(network)
    assert network.links.at["line", "p_nom_opt"] == pytest.approx(40.0)
    assert list(network.generators_t.p["plant"]) == pytest.approx([10.0, 50.0])
    network.meta = {}
    solve(network)  # all snapshots are one year now: its limit holds in the mean
    assert network.links.at["line", "p_nom_opt"] == pytest.approx(60.0)


def test_the_stochastic_plan_lies_between_knowing_and_the_mean():
    states = (PriceState(0.4, 0.3), PriceState(1.0, 0.3), PriceState(2.2, 0.4))
    found = two_stage(two_nodes, states)
    assert found.wait_and_see_usd < found.stochastic_usd
    assert found.stochastic_usd <= found.mean_plan_usd + found.exact_usd
    costs = by_hand(states)
    assert found.stochastic_usd == pytest.approx(min(costs.values()), rel=1e-9)
    mean = by_hand([PriceState(1.3, 1.0)])
    plan = min(mean, key=mean.get)
    assert found.capacity.at["line", "mean price"] == pytest.approx(plan)
    vss = costs[plan] - min(costs.values())
    assert found.vss_usd == pytest.approx(vss, abs=found.exact_usd + 100.0)
    known = sum(s.probability * min(by_hand([PriceState(s.factor, 1.0)]).values()) for s in states)
    assert found.evpi_usd == pytest.approx(found.stochastic_usd - known, abs=1.0)


def test_a_value_below_zero_is_an_error_unless_rounding_explains_it():
    assert _at_least_zero(-1.0, 2.0, "x") == 0.0
    assert _at_least_zero(3.0, 2.0, "x") == 3.0
    with pytest.raises(NotConverged, match="below zero"):
        _at_least_zero(-3.0, 2.0, "x")


def test_values_of_the_country(country):
    found, networks = country
    assert found.wait_and_see_usd < found.stochastic_usd < found.mean_plan_usd
    assert found.vss_usd > found.exact_usd < found.evpi_usd
    values = [objective(network) for network in networks]
    assert len(values) == 5
    assert found.stochastic_usd == values[0]
    assert found.wait_and_see_usd == pytest.approx(0.25 * values[3] + 0.75 * values[4], rel=1e-12)
    assert found.mean_plan_usd == pytest.approx(values[2] + capital(networks[1]), rel=1e-4)
    assert (found.capacity >= 0).to_numpy().all()
    assert found.capacity["state 2"].sum() > found.capacity["state 1"].sum()


def test_a_scenario_without_states_has_no_uncertainty():
    with pytest.raises(InputError, match="price_states"):
        price_uncertainty(load_scenario("base"), inputs=WHOLE)


def test_states_are_known_again_from_a_file(network, tmp_path):
    model, network._model = network._model, None
    network.export_to_netcdf(str(tmp_path / "network.nc"))
    network._model = model
    again = pypsa.Network(str(tmp_path / "network.nc"))
    assert [len(part) for part in snapshots_by_state(again)] == [8, 8]
    again.set_snapshots(again.snapshots[:3])
    with pytest.raises(InputError, match="2 states of equal length"):
        snapshots_by_state(again)


def run(*words):
    return CliRunner().invoke(cli.cli, ["grid-uncertainty", *words])


def test_the_command_prints_costs_and_corridors(monkeypatch, country):
    asked, (found, _) = [], country

    def known(scenario, *, inputs, tell):
        asked.append(scenario)
        return found

    monkeypatch.setattr(export, "export_inputs", lambda *_, **__: (None, {}, INPUTS))
    monkeypatch.setattr(stochastic, "price_uncertainty", known)
    result = run("base", "--state", "1:0.25", "--state", "1.8:0.75", "--days", "2", "--hours", "6")
    assert result.exit_code == 0, result.output
    assert asked[0].markets.price_states == STATES
    assert (asked[0].time.typical_days, asked[0].time.hours_per_step) == (2, 6)
    assert f"{found.evpi_usd / 1e6:,.1f}" in result.output
    assert f"{found.vss_usd / 1e6:,.1f}" in result.output
    assert "x1.8 (p 0.75)" in result.output
    built_somewhere = found.capacity.max(axis=1) >= 1.0
    assert all(name in result.output for name in found.capacity.index[built_somewhere])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give each state"),
        (["--state", "0.7"], "write FACTOR:PROBABILITY"),
        (["--state", "a:b"], "write FACTOR:PROBABILITY"),
        (["--state", "0.7:0.3"], "the sum 0.3"),
        (["--state", "11:1"], "factors 0 to 10"),
        (["--state", "nan:1"], "factors 0 to 10"),
        (["nowhere", "--state", "1:1"], "unknown scenario"),
        (["--state", "1:1", "--hours", "5"], "time.hours_per_step"),
    ],
)
def test_bad_input_of_the_command_is_one_error(words, message, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["greenanalysis", "grid-uncertainty", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    errors = capsys.readouterr().err
    assert end.value.code == 2
    assert message in errors
    assert errors.lower().count("error:") == 1
    assert "Traceback" not in errors
