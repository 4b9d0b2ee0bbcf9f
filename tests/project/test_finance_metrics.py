"""NPV, IRR, payback and levelised cost: against numpy-financial and published worked cases."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.finance import annuity, lcoe
from greenanalysis.finance.metrics import dscr, irr, levelised_cost, npv, payback, pooled_cost
from greenanalysis.project.debt import annuity_loan, carried_service
from greenanalysis.project.tax import declining_balance, income_tax, straight_line

CASES = 1000


def test_agrees_with_numpy_financial_on_random_cases():
    random = np.random.default_rng(7)
    found = 0
    for _ in range(CASES):
        years = int(random.integers(2, 31))
        flow = np.concatenate([[-random.uniform(10, 1000)], random.uniform(0, 200, years)])
        rate = random.uniform(0, 0.3)
        assert npv(flow, rate=rate) == pytest.approx(npf.npv(rate, flow), rel=1e-9, abs=1e-9)
        assert annuity(rate, years) == pytest.approx(-npf.pmt(rate, years, 1.0), rel=1e-9)
        loan = annuity_loan(500.0, rate=rate, tenor=years, years=years)
        paid = -npf.ppmt(rate, np.arange(1, years + 1), years, 500.0)
        np.testing.assert_allclose(loan.principal, paid, rtol=1e-7, atol=1e-7)
        mine, theirs = irr(flow), npf.irr(flow)
        if np.isfinite(mine.value):
            found += 1
            assert mine.value == pytest.approx(theirs, rel=1e-6, abs=1e-9)
    assert found > 0.9 * CASES


# P. Jain, Wind Energy Engineering, McGraw-Hill 2011, pages 285 and 287, equations 13-3 to 13-5 and
# table 13-5: https://digilib.universitaspertamina.ac.id/ebook/Wind%20Energy%20Engineering/files/
# basic-html/page319.html and page321.html
def test_worked_case_of_jain_levelised_cost_and_payback():
    yearly = 500_000 + 270_000 + 331_000
    costs = np.concatenate([[27e6], np.full(20, yearly)])
    energy = np.concatenate([[0.0], np.full(20, 50_000.0)])
    assert round(npv(energy, rate=0.08)) == 490_907
    assert round(npv(costs, rate=0.08) - 27e6, -1) == 10_809_780
    assert round(npv(costs, rate=0.08), -1) == 37_809_780
    assert round(levelised_cost(costs, energy, rate=0.08) / 1000, 3) == 0.077
    kilowatt = 15_000
    same = lcoe(
        50_000 / (15 * 8760),
        capex_usd_per_kw=27e6 / kilowatt,
        fom_usd_per_kw_year=yearly / kilowatt,
        wacc=0.08,
        lifetime_years=20,
    )
    assert round(same / 1000, 3) == 0.077
    flow = np.concatenate([[-27.0], np.full(20, 2.75)])
    assert np.cumsum(flow)[[1, 2, 3, 9, 10]].tolist() == [-24.25, -21.5, -18.75, -2.25, 0.5]
    assert np.ceil(payback(flow)) == 10
    assert abs(npv(flow, rate=0.08)) < 1e-4  # "the real payback period with 8 % is 20 years"


# "WindFarm Ecnomics", worked exercise of a 50 MW wind farm over 20 years:
# https://www.scribd.com/document/355617969/WindFarm-Ecnomics
def test_worked_case_of_a_50_mw_wind_farm():
    energy, running = 110e6, 0.0091 * 110e6
    assert running == pytest.approx(1_001_000)
    costs = np.concatenate([[65e6], np.full(20, running)])
    costs[20] += 3e6
    sold = np.concatenate([[0.0], np.full(20, energy)])
    flow = sold * 0.075 - costs
    assert round(npv(flow, rate=0.08), 2) == pytest.approx(5_528_105.93, abs=0.005)
    assert round(levelised_cost(costs, sold, rate=0.08), 6) == 0.069881


# NREL System Advisor Model, single owner, as printed by GEOPHIRES-X 3.16.0:
# https://github.com/NatLabRockies/GEOPHIRES-X, tests/examples/example_SAM-single-owner-PPA.out
SAM_REVENUE = """34284397 34499207 35955353 37387962 38810736 40228246 41642549 43054733 44465440
45875072 47283899 48692110 50099838 51507184 52914222 54321010 55727598 57134026 58540317
183446230"""
SAM_ENERGY = """428554957 431240089 432051822 432530792 432865667 433120646 433325167 433495101
433639945 433765810 433876853 433976022 434065480 434146861 434221417 434290137 434353843 434413216
434468735 434518614"""
SAM_AFTER_TAX = """89047369 16458024 17486237 18495077 19494506 20487773 21476276 22460693 23441368
24418465 25392043 26362093 27328561 28291359 29250371 30205463 31156484 32103268 33045625
124718611"""
SAM_INTEREST = """4940002 4790603 4633735 4469023 4296076 4114481 3923807 3723598 3513380 3292650
3060884 2817530 2562008 2293710 2011997 1716198 1405610 1079491 737068 377522"""
SAM_DSCR = """3.46 3.49 3.67 3.85 4.03 4.21 4.39 4.57 4.75 4.93 5.10 5.28 5.46 5.64 5.81 5.99 6.17
6.35 6.52 22.28"""


def numbers(text: str) -> np.ndarray:
    return np.array([float(word) for word in text.split()])


def test_worked_case_of_the_system_advisor_model():
    revenue, energy = numbers(SAM_REVENUE), numbers(SAM_ENERGY)
    ebitda = revenue - 6_827_968
    loan = annuity_loan(98_800_033, rate=0.05, tenor=20, years=20)
    np.testing.assert_allclose(loan.interest, numbers(SAM_INTEREST), atol=1)
    assert loan.service[0] == pytest.approx(7_927_970, abs=1)
    assert np.round(dscr(ebitda, loan.service), 2).tolist() == numbers(SAM_DSCR).tolist()
    deduction = np.full(20, 10_497_504.0)
    deduction[0] = 5_248_752
    rate = 0.07 + 0.21 * (1 - 0.07)  # state tax is deducted before federal tax
    tax = income_tax(ebitda - loan.interest - deduction, rate=rate, carry_years=20)
    after = ebitda - loan.service - tax
    after[0] += 74_100_025  # investment tax credit
    np.testing.assert_allclose(after, numbers(SAM_AFTER_TAX), atol=3)
    flow = np.concatenate([[-148_200_050], after])
    nominal = 1.08 * 1.02 - 1
    assert round(nominal * 100, 2) == 10.16
    assert round(npv(flow, rate=nominal) / 1e6, 2) == 115.93
    assert round(irr(flow).value * 100, 2) == 22.26
    sold = revenue.copy()
    sold[-1] = 59_946_188  # without the salvage value
    costs = np.concatenate([[0.0], sold]) - flow
    cents = levelised_cost(costs, np.concatenate([[0.0], energy]), rate=nominal) * 100
    assert round(cents, 2) == 6.62


@pytest.mark.parametrize(
    ("flow", "reason"),
    [
        ([100.0, 10, 10], "gain in each year"),
        ([-100.0, -1, -1], "loss in each year"),
        ([100.0, -50, -80], "nothing is invested"),
        ([-100.0, 230, -132], "more than once and has the rates 10.0%, 20.0%"),
        ([0.0, 0.0], "no money"),
        ([-100.0, np.nan, 20], "no number"),
    ],
)
def test_a_rate_that_does_not_exist_is_said_so(flow, reason):
    found = irr(np.array(flow))
    assert np.isnan(found.value)
    assert reason in found.reason
    assert str(found).startswith("none: ")


def test_a_loss_has_a_negative_rate_and_no_payback():
    flow = np.array([-100.0, 30, 30, 30])
    assert irr(flow).value < 0
    assert np.isnan(payback(flow))


@given(
    costs=st.lists(st.floats(10, 1000), min_size=2, max_size=5),
    energy=st.lists(st.floats(1, 500), min_size=5, max_size=5),
)
def test_pooled_cost_is_weighted_by_energy_and_lies_between(costs, energy):
    parts = [
        (np.array([cost, 1.0, 1.0]), np.array([0.0, made, made]))
        for cost, made in zip(costs, energy, strict=False)
    ]
    single = [levelised_cost(*part, rate=0.1) for part in parts]
    pooled = pooled_cost(parts, rate=0.1)
    assert min(single) - 1e-9 <= pooled <= max(single) + 1e-9


def test_mean_of_costs_is_not_the_cost_of_all():
    cheap = (np.array([100.0, 0]), np.array([0.0, 100]))
    dear = (np.array([100.0, 0]), np.array([0.0, 10]))
    both = pooled_cost([cheap, dear], rate=0.0)
    assert both == pytest.approx(200 / 110)
    mean = np.mean([levelised_cost(*part, rate=0.0) for part in (cheap, dear)])
    assert mean == pytest.approx(5.5)


def test_real_and_nominal_cost_meet_without_inflation_and_differ_with_it():
    costs, energy = np.array([100.0, 5, 5, 5]), np.array([0.0, 10, 10, 10])
    nominal = levelised_cost(costs, energy, rate=0.1)
    assert levelised_cost(costs, energy, rate=0.1, inflation=0.0) == pytest.approx(nominal)
    assert levelised_cost(costs, energy, rate=0.1, inflation=0.03) < nominal
    with pytest.raises(InputError, match="energy_mwh"):
        levelised_cost(costs, np.zeros(4), rate=0.1)


FLOW = np.array([[100.0, 100.0, 100.0]])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: npv(FLOW[0], rate=-1.0), "rate: got -1.0"),
        (lambda: declining_balance(1.0, rate=0.0, years=3), "depreciation rate: got 0.0"),
        (lambda: declining_balance(1.0, rate=0.1, years=0), "years: got 0"),
        (lambda: straight_line(1.0, over=4, years=3), "over: got 4.*1 to 3"),
        (lambda: income_tax(FLOW, rate=1.2, carry_years=10), "cit_rate: got 1.2"),
        (lambda: income_tax(FLOW, rate=0.2, carry_years=-1), "loss_carry_years: got -1"),
        (lambda: annuity_loan(-1.0, rate=0.1, tenor=2, years=3), "amount: got -1.0"),
        (lambda: annuity_loan(1.0, rate=0.1, tenor=4, years=3), "tenor: got 4"),
        (lambda: carried_service(FLOW, np.array([0.9]), tenor=2), "dscr: got 0.9"),
        (
            lambda: carried_service(FLOW, np.array([1.2]), tenor=2, repayment="bullet"),
            "repayment: got 'bullet'",
        ),
    ],
)
def test_wrong_terms_are_one_clear_error(call, text):
    with pytest.raises(InputError, match=text):
        call()


def test_what_never_costs_anything_is_paid_back_at_once():
    assert payback(np.array([0.0, 5.0])) == 0.0


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e11, 1e15])
def test_a_rate_does_not_depend_on_scale_or_idle_years(scale):
    flow = np.array([-50.0] + [10.0] * 10) * scale
    rate = irr(flow).value
    assert rate == pytest.approx(0.15098414, abs=1e-7)
    assert irr(np.concatenate([np.zeros(3), flow])).value == pytest.approx(rate, abs=1e-12)


@pytest.mark.parametrize(
    "flow",
    [
        [-900.0, -400, 300, 300, 300, 300, 300, 300],  # two years of building
        [-100.0] + [12.0] * 12 + [-60.0] + [14.0] * 12,  # repowering
        [-100.0] + [12.0] * 20 + [-15.0],  # dismantling
        [-100.0, 30, 10, 5],  # a loss
        [-100.0, 60, -80, 30],  # a loss with a second payment
    ],
)
def test_the_one_rate_that_exists_makes_the_flow_worth_nothing(flow):
    numpy_financial = pytest.importorskip("numpy_financial")
    rate = irr(np.array(flow)).value
    assert npv(np.array(flow), rate=rate) == pytest.approx(0, abs=1e-8)
    other = numpy_financial.irr(flow)
    if np.isfinite(other):
        assert rate == pytest.approx(other, abs=1e-9)


def test_worth_at_commissioning_compounds_what_was_paid_before():
    flow = np.array([-40.0, -60, 30, 90])
    by_hand = -40 * 1.1**1 - 60 + 30 / 1.1 + 90 / 1.21
    assert npv(flow, rate=0.1, at=1) == pytest.approx(by_hand, rel=1e-12)
