"""The first layout: sources, documents, enterprises, plants, measures, observations, history."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from greenanalysis.registry.migrations.history import functions, history_statements, refusals

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEPT = ("source", "document", "enterprise", "facility", "measure", "observation")


def kept() -> list[sa.Column[Any]]:
    """Return the columns that every table of facts has."""
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.Column("deleted_at", sa.DateTime),
    ]


def link(target: str, *, needed: bool = False, index: bool = False) -> sa.Column[Any]:
    """Return a column that names a row of another table."""
    return sa.Column(
        f"{target}_id", sa.Integer, sa.ForeignKey(f"{target}.id"), nullable=not needed, index=index
    )


def text(name: str, *, needed: bool = True, **more: Any) -> sa.Column[Any]:
    """Return a column of text."""
    return sa.Column(name, sa.Text, nullable=not needed, **more)


def upgrade() -> None:
    """Make the tables and the triggers that keep their history."""
    synthetic = ("synthetic", sa.Boolean)
    op.create_table(
        "source",
        *kept(),
        text("code", unique=True),
        text("title"),
        text("licence", needed=False),
        sa.Column("rank", sa.Integer, nullable=False),
    )
    op.create_table(
        "document",
        *kept(),
        link("source"),
        text("name"),
        text("sha256", unique=True),
        text("kind"),
        sa.Column("rows_read", sa.Integer, nullable=False),
        sa.Column("rows_accepted", sa.Integer, nullable=False),
    )
    op.create_table(
        "enterprise",
        *kept(),
        text("name"),
        text("name_key", index=True),
        text("bin", needed=False, index=True),
        text("region", needed=False),
        sa.Column(*synthetic, nullable=False),
    )
    _facility()
    op.create_table(
        "measure",
        *kept(),
        link("enterprise", needed=True, index=True),
        link("source"),
        link("document"),
        *(text(name) for name in ("kind", "title", "title_key", "region", "status")),
        sa.Column("started", sa.Date),
        sa.Column(*synthetic, nullable=False),
    )
    _observation()
    op.create_table(
        "change",
        sa.Column("id", sa.Integer, primary_key=True),
        text("entity"),
        sa.Column("entity_id", sa.Integer, nullable=False),
        *(text("who"), text("at"), text("before", needed=False), text("after")),
    )
    op.create_index("ix_change_entity", "change", ["entity", "entity_id"])
    _triggers()


def _facility() -> None:
    op.create_table(
        "facility",
        *kept(),
        link("enterprise", index=True),
        link("source"),
        link("document"),
        *(text(name) for name in ("name", "name_key", "technology")),
        sa.Column("capacity", sa.Double),
        text("capacity_unit"),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        *(text("region"), text("status")),
        sa.Column("commissioned", sa.Date),
        *(text("commissioned_precision", needed=False), text("note", needed=False)),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        sa.CheckConstraint("capacity > 0", name="capacity"),
    )
    op.create_index("ix_facility_identity", "facility", ["region", "technology"])


def _observation() -> None:
    op.create_table(
        "observation",
        *kept(),
        *(link(name, index=True) for name in ("facility", "measure", "enterprise")),
        *(link("source"), link("document")),
        *(text(name, needed=False) for name in ("scope", "technology", "series")),
        text("quantity"),
        sa.Column("period_start", sa.Date, nullable=False),
        sa.Column("period_end", sa.Date, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        *(text("unit"), text("reported_by")),
        sa.Column("reported_at", sa.Date),
        text("note", needed=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.CheckConstraint("period_end >= period_start", name="period"),
    )
    op.create_index("ix_observation_quantity", "observation", ["quantity", "period_start"])


def _triggers() -> None:
    bind = op.get_bind()
    dialect = bind.dialect.name
    for statement in functions() if dialect == "postgresql" else []:
        op.execute(statement)
    for table in KEPT:
        columns = [column["name"] for column in sa.inspect(bind).get_columns(table)]
        for statement in history_statements(dialect, table, columns):
            op.execute(statement)
    for statement in refusals(dialect, "change", ("UPDATE", "DELETE")):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: going back would drop the history."""
    raise NotImplementedError("the first layout is not taken back: its history would be lost")
