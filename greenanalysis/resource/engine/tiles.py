"""Weather or results as Zarr tiles that are read, or written, at the speed of memory.

The stores are ordinary Zarr (version 3, CF attributes) that xarray opens; this module goes past the
Zarr library only to decode a tile straight into a buffer that is used again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
import zarr
from numcodecs import blosc
from zarr.codecs import BloscCodec

from greenanalysis.core.errors import input_error, refusing
from greenanalysis.core.files import map_file
from greenanalysis.core.variables import DIMS
from greenanalysis.resource.engine.source import Chunk, Packed, chosen, scratch

TILE_HOURS, TILE_CELLS = 730, 1024
"""Hours of a tile, a month, and most of its cells."""
_GAP = -32768
"""Packed integer of a missing value."""
_STEPS = 65534
"""Packed integers from the lowest to the highest value."""
_LEVEL = 5
"""Of lz4, without shuffling of bytes: nights shrink to nothing, days are copied as they are. Bytes
in shuffled order take a fifth less room and four times longer to decode.
"""


BLOSC_HEADER, BLOSC_FLAGS, BLOSC_STORED = 16, 2, 2
"""Bytes of a blosc buffer's head, the place of its flags, the flag of values left as they are."""


class Layout(NamedTuple):
    """How one variable lies in its tiles."""

    dtype: str
    tile: tuple[int, int, int]
    scale: float
    offset: float


@dataclass(frozen=True, eq=False)
class TilePiece:
    """One tile of several variables; can be pickled, for it holds no data."""

    folder: Path
    layouts: Mapping[str, Layout]
    number: tuple[int, int, int]
    shape: tuple[int, int, int]

    def read(
        self, names: Sequence[str], cells: np.ndarray | None = None
    ) -> dict[str, np.ndarray | Packed]:
        """Return variables as (hour, cell); good until this thread reads another tile."""
        return {name: self._read(name, cells) for name in names}

    def _read(self, name: str, cells: np.ndarray | None) -> np.ndarray | Packed:
        layout = self.layouts[name]
        path = self.folder.joinpath(name, "c", *map(str, self.number))
        with refusing(f"tile {path} cannot be read"):
            whole = _decoded(path, name, layout)
        hours, rows, columns = self.shape
        part = chosen(whole[:hours, :rows, :columns].reshape(hours, -1), cells, name)
        packed = layout.dtype == "int16"
        return Packed(part, layout.scale, layout.offset) if packed else part


def _decoded(path: Path, name: str, layout: Layout) -> np.ndarray:
    """Return a tile: the file itself where it holds the values as they are, else decoded."""
    dtype = np.dtype(layout.dtype)
    pages = map_file(path)
    if pages[BLOSC_FLAGS] & BLOSC_STORED:
        values = np.frombuffer(pages, dtype, math.prod(layout.tile), offset=BLOSC_HEADER)
        return values.reshape(layout.tile)
    whole = scratch(f"tile {name}", layout.tile, dtype)
    blosc.decompress(pages, whole)
    return whole


def is_tile_store(path: Path) -> bool:
    """Whether a folder is a store of :func:`create_tiles` and not any other Zarr."""
    if not (path / "zarr.json").is_file():
        return False
    return "tiles" in zarr.open_group(path, mode="r").attrs


class TileStore:
    """A store of :func:`create_tiles` as weather for ``reduce``.

    Raises
    ------
    InputError : no such store, or one whose variables are tiled differently.
    """

    def __init__(self, path: Path):
        if not (path / "zarr.json").is_file():
            raise input_error("tile store", where=str(path), allowed="a Zarr group", got="none")
        self.path = path
        with refusing(f"tile store {path} cannot be read"):
            self._open()

    def _open(self) -> None:
        path = self.path
        with xr.open_zarr(path, consolidated=False, chunks=None) as dataset:
            self.time, self.latitude, self.longitude = (dataset[dim].to_numpy() for dim in DIMS)
            names = [str(name) for name in dataset.data_vars]
        group = zarr.open_group(path, mode="r")
        self.layouts = {name: _layout(group[name]) for name in names}
        tiles = {layout.tile for layout in self.layouts.values()}
        if len(tiles) != 1:
            raise input_error("tiles", where=str(path), allowed="one shape", got=sorted(tiles))
        self.tile = tiles.pop()

    def chunks(self) -> list[Chunk]:
        """Return the tiles as boxes."""
        sizes = (self.time.size, self.latitude.size, self.longitude.size)
        spans = [
            [slice(start, min(start + step, size)) for start in range(0, size, step)]
            for size, step in zip(sizes, self.tile, strict=True)
        ]
        return [Chunk(*box) for box in product(*spans)]

    def piece(self, chunk: Chunk, names: Sequence[str]) -> TilePiece:
        """Return what reads one tile."""
        for name in names:
            if name not in self.layouts:
                got = sorted(self.layouts)
                raise input_error(
                    f"variable {name!r}", where=str(self.path), allowed="present", got=got
                )
        layouts = {name: self.layouts[name] for name in names}
        h, r, c = (part.start // step for part, step in zip(chunk, self.tile, strict=True))
        hours, rows, columns = (part.stop - part.start for part in chunk)
        return TilePiece(self.path, layouts, (h, r, c), (hours, rows, columns))


def _layout(array: Any) -> Layout:
    attrs = array.attrs
    scale, offset = float(attrs.get("scale_factor", 1)), float(attrs.get("add_offset", 0))
    return Layout(str(array.dtype), tuple(array.chunks), scale, offset)


class TileWriter:
    """Writes tiles of a store that :func:`create_tiles` made."""

    def __init__(self, path: Path, layouts: Mapping[str, Layout]):
        self.path, self.layouts = path, layouts

    def write(self, name: str, chunk: Chunk, values: np.ndarray) -> None:
        """Write the tile of a variable at ``chunk``, which must be a whole one of the store."""
        layout = self.layouts[name]
        if any(part.start % step for part, step in zip(chunk, layout.tile, strict=True)):
            allowed = f"chunks of one size, {layout.tile}, but for the last ones"
            raise input_error("chunks", where=str(self.path), allowed=allowed, got=chunk)
        whole = values
        if values.shape != layout.tile:
            whole = np.full(layout.tile, np.nan, np.float32)
            whole[tuple(slice(0, size) for size in values.shape)] = values
        ready = _pack(whole, layout) if layout.dtype == "int16" else whole.astype(layout.dtype)
        number = [str(part.start // step) for part, step in zip(chunk, layout.tile, strict=True)]
        path = self.path.joinpath(name, "c", *number)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = np.ascontiguousarray(ready)
        path.write_bytes(blosc.compress(data, b"lz4", _LEVEL, blosc.NOSHUFFLE))


def _pack(values: np.ndarray, layout: Layout) -> np.ndarray:
    steps = np.rint((values - layout.offset) / layout.scale)
    held = np.clip(steps, -_STEPS // 2, _STEPS // 2)
    return np.where(np.isnan(steps), _GAP, held).astype(np.int16)


def tile_shape(rows: int, columns: int) -> tuple[int, int, int]:
    """Return hours, rows and columns of tiles for a grid: a month of a strip from south to north.

    A strip lies in one time of day, and its cells fill the lanes of the processor.
    """
    high = _part(rows, TILE_CELLS)
    return TILE_HOURS, high, _part(columns, max(1, TILE_CELLS // high))


def _part(size: int, most: int) -> int:
    """Return the largest divisor of ``size`` within half of ``most`` and it, or an even cut."""
    for step in range(min(size, most), most // 2, -1):
        if size % step == 0:
            return step
    return -(-size // -(-size // most))


def create_tiles(
    path: Path,
    *,
    time: np.ndarray,
    latitude: np.ndarray,
    longitude: np.ndarray,
    variables: Mapping[str, Mapping[str, object]],
    ranges: Mapping[str, tuple[float, float]] | None = None,
    tile: tuple[int, int, int] | None = None,
) -> TileWriter:
    """Make an empty store at ``path`` and return what fills it.

    Parameters
    ----------
    path : a folder that does not exist, such as one of ``io.atomic_path(..., directory=True)``.
    time, latitude, longitude : coordinates; hours that end at the label, UTC; degrees.
    variables : attributes (units, long_name) by name.
    ranges : lowest and highest value by name: those variables are packed into 16 bits, in steps of
        the range over 65534, and values outside are held at its ends. The others are float32.
    tile : hours, rows and columns of a tile; by default of :func:`tile_shape`.
    """
    coords = {
        "time": ("time", time),
        "latitude": ("latitude", latitude, {"units": "degrees_north"}),
        "longitude": ("longitude", longitude, {"units": "degrees_east"}),
    }
    xr.Dataset(coords=coords).to_zarr(path, consolidated=False, zarr_format=3)
    group = zarr.open_group(path, mode="a")
    group.attrs["tiles"] = "greenanalysis"
    shape = (time.size, latitude.size, longitude.size)
    asked = tile or tile_shape(latitude.size, longitude.size)
    chunks = tuple(min(step, size) for step, size in zip(asked, shape, strict=True))
    layouts = {}
    for name, attrs in variables.items():
        packing: dict[str, object] = {}
        if ranges and name in ranges:
            low, high = ranges[name]
            scale = (high - low) / _STEPS
            offset = low + _STEPS / 2 * scale
            packing = {"scale_factor": scale, "add_offset": offset, "_FillValue": _GAP}
        attributes: dict[str, Any] = {**attrs, **packing}
        array = group.create_array(
            name,
            shape=shape,
            chunks=chunks,
            dtype="int16" if packing else "float32",
            fill_value=_GAP if packing else np.nan,
            compressors=BloscCodec(cname="lz4", clevel=_LEVEL, shuffle="noshuffle"),
            dimension_names=DIMS,
            attributes=attributes,
        )
        layouts[name] = _layout(array)
    return TileWriter(path, layouts)
