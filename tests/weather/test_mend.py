"""Faults that are planted are found, mended by their rule and flagged; nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.cli.weather import weather
from greenanalysis.core.errors import InputError
from greenanalysis.weather.flags import FLAGS
from greenanalysis.weather.quality.mend import combine_anemometers, mend
from greenanalysis.weather.read.site import open_site, site_dataset
from greenanalysis.weather.write.site import write_site

HOURS = 1200
TIMES = pd.date_range("2023-01-01 01:00", periods=HOURS, freq="h")


def site(**columns: np.ndarray) -> xr.Dataset:
    return site_dataset(
        columns, TIMES[: len(next(iter(columns.values())))], latitude=51.0, longitude=71.0,
        name="mast", source="a logger", digest="",
    )  # fmt: skip


def winds(seed: int = 2) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    base = 7 + np.convolve(random.normal(0, 1.5, HOURS + 20), np.ones(21) / 4, "valid")
    base = np.clip(base, 1.0, None)
    return {
        "wind_speed_80m": base + random.uniform(0, 0.3, HOURS),
        "wind_speed_40m": 0.85 * base + random.uniform(0, 0.3, HOURS),
        "temp_air": np.full(HOURS, -5.0) + random.normal(0, 2, HOURS),
    }


def marks(weather: xr.Dataset, name: str, rule: str) -> np.ndarray:
    return np.flatnonzero(weather[f"{name}_flag"].to_numpy().ravel() == FLAGS[rule])


def test_a_dark_pyranometer_reads_zero_and_is_counted() -> None:
    """The offset by night is zeroed; day light stays to the last digit; other rules see nothing."""
    hour = ((TIMES - pd.Timedelta(minutes=30)).hour + 71 / 15) % 24
    light = np.where(abs(hour - 12) < 4.4, 300 - 60 * abs(hour - 12), 0.0)
    offset = np.where(light == 0, np.linspace(-8.2, -0.1, HOURS), 0.0)
    got = site(ghi=light + offset)
    np.testing.assert_allclose(got["ghi"].to_numpy().ravel(), light, rtol=1e-6)
    zeroed = marks(got, "ghi", "night_offset_zeroed")
    assert len(zeroed) == int((light == 0).sum())
    assert f"ghi: {len(zeroed)} hours of -8.2 to 0 W m-2 by night set to 0" in got.attrs["notes"]
    with pytest.raises(InputError, match=r"ghi at time=.*got -82.*allowed: 0 to 1500"):
        site(ghi=light + 10 * offset)


def test_light_below_zero_by_day_is_a_gap_not_zero() -> None:
    hour = ((TIMES - pd.Timedelta(minutes=30)).hour + 71 / 15) % 24
    light = np.where(abs(hour - 12) < 3, 300.0, 0.0)
    noon = int(np.flatnonzero(abs(hour - 12) < 0.6)[3])
    light[noon] = -3.0
    got = site(ghi=light)
    assert np.isnan(got["ghi"].to_numpy().ravel()[noon])
    assert list(marks(got, "ghi", "negative_by_day_removed")) == [noon]


def test_a_stuck_and_an_iced_anemometer_are_gaps_with_flags() -> None:
    values = winds()
    truth = {name: column.copy() for name, column in values.items()}
    values["wind_speed_80m"][100:112] = values["wind_speed_80m"][100]
    values["wind_speed_40m"][300:310] = 0.2
    got = mend(site(**values))
    assert list(marks(got.weather, "wind_speed_80m", "stuck_removed")) == list(range(101, 112))
    iced = marks(got.weather, "wind_speed_40m", "icing_removed")
    stuck = marks(got.weather, "wind_speed_40m", "stuck_removed")
    assert list(iced) == list(range(300, 310))
    assert not len(stuck)
    for name, column in truth.items():
        series = got.weather[name].to_numpy().ravel()
        known = np.isfinite(series)
        np.testing.assert_array_equal(series[known], column.astype("float32")[known])
    assert got.table["hours"].sum() == 11 + 10
    with pytest.raises(InputError, match="unknown rule: got 'sticky'"):
        mend(site(**values), rules=["sticky"])


def test_gaps_are_filled_by_named_methods_and_nothing_else_changes() -> None:
    values = winds()
    truth = values["wind_speed_80m"].astype("float32")
    values["wind_speed_80m"][[50, 51, 200, 201, 202, *range(400, 450)]] = np.nan
    gappy = site(**values)
    short = mend(gappy, interpolate=True).weather
    assert list(marks(short, "wind_speed_80m", "interpolated")) == [50, 51]
    assert len(marks(short, "wind_speed_80m", "missing")) == 53
    other = winds()
    reference = site(
        wind_speed_10m=0.5 * other["wind_speed_80m"], wind_speed_100m=1.2 * other["wind_speed_80m"]
    )
    full = mend(gappy, interpolate=True, reference=reference).weather
    series = full["wind_speed_80m"].to_numpy().ravel()
    assert np.isfinite(series).all()
    assert len(marks(full, "wind_speed_80m", "from_reference")) == 53
    np.testing.assert_allclose(series[400:450], truth[400:450], rtol=0.02)
    untouched = np.setdiff1d(np.arange(HOURS), [50, 51, 200, 201, 202, *range(400, 450)])
    np.testing.assert_array_equal(series[untouched], truth[untouched])
    with pytest.raises(InputError, match="gaps of wind_speed_80m from the reference: common hours"):
        mend(gappy, reference=reference.isel(time=slice(0, 300)))


def test_flags_survive_the_file_and_the_command(tmp_path: Path) -> None:
    values = winds()
    values["wind_speed_80m"][100:112] = 5.25
    write_site(site(**values), tmp_path / "mast.nc")
    for suffix in (".nc", ".csv", ".xlsx"):
        out = tmp_path / f"mended{suffix}"
        done = CliRunner().invoke(
            weather, ["mend", str(tmp_path / "mast.nc"), "--out", str(out)], catch_exceptions=False
        )
        assert "stuck_removed" in done.output
        assert "11 hours" in done.output
        again = open_site(out)
        assert again["wind_speed_80m_flag"].dtype == "int8"
        assert len(marks(again, "wind_speed_80m", "stuck_removed")) == 11
    twice = mend(again).weather
    assert len(marks(twice, "wind_speed_80m", "stuck_removed")) == 11, "flags are not lost"


def test_two_anemometers_leave_the_shadow_of_the_tower_out() -> None:
    """Booms point east and west: the west wind reaches the eastern sensor through the tower."""
    direction = np.array([270.0, 90.0, 0.0, 299.0, 301.0, np.nan, 270.0])
    east = np.array([4.0, 8.0, 7.0, 4.0, 6.0, 8.0, 4.0])
    west = np.array([8.0, 4.0, 8.0, 8.0, 7.0, 8.0, np.nan])
    speed, flags = combine_anemometers(east, west, direction, booms=(90.0, 270.0))
    np.testing.assert_array_equal(speed, [8.0, 8.0, 7.5, 8.0, 6.5, np.nan, np.nan])
    assert list(flags == FLAGS["tower_shadow_replaced"]) == [
        True, True, False, True, False, False, False,
    ]  # fmt: skip
    with pytest.raises(InputError, match="booms: got 20 in two anemometers"):
        combine_anemometers(east, west, direction, booms=(350.0, 10.0))


def test_two_records_are_combined_by_the_command(tmp_path: Path) -> None:
    values = winds()
    direction = np.where(np.arange(HOURS) < 400, 270.0, 0.0)
    east = site(wind_speed_80m=0.6 * values["wind_speed_80m"], wind_direction_78m=direction)
    west = site(wind_speed_80m=values["wind_speed_80m"])
    write_site(east, tmp_path / "east.nc"), write_site(west, tmp_path / "west.nc")
    words = ["--height", "80", "--booms", "90", "270", "--out", str(tmp_path / "both.nc")]
    for pair in (("east.nc", "west.nc"), ("west.nc", "east.nc")):
        turned = words if pair[0] == "east.nc" else [*words[:3], "270", "90", *words[5:]]
        done = CliRunner().invoke(
            weather, ["combine", *(str(tmp_path / name) for name in pair), *turned],
            catch_exceptions=False,
        )  # fmt: skip
        assert "400 of 1200 hours behind the tower" in done.output
        both = open_site(tmp_path / "both.nc")["wind_speed_80m"].to_numpy().ravel()
        np.testing.assert_allclose(both[:400], values["wind_speed_80m"][:400], rtol=1e-6)
        np.testing.assert_allclose(both[400:], 0.8 * values["wind_speed_80m"][400:], rtol=1e-6)
    with pytest.raises(InputError, match=r"wind_speed_60m"):
        CliRunner().invoke(
            weather,
            ["combine", str(tmp_path / "east.nc"), str(tmp_path / "west.nc"), "--height", "60",
             *words[2:]],
            catch_exceptions=False,
        )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 359), st.floats(0, 360), st.floats(1, 20), st.floats(1, 20))
def test_turning_mast_and_wind_alike_changes_nothing(turn, direction, first, second) -> None:
    one = combine_anemometers(
        np.array([first]), np.array([second]), np.array([direction]), booms=(45.0, 225.0)
    )
    two = combine_anemometers(
        np.array([first]), np.array([second]), np.array([(direction + turn) % 360]),
        booms=((45.0 + turn) % 360, (225.0 + turn) % 360),
    )  # fmt: skip
    if abs((direction - 45) % 180 - 30) > 1e-6 and abs((direction - 45) % 180 - 150) > 1e-6:
        np.testing.assert_allclose(one[0], two[0])
        np.testing.assert_array_equal(one[1], two[1])
