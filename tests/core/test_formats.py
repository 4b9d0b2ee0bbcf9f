"""The suffix says the format: tables and arrays come back equal, anything else is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from greenanalysis.core.errors import InputError
from greenanalysis.core.formats import format_of, write_arrays, write_tables

TABLE = pd.DataFrame({"mw": [1.25, np.nan, 3.0], "text": ["a", "b,c", "қ"]})
CUBE = xr.Dataset(
    {
        "mean": (("latitude", "longitude"), [[1.0, 2.0], [3.0, np.nan]]),
        "series": (("hour", "region"), [[0.25, 0.5]]),
    },
    coords={"latitude": [43.0, 44.0], "longitude": [70.0, 71.0], "hour": [1], "region": ["A", "B"]},
)


def test_tables_come_back(tmp_path: Path) -> None:
    csv = write_tables({"x": TABLE}, tmp_path / "x.csv")
    pd.testing.assert_frame_equal(pd.read_csv(csv), TABLE)
    indexed = TABLE.set_axis(pd.date_range("2023-01-01 01:00", periods=3, freq="h", name="time"))
    book = write_tables({"hours": indexed, "x": TABLE}, tmp_path / "x.XLSX")
    sheets = pd.read_excel(book, sheet_name=None, engine="openpyxl")
    pd.testing.assert_frame_equal(sheets["x"], TABLE)
    assert list(sheets["hours"]["time"]) == list(indexed.index)


def test_arrays_come_back(tmp_path: Path) -> None:
    with xr.open_dataset(write_arrays(CUBE, tmp_path / "c.nc"), engine="netcdf4") as back:
        xr.testing.assert_equal(back.load(), CUBE)
    zarr = xr.open_zarr(write_arrays(CUBE, tmp_path / "c.zarr"), consolidated=False)
    xr.testing.assert_equal(zarr.load(), CUBE)
    sheets = pd.read_excel(write_arrays(CUBE, tmp_path / "c.xlsx"), sheet_name=None)
    assert list(sheets["latitude longitude"]["mean"])[:3] == [1.0, 2.0, 3.0]
    assert list(sheets["hour region"]["series"]) == [0.25, 0.5]
    csv = pd.read_csv(write_arrays(CUBE[["series"]], tmp_path / "c.csv"))
    assert list(csv["region"]) == ["A", "B"]


def test_what_does_not_fit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tables in one CSV file.*NAME.xlsx holds several"):
        write_arrays(CUBE, tmp_path / "c.csv")
    with pytest.raises(InputError, match="format of the file: got c.hdf5"):
        write_arrays(CUBE, tmp_path / "c.hdf5")
    long = pd.DataFrame({"x": np.zeros(1_048_576)})
    with pytest.raises(InputError, match="rows of x"):
        write_tables({"x": long}, tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_longest_suffix_counts() -> None:
    assert format_of(Path("a.sam.csv"), [".csv", ".sam.csv"]) == ".sam.csv"
    assert format_of(Path("a.SAM.csv"), [".csv", ".sam.csv"]) == ".sam.csv"
    assert format_of(Path("sam.csv"), [".csv", ".sam.csv"]) == ".csv"
