"""Which plant a row means: phases, spellings, towns renamed, doubts that a person decides."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from greenanalysis.registry import content, store, views
from greenanalysis.registry.conflicts import conflicts, history
from greenanalysis.registry.identity import kind_of, name_key
from greenanalysis.registry.intake import import_file
from greenanalysis.registry.mapping import FileMapping
from greenanalysis.registry.models import Statement
from greenanalysis.registry.plants import Plant, Plants, find_plant

TODAY = dt.date(2026, 1, 31)
HEAD = (
    "name,enterprise,technology,capacity,capacity_unit,region,status,latitude,longitude,"
    "commissioned"
)
BLOG = {"code": "blog", "title": "A blog", "rank": 9}
MINISTRY = {"code": "ministry", "title": "The ministry", "rank": 1}


@pytest.fixture
def engine(tmp_path):
    made = store.open_engine(store.registry_url(str(tmp_path / "registry.sqlite")))
    store.migrate(made)
    yield made
    made.dispose()


def give(engine, tmp_path, *lines, source=None, head=HEAD, kind="facility", **more):
    number = len(list(tmp_path.glob("f*.csv")))
    path = tmp_path / f"f{number}.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    mapping = FileMapping(kind=kind, source=source or {}, **more)
    return import_file(engine, path, mapping, who="t", today=TODAY)


def table(engine):
    with store.read_session(engine) as session:
        return views.facilities(session)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Semipalatinsk CHP", "Семейская ТЭЦ"),
        ("Ust-Kamenogorsk HPP", "Өскемен СЭС"),
        ("Капчагайская ГЭС", "Konayev hydroelectric plant"),
        ("Вторая ВЭС Тест", "Test WPP-2"),
        ("Test III power station", "Тест-3"),
        ("ВЭС Абай 2, 50 МВт", "Abai WPP 2"),
        ("Шульбинская ГЭС", "Shulbi"),
        ("Мойнакская ГЭС", "Moynak hydro power plant"),
    ],
)
def test_spellings_of_one_plant_have_one_key(one, other):
    assert name_key(one) == name_key(other)


def test_a_district_station_and_a_heat_station_of_one_town_are_two():
    assert (
        kind_of("Карагандинская ГРЭС-2") == kind_of("State Regional power station-2") == "district"
    )
    assert kind_of("Karaganda TETS-2") == "heat"
    assert name_key("Abai 1") != name_key("Abai 2")


def plant(number, status="operating", capacity=100.0, **more):
    values = {
        **{"id": number, "name": "Tau", "keys": frozenset({"tau"}), "technology": "coal"},
        **{"region": "KZ-55", "status": status, "capacity": capacity, "latitude": None},
        **{"longitude": None, "owner": "", "technologies": frozenset({"coal"})},
        "capacities": frozenset({capacity}),
        **more,
    }
    return Plant(**values)


def row(**more):
    base = {"name": "Tau", "technology": "coal", "region": "KZ-55", "status": "operating"}
    return {**base, "capacity": 100.0, "enterprise": None, **more}


def found(plants, values, *confirmed):
    index = Plants()
    for one in plants:
        index.add(one)
    return find_plant(values, index, confirmed=confirmed)


def test_of_the_phases_of_a_plant_status_and_capacity_decide():
    phases = [plant(1), plant(2, "mothballed", 300.0), plant(3, "planned", 50.0)]
    assert found(phases, row()).plant.id == 1
    assert found(phases, row(status="mothballed", capacity=300.0)).plant.id == 2
    assert found(phases, row(status="construction", capacity=50.0)).plant.id == 3
    assert found(phases[:1], row(status="planned", capacity=40.0)).part_of.id == 1
    assert found(phases[:1], row(status="mothballed", capacity=60.0)).part_of.id == 1


def test_what_could_mean_several_plants_is_asked_and_can_be_chosen():
    twins = [plant(1), plant(2)]
    match = found(twins, row())
    assert match.plant is None
    assert match.reasons[0][0] == "ambiguous-plant"
    assert "plant 1 (Tau)" in match.reasons[0][1]
    assert "plant 2 (Tau)" in match.reasons[0][1]
    assert found(twins, row(plant="2")).plant.id == 2
    assert found(twins, row(plant="new")) == found([], row())
    assert found(twins, row(plant="7")).reasons[0][0] == "unknown-plant"


@pytest.mark.parametrize("status", ["retired", "superseded", "cancelled"])
def test_what_has_ended_does_not_revive_without_a_word(status):
    match = found([plant(1, status)], row())
    assert [code for code, _ in match.reasons] == ["revived"]
    assert found([plant(1, status)], row(), "revived").reasons == ()


@pytest.mark.parametrize(
    ("factor", "code"),
    [(0.4, "large-change"), (0.5, "large-change"), (2, "large-change"), (4, "large-change"),
     (10, "decimal-slip"), (1000, "decimal-slip"), (1.5, None)],
)  # fmt: skip
def test_a_capacity_that_doubles_is_asked_about(factor, code):
    codes = [name for name, _ in found([plant(1)], row(capacity=100.0 * factor)).reasons]
    assert codes == ([code] if code else [])


def test_a_plant_under_another_fuel_or_far_away_is_not_added_unseen():
    gas = plant(1, technology="gas", technologies=frozenset({"gas"}))
    assert found([gas], row()).reasons[0][0] == "duplicate-alike"
    assert found([plant(1, region="KZ-47")], row()).reasons[0][0] == "duplicate-alike"
    assert found([gas], row(), "duplicate-alike") == found([], row())
    wind = plant(1, technology="wind", technologies=frozenset({"wind"}))
    assert found([wind], row()).reasons == ()


def test_rows_that_the_registry_holds_change_nothing_of_the_start_content(engine, tmp_path):
    content.load_start(engine)
    before = table(engine)
    lines = [
        "Zhezkazgan power station,,coal,252,MW,Ulytau,operating,,,",
        "Almaty-2 power station,,gas,558,MW,Almaty,construction,,,",
        "GTPP-500 Uralsk power station,,gas,396,MW,West Kazakhstan,planned,,,",
    ]
    report = give(engine, tmp_path, *lines, source=BLOG)
    after = table(engine)
    assert (report.added, report.refused) == (0, [])
    assert after["capacity_mw"].tolist() == before["capacity_mw"].tolist()
    assert after["status"].tolist() == before["status"].tolist()
    assert after["source"].tolist() == before["source"].tolist()


def test_a_blog_does_not_stand_under_the_name_of_the_ministry(engine, tmp_path):
    give(engine, tmp_path, "Sary WPP,LLP Sary,wind,100,MW,KZ-15,operating,,,2020", source=MINISTRY)
    report = give(engine, tmp_path, "Сары ВЭС,,wind,60,MW,KZ-15,operating,,,2021", source=BLOG)
    assert (report.added, report.updated, report.outranked) == (0, 0, 1)
    only = table(engine).iloc[0]
    assert (only["capacity_mw"], only["year"], only["source"]) == (100, 2020, "The ministry")
    with store.read_session(engine) as session:
        told = conflicts(session)
        said = history(session, "facility", 1)
    assert set(told["field"]) == {"capacity", "commissioned"}
    assert set(told["other_from"]) == {"blog"}
    assert len(said) == 2


def test_an_older_report_does_not_replace_a_newer_one(engine, tmp_path):
    head = "name,technology,region,period,quantity,value,unit,reported_by,reported_at"
    give(engine, tmp_path, "Sary WPP,,wind,100,MW,KZ-15,operating,,,2020")
    base = "Sary WPP,wind,KZ-15,2022,generation,{},MWh,owner,{}"
    for value, day in ((300000, "2024-02-01"), (250000, "2023-02-01")):
        give(engine, tmp_path, base.format(value, day), head=head, kind="observation")
    with store.read_session(engine) as session:
        assert views.observations(session)["value"].tolist() == [300000]
        count = session.query(Statement).filter(Statement.entity == "observation").count()
        assert count == 2
    report = give(
        engine, tmp_path, base.format(120000, "2025-02-01"), head=head, kind="observation"
    )
    assert report.codes() == {"large-change": 1}


def test_two_reporters_of_one_period_are_one_value_and_a_conflict(engine, tmp_path):
    head = "name,technology,region,period,quantity,value,unit,reported_by"
    give(engine, tmp_path, "Sary WPP,,wind,100,MW,KZ-15,operating,,,2020")
    for who, value in (("owner", 300000), ("grid operator", 310000)):
        line = f"Sary WPP,wind,KZ-15,2022,generation,{value},MWh,{who}"
        give(engine, tmp_path, line, head=head, kind="observation")
    with store.read_session(engine) as session:
        assert len(views.observations(session)) == 1
        assert conflicts(session)["field"].tolist() == ["value"]


def test_a_double_is_found_by_name_place_and_any_capacity_that_was_stated(engine, tmp_path):
    give(engine, tmp_path, "Kapshagay hydro,,hydro,434,MW,KZ-19,operating,43.9231,77.0978,")
    report = give(engine, tmp_path, "Kapchagan,,hydro,430,MW,KZ-19,operating,43.9226,77.0978,")
    assert report.codes() == {"duplicate-alike": 1}
    rows = list(csv.DictReader(report.quarantine.open(encoding="utf-8-sig")))
    rows[0]["_plant"] = "1"
    path = Path(report.quarantine).with_name("chosen.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    again = import_file(engine, path, FileMapping(kind="facility"), who="t", today=TODAY)
    assert (again.added, again.refused) == (0, [])
    assert len(table(engine)) == 1


def test_a_region_by_default_gives_way_to_place_and_name(engine, tmp_path):
    give(engine, tmp_path, "Sary WPP,,wind,100,MW,KZ-15,operating,,,2020")
    report = give(
        engine,
        tmp_path,
        "Sary WPP,wind,100,MW,operating,,",
        "Tas WPP,wind,50,MW,operating,44.85,65.70",
        "Zher WPP,wind,30,MW,operating,,",
        head="name,technology,capacity,capacity_unit,status,latitude,longitude",
        defaults={"region": "Karaganda"},
    )
    assert (report.added, report.unchanged) == (2, 1)
    assert table(engine)["region"].tolist() == ["KZ-15", "KZ-43", "KZ-35"]
