"""What a person has to do: own reports, reports to review or publish, campaigns, invitations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from greenanalysis.core.errors import InputError
from greenanalysis.portal import access, cycle
from greenanalysis.portal.access import Person
from greenanalysis.portal.clock import today
from greenanalysis.portal.content import choices
from greenanalysis.portal.context import Context, page
from greenanalysis.portal.models import Campaign, Obligation, Report
from greenanalysis.registry.cells import is_business_number
from greenanalysis.registry.models import Enterprise

_SHOWN = 200
"""Rows of one page; what is beyond is reached by ``after``."""


@page("desk")
def desk(context: Context) -> Response:
    """Show what the person has to do."""
    session, person = context.session, context.me
    after = context.request.query_params.get("after", "")
    work = _to_review(session, person, int(after) if after.isdigit() else 0)
    return context.page(
        "desk.html",
        own=_own(session, person),
        work=work,
        more=work[-1].id if len(work) == _SHOWN else None,
        campaigns=_campaigns(session) if person.has(*cycle.REVIEWERS, "publisher") else [],
    )


def _campaigns(session: Session) -> list[Campaign]:
    query = select(Campaign).where(Campaign.deleted_at.is_(None))
    return list(session.scalars(query.order_by(Campaign.period_start.desc())))


def _own(session: Session, person: Person) -> list[dict[str, Any]]:
    """Return for each enterprise of a reporter and each campaign the report, if there is one."""
    keys = [right.enterprise_id for right in person.rights if right.role == "reporter"]
    rows = []
    for enterprise in session.scalars(select(Enterprise).where(Enterprise.id.in_(keys))):
        obliged = {
            row.campaign_id: row
            for row in session.scalars(
                select(Obligation).where(
                    Obligation.enterprise_id == enterprise.id, Obligation.deleted_at.is_(None)
                )
            )
        }
        reports: dict[int, list[Report]] = {}
        query = select(Report).where(
            Report.enterprise_id == enterprise.id, Report.deleted_at.is_(None)
        )
        for report in session.scalars(query.order_by(Report.id.desc())):
            reports.setdefault(report.campaign_id, []).append(report)
        for campaign in _campaigns(session):
            if campaign.synthetic != enterprise.synthetic:
                continue
            duty = obliged.get(campaign.id)
            rows.append(
                {
                    "enterprise": enterprise,
                    "campaign": campaign,
                    "reports": reports.get(campaign.id, []),
                    "duty": duty,
                    "open": campaign.opens <= today(),
                    "closes": max(campaign.closes, duty.extended_to)
                    if duty and duty.extended_to
                    else campaign.closes,
                }
            )
    return rows


def _to_review(session: Session, person: Person, after: int) -> list[Report]:
    """Return the reports that wait for the person, oldest first."""
    states = []
    if person.has(*cycle.REVIEWERS):
        states.append("submitted")
    if person.has("publisher"):
        states.append("accepted")
    query = (
        select(Report)
        .join(Enterprise, Report.enterprise_id == Enterprise.id)
        .where(Report.state.in_(states), Report.deleted_at.is_(None), Report.id > after)
    )
    if not person.has("national_reviewer", "publisher"):
        regions = [right.region for right in person.rights if right.role == "regional_reviewer"]
        query = query.where(Enterprise.region.in_(regions))
    return list(session.scalars(query.order_by(Report.id).limit(_SHOWN)))


@page("reports", post=True, write=True)
def begin(context: Context) -> Response:
    """Begin the report of an enterprise in a campaign, or go on with it."""
    session, person, form = context.session, context.me, context.form
    enterprise = session.get(Enterprise, _number(form, "enterprise"))
    campaign = session.get(Campaign, _number(form, "campaign"))
    if enterprise is None or campaign is None or campaign.synthetic != enterprise.synthetic:
        raise cycle.Absent
    if not person.may(("reporter",), enterprise):
        raise cycle.NotAllowed
    try:
        report = cycle.open_draft(session, enterprise, campaign, person.who)
    except cycle.Refused as refusal:
        return context.problem(refusal.code, 422)
    return RedirectResponse(f"/{context.lang}/reports/{report.id}", 303)


def _number(form: dict[str, str], name: str) -> int:
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@page("campaigns/{number:int}")
def campaign(context: Context) -> Response:
    """Show who has not reported, and how far the reports are."""
    session, person = context.session, context.me
    row = session.get(Campaign, context.number("number"))
    if row is None or row.deleted_at:
        raise cycle.Absent
    if not person.has(*cycle.REVIEWERS, "publisher"):
        raise cycle.NotAllowed
    silent = [e for e in cycle.silent(session, row) if person.may(cycle.EVERYBODY, e)]
    progress = cycle.progress(session, row)
    return context.page(
        "campaign.html", campaign=row, silent=silent, progress=progress, shown=_SHOWN
    )


@page("campaigns", post=True, write=True)
def new_campaign(context: Context) -> Response:
    """Open a campaign."""
    if not context.me.has("national_reviewer"):
        raise cycle.NotAllowed
    form = context.form
    try:
        days = [
            dt.date.fromisoformat(form.get(name, ""))
            for name in ("period_start", "period_end", "opens", "closes")
        ]
    except ValueError:
        raise InputError("days of a campaign are written as YYYY-MM-DD") from None
    code = form.get("code", "").strip()
    if not code or len(code) > 40 or not code.isprintable():
        raise InputError("a campaign needs a short name, such as 2025 or 2025-Q3")
    number = cycle.open_campaign(context.session, code, *days, who=context.me.who)
    return RedirectResponse(f"/{context.lang}/campaigns/{number}", 303)


@page("campaigns/{number:int}/obliged", post=True, write=True)
def obliged(context: Context) -> Response:
    """Say which enterprises must report: lines ``BIN; name; region``, as many as wanted."""
    session, person = context.session, context.me
    if not person.has("national_reviewer"):
        raise cycle.NotAllowed
    row = session.get(Campaign, context.number("number"))
    if row is None or row.deleted_at:
        raise cycle.Absent
    keys = []
    for line in context.form.get("enterprises", "").splitlines():
        if line.strip():
            number, name, region = (*(part.strip() for part in line.split(";")), "", "")[:3]
            keys.append(_enterprise(session, person, number, name, region).id)
    reason = context.form.get("reason", "").strip()[:300] or "–"
    cycle.oblige(session, row.id, keys, reason, who=person.who)
    return RedirectResponse(f"/{context.lang}/campaigns/{row.id}", 303)


def _enterprise(
    session: Session, person: Person, number: str, name: str, region: str
) -> Enterprise:
    from greenanalysis.geo.names import match_name

    code = region if region in choices("region") else match_name(region) if region else None
    return cycle.known_enterprise(session, number, name, code or "", who=person.who)


@page("people")
def people(context: Context) -> Response:
    """Show the form of invitations, and the tokens of programs."""
    return _people(context)


def _people(context: Context, status: int = 200, **values: Any) -> Response:
    shown = {
        "roles": access.ROLES,
        "regions": choices("region"),
        "invites": context.me.has("national_reviewer"),
        "form": {},
        "link": "",
        "token": "",
        **values,
    }
    return context.page("people.html", status, **shown)


@page("people/invite", post=True, write=True)
def invite(context: Context) -> Response:
    """Make an invitation; its link is shown once."""
    session, person, form = context.session, context.me, context.form
    if not person.has("national_reviewer"):
        raise cycle.NotAllowed
    role, region = form.get("role", ""), form.get("region", "")
    number = form.get("bin", "").strip()
    enterprise = None
    if role == "reporter":
        if not is_business_number(number):
            return _people(context, 422, problem="bin", form=form)
        name = form.get("name", "")
        enterprise = _enterprise(session, person, number, name, region).id
    secret = access.invite(
        session,
        role,
        who=person.who,
        enterprise=enterprise,
        region=region if role == "regional_reviewer" else None,
    )
    base = str(context.request.base_url).rstrip("/")
    return _people(context, link=f"{base}/{context.lang}/invitation/{secret}")


@page("people/token", post=True, write=True)
def token(context: Context) -> Response:
    """Make a token for a program of the person; it is shown once."""
    if not context.me.has("reporter"):
        raise cycle.NotAllowed
    secret = access.new_token(context.session, context.me.id, context.form.get("label", ""))
    return _people(context, token=secret)


@page("people/tokens/end", post=True, write=True)
def end_tokens(context: Context) -> Response:
    """End all tokens of the person."""
    access.end_tokens(context.session, context.me.id)
    return RedirectResponse(f"/{context.lang}/people", 303)
