"""Money that has time: construction, drawdown, delay, overrun, and debt cover under stress."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.finance.metrics import npv
from greenanalysis.project.cashflow import finance
from greenanalysis.project.debt import loan_of_service
from greenanalysis.project.operation import Shock, spending_profile
from greenanalysis.project.risk import outcome
from greenanalysis.project.summary import refinanced, summarise, year_table
from greenanalysis.project.terms import load_terms, with_terms
from tests.support.finance_case import MACRO, VALUES, financed, project

PLAIN: dict[str, object] = {
    "connection_usd_2025_per_mw_km": 0.0,
    "connection_station_usd_2025_per_kw": 0.0,
    "curtailment": 0.0,
    "degradation": 0.0,
    "reserve_months": 0.0,
    "receivable_days": 0.0,
    "vat_share": 0.0,
    "commitment_fee": 0.0,
    "upfront_fee": 0.0,
    "cit_rate": 0.0,
}
"""Terms without what a hand-made case leaves out."""


def test_three_construction_years_by_hand_to_the_cent():
    """100 MW at 1000 USD/kW, drawn 20/50/30 %, 50 % loan at 8 %, prices that do not rise."""
    made = financed(
        tariff="usd:50",
        **PLAIN,
        capex_usd_2025_per_kw=1000.0,
        fixed_cost_usd_2025_per_kw_year=30.0,
        variable_cost_usd_2025_per_mwh=0.0,
        operation_local_share=0.0,
        capex_escalation=0.0,
        construction_years=3,
        drawdown=(0.2, 0.5, 0.3),
        max_gearing=0.5,
        interest_rate=0.08,
        dscr_p50=1.0,
        dscr_p90=1.0,
        tenor=20,
        lifetime=20,
    )
    capex = np.array([10e6, 35e6, 40e6, 15e6])
    assert made.base.capex_usd_nominal == pytest.approx(capex, abs=0.005)
    # pro rata: every use is half loan; interest of a year is itself a use at its end
    owed, uses, interest = 0.0, [], []
    for spent in capex:
        interest.append(0.08 * owed)
        uses.append(spent + interest[-1])
        owed += uses[-1] / 2
    assert made.construction.interest == pytest.approx(interest, abs=0.005)
    assert made.construction.uses == pytest.approx(uses, abs=0.005)
    assert made.loan.amount == pytest.approx(owed, abs=0.01)
    assert made.equity_flow[:4] == pytest.approx(-np.array(uses) / 2, abs=0.01)
    yearly = 0.35 * 8760 * 100 * 50.0
    level = 1.02 ** np.arange(4, 24)
    surplus = yearly - 100_000 * 30.0 * level
    assert made.project_flow[4:] == pytest.approx(surplus, abs=0.005)
    rate = 1.08 * 1.02 - 1
    worth = sum(-c * (1 + rate) ** (3 - k) for k, c in enumerate(capex))
    worth += sum(s / (1 + rate) ** (k + 1) for k, s in enumerate(surplus))
    assert summarise(made).project_npv_usd_nominal == pytest.approx(worth, abs=0.01)


def test_worth_falls_with_every_construction_year():
    base = financed(tariff="ppa20:25")
    worth = [refinanced(base, construction_years=n) for n in range(5)]
    rates = [found.project_irr.value for found in worth]
    assert all(a > b for a, b in itertools.pairwise(rates))
    npvs = [found.project_npv_usd_nominal for found in worth]
    assert all(a > b for a, b in itertools.pairwise(npvs))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda x: sum(x) > 0.1))
def test_spending_keeps_its_mean_moment(shares):
    total = np.array(shares) / sum(shares)
    terms = dataclasses.replace(
        load_terms(VALUES, "wind"), construction_years=len(total), drawdown=tuple(total)
    )
    points = spending_profile(terms)
    assert points.sum() == pytest.approx(1)
    middle = np.arange(len(total)) + 0.5
    assert points @ np.arange(len(points)) == pytest.approx(total @ middle)


def test_owners_first_pay_later_interest_and_earlier_equity():
    shared = financed(tariff=45.0)
    first = financed(tariff=45.0, funding="equity_first")
    assert first.construction_interest < shared.construction_interest
    assert first.equity_flow[0] < shared.equity_flow[0]
    assert first.construction.draws.sum() == pytest.approx(first.loan.amount, rel=1e-9)
    assert (first.construction.draws >= -1e-6).all()


def test_grace_years_pay_interest_alone():
    loan = loan_of_service(np.array([10.0, 10, 10, 10, 0]), rate=0.1, grace=1)
    assert loan.principal[0] == pytest.approx(0)
    assert loan.balance[-1] == pytest.approx(0)
    assert loan.amount == pytest.approx(10 / 1.1 + 10 / 1.21 + 10 / 1.331)
    tight = loan_of_service(np.array([1.0, 10, 10, 10]), rate=0.1, grace=1)
    assert tight.amount == pytest.approx(10)
    assert tight.balance[-1] == pytest.approx(0)
    made = financed(grace_years=1)
    assert made.loan.principal[0] == pytest.approx(0, abs=1)
    assert made.loan.balance[-1] == pytest.approx(0, abs=1)


def test_a_loan_in_tenge_is_repaid_in_tenge():
    made = financed("wind", 30.0, loan_currency="KZT", interest_rate=0.16)
    assert made.loan.balance[-1] == pytest.approx(0, abs=1e-3 * made.loan.amount)
    assert made.debt < made.uses
    fall = Shock(rate=np.full(made.terms.lifetime, 1.3))
    loss_in_tenge = outcome(made, fall).least_cover[0] / outcome(made, Shock()).least_cover[0]
    dollars = financed("wind", 30.0)
    loss = outcome(dollars, fall).least_cover[0] / outcome(dollars, Shock()).least_cover[0]
    assert loss_in_tenge > loss


def test_late_payment_vat_and_dismantling_cost_the_owners():
    base = summarise(financed()).equity_npv_usd_nominal
    for change in (
        {"receivable_days": 180.0},
        {"vat_share": 1.0},
        {"dismantling_usd_2025_per_kw": 60.0},
        {"dividend_tax_rate": 0.15},
        {"property_tax_rate": 0.015},
        {"balancing_share": 0.03},
        {"transmission_kzt_2025_per_kwh": 2.0},
    ):
        assert summarise(financed(**change)).equity_npv_usd_nominal < base, change
    assert summarise(financed(cit_holiday_years=10)).equity_npv_usd_nominal > base


ADVERSE = {
    "energy": (1.0, -0.3),
    "price": (1.0, -0.3),
    "merchant": (1.0, -0.3),
    "capex": (1.0, 0.3),
    "opex": (1.0, 0.5),
    "rate": (1.0, 0.5),
    "delay": (0.0, 1.0),
    "interest": (0.0, 0.05),
}


@settings(max_examples=60, deadline=None)
@given(
    driver=st.sampled_from(sorted(ADVERSE)),
    tariff=st.floats(14, 60),
    technology=st.sampled_from(["wind", "solar"]),
    repayment=st.sampled_from(["sculpted", "annuity"]),
    currency=st.sampled_from(["USD", "KZT"]),
    funding=st.sampled_from(["pro_rata", "equity_first"]),
    grace=st.integers(0, 2),
    worse=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_no_adverse_driver_raises_the_least_cover(
    driver, tariff, technology, repayment, currency, funding, grace, worse
):
    made = financed(
        technology, tariff, repayment=repayment, loan_currency=currency, funding=funding,
        grace_years=grace,
    )  # fmt: skip
    if made.loan.amount < 1:
        return
    start, width = ADVERSE[driver]
    mild, hard = sorted(worse)
    covers = [
        float(outcome(made, Shock(**{driver: start + width * step})).least_cover[0])
        for step in (mild, hard)
    ]
    assert covers[1] <= covers[0] + 1e-9


def test_cover_of_base_case_is_that_of_the_summary():
    for terms in ({}, {"loan_currency": "KZT"}, {"funding": "equity_first"}, {"grace_years": 1}):
        made = financed(**terms)
        still = outcome(made, Shock())
        found = summarise(made)
        assert still.least_cover[0] == pytest.approx(found.dscr_min["P50"], rel=1e-9)
        assert still.equity_npv_usd_nominal[0] == pytest.approx(
            found.equity_npv_usd_nominal, rel=1e-9
        )
        assert still.project_npv_usd_nominal[0] == pytest.approx(
            found.project_npv_usd_nominal, rel=1e-9
        )


def test_a_battery_loses_energy_and_costs_upkeep():
    plain = finance(project(), load_terms(VALUES, "wind"), MACRO)
    with_battery = finance(
        project(storage_mw=30.0, storage_mwh=60.0), load_terms(VALUES, "wind"), MACRO
    )
    lost = plain.base.energy_mwh[0] - with_battery.base.energy_mwh[0]
    assert lost == pytest.approx(60 * 300 * (1 - with_battery.terms.storage_efficiency))
    assert (with_battery.base.opex_usd_nominal > plain.base.opex_usd_nominal).all()


def test_the_year_table_begins_with_construction_and_sums_to_the_flows():
    made = financed()
    table = year_table(made)
    assert table["phase"].tolist()[:4] == ["construction"] * 3 + ["operation"]
    assert table.index[0] == MACRO.price_year
    assert table["drawn_usd_nominal"].sum() == pytest.approx(made.debt)
    assert npv(table["project_flow_usd_nominal"].to_numpy(), rate=0.1, at=2) == pytest.approx(
        npv(made.project_flow, rate=0.1, at=2)
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"drawdown": (0.5, 0.4)}, "drawdown"),
        ({"drawdown": (1.0,)}, "drawdown"),
        ({"funding": "later"}, "funding"),
        ({"loan_currency": "EUR"}, "loan_currency"),
        ({"grace_years": 15}, "grace_years"),
        ({"vat_share": 1.5}, "vat_share"),
        ({"receivable_days": 500.0}, "receivable_days"),
        ({"dscr_p99": 0.5}, "dscr_p99"),
    ],
)
def test_nonsense_on_the_timeline_is_refused_by_field(change, field):
    with pytest.raises(InputError, match=f"^{field}: got"):
        finance(project(), with_terms(load_terms(VALUES, "wind"), change), MACRO)
