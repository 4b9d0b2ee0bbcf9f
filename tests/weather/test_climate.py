"""The committed climatology and mean wind, and the sun and cloudless sky they rest on."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from types import ModuleType

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from greenanalysis.assessment.wind_anchors import read_anchors, with_speed
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.geo import grid
from greenanalysis.weather import clearsky
from greenanalysis.weather.sample import wind_climate
from greenanalysis.weather.sample.climate import (
    climate_path,
    load_climate,
    load_site_wind,
    load_wind_map,
    wind_path,
)
from greenanalysis.weather.sample.wind_map import fit

PLACES = [(43.25, 68.25, 220.0), (51.25, 71.25, 350.0), (42.75, 77.25, 3200.0)]
KWH = 8.76


@pytest.fixture(scope="module")
def climate() -> xr.Dataset:
    return load_climate()


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    path = data_dir() / "scripts" / "make_wind_climate.py"
    spec = importlib.util.spec_from_file_location("make_wind_climate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("latitude", "longitude", "altitude"), PLACES)
def test_sun_and_cloudless_sky_agree_with_pvlib(
    latitude: float, longitude: float, altitude: float
) -> None:
    times = pd.date_range("2023-01-01", "2023-12-31", freq="97min")
    location = pvlib.location.Location(latitude, longitude, altitude=altitude)
    utc = times.tz_localize("UTC")
    oracle = location.get_solarposition(utc)
    position = clearsky.sun(times)
    elevation = clearsky.elevation_deg(position, np.array([latitude]), np.array([longitude]))[:, 0]
    np.testing.assert_allclose(elevation, oracle["elevation"], rtol=0, atol=2e-5)
    expected = location.get_clearsky(utc, linke_turbidity=3.1, solar_position=oracle)["ghi"]
    ours = clearsky.clear_sky(
        elevation,
        position.extraterrestrial,
        linke_turbidity=np.array(3.1),
        altitude=np.array(altitude),
    )
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-3)


def test_cloudless_sky_is_pvlibs_formula_to_rounding() -> None:
    elevation = np.linspace(0.5, 70, 50)
    ours = clearsky.clear_sky(
        elevation, np.array(1380.0), linke_turbidity=np.array(2.7), altitude=np.array(900.0)
    )
    pressure = pvlib.atmosphere.alt2pres(900.0)
    zenith = clearsky.apparent_zenith_deg(elevation, pressure)
    airmass = pvlib.atmosphere.get_relative_airmass(zenith)
    expected = pvlib.clearsky.ineichen(
        zenith, airmass * pressure / 101325, 2.7, altitude=900, dni_extra=1380.0
    )["ghi"]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_cloudless_months_are_pvlibs_means() -> None:
    latitude, longitude, altitude = PLACES[0]
    haze = np.linspace(2.5, 3.6, 12)[:, None]
    ours = clearsky.monthly_clear_sky(
        np.array([latitude]),
        np.array([longitude]),
        linke_turbidity=haze,
        altitude=np.array([altitude]),
    )
    assert ours.shape == (12, 1)
    location = pvlib.location.Location(latitude, longitude, altitude=altitude)
    hours = pd.date_range("2023-01-01 00:30", "2023-12-31 23:30", freq="h", tz="UTC")
    turbidity = haze[hours.month - 1, 0]
    sky = location.get_clearsky(hours, linke_turbidity=turbidity)["ghi"]
    expected = sky.groupby(hours.month).mean()
    np.testing.assert_allclose(ours[:, 0], expected, rtol=1e-5)


def test_climatology_lies_on_the_project_grid(climate: xr.Dataset) -> None:
    np.testing.assert_array_equal(climate["latitude"], grid.latitudes())
    np.testing.assert_array_equal(climate["longitude"], grid.longitudes())
    np.testing.assert_array_equal(climate["month"], np.arange(1, 13))
    assert not any(climate[name].isnull().any() for name in climate.data_vars)
    for path in (climate_path(), wind_path()):
        assert path.stat().st_size < 1e6


def test_no_month_is_sunnier_than_a_cloudless_one(climate: xr.Dataset) -> None:
    share = climate["ghi_mean"] / climate["ghi_clear_mean"]
    assert float(share.max()) <= 0.951
    assert float(share.min()) > 0.3
    index = climate["clear_sky_index"]
    assert float(index.max()) <= 1.0
    assert bool((index.diff("quantile") >= -1e-3).all())


def test_linke_turbidity_is_capped(climate: xr.Dataset) -> None:
    cap = load_assumptions().get("solar_climate", "linke_turbidity_cap", unit="1")
    assert float(climate["linke_turbidity"].max()) <= cap + 1e-6


def test_annual_ghi_keeps_near_the_cited_values(climate: xr.Dataset) -> None:
    annual = climate["ghi_mean"].mean("month") * KWH
    for row in read_facts(
        "ghi_anchors", numeric=["latitude", "longitude", "ghi_kwh_m2_year"]
    ).itertuples():
        here = float(annual.sel(latitude=row.latitude, longitude=row.longitude, method="nearest"))
        tolerance = 0.03 if row.kind == "modelled" else 0.10
        assert abs(here / row.ghi_kwh_m2_year - 1) < tolerance, row.site
    south = annual.sel(latitude=slice(43, 46), longitude=slice(60, 75))
    north = annual.sel(latitude=slice(51, 55), longitude=slice(50, 76))
    assert float(south.min()) > 1300
    assert float(south.max()) < 1800
    assert float(north.min()) > 1000
    assert float(north.max()) < 1500


def test_known_places_look_right(climate: xr.Dataset) -> None:
    def at(name: str, latitude: float, longitude: float) -> np.ndarray:
        return (
            climate[name].sel(latitude=latitude, longitude=longitude, method="nearest").to_numpy()
        )

    assert at("water_fraction", 44.25, 50.75 - 2) == pytest.approx(1.0, abs=0.02)  # Caspian
    assert at("water_fraction", 48.75, 67.25) < 0.05
    assert at("elevation", 43.25, 77.25) > 1000
    assert at("terrain_sigma", 43.25, 77.25) > 10 * at("terrain_sigma", 51.25, 71.25)
    january, july = at("temp_air_mean", 51.25, 71.25)[[0, 6]]
    assert -18 < january < -12  # Astana
    assert 18 < july < 23


def test_the_committed_wind_is_what_the_script_makes(calibration: ModuleType) -> None:
    values = load_assumptions()
    anchors = with_speed(read_anchors(), values)
    stored = load_wind_map()
    np.testing.assert_allclose(stored.anchors["speed_100m"], anchors["speed_100m"], atol=0.005)
    again = replace(fit(anchors), shift=stored.shift)
    assert again.spread == stored.spread
    site = load_site_wind().isel(latitude=slice(10, 14), longitude=slice(200, 204))
    lat, lon = (x.ravel() for x in np.meshgrid(site["latitude"], site["longitude"], indexing="ij"))
    mean, sigma = again.predict(lat, lon)
    np.testing.assert_allclose(np.exp(mean), site["speed"].to_numpy().ravel(), atol=0.01)
    np.testing.assert_allclose(sigma, site["sigma"].to_numpy().ravel(), atol=0.002)
    assert calibration.reported_capacity_factor() == pytest.approx(0.341, abs=0.005)


def test_cells_are_the_mean_of_their_sites_less_the_siting(climate: xr.Dataset) -> None:
    ratio = load_assumptions().get("wind_climate", "siting_speed_ratio", unit="1")
    fine = load_site_wind()["speed"].to_numpy()
    blocks = fine.reshape(climate.sizes["latitude"], 6, climate.sizes["longitude"], 6)
    expected = blocks.mean(axis=(1, 3)) / ratio
    np.testing.assert_allclose(climate["wind_speed_100m_mean"], expected, atol=0.01)


def test_the_north_has_the_cited_months_and_the_year_of_its_anchors(climate: xr.Dataset) -> None:
    fact = read_facts("ghi_months", numeric=["south", "north", "west", "east"]).iloc[0]
    months = [f"m{number:02d}" for number in range(1, 13)]
    cited = fact[months].astype(float).to_numpy()
    box = climate["ghi_mean"].sel(
        latitude=slice(fact["south"], fact["north"]), longitude=slice(fact["west"], fact["east"])
    )
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    ours = box.mean(("latitude", "longitude")).to_numpy() * days * 24 / 1000
    np.testing.assert_allclose(ours / ours.sum(), cited / cited.sum(), rtol=0.01)
    assert ours.sum() == pytest.approx(cited.sum(), rel=0.03)


def test_anchor_tables_say_what_kind_each_row_is() -> None:
    wind = read_facts("wind_anchors", numeric=["mean_speed_m_s", "capacity_factor"])
    assert set(wind["kind"]) <= {"measured", "reported", "design"}
    assert set(wind["use"]) <= {"fit", "check"}
    assert (wind["mean_speed_m_s"].notna() ^ wind["capacity_factor"].notna()).all()
    fleet = read_facts("wind_fleet", numeric=["capacity_mw"])
    assert fleet["capacity_mw"].sum() == pytest.approx(1911.95)


def test_speed_of_a_capacity_factor_is_found_or_refused() -> None:
    assert wind_climate.solve_speed(lambda v: v / 20, 0.35, where="x") == pytest.approx(7, abs=1e-3)
    with pytest.raises(InputError, match=r"capacity factor: got 0\.9 in x"):
        wind_climate.solve_speed(lambda v: v / 20, 0.9, where="x")


def test_a_missing_or_foreign_climatology_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_climate(tmp_path / "none.nc")
    foreign = tmp_path / "foreign.nc"
    foreign.write_text("not netCDF")
    with pytest.raises(InputError, match=r"foreign\.nc cannot be read"):
        load_climate(foreign)
    with pytest.raises(InputError, match="without"):
        load_climate(wind_path())
