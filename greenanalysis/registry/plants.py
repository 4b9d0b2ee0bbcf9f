"""Which plant of the registry a row means: by id, name over scripts, place, status and capacity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_table
from greenanalysis.registry.identity import (
    best_match,
    kind_of,
    name_key,
    numbers_of,
    score,
    spelled_key,
)
from greenanalysis.registry.models import Enterprise, Facility, Statement

_EQUAL, _CLOSE, _ALIKE = 0.02, 0.10, 0.25
"""Shares within which two capacities are the same figure, the same plant, perhaps the same."""
LARGE = 2.0
"""A capacity or value that becomes so many times what it was is asked about."""
_SLIPS = ((8.0, 12.5), (80.0, 125.0), (800.0, 1250.0))
"""Ratios that a slip of the decimal mark or of the unit makes."""
_NEAR_KM = 25.0
_SAME_KM = 1.0
_CLOSE_KM = 5.0
"""So near a plant of a like name and capacity is taken for the same one until a person says new."""
_LIKE_NAME = 80.0
_KM_PER_DEGREE = 111.2
_NEARLY = 88.0
"""How alike, of 100, a misspelt name in a report has to be."""
_COMMON = 60
"""A word in the names of more plants than this says nothing by itself."""
_LEAST_LETTERS = 4
STAGES = {
    **dict.fromkeys(("operating", "mothballed"), "alive"),
    **dict.fromkeys(("planned", "construction"), "coming"),
    **dict.fromkeys(("retired", "cancelled", "superseded"), "gone"),
}
GONE = tuple(status for status, stage in STAGES.items() if stage == "gone")
PLANT_COLUMNS = (
    *("name", "technology", "capacity", "latitude", "longitude", "region", "status"),
    *("commissioned", "retired", "enterprise_id", "note"),
)
_FUELS = frozenset({"coal", "gas", "oil", "biomass", "waste"})
_MOST_SHOWN = 5


@dataclass(frozen=True)
class Plant:
    """A registered plant as it is compared.

    ``names``, ``keys``, ``kinds``, ``technologies`` and ``capacities`` are all that some source
    stated of it.
    """

    id: int
    name: str
    keys: frozenset[str]
    technology: str
    region: str
    status: str
    capacity: float | None
    latitude: float | None
    longitude: float | None
    owner: str
    names: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    technologies: frozenset[str] = frozenset()
    capacities: frozenset[float] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """Return id and name as a message names it."""
        return f"plant {self.id} ({self.name[:60]})"


@dataclass(frozen=True)
class Match:
    """What a row means: the plant, or none (a new one), or why that has to be asked.

    ``reasons`` are (code, text); with ``plant`` they ask whether it is really that one.
    ``part_of`` is the plant of which a new row is perhaps a further phase or a part.
    """

    plant: Plant | None = None
    reasons: tuple[tuple[str, str], ...] = ()
    part_of: Plant | None = None


@dataclass
class Plants:
    """The plants of the registry, found by name."""

    by_id: dict[int, Plant] = field(default_factory=dict)
    _by_key: dict[str, list[Plant]] = field(default_factory=lambda: defaultdict(list))
    _places: dict[str, tuple[list[Plant], np.ndarray]] = field(default_factory=dict)
    _by_word: dict[str, list[Plant]] = field(default_factory=lambda: defaultdict(list))

    def add(self, plant: Plant) -> None:
        """Add a plant under all its names."""
        self.by_id[plant.id] = plant
        for key in plant.keys:
            self._by_key[key.replace(" ", "")].append(plant)
        for word in {word for key in plant.keys for word in key.split() if not word.isdigit()}:
            self._by_word[word].append(plant)

    def named(self, key: str) -> list[Plant]:
        """Return the plants of exactly that folded name, in the whole country."""
        return self._by_key.get(key.replace(" ", ""), [])

    def partly_named(self, key: str) -> list[Plant]:
        """Return the plants whose name holds all words of this one, or the other way round."""
        words = _words(key)
        pools = [self._by_word[word] for word in words if word in self._by_word]
        pools = [pool for pool in pools if len(pool) <= _COMMON] or pools[:1]
        near = {plant.id: plant for pool in pools for plant in pool}
        return [
            plant
            for plant in near.values()
            if any(_part(key, words, other) for other in plant.keys)
        ]

    def nearly_named(self, key: str, row: Mapping[str, Any]) -> list[Plant]:
        """Return the plants that may be meant and whose name is the one most alike."""
        keys = [k for plant in self.by_id.values() if _may_be(plant, row) for k in plant.keys]
        match = best_match(key, keys, cutoff=_NEARLY) if keys else None
        return [p for p in self.named(keys[match[0]]) if _may_be(p, row)] if match else []

    def close_by(self, row: Mapping[str, Any]) -> list[Plant]:
        """Return the plants of the technology of a row within some kilometres of it."""
        north, east = row.get("latitude"), row.get("longitude")
        if north is None or east is None:
            return []
        technology = row["technology"]
        if technology not in self._places:
            placed = [
                plant
                for plant in self.by_id.values()
                if technology in plant.technologies and plant.latitude is not None
            ]
            points = np.array([(p.latitude, p.longitude) for p in placed], dtype=float)
            self._places[technology] = placed, points.reshape(-1, 2)
        placed, points = self._places[technology]
        up = (points[:, 0] - north) * _KM_PER_DEGREE
        right = (points[:, 1] - east) * _KM_PER_DEGREE * np.cos(np.radians(north))
        return [placed[n] for n in np.flatnonzero(np.hypot(up, right) <= _CLOSE_KM)]


def _words(key: str) -> frozenset[str]:
    return frozenset(word for word in key.split() if not word.isdigit())


def _part(key: str, words: frozenset[str], other: str) -> bool:
    if numbers_of(key) != numbers_of(other):
        return False
    small, large = sorted((words, _words(other)), key=len)
    return small <= large and sum(map(len, small)) >= _LEAST_LETTERS


def load_plants(session: Session, *, synthetic: bool = False) -> Plants:
    """Read the plants of the registry with every name that a statement gives them.

    Parameters
    ----------
    session : to read with.
    synthetic : whether the examples are meant; they never meet real plants.
    """
    stated: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    query = select(Statement.entity_id, Statement.content).where(
        Statement.entity == "facility", Statement.deleted_at.is_(None)
    )
    for number, content in session.execute(query):
        stated[number].append(content)
    rows = session.execute(
        select(Facility, Enterprise.name_key)
        .outerjoin(Enterprise, Facility.enterprise_id == Enterprise.id)
        .where(Facility.deleted_at.is_(None), Facility.synthetic.is_(synthetic))
        .order_by(Facility.id)
    )
    plants = Plants()
    for row, owner in rows:
        plants.add(_plant(row, stated[row.id], owner or ""))
    return plants


def _plant(row: Facility, stated: Sequence[Mapping[str, Any]], owner: str) -> Plant:
    names = {row.name, *(content["name"] for content in stated if content.get("name"))}
    technologies = [content["technology"] for content in stated if content.get("technology")]
    capacities = [row.capacity, *(content.get("capacity") for content in stated)]
    return Plant(
        id=row.id,
        keys=frozenset(map(name_key, names)),
        names=frozenset(names),
        kinds=frozenset(map(kind_of, names)) - {""},
        technologies=frozenset({row.technology, *technologies}),
        capacities=frozenset(float(mw) for mw in capacities if mw),
        owner=owner,
        values={name: getattr(row, name) for name in PLANT_COLUMNS},
        **{name: getattr(row, name) for name in PLANT_COLUMNS[:7]},
    )


def find_plant(row: Mapping[str, Any], plants: Plants, *, confirmed: Iterable[str] = ()) -> Match:
    """Return which plant a checked row means.

    Parameters
    ----------
    row : name, technology, region (None: anywhere), status, capacity (MW), latitude, longitude,
        enterprise; optional plant (id or ``new``, chosen by a person) and registry_id (of an
        export).
    plants : of the registry.
    confirmed : reasons that a person confirmed.
    """
    chosen = str(row.get("plant") or "")
    if chosen == "new":
        return Match()
    if chosen:
        return _chosen(chosen, row, plants, confirmed)
    hinted = plants.by_id.get(int(row.get("registry_id") or 0))
    key = name_key(row["name"])
    if hinted is not None and key in hinted.keys and row["technology"] in hinted.technologies:
        return _judged(hinted, row, confirmed)
    candidates = [plant for plant in plants.named(key) if _may_be(plant, row)]
    if not candidates:
        candidates = [
            plant
            for plant in plants.partly_named(key)
            if _may_be(plant, row) and _ratio(plant, row) <= 1 + _ALIKE
        ]
    candidates = _narrowed(candidates, row)
    if len(candidates) > 1:
        return Match(reasons=(("ambiguous-plant", listing(candidates)),))
    if candidates:
        return _judged(candidates[0], row, confirmed)
    return _stranger(key, row, plants, confirmed)


def find_subject(row: Mapping[str, Any], plants: Plants) -> list[Plant]:
    """Return the plants that a row of a report may be of: one, none, or several to ask about.

    Parameters
    ----------
    row : name, technology; optional region, enterprise, plant, registry_id.
    plants : of the registry.
    """
    chosen = str(row.get("plant") or "")
    if chosen:
        return [plants.by_id[int(chosen)]] if _there(chosen, plants) else []
    asked = {**row, "status": "operating", "capacity": None}
    key = name_key(row["name"])
    hinted = plants.by_id.get(int(row.get("registry_id") or 0))
    if hinted is not None and key in hinted.keys:
        return [hinted]
    named = [plant for plant in plants.named(key) if _may_be(plant, asked)]
    named = named or [plant for plant in plants.partly_named(key) if _may_be(plant, asked)]
    return _narrowed(named or plants.nearly_named(key, asked), asked)


def _there(chosen: str, plants: Plants) -> bool:
    return chosen.isdigit() and int(chosen) in plants.by_id


def _chosen(chosen: str, row: Mapping[str, Any], plants: Plants, confirmed: Iterable[str]) -> Match:
    if not _there(chosen, plants):
        said = f"_plant {chosen[:40]}: no such plant; write the id of a plant or new"
        return Match(reasons=(("unknown-plant", said),))
    return _judged(plants.by_id[int(chosen)], row, confirmed)


def _may_be(plant: Plant, row: Mapping[str, Any]) -> bool:
    kind = kind_of(row["name"])
    fits = not kind or not plant.kinds or kind in plant.kinds
    return fits and row["technology"] in plant.technologies and _same_place(plant, row)


def _narrowed(candidates: list[Plant], row: Mapping[str, Any]) -> list[Plant]:
    """Leave of several plants of a name those that fit best: status, capacity, place, owner."""
    status = row["status"] or "operating"
    stage = STAGES[status]
    owner = name_key(str(row.get("enterprise") or ""), plant=False)
    kind = kind_of(row["name"])
    tests: tuple[Callable[[Plant], bool], ...] = (
        lambda p: bool(kind) and kind in p.kinds,
        lambda p: p.status == status and _ratio(p, row) <= 1 + _EQUAL,
        lambda p: p.status == status,
        lambda p: STAGES[p.status] == stage,
        lambda p: STAGES[p.status] != "gone",
        lambda p: _ratio(p, row) <= 1 + _CLOSE,
        lambda p: p.region == row["region"],
        lambda p: _kilometres(p, row) <= _SAME_KM,
        lambda p: bool(owner) and p.owner == owner,
    )
    for test in tests:
        if len(candidates) > 1:
            candidates = [plant for plant in candidates if test(plant)] or candidates
    return candidates


def _judged(plant: Plant, row: Mapping[str, Any], confirmed: Iterable[str]) -> Match:
    """Return whether a row of the name of one plant is that plant, a further phase, or a doubt."""
    before, after = STAGES[plant.status], STAGES[row["status"] or plant.status]
    ratio = _ratio(plant, row)
    chosen = bool(row.get("plant"))
    if before == "alive" and after == "coming" and ratio > 1 + _CLOSE and not chosen:
        return Match(part_of=plant)
    if before != "gone" and after == "gone" and ratio > 1 + _ALIKE and not chosen:
        return Match(part_of=plant)
    idle = {plant.status, row["status"]} == {"operating", "mothballed"}
    if idle and ratio > 1 + _CLOSE and not chosen:
        return Match(part_of=plant)
    if before != after and row["technology"] != plant.technology and not chosen:
        return Match(part_of=plant)  # the coal units of a plant that burns gas today
    reasons = []
    if before == "gone" and after != "gone":
        said = f"{plant.shown} is {plant.status} in the registry, the row says {row['status']}"
        reasons.append(("revived", said))
    if before == "alive" and after == "coming":
        said = f"{plant.shown} stands already, the row says {row['status']}"
        reasons.append(("status-back", said))
    if ratio >= LARGE:
        slip = any(low < ratio < high for low, high in _SLIPS)
        said = f"{row['capacity']:g} MW where the registry has {plant.capacity:g} ({plant.shown})"
        reasons.append(("decimal-slip" if slip else "large-change", said))
    known = set(confirmed)
    return Match(plant, tuple(reason for reason in reasons if reason[0] not in known))


def _stranger(key: str, row: Mapping[str, Any], plants: Plants, confirmed: Iterable[str]) -> Match:
    """Return a new plant, or the doubt that it stands elsewhere or under another technology."""
    if "duplicate-alike" in set(confirmed):
        return Match()
    kind = kind_of(row["name"])
    other = [
        plant
        for plant in {p.id: p for p in (*plants.named(key), *plants.partly_named(key))}.values()
        if plant.status != "superseded"
        and (not kind or not plant.kinds or kind in plant.kinds)
        and (
            (row["technology"] in plant.technologies and _same_place(plant, row))
            or (_ratio(plant, row) < LARGE and _comparable(plant, row))
        )
    ]
    if other:
        return Match(reasons=(("duplicate-alike", listing(other)),))
    spelled = spelled_key(row["name"])
    near = [
        plant
        for plant in plants.close_by(row)
        if plant.status != "superseded"
        and _ratio(plant, row) <= 1 + _CLOSE
        and any(score(spelled, spelled_key(name)) >= _LIKE_NAME for name in plant.names)
    ]
    if near:
        return Match(reasons=(("duplicate-alike", listing(near)),))
    bare = " ".join(sorted(_words(key)))
    whole = [plant for plant in plants.partly_named(bare) if _may_be(plant, row)]
    return Match(part_of=whole[0] if numbers_of(key) and len(whole) == 1 else None)


def _comparable(plant: Plant, row: Mapping[str, Any]) -> bool:
    """Return whether the technology is one stated of the plant, or both are easily confused."""
    both = {plant.technology, row["technology"]}
    return row["technology"] in plant.technologies or both <= _FUELS


def listing(plants: Sequence[Plant]) -> str:
    """Return the plants that a row may mean, and what to write to choose one."""
    shown = "; ".join(
        f"{plant.shown}, {plant.technology}, {plant.region}, {plant.status}"
        + (f", {plant.capacity:g} MW" if plant.capacity else "")
        for plant in plants[:_MOST_SHOWN]
    )
    more = f" and {len(plants) - _MOST_SHOWN} more" if len(plants) > _MOST_SHOWN else ""
    return f"may be {shown}{more}: write the id of one of them, or new, into the column _plant"


def _ratio(plant: Plant, row: Mapping[str, Any]) -> float:
    """Return the larger capacity over the smaller, of the stated ones the nearest; 1: unknown."""
    other = row.get("capacity")
    if not other:
        return 1.0
    return min((max(mw, other) / min(mw, other) for mw in plant.capacities), default=1.0)


def _same_place(plant: Plant, row: Mapping[str, Any]) -> bool:
    if row.get("region") is None or plant.region == row["region"]:
        return True
    if row["region"] in _neighbours().get(plant.region, ()):
        return True
    return _kilometres(plant, row) <= _NEAR_KM


def _kilometres(plant: Plant, row: Mapping[str, Any]) -> float:
    north, east = row.get("latitude"), row.get("longitude")
    if north is None or east is None or plant.latitude is None or plant.longitude is None:
        return float("inf")
    up = (north - plant.latitude) * _KM_PER_DEGREE
    right = (east - plant.longitude) * _KM_PER_DEGREE * np.cos(np.radians(north))
    return float(np.hypot(up, right))


@cache
def _neighbours() -> dict[str, set[str]]:
    table = read_table(
        data_dir() / "registry" / "region_neighbours.csv",
        required=["region", "neighbour", "source"],
    )
    pairs: dict[str, set[str]] = defaultdict(set)
    for one, other in table[["region", "neighbour"]].itertuples(index=False):
        pairs[one].add(other)
        pairs[other].add(one)
    return dict(pairs)
