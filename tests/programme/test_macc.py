from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.programme.macc import Saving, abatement_curve

COST = st.floats(0, 1e6)


@st.composite
def many(draw):
    count = draw(st.integers(1, 6))
    return [
        Saving(
            name=f"m{number}",
            share=draw(st.floats(0.01, 0.95)),
            fixed_usd_per_year=draw(COST),
            usd_per_unit_met=draw(st.floats(0, 10)),
            usd_per_unit_saved=draw(st.floats(0, 10)),
            co2_t_per_unit_saved=draw(st.floats(-1, 1)),
        )
        for number in range(count)
    ]


def test_two_measures_in_closed_form():
    cheap = Saving(name="cheap", share=0.2, fixed_usd_per_year=100)
    dear = Saving(name="dear", share=0.5, fixed_usd_per_year=400, co2_t_per_unit_saved=2)
    curve = abatement_curve([dear, cheap], demand=1000, value_usd_per_unit=0.25)
    assert curve["name"].tolist() == ["cheap", "dear"]
    assert curve["saved"].tolist() == [200, 400]
    assert curve["usd_per_unit"].tolist() == [0.5, 1.0]
    assert curve["demand_after"].tolist() == [800, 400]
    assert curve["saved_so_far"].tolist() == [200, 600]
    assert math.isnan(curve["usd_per_t_co2"].iloc[0])
    assert curve["usd_per_t_co2"].iloc[1] == pytest.approx((400 - 0.25 * 400) / 800)


def test_interaction_changes_the_order_of_a_list():
    first = Saving(name="first", share=0.9, fixed_usd_per_year=90)
    fixed = Saving(name="fixed", share=0.5, fixed_usd_per_year=60)
    sized = Saving(name="sized", share=0.5, usd_per_unit_met=0.7)
    alone = {s.name: s.unit_cost(100) for s in (first, fixed, sized)}
    assert sorted(alone, key=alone.__getitem__) == ["first", "fixed", "sized"]
    curve = abatement_curve([fixed, sized, first], demand=100)
    assert curve["name"].tolist() == ["first", "sized", "fixed"]


@given(savings=many(), demand=st.floats(1, 1e9))
def test_saving_is_the_product_and_never_more_than_the_demand(savings, demand):
    curve = abatement_curve(savings, demand=demand)
    product = demand * (1 - np.prod([1 - saving.share for saving in savings]))
    assert curve["saved"].sum() == pytest.approx(product)
    assert curve["saved"].sum() <= demand * (1 + 1e-12)
    assert (curve["demand_after"] >= 0).all()


@given(savings=many(), demand=st.floats(1, 1e9))
def test_costs_rise_along_the_curve(savings, demand):
    costs = abatement_curve(savings, demand=demand)["usd_per_unit"].to_numpy()
    assert (np.diff(costs) >= -1e-9 * np.abs(costs[1:])).all()


@given(savings=many())
def test_the_order_of_the_list_does_not_matter(savings):
    wanted = abatement_curve(savings, demand=1000)
    for shuffled in itertools.islice(itertools.permutations(savings), 6):
        assert abatement_curve(shuffled, demand=1000).equals(wanted)


@given(savings=many(), factor=st.floats(0.1, 1000))
def test_curve_scales_with_demand_where_all_costs_do(savings, factor):
    sized = [
        Saving(name=s.name, share=s.share, usd_per_unit_met=s.usd_per_unit_met) for s in savings
    ]
    one = abatement_curve(sized, demand=100)
    many_times = abatement_curve(sized, demand=100 * factor)
    assert np.allclose(many_times["saved"], one["saved"] * factor)
    assert np.allclose(many_times["usd_per_unit"], one["usd_per_unit"])


@given(savings=many(), worse=st.floats(0.1, 0.9))
def test_a_fixed_cost_weighs_more_on_a_smaller_demand(savings, worse):
    for saving in savings:
        assert saving.unit_cost(100 * worse) >= saving.unit_cost(100) * (1 - 1e-12)


def test_nothing_saved_is_left_out():
    nothing = Saving(name="nothing", share=0, fixed_usd_per_year=5)
    assert abatement_curve([nothing], demand=10).empty
    all_of_it = Saving(name="all", share=1, fixed_usd_per_year=1)
    later = Saving(name="later", share=0.5, fixed_usd_per_year=50)
    assert abatement_curve([later, all_of_it], demand=10)["name"].tolist() == ["all"]
    assert abatement_curve([all_of_it], demand=0).empty


@pytest.mark.parametrize(
    "call",
    [
        lambda: Saving(name="x", share=1.2),
        lambda: Saving(name="x", share=0.5, fixed_usd_per_year=-1),
        lambda: Saving(name="x", share=0.5, co2_t_per_unit_saved=math.nan),
        lambda: abatement_curve([], demand=-1),
        lambda: abatement_curve([Saving(name="x", share=0.5)] * 2, demand=1),
    ],
)
def test_impossible_numbers_are_refused(call):
    with pytest.raises(InputError, match="allowed"):
        call()
