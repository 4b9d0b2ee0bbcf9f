"""The database of the registry, on SQLite and PostgreSQL: layout, history, nothing overwritten."""

from __future__ import annotations

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from greenanalysis.cli.main import cli
from greenanalysis.core.errors import InputError
from greenanalysis.registry import store, views
from greenanalysis.registry.models import Base, Source
from tests.support.registry_fixtures import address, engine, server

SOURCE = {"code": "a", "title": "first", "licence": None, "rank": 1}


def test_the_migration_makes_what_the_classes_say_and_runs_twice(engine):
    import greenanalysis.portal.models

    assert store.migrate(engine) == "0010"
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_every_change_is_kept_with_who_when_before_and_after(engine):
    with store.write_session(engine) as session:
        (key,) = store.insert_rows(session, Source, [SOURCE], who="anna")
        store.change_row(session, Source, key, {"title": "second"}, who="berik")
        store.remove_row(session, Source, key, who="chris")
    with store.read_session(engine) as session:
        states = store.history(session, "source", key)
        assert [state.who for state in states] == ["anna", "berik", "chris"]
        assert states[0].before is None
        assert json.loads(str(states[1].before))["title"] == "first"
        assert json.loads(states[1].after)["title"] == "second"
        assert json.loads(states[2].after)["deleted_at"]
        assert all(state.at for state in states)
        assert session.get(Source, key).title == "second"


def test_plain_sql_cannot_pass_by_the_history_nor_remove_a_row(engine):
    with store.write_session(engine) as session:
        store.insert_rows(session, Source, [SOURCE], who="anna")
    with store.writing(engine) as connection:
        connection.execute(text("UPDATE source SET title = 'by hand', changed_by = 'sql'"))
    with store.read_session(engine) as session:
        assert store.history(session, "source", 1)[-1].who == "sql"
    for statement in (
        "DELETE FROM source",
        'DELETE FROM "change"',
        "UPDATE \"change\" SET who='x'",
    ):
        with pytest.raises(DBAPIError, match="rows are kept"), store.writing(engine) as connection:
            connection.execute(text(statement))
    with store.read_session(engine) as session:
        assert len(store.history(session, "source", 1)) == 2


def test_a_reader_cannot_write(engine, address):
    reader = store.open_engine(store.registry_url(address), read_only=True)
    with pytest.raises((DBAPIError, InputError)), reader.begin() as connection:
        connection.execute(text("UPDATE source SET title = 'x'"))
    with store.read_session(reader) as session:
        assert views.facilities(session).empty
    reader.dispose()


def test_tables_and_indicators_come_out_of_the_command_line(engine, address, tmp_path):
    def said(*arguments):
        done = CliRunner().invoke(cli, ["registry", *arguments, "--registry", address])
        return f"{done.output}{done.exception or ''}"

    path = tmp_path / "facilities.csv"
    assert "0 rows written" in said("export", str(path))
    assert path.read_text(encoding="utf-8-sig").startswith("id,name,owner,technology")
    book = tmp_path / "changes.xlsx"
    assert "0 rows written" in said("export", str(book), "--table", "changes")
    assert next(load_workbook(book).active.values)
    assert "allowed: NAME.csv, NAME.xlsx" in said("export", str(tmp_path / "a.txt"))
    assert not (tmp_path / "a.txt").exists()
    assert "0 of 0 within the tolerance" in said("indicators")


def test_a_database_that_is_no_registry_is_one_clear_error(address):
    made = store.open_engine(store.registry_url(address))
    with pytest.raises(InputError, match="registry init"), store.read_session(made) as session:
        views.facilities(session)
    made.dispose()


@pytest.mark.parametrize("wrong", ["mysql://x/y", "sqlite://", "http://x"])
def test_other_databases_are_refused(wrong):
    with pytest.raises(InputError, match="allowed"):
        store.registry_url(wrong)
