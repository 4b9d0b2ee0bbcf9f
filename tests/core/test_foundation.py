"""Errors, files, tables, assumptions, variables and the grid."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from greenanalysis.core import files as io
from greenanalysis.core import paths, variables
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError, unknown_name
from greenanalysis.core.project_folder import create_project
from greenanalysis.core.tables import read_table
from greenanalysis.geo import grid
from greenanalysis.geo.country import load_country
from greenanalysis.geo.grid import cell_area

HEADER = "technology,parameter,year,value,unit,source,note,currency_year\n"


def test_unknown_name_offers_the_nearest():
    error = unknown_name("region", "Turkistn", ["Turkistan", "Astana"], where="--region")
    assert "did you mean Turkistan" in str(error)
    assert "--region" in str(error)


def test_atomic_path_replaces_whole_or_not_at_all(tmp_path):
    target = tmp_path / "table.csv"
    io.write_text(target, "old")
    with pytest.raises(RuntimeError), io.atomic_path(target) as staged:
        staged.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
    with io.atomic_path(target) as staged:
        staged.write_text("new")
    assert target.read_text() == "new"


def test_atomic_folder_replaces_the_former_one(tmp_path):
    target = tmp_path / "store"
    for text in ("one", "two"):
        with io.atomic_path(target, directory=True) as staged:
            (staged / text).write_text(text)
    assert [p.name for p in target.iterdir()] == ["two"]
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


def test_killed_writer_leaves_the_target_alone(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    code = (
        "import os, sys, pathlib\nfrom greenanalysis.core.files import atomic_path\n"
        "with atomic_path(pathlib.Path(sys.argv[1])) as p:\n"
        "    p.write_text('half'); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(target)], check=False)
    assert done.returncode == -9
    assert target.read_text() == "old"


def test_project_root_must_hold_the_data(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match=r"data/assumptions"):
        paths.project_root()


def test_the_current_project_comes_before_the_checkout(tmp_path, monkeypatch):
    monkeypatch.delenv(paths.HOME_VARIABLE, raising=False)
    checkout = paths.project_root()
    inside = create_project(tmp_path / "mine") / "notebooks" / "deep"
    inside.mkdir()
    monkeypatch.chdir(inside)
    assert paths.project_root() == (tmp_path / "mine").resolve() != checkout
    assert paths.data_dir() == (tmp_path / "mine" / "data").resolve()
    assert not (tmp_path / "mine" / "data" / "cache").exists()
    monkeypatch.chdir(tmp_path)
    assert paths.project_root() == checkout


def test_a_project_is_made_in_a_new_or_empty_folder_only(tmp_path):
    (tmp_path / "empty").mkdir()
    create_project(tmp_path / "empty")
    assert (tmp_path / "empty" / "data" / "assumptions").is_dir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="empty folder"):
        create_project(tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,b,,1,MW,,,", "column 'source'.*line 3.*filled cell"),
        ("a,b,,,MW,somewhere,,", "column 'value'.*filled cell"),
        ("a,b,,one,MW,somewhere,,", "column 'value'.*line 3.*finite number"),
        ("a,b,,inf,MW,somewhere,,", "finite number"),
        ("a,b,,1,,somewhere,,", "column 'unit'"),
    ],
)
def test_a_row_without_value_unit_or_source_is_refused(tmp_path, row, message):
    (tmp_path / "x.csv").write_text(f"# comment\n{HEADER}{row}\n")
    with pytest.raises(InputError, match=message):
        load_assumptions(tmp_path)


def test_assumptions_interpolate_between_years_and_refuse_the_rest(tmp_path):
    rows = "pv,capex,2020,800,USD/kW,report,,2025\npv,capex,2030,600,USD/kW,report,,2025\n"
    (tmp_path / "x.csv").write_text(HEADER + rows + "pv,life,,30,a,report,,\n")
    known = load_assumptions(tmp_path)
    assert known.get("pv", "capex", unit="USD/kW", year=2025) == 700
    assert known.get("pv", "life", unit="a") == 30
    for wrong, message in [
        ({"technology": "pw"}, "did you mean pv"),
        ({"parameter": "cap"}, "unknown parameter"),
        ({"unit": "EUR/kW"}, "unit: got EUR/kW"),
        ({"year": 2031}, "2020 to 2030"),
        ({"year": None}, "2020 to 2030"),
    ]:
        call = {"technology": "pv", "parameter": "capex", "unit": "USD/kW", "year": 2025} | wrong
        with pytest.raises(InputError, match=message):
            known.get(call["technology"], call["parameter"], unit=call["unit"], year=call["year"])


def test_the_same_value_stated_twice_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text(HEADER + "pv,life,,30,a,report,,\n")
    (tmp_path / "y.csv").write_text(HEADER + "pv,life,,25,a,other,,\n")
    with pytest.raises(InputError, match="each value once"):
        load_assumptions(tmp_path)


def test_committed_assumptions_and_facts_are_sourced():
    assert len(load_assumptions().table) > 0
    for path in (paths.data_dir() / "facts").glob("*.csv"):
        assert len(read_table(path, required=["source"])) > 0, path


def weather_array(name="ghi", value=100.0):
    coords = {
        "time": pd.date_range("2023-01-01 01:00", periods=3, freq="h"),
        "latitude": [43.25, 43.75],
        "longitude": [68.25, 68.75],
    }
    array = xr.DataArray(np.full((3, 2, 2), value), coords=coords, dims=variables.DIMS)
    return variables.describe(array, name)


def test_describe_drops_stale_attributes():
    array = weather_array("temp_air", 20.0)
    ghi = variables.describe(array, "ghi")
    assert ghi.attrs["units"] == "W m-2"
    assert "temperature" not in ghi.attrs["long_name"]


def test_require_names_what_is_wrong():
    good = weather_array().to_dataset()
    variables.require(good, ["ghi"], where="file")
    with pytest.raises(InputError, match="variable 'dni'.*file"):
        variables.require(good, ["dni"], where="file")
    with pytest.raises(InputError, match="units of ghi: got 'J m-2'.*'W m-2'"):
        bad = good.copy()
        bad["ghi"] = good["ghi"].assign_attrs(units="J m-2")
        variables.require(bad, ["ghi"], where="file")
    with pytest.raises(InputError, match="dimensions of ghi"):
        variables.require(good.transpose("latitude", "longitude", "time"), ["ghi"], where="file")


def test_require_values_names_the_place():
    array = weather_array()
    array[1, 0, 1] = -3.0
    with pytest.raises(
        InputError, match=r"time=2023-01-01T02.*longitude=68.75: got -3 .*0 to 1500"
    ):
        variables.require_values(array, where="file")
    array[1, 0, 1] = np.nan
    with pytest.raises(InputError, match="1 of 12 values are NaN"):
        variables.require_values(array, where="file")
    variables.require_values(array, where="file", allow_nan=True)


def test_grid_covers_its_box():
    area = cell_area(grid.latitudes(), grid.longitudes())
    box = box_area_km2(*load_country().grid)
    assert area.shape == (32, 84)
    assert float(area.sum()) == pytest.approx(box, rel=1e-6)


def box_area_km2(west, south, east, north):
    """Surface of a box on WGS 84 by pyproj's geodesics, its parallels in steps of 0.01 degrees."""
    steps = np.linspace(west, east, 1 + round((east - west) / 0.01))
    ring_lon = np.concatenate([steps, steps[::-1]])
    ring_lat = np.concatenate([np.full(steps.size, south), np.full(steps.size, north)])
    return abs(Geod(ellps="WGS84").polygon_area_perimeter(ring_lon, ring_lat)[0]) / 1e6


@given(st.floats(-89, 89), st.floats(-179, 179), st.floats(-89, 89), st.floats(-179, 179))
def test_great_circle_is_a_distance(lat_a, lon_a, lat_b, lon_b):
    there = grid.great_circle_km(lat_a, lon_a, lat_b, lon_b)
    back = grid.great_circle_km(lat_b, lon_b, lat_a, lon_a)
    assert 0 <= there <= np.pi * grid.EARTH_RADIUS_KM + 1e-6
    assert there == pytest.approx(back, abs=1e-6)


def test_one_degree_of_latitude_is_about_111_km():
    expected = np.pi * grid.EARTH_RADIUS_KM / 180
    assert grid.great_circle_km(50.0, 70.0, 51.0, 70.0) == pytest.approx(expected, rel=1e-9)
