"""Triggers by which the database keeps the history of each row itself."""

from __future__ import annotations

from collections.abc import Sequence


def history_statements(dialect: str, table: str, columns: Sequence[str]) -> list[str]:
    """Return the statements that make the triggers of one table.

    Parameters
    ----------
    dialect : ``sqlite`` or ``postgresql``.
    table : name of a table with id, changed_by, changed_at.
    columns : all its columns.
    """
    if dialect == "postgresql":
        return _postgresql(table)
    row = {
        side: "json_object(" + ", ".join(f"'{name}', {side}.\"{name}\"" for name in columns) + ")"
        for side in ("OLD", "NEW")
    }
    insert = 'INSERT INTO "change" (entity, entity_id, who, at, before, after) VALUES '
    state = f"('{table}', NEW.id, NEW.changed_by, NEW.changed_at, {{before}}, {row['NEW']});"
    return [
        f'CREATE TRIGGER history_insert_{table} AFTER INSERT ON "{table}" '
        f"BEGIN {insert}{state.format(before='NULL')} END",
        f'CREATE TRIGGER history_update_{table} AFTER UPDATE ON "{table}" '
        f"BEGIN {insert}{state.format(before=row['OLD'])} END",
        *refusals(dialect, table, ("DELETE",)),
    ]


def refusals(dialect: str, table: str, actions: Sequence[str]) -> list[str]:
    """Return the statements that make the database refuse ``actions`` on a table."""
    said = f"{table}: rows are kept; a row is taken out by deleted_at"
    if dialect == "postgresql":
        events = " OR ".join(actions)
        return [
            f'CREATE TRIGGER refuse_{table} BEFORE {events} ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION registry_refuse('{said}')",
            f'CREATE TRIGGER refuse_truncate_{table} BEFORE TRUNCATE ON "{table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse('{said}')",
        ]
    return [
        f'CREATE TRIGGER refuse_{action.lower()}_{table} BEFORE {action} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        for action in actions
    ]


def functions() -> list[str]:
    """Return the functions that the triggers of PostgreSQL call."""
    return [
        """CREATE FUNCTION registry_history() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO "change" (entity, entity_id, who, at, before, after)
            VALUES (TG_TABLE_NAME, NEW.id, NEW.changed_by, NEW.changed_at::text,
                    CASE WHEN TG_OP = 'UPDATE' THEN to_json(OLD)::text END, to_json(NEW)::text);
            RETURN NULL;
        END $$""",
        """CREATE FUNCTION registry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f'CREATE TRIGGER history_{table} AFTER INSERT OR UPDATE ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION registry_history()",
        *refusals("postgresql", table, ("DELETE",)),
    ]
