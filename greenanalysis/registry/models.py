"""Tables of the registry as SQLAlchemy classes; their history is kept by the database itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The tables of the registry."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012
        str: Text,
        float: Double,
        dict[str, Any]: JSON,
        dt.date: Date,
        dt.datetime: DateTime,
    }


class Kept:
    """What every table of facts has: who changed the row last, and whether it still counts.

    A row is never removed: ``deleted_at`` takes it out of all views. Triggers write each state of
    each row to :class:`Change`, whoever writes and however.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    changed_by: Mapped[str]
    changed_at: Mapped[dt.datetime]
    deleted_at: Mapped[dt.datetime | None]


class Source(Kept, Base):
    """Who says so: a register, a tracker, an article, an enterprise; the lower rank is believed."""

    __tablename__ = "source"
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    licence: Mapped[str | None]
    rank: Mapped[int] = mapped_column(default=9)


class Document(Kept, Base):
    """A file that came in; the hash over its bytes and its mapping comes in once."""

    __tablename__ = "document"
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    rows_read: Mapped[int]
    rows_accepted: Mapped[int]


class Enterprise(Kept, Base):
    """A company or farm; ``name_key`` is its name folded over scripts and spellings."""

    __tablename__ = "enterprise"
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    bin: Mapped[str | None] = mapped_column(index=True)
    region: Mapped[str | None]
    synthetic: Mapped[bool] = mapped_column(default=False)


class Facility(Kept, Base):
    """A plant, or one phase of it: technology, capacity with unit, place, status, commissioning.

    Its values are derived from its statements, see :mod:`greenanalysis.registry.statements`;
    ``source_id`` and ``document_id`` are those of the capacity.
    """

    __tablename__ = "facility"
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    name: Mapped[str]
    name_key: Mapped[str]
    technology: Mapped[str]
    capacity: Mapped[float | None]
    capacity_unit: Mapped[str] = mapped_column(default="MW")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    region: Mapped[str]
    status: Mapped[str]
    commissioned: Mapped[dt.date | None]
    commissioned_precision: Mapped[str | None]
    retired: Mapped[dt.date | None]
    retired_precision: Mapped[str | None]
    note: Mapped[str | None]
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("capacity > 0", name="capacity"),
        Index("ix_facility_identity", "region", "technology"),
    )


class Measure(Kept, Base):
    """What an enterprise does: energy efficiency, gas saving, biogas, water, waste.

    ``investment`` is in KZT, nominal; ``taxonomy`` a code of the green taxonomy; ``recognition``
    the document by which a technology is recognised as green; ``best_technique`` the reference to
    best available techniques.
    """

    __tablename__ = "measure"
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    kind: Mapped[str]
    title: Mapped[str]
    title_key: Mapped[str]
    region: Mapped[str]
    status: Mapped[str]
    started: Mapped[dt.date | None]
    technology: Mapped[str | None]
    investment: Mapped[float | None]
    taxonomy: Mapped[str | None]
    recognition: Mapped[str | None]
    best_technique: Mapped[str | None]
    note: Mapped[str | None]
    synthetic: Mapped[bool] = mapped_column(default=False)


class Observation(Kept, Base):
    """A reported quantity of a plant, a measure, an enterprise or (``scope``) the country."""

    __tablename__ = "observation"
    facility_id: Mapped[int | None] = mapped_column(ForeignKey("facility.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    scope: Mapped[str | None]
    technology: Mapped[str | None]
    series: Mapped[str | None]
    quantity: Mapped[str]
    period_start: Mapped[dt.date]
    period_end: Mapped[dt.date]
    value: Mapped[float]
    unit: Mapped[str]
    reported_by: Mapped[str]
    reported_at: Mapped[dt.date | None]
    note: Mapped[str | None]
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("period_end >= period_start", name="period"),
        Index("ix_observation_quantity", "quantity", "period_start"),
    )


class Statement(Kept, Base):
    """What one source says of one plant, enterprise, measure or observation.

    ``content`` holds only the fields that the source states (dates as YYYY-MM-DD); the values of
    the row ``entity_id`` of the table ``entity`` are derived from all its statements. A statement
    is never altered; ``deleted_at`` withdraws it.
    """

    __tablename__ = "statement"
    entity: Mapped[str]
    entity_id: Mapped[int]
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    row_number: Mapped[int | None]
    reported_on: Mapped[dt.date | None]
    content: Mapped[dict[str, Any]]
    __table_args__ = (Index("ix_statement_entity", "entity", "entity_id"),)


class Change(Base):
    """One state of one row: who, when, before, after; written by triggers, never altered."""

    __tablename__ = "change"
    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str]
    entity_id: Mapped[int]
    who: Mapped[str]
    at: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str]
    __table_args__ = (Index("ix_change_entity", "entity", "entity_id"),)


_KEPT = (Source, Document, Enterprise, Facility, Measure, Observation, Statement)
"""Tables whose history is kept."""
