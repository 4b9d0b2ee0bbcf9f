"""Ranking and funding: money is spent once, in order, and more of it never brings less."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.programme.measure import Benefit, Measure, measure_table
from greenanalysis.programme.power import cheapest, power_measures
from greenanalysis.programme.rank import EFFECTS, effects, fund, rank, sensitivity

ASSUMPTIONS = load_assumptions()


def sold(usd_per_year: float) -> tuple[Benefit, ...]:
    return (Benefit(name="sold", quantity=1.0, unit="1", price_usd=usd_per_year, gains="operator"),)


def measure(name: str = "m", **changed: Any) -> Measure:
    if "income_usd_per_year" in changed:
        changed["benefits"] = sold(changed.pop("income_usd_per_year"))
    base = Measure(
        name=name,
        title=name,
        theme="gas",
        region="KZ-61",
        size="1 MW",
        capex_usd=1000.0,
        opex_usd_per_year=10.0,
        lifetime_years=20.0,
        benefits=sold(150.0),
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
    money = st.just(0.0) | st.floats(1, 1e8)
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
            divisible=draw(st.booleans()),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    return measure_table(rows)


def worth(funded: pd.DataFrame) -> float:
    return float((funded["share"] * funded["value_usd"]).sum())


@settings(max_examples=40)
@given(table=programmes(), budget=st.floats(0, 1e9), order=st.sampled_from(["cost", "readiness"]))
def test_twice_the_budget_never_brings_less(table, budget, order):
    ranked = rank(table, wacc=0.08, co2_usd_per_t=20.0, order=order)
    once, twice = (fund(ranked, budget_usd=f * budget, order=order) for f in (1, 2))
    first = ranked["readiness"] == (ranked["readiness"].max() if order == "readiness" else 0)
    counted = first if order == "readiness" else ~first
    assert worth(twice[counted]) >= worth(once[counted]) * (1 - 1e-9)
    assert once["funded_usd"].sum() <= budget * (1 + 1e-9)
    assert once["share"].between(0, 1).all()
    assert (once.loc[once["value_usd"] <= 0, "share"] == 0).all()
    assert (once.loc[once["best_npv_usd"] < 0, "share"] == 0).all()
    if table["divisible"].all():
        assert (twice["share"] >= once["share"] - 1e-9).all()


@settings(max_examples=40)
@given(table=programmes(), budget=st.floats(0, 1e9))
def test_the_value_is_that_of_the_best_programme(table, budget):
    ranked = rank(table, wacc=0.08, co2_usd_per_t=0.0)
    funded = fund(ranked, budget_usd=budget)
    best = milp(
        -ranked["value_usd"].to_numpy(),
        constraints=LinearConstraint(ranked["capex_usd"].to_numpy()[None, :], ub=budget),
        integrality=(~ranked["divisible"]).astype(int).to_numpy(),
        bounds=Bounds(0, (ranked["best_npv_usd"] >= 0).astype(float).to_numpy()),
        options={"mip_rel_gap": 0.0},
    )
    assert worth(funded) == pytest.approx(-best.fun, rel=1e-6, abs=1.0)


@settings(max_examples=40)
@given(table=programmes(), budget=st.floats(0, 1e9))
def test_single_works_are_whole_or_nothing_and_one_other_is_funded_in_part(table, budget):
    funded = fund(rank(table, wacc=0.08, co2_usd_per_t=0.0), budget_usd=budget)
    single = funded.loc[~funded["divisible"], "share"]
    assert single.isin([0.0, 1.0]).all()
    rest = funded.loc[funded["divisible"] & (funded["value_usd"] > 0), "share"]
    assert ((rest > 0) & (rest < 1)).sum() <= 1


@settings(max_examples=40)
@given(table=programmes(), scale=st.floats(0.01, 100))
def test_money_in_another_unit_changes_no_order(table, scale):
    scaled = table.copy()
    columns = ["capex_usd", "opex_usd_per_year", "income_usd_per_year"]
    scaled[columns] *= scale
    one = rank(table, wacc=0.1, co2_usd_per_t=5.0)
    other = rank(scaled, wacc=0.1, co2_usd_per_t=5.0 * scale)
    np.testing.assert_allclose(
        other.loc[one.index, "value_per_usd"], one["value_per_usd"], rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        other.loc[one.index, "npv_usd"], one["npv_usd"] * scale, rtol=1e-9, atol=1e-3 * scale
    )


def test_value_and_cost_of_one_measure_by_hand():
    row = rank(measure_table([measure()]), wacc=0.0, co2_usd_per_t=10.0).iloc[0]
    assert row["cost_usd_per_year"] == pytest.approx(1000 / 20 + 10)
    assert row["value_per_usd"] == pytest.approx(20 * (150 + 20 - 10) / 1000)
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


def cells() -> pd.DataFrame:
    """Three cells of wind and solar: cheap, dear, and one of another region."""
    rows = []
    for technology in ("solar", "wind"):
        for region, latitude, cost in (
            ("KZ-61", 42.25, 40),
            ("KZ-61", 43.25, 50),
            ("KZ-31", 43, 1),
        ):
            rows.append(
                {
                    "region": region,
                    "technology": technology,
                    "latitude": latitude,
                    "longitude": 68.25,
                    "capacity_mw": 100.0,
                    "energy_gwh": 200.0,
                    "cf": 200e3 / 8760 / 100,
                    "lcoe_usd_per_mwh": float(cost),
                }
            )
    return pd.DataFrame(rows)


TOWNS = pd.DataFrame({"name": ["Near", "Far"], "latitude": [42.3, 50.0], "longitude": [68.2, 70.0]})


def plants(demand_gwh: float, **changed: Any) -> list[Measure]:
    options = {"grid_co2_t_per_mwh": 0.8, **changed}
    return power_measures(
        cells(),
        region="KZ-61",
        demand_gwh=demand_gwh,
        settlements=TOWNS,
        assumptions=ASSUMPTIONS,
        cost_year=2025,
        **options,
    )


@given(energy=st.floats(0, 1000))
def test_the_cheapest_land_is_taken_first_and_no_more_than_needed(energy):
    here = cells().query("region == 'KZ-61' and technology == 'wind'")
    chosen = cheapest(here, energy_gwh=energy)
    assert chosen["energy_gwh"].sum() == pytest.approx(min(energy, 400.0))
    if 0 < energy <= 200:
        assert chosen["lcoe_usd_per_mwh"].tolist() == [40.0]


def test_plants_make_their_share_of_the_demand_where_it_is_cheap():
    solar, wind = plants(1000.0)
    assert solar.electricity_mwh_per_year + wind.electricity_mwh_per_year == pytest.approx(150e3)
    assert "from Near" in wind.place
    assert wind.co2_t_per_year == pytest.approx(0.8 * wind.electricity_mwh_per_year)


@settings(max_examples=20)
@given(scale=st.floats(0.1, 2.0))
def test_twice_the_demand_is_twice_the_plant(scale):
    for one, other in zip(plants(1000.0), plants(1000.0 * scale), strict=True):
        for name in ("capex_usd", "opex_usd_per_year", "income_usd_per_year", "jobs"):
            assert getattr(other, name) == pytest.approx(scale * getattr(one, name))


def test_a_higher_price_raises_income_alone():
    one, other = plants(1000.0)[0], plants(1000.0, price_factor=1.5)[0]
    assert other.income_usd_per_year == pytest.approx(1.5 * one.income_usd_per_year)
    assert other.capex_usd == one.capex_usd


def test_a_negative_demand_is_refused():
    with pytest.raises(InputError, match="demand_gwh"):
        plants(-1.0)
