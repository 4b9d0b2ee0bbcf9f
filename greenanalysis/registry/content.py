"""What the registry starts with: plants reconciled over sources, national figures, targets."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.registry import store
from greenanalysis.registry.identity import best_match, name_key
from greenanalysis.registry.models import Document, Statement
from greenanalysis.registry.statements import Stated, document_id, record_statements, source_id

_FILES = (
    *("registry_sources", "registry_statements", "registry_national", "registry_auctions"),
    *("generation_mix", "plants_measured"),
)
_AGREE = 0.05
"""Capacities within this share of each other agree."""
_NEAR_DEGREES = 0.1
FACTS, FACTS_RANK = "facts", 3
"""Source of the rows of ``data/facts`` that name their own source; of no rank against others."""
_FIELDS = ("name", "operator", "capacity_mw", "region", "latitude", "longitude", "year", "status")


def read_statements() -> pd.DataFrame:
    """Return what each source says of each plant, the most trusted source first."""
    numeric = ["capacity_mw", "latitude", "longitude", "year"]
    statements = read_facts("registry_statements", numeric=numeric)
    ranks = read_facts("registry_sources", numeric=["rank"]).set_index("code")["rank"]
    statements["rank"] = statements["source_code"].map(ranks)
    return statements.sort_values(["facility", "rank"], kind="stable").reset_index(drop=True)


def reconcile(statements: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row a plant, and the conflicts between its sources.

    Parameters
    ----------
    statements : as of :func:`read_statements`.

    Returns
    -------
    plants : index facility; of each field the value of the most trusted source that has one;
        ``source_code`` that of the capacity, ``sources`` all of them.
    conflicts : facility, field, taken, taken_from, other, other_from.
    """
    plants, conflicts = [], []
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _records(statements):
        groups.setdefault(str(row["facility"]), []).append(row)
    for facility, rows in sorted(groups.items()):
        lead = next((row for row in rows if _said(row["capacity_mw"])), rows[0])
        plant: dict[str, Any] = {
            "facility": facility,
            "technology": lead["technology"],
            "source_code": lead["source_code"],
            "sources": "; ".join(dict.fromkeys(row["source"] for row in rows)),
            "note": "; ".join(dict.fromkeys(row["note"] for row in rows if row["note"])),
        }
        for name in _FIELDS:
            said = [row for row in rows if _said(row[name])]
            plant[name] = said[0][name] if said else None
            conflicts += [
                {
                    "facility": facility,
                    "field": name,
                    "taken": said[0][name],
                    "taken_from": said[0]["source_code"],
                    "other": other[name],
                    "other_from": other["source_code"],
                }
                for other in said[1:]
                if _differ(name, said[0][name], other[name])
            ]
        plants.append(plant)
    return pd.DataFrame(plants).set_index("facility"), pd.DataFrame(conflicts)


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return iter(table.itertuples(index=False))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _said(value: Any) -> bool:
    return value != "" and value == value and value is not None


def _differ(name: str, taken: Any, other: Any) -> bool:
    if name in ("name", "operator"):
        return False
    if name == "capacity_mw":
        return bool(abs(taken - other) > _AGREE * max(taken, other))
    if name in ("latitude", "longitude"):
        return bool(abs(taken - other) > _NEAR_DEGREES)
    return bool(taken != other)


def load_start(engine: Engine, *, who: str = "greenanalysis") -> dict[str, int]:
    """Write the start content once: every statement of every source, values derived of them.

    A registry that held only the reconciled values gets the statements behind them.

    Returns
    -------
    dict : how many facilities, observations and statements were added.

    Raises
    ------
    InputError : a table of facts is absent or has a row without source.
    """
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update((data_dir() / "facts" / f"{name}.csv").read_bytes())
    with store.write_session(engine) as session:
        statements = read_statements()
        start = session.scalar(select(Document.id).where(Document.kind == "start"))
        sources = _sources(session, who)
        if start is not None:
            added = _complete_start(session, statements, sources, start, who)
            return {"facilities": 0, "observations": 0, "statements": added}
        document = document_id(
            session,
            source=sources[FACTS],
            name="data/facts",
            sha256=digest.hexdigest(),
            kind="start",
            rows_read=len(statements),
            rows_accepted=len(statements),
            who=who,
        )
        common: dict[str, Any] = {"document": document, "reported_on": None, "who": who}
        stated = _plants(statements, sources)
        recorded = record_statements(session, stated, source=sources[FACTS], **common)
        ids = {
            slug: recorded.ids[n]
            for n, slug in zip(_places(stated), statements["facility"], strict=True)
        }
        plants, _ = reconcile(statements)
        rows = [*_national(), *_auctions(), *_designs(plants, ids)]
        told = [Stated("observation", _observation(row)) for row in rows]
        record_statements(session, told, source=sources[FACTS], **common)
    return {
        "facilities": len(set(ids.values())),
        "observations": len(told),
        "statements": len(statements),
    }


def _places(stated: list[Stated]) -> list[int]:
    return [n for n, said in enumerate(stated) if said.entity == "facility"]


def _sources(session: Session, who: str) -> dict[str, int]:
    table = read_facts("registry_sources", numeric=["rank"])
    numbers = {
        str(row.code): source_id(
            session, row.code, title=row.source, licence=row.licence, rank=int(row.rank), who=who
        )
        for row in _rows(table)
    }
    title = "national figures, auctions and designs; each row names its own source"
    return numbers | {FACTS: source_id(session, FACTS, title=title, rank=FACTS_RANK, who=who)}


def _plants(statements: pd.DataFrame, sources: dict[str, int]) -> list[Stated]:
    """Return each source's statement of each plant, and of its operator."""
    stated: list[Stated] = []
    first: dict[str, int] = {}
    for row in _records(statements):
        source = sources[str(row["source_code"])]
        owner = None
        if row["operator"]:
            owner = len(stated)
            company = {"name": row["operator"], "region": row["region"]}
            stated.append(Stated("enterprise", company, source=source))
        same = first.setdefault(str(row["facility"]), len(stated))
        stated.append(
            Stated(
                "facility",
                _facility_content(row),
                same_as=None if same == len(stated) else same,
                subject=owner,
                source=source,
            )
        )
    return stated


def _facility_content(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a row of the table of statements says of a plant."""
    year = row["year"] if _said(row["year"]) else None
    latitude, longitude = _number(row["latitude"]), _number(row["longitude"])
    return {
        "name": row["name"],
        "technology": row["technology"],
        "capacity": _number(row["capacity_mw"]),
        "capacity_unit": "MW" if _said(row["capacity_mw"]) else None,
        "latitude": latitude,
        "longitude": longitude,
        "region": row["region"],
        "status": row["status"],
        "commissioned": dt.date(int(year), 1, 1) if year else None,
        "commissioned_precision": "year" if year else None,
        "note": "; ".join(part for part in (row["source"], row["note"]) if part),
    }


def _complete_start(
    session: Session,
    statements: pd.DataFrame,
    sources: dict[str, int],
    document: int,
    who: str,
) -> int:
    """Add the statements behind a start content of which only the reconciled values were kept.

    A plant is found by the name, technology, capacity and status with which it was written; one
    that was changed since, or that is not found for sure, keeps the one statement it has.
    """
    query = select(Statement).where(
        Statement.entity == "facility", Statement.document_id == document
    )
    own = list(session.scalars(query))
    if len({said.source_id for said in own}) < 1 or len(own) >= len(statements):
        return 0
    plants, _ = reconcile(statements)
    names = ("name", "technology", "capacity", "status")
    known: dict[tuple[Any, ...], list[Statement]] = {}
    for said in own:
        known.setdefault(tuple(said.content.get(name) for name in names), []).append(said)
    stated = []
    for slug, plant in zip(plants.index, _records(plants), strict=True):
        key = (plant["name"], plant["technology"], _number(plant["capacity_mw"]), plant["status"])
        same = known.get(key, [])
        if len(same) != 1:
            continue
        mine = statements[statements["facility"] == slug]
        stated += [
            Stated(
                "facility",
                _facility_content(row),
                entity_id=same[0].entity_id,
                source=sources[str(row["source_code"])],
            )
            for row in _records(mine)
        ]
        owner = same[0].content.get("enterprise_id")
        store.remove_row(session, Statement, same[0].id, who=who)
        if owner is not None:
            link = {"enterprise_id": owner}
            stated.append(
                Stated("facility", link, entity_id=same[0].entity_id, source=same[0].source_id)
            )
    record_statements(
        session, stated, source=sources[FACTS], document=document, reported_on=None, who=who
    )
    return len(stated)


def _number(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


def _national() -> list[dict[str, Any]]:
    mix = read_facts("generation_mix", numeric=["year", "generation_twh"])
    mix = mix.rename(columns={"carrier": "technology"})
    mix = mix.assign(value=mix["generation_twh"] * 1e6, unit="MWh", quantity="generation")
    told = read_facts("registry_national", numeric=["year", "value"])
    energy = told["unit"] == "GWh"
    told["value"] = told["value"].where(~energy, told["value"] * 1e3)
    told["unit"] = told["unit"].where(~energy, "MWh")
    columns = ["quantity", "technology", "year", "value", "unit", "series", "source", "note"]
    rows = pd.concat([mix[columns], told[columns]], ignore_index=True)
    scope = load_country().code
    return [{**row, "scope": scope, "reported_by": row["source"]} for row in _records(rows)]


def _auctions() -> list[dict[str, Any]]:
    table = read_facts("registry_auctions", numeric=["year", "price_kzt_per_kwh", "capacity_mw"])
    return [
        {
            "scope": load_country().code,
            "quantity": "auction_price",
            "technology": row.technology,
            "year": row.year,
            "value": row.price_kzt_per_kwh,
            "unit": f"{load_country().currency}/kWh",
            "series": row.kind,
            "reported_by": row.source,
            "note": ", ".join(
                part
                for part in (row.zone, f"{row.capacity_mw:g} MW" if row.capacity_mw > 0 else "")
                if part
            ),
        }
        for row in _rows(table)
    ]


def _designs(plants: pd.DataFrame, ids: dict[str, int]) -> list[dict[str, Any]]:
    """Return what single plants should yield by their own design."""
    numeric = ["latitude", "longitude", "capacity_mw", "energy_gwh", "year"]
    table = read_facts("plants_measured", numeric=numeric)
    table = table[(table["scope"] == "plant") & table["energy_gwh"].notna()]
    rows = []
    for row in _rows(table):
        here = plants[(plants["technology"] == row.technology) & (plants["region"] == row.region)]
        match = best_match(
            name_key(str(row.name)), [name_key(str(name)) for name in here["name"]], cutoff=80
        )
        near = here[
            (abs(here["latitude"].astype(float) - row.latitude) < _NEAR_DEGREES / 4)
            & (abs(here["longitude"].astype(float) - row.longitude) < _NEAR_DEGREES / 4)
            & (abs(here["capacity_mw"].astype(float) - row.capacity_mw) <= 0.1 * row.capacity_mw)
        ]
        found = near.index[0] if len(near) else here.index[match[0]] if match else None
        if found is None:
            continue
        rows.append(
            {
                "facility_id": ids[str(found)],
                "technology": row.technology,
                "quantity": "design_generation",
                "year": row.year,
                "value": row.energy_gwh * 1e3,
                "unit": "MWh",
                "reported_by": row.source,
                "series": "design",
                "note": row.note,
            }
        )
    return rows


def _observation(row: dict[str, Any]) -> dict[str, Any]:
    year = int(row["year"])
    names = ("quantity", "technology", "value", "unit", "series", "reported_by")
    return {
        **{name: row[name] for name in names},
        **{name: row.get(name) for name in ("facility_id", "scope", "note")},
        "period_start": dt.date(year, 1, 1),
        "period_end": dt.date(year, 12, 31),
    }
