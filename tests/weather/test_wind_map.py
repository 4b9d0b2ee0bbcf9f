"""The wind map: a regression whose uncertainty grows where nothing is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.weather.sample import wind_map
from greenanalysis.weather.sample.climate import load_wind_map
from greenanalysis.weather.sample.wind_climate import hourly_shape, season_at
from greenanalysis.weather.sample.wind_map import Spread, WindMap, fit, leave_out, terrain_at

PLACES = {
    "gate": (45.25, 82.48),
    "nurly": (43.64, 78.54),
    "astana": (51.15, 71.4),
    "aktau": (43.7, 51.3),
}


def anchors(speeds: list[float], places: list[tuple[float, float]], sigma: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site": [f"site {number}" for number in range(len(speeds))],
            "latitude": [place[0] for place in places],
            "longitude": [place[1] for place in places],
            "speed_100m": speeds,
            "sigma": sigma,
            "station": 0.0,
        }
    )


def steppe(count: int) -> list[tuple[float, float]]:
    return [(47.0 + 1.5 * (number % 4), 58.0 + 2.5 * number) for number in range(count)]


def test_gaps_score_and_steppe_does_not() -> None:
    gap = {
        name: float(terrain_at(np.array([lat]), np.array([lon]))["gap"][0])
        for name, (lat, lon) in PLACES.items()
    }
    assert gap["gate"] > 700
    assert gap["nurly"] > 500
    assert gap["astana"] < 60
    assert gap["aktau"] < 60


def test_an_exact_anchor_is_met_and_a_vague_one_pulls_less() -> None:
    near = []
    for sigma in (0.001, 0.10, 1.0):
        chart = fit(anchors([7.0] * 5 + [10.0], steppe(6), sigma), spreads=[Spread(siting=0.01)])
        place = steppe(6)[5]
        near.append(chart.at(*place).speed)
    assert near[0] == pytest.approx(10.0, rel=0.02)
    assert near[0] > near[1] > near[2]


def test_uncertainty_grows_away_from_anchors() -> None:
    chart = fit(anchors([7.0, 7.2, 6.9, 7.1, 7.4], steppe(5), 0.05))
    assert chart.at(*steppe(5)[2]).sigma < chart.at(40.5, 47.0).sigma


def test_a_place_near_an_anchor_states_the_value_without_it() -> None:
    delivered = load_wind_map()
    site = delivered.at(*PLACES["gate"])
    assert site.anchor == "Dzungarian Gate"
    assert site.without is not None
    assert site.speed > site.without[0]
    assert site.sigma < site.without[1]
    lonely = delivered.at(48.0, 64.0)
    assert lonely.without is None
    assert lonely.anchor_km > wind_map.NEIGHBOUR_KM


def test_neighbours_are_left_out_together() -> None:
    twins = anchors([7.0, 7.1, 6.9, 7.0, 7.2, 12.0, 12.0], [*steppe(5), *PLACES_TWICE], 0.05)
    residuals = leave_out(twins, Spread())
    assert residuals["score"].iloc[5] > 2
    assert residuals["score"].iloc[6] > 2


PLACES_TWICE = [(44.0, 62.0), (44.1, 62.1)]


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(0.7, 1.4))
def test_the_level_moves_all_places_by_one_factor(factor: float) -> None:
    chart = load_wind_map()
    moved = WindMap(chart.anchors, chart.spread, chart.inflation, chart.shift + np.log(factor))
    place = np.array([50.0, 44.0]), np.array([60.0, 77.0])
    ratio = np.exp(moved.predict(*place)[0] - chart.predict(*place)[0])
    np.testing.assert_allclose(ratio, factor)


def test_too_few_anchors_and_places_outside_are_refused() -> None:
    with pytest.raises(InputError, match="5 or more"):
        fit(anchors([7.0] * 4, steppe(4), 0.1))
    with pytest.raises(InputError, match="outside the table of terrain"):
        load_wind_map().at(10.0, 60.0)


def test_seasons_are_those_of_their_zones_and_of_gaps() -> None:
    lat, lon = (np.array([place[i] for place in PLACES.values()]) for i in (0, 1))
    season = season_at(lat, lon)
    gate, nurly, astana, aktau = season.amplitude
    assert 0.20 < gate <= 0.25
    assert 0.15 < nurly <= 0.25
    assert astana == pytest.approx(0.16, abs=0.02)
    assert 0.15 < aktau < 0.22
    assert abs(season.peak_month[2] - 1.7) < 0.3
    assert ((season.day >= 0.04) & (season.day <= 0.12)).all()


@pytest.mark.parametrize("amplitude", [0.0, 0.1, 0.25])
def test_hours_with_season_and_day_have_the_shape_of_the_year(amplitude: float) -> None:
    random = np.random.default_rng(3)
    shape = float(hourly_shape(2.0, np.array(amplitude), np.array(0.1)))
    hour = np.arange(8760 * 20)
    speed = (
        random.weibull(shape, hour.size)
        * (1 + amplitude * np.cos(2 * np.pi * hour / 8760))
        * (1 + 0.1 * np.cos(2 * np.pi * hour / 24))
    )
    assert speed.std() / speed.mean() == pytest.approx(0.5227, rel=0.02)
