"""The power of a plant as files: hours and months add up and come back from each format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from greenanalysis.assessment.plant_yield import PlantYield
from greenanalysis.assessment.site_series import site_series, write_series
from greenanalysis.core.errors import InputError

TIMES = pd.date_range("2023-01-01 01:00", "2023-04-01 00:00", freq="h")


def plant() -> PlantYield:
    factor = np.random.default_rng(1).uniform(0, 1, len(TIMES))
    factor[5:8] = np.nan
    return PlantYield(xr.DataArray(factor, {"time": TIMES}, ("time",)))


def test_hours_and_months_add_up() -> None:
    series = site_series(plant(), capacity_mw=50)
    assert list(series.months.index.astype(str)) == ["2023-01", "2023-02", "2023-03"]
    assert series.months["energy_mwh"].sum() == pytest.approx(series.hours["power_mw"].sum())
    january = series.months.loc["2023-01"]
    assert (january["hours"], january["known_hours"]) == (744, 741)
    assert january["energy_mwh"] == pytest.approx(50 * january["capacity_factor"] * 741)
    assert np.isnan(series.hours["power_mw"].iloc[6]), "a gap stays a gap"
    with pytest.raises(InputError, match="capacity: got 0"):
        site_series(plant(), capacity_mw=0)


def test_each_format_is_read_back_equal(tmp_path: Path) -> None:
    series = site_series(plant(), capacity_mw=50, about={"plant": "E-126/4200, hub 99 m"})
    csv = pd.read_csv(
        write_series(series, tmp_path / "a.csv"), index_col="time", parse_dates=["time"]
    )
    np.testing.assert_allclose(csv["power_mw"], series.hours["power_mw"], rtol=1e-12)
    assert list(csv.index) == list(TIMES)
    months = pd.read_csv(write_series(series, tmp_path / "m.csv", step="month"))
    np.testing.assert_allclose(months["energy_mwh"], series.months["energy_mwh"])
    book = pd.read_excel(write_series(series, tmp_path / "a.xlsx"), sheet_name=None)
    np.testing.assert_allclose(book["hours"]["power_mw"], series.hours["power_mw"])
    assert list(book["months"]["month"]) == ["2023-01", "2023-02", "2023-03"]
    assert "E-126/4200, hub 99 m" in set(book["about"]["value"])
    with xr.open_dataset(write_series(series, tmp_path / "a.nc"), engine="netcdf4") as back:
        np.testing.assert_allclose(back["power_mw"], series.hours["power_mw"])
        np.testing.assert_allclose(back["monthly_energy_mwh"], series.months["energy_mwh"])
        assert back["power_mw"].attrs["units"] == "MW"
    with pytest.raises(InputError, match=r"allowed: NAME.csv, NAME.nc"):
        write_series(series, tmp_path / "a.epw")
