"""The programme of a region, from the real tables and the sample weather."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from greenanalysis.assessment.assess import Assessment, assess
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.programme.funding import Programme
from greenanalysis.programme.prices import DRINKING, GAS, INVESTMENT, RATE, base_inputs
from greenanalysis.programme.public import measure_projects
from greenanalysis.programme.rank import effects
from greenanalysis.programme.study import region_programme
from greenanalysis.site.pages.programme import finance as finance_views
from greenanalysis.site.pages.programme import views as programme_views


@pytest.fixture(scope="module")
def study() -> Assessment:
    return assess("sample")


@pytest.fixture(scope="module")
def programme(study: Assessment) -> Programme:
    return region_programme(study, "KZ-61", budget_musd=200.0)


def test_turkestan_has_measures_of_every_theme_of_the_programme(programme):
    themes = set(programme.ranked()["theme"])
    assert {"solar", "wind", "gas", "biotechnology", "water", "waste", "hydro"} <= themes


@pytest.mark.parametrize("order", ["cost", "readiness"])
def test_twice_the_budget_brings_no_less(programme, order):
    asked = replace(programme, order=order)
    worth = []
    for budget in (100.0, 200.0, 400.0, 800.0, 1600.0):
        funded = asked.funded(budget)
        first = funded["readiness"] == 3 if order == "readiness" else funded["rank"] > 0
        worth.append(float((funded["share"] * funded["value_usd"])[first].sum()))
        assert funded["funded_usd"].sum() <= budget * 1e6 * (1 + 1e-9)
    assert worth == sorted(worth)
    assert worth[0] < worth[-1]


def test_savings_of_gas_stay_below_what_is_burnt(programme):
    table = programme.ranked()
    houses = table[table["theme"] == "gas"]
    assert 0 < houses["gas_m3_per_year"].sum() < 1.1e9


def test_dearer_gas_makes_saving_gas_worth_more(programme):
    base = programme.ranked()
    dear = programme.ranked(inputs={**programme.inputs, GAS: 3 * programme.inputs[GAS]})
    for name in ("heat_metering", "insulation", "manure_biomethane"):
        assert dear.loc[name, "value_per_usd"] > base.loc[name, "value_per_usd"]


def test_cheaper_investment_and_money_raise_the_outcome(programme):
    base = programme.outcome(programme.inputs)
    for name in (INVESTMENT, RATE):
        assert programme.outcome({**programme.inputs, name: 0.8 * programme.inputs[name]}) > base


def test_every_assumption_of_every_measure_can_be_traced(programme, study):
    table = programme_views.trace_table(
        programme.ranked(), study.assumptions, cost_year=study.cost_year
    )
    keys = [key for keys in programme.ranked()["assumptions"] for key in keys]
    assert len(keys) > 40
    assert table.count("<tr>") == len(keys) + 1


def test_the_base_case_is_the_outcome_of_what_is_funded(programme):
    funded = programme.funded()
    assert programme.outcome(programme.inputs) == pytest.approx(effects(funded)["npv_usd"] / 1e6)


def test_the_page_says_what_the_tables_say(programme):
    funded = programme.funded()
    tiles = {label: value for label, value, _ in programme_views.programme_figures(funded)}
    assert float(tiles["Investment"]) <= 200
    said = programme_views.funding_finding(funded, budget_musd=200.0)
    for _, row in funded[funded["share"] > 0].iterrows():
        assert str(row["title"]).lower() in said
    paying = int((funded.loc[funded["share"] > 0, "npv_usd"] >= 0).sum())
    assert programme.verdict().startswith(f"{paying} funded measure")
    table = finance_views.break_even_table(programme)
    assert table.count("<tr>") == len(funded) + 1
    assert "Ugam" in finance_views.budget_table(programme, [50.0, 500.0])


@pytest.mark.parametrize("value", ["financial", "social"])
def test_every_listed_input_moves_the_outcome_and_the_others_do_not(programme, value):
    base = programme.outcome(programme.inputs, value=value)
    matters = programme.sensitivity(value=value)
    assert len(matters) >= 4
    assert matters["swing"].is_monotonic_decreasing
    for name in programme.inputs:
        outcomes = [
            programme.outcome({**programme.inputs, name: way * programme.inputs[name]}, value=value)
            for way in (0.8, 1.2)
        ]
        moves = any(abs(outcome - base) > 1e-6 for outcome in outcomes)
        assert moves == (name in matters.index), name
    assert str(matters.index[0]).split(" (")[0] in programme_views.sensitivity_finding(
        matters, spread=0.2
    )


def test_the_ugam_conduit_flips_its_sign_at_19_cents_a_cubic_metre(programme):
    row = programme.break_even().loc["ugam_cascade"]
    assert row["price_of"] == "drinking water"
    assert row["price_break_even"] == pytest.approx(0.190, abs=5e-4)

    def ugam(price: float) -> float:
        ranked = programme.ranked(inputs={**programme.inputs, DRINKING: price})
        return float(ranked.loc["ugam_cascade", "npv_usd"])

    assert ugam(row["price_break_even"]) == pytest.approx(0, abs=1.0)
    assert ugam(0.189) < 0 < ugam(0.191)


def test_digestate_earns_only_where_asked(study, programme):
    paid = region_programme(study, "KZ-61", budget_musd=200.0, digestate=True)
    name = "manure_biogas_power"
    gain = (
        paid.base.loc[name, "income_usd_per_year"] - programme.base.loc[name, "income_usd_per_year"]
    )
    assert gain > 5e6
    assert "does not count" in programme.base.loc[name, "note"]
    assert "digestate" in [one.name for one in paid.base.loc[name, "benefits"]]


def test_each_measure_stands_beside_a_project_or_is_marked_without(programme):
    assert set(programme.base.index) <= set(measure_projects().index)
    assert not set(programme.to_collect.index) & set(programme.base.index)


def test_existing_plants_count_against_the_goal(programme):
    goal = programme.targets.set_index("target").loc["solar and wind in the electricity used"]
    assert 0.05 < goal["now"] < goal["goal"]
    assert goal["with_programme"] == pytest.approx(goal["goal"])


def test_a_budget_below_the_cheapest_measure_says_so(programme):
    poor = replace(programme, budget_musd=0.5)
    assert "below the cheapest measure" in poor.warning()
    assert programme.warning() == ""
    nothing = replace(programme, budget_musd=0.0)
    assert nothing.verdict() == nothing.warning() != ""


def test_nothing_is_funded_that_society_would_lose_by(programme):
    funded = programme.funded()
    assert (funded.loc[funded["share"] > 0, "social_npv_usd"] >= 0).all()
    assert len(programme.phases()) == len(funded)
    assert set(programme.flows_by_year()["year"]) == set(range(1, 16))


def test_aktau_pays_its_own_price_of_water():
    assumptions = load_assumptions()
    assert base_inputs("KZ-47", assumptions)[DRINKING] > base_inputs("KZ-61", assumptions)[DRINKING]


def test_a_region_with_few_statistics_says_what_is_missing(study):
    poor = region_programme(study, "KZ-47", budget_musd=50.0)
    assert any("irrigated area" in sentence for sentence in poor.missing)
    assert "insulation" not in poor.ranked().index
    assert math.isfinite(poor.outcome(poor.inputs))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": "KZ-99"}, "region"),
        ({"budget_musd": -5.0}, "budget"),
        ({"order": "beauty"}, "order"),
        ({"co2_usd_per_t": -1.0}, "co2_usd_per_t"),
        ({"co2_usd_per_t": 10.0, "order": "social"}, "co2_usd_per_t"),
    ],
)
def test_nonsense_gets_one_error(study, change, message):
    options = {"region": "KZ-61", "budget_musd": 100.0, **change}
    with pytest.raises(InputError, match=message):
        region_programme(study, options.pop("region"), **options)
