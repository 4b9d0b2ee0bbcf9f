"""All rows of a file against each other and against the registry: every defect with its reason.

Coordinates are checked against region, country and the usual placeholders; reported values against
their own history (slips of the decimal mark, outliers, copied blocks); plants, enterprises and
measures against what the registry already knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from greenanalysis.registry.identity import check_duplicates, name_key, spelled_key
from greenanalysis.registry.models import Enterprise, Measure, Observation
from greenanalysis.registry.places import check_places, shared_points
from greenanalysis.registry.plants import (
    GONE,
    LARGE,
    PLANT_COLUMNS,
    STAGES,
    Plant,
    Plants,
    find_plant,
    find_subject,
    listing,
    load_plants,
)
from greenanalysis.registry.vocabulary import Vocabulary

_Found = tuple[int, str, str]

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
        a series is the rows of one subject, quantity and length of period (in months).
    """
    ordered = rows.sort_values(["subject", "quantity", "months", "start"], kind="stable")
    keys = ordered[["subject", "quantity", "months"]]
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


@dataclass
class Known:
    """Rows of the registry that still count, and what a name or a period means.

    ``measures`` maps (BIN or name key of the enterprise, kind, title key) to ids; ``values`` maps
    (subject, quantity, first day, last day) to the value.
    """

    plants: Plants
    facility_rows: pd.DataFrame
    observation_rows: pd.DataFrame
    measures: dict[tuple[str, str, str], int] = field(default_factory=dict)
    values: dict[tuple[Any, ...], float] = field(default_factory=dict)


def load_known(session: Session, *, synthetic: bool = False) -> Known:
    """Read what an import is checked against: real rows, or the examples."""
    plants = load_plants(session, synthetic=synthetic)
    rows = [{"id": key, **plant.values} for key, plant in plants.by_id.items()]
    facilities = pd.DataFrame(rows, columns=["id", *PLANT_COLUMNS])
    observations = _frame(
        session,
        select(
            *(Observation.id, Observation.facility_id, Observation.measure_id),
            *(Observation.quantity, Observation.period_start, Observation.period_end),
            Observation.value,
        ).where(
            Observation.deleted_at.is_(None),
            Observation.scope.is_(None),
            Observation.synthetic.is_(synthetic),
        ),
    )
    known = Known(plants, facilities, observations)
    measures = (
        select(Measure.id, Enterprise.name_key, Enterprise.bin, Measure.kind, Measure.title_key)
        .join(Enterprise, Measure.enterprise_id == Enterprise.id)
        .where(Measure.deleted_at.is_(None), Measure.synthetic.is_(synthetic))
    )
    for number, name, code, kind, title in session.execute(measures):
        for owner in (name, code):
            if owner:
                known.measures[owner, kind, title] = number
    row: Any
    for row in observations.itertuples(index=False):
        subject = _subject_of(row.facility_id, row.measure_id)
        known.values[subject, row.quantity, row.period_start, row.period_end] = row.value
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
    *("placeholder", "region-mismatch", "near-border", "duplicate-row", "duplicate-alike"),
    *("decimal-slip", "large-change", "revived", "status-back", "outlier", "copied-block"),
}
"""Reasons that a person may confirm to be right in the column ``_confirm`` of a quarantine."""
_MONTH_DAYS = 30.44


@dataclass
class Checked:
    """A row: its number in the file, its cells, its values, what is wrong and what was confirmed.

    ``subject`` is the id of the plant that the row is of, ``notes`` are what was read otherwise
    than it stands there, ``synthetic`` rows are examples, ``repeats`` marks rows of an export that
    the registry holds as they are.
    """

    number: int
    cells: dict[str, Any]
    values: dict[str, Any]
    reasons: list[tuple[str, str]]
    confirmed: frozenset[str] = frozenset()
    subject: int | None = None
    notes: list[str] = field(default_factory=list)
    synthetic: bool = False
    repeats: bool = False
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
    elif kind == "national":
        return
    elif kind == "observation":
        _resolve(fit, known)
        fit = [row for row in fit if row.good]
        found = _observations(fit, known, vocabulary)
    else:
        found = _measures(fit, known)
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
    """Find the plant of each row, and check what is new about it."""
    _leave_out_shared_points(rows)
    fresh: list[int] = []
    checked: list[int] = []
    first: dict[int, int] = {}
    for position, row in enumerate(rows):
        plant, reasons = _plant_of(row, known.plants, first)
        yield from ((position, code, text) for code, text in reasons)
        if plant is None and not reasons:
            fresh.append(position)
        if plant is None or not _stands_there(row.values, plant):
            checked.append(position)
    yield from _at(checked, check_places(_frame_of([rows[n] for n in checked])))
    before = known.facility_rows
    before = before[~before["status"].isin(GONE)]
    before = before.assign(
        number=before["id"],
        name_key=[spelled_key(name) for name in before["name"]],
        stage=before["status"].map(STAGES),
    )
    names = ["name", "technology", "region", "capacity", "latitude", "longitude"]
    asked = [n for n in fresh if str(rows[n].values.get("plant") or "") != "new"]
    frame = _frame_of([rows[n] for n in asked])
    doubles = check_duplicates(frame, before[[*names, "name_key", "stage", "number"]])
    yield from _at(asked, doubles)
    for position, row in enumerate(rows):
        built = row.values["commissioned"]
        today = row.extra["today"]
        if row.values["status"] == "operating" and built and built[0] > today:
            yield position, "future", f"operating, but commissioned on {built[0]}"


def _leave_out_shared_points(rows: Sequence[Checked]) -> None:
    """Leave out coordinates that many plants of a file share, in place: the rows go in without."""
    for position in map(int, np.flatnonzero(shared_points(_frame_of(rows)))):
        row = rows[position]
        if "placeholder" not in row.confirmed and row.values["registry_id"] is None:
            row.values |= {"latitude": None, "longitude": None}
            row.notes.append("coordinates left out: they are those of many plants of the file")


def _plant_of(
    row: Checked, plants: Plants, first: dict[int, int]
) -> tuple[Plant | None, list[tuple[str, str]]]:
    """Return the registered plant of a row (None: a new one) and what has to be asked.

    ``first`` holds the first row of each plant, and is added to.
    """
    match = find_plant(row.values, plants, confirmed=row.confirmed)
    plant, reasons = match.plant, list(match.reasons)
    if plant is not None and plant.id in first and not row.values.get("plant"):
        if "duplicate-row" in row.confirmed:
            plant = None
        else:
            reasons.append(("duplicate-row", f"the same plant as row {first[plant.id]}"))
    if plant is not None:
        first.setdefault(plant.id, row.number)
        row.subject = plant.id
        row.repeats = row.values["registry_id"] == plant.id and _says_the_same(row, plant)
        return plant, reasons
    if match.part_of is not None:
        row.notes.append(f"a part or further phase of {match.part_of.shown} perhaps")
    if not reasons and row.values["status"] is None:
        reasons.append(("missing", "status: a new plant needs one"))
    return None, reasons


def _at(positions: Sequence[int], found: Iterator[_Found]) -> Iterator[_Found]:
    return ((positions[n], code, text) for n, code, text in found)


def _frame_of(rows: Sequence[Checked]) -> pd.DataFrame:
    names = ["name", "technology", "region", "capacity", "latitude", "longitude"]
    records = [{name: row.values[name] for name in names} for row in rows]
    frame = pd.DataFrame(records, columns=names)
    frame["name_key"] = [spelled_key(row.values["name"]) for row in rows]
    frame["enterprise_key"] = [
        name_key(row.values["enterprise"] or "", plant=False) for row in rows
    ]
    frame["status"] = [row.values["status"] or "operating" for row in rows]
    frame["stage"] = frame["status"].map(STAGES)
    frame["number"] = [row.number for row in rows]
    frame[["capacity", "latitude", "longitude"]] = frame[
        ["capacity", "latitude", "longitude"]
    ].astype(float)
    return frame


def _says_the_same(row: Checked, plant: Plant) -> bool:
    """Return whether a row of an export repeats what the registry holds."""
    values = {**row.values, "commissioned": (row.values["commissioned"] or [None])[0]}
    names = ("name", "technology", "capacity", "latitude", "longitude", "region", "status")
    return all(values[name] == plant.values[name] for name in (*names, "commissioned", "note"))


def _stands_there(row: Mapping[str, Any], plant: Plant) -> bool:
    """Return whether the registry has the plant at that place already."""
    return bool(row["latitude"] == plant.latitude and row["longitude"] == plant.longitude)


def _resolve(rows: Sequence[Checked], known: Known) -> None:
    """Find the plant of each observation."""
    for row in rows:
        candidates = find_subject(row.values, known.plants)
        if len(candidates) == 1:
            row.subject = candidates[0].id
            row.values["region"] = candidates[0].region
        else:
            said = f"no {row.values['technology']} plant of that name: {row.values['name'][:60]}"
            said = listing(candidates) if candidates else said
            row.reasons.append(("ambiguous-plant" if candidates else "unknown-plant", said))


def _observations(
    rows: Sequence[Checked], known: Known, vocabulary: Vocabulary
) -> Iterator[_Found]:
    if not rows:
        return
    frame = _series([(f"f{row.subject}", row) for row in rows])
    yield from _twice(frame, rows)
    yield from _large_changes(frame, rows, known)
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
    history["months"] = _months(history)
    again = pd.MultiIndex.from_frame(frame[["subject", "quantity", "start", "end"]])
    old = pd.MultiIndex.from_frame(history[["subject", "quantity", "start", "end"]])
    history = history[~old.isin(again)]
    yield from _check_series(pd.concat([history, frame], ignore_index=True))


def _measures(rows: Sequence[Checked], known: Known) -> Iterator[_Found]:
    subjects = []
    for row in rows:
        owner = name_key(row.values["enterprise"], plant=False)
        title = name_key(row.values["title"], plant=False)
        kind = row.values["kind"]
        number = known.measures.get((row.values["bin"] or owner, kind, title))
        subjects.append(f"m{number}" if number else f"{row.values['bin'] or owner}/{kind} {title}")
    frame = _series(list(zip(subjects, rows, strict=True)))
    yield from _twice(frame, rows)
    yield from _large_changes(frame, rows, known)
    yield from _check_series(frame)


def _large_changes(frame: pd.DataFrame, rows: Sequence[Checked], known: Known) -> Iterator[_Found]:
    """Find values that become a multiple of what was reported for the same period."""
    for position, subject in enumerate(frame["subject"]):
        values = rows[position].values
        start, end, _ = values["period"]
        old = known.values.get((subject, values["quantity"], start, end))
        if old is None or old == values["value"]:
            continue
        low, high = sorted((old, values["value"]))
        if low <= 0 or high / low >= LARGE:
            said = f"{values['value']:g} where the registry has {old:g} for the same period"
            yield position, "large-change", said


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
    frame["months"] = _months(frame)
    return frame


def _months(frame: pd.DataFrame) -> pd.Series:
    """Return the length of periods in months: a quarter is not compared with a year."""
    return (((frame["end"] - frame["start"]).dt.days + 1) / _MONTH_DAYS).round().astype(int)


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
