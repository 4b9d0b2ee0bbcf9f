"""Ranking and funding: money is spent once, in order, and more of it never brings less."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.errors import InputError
from greenanalysis.programme.measure import Measure, measure_table
from greenanalysis.programme.rank import EFFECTS, effects, fund, rank, sensitivity


def measure(name: str = "m", **changed: Any) -> Measure:
    base = Measure(
        name=name,
        title=name,
        theme="gas",
        region="KZ-61",
        size="1 MW",
        capex_usd=1000.0,
        opex_usd_per_year=10.0,
        lifetime_years=20.0,
        income_usd_per_year=150.0,
        electricity_mwh_per_year=5.0,
        gas_m3_per_year=100.0,
        water_m3_per_year=0.0,
        co2_t_per_year=2.0,
        readiness=3,
        readiness_source="test",
    )
    return dataclasses.replace(base, **changed)


@st.composite
def programmes(draw: st.DrawFn) -> pd.DataFrame:
    money = st.floats(0, 1e8)
    rows = [
        measure(
            f"m{number}",
            capex_usd=draw(money),
            opex_usd_per_year=draw(money),
            income_usd_per_year=draw(money),
            co2_t_per_year=draw(st.floats(0, 1e6)),
            water_m3_per_year=draw(st.floats(0, 1e6)),
            lifetime_years=draw(st.floats(1, 60)),
            readiness=draw(st.sampled_from([1, 2, 3])),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    return measure_table(rows)


@given(table=programmes(), budget=st.floats(0, 1e9), order=st.sampled_from(["cost", "readiness"]))
def test_twice_the_budget_never_funds_less_of_a_measure(table, budget, order):
    ranked = rank(table, wacc=0.08, co2_usd_per_t=20.0, order=order)
    once, twice = (fund(ranked, budget_usd=factor * budget) for factor in (1, 2))
    assert (twice["share"] >= once["share"] - 1e-12).all()
    assert once["funded_usd"].sum() <= budget * (1 + 1e-12)
    assert once["funded_usd"].sum() == pytest.approx(min(budget, table["capex_usd"].sum()))
    gained = effects(twice) - effects(once)
    assert (gained[["co2_t_per_year", "water_m3_per_year", "funded_usd"]] >= -1e-6).all()


@given(table=programmes(), budget=st.floats(0, 1e9))
def test_only_one_measure_is_funded_in_part_and_none_after_it(table, budget):
    share = fund(rank(table, wacc=0.08, co2_usd_per_t=0.0), budget_usd=budget)
    share = share.loc[share["capex_usd"] > 0, "share"].to_numpy()
    assert (np.diff(share) <= 1e-12).all()
    assert ((share > 0) & (share < 1)).sum() <= 1


@given(table=programmes(), scale=st.floats(0.01, 100))
def test_money_in_another_unit_changes_no_order(table, scale):
    scaled = table.copy()
    columns = ["capex_usd", "opex_usd_per_year", "income_usd_per_year"]
    scaled[columns] *= scale
    one = rank(table, wacc=0.1, co2_usd_per_t=5.0)
    other = rank(scaled, wacc=0.1, co2_usd_per_t=5.0 * scale)
    np.testing.assert_allclose(
        other.loc[one.index, "benefit_per_cost"], one["benefit_per_cost"], rtol=1e-9
    )
    np.testing.assert_allclose(
        other.loc[one.index, "npv_usd"], one["npv_usd"] * scale, rtol=1e-9, atol=1e-3 * scale
    )


def test_value_and_cost_of_one_measure_by_hand():
    row = rank(measure_table([measure()]), wacc=0.0, co2_usd_per_t=10.0).iloc[0]
    assert row["cost_usd_per_year"] == pytest.approx(1000 / 20 + 10)
    assert row["benefit_per_cost"] == pytest.approx((150 + 20) / 60)
    assert row["npv_usd"] == pytest.approx(20 * (150 - 10) - 1000)
    assert row["usd_per_t_co2"] == pytest.approx((60 - 150) / 2)


def test_readiness_comes_first_when_asked():
    table = measure_table(
        [measure("ready", income_usd_per_year=1.0), measure("pilot", readiness=1)]
    )
    assert list(rank(table, wacc=0.1, co2_usd_per_t=0).index) == ["pilot", "ready"]
    assert list(rank(table, wacc=0.1, co2_usd_per_t=0, order="readiness").index) == [
        "ready",
        "pilot",
    ]


def test_unknown_jobs_are_left_out_and_not_counted_as_none():
    table = measure_table([measure("a", jobs=4.0), measure("b")])
    funded = fund(rank(table, wacc=0.1, co2_usd_per_t=0), budget_usd=1e9)
    assert effects(funded)["jobs"] == 4.0
    assert set(EFFECTS) < set(effects(funded).index)


def test_the_largest_swing_comes_first():
    table = sensitivity(lambda x: 3 * x["a"] - 10 * x["b"], {"a": 2.0, "b": 1.0}, spread=0.2)
    assert list(table.index) == ["b", "a"]
    assert table.loc["b", ["low", "high"]].tolist() == pytest.approx([6 - 8, 6 - 12])
    assert table.loc["a", "swing"] == pytest.approx(3 * 2 * 0.4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: measure(theme="oil"), "theme"),
        (lambda: measure(readiness=5), "readiness"),
        (lambda: measure(capex_usd=-1.0), "capex_usd"),
        (lambda: measure(lifetime_years=0.0), "lifetime_years"),
        (lambda: measure(co2_t_per_year=float("nan")), "co2_t_per_year"),
        (lambda: measure_table([measure(), measure()]), "each name once"),
        (lambda: rank(measure_table([measure()]), wacc=2, co2_usd_per_t=0), "rate"),
        (lambda: rank(measure_table([measure()]), wacc=0.1, co2_usd_per_t=-1), "co2_usd_per_t"),
        (
            lambda: rank(measure_table([measure()]), wacc=0.1, co2_usd_per_t=0, order="name"),
            "order",
        ),
        (
            lambda: fund(
                rank(measure_table([measure()]), wacc=0.1, co2_usd_per_t=0), budget_usd=-1
            ),
            "budget",
        ),
        (lambda: sensitivity(lambda x: 0.0, {"a": 1.0}, spread=0), "spread"),
    ],
)
def test_nonsense_gets_one_error_that_names_it(make, message):
    with pytest.raises(InputError, match=message):
        make()
