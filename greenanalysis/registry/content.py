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
from greenanalysis.registry.models import Document, Enterprise, Facility, Observation, Source

_FILES = (
    *("registry_sources", "registry_statements", "registry_national", "registry_auctions"),
    *("generation_mix", "plants_measured"),
)
_AGREE = 0.05
"""Capacities within this share of each other agree."""
_NEAR_DEGREES = 0.1
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
    """Write the start content once; return how many rows of each table were added.

    Raises
    ------
    InputError : a table of facts is absent or has a row without source.
    """
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update((data_dir() / "facts" / f"{name}.csv").read_bytes())
    with store.write_session(engine) as session:
        key = digest.hexdigest()
        if session.scalar(select(Document.id).where(Document.kind == "start")):
            return {"facilities": 0, "observations": 0}
        sources = _sources(session, who)
        statements = read_statements()
        plants, _ = reconcile(statements)
        document = {
            "source_id": None,
            "name": "data/facts",
            "sha256": key,
            "kind": "start",
            "rows_read": len(statements),
            "rows_accepted": len(plants),
        }
        number = store.insert_rows(session, Document, [document], who=who)[0]
        ids = _plants(session, plants, sources, number, who)
        rows = [*_national(), *_auctions(), *_designs(plants, ids)]
        common = {"document_id": number, "synthetic": False, "measure_id": None}
        full = [_observation(row) | common for row in rows]
        added = store.insert_rows(session, Observation, full, who=who)
    return {"facilities": len(ids), "observations": len(added)}


def _sources(session: Session, who: str) -> dict[str, int]:
    table = read_facts("registry_sources", numeric=["rank"])
    rows = [
        {"code": row.code, "title": row.source, "licence": row.licence, "rank": int(row.rank)}
        for row in _rows(table)
    ]
    return dict(zip(table["code"], store.insert_rows(session, Source, rows, who=who), strict=True))


def _plants(
    session: Session, plants: pd.DataFrame, sources: dict[str, int], document: int, who: str
) -> dict[str, int]:
    owners = plants["operator"].dropna()
    keys = {name: name_key(str(name), plant=False) for name in dict.fromkeys(owners)}
    first = {key: name for name, key in reversed(keys.items())}
    home = dict(
        zip(reversed(owners.tolist()), plants.loc[owners.index[::-1], "region"], strict=True)
    )
    companies = [
        {"name": name, "name_key": key, "bin": None, "region": home[name], "synthetic": False}
        for key, name in first.items()
    ]
    numbers = store.insert_rows(session, Enterprise, companies, who=who)
    owner_ids = dict(zip(first, numbers, strict=True))
    rows = []
    for row in _rows(plants):
        year = row.year if row.year is not None and row.year == row.year else None
        rows.append(
            {
                "enterprise_id": owner_ids[keys[row.operator]] if row.operator in keys else None,
                "source_id": sources[str(row.source_code)],
                "document_id": document,
                "name": row.name,
                "name_key": name_key(str(row.name)),
                "technology": row.technology,
                "capacity": _number(row.capacity_mw),
                "capacity_unit": "MW",
                "latitude": _number(row.latitude),
                "longitude": _number(row.longitude),
                "region": row.region,
                "status": row.status,
                "commissioned": dt.date(int(year), 1, 1) if year else None,
                "commissioned_precision": "year" if year else None,
                "note": f"{row.note}. Sources: {row.sources}".removeprefix(". "),
                "synthetic": False,
            }
        )
    numbers = store.insert_rows(session, Facility, rows, who=who)
    return dict(zip(plants.index, numbers, strict=True))


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
        "facility_id": row.get("facility_id"),
        "enterprise_id": None,
        "source_id": None,
        "scope": row.get("scope"),
        "note": row.get("note") or None,
        "period_start": dt.date(year, 1, 1),
        "period_end": dt.date(year, 12, 31),
        "reported_at": None,
    }
