"""Light from its sum, SAPM, single diodes, percentiles; the command line of yields."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pvlib import irradiance

from greenanalysis.assessment import yields
from greenanalysis.core.errors import InputError
from greenanalysis.core.formats import write_arrays
from greenanalysis.resource.engine import pv_kernels as decomposition
from greenanalysis.resource.engine.models import GlobalLightPV, model_of
from greenanalysis.resource.engine.reduce import reduce
from greenanalysis.resource.engine.rows import GAP
from greenanalysis.resource.engine.source import Packed
from greenanalysis.resource.pv.model import pv_capacity_factor
from greenanalysis.resource.pv.reference import pvlib_block
from greenanalysis.resource.pv.system import HEAT, LIGHT, module_power, module_table
from greenanalysis.resource.solar_position import geocentric_sun, sun_instants, topocentric_sun
from tests.assessment.test_assessment import plain_weather
from tests.resource.test_engine import LATITUDE, PLANTS, SOLAR, WIND, any_light
from tests.resource.test_engine import weather as weather
from tests.resource.test_engine import weights as weights

ROOT = Path(__file__).parents[2]
MODULE = "Jinko_Solar_Co___Ltd_JKM410M_72HL_V"


def chain(system, values: dict[str, np.ndarray], time, longitude, dtype: str) -> np.ndarray:
    model = model_of(system)
    out = np.empty((time.size, LATITUDE.size), dtype)
    given = [np.ascontiguousarray(values[name], dtype) for name in model.names]
    model.fill(given, model.hours(time), model.cells(LATITUDE, longitude), out)
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "changes", [{"temperature_model": "open_rack_glass_polymer"}, {"module": MODULE}]
)
def test_other_modules_are_pvlibs(changes: dict[str, str], dtype: str) -> None:
    system = dataclasses.replace(SOLAR, **changes)
    values, time, longitude = any_light(seed=5)
    wide = {name: array.astype(np.float64) for name, array in values.items()}
    expected = pvlib_block(wide, time, LATITUDE, longitude, system)
    got = chain(system, values, time, longitude, dtype)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    tolerance = {"rtol": 1e-6, "atol": 1e-7} if dtype == "float64" else {"rtol": 0, "atol": 1e-6}
    np.testing.assert_allclose(got, expected, **tolerance)
    plain = chain(SOLAR, values, time, longitude, dtype)
    assert np.nanmax(np.abs(got - plain)) > 0.01


def test_module_table_meets_its_ends_and_refuses_unknown_names() -> None:
    table = module_table(MODULE)
    assert table.efficiency.shape == (LIGHT.size, HEAT.size)
    assert module_power(MODULE, np.array([1000.0]), np.array([25.0]))[0] == pytest.approx(1)
    with pytest.raises(InputError, match="Jinko"):
        module_table("Jinko_Solar_nothing")
    with pytest.raises(InputError, match="temperature_model"):
        dataclasses.replace(SOLAR, temperature_model="faimann")


NOON = pd.date_range("2023-06-01 07:00", periods=6, freq="24h").to_numpy()
MIDDAY = {
    "ghi": (300.0, 900.0),
    "dni": (200.0, 800.0),
    "dhi": (50.0, 200.0),
    "temp_air": (5.0, 25.0),
    "wind_speed_10m": (3.0, 8.0),
    "wind_speed_100m": (4.0, 11.0),
    "pressure": (93e3, 99e3),
}


@pytest.mark.parametrize("plant", [SOLAR, WIND], ids=["pv", "wind"])
def test_a_gap_in_any_packed_input_is_a_gap_there_and_nowhere_else(plant: Any) -> None:
    model = model_of(plant)
    random = np.random.default_rng(4)
    shape = (NOON.size, LATITUDE.size)
    longitude = np.linspace(60.0, 75.0, LATITUDE.size)

    def made(gap: str = "") -> np.ndarray:
        given = []
        for name in model.names:
            low, high = MIDDAY[name]
            integers = packed[name].copy()
            if name == gap:
                integers[2, 1] = GAP
            given.append(Packed(integers, (high - low) / 65534, (high + low) / 2))
        out = np.empty(shape)
        model.fill(given, model.hours(NOON), model.cells(LATITUDE, longitude), out)
        return out

    packed = {name: random.integers(-32767, 32767, shape).astype(np.int16) for name in model.names}
    whole = made()
    assert np.isfinite(whole).all()
    assert whole.min() > 0.01
    for name in model.names:
        got = made(gap=name)
        assert np.isnan(got[2, 1]), name
        assert np.isnan(got).sum() == 1, name
        np.testing.assert_array_equal(got[~np.isnan(got)], whole[~np.isnan(got)])


@pytest.mark.parametrize("name", ["erbs", "disc"])
def test_light_is_split_as_pvlib_does(name: str) -> None:
    values, time, longitude = any_light(seed=8)
    ghi = values["ghi"].astype(np.float64)
    sun = geocentric_sun(sun_instants(time)).take(np.arange(time.size)[:, None])
    zenith = topocentric_sun(sun, LATITUDE, longitude).zenith
    days = pd.DatetimeIndex(sun_instants(time)).dayofyear.to_numpy()[:, None]
    with np.errstate(all="ignore"):
        if name == "erbs":
            split = irradiance.erbs(ghi, zenith, days)
            beam, sky = np.asarray(split["dni"]), np.asarray(split["dhi"])
        else:
            columns = [
                irradiance.disc(ghi[:, k], zenith[:, k], days[:, 0])["dni"] for k in range(10)
            ]
            beam = np.nan_to_num(np.stack(columns, axis=1)) + 0 * ghi
            sky = ghi - beam * np.maximum(np.cos(np.radians(zenith)), 0)
    model = GlobalLightPV(SOLAR, name)
    hours, cells = model.hours(time), model.cells(LATITUDE, longitude)
    code = {"erbs": decomposition.ERBS, "disc": decomposition.DISC}[name]
    dni, dhi = np.empty_like(ghi), np.empty_like(ghi)
    decomposition.split_rows(ghi, hours, cells, code, dni, dhi)
    low = np.abs(np.cos(np.radians(zenith)) - decomposition.COS_87) < 1e-9
    assert not low.any()
    np.testing.assert_allclose(dni, np.where(np.isnan(ghi), np.nan, beam), rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(dhi, sky, rtol=1e-6, atol=1e-5)
    assert (dni > 100).any()
    split_values = {**values, "dni": dni, "dhi": dhi}
    expected = chain(SOLAR, split_values, time, longitude, "float64")
    out = np.empty(ghi.shape)
    given = [np.ascontiguousarray(values[key], np.float64) for key in model.names]
    model.fill(given, hours, cells, out)
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_global_light_alone_suffices(weather: xr.Dataset) -> None:
    alone = weather[["ghi", "temp_air", "wind_speed_10m"]]
    got = pv_capacity_factor(alone, system=SOLAR, decomposition="erbs")
    assert 0.02 < float(got.mean()) < 0.5
    with pytest.raises(InputError, match="decomposition"):
        pv_capacity_factor(alone, system=SOLAR, decomposition="erb")
    with pytest.raises(InputError, match="bifaciality"):
        GlobalLightPV(dataclasses.replace(SOLAR, bifaciality=0.7))


def test_percentiles_are_those_of_the_hours(weather: xr.Dataset) -> None:
    wanted = (0, 10, 50, 90, 100)
    got = reduce(weather, PLANTS, outputs=("percentiles",), percentiles=wanted)
    cube = pv_capacity_factor(weather, system=SOLAR)
    expected = np.nanpercentile(cube, wanted, axis=0, method="inverted_cdf")
    np.testing.assert_allclose(got["solar_percentiles"], expected, atol=0.0021)
    assert float(got["wind_percentiles"].sel(percentile=90).max()) > 0.3
    split = reduce(weather.chunk(time=200), PLANTS, outputs=("percentiles",), percentiles=wanted)
    xr.testing.assert_identical(split, got)
    with pytest.raises(InputError, match="percentiles"):
        reduce(weather, PLANTS, outputs=("percentiles",), percentiles=(101,))


def test_summary_of_a_country(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(yields, "open_weather", lambda name: plain_weather(hours=24))
    found = yields.summarise("made", technologies=("solar",), outputs=("mean", "series"))
    write_arrays(found, tmp_path / "found.nc")
    with xr.open_dataset(tmp_path / "found.nc", engine="netcdf4") as back:
        assert back.attrs["grade"] == "real"
        assert back.attrs["Conventions"].startswith("CF-1.")
        assert back["solar_mean"].attrs["cell_methods"] == "time: mean (interval: 1 hour)"
        assert back["solar_series"].sizes["region"] == 20
        np.testing.assert_allclose(back["solar_mean"], found["solar_mean"])


def test_a_scheduler_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    command = "from greenanalysis.cli.main import main; main()"
    arguments = ["yields", "--out", str(tmp_path / "x.nc"), "--scheduler", "tcp:/nothing"]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "tcp:/nothing" in done.stderr
    assert "Traceback" not in done.stderr
