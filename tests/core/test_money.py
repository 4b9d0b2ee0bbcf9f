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


def test_costs_are_the_sources_converted():
    from data.scripts.make_costs import costs
    from greenanalysis.core.assumptions import Assumptions
    from greenanalysis.core.paths import data_dir
    from greenanalysis.core.tables import read_facts, read_table

    rates = read_table(
        data_dir() / "assumptions" / "currency.csv", required=["source"], numeric=["value", "year"]
    )
    fresh = costs(read_facts("technology_costs", numeric=["value", "year"]), Assumptions(rates))
    kept = read_table(
        data_dir() / "assumptions" / "costs.csv", required=["source"], numeric=["value", "year"]
    )
    assert fresh["unit"].tolist() == kept["unit"].tolist()
    assert fresh["value"].tolist() == pytest.approx(kept["value"].tolist(), rel=1e-9)
    money = kept[kept["currency_year"] != ""]
    assert money["unit"].str.startswith(MODEL_CURRENCY).all()
    assert set(money["currency_year"]) == {str(MODEL_YEAR)}


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
