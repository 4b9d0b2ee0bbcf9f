"""Cuts a chunk of weather into blocks of hours that stay in the processor's cache."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from greenanalysis.resource.engine.models import Model
from greenanalysis.resource.engine.rows import unpack
from greenanalysis.resource.engine.source import Chunk, Packed, Piece, scratch

_BLOCK_POINTS = 65536
"""Hours times cells of a block: 256 kB a variable in float32."""
_LEAST_HOURS = 100
"""Hours of a block of many cells, unless these would take it past sixteen times its size."""
_REMEMBERED = 64
"""Sets of cells whose directions are kept; a tile of 845 takes 0.1 MB."""


class Grid(Protocol):
    """Coordinates of weather."""

    @property
    def time(self) -> np.ndarray:
        """Labels at the ends of hours, UTC."""

    @property
    def latitude(self) -> np.ndarray:
        """Degrees north."""

    @property
    def longitude(self) -> np.ndarray:
        """Degrees east."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some hours of a chunk at its chosen cells; ``values`` by name, (hour, cell), all packed or
    all floats of the asked type.
    """

    hours: slice
    time: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    values: dict[str, np.ndarray | Packed]
    chunk_time: np.ndarray
    known: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)

    def hours_of(self, model: Model) -> np.ndarray:
        """Return what the model needs of the hours, computed once a chunk."""
        key = ("hours", id(model))
        if key not in self.known:
            self.known[key] = model.hours(self.chunk_time)
        return self.known[key][self.hours]

    def cells(self, model: Model) -> np.ndarray:
        """Return what the model needs of the cells; the last ones of a process are remembered."""
        key = (id(model), self.latitude.tobytes(), self.longitude.tobytes())
        with _lock:
            if key in _cells:
                _cells.move_to_end(key)
                return _cells[key][1]
        made = model.cells(self.latitude, self.longitude)
        with _lock:
            _cells[key] = (model, made)
            while len(_cells) > _REMEMBERED:
                _cells.popitem(last=False)
        return made


def blocks(
    piece: Piece,
    grid: Grid,
    chunk: Chunk,
    names: Sequence[str],
    chosen: np.ndarray,
    dtype: np.dtype,
    *,
    keep_packed: bool = False,
) -> Iterator[Block]:
    """Yield the blocks of a chunk in the order of time.

    Parameters
    ----------
    piece : reads the chunk's variables.
    grid, chunk : coordinates, and the place of the chunk among them.
    names : variables to read.
    chosen : boolean (row, column) of the chunk; the other cells are left out.
    dtype : of the values that are yielded; they are good until the next block.
    keep_packed : whether to yield integers where all variables are packed.
    """
    row, column = np.nonzero(chosen)
    time = grid.time[chunk.hours]
    latitude = grid.latitude[chunk.rows].astype(np.float64)[row]
    longitude = grid.longitude[chunk.columns].astype(np.float64)[column]
    cells = None if row.size == chosen.size else np.flatnonzero(chosen)
    read = piece.read(names, cells)
    packed = keep_packed and all(isinstance(values, Packed) for values in read.values())
    known: dict[tuple[str, int], np.ndarray] = {}
    each = _BLOCK_POINTS // max(1, row.size)
    step = max(1, each, min(_LEAST_HOURS, 16 * each))
    for start in range(0, time.size, step):
        hours = slice(start, min(start + step, time.size))
        values = {name: _ready(name, read[name][hours], dtype, packed) for name in names}
        yield Block(hours, time[hours], latitude, longitude, values, time, known)


def _ready(
    name: str, values: np.ndarray | Packed, dtype: np.dtype, packed: bool
) -> np.ndarray | Packed:
    """Return values of the asked type, C-contiguous; packed ones as they are where asked."""
    if not isinstance(values, Packed):
        return np.ascontiguousarray(values, dtype=dtype)
    if packed:
        return values
    out = scratch(name, values.integers.shape, dtype)
    unpack(values.integers, values.scale, values.offset, out)
    return out


_cells: OrderedDict[tuple[int, bytes, bytes], tuple[Model, np.ndarray]] = OrderedDict()
_lock = threading.Lock()
