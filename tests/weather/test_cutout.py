"""ERA5 through atlite's own code from a local store, and its cutout read as canonical weather."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pvlib.solarposition import get_solarposition

from greenanalysis import weather
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, TIME_CONVENTION, VARIABLES, WEATHER
from greenanalysis.weather import canonical
from greenanalysis.weather.clearsky import HIGHEST_TRANSMITTANCE, grid_beam, split_horizontal_beam
from greenanalysis.weather.quality import check
from greenanalysis.weather.read import cutout
from greenanalysis.weather.sources.era5 import FEATURES, fetch_era5
from tests.support.cds_server import Store, serving_era5

atlite = pytest.importorskip("atlite", reason="atlite is not installed (extra era5)")
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")

BOX = (46.0, 40.0, 90.0, 56.0)
STEP = 4.0


def fetch(store: Store, out: Path, **changes: object) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDSAPI_URL", store.url)
        patch.setenv("CDSAPI_KEY", "a-key")
        patch.setenv("NO_PROXY", "127.0.0.1")
        asked = {"box": BOX, "step": STEP, "data_format": "netcdf", "monthly": False, **changes}
        return fetch_era5(out, (2019, 2019), **asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with serving_era5(tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.fixture(scope="module")
def made(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cutout of a year, broken off after two features and gone on with, by atlite itself."""
    out = tmp_path_factory.mktemp("cutout") / "kz.nc"
    store.fail_after = 1 + 2 + 1
    with pytest.raises(InputError, match=r"feature wind: .*out of tapes.*kept in .*kz\.nc"):
        fetch(store, out)
    store.fail_after = None
    store.requests.clear()
    return fetch(store, out)


@pytest.fixture(scope="module")
def raw(made: Path) -> xr.Dataset:
    return xr.load_dataset(made)


@pytest.fixture(scope="module")
def opened(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[xr.Dataset]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutout, "cache_dir", lambda: tmp_path_factory.mktemp("cache"))
        yield weather.open_weather(str(made))


def test_an_interrupted_fetch_asks_only_for_the_rest(store: Store, made: Path) -> None:
    asked = {name for request in store.requests for name in np.atleast_1d(request["variable"])}
    assert "2m_temperature" not in asked
    assert "geopotential" not in asked
    assert {"100m_u_component_of_wind", "surface_solar_radiation_downwards"} <= asked
    assert len(store.requests) == 2 * 2
    assert store.requests[0]["product_type"] == ["reanalysis"]
    assert "a-key" in store.keys


def test_a_cutout_is_weather_by_its_path_alone(opened: xr.Dataset, made: Path) -> None:
    assert opened.attrs["grade"] == "real"
    assert opened.attrs["years"] == "2019"
    assert opened.attrs["time_convention"] == TIME_CONVENTION
    assert opened.attrs["source"] == "atlite cutout kz.nc (era5)"
    for name in WEATHER:
        assert opened[name].dims == DIMS
        assert opened[name].attrs["units"] == VARIABLES[name].units
        assert opened[name].dtype == np.float32
        assert opened[name].chunks, "lazy"
    assert (np.diff(opened["latitude"]) > 0).all()
    assert opened.sizes["time"] == 8760


def test_it_gives_atlites_own_numbers(opened: xr.Dataset, raw: xr.Dataset) -> None:
    mine = opened.load()
    np.testing.assert_array_equal(mine["time"], raw["time"])
    np.testing.assert_allclose(mine["wind_speed_100m"], raw["wnd100m"], rtol=0)
    np.testing.assert_allclose(mine["temp_air"], raw["temperature"] - 273.15, atol=1e-4)
    np.testing.assert_allclose(mine["ghi"], raw["influx_direct"] + raw["influx_diffuse"], atol=1e-3)
    high = raw["solar_altitude"].to_numpy() > np.radians(10)
    np.testing.assert_allclose(
        mine["dhi"].to_numpy()[high], raw["influx_diffuse"].to_numpy()[high], atol=1e-3
    )
    beam = mine["dni"].to_numpy() * np.sin(raw["solar_altitude"].to_numpy())
    np.testing.assert_allclose(beam[high], raw["influx_direct"].to_numpy()[high], rtol=5e-3)


def test_wind_at_10_m_undoes_atlites_shear_exponent(opened: xr.Dataset, raw: xr.Dataset) -> None:
    own = atlite.wind.extrapolate_wind_speed(raw, to_height=10, method="power")
    np.testing.assert_allclose(opened["wind_speed_10m"], own, rtol=1e-5)


def test_the_sun_is_atlites_half_an_hour_before_the_label(
    opened: xr.Dataset, raw: xr.Dataset
) -> None:
    """atlite's cutout says label - 30 min; pvlib at that instant gives the beam that was used."""
    assert raw["solar_altitude"].attrs["time shift"] == "-1 days +23:30:00"
    cell = {"latitude": 2, "longitude": 5}
    middle = pd.DatetimeIndex(raw["time"].to_numpy()) - pd.Timedelta(minutes=30)
    place = float(opened["latitude"][2]), float(opened["longitude"][5])
    elevation = get_solarposition(middle, *place)["elevation"].to_numpy()
    up = elevation > 10
    got = opened["dni"].isel(cell).to_numpy() * np.sin(np.radians(elevation))
    expected = raw["influx_direct"].isel(y=2, x=5).to_numpy()
    np.testing.assert_allclose(got[up], expected[up], rtol=5e-4)
    late = get_solarposition(middle + pd.Timedelta(minutes=30), *place)["elevation"].to_numpy()
    wrong = opened["dni"].isel(cell).to_numpy() * np.sin(np.radians(late))
    assert np.abs(wrong - expected)[up].mean() > 5 * np.abs(got - expected)[up].mean() + 5


def test_capacity_factors_are_close_to_atlites_own_conversion(
    opened: xr.Dataset, made: Path
) -> None:
    """Same hub height (100 m: no extrapolation) and curve, one cell: within 2 % of atlite."""
    curve = pd.Series(
        [0, 0, 0.05, 0.2, 0.45, 0.75, 0.95, 1, 1, 0], [0, 3, 4, 6, 8, 10, 12, 14, 25, 25.01]
    )
    site = atlite.Cutout(path=str(made)).data.isel(x=[5], y=[2])
    own = atlite.convert.convert_wind(
        site,
        {"V": curve.index.to_numpy(), "POW": curve.to_numpy(), "hub_height": 100, "P": 1.0},
        interpolation_method="logarithmic",
    ).to_numpy()
    mine = np.interp(
        opened["wind_speed_100m"].isel(latitude=2, longitude=5), curve.index, curve.to_numpy()
    )
    np.testing.assert_allclose(mine, own.ravel(), atol=1e-5)


def test_values_are_checked_once_for_each_content(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutout, "cache_dir", lambda: tmp_path)
    calls = []
    real = canonical.validate
    monkeypatch.setattr(canonical, "validate", lambda *a, **k: (calls.append(1), real(*a, **k))[1])
    first, second = weather.open_weather(made), weather.open_weather(made)
    assert len(calls) == 1
    assert first.attrs["hash"] == second.attrs["hash"]


# ---- variants of the format ----


def hourly(raw: xr.Dataset, hours: slice = slice(0, 96)) -> xr.Dataset:
    return raw.isel(time=hours)


def test_other_versions_of_the_format(raw: xr.Dataset) -> None:
    full = hourly(raw)
    base = cutout.cutout_weather(full, where="a.nc")
    south_last = full.isel(y=slice(None, None, -1))
    xr.testing.assert_allclose(cutout.cutout_weather(south_last, where="b.nc"), base)
    turned = full.transpose("x", "time", "y")
    xr.testing.assert_allclose(cutout.cutout_weather(turned, where="c.nc"), base)
    direct = full.assign(
        wnd10m=full["wnd100m"] * 0 + 3.25, surface_pressure=full["wnd100m"] * 0 + 9e4
    )
    got = cutout.cutout_weather(direct, where="d.nc")
    assert float(got["wind_speed_10m"].max()) == 3.25
    assert float(got["pressure"].min()) == 9e4


def test_roughness_is_the_last_resort_for_wind_at_10_m(raw: xr.Dataset) -> None:
    rough = hourly(raw).drop_vars("wnd_shear_exp")
    got = cutout.cutout_weather(rough, where="a.nc")["wind_speed_10m"]
    own = atlite.wind.extrapolate_wind_speed(rough, to_height=10, method="logarithmic")
    np.testing.assert_allclose(got, own, rtol=1e-5)
    assert float(got[0, 0, 0] / rough["wnd100m"][0, 0, 0]) == pytest.approx(2 / 3, rel=1e-3)


def test_pressure_is_the_standard_atmospheres(raw: xr.Dataset) -> None:
    flat = hourly(raw).assign(height=hourly(raw)["height"] * 0 + 1000.0)
    got = cutout.cutout_weather(flat, where="a.nc")["pressure"]
    np.testing.assert_allclose(got, 89875, rtol=1e-3)  # ISA at 1000 m: 898.75 hPa


def test_negative_rounding_is_cleared_and_more_is_an_error(raw: xr.Dataset) -> None:
    small = hourly(raw)
    small["influx_direct"] = small["influx_direct"].where(small["influx_direct"] > 0, -0.3)
    assert float(cutout.cutout_weather(small, where="a.nc")["ghi"].min()) >= 0
    small["influx_direct"] = small["influx_direct"] - 50
    assert float(cutout.cutout_weather(small, where="a.nc")["ghi"].min()) < -1


def test_calm_stays_calm_and_gaps_stay_gaps(raw: xr.Dataset) -> None:
    part = hourly(raw)
    wind = part["wnd100m"].copy()
    wind[3], wind[4] = 0.0, np.nan
    shear = part["wnd_shear_exp"].copy()
    shear[3] = np.nan
    got = cutout.cutout_weather(part.assign(wnd100m=wind, wnd_shear_exp=shear), where="a.nc")
    assert float(got["wind_speed_10m"][3].max()) == 0
    assert np.isnan(got["wind_speed_10m"][4]).all()


def test_sarahs_hours_move_to_their_end(raw: xr.Dataset) -> None:
    part = hourly(raw)
    part["influx_direct"].attrs["module"] = "sarah"
    got = cutout.cutout_weather(part, where="a.nc")
    era5 = cutout.cutout_weather(hourly(raw).assign_attrs(module="era5"), where="a.nc")
    np.testing.assert_allclose(got["ghi"][1:], era5["ghi"][:-1], atol=1e-3)
    np.testing.assert_array_equal(got["temp_air"], era5["temp_air"])


@pytest.mark.parametrize(
    ("drop", "message"),
    [
        ("influx_direct", r"no influx_direct; prepare it with .*\['influx'\]"),
        ("temperature", r"\['temperature'\]"),
        ("wnd100m", r"\['wind'\]"),
        ("height", r"no height.*\['height'\]"),
    ],
)
def test_a_feature_that_was_not_prepared_is_named(raw: xr.Dataset, drop: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cutout.cutout_weather(hourly(raw).drop_vars(drop), where="kz.nc")


def test_no_wind_near_the_ground(raw: xr.Dataset) -> None:
    bare = hourly(raw).drop_vars(["wnd_shear_exp", "roughness"])
    with pytest.raises(InputError, match=r"no wind at 10 m, wnd_shear_exp or roughness"):
        cutout.cutout_weather(bare, where="kz.nc")


def test_foreign_units_are_an_error(raw: xr.Dataset) -> None:
    part = hourly(raw)
    part["influx_direct"].attrs["units"] = "J m**-2"
    with pytest.raises(InputError, match=r"units of influx_direct.*W m.*got|got 'J m"):
        cutout.cutout_weather(part, where="kz.nc")


def test_a_short_cutout_and_a_line_of_cells_are_weather(
    raw: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutout, "cache_dir", lambda: tmp_path / "cache")
    hourly(raw).isel(x=slice(0, 1)).to_netcdf(tmp_path / "line.nc")
    line = weather.open_weather(tmp_path / "line.nc")
    assert (line.sizes["time"], line.sizes["longitude"]) == (96, 1)
    beside = hourly(raw).assign_coords(lon=("x", raw["x"].values), lat=("y", raw["y"].values))
    beside.to_netcdf(tmp_path / "lonlat.nc")
    assert "sun alignment" in set(check(tmp_path / "lonlat.nc").table["check"])


def test_a_cutout_of_a_part_says_of_which(
    raw: xr.Dataset, opened: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutout, "cache_dir", lambda: tmp_path / "cache")
    raw.isel(x=slice(0, 5)).to_netcdf(tmp_path / "west.nc")
    assert weather.open_weather(tmp_path / "west.nc").attrs["box"] == (46, 40, 66, 56)
    assert "box" not in opened.attrs


# ---- the beam ----


def test_low_sun_and_the_ceiling_lose_no_light() -> None:
    beam = np.array([300.0, 30.0, 5.0, 400.0, np.nan])
    diffuse = np.array([100.0, 20.0, 10.0, 50.0, 10.0])
    sine = np.array([0.5, 0.05, -0.1, 0.2, 0.5])
    dni, dhi = split_horizontal_beam(beam, diffuse, sine, np.full(5, 1361.0))
    np.testing.assert_allclose(dni[:3], [600, 0, 0])
    np.testing.assert_allclose(dhi[:3], [100, 50, 15])
    assert dni[3] == pytest.approx(HIGHEST_TRANSMITTANCE * 1361)
    assert dhi[3] + dni[3] * 0.2 == pytest.approx(450)
    assert np.isnan([dni[4], dhi[4]]).all()


def test_lazy_and_loaded_agree(raw: xr.Dataset) -> None:
    part = hourly(raw).rename(x="longitude", y="latitude")
    beam, diffuse = part["influx_direct"], part["influx_diffuse"]
    whole = grid_beam(beam, diffuse)
    chunks = {"time": 17, "latitude": 3, "longitude": 4}
    lazy = grid_beam(beam.chunk(chunks), diffuse.chunk(chunks))
    for a, b in zip(whole, lazy, strict=True):
        assert b.chunks
        np.testing.assert_allclose(a, b)


# ---- what can go wrong before and at the service ----


def test_no_key_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CDSAPI_URL", "CDSAPI_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CDSAPI_RC", str(tmp_path / "absent"))
    with pytest.raises(InputError, match=r"no key and url .*cds\.climate\.copernicus\.eu"):
        fetch_era5(tmp_path / "a.nc", (2019, 2019))
    (tmp_path / "rc").write_text("url: https://example.org\n")
    monkeypatch.setenv("CDSAPI_RC", str(tmp_path / "rc"))
    with pytest.raises(InputError, match="no key of"):
        fetch_era5(tmp_path / "a.nc", (2019, 2019))
    assert not (tmp_path / "a.nc").exists()


def test_no_atlite_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "atlite", None)
    with pytest.raises(InputError, match=r"pip install 'greenanalysis\[era5\]'"):
        fetch_era5(tmp_path / "a.nc", (2019, 2019))


def test_whole_years_of_hour_ends_are_asked_for_month_by_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, prepared = [], []

    class Fake:
        def __init__(self, **asked: object) -> None:
            made.append(asked)

        def prepare(self, **asked: object) -> None:
            prepared.append(asked)

    monkeypatch.setitem(sys.modules, "atlite", SimpleNamespace(Cutout=Fake))
    monkeypatch.setenv("CDSAPI_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("CDSAPI_KEY", "a-key")
    fetch_era5(tmp_path / "a.nc", (2018, 2019))
    assert made[0]["module"] == "era5"
    assert made[0]["time"] == slice("2018-01-01 01:00", "2020-01-01 00:00")
    assert (made[0]["x"], made[0]["y"]) == (slice(46.0, 88.0), slice(40.0, 56.0))
    assert (made[0]["dx"], made[0]["dy"]) == (0.25, 0.25)
    assert [each["features"] for each in prepared] == [[name] for name in FEATURES]
    assert all(each["monthly_requests"] and each["data_format"] == "grib" for each in prepared)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"box": (88, 40, 46, 56)}, "box"),
        ({"step": 0.0}, "step"),
        ({"data_format": "csv"}, "data format"),
    ],
)
def test_bad_requests_are_named(
    store: Store, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        fetch(store, tmp_path / "a.nc", **change)
    with pytest.raises(InputError, match="ends in .nc"):
        fetch(store, tmp_path / "a.zarr")


def test_a_refused_key_is_the_services_word(tmp_path: Path) -> None:
    with serving_era5(tmp_path) as other:
        other.refuse_with = (401, {"title": "authentication failed", "detail": "no such token"})
        with pytest.raises(InputError, match=r"feature height: .*authentication failed"):
            fetch(other, tmp_path / "a.nc")


def test_another_request_does_not_go_on_with_the_file(store: Store, made: Path) -> None:
    with pytest.raises(InputError, match=r"x of the cutout that is there"):
        fetch(store, made, box=(50.0, 40.0, 90.0, 56.0))
    assert made.stat().st_size > 0
