"""The yield of one plant: wind of its place, rating of its modules, its own turbine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from greenanalysis.assessment.plant_yield import solar_yield, wind_yield
from greenanalysis.assessment.turbines import (
    power_curve,
    turbine_names,
    turbine_sheets,
    wind_plant,
)
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.resource.pv.model import pv_defaults
from greenanalysis.resource.wind.farm import wind_defaults
from greenanalysis.weather.sample import year as sample
from greenanalysis.weather.sample.climate import load_climate

VALUES = load_assumptions()
GATE = (45.25, 82.48)


@pytest.fixture(scope="module")
def weather() -> xr.Dataset:
    """The sample year of four cells around the Dzungarian Gate."""
    box = load_climate().sel(latitude=slice(45, 46), longitude=slice(82, 83))
    (tile,) = sample.sample_tiles(box, sample.sample_parameters(VALUES), sample.sample_times())
    return tile.assign_attrs(name="sample")


def test_a_gap_yields_more_than_its_cell_and_says_what_it_would_be_unmeasured(weather) -> None:
    plant = wind_defaults(VALUES)
    gate = wind_yield(weather, *GATE, plant=plant, assumptions=VALUES)
    beside = wind_yield(weather, 45.8, 82.9, plant=plant, assumptions=VALUES)
    assert gate.capacity_factor > 1.15 * beside.capacity_factor
    assert gate.without_anchor is not None
    assert gate.without_anchor < gate.capacity_factor
    assert 0.05 < gate.place_sigma < 0.30


def test_other_weather_takes_the_ratio_of_plants_to_their_cell(weather) -> None:
    plant = wind_defaults(VALUES)
    other = wind_yield(weather.assign_attrs(name="mine"), *GATE, plant=plant, assumptions=VALUES)
    assert other.wind is None
    assert other.place_sigma is None


def test_losses_act_one_after_the_other(weather) -> None:
    plant = replace(wind_defaults(VALUES), losses=())
    gross = wind_yield(weather, *GATE, plant=plant, assumptions=VALUES)
    net = wind_yield(weather, *GATE, plant=replace(plant, losses=(0.1, 0.2)), assumptions=VALUES)
    assert net.capacity_factor == pytest.approx(0.72 * gross.capacity_factor, rel=1e-5)


def test_a_rating_of_modules_counts_per_module(weather) -> None:
    system = pv_defaults(VALUES)
    ac = solar_yield(weather, *GATE, system=system)
    dc = solar_yield(weather, *GATE, system=system, rating="dc")
    np.testing.assert_allclose(dc.hours * system.dc_ac_ratio, ac.hours, rtol=1e-5)
    with pytest.raises(InputError, match="rating"):
        solar_yield(weather, *GATE, system=system, rating="peak")


def test_places_outside_the_weather_are_refused(weather) -> None:
    with pytest.raises(InputError, match="place of the plant"):
        solar_yield(weather, 51.0, 71.0, system=pv_defaults(VALUES))


def test_turbines_with_a_data_sheet_have_a_curve_and_an_unknown_name_its_neighbours() -> None:
    for name, sheet in turbine_sheets().items():
        curve = power_curve(name)
        assert curve.power.max() == 1.0
        assert curve.specific_power_w_m2 == pytest.approx(sheet.specific_power_w_m2)
        assert "mean curve" in curve.name
    assert {"E-141/4200", "GW109/2500"} <= set(turbine_names())
    with pytest.raises(InputError, match="GW109/2500"):
        power_curve("GW109")


def test_what_is_known_of_a_farm_takes_the_place_of_what_is_assumed() -> None:
    usual = wind_plant(VALUES)
    assert usual.hub_height == wind_defaults(VALUES).hub_height
    own = wind_plant(VALUES, turbine="GE158/4800", losses={"wake": 0.1})
    assert own.hub_height == 101
    assert own.losses[0] == 0.1
    assert own.losses[1:] == usual.losses[1:]
    assert wind_plant(VALUES, turbine="GE158/4800", hub_height_m=120).hub_height == 120
    with pytest.raises(InputError, match="unknown loss"):
        wind_plant(VALUES, losses={"waek": 0.1})
    with pytest.raises(InputError, match="0 to 1"):
        wind_plant(VALUES, losses={"wake": 1.2})
