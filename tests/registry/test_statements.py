"""Statements on both databases: the better source stands, nothing is lost, old layouts too."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, select, text

from greenanalysis.core.errors import InputError
from greenanalysis.registry import content, store, views
from greenanalysis.registry.conflicts import conflicts, history, values
from greenanalysis.registry.corrections import merge, withdraw
from greenanalysis.registry.models import Change, Facility, Observation, Statement
from greenanalysis.registry.statements import Stated, document_id, record_statements, source_id
from tests.support.registry_fixtures import address, engine, server

PLANT = {
    **{"name": "Saryjaz WPP", "technology": "wind", "capacity": 60.0, "capacity_unit": "MW"},
    **{"region": "KZ-19", "status": "operating"},
}


def say(engine, statements, *, code="ministry", rank=1, on=None, name="report.csv", **more):
    """Record statements of one source as one document; return the ids of their rows."""
    with store.write_session(engine) as session:
        source = source_id(session, code, title=f"The {code}", rank=rank, who="t")
        document = document_id(
            session,
            source=source,
            name=name,
            sha256=f"{code}{name}{on}{len(statements)}{statements[0].content}",
            kind="facility",
            rows_read=len(statements),
            rows_accepted=len(statements),
            who="t",
        )
        recorded = record_statements(
            session, statements, source=source, document=document, reported_on=on, who="t", **more
        )
    return recorded.ids


def plant(engine, number=1):
    with store.read_session(engine) as session:
        return session.get(Facility, number)


def test_a_worse_source_never_replaces_a_better_one_and_is_a_conflict(engine):
    (key,) = say(engine, [Stated("facility", PLANT)])
    say(engine, [Stated("facility", {"capacity": 90.0}, entity_id=key)], code="blog", rank=9)
    assert plant(engine, key).capacity == 60
    with store.read_session(engine) as session:
        table = conflicts(session)
        told = history(session, "facility", key)
        named = values(session)
    assert table[["field", "taken", "taken_from", "other", "other_from"]].to_numpy().tolist() == [
        ["capacity", 60, "ministry", 90, "blog"]
    ]
    assert told["source"].tolist() == ["The ministry", "The blog"]
    assert told["stands"].map(len).tolist() == [6, 0]
    assert set(named["source"]) == {"The ministry"}


def test_a_better_source_replaces_a_worse_one_under_its_own_name(engine):
    (key,) = say(engine, [Stated("facility", {**PLANT, "note": "guessed"})], code="blog", rank=9)
    say(engine, [Stated("facility", {"capacity": 58.0}, entity_id=key)])
    with store.read_session(engine) as session:
        row = views.facilities(session).loc[key]
        named = values(session).set_index("field")["source"]
    assert (row["capacity_mw"], row["source"]) == (58, "The ministry")
    assert (named["capacity"], named["note"], named["status"]) == (
        *("The ministry", "The blog", "The blog"),
    )


def test_of_one_source_the_newest_report_stands_whatever_comes_in_last(engine):
    (key,) = say(engine, [Stated("facility", PLANT)], on=dt.date(2024, 6, 1))
    older = [Stated("facility", {"capacity": 40.0}, entity_id=key)]
    say(engine, older, on=dt.date(2023, 6, 1))
    assert plant(engine, key).capacity == 60
    say(engine, older, name="undated.csv")
    assert plant(engine, key).capacity == 60
    say(engine, [Stated("facility", {"capacity": 61.0}, entity_id=key)], on=dt.date(2025, 6, 1))
    assert plant(engine, key).capacity == 61
    with store.read_session(engine) as session:
        assert conflicts(session).empty


def test_saying_the_same_again_adds_nothing(engine):
    say(engine, [Stated("facility", PLANT)])
    with store.read_session(engine) as session:
        before = session.scalar(select(func.count()).select_from(Statement))
    say(engine, [Stated("facility", PLANT, entity_id=1)], name="again.csv")
    with store.read_session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Statement)) == before


def report(value, *, by="Works LLP", code=None):
    return [
        Stated("enterprise", {"name": by, "bin": code}),
        Stated("measure", {"kind": "water", "title": "Loop", "region": "KZ-15"}, subject=0),
        Stated(
            "observation",
            {
                **{"quantity": "water_saved", "value": value, "unit": "m3", "reported_by": by},
                **{"period_start": dt.date(2024, 1, 1), "period_end": dt.date(2024, 12, 31)},
            },
            subject=1,
        ),
    ]


def test_a_report_finds_its_enterprise_measure_and_period_again(engine):
    first = say(engine, report(500.0), code="report", on=dt.date(2025, 2, 1))
    again = say(engine, report(510.0), code="report", on=dt.date(2025, 3, 1))
    assert first == again
    with store.read_session(engine) as session:
        assert session.scalar(select(Observation.value)) == 510
        assert views.measures(session)["owner"].tolist() == ["Works LLP"]
    with_code = report(520.0, by="ТОО «Works»", code="990140000385")
    assert say(engine, with_code, code="report", on=dt.date(2025, 4, 1)) == first
    other = say(engine, report(1.0, code="000940000228"), code="report", on=dt.date(2025, 5, 1))
    assert other[0] != first[0]


def test_examples_never_meet_real_rows(engine):
    real = say(engine, report(500.0), code="report")
    example = say(engine, report(900.0), code="demo", synthetic=True)
    assert not set(real) & set(example) or real[0] != example[0]
    with store.read_session(engine) as session:
        assert views.observations(session)["value"].tolist() == [500]
        assert views.observations(session, synthetic=True)["value"].tolist() == [500, 900]


def test_withdrawing_falls_back_and_the_last_statement_takes_the_row_out(engine):
    (key,) = say(engine, [Stated("facility", PLANT)], code="blog", rank=9)
    say(engine, [Stated("facility", {"capacity": 58.0}, entity_id=key)])
    with store.write_session(engine) as session:
        assert withdraw(session, document=2, who="t") == 1
    assert plant(engine, key).capacity == 60
    with store.write_session(engine) as session:
        withdraw(session, statement=1, who="t")
    with store.read_session(engine) as session:
        assert views.facilities(session).empty
        assert session.scalar(select(func.count()).select_from(Statement)) == 2
        assert history(session, "facility", key)["withdrawn"].all()
    with pytest.raises(InputError, match="no statement 1"), store.write_session(engine) as session:
        withdraw(session, statement=1, who="t")


def test_two_rows_of_one_plant_become_one_with_all_that_was_said(engine):
    def year(value):
        return {
            **{"quantity": "generation", "value": value, "unit": "MWh", "reported_by": "owner"},
            **{"period_start": dt.date(2024, 1, 1), "period_end": dt.date(2024, 12, 31)},
        }

    one = say(engine, [Stated("facility", PLANT), Stated("observation", year(9e4), subject=0)])
    double = {**PLANT, "name": "Сарыжаз", "capacity": 61.0}
    two = say(
        engine,
        [Stated("facility", double), Stated("observation", year(8e4), subject=0)],
        code="tracker",
        rank=2,
    )
    with store.write_session(engine) as session:
        merge(session, "facility", keep=one[0], double=two[0], who="t")
    with store.read_session(engine) as session:
        assert len(views.facilities(session)) == 1
        assert views.observations(session)[["facility_id", "value"]].to_numpy().tolist() == [
            [one[0], 9e4]
        ]
        assert len(history(session, "facility", one[0])) == 2
    with pytest.raises(InputError, match="merge"), store.write_session(engine) as session:
        merge(session, "facility", keep=one[0], double=two[0], who="t")


def test_statements_that_cannot_be_recorded_are_one_error_and_leave_nothing(engine):
    for wrong, words in (
        (Stated("facility", {"power": 3}), "power"),
        (Stated("facility", PLANT, entity_id=77), "entity_id"),
        (Stated("dam", PLANT), "entity"),
    ):
        with pytest.raises(InputError, match=words):
            say(engine, [Stated("facility", PLANT), wrong])
    with store.read_session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Facility)) == 0


@pytest.fixture
def layout_one(address):
    """A registry of the first layout: a plant of a good source that an import has changed."""
    made = store.open_engine(store.registry_url(address))
    config = Config()
    folder = store.__file__.replace("store.py", "migrations")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    with store.writing(made) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    yield made
    made.dispose()


def test_a_registry_of_the_first_layout_loses_nothing_and_gets_its_sources_right(layout_one):
    when, later = "2025-01-01 10:00:00", "2025-05-05 09:30:00"
    kept = "changed_by, changed_at"
    with store.writing(layout_one) as connection:
        for code, rank in (("tracker", 2), ("blog", 9)):
            connection.execute(
                text(
                    f"INSERT INTO source (code, title, rank, {kept}) "
                    f"VALUES ('{code}', 'The {code}', {rank}, 'a', '{when}')"
                )
            )
        for number, name, who, at in ((1, "t.csv", "a", when), (2, "b.csv", "b", later)):
            connection.execute(
                text(
                    "INSERT INTO document (source_id, name, sha256, kind, rows_read, "
                    f"rows_accepted, {kept}) VALUES ({number}, '{name}', '{name}', 'facility', 1, "
                    f"1, '{who}', '{at}')"
                )
            )
        connection.execute(
            text(
                "INSERT INTO facility (name, name_key, technology, capacity, capacity_unit, region,"
                f" status, synthetic, source_id, document_id, note, {kept}) VALUES ('A', 'a', "
                f"'hydro', 100, 'MW', 'KZ-55', 'operating', false, 1, 1, 'a note', 'a', '{when}')"
            )
        )
        connection.execute(
            text(f"UPDATE facility SET capacity = 60, changed_by = 'b', changed_at = '{later}'")
        )
        for by, value in (("owner", 10), ("grid", 12)):
            connection.execute(
                text(
                    "INSERT INTO observation (facility_id, quantity, period_start, period_end, "
                    f"value, unit, reported_by, synthetic, source_id, {kept}) VALUES (1, "
                    f"'generation', '2024-01-01', '2024-12-31', {value}, 'MWh', '{by}', false, 1, "
                    f"'a', '{when}')"
                )
            )
    assert store.migrate(layout_one) == "0010"
    with store.read_session(layout_one) as session:
        assert session.get(Facility, 1).capacity == 100
        told = history(session, "facility", 1)
        assert told["source"].tolist() == ["The tracker", "The blog"]
        assert told["content"].iloc[1] == {"capacity": 60.0}
        differing = conflicts(session)
        assert {"capacity", "value"} == set(differing["field"])
        assert len(views.observations(session)) == 1
        assert session.scalar(select(func.count()).select_from(Statement)) == 4
        states = store.history(session, "facility", 1)
        assert [json.loads(state.after)["capacity"] for state in states] == [100, 60, 100]
    assert store.migrate(layout_one) == "0010"


def test_every_statement_of_the_start_content_is_a_statement_of_the_registry(tmp_path):
    made = store.open_engine(store.registry_url(str(tmp_path / "r.sqlite")))
    store.migrate(made)
    content.load_start(made)
    stated = content.read_statements()
    plants, differing = content.reconcile(stated)
    with store.read_session(made) as session:
        rows = session.scalars(select(Statement).where(Statement.entity == "facility")).all()
        kept = sorted((row.content["name"], row.content.get("capacity") or 0) for row in rows)
        facilities = views.facilities(session)
        fields = conflicts(session)["field"]
        observed = session.scalar(
            select(func.count()).select_from(Statement).where(Statement.entity == "observation")
        )
        assert observed == len(views.observations(session))
        assert session.scalar(select(func.count()).select_from(Change)) > len(rows)
    assert kept == sorted(zip(stated["name"], stated["capacity_mw"].fillna(0), strict=True))
    counted = plants[plants["status"] != "superseded"]
    assert facilities["capacity_mw"].sum() == pytest.approx(counted["capacity_mw"].sum())
    assert sorted(facilities["status"]) == sorted(counted["status"])
    assert (fields == "capacity").sum() == (differing["field"] == "capacity_mw").sum()
