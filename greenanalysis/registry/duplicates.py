"""Plants that are in a file twice, or in the registry under another spelling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from greenanalysis.registry.matching import numbers_of

SAME_NAME = 86
CAPACITY_SHARE = 0.10
SAME_CAPACITY = 0.02
NEAR_KM = 1.0
KM_PER_DEGREE = 111.2
SLIP = ((8.0, 12.5), (80.0, 125.0), (800.0, 1250.0))
CHUNK = 512

Found = tuple[int, str, str]


def check_duplicates(rows: pd.DataFrame, known: pd.DataFrame) -> Iterator[Found]:
    """Yield (position, code, text) for plants that seem to be there already.

    Parameters
    ----------
    rows : name, name_key, technology, region, capacity (MW), latitude, longitude, number (of the
        row in the file).
    known : the same of the registry, with id for number.
    """
    identity = ["name_key", "technology", "region"]
    first = rows.groupby([*identity, rows["enterprise_key"]], sort=False)["number"].transform(
        "first"
    )
    again = (first != rows["number"]).to_numpy()
    for position in np.flatnonzero(again):
        yield int(position), "duplicate-row", f"the same plant as row {first.iloc[position]}"
    yield from _known_slips(rows, known, identity)
    everything = pd.concat(
        [known.assign(position=-1), rows.assign(position=np.arange(len(rows)))], ignore_index=True
    )
    everything["numbers"] = everything["name_key"].map(numbers_of)
    buckets = everything.groupby(["technology", "region", "numbers"], sort=False).indices
    for members in buckets.values():
        if len(members) > 1:
            yield from _alike(everything.iloc[members].sort_values("capacity"))
    for members in everything.groupby(["technology", "region"], sort=False).indices.values():
        bucket = everything.iloc[members]
        keys = bucket["name_key"].str.replace(" ", "").tolist()
        positions = bucket["position"].to_numpy()
        yield from _pairs(bucket, _same_place(bucket), keys, positions, "place")


def _known_slips(rows: pd.DataFrame, known: pd.DataFrame, identity: list[str]) -> Iterator[Found]:
    before = known.drop_duplicates(identity, keep=False).set_index(identity)["capacity"]
    if before.empty:
        return
    index = pd.MultiIndex.from_frame(rows[identity])
    old = before.reindex(index).to_numpy(dtype=float)
    ratio = rows["capacity"].to_numpy(dtype=float) / old
    size = np.maximum(ratio, 1 / ratio)
    for low, high in SLIP:
        for position in np.flatnonzero((size > low) & (size < high)):
            said = (
                f"{rows['capacity'].iloc[position]:g} MW where the registry has {old[position]:g}"
            )
            yield int(position), "decimal-slip", said


def _alike(bucket: pd.DataFrame) -> Iterator[Found]:
    from rapidfuzz import fuzz, process

    keys = bucket["name_key"].str.replace(" ", "").tolist()
    capacity = bucket["capacity"].to_numpy(dtype=float)
    positions = bucket["position"].to_numpy()
    for start in range(0, len(bucket), CHUNK):
        stop = min(start + CHUNK, len(bucket))
        top = np.nanmax(capacity[start:stop], initial=0) * (1 + CAPACITY_SHARE)
        last = int(np.searchsorted(capacity, top, side="right")) if top else stop
        near = process.cdist(
            keys[start:stop],
            keys[start:last],
            scorer=fuzz.ratio,
            score_cutoff=SAME_NAME,
            dtype=np.uint8,
        )
        yield from _pairs(bucket, np.argwhere(near >= SAME_NAME) + start, keys, positions, "name")


def _same_place(bucket: pd.DataFrame) -> np.ndarray:
    """Return pairs within :data:`NEAR_KM`, unless both names have numbers and these differ."""
    from scipy.spatial import cKDTree

    latitude, longitude = bucket["latitude"].to_numpy(float), bucket["longitude"].to_numpy(float)
    placed = np.flatnonzero(~np.isnan(latitude) & ~np.isnan(longitude))
    if len(placed) < 2:
        return np.empty((0, 2), dtype=int)
    north = latitude[placed] * KM_PER_DEGREE
    east = longitude[placed] * KM_PER_DEGREE * np.cos(np.radians(latitude[placed]))
    pairs = cKDTree(np.column_stack([north, east])).query_pairs(NEAR_KM, output_type="ndarray")
    pairs = placed[pairs]
    codes, names = pd.factorize(bucket["numbers"])
    numbered = np.array([bool(name) for name in names], dtype=bool)[codes]
    one, other = pairs[:, 0], pairs[:, 1]
    distinct = numbered[one] & numbered[other] & (codes[one] != codes[other])
    kept: np.ndarray = pairs[~distinct]
    return kept


def _pairs(
    bucket: pd.DataFrame, pairs: np.ndarray, keys: list[str], positions: np.ndarray, why: str
) -> Iterator[Found]:
    capacity = bucket["capacity"].to_numpy(dtype=float)
    names, numbers = bucket["name"].to_numpy(), bucket["number"].to_numpy()
    share = CAPACITY_SHARE if why == "name" else SAME_CAPACITY
    for one, other in pairs[pairs[:, 0] < pairs[:, 1]]:
        if keys[one] == keys[other]:
            continue
        if abs(capacity[one] - capacity[other]) > share * max(capacity[one], capacity[other]):
            continue
        late, early = (one, other) if positions[one] > positions[other] else (other, one)
        if positions[late] < 0:
            continue
        where = "row" if positions[early] >= 0 else "registered plant"
        said = f"alike by {why}: {where} {numbers[early]}, {str(names[early])[:60]}"
        yield int(positions[late]), "duplicate-alike", said
