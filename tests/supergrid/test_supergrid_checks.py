"""Checks of the export model that the page shows, and how they fail."""

import pandas as pd
import pytest
from click.testing import CliRunner

from greenanalysis.cli.supergrid import grid_check
from greenanalysis.core.tables import read_facts
from greenanalysis.supergrid import export_tools
from greenanalysis.supergrid.checks.base_year import (
    CARRIERS,
    PastYear,
    coal_by_source,
    deviation,
    load_past,
    reported_generation,
    run_past_year,
)
from greenanalysis.supergrid.checks.pypsa_example import ac_dc_network, solved_against_published
from greenanalysis.supergrid.checks.suite import (
    check_table,
    line_rows,
    network_rows,
    past_rows,
    past_table,
    two_node_rows,
)
from greenanalysis.supergrid.solve.optimise import solve
from tests.support.supergrid_world import ASSUMPTIONS, WHOLE, solved

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


def test_reported_generation_adds_oil_to_gas_and_leaves_out_sources_that_lack_a_carrier():
    whole = [("coal", 70.0), ("gas", 20.0), ("oil", 2.0), ("hydro", 9.0), ("wind", 1.0)]
    rows = [(2020, name, "ember", twh) for name, twh in [*whole, ("solar", 1.0)]]
    rows += [(2020, "coal", "samruk", 80.0)]
    mix = pd.DataFrame(rows, columns=["year", "carrier", "series", "generation_twh"])
    reported = reported_generation(mix, 2020)
    assert list(reported) == ["ember"]
    assert reported["ember"]["gas"] == 22.0
    assert coal_by_source(mix, 2020) == {"ember": 70.0, "samruk": 80.0}


def test_deviation_counts_energy_on_the_wrong_carrier_twice():
    reported = pd.Series({"coal": 70.0, "gas": 30.0})
    assert deviation(reported, reported) == (0.0, 0.0, 0.0)
    total, share, smape = deviation(pd.Series({"coal": 75.0, "gas": 25.0}), reported)
    assert (total, share) == (10.0, 0.1)
    assert smape == pytest.approx((2 * 5 / 145 + 2 * 5 / 55) / 2)


def past_year(coal, gas, shed=0.0, peak=16500.0):
    generation = pd.Series({"coal": coal, "gas": gas, "hydro": 9.0, "wind": 3.0, "solar": 2.0})
    trade = pd.DataFrame({"border": ["Russia"], "import_twh": [1.0], "export_twh": [2.0]})
    return PastYear(2023, generation, trade, shed, (peak, 15000.0), (6000.0, 10000.0), 32.0)


def test_a_year_whose_sources_differ_is_shown_as_failed_with_the_difference():
    past = load_past()
    rows = past_rows([past_year(75.0, 24.0)], past)
    against = {row["check"]: row for row in rows}
    ember = against["2023: volume by carrier against ember"]
    assert not ember["holds"]
    assert "held out" in ember["note"]
    assert "sources contradict each other" in ember["note"]
    assert against["2023: load not served"]["holds"]
    assert not past_rows([past_year(75.0, 24.0, shed=0.06)], past)[-2]["holds"]
    assert against["2023: peak load"]["expected"] == 16626.0
    table = past_table([past_year(75.0, 24.0)], past)
    assert list(table["source"]) == ["model", "ember", "energy_balance"]
    assert table["sum"].iloc[0] != table["sum"].iloc[0]  # of the model: none


def test_the_energy_balance_sums_to_its_own_total():
    """Output of all power plants by the Bureau of National Statistics, TWh."""
    mix = load_past().mix
    for year, twh in {2021: 115.08, 2022: 113.55, 2023: 113.59, 2024: 118.72}.items():
        assert reported_generation(mix, year)["energy_balance"].sum() == pytest.approx(
            twh, abs=0.02
        )


def test_a_past_year_keeps_to_its_meters():
    past = load_past()
    year = run_past_year(2021, past=past, **WHOLE)
    metered = past.trade[past.trade["year"] == 2021]
    assert (year.trade["import_twh"] <= metered["import_twh"].to_numpy() * (1 + 1e-6)).all()
    generated = year.generation[list(CARRIERS)].sum()
    reported = reported_generation(past.mix, 2021)["ember"].sum()
    assert generated + year.shed_twh == pytest.approx(reported, rel=0.02)
    assert year.coal_mw[0] > 3000.0  # heat and minimum load: coal never stands still


def test_the_command_prints_past_years_beside_their_sources_and_fails_where_one_fails(monkeypatch):
    past, year = load_past(), past_year(75.0, 24.0)
    checks = pd.DataFrame(past_rows([year], past))
    derating = pd.DataFrame({"derating": [0.2], "year": [2023], "coal_twh": [74.7]})
    result = export_tools.GridChecks(checks, past_table([year], past), derating)
    monkeypatch.setattr(export_tools, "export_checks", lambda *_, **__: result)
    done = CliRunner().invoke(grid_check, ["base", "--derating", "0.2"])
    assert done.exit_code == 1
    for word in ("energy_balance", "Russia import", "smape_%", "74.7", "sources contradict"):
        assert word in done.output
    holds = checks.assign(holds=True)
    good = export_tools.GridChecks(holds, past_table([year], past))
    monkeypatch.setattr(export_tools, "export_checks", lambda *_, **__: good)
    assert CliRunner().invoke(grid_check, []).exit_code == 0
