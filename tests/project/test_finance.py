"""Annuity and levelised cost against cash flows written out year by year."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.finance import annuity, lcoe

COSTS = {"capex_usd_per_kw": 900.0, "fom_usd_per_kw_year": 15.0, "lifetime_years": 25}


@given(rate=st.floats(0, 0.5), years=st.integers(1, 60))
def test_annuity_repays_exactly_the_loan(rate: float, years: int) -> None:
    payment = annuity(rate, years)
    worth = sum(payment / (1 + rate) ** year for year in range(1, years + 1))
    assert worth == pytest.approx(1, rel=1e-6)


def test_annuity_known_value_and_zero_interest() -> None:
    assert annuity(0.08, 20) == pytest.approx(0.1018522, abs=1e-7)
    assert annuity(0.0, 25) == 1 / 25


@given(
    factor=st.floats(0.05, 0.6),
    low=st.floats(0, 0.3),
    step=st.floats(0.001, 0.3),
    degradation=st.floats(0, 0.02),
)
def test_cost_rises_with_the_cost_of_capital(
    factor: float, low: float, step: float, degradation: float
) -> None:
    cheap = lcoe(factor, wacc=low, degradation_per_year=degradation, **COSTS)
    dear = lcoe(factor, wacc=low + step, degradation_per_year=degradation, **COSTS)
    assert dear > cheap > 0


def test_cost_is_the_price_at_which_the_cash_flow_is_worth_nothing() -> None:
    rate, loss, variable = 0.09, 0.005, 2.0
    price = lcoe(0.2, wacc=rate, degradation_per_year=loss, vom_usd_per_mwh=variable, **COSTS)
    worth = -COSTS["capex_usd_per_kw"]
    for year in range(1, 26):
        energy_mwh = 0.2 * 8.76 * (1 - loss) ** (year - 1)
        worth += ((price - variable) * energy_mwh - 15.0) / (1 + rate) ** year
    assert worth == pytest.approx(0, abs=1e-8)


def test_no_energy_has_no_cost() -> None:
    factor = np.array([0.0, 0.3, np.nan])
    cost = lcoe(factor, wacc=0.1, **COSTS)
    assert np.isnan(cost[[0, 2]]).all()
    assert cost[1] == pytest.approx(lcoe(0.3, wacc=0.1, **COSTS))
    array = lcoe(xr.DataArray(factor, dims="cell", attrs={"units": "1"}), wacc=0.1, **COSTS)
    np.testing.assert_array_equal(array, cost)
    assert array.attrs["units"] == "USD/MWh"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"wacc": -0.01}, "rate"),
        ({"wacc": 8}, "rate"),
        ({"lifetime_years": 0}, "years"),
        ({"capex_usd_per_kw": -1}, "capex_usd_per_kw"),
        ({"degradation_per_year": 1.5}, "degradation_per_year"),
    ],
)
def test_refuses_impossible_numbers(change: dict, part: str) -> None:
    with pytest.raises(InputError, match=part):
        lcoe(0.2, **{**COSTS, "wacc": 0.08, **change})
