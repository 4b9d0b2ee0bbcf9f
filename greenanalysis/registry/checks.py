"""All rows of a file against each other and against the registry: every defect with its reason.

Coordinates of a row against its region, the country and the usual placeholders.

Reported values against their own history: slips of the decimal mark, outliers, copied blocks.

What the registry already knows, as tables that an import is checked against.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from greenanalysis.geo.country import load_country
from greenanalysis.registry.identity import best_match, check_duplicates, name_key
from greenanalysis.registry.models import Enterprise, Facility, Measure, Observation
from greenanalysis.registry.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator


_TOLERANCE_DEGREES = 0.15
"""The committed boundaries are approximate; what lies this near to its region is accepted."""
_PLACEHOLDERS = ((0.0, 0.0), (48.0196, 66.9237), (48.0, 68.0), (48.0, 67.0))
"""Null island and the centres that maps give for "Kazakhstan"."""
_SAME_PLACE = 1e-4
_SHARED = 5
"""So many plants of one file at one point are no plants' places."""

_Found = tuple[int, str, str]


def _check_places(rows: pd.DataFrame) -> Iterator[_Found]:
    """Yield (position, code, text) for coordinates that cannot be the plant's.

    Parameters
    ----------
    rows : region, latitude, longitude (degrees, NaN where absent), name.
    """
    latitude = rows["latitude"].to_numpy(dtype=float)
    longitude = rows["longitude"].to_numpy(dtype=float)
    half = np.isnan(latitude) != np.isnan(longitude)
    yield from _all(half, "half-coordinates", "one of latitude and longitude is missing")
    known = ~np.isnan(latitude) & ~np.isnan(longitude)
    placeholder = known & _is_placeholder(rows, latitude, longitude)
    yield from _all(placeholder, "placeholder", "the coordinates are a placeholder, not a place")
    rest = known & ~placeholder
    inside = rest & _inside(latitude, longitude, "")
    swapped = rest & ~inside & _inside(longitude, latitude, "")
    yield from _all(swapped, "swapped-coordinates", "latitude and longitude are exchanged")
    outside = rest & ~inside & ~swapped
    text = f"the coordinates lie outside {load_country().name}"
    yield from _all(outside, "outside-country", text)
    regions = rows["region"].to_numpy(dtype=object)
    for region in pd.unique(regions[inside]):
        here = inside & (regions == region)
        wrong = here & ~_inside(latitude, longitude, str(region))
        yield from _all(wrong, "region-mismatch", f"the coordinates do not lie in {region}")


def _all(mask: np.ndarray, code: str, text: str) -> Iterator[_Found]:
    return ((int(position), code, text) for position in np.flatnonzero(mask))


def _is_placeholder(rows: pd.DataFrame, latitude: Any, longitude: Any) -> np.ndarray:
    found = np.zeros(len(rows), dtype=bool)
    for north, east in (*_PLACEHOLDERS, *_centres()):
        found |= (abs(latitude - north) < _SAME_PLACE) & (abs(longitude - east) < _SAME_PLACE)
    whole = (latitude == np.round(latitude)) & (longitude == np.round(longitude))
    places = pd.DataFrame({"a": latitude, "o": longitude, "name": rows["name"].to_numpy()})
    names = places.groupby(["a", "o"])["name"].transform("nunique").to_numpy()
    related: np.ndarray = found | whole | (names >= _SHARED)
    return related


@cache
def _centres() -> tuple[tuple[float, float], ...]:
    from greenanalysis.core.tables import read_facts

    facts = read_facts("regions", numeric=["latitude", "longitude"])
    return tuple(map(tuple, facts[["latitude", "longitude"]].to_numpy()))


def _inside(latitude: np.ndarray, longitude: np.ndarray, region: str) -> np.ndarray:
    import shapely

    inside = np.zeros(len(latitude), dtype=bool)
    known = ~np.isnan(latitude) & ~np.isnan(longitude)
    inside[known] = shapely.contains_xy(_shape(region), longitude[known], latitude[known])
    return inside


@cache
def _shape(region: str) -> Any:
    import shapely

    shapes = _regions()
    one = shapes.union_all() if not region else shapes.loc[region]
    wide = one.simplify(0.01).buffer(_TOLERANCE_DEGREES)
    shapely.prepare(wide)
    return wide


@cache
def _regions() -> Any:
    from greenanalysis.geo.regions import load_regions

    return load_regions().geometry


_LEAST_HISTORY = 4
_OUTLIER_RATIO = 3.0
_USUAL_PERCENT = 10
"""A slip is one when it falls among the usual values again, the lowest tenth left out."""
_SLIPS = (10.0, 100.0, 1000.0)
_BLOCK = 4
_FOREIGN_BLOCK = 6
_LEAST_DISTINCT = 3


def _check_series(rows: pd.DataFrame) -> Iterator[_Found]:
    """Yield (position, code, text) for values that do not fit their series.

    Parameters
    ----------
    rows : subject, quantity, start (date), days, value, position (-1: known before, not judged);
        a series is the rows of one subject, quantity and length of period (month or year).
    """
    ordered = rows.sort_values(["subject", "quantity", "monthly", "start"], kind="stable")
    keys = ordered[["subject", "quantity", "monthly"]]
    new = (keys != keys.shift()).any(axis=1).to_numpy()
    starts = np.flatnonzero(new)
    values = ordered["value"].to_numpy(dtype=float)
    positions = ordered["position"].to_numpy()
    periods = ordered["start"].to_numpy()
    quantities = ordered["quantity"].to_numpy()
    foreign: dict[Any, int] = {}
    for first, last in zip(starts, [*starts[1:], len(ordered)], strict=True):
        part = slice(first, last)
        if (positions[part] >= 0).any():
            yield from _outliers(values[part], positions[part])
            yield from _own_copies(values[part], positions[part])
        key = (quantities[first],)
        yield from _foreign_copies(values[part], positions[part], periods[part], key, foreign)


def _outliers(values: np.ndarray, positions: np.ndarray) -> Iterator[_Found]:
    if len(values) <= _LEAST_HISTORY:
        return
    order = np.sort(values)
    for value, position in zip(values, positions, strict=True):
        if position < 0:
            continue
        alone = value in (order[-1], order[0])
        if not alone:
            continue
        others = np.delete(order, np.searchsorted(order, value))
        yield from _judge(float(value), others, int(position))


def _judge(value: float, others: np.ndarray, position: int) -> Iterator[_Found]:
    positive = others[others > 0]
    high, low = others[-1], positive.min(initial=np.inf)
    middle = float(np.median(others))
    usual = float(np.percentile(positive, _USUAL_PERCENT)) if len(positive) else np.inf
    if value > _OUTLIER_RATIO * high > 0:
        slip = next((s for s in _SLIPS if usual <= value / s <= 1.2 * high), None)
        if slip:
            said = f"{value:g} is {slip:g} times what fits the history ({usual:g} to {high:g})"
            yield position, "decimal-slip", said
        else:
            yield position, "outlier", f"{value:g} against at most {high:g} before"
    elif 0 < value < low / _OUTLIER_RATIO and middle / low < _OUTLIER_RATIO:
        slip = next((s for s in _SLIPS if low / 1.2 <= value * s <= high * 1.2), None)
        code = "decimal-slip" if slip else "outlier"
        yield position, code, f"{value:g} against at least {low:g} before"


def _own_copies(values: np.ndarray, positions: np.ndarray) -> Iterator[_Found]:
    """Find blocks that repeat an earlier one of the series, in order or mirrored."""
    seen: dict[tuple[float, ...], int] = {}
    reported: set[int] = set()
    for end in range(_BLOCK, len(values) + 1):
        block = tuple(values[end - _BLOCK : end])
        if _telling(block):
            for shape in (block, block[::-1]):
                if shape in seen and seen[shape] <= end - _BLOCK:
                    for n in range(end - _BLOCK, end):
                        if positions[n] >= 0 and n not in reported:
                            reported.add(n)
                            said = f"{_BLOCK} values in a row repeat an earlier block"
                            yield int(positions[n]), "copied-block", said
                    break
            seen.setdefault(block, end)


def _foreign_copies(
    values: np.ndarray,
    positions: np.ndarray,
    periods: Any,
    key: tuple[Any, ...],
    foreign: dict[Any, int],
) -> Iterator[_Found]:
    """Find runs that another series has for the same periods."""
    copied: set[int] = set()
    blocks = []
    for end in range(_FOREIGN_BLOCK, len(values) + 1):
        block = tuple(values[end - _FOREIGN_BLOCK : end])
        if not _telling(block):
            continue
        name = (*key, *block, periods[end - 1])
        blocks.append(name)
        if name in foreign:
            copied |= {n for n in range(end - _FOREIGN_BLOCK, end) if positions[n] >= 0}
    foreign |= dict.fromkeys(blocks, 1)
    for n in sorted(copied):
        said = f"{_FOREIGN_BLOCK} values in a row are those of another plant or enterprise"
        yield int(positions[n]), "copied-block", said


def _telling(block: tuple[float, ...]) -> bool:
    return len(set(block)) >= _LEAST_DISTINCT and sum(value != 0 for value in block) == len(block)


_SAME_NAME = 88.0


@dataclass
class Known:
    """Rows of the registry that still count, and how a name finds them.

    ``facilities`` maps (name key, technology, region) to ids; ``enterprises`` BIN or name key to
    id; ``measures`` (enterprise, kind, title key) to id; ``values`` maps (owner, quantity, first
    day, last day, reporter) to (id, value).
    """

    facility_rows: pd.DataFrame
    observation_rows: pd.DataFrame
    facilities: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    enterprises: dict[str, int] = field(default_factory=dict)
    measures: dict[tuple[int, str, str], int] = field(default_factory=dict)
    values: dict[tuple[Any, ...], tuple[int, float]] = field(default_factory=dict)
    _near: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    _places: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def find_facility(self, key: str, technology: str, region: str) -> list[int]:
        """Return the ids of the plants that a name means: same key, else the one most alike."""
        asked = (key, technology, region)
        if asked in self.facilities:
            return self.facilities[asked]
        if asked not in self._near:
            near = self._places.get((technology, region), [])
            match = best_match(key, near, cutoff=_SAME_NAME) if near else None
            found = self.facilities[near[match[0]], technology, region] if match else []
            self._near[asked] = found
        return self._near[asked]


def load_known(session: Session) -> Known:
    """Read what an import is checked against."""
    facilities = _frame(
        session,
        select(
            *(Facility.id, Facility.name, Facility.name_key, Facility.technology),
            *(Facility.region, Facility.capacity, Facility.latitude, Facility.longitude),
            *(Facility.status, Facility.commissioned, Facility.enterprise_id, Facility.note),
        ).where(Facility.deleted_at.is_(None)),
    )
    observations = _frame(
        session,
        select(
            *(Observation.id, Observation.facility_id, Observation.measure_id),
            *(Observation.quantity, Observation.period_start, Observation.period_end),
            *(Observation.value, Observation.reported_by),
        ).where(Observation.deleted_at.is_(None), Observation.scope.is_(None)),
    )
    known = Known(facilities, observations)
    ids: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    names = ("name_key", "technology", "region", "id")
    for key, technology, region, number in facilities[list(names)].itertuples(index=False):
        ids[key, technology, region].append(number)
    known.facilities = dict(ids)
    for key, technology, region in ids:
        known._places.setdefault((technology, region), []).append(key)
    companies = select(Enterprise.id, Enterprise.name_key, Enterprise.bin)
    for number, key, code in session.execute(companies.where(Enterprise.deleted_at.is_(None))):
        known.enterprises.setdefault(key, number)
        if code:
            known.enterprises[code] = number
    done = select(Measure.id, Measure.enterprise_id, Measure.kind, Measure.title_key)
    for number, owner, kind, title in session.execute(done.where(Measure.deleted_at.is_(None))):
        known.measures[owner, kind, title] = number
    row: Any
    for row in observations.itertuples(index=False):
        subject = _subject_of(row.facility_id, row.measure_id)
        name = (subject, row.quantity, row.period_start, row.period_end, row.reported_by)
        known.values[name] = (row.id, row.value)
    return known


def _subject_of(facility: float | None, measure: float | None) -> str:
    """Return one text for whose value it is."""
    if facility is not None and facility == facility:
        return f"f{int(facility)}"
    return f"m{int(measure)}" if measure is not None and measure == measure else ""


def _frame(session: Session, query: Any) -> pd.DataFrame:
    rows = session.execute(query).all()
    return pd.DataFrame(rows, columns=[column.key for column in query.selected_columns])


_SOFT = {
    *("placeholder", "region-mismatch", "duplicate-row", "duplicate-alike", "decimal-slip"),
    *("outlier", "copied-block"),
}
"""Reasons that a person may confirm to be right in the column ``_confirm`` of a quarantine."""
_MONTH_DAYS = 31


@dataclass
class Checked:
    """A row: its number in the file, its cells, its values, what is wrong and what was confirmed.

    ``subject`` is the id of the plant that an observation is of.
    """

    number: int
    cells: dict[str, Any]
    values: dict[str, Any]
    reasons: list[tuple[str, str]]
    confirmed: frozenset[str] = frozenset()
    subject: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Return whether nothing is wrong that was not confirmed."""
        return not self.reasons


def check_table(rows: Sequence[Checked], kind: str, known: Known, vocabulary: Vocabulary) -> None:
    """Add to each row what only shows beside other rows; rows wrong by themselves are left out."""
    fit = [row for row in rows if row.good]
    if not fit:
        return
    if kind == "facility":
        found = _facilities(fit, known)
    elif kind == "observation":
        _resolve(fit, known)
        fit = [row for row in fit if row.good]
        found = _observations(fit, known, vocabulary)
    else:
        found = _measures(fit)
    notes: dict[int, dict[str, str]] = defaultdict(dict)
    for position, code, text in found:
        notes[position].setdefault(code, text)
    for position, reasons in notes.items():
        row = fit[position]
        row.reasons += [
            (code, text)
            for code, text in reasons.items()
            if not (code in _SOFT and code in row.confirmed)
        ]


def _facilities(rows: Sequence[Checked], known: Known) -> Iterator[_Found]:
    names = ["name", "technology", "region", "capacity", "latitude", "longitude"]
    frame = pd.DataFrame([{name: row.values[name] for name in names} for row in rows])
    frame["name_key"] = [name_key(row.values["name"]) for row in rows]
    frame["enterprise_key"] = [
        name_key(row.values["enterprise"] or "", plant=False) for row in rows
    ]
    frame["number"] = [row.number for row in rows]
    frame[["latitude", "longitude"]] = frame[["latitude", "longitude"]].astype(float)
    before = known.facility_rows
    before = before[before["status"] != "superseded"].assign(number=before["id"])
    yield from _check_places(frame)
    yield from check_duplicates(frame, before[[*names, "name_key", "number"]])
    for position, row in enumerate(rows):
        built = row.values["commissioned"]
        today = row.extra["today"]
        if row.values["status"] == "operating" and built and built[0] > today:
            yield position, "future", f"operating, but commissioned on {built[0]}"


def _resolve(rows: Sequence[Checked], known: Known) -> None:
    """Find the plant of each observation."""
    for row in rows:
        values = row.values
        key = name_key(values["name"])
        ids = known.find_facility(key, values["technology"], values["region"])
        if len(ids) == 1:
            row.subject = ids[0]
        else:
            several = f"{len(ids)} plants of that name" if ids else "no plant of that name"
            said = f"{several} and technology in {values['region']}: {values['name'][:60]}"
            row.reasons.append(("ambiguous-plant" if ids else "unknown-plant", said))


def _observations(
    rows: Sequence[Checked], known: Known, vocabulary: Vocabulary
) -> Iterator[_Found]:
    if not rows:
        return
    frame = _series([(f"f{row.subject}", row) for row in rows])
    yield from _twice(frame, rows)
    yield from _capacity_factor(frame, rows, known, vocabulary)
    before = known.observation_rows
    before = before[before["facility_id"].notna()]
    history = pd.DataFrame(
        {
            "subject": [f"f{int(number)}" for number in before["facility_id"]],
            "quantity": before["quantity"].to_numpy(),
            "start": pd.to_datetime(before["period_start"]).to_numpy(),
            "end": pd.to_datetime(before["period_end"]).to_numpy(),
            "value": before["value"].to_numpy(dtype=float),
            "position": -1,
        }
    )
    history["monthly"] = (history["end"] - history["start"]).dt.days < _MONTH_DAYS
    again = pd.MultiIndex.from_frame(frame[["subject", "quantity", "start", "end"]])
    old = pd.MultiIndex.from_frame(history[["subject", "quantity", "start", "end"]])
    history = history[~old.isin(again)]
    yield from _check_series(pd.concat([history, frame], ignore_index=True))


def _measures(rows: Sequence[Checked]) -> Iterator[_Found]:
    owners = [
        (row.values["bin"] or name_key(row.values["enterprise"], plant=False)) for row in rows
    ]
    titles = [f"{row.values['kind']} {name_key(row.values['title'], plant=False)}" for row in rows]
    subjects = [f"{owner}/{title}" for owner, title in zip(owners, titles, strict=True)]
    frame = _series(list(zip(subjects, rows, strict=True)))
    yield from _twice(frame, rows)
    yield from _check_series(frame)


def _series(rows: Sequence[tuple[str, Checked]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "subject": [subject for subject, _ in rows],
            "quantity": [row.values["quantity"] for _, row in rows],
            "start": pd.to_datetime([row.values["period"][0] for _, row in rows]),
            "end": pd.to_datetime([row.values["period"][1] for _, row in rows]),
            "value": [row.values["value"] for _, row in rows],
            "position": np.arange(len(rows)),
        }
    )
    frame["monthly"] = (frame["end"] - frame["start"]).dt.days < _MONTH_DAYS
    return frame


def _twice(frame: pd.DataFrame, rows: Sequence[Checked]) -> Iterator[_Found]:
    who = [row.values["reported_by"] for row in rows]
    keys = ["subject", "quantity", "start", "end", "who"]
    first = frame.assign(who=who).groupby(keys, sort=False)["position"].transform("first")
    for position in np.flatnonzero((first != frame["position"]).to_numpy()):
        said = f"the same quantity and period as row {rows[first.iloc[position]].number}"
        yield int(position), "duplicate-row", said


def _capacity_factor(
    frame: pd.DataFrame, rows: Sequence[Checked], known: Known, vocabulary: Vocabulary
) -> Iterator[_Found]:
    plants = known.facility_rows.set_index("id")
    capacity = plants["capacity"].reindex([row.subject for row in rows]).to_numpy(dtype=float)
    hours = ((frame["end"] - frame["start"]).dt.days + 1).to_numpy() * 24.0
    yields = frame["quantity"].isin(["generation", "design_generation"]).to_numpy()
    factor = frame["value"].to_numpy() / (capacity * hours)
    for position in map(int, np.flatnonzero(yields & (factor > 0))):
        technology = rows[position].values["technology"]
        most = float(vocabulary.technologies[technology]["max_capacity_factor"])
        if factor[position] > most:
            said = f"capacity factor {factor[position]:.2f}; {technology} reaches {most:.2f}"
            yield position, "capacity-factor", said
