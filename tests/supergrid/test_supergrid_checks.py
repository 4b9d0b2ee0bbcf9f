"""Checks of the export model that the page shows, and how they fail."""

import pandas as pd
import pytest

from greenanalysis.core.tables import read_facts
from greenanalysis.supergrid.checks.base_year import base_year_table
from greenanalysis.supergrid.checks.pypsa_example import ac_dc_network, solved_against_published
from greenanalysis.supergrid.checks.suite import check_table, line_rows, network_rows, two_node_rows
from greenanalysis.supergrid.solve.optimise import solve
from tests.support.supergrid_world import ASSUMPTIONS, solved

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def base():
    return solved()[1]


def test_two_nodes_reach_the_closed_form_to_a_millionth():
    assert all(row["holds"] and row["limit"] <= 1e-6 for row in two_node_rows())


def test_balance_losses_and_limits_hold_and_are_seen_when_they_do_not(base):
    assert all(row["holds"] for row in network_rows(base))
    spoilt = base.links_t.p1.copy()
    try:
        base.links_t.p1 = base.links_t.p1 * 0.9
        held = [row["holds"] for row in network_rows(base)]
        assert held[:2] == [False, False]
    finally:
        base.links_t.p1 = spoilt


@pytest.mark.parametrize("method", ["simplex", "ipm"])
def test_pypsa_example_reaches_its_published_objective_and_capacities(method):
    table = read_facts("pypsa_ac_dc")
    expected, got = solved_against_published(table, method=method)
    assert got == pytest.approx(expected, rel=1e-6)


def test_pypsa_example_builds_the_published_plants():
    table = read_facts("pypsa_ac_dc")
    network = ac_dc_network(table)
    solve(network)
    rows = table[(table["component"] == "Published") & (table["attribute"] == "p_nom_opt")]
    for row in rows.itertuples():
        got = network.generators.at[row.name, "p_nom_opt"]
        assert got == pytest.approx(float(row.value), rel=1e-4)


def test_delivered_cost_of_published_lines_is_within_a_tenth():
    rows = {row["check"]: row for row in line_rows(ASSUMPTIONS)}
    kept_aside = [row for name, row in rows.items() if "not used for the fit" in name]
    assert {row["unit"] for row in kept_aside} == {"USD/MWh", "USD/kW"}
    assert len(kept_aside) == 3
    assert all(row["holds"] for row in rows.values())
    fitted = [row for name, row in rows.items() if "(used for the fit)" in name]
    through = [row for row in fitted if row["unit"] == "USD/MWh"]
    assert all(row["got"] == pytest.approx(row["expected"], rel=1e-3) for row in through)
    viking = next(row for name, row in rows.items() if "Viking" in name)
    assert viking["expected"] == pytest.approx(2200 / 1.4 * 128.2 / 122.3, rel=1e-3)


def test_table_lists_what_fails(base):
    table = check_table(base, assumptions=ASSUMPTIONS)
    assert list(table.columns) == ["check", "expected", "got", "unit", "limit", "holds", "note"]
    assert table["check"].is_unique
    assert table["holds"].all()


def test_base_year_table_adds_oil_to_gas_and_takes_means():
    mix = pd.DataFrame(
        [(2020, "gas", "ember", 20.0), (2020, "oil", "ember", 2.0), (2021, "gas", "ember", 30.0),
         (2021, "gas", "kegoc", 99.0)],
        columns=["year", "carrier", "series", "generation_twh"],
    )  # fmt: skip
    modelled = {2020: pd.Series({"gas": 25.0}), 2021: pd.Series({"gas": 27.0})}
    row = base_year_table(mix, modelled, carriers=["gas"]).iloc[0]
    assert row["reported_twh"] == pytest.approx(26.0)
    assert row["error"] == pytest.approx(0.0)
