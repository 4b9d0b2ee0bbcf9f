"""Measure, correlate, predict: what each method must recover, keep and refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from greenanalysis.core.errors import InputError
from greenanalysis.weather.correct.mcp import (
    METHODS,
    best_lag,
    common_hours,
    compare_methods,
    correct,
    correct_site,
    orthogonal,
    quantile,
    variance_ratio,
)
from greenanalysis.weather.read.site import site_dataset

YEARS, SHORT = 26280, 8760


def series(
    values: np.ndarray, start: str = "2018-01-01 01:00", units: str = "m s-1"
) -> xr.DataArray:
    times = pd.date_range(start, periods=len(values), freq="h", unit="ns")
    return xr.DataArray(values, {"time": times}, ("time",), attrs={"units": units})


def wind(hours: int, seed: int = 1) -> np.ndarray:
    """Weibull-like hourly wind with the memory of weather."""
    random = np.random.default_rng(seed)
    noise = random.standard_normal(hours)
    state = lfilter([np.sqrt(1 - 0.97**2)], [1, -0.97], noise)
    return np.exp(1.9 + 0.45 * state)


@pytest.fixture(scope="module")
def reference() -> xr.DataArray:
    return series(wind(YEARS))


def site(reference: xr.DataArray, *, hours: int = SHORT, noise: float = 1.0) -> xr.DataArray:
    random = np.random.default_rng(7)
    truth = 1.5 + 1.2 * reference[:hours].to_numpy()
    return series(np.maximum(truth + noise * random.standard_normal(hours), 0))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=8)
@given(slope=st.floats(0.3, 3), offset=st.floats(-2, 5))
def test_a_perfect_line_is_recovered(method: str, slope: float, offset: float) -> None:
    x = series(wind(1500))
    y = series(offset + slope * x[:1000].to_numpy())
    result = correct(x, y, method=method, minimum=None)
    np.testing.assert_allclose(result.series, offset + slope * x, atol=1e-6)
    row = result.diagnostics.iloc[0]
    assert row["slope"] == pytest.approx(slope)
    assert row["offset"] == pytest.approx(offset, abs=1e-6)
    assert row["r2"] == pytest.approx(1)
    assert row["rmse_out_of_sample"] == pytest.approx(0, abs=1e-6)
    assert row["uncertainty"] == pytest.approx(0, abs=1e-6)


def test_lines_by_hand() -> None:
    x, y = np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 5, 6])
    linear = METHODS["linear"](x, y)
    assert (linear.slope, linear.offset) == pytest.approx((1.4, 0.5))  # Sxy 7, Sxx 5
    ratio = variance_ratio(x, y)
    assert ratio.slope == pytest.approx(np.sqrt(10 / 5))  # Syy 10
    assert ratio.offset == pytest.approx(4 - 2.5 * np.sqrt(2))
    tls = orthogonal(x, y)
    assert tls.slope == pytest.approx((5 + np.sqrt(25 + 4 * 49)) / 14)  # (Syy-Sxx+...)/2Sxy
    assert linear.slope < tls.slope


@pytest.mark.parametrize("method", ["variance_ratio", "quantile"])
def test_the_spread_is_kept(reference: xr.DataArray, method: str) -> None:
    measured = site(reference, noise=2.5)
    fitted = correct(reference, measured, method=method, minimum=None).series[:SHORT]
    assert float(fitted.mean()) == pytest.approx(float(measured.mean()), rel=5e-3)
    assert float(fitted.std()) == pytest.approx(float(measured.std()), rel=1e-2)


def test_least_squares_keeps_the_mean_and_loses_spread(reference: xr.DataArray) -> None:
    measured = site(reference, noise=2.5)
    fitted = correct(reference, measured, method="linear", minimum=None).series[:SHORT]
    assert float(fitted.mean()) == pytest.approx(float(measured.mean()), rel=1e-6)
    assert float(fitted.std()) < 0.95 * float(measured.std())


def test_quantiles_match_a_bent_relation(reference: xr.DataArray) -> None:
    """A monotonic, curved relation: quantiles follow it, a line does not."""
    truth = reference.to_numpy() ** 1.4
    measured = series(truth[:SHORT])
    errors = {
        method: float(np.abs(correct(reference, measured, method=method).series - truth).mean())
        for method in ("variance_ratio", "quantile")
    }
    assert errors["quantile"] < 0.2 * errors["variance_ratio"]
    relation = quantile(reference.to_numpy()[:SHORT], truth[:SHORT])
    rising = relation.predict(np.linspace(0, 60, 200))
    assert (np.diff(rising) >= 0).all()


def test_the_long_mean_is_better_after_correction(reference: xr.DataArray) -> None:
    truth = 1.5 + 1.2 * float(reference.mean())
    measured = site(reference, hours=4000, noise=1.0)
    for _, row in compare_methods(reference, measured).iterrows():
        assert abs(row["long_term_corrected"] - truth) < abs(row["mean_measured"] - truth)
        assert abs(row["long_term_corrected"] - truth) < 4 * row["uncertainty"] + 0.02


def test_uncertainty_covers_the_truth_and_falls_with_time(reference: xr.DataArray) -> None:
    """Over many masts the error of the long mean is about the stated standard deviation."""
    ratios, short, long = [], [], []
    for seed in range(12):
        x = series(wind(YEARS // 2, seed=100 + seed))
        drift = np.repeat(np.random.default_rng(seed).standard_normal(len(x) // 120 + 1), 120)
        y = series(1 + 1.1 * x.to_numpy() + 0.8 * drift[: len(x)])
        row = correct(x, y[:3000], minimum=None).diagnostics.iloc[0]
        ratios.append(
            (row["long_term_corrected"] - float((1 + 1.1 * x).mean())) / row["uncertainty"]
        )
        short.append(row["uncertainty"])
        long.append(correct(x, y, minimum=None).diagnostics.iloc[0]["uncertainty"])
    assert 0.4 < np.sqrt(np.mean(np.square(ratios))) < 1.8
    assert np.mean(long) < 0.75 * np.mean(short)


def test_gaps_are_left_out_and_kept(reference: xr.DataArray) -> None:
    measured = site(reference, noise=0.0)
    holed = measured.copy()
    holed[100:2000] = np.nan
    long = reference.copy()
    long[5000:5100] = np.nan
    result = correct(long, holed, minimum=None)
    assert result.diagnostics["hours"].item() == SHORT - 1900 - 100
    assert np.isnan(result.series[5000:5100]).all()
    assert np.isfinite(result.series[100:2000]).all()
    assert result.diagnostics["slope"].item() == pytest.approx(1.2)


def test_only_common_hours_count() -> None:
    x = series(wind(3000))
    y = series(wind(3000), start="2018-03-01 01:00")
    times, a, b = common_hours(x, y, fewest_hours=720)
    assert len(a) == 3000 - 59 * 24 == len(b)
    assert times[0] == pd.Timestamp("2018-03-01 01:00")


def test_months_and_clipping_are_told(reference: xr.DataArray) -> None:
    measured = series(np.maximum(2 * reference[:1400].to_numpy() - 9, 0))
    row = correct(reference, measured, method="linear").diagnostics.iloc[0]
    assert row["months"] == 2
    assert 0 < row["clipped_share"] < 0.5
    assert float(correct(reference, measured).series.min()) == 0


def test_the_same_seed_gives_the_same_answer(reference: xr.DataArray) -> None:
    measured = site(reference)
    first, again = (correct(reference, measured, seed=3).diagnostics for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_the_corrected_series_says_what_was_done(reference: xr.DataArray) -> None:
    result = correct(reference, site(reference), method="orthogonal").series
    assert result.attrs["units"] == "m s-1"
    assert result.attrs["correction"] == "measure-correlate-predict, orthogonal"


BAD = {
    "few hours": (lambda x: (x, site(x, hours=700)), "got 700 without a gap.*at least 720"),
    "no common hour": (
        lambda x: (x, series(wind(900), start="2030-01-01 01:00")),
        "got 0 without a gap.*2030-01-01",
    ),
    "constant": (lambda x: (x, series(np.full(900, 4.0))), "a constant series"),
    "against each other": (
        lambda x: (x, series(20 - x[:2000].to_numpy())),
        r"correlation.*got -1\.00.*above 0",
    ),
    "units": (lambda x: (x, series(wind(900), units="km h-1")), r"units of measured: got km"),
    "dimensions": (lambda x: (x, site(x).expand_dims("latitude")), "dimensions of measured"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_corrected_is_one_clear_error(reference: xr.DataArray, kind: str) -> None:
    make, message = BAD[kind]
    with pytest.raises(InputError, match=message):
        correct(*make(reference))


def test_unknown_method(reference: xr.DataArray) -> None:
    with pytest.raises(InputError, match="unknown method: got 'linar'.*did you mean linear"):
        correct(reference, site(reference), method="linar")


def long_site(**winds: np.ndarray) -> xr.Dataset:
    hours = len(next(iter(winds.values())))
    return site_dataset(
        {**winds, "temp_air": np.full(hours, 5.0)},
        pd.date_range("2018-01-01 01:00", periods=hours, freq="h"),
        latitude=52.0, longitude=73.0, name="long", source="a reanalysis", digest="",
    )  # fmt: skip


def test_wind_measured_at_80_m_is_stored_as_wind_at_80_m() -> None:
    """The mast sees the reference's own wind, carried to 80 m: 100 m must stay what it was."""
    high = wind(4000)
    low = high * np.random.default_rng(3).uniform(0.5, 0.9, 4000)
    middle = high * (low / high) ** np.log10(100 / 80)
    site = long_site(wind_speed_10m=low, wind_speed_100m=high)
    got = correct_site(
        site,
        series(middle[:2000]),
        variable="wind_speed_100m",
        measured_variable="wind_speed_80m",
        method="quantile",
    ).site
    assert float(got["wind_speed_80m"].mean()) == pytest.approx(middle.mean(), rel=0.01)
    assert float(got["wind_speed_100m"].mean()) == pytest.approx(high.mean(), rel=0.01)
    assert middle.mean() < 0.97 * high.mean()
    assert got["wind_speed_80m"].attrs["long_name"] == "wind speed at 80 m"
    np.testing.assert_allclose(
        got["wind_speed_10m"] / got["wind_speed_100m"],
        site["wind_speed_10m"] / site["wind_speed_100m"],
        rtol=1e-5,
    )
    assert "wind_speed_80m corrected" in got.attrs["history"]
    assert got.attrs["measured"] == 1


def test_another_quantity_is_not_taken_for_wind() -> None:
    site = long_site(wind_speed_100m=wind(2000))
    with pytest.raises(InputError, match="measured variable: got temp_air"):
        correct_site(
            site,
            series(wind(2000)),
            variable="wind_speed_100m",
            measured_variable="temp_air",
        )


def test_a_temperature_may_fall_below_zero() -> None:
    site = long_site(wind_speed_100m=wind(2000))
    cold = wind(2000) - 20
    site["temp_air"] = site["temp_air"].copy(data=cold[:, None, None])
    got = correct_site(
        site, series(cold - 3, units="degC"), variable="temp_air", method="linear"
    ).site
    np.testing.assert_allclose(got["temp_air"].to_numpy().ravel(), cold - 3, rtol=1e-4)
    np.testing.assert_array_equal(got["wind_speed_100m"], site["wind_speed_100m"])


def test_a_measurement_hours_late_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """The same wind on a clock five hours on correlates best five hours later."""
    times = pd.date_range("2022-01-01 01:00", periods=2000, freq="h")
    random = np.random.default_rng(5)
    speed = 7 + np.convolve(random.normal(0, 2, 2011), np.ones(12) / 3, "valid")
    long = xr.DataArray(speed, {"time": times}, ("time",), attrs={"units": "m s-1"})
    late = long.assign_coords(time=times + pd.Timedelta(hours=5))
    assert best_lag(long, long)[0] == 0
    assert best_lag(long, late)[0] == 5
    row = correct(long, late, method="linear").diagnostics.iloc[0]
    assert row["lag_hours"] == 5
    assert "fits the reference best +5 h later" in caplog.text
