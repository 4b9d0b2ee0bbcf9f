"""Where chunks of weather come from, as (hour, cell) arrays: a Dataset or what acts like one."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, Protocol

import numpy as np
import xarray as xr

from greenanalysis.core.variables import DIMS, VARIABLES, require

CHUNK_HOURS, CHUNK_ROWS, CHUNK_COLUMNS = 744, 16, 64
"""Chunk of a Dataset in memory: 3 MB a variable in float32; more hours where cells are few."""


class Chunk(NamedTuple):
    """A box of hours, rows (latitude) and columns (longitude)."""

    hours: slice
    rows: slice
    columns: slice


@dataclass(frozen=True, eq=False)
class Packed:
    """Integers that stand for ``scale * integer + offset``; the smallest stands for NaN."""

    integers: np.ndarray
    scale: float
    offset: float

    def __getitem__(self, key: slice) -> Packed:
        """Return some of the hours."""
        return Packed(self.integers[key], self.scale, self.offset)


def inputs_of(values: Sequence[np.ndarray | Packed]) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Return the arrays that kernels take, and (input, 2): step and base of packed ones."""
    arrays = [given.integers if isinstance(given, Packed) else given for given in values]
    packing = [
        (given.scale, given.offset) if isinstance(given, Packed) else (1.0, 0.0) for given in values
    ]
    return tuple(arrays), np.array(packing)


class Piece(Protocol):
    """One chunk of weather, small enough to be sent to another process."""

    def read(
        self, names: Sequence[str], cells: np.ndarray | None = None
    ) -> Mapping[str, np.ndarray | Packed]:
        """Return variables as (hour, cell), good until the thread reads the next piece.

        ``cells`` are the flat positions of those to return, (row, column) in C order; None for all.
        """


class Source(Protocol):
    """Weather on a grid that is read in chunks, always the same ones."""

    time: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray

    def chunks(self) -> Sequence[Chunk]:
        """Return the chunks, in the order in which results are summed."""

    def piece(self, chunk: Chunk, names: Sequence[str]) -> Piece:
        """Return what reads those variables of that chunk."""


def chosen(values: np.ndarray, cells: np.ndarray | None, name: str) -> np.ndarray:
    """Return some of the cells of ``values`` (hour, cell) in the calling thread's own array."""
    if cells is None:
        return np.ascontiguousarray(values)
    out = scratch(f"chosen {name}", (values.shape[0], cells.size), values.dtype)
    return np.take(values, cells, axis=1, out=out, mode="clip")


_local = threading.local()


def scratch(name: str, shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
    """Return the calling thread's own array of that name; what it held before is lost."""
    kept = _local.__dict__.setdefault("arrays", {})
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if name not in kept or kept[name].size < size:
        kept[name] = np.empty(size, np.uint8)
    room: np.ndarray = kept[name][:size].view(dtype).reshape(shape)
    return room


@dataclass(frozen=True, eq=False)
class DatasetPiece:
    """A chunk of a Dataset, in memory or lazy."""

    dataset: xr.Dataset

    def read(self, names: Sequence[str], cells: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Return variables as (hour, cell)."""
        arrays = {name: self.dataset[name].to_numpy() for name in names}
        return {name: chosen(a.reshape(a.shape[0], -1), cells, name) for name, a in arrays.items()}


class DatasetSource:
    """A Dataset (time, latitude, longitude), cut along dask's chunks or own ones."""

    def __init__(self, dataset: xr.Dataset, names: Sequence[str]):
        require(dataset, [name for name in names if name in VARIABLES], where="weather")
        self.dataset = dataset[list(names)]
        self.time, self.latitude, self.longitude = (dataset[dim].to_numpy() for dim in DIMS)

    def chunks(self) -> list[Chunk]:
        """Return dask's chunks, or own ones."""
        spans = []
        size = self.dataset.sizes
        cells = min(size["latitude"], CHUNK_ROWS) * min(size["longitude"], CHUNK_COLUMNS)
        hours = CHUNK_HOURS * CHUNK_ROWS * CHUNK_COLUMNS // max(1, cells)
        for dim, own in zip(DIMS, (hours, CHUNK_ROWS, CHUNK_COLUMNS), strict=True):
            sizes = self.dataset.chunksizes.get(dim) or _whole_sizes(self.dataset.sizes[dim], own)
            ends = np.cumsum(sizes)
            spans.append([slice(int(e - s), int(e)) for s, e in zip(sizes, ends, strict=True)])
        return [Chunk(*box) for box in product(*spans)]

    def piece(self, chunk: Chunk, names: Sequence[str]) -> DatasetPiece:
        """Return that part of the Dataset."""
        part = self.dataset[list(names)].isel(dict(zip(DIMS, chunk, strict=True)))
        return DatasetPiece(part.drop_vars(list(part.coords)))


def _whole_sizes(length: int, size: int) -> list[int]:
    """Cut ``length`` into pieces of ``size`` and a rest."""
    return [min(size, length - start) for start in range(0, length, size)]
