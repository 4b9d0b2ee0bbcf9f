"""Several years: their spread, what most of them exceed, and the typical one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, WEATHER, describe, require
from greenanalysis.weather.correct.exceeded import exceeded_year
from greenanalysis.weather.correct.typical import finkelstein_schafer, typical_year
from greenanalysis.weather.correct.years import (
    annual_means,
    exceedance,
    interannual,
    region_annual,
    whole_years,
    years_near,
)

LATITUDE, LONGITUDE = np.array([42.0, 44.0]), np.array([60.0, 62.0, 64.0])
LEVEL = {"ghi": 200.0, "dni": 200.0, "dhi": 80.0, "temp_air": 8.0, "pressure": 96e3}


def weather(first: int, last: int, *, seed: int = 3) -> xr.Dataset:
    """Hours of some years, each hour of each cell drawn anew."""
    times = pd.date_range(f"{first}-01-01 01:00", f"{last + 1}-01-01", freq="h", unit="ns")
    random = np.random.default_rng(seed)
    coords = {"time": times, "latitude": LATITUDE, "longitude": LONGITUDE}
    day = np.repeat(random.normal(size=(len(times) // 24, 2, 3)), 24, axis=0)
    fields = {}
    for number, name in enumerate(WEATHER):
        level = LEVEL.get(name, 6.0)
        values = level * (1 + 0.1 * np.roll(day, 24 * 7 * number, axis=0))
        fields[name] = describe(xr.DataArray(values.astype("float32"), coords, DIMS), name)
    return xr.Dataset(fields, attrs={"name": "drawn", "grade": "screening", "hash": "h"})


@pytest.fixture(scope="module")
def five() -> xr.Dataset:
    return weather(2019, 2023)


def series(*values: float) -> xr.DataArray:
    array = xr.DataArray(list(values), {"year": np.arange(2001, 2001 + len(values))}, ["year"])
    return array.assign_attrs(units="m s-1")


def test_whole_years_only(five: xr.Dataset) -> None:
    assert whole_years(five) == [2019, 2020, 2021, 2022, 2023]
    assert whole_years(five.isel(time=slice(1, None))) == [2020, 2021, 2022, 2023]
    assert whole_years(five.isel(time=slice(0, 8760 + 8760))) == [2019]  # 2020 is a leap year
    with pytest.raises(InputError, match=r"years: got hours \{2019: 8000\}"):
        whole_years(five.isel(time=slice(0, 8000)))


def test_annual_means_by_hand(five: xr.Dataset) -> None:
    means = annual_means(five, ["ghi", "wind_speed_100m"])
    expected = five["ghi"].to_numpy()[8760 : 8760 + 8784].astype(float).mean(axis=0)
    np.testing.assert_allclose(means["ghi"].sel(year=2020), expected, rtol=1e-9)
    assert means["ghi"].attrs["units"] == "W m-2"


def test_the_mean_of_a_region_is_weighted_by_area(five: xr.Dataset) -> None:
    annual = annual_means(five)["ghi"]
    weights = xr.zeros_like(annual.isel(year=0, drop=True)).expand_dims(region=["A", "B"]).copy()
    weights.loc["A", 42.0, 60.0] = 1
    weights.loc["A", 44.0, 62.0] = 3
    mean = region_annual(annual, weights)
    assert mean.dims == ("year", "region")
    by_hand = (
        annual.sel(latitude=42, longitude=60) + 3 * annual.sel(latitude=44, longitude=62)
    ) / 4
    np.testing.assert_allclose(mean.sel(region="A"), by_hand)
    assert mean.sel(region="B").isnull().all()
    assert mean.attrs["units"] == "W m-2"
    with pytest.raises(InputError, match="longitude of the weights"):
        region_annual(annual, weights.isel(longitude=slice(0, 2)))


def test_variability_by_hand() -> None:
    spread = interannual(series(5.0, 6.0, 7.0))
    assert float(spread["mean"]) == 6.0
    assert float(spread["deviation"]) == 1.0
    assert float(spread["variability"]) == pytest.approx(1 / 6)
    assert spread.attrs["years"] == 3
    assert spread["deviation"].attrs["units"] == "m s-1"
    with pytest.raises(InputError, match="two or more"):
        interannual(series(5.0))


def test_exceedance_by_hand() -> None:
    nine = exceedance(series(*range(1, 10)))
    assert float(nine["empirical"].sel(probability=0.5)) == 5.0
    assert float(nine["empirical"].sel(probability=0.9)) == 1.0
    deviation = np.std(np.arange(1, 10), ddof=1)
    assert float(nine["normal"].sel(probability=0.9)) == pytest.approx(
        5 - norm.ppf(0.9) * deviation
    )
    assert nine.attrs["years"] == 9
    assert "9 years" in nine["normal"].attrs["long_name"]
    with pytest.raises(InputError, match="between 0 and 1"):
        exceedance(series(1.0, 2.0), probabilities=(90,))


@given(st.lists(st.floats(1, 20), min_size=2, max_size=30, unique=True))
def test_p90_is_below_p50_and_within_the_years(values: list[float]) -> None:
    levels = exceedance(series(*values))
    for law in ("empirical", "normal"):
        p50, p90 = (float(levels[law].sel(probability=p)) for p in (0.5, 0.9))
        assert p90 < p50
    assert min(values) <= float(levels["empirical"].sel(probability=0.9)) <= max(values)


def test_empirical_and_normal_agree_on_many_normal_years() -> None:
    values = np.random.default_rng(0).normal(7, 0.4, size=(4000, 2))
    levels = exceedance(xr.DataArray(values, dims=("year", "cell"), coords={"year": range(4000)}))
    np.testing.assert_allclose(levels["empirical"], levels["normal"], atol=0.03)
    assert levels["empirical"].dims == levels["normal"].dims == ("probability", "cell")


def test_the_year_nearest_to_each_level() -> None:
    table = years_near(series(6.0, 5.0, 7.0, 6.4, 5.8)).set_index("probability")
    assert table.loc[0.5, "year"] == 2001
    assert table.loc[0.9, "year"] == 2002
    assert table.loc[0.9, "value"] == 5.0
    assert (table["years"] == 5).all()
    with pytest.raises(InputError, match="years_near"):
        years_near(xr.DataArray(np.ones((3, 2)), dims=("year", "region")))


def test_finkelstein_schafer_by_hand() -> None:
    # ranks in the month 1/3, 2/3; in the pool 1/5, 3/5
    statistic = finkelstein_schafer(np.array([1.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert float(statistic) == pytest.approx(2 / 15 + 1 / 15)
    # order and scale do not matter, cells do not mix
    two = finkelstein_schafer(
        np.array([[3.0, 10.0], [1.0, 20.0]]),
        np.array([[4.0, 10.0], [3.0, 20.0], [2.0, 30.0], [1.0, 40.0]]),
    )
    np.testing.assert_allclose(two, [0.2, (1 / 3 - 1 / 5) + (2 / 3 - 2 / 5)])


def test_a_month_like_its_pool_has_the_least_statistic() -> None:
    random = np.random.default_rng(5)
    years = random.normal(size=(8, 31))
    years[6] += 1.5
    statistics = [float(finkelstein_schafer(year, years.ravel())) for year in years]
    assert int(np.argmax(statistics)) == 6


def test_the_typical_of_identical_years_is_that_year() -> None:
    one = weather(2021, 2021)
    times = pd.date_range("2021-01-01 01:00", "2024-01-01", freq="h", unit="ns")
    three = xr.concat([one, one, one], "time").assign_coords(time=times)
    made = typical_year(three, nominal_year=2021)
    for name in WEATHER:
        np.testing.assert_array_equal(made.weather[name], one[name])
    assert (made.weather["time"].to_numpy() == one["time"].to_numpy()).all()
    assert set(made.table["year"]) == {2021}


def test_each_month_comes_whole_from_the_year_that_is_named(five: xr.Dataset) -> None:
    made = typical_year(five.chunk(time=2190))
    require(made.weather, WEATHER, where="typical")
    assert made.weather.sizes["time"] == 8760
    assert made.weather.attrs["typical_months"].split()[1] == f"02:{made.table['year'][1]}"
    assert "ISO 15927-4 from 2019-2023 (5 years)" in made.weather.attrs["source"]
    assert made.weather.attrs["grade"] == "screening"
    assert made.table["year"].nunique() > 1
    for month, year in zip(made.table["month"], made.table["year"], strict=True):
        start = pd.Timestamp(year, month, 1, 1)
        hours = 24 * (pd.Timestamp(2023, month, 1) + pd.offsets.MonthEnd(0)).day
        wanted = five["ghi"].sel(time=slice(start, None)).isel(time=slice(0, hours)).to_numpy()
        nominal = made.weather["ghi"].sel(time=slice(pd.Timestamp(2023, month, 1, 1), None))
        np.testing.assert_array_equal(nominal.isel(time=slice(0, hours)), wanted)


def test_an_odd_year_is_not_chosen_and_wind_decides_among_the_best(five: xr.Dataset) -> None:
    year = pd.DatetimeIndex(five["time"].to_numpy() - np.timedelta64(30, "m")).year
    odd = xr.where(xr.DataArray(year == 2021, dims="time"), 1.3, 1.0)
    warped = five.assign(
        {
            name: (five[name] * odd).transpose(*DIMS).assign_attrs(five[name].attrs)
            for name in WEATHER
        }
    )
    table = typical_year(warped).table
    assert 2021 not in set(table["year"])
    assert all(str(y) in c.split() for y, c in zip(table["year"], table["candidates"], strict=True))
    assert all(len(c.split()) == 3 for c in table["candidates"])


def test_a_typical_year_needs_two_years() -> None:
    with pytest.raises(InputError, match="two or more whole years of weather; got 2021"):
        typical_year(weather(2021, 2021))


def test_a_poor_year_reaches_its_target_with_whole_months(five: xr.Dataset) -> None:
    poor, usual = (exceeded_year(five, probability=p) for p in (0.9, 0.5))
    area = np.cos(np.radians(five["latitude"]))
    for made in (poor, usual):
        mean = float(made.weather["ghi"].weighted(area).mean())
        assert mean == pytest.approx(made.table.attrs["mean"], rel=1e-5)
        assert mean == pytest.approx(made.table.attrs["target"], rel=2e-3)
        assert made.weather.sizes["time"] == 8760
    annual = annual_means(five)["ghi"].weighted(area).mean(("latitude", "longitude"))
    assert poor.table.attrs["target"] == pytest.approx(
        float(annual.mean() - norm.ppf(0.9) * annual.std(ddof=1))
    )
    assert usual.table.attrs["target"] == pytest.approx(float(annual.mean()))
    month = poor.table.iloc[6]
    own = five.sel(time=slice(f"{month['year']}-07-10T01", f"{month['year']}-07-11T00"))
    np.testing.assert_array_equal(
        poor.weather["ghi"].sel(time=slice("2023-07-10T01", "2023-07-11T00")), own["ghi"]
    )
    assert "P90 year of ghi from 2019-2023" in poor.weather.attrs["source"]
    for change, words in (
        ({"probability": 0.4}, "probability"),
        ({"variable": "snow"}, "variable"),
    ):
        with pytest.raises(InputError, match=words):
            exceeded_year(five, **change)
