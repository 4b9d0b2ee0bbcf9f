"""Check, correct and typical on the command line, and what of it the pages show."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin

from greenanalysis.cli.main import main
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.site import elements as page
from greenanalysis.weather import open_weather
from greenanalysis.weather.quality import remembered
from greenanalysis.weather.sample import year as sample
from greenanalysis.weather.sample.climate import load_climate
from greenanalysis.weather.storage import PACKING, write_weather


@pytest.fixture(scope="module")
def box() -> xr.Dataset:
    """Two sample years of four cells that state to be for a box."""
    climate = load_climate().sel(latitude=slice(46, 47), longitude=slice(64, 65))
    parameters = sample.sample_parameters(load_assumptions())
    times = pd.date_range("2022-01-01 01:00", "2024-01-01", freq="h", unit="ns")
    (tile,) = sample.sample_tiles(climate, parameters, times)
    return tile.assign_attrs(box=[64.0, 46.0, 65.0, 47.0], grade="screening", source="drawn")


@pytest.fixture
def file(box: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(remembered, "cache_dir", lambda: tmp_path / "cache")
    return write_weather(box, tmp_path / "mine.zarr")


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["greenanalysis", "weather", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as done:
            code = int(done.code or 0)
    out = capsys.readouterr()
    return code, out.out, out.err


def raster(path: Path, value: float) -> Path:
    profile = {
        "driver": "GTiff",
        "width": 8,
        "height": 8,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": from_origin(63.5, 47.5, 0.25, 0.25),
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.full((8, 8), value, dtype="float32"), 1)
    return path


def test_check_says_what_it_found_and_its_exit_code_says_how_bad(
    file: Path, box: xr.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run("check", file, capsys=capsys)
    assert code == 0
    assert "mine.zarr: 18 checks, 0 errors, 0 warnings" in out
    code, out, _ = run("check", "--all", file, capsys=capsys)
    assert "closure" in out
    kelvin = box.assign(temp_air=(box["temp_air"] + 273.15).assign_attrs(units="degC"))
    kelvin.to_netcdf(tmp_path / "kelvin.nc")
    code, out, _ = run("check", tmp_path / "kelvin.nc", capsys=capsys)
    assert code == 1
    assert "are in K; add -273.15" in out
    assert "1 error (units)" in out


def test_what_cannot_be_read_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.nc").write_text("no weather")
    for path in (tmp_path / "text.nc", tmp_path / "absent.zarr"):
        code, out, err = run("check", path, capsys=capsys)
        assert (code, out) == (2, "")
        assert err.startswith("error: weather file")


def test_corrected_weather_opens_names_its_correction_and_shows_it(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "better.zarr"
    wind = raster(tmp_path / "gwa.tif", 7.5)
    light = raster(tmp_path / "gsa.tif", 4.2)
    code, said, err = run(
        "correct-to-atlas", file, "--gwa", wind, "--gsa", light, "--out", out, capsys=capsys
    )
    assert code == 0, err
    assert "wind scaled to gwa.tif" in said
    better = open_weather(out)
    assert better.attrs["name"] == "better"
    assert float(better["wind_speed_100m"].mean()) == pytest.approx(7.5, rel=1e-3)
    assert float(better["ghi"].mean()) == pytest.approx(4.2 / 0.024, rel=2e-3)
    assert "0 errors" in better.attrs["verdict"]
    shown = page.provenance({}, weather=better.attrs)
    assert "wind scaled to gwa.tif" in str(shown)
    assert better.attrs["verdict"] in str(shown)
    code, _, err = run("correct-to-atlas", file, "--out", out, capsys=capsys)
    assert code == 2
    assert "rasters: got none" in err


def test_typical_year_opens_and_names_its_months(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "typical.zarr"
    code, said, err = run("typical", file, "--out", out, "--packed", capsys=capsys)
    assert code == 0, err
    assert "fs_ghi" in said
    typical = open_weather(out)
    assert typical.sizes["time"] == 8760
    assert typical.attrs["typical_months"].startswith("01:202")
    assert "packed to int16" in typical.attrs["precision"]
    year = int(typical.attrs["typical_months"][3:7])
    wanted = open_weather(file)["ghi"].sel(time=f"{year}-01-15")
    assert float(abs(typical["ghi"].sel(time="2023-01-15").to_numpy() - wanted).max()) <= (
        PACKING["ghi"].step / 2 + 1e-4
    )
    assert "0 errors" in typical.attrs["verdict"]


def test_a_page_without_a_verdict_shows_no_empty_row() -> None:
    shown = str(page.provenance({}, weather={"name": "x"}))
    assert "Checks of weather" not in shown
    assert "Corrections of weather" not in shown
