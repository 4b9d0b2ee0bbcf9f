"""The 20 regions: layout, attributes, cells, the user's own boundaries."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import data_dir
from greenanalysis.geo import boundaries, grid
from greenanalysis.geo.grid import EQUAL_AREA, cell_area
from greenanalysis.geo.regions import (
    cell_region_area,
    install_boundaries,
    load_neighbours,
    load_regions,
    region_code,
    remove_user_boundaries,
)
from tests.support.reference import reference_data

LATITUDE, LONGITUDE = grid.latitudes(), grid.longitudes()
OLD_DEMAND_GWH = {
    ("KZ-39",): 4615,
    ("KZ-43",): 1760,
    ("KZ-61", "KZ-79"): 5211,
    ("KZ-27",): 2256,
    ("KZ-31",): 4948,
    ("KZ-19", "KZ-33", "KZ-75"): 11367,
    ("KZ-11", "KZ-71"): 9196,
    ("KZ-15",): 6647,
    ("KZ-23",): 6255,
    ("KZ-10", "KZ-63"): 9204,
    ("KZ-47",): 5023,
    ("KZ-59",): 1665,
    ("KZ-55",): 20731,
    ("KZ-35", "KZ-62"): 18460,
}


@pytest.fixture(scope="module")
def committed() -> gpd.GeoDataFrame:
    return load_regions(data_dir() / "regions.geojson")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(boundaries, "user_dir", lambda: tmp_path / "user")
    return tmp_path


def test_layout_of_2022(committed):
    assert len(committed) == 20
    assert committed.index.is_unique
    assert committed.index.is_monotonic_increasing
    assert committed["kind"].value_counts().to_dict() == {"oblast": 17, "city": 3}
    assert committed.crs.to_epsg() == 4326
    assert committed.notna().all(axis=None)
    assert committed.attrs["provenance"]["approximate"] is True


def test_committed_file_says_that_it_is_approximate_and_why():
    path = data_dir() / "regions.geojson"
    head = json.loads(path.read_text(encoding="utf-8"))
    assert head["approximate"] is True
    assert "GeoNames" in head["why"]
    assert path.stat().st_size < 300_000
    facts = pd.read_csv(data_dir() / "facts" / "regions.csv", comment="#").set_index("region")
    for feature in head["features"]:
        properties = feature["properties"]
        assert properties["name_en"] == facts.loc[properties["region"], "name_en"]


def test_borders_are_shared_without_gaps_or_overlaps(committed):
    shapes = committed.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    country = shapely.union_all(shapes)
    assert sum(len(part.interiors) for part in shapely.get_parts(country)) == 0
    parts = shapely.get_parts(committed.geometry.to_crs(EQUAL_AREA).to_numpy())
    assert shapely.area(parts).min() > 25e6


def test_polygons_have_about_the_stated_area(committed):
    polygon = committed.geometry.to_crs(EQUAL_AREA).area / 1e6
    assert polygon.sum() == pytest.approx(2_724_902, rel=0.005)
    assert committed["area_km2"].sum() == pytest.approx(2_724_902, rel=0.001)
    assert (abs(polygon / committed["area_km2"] - 1) < 0.06).all()


def test_administrative_centre_lies_in_its_region(committed):
    centres = shapely.points(committed["longitude"], committed["latitude"])
    assert shapely.contains(committed.geometry.to_numpy(), centres).all()


def test_population_and_demand_sum_to_the_country(committed):
    assert committed["population"].sum() == 19_766_807
    assert committed["demand_2020_gwh"].sum() == pytest.approx(107_338, abs=1e-6)


@pytest.mark.parametrize(("codes", "official"), OLD_DEMAND_GWH.items())
def test_demand_of_an_old_unit_is_split_by_population_and_says_so(committed, codes, official):
    rows = committed.loc[list(codes)]
    expected = official * rows["population"] / rows["population"].sum()
    assert rows["demand_2020_gwh"].to_numpy() == pytest.approx(expected.to_numpy(), abs=2e-3)
    assert set(rows["demand_method"]) == {"official" if len(codes) == 1 else "derived"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("KZ-61", "KZ-61"),
        (" kz-61 ", "KZ-61"),
        ("KZ-AKT", "KZ-15"),
        ("Turkistan", "KZ-61"),
        ("Turkestan", "KZ-61"),
        ("Turkestan Region", "KZ-61"),
        ("Түркістан облысы", "KZ-61"),
        ("Almaty", "KZ-75"),
        ("Almaty oblast", "KZ-19"),
        ("Алматинская область", "KZ-19"),
        ("г. Алматы", "KZ-75"),
        ("Qaraghandy", "KZ-35"),
        ("Жетысу", "KZ-33"),
        ("Область Абай", "KZ-10"),
        ("Aqtöbe", "KZ-15"),
        ("Nur-Sultan", "KZ-71"),
    ],
)
def test_region_code_knows_common_spellings(name, code):
    assert region_code(name) == code


def test_every_stated_name_leads_to_its_code(committed):
    for code, row in committed.iterrows():
        for column in ("name_en", "name_ru", "name_kk"):
            assert region_code(row[column]) == code


@pytest.mark.parametrize("name", ["Turkistn", "Tashkent", "", "KZ-99", "Astana oblast"])
def test_region_code_refuses_what_it_does_not_know(name):
    with pytest.raises(InputError, match="unknown region"):
        region_code(name)
    if name == "Turkistn":
        with pytest.raises(InputError, match="did you mean Turkistan"):
            region_code(name)


def test_cells_conserve_each_region(committed):
    area = cell_region_area(committed, LATITUDE, LONGITUDE)
    assert area.dims == ("region", "latitude", "longitude")
    assert area.attrs["units"] == "km2"
    polygon = committed.geometry.to_crs(EQUAL_AREA).area / 1e6
    whole = area.sum(("latitude", "longitude")).to_series()
    np.testing.assert_allclose(whole, polygon, rtol=1e-9)
    share = area.sum("region") / cell_area(LATITUDE, LONGITUDE)
    assert float(share.max()) <= 1 + 1e-9
    assert float(area.min()) >= 0


@settings(max_examples=40, deadline=None)
@given(
    west=st.floats(46, 80),
    south=st.floats(40, 50),
    width=st.floats(0.01, 8),
    height=st.floats(0.01, 6),
    turned=st.booleans(),
)
def test_rectangles_have_the_area_of_the_cells_they_cover(west, south, width, height, turned):
    shape = shapely.box(west, south, min(west + width, 88), min(south + height, 56))
    frame = gpd.GeoDataFrame(index=["x"], geometry=[shape], crs=4326)
    latitude = LATITUDE[::-1] if turned else LATITUDE
    area = cell_region_area(frame, latitude, LONGITUDE)
    inside_lat = np.clip(
        np.minimum(latitude + 0.25, shape.bounds[3]) - np.maximum(latitude - 0.25, south), 0, None
    )
    inside_lon = np.clip(
        np.minimum(LONGITUDE + 0.25, shape.bounds[2]) - np.maximum(LONGITUDE - 0.25, west), 0, None
    )
    rough = np.outer(inside_lat / 0.5, inside_lon / 0.5) * cell_area(latitude, LONGITUDE)
    np.testing.assert_allclose(area.sel(region="x"), rough, rtol=0.01, atol=1e-6)
    whole = frame.to_crs(EQUAL_AREA).area.iloc[0] / 1e6
    assert float(area.sum()) == pytest.approx(whole, rel=1e-9)


def test_surface_of_a_cell_agrees_with_the_geodesic_area():
    from pyproj import Geod

    edges = shapely.segmentize(shapely.box(70.0, 48.0, 70.5, 48.5), 0.001)
    expected = Geod(ellps="WGS84").geometry_area_perimeter(edges)[0] / 1e6
    area = cell_area(LATITUDE, LONGITUDE).sel(latitude=48.25, longitude=70.25)
    assert float(area) == pytest.approx(expected, rel=1e-6)


def test_grid_that_does_not_cover_a_region_is_refused(committed):
    with pytest.raises(InputError, match="KZ-"):
        cell_region_area(committed, LATITUDE[:20], LONGITUDE)
    with pytest.raises(InputError, match="evenly spaced"):
        cell_region_area(committed, np.array([40.25, 41.0, 41.2]), LONGITUDE)


def _renamed(regions, codes, names):
    table = {column: values for column, values in {**codes, **names}.items() if values is not None}
    frame = gpd.GeoDataFrame(table, geometry=regions.geometry.to_numpy(), crs=4326)
    return frame.sample(frac=1, random_state=3)


@pytest.mark.parametrize("style", ["geoBoundaries", "GADM", "OSM", "Natural Earth", "names"])
def test_user_file_in_any_style_replaces_the_committed_one(committed, home, style):
    codes, english = list(committed.index), list(committed["name_en"])
    tables = {
        "geoBoundaries": ({"shapeISO": codes}, {"shapeName": english}),
        "GADM": ({"ISO_1": ["NA"] * 20}, {"NAME_1": [*english], "NL_NAME_1": committed["name_ru"]}),
        "OSM": ({"iso_3166_2": codes, "id": list(range(20))}, {"local_name": committed["name_kk"]}),
        "Natural Earth": ({"ISO3166-2": codes}, {}),
        "names": ({}, {"name": [f"{name}  region".upper() for name in committed["name_kk"]]}),
    }
    codes_of, names_of = tables[style]
    if style == "names":
        names_of = {"name": list(committed["name_kk"].str.upper())}
    source = home / "mine.geojson"
    _renamed(committed, codes_of, names_of).to_file(source)
    target = install_boundaries(source)
    mine = load_regions()
    assert mine.attrs["provenance"]["approximate"] is False
    assert "mine.geojson" in mine.attrs["provenance"]["source"]
    assert shapely.equals(mine.geometry.to_numpy(), committed.geometry.to_numpy()).all()
    assert remove_user_boundaries()
    assert not target.exists()
    assert not remove_user_boundaries()
    assert load_regions().attrs["provenance"]["approximate"] is True


@pytest.mark.parametrize(("crs", "name"), [(3857, "mine.geojson"), (32642, "mine.gpkg")])
def test_other_coordinates_and_formats_come_out_in_degrees(committed, home, crs, name):
    source = home / name
    committed[["geometry"]].reset_index(names="code").to_crs(crs).to_file(source)
    install_boundaries(source)
    mine, limits = load_regions(), committed.total_bounds
    assert mine.crs.to_epsg() == 4326
    np.testing.assert_allclose(mine.total_bounds, limits, atol=1e-6)


def test_slightly_wrong_spelling_is_understood_in_files(committed, home):
    names = list(committed["name_en"].str.replace("Karaganda", "Karagandha"))
    source = home / "mine.geojson"
    _renamed(committed, {}, {"shapeName": names}).to_file(source)
    assert install_boundaries(source).exists()


def _broken(kind, regions):
    frame = regions[["geometry"]].reset_index(names="code")
    if kind == "old layout":
        return frame[~frame["code"].isin(["KZ-10", "KZ-33", "KZ-62", "KZ-79"])]
    if kind == "twice":
        return pd.concat([frame, frame.iloc[:1]])
    if kind == "unknown":
        return frame.assign(code=[*frame["code"][:-1], "Tashkent"]).rename(columns={"code": "name"})
    if kind == "no names":
        return frame.rename(columns={"code": "colour"})
    if kind == "points":
        return frame.set_geometry(frame.geometry.representative_point())
    if kind == "swapped":
        return frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry, np.fliplr)))
    if kind == "overlap":
        wide = frame.geometry.buffer(1.0)
        return frame.set_geometry(wide.where(frame["code"] == "KZ-71", frame.geometry))
    if kind == "small":
        return frame.set_geometry(frame.geometry.scale(0.5, 0.5))
    bowtie = shapely.Polygon([(60, 45), (64, 49), (64, 45), (60, 49)])
    return frame.set_geometry([bowtie, *frame.geometry[1:]])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("old layout", "missing KZ-10 Abai, KZ-33 Zhetysu, KZ-62 Ulytau, KZ-79 Shymkent"),
        ("twice", "more than once KZ-10 Abai"),
        ("unknown", "unknown region: got 'Tashkent'"),
        ("no names", "properties: got"),
        ("points", "allowed: 20 polygons"),
        ("swapped", "longitude first"),
        ("overlap", "claimed twice"),
        ("small", "sum of the areas"),
        ("bowtie", "polygon of KZ-10"),
    ],
)
@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_broken_user_file_is_one_clear_error_and_writes_nothing(committed, home, kind, message):
    source = home / "mine.geojson"
    gpd.GeoDataFrame(_broken(kind, committed), crs=4326).to_file(source)
    with pytest.raises(InputError, match=message):
        install_boundaries(source)
    assert not (home / "user").exists()


def test_missing_and_unreadable_files_are_refused(home):
    with pytest.raises(InputError, match="no such file"):
        install_boundaries(home / "absent.geojson")
    noise = home / "noise.geojson"
    noise.write_text("not a map", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        install_boundaries(noise)
    noise.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    with pytest.raises(InputError, match="allowed: 20 polygons|cannot be read"):
        install_boundaries(noise)


def test_broken_file_in_the_users_place_is_refused_by_the_reader(home):
    (home / "user").mkdir()
    (home / "user" / "regions.geojson").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"regions\.geojson"):
        load_regions()


def test_neighbours_are_small_valid_and_outside(committed):
    path = data_dir() / "neighbours.geojson"
    assert path.stat().st_size < 300_000
    around = load_neighbours()
    direct = {"RU", "CN", "MN", "KG", "UZ", "TM", "TJ", "AF", "PK", "IN", "IR", "AZ", "GE", "AM"}
    assert direct | {"TR", "EU", "CASPIAN"} == set(around.index)
    assert around.is_valid.all()
    assert around[["name_en", "name_ru", "name_kk"]].notna().all(axis=None)
    country = shapely.union_all(committed.geometry.to_numpy())
    common = shapely.area(shapely.intersection(around.geometry.to_numpy(), country)).sum()
    assert common < 0.005 * country.area


@pytest.mark.reference
def test_each_oblast_agrees_with_the_reference_outline(committed):
    path = reference_data("boundaries", "kz_oblasts_2022_osm_simplified.geojson")
    reference = gpd.read_file(path).set_index("iso_3166_2").to_crs(EQUAL_AREA).buffer(0)
    ours = committed.geometry.to_crs(EQUAL_AREA)
    assert set(ours.index) == set(reference.index)
    both = ours.intersection(reference.loc[ours.index], align=True).area
    either = ours.union(reference.loc[ours.index], align=True).area
    overlap = (both / either)[committed["kind"] == "oblast"]
    assert overlap.min() >= 0.75, overlap.round(3).to_dict()
    assert ((both / either)[committed["kind"] == "city"] > 0.5).all()


@pytest.mark.reference
def test_reference_outlines_can_be_installed_and_older_ones_not(home):
    exact = reference_data("boundaries", "kz_oblasts_2022_osm_simplified.geojson")
    install_boundaries(exact)
    area = cell_region_area(load_regions(), LATITUDE, LONGITUDE)
    assert float(area.sum()) == pytest.approx(2_752_026, rel=0.002)
    old = reference_data("boundaries", "geoBoundaries-KAZ-ADM1_16units_simplified.geojson")
    with pytest.raises(InputError, match="each of the 20 units of 2022"):
        install_boundaries(old)
