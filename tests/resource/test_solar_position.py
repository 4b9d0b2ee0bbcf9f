"""The sun against pvlib's SPA, place by place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.resource.solar_position import (
    geocentric_sun,
    solar_position,
    sun_instants,
    topocentric_sun,
)

PLACES = [(51.1, 71.4), (40.25, 46.25), (55.75, 87.75), (0.0, 0.0), (-33.0, 151.0), (89.5, -120.0)]


@pytest.mark.parametrize("place", PLACES)
def test_agrees_with_pvlib_over_a_year(place: tuple[float, float]) -> None:
    labels = np.arange("2023-01-01T01", "2024-01-01T01", 7, dtype="datetime64[h]")
    got = solar_position(
        labels.astype("datetime64[ns]"), np.array([place[0]]), np.array([place[1]])
    )
    middle = pd.DatetimeIndex(labels) - pd.Timedelta(minutes=30)
    expected = pvlib.solarposition.get_solarposition(middle, *place, method="nrel_numpy")
    for name, column in (
        ("solar_zenith", "zenith"),
        ("apparent_zenith", "apparent_zenith"),
        ("solar_azimuth", "azimuth"),
    ):
        np.testing.assert_allclose(
            got[name].to_numpy().ravel(), expected[column], rtol=0, atol=1e-9
        )


@settings(max_examples=50, deadline=None)
@given(
    when=st.datetimes(min_value=pd.Timestamp("1980-01-01"), max_value=pd.Timestamp("2060-12-31")),
    latitude=st.floats(-89.9, 89.9),
    longitude=st.floats(-180, 180),
)
def test_agrees_with_pvlib_anywhere(when: pd.Timestamp, latitude: float, longitude: float) -> None:
    times = pd.DatetimeIndex([when]).as_unit("ns")
    expected = pvlib.solarposition.get_solarposition(
        times, latitude, longitude, method="nrel_numpy"
    )
    got = topocentric_sun(
        geocentric_sun(times.to_numpy()), np.array([latitude]), np.array([longitude])
    )
    assert got.zenith[0] == pytest.approx(expected["zenith"].iloc[0], abs=1e-6)
    assert got.apparent_zenith[0] == pytest.approx(expected["apparent_zenith"].iloc[0], abs=1e-6)
    turn = (got.azimuth[0] - expected["azimuth"].iloc[0] + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=1e-6)


def test_elevation_and_pressure_reach_the_refraction() -> None:
    times = pd.DatetimeIndex(["2023-06-21T23:40"])
    args = {"altitude": 2400, "pressure": 75000, "temperature": -5}
    expected = pvlib.solarposition.get_solarposition(times, 43.0, 77.0, method="nrel_numpy", **args)
    got = topocentric_sun(
        geocentric_sun(times.to_numpy()),
        np.array([43.0]),
        np.array([77.0]),
        elevation_m=2400,
        pressure_hpa=750,
        temperature=-5,
    )
    assert got.apparent_zenith[0] == pytest.approx(expected["apparent_zenith"].iloc[0], abs=1e-9)
    standard = topocentric_sun(geocentric_sun(times.to_numpy()), np.array([43.0]), np.array([77.0]))
    assert abs(standard.apparent_zenith[0] - got.apparent_zenith[0]) > 1e-4


def test_the_sun_stands_half_an_hour_before_the_label() -> None:
    labels = np.array(["2023-06-21T07:00"], dtype="datetime64[ns]")
    assert sun_instants(labels)[0] == np.datetime64("2023-06-21T06:30")
    got = solar_position(labels, np.array([50.0]), np.array([83.0]))
    assert got["solar_azimuth"].item() == pytest.approx(180, abs=2)
    assert got["solar_zenith"].attrs["units"] == "degree"
    assert got["solar_zenith"].dims == ("time", "latitude", "longitude")
