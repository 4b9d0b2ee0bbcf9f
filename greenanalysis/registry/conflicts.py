"""Where sources contradict each other, and which of them each value comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from greenanalysis.registry.models import Document, Source, Statement
from greenanalysis.registry.statements import ENTITIES, differ, leads_of, living, trust


def conflicts(session: Session) -> pd.DataFrame:
    """Return where sources contradict each other, and what stands.

    Returns
    -------
    DataFrame : entity, entity_id, name, field, taken, taken_from, taken_on, other, other_from,
        other_on, document; one row a statement and field that does not stand.
    """
    rows = [row for entity in ENTITIES for row in _conflicts(session, entity)]
    columns = ["entity", "entity_id", "name", "field", "taken", "taken_from", "taken_on"]
    columns += ["other", "other_from", "other_on", "document"]
    return pd.DataFrame(rows, columns=columns)


def _conflicts(session: Session, entity: str) -> Iterator[dict[str, Any]]:
    model: Any = ENTITIES[entity]
    several = (
        select(Statement.entity_id)
        .where(Statement.entity == entity, Statement.deleted_at.is_(None))
        .group_by(Statement.entity_id)
        .having(func.count() > 1)
    )
    there = set(session.scalars(select(model.id).where(model.deleted_at.is_(None))))
    ids = there & set(session.scalars(several))
    documents: dict[int, str] = {
        row[0]: row[1] for row in session.execute(select(Document.id, Document.name))
    }
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in living(session, entity, ids):
        groups[row.entity_id].append(row)
    for number, rows in sorted(groups.items()):
        leads = leads_of(entity, rows)
        titles = [row.content[k] for k in _titles(entity) for row in rows if k in row.content]
        for row in sorted(rows, key=lambda r: trust(r.rank, r.reported_on, r.id)):
            for field_, value in row.content.items():
                lead = leads[field_]
                if entity == "enterprise" and field_ != "bin":
                    continue  # an enterprise works in several regions and under several names
                if _replaced(row, lead) or not differ(field_, value, lead.content.get(field_)):
                    continue
                yield {
                    "entity": entity,
                    "entity_id": number,
                    "name": titles[0] if titles else "",
                    "field": field_,
                    "taken": lead.content[field_],
                    "taken_from": lead.code,
                    "taken_on": lead.reported_on,
                    "other": value,
                    "other_from": row.code,
                    "other_on": row.reported_on,
                    "document": documents.get(row.document_id, ""),
                }


def _titles(entity: str) -> tuple[str, ...]:
    return ("quantity",) if entity == "observation" else ("name", "title")


def _replaced(row: Any, lead: Any) -> bool:
    """Return whether a statement is an earlier one of the same source and reporter: no conflict."""
    same = row.content.get("reported_by") == lead.content.get("reported_by")
    return bool(row.source_id == lead.source_id and same)


def history(session: Session, entity: str, number: int) -> pd.DataFrame:
    """Return all statements about one row, also withdrawn ones, the most believed first.

    Returns
    -------
    DataFrame : index statement (id); source, rank, reported_on, document, row, who, at, withdrawn
        (bool), stands (fields whose value stands), content.
    """
    query = (
        select(Statement, Source, Document.name)
        .join(Source, Statement.source_id == Source.id)
        .outerjoin(Document, Statement.document_id == Document.id)
        .where(Statement.entity == entity, Statement.entity_id == number)
    )
    leads = leads_of(entity, living(session, entity, [number]))
    found = sorted(session.execute(query).all(), key=_belief)
    found.sort(
        key=lambda r: (r[0].deleted_at is not None, *trust(r[1].rank, r[0].reported_on, r[0].id))
    )
    rows = [
        {
            "statement": said.id,
            "source": source.title,
            "rank": source.rank,
            "reported_on": said.reported_on,
            "document": document,
            "row": said.row_number,
            "who": said.changed_by,
            "at": said.changed_at,
            "withdrawn": said.deleted_at is not None,
            "stands": [name for name, lead in leads.items() if lead.id == said.id],
            "content": said.content,
        }
        for said, source, document in found
    ]
    columns = ["statement", "source", "rank", "reported_on", "document", "row", "who", "at"]
    columns += ["withdrawn", "stands", "content"]
    return pd.DataFrame(rows, columns=columns).set_index("statement")


def values(session: Session, entity: str = "facility") -> pd.DataFrame:
    """Return each value of each row with the source that states it.

    Returns
    -------
    DataFrame : entity_id, field, value, source, document, reported_on, statement.
    """
    model: Any = ENTITIES[entity]
    there = set(session.scalars(select(model.id).where(model.deleted_at.is_(None))))
    documents = {row[0]: row[1] for row in session.execute(select(Document.id, Document.name))}
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in living(session, entity, there):
        groups[row.entity_id].append(row)
    rows = [
        {
            "entity_id": number,
            "field": name,
            "value": lead.content[name],
            "source": lead.title,
            "document": documents.get(lead.document_id, ""),
            "reported_on": lead.reported_on,
            "statement": lead.id,
        }
        for number, members in sorted(groups.items())
        for name, lead in leads_of(entity, members).items()
        if name in lead.content
    ]
    columns = ["entity_id", "field", "value", "source", "document", "reported_on", "statement"]
    return pd.DataFrame(rows, columns=columns)


def _belief(row: Any) -> tuple[bool, int, int, int]:
    said, source, _ = row
    return (said.deleted_at is not None, *trust(source.rank, said.reported_on, said.id))
