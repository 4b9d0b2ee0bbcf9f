"""Tables of the reporting cycle: who may do what, campaigns, reports with their versions, audit.

Tables of :data:`_KEPT` have the history of the registry, which nobody can erase. What a person may
ask to be erased (names, logins) and what must never be readable again (hashes of passwords,
sessions, tokens) stand in tables without history; rows of kept tables name a person by the number
of the account only (``account:12``).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from greenanalysis.registry.models import Base, Enterprise, Kept

LIVING = ("draft", "submitted", "returned", "accepted")
"""States of a report that is being worked on: one such report per enterprise and campaign."""


class Account(Base):
    """A person who can log in; without history, so that name and login can be erased."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(default="ru")
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]


class Secret(Base):
    """The hash of a password, a session or a token; removed for good when it ends."""

    __tablename__ = "secret"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str]
    hash: Mapped[str] = mapped_column(index=True)
    label: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]


class Invitation(Base):
    """A link by which a person gets an account with one role; works once, until it expires."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    region: Mapped[str | None]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    invited_by: Mapped[str]


class Audit(Base):
    """Who did or was refused what, and when; never altered by the portal."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    account_id: Mapped[int | None]
    action: Mapped[str]
    subject: Mapped[str]


class Membership(Kept, Base):
    """A role of an account: for an enterprise, a region, or the country."""

    __tablename__ = "membership"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    region: Mapped[str | None]


class Campaign(Kept, Base):
    """A round of reporting: the period, from when to when, days in Kazakhstan."""

    __tablename__ = "campaign"
    code: Mapped[str] = mapped_column(unique=True)
    period_start: Mapped[dt.date]
    period_end: Mapped[dt.date]
    opens: Mapped[dt.date]
    closes: Mapped[dt.date]
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("period_end >= period_start", name="period"),
        CheckConstraint("closes >= opens", name="open"),
    )


class Obligation(Kept, Base):
    """An enterprise that must report in a campaign, and why; perhaps with a later deadline."""

    __tablename__ = "obligation"
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    reason: Mapped[str]
    extended_to: Mapped[dt.date | None]
    __table_args__ = (UniqueConstraint("enterprise_id", "campaign_id"),)


class Report(Kept, Base):
    """What an enterprise reports in a campaign; the history holds each revision.

    ``content`` is what was typed, as JSON; ``sha256`` is over its canonical form at submission.
    """

    __tablename__ = "report"
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    state: Mapped[str]
    revision: Mapped[int]
    content: Mapped[str]
    sha256: Mapped[str | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    submitted_at: Mapped[dt.datetime | None]
    way: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(default=False)
    enterprise: Mapped[Enterprise] = relationship(lazy="joined", viewonly=True)
    campaign: Mapped[Campaign] = relationship(lazy="joined", viewonly=True)
    __table_args__ = (
        Index(
            "ix_report_living",
            *("enterprise_id", "campaign_id"),
            unique=True,
            sqlite_where=text(f"state IN {LIVING} AND deleted_at IS NULL"),
            postgresql_where=text(f"state IN {LIVING} AND deleted_at IS NULL"),
        ),
        Index("ix_report_state", "campaign_id", "state"),
    )


class Review(Kept, Base):
    """What a reviewer said of one revision of a report."""

    __tablename__ = "review"
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    revision: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    verdict: Mapped[str]
    remarks: Mapped[str]


class Target(Kept, Base):
    """What is to be reached by a year, from a document that says so."""

    __tablename__ = "target"
    quantity: Mapped[str]
    year: Mapped[int]
    value: Mapped[float]
    unit: Mapped[str]
    source: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(default=False)


_KEPT = (Membership, Campaign, Obligation, Report, Review, Target)
"""Tables whose history is kept."""
