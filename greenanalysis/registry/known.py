"""What the registry already knows, as tables that an import is checked against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from greenanalysis.registry.matching import best_match
from greenanalysis.registry.models import Enterprise, Facility, Measure, Observation

SAME_NAME = 88.0


@dataclass
class Known:
    """Rows of the registry that still count, and how a name finds them.

    ``facilities`` maps (name key, technology, region) to ids; ``enterprises`` BIN or name key to
    id; ``measures`` (enterprise, kind, title key) to id; ``values`` maps (owner, quantity, first
    day, last day, reporter) to (id, value).
    """

    facility_rows: pd.DataFrame
    observation_rows: pd.DataFrame
    facilities: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    enterprises: dict[str, int] = field(default_factory=dict)
    measures: dict[tuple[int, str, str], int] = field(default_factory=dict)
    values: dict[tuple[Any, ...], tuple[int, float]] = field(default_factory=dict)
    _near: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    _places: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def find_facility(self, key: str, technology: str, region: str) -> list[int]:
        """Return the ids of the plants that a name means: same key, else the one most alike."""
        asked = (key, technology, region)
        if asked in self.facilities:
            return self.facilities[asked]
        if asked not in self._near:
            near = self._places.get((technology, region), [])
            match = best_match(key, near, cutoff=SAME_NAME) if near else None
            found = self.facilities[near[match[0]], technology, region] if match else []
            self._near[asked] = found
        return self._near[asked]


def load_known(session: Session) -> Known:
    """Read what an import is checked against."""
    facilities = _frame(
        session,
        select(
            *(Facility.id, Facility.name, Facility.name_key, Facility.technology),
            *(Facility.region, Facility.capacity, Facility.latitude, Facility.longitude),
            *(Facility.status, Facility.commissioned, Facility.enterprise_id, Facility.note),
        ).where(Facility.deleted_at.is_(None)),
    )
    observations = _frame(
        session,
        select(
            *(Observation.id, Observation.facility_id, Observation.measure_id),
            *(Observation.quantity, Observation.period_start, Observation.period_end),
            *(Observation.value, Observation.reported_by),
        ).where(Observation.deleted_at.is_(None), Observation.scope.is_(None)),
    )
    known = Known(facilities, observations)
    ids: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    names = ("name_key", "technology", "region", "id")
    for key, technology, region, number in facilities[list(names)].itertuples(index=False):
        ids[key, technology, region].append(number)
    known.facilities = dict(ids)
    for key, technology, region in ids:
        known._places.setdefault((technology, region), []).append(key)
    companies = select(Enterprise.id, Enterprise.name_key, Enterprise.bin)
    for number, key, code in session.execute(companies.where(Enterprise.deleted_at.is_(None))):
        known.enterprises.setdefault(key, number)
        if code:
            known.enterprises[code] = number
    done = select(Measure.id, Measure.enterprise_id, Measure.kind, Measure.title_key)
    for number, owner, kind, title in session.execute(done.where(Measure.deleted_at.is_(None))):
        known.measures[owner, kind, title] = number
    row: Any
    for row in observations.itertuples(index=False):
        subject = subject_of(row.facility_id, row.measure_id)
        name = (subject, row.quantity, row.period_start, row.period_end, row.reported_by)
        known.values[name] = (row.id, row.value)
    return known


def subject_of(facility: float | None, measure: float | None) -> str:
    """Return one text for whose value it is."""
    if facility is not None and facility == facility:
        return f"f{int(facility)}"
    return f"m{int(measure)}" if measure is not None and measure == measure else ""


def _frame(session: Session, query: Any) -> pd.DataFrame:
    rows = session.execute(query).all()
    return pd.DataFrame(rows, columns=[column.key for column in query.selected_columns])
