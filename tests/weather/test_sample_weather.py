"""The sample year: physics, statistics, and a cache that is whole or made again."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import gamma

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, WEATHER, require, require_values
from greenanalysis.weather import clearsky
from greenanalysis.weather.sample import store as sample_store
from greenanalysis.weather.sample import variates as sample_variates
from greenanalysis.weather.sample import year as sample
from greenanalysis.weather.sample import year as sample_air
from greenanalysis.weather.sample.climate import load_climate
from greenanalysis.weather.sample.variates import correlation_factor, persistent_field

HALF_HOUR = pd.Timedelta(minutes=30)


def box() -> xr.Dataset:
    """Four by five cells from the Kyzylkum to the western Tian Shan."""
    return load_climate().isel(latitude=slice(3, 7), longitude=slice(44, 54, 2))


@pytest.fixture(scope="module")
def parameters() -> dict[str, float]:
    return sample.sample_parameters(load_assumptions())


@pytest.fixture(scope="module")
def climate() -> xr.Dataset:
    return box()


@pytest.fixture(scope="module")
def year(climate: xr.Dataset, parameters: dict[str, float]) -> xr.Dataset:
    (tile,) = sample.sample_tiles(climate, parameters, sample.sample_times())
    return tile


def days(count: int, start: str = "2023-06-10 01:00") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=24 * count, freq="h", unit="ns")


def by_month(array: xr.DataArray) -> xr.DataArray:
    month = (pd.DatetimeIndex(array["time"].to_numpy()) - HALF_HOUR).month
    return array.groupby(array["time"].copy(data=month).rename("month")).mean("time")


def elevation(year: xr.Dataset) -> np.ndarray:
    position = clearsky.sun(pd.DatetimeIndex(year["time"].to_numpy()) - HALF_HOUR)
    grid = np.meshgrid(year["latitude"], year["longitude"], indexing="ij")
    flat = clearsky.elevation_deg(position, grid[0].ravel(), grid[1].ravel())
    return flat.reshape(year["ghi"].shape)


def test_year_is_canonical_and_within_physical_limits(year: xr.Dataset) -> None:
    require(year, WEATHER, where="sample")
    for name in WEATHER:
        assert year[name].dtype == np.float32
        require_values(year[name], where="sample")
    assert year.sizes["time"] == 8760
    assert str(year["time"].to_numpy()[0])[:16] == "2023-01-01T01:00"
    assert str(year["time"].to_numpy()[-1])[:16] == "2024-01-01T00:00"


def test_same_seed_gives_the_same_weather_and_another_seed_does_not(
    climate: xr.Dataset, parameters: dict[str, float]
) -> None:
    (first,) = sample.sample_tiles(climate, parameters, days(5))
    (again,) = sample.sample_tiles(climate, parameters, days(5))
    (other,) = sample.sample_tiles(climate, parameters | {"seed": 7.0}, days(5))
    xr.testing.assert_identical(first, again)
    assert not np.allclose(first["wind_speed_100m"], other["wind_speed_100m"])


def test_tiles_put_together_are_the_whole(
    climate: xr.Dataset, parameters: dict[str, float]
) -> None:
    (whole,) = sample.sample_tiles(climate, parameters, days(3))
    parts = list(sample.sample_tiles(climate, parameters, days(3), rows=2, columns=3))
    assert len(parts) == 4
    xr.testing.assert_allclose(xr.combine_by_coords(parts), whole, rtol=1e-6)


def test_global_is_diffuse_plus_beam(year: xr.Dataset) -> None:
    beam = year["dni"] * np.maximum(np.sin(np.radians(elevation(year))), 0)
    gap = year["ghi"].astype(float) - year["dhi"] - beam
    assert float(abs(gap).max()) < 1e-3
    assert float((year["dni"] > 0).mean()) > 0.25


def test_no_hour_outshines_the_cloudless_sky(
    year: xr.Dataset, climate: xr.Dataset, parameters: dict[str, float]
) -> None:
    position = clearsky.sun(pd.DatetimeIndex(year["time"].to_numpy()) - HALF_HOUR)
    month = (pd.DatetimeIndex(year["time"].to_numpy()) - HALF_HOUR).month.to_numpy() - 1
    clear = clearsky.clear_sky(
        elevation(year),
        position.extraterrestrial[:, None, None],
        linke_turbidity=climate["linke_turbidity"].to_numpy()[month],
        altitude=climate["elevation"].to_numpy(),
    )
    assert (year["ghi"].to_numpy() <= parameters["cloud_enhancement"] * clear + 1e-3).all()
    share = year["ghi"].to_numpy()[clear > 50] / clear[clear > 50]
    assert 0.4 < share.mean() < 1.0
    assert (share > 1.0).mean() < 0.15
    assert (year["ghi"].to_numpy()[elevation(year) < -2] == 0).all()


def test_each_month_has_the_ghi_and_temperature_of_the_climate(
    year: xr.Dataset, climate: xr.Dataset
) -> None:
    ratio = by_month(year["ghi"]) / climate["ghi_mean"]
    assert float(abs(ratio - 1).max()) < 0.02
    gap = by_month(year["temp_air"]) - climate["temp_air_mean"]
    assert float(abs(gap).max()) < 0.5


def test_wind_has_the_mean_shape_and_memory_asked_for(
    year: xr.Dataset, climate: xr.Dataset, parameters: dict[str, float]
) -> None:
    wind = year["wind_speed_100m"].astype(float)
    np.testing.assert_allclose(wind.mean("time"), climate["wind_speed_100m_mean"], rtol=1e-3)
    shape = parameters["weibull_shape"]
    variation = np.sqrt(gamma(1 + 2 / shape) / gamma(1 + 1 / shape) ** 2 - 1)
    assert float((wind.std("time") / wind.mean("time")).mean()) == pytest.approx(
        variation, rel=0.06
    )
    tenth = wind.quantile(0.9, "time") / wind.mean("time")
    expected = (-np.log(0.1)) ** (1 / shape) / gamma(1 + 1 / shape)
    assert float(tenth.mean()) == pytest.approx(expected, rel=0.04)
    away = (wind - wind.mean("time")).to_numpy()
    hour = (away[1:] * away[:-1]).mean() / away.var()
    day = (away[24:] * away[:-24]).mean() / away.var()
    assert 0.88 < hour < 0.97
    assert 0.2 < day < 0.6


def test_wind_has_its_season_day_and_shear(year: xr.Dataset) -> None:
    by = by_month(year["wind_speed_100m"]).mean(("latitude", "longitude"))
    hours = pd.DatetimeIndex(year["time"].to_numpy()) - HALF_HOUR
    solar = (hours.hour + 0.5 + 69 / 15) % 24
    high, low = (
        year[name].mean(("latitude", "longitude")).to_numpy()
        for name in ("wind_speed_100m", "wind_speed_10m")
    )
    night, noon = (solar < 3) | (solar > 22), abs(solar - 12.5) < 2.5
    assert high[night].mean() > high[noon].mean()
    assert low[night].mean() < low[noon].mean()
    assert float(by.sel(month=[1, 2, 3]).mean()) > float(by.sel(month=[7, 8, 9]).mean())
    assert 0.55 < low.mean() / high.mean() < 0.8


def test_correlation_fades_with_distance_and_time_as_asked() -> None:
    longitude = 60 + np.array([0.0, 0.5, 2.0, 8.0, 24.0])
    latitude = np.full(5, 48.0)
    factor = correlation_factor(latitude, longitude, length_km=300)
    field = persistent_field(np.random.default_rng(1), 40_000, factor, persistence=0.5)
    found = np.corrcoef(field.T)[0]
    kilometres = 6371 * np.radians(longitude - 60) * np.cos(np.radians(48.0))
    np.testing.assert_allclose(found, np.exp(-kilometres / 300), atol=0.04)
    np.testing.assert_allclose(field.var(axis=0), 1, atol=0.04)
    lag = (field[1:] * field[:-1]).mean()
    assert lag == pytest.approx(0.5, abs=0.02)


def test_windy_days_are_cloudier(climate: xr.Dataset, parameters: dict[str, float]) -> None:
    hours = sample_variates.Hours.of(pd.date_range("2001-01-01 01:00", periods=8760 * 3, freq="h"))
    few = np.array([43.0, 48.0, 53.0]), np.array([50.0, 65.0, 80.0])
    fields = sample_variates.gaussian_variates(hours, *few, parameters)
    starts = np.searchsorted(hours.day, np.arange(hours.day[-1] + 1))
    wind = np.add.reduceat(fields["wind"], starts, axis=0) / np.bincount(hours.day)[:, None]
    found = np.mean([np.corrcoef(wind[:, i], fields["cloud_day"][:, i])[0, 1] for i in range(3)])
    assert found == pytest.approx(parameters["cloud_wind_correlation"], abs=0.08)
    np.testing.assert_allclose(fields["cloud_day"].std(axis=0), 1, atol=0.1)


def test_sunny_days_swing_more_and_high_places_have_thin_air(year: xr.Dataset) -> None:
    cell = year.isel(latitude=1, longitude=1).sel(time="2023-07")
    day = cell["time"].dt.floor("D")
    swing = cell["temp_air"].groupby(day).max() - cell["temp_air"].groupby(day).min()
    sun = cell["ghi"].groupby(day).mean()
    assert np.corrcoef(swing, sun)[0, 1] > 0.3
    assert sample_air.surface_pressure(np.array(15.0), np.array(0.0)) == pytest.approx(101325)
    assert sample_air.surface_pressure(np.array(8.5), np.array(1000.0)) == pytest.approx(
        89875, rel=1e-3
    )


def test_days_are_not_cut_while_the_sun_is_up(year: xr.Dataset) -> None:
    hours = sample_variates.Hours.of(pd.DatetimeIndex(year["time"].to_numpy()))
    changes = np.flatnonzero(np.diff(hours.day)) + 1
    assert float(year["ghi"].isel(time=changes).max()) == 0
    assert len(hours.day_month) == hours.day[-1] + 1


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sample_store, "cache_dir", lambda: tmp_path)
    return tmp_path / "weather"


def open_small(climate: xr.Dataset) -> xr.Dataset:
    return sample_store.open_sample(climate=climate, times=days(4))


def stores(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.zarr"))


def test_cache_is_made_once_and_read_back_exactly(
    cache: Path, climate: xr.Dataset, parameters: dict[str, float], caplog
) -> None:
    first = open_small(climate).load()
    stamp = (stores(cache)[0] / "ghi" / "zarr.json").stat().st_mtime_ns
    again = open_small(climate)
    assert again["ghi"].chunks is not None
    assert (stores(cache)[0] / "ghi" / "zarr.json").stat().st_mtime_ns == stamp
    xr.testing.assert_identical(first, again.load())
    (made,) = sample.sample_tiles(climate, parameters, days(4))
    for name in WEATHER:
        np.testing.assert_array_equal(made[name], again[name])
        assert again[name].dims == DIMS
    assert again.attrs["grade"] == "screening"
    assert again.attrs["name"] == "sample"
    assert again.attrs["years"] == "2023"
    assert len(again.attrs["hash"]) == 64
    assert "damaged" not in caplog.text


def chunk_files(store: Path) -> list[Path]:
    return sorted(path for path in (store / "ghi" / "c").rglob("*") if path.is_file())


@pytest.mark.parametrize("harm", ["truncate", "remove", "alter", "no manifest", "bad manifest"])
def test_a_damaged_cache_is_noticed_and_made_again(
    cache: Path, climate: xr.Dataset, caplog, harm: str
) -> None:
    whole = open_small(climate).load()
    store = stores(cache)[0]
    victim = chunk_files(store)[0]
    if harm == "truncate":
        victim.write_bytes(victim.read_bytes()[:-10])
    elif harm == "remove":
        victim.unlink()
    elif harm == "alter":
        victim.write_bytes(victim.read_bytes()[:-1] + b"\x99")
    elif harm == "no manifest":
        store.with_suffix(".json").unlink()
    else:
        store.with_suffix(".json").write_text('{"half')
    caplog.clear()
    xr.testing.assert_identical(open_small(climate).load(), whole)
    assert caplog.text.count("making it again") == 1
    open_small(climate)
    assert caplog.text.count("making it again") == 1


def test_other_parameters_or_places_are_another_cache(
    climate: xr.Dataset, parameters: dict[str, float]
) -> None:
    base = sample_store.sample_hash(climate, parameters, days(4))
    assert base == sample_store.sample_hash(climate, parameters, days(4))
    assert base != sample_store.sample_hash(climate, parameters | {"seed": 1.0}, days(4))
    assert base != sample_store.sample_hash(climate, parameters, days(5))
    assert base != sample_store.sample_hash(climate.isel(latitude=slice(1)), parameters, days(4))


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from greenanalysis.weather.sample import store as sample_store
from tests.weather.test_sample_weather import box, days
sample_store.cache_dir = lambda: Path({cache!r})
inventory = sample_store.empty_store
def die(*args):
    inventory(*args)
    os._exit(9)
sample_store.empty_store = die
sample_store.open_sample(climate=box(), times=days(4))
"""


def test_a_killed_run_leaves_nothing_that_looks_whole(cache: Path, climate: xr.Dataset) -> None:
    root = str(Path(__file__).resolve().parents[2])
    code = KILLED.format(root=root, cache=str(cache.parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=root, check=False)
    assert done.returncode == 9, done.stderr.decode()
    assert stores(cache) == []
    assert list(cache.glob(".tmp-*"))
    open_small(climate)
    assert len(stores(cache)) == 1
    assert not list(cache.glob(".tmp-*"))


def test_a_full_disk_is_one_clear_error(
    cache: Path, climate: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sample_store, "empty_store", full)
    with pytest.raises(InputError, match="No space left on device"):
        open_small(climate)
    assert stores(cache) == []
    assert not list(cache.glob(".tmp-*"))
