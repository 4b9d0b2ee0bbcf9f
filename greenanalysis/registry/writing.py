"""Good rows as statements of the source of their file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from greenanalysis.geo.country import load_country
from greenanalysis.registry.checks import Checked
from greenanalysis.registry.statements import Recorded, Stated, record_statements


@dataclass
class Written:
    """How many rows were added, changed, known already, and differ from a better source."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    outranked: int = 0

    def add(self, other: Written) -> None:
        """Count what another part of the rows did."""
        self.added += other.added
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.outranked += other.outranked

    def count(self, recorded: Recorded, entity: str) -> None:
        """Count what was recorded of one table."""
        self.added += recorded.added[entity]
        self.updated += recorded.changed[entity]
        self.unchanged += recorded.unchanged[entity]
        self.outranked += len(recorded.outranked)


def write_rows(
    session: Session,
    rows: Sequence[Checked],
    kind: str,
    *,
    source: int,
    document: int,
    reported_on: dt.date | None,
    series: str,
    who: str,
) -> Written:
    """Record checked rows of one kind; see :func:`greenanalysis.registry.intake.import_file`."""
    make = {"facility": _facilities, "measure": _measures, "observation": _observations}
    written = Written()
    for synthetic in (False, True):
        part = [row for row in rows if row.synthetic is synthetic]
        if not part:
            continue
        recorded = record_statements(
            session,
            _national(part, series) if kind == "national" else make[kind](part),
            source=source,
            document=document,
            reported_on=reported_on,
            who=who,
            synthetic=synthetic,
        )
        written.count(recorded, "facility" if kind == "facility" else "observation")
    return written


def _owner(row: Checked, stated: list[Stated], known: dict[tuple[Any, ...], int]) -> int | None:
    """Return the position of the statement about the enterprise of a row, stated once a file."""
    name, code = row.values.get("enterprise"), row.values.get("bin")
    if not name and not code:
        return None
    key = (name, code)
    if key not in known:
        known[key] = len(stated)
        content = {"name": name, "bin": code, "region": row.values.get("region")}
        stated.append(Stated("enterprise", content, row=row.number))
    return known[key]


def _facilities(rows: Sequence[Checked]) -> list[Stated]:
    stated: list[Stated] = []
    owners: dict[tuple[Any, ...], int] = {}
    for row in rows:
        owner = _owner(row, stated, owners)
        values = row.values
        names = ("name", "technology", "capacity", "capacity_unit", "latitude", "longitude")
        content = {name: values[name] for name in (*names, "region", "status", "note")}
        for name in ("commissioned", "retired"):
            if values.get(name):
                content |= {name: values[name][0], f"{name}_precision": values[name][2]}
        stated.append(
            Stated("facility", content, entity_id=row.subject, subject=owner, row=row.number)
        )
    return stated


def _measures(rows: Sequence[Checked]) -> list[Stated]:
    stated: list[Stated] = []
    owners: dict[tuple[Any, ...], int] = {}
    for row in rows:
        owner = _owner(row, stated, owners)
        values = row.values
        names = ("kind", "title", "region", "status", "technology", "investment", "taxonomy")
        content = {name: values.get(name) for name in names}
        content["started"] = values["started"][0] if values["started"] else None
        day = _day(values)
        stated.append(Stated("measure", content, subject=owner, row=row.number, reported_on=day))
        stated.append(_observation(row, subject=len(stated) - 1))
    return stated


def _observations(rows: Sequence[Checked]) -> list[Stated]:
    return [_observation(row) for row in rows]


def _national(rows: Sequence[Checked], series: str) -> list[Stated]:
    stated = []
    for row in rows:
        content = {**_observation(row).content, "scope": load_country().code, "series": series}
        content["technology"] = row.values["technology"]
        stated.append(Stated("observation", content, row=row.number))
    return stated


def _observation(row: Checked, *, subject: int | None = None) -> Stated:
    values = row.values
    names = ("quantity", "value", "unit", "reported_by", "note")
    content = {name: values.get(name) for name in names}
    content |= {"period_start": values["period"][0], "period_end": values["period"][1]}
    content["reported_at"] = _day(values)
    if subject is None and row.subject is not None:
        content |= {"facility_id": row.subject, "technology": values["technology"]}
    return Stated("observation", content, subject=subject, row=row.number)


def _day(values: dict[str, Any]) -> dt.date | None:
    day = values.get("reported_at")
    return day[0] if day else None
