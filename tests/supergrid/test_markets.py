"""Corridors and markets as they are: tolls, seasons, contracts, risk, and who is paid what."""

import dataclasses
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.supergrid.model.corridors import corridor_table
from greenanalysis.supergrid.model.markets import market_terms, open_months
from greenanalysis.supergrid.model.network import build_network, hourly_series
from greenanalysis.supergrid.model.periods import typical_days
from greenanalysis.supergrid.results.break_even import break_even
from greenanalysis.supergrid.results.delivered import delivered_costs
from greenanalysis.supergrid.results.money import exports_table, price_received, tolls_usd
from greenanalysis.supergrid.results.summary import summarise
from greenanalysis.supergrid.scenario import MustDeliver, load_scenario
from greenanalysis.supergrid.solve.optimise import solve
from greenanalysis.supergrid.solve.study import without_export
from tests.support.supergrid_world import ASSUMPTIONS, FACTS, INPUTS, SMALL

pytestmark = pytest.mark.filterwarnings("ignore")
TWO = ["KZ-31", "KZ-61"]
HEAD = {"corridors.allowed": ["pakistan"], **SMALL, "time.typical_days": 3}


def two_regions():
    """The south alone, with Pakistan as the only market: quick to solve."""

    def between(table):
        ends = [*TWO, "pakistan"]
        return table[table["bus0"].isin(ends) & table["bus1"].isin(ends)]

    facts = dataclasses.replace(
        FACTS,
        plants=FACTS.plants[FACTS.plants["region"].isin(TWO)],
        corridors=between(FACTS.corridors),
        interconnectors=between(FACTS.interconnectors),
        markets=FACTS.markets[FACTS.markets["market"] == "pakistan"],
    )
    regions = INPUTS["regions"].loc[TWO]
    inputs = {
        "regions": regions,
        "profiles": INPUTS["profiles"].sel(region=TWO),
        "potential": INPUTS["potential"].loc[TWO],
    }
    return {**inputs, "facts": facts, "assumptions": ASSUMPTIONS}


WORLD = two_regions()


def network_of(scenario, facts):
    """Build it on steps of the year that are reduced once."""
    return build_network(scenario, **{**WORLD, "facts": facts}, periods=_steps(scenario.time))


@lru_cache
def _steps(time):
    hourly = hourly_series(WORLD["profiles"], FACTS)
    return typical_days(hourly, days=time.typical_days, hours_per_step=time.hours_per_step)


def roomy(facts, **terms):
    """Facts in which Pakistan has 1,300 MW to spare."""
    table = facts.market_terms.copy()
    row = table["market"] == "pakistan"
    for name, value in {"taken_mw": 0.0, **terms}.items():
        table.loc[row, name] = value
    return dataclasses.replace(facts, market_terms=table)


@lru_cache(maxsize=16)
def _solved(changes, terms):
    scenario = load_scenario("base", {**HEAD, **dict(changes)})
    network = network_of(scenario, roomy(WORLD["facts"], **dict(terms)))
    solve(network)
    return scenario, network


def solved(terms=(), **changes):
    return _solved(tuple(sorted(changes.items())), tuple(dict(terms).items()))


def sold_twh(network):
    weights = network.snapshot_weightings["generators"]
    buyers = network.generators.index[network.generators["carrier"] == "export"]
    return float(network.generators_t.p[buyers].mul(weights, axis=0).sum().sum()) / 1e6


def line_mw(network):
    return float(network.links.at["pakistan", "p_nom_opt"])


# What a corridor pays -------------------------------------------------------------------------


def test_the_toll_of_pakistan_is_transit_and_wheeling_of_casa_1000_without_its_line():
    table = corridor_table(load_scenario("unconstrained"), FACTS, ASSUMPTIONS)
    assert table.at["pakistan", "toll"] == pytest.approx(12.5 + 1.0)
    assert table.at["tuerkiye", "toll"] == 0.0  # not known
    assert np.isnan(FACTS.corridor_terms.set_index("corridor").at["tuerkiye", "toll_usd_per_mwh"])
    without = corridor_table(
        load_scenario("unconstrained", {"corridors.toll_factor": 0.0}), FACTS, ASSUMPTIONS
    )
    assert (without["toll"] == 0.0).all()


def test_more_toll_never_means_more_export():
    export = [sold_twh(solved(**{"corridors.toll_factor": f})[1]) for f in (0.0, 1.0, 4.0)]
    assert export[0] > 0.1
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(export))
    assert export[-1] < export[0]


def test_tolls_are_paid_for_what_enters_the_line_and_stand_in_every_account():
    scenario, network = solved()
    weights = network.snapshot_weightings["generators"]
    entered = float(network.links_t.p0["pakistan"].mul(weights).sum())
    assert tolls_usd(network) == pytest.approx(13.5 * entered)
    results = summarise(network, scenario)
    line = results.corridors.set_index("corridor").loc["pakistan"]
    assert line["tolls_musd"] == pytest.approx(tolls_usd(network) / 1e6)
    delivered = results.delivered.set_index("market").loc["pakistan"]
    paid = delivered["tolls_usd_per_mwh"] * delivered["delivered_twh"]
    assert paid == pytest.approx(tolls_usd(network) / 1e6)


def test_a_risky_way_asks_for_a_higher_return():
    step = ASSUMPTIONS.get("corridor", "risk_premium", unit="1")
    scenario = load_scenario("unconstrained", {"wacc": 0.06})
    table = corridor_table(scenario, FACTS, ASSUMPTIONS)
    assert table.at["pakistan", "premium"] == pytest.approx(2 * step)
    assert table.at["caspian", "premium"] == 0.0
    dearer = load_scenario("unconstrained", {"wacc": 0.06 + 2 * step, "corridors.risk_factor": 0.0})
    same = corridor_table(dearer, FACTS, ASSUMPTIONS).loc["pakistan"]
    for column in ("capital_cost", "converter_cost", "finance_share", "investment"):
        assert same[column] == pytest.approx(table.at["pakistan", column])
    assert (
        table.at["pakistan", "capital_cost"]
        > corridor_table(
            load_scenario("unconstrained", {"wacc": 0.06, "corridors.risk_factor": 0.0}),
            FACTS,
            ASSUMPTIONS,
        ).at["pakistan", "capital_cost"]
    )


# What a market buys ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "months"),
    [("", range(1, 13)), ("5-9", range(5, 10)), ("10-2", [10, 11, 12, 1, 2]), ("3-3", [3])],
)
def test_months_of_a_season(text, months):
    assert open_months(text) == tuple(months)


@pytest.mark.parametrize("text", ["summer", "0-3", "5-13", "5", "-3"])
def test_a_season_that_is_none_is_refused(text):
    with pytest.raises(InputError, match=r"market_terms\.csv.*such as 5-9"):
        open_months(text)


def test_pakistan_buys_from_may_to_september_and_what_others_leave():
    terms = market_terms(FACTS).loc["pakistan"]
    assert (terms["price_basis"], terms["months"], terms["free_mw"]) == ("contract", "5-9", 300.0)
    _, network = solved()
    buyers = network.generators.index[network.generators["carrier"] == "export"]
    power = network.generators_t.p[buyers].sum(axis=1)
    season = network.get_switchable_as_dense("Generator", "p_max_pu")["pakistan buyer"]
    hours = network.snapshot_weightings["generators"]
    assert (season * hours).sum() == pytest.approx(153 * 24, rel=0.02)
    assert (power <= season * 1300.0 + 1e-6).all()
    assert power.max() > 100.0
    over = roomy(WORLD["facts"], taken_mw=1400.0)
    with pytest.raises(InputError, match=r"taken_mw: got 1400.*pakistan"):
        market_terms(over)


def test_a_market_without_listed_terms_buys_all_year():
    facts = dataclasses.replace(FACTS, market_terms=FACTS.market_terms.iloc[:0])
    terms = market_terms(facts).loc["pakistan"]
    assert (terms["months"], terms["free_mw"]) == ("", 1300.0)


@pytest.mark.parametrize("factor", [-0.5])
def test_below_a_price_of_zero_no_line_is_built(factor):
    _, network = solved(**{"markets.price_factor": factor})
    assert line_mw(network) == pytest.approx(0.0, abs=1e-6)
    assert sold_twh(network) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("factor", [1.0, 0.0, -1.0])
def test_nothing_is_earned_by_buying_and_selling_at_one_place(factor):
    scenario = load_scenario("base", {**HEAD, "markets.price_factor": factor})
    network = build_network(scenario, **INPUTS, facts=FACTS, assumptions=ASSUMPTIONS)
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    for market in ("russia_urals", "russia_siberia", "central_asia"):
        best = -cost[[name for name in cost if name.startswith(f"{market} buyer")]].max(axis=1)
        assert (cost[f"{market} seller"] >= best - 1e-9).all()


def test_imports_from_russia_cost_what_was_paid_in_2023():
    network = build_network(
        load_scenario("base", HEAD), **INPUTS, facts=FACTS, assumptions=ASSUMPTIONS
    )
    cost = network.get_switchable_as_dense("Generator", "marginal_cost")
    assert cost["russia_urals seller"].to_numpy() == pytest.approx(56 * 128.2 / 122.3)


# Who is paid what ------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_contract_brings_at_least_the_lowest_step_of_its_price(share):
    open_twh = float(
        solved()[1].get_switchable_as_dense("Generator", "p_max_pu")["pakistan buyer"]
        .mul(solved()[1].snapshot_weightings["generators"]).sum()
    ) * 1300 / 1e6  # fmt: skip
    contract = (MustDeliver("pakistan", round(share * open_twh, 4)),)
    _, network = solved(**{"markets.must_deliver": contract})
    row = exports_table(network).set_index("market").loc["pakistan"]
    drop = ASSUMPTIONS.get("market", "price_drop", unit="1")
    steps = ASSUMPTIONS.get("market", "price_steps", unit="1")
    lowest = 94.1 * (1.0 - drop * (steps - 0.5) / steps)
    assert row["export_twh"] >= share * open_twh * (1 - 1e-6)
    assert row["revenue_musd"] >= row["export_twh"] * lowest * (1 - 1e-9)
    assert row["revenue_most_musd"] >= row["revenue_musd"] - 1e-9
    assert row["willing_musd"] >= row["revenue_most_musd"] - 1e-9


def test_the_range_of_the_price_is_open_where_all_that_buy_are_full_and_closed_elsewhere():
    _, network = solved()
    price = price_received(network, "pakistan")
    buyers = [name for name in network.generators.index if name.startswith("pakistan buyer")]
    units = network.generators.loc[buyers]
    ceiling = network.get_switchable_as_dense("Generator", "p_max_pu")[buyers] * units["p_nom"]
    power = network.generators_t.p[buyers]
    partly = ((power > 1.0) & (power < ceiling - 1.0)).any(axis=1)
    assert (price["most"] >= price["least"] - 1e-9).all()
    assert np.allclose(price.loc[partly, "most"], price.loc[partly, "least"], rtol=1e-6)


def test_the_gains_of_all_sum_to_what_export_is_worth_whatever_the_price():
    scenario, network = solved()
    alone = network_of(without_export(scenario), roomy(WORLD["facts"]))
    solve(alone)
    totals = summarise(network, scenario, reference=alone).totals.set_index("quantity")["value"]
    worth = (
        alone.meta["solution"]["objective_usd"] - network.meta["solution"]["objective_usd"]
    ) / 1e6
    home = totals["gain of the country against no export"]
    assert home + totals["buyers' gain"] == pytest.approx(worth)
    assert totals["gain in all"] == pytest.approx(worth + totals["tolls of transit countries"])
    most = totals["gain of the country against no export, at most"]
    span = totals["export revenue, at most"] - totals["export revenue"]
    assert most - home == pytest.approx(span)
    assert span >= 0


def test_break_even_counts_tolls_and_the_season():
    scenario, network = solved()
    alone = network_of(without_export(scenario), roomy(WORLD["facts"]))
    solve(alone)
    first = break_even(network, alone).set_index("market").loc["pakistan"]
    _, free = solved(**{"corridors.toll_factor": 0.0})
    untolled = break_even(free, alone).set_index("market").loc["pakistan"]
    assert untolled["break_even_usd_per_mwh"] < first["break_even_usd_per_mwh"]
    _, always = solved(terms={"months": ""})
    whole_year = break_even(always, alone).set_index("market").loc["pakistan"]
    assert whole_year["break_even_usd_per_mwh"] < first["break_even_usd_per_mwh"]
    costs = delivered_costs(network).set_index("market").loc["pakistan"]
    assert costs["price_most_usd_per_mwh"] >= costs["price_usd_per_mwh"] - 1e-9
