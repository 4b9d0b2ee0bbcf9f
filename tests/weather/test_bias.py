"""Correction to atlas rasters: means reached, beam and diffuse still add up, nothing silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin
from scipy.special import gamma

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import VARIABLES, WEATHER, require, require_values
from greenanalysis.weather.correct.bias import LOWEST_SUN_DEG, correct, sky_of, weibull_wind
from greenanalysis.weather.correct.raster import cell_means, require_height
from greenanalysis.weather.quality import check
from greenanalysis.weather.sample import year as sample
from greenanalysis.weather.sample.climate import load_climate
from greenanalysis.weather.storage import write_weather

BOX = (64.0, 46.0, 66.0, 47.0)
"""West, south, east, north of the eight cells of the test."""


@pytest.fixture(scope="module")
def year() -> xr.Dataset:
    climate = load_climate().sel(latitude=slice(BOX[1], BOX[3]), longitude=slice(BOX[0], BOX[2]))
    parameters = sample.sample_parameters(load_assumptions())
    (tile,) = sample.sample_tiles(climate, parameters, sample.sample_times())
    return tile.assign_attrs(name="mine", grade="screening", hash="h", verdict="old")


def tif(path: Path, values: np.ndarray, **changes: object) -> Path:
    """Write a raster over :data:`BOX` and half a degree around it, north up."""
    rows, columns = values.shape
    west, north = BOX[0] - 0.5, BOX[3] + 0.5
    profile = {
        "driver": "GTiff",
        "width": columns,
        "height": rows,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": from_origin(west, north, 3.0 / columns, 2.0 / rows),
        "nodata": np.nan,
    } | changes
    with rasterio.open(path, "w", **profile) as target:
        for band in range(1, int(profile["count"]) + 1):
            target.write(values.astype(profile["dtype"]), band)
    return path


def mean(array: xr.DataArray) -> np.ndarray:
    return array.mean("time", dtype="float64").to_numpy()


def gap(weather: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return dhi + dni sin(elevation) - ghi, and the elevation."""
    times = pd.DatetimeIndex(weather["time"].to_numpy())
    grid = np.meshgrid(weather["latitude"], weather["longitude"], indexing="ij")
    elevation = sky_of(times, *(a.ravel() for a in grid))[0].reshape(weather["ghi"].shape)
    sine = np.sin(np.radians(elevation))
    light = {name: weather[name].to_numpy().astype(float) for name in ("ghi", "dni", "dhi")}
    return light["dhi"] + light["dni"] * sine - light["ghi"], elevation


# --- rasters ---------------------------------------------------------------------------------


def test_cell_means_are_weighted_by_area(tmp_path: Path) -> None:
    # pixels of 0.5 degrees shifted by half a pixel against the cells: four pixels share a cell
    values = np.arange(24.0).reshape(4, 6)
    path = tif(tmp_path / "a.tif", values, transform=from_origin(63.75, 47.25, 0.5, 0.5))
    cells = cell_means(path, np.array([46.25, 46.75]), np.array([64.25, 64.75]))
    edges = np.sin(np.radians([46.25, 46.5, 46.75]))
    low, high = np.diff(edges)  # the cell from 46.25-0.25 holds parts of two rows
    south, north = np.sin(np.radians([46.0, 46.25])), np.sin(np.radians([46.25, 46.5]))
    weight = np.array([north[1] - north[0], south[1] - south[0]])
    # rows of the raster from the north: 47.25-46.75, 46.75-46.25, 46.25-45.75
    pair = (values[1, :2] + values[1, 1:3])[0] / 2, (values[2, :2] + values[2, 1:3])[0] / 2
    assert float(cells[0, 0]) == pytest.approx(np.average(pair, weights=weight), rel=1e-12)
    assert low > high  # nearer to the pole a degree holds less


def test_a_constant_raster_stays_constant_at_any_resolution(tmp_path: Path) -> None:
    for rows in (4, 37, 700):
        path = tif(tmp_path / f"{rows}.tif", np.full((rows, rows * 2), 7.25))
        cells = cell_means(path, np.array([46.25, 46.75]), np.arange(64.25, 66, 0.5))
        np.testing.assert_allclose(cells, 7.25, rtol=1e-9)


def test_cells_without_half_of_their_area_are_nan(tmp_path: Path) -> None:
    values = np.full((20, 30), 5.0)  # pixels of 0.1 degrees
    values[:, :8] = np.nan  # up to 64.3: more than half of the first column of cells
    values[:, 8] = 9.0
    cells = cell_means(
        tif(tmp_path / "a.tif", values), np.array([46.25, 46.75]), np.arange(64.25, 66, 0.5)
    )
    assert cells[:, 0].isnull().all()
    assert cells[:, 1:].notnull().all()
    assert float(cells[0, 1]) == pytest.approx(5.0)


def test_scaled_integers_and_nodata(tmp_path: Path) -> None:
    values = np.full((4, 6), 62)
    values[0, 0] = -1
    path = tif(tmp_path / "a.tif", values, dtype="int16", nodata=-1)
    with rasterio.open(path, "r+") as raster:
        raster.scales = (0.1,)
    cells = cell_means(path, np.array([46.25, 46.75]), np.arange(64.25, 66, 0.5))
    np.testing.assert_allclose(cells, 6.2)


# --- wind ------------------------------------------------------------------------------------


def test_wind_is_scaled_to_the_mean_of_the_raster(year: xr.Dataset, tmp_path: Path) -> None:
    values = np.random.default_rng(2).uniform(6, 9, (40, 60))
    path = tif(tmp_path / "gwa.tif", values)
    made = correct(year, wind_mean=path)
    wanted = cell_means(path, year["latitude"].to_numpy(), year["longitude"].to_numpy())
    np.testing.assert_allclose(mean(made.weather["wind_speed_100m"]), wanted, rtol=1e-4)
    np.testing.assert_allclose(
        made.factors["wind_factor"], wanted / mean(year["wind_speed_100m"]), rtol=1e-6
    )
    ratio = made.weather["wind_speed_10m"] / year["wind_speed_10m"]
    np.testing.assert_allclose(ratio.max("time"), made.factors["wind_factor"], rtol=1e-4)
    assert "wind scaled to gwa.tif (sha256 " in made.weather.attrs["corrections"]
    assert "in 8 of 8 cells" in made.told
    assert made.weather.attrs["hash"] != "h"
    assert "verdict" not in made.weather.attrs
    for name in ("ghi", "dni", "dhi", "temp_air", "pressure"):
        xr.testing.assert_identical(made.weather[name], year[name])


def test_quantiles_give_the_weibull_and_keep_the_order(year: xr.Dataset, tmp_path: Path) -> None:
    a, k = (
        tif(tmp_path / "A.tif", np.full((4, 6), 8.0)),
        tif(tmp_path / "k.tif", np.full((4, 6), 2.5)),
    )
    made = correct(year.chunk(time=2190), wind_weibull=(a, k)).weather
    after = made["wind_speed_100m"].to_numpy()
    before = year["wind_speed_100m"].to_numpy()
    assert after.mean() == pytest.approx(8 * gamma(1 + 1 / 2.5), rel=2e-3)
    for share in (0.1, 0.5, 0.9, 0.99):
        wanted = 8 * (-np.log(1 - share)) ** (1 / 2.5)
        assert np.quantile(after[:, 0, 0], share) == pytest.approx(wanted, rel=0.01)
    order = np.argsort(before[:, 1, 2], kind="stable")
    assert (np.diff(after[order, 1, 2]) >= 0).all()
    shear = year["wind_speed_10m"].to_numpy() / before
    np.testing.assert_allclose(made["wind_speed_10m"].to_numpy() / after, shear, rtol=1e-3)
    require(made, WEATHER, where="corrected")


def test_weibull_wind_by_hand() -> None:
    speed = np.array([[3.0, 1.0, 1.0, 9.0], [1.0, 2.0, 3.0, 4.0]])
    mapped = weibull_wind(speed, np.array([6.0, np.nan]), np.array([2.0, 2.0]))
    quantile = 6 * np.sqrt(-np.log(1 - (np.array([3.0, 1.5, 1.5, 4.0]) - 0.5) / 4))
    np.testing.assert_allclose(mapped[0], quantile)
    np.testing.assert_array_equal(mapped[1], speed[1])


# --- light -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "unit"), [(1.06, "kWh/m2/day"), (0.93, "kWh/m2/year"), (0.97, "W/m2")]
)
def test_ghi_reaches_the_mean_of_the_raster_and_still_adds_up(
    year: xr.Dataset, tmp_path: Path, ratio: float, unit: str
) -> None:
    hours = {"kWh/m2/day": 24 / 1000, "kWh/m2/year": 8.76, "W/m2": 1.0}[unit]
    target = mean(year["ghi"]) * ratio * hours
    padded = np.pad(target[::-1], 1, mode="edge")
    made = correct(year, ghi_mean=tif(tmp_path / "gsa.tif", padded))
    after = made.weather.load()
    np.testing.assert_allclose(mean(after["ghi"]) * hours, target, rtol=5e-4)
    np.testing.assert_allclose(made.factors["ghi_factor"], ratio, rtol=5e-4)
    assert f"gsa.tif (sha256 {made.told.split('sha256 ')[1][:10]}) in {unit}" in made.told
    xr.testing.assert_identical(after["dhi"], year["dhi"])
    before_gap, elevation = gap(year)
    after_gap, _ = gap(after)
    np.testing.assert_allclose(after_gap, before_gap, atol=2e-3)
    low = elevation < LOWEST_SUN_DEG
    for name in ("ghi", "dni"):
        np.testing.assert_array_equal(after[name].to_numpy()[low], year[name].to_numpy()[low])
        require_values(after[name], where="corrected")
    factor = made.factors["beam_factor"].to_numpy()
    assert ((factor > 1) == (ratio > 1)).all()
    assert (abs(factor - 1) > abs(ratio - 1)).all()  # the beam carries all of it


def test_no_hour_is_lifted_above_the_cloudless_sky(year: xr.Dataset, tmp_path: Path) -> None:
    padded = np.pad(mean(year["ghi"])[::-1] * 1.15, 1, mode="edge") * 0.024
    after = correct(year, ghi_mean=tif(tmp_path / "gsa.tif", padded)).weather.load()
    grid = np.meshgrid(year["latitude"], year["longitude"], indexing="ij")
    times = pd.DatetimeIndex(year["time"].to_numpy())
    _, clear, _ = sky_of(times, *(a.ravel() for a in grid))
    ceiling = np.maximum(clear.reshape(year["ghi"].shape), year["ghi"].to_numpy())
    assert (after["ghi"].to_numpy() <= ceiling + 1e-2).all()
    assert check(after).names("error") == []


def test_a_mean_that_cannot_be_reached_is_told(year: xr.Dataset, tmp_path: Path) -> None:
    padded = np.pad(mean(year["ghi"])[::-1] * 1.5, 1, mode="edge") * 0.024
    made = correct(year, ghi_mean=tif(tmp_path / "gsa.tif", padded))
    assert "8 cells miss it by more than 1%" in made.told
    assert (made.factors["ghi_factor"] < 1.45).all()
    np.testing.assert_allclose(made.factors["ghi_wanted_factor"], 1.5, rtol=1e-4)


def test_cells_beyond_the_raster_stay_and_are_counted(year: xr.Dataset, tmp_path: Path) -> None:
    wind = np.full((4, 6), 7.5)
    wind[:, 3:] = np.nan
    light = np.full((4, 6), float(mean(year["ghi"]).mean()) * 0.024)
    light[:, 3:] = np.nan
    made = correct(
        year, wind_mean=tif(tmp_path / "w.tif", wind), ghi_mean=tif(tmp_path / "g.tif", light)
    )
    assert made.told.count("in 4 of 8 cells, the other 4 left as they were") == 2
    east = {"longitude": slice(2, 4)}
    for name in ("wind_speed_10m", "wind_speed_100m", "ghi", "dni"):
        np.testing.assert_array_equal(made.weather[name].isel(east), year[name].isel(east))
        assert not made.weather[name].isel(longitude=0).equals(year[name].isel(longitude=0))
    assert made.factors["beam_factor"].isel(east).isnull().all()


def test_maps_and_words_survive_the_disk(year: xr.Dataset, tmp_path: Path) -> None:
    made = correct(year, wind_mean=tif(tmp_path / "w.tif", np.full((4, 6), 7.5)))
    path = write_weather(made.weather, tmp_path / "out.zarr")
    again = xr.open_zarr(path, consolidated=False)
    np.testing.assert_array_equal(again["wind_factor"], made.factors["wind_factor"])
    assert again.attrs["corrections"] == made.told
    twice = correct(again, wind_mean=tif(tmp_path / "w2.tif", np.full((4, 6), 7.0)))
    said = twice.weather.attrs["corrections"]
    assert said.startswith(f"{made.told}; wind scaled to w2.tif")


# --- mistakes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "values", "changes", "message"),
    [
        ("wind_mean", 400.0, {}, r"mean wind speed.*got 400 .*median of 1 to 20"),
        ("wind_mean", 1.2, {}, r"factor of wind.*allowed: a median of 0.4"),
        ("ghi_mean", 5e6, {}, r"mean GHI: got median 5e\+06.*kWh/m2/day"),
        ("ghi_mean", 8.5, {}, r"factor of ghi.*0\.6 to 1\.6"),
        ("wind_mean", 7.0, {"crs": "EPSG:32642"}, r"reference system: got EPSG:32642.*gdalwarp"),
        ("wind_mean", 7.0, {"crs": None}, r"reference system: got none"),
        ("wind_mean", 7.0, {"count": 2}, r"bands: got 2"),
        (
            "wind_mean",
            7.0,
            {"transform": from_origin(10.0, 50.0, 0.5, 0.5)},
            r"covers none of the cells.*its bounds are \(10\.0",
        ),
        ("wind_mean", np.nan, {}, r"covers none of the cells"),
        (
            "wind_mean",
            7.0,
            {"transform": rasterio.Affine(0.5, 0, 63.5, 0, 0.5, 45.5)},
            r"orientation.*north up",
        ),
    ],
)
def test_a_raster_that_does_not_fit_is_one_clear_error(
    year: xr.Dataset, tmp_path: Path, keyword: str, values: float, changes: dict, message: str
) -> None:
    path = tif(tmp_path / "odd.tif", np.full((4, 6), values), **changes)
    with pytest.raises(InputError, match=message) as caught:
        correct(year, **{keyword: path})
    assert "odd.tif" in str(caught.value)


def test_missing_files_and_contradictions(year: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="raster: got nothing"):
        correct(year, wind_mean=tmp_path / "absent.tif")
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(InputError, match=r"text\.tif cannot be read"):
        correct(year, ghi_mean=tmp_path / "text.tif")
    with pytest.raises(InputError, match="rasters: got none"):
        correct(year)
    with pytest.raises(InputError, match="got both"):
        correct(year, wind_mean=tmp_path / "a", wind_weibull=(tmp_path / "a", tmp_path / "k"))


def test_wind_never_leaves_its_range(year: xr.Dataset, tmp_path: Path) -> None:
    gust = year["wind_speed_100m"].copy()
    gust[100, 0, 0] = 60.0
    stormy = year.assign(wind_speed_100m=gust)
    path = tif(tmp_path / "w.tif", np.full((4, 6), float(gust.mean()) * 2))
    after = correct(stormy, wind_mean=path).weather["wind_speed_100m"]
    assert float(after.max()) == VARIABLES["wind_speed_100m"].maximum


def test_no_data_that_is_not_tagged_is_told_by_its_value(year: xr.Dataset, tmp_path: Path) -> None:
    values = np.full((40, 60), 7.0)
    values[20, 31], values[12, 24], values[13, 24] = -9999, 1e20, 0
    plain = correct(year, wind_mean=tif(tmp_path / "a.tif", np.full((40, 60), 7.0), nodata=None))
    got = correct(year, wind_mean=tif(tmp_path / "b.tif", values, nodata=None))
    assert "3 pixels taken for no data by their value" in got.told
    assert "no data" not in plain.told
    np.testing.assert_allclose(got.factors["wind_factor"], plain.factors["wind_factor"], rtol=1e-6)


def test_every_cell_is_judged_not_the_median_alone(year: xr.Dataset, tmp_path: Path) -> None:
    values = np.full((4, 6), 7.0)
    values[1, 2] = 55.0
    with pytest.raises(
        InputError, match=r"factor of wind at 46.75 N, 64.75 E: got .*in every cell"
    ):
        correct(year, wind_mean=tif(tmp_path / "a.tif", values))


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("KAZ_wind-speed_100m.tif", True),
        ("KAZ_wind-speed_50m.tif", False),
        ("gwa3_250_ws_150m.tif", False),
        ("combined-Weibull-A_200 m.tif", False),
        ("wind_2017.tif", True),
    ],
)
def test_a_raster_of_another_height_is_refused(tmp_path: Path, name: str, fits: bool) -> None:
    if fits:
        require_height(tmp_path / name, 100)
        return
    with pytest.raises(InputError, match=r"height in the name of the raster: got .*allowed: 100 m"):
        require_height(tmp_path / name, 100)
