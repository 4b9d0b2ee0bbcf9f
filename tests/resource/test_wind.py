"""Wind model against windpowerlib, and what must hold whatever the weather."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from windpowerlib import WindTurbine, density, power_curves, power_output, temperature, wind_speed

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, VARIABLES
from greenanalysis.resource.losses import combined_loss
from greenanalysis.resource.wind.farm import (
    PowerCurve,
    library_turbines,
    load_power_curve,
    power_curve_of_table,
    turbine_types,
    typical_curve,
)
from greenanalysis.resource.wind.model import SHEAR, WindPlant, wind_capacity_factor, wind_defaults

NO_LOSS = {"temperature_min": -99.0, "losses": ()}
CURVE = load_power_curve("E-141/4200")
EDGES = np.array([0.0, 1e-9, 2.0, 2.999999, 3.0, 7.5, 12.5, 24.99, 25.0, 25.01, 40.0, 74.0])


def make_weather(**arrays: np.ndarray) -> xr.Dataset:
    """A Dataset of (hour, cell) arrays along one latitude, with canonical units."""
    hours, cells = next(iter(arrays.values())).shape
    coords = {
        "time": np.datetime64("2023-01-01T01", "ns") + np.arange(hours) * np.timedelta64(1, "h"),
        "latitude": [48.0],
        "longitude": 60 + 0.5 * np.arange(cells),
    }
    return xr.Dataset(
        {
            name: (DIMS, values[:, None, :], {"units": VARIABLES[name].units})
            for name, values in arrays.items()
        },
        coords=coords,
    )


def random_weather(seed: int, hours: int = 300, cells: int = 4) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    shape = (hours, cells)
    v100 = rng.weibull(1.8, shape) * 11
    v100.flat[: EDGES.size] = EDGES
    v10 = v100 * rng.uniform(0.2, 1.3, shape)
    v10.flat[5::50] = 0.0
    return make_weather(
        wind_speed_10m=v10,
        wind_speed_100m=v100,
        temp_air=rng.uniform(-45, 45, shape),
        pressure=rng.uniform(55e3, 106e3, shape),
    )


def make_plant(curve: PowerCurve, **changes: object) -> WindPlant:
    values: dict = {
        "power_curve": curve,
        "hub_height": 120.0,
        "shear": "two_heights",
        "shear_min": 0.0,
        "shear_max": 0.5,
        "shear_exponent": 1 / 7,
        "roughness_m": 0.03,
        "density_correction": True,
        "hold_cut_out": False,
        **NO_LOSS,
    }
    return WindPlant(**{**values, **changes})


def oracle_speed(v10: np.ndarray, v100: np.ndarray, plant: WindPlant) -> np.ndarray:
    if plant.shear == "log":
        return wind_speed.logarithmic_profile(v100, 100, plant.hub_height, plant.roughness_m)
    exponent: float | np.ndarray = plant.shear_exponent
    if plant.shear == "two_heights":
        with np.errstate(all="ignore"):
            exponent = np.log(v100 / v10) / np.log(10)
        exponent = np.where(v10 > 0, exponent, np.inf).clip(plant.shear_min, plant.shear_max)
    return wind_speed.hellman(v100, 100, plant.hub_height, hellman_exponent=exponent)


def oracle(
    weather: xr.Dataset, plant: WindPlant, knots: np.ndarray, watts: np.ndarray
) -> np.ndarray:
    v10, v100, temp, pressure = (
        weather[name].to_numpy().ravel()
        for name in ("wind_speed_10m", "wind_speed_100m", "temp_air", "pressure")
    )
    kelvin = temperature.linear_gradient(temp + 273.15, 2, plant.hub_height)
    rho = density.ideal_gas(pressure, 0, plant.hub_height, kelvin)
    return power_output.power_curve(
        oracle_speed(v10, v100, plant), knots, watts, rho, plant.density_correction
    ).reshape(weather["temp_air"].shape)


@pytest.mark.parametrize("shear", SHEAR)
@pytest.mark.parametrize("corrected", [True, False])
def test_agrees_with_windpowerlib(shear: str, corrected: bool) -> None:
    turbine = WindTurbine(turbine_type="V126/3450", hub_height=120)
    plant = make_plant(load_power_curve("V126/3450"), shear=shear, density_correction=corrected)
    weather = random_weather(seed=len(shear) + corrected)
    expected = oracle(
        weather,
        plant,
        turbine.power_curve["wind_speed"].to_numpy(),
        turbine.power_curve["value"].to_numpy(),
    )
    got = wind_capacity_factor(weather, plant=plant, dtype="float64")
    np.testing.assert_allclose(got, expected / turbine.nominal_power, atol=1e-9, rtol=0)
    assert 0.05 < float(got.mean()) < 0.95


@pytest.mark.parametrize("method", ["turbulence_intensity", "Staffell_Pfenninger"])
def test_smoothed_curve_is_windpowerlibs(method: str) -> None:
    turbine = WindTurbine(turbine_type="E-141/4200", hub_height=99)
    smooth = power_curves.smooth_power_curve(
        turbine.power_curve["wind_speed"],
        turbine.power_curve["value"],
        standard_deviation_method=method,
        turbulence_intensity=0.12,
    )
    curve = load_power_curve("E-141/4200", smoothing=method, turbulence_intensity=0.12)
    np.testing.assert_allclose(curve.wind_speed, smooth["wind_speed"])
    np.testing.assert_allclose(curve.power * turbine.nominal_power, smooth["value"])
    weather = random_weather(seed=8, hours=100)
    plant = make_plant(curve)
    expected = oracle(weather, plant, smooth["wind_speed"].to_numpy(), smooth["value"].to_numpy())
    got = wind_capacity_factor(weather, plant=plant, dtype="float64")
    np.testing.assert_allclose(got, expected / turbine.nominal_power, atol=1e-9, rtol=0)


def test_every_turbine_of_the_library_loads() -> None:
    names = turbine_types()
    assert len(names) > 50
    for name in names:
        assert load_power_curve(name).power.max() == pytest.approx(1, abs=0.1), name


def test_missing_values_stay_missing() -> None:
    plant = make_plant(load_power_curve("E-141/4200"))
    names = ("wind_speed_10m", "wind_speed_100m", "temp_air", "pressure")
    weather = random_weather(seed=3, hours=8)
    for hour, name in enumerate(names):
        weather[name][hour, 0, 0] = np.nan
    got = wind_capacity_factor(weather, plant=plant)
    assert np.isnan(got[:4, 0, 0]).all()
    assert int(np.isnan(got).sum()) == 4


def test_mask_leaves_cells_uncomputed_and_the_rest_unchanged() -> None:
    plant = make_plant(load_power_curve("E-141/4200"))
    weather = random_weather(seed=4)
    where = xr.DataArray(
        [[True, False, True, False]],
        coords={"latitude": weather["latitude"], "longitude": weather["longitude"]},
        dims=("latitude", "longitude"),
    )
    whole = wind_capacity_factor(weather, plant=plant)
    part = wind_capacity_factor(weather, plant=plant, where=where)
    xr.testing.assert_identical(part, whole.where(where))


def test_cold_stops_the_turbines_and_losses_scale_the_rest() -> None:
    curve = load_power_curve("E-141/4200")
    weather = random_weather(seed=5)
    gross = wind_capacity_factor(weather, plant=make_plant(curve), dtype="float64")
    plant = make_plant(curve, temperature_min=-30.0, losses=(0.1, 0.2))
    net = wind_capacity_factor(weather, plant=plant, dtype="float64")
    running = weather["temp_air"] - 0.0065 * (plant.hub_height - 2) >= -30
    assert 0 < int((~running).sum()) < running.size
    np.testing.assert_allclose(net, (gross * 0.72).where(running, 0))
    assert combined_loss((0.1, 0.2)) == pytest.approx(0.28)


def test_attributes_are_written() -> None:
    plant = wind_defaults(load_assumptions())
    got = wind_capacity_factor(random_weather(seed=6, hours=3), plant=plant)
    assert got.name == "capacity_factor"
    assert got.attrs["units"] == "1"
    assert got.attrs["hub_height_m"] == plant.hub_height
    assert got.dtype == np.float32
    assert got.dims == DIMS


def test_defaults_are_a_modern_low_wind_turbine() -> None:
    plant = wind_defaults(load_assumptions())
    assert 3.5 <= plant.power_curve.nominal_power_mw <= 5
    assert 250 <= plant.power_curve.specific_power_w_m2 <= 330
    assert 0.08 < combined_loss(plant.losses) < 0.25


@settings(max_examples=30, deadline=None)
@given(
    speed=st.floats(0, 60),
    temp=st.floats(-40, 45),
    pressure=st.floats(55e3, 106e3),
    hub=st.floats(50, 200),
)
def test_stays_within_zero_and_one(speed: float, temp: float, pressure: float, hub: float) -> None:
    plant = make_plant(CURVE, hub_height=hub)
    one = np.ones((1, 1))
    weather = make_weather(
        wind_speed_10m=one * speed * 0.7,
        wind_speed_100m=one * speed,
        temp_air=one * temp,
        pressure=one * pressure,
    )
    assert 0 <= wind_capacity_factor(weather, plant=plant, dtype="float64").item() <= 1


@pytest.mark.parametrize(
    ("change", "part"),
    [({"shear": "powerlaw"}, "power_law"), ({"hub_height": 5.0}, "hub_height")],
)
def test_refuses_an_impossible_plant(change: dict, part: str) -> None:
    with pytest.raises(InputError, match=part):
        make_plant(CURVE, **change)


def test_names_the_nearest_turbine() -> None:
    with pytest.raises(InputError, match="E-141/4200"):
        load_power_curve("E141/4200")


def test_refuses_other_units() -> None:
    weather = random_weather(seed=7, hours=2)
    weather["pressure"].attrs["units"] = "hPa"
    with pytest.raises(InputError, match="units of pressure"):
        wind_capacity_factor(weather, plant=make_plant(CURVE))


def test_refuses_losses_and_smoothing_that_make_no_sense() -> None:
    with pytest.raises(InputError, match="loss"):
        combined_loss((0.1, 1.2))
    with pytest.raises(InputError, match="Staffell_Pfenninger"):
        load_power_curve("E-141/4200", smoothing="Staffel")
    with pytest.raises(InputError, match="turbulence_intensity"):
        load_power_curve("E-141/4200", smoothing="turbulence_intensity")
    with pytest.raises(InputError, match="rising"):
        PowerCurve("made up", np.array([3.0, 3.0]), np.array([0.0, 1.0]), 4.0, 140.0)


def test_refuses_another_dtype() -> None:
    with pytest.raises(InputError, match="float32"):
        wind_capacity_factor(random_weather(9, hours=2), plant=make_plant(CURVE), dtype="float16")


@pytest.mark.parametrize(("celsius", "pascal"), [(-35.0, 102_500.0), (30.0, 75_000.0)])
def test_density_moves_the_rise_of_a_curve_and_not_its_cut_out(celsius, pascal) -> None:
    speeds = np.arange(2.0, 27.0, 0.05)
    held = make_plant(CURVE, hold_cut_out=True, shear="power_law", shear_exponent=0.0)
    stretched = make_plant(CURVE, shear="power_law", shear_exponent=0.0)
    weather = constant_air(speeds, celsius, pascal)
    own, moved = (
        wind_capacity_factor(weather, plant=plant, dtype="float64").to_numpy().ravel()
        for plant in (held, stretched)
    )
    assert speeds[own > 0.99].max() == pytest.approx(25.0, abs=0.06)
    assert abs(speeds[moved > 0.99].max() - 25.0) > 1.0
    rise = speeds < 15.0
    np.testing.assert_allclose(own[rise], moved[rise], atol=1e-12)


def test_holding_the_cut_out_changes_nothing_at_standard_density() -> None:
    curve = load_power_curve(
        "V126/3450", smoothing="turbulence_intensity", turbulence_intensity=0.1
    )
    weather = random_weather(seed=3, hours=300)
    plain = make_plant(curve, density_correction=False)
    held = make_plant(curve, density_correction=False, hold_cut_out=True)
    np.testing.assert_allclose(
        wind_capacity_factor(weather, plant=plain, dtype="float64"),
        wind_capacity_factor(weather, plant=held, dtype="float64"),
        atol=1e-12,
    )


def constant_air(speeds: np.ndarray, celsius: float, pascal: float) -> xr.Dataset:
    """Hours of given wind at every height in air of one temperature and pressure."""
    return make_weather(
        wind_speed_10m=speeds[:, None],
        wind_speed_100m=speeds[:, None],
        temp_air=np.full((speeds.size, 1), celsius),
        pressure=np.full((speeds.size, 1), pascal),
    )


def test_a_typical_curve_is_near_the_curves_of_its_specific_power() -> None:
    table = library_turbines()
    onshore = table[table["specific_power_w_m2"].between(220, 340)]
    wind = np.random.default_rng(1).weibull(2.0, 20_000) * 7.0 / 0.886
    errors = []
    for name, row in onshore.iterrows():
        own, typical = load_power_curve(str(name)), typical_curve(row["specific_power_w_m2"])
        assert typical.specific_power_w_m2 == pytest.approx(row["specific_power_w_m2"])
        energy = [
            np.interp(wind, c.wind_speed, c.power, left=0, right=0).mean() for c in (own, typical)
        ]
        errors.append(energy[1] / energy[0] - 1)
    assert np.median(np.abs(errors)) < 0.02
    assert np.max(np.abs(errors)) < 0.15


@settings(max_examples=25, deadline=None)
@given(low=st.floats(150, 400), more=st.floats(1.3, 1.6))
def test_less_power_over_the_same_rotor_is_used_more_of_the_time(low: float, more: float) -> None:
    wind = np.linspace(0, 20, 400)
    used = [
        np.interp(wind, c.wind_speed, c.power).mean()
        for c in (typical_curve(low), typical_curve(low * more))
    ]
    assert used[0] > used[1]


def test_an_own_curve_is_read_or_refused() -> None:
    table = pd.DataFrame({"wind_speed": [3.0, 12.0, 25.0], "power": [0.0, 2000.0, 2000.0]})
    of = {"name": "own", "nominal_power_mw": 2.0, "rotor_diameter_m": 90.0}
    assert power_curve_of_table(table, **of).power.max() == 1.0
    with pytest.raises(InputError, match="wind speeds"):
        power_curve_of_table(table.iloc[::-1], **of)
    with pytest.raises(InputError, match="columns wind_speed, power"):
        power_curve_of_table(table.rename(columns={"power": "kW"}), **of)
    with pytest.raises(InputError, match="0 to 2200 kW"):
        power_curve_of_table(table.assign(power=table["power"] * 2), **of)
    with pytest.raises(InputError, match="100 to 700"):
        typical_curve(20.0)
