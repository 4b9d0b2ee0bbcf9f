"""Wind by sector: by hand, invariant under turning, and equal after WAsP's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.resource.wind.rose import sector_table
from greenanalysis.weather.write.wasp import read_tab, write_tab


def wind(hours: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(8)
    return 7 * random.weibull(2.1, hours), random.normal(250, 50, hours) % 360


def test_a_rose_by_hand() -> None:
    speed = np.array([3.2, 3.4, 8.5, 0.1, np.nan, 5.0])
    direction = np.array([350.0, 14.9, 90.0, 200.0, 10.0, np.nan])
    table = sector_table(speed, direction, height=80)
    assert table.hours == 4
    rose = table.rose()
    assert rose.loc[0.0, "frequency"] == pytest.approx(2 / 4 + 1 / 4 * 2 / 3), "calm is shared"
    assert rose.loc[90.0, "frequency"] == pytest.approx(1 / 4 + 1 / 4 / 3)
    assert rose["frequency"].sum() == pytest.approx(1)
    assert table.upper[-1] == 9
    shares, names = table.classes()
    assert names == ["0 to 3", "3 to 6", "6 to 9"]
    assert shares.sum() == pytest.approx(100)
    assert shares[2, 3] == pytest.approx(25)


def test_the_fit_finds_the_weibull_that_was_drawn() -> None:
    rose = sector_table(*wind(40_000), height=80).rose()
    often = rose[rose["frequency"] > 0.1]
    np.testing.assert_allclose(often["weibull_k"], 2.1, rtol=0.08)
    np.testing.assert_allclose(often["weibull_a"], 7, rtol=0.05)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 11), st.sampled_from([4, 12, 16]))
def test_turning_the_wind_turns_the_rose(turn: int, sectors: int) -> None:
    speed, direction = wind(500)
    one = sector_table(speed, direction, height=80, sectors=sectors)
    step = 360 / sectors
    two = sector_table(speed, (direction + turn * step) % 360, height=80, sectors=sectors)
    np.testing.assert_allclose(np.roll(one.counts, turn % sectors, axis=1), two.counts, atol=2e-3)
    assert one.counts.sum() == pytest.approx(1)


def test_the_tab_file_is_read_back_equal(tmp_path: Path) -> None:
    table = sector_table(*wind(), height=80.0)
    path = write_tab(
        table, tmp_path / "w.tab", latitude=51.6, longitude=73.1, name="Mast at\nEreymentau"
    )
    again, latitude, longitude, name = read_tab(path)
    assert (latitude, longitude, name, again.height) == (51.6, 73.1, "Mast at Ereymentau", 80)
    np.testing.assert_allclose(again.counts, table.counts, atol=1e-8)
    np.testing.assert_array_equal(again.upper, table.upper)
    lines = path.read_text().splitlines()
    assert len(lines) == 4 + len(table.upper)
    assert sum(map(float, lines[3].split())) == pytest.approx(100)
    sums = np.array([[float(v) for v in line.split()[1:]] for line in lines[4:]]).sum(axis=0)
    np.testing.assert_allclose(sums[table.frequency > 0], 1000)


def test_nonsense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sectors: got 3"):
        sector_table(np.ones(3), np.ones(3), height=80, sectors=3)
    with pytest.raises(InputError, match="hours: got 0"):
        sector_table(np.full(3, np.nan), np.ones(3), height=80)
    with pytest.raises(InputError, match="direction 0 to 360"):
        sector_table(np.ones(3), np.full(3, -9.0), height=80)
    (tmp_path / "a.tab").write_text("x\n1 2 3\n12 1 0\n50 50\n1 2 3\n")
    for name, words in (("a.tab", "do not hold 12 sectors"), ("b.tab", "got nothing")):
        with pytest.raises(InputError, match=words):
            read_tab(tmp_path / name)
