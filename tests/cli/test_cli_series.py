"""From a mast's file to power, rose and other formats, by the command line alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

from greenanalysis.assessment.turbines import wind_plant
from greenanalysis.cli.main import cli
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.resource.losses import combined_loss
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.write.site import write_site
from greenanalysis.weather.write.wasp import read_tab


@pytest.fixture(scope="module")
def mast(tmp_path_factory) -> Path:
    """Return a month of an 80 m mast in air of standard density."""
    random = np.random.default_rng(3)
    hours = 744
    kelvin = 101_325 / (287.05 * 1.225)
    wind = 7 * random.weibull(2, hours)
    data = site_dataset(
        {
            "wind_speed_80m": wind,
            "wind_direction_80m": random.uniform(0, 360, hours),
            "temp_air": np.full(hours, kelvin - 273.15),
            "pressure": np.full(hours, 101_325.0),
        },
        pd.date_range("2023-01-01 01:00", periods=hours, freq="h"),
        latitude=51.6, longitude=73.1, name="mast", source="a logger", digest="",
    )  # fmt: skip
    data.attrs["measured"] = 1
    return write_site(data, tmp_path_factory.mktemp("mast") / "mast.nc")


def run(*words: object):
    return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)


def test_an_80_m_mast_feeds_an_80_m_hub(mast: Path, tmp_path: Path) -> None:
    """The measured wind goes on the curve as it is; density alone moves it a little."""
    out = tmp_path / "power.csv"
    done = run(
        "series", mast, "--technology", "wind", "--capacity-mw", 10, "--turbine", "E-126/4200",
        "--hub-height-m", 80, "--out", out,
    )  # fmt: skip
    assert done.exit_code == 0
    farm = wind_plant(load_assumptions(), turbine="E-126/4200", hub_height_m=80)
    wind = xr.open_dataset(mast, engine="netcdf4")["wind_speed_80m"].to_numpy().ravel()
    curve = np.interp(wind, farm.power_curve.wind_speed, farm.power_curve.power, left=0, right=0)
    expected = 10 * curve.mean() * (1 - combined_loss(farm.losses))
    assert pd.read_csv(out)["power_mw"].mean() == pytest.approx(expected, rel=0.02)


def test_the_rose_of_a_mast_goes_to_wasp(mast: Path, tmp_path: Path) -> None:
    done = run("weather", "rose", mast, "--out", tmp_path / "m.tab")
    assert "wind at 80 m, 744 hours" in done.output
    table, latitude, longitude, _ = read_tab(tmp_path / "m.tab")
    assert (latitude, longitude, table.height) == (pytest.approx(51.6), pytest.approx(73.1), 80)
    assert table.counts.sum() == pytest.approx(1)
    run("weather", "rose", mast, "--sectors", 8, "--out", tmp_path / "m.xlsx")
    sheets = pd.read_excel(tmp_path / "m.xlsx", sheet_name=None)
    assert sheets["rose"]["frequency"].sum() == pytest.approx(1)
    assert list(sheets["frequencies"].columns[1:3]) == ["0", "45"]
    run("weather", "rose", mast, "--out", tmp_path / "m.svg")
    picture = (tmp_path / "m.svg").read_text()
    assert picture.count("<path") > 5 * 12
    with pytest.raises(InputError, match="height: got 60 m .*allowed: 80 m"):
        run("weather", "rose", mast, "--height", 60)


def test_one_file_becomes_another(mast: Path, tmp_path: Path) -> None:
    run("weather", "convert", mast, "--out", tmp_path / "m.csv")
    run("weather", "convert", tmp_path / "m.csv", "--out", tmp_path / "again.nc")
    done = run("weather", "rose", tmp_path / "again.nc")
    assert "744 hours" in done.output
    with pytest.raises(InputError, match="format of the file"):
        run("weather", "convert", mast, "--out", tmp_path / "m.docx")
