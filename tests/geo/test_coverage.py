"""Weather of a part of the country: it opens, its regions are assessed, the others are named."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from greenanalysis.assessment import assess as assessment
from greenanalysis.assessment import capacity_factors as factors
from greenanalysis.cli.weather import weather as command
from greenanalysis.core.errors import InputError
from greenanalysis.geo.coverage import covered_regions
from greenanalysis.geo.regions import load_regions
from greenanalysis.supergrid import export
from greenanalysis.weather import canonical, open_weather
from greenanalysis.weather.sources.source import cells_over, region_box
from tests.assessment.test_assessment import plain_weather
from tests.weather.test_weather_open import made

HERE, BEYOND = "KZ-61", "KZ-63"


@pytest.fixture(scope="module")
def part() -> xr.Dataset:
    """A year on six cells of 4 degrees, 42 to 46 N and 64 to 72 E at their centres."""
    whole = made()
    return whole.sel(latitude=slice(42, 46), longitude=slice(64, 72))


def test_a_part_that_says_which_is_held_to_it(part, tmp_path):
    canonical.validate(part, where="part.nc")
    stated = part.assign_attrs(box=[62.5, 41.0, 73.0, 47.0], source="a mast")
    canonical.validate(stated, where="part.nc")
    stated.to_netcdf(tmp_path / "part.nc")
    opened = open_weather(tmp_path / "part.nc")
    assert [float(edge) for edge in opened.attrs["box"]] == [62.5, 41.0, 73.0, 47.0]
    assert opened.attrs["source"] == "a mast"


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ([50.0, 41.0, 73.0, 47.0], r"extent of longitude: got 62 to 74.*the stated box, 50 to 73"),
        ([62.5, 41.0, 73.0, 52.0], r"extent of latitude: got 40 to 48.*the stated box, 41 to 52"),
        ([73.0, 41.0, 62.5, 47.0], r"attribute box"),
        ([62.5, 41.0], r"attribute box"),
        ("all", r"attribute box"),
    ],
)
def test_a_box_that_is_wrong_or_not_covered_is_refused(part, box, message):
    with pytest.raises(InputError, match=message):
        canonical.validate(part.assign_attrs(box=box), where="part.nc")


def test_the_box_of_a_region_covers_it_and_nothing_less_does():
    regions = load_regions()
    for code in regions.index:
        latitude, longitude = cells_over(region_box(code))
        assert code in covered_regions(regions, latitude, longitude)
        if regions.loc[code, "kind"] == "city":
            continue  # may lie in one row of cells; a grid has two
        assert code not in covered_regions(regions, latitude[1:], longitude)
        assert code not in covered_regions(regions, latitude, longitude[:-1])
    latitude, longitude = cells_over(None)
    assert covered_regions(regions, latitude, longitude) == list(regions.index)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    latitude, longitude = cells_over(region_box(HERE))
    weather = plain_weather().sel(latitude=latitude, longitude=longitude)
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors, "cache_dir", lambda: cache)
        patch.setattr(assessment, "open_year", lambda name: weather)
        yield assessment.assess("part")


def test_covered_regions_are_assessed_like_in_the_whole_country(study, capsys):
    assert HERE in study.regions.index
    assert set(study.cells["region"]) <= set(study.regions.index)
    assert study.place("Turkistan")["name_en"] == study.regions.loc[HERE, "name_en"]
    hours = study.region_hours(HERE)
    assert np.isfinite(hours["wind"]).all()
    assert study.regions.attrs["provenance"]["source"]
    assert BEYOND in study.weather["coverage"].split("left out")[1]
    assert HERE in study.weather["coverage"].split("left out")[0]


def test_a_region_beyond_and_a_study_of_the_country_are_one_clear_error(study, monkeypatch):
    for ask in (study.place, study.region_hours):
        with pytest.raises(InputError, match=rf"region: got {BEYOND}.*weather plain.*{HERE}"):
            ask(BEYOND)
    latitude, longitude = cells_over(region_box(HERE))
    part = plain_weather().sel(latitude=latitude, longitude=longitude)
    monkeypatch.setattr(assessment, "open_year", lambda name: part)
    with pytest.raises(InputError, match=rf"left out.*{BEYOND}.*needs the whole country"):
        export.export_study("base")


def test_weather_that_covers_no_region_is_refused(monkeypatch, tmp_path):
    weather = plain_weather().sel(latitude=slice(46, 48), longitude=slice(60, 62))
    monkeypatch.setattr(factors, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(assessment, "open_year", lambda name: weather)
    with pytest.raises(InputError, match="covers none of the regions"):
        assessment.assess("part")


def test_weather_name_is_short_for_weather_show_name(part, tmp_path):
    path = tmp_path / "part.zarr"
    part.assign_attrs(box=[62.5, 41.0, 73.0, 47.0], history="by hand").to_zarr(path)
    short = CliRunner().invoke(command, [str(path)])
    assert short.exit_code == 0, short.output
    assert short.output == CliRunner().invoke(command, ["show", str(path)]).output
    assert "62.5" in short.output
    assert "by hand" in short.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--box", "66", "42", "68", "44", "--region", "KZ-61"], "exclude each other"),
        (["--region", "Atlantis"], "unknown region"),
        (["--box", "66", "42", "68"], "--box"),
        ([], "unknown weather source"),
    ],
)
def test_mistakes_of_the_command_line(arguments, message):
    options = ["--years", "2019", "--out", "x.zarr", *arguments]
    done = CliRunner().invoke(command, ["fetch", "nasa", *options])
    assert done.exit_code != 0
    assert message in done.output + str(done.exception)
