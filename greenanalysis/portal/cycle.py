"""The reporting cycle: one table of moves, one function that changes a state, and its writes.

draft --submit--> submitted --accept--> accepted --publish--> published
  ^ ^--withdraw------/  |                  |                      |
  |                     +---return--> returned <--+               |
  +--------save----------------------/                            |
a new draft, which supersedes the published report <---correct----+
published --[its correction is published]--> corrected
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.portal import access, feed
from greenanalysis.portal.access import Person
from greenanalysis.portal.checks import Finding, Period, blocked, check, last_period, read_entries
from greenanalysis.portal.clock import local, today
from greenanalysis.portal.content import QUANTITIES, ReportContent, base_unit
from greenanalysis.portal.models import LIVING, Campaign, Obligation, Report, Review, Target
from greenanalysis.registry import store
from greenanalysis.registry.cells import is_business_number
from greenanalysis.registry.identity import name_key
from greenanalysis.registry.models import Enterprise, Measure, Observation

REVIEWERS = ("regional_reviewer", "national_reviewer")
EVERYBODY = ("reporter", *REVIEWERS, "publisher")
DONE = ("submitted", "accepted", "published", "corrected")


@dataclass(frozen=True)
class Move:
    """A step of a report: from which states, to which one, by whom."""

    states: tuple[str, ...]
    to: str
    roles: tuple[str, ...]


MOVES = {
    "save": Move(("draft", "returned"), "draft", ("reporter",)),
    "submit": Move(("draft",), "submitted", ("reporter",)),
    "withdraw": Move(("submitted",), "draft", ("reporter",)),
    "accept": Move(("submitted",), "accepted", REVIEWERS),
    "return": Move(("submitted", "accepted"), "returned", REVIEWERS),
    "publish": Move(("accepted",), "published", ("publisher",)),
    "correct": Move(("published",), "published", ("reporter",)),
}


class Conflict(Exception):
    """Somebody was faster, or the state does not allow the step."""


class NotAllowed(Exception):
    """The person has no role that may do this."""


class Absent(Exception):
    """There is no such thing within the person's reach; what others have is nobody's business."""


class Refused(Exception):
    """The step is not done, for the reason ``code``, with the findings of the report."""

    def __init__(self, code: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(code)
        self.code, self.findings = code, list(findings)


def find_report(session: Session, number: int, person: Person) -> Report:
    """Return a report within the person's reach.

    Raises
    ------
    Absent : none of that number, or of an enterprise out of reach.
    """
    report = session.get(Report, number)
    if report is None or report.deleted_at or not person.may(EVERYBODY, report.enterprise):
        raise Absent
    return report


def steps(report: Report, person: Person) -> set[str]:
    """Return what a person may do with a report in its state."""
    return {
        name
        for name, step in MOVES.items()
        if report.state in step.states and person.may(step.roles, report.enterprise)
    }


def entries_of(report: Report) -> dict[str, Any]:
    """Return what was typed."""
    return dict(json.loads(report.content))


def period_of(session: Session, report: Report) -> Period:
    """Return the period of a report with what the registry holds of the one before."""
    campaign = report.campaign
    before = _values_before(session, report.enterprise_id, campaign)
    return Period(campaign.period_start, campaign.period_end, before)


def _values_before(
    session: Session, enterprise: int, campaign: Campaign
) -> dict[tuple[str, str], float]:
    """Return the last period's values in base units by (folded title, quantity)."""
    start, end = last_period(campaign.period_start, campaign.period_end)
    rows = session.execute(
        select(Measure.title_key, Observation.quantity, Observation.value)
        .join(Measure, Observation.measure_id == Measure.id)
        .where(
            Measure.enterprise_id == enterprise,
            Measure.deleted_at.is_(None),
            Observation.deleted_at.is_(None),
            Observation.period_start == start,
            Observation.period_end == end,
        )
    )
    return {(key, quantity): float(value) for key, quantity, value in rows}


def findings_of(
    entries: Mapping[str, Any], period: Period
) -> tuple[ReportContent | None, list[Finding]]:
    """Return the content of what was typed, if it can be read, and all that is wrong with it."""
    content, findings = read_entries(entries)
    return content, findings if content is None else check(content, period)


def open_draft(session: Session, enterprise: Enterprise, campaign: Campaign, who: str) -> Report:
    """Return the report of an enterprise that is being worked on, a new draft if there is none.

    A new draft holds the measures of the last published report, without the period's results.

    Raises
    ------
    Refused : the campaign has not begun, or the report is published already.
    """
    living = _reports_of(enterprise.id, campaign.id).where(Report.state.in_(LIVING))
    report: Report | None = session.scalar(living)
    if report is not None:
        return report
    if campaign.opens > today():
        raise Refused("not-open")
    published = _reports_of(enterprise.id, campaign.id).where(Report.state == "published")
    if session.scalar(published) is not None:
        raise Refused("published")
    row = {
        "enterprise_id": enterprise.id,
        "campaign_id": campaign.id,
        "state": "draft",
        "revision": 1,
        "content": _json(_carried_over(session, enterprise, campaign)),
        "way": "form",
        "supersedes_id": None,
        "synthetic": campaign.synthetic,
    }
    number = store.insert_rows(session, Report, [row], who=who)[0]
    return session.get_one(Report, number)


def _reports_of(enterprise: int, campaign: int) -> Any:
    return select(Report).where(
        Report.enterprise_id == enterprise,
        Report.campaign_id == campaign,
        Report.deleted_at.is_(None),
    )


def _carried_over(session: Session, enterprise: Enterprise, campaign: Campaign) -> dict[str, Any]:
    last = session.scalar(
        select(Report)
        .join(Campaign, Report.campaign_id == Campaign.id)
        .where(
            Report.enterprise_id == enterprise.id,
            Report.state == "published",
            Report.synthetic.is_(campaign.synthetic),
            Campaign.period_end < campaign.period_start,
        )
        .order_by(Campaign.period_end.desc())
        .limit(1)
    )
    measures = json.loads(last.content)["measures"] if last else []
    for measure in measures:
        measure["note"] = ""
        for amount in measure.get("amounts", []):
            if amount["quantity"] != "capacity":
                amount["value"] = ""
    return {"measures": measures, "nothing_to_report": ""}


def _json(entries: Mapping[str, Any]) -> str:
    return json.dumps(entries, ensure_ascii=False)


def _move(
    session: Session, report: Report, action: str, revision: int, who: str, **more: Any
) -> None:
    """Change the state, if it is still the one that the person saw.

    Raises
    ------
    Conflict : it is not.
    """
    step = MOVES[action]
    result = cast(
        "CursorResult[Any]",
        session.execute(
            update(Report)
            .where(
                Report.id == report.id, Report.revision == revision, Report.state.in_(step.states)
            )
            .values(
                state=step.to,
                revision=revision + 1,
                changed_by=who,
                changed_at=store.now(),
                **more,
            )
            .execution_options(synchronize_session=False)
        ),
    )
    if result.rowcount != 1:
        raise Conflict
    session.expire(report)


def act(
    session: Session,
    report: Report,
    action: str,
    revision: int,
    person: Person,
    *,
    entries: Mapping[str, Any] | None = None,
    remarks: str = "",
    way: str = "form",
) -> Report:
    """Do one step with a report and return the report that it leads to.

    Raises
    ------
    NotAllowed, Conflict, Refused : nothing is changed.
    """
    if not person.may(MOVES[action].roles, report.enterprise):
        raise NotAllowed
    if action == "save":
        return _save(session, report, revision, person, entries or {}, way)
    if action == "submit":
        return _submit(session, report, revision, person)
    if action in ("accept", "return"):
        return _review(session, report, action, revision, person, remarks)
    if action == "publish":
        return _publish(session, report, revision, person)
    if action == "correct":
        return _correct(session, report, revision, person)
    _move(session, report, action, revision, person.who)
    return report


def _save(
    session: Session,
    report: Report,
    revision: int,
    person: Person,
    entries: Mapping[str, Any],
    way: str,
) -> Report:
    same = entries_of(report) == dict(entries) and report.state == "draft"
    if same and report.revision == revision:
        return report
    _move(session, report, "save", revision, person.who, content=_json(entries), way=way)
    return report


def _submit(session: Session, report: Report, revision: int, person: Person) -> Report:
    if report.campaign.opens > today():
        raise Refused("not-open")
    content, findings = findings_of(entries_of(report), period_of(session, report))
    if content is None or blocked(findings):
        raise Refused("blocked", findings)
    _move(
        session,
        report,
        "submit",
        revision,
        person.who,
        sha256=hashlib.sha256(content.canonical()).hexdigest(),
        submitted_by=person.id,
        submitted_at=store.now(),
    )
    return report


def _review(
    session: Session, report: Report, action: str, revision: int, person: Person, remarks: str
) -> Report:
    if action == "return" and not remarks.strip():
        raise Refused("say-why")
    _move(session, report, action, revision, person.who)
    row = {
        "report_id": report.id,
        "revision": revision,
        "account_id": person.id,
        "verdict": action,
        "remarks": remarks.strip()[:4000],
    }
    store.insert_rows(session, Review, [row], who=person.who)
    return report


def _publish(session: Session, report: Report, revision: int, person: Person) -> Report:
    content, _ = read_entries(entries_of(report))
    if content is None:
        raise Refused("blocked")
    _move(session, report, "publish", revision, person.who)
    former = session.get(Report, report.supersedes_id) if report.supersedes_id else None
    feed.publish(session, report, content, former, who=person.who)
    if former is not None:
        session.execute(
            update(Report)
            .where(Report.id == former.id)
            .values(state="corrected", changed_by=person.who, changed_at=store.now())
        )
        session.expire(former)
    return report


def _correct(session: Session, report: Report, revision: int, person: Person) -> Report:
    if report.state != "published" or report.revision != revision:
        raise Conflict
    row = {
        "enterprise_id": report.enterprise_id,
        "campaign_id": report.campaign_id,
        "supersedes_id": report.id,
        "state": "draft",
        "revision": 1,
        "content": report.content,
        "way": "form",
        "synthetic": report.synthetic,
    }
    return session.get_one(Report, store.insert_rows(session, Report, [row], who=person.who)[0])


def open_campaign(
    session: Session,
    code: str,
    start: dt.date,
    end: dt.date,
    opens: dt.date,
    closes: dt.date,
    *,
    who: str,
    synthetic: bool = False,
) -> int:
    """Make a campaign and return its number.

    Raises
    ------
    InputError : days in the wrong order, or a code that exists.
    """
    if end < start or closes < opens:
        got = f"{start} to {end}, open {opens} to {closes}"
        raise input_error("days", where=f"campaign {code}", allowed="first before last", got=got)
    if session.scalar(select(Campaign.id).where(Campaign.code == code)) is not None:
        raise InputError(f"there is a campaign {code} already")
    row = {
        "code": code,
        "period_start": start,
        "period_end": end,
        "opens": opens,
        "closes": closes,
        "synthetic": synthetic,
    }
    return store.insert_rows(session, Campaign, [row], who=who)[0]


def known_enterprise(
    session: Session, number: str, name: str, region: str, *, who: str, synthetic: bool = False
) -> Enterprise:
    """Return the enterprise of a business number, a new one if the registry has none.

    Raises
    ------
    InputError : the number is not a BIN, or a new enterprise has no name.
    """
    if not is_business_number(number):
        raise input_error(
            "BIN",
            where="an enterprise",
            allowed="12 digits, the last one a check digit",
            got=number,
        )
    row = session.scalar(
        select(Enterprise).where(Enterprise.bin == number, Enterprise.deleted_at.is_(None))
    )
    if row is None:
        if not name.strip():
            raise InputError(f"the registry has no enterprise with BIN {number}: give its name")
        values = {
            "name": name.strip(),
            "name_key": name_key(name, plant=False) or name.strip(),
            "bin": number,
            "region": region,
            "synthetic": synthetic,
        }
        key = store.insert_rows(session, Enterprise, [values], who=who)[0]
        row = session.get_one(Enterprise, key)
    return row


def oblige(
    session: Session, campaign: int, enterprises: Sequence[int], reason: str, *, who: str
) -> int:
    """Say that enterprises must report in a campaign; return how many were new."""
    known = set(
        session.scalars(select(Obligation.enterprise_id).where(Obligation.campaign_id == campaign))
    )
    rows = [
        {"enterprise_id": key, "campaign_id": campaign, "reason": reason, "extended_to": None}
        for key in dict.fromkeys(enterprises)
        if key not in known
    ]
    return len(store.insert_rows(session, Obligation, rows, who=who))


def extend(session: Session, campaign: int, number: str, day: dt.date, *, who: str) -> None:
    """Give an enterprise until a later day.

    Raises
    ------
    InputError : the enterprise need not report in the campaign.
    """
    duty = session.scalar(
        select(Obligation.id)
        .join(Enterprise, Obligation.enterprise_id == Enterprise.id)
        .where(Obligation.campaign_id == campaign, Enterprise.bin == number)
    )
    if duty is None:
        raise InputError(f"the enterprise of BIN {number} need not report in this campaign")
    store.change_row(session, Obligation, duty, {"extended_to": day}, who=who)


def set_target(
    session: Session, quantity: str, year: int, value: float, source: str, *, who: str
) -> None:
    """Set what is to be reached by a year; a former target of that year goes out.

    Raises
    ------
    InputError : an unknown quantity, or a value that is no positive number.
    """
    if quantity not in QUANTITIES:
        raise input_error("quantity", where="a target", allowed=", ".join(QUANTITIES), got=quantity)
    if not 0 < value < float("inf"):
        raise input_error("value", where="a target", allowed="a positive number", got=value)
    former = select(Target.id).where(
        Target.quantity == quantity,
        Target.year == year,
        Target.synthetic.is_(False),
        Target.deleted_at.is_(None),
    )
    for key in list(session.scalars(former)):
        store.remove_row(session, Target, key, who=who)
    row = {
        "quantity": quantity,
        "year": year,
        "value": value,
        "unit": base_unit(quantity),
        "source": source,
        "synthetic": False,
    }
    store.insert_rows(session, Target, [row], who=who)


def deadline(session: Session, report: Report) -> dt.date:
    """Return the last day for a report: the campaign's, or a later one for this enterprise."""
    extended = session.scalar(
        select(Obligation.extended_to).where(
            Obligation.enterprise_id == report.enterprise_id,
            Obligation.campaign_id == report.campaign_id,
            Obligation.deleted_at.is_(None),
        )
    )
    return max(extended, report.campaign.closes) if extended else report.campaign.closes


def days_late(report: Report, last_day: dt.date) -> int:
    """Return by how many days a report was submitted after its last day, 0 if not."""
    if report.submitted_at is None:
        return 0
    return max((local(report.submitted_at).date() - last_day).days, 0)


def silent(session: Session, campaign: Campaign) -> list[Enterprise]:
    """Return the enterprises that must report and have not, by region and name."""
    reported = select(Report.enterprise_id).where(
        Report.campaign_id == campaign.id, Report.state.in_(DONE), Report.deleted_at.is_(None)
    )
    query = (
        select(Enterprise)
        .join(Obligation, Obligation.enterprise_id == Enterprise.id)
        .where(
            Obligation.campaign_id == campaign.id,
            Obligation.deleted_at.is_(None),
            Enterprise.deleted_at.is_(None),
            Enterprise.id.not_in(reported),
        )
    )
    return list(session.scalars(query.order_by(Enterprise.region, Enterprise.name)))


def progress(session: Session, campaign: Campaign) -> dict[str, int]:
    """Return how many must report, and how many reports are in each state."""
    states = session.execute(
        select(Report.state, func.count())
        .where(Report.campaign_id == campaign.id, Report.deleted_at.is_(None))
        .group_by(Report.state)
    )
    must = select(func.count(Obligation.id)).where(
        Obligation.campaign_id == campaign.id, Obligation.deleted_at.is_(None)
    )
    return {"obliged": int(session.scalar(must) or 0)} | {state: int(n) for state, n in states}


def note_refusal(session: Session, person: Person, action: str, subject: str) -> None:
    """Write into the audit that somebody tried what their role does not allow."""
    access.record(session, person.id, f"refused: {action}", subject)
