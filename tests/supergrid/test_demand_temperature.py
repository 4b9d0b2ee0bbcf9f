"""Demand that follows the temperature within a month."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.geo.country import load_country
from greenanalysis.supergrid.model.demand import (
    Response,
    demand_factor,
    demand_shape,
    temperature_response,
)
from greenanalysis.supergrid.model.network import build_network, hourly_series
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve.study import input_hash
from tests.support.supergrid_world import FACTS, INPUTS, SMALL, WHOLE

NORMAL = pd.Series(
    [-12.0, -11.0, -3.0, 8.0, 15.0, 21.0, 23.0, 21.0, 14.0, 6.0, -3.0, -9.0], index=range(1, 13)
)
HOURS = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")


def months(base, slope, threshold):
    """Return a metered year made by a known response."""
    days = pd.date_range("2023-01-01", periods=12, freq="MS").days_in_month
    level = Response(base, slope, threshold, 1.0).level(NORMAL)
    year = {"year": 2023, "month": range(1, 13), "demand_gwh": 200.0 * level * days}
    return pd.DataFrame(year)


def temperature(seed=0):
    random = np.random.default_rng(seed)
    days = np.repeat(random.normal(0.0, 4.0, 366), 24)[:8760]
    return pd.Series(NORMAL.loc[HOURS.month].to_numpy() + days, index=HOURS)


@given(st.floats(0.001, 0.02), st.integers(12, 38))
def test_a_known_response_is_found_again(slope, half_degrees):
    threshold = half_degrees / 2
    found = temperature_response(months(1.0, slope, threshold), NORMAL)
    mean = months(1.0, slope, threshold)["demand_gwh"].sum() / 365 / 200  # of the year's power
    assert found.r_squared == pytest.approx(1.0, abs=1e-9)
    assert found.slope / found.base == pytest.approx(slope, rel=1e-6)
    assert found.base == pytest.approx(1.0 / mean, rel=0.02)
    warm, cold = found.level(np.array([threshold + 5.0, threshold - 10.0]))
    assert cold / warm == pytest.approx(1.0 + 10.0 * slope, rel=1e-6)


def test_metered_months_of_kazakhstan_follow_the_temperature():
    found = temperature_response(FACTS.demand_months, NORMAL)
    assert found.r_squared > 0.95
    assert 0.005 < found.slope < 0.015
    assert 10 < found.threshold < 20


@given(st.integers(0, 2**16))
def test_a_month_keeps_its_energy_and_a_colder_day_asks_for_more(seed):
    warmth = temperature(seed)
    factor = demand_factor(warmth, Response(0.9, 0.009, 16.0, 1.0))
    local = HOURS + pd.Timedelta(hours=load_country().utc_offset - 1)
    assert factor.groupby(local.month).mean().to_numpy() == pytest.approx(1.0)
    assert (factor > 0).all()
    assert (factor.groupby(local.floor("D")).nunique() == 1).all()
    january = local.month == 1
    daily = warmth.groupby(local.floor("D")).transform("mean")
    assert np.corrcoef(daily[january], factor[january])[0, 1] < -0.999
    plain = demand_shape(FACTS.demand_months, FACTS.demand_hours, FACTS.demand_weekdays, HOURS)
    whole = (plain * factor).groupby(local.month).sum() / plain.groupby(local.month).sum()
    assert whole.to_numpy() == pytest.approx(1.0, abs=0.003)  # a part of a day at both ends


def test_a_flat_temperature_changes_nothing():
    flat = NORMAL.loc[(HOURS + pd.Timedelta(hours=load_country().utc_offset - 1)).month].set_axis(
        HOURS
    )
    factor = demand_factor(flat, Response(0.9, 0.009, 16.0, 1.0))
    assert factor.to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("table", "normal", "message"),
    [
        (months(1.0, 0.01, 16.0), NORMAL.drop(3), "none for month 3"),
        (months(1.0, -0.01, 16.0), NORMAL, "more in colder months"),
    ],
)
def test_what_cannot_be_fitted_is_one_error(table, normal, message):
    with pytest.raises(InputError, match=message):
        temperature_response(table, normal)


def test_a_scenario_chooses_and_its_solution_is_kept_apart():
    still = load_scenario("base", SMALL)
    moving = dataclasses.replace(still, demand=dataclasses.replace(still.demand, temperature=True))
    with pytest.raises(InputError, match="demand_factor"):
        build_network(moving, **WHOLE)
    factor = demand_factor(temperature(), Response(0.9, 0.009, 16.0, 1.0))
    profiles = INPUTS["profiles"].assign(demand_factor=("time", factor.to_numpy()))
    whole = {**WHOLE, "profiles": profiles}
    assert input_hash(still, **whole) == input_hash(still, **WHOLE)
    assert input_hash(moving, **whole) != input_hash(still, **whole)
    pd.testing.assert_frame_equal(
        hourly_series(profiles, FACTS), hourly_series(INPUTS["profiles"], FACTS)
    )
    loads = build_network(moving, **whole).loads_t.p_set
    before = build_network(still, **whole).loads_t.p_set
    assert not np.allclose(loads, before)
    follows = hourly_series(profiles, FACTS, temperature=True)["demand"]
    assert follows.mean() == pytest.approx(1.0)
