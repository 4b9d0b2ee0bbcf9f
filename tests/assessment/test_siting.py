"""Zones that remain after rasters and shapes are excluded: areas, rank, sources, bad input."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import xarray as xr
from click.testing import CliRunner

from greenanalysis.assessment import siting
from greenanalysis.assessment.siting import Exclusion, rank_zones, read_exclusions, share_in_best
from greenanalysis.cli.main import cli
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError

CELLS = {"latitude": [46.25, 46.75], "longitude": [60.25, 60.75]}
BOX = shapely.box(60.0, 46.0, 61.0, 47.0)


def field(values):
    return xr.DataArray(np.array(values, dtype=float), CELLS, ("latitude", "longitude"))


@pytest.fixture
def study(monkeypatch):
    """A region of one square degree with four cells, the cheapest in the south-west, no town."""
    nowhere = pd.DataFrame({"latitude": [10.0], "longitude": [10.0], "population": [1.0]})
    monkeypatch.setattr(siting, "read_settlements", lambda: nowhere)
    regions = gpd.GeoDataFrame({"name_en": ["A"]}, geometry=[BOX], index=["A"], crs="EPSG:4326")
    whole = field([[1, 1], [1, 1]])
    return SimpleNamespace(
        regions=regions,
        assumptions=load_assumptions(),
        lcoe=xr.Dataset({"wind": field([[40, 50], [60, 70]])}),
        mean_cf=xr.Dataset({"wind": field([[0.4, 0.35], [0.3, 0.25]])}),
        land=xr.Dataset(
            {"water": whole, "altitude": whole, "protected": whole * 0.9, "slope_wind": whole}
        ),
        place=lambda name: regions.loc[name],
    )


def zones_of(study, *exclusions, **options):
    return rank_zones(
        study, technology="wind", exclusions=exclusions, **{"resolution_m": 1000.0, **options}
    )


def square(tmp_path, box, name="parks.geojson"):
    path = tmp_path / name
    gpd.GeoDataFrame(geometry=[box], crs="EPSG:4326").to_file(path)
    return path


def raster(tmp_path, values):
    path = tmp_path / "cover.tif"
    transform = rasterio.transform.from_bounds(60, 46, 61, 47, *np.shape(values)[::-1])
    with rasterio.open(
        path, "w", driver="GTiff", width=np.shape(values)[1], height=np.shape(values)[0], count=1,
        dtype="int16", crs="EPSG:4326", transform=transform, nodata=-1,
    ) as file:  # fmt: skip
        file.write(np.array(values, dtype="int16"), 1)
    return path


def test_all_land_is_left_without_exclusions_and_the_cheapest_comes_first(study):
    zones = zones_of(study)
    area = gpd.GeoSeries([BOX], crs="EPSG:4326").to_crs("EPSG:6933").area.iloc[0] / 1e6
    assert zones["area_km2"].sum() == pytest.approx(area, rel=0.01)
    assert zones["lcoe_usd_per_mwh"].tolist() == [40, 50, 60, 70]
    assert zones["rank"].tolist() == [1, 2, 3, 4]
    assert zones.geometry[0].centroid.x == pytest.approx(60.25, abs=0.02)
    density = study.assumptions.get("onwind_potential", "density", unit="MW/km2")
    share = 0.9 * study.assumptions.get("onwind_potential", "usable_share", unit="1")
    assert zones["capacity_mw"].sum() == pytest.approx(zones["area_km2"].sum() * density * share)
    more = zones_of(study, statistic=False)
    assert more["capacity_mw"].sum() == pytest.approx(zones["capacity_mw"].sum() / 0.9)


def test_shapes_are_excluded_with_their_buffer_and_named(study, tmp_path):
    file = square(tmp_path, shapely.box(60.0, 46.0, 60.5, 46.5))
    zones = zones_of(study, Exclusion(file=file, source="a park"))
    assert zones["lcoe_usd_per_mwh"].min() == 50
    assert zones.attrs["exclusions"][-1] == "a park"
    wider = zones_of(study, Exclusion(file=file, source="a park", buffer_m=10_000))
    assert wider["area_km2"].sum() < zones["area_km2"].sum()


@pytest.mark.parametrize("rule", [{"codes": (50,)}, {"above": 40}, {"below": 60}])
def test_a_raster_excludes_codes_or_one_side_of_a_limit(study, tmp_path, rule):
    values = np.full((10, 10), 100 if "below" in rule else 10)
    values[:, 5:] = 50
    zones = zones_of(study, Exclusion(file=raster(tmp_path, values), source="a raster", **rule))
    assert zones["lcoe_usd_per_mwh"].tolist() == [40, 60]


def test_more_exclusions_never_leave_more(study, tmp_path):
    first = Exclusion(file=square(tmp_path, shapely.box(60.2, 46.2, 60.4, 46.4)), source="one")
    file = square(tmp_path, shapely.box(60.6, 46.1, 60.9, 46.9), "two.geojson")
    second = Exclusion(file=file, source="two")
    areas = [zones_of(study, *some)["area_km2"].sum() for some in ((), (first,), (first, second))]
    assert areas[0] > areas[1] > areas[2]


def test_places_are_counted_in_the_cheapest_part(study):
    zones = zones_of(study)
    places = pd.DataFrame({"latitude": [46.2, 46.8], "longitude": [60.2, 60.8]})
    assert share_in_best(zones, places, share=0.25) == 0.5
    assert np.isnan(share_in_best(zones, places.iloc[:0], share=0.25))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"technology": "wnd"}, "did you mean wind"),
        ({"resolution_m": 5.0}, "20 to 5000"),
        ({"least_km2": 1e6}, "nothing is left"),
    ],
)
def test_wrong_input_is_one_error(study, options, message):
    with pytest.raises(InputError, match=message):
        rank_zones(study, **{"technology": "wind", "resolution_m": 1000.0, **options})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "a list of entries"),
        ("- {file: x.gpkg}\n", "entry 1, source"),
        ("- {file: x.tif, source: some one}\n", "one of codes, above, below"),
        ("- {file: x.gpkg, source: some one, above: 3}\n", "for rasters"),
        ("- {file: x.gpkg, source: some one}\n", "a file that exists"),
        ("- {file: x.gpkg, source: some one, colour: red}\n", "colour"),
    ],
)
def test_a_wrong_list_of_exclusions_is_one_error(tmp_path, text, message):
    path = tmp_path / "exclusions.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_exclusions(path)


def test_an_unknown_suffix_is_refused_before_anything_is_computed(tmp_path):
    words = ["siting", "--technology", "wind", "--out", str(tmp_path / "zones.shp")]
    result = CliRunner().invoke(cli, words)
    assert isinstance(result.exception, InputError)
    assert ".gpkg" in str(result.exception)
