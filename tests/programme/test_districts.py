"""Districts: each fact has its source, what is not known is one remainder and never spread."""

from __future__ import annotations

import math
import shutil

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import data_dir
from greenanalysis.geo.districts import (
    district_name,
    district_outlines,
    load_districts,
    regions_with_districts,
)
from greenanalysis.geo.regions import load_regions
from greenanalysis.programme.districts import (
    REGION,
    REMAINDER,
    by_district,
    coverage,
    district_facts,
    district_quantities,
    district_table,
)

TURKISTAN = "KZ-61"


def test_turkistan_has_three_cities_and_fourteen_districts_inside_it():
    districts = load_districts("Turkistan")
    assert districts["kind"].value_counts().to_dict() == {"district": 14, "city": 3}
    region = load_regions().loc[TURKISTAN, "geometry"].buffer(0.3)
    assert districts.within(region).all()
    assert regions_with_districts() == [TURKISTAN]
    assert load_districts("KZ-10").empty


@pytest.mark.parametrize(
    ("name", "district"),
    [
        ("Sauran", "Sauran"),
        ("Сауранский район", "Sauran"),
        ("Сауран ауданы", "Sauran"),
        ("Сузакский р-н", "Sozak"),
        ("Төлеби ауданы", "Tolebi"),
        ("Мактааральский", "Maktaaral"),
        ("г. Кентау", "Kentau city"),
        ("Түркістан қаласы", "Turkistan city"),
        ("Otrar", "Otyrar"),
        ("KELES DISTRICT", "Keles"),
    ],
)
def test_names_in_three_languages(name, district):
    assert district_name(name, TURKISTAN) == district


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Saurann", "Sauran"), ("Сайрамскии раён", "Sairam"), ("Шардарa ауданы", "Shardara")],
)
def test_a_misspelt_district_suggests_names(name, hint):
    with pytest.raises(InputError, match=rf"unknown district: got .*did you mean .*{hint}"):
        district_name(name, TURKISTAN)


def test_every_adding_quantity_sums_to_the_region():
    quantities = district_quantities()
    summed = 0
    for quantity in quantities.index[quantities["adds"]]:
        table = district_table(TURKISTAN, quantity)
        total = table.loc[REGION, "value"]
        if math.isnan(total):
            assert math.isnan(table.loc[REMAINDER, "value"])
            continue
        assert table["value"].drop(REGION).sum() == pytest.approx(total)
        assert table.loc[REMAINDER, "value"] >= 0
        summed += 1
    assert summed >= 8


def test_population_keeps_its_gaps_in_one_remainder():
    table = district_table(TURKISTAN, "population")
    assert table.loc[REGION, "value"] == 2148168
    for gap in ("Zhetisay", "Sozak", "Tolebi", "Shardara"):
        assert gap not in table.index
        assert gap in table.loc[REMAINDER, "note"]
    assert math.isnan(district_table(TURKISTAN, "gas_access").loc[REMAINDER, "value"])
    assert district_table(TURKISTAN, "drainage_wells").loc[REMAINDER, "value"] == 0


def test_coverage_and_map_tell_the_gaps():
    table = coverage(TURKISTAN)
    assert (table["of"] == 17).all()
    assert table.loc["population", "known"] == 13
    assert table.loc["drinking_water_planned", "known"] == 5
    wide = by_district(TURKISTAN)
    assert wide["population"].notna().sum() == 13
    assert (wide.geom_type == "Point").all()


def test_outlines_come_from_the_users_file(tmp_path):
    file = tmp_path / "own.geojson"
    names = ["Сауранский район", "Keles"]
    shapes = [box(67.5, 43, 68, 43.5), box(68.5, 41, 69, 41.5)]
    gpd.GeoDataFrame({"name": names}, geometry=shapes, crs="EPSG:4326").to_file(file)
    outlines = district_outlines(file, TURKISTAN)
    assert sorted(outlines.index) == ["Keles", "Sauran"]
    kinds = by_district(TURKISTAN, outlines).geom_type
    assert kinds["Sauran"] == "Polygon"
    assert kinds["Otyrar"] == "Point"
    gpd.GeoDataFrame({"name": ["Nowhere"]}, geometry=shapes[:1], crs="EPSG:4326").to_file(file)
    with pytest.raises(InputError, match="unknown district: got 'Nowhere'"):
        district_outlines(file, TURKISTAN)
    with pytest.raises(InputError, match="do not exist"):
        district_outlines(tmp_path / "none.geojson", TURKISTAN)


@pytest.fixture
def home(tmp_path, monkeypatch):
    shutil.copytree(data_dir() / "facts", tmp_path / "data" / "facts")
    (tmp_path / "data" / "assumptions").mkdir()
    monkeypatch.setenv("GREENANALYSIS_HOME", str(tmp_path))
    return tmp_path / "data" / "facts"


def add(home, **row: str) -> None:
    path = home / "district_facts.csv"
    facts = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    base = {
        "region": TURKISTAN,
        "district": "Sozak",
        "quantity": "population",
        "value": "60000",
        "unit": "person",
        "year": "2024",
        "kind": "reported",
        "source": "an akimat",
        "note": "",
    }
    pd.concat([facts, pd.DataFrame([base | row])]).to_csv(path, index=False)


def test_a_filled_gap_shrinks_the_remainder(home):
    before = district_table(TURKISTAN, "population").loc[REMAINDER, "value"]
    add(home)
    table = district_table(TURKISTAN, "population")
    assert table.loc[REMAINDER, "value"] == pytest.approx(before - 60000)
    assert table.loc["Sozak", "source"] == "an akimat"


def test_any_region_whose_table_is_filled_has_districts(home):
    path = home / "districts.csv"
    districts = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    row = districts.iloc[0].to_dict() | {
        "region": "KZ-31",
        "district": "Baizak",
        "geonameid": "1520947",
    }
    pd.concat([districts, pd.DataFrame([row])]).to_csv(path, index=False)
    add(home, region="KZ-31", district="Baizak")
    table = district_table("KZ-31", "population")
    assert table.loc["Baizak", "value"] == 60000
    assert math.isnan(table.loc[REMAINDER, "value"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"year": ""}, "year: got an empty cell"),
        ({"source": ""}, "source"),
        ({"value": ""}, "value: got an empty cell"),
        ({"district": "Sozzak"}, "did you mean Sozak"),
        ({"quantity": "camels"}, "unknown quantity"),
        ({"unit": "head"}, "unit: got head"),
        ({"kind": "guessed"}, "unknown kind"),
        ({"value": "-1"}, "value: got -1"),
        ({"value": "9000000"}, "sum of districts"),
        ({"district": "Sozak+Keles"}, "each district alone or in one group"),
    ],
)
def test_a_bad_fact_is_refused(home, row, message):
    add(home, **row)
    with pytest.raises(InputError, match=message):
        district_table(TURKISTAN, "population")


def test_an_unknown_quantity_is_named():
    with pytest.raises(InputError, match="unknown quantity: got 'peple'"):
        district_table(TURKISTAN, "peple")
    assert {"year", "source", "kind"} <= set(district_facts(TURKISTAN).columns)
