"""A region page: distances to grid and water, when it yields, hourly profiles to take away."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from shapely import LineString

from greenanalysis.geo.grid import great_circle_km
from greenanalysis.site.pages import nearby, region


@pytest.mark.parametrize(("latitude", "longitude"), [(43.0, 77.0), (51.0, 71.0), (47.5, 52.0)])
def test_distance_to_a_point_is_that_of_the_great_circle(latitude: float, longitude: float) -> None:
    there = (latitude + 0.8, longitude - 1.1)
    stub = LineString([(there[1], there[0]), (there[1] + 1e-6, there[0])])
    arcs = great_circle_km(*map(np.array, (latitude, longitude, *there)))
    assert nearby.km_between(latitude, longitude, stub) == pytest.approx(float(arcs), rel=0.02)


def test_a_place_on_a_schematic_line_is_near_it_and_lines_are_known() -> None:
    lines = nearby.schematic_lines()
    assert len(lines) > 10
    middle = lines[0].ends.interpolate(0.5, normalized=True)
    assert lines[0].km_from(middle.y, middle.x) == pytest.approx(0, abs=1e-6)
    assert nearby.nearest_line(middle.y, middle.x).km_from(middle.y, middle.x) < 1e-6


def test_water_is_near_lake_balkhash_and_far_from_it_in_the_steppe() -> None:
    assert nearby.nearest_water_km(46.5, 74.9) < 40
    assert nearby.nearest_water_km(46.5, 74.9) < nearby.nearest_water_km(44.6, 70.8)


@pytest.fixture(scope="module")
def hours() -> xr.Dataset:
    """Return a year in which sun shines at 12 UTC in June and wind blows in January."""
    time = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
    june = (time.month == 6) & (time.hour == 12)
    january = np.where(time.month == 1, 0.9, 0.1)
    data = {"solar": june * 1.0, "solar_tracking": june * 1.0, "wind": january}
    return xr.Dataset({key: ("time", value) for key, value in data.items()}, {"time": time})


def test_the_season_table_names_months_and_hours_of_the_clock(hours: xr.Dataset) -> None:
    text = str(region.season_table(hours))
    sun, wind = text.split("<tbody>")[1].split("</tr>")[:2]
    assert "June" in sun
    assert "0% of the year" in sun
    assert "January" in wind
    assert "UTC+5" in text


def test_the_profile_is_the_same_in_both_files(hours: xr.Dataset, tmp_path: Path) -> None:
    study: Any = SimpleNamespace(
        place=lambda code: {"name_en": code}, weather={"name": "sample", "source": "s"}
    )
    table, data = region.profile_files(study, hours, "KZ-10")
    assert table.name == "hours-kz-10.csv"
    rows = pd.read_csv(io.BytesIO(table.content))
    assert rows["hour_ending_utc"][0] == "2023-01-01T01:00Z"
    path = tmp_path / data.name
    path.write_bytes(data.content)
    with xr.open_dataset(path) as opened:
        assert opened.attrs["Conventions"].startswith("CF")
        np.testing.assert_allclose(opened["wind"], rows["wind"], atol=1e-4)
