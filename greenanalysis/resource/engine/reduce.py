"""One pass over the weather from which maps, regional series and mean days come out together.

A task holds what is done with one chunk and can be sent; it gives back a part, the sums of that
chunk. A total adds up the parts and makes the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.resource.engine.blocks import blocks
from greenanalysis.resource.engine.compiled import kernel
from greenanalysis.resource.engine.cube import cell_mask, compute_block
from greenanalysis.resource.engine.models import Model, model_of, takes_packed
from greenanalysis.resource.engine.ordered import cluster_client, in_order, worker_count
from greenanalysis.resource.engine.source import Chunk, DatasetSource, Piece, Source, scratch
from greenanalysis.resource.solar_position import MIDDLE_OF_HOUR

_CELL_METHODS = {
    "mean": "time: mean (interval: 1 hour)",
    "series": "time: mean (interval: 1 hour) area: mean",
    "month_hour": "time: mean within days time: mean over days",
}
"""Of the outputs, as CF writes it; CF has no word for a percentile."""

_LEVELS = 501
"""Nothing, and 500 steps of capacity factor: a percentile is within 0.002."""
_BINS = 12 * 24
"""Hours of the mean days of twelve months."""


@kernel(summing=True)
def _add_block(factor, weights, total, count, series):  # type: ignore[no-untyped-def]
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
def _add_month_hours(factor, bins, binned):  # type: ignore[no-untyped-def]
    """Add a block (hour, cell) to sum and number (2, bin, cell) by the bin of each hour."""
    for t in range(factor.shape[0]):
        row, total, count = factor[t], binned[0, bins[t]], binned[1, bins[t]]
        for i in range(row.size):
            there = row[i] == row[i]
            total[i] += row[i] if there else np.float32(0)
            count[i] += 1.0 if there else 0.0


@kernel()
def _add_levels(factor, levels):  # type: ignore[no-untyped-def]
    """Count a block (hour, cell) by level, (cell, level): none at all first, then even steps."""
    steps = np.float32(levels.shape[1] - 1)
    for t in range(factor.shape[0]):
        for i in range(factor.shape[1]):
            if factor[t, i] == factor[t, i]:
                level = np.ceil(min(max(factor[t, i], np.float32(0)), np.float32(1)) * steps)
                levels[i, int(level)] += 1


@kernel()
def _percentile(levels, share, found):  # type: ignore[no-untyped-def]
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


class Total:
    """Sums of one technology over all chunks, added in the order of chunks."""

    def __init__(
        self,
        source: Source,
        mask: np.ndarray,
        regions: xr.DataArray | None,
        weights: np.ndarray | None,
        *,
        binned: bool,
        levels: bool,
    ):
        self.source, self.mask = source, mask
        self.regions, self.weights = regions, weights
        self.total, self.count = np.zeros(mask.shape), np.zeros(mask.shape)
        places = 0 if regions is None else regions.sizes["region"]
        self.series = np.zeros((source.time.size, places))
        self.binned = np.zeros((2, _BINS, *mask.shape) if binned else (0,))
        self.levels = np.zeros((mask.size, _LEVELS), np.uint32) if levels else None

    def add(self, chunk: Chunk, part: Part) -> None:
        """Add the sums of a chunk."""
        box = (chunk.rows, chunk.columns)
        chosen = self.mask[box]
        self.total[box][chosen] += part.total
        self.count[box][chosen] += part.count
        self.series[chunk.hours, part.here] += part.series
        if part.binned is not None:
            self.binned[(slice(None), slice(None), *box)][:, :, chosen] += part.binned
        if self.levels is not None:
            cells = np.arange(self.mask.size).reshape(self.mask.shape)[box][chosen]
            self.levels[cells] += part.levels

    def arrays(
        self, outputs: Sequence[str], percentiles: Sequence[float]
    ) -> dict[str, xr.DataArray]:
        """Return what was asked for, by output."""
        place = {"latitude": self.source.latitude, "longitude": self.source.longitude}
        found = {}
        if "mean" in outputs:
            found["mean"] = xr.DataArray(_ratio(self.total, self.count), place, tuple(place))
        if "series" in outputs and self.regions is not None and self.weights is not None:
            self.series[:, self.weights.sum(axis=(1, 2)) == 0] = np.nan
            axes = {"time": self.source.time, "region": self.regions["region"]}
            found["series"] = xr.DataArray(self.series, axes, ("time", "region"))
        if "month_hour" in outputs:
            means = _ratio(*self.binned).reshape(12, 24, *self.mask.shape)
            axes = {"month": np.arange(1, 13), "hour": np.arange(24), **place}
            found["month_hour"] = xr.DataArray(means, axes, tuple(axes))
        if self.levels is not None:
            found["percentiles"] = self._percentiles(percentiles, place)
        for output, array in found.items():
            array.attrs = {"units": "1", "long_name": f"capacity factor, {output}"}
            if output in _CELL_METHODS:
                array.attrs["cell_methods"] = _CELL_METHODS[output]
        return found

    def _percentiles(
        self, percentiles: Sequence[float], place: dict[str, np.ndarray]
    ) -> xr.DataArray:
        values = np.empty((len(percentiles), *self.mask.shape))
        for percent, row in zip(percentiles, values, strict=True):
            _percentile(self.levels, percent / 100, row.reshape(-1))
        axes = {"percentile": np.asarray(percentiles, float), **place}
        return xr.DataArray(values, axes, tuple(axes))


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    mean: np.ndarray = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return mean


_DTYPE = np.dtype("float32")


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


def _run_task(task: Task) -> dict[str, Part]:
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
            binned=None if task.bins is None else np.zeros((2, _BINS, cells)),
            levels=np.zeros((cells, _LEVELS), np.uint32) if task.levels else None,
        )
        task.weights.setdefault(name, (here, weights))
    whole = Chunk(*(slice(0, axis.size) for axis in (task.time, task.latitude, task.longitude)))
    packed = takes_packed(task.models.values())
    for block in blocks(
        task.piece, task, whole, task.names, task.chosen, _DTYPE, keep_packed=packed
    ):
        factor = scratch("capacity factor", (block.time.size, cells), _DTYPE)
        for name, model in task.models.items():
            part = parts[name]
            compute_block(model, block, factor)
            weights = task.weights[name][1]
            _add_block(factor, weights, part.total, part.count, part.series[block.hours])
            if part.binned is not None and task.bins is not None:
                _add_month_hours(factor, task.bins[block.hours], part.binned)
            if part.levels is not None:
                _add_levels(factor, part.levels)
    return parts


_OUTPUTS = ("mean", "series", "month_hour", "percentiles")


def reduce(
    weather: xr.Dataset | Source,
    technologies: Mapping[str, Any],
    *,
    regions: xr.DataArray | Mapping[str, xr.DataArray] | None = None,
    where: xr.DataArray | None = None,
    outputs: Sequence[str] = ("mean",),
    utc_offset_hours: int = 0,
    percentiles: Sequence[float] = (10, 50, 90),
    threads: int | None = None,
    scheduler: Any | None = None,
) -> xr.Dataset:
    """Compute aggregates of hourly capacity factors in one pass, without ever holding the hours.

    Parameters
    ----------
    weather : canonical weather (time, latitude, longitude), in memory or lazy, or a tile store.
    technologies : by name, a PVSystem, a WindPlant or a model of ``engine.models``.
    regions : weights (region, latitude, longitude) of ``"series"``, one array for all or one for
        each technology; only their proportions within a region count.
    where : boolean (latitude, longitude); cells outside are NaN and cost nothing.
    outputs : of ``"mean"``, ``"series"``, ``"month_hour"``, ``"percentiles"``.
    utc_offset_hours : of the clock by which ``"month_hour"`` counts.
    percentiles : 0..100, of the hours of all years, as numpy counts: 90 is seldom exceeded.
    threads : of this process; by default one for each processor.
    scheduler : a dask scheduler's address or client; ``"threads"``; by default the client that is
        active in the process, else threads. The numbers are the same to the last bit.

    Returns
    -------
    Dataset : for each technology ``<name>_mean`` (latitude, longitude), ``<name>_series`` (time,
        region), ``<name>_month_hour`` (month, hour, latitude, longitude), ``<name>_percentiles``
        (percentile, latitude, longitude; within 0.002), 0..1. Means leave out
        missing hours; a region's hour is NaN where a cell with weight is, always without weight.

    Raises
    ------
    InputError : unknown output, missing regions, variables, other grids.

    Notes
    -----
    Arithmetic is float32 with float64 angles, sums are float64, taken chunk by chunk in the same
    order everywhere. Memory is bounded by the chunks in work, not by the years.
    """
    models = {name: model_of(plant) for name, plant in technologies.items()}
    names = sorted({name for model in models.values() for name in model.names})
    source = DatasetSource(weather, names) if isinstance(weather, xr.Dataset) else weather
    for percent in percentiles:
        if not 0 <= percent <= 100:
            raise input_error("percentiles", where="reduce()", allowed="0 to 100", got=percent)
    job = _job(source, models, names, regions, where, outputs, utc_offset_hours)
    totals = {name: job.total(source, name) for name in models}
    chunks = [chunk for chunk in source.chunks() if job.mask[chunk.rows, chunk.columns].any()]
    tasks = (job.task(source, chunk) for chunk in chunks)
    with cluster_client(scheduler) as client:
        parts = in_order(_run_task, tasks, threads=worker_count(threads), client=client)
        for chunk, part in zip(chunks, parts, strict=True):
            for name, total in totals.items():
                total.add(chunk, part[name])
    found: dict[str, xr.DataArray] = {}
    for name, total in totals.items():
        found |= {
            f"{name}_{output}": array
            for output, array in total.arrays(outputs, percentiles).items()
        }
    return xr.Dataset(found)


@dataclass(frozen=True, eq=False)
class _Job:
    """What is the same for all chunks."""

    models: dict[str, Model]
    names: list[str]
    mask: np.ndarray
    weights: dict[str, np.ndarray]
    regions: dict[str, xr.DataArray]
    bins: np.ndarray | None
    levels: bool
    known: dict[tuple[int, ...], dict[str, tuple[np.ndarray, np.ndarray]]] = field(
        default_factory=dict
    )

    def total(self, source: Source, name: str) -> Total:
        return Total(
            source,
            self.mask,
            self.regions.get(name),
            self.weights.get(name),
            binned=self.bins is not None,
            levels=self.levels,
        )

    def _here(self, chunk: Chunk, chosen: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return by technology which regions have cells in a chunk, and their weights."""
        key = (chunk.rows.start, chunk.rows.stop, chunk.columns.start, chunk.columns.stop)
        if key not in self.known:
            found = {}
            for name, weight in self.weights.items():
                local = weight[:, chunk.rows, chunk.columns][:, chosen]
                here = np.flatnonzero(local.any(axis=1))
                found[name] = (here, np.ascontiguousarray(local[here]))
            self.known[key] = found
        return dict(self.known[key])

    def task(self, source: Source, chunk: Chunk) -> Task:
        chosen = self.mask[chunk.rows, chunk.columns]
        weights = self._here(chunk, chosen)
        return Task(
            piece=source.piece(chunk, self.names),
            time=source.time[chunk.hours],
            latitude=source.latitude[chunk.rows],
            longitude=source.longitude[chunk.columns],
            models=self.models,
            names=self.names,
            chosen=chosen,
            weights=weights,
            bins=None if self.bins is None else self.bins[chunk.hours],
            levels=self.levels,
        )


def _job(
    source: Source,
    models: dict[str, Model],
    names: list[str],
    regions: xr.DataArray | Mapping[str, xr.DataArray] | None,
    where: xr.DataArray | None,
    outputs: Sequence[str],
    utc_offset_hours: int,
) -> _Job:
    for output in outputs:
        if output not in _OUTPUTS:
            raise unknown_name("output", output, _OUTPUTS, where="reduce()")
    given: dict[str, xr.DataArray] = {}
    if "series" in outputs:
        if regions is None:
            raise input_error("regions", where="reduce()", allowed="weights of series", got=None)
        one = isinstance(regions, xr.DataArray)
        given = {name: regions if one else regions[name] for name in models}  # type: ignore[misc]
    mask = cell_mask(source.latitude, source.longitude, where)
    weights = {name: _weights(source, array, mask) for name, array in given.items()}
    bins = None
    if "month_hour" in outputs:
        shift = MIDDLE_OF_HOUR + np.timedelta64(utc_offset_hours, "h")
        middle = pd.DatetimeIndex(source.time + shift)
        bins = ((middle.month - 1) * 24 + middle.hour).to_numpy().astype(np.int64)
    return _Job(models, names, mask, weights, given, bins, "percentiles" in outputs)


def _weights(source: Source, regions: xr.DataArray, mask: np.ndarray) -> np.ndarray:
    """Return each region's shares of cells, (region, latitude, longitude), float64."""
    weights = regions.transpose("region", "latitude", "longitude")
    for dim, values in (("latitude", source.latitude), ("longitude", source.longitude)):
        if not np.array_equal(weights[dim], values):
            raise input_error(
                f"{dim} of regions", where="reduce()", allowed="that of the weather", got="another"
            )
    array = weights.to_numpy().astype(np.float64)
    if (array[:, ~mask] > 0).any():
        raise input_error(
            "regions", where="reduce()", allowed="no weight outside 'where'", got="some"
        )
    total = array.sum(axis=(1, 2), keepdims=True)
    mean: np.ndarray = np.divide(array, total, out=np.zeros_like(array), where=total > 0)
    return mean
