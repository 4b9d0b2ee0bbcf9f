"""The registry as pandas tables: plants, observations, measures; what is synthetic stays apart."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from greenanalysis.registry.conflicts import conflicts, values
from greenanalysis.registry.models import (
    Change,
    Document,
    Enterprise,
    Facility,
    Measure,
    Observation,
    Source,
    Statement,
)
from greenanalysis.registry.reading import NOT_CHARACTERS, REPLACEMENT

_FREE_TEXTS = ("name", "owner", "title", "note", "reported_by", "source")
_ACCEPTED = "duplicate-alike duplicate-row near-border placeholder region-mismatch"
"""Soft reasons that the rows of an export need not be asked again."""


def facilities(session: Session, *, synthetic: bool = False) -> pd.DataFrame:
    """Return the plants that count, with their owner and source.

    Parameters
    ----------
    session : to read with.
    synthetic : whether examples that nobody runs are shown too.

    Returns
    -------
    DataFrame : index id; name, owner, technology, capacity_mw, region, latitude, longitude,
        status, commissioned (date), year (NaN unknown), source, note, synthetic.
    """
    query = (
        select(
            *(Facility.id, Facility.name, Enterprise.name.label("owner"), Facility.technology),
            *(Facility.capacity.label("capacity_mw"), Facility.region, Facility.latitude),
            *(Facility.longitude, Facility.status, Facility.commissioned),
            *(Source.title.label("source"), Facility.note, Facility.synthetic),
        )
        .outerjoin(Enterprise, Facility.enterprise_id == Enterprise.id)
        .outerjoin(Source, Facility.source_id == Source.id)
        .where(Facility.deleted_at.is_(None), Facility.status.not_in(("superseded", "cancelled")))
        .order_by(Facility.id)
    )
    if not synthetic:
        query = query.where(Facility.synthetic.is_(False))
    table = _frame(session, query)
    table["year"] = pd.to_datetime(table["commissioned"]).dt.year
    numbers = ["capacity_mw", "latitude", "longitude"]
    table[numbers] = table[numbers].astype(float)
    return table.set_index("id")


def observations(session: Session, *, synthetic: bool = False) -> pd.DataFrame:
    """Return what was reported.

    Returns
    -------
    DataFrame : facility_id, measure_id, scope (code of the region or country), technology, series,
        quantity, year (of the first day), days, value, unit, reported_by, note.
    """
    query = select(
        *(Observation.facility_id, Observation.measure_id, Observation.scope),
        *(Observation.technology, Observation.series, Observation.quantity),
        *(Observation.period_start, Observation.period_end, Observation.value, Observation.unit),
        *(Observation.reported_by, Observation.note),
    ).where(Observation.deleted_at.is_(None))
    if not synthetic:
        query = query.where(Observation.synthetic.is_(False))
    table = _frame(session, query.order_by(Observation.id))
    start, end = pd.to_datetime(table["period_start"]), pd.to_datetime(table["period_end"])
    table["year"] = start.dt.year
    table["days"] = (end - start).dt.days + 1
    return table.drop(columns=["period_start", "period_end"])


def measures(session: Session, *, synthetic: bool = False) -> pd.DataFrame:
    """Return the measures that count: index id; owner, kind, title, region, status, synthetic."""
    query = (
        select(
            *(Measure.id, Enterprise.name.label("owner"), Measure.kind, Measure.title),
            *(Measure.region, Measure.status, Measure.started, Measure.synthetic),
        )
        .join(Enterprise, Measure.enterprise_id == Enterprise.id)
        .where(Measure.deleted_at.is_(None))
    )
    if not synthetic:
        query = query.where(Measure.synthetic.is_(False))
    return _frame(session, query.order_by(Measure.id)).set_index("id")


def table(session: Session, name: str) -> pd.DataFrame:
    """Return one table for a file, examples marked.

    Parameters
    ----------
    session : to read with.
    name : facilities, observations, measures, enterprises, statements, values (each with its
        source), conflicts, documents or changes. Facilities can be imported again: dates are
        written as precisely as they are known, and ``_confirm`` holds the soft reasons that were
        confirmed when the rows came in.
    """
    plain = {"enterprises": Enterprise, "documents": Document, "statements": Statement}
    if name in plain:
        model: Any = plain[name]
        columns = [column for column in model.__table__.columns if column.key != "changed_by"]
        return _frame(session, select(*columns).order_by(model.id))
    if name == "changes":
        columns = [Change.id, Change.entity, Change.entity_id, Change.who, Change.at]
        return _frame(session, select(*columns, Change.before, Change.after).order_by(Change.id))
    if name in ("conflicts", "values"):
        return conflicts(session) if name == "conflicts" else values(session)
    if name == "facilities":
        return _facilities_file(session)
    made = {"observations": observations, "measures": measures}[name]
    frame = made(session, synthetic=True)
    return frame.reset_index() if frame.index.name else frame


def _facilities_file(session: Session) -> pd.DataFrame:
    """Return the plants as they are written to a file, and read back."""
    frame = facilities(session, synthetic=True).reset_index()
    query = select(
        *(Facility.id, Facility.commissioned, Facility.commissioned_precision),
        *(Facility.retired, Facility.retired_precision),
    )
    dates = _frame(session, query).set_index("id").reindex(frame["id"])
    for event in ("commissioned", "retired"):
        pairs = zip(dates[event], dates[f"{event}_precision"], strict=True)
        frame[event] = [_written_date(date, precision) for date, precision in pairs]
    return frame.drop(columns="year").assign(_confirm=_ACCEPTED)


def _written_date(date: Any, precision: Any) -> str:
    if date is None or date != date:
        return ""
    return str(date)[: {"year": 4, "month": 7}.get(precision, 10)]


def _frame(session: Session, query: Any) -> pd.DataFrame:
    rows = session.execute(query).all()
    frame = pd.DataFrame(rows, columns=[column.key for column in query.selected_columns])
    # rows of earlier versions may hold code points that no page or workbook can
    for name in [name for name in _FREE_TEXTS if name in frame]:
        texts = frame[name].astype(object)
        frame[name] = texts.where(
            texts.isna(), texts.astype(str).str.replace(NOT_CHARACTERS, REPLACEMENT, regex=True)
        )
    return frame
