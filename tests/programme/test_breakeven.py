"""Break-even, blends and years: each figure put back into the model gives what it promises."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy_financial
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.programme.finance.blend import blends, finance_packages
from greenanalysis.programme.finance.breakeven import (
    GRANT,
    PAYS,
    SOCIETY_LOSES,
    SUPPORT,
    break_even,
)
from greenanalysis.programme.finance.timeline import FIRST, LATER, WAIT, flows_by_year, phases
from greenanalysis.programme.measure import Benefit, Measure, measure_table
from greenanalysis.programme.rank import fund, rank

WACC = 0.08
TOLERANCE = 1.0
"""USD; 1e-6 million."""


def benefit(**changed: Any) -> Benefit:
    base = Benefit(name="water", quantity=2e7, unit="m3", price_usd=0.3, gains="operator")
    return dataclasses.replace(base, **changed)


def work(*benefits: Benefit, **changed: Any) -> Measure:
    base = Measure(
        name="work",
        title="Work",
        theme="water",
        region="KZ-61",
        size="1",
        capex_usd=60e6,
        opex_usd_per_year=1e6,
        lifetime_years=20.0,
        benefits=benefits or (benefit(),),
        electricity_mwh_per_year=0.0,
        gas_m3_per_year=0.0,
        water_m3_per_year=0.0,
        co2_t_per_year=1e5,
        readiness=3,
        readiness_source="test",
    )
    return dataclasses.replace(base, **changed)


def ranked(*measures: Measure, wacc: float = WACC, co2: float = 0.0):
    return rank(measure_table(measures), wacc=wacc, co2_usd_per_t=co2)


@settings(max_examples=60, deadline=None)
@given(
    capex=st.floats(1e5, 1e9),
    opex=st.floats(0, 1e7),
    price=st.floats(0.001, 3),
    years=st.integers(2, 50),
)
def test_each_break_even_fed_back_gives_nothing(capex, opex, price, years):
    measure = work(
        benefit(price_usd=price),
        benefit(name="cotton", unit="t", quantity=9e3, price_usd=500.0, area_ha=1e4),
        capex_usd=capex,
        opex_usd_per_year=opex,
        lifetime_years=float(years),
    )
    table = ranked(measure)
    row, before = break_even(table, wacc=WACC).loc["work"], table.loc["work"]
    assert (row["verdict"] == PAYS) == (before["npv_usd"] >= 0)
    if not math.isnan(row["price_break_even"]):
        sold = tuple(
            dataclasses.replace(one, price_usd=row["price_break_even"])
            if one.name == row["price_of"]
            else one
            for one in measure.benefits
        )
        fed = ranked(dataclasses.replace(measure, benefits=sold)).loc["work", "npv_usd"]
        assert fed == pytest.approx(0, abs=TOLERANCE)
    if 0 < row["grant_share"] <= 1:
        rest = dataclasses.replace(measure, capex_usd=capex * (1 - row["grant_share"]))
        assert ranked(rest).loc["work", "npv_usd"] == pytest.approx(0, abs=TOLERANCE)
    if not math.isnan(row["rate"]):
        fed = ranked(measure, wacc=row["rate"]).loc["work", "npv_usd"]
        assert fed == pytest.approx(0, abs=TOLERANCE)
    if row["carbon_usd_per_t"] > 0:
        fed = ranked(measure, co2=row["carbon_usd_per_t"]).loc["work"]
        assert fed["value_usd"] - capex == pytest.approx(0, abs=TOLERANCE)
    gain = row["yield_break_even"] * 1e4
    if gain >= 0:
        crop = dataclasses.replace(measure.benefits[1], quantity=gain)
        more = dataclasses.replace(measure, benefits=(measure.benefits[0], crop))
        assert ranked(more).loc["work", "npv_usd"] == pytest.approx(0, abs=TOLERANCE)


def test_the_internal_rate_is_that_of_a_spreadsheet():
    row = break_even(ranked(work()), wacc=WACC).loc["work"]
    assert row["rate"] == pytest.approx(numpy_financial.irr([-60e6] + [5e6] * 20), abs=1e-9)


@pytest.mark.parametrize(
    ("price", "social", "verdict"),
    [(0.5, 0.0, PAYS), (0.3, 1e7, GRANT), (0.01, 5e7, SUPPORT), (0.3, 0.0, SOCIETY_LOSES)],
)
def test_verdicts_tell_investor_from_society(price, social, verdict):
    clean = benefit(name="clean air", unit="t", quantity=1.0, price_usd=social, money=False)
    row = break_even(ranked(work(benefit(price_usd=price), clean)), wacc=WACC).loc["work"]
    assert row["verdict"] == verdict
    assert math.isnan(row["grant_share"]) == (verdict == SUPPORT)
    assert ("no grant is enough" in row["words"]) == (verdict == SUPPORT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gains": "nobody"}, "gains"),
        ({"price_usd": -1.0}, "price_usd"),
        ({"quantity": np.nan}, "quan"),
    ],
)
def test_a_benefit_that_cannot_be_valued_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        benefit(**change)


def test_a_package_closes_at_the_grant_that_it_says():
    packages, assumptions = finance_packages(), load_assumptions()
    measure = ranked(work()).loc["work"]
    table = blends(measure, packages, assumptions, own_rate=WACC)
    assert len(table) == len(packages)
    shares = table[["grant_usd", "loan_usd", "own_usd"]].sum(axis=1)
    assert shares.to_numpy() == pytest.approx(60e6)
    closed = 0
    for _, package in packages.iterrows():
        closing = table.loc[package["name"], "closing_grant_share"]
        if not 0 < closing <= 1:
            continue
        rest = (1 - closing) / (1 - package["grant_share"])
        changed = package.copy()
        changed["grant_share"] = closing
        changed[["loan_share", "own_share"]] = package[["loan_share", "own_share"]] * rest
        again = blends(measure, changed.to_frame().T, assumptions, own_rate=WACC).iloc[0]
        assert again["own_npv_usd"] == pytest.approx(0, abs=TOLERANCE)
        closed += 1
    assert closed >= 2


def test_the_loan_is_repaid_as_in_a_spreadsheet():
    packages = finance_packages().set_index("name", drop=False)
    package = packages.loc["EBRD, water of three towns"]
    assumptions = load_assumptions()
    row = blends(ranked(work()).loc["work"], package.to_frame().T, assumptions, own_rate=WACC).iloc[
        0
    ]
    real, loan = 1.085 / 1.02 - 1, 60e6 * 7.6 / 17
    principal = [0.0] * 4 + [loan / 11] * 11
    balance = loan - np.append(0.0, np.cumsum(principal)[:-1])
    service = principal + balance * real
    assert row["debt_service_usd"] == pytest.approx(service.max())
    cash = np.full(20, 5e6)
    cash[:15] -= service
    assert row["own_npv_usd"] == pytest.approx(numpy_financial.npv(WACC, np.append(0.0, cash)))
    assert row["least_dscr"] == pytest.approx(5e6 / service.max())


def test_years_add_up_to_the_programme():
    clean = benefit(
        name="clean air", unit="t", quantity=1.0, price_usd=2e6, gains="society", money=False
    )
    funded = fund(ranked(work(benefit(price_usd=0.5), clean)), budget_usd=30e6)
    table = flows_by_year(funded, years=30, build_years=5)
    sums = table.groupby("flow")["usd"].sum()
    assert sums["investment"] == pytest.approx(-30e6)
    assert sums["running cost"] == pytest.approx(-0.5 * 20 * 1e6)
    assert sums["income and savings"] == pytest.approx(0.5 * 20 * 1e7)
    assert set(table.loc[table["flow"] == "value to society", "party"]) == {"society"}
    first = table[(table["year"] == 1) & (table["flow"] == "income and savings")]
    assert first["usd"].sum() == 0
    with pytest.raises(InputError, match="build_years"):
        flows_by_year(funded, years=3, build_years=5)


def test_what_is_funded_comes_first_and_what_never_pays_waits():
    good = work(benefit(price_usd=0.6), name="good")
    later = work(benefit(price_usd=0.5), name="later")
    bad = work(benefit(price_usd=0.1), name="bad")
    table = ranked(good, later, bad)
    phase = phases(fund(table, budget_usd=60e6), break_even(table, wacc=WACC)["verdict"])
    assert phase.to_dict() == {"good": FIRST, "later": LATER, "bad": WAIT}
