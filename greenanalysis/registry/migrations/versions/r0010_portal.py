"""The reporting cycle: accounts, roles, invitations, campaigns, reports, reviews, audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from greenanalysis.registry.migrations.history import history_statements

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = ("membership", "campaign", "obligation", "report", "review", "target")
LIVING = "state IN ('draft', 'submitted', 'returned', 'accepted') AND deleted_at IS NULL"


def key() -> sa.Column[Any]:
    """Return the column of the number of a row."""
    return sa.Column("id", sa.Integer, primary_key=True)


def kept() -> list[sa.Column[Any]]:
    """Return the columns that every table of facts has."""
    return [
        key(),
        text("changed_by"),
        moment("changed_at"),
        moment("deleted_at", needed=False),
    ]


def link(name: str, target: str, *, needed: bool = True, **more: Any) -> sa.Column[Any]:
    """Return a column that names a row of another table."""
    return sa.Column(name, sa.Integer, sa.ForeignKey(f"{target}.id"), nullable=not needed, **more)


def text(name: str, *, needed: bool = True, **more: Any) -> sa.Column[Any]:
    """Return a column of text."""
    return sa.Column(name, sa.Text, nullable=not needed, **more)


def moment(name: str, *, needed: bool = True, **more: Any) -> sa.Column[Any]:
    """Return a column of a time in UTC."""
    return sa.Column(name, sa.DateTime, nullable=not needed, **more)


def whole(name: str, kind: Any = sa.Integer) -> sa.Column[Any]:
    """Return a needed column of another type."""
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Make the tables, and the triggers of those whose history is kept."""
    _people()
    _cycle()
    bind = op.get_bind()
    for table in KEPT:
        columns = [column["name"] for column in sa.inspect(bind).get_columns(table)]
        for statement in history_statements(bind.dialect.name, table, columns):
            op.execute(statement)


def _people() -> None:
    op.create_table(
        "account",
        key(),
        text("login", unique=True),
        *(text("name"), text("language")),
        *(text("issuer", needed=False), text("subject", needed=False)),
        *(moment("created_at"), moment("closed_at", needed=False)),
    )
    op.create_table(
        "secret",
        key(),
        link("account_id", "account", index=True),
        *(text("kind"), text("hash", index=True), text("label", needed=False)),
        *(moment("created_at"), moment("expires_at", needed=False)),
    )
    op.create_table(
        "invitation",
        key(),
        *(text("hash", unique=True), text("role")),
        link("enterprise_id", "enterprise", needed=False),
        text("region", needed=False),
        *(moment("expires_at"), moment("used_at", needed=False)),
        text("invited_by"),
    )
    op.create_table(
        "audit",
        *(key(), moment("at", index=True), sa.Column("account_id", sa.Integer)),
        *(text("action"), text("subject")),
    )
    op.create_table(
        "membership",
        *kept(),
        link("account_id", "account", index=True),
        text("role"),
        link("enterprise_id", "enterprise", needed=False, index=True),
        text("region", needed=False),
    )


def _cycle() -> None:
    op.create_table(
        "campaign",
        *kept(),
        text("code", unique=True),
        *(whole(name, sa.Date) for name in ("period_start", "period_end", "opens", "closes")),
        whole("synthetic", sa.Boolean),
        sa.CheckConstraint("period_end >= period_start", name="period"),
        sa.CheckConstraint("closes >= opens", name="open"),
    )
    op.create_table(
        "obligation",
        *kept(),
        link("enterprise_id", "enterprise"),
        link("campaign_id", "campaign", index=True),
        text("reason"),
        sa.Column("extended_to", sa.Date),
        sa.UniqueConstraint("enterprise_id", "campaign_id"),
    )
    op.create_table(
        "report",
        *kept(),
        link("enterprise_id", "enterprise", index=True),
        link("campaign_id", "campaign", index=True),
        link("supersedes_id", "report", needed=False),
        *(text("state"), whole("revision"), text("content"), text("sha256", needed=False)),
        link("submitted_by", "account", needed=False),
        moment("submitted_at", needed=False),
        *(text("way"), whole("synthetic", sa.Boolean)),
    )
    op.create_index("ix_report_state", "report", ["campaign_id", "state"])
    op.create_index(
        "ix_report_living",
        "report",
        ["enterprise_id", "campaign_id"],
        unique=True,
        sqlite_where=sa.text(LIVING),
        postgresql_where=sa.text(LIVING),
    )
    op.create_table(
        "review",
        *kept(),
        link("report_id", "report", index=True),
        whole("revision"),
        link("account_id", "account"),
        *(text("verdict"), text("remarks")),
    )
    op.create_table(
        "target",
        *kept(),
        *(text("quantity"), whole("year"), whole("value", sa.Double)),
        *(text("unit"), text("source"), whole("synthetic", sa.Boolean)),
    )


def downgrade() -> None:
    """Refuse: going back would drop the history."""
    raise NotImplementedError("reports are not taken back: their history would be lost")
