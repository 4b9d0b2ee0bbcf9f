"""A published report as statements of the enterprise, in one transaction with its publication."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from greenanalysis.portal.clock import local
from greenanalysis.portal.content import ReportContent, base_value
from greenanalysis.portal.models import Report
from greenanalysis.registry.corrections import withdraw
from greenanalysis.registry.models import Document, Statement
from greenanalysis.registry.statements import Stated, document_id, record_statements, source_id

_SOURCE = "enterprise-report"
RANK = 2
"""An enterprise on its own measures, reviewed; only the state's own registers come before."""


def publish(
    session: Session, report: Report, content: ReportContent, former: Report | None, *, who: str
) -> None:
    """Record what a report says; what its former version said and this one does not is withdrawn.

    Parameters
    ----------
    session : open, in a transaction.
    report : the report, accepted.
    content : what it says.
    former : the published report that it corrects.
    who : publishes it, for the history.
    """
    title = "Reports of enterprises"
    source = source_id(session, _SOURCE, who=who, title=title, rank=RANK)
    document = document_id(
        session,
        source=source,
        name=_document_name(report),
        sha256=f"{report.sha256}:{report.id}",
        kind="report",
        rows_read=len(content.measures),
        rows_accepted=len(content.measures),
        who=who,
    )
    if former is not None:
        _withdraw(session, former, who)
    statements = statements_of(report, content)
    if statements:
        record_statements(
            session,
            statements,
            source=source,
            document=document,
            reported_on=local(report.submitted_at).date() if report.submitted_at else None,
            who=who,
            synthetic=report.synthetic,
        )


def _document_name(report: Report) -> str:
    """Return the name under which the registry knows a report as a document."""
    return f"report {report.id}"


def statements_of(report: Report, content: ReportContent) -> list[Stated]:
    """Return what a report states: each measure, and its quantities over the period, base units."""
    statements: list[Stated] = []
    for row, measure in enumerate(content.measures, 1):
        place = len(statements)
        fields: dict[str, Any] = {
            "kind": measure.kind,
            "title": measure.title,
            "region": measure.region,
            "status": measure.status,
            "started": measure.started,
            "technology": measure.technology,
            "taxonomy": measure.taxonomy,
            "recognition": measure.recognised_by,
            "best_technique": measure.best_technique,
            "note": measure.note,
            "enterprise_id": report.enterprise_id,
        }
        statements.append(Stated("measure", fields, row=row))
        for amount in measure.amounts:
            converted = base_value(amount)
            if converted is None:
                raise ValueError(f"unit {amount.unit!r} in an accepted report")
            values = {
                "quantity": amount.quantity,
                "period_start": report.campaign.period_start,
                "period_end": report.campaign.period_end,
                "value": converted[0],
                "unit": converted[1],
                "reported_by": report.enterprise.name,
                "reported_at": local(report.submitted_at).date() if report.submitted_at else None,
            }
            statements.append(Stated("observation", values, subject=place, row=row))
    return statements


def _withdraw(session: Session, former: Report, who: str) -> None:
    """Withdraw what a report said; rows of which nobody says anything any more go out of view."""
    said = (
        select(Statement.document_id)
        .join(Document, Statement.document_id == Document.id)
        .where(Document.sha256 == f"{former.sha256}:{former.id}", Statement.deleted_at.is_(None))
    )
    document = session.scalar(said.limit(1))
    if document is not None:  # a report that says there is nothing to report states nothing
        withdraw(session, document=document, who=who)
