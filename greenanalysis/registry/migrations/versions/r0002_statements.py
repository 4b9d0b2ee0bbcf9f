"""Statements: what each source said of each row is kept beside the value that is derived from it.

Rows of the first layout become statements. A change that an import made is given to the source of
that import (the first layout kept the earlier source beside the new value), and the values of the
row are derived anew: the better source stands.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from greenanalysis.registry.migrations.history import history_statements
from greenanalysis.registry.migrations.versions.r0001_start import kept, link, text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORST_RANK = 9
CONTENT = {
    "enterprise": ("name", "bin", "region"),
    "facility": (
        *("name", "technology", "capacity", "capacity_unit", "latitude", "longitude", "region"),
        *("status", "commissioned", "commissioned_precision", "enterprise_id", "note"),
    ),
    "measure": ("kind", "title", "region", "status", "started", "enterprise_id"),
    "observation": (
        *("facility_id", "measure_id", "enterprise_id", "scope", "technology", "series"),
        *("quantity", "period_start", "period_end", "value", "unit", "reported_by"),
        *("reported_at", "note"),
    ),
}
PERIOD = (
    *("facility_id", "measure_id", "enterprise_id", "series", "quantity"),
    *("period_start", "period_end"),
)


def upgrade() -> None:
    """Make the table of statements, the new columns, and statements of the rows there are."""
    bind = op.get_bind()
    op.create_table(
        "statement",
        *kept(),
        text("entity"),
        sa.Column("entity_id", sa.Integer, nullable=False),
        link("source", needed=True),
        link("document", index=True),
        sa.Column("row_number", sa.Integer),
        sa.Column("reported_on", sa.Date),
        sa.Column("content", sa.JSON, nullable=False),
    )
    op.create_index("ix_statement_entity", "statement", ["entity", "entity_id"])
    op.add_column("facility", sa.Column("retired", sa.Date))
    op.add_column("facility", text("retired_precision", needed=False))
    op.add_column("measure", sa.Column("investment", sa.Double))
    for name in ("technology", "taxonomy", "recognition", "best_technique", "note"):
        op.add_column("measure", text(name, needed=False))
    _triggers(bind)
    _statements_of_rows(bind)


def _triggers(bind: sa.Connection) -> None:
    """Keep the history of the new table, and that of the new columns."""
    dialect = bind.dialect.name
    tables = ("statement",) if dialect == "postgresql" else ("statement", "facility", "measure")
    for table in tables:
        for name in ("history_insert", "history_update", "refuse_delete"):
            if dialect != "postgresql":
                op.execute(f"DROP TRIGGER IF EXISTS {name}_{table}")
        columns = [column["name"] for column in sa.inspect(bind).get_columns(table)]
        for statement in history_statements(dialect, table, columns):
            op.execute(statement)


def _statements_of_rows(bind: sa.Connection) -> None:
    meta = sa.MetaData()
    meta.reflect(bind, only=["source", "document", "statement", "change", *CONTENT])
    tables = meta.tables
    documents = {
        (row.changed_by, str(row.changed_at)[:19].replace("T", " ")): row
        for row in bind.execute(sa.select(tables["document"]).order_by(tables["document"].c.id))
        if row.kind != "start"
    }
    home: list[int] = []
    for entity, names in CONTENT.items():
        rows = []
        states = _states(bind, tables["change"], entity)
        for row in bind.execute(sa.select(tables[entity]).order_by(tables[entity].c.id)):
            for stated in _stated(dict(row._mapping), states.get(row.id, []), names, documents):
                stated["source_id"] = stated["source_id"] or _nowhere(bind, tables["source"], home)
                rows.append({"entity": entity, "entity_id": row.id, **stated})
        if rows:
            bind.execute(sa.insert(tables["statement"]), rows)
    _one_value_a_period(bind, tables)
    for entity in ("facility", "observation"):
        _derive(bind, tables, entity)


def _states(bind: sa.Connection, change: sa.Table, entity: str) -> dict[int, list[Any]]:
    query = sa.select(change).where(change.c.entity == entity).order_by(change.c.id)
    states: dict[int, list[Any]] = defaultdict(list)
    for row in bind.execute(query):
        states[row.entity_id].append(row)
    return states


def _stated(
    row: Mapping[str, Any],
    states: list[Any],
    names: tuple[str, ...],
    documents: dict[tuple[str, str], Any],
) -> Iterator[dict[str, Any]]:
    """Yield what the states of a row said: all of the first one, what changed of each further."""
    common = {
        **{"changed_by": row["changed_by"], "changed_at": row["changed_at"], "deleted_at": None},
        **{"row_number": None, "reported_on": row.get("reported_at")},
    }
    before: dict[str, Any] = {}
    for state in states or [None]:
        values = json.loads(state.after) if state is not None else _plain(row)
        content = {
            name: values[name]
            for name in names
            if values.get(name) is not None and values[name] != before.get(name)
        }
        document = None
        if state is not None and before:
            document = documents.get((state.who, str(state.at)[:19].replace("T", " ")))
        first = not before
        before = values
        if not content:
            continue
        who = {} if state is None else {"changed_by": state.who}
        if document is not None:
            origin = {"source_id": document.source_id, "document_id": document.id}
        elif first:
            origin = {name: row.get(name) for name in ("source_id", "document_id")}
        else:
            origin = {"source_id": row.get("source_id"), "document_id": None}
        yield {**common, **who, **origin, "content": content}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }


def _nowhere(bind: sa.Connection, source: sa.Table, home: list[int]) -> int:
    """Return the source of rows that named none: each names who reported it in its own column."""
    if not home:
        code = "named-in-the-row"
        number = bind.scalar(sa.select(source.c.id).where(source.c.code == code))
        if number is None:
            when = bind.scalar(sa.select(sa.func.max(source.c.changed_at)))
            row = {
                **{"code": code, "title": "the source that the row itself names"},
                **{"rank": WORST_RANK, "changed_by": "layout 0002", "deleted_at": None},
                "changed_at": when or sa.func.now(),
            }
            bind.execute(sa.insert(source).values(**row))
            number = bind.scalar(sa.select(source.c.id).where(source.c.code == code))
        home.append(int(number or 0))
    return home[0]


def _one_value_a_period(bind: sa.Connection, tables: Mapping[str, sa.Table]) -> None:
    """Two reports of one quantity and period become two statements of one observation."""
    table, statement = tables["observation"], tables["statement"]
    first: dict[tuple[Any, ...], int] = {}
    rows = bind.execute(
        sa.select(table).where(table.c.scope.is_(None), table.c.deleted_at.is_(None))
    )
    for row in rows.all():
        key = tuple(row._mapping[name] for name in PERIOD)
        if key not in first:
            first[key] = row.id
            continue
        mine = (statement.c.entity == "observation") & (statement.c.entity_id == row.id)
        bind.execute(sa.update(statement).where(mine).values(entity_id=first[key]))
        gone = sa.update(table).where(table.c.id == row.id)
        bind.execute(gone.values(deleted_at=row.changed_at, changed_by="layout 0002"))


def _derive(bind: sa.Connection, tables: Mapping[str, sa.Table], entity: str) -> None:
    """Give rows with several statements the values of the best source, of it the newest."""
    table, statement, source = tables[entity], tables["statement"], tables["source"]
    rank = sa.select(source.c.id, source.c.rank)
    ranks = {row.id: row.rank for row in bind.execute(rank)}
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in bind.execute(sa.select(statement).where(statement.c.entity == entity)):
        groups[row.entity_id].append(row)
    dates = {name for name, column in table.c.items() if isinstance(column.type, sa.Date)}
    for key, rows in groups.items():
        if len(rows) < 2:
            continue
        rows.sort(key=lambda row: (ranks[row.source_id], -_day(row.reported_on), -row.id))
        values: dict[str, Any] = {}
        for row in rows:
            for name, value in row.content.items():
                values.setdefault(name, value)
        for name in dates & set(values):
            values[name] = dt.date.fromisoformat(str(values[name])[:10])
        lead = next((row for row in rows if "capacity" in row.content), rows[0])
        origin = {"source_id": lead.source_id, "document_id": lead.document_id}
        changed = sa.update(table).where(table.c.id == key)
        bind.execute(changed.values(**values, **origin, changed_by="layout 0002"))


def _day(date: Any) -> int:
    return 0 if date is None else int(date.toordinal())


def downgrade() -> None:
    """Refuse: going back would drop the statements."""
    raise NotImplementedError("the layout 0002 is not taken back: its statements would be lost")
