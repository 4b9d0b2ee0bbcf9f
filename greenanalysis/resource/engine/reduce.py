"""One pass over the weather from which maps, regional series and mean days come out together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import input_error, unknown_name
from greenanalysis.resource.engine.cube import cell_mask
from greenanalysis.resource.engine.models import Model, model_of
from greenanalysis.resource.engine.ordered import cluster_client, in_order, worker_count
from greenanalysis.resource.engine.part import Task, run_task
from greenanalysis.resource.engine.source import Chunk, DatasetSource, Source
from greenanalysis.resource.engine.total import Total
from greenanalysis.resource.solar_position import MIDDLE_OF_HOUR

OUTPUTS = ("mean", "series", "month_hour", "percentiles")


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
        parts = in_order(run_task, tasks, threads=worker_count(threads), client=client)
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
        if output not in OUTPUTS:
            raise unknown_name("output", output, OUTPUTS, where="reduce()")
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
