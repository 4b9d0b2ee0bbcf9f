"""The interface for programs: public figures, and reports sent with a token; OpenAPI of both."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from greenanalysis.core.languages import NAME_COLUMNS
from greenanalysis.geo.regions import load_neighbours, load_regions
from greenanalysis.portal import access, cycle, figures
from greenanalysis.portal.access import Person, TooOften
from greenanalysis.portal.checks import Finding, blocked
from greenanalysis.portal.content import ReportContent
from greenanalysis.portal.context import Services
from greenanalysis.portal.figures import MeasureFilter, PlantFilter, Snapshots
from greenanalysis.portal.models import Campaign
from greenanalysis.registry.cells import is_business_number
from greenanalysis.registry.files import csv_text, xlsx_bytes
from greenanalysis.registry.models import Enterprise
from greenanalysis.site.draw import palette

VERSION = "1"
_MOST_ROWS = 1000
_GEOMETRY_TOLERANCE = 0.02
_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter(prefix="/api/v1")

_Text = Annotated[str, Query(max_length=100)]
_Year = Annotated[int | None, Query(ge=1990, le=2100)]
_After = Annotated[int, Query(ge=0, lt=2**31, description="The last id of the page before")]
_Limit = Annotated[int, Query(ge=1, le=_MOST_ROWS)]


def _plant_filter(
    region: _Text = "",
    technology: _Text = "",
    status: _Text = "",
    text: _Text = "",
    year: _Year = None,
    undated: bool = True,
    fossil: Annotated[bool, Query(description="Coal, gas, oil and nuclear power, too")] = False,
    synthetic: Annotated[bool, Query(description="The demonstration set instead")] = False,
) -> PlantFilter:
    """Read the filter of plants."""
    return PlantFilter(region, technology, status, text.strip(), year, undated, fossil, synthetic)


def _measure_filter(
    region: _Text = "",
    kind: _Text = "",
    technology: _Text = "",
    year: _Year = None,
    synthetic: Annotated[bool, Query(description="The demonstration set instead")] = False,
) -> MeasureFilter:
    """Read the filter of measures."""
    return MeasureFilter(region, kind, technology, year, synthetic)


_Plants = Annotated[PlantFilter, Depends(_plant_filter)]
_Measures = Annotated[MeasureFilter, Depends(_measure_filter)]


def _services_of(request: Request) -> Services:
    """Return what all requests share."""
    return request.app.state.services  # type: ignore[no-any-return]


def _snapshots_of(request: Request) -> Snapshots:
    """Return the tables that all requests share."""
    return request.app.state.snapshots  # type: ignore[no-any-return]


async def _answer(
    request: Request, key: Any, build: Callable[[Session], Any], *, kind: str = "", name: str = ""
) -> Response:
    """Return JSON, or bytes as they are where ``kind`` says what they are."""

    def encode(session: Session) -> bytes:
        value = build(session)
        if isinstance(value, bytes):
            return value
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()

    answers = _services_of(request).answers
    return await answers.answer(request, key, encode, kind=kind or "application/json", name=name)


class Page(BaseModel):
    """A page of rows; ``next`` is the address of the one after it, null at the end."""

    rows: list[dict[str, Any]]
    next: str | None


def _page(request: Request, rows: list[dict[str, Any]], last: int | None) -> dict[str, Any]:
    query = request.url.include_query_params(after=last).query if last is not None else ""
    return {"rows": rows, "next": f"{request.url.path}?{query}" if query else None}


@router.get("/plants", response_model=Page)
async def plants(
    request: Request, wanted: _Plants, after: _After = 0, limit: _Limit = 100
) -> Response:
    """Plants, a page at a time."""
    kept = _snapshots_of(request)

    def build(session: Session) -> Any:
        table = figures.plants(session, kept, wanted)
        return _page(request, *figures.page_of(table, after, limit))

    return await _answer(request, ("plants", wanted, after, limit), build)


@router.get("/plants/summary")
async def plants_summary(request: Request, wanted: _Plants) -> Response:
    """Plants as a map, by year, and the first rows."""
    kept = _snapshots_of(request)
    key = ("plants/summary", wanted)
    return await _answer(request, key, lambda s: figures.plant_summary(s, kept, wanted))


@router.get("/plants.{suffix}", response_class=Response)
async def plants_file(request: Request, wanted: _Plants, suffix: str) -> Response:
    """Plants as a file, csv or xlsx."""
    kept = _snapshots_of(request)
    return await _file(
        request,
        f"plants.{suffix}",
        wanted,
        lambda s: (figures.records(figures.plants(s, kept, wanted)), figures.PLANT_COLUMNS),
    )


@router.get("/plants-by-year.{suffix}", response_class=Response)
async def plants_by_year_file(request: Request, wanted: _Plants, suffix: str) -> Response:
    """Capacity at the end of each year by technology, MW, as a file."""
    kept = _snapshots_of(request)

    def build(session: Session) -> tuple[Any, Any]:
        data = figures.plants_by_year(session, kept, wanted)
        rows = [
            {"year": year, **{name: values[n] for name, values in data["series"].items()}}
            for n, year in enumerate(data["years"])
        ]
        return rows, ["year", *data["series"]]

    return await _file(request, f"plants-by-year.{suffix}", wanted, build)


@router.get("/measures", response_model=Page)
async def measures(
    request: Request, wanted: _Measures, after: _After = 0, limit: _Limit = 100
) -> Response:
    """Measures of enterprises with their results, a page at a time; base units."""
    kept = _snapshots_of(request)

    def build(session: Session) -> Any:
        table = figures.measure_table(session, kept, wanted)
        return _page(request, *figures.page_of(table, after, limit))

    return await _answer(request, ("measures", wanted, after, limit), build)


@router.get("/measures/summary")
async def measures_summary(request: Request, wanted: _Measures) -> Response:
    """What enterprises report: totals, by year, region, kind, technology; campaigns; targets."""
    kept = _snapshots_of(request)
    key = ("measures/summary", wanted)
    return await _answer(request, key, lambda s: figures.measure_summary(s, kept, wanted))


@router.get("/measures-{table}.{suffix}", response_class=Response)
async def measures_file(request: Request, wanted: _Measures, table: str, suffix: str) -> Response:
    """A table of measures as a file: list, by-year, or by-region, -kind, -technology, -taxonomy."""
    kept = _snapshots_of(request)
    names = ("list", "by-year", *(f"by-{group}" for group in figures.GROUPS))
    if table not in names:
        raise HTTPException(404)
    return await _file(
        request,
        f"measures-{table}.{suffix}",
        wanted,
        lambda s: figures.csv_rows(s, kept, wanted, table),
    )


async def _file(
    request: Request, name: str, wanted: Any, build: Callable[[Session], tuple[Any, Any]]
) -> Response:
    suffix = name.rpartition(".")[2]
    if suffix not in ("csv", "xlsx"):
        raise HTTPException(404)

    def encode(session: Session) -> bytes:
        rows, headings = build(session)
        if suffix == "csv":
            return csv_text(rows, headings).encode("utf-8-sig")
        return xlsx_bytes(rows, headings)

    kind = _CSV if suffix == "csv" else _XLSX
    return await _answer(request, (name, wanted), encode, kind=kind, name=name)


@router.get("/regions")
async def regions(request: Request) -> Response:
    """Outlines of the regions as GeoJSON, approximate, with their names."""
    return await _answer(request, "regions", lambda _: _region_shapes())


@cache
def _region_shapes() -> bytes:
    table = load_regions()
    shapes = table.set_geometry(table.geometry.simplify(_GEOMETRY_TOLERANCE))
    shapes = shapes[[*NAME_COLUMNS, "geometry"]].reset_index()
    return str(shapes.to_json(drop_id=True)).encode()


@router.get("/neighbours")
async def neighbours(request: Request) -> Response:
    """Outlines of the countries and seas around as GeoJSON, approximate."""
    return await _answer(request, "neighbours", lambda _: _neighbour_shapes())


@cache
def _neighbour_shapes() -> bytes:
    table = load_neighbours()[["kind", "geometry"]]
    shapes = table.set_geometry(table.geometry.simplify(_GEOMETRY_TOLERANCE))
    return str(shapes.to_json(drop_id=True)).encode()


@router.get("/colours")
async def colours(request: Request) -> Response:
    """Colours of the technologies of plants, the same on all pages."""
    names = sorted(palette.CARRIERS)
    table = {name: palette.carrier_colour(name, position=n) for n, name in enumerate(names)}
    return await _answer(request, "colours", lambda _: table)


@router.get("/schema/report.json")
async def report_schema() -> dict[str, Any]:
    """JSON schema of the content of a report."""
    return ReportContent.model_json_schema()


class SentReport(BaseModel):
    """A report of an enterprise for a campaign, as a program sends it."""

    model_config = ConfigDict(extra="forbid")
    bin: Annotated[str, Field(description="Business identification number, 12 digits")]
    campaign: Annotated[str, Field(max_length=40, examples=["2025"])]
    submit: Annotated[bool, Field(description="Submit it; else it is kept as a draft")] = False
    content: ReportContent


class Receipt(BaseModel):
    """What became of a report that was sent."""

    report: int
    state: str
    revision: int
    sha256: str | None
    findings: list[dict[str, Any]]


def _person(session: Session, request: Request) -> Person:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    person = None
    if kind.lower() == "bearer" and secret:
        person = access.person_of(session, "token", secret.strip())
    if person is None:
        raise HTTPException(401, "a token is needed", {"WWW-Authenticate": "Bearer"})
    try:
        _services_of(request).attempts.token(person.id)
    except TooOften:
        raise HTTPException(429, "too often", {"Retry-After": "60"}) from None
    return person


@router.post(
    "/reports",
    response_model=Receipt,
    responses={401: {}, 403: {}, 404: {}, 409: {}, 422: {}, 429: {}, 503: {}},
)
async def send_report(request: Request, sent: SentReport) -> Receipt:
    """Keep or submit a report; the same content sent again changes nothing.

    Needs a token of a reporter: ``Authorization: Bearer TOKEN``. The draft of the campaign is
    replaced by what is sent. A report with a blocker is kept as a draft and answered with 422.
    """
    problems: list[Finding] = []

    def write(session: Session) -> Receipt:
        person = _person(session, request)
        enterprise = _enterprise(session, person, sent.bin)
        campaign = session.scalar(
            select(Campaign).where(Campaign.code == sent.campaign, Campaign.deleted_at.is_(None))
        )
        if campaign is None or campaign.synthetic != enterprise.synthetic:
            raise HTTPException(404, f"there is no campaign {sent.campaign!r}")
        try:
            report = cycle.open_draft(session, enterprise, campaign, person.who)
            findings = _write(session, report, sent, person)
        except cycle.Refused as refusal:
            raise HTTPException(409, refusal.code) from None
        except cycle.Conflict:
            raise HTTPException(409, f"the report is {report.state}") from None
        if sent.submit and blocked(findings):
            problems.extend(findings)
        return Receipt(
            report=report.id,
            state=report.state,
            revision=report.revision,
            sha256=report.sha256,
            findings=[finding.as_dict() for finding in findings],
        )

    receipt = await _services_of(request).database.write(write)
    if problems:
        raise HTTPException(422, receipt.model_dump())
    return receipt


def _write(session: Session, report: Any, sent: SentReport, person: Person) -> list[Finding]:
    """Save what was sent and submit it, if it is to be and nothing blocks it."""
    entries = sent.content.model_dump(mode="json")
    content, findings = cycle.findings_of(entries, cycle.period_of(session, report))
    if report.state == "submitted" and cycle.entries_of(report) == entries:
        return findings
    cycle.act(session, report, "save", report.revision, person, entries=entries, way="interface")
    if sent.submit and content is not None and not blocked(findings):
        cycle.act(session, report, "submit", report.revision, person)
    return findings


def _enterprise(session: Session, person: Person, number: str) -> Enterprise:
    """Return the enterprise of a BIN for which the person reports; 404 for all others."""
    if not is_business_number(number):
        raise HTTPException(422, "bin: 12 digits, of which the last one is a check digit")
    row = session.scalar(
        select(Enterprise).where(Enterprise.bin == number, Enterprise.deleted_at.is_(None))
    )
    if row is None or not person.may(("reporter",), row):
        raise HTTPException(404, "there is no such enterprise that this token reports for")
    return row
