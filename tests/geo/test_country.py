"""The country is what its table says; a table that says nonsense is refused."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.geo.country import auction_zones, load_country
from greenanalysis.geo.regions import load_regions


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A project with the tables of the country alone."""
    (tmp_path / "data" / "assumptions").mkdir(parents=True)
    (tmp_path / "data" / "facts").mkdir()
    for name in ("country", "regions"):
        shutil.copy(paths.data_dir() / "facts" / f"{name}.csv", tmp_path / "data" / "facts")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    return tmp_path


def edit(home, old, new):
    path = home / "data" / "facts" / "country.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_boxes_hold_the_regions_and_the_cells_end_at_the_box():
    country, bounds = load_country(), load_regions().total_bounds
    for box, slack in ((country.grid, 0.0), (country.boundary, 0.0), (country.extent, 0.1)):
        assert box[0] - slack <= bounds[0]
        assert box[1] - slack <= bounds[1]
        assert box[2] + slack >= bounds[2]
        assert box[3] + slack >= bounds[3]
    assert set(auction_zones()) == set(country.regions) == set(load_regions().index)


def test_nodes_inside_are_its_regions_and_nothing_else():
    country = load_country()
    nodes = pd.Series([country.regions[0], "xinjiang", f"{country.code}-00"])
    assert country.inside(nodes).tolist() == [True, False, False]
    assert country.is_region_code(f"{country.code}-00")
    assert not country.is_region_code("XA-01")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("code,KZ", "code,kaz", "code: got 'kaz'"),
        ("currency,KZT", "currency,", "currency"),
        ("grid_east,88", "grid_east,far", "grid_east: got 'far'.*a finite number"),
        ("extent_north,55.4", "extent_north,1", "box extent"),
        ("utc_offset,5", "offset,5", "utc_offset"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_key(home, old, new, message):
    edit(home, old, new)
    with pytest.raises(InputError, match=message) as error:
        load_country()
    assert "country.csv" in str(error.value)


def test_a_language_without_a_column_shows_the_english_name(home):
    edit(home, "name_kk,", "name_xx,")
    assert load_country().names["kk"] == load_country().name
