"""Reported values against their own history: slips of the decimal mark, outliers, copied blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

LEAST_HISTORY = 4
OUTLIER_RATIO = 3.0
USUAL_PERCENT = 10
"""A slip is one when it falls among the usual values again, the lowest tenth left out."""
SLIPS = (10.0, 100.0, 1000.0)
BLOCK = 4
FOREIGN_BLOCK = 6
LEAST_DISTINCT = 3

Found = tuple[int, str, str]


def check_series(rows: pd.DataFrame) -> Iterator[Found]:
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


def _outliers(values: np.ndarray, positions: np.ndarray) -> Iterator[Found]:
    if len(values) <= LEAST_HISTORY:
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


def _judge(value: float, others: np.ndarray, position: int) -> Iterator[Found]:
    positive = others[others > 0]
    high, low = others[-1], positive.min(initial=np.inf)
    middle = float(np.median(others))
    usual = float(np.percentile(positive, USUAL_PERCENT)) if len(positive) else np.inf
    if value > OUTLIER_RATIO * high > 0:
        slip = next((s for s in SLIPS if usual <= value / s <= 1.2 * high), None)
        if slip:
            said = f"{value:g} is {slip:g} times what fits the history ({usual:g} to {high:g})"
            yield position, "decimal-slip", said
        else:
            yield position, "outlier", f"{value:g} against at most {high:g} before"
    elif 0 < value < low / OUTLIER_RATIO and middle / low < OUTLIER_RATIO:
        slip = next((s for s in SLIPS if low / 1.2 <= value * s <= high * 1.2), None)
        code = "decimal-slip" if slip else "outlier"
        yield position, code, f"{value:g} against at least {low:g} before"


def _own_copies(values: np.ndarray, positions: np.ndarray) -> Iterator[Found]:
    """Find blocks that repeat an earlier one of the series, in order or mirrored."""
    seen: dict[tuple[float, ...], int] = {}
    reported: set[int] = set()
    for end in range(BLOCK, len(values) + 1):
        block = tuple(values[end - BLOCK : end])
        if _telling(block):
            for shape in (block, block[::-1]):
                if shape in seen and seen[shape] <= end - BLOCK:
                    for n in range(end - BLOCK, end):
                        if positions[n] >= 0 and n not in reported:
                            reported.add(n)
                            said = f"{BLOCK} values in a row repeat an earlier block"
                            yield int(positions[n]), "copied-block", said
                    break
            seen.setdefault(block, end)


def _foreign_copies(
    values: np.ndarray,
    positions: np.ndarray,
    periods: Any,
    key: tuple[Any, ...],
    foreign: dict[Any, int],
) -> Iterator[Found]:
    """Find runs that another series has for the same periods."""
    copied: set[int] = set()
    blocks = []
    for end in range(FOREIGN_BLOCK, len(values) + 1):
        block = tuple(values[end - FOREIGN_BLOCK : end])
        if not _telling(block):
            continue
        name = (*key, *block, periods[end - 1])
        blocks.append(name)
        if name in foreign:
            copied |= {n for n in range(end - FOREIGN_BLOCK, end) if positions[n] >= 0}
    foreign |= dict.fromkeys(blocks, 1)
    for n in sorted(copied):
        said = f"{FOREIGN_BLOCK} values in a row are those of another plant or enterprise"
        yield int(positions[n]), "copied-block", said


def _telling(block: tuple[float, ...]) -> bool:
    return len(set(block)) >= LEAST_DISTINCT and sum(value != 0 for value in block) == len(block)
