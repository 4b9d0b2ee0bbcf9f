"""A synthetic demonstration set: enterprises that do not exist, marked in every row.

It goes the way of real reports (content, statements, values), so that the dashboard shows all it
can. Its figures are drawn at random and mean nothing. It can be taken out whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError
from greenanalysis.portal import cycle, feed
from greenanalysis.portal.content import ReportContent, base_unit, choices
from greenanalysis.portal.models import Campaign, Obligation, Report, Target
from greenanalysis.registry import store
from greenanalysis.registry.cells import check_digit
from greenanalysis.registry.identity import name_key
from greenanalysis.registry.models import (
    Document,
    Enterprise,
    Measure,
    Observation,
    Source,
    Statement,
)
from greenanalysis.registry.statements import Stated, document_id, record_statements, source_id

_SOURCE = "synthetic-demo"
_MARK = "SYNTHETIC"
_PREFIX = "DEMO-"
_WHO = "demo"
_SEED = 20260101
_YEARS = (2023, 2024, 2025)
_NUMBER_START = "0099"
"""Month 99: no registered enterprise has such a BIN."""
_MEASURES = {
    "solar": ("renewable_energy", ("capacity", "generation", "co2_avoided", "investment")),
    "lighting": ("energy_efficiency", ("energy_saved", "investment")),
    "heat_recovery": ("energy_efficiency", ("energy_saved", "fuel_saved", "co2_avoided")),
    "drives": ("energy_efficiency", ("energy_saved", "investment")),
    "gas_burners": ("gas_saving", ("gas_saved", "co2_avoided", "investment")),
    "biogas": ("biogas", ("biogas_made", "generation", "waste_processed")),
    "drip_irrigation": ("water", ("water_saved", "investment")),
    "water_recycling": ("water", ("water_saved",)),
    "sorting": ("waste", ("waste_processed", "investment")),
}
_MEDIANS = {
    "capacity": 0.5,
    "generation": 600.0,
    "energy_saved": 400.0,
    "fuel_saved": 80.0,
    "gas_saved": 90_000.0,
    "biogas_made": 150_000.0,
    "water_saved": 20_000.0,
    "waste_processed": 900.0,
    "co2_avoided": 300.0,
    "investment": 40_000_000.0,
}
"""Middles of the random figures, in base units: chosen so that the charts look like charts."""
_SPREAD = 0.8
_STATES = ("published", "accepted", "submitted", "returned", "draft", "silent")
_SHARES = {2023: (0.95, 0, 0, 0, 0, 0.05), 2024: (0.9, 0, 0, 0, 0, 0.1)}
_LAST_SHARES = (0.7, 0.05, 0.08, 0.03, 0.04, 0.1)


def synthetic_number(serial: int) -> str:
    """Return the BIN of a synthetic enterprise: the check digit fits, the month does not exist."""
    for tail in range(serial * 10, serial * 10 + 10):
        start = f"{_NUMBER_START}{tail:07d}"
        digit = check_digit(start)
        if digit is not None:
            return f"{start}{digit}"
    raise ValueError(f"no number for serial {serial}")


def add(session: Session, enterprises: int = 1000) -> dict[str, int]:
    """Add the set; return how many enterprises, reports and statements.

    Raises
    ------
    InputError : it is there already.
    """
    there = select(Campaign.id).where(
        Campaign.code.startswith(_PREFIX), Campaign.deleted_at.is_(None)
    )
    if session.scalar(there.limit(1)) is not None:
        raise InputError("the demonstration set is there already: registry demo --remove")
    rng = np.random.default_rng(_SEED)
    keys = _enterprises(session, rng, enterprises)
    source = source_id(
        session, _SOURCE, who=_WHO, title=f"{_MARK}: demonstration set", rank=feed.RANK
    )
    plans = {key: list(_plan(rng, region)) for key, region in keys.items()}
    reports = statements = 0
    for year in _YEARS:
        campaign = _campaign(session, year, list(keys))
        published = list(_reports(session, rng, campaign, plans, year))
        reports += len(published)
        statements += _record(session, source, campaign, published)
    _target(session, enterprises)
    return {"enterprises": len(keys), "reports": reports, "statements": statements}


def _enterprises(session: Session, rng: np.random.Generator, count: int) -> dict[int, str]:
    regions = choices("region")
    rows = []
    for serial, place in enumerate(rng.integers(len(regions), size=count), 1):
        name = f"{_MARK} enterprise {serial:04d}"
        rows.append(
            {
                "name": name,
                "name_key": name_key(name, plant=False),
                "bin": synthetic_number(serial),
                "region": regions[place],
                "synthetic": True,
            }
        )
    keys = store.insert_rows(session, Enterprise, rows, who=_WHO)
    return {key: row["region"] for key, row in zip(keys, rows, strict=True)}


def _plan(rng: np.random.Generator, region: str) -> Iterator[dict[str, Any]]:
    """Yield the measures of an enterprise, without results."""
    names = list(_MEASURES)
    for number in rng.choice(len(names), size=1 + int(rng.random() < 0.5), replace=False):
        technology = names[number]
        yield {
            "title": f"{technology.replace('_', ' ')} ({_MARK})",
            "kind": _MEASURES[technology][0],
            "technology": technology,
            "status": "operating",
            "region": region,
            "started": f"{2018 + int(rng.integers(5))}-01-01",
            "size": float(rng.lognormal(0.0, _SPREAD)),
        }


def _campaign(session: Session, year: int, enterprises: list[int]) -> Campaign:
    number = cycle.open_campaign(
        *(session, f"{_PREFIX}{year}", dt.date(year, 1, 1), dt.date(year, 12, 31)),
        *(dt.date(year + 1, 1, 1), dt.date(year + 1, 4, 1)),
        who=_WHO,
        synthetic=True,
    )
    cycle.oblige(session, number, enterprises, f"{_MARK} list", who=_WHO)
    return session.get_one(Campaign, number)


def _reports(
    session: Session,
    rng: np.random.Generator,
    campaign: Campaign,
    plans: dict[int, list[dict[str, Any]]],
    year: int,
) -> Iterator[tuple[Report, ReportContent]]:
    """Write the reports of a campaign; yield those that are published."""
    shares = _SHARES.get(year, _LAST_SHARES)
    rows = []
    for key, plan in plans.items():
        state = str(rng.choice(_STATES, p=shares))
        if state == "silent":
            continue
        content = ReportContent.model_validate({"measures": [_filled(rng, m) for m in plan]})
        sent = state not in ("draft", "returned")
        rows.append(
            {
                "enterprise_id": key,
                "campaign_id": campaign.id,
                "supersedes_id": None,
                "state": state,
                "revision": 2,
                "content": json.dumps(content.model_dump(mode="json"), ensure_ascii=False),
                "sha256": hashlib.sha256(content.canonical()).hexdigest() if sent else None,
                "submitted_by": None,
                "submitted_at": dt.datetime(year + 1, 2, 1 + int(rng.integers(28)))
                if sent
                else None,
                "way": "demo",
                "synthetic": True,
            }
        )
    numbers = store.insert_rows(session, Report, rows, who=_WHO)
    for number, row in zip(numbers, rows, strict=True):
        if row["state"] == "published":
            content = ReportContent.model_validate_json(str(row["content"]))
            yield session.get_one(Report, number), content


def _filled(rng: np.random.Generator, plan: dict[str, Any]) -> dict[str, Any]:
    """Return a measure with the results of one period."""
    measure = {name: value for name, value in plan.items() if name != "size"}
    measure["amounts"] = [
        {
            "quantity": quantity,
            "value": float(f"{_MEDIANS[quantity] * plan['size'] * rng.uniform(0.9, 1.1):.4g}"),
            "unit": base_unit(quantity),
        }
        for quantity in _MEASURES[plan["technology"]][1]
    ]
    return measure


def _record(
    session: Session,
    source: int,
    campaign: Campaign,
    published: list[tuple[Report, ReportContent]],
) -> int:
    """Record what the published reports of a campaign state."""
    statements: list[Stated] = []
    for report, content in published:
        first = len(statements)
        for row in feed.statements_of(report, content):
            moved = row if row.subject is None else replace(row, subject=row.subject + first)
            statements.append(moved)
    document = document_id(
        session,
        source=source,
        name=f"{_MARK} {campaign.code}",
        sha256=f"{_MARK} campaign {campaign.id}",
        kind="report",
        rows_read=len(published),
        rows_accepted=len(published),
        who=_WHO,
    )
    record_statements(
        session,
        statements,
        source=source,
        document=document,
        reported_on=campaign.closes,
        who=_WHO,
        synthetic=True,
    )
    return len(statements)


def _target(session: Session, enterprises: int) -> None:
    row = {
        "quantity": "energy_saved",
        "year": _YEARS[-1],
        "value": _MEDIANS["energy_saved"] * enterprises,
        "unit": base_unit("energy_saved"),
        "source": f"{_MARK}: no real target",
        "synthetic": True,
    }
    store.insert_rows(session, Target, [row], who=_WHO)


def remove(session: Session) -> int:
    """Take the set out of all views; return how many rows. The history keeps that it was there."""
    stamp = {"deleted_at": store.now(), "changed_by": _WHO, "changed_at": store.now()}
    campaigns = select(Campaign.id).where(Campaign.code.startswith(_PREFIX))
    sources = select(Source.id).where(Source.code == _SOURCE)
    documents = select(Document.id).where(Document.source_id.in_(sources))
    count = 0
    for model, mine in (
        (Statement, Statement.source_id.in_(sources)),
        (Observation, Observation.synthetic.is_(True) & Observation.source_id.in_(sources)),
        (Measure, Measure.synthetic.is_(True) & Measure.source_id.in_(sources)),
        (Report, Report.campaign_id.in_(campaigns)),
        (Obligation, Obligation.campaign_id.in_(campaigns)),
        (Target, Target.synthetic.is_(True)),
        (Enterprise, Enterprise.synthetic.is_(True) & Enterprise.bin.startswith(_NUMBER_START)),
        (Document, Document.id.in_(documents)),
    ):
        table: Any = model
        result: Any = session.execute(
            update(table).where(mine, table.deleted_at.is_(None)).values(**stamp)
        )
        count += int(result.rowcount)
    for campaign in session.scalars(
        select(Campaign).where(Campaign.code.startswith(_PREFIX), Campaign.deleted_at.is_(None))
    ):
        # the code is free for a new set; that of the removed one names its number
        values = {**stamp, "code": f"removed {campaign.code} ({campaign.id})"}
        session.execute(update(Campaign).where(Campaign.id == campaign.id).values(**values))
        count += 1
    return count
