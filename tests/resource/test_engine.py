"""Compiled kernels against pvlib and windpowerlib on 10,000 inputs; sums against cubes."""

from __future__ import annotations

import dataclasses
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from greenanalysis.assessment.potential import month_hour_means, region_profiles
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import VARIABLES
from greenanalysis.resource.engine.models import PV_NAMES, WindModel, model_of
from greenanalysis.resource.engine.reduce import reduce
from greenanalysis.resource.engine.tiles import TileStore, create_tiles
from greenanalysis.resource.pv.model import pv_capacity_factor, pv_defaults
from greenanalysis.resource.pv.reference import pvlib_block
from greenanalysis.resource.solar_position import geocentric_sun, sun_instants, topocentric_sun
from greenanalysis.resource.wind.farm import load_power_curve
from greenanalysis.resource.wind.model import wind_capacity_factor, wind_defaults
from tests.resource import test_pv, test_wind

ROOT = Path(__file__).parents[2]
VALUES = load_assumptions()
SOLAR, WIND = pv_defaults(VALUES), wind_defaults(VALUES)
LATITUDE = np.array([0.0, 23.3, 41.3, 48.0, 55.5, 66.6, 69.0, 78.3, 85.0, 89.9])
HOURS, CELLS = 1000, 10
"""10,000 hours of cells: from the zenith to polar night, with the sun at the horizon between."""


def any_light(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Random weather, with light at night, none by day, gaps, calm, cold."""
    rng = np.random.default_rng(seed)
    shape = (HOURS, CELLS)
    first = np.datetime64("1990-01-01T00", "ns")
    time = first + rng.integers(0, 40 * 8766, HOURS) * np.timedelta64(1, "h")
    values = {
        "ghi": rng.uniform(0, 1200, shape),
        "dni": rng.uniform(0, 1100, shape),
        "dhi": rng.uniform(0, 400, shape),
        "temp_air": rng.uniform(-50, 45, shape),
        "wind_speed_10m": rng.weibull(2, shape) * 6,
    }
    longitude = rng.uniform(-180, 180, CELLS)
    sun = geocentric_sun(sun_instants(time)).take(np.arange(HOURS)[:, None])
    high = np.cos(np.radians(topocentric_sun(sun, LATITUDE, longitude).apparent_zenith))
    for name in ("ghi", "dni", "dhi"):
        values[name] *= np.clip(high * 5, 0.02, 1)
    for name in ("ghi", "dni", "dhi", "wind_speed_10m"):
        values[name][rng.random(shape) < 0.2] = 0
    dark = rng.random(HOURS) < 0.2
    for name in ("ghi", "dni", "dhi"):
        values[name][dark] = 0
    values["temp_air"][:5] = 0.0
    for row, name in enumerate(PV_NAMES):
        values[name][100 + row, 3] = np.nan
        values[name][np.flatnonzero(dark)[row], 4] = np.nan
    exact = {name: array.astype(np.float32) for name, array in values.items()}
    return exact, time, longitude


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mounting", ["fixed", "single_axis"])
@pytest.mark.parametrize("sky", ["isotropic", "haydavies", "perez"])
def test_pv_is_pvlibs_on_any_input(sky: str, mounting: str, dtype: str) -> None:
    system = dataclasses.replace(SOLAR, transposition=sky, mounting=mounting)
    values, time, longitude = any_light(seed=len(sky) + len(mounting))
    wide = {name: array.astype(np.float64) for name, array in values.items()}
    expected = pvlib_block(wide, time, LATITUDE, longitude, system)
    model = model_of(system)
    out = np.empty(expected.shape, dtype)
    given = [np.ascontiguousarray(values[name], dtype) for name in PV_NAMES]
    model.fill(given, model.hours(time), model.cells(LATITUDE, longitude), out)
    if sky == "perez":
        missing = np.logical_or.reduce([np.isnan(array) for array in wide.values()])
        wrong = np.isnan(expected) & ~missing
        assert wrong.any(), "pvlib's perez now knows a sky of ground light alone: drop this"
        assert ((wide["dni"] == 0) & (wide["dhi"] == 0))[wrong].all()
        expected[wrong] = out[wrong]
    np.testing.assert_array_equal(np.isnan(out), np.isnan(expected))
    assert int(np.isnan(out).sum()) == 10
    if dtype == "float64":
        np.testing.assert_allclose(out, expected, rtol=1e-6, atol=1e-7)
    else:
        np.testing.assert_allclose(out, expected, rtol=0, atol=1e-6)
    assert 0.1 < np.nanmean(out) < 0.9


@pytest.mark.parametrize("shear", ["two_heights", "power_law", "log"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_wind_is_windpowerlibs_on_any_input(shear: str, dtype: str) -> None:
    curve = load_power_curve(
        "E-141/4200", smoothing="turbulence_intensity", turbulence_intensity=0.1
    )
    plant = test_wind.make_plant(curve, shear=shear)
    weather = test_wind.random_weather(seed=11, hours=2500).astype(np.float32)
    for name in weather:
        weather[name].attrs["units"] = VARIABLES[name].units
    exact = weather.astype(np.float64)
    expected = test_wind.oracle(exact, plant, curve.wind_speed, curve.power)
    got = wind_capacity_factor(weather, plant=plant, dtype=dtype)
    tolerance = {"rtol": 1e-6, "atol": 1e-9} if dtype == "float64" else {"rtol": 0, "atol": 1e-6}
    np.testing.assert_allclose(got, expected, **tolerance)


@pytest.fixture(scope="module")
def weather() -> xr.Dataset:
    made = test_pv.random_weather(seed=21, hours=900)
    made["wind_speed_100m"] = made["wind_speed_10m"] * 1.4
    made["pressure"] = made["ghi"] * 0 + 95e3
    made["ghi"][5, 1, 2] = np.nan
    made = made.astype(np.float32)
    for name in made:
        made[name].attrs["units"] = VARIABLES[name].units
    return made


@pytest.fixture(scope="module")
def weights(weather: xr.Dataset) -> xr.DataArray:
    rng = np.random.default_rng(2)
    axes = {"region": ["A", "B", "none"], **{d: weather[d] for d in ("latitude", "longitude")}}
    made = xr.DataArray(rng.uniform(0, 5, (3, 4, 3)), axes, tuple(axes))
    made[0, 1] = 0
    made[2] = 0
    return made


PLANTS = {"solar": SOLAR, "wind": WIND}
ALL = ("mean", "series", "month_hour")


def test_sums_are_those_of_the_cube(weather: xr.Dataset, weights: xr.DataArray) -> None:
    got = reduce(weather, PLANTS, regions=weights, outputs=ALL, utc_offset_hours=5)
    cubes = {
        "solar": pv_capacity_factor(weather, system=SOLAR),
        "wind": wind_capacity_factor(weather, plant=WIND),
    }
    series = region_profiles(cubes, dict.fromkeys(PLANTS, weights))
    for name, cube in cubes.items():
        mean = cube.mean("time", dtype="float64")
        np.testing.assert_allclose(got[f"{name}_mean"], mean, rtol=1e-12)
        np.testing.assert_allclose(got[f"{name}_series"], series[name], rtol=0, atol=1e-12)
        day = month_hour_means(cube[:, 2, 1].astype(np.float64), utc_offset_hours=5)
        np.testing.assert_allclose(got[f"{name}_month_hour"][:, :, 2, 1], day, rtol=1e-12)
        assert got[f"{name}_mean"].attrs["units"] == "1"
    assert int(got["solar_series"].sel(region="B").isnull().sum()) == 1


def test_mask_chunks_and_threads_do_not_show(weather: xr.Dataset, weights: xr.DataArray) -> None:
    where = xr.zeros_like(weather["ghi"][0].drop_vars("time"), dtype=bool)
    where[1:3, :2] = True
    inside = weights.where(where, 0)
    whole = reduce(weather, PLANTS, regions=inside, outputs=("mean", "series"))
    lazy = weather.chunk(time=250, latitude=2, longitude=2)
    part = reduce(lazy, PLANTS, regions=inside, where=where, outputs=("mean", "series"), threads=2)
    xr.testing.assert_allclose(part["solar_series"], whole["solar_series"], atol=1e-13)
    np.testing.assert_allclose(part["wind_mean"], whole["wind_mean"].where(where), rtol=1e-12)
    again = reduce(lazy, PLANTS, regions=inside, where=where, outputs=("mean", "series"), threads=1)
    xr.testing.assert_identical(part, again)


def test_lazy_weather_gives_lazy_cubes(weather: xr.Dataset) -> None:
    lazy = pv_capacity_factor(weather.chunk(time=300), system=SOLAR)
    assert lazy.chunksizes["time"] == (300, 300, 300)
    assert lazy.attrs["units"] == "1"
    xr.testing.assert_identical(lazy.compute(), pv_capacity_factor(weather, system=SOLAR))


def test_stronger_wind_is_that_of_stronger_weather(weather: xr.Dataset) -> None:
    names = ("wind_speed_10m", "wind_speed_100m")
    windier = weather.assign({n: (weather[n] * 1.1).assign_attrs(units="m s-1") for n in names})
    got = reduce(weather, {"wind": WindModel(WIND, speed_ratio=1.1)})
    np.testing.assert_allclose(
        got["wind_mean"], reduce(windier, {"wind": WIND})["wind_mean"], atol=1e-6
    )


@pytest.mark.parametrize("packed", [False, True])
def test_tiles_give_back_the_weather(tmp_path: Path, weather: xr.Dataset, packed: bool) -> None:
    ranges = {name: (VARIABLES[name].minimum, VARIABLES[name].maximum) for name in weather}
    path = tmp_path / "weather.zarr"
    writer = create_tiles(
        path,
        time=weather["time"].to_numpy(),
        latitude=weather["latitude"].to_numpy(),
        longitude=weather["longitude"].to_numpy(),
        variables={name: weather[name].attrs for name in weather},
        ranges=ranges if packed else None,
        tile=(400, 3, 2),
    )
    store = TileStore(path)
    for chunk in store.chunks():
        for name in weather:
            writer.write(name, chunk, weather[name].to_numpy()[chunk])
    opened = xr.open_zarr(path, consolidated=False)
    for name in weather:
        step = (ranges[name][1] - ranges[name][0]) / 65534 if packed else 0
        np.testing.assert_allclose(opened[name], weather[name], rtol=1e-6, atol=0.51 * step)
    got, expected = reduce(store, PLANTS), reduce(weather, PLANTS)
    for name in PLANTS:
        tolerance = 1e-4 if packed else 1e-12
        np.testing.assert_allclose(got[f"{name}_mean"], expected[f"{name}_mean"], atol=tolerance)
    with pytest.raises(InputError, match="albedo"):
        store.piece(store.chunks()[0], ["albedo"])


def test_refuses_what_it_cannot_sum(weather: xr.Dataset, weights: xr.DataArray) -> None:
    with pytest.raises(InputError, match="month_hour"):
        reduce(weather, PLANTS, outputs=("monthhour",))
    with pytest.raises(InputError, match="regions"):
        reduce(weather, PLANTS, outputs=("series",))
    foreign = weights.assign_coords(latitude=weights["latitude"] + 1)
    with pytest.raises(InputError, match="latitude"):
        reduce(weather, PLANTS, outputs=("series",), regions=foreign)
    with pytest.raises(InputError, match="threads"):
        reduce(weather, PLANTS, threads=0)


def test_models_can_be_sent(weather: xr.Dataset) -> None:
    for plant in (SOLAR, WIND, dataclasses.replace(SOLAR, bifaciality=0.7)):
        model = model_of(plant)
        back = pickle.loads(pickle.dumps(model))
        assert back.names == model.names


def test_read_only_package_compiles_once_into_the_users_cache(tmp_path: Path) -> None:
    code = (
        "import logging, os; real = os.access\n"
        "logging.basicConfig(level='INFO')\n"
        "os.access = lambda path, mode: 'engine' not in str(path) and real(path, mode)\n"
        "import numpy as np\n"
        "from greenanalysis.resource.engine import models, rows\n"
        "models.announce((rows.unpack,)); models.announce((rows.unpack,))\n"
        "rows.unpack(np.zeros((1, 1), np.int16), 1.0, 0.0, np.zeros((1, 1)))\n"
    )
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("compiling") == 1
    assert list(tmp_path.glob("greenanalysis/numba/**/*.nbc"))


PLAIN = "import sys; from tests.resource.test_engine import two_maps; two_maps(*sys.argv[1:])"


def two_maps(wind: Path | str, pv: Path | str) -> None:
    """Write capacity factors of a little weather, in the way that numba is told to run."""
    plant, system = test_wind.make_plant(test_wind.CURVE), test_pv.DEFAULTS
    weather = test_wind.random_weather(3, hours=60), test_pv.random_weather(3, hours=60)
    wind_capacity_factor(weather[0], plant=plant, dtype="float64").to_netcdf(wind)
    pv_capacity_factor(weather[1], system=system, dtype="float64").to_netcdf(pv)


def test_kernels_run_as_plain_python_for_a_debugger(tmp_path: Path) -> None:
    compiled = [tmp_path / f"{name}.nc" for name in ("wind", "pv")]
    plain = [tmp_path / f"{name}-plain.nc" for name in ("wind", "pv")]
    two_maps(*compiled)
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PLAIN, *map(str, plain)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for paths in zip(compiled, plain, strict=True):
        expected, got = map(xr.load_dataarray, paths)
        assert float(got.max()) > 0.5
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9)


def test_times_of_a_year_are_those_of_pandas() -> None:
    time = pd.date_range("2023-01-01 01:00", periods=3, freq="h").to_numpy()
    model = model_of(SOLAR)
    assert model.hours(time) is model.hours(time.copy())


def test_a_store_of_tiles_refuses_a_chunk_that_is_no_tile(tmp_path):
    hours = np.datetime64("2023-01-01T01", "ns") + np.arange(48) * np.timedelta64(1, "h")
    writer = create_tiles(
        tmp_path / "s.zarr",
        time=hours,
        latitude=np.array([42.25, 42.75]),
        longitude=np.array([68.25, 68.75]),
        variables={"ghi": {"units": "W m-2"}},
        tile=(24, 2, 2),
    )
    values = np.ones((24, 2, 2), np.float32)
    writer.write("ghi", (slice(24, 48), slice(0, 2), slice(0, 2)), values)
    with pytest.raises(InputError, match="chunks of one size"):
        writer.write("ghi", (slice(20, 44), slice(0, 2), slice(0, 2)), values)
