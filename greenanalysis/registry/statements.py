"""Statements: who says what of which row, when, from which document; values are derived of them.

Nothing is overwritten. A plant, an enterprise, a measure or an observation holds, field by field,
what the most trusted source says (lowest rank); of one rank the newest report, and of one day what
came in last. What the others say stays: where they differ is a conflict, see
:func:`greenanalysis.registry.conflicts.conflicts`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from greenanalysis.core.errors import input_error
from greenanalysis.registry import store
from greenanalysis.registry.identity import name_key
from greenanalysis.registry.models import (
    Base,
    Document,
    Enterprise,
    Facility,
    Measure,
    Observation,
    Source,
    Statement,
)

ENTITIES: dict[str, type[Base]] = {
    "enterprise": Enterprise,
    "facility": Facility,
    "measure": Measure,
    "observation": Observation,
}
_FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "enterprise": (("name",), ("bin",), ("region",)),
    "facility": (
        *(("name",), ("technology",), ("capacity", "capacity_unit"), ("latitude", "longitude")),
        *(("region",), ("status",), ("commissioned", "commissioned_precision")),
        *(("retired", "retired_precision"), ("enterprise_id",), ("note",)),
    ),
    "measure": (
        *(("kind",), ("title",), ("region",), ("status",), ("started",), ("technology",)),
        *(("investment",), ("taxonomy",), ("recognition",), ("best_technique",), ("note",)),
        ("enterprise_id",),
    ),
    "observation": (
        *(("facility_id",), ("measure_id",), ("enterprise_id",), ("scope",), ("technology",)),
        *(("series",), ("quantity",), ("period_start",), ("period_end",)),
        ("value", "unit", "reported_by", "reported_at", "note"),
    ),
}
"""Fields of each table; those of one group are taken from one statement together."""
_LEAD = {"facility": "capacity", "observation": "value", "measure": "title", "enterprise": "name"}
"""The field whose source and document stand in the row itself."""
PERIOD = (
    *("facility_id", "measure_id", "enterprise_id", "scope", "technology", "series"),
    *("quantity", "period_start", "period_end"),
)
_DATES = {
    *("commissioned", "retired", "started", "period_start", "period_end", "reported_at"),
}
_CHUNK = 800
"""Keys of one query: SQLite takes some thousand parameters."""
_AGREE = {"capacity": 0.05, "value": 0.01, "investment": 0.05}
"""Numbers within this share of each other agree."""
_NEAR_DEGREES = 0.1
_PRICE = "auction_price"
_SILENT = {"name", "enterprise_id", "note", "capacity_unit", "unit", "reported_by", "reported_at"}
"""Fields in which sources differ without contradicting each other."""


@dataclass(frozen=True)
class Stated:
    """One statement to record.

    Attributes
    ----------
    entity : ``enterprise``, ``facility``, ``measure`` or ``observation``.
    content : field -> value; only what is stated. Fields as in :data:`_FIELDS`; capacity in MW,
        investment in KZT, values in the base unit of their quantity.
    entity_id : the row that is meant. Without one an enterprise is found by its BIN, else its
        name; a measure by enterprise, kind and title; an observation by what it is of, quantity
        and period. A facility without one is a new plant: find it before, see
        :func:`greenanalysis.registry.plants.find_plant`.
    same_as : position in the list of an earlier statement of the same row.
    subject : position in the list of what the row belongs to: the enterprise of a plant or
        measure; the plant, measure or enterprise of an observation.
    source, reported_on, row : of this statement, where they differ from those of the call; row in
        the document.
    """

    entity: str
    content: Mapping[str, Any]
    entity_id: int | None = None
    same_as: int | None = None
    subject: int | None = None
    source: int | None = None
    reported_on: dt.date | None = None
    row: int | None = None


@dataclass
class Recorded:
    """What was recorded.

    Attributes
    ----------
    ids : the id of each statement's row.
    added, changed, unchanged : how many statements made a new row, changed one, or neither, by
        entity.
    outranked : positions of statements that differ from a better or newer one, which stands.
    """

    ids: list[int]
    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    outranked: list[int] = field(default_factory=list)


def record_statements(
    session: Session,
    statements: Sequence[Stated],
    *,
    source: int,
    document: int | None,
    reported_on: dt.date | None,
    who: str,
    synthetic: bool = False,
) -> Recorded:
    """Record what a source says, and derive the values of the rows that it is said of.

    Parameters
    ----------
    session : of :func:`greenanalysis.registry.store.write_session`; nothing is committed here.
    statements : in any order in which what a row belongs to stands before it.
    source : id, see :func:`source_id`.
    document : id of the document, see :func:`document_id`.
    reported_on : day of the report; None: unknown, which counts as older than any day.
    who : records it; stands in the history.
    synthetic : whether new rows are examples; examples and real rows never meet.

    Returns
    -------
    Recorded : ids in the order of ``statements``.

    Raises
    ------
    InputError : an unknown entity or field, an entity_id that is not there.

    Notes
    -----
    A statement that repeats the last one of its source about the row adds nothing.
    """
    ids: list[int | None] = [None] * len(statements)
    recorded = Recorded([])
    origin = _Origin(session, source, document, reported_on, who, synthetic)
    for entity in ENTITIES:
        places = [n for n, said in enumerate(statements) if said.entity == entity]
        if places:
            _record(entity, places, statements, ids, origin, recorded)
    lost = [said.entity for said, key in zip(statements, ids, strict=True) if key is None]
    if lost:
        raise input_error("entity", where="a statement", allowed=list(ENTITIES), got=lost[0])
    recorded.ids = [int(key) for key in ids if key is not None]
    return recorded


@dataclass(frozen=True)
class _Origin:
    session: Session
    source: int
    document: int | None
    reported_on: dt.date | None
    who: str
    synthetic: bool


def _record(
    entity: str,
    places: Sequence[int],
    statements: Sequence[Stated],
    ids: list[int | None],
    origin: _Origin,
    recorded: Recorded,
) -> None:
    """Record the statements of one table."""
    contents = {n: _content(statements[n], ids, statements) for n in places}
    keys = _find(entity, {n: (statements[n], contents[n]) for n in places}, origin)
    first: dict[Any, int] = {}
    for n in places:
        if not isinstance(keys[n], int):
            first.setdefault(keys[n], n)
    new = [_row(entity, contents[n], statements[n], origin) for n in first.values()]
    numbers = store.insert_rows(origin.session, ENTITIES[entity], new, who=origin.who)
    made = dict(zip(first, numbers, strict=True))
    for n in places:
        ids[n] = made.get(keys[n], keys[n])
    _add_statements(entity, {n: ids[n] for n in places}, contents, statements, origin)
    again: dict[int, list[int]] = defaultdict(list)
    for n in places:
        if first.get(keys[n]) != n:
            again[int(ids[n] or 0)].append(n)
    changed, values = derive(origin.session, entity, again, who=origin.who)
    recorded.outranked += [
        n
        for number, members in again.items()
        for n in members
        if any(differ(k, v, values[number].get(k)) for k, v in contents[n].items())
    ]
    changed -= set(numbers)
    recorded.added[entity] += len(numbers)
    recorded.changed[entity] += len(changed)
    recorded.unchanged[entity] += sum(map(len, again.values())) - len(changed)


def _add_statements(
    entity: str,
    ids: Mapping[int, int | None],
    contents: Mapping[int, dict[str, Any]],
    statements: Sequence[Stated],
    origin: _Origin,
) -> None:
    """Add the statements that say more than the last one of their source."""
    last: dict[tuple[int, int], tuple[dt.date | None, Mapping[str, Any]]] = {
        (row.entity_id, row.source_id): (row.reported_on, row.content)
        for row in living(origin.session, entity, {int(key or 0) for key in ids.values()})
    }
    rows = []
    for n, number in ids.items():
        row = _statement(entity, int(number or 0), contents[n], statements[n], origin)
        plain = (row["reported_on"], row["content"])
        name = (row["entity_id"], row["source_id"])
        if not _repeats(plain, last.get(name)):
            last[name] = plain
            rows.append(row)
    store.insert_rows(origin.session, Statement, rows, who=origin.who)


def _content(
    said: Stated, ids: Sequence[int | None], statements: Sequence[Stated]
) -> dict[str, Any]:
    """Return the stated fields as they are kept, with the id of what the row belongs to."""
    known = [name for group in _FIELDS.get(said.entity, ()) for name in group]
    unknown = [name for name in said.content if name not in known]
    if unknown:
        raise input_error(f"{said.entity} field", where="a statement", allowed=known, got=unknown)
    content = {
        name: value
        for name, value in said.content.items()
        if value is not None and value == value and value != ""
    }
    if "capacity" in content:
        content.setdefault("capacity_unit", "MW")
    if said.subject is not None:
        content[f"{statements[said.subject].entity}_id"] = ids[said.subject]
    return content


def _find(
    entity: str, said: Mapping[int, tuple[Stated, dict[str, Any]]], origin: _Origin
) -> dict[int, Any]:
    """Return for each position the id of its row, or a key that names a new one."""
    keys: dict[int, Any] = {
        n: row.entity_id if row.entity_id is not None else ("new", n)
        for n, (row, _) in said.items()
    }
    stated = {row.entity_id for row, _ in said.values() if row.entity_id is not None}
    model: Any = ENTITIES[entity]
    there = set(_scalars(origin.session, select(model.id), model.id, stated))
    if stated - there:
        raise input_error(
            "entity_id",
            where="a statement",
            allowed=f"a {entity} that is there",
            got=stated - there,
        )
    unnamed = {
        n: content
        for n, (row, content) in said.items()
        if row.entity_id is None and row.same_as is None
    }
    finders = {"enterprise": _enterprises, "measure": _measures, "observation": _observations}
    if entity in finders and unnamed:
        keys.update(finders[entity](unnamed, origin))
    for n, (row, _) in said.items():
        if row.same_as is not None:
            keys[n] = keys[row.same_as]
    return keys


def _enterprises(contents: Mapping[int, dict[str, Any]], origin: _Origin) -> dict[int, Any]:
    folded = {
        n: name_key(str(row.get("name", "")), plant=False) or str(row.get("name", ""))
        for n, row in contents.items()
    }
    columns = (Enterprise.id, Enterprise.name_key, Enterprise.bin)
    living = select(*columns).where(
        Enterprise.deleted_at.is_(None), Enterprise.synthetic.is_(origin.synthetic)
    )
    by_code: dict[str, Any] = {}
    by_name: dict[str, list[tuple[Any, str | None]]] = defaultdict(list)
    codes = {str(row["bin"]) for row in contents.values() if row.get("bin")}
    hits = [
        *_in(origin.session, living, Enterprise.bin, codes),
        *_in(origin.session, living, Enterprise.name_key, set(folded.values()) - {""}),
    ]
    for number, key, code in dict.fromkeys(tuple(row) for row in hits):
        by_name[key].append((number, code))
        if code:
            by_code[code] = number
    keys: dict[int, Any] = {}
    for n, row in contents.items():
        code = str(row["bin"]) if row.get("bin") else None
        key = by_code.get(code) if code else None
        if key is None and folded[n]:
            named = by_name[folded[n]]
            # a name without a BIN, or one whose BIN nobody stated yet, is the same enterprise
            key = next((k for k, known in named if not code or not known or known == code), None)
        if key is None:
            key = ("enterprise", code or folded[n])
        if code:
            by_code.setdefault(code, key)
        if folded[n] and (key, code) not in by_name[folded[n]]:
            by_name[folded[n]].append((key, code))
        keys[n] = key
    return keys


def _measures(contents: Mapping[int, dict[str, Any]], origin: _Origin) -> dict[int, Any]:
    columns = (Measure.id, Measure.enterprise_id, Measure.kind, Measure.title_key)
    living = select(*columns).where(
        Measure.deleted_at.is_(None), Measure.synthetic.is_(origin.synthetic)
    )
    owners = {row.get("enterprise_id") for row in contents.values()}
    known = {
        (owner, kind, title): number
        for number, owner, kind, title in _in(
            origin.session, living, Measure.enterprise_id, owners - {None}
        )
    }
    keys = {}
    for n, row in contents.items():
        title = name_key(str(row.get("title", "")), plant=False)
        key = (row.get("enterprise_id"), row.get("kind"), title)
        keys[n] = known.get(key, ("measure", *key))
    return keys


def _observations(contents: Mapping[int, dict[str, Any]], origin: _Origin) -> dict[int, Any]:
    table: Any = Observation
    columns = [getattr(table, name) for name in PERIOD]
    living_rows = select(table.id, *columns).where(
        table.deleted_at.is_(None), table.synthetic.is_(origin.synthetic)
    )
    known: dict[tuple[Any, ...], int] = {}
    for name in ("facility_id", "measure_id", "enterprise_id"):
        owners = {row.get(name) for row in contents.values()} - {None}
        for number, *values in _in(origin.session, living_rows, getattr(table, name), owners):
            known[_period(dict(zip(PERIOD, values, strict=True)))] = number
    scopes = {row.get("scope") for row in contents.values()} - {None}
    for number, *values in _in(origin.session, living_rows, table.scope, scopes):
        known[_period(dict(zip(PERIOD, values, strict=True)))] = number
    return {
        n: known.get(_period(row), ("observation", *_period(row)))
        # two prices of one year and technology are two rows: of two zones, two auctions
        if row.get("quantity") != _PRICE
        else ("new", n)
        for n, row in contents.items()
    }


def _period(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what an observation is one of; of a plant the technology says nothing more."""
    national = row.get("scope") is not None
    return tuple(row.get(name) if national or name != "technology" else None for name in PERIOD)


def _row(entity: str, content: Mapping[str, Any], said: Stated, origin: _Origin) -> dict[str, Any]:
    """Return the columns of a new row."""
    names = [name for group in _FIELDS[entity] for name in group]
    row: dict[str, Any] = {name: content.get(name) for name in names}
    row |= _keys(entity, row)
    row["synthetic"] = origin.synthetic
    if entity == "facility":
        row["capacity_unit"] = row["capacity_unit"] or "MW"
    if entity == "measure":
        row["status"] = row["status"] or "operating"
    if entity != "enterprise":
        row |= {"source_id": said.source or origin.source, "document_id": origin.document}
    return row


def _keys(entity: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the folded names of a row."""
    if entity == "facility":
        return {"name_key": name_key(str(row["name"]))}
    if entity == "enterprise":
        folded = name_key(str(row["name"] or ""), plant=False)
        return {"name_key": folded or str(row["name"] or ""), "name": row["name"] or row["bin"]}
    if entity == "measure":
        return {"title_key": name_key(str(row["title"]), plant=False)}
    return {}


def _statement(
    entity: str, number: int, content: Mapping[str, Any], said: Stated, origin: _Origin
) -> dict[str, Any]:
    day = said.reported_on or content.get("reported_at") or origin.reported_on
    return {
        "entity": entity,
        "entity_id": number,
        "source_id": said.source or origin.source,
        "document_id": origin.document,
        "row_number": said.row,
        "reported_on": day,
        "content": {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in content.items()
        },
    }


def _repeats(
    new: tuple[dt.date | None, Mapping[str, Any]],
    old: tuple[dt.date | None, Mapping[str, Any]] | None,
) -> bool:
    """Return whether a statement says nothing that the last one of its source did not say."""
    if old is None or (new[0] is not None and new[0] != old[0]):
        return False
    return all(name in old[1] and old[1][name] == value for name, value in new[1].items())


def living(session: Session, entity: str, ids: Iterable[int]) -> list[Any]:
    """Return the statements that count about some rows, with the rank of their source.

    Returns
    -------
    list : the oldest first; id, entity_id, source_id, document_id, reported_on, content,
        row_number, rank, title, code.
    """
    columns = (
        *(Statement.id, Statement.entity_id, Statement.source_id, Statement.document_id),
        *(Statement.reported_on, Statement.content, Statement.row_number),
        *(Source.rank, Source.title, Source.code),
    )
    query = (
        select(*columns)
        .join(Source, Statement.source_id == Source.id)
        .where(Statement.entity == entity, Statement.deleted_at.is_(None))
    )
    rows = _in(session, query, Statement.entity_id, set(ids))
    return sorted(rows, key=lambda row: int(row.id))


def _in(session: Session, query: Select[Any], column: Any, keys: set[Any]) -> Iterator[Any]:
    """Yield the rows whose column is one of many keys."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), _CHUNK):
        yield from session.execute(query.where(column.in_(ordered[start : start + _CHUNK])))


def _scalars(session: Session, query: Select[Any], column: Any, keys: set[Any]) -> Iterator[Any]:
    return (row[0] for row in _in(session, query, column, keys))


def trust(rank: int, reported_on: dt.date | None, number: int) -> tuple[int, int, int]:
    """Return the order in which statements are believed: rank, then newest, then last come."""
    return rank, -(reported_on.toordinal() if reported_on else 0), -number


def derive(
    session: Session, entity: str, ids: Iterable[int], *, who: str
) -> tuple[set[int], dict[int, dict[str, Any]]]:
    """Give rows the values that follow from their statements.

    Returns
    -------
    changed : ids of the rows that are not what they were.
    values : id -> field -> value, of all rows asked for.
    """
    model: Any = ENTITIES[entity]
    wanted = set(ids)
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in living(session, entity, wanted):
        groups[row.entity_id].append(row)
    names = [name for group in _FIELDS[entity] for name in group]
    columns = [getattr(model, name) for name in names]
    now = {
        row[0]: dict(zip(names, row[1:], strict=True))
        for row in _in(session, select(model.id, *columns), model.id, wanted)
    }
    changed: set[int] = set()
    values: dict[int, dict[str, Any]] = {}
    for number, rows in groups.items():
        leads = leads_of(entity, rows)
        derived = {name: _value(name, row.content.get(name)) for name, row in leads.items()}
        values[number] = derived
        fields = {k: v for k, v in derived.items() if not _same(v, now[number].get(k))}
        if not fields:
            continue
        if entity != "enterprise" and (lead := leads.get(_LEAD[entity])):
            fields |= {"source_id": lead.source_id, "document_id": lead.document_id}
        fields |= _keys(entity, now[number] | derived)
        store.change_row(session, model, number, fields, who=who)
        changed.add(number)
    for number in wanted - set(groups):
        values[number] = dict(now.get(number, {}))
    return changed, values


def leads_of(entity: str, rows: Sequence[Any]) -> dict[str, Any]:
    """Return of each field the statement whose value stands."""
    ordered = sorted(rows, key=lambda row: trust(row.rank, row.reported_on, row.id))
    leads: dict[str, Any] = {}
    for group in _FIELDS[entity]:
        lead = next((row for row in ordered if group[0] in row.content), None)
        if lead is not None:
            leads |= {name: lead for name in group if name in lead.content or len(group) > 1}
    return leads


def _value(name: str, value: Any) -> Any:
    return dt.date.fromisoformat(value) if name in _DATES and isinstance(value, str) else value


def _same(new: Any, old: Any) -> bool:
    if isinstance(new, float | int) and isinstance(old, float | int):
        return abs(new - old) <= 1e-9 * max(abs(new), 1.0)
    return bool(new == old)


def differ(name: str, one: Any, other: Any) -> bool:
    """Return whether two sources contradict each other about a field."""
    if name in _SILENT or one is None or other is None:
        return False
    one, other = (v.isoformat() if isinstance(v, dt.date) else v for v in (one, other))
    if name in _AGREE:
        return bool(abs(one - other) > _AGREE[name] * max(abs(one), abs(other)))
    if name in ("latitude", "longitude"):
        return bool(abs(one - other) > _NEAR_DEGREES)
    if name in ("commissioned", "retired", "started"):
        return str(one)[:4] != str(other)[:4]
    if name.endswith("_precision"):
        return False
    return bool(one != other)


def source_id(
    session: Session,
    code: str,
    *,
    who: str,
    title: str = "",
    licence: str | None = None,
    rank: int = 9,
) -> int:
    """Return the id of the source of a code; one that is not there yet is added.

    Parameters
    ----------
    session : open, in a transaction.
    code, title, licence : of the source.
    who : adds it, for the history.
    rank : 1 (most trusted) to 9; that of a source that is there stays.
    """
    number = session.scalar(select(Source.id).where(Source.code == code))
    if number is None:
        row = {"code": code, "title": title or code, "licence": licence, "rank": rank}
        number = store.insert_rows(session, Source, [row], who=who)[0]
    return number


def document_id(
    session: Session,
    *,
    source: int,
    name: str,
    sha256: str,
    kind: str,
    rows_read: int,
    rows_accepted: int,
    who: str,
) -> int:
    """Add a document from which statements come; return its id.

    Parameters
    ----------
    session : open, in a transaction.
    source : id of its source.
    name : of the file, or how people call the document.
    sha256 : over all that it says; one comes in once.
    kind : ``facility``, ``measure``, ``observation``, ``report`` or ``start``.
    rows_read, rows_accepted : how many rows it has, and how many of them count.
    who : brings it in, for the history.
    """
    row = {
        **{"source_id": source, "name": name, "sha256": sha256, "kind": kind},
        **{"rows_read": rows_read, "rows_accepted": rows_accepted},
    }
    return store.insert_rows(session, Document, [row], who=who)[0]
