"""Cash flow, debt and tax of a project: balances, limits, money, and errors by field."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.finance.metrics import irr, npv
from greenanalysis.geo.regions import load_regions
from greenanalysis.project.cashflow import finance, with_contract_price
from greenanalysis.project.contract import CONTRACTS, parse_tariff
from greenanalysis.project.debt import carried_service, loan_of_service
from greenanalysis.project.macro import Macro, MoneyFlow
from greenanalysis.project.operation import Shock, investment_parts
from greenanalysis.project.options import auction_test, auction_zone, carbon_avoided, storage_duty
from greenanalysis.project.risk import load_risk, monte_carlo, outcome, tornado
from greenanalysis.project.summary import refinanced, summarise, year_table
from greenanalysis.project.tax import declining_balance, income_tax, straight_line
from greenanalysis.project.terms import Yield, check, load_terms, with_terms
from greenanalysis.project.uncertainty import Term, budget
from tests.support.finance_case import MACRO, VALUES, financed, project


@settings(max_examples=15)
@given(
    tariff=st.floats(8, 80),
    gearing=st.floats(0, 0.9),
    interest=st.floats(0, 0.15),
    tenor=st.integers(1, 25),
    repayment=st.sampled_from(["sculpted", "annuity"]),
)
def test_debt_never_exceeds_what_cover_and_gearing_allow(
    tariff, gearing, interest, tenor, repayment
):
    made = financed(
        "wind", tariff, max_gearing=gearing, interest_rate=interest, tenor=tenor,
        repayment=repayment,
    )  # fmt: skip
    service = made.loan.service
    asked = (made.terms.dscr_p50, made.terms.dscr_p90)
    for row, cover in enumerate(asked):
        paying = service > 0
        assert (made.cfads[row] >= cover * service - 1e-3)[paying].all()
    assert made.loan.amount <= gearing * made.uses + 1
    assert made.loan.balance[-1] == pytest.approx(0, abs=1)
    assert (made.loan.balance >= -1).all()
    assert (service[tenor:] == 0).all()
    assert made.equity + made.loan.amount == pytest.approx(made.uses)
    if repayment == "annuity" and made.loan.amount > 0:
        assert np.ptp(service[:tenor]) == pytest.approx(0, abs=1e-6)


def test_one_of_the_two_limits_binds():
    tight = financed(tariff=20.0)
    assert tight.limit == "cover of debt service"
    cover = tight.cfads[:2] / np.where(tight.loan.service > 0, tight.loan.service, np.nan)
    assert np.nanmin(cover - [[1.30], [1.20]]) == pytest.approx(0, abs=1e-6)
    rich = financed(tariff=60.0)
    assert rich.limit == "gearing"
    assert rich.loan.amount == pytest.approx(0.7 * rich.uses, rel=1e-6)


def test_cash_is_kept_all_money_ends_somewhere():
    made = financed()
    received = made.base.revenue_usd_nominal.sum() + made.debt
    received += (made.loan.reserve * made.terms.reserve_interest).sum()
    received += made.base.working_capital_usd_nominal.sum()
    paid = (made.base.opex_usd_nominal + made.tax + made.loan.service).sum()
    paid += made.investment + made.fees + made.construction_interest
    assert received == pytest.approx(paid + made.equity_flow.sum(), rel=1e-9)
    assert made.base.working_capital_usd_nominal.sum() < 0  # owed in tenge that lose worth
    assert made.equity == pytest.approx(made.uses - made.debt)
    assert made.loan.reserve[-1] == 0
    assert made.loan.reserve[0] == pytest.approx(made.loan.service[0] / 2)
    table = year_table(made)
    assert (table["equity_flow_usd_nominal"].to_numpy() == made.equity_flow).all()
    money = [name for name in table if "usd" in name and name != "kzt_per_usd"]
    assert money
    assert all(name.endswith(("_nominal", "_nominal_per_kwh")) for name in money)
    assert "nominal" in table.attrs["money"]


def test_without_loan_the_owners_flow_is_the_project_flow():
    made = financed(max_gearing=0.0)
    assert made.loan.amount == 0
    np.testing.assert_allclose(made.equity_flow, made.project_flow, rtol=1e-12)
    found = summarise(made)
    assert np.isnan(found.dscr_min["P50"])
    assert found.equity_irr.value == pytest.approx(found.project_irr.value)
    worst = monte_carlo(made, budget("wind", VALUES, screening=True), load_risk(VALUES), draws=50)
    assert np.isnan(worst.breach(1.2)).all()


def test_break_even_price_makes_the_project_worth_nothing():
    made = financed()
    found = summarise(made)
    exact = finance(
        with_contract_price(made.project, found.break_even_kzt_per_kwh), made.terms, MACRO
    )
    worth = npv(exact.project_flow, rate=found.discount_rate_nominal)
    assert abs(worth) < 1e-5 * made.investment
    assert irr(exact.project_flow).value == pytest.approx(found.discount_rate_nominal, rel=1e-6)


def test_figures_move_the_way_they_must():
    base = summarise(financed())
    assert summarise(financed(tariff=33.0)).equity_irr.value > base.equity_irr.value
    assert refinanced(financed(), cit_rate=0.0).project_irr.value > base.project_irr.value
    assert refinanced(financed(), curtailment=0.1).break_even_kzt_per_kwh > (
        base.break_even_kzt_per_kwh
    )
    assert refinanced(financed(), tenor=10).loan_usd_nominal < base.loan_usd_nominal


def test_annual_indexation_follows_its_formula():
    made = financed(tariff="auction:20")
    rate, price = made.base.kzt_per_usd, made.base.price_kzt_per_kwh
    built = MACRO.rate(made.base.construction[-1:])[0] / MACRO.kzt_per_usd
    assert price[0] == pytest.approx(20 * (1 + 0.7 * (built - 1) + 0.3 * (1.05**2 - 1)))
    step = 1 + 0.7 * (rate[1] / rate[0] - 1) + 0.3 * 0.05
    assert price[1] / price[0] == pytest.approx(step)
    years = made.project.contract.years
    level = MACRO.kzt_level(made.base.years)
    np.testing.assert_allclose(price[years:], 12 * level[years:])
    free = financed(tariff="ppa15:20")
    np.testing.assert_allclose(free.base.price_kzt_per_kwh[:15], 20 * 1.05 ** np.arange(15))


def test_a_price_in_dollars_follows_the_exchange_rate_and_its_escalator():
    made = financed(tariff="usd:45+2%")
    years = made.project.contract.years
    dollars = made.base.price_kzt_per_kwh / made.base.kzt_per_usd * 1000
    np.testing.assert_allclose(dollars[:years], 45 * 1.02 ** np.arange(years))


@given(st.floats(1, 1e9), st.floats(0.01, 1), st.integers(1, 40))
def test_depreciation_takes_exactly_the_cost(cost, rate, years):
    assert declining_balance(cost, rate=rate, years=years).sum() == pytest.approx(cost)
    assert straight_line(cost, over=years, years=years).sum() == pytest.approx(cost)


def test_losses_are_used_oldest_first_and_lapse():
    profit = np.array([-100.0, 30, 0, 50, 40])
    assert income_tax(profit, rate=0.2, carry_years=10).tolist() == [0, 0, 0, 0, 0.2 * 20]
    assert income_tax(profit, rate=0.2, carry_years=2).tolist() == [0, 0, 0, 10, 8]
    assert income_tax(profit, rate=0.2, carry_years=0).tolist() == [0, 6, 0, 10, 8]
    both = income_tax(np.stack([profit, -profit]), rate=0.2, carry_years=10)
    assert both[0].tolist() == [0, 0, 0, 0, 4]
    assert both[1, 0] == 20


def test_a_loan_of_a_service_repays_itself():
    service = np.array([10.0, 20, 5, 0])
    loan = loan_of_service(service, rate=0.1)
    assert loan.amount == pytest.approx(10 / 1.1 + 20 / 1.21 + 5 / 1.331)
    assert loan.balance[-1] == pytest.approx(0)
    half = loan_of_service(service, rate=0.1, scale=0.5)
    assert half.amount == pytest.approx(loan.amount / 2)
    cfads = np.array([[13.0, 26, 13], [12.0, 12, 24]])
    carried = carried_service(cfads, np.array([1.3, 1.2]), tenor=2)
    assert carried.tolist() == [10, 10, 0]


MONEY = Macro(price_year=2025, inflation_usd=0.02, inflation_kzt=0.06, kzt_per_usd=500.0)
BASES = [("USD", "nominal"), ("USD", 2025), ("KZT", "nominal"), ("KZT", 2020), ("USD", 2031)]


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3),
    st.sampled_from(BASES),
    st.sampled_from(BASES),
)
def test_money_converts_there_and_back(amounts, start, end):
    years = np.array([2026, 2027, 2028])
    flow = MoneyFlow(np.array(amounts), years, *start)
    there = flow.to(currency=end[0], basis=end[1], macro=MONEY)
    back = there.to(currency=start[0], basis=start[1], macro=MONEY)
    np.testing.assert_allclose(back.amounts, flow.amounts, rtol=1e-12, atol=1e-6)


def test_mixing_price_years_currencies_or_bases_raises():
    years = np.array([2026, 2027])
    flow = MoneyFlow(np.ones(2), years, "USD", "nominal")
    assert (flow + flow).amounts.tolist() == [2, 2]
    for other in (
        MoneyFlow(np.ones(2), years, "USD", 2025),
        MoneyFlow(np.ones(2), years, "KZT", "nominal"),
        MoneyFlow(np.ones(2), years + 1, "USD", "nominal"),
    ):
        with pytest.raises(InputError, match="money flow"):
            flow + other
    with pytest.raises(InputError, match="currency"):
        flow.to(currency="EUR", basis="nominal", macro=MONEY)


TERMS = load_terms(VALUES, "wind")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_gearing": 1.2}, "max_gearing"),
        ({"tenor": 26}, "tenor"),
        ({"tenor": 0}, "tenor"),
        ({"capex_usd_2025_per_kw": -5.0}, "capex_usd_2025_per_kw"),
        ({"capex_usd_2025_per_kw": 0.0}, "capex_usd_2025_per_kw"),
        ({"fixed_cost_usd_2025_per_kw_year": -1.0}, "fixed_cost_usd_2025_per_kw_year"),
        ({"dscr_p50": 0.8}, "dscr_p50"),
        ({"curtailment": 1.5}, "curtailment"),
        ({"cit_rate": -0.2}, "cit_rate"),
        ({"lifetime": 0}, "lifetime"),
        ({"interest_rate": float("nan")}, "interest_rate"),
    ],
)
def test_nonsense_terms_are_refused_by_field(change, field):
    with pytest.raises(InputError, match=f"^{field}: got"):
        check(project(), with_terms(TERMS, change))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"energy": Yield(0.0, 0.9)}, "energy"),
        ({"energy": Yield(900_000.0, 0.9)}, "energy"),
        ({"energy": Yield(float("nan"), 0.9)}, "energy"),
        ({"capacity_mw": -1.0}, "capacity_mw"),
        ({"connection_km": -3.0}, "connection_km"),
    ],
)
def test_nonsense_projects_are_refused_by_field(change, field):
    with pytest.raises(InputError, match=field):
        check(project(**change), TERMS)


@pytest.mark.parametrize(
    "tariff",
    [
        "-5",
        -5,
        0,
        "auction:-1",
        "auction:cheap",
        "green",
        "",
        "nan",
        "usd",
        "usd:0",
        "usd:45+x",
        "usd:45+90%",
    ],
)
def test_a_negative_or_unknown_tariff_is_refused(tariff):
    with pytest.raises(InputError, match="tariff"):
        parse_tariff(tariff, "wind", VALUES)


def test_unknown_terms_and_repayment_are_refused():
    with pytest.raises(InputError, match="unknown technology"):
        check(dataclasses.replace(project(), technology="tidal"), TERMS)
    with pytest.raises(InputError, match="unknown term"):
        with_terms(TERMS, {"interest": 0.1})
    with pytest.raises(InputError, match="repayment"):
        financed(repayment="bullet")


def test_every_contract_has_terms_and_a_price():
    for name in CONTRACTS:
        tariff = f"{name}:40+2%" if name in ("usd", "kzt") else name
        contract = parse_tariff(tariff, "wind", VALUES)
        assert contract.price_kzt_per_kwh > 0
        indexed = contract.index_fx + contract.index_cpi
        assert indexed == pytest.approx(0 if name in ("usd", "kzt", "igo") else 1)
        assert (contract.years == 0) == (name == "merchant")
    assert parse_tariff("ppa20:25", "solar", VALUES).price_kzt_per_kwh == 25
    assert parse_tariff(25, "solar", VALUES).name == "auction"
    assert parse_tariff("22,68", "wind", VALUES).price_kzt_per_kwh == 22.68
    dollars = parse_tariff("usd:45+2%", "wind", VALUES)
    assert (dollars.currency, dollars.escalator) == ("USD", 0.02)
    assert dollars.price_kzt_per_kwh == pytest.approx(22.5)


def test_the_storage_duty_starts_above_its_threshold():
    assert storage_duty(499, VALUES) == (0.0, 0.0)
    assert storage_duty(1000, VALUES) == (300.0, 600.0)
    assert storage_duty(100, VALUES, storage="yes") == (30.0, 60.0)
    assert storage_duty(1000, VALUES, storage="no") == (0.0, 0.0)
    with pytest.raises(InputError, match="storage"):
        storage_duty(100, VALUES, storage="maybe")
    with_battery = project(storage_mw=30.0, storage_mwh=60.0)
    parts = investment_parts(with_battery, TERMS)
    assert parts["storage"] == pytest.approx(60_000 * 282.532 + 30_000 * 324.836)
    assert sum(parts.values()) > sum(investment_parts(project(), TERMS).values())


def test_carbon_follows_the_chosen_dated_factor():
    energy = np.array([1000.0, 900.0])
    made = carbon_avoided(energy, VALUES)
    assert made.first_year_t == pytest.approx(817)
    assert made.life_t == pytest.approx(1900 * 0.817)
    assert carbon_avoided(energy, VALUES, factor="coal_2022").factor_t_per_mwh == 1.138
    with pytest.raises(InputError, match="zhanatas_2019"):
        carbon_avoided(energy, VALUES, factor="tomorrow")


def test_every_region_has_an_auction_zone_and_auctions_compare():
    zones = {auction_zone(code) for code in load_regions().index}
    assert zones == {"north", "south", "west"}
    table = auction_test("wind", 50.0, VALUES, zone="south")
    assert (table["would_win"] == (table["price_usd_2025_per_mwh"] >= 50)).all()
    assert set(table.loc[table["own_zone"], "zone"]) == {"south"}
    row = table[table["year"] == 2025].iloc[0]
    assert row["price_usd_2025_per_mwh"] == pytest.approx(18.72 * 2)
    with pytest.raises(InputError, match="technology"):
        auction_test("tidal", 50.0, VALUES, zone="south")
    with pytest.raises(InputError, match="KZ-99"):
        auction_zone("KZ-99")


def test_monte_carlo_without_spread_is_the_base_case():
    made = financed()
    still = dict.fromkeys(load_risk(VALUES), 0.0) | {"draws": 20.0, "delay_max": 1e-9}
    drawn = monte_carlo(made, [], still)
    found = summarise(made)
    assert np.ptp(drawn.project_npv_usd_nominal) < 1
    assert drawn.project_npv_usd_nominal[0] == pytest.approx(found.project_npv_usd_nominal, abs=10)
    assert drawn.equity_npv_usd_nominal[0] == pytest.approx(found.equity_npv_usd_nominal, abs=10)
    assert outcome(made, Shock()).least_cover[0] == pytest.approx(found.dscr_min["P50"])


def test_monte_carlo_repeats_by_seed_and_grows_with_uncertainty():
    made, risk = financed(), load_risk(VALUES)
    small = [Term("plant_performance", 0.01, False, "", "")]
    large = [Term("plant_performance", 0.20, False, "", "")]
    one = monte_carlo(made, small, risk, draws=500, seed=3)
    again = monte_carlo(made, small, risk, draws=500, seed=3)
    assert (one.least_cover == again.least_cover).all()
    wide = monte_carlo(made, large, risk, draws=500, seed=3)
    assert wide.project_npv_usd_nominal.std() > one.project_npv_usd_nominal.std()
    ever, yearly = wide.breach(1.2)
    assert 0 <= yearly <= ever <= 1
    assert wide.breach(0.0)[0] <= ever <= wide.breach(99.0)[0] == 1


def test_tornado_is_ordered_and_its_ends_lie_on_both_sides():
    made = financed()
    table = tornado(made, budget("wind", VALUES, screening=True), load_risk(VALUES))
    width = (table["high_usd_nominal"] - table["low_usd_nominal"]).abs()
    assert width.is_monotonic_decreasing
    base = summarise(made).equity_npv_usd_nominal
    assert (table["low_usd_nominal"] <= base + 1).all()
    assert (table["high_usd_nominal"] >= base - 1).all()


def test_assumptions_of_finance_are_in_use():
    names = {field.name for field in dataclasses.fields(type(TERMS))}
    rows = VALUES.table[VALUES.table["technology"] == "finance"]
    told_elsewhere = {
        "vat_rate", "covenant_dscr", "connection_km", "connection_station",
        "storage_threshold", "storage_share", "storage_hours",
    }  # fmt: skip
    assert set(rows["parameter"]) <= names | told_elsewhere
