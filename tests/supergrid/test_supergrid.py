import dataclasses
import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.model.corridors import corridor_table, loss_fraction, loss_terms
from greenanalysis.supergrid.model.economics import annual_cost, new_costs
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.model.periods import typical_days
from greenanalysis.supergrid.results.delivered import PARTS, delivered_costs
from greenanalysis.supergrid.results.summary import balance, energy_balance, summarise
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve import study as studies
from greenanalysis.supergrid.solve.optimise import NotConverged, solve
from greenanalysis.supergrid.solve.study import input_hash, solve_scenario, study, without_export
from tests.support.supergrid_world import (
    ASSUMPTIONS,
    FACTS,
    INPUTS,
    SMALL,
    built,
    potential,
    solved,
)

pytestmark = pytest.mark.filterwarnings("ignore")
PROFILES = INPUTS["profiles"]


@pytest.fixture(scope="module")
def base():
    return solved()


@pytest.fixture(scope="module")
def alone():
    return solved("no_export")


@pytest.fixture(scope="module")
def caspian():
    return solved("caspian")


def lost_share(kind, length_km):
    return loss_fraction(loss_terms(kind, ASSUMPTIONS), length_km)


def exported_twh(network):
    return float((energy_balance(network)["exports_mw"] * weights(network)).sum() / 1e6)


def weights(network):
    return network.snapshot_weightings["generators"]


def two_nodes(*, line_usd, efficiency=0.9, load_mw=100.0):
    """A cheap plant at A, a dear one at B with the load, and a line with its way back."""
    import pypsa

    network = pypsa.Network(name="two nodes")
    network.set_snapshots([0])
    network.snapshot_weightings.loc[:, :] = 8760.0
    network.add("Bus", ["A", "B"], kind="region")
    network.add("Load", "B", bus="B", p_set=load_mw)
    network.add("Generator", "A coal", bus="A", p_nom=1000.0, marginal_cost=20.0)
    network.add("Generator", "B gas", bus="B", p_nom=1000.0, marginal_cost=50.0)
    line = {"p_nom_extendable": True, "efficiency": efficiency, "corridor": "line"}
    line |= {"same_as": "line"}
    network.add("Link", "line", bus0="A", bus1="B", capital_cost=line_usd, **line)
    network.add("Link", "line back", bus0="B", bus1="A", capital_cost=0.0, **line)
    return network


@pytest.mark.parametrize("method", ["simplex", "ipm"])
def test_two_nodes_reach_the_closed_form_optimum_with_a_line_that_pays(method):
    network = two_nodes(line_usd=100_000.0)
    solution = solve(network, method=method, tolerance=1e-9)
    delivered = (20.0 + 100_000.0 / 8760.0) / 0.9
    assert network.links.at["line", "p_nom_opt"] == pytest.approx(100 / 0.9, rel=1e-6)
    assert network.links.at["line back", "p_nom_opt"] == pytest.approx(100 / 0.9, rel=1e-6)
    assert network.buses_t.marginal_price.at[0, "B"] == pytest.approx(delivered, rel=1e-6)
    assert network.buses_t.marginal_price.at[0, "A"] == pytest.approx(20.0, rel=1e-6)
    assert solution.objective_usd == pytest.approx(delivered * 100 * 8760, rel=1e-6)
    assert solution.gap < 1e-6


def test_a_solution_leaves_the_loggers_of_other_packages_as_they_were():
    names = ("pypsa", "linopy")
    before = {name: logging.getLogger(name).level for name in names}
    logging.getLogger("pypsa").setLevel(logging.DEBUG)
    try:
        solve(two_nodes(line_usd=100_000.0))
        assert logging.getLogger("pypsa").level == logging.DEBUG
        assert logging.getLogger("linopy").level == before["linopy"]
    finally:
        logging.getLogger("pypsa").setLevel(before["pypsa"])


def test_two_nodes_build_no_line_that_does_not_pay():
    network = two_nodes(line_usd=400_000.0)
    solve(network)
    assert network.links.at["line", "p_nom_opt"] == pytest.approx(0.0, abs=1e-6)
    assert network.buses_t.marginal_price.at[0, "B"] == pytest.approx(50.0)


def test_delivered_cost_of_two_corridors_in_a_row_is_the_closed_form():
    network = two_nodes(line_usd=0.0)
    network.add("Bus", ["M", "N"], kind="market")
    for name, bus0, bus1, usd, efficiency in [
        ("first", "A", "M", 87_600.0, 0.9),
        ("second", "M", "N", 43_800.0, 0.8),
    ]:
        network.add(
            "Link", name, bus0=bus0, bus1=bus1, capital_cost=usd, efficiency=efficiency,
            p_nom_extendable=True, corridor=name,
        )  # fmt: skip
    for market, price, mw in [("M", 40.0, 10.0), ("N", 90.0, 50.0)]:
        network.add(
            "Generator", f"{market} buyer", bus=market, sign=-1.0, p_nom=mw, marginal_cost=-price,
            carrier="export",
        )  # fmt: skip
    solve(network)
    costs = delivered_costs(network).set_index("market")
    at_m = (20 + 10) / 0.9
    assert costs.at["M", "generation_usd_per_mwh"] == pytest.approx(20.0)
    assert costs.at["M", "line_usd_per_mwh"] == pytest.approx(10 / 0.9)
    assert costs.at["M", "losses_usd_per_mwh"] == pytest.approx(20 / 0.9 - 20)
    assert costs.at["N", "generation_usd_per_mwh"] == pytest.approx(20.0)
    assert costs.at["N", "line_usd_per_mwh"] == pytest.approx(10 / 0.9 + 5 / 0.8)
    assert costs.at["N", "total_usd_per_mwh"] == pytest.approx((at_m + 5) / 0.8)
    assert costs.at["N", "price_usd_per_mwh"] == pytest.approx((at_m + 5) / 0.8)


def test_every_bus_is_balanced_at_every_snapshot(base, caspian):
    for _, network in (base, caspian):
        assert balance(network).abs().to_numpy().max() < 1e-6


def test_the_country_is_balanced_at_every_snapshot(base, caspian):
    for _, network in (base, caspian):
        account = energy_balance(network)
        given_out = account["demand_mw"] + account["exports_mw"] + account["line_losses_mw"]
        taken_in = account["generation_mw"] + account["imports_mw"] + account["storage_mw"]
        assert ((taken_in - given_out) / account["demand_mw"]).abs().max() < 1e-6
        assert (account["line_losses_mw"] >= -1e-6).all()


def test_weights_sum_to_a_year_and_demand_is_the_national_one(base):
    scenario, network = base
    assert weights(network).sum() == pytest.approx(8760.0, rel=1e-12)
    demand = float((energy_balance(network)["demand_mw"] * weights(network)).sum() / 1e6)
    lines = 1.0 - ASSUMPTIONS.get("demand", "line_losses", unit="1")  # which lose them again
    assert demand == pytest.approx(126.1 * 1.03 ** (scenario.year - 2025) * lines, rel=1e-9)


def test_storage_is_empty_at_the_end_of_each_typical_day(base):
    _, network = base
    last = network.snapshots[network.snapshots.hour == 0]
    assert len(last) == 2
    assert network.storage_units_t.state_of_charge.loc[last].abs().to_numpy().max() < 1e-6


def test_existing_and_new_plants_keep_within_their_limits(base):
    _, network = base
    new = network.generators[network.generators["p_nom_extendable"]]
    assert (new["p_nom_opt"] <= new["p_nom_max"] + 1e-6).all()
    coal = network.generators.index[network.generators["carrier"] == "coal"]
    most = network.generators_t.p_max_pu[coal] * network.generators.loc[coal, "p_nom"]
    assert (network.generators_t.p[coal] <= most + 1e-6).all().all()
    assert np.isinf(network.generators.loc[coal, "e_sum_max"]).all()  # no cap on a year's energy


def test_flows_both_ways_share_one_capacity(base):
    _, network = base
    links = network.links
    for name in links.index[links.index != links["corridor"]]:
        there = links.loc[links.at[name, "corridor"]]
        capacity = there["p_nom_opt"] if there["p_nom_extendable"] else there["p_nom"]
        assert links.at[name, "p_nom_opt"] == pytest.approx(capacity, abs=1e-6)
        used = network.links_t.p0[name] + network.links_t.p0[there.name]
        assert (used <= capacity + 1e-4).all()


def test_losses_are_those_of_the_table(base):
    _, network = base
    lost = network.links_t.p0 + network.links_t.p1
    expected = network.links_t.p0 * (1.0 - network.links["efficiency"])
    assert np.allclose(lost, expected[lost.columns], atol=1e-6)
    assert lost_share("hvac", 1000.0) == pytest.approx(0.0675)
    assert lost_share("hvdc_overhead", 1000.0) == pytest.approx(0.048)
    with pytest.raises(InputError, match="a line of 30000"):
        lost_share("hvdc_overhead", 30000.0)
    with pytest.raises(InputError, match="unknown kind of line"):
        loss_terms("pipe", ASSUMPTIONS)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 5000), st.sampled_from(["hvac", "hvdc_overhead", "hvdc_subsea"]))
def test_losses_grow_with_length(length, kind):
    here, further = (lost_share(kind, x) for x in (length, length + 100))
    assert 0 <= here < further < 1


def test_tables_of_results_agree_with_each_other(caspian):
    scenario, network = caspian
    results = summarise(network, scenario)
    totals = results.totals.set_index("quantity")["value"]
    assert results.generation["generation_twh"].sum() == pytest.approx(totals["generation"])
    assert results.exports["export_twh"].sum() == pytest.approx(totals["exports"], abs=1e-9)
    assert results.corridors["losses_twh"].sum() == pytest.approx(totals["line losses"])
    assert results.corridors["cost_musd"].sum() == pytest.approx(totals["lines"])
    forced = results.corridors.set_index("corridor").loc[["caspian", "tuerkiye"], "new_mw"]
    assert (forced >= 1000 - 1e-6).all()
    assert results.corridors["utilisation"].dropna().between(0, 1 + 1e-9).all()
    there = results.delivered.set_index("market").loc["tuerkiye"]
    sold = results.exports.set_index("market").loc["tuerkiye"]
    assert sold["export_twh"] == pytest.approx(there["delivered_twh"])
    revenue = there["price_usd_per_mwh"] * there["delivered_twh"]
    assert sold["revenue_musd"] == pytest.approx(revenue)
    parts = [there[f"{part}_usd_per_mwh"] for part in PARTS]
    assert sum(parts) == pytest.approx(there["total_usd_per_mwh"])
    assert np.isnan(totals["CO2 avoided in all"])


def test_objective_is_capital_plus_dispatch_less_revenue(base):
    scenario, network = base
    results = summarise(network, scenario)
    totals = results.totals.set_index("quantity")["value"]
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    running = (cost * network.generators_t.p).mul(weights(network), axis=0).sum().sum() / 1e6
    running += totals["tolls of transit countries"]
    capital = totals["capital of new plants and lines"]
    assert totals["objective"] == pytest.approx(capital + running, rel=1e-9)
    net = capital + running + totals["buyers' gain"]
    assert totals["cost less revenue"] == pytest.approx(net, rel=1e-9)
    assert totals["buyers' gain"] >= 0


def test_emissions_at_home_are_taken_against_no_export(base, alone):
    scenario, network = base
    reference = alone[1]
    assert exported_twh(reference) == 0.0
    results = summarise(network, scenario, reference=reference)
    totals = results.totals.set_index("quantity")["value"]
    own = summarise(reference, without_export(scenario)).totals.set_index("quantity")["value"]
    change = totals["CO2 at home"] - own["CO2 at home"]
    assert totals["CO2 at home against no export"] == pytest.approx(change)
    assert totals["CO2 avoided in all"] == pytest.approx(totals["CO2 avoided abroad"] - change)
    assert own["objective"] >= totals["objective"] - 1e-6


def test_higher_prices_never_lower_exports(base):
    _, dear = solved(**{"markets.price_factor": 1.6})
    assert exported_twh(dear) > exported_twh(base[1]) + 1.0


def test_what_is_ruled_out_never_lowers_the_cost(base, alone, caspian):
    cheapest = base[1].meta["solution"]["objective_usd"]
    for _, network in (alone, caspian):
        assert network.meta["solution"]["objective_usd"] >= cheapest - 1e-3


def test_dearer_lines_and_carbon_reach_the_costs(base):
    _, dearer = built(co2_price_usd_per_t=30.0, **{"corridors.cost_factor": 1.5})
    network = base[1]
    links = network.links.index[network.links["capital_cost"] > 0]
    ratio = dearer.links.loc[links, "capital_cost"] / network.links.loc[links, "capital_cost"]
    assert np.allclose(ratio, 1.5)
    coal = network.generators.index[network.generators["carrier"] == "coal"]
    added = (dearer.generators - network.generators[["marginal_cost"]]).loc[coal, "marginal_cost"]
    assert (added > 20.0).all()  # a coal plant gives off most of a tonne with each MWh


def test_first_order_agrees_with_simplex(base):
    exact = base[1].meta["solution"]["objective_usd"]
    _, network = built()
    try:
        solution = solve(network, method="hipdlp", tolerance=1e-4)
    except NotConverged:
        pytest.skip("HiPDLP stopped early on these costs, as it may; simplex and ipm remain")
    assert solution.objective_usd == pytest.approx(exact, rel=1e-2)
    assert solution.gap < 1e-3


def test_allowed_corridors_are_the_only_ones_built():
    scenario = load_scenario("caspian", {"corridors.lead_times": False})
    table = corridor_table(scenario, FACTS, ASSUMPTIONS)
    abroad = table[(table["p_nom_max"] > 0) & ~table.index.str.startswith("KZ-")]
    assert list(abroad.index) == ["caspian", "tuerkiye"]
    early = dataclasses.replace(scenario, year=2027)
    assert "KZ-15:KZ-23" in table.index
    assert "KZ-15:KZ-23" not in corridor_table(early, FACTS, ASSUMPTIONS).index


def test_yearly_cost_is_annuity_and_upkeep():
    scenario = load_scenario("base", {"wacc": 0.0})
    investment = ASSUMPTIONS.get("onwind", "investment", unit="USD/kW", year=2030)
    fixed = ASSUMPTIONS.get("onwind", "fom", unit="%/year", year=2030) / 100
    life = ASSUMPTIONS.get("onwind", "lifetime", unit="year", year=2030)
    expected = investment * 1000 * (1 / life + fixed)
    assert annual_cost("onwind", scenario, ASSUMPTIONS) == pytest.approx(expected)
    battery = new_costs({"battery_inverter": 1.0, "battery_storage": 6.0}, scenario, ASSUMPTIONS)
    parts = [
        annual_cost("battery_inverter", scenario, ASSUMPTIONS),
        6.0 * annual_cost("battery_storage", scenario, ASSUMPTIONS, unit="USD/kWh"),
    ]
    assert battery["capital_cost"] == pytest.approx(sum(parts))
    assert battery["finance_share"] == pytest.approx(0.0, abs=1e-9)
    whole = ASSUMPTIONS.get("battery_inverter", "investment", unit="USD/kW", year=2030)
    whole += 6.0 * ASSUMPTIONS.get("battery_storage", "investment", unit="USD/kWh", year=2030)
    assert battery["investment"] == pytest.approx(whole * 1000.0)


@pytest.mark.parametrize("days", [1, 5, 365])
def test_typical_days_keep_weights_means_and_order(days):
    hourly = pd.DataFrame(
        {"wind": PROFILES["wind"][:, 0], "sun": PROFILES["solar"][:, 3], "flat": 2.0},
        index=pd.DatetimeIndex(PROFILES["time"].to_numpy()),
    )
    periods = typical_days(hourly, days=days, hours_per_step=3)
    assert periods.weights.sum() == pytest.approx(8760)
    assert len(periods.series) == days * 8
    assert len(periods.last) == days
    assert periods.chronological == (days == 365)
    assert periods.series.index.is_monotonic_increasing
    means = periods.series.mul(periods.weights, axis=0).sum() / 8760
    assert np.allclose(means, hourly.mean(), rtol=1e-6)
    if days == 365:
        assert periods.rmse.max() < 1e-12
        assert np.allclose(periods.series["wind"], hourly["wind"].to_numpy().reshape(-1, 3).mean(1))


def test_more_typical_days_fit_the_year_better():
    hourly = PROFILES["wind"].to_pandas().iloc[:, :4]
    errors = [typical_days(hourly, days=d, hours_per_step=3).rmse.mean() for d in (2, 20, 200)]
    assert errors[0] > errors[1] > errors[2]


def test_bad_profiles_and_potential_are_refused():
    scenario = load_scenario("base", SMALL)
    bad = {
        "no wind": PROFILES.drop_vars("wind"),
        "8760 hours": PROFILES.isel(time=slice(100)),
        "each region": PROFILES.isel(region=slice(3)),
        "0 to 1": PROFILES * 2,
        "no NaN": PROFILES.where(PROFILES["time"] > PROFILES["time"][0]),
    }
    for message, profiles in bad.items():
        with pytest.raises(InputError, match=message):
            build_network(
                scenario, facts=FACTS, assumptions=ASSUMPTIONS, **{**INPUTS, "profiles": profiles}
            )
    for message, table in {
        "0 or more": potential(-1.0),
        "no solar": potential().drop("solar", level="technology"),
    }.items():
        with pytest.raises(InputError, match=message):
            build_network(
                scenario, facts=FACTS, assumptions=ASSUMPTIONS, **{**INPUTS, "potential": table}
            )


def test_cache_returns_the_same_solution_and_survives_a_broken_file(tmp_path, monkeypatch, alone):
    import pypsa

    solves = []
    monkeypatch.setattr(studies, "build_network", lambda *_, **__: as_copy(alone[1]))
    monkeypatch.setattr(studies, "solve_surely", lambda *_, **__: solves.append(1))
    scenario = alone[0]
    first, results = study(scenario, directory=tmp_path, **INPUTS)
    (path,) = tmp_path.glob("*.nc")  # the reference of no_export is itself
    again = solve_scenario(scenario, directory=tmp_path, **INPUTS)
    assert len(solves) == 1
    assert pypsa.Network(str(path)).meta["money"] == "USD of 2025"
    assert again.name == first.name == results.scenario.title
    pd.testing.assert_frame_equal(
        summarise(again, scenario, reference=again).totals, results.totals
    )
    assert balance(again).abs().to_numpy().max() < 1e-6
    path.write_bytes(path.read_bytes()[:5000])
    rebuilt = solve_scenario(scenario, directory=tmp_path, **INPUTS)
    assert rebuilt.meta["solution"] == first.meta["solution"]
    assert len(solves) == 2
    assert not list(tmp_path.glob(".tmp-*"))


def as_copy(network):
    model, network._model = network._model, None
    try:
        return network.copy()
    finally:
        network._model = model


def test_hash_knows_inputs_but_not_titles():
    tables = {"facts": FACTS, "assumptions": ASSUMPTIONS, **INPUTS}
    alone = input_hash(load_scenario("no_export", SMALL), **tables)
    assert input_hash(without_export(load_scenario("caspian", SMALL)), **tables) == alone
    assert input_hash(load_scenario("no_export", {**SMALL, "year": 2031}), **tables) != alone
    tables["potential"] = potential(1.0)
    assert input_hash(load_scenario("no_export", SMALL), **tables) != alone
