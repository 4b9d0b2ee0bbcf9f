from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.resource.heat import (
    by_month,
    felt_temperature,
    gas_for_heat_m3,
    heat_demand_mwh,
    heating_degree_hours,
    heating_season,
    leak_saving,
    split_annual,
)

YEAR = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
SHARE = st.floats(0, 1)


def temperature(mean: float = 8.0, swing: float = 18.0) -> pd.Series:
    day = np.arange(8760) / 24
    seasonal = mean - swing * np.cos(2 * np.pi * day / 365)
    return pd.Series(seasonal - 5 * np.cos(2 * np.pi * day), index=YEAR)


def test_degree_hours_of_a_constant_cold_are_hours_times_the_gap():
    cold = pd.Series(-2.0, index=YEAR)
    assert heating_degree_hours(cold, base=18, threshold=15).sum() == pytest.approx(20 * 8760)


def test_no_heat_between_threshold_and_base_or_above():
    for outside in (15.0, 16.0, 25.0):
        hours = heating_degree_hours(pd.Series(outside, index=YEAR), base=18, threshold=15)
        assert hours.sum() == 0


@given(shift=st.floats(0.1, 10))
def test_a_colder_year_needs_more(shift):
    warm = heating_degree_hours(temperature(), base=18, threshold=15).sum()
    cold = heating_degree_hours(temperature() - shift, base=18, threshold=15).sum()
    assert cold > warm


@given(hours=st.floats(0.5, 200))
def test_inertia_keeps_the_mean_and_damps_the_swing(hours):
    outside = temperature()
    felt = felt_temperature(outside, inertia_hours=hours)
    assert felt.mean() == pytest.approx(outside.mean(), abs=0.02)
    assert felt.std() <= outside.std()


def test_inertia_is_a_first_order_lag():
    step = pd.Series(np.where(np.arange(8760) < 4380, 0.0, 10.0), index=YEAR)
    felt = felt_temperature(step, inertia_hours=24)
    assert felt.iloc[4380 + 23] == pytest.approx(10 * (1 - np.exp(-1)), abs=1e-6)


def test_nan_stays_nan():
    outside = temperature()
    outside.iloc[5] = np.nan
    assert np.isnan(heating_degree_hours(outside, base=18, threshold=15).iloc[5])


def test_season_starts_after_so_many_cold_days_and_holds_in_the_cold():
    outside = temperature(swing=20)
    season = heating_season(outside, start_below=8, days=5)
    assert season.iloc[:24].all()
    assert not season.iloc[4380:4404].any()
    assert season.astype(int).diff().abs().sum() == 2
    first_cold = (outside.resample("D").mean() < 8).iloc[200:].to_numpy().argmax() + 200
    begins = np.flatnonzero(season.to_numpy()[200 * 24 :])[0] // 24 + 200
    assert begins == pytest.approx(first_cold + 4, abs=1)


def test_season_cuts_degree_hours_outside_it():
    outside = temperature()
    season = heating_season(outside, start_below=8, days=5)
    inside = heating_degree_hours(outside, base=18, threshold=15, season=season)
    assert inside[~season].sum() == 0
    assert 0 < inside.sum() < heating_degree_hours(outside, base=18, threshold=15).sum()


def test_months_take_the_hour_before_their_label():
    hours = pd.Series(1.0, index=YEAR)
    months = by_month(hours)
    at_midnight = hours.where(hours.index == "2023-02-01 00:00", 0.0)
    assert by_month(at_midnight)[1] == 1
    assert months.tolist() == [24.0 * d for d in (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)]


@given(area=st.floats(0, 1e8), factor=st.floats(0, 100))
def test_heat_scales_with_area_and_loss(area, factor):
    degrees = pd.Series([100.0, 50.0])
    one = heat_demand_mwh(degrees, floor_area_m2=area, specific_loss_w_per_m2_k=2)
    many = heat_demand_mwh(degrees, floor_area_m2=area * factor, specific_loss_w_per_m2_k=2)
    assert many.sum() == pytest.approx(one.sum() * factor)
    leaky = heat_demand_mwh(degrees, floor_area_m2=area, specific_loss_w_per_m2_k=2 * factor)
    assert leaky.sum() == pytest.approx(one.sum() * factor)


def test_heat_of_a_square_metre_by_hand():
    heat = heat_demand_mwh(pd.Series([75_000.0]), floor_area_m2=1, specific_loss_w_per_m2_k=2.0)
    assert heat.iloc[0] * 1000 == pytest.approx(150)


def test_gas_of_a_megawatt_hour_by_hand():
    gas = gas_for_heat_m3(1.0, efficiency=0.8, heating_value_kwh_per_m3=10.0)
    assert gas == pytest.approx(125)


@given(share=SHARE, annual=st.floats(0, 1e9))
def test_split_keeps_the_year(share, annual):
    degrees = pd.Series(np.linspace(0, 11, 12), index=range(1, 13))
    months = split_annual(degrees, annual=annual, base_share=share)
    assert months.sum() == pytest.approx(annual)
    assert (months >= 0).all()


def test_split_of_base_load_alone_is_even():
    months = split_annual(pd.Series([5.0, 0.0]), annual=10, base_share=1)
    assert months.tolist() == [5.0, 5.0]


@given(leak=st.floats(0, 0.99), reduction=SHARE)
def test_leak_saving_leaves_the_delivered_gas(leak, reduction):
    fed_in = 1 / (1 - leak)
    kept = fed_in * (1 - leak_saving(leak_share=leak, reduction=reduction))
    assert kept * (1 - leak * (1 - reduction)) == pytest.approx(1)


def test_leak_saving_ends():
    assert leak_saving(leak_share=0.1, reduction=0) == 0
    assert leak_saving(leak_share=0.1, reduction=1) == pytest.approx(0.1)
    assert leak_saving(leak_share=0, reduction=1) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: heating_degree_hours(temperature(), base=15, threshold=18),
        lambda: felt_temperature(temperature(), inertia_hours=-1),
        lambda: heating_season(temperature(), start_below=8, days=0),
        lambda: heat_demand_mwh(pd.Series([1.0]), floor_area_m2=-1, specific_loss_w_per_m2_k=1),
        lambda: split_annual(pd.Series([1.0]), annual=1, base_share=1.2),
        lambda: split_annual(pd.Series([0.0]), annual=1),
        lambda: gas_for_heat_m3(1, efficiency=0, heating_value_kwh_per_m3=9),
        lambda: leak_saving(leak_share=1.1, reduction=0.5),
    ],
)
def test_impossible_numbers_are_refused(call):
    with pytest.raises(InputError, match="allowed"):
        call()
