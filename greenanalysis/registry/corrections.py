"""Corrections by a person: a statement or document withdrawn, two rows of one plant made one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.registry import store
from greenanalysis.registry.models import Facility, Measure, Observation, Statement
from greenanalysis.registry.statements import ENTITIES, PERIOD, derive, living

_OWNED: dict[str, tuple[Any, ...]] = {
    "enterprise": (Facility, Measure, Observation),
    "facility": (Observation,),
    "measure": (Observation,),
}
"""Tables whose rows belong to a row of the table named."""


def withdraw(
    session: Session, *, statement: int | None = None, document: int | None = None, who: str
) -> int:
    """Withdraw one statement or all of one document; rows without a statement go out of view.

    Returns
    -------
    int : how many statements were withdrawn; they stay in the history.

    Raises
    ------
    InputError : there is no such statement or document.
    """
    wanted: ColumnElement[bool] = (
        Statement.id == statement if document is None else Statement.document_id == document
    )
    rows = session.execute(
        select(Statement.id, Statement.entity, Statement.entity_id).where(
            wanted, Statement.deleted_at.is_(None)
        )
    ).all()
    if not rows:
        what = f"statement {statement}" if document is None else f"document {document}"
        raise InputError(f"there is no {what} that still counts: greenanalysis registry history")
    for row in rows:
        store.remove_row(session, Statement, row.id, who=who)
    touched: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        touched[row.entity].add(row.entity_id)
    for entity, ids in touched.items():
        rest = {row.entity_id for row in living(session, entity, ids)}
        for number in ids - rest:
            store.remove_row(session, ENTITIES[entity], number, who=who)
        derive(session, entity, rest, who=who)
    return len(rows)


def merge(session: Session, entity: str, *, keep: int, double: int, who: str) -> None:
    """Make two rows of one plant, enterprise or measure one: all statements are of ``keep``.

    Raises
    ------
    InputError : one of them is not there, or both are the same.
    """
    model: Any = ENTITIES[entity]
    there = set(
        session.scalars(
            select(model.id).where(model.id.in_([keep, double]), model.deleted_at.is_(None))
        )
    )
    if keep == double or there != {keep, double}:
        raise input_error(
            f"{entity} ids", where="merge", allowed="two that are there", got=(keep, double)
        )
    for child in _OWNED.get(entity, ()):
        _hand_over(session, child, f"{entity}_id", keep, double, who)
    _move(session, entity, double, keep, who)
    store.remove_row(session, model, double, who=who)
    derive(session, entity, [keep], who=who)


def _move(session: Session, entity: str, old: int, new: int, who: str) -> None:
    stamp = {"changed_by": who, "changed_at": store.now()}
    mine = (Statement.entity == entity) & (Statement.entity_id == old)
    session.execute(update(Statement).where(mine).values(entity_id=new, **stamp))


def _hand_over(session: Session, child: Any, column: str, keep: int, double: int, who: str) -> None:
    """Give the rows of a double to the row that is kept; two of one period become one."""
    entity = str(child.__tablename__)
    link = getattr(child, column)
    rows = session.scalars(select(child).where(link == double, child.deleted_at.is_(None))).all()
    own = session.scalars(select(child).where(link == keep, child.deleted_at.is_(None))).all()
    names = {
        "observation": PERIOD,
        "measure": ("kind", "title_key"),
        "facility": ("id",),
    }[entity]
    known = {tuple(getattr(row, n) for n in names if n != column): row.id for row in own}
    for row in rows:
        statements = session.scalars(
            select(Statement).where(Statement.entity == entity, Statement.entity_id == row.id)
        ).all()
        for said in statements:
            content = {**said.content, column: keep} if column in said.content else said.content
            store.change_row(session, Statement, said.id, {"content": content}, who=who)
        same = known.get(tuple(getattr(row, n) for n in names if n != column))
        if same is None:
            store.change_row(session, child, row.id, {column: keep}, who=who)
            continue
        if entity == "measure":
            _hand_over(session, Observation, "measure_id", same, row.id, who)
        _move(session, entity, row.id, same, who)
        store.remove_row(session, child, row.id, who=who)
        derive(session, entity, [same], who=who)
