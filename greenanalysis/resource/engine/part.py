"""What is done with one chunk: a task that can be sent, and the sums that come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.resource.engine.block import blocks, scratch
from greenanalysis.resource.engine.cube import compute_block
from greenanalysis.resource.engine.models import Model, takes_packed
from greenanalysis.resource.engine.source import Chunk, Piece
from greenanalysis.resource.engine.sums import (
    BINS,
    LEVELS,
    add_block,
    add_levels,
    add_month_hours,
)

DTYPE = np.dtype("float32")


@dataclass(frozen=True, eq=False)
class Task:
    """One chunk with all that its reduction needs; can be pickled."""

    piece: Piece
    time: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    models: dict[str, Model]
    names: list[str]
    chosen: np.ndarray
    weights: dict[str, tuple[np.ndarray, np.ndarray]]
    bins: np.ndarray | None
    levels: bool


@dataclass(frozen=True, eq=False)
class Part:
    """Sums of one technology over one chunk: by cell, hour and region, month-hour, level."""

    total: np.ndarray
    count: np.ndarray
    here: np.ndarray
    series: np.ndarray
    binned: np.ndarray | None
    levels: np.ndarray | None


def run_task(task: Task) -> dict[str, Part]:
    """Reduce one chunk, a block of hours at a time."""
    cells = int(task.chosen.sum())
    parts = {}
    for name in task.models:
        here, weights = task.weights.get(name, (np.empty(0, np.int64), np.empty((0, cells))))
        parts[name] = Part(
            total=np.zeros(cells),
            count=np.zeros(cells),
            here=here,
            series=np.zeros((task.time.size, here.size)),
            binned=None if task.bins is None else np.zeros((2, BINS, cells)),
            levels=np.zeros((cells, LEVELS), np.uint32) if task.levels else None,
        )
        task.weights.setdefault(name, (here, weights))
    whole = Chunk(*(slice(0, axis.size) for axis in (task.time, task.latitude, task.longitude)))
    packed = takes_packed(task.models.values())
    for block in blocks(
        task.piece, task, whole, task.names, task.chosen, DTYPE, keep_packed=packed
    ):
        factor = scratch("capacity factor", (block.time.size, cells), DTYPE)
        for name, model in task.models.items():
            part = parts[name]
            compute_block(model, block, factor)
            weights = task.weights[name][1]
            add_block(factor, weights, part.total, part.count, part.series[block.hours])
            if part.binned is not None and task.bins is not None:
                add_month_hours(factor, task.bins[block.hours], part.binned)
            if part.levels is not None:
                add_levels(factor, part.levels)
    return parts
