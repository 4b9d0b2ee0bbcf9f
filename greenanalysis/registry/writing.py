"""Good rows into the tables: new ones added, known ones changed where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from greenanalysis.registry import store
from greenanalysis.registry.checks import Checked, Known
from greenanalysis.registry.identity import name_key
from greenanalysis.registry.models import Enterprise, Facility, Measure, Observation
from greenanalysis.registry.reading import FileMapping

_COMPARED = ("capacity", "latitude", "longitude", "status", "commissioned", "enterprise_id", "note")


@dataclass
class Written:
    """How many rows were added, changed, and known already."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class _Origin:
    session: Session
    source: int
    document: int
    synthetic: bool
    who: str

    def columns(self) -> dict[str, Any]:
        """Return the columns that say where a row came from."""
        return {
            "source_id": self.source,
            "document_id": self.document,
            "synthetic": self.synthetic,
        }


def write_rows(
    session: Session,
    rows: Sequence[Checked],
    known: Known,
    mapping: FileMapping,
    source: int,
    document: int,
    *,
    who: str,
) -> Written:
    """Write checked rows of one kind; see :func:`greenanalysis.registry.intake.import_file`."""
    origin = _Origin(session, source, document, mapping.synthetic, who)
    owners = _enterprises(rows, known, origin)
    if mapping.kind == "facility":
        return _facilities(rows, known, owners, origin)
    if mapping.kind == "measure":
        subjects = _measures(rows, known, owners, origin)
        return _observations(rows, known, [("m", key) for key in subjects], origin)
    return _observations(rows, known, [("f", row.subject) for row in rows], origin)


def _enterprises(rows: Sequence[Checked], known: Known, origin: _Origin) -> list[int | None]:
    """Return the id of each row's enterprise, by BIN or else by name; new ones are added."""
    found: list[str | None] = []
    new: dict[str, dict[str, Any]] = {}
    for row in rows:
        name, code = row.values.get("enterprise"), row.values.get("bin")
        if not name:
            found.append(code if code in known.enterprises else None)
            continue
        folded = name_key(name, plant=False) or name
        key = code if code in known.enterprises else folded
        found.append(key)
        if key not in known.enterprises and key not in new:
            new[key] = {
                "name": name,
                "name_key": folded,
                "bin": code,
                "region": row.values["region"],
                "synthetic": origin.synthetic,
            }
    ids = store.insert_rows(origin.session, Enterprise, list(new.values()), who=origin.who)
    known.enterprises |= dict(zip(new, ids, strict=True))
    return [known.enterprises[key] if key is not None else None for key in found]


def _facilities(
    rows: Sequence[Checked], known: Known, owners: list[int | None], origin: _Origin
) -> Written:
    done = Written()
    before = known.facility_rows.set_index("id").astype(object)
    new = []
    for row, owner in zip(rows, owners, strict=True):
        values = _facility(row, owner)
        ids = known.facilities.get((values["name_key"], values["technology"], values["region"]), [])
        if owner is not None:
            same = [n for n in ids if before.loc[n, "enterprise_id"] in (owner, None)]
            ids = same or [n for n in ids if _missing(before.loc[n, "enterprise_id"])]
        if not ids or "duplicate-row" in row.confirmed:
            new.append(values | origin.columns())
            continue
        old = before.loc[ids[0]]
        changed = {
            name: values[name]
            for name in _COMPARED
            if values[name] is not None and not _same(values[name], old[name])
        }
        if changed:
            store.change_row(origin.session, Facility, ids[0], changed, who=origin.who)
            done.updated += 1
        else:
            done.unchanged += 1
    done.added = len(store.insert_rows(origin.session, Facility, new, who=origin.who))
    return done


def _facility(row: Checked, owner: int | None) -> dict[str, Any]:
    values = dict(row.values)
    built = values.pop("commissioned")
    for name in ("enterprise", "bin"):
        values.pop(name)
    return {
        **values,
        "name_key": name_key(values["name"]),
        "enterprise_id": owner,
        "commissioned": built[0] if built else None,
        "commissioned_precision": built[2] if built else None,
    }


def _measures(
    rows: Sequence[Checked], known: Known, owners: list[int | None], origin: _Origin
) -> list[int]:
    """Return the id of each row's measure; new ones are added."""
    keys: list[tuple[int, str, str]] = []
    new: dict[tuple[int, str, str], dict[str, Any]] = {}
    for row, owner in zip(rows, owners, strict=True):
        values = row.values
        key = (int(owner or 0), values["kind"], name_key(values["title"], plant=False))
        keys.append(key)
        if key not in known.measures and key not in new:
            new[key] = {
                "enterprise_id": key[0],
                "kind": key[1],
                "title": values["title"],
                "title_key": key[2],
                "region": values["region"],
                "status": values["status"],
                "started": values["started"][0] if values["started"] else None,
                **origin.columns(),
            }
    ids = store.insert_rows(origin.session, Measure, list(new.values()), who=origin.who)
    known.measures |= dict(zip(new, ids, strict=True))
    return [known.measures[key] for key in keys]


def _observations(
    rows: Sequence[Checked],
    known: Known,
    subjects: Sequence[tuple[str, int | None]],
    origin: _Origin,
) -> Written:
    done = Written()
    new = []
    for row, (kind, number) in zip(rows, subjects, strict=True):
        values = row.values
        start, end, _ = values["period"]
        name = (f"{kind}{number}", values["quantity"], start, end, values["reported_by"])
        if name in known.values:
            key, old = known.values[name]
            if _same(values["value"], old):
                done.unchanged += 1
            else:
                change = {"value": values["value"], "unit": values["unit"]}
                store.change_row(origin.session, Observation, key, change, who=origin.who)
                done.updated += 1
            continue
        new.append(
            {
                "facility_id": number if kind == "f" else None,
                "measure_id": number if kind == "m" else None,
                "enterprise_id": None,
                "scope": None,
                "series": None,
                "technology": values.get("technology"),
                "quantity": values["quantity"],
                "period_start": start,
                "period_end": end,
                "value": values["value"],
                "unit": values["unit"],
                "reported_by": values["reported_by"],
                "reported_at": values["reported_at"][0] if values["reported_at"] else None,
                "note": values["note"],
                **origin.columns(),
            }
        )
    done.added = len(store.insert_rows(origin.session, Observation, new, who=origin.who))
    return done


def _missing(value: Any) -> bool:
    return value is None or value != value


def _same(new: Any, old: Any) -> bool:
    if _missing(old):
        return False
    if isinstance(new, float):
        return abs(new - float(old)) <= 1e-9 * max(abs(new), 1.0)
    return bool(new == old)
