"""The pages of a report: the form with its checks, the view of a reviewer, the workbook."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from sqlalchemy import select
from starlette.responses import JSONResponse, RedirectResponse, Response

from greenanalysis.portal import access, cycle, words, workbook
from greenanalysis.portal.access import Person
from greenanalysis.portal.checks import Finding, blocked
from greenanalysis.portal.content import (
    QUANTITIES,
    Amount,
    base_unit,
    base_value,
    choices,
    default_unit,
    typed_number,
    units_of,
)
from greenanalysis.portal.context import MOST_FILE_BYTES, Context, page
from greenanalysis.portal.models import Account, Report, Review
from greenanalysis.registry import store
from greenanalysis.registry.identity import name_key

_FIELD = re.compile(r"m(\d{1,3})\.(amount|unit)\.(\w+)|m(\d{1,3})\.(\w+)")
_TEXTS = ("title", "kind", "technology", "status", "region", "started", "taxonomy")
_FURTHER = ("recognised_by", "best_technique", "note")
_SELECTED = ("kind", "technology", "status", "region", "taxonomy")


def _entries_of_form(form: dict[str, str], language: str) -> dict[str, Any]:
    """Return what a form says, as a report's content: numbers where they can be read as such."""
    measures: dict[int, dict[str, Any]] = {}
    amounts: dict[int, dict[str, dict[str, str]]] = {}
    for name, value in form.items():
        match = _FIELD.fullmatch(name)
        if not match:
            continue
        if match[2]:
            row = amounts.setdefault(int(match[1]), {}).setdefault(match[3], {})
            row[match[2]] = value
        elif match[5] in (*_TEXTS, *_FURTHER):
            measures.setdefault(int(match[4]), {})[match[5]] = value
    for number, measure in measures.items():
        for name in ("started", "taxonomy"):
            measure[name] = measure.get(name) or None
        measure["amounts"] = [
            {
                "quantity": quantity,
                "value": typed_number(row["amount"], language),
                "unit": row.get("unit", ""),
            }
            for quantity, row in amounts.get(number, {}).items()
            if row.get("amount", "").strip()
        ]
    return {
        "measures": [measure for _, measure in sorted(measures.items())],
        "nothing_to_report": form.get("nothing_to_report", ""),
    }


def _empty_measure(report: Report) -> dict[str, Any]:
    """Return a measure that nobody has described yet, in the region of the enterprise."""
    return {
        **dict.fromkeys((*_TEXTS, *_FURTHER), ""),
        "region": report.enterprise.region or "",
        "status": "operating",
        "started": None,
        "taxonomy": None,
        "amounts": [],
    }


@page("reports/{number:int}")
def show(context: Context) -> Response:
    """Show a report: as a form to whom may change it, else to read."""
    report = cycle.find_report(context.session, context.number("number"), context.me)
    return _shown(context, report, cycle.entries_of(report))


def show_kept(context: Context) -> Response:
    """Show the form with what was typed in a session that had ended; it is not saved."""
    report = cycle.find_report(context.session, context.number("number"), context.me)
    return _shown(context, report, _entries_of_form(context.form, context.lang), problem="kept")


def _shown(
    context: Context,
    report: Report,
    entries: dict[str, Any],
    *,
    status: int = 200,
    problem: str | None = None,
) -> Response:
    session, person = context.session, context.me
    period = cycle.period_of(session, report)
    content, findings = cycle.findings_of(entries, period)
    steps = cycle.steps(report, person)
    last_day = cycle.deadline(session, report)
    beside: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        beside.setdefault((finding.measure, finding.field), []).append(finding)
    values = {
        "report": report,
        "measures": [_form_measure(m, period.before) for m in entries.get("measures", [])],
        "nothing": entries.get("nothing_to_report", ""),
        "beside": beside,
        "findings": findings,
        "blocked": content is None or blocked(findings),
        "steps": steps,
        "deadline": last_day,
        "late": cycle.days_late(report, last_day),
        "submitter": access.submitter(session, report),
        "reviews": _reviews(session, report),
        "past": _past(session, report, person),
        "former": _former(session, report),
        "choices": {name: choices(name) for name in _SELECTED},
        "quantities": QUANTITIES,
        "base_units": {q: base_unit(q) for q in QUANTITIES},
        "default_units": {q: default_unit(q, context.lang) for q in QUANTITIES},
        "units": {q: units_of(q, context.lang) for q in QUANTITIES},
        "problem": problem,
    }
    name = "report_form.html" if "save" in steps else "report_view.html"
    return context.page(name, status, **values)


def _form_measure(
    measure: dict[str, Any], before: dict[tuple[str, str], float] | Any
) -> dict[str, Any]:
    """Return a measure as the templates show it: amounts by quantity, with last period's beside."""
    key = name_key(str(measure.get("title") or ""), plant=False)
    rows = {}
    for amount in measure.get("amounts") or []:
        value = amount.get("value")
        converted = None
        if isinstance(value, int | float):
            converted = base_value(Amount.model_construct(value=value, unit=str(amount["unit"])))
        rows[amount.get("quantity")] = {
            "value": value,
            "unit": amount.get("unit", ""),
            "converted": converted,
        }
    last = {q: before.get((key, q)) for q in QUANTITIES}
    return {**_empty_values(), **measure, "title_key": key, "rows": rows, "last": last}


def _empty_values() -> dict[str, Any]:
    """Return the fields of a measure, all empty."""
    return dict.fromkeys((*_TEXTS, *_FURTHER), "")


def _reviews(session: Any, report: Report) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Review, Account.name)
        .join(Account, Review.account_id == Account.id)
        .where(Review.report_id == report.id, Review.deleted_at.is_(None))
        .order_by(Review.id)
    )
    return [
        {"verdict": r.verdict, "remarks": r.remarks, "at": r.changed_at, "name": name}
        for r, name in rows
    ]


def _past(session: Any, report: Report, person: Person) -> list[dict[str, Any]]:
    """Return each change of state with who made it; a name that was erased is a dash."""
    del person
    names = dict(session.execute(select(Account.id, Account.name)).all())
    past, last = [], ""
    for change in store.history(session, "report", report.id):
        row = json.loads(change.after)
        if row["state"] == last:
            continue
        last = row["state"]
        number = str(row["changed_by"]).removeprefix("account:")
        past.append(
            {
                "state": last,
                "at": dt.datetime.fromisoformat(str(row["changed_at"])),
                "name": names.get(int(number), "–") if number.isdigit() else number,
            }
        )
    return past


def _former(session: Any, report: Report) -> dict[tuple[str, str], Any]:
    """Return what the version before says, by folded title and quantity."""
    if report.supersedes_id is None:
        return {}
    former = session.get_one(Report, report.supersedes_id)
    return {
        (name_key(m["title"], plant=False), a["quantity"]): (a["value"], a["unit"])
        for m in cycle.entries_of(former)["measures"]
        for a in m["amounts"]
    }


@page("reports/{number:int}/check", post=True)
def check(context: Context) -> Response:
    """Return what is wrong with a form that is being filled in, as sentences beside its fields."""
    report = cycle.find_report(context.session, context.number("number"), context.me)
    period = cycle.period_of(context.session, report)
    content, findings = cycle.findings_of(_entries_of_form(context.form, context.lang), period)
    rows = [
        finding.as_dict() | {"text": words.finding_text(context.lang, finding)}
        for finding in findings
    ]
    return JSONResponse({"findings": rows, "blocked": content is None or blocked(findings)})


@page("reports/{number:int}", post=True, write=True)
def step(context: Context) -> Response:
    """Do one step: of the form (save, add, remove, submit) or of the cycle."""
    session, person, form = context.session, context.me, context.form
    report = cycle.find_report(session, context.number("number"), person)
    action, _, place = form.get("step", "").partition("-")
    revision = int(form["revision"]) if form.get("revision", "").isdigit() else 0
    try:
        if action in ("save", "add", "remove") or (action == "submit" and "entries" in form):
            report = _keep(context, report, action, place, revision)
            revision = report.revision
        if action not in ("save", "add", "remove"):
            if action not in cycle.MOVES:
                raise cycle.Absent
            remarks = form.get("remarks", "")
            report = cycle.act(session, report, action, revision, person, remarks=remarks)
    except cycle.Conflict:
        session.expire_all()
        entries = cycle.entries_of(report)
        return _shown(context, report, entries, status=409, problem="conflict")
    except cycle.Refused as refusal:
        entries = cycle.entries_of(report)
        return _shown(context, report, entries, status=422, problem=refusal.code)
    target = f"/{context.lang}/reports/{report.id}"
    count = len(cycle.entries_of(report)["measures"])
    return RedirectResponse(f"{target}#m{count - 1}" if action == "add" else target, 303)


def _keep(context: Context, report: Report, action: str, place: str, revision: int) -> Report:
    """Save what the form says, with a measure more or less."""
    entries = _entries_of_form(context.form, context.lang)
    if action == "add":
        entries["measures"].append(_empty_measure(report))
    if action == "remove" and place.isdigit() and int(place) < len(entries["measures"]):
        del entries["measures"][int(place)]
    return cycle.act(
        context.session, report, "save", revision, context.me, entries=entries, way="form"
    )


@page("reports/{number:int}/workbook")
def get_workbook(context: Context) -> Response:
    """Return the report as the workbook that can be filled in and sent back."""
    report = cycle.find_report(context.session, context.number("number"), context.me)
    content = workbook.write(cycle.entries_of(report), context.lang)
    name = f"report-{report.campaign.code}-{report.id}.xlsx"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=workbook.KIND, headers=headers)


@page("reports/{number:int}/workbook", post=True, write=True)
def put_workbook(context: Context) -> Response:
    """Take a filled-in workbook in the place of the form; nothing is submitted by that."""
    report = cycle.find_report(context.session, context.number("number"), context.me)
    form = context.form
    revision = int(form["revision"]) if form.get("revision", "").isdigit() else 0
    content = context.files.get("file", b"")
    if len(content) > MOST_FILE_BYTES:
        return _shown(context, report, cycle.entries_of(report), status=413, problem="413")
    try:
        entries = workbook.read(content, context.lang)
    except ValueError:
        shown = cycle.entries_of(report)
        return _shown(context, report, shown, status=422, problem="workbook")
    try:
        cycle.act(
            *(context.session, report, "save", revision, context.me),
            entries=entries,
            way="workbook",
        )
    except cycle.Conflict:
        context.session.expire_all()
        entries = cycle.entries_of(report)
        return _shown(context, report, entries, status=409, problem="conflict")
    return RedirectResponse(f"/{context.lang}/reports/{report.id}", 303)
