"""The plainest cash flow: at its levelised cost a plant earns its cost of capital exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.finance.plain import PlainPlant, solve_plain

PLANT = PlainPlant(0.35, 1100.0, 15.0, 1.5, 0.07, 25, 0.004, 45.0)


@settings(max_examples=40, deadline=None)
@given(
    factor=st.floats(0.05, 0.65),
    capex=st.floats(200, 3000),
    rate=st.floats(0.005, 0.2),
    years=st.integers(5, 50),
    loss=st.floats(0, 0.03),
)
def test_at_its_levelised_cost_a_plant_is_worth_nothing(
    factor: float, capex: float, rate: float, years: int, loss: float
) -> None:
    plant = PlainPlant(factor, capex, 15.0, 1.5, rate, years, loss, 0.0)
    price = solve_plain(plant).lcoe_usd_per_mwh
    solved = solve_plain(replace(plant, price_usd_per_mwh=price))
    assert solved.npv_usd_per_kw == pytest.approx(0, abs=1e-7 * capex)
    assert solved.irr == pytest.approx(rate, rel=1e-6)


def test_worth_and_rate_are_those_of_numpy_financial() -> None:
    solved = solve_plain(PLANT)
    assert solved.npv_usd_per_kw == pytest.approx(npf.npv(0.07, solved.flow_usd_per_kw))
    assert solved.irr == pytest.approx(npf.irr(solved.flow_usd_per_kw), rel=1e-6)


def test_a_plant_that_never_pays_has_no_rate_and_no_year() -> None:
    solved = solve_plain(replace(PLANT, price_usd_per_mwh=0.0))
    assert np.isnan(solved.irr)
    assert np.isnan(solved.payback_years)
    assert solved.npv_usd_per_kw < -1100


def test_half_a_year_of_life_is_refused() -> None:
    with pytest.raises(InputError, match="whole years"):
        solve_plain(replace(PLANT, lifetime_years=12.5))  # type: ignore[arg-type]
