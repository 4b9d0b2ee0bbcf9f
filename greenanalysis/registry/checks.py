"""All rows of a file against each other and against the registry: every defect with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.registry.duplicates import check_duplicates
from greenanalysis.registry.known import Known, subject_of
from greenanalysis.registry.matching import name_key
from greenanalysis.registry.places import check_places
from greenanalysis.registry.series import check_series
from greenanalysis.registry.vocabulary import Vocabulary

SOFT = {
    *("placeholder", "region-mismatch", "duplicate-row", "duplicate-alike", "decimal-slip"),
    *("outlier", "copied-block"),
}
"""Reasons that a person may confirm to be right in the column ``_confirm`` of a quarantine."""
MONTH_DAYS = 31

Found = tuple[int, str, str]


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
            if not (code in SOFT and code in row.confirmed)
        ]


def _facilities(rows: Sequence[Checked], known: Known) -> Iterator[Found]:
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
    yield from check_places(frame)
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


def _observations(rows: Sequence[Checked], known: Known, vocabulary: Vocabulary) -> Iterator[Found]:
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
    history["monthly"] = (history["end"] - history["start"]).dt.days < MONTH_DAYS
    again = pd.MultiIndex.from_frame(frame[["subject", "quantity", "start", "end"]])
    old = pd.MultiIndex.from_frame(history[["subject", "quantity", "start", "end"]])
    history = history[~old.isin(again)]
    yield from check_series(pd.concat([history, frame], ignore_index=True))


def _measures(rows: Sequence[Checked]) -> Iterator[Found]:
    owners = [
        (row.values["bin"] or name_key(row.values["enterprise"], plant=False)) for row in rows
    ]
    titles = [f"{row.values['kind']} {name_key(row.values['title'], plant=False)}" for row in rows]
    subjects = [f"{owner}/{title}" for owner, title in zip(owners, titles, strict=True)]
    frame = _series(list(zip(subjects, rows, strict=True)))
    yield from _twice(frame, rows)
    yield from check_series(frame)


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
    frame["monthly"] = (frame["end"] - frame["start"]).dt.days < MONTH_DAYS
    return frame


def _twice(frame: pd.DataFrame, rows: Sequence[Checked]) -> Iterator[Found]:
    who = [row.values["reported_by"] for row in rows]
    keys = ["subject", "quantity", "start", "end", "who"]
    first = frame.assign(who=who).groupby(keys, sort=False)["position"].transform("first")
    for position in np.flatnonzero((first != frame["position"]).to_numpy()):
        said = f"the same quantity and period as row {rows[first.iloc[position]].number}"
        yield int(position), "duplicate-row", said


def _capacity_factor(
    frame: pd.DataFrame, rows: Sequence[Checked], known: Known, vocabulary: Vocabulary
) -> Iterator[Found]:
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


__all__ = ["SOFT", "Checked", "check_table", "subject_of"]
