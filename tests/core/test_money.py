import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.money import MODEL_CURRENCY, MODEL_YEAR, Money, convert, in_model_money
from tests.support.reference import reference_data

RATES = load_assumptions()
PLACES = [("EUR", 2020), ("EUR", 2024), ("EUR", 2025), ("CNY", 2022), ("KZT", 2025), ("USD", 2020)]


@given(
    st.floats(min_value=1e-3, max_value=1e9),
    st.sampled_from(PLACES),
    st.sampled_from(PLACES),
)
def test_there_and_back_gives_the_same_amount(amount, start, end):
    there = convert(Money(amount, *start), currency=end[0], year=end[1], assumptions=RATES)
    back = convert(there, currency=start[0], year=start[1], assumptions=RATES)
    assert (there.currency, there.year) == end
    assert back.amount == pytest.approx(amount, rel=1e-12)


def test_conversion_is_rate_of_its_year_then_deflator():
    rate = RATES.get("EUR", "exchange_rate", unit="USD/EUR", year=2020)
    rise = RATES.get("USD", "deflator", unit="1", year=2025)
    rise /= RATES.get("USD", "deflator", unit="1", year=2020)
    dollars, unit = in_model_money(100.0, "EUR/MW/km", 2020, RATES)
    assert dollars == pytest.approx(100.0 * rate * rise, rel=1e-12)
    assert unit == "USD/MW/km"


def test_same_place_changes_nothing():
    same = convert(Money(7.0, "EUR", 2024), currency="EUR", year=2024, assumptions=RATES)
    assert same.amount == pytest.approx(7.0, rel=1e-15)


def test_mixing_years_or_currencies_is_refused():
    assert (Money(1.0, "USD", 2025) + Money(2.0, "USD", 2025)).amount == 3.0
    for other in (Money(1.0, "USD", 2024), Money(1.0, "EUR", 2025)):
        with pytest.raises(InputError, match="convert first"):
            Money(1.0, "USD", 2025) + other


def test_a_year_without_a_rate_is_refused_and_not_interpolated():
    with pytest.raises(InputError, match="price year: got 2024 .*CNY/exchange_rate"):
        in_model_money(1.0, "CNY/MWh", 2024, RATES)
    with pytest.raises(InputError, match="unknown technology"):
        in_model_money(1.0, "GBP/MWh", 2024, RATES)


def test_costs_are_made_from_the_facts():
    from data.scripts.make_costs import make_table
    from greenanalysis.core.paths import data_dir
    from greenanalysis.core.tables import read_table

    fresh = make_table()
    stored = read_table(
        data_dir() / "assumptions" / "costs.csv", required=["source"], numeric=["value", "year"]
    )
    assert fresh["unit"].tolist() == stored["unit"].tolist()
    assert fresh["value"].tolist() == pytest.approx(stored["value"].tolist(), rel=1e-9)
    money = stored[stored["currency_year"] != ""]
    assert money["unit"].str.startswith(MODEL_CURRENCY).all()
    assert set(money["currency_year"]) == {str(MODEL_YEAR)}


def test_local_projects_set_the_level_and_the_sources_the_trend():
    from data.scripts.make_costs import localised

    table = pd.DataFrame(
        [
            ("onwind", "investment", 2025, 1600.0),
            ("onwind", "investment", 2050, 1200.0),
            ("solar_utility", "investment", 2025, 700.0),
            ("battery_storage", "investment", 2025, 200.0),
            ("battery_inverter", "investment", 2025, 300.0),
        ],
        columns=["technology", "parameter", "year", "value"],
    ).assign(unit="USD/kW", source="s", note="n", currency_year="2025")
    projects = pd.DataFrame(
        [
            ("wind", 2023, 100.0, "reported", 0.0, 0.0),
            ("wind", 2025, 80.0, "announced", 0.0, 0.0),
            ("wind", 2025, 110.0, "announced", 50.0, 100.0),  # 75 without its battery
            ("wind", 2025, 500.0, "lower bound", 0.0, 0.0),
            ("wind", 2019, 400.0, "reported", 0.0, 0.0),
            ("solar", 2025, 90.0, "announced", 0.0, 0.0),
        ],
        columns=["technology", "year", "cost", "kind", "storage_mw", "storage_mwh"],
    ).assign(capacity_mw=100.0, unit="MUSD", price_year=2025)
    made = localised(table, projects, RATES).set_index(["technology", "parameter", "year"])["value"]
    assert made["onwind", "investment", 2025] == pytest.approx(800)
    assert made["onwind", "investment", 2050] == pytest.approx(600)
    assert made["onwind", "investment_low", 2025] == pytest.approx(750)
    assert made["onwind", "investment_high", 2025] == pytest.approx(1000)
    assert made["solar_utility", "investment", 2025] == 700
    assert made["solar_utility", "investment_low", 2025] == pytest.approx(900)


@pytest.mark.reference
def test_sources_hold_the_values_of_technology_data():
    from greenanalysis.core.tables import read_facts

    path = reference_data("technology_data", "costs_2020_2050_selected.csv")
    theirs = pd.read_csv(path).set_index(["technology", "parameter", "cost_year"])["value"]
    ours = read_facts("technology_costs", numeric=["value", "year"])
    ours = ours.set_index(["technology", "parameter", "year"])["value"]
    names = {"solar_utility": "solar-utility", "onwind": "onwind", "gas_ccgt": "CCGT"}
    for name, their_name in names.items():
        for year in (2025, 2030, 2050):
            expected = theirs[their_name, "investment", year]
            assert ours[name, "investment", year] == pytest.approx(expected, rel=1e-6)
