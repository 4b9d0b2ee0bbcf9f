"""From grid to grid and unit to unit: linear fields, kept energy, nothing beyond the source."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.geo import grid
from greenanalysis.weather.correct.regrid import bilinear, conservative, needed, remap
from greenanalysis.weather.sources.nasa_power import Shear, Tally, settle_irradiance, wind_at_100m
from greenanalysis.weather.sources.source import Request, cells_over, parse_years, region_box
from greenanalysis.weather.units import to_project_units

MERRA_LAT, MERRA_LON = np.arange(-90, 90.1, 0.5), np.arange(-180, 180, 0.625)
SYN_LAT, SYN_LON = np.arange(-89.5, 90, 1.0), np.arange(-179.5, 180, 1.0)
LAT, LON = grid.latitudes(), grid.longitudes()
SHEAR = Shear(least=0.0, most=0.6, calm=0.5, mean=0.16)


def test_a_linear_field_is_interpolated_exactly():
    rows, columns = bilinear(MERRA_LAT, LAT), bilinear(MERRA_LON, LON)
    field = 3 * MERRA_LAT[:, None] - 2 * MERRA_LON
    got = remap(field[None, needed(rows), needed(columns)], *cut(rows, columns))[0]
    np.testing.assert_allclose(got, 3 * LAT[:, None] - 2 * LON, rtol=1e-5)


def test_energy_of_whole_degrees_is_kept():
    rows, columns = (
        conservative(SYN_LAT, LAT, latitude=True),
        conservative(SYN_LON, LON, latitude=False),
    )
    field = np.random.default_rng(1).uniform(0, 900, (1, len(SYN_LAT), len(SYN_LON)))
    cut_field = field[:, needed(rows), needed(columns)]
    got = remap(cut_field, *cut(rows, columns))[0]
    # Four cells of half a degree lie in each degree and take its value.
    np.testing.assert_allclose(got[::2, ::2], cut_field[0], rtol=1e-6)
    np.testing.assert_allclose(got[1::2, 1::2], cut_field[0], rtol=1e-6)
    assert cut_field.shape == (1, 16, 42)


@given(st.floats(0.3, 2.5), st.floats(0.3, 2.5), st.floats(-1, 1))
def test_conservative_weights_keep_the_sum_on_the_sphere(coarse, fine, shift):
    source = np.arange(30 + shift, 62, coarse)
    target = np.arange(41.0, 55, fine)
    weights = conservative(source, target, latitude=True)
    edges = np.sin(np.radians([target[0] - fine / 2, target[-1] + fine / 2]))
    widths = np.diff(np.sin(np.radians(np.append(target - fine / 2, target[-1] + fine / 2))))
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose((widths[:, None] * weights).sum(), edges[1] - edges[0], rtol=1e-6)


def test_nothing_is_extrapolated():
    for function in (bilinear, lambda s, t: conservative(s, t, latitude=False)):
        with pytest.raises(InputError, match="50 to 52|49.5 to 52.5|50 to 52 over"):
            function(np.arange(40.0, 51), np.array([50.0, 51.0, 52.0]))
        with pytest.raises(InputError, match="ascending"):
            function(np.arange(60.0, 40, -1), np.array([50.0, 51.0]))


def cut(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return rows[:, needed(rows)], columns[:, needed(columns)]


@pytest.mark.parametrize(
    ("name", "unit", "came", "expected"),
    [
        ("temp_air", "K", 300.0, 26.85),
        ("temp_air", "degrees_Celsius", 26.85, 26.85),
        ("pressure", "kPa", 95.0, 95000.0),
        ("pressure", "hPa", 950.0, 95000.0),
        ("wind_speed_10m", "m s-1", 5.0, 5.0),
        ("wind_speed_10m", "km/h", 36.0, 10.0),
        ("ghi", "W/m^2", 500.0, 500.0),
        ("ghi", "Wh m-2", 500.0, 500.0),
        ("ghi", "MJ/m^2", 1.8, 500.0),
        ("ghi", "J m-2", 1.8e6, 500.0),
        ("ghi", "kW-hr/m^2/day", 12.0, 500.0),
    ],
)
def test_units_are_converted_by_name(name, unit, came, expected):
    got = to_project_units(np.array([came], dtype="float32"), unit, name, where="a store")
    assert got.dtype == np.float32
    assert float(got[0]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("unit", [None, "", "furlong", "W", "degC"])
def test_unknown_units_are_refused(unit):
    with pytest.raises(InputError, match=r"unit of ghi: got .*a store.*w/m\^2"):
        to_project_units(np.zeros(1), unit, "ghi", where="a store")


def test_wind_follows_each_hours_own_power_law_within_bounds():
    low = np.array([4.0, 5.0, 5.0, 0.2, 0.0, 2.0])
    high = np.array([6.0, 5.0, 4.0, 0.4, 0.0, 10.0])
    tally = Tally()
    got = wind_at_100m(low, high, shear=SHEAR, tally=tally)
    expected = [6 * 2**0.251930, 5.0, 4.0, 0.4 * 2**0.16, 0.0, 10 * 2**0.6]
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    assert (tally.hours, tally.calm, tally.bounded) == (6, 2, 2)


def test_irradiance_is_kept_or_settled_and_counted():
    import pandas as pd

    times = pd.DatetimeIndex(["2023-06-21 08:00", "2023-06-21 20:00"])
    shape = (2, 2, 2)
    ghi, dni, dhi = (np.full(shape, v, dtype="float32") for v in (700.0, 800.0, 300.0))
    for values in (ghi, dni, dhi):
        values[1] = -0.05
    tally = Tally()
    kept = settle_irradiance(
        ghi, dni, dhi, times=times, latitude=np.array([43.0, 44.0]),
        longitude=np.array([67.0, 68.0]), closure="keep", tally=tally,
    )  # fmt: skip
    assert tally.rounded == 12
    assert all((field[1] == 0).all() for field in kept.values())
    np.testing.assert_array_equal(kept["dhi"][0], dhi[0])
    assert tally.mean_gap > 200
    settled = settle_irradiance(
        ghi, dni, dhi, times=times, latitude=np.array([43.0, 44.0]),
        longitude=np.array([67.0, 68.0]), closure="diffuse", tally=Tally(),
    )  # fmt: skip
    checked = Tally()
    settle_irradiance(
        **settled, times=times, latitude=np.array([43.0, 44.0]),
        longitude=np.array([67.0, 68.0]), closure="keep", tally=checked,
    )  # fmt: skip
    assert checked.rms_gap < 1e-3
    assert (settled["dhi"] >= 0).all()
    assert (settled["dni"] <= dni.clip(0)).all()


def test_years_boxes_and_regions():
    from pathlib import Path

    assert parse_years("2021") == (2021, 2021)
    assert parse_years("2019-2023") == (2019, 2023)
    for text in ("2023-2019", "19", "2019-", "next year"):
        with pytest.raises(InputError, match="years"):
            parse_years(text)
    leap = Request(years=(2019, 2020), out=Path("x.zarr"))
    assert len(leap.times) == 8760 + 8784
    assert str(leap.times[0]) == "2019-01-01 01:00:00"
    assert str(leap.times[-1]) == "2021-01-01 00:00:00"
    assert [len(axis) for axis in leap.grid] == [32, 84]
    latitude, longitude = cells_over((66.1, 43.1, 66.2, 43.2))
    assert latitude.tolist() == [43.25, 43.75]
    assert longitude.tolist() == [66.25, 66.75]
    latitude, longitude = cells_over((87.9, 55.9, 88.0, 56.0))
    assert latitude.tolist() == [55.25, 55.75]
    assert longitude.tolist() == [87.25, 87.75]
    assert cells_over((66.0, 42.0, 68.0, 44.0))[0].tolist() == [42.25, 42.75, 43.25, 43.75]
    assert region_box("Turkistan") == region_box("KZ-61")
    with pytest.raises(InputError, match="unknown region"):
        region_box("Atlantis")
