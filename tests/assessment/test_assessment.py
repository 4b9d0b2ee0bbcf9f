"""The whole chain on a small country: sums, ranges, cache, other weather, other grids."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from greenanalysis.assessment import assess as assessment
from greenanalysis.assessment import capacity_factors as factors
from greenanalysis.assessment import technologies
from greenanalysis.assessment.potential import national_total, regional_potential
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, describe
from greenanalysis.geo.country import load_country
from greenanalysis.weather import canonical


def plain_weather(step: float = 0.5, hours: int = 48) -> xr.Dataset:
    """Two June days of the same weather everywhere: sun from 2 to 14 UTC, 8 m/s of wind."""
    margin = step / 2
    west, south, east, north = load_country().grid
    latitude = np.arange(south + margin, north, step)
    longitude = np.arange(west + margin, east, step)
    time = pd.date_range("2023-06-01 01:00", periods=hours, freq="h", unit="ns")
    sun = np.clip(np.sin(np.pi * (time.hour.to_numpy() - 1.5) / 13), 0, None)
    values = {
        "ghi": 800 * sun,
        "dni": 700 * sun,
        "dhi": 200 * sun,
        "temp_air": 15 + 5 * sun,
        "pressure": np.full(hours, 95e3),
        "wind_speed_10m": np.full(hours, 5.5),
        "wind_speed_100m": np.full(hours, 8.0),
    }
    shape = (hours, latitude.size, longitude.size)
    coords = {"time": time, "latitude": latitude, "longitude": longitude}
    arrays = {
        name: describe(
            xr.DataArray(
                np.broadcast_to(series[:, None, None], shape).astype("float32"), coords, DIMS
            ),
            name,
        )
        for name, series in values.items()
    }
    return canonical.finish(
        xr.Dataset(arrays), name="plain", grade="real", source="made by a test", digest=f"{step}"
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def study(cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors, "cache_dir", lambda: cache)
        patch.setattr(assessment, "open_year", lambda name: plain_weather())
        return assessment.assess("plain")


def test_regions_sum_to_the_country(study):
    regional, national = regional_potential(study.cells), national_total(study.cells)
    assert regional["region"].nunique() == 20
    for column in ("area_km2", "capacity_gw", "energy_twh"):
        sums = regional.groupby("technology")[column].sum()
        total = national.set_index("technology")[column]
        pd.testing.assert_series_equal(sums, total, rtol=1e-9, check_names=False)


def test_capacity_factors_lie_between_zero_and_one(study):
    for name in assessment.TECHNOLOGIES:
        values = study.capacity_factor[name].to_numpy()
        inside = np.isfinite(values).all(axis=0)
        assert inside.sum() == int((study.area.sum("region") > 0).sum())
        assert np.nanmin(values) >= 0
        assert np.nanmax(values) <= 1
        np.testing.assert_allclose(
            study.mean_cf[name].to_numpy()[inside], values[:, inside].mean(axis=0), rtol=1e-5
        )


def test_eligible_land_is_part_of_the_region(study):
    for technology in assessment.POTENTIAL:
        cells = study.cells[study.cells["technology"] == technology]
        land = cells.groupby("region")["area_km2"].sum()
        whole = study.area.sum(["latitude", "longitude"]).to_series()
        assert (land <= whole[land.index]).all()


def test_cost_falls_where_the_sun_yields_more(study):
    cells = study.cells[(study.cells["technology"] == "solar") & (study.cells["capacity_mw"] > 0)]
    ordered = cells.sort_values("cf")
    assert ordered["lcoe_usd_per_mwh"].is_monotonic_decreasing


def test_hours_of_a_region_are_those_of_the_profiles(study):
    profiles = study.profiles()
    alone = study.region_hours("Turkistan")
    for name in assessment.POTENTIAL:
        np.testing.assert_allclose(alone[name], profiles[name].sel(region="KZ-61"), rtol=1e-12)
    assert set(alone.data_vars) == set(assessment.TECHNOLOGIES)


def test_plants_stand_in_better_wind_than_their_cell(study):
    sited, cell = study.mean_cf[assessment.SITED], study.mean_cf["wind"]
    known = np.isfinite(cell.to_numpy())
    assert (sited.to_numpy()[known] > cell.to_numpy()[known]).all()


def test_second_call_computes_nothing(study, cache, monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("computed again")

    monkeypatch.setattr(factors, "cache_dir", lambda: cache)
    monkeypatch.setattr(assessment, "open_year", lambda name: plain_weather())
    monkeypatch.setattr(technologies, "pv_capacity_factor", refuse)
    monkeypatch.setattr(technologies, "wind_capacity_factor", refuse)
    again = assessment.assess("plain")
    xr.testing.assert_identical(again.mean_cf, study.mean_cf)


def test_weather_on_another_grid_gives_the_same_country(study, tmp_path, monkeypatch):
    monkeypatch.setattr(factors, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(assessment, "open_year", lambda name: plain_weather(step=1.0))
    coarse = assessment.assess("plain")
    here = national_total(study.cells).set_index("technology")
    there = national_total(coarse.cells).set_index("technology")
    for technology in assessment.POTENTIAL:
        assert there["capacity_gw"][technology] == pytest.approx(
            here["capacity_gw"][technology], rel=0.03
        )
        assert there["cf"][technology] == pytest.approx(here["cf"][technology], rel=0.03)


def test_unknown_names_are_one_clear_error(study, monkeypatch):
    with pytest.raises(InputError, match="Turkistan"):
        study.region_hours("Turkistn")
    with pytest.raises(InputError, match="unknown weather"):
        assessment.assess("smaple")
    monkeypatch.setattr(assessment, "open_year", lambda name: plain_weather())
    with pytest.raises(InputError, match="2025 to 2050"):
        assessment.assess("plain", cost_year=2019)
