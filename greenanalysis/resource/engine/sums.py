"""Adds a block of capacity factors to the sums that were asked for."""

from __future__ import annotations

import numpy as np

from greenanalysis.resource.engine.compiled import kernel

LEVELS = 501
"""Nothing, and 500 steps of capacity factor: a percentile is within 0.002."""
BINS = 12 * 24
"""Hours of the mean days of twelve months."""


@kernel(summing=True)
def add_block(factor, weights, total, count, series):  # type: ignore[no-untyped-def]
    """Add a block to the sums over time and over regions.

    Parameters
    ----------
    factor : (hour, cell), float32.
    weights : (region, cell), float64.
    total, count : (cell), float64: sum and number of the hours that are not missing.
    series : (hour, region), float64: weighted sum; NaN if a cell with weight is missing.
    """
    whole = 0.0
    wide, spans = np.empty(factor.shape[1]), _spans(weights)
    for t in range(factor.shape[0]):
        row = factor[t]
        some = _widen(row, wide)
        if some != some:
            _add_with_gaps(row, weights, total, count, series[t])
            continue
        whole += 1.0
        if some == 0.0:
            continue
        for i in range(wide.size):
            total[i] += wide[i]
        for r in range(weights.shape[0]):
            first, last = spans[r]
            series[t, r] += _dot(wide[first:last], weights[r, first:last])
    for i in range(count.size):
        count[i] += whole


@kernel()
def _spans(weights):  # type: ignore[no-untyped-def]
    """Return for each region between which cells its weights lie."""
    spans = np.zeros((weights.shape[0], 2), np.int64)
    for r in range(weights.shape[0]):
        for i in range(weights.shape[1]):
            if weights[r, i] > 0.0:
                spans[r, 0] = i if spans[r, 1] == 0 else spans[r, 0]
                spans[r, 1] = i + 1
    return spans


@kernel(summing=True)
def _widen(row, wide):  # type: ignore[no-untyped-def]
    """Copy a row as float64; return its sum."""
    some = 0.0
    for i in range(row.size):
        wide[i] = row[i]
        some += wide[i]
    return some


@kernel(summing=True)
def _dot(row, weights):  # type: ignore[no-untyped-def]
    some = 0.0
    for i in range(row.size):
        some += weights[i] * row[i]
    return some


@kernel()
def _add_with_gaps(row, weights, total, count, series):  # type: ignore[no-untyped-def]
    for i in range(row.size):
        if row[i] == row[i]:
            total[i] += row[i]
            count[i] += 1.0
    for r in range(weights.shape[0]):
        for i in range(row.size):
            if weights[r, i] > 0.0:
                series[r] += weights[r, i] * row[i]


@kernel()
def add_month_hours(factor, bins, binned):  # type: ignore[no-untyped-def]
    """Add a block (hour, cell) to sum and number (2, bin, cell) by the bin of each hour."""
    for t in range(factor.shape[0]):
        row, total, count = factor[t], binned[0, bins[t]], binned[1, bins[t]]
        for i in range(row.size):
            there = row[i] == row[i]
            total[i] += row[i] if there else np.float32(0)
            count[i] += 1.0 if there else 0.0


@kernel()
def add_levels(factor, levels):  # type: ignore[no-untyped-def]
    """Count a block (hour, cell) by level, (cell, level): none at all first, then even steps."""
    steps = np.float32(levels.shape[1] - 1)
    for t in range(factor.shape[0]):
        for i in range(factor.shape[1]):
            if factor[t, i] == factor[t, i]:
                level = np.ceil(min(max(factor[t, i], np.float32(0)), np.float32(1)) * steps)
                levels[i, int(level)] += 1


@kernel()
def percentile(levels, share, found):  # type: ignore[no-untyped-def]
    """Fill ``found`` (cell) with the value that ``share`` of the hours do not exceed."""
    steps = levels.shape[1] - 1
    for i in range(found.size):
        total = 0
        for k in range(steps + 1):
            total += levels[i, k]
        left, found[i] = share * total, np.nan if total == 0 else 1.0
        for k in range(steps + 1):
            if total > 0 and left <= levels[i, k] and levels[i, k] > 0:
                found[i] = 0.0 if k == 0 else (k - 1 + left / levels[i, k]) / steps
                break
            left -= levels[i, k]
