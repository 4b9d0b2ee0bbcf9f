"""Reads variables of a netCDF-4 file past the HDF5 library, which lets in one thread at a time."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from greenanalysis.core.errors import refusing
from greenanalysis.core.files import map_file
from greenanalysis.resource.engine.compiled import kernel
from greenanalysis.resource.engine.source import chosen, scratch

_Box = tuple[int, int, int]
_KINDS = ("f4", "f8", "i2")
_FILTERS = {"deflate", "shuffle"}


class Place(NamedTuple):
    """Where a chunk lies in the file, bytes."""

    start: int
    size: int


@dataclass(frozen=True, eq=False)
class StoredVariable:
    """One variable (time, row, column) as it lies in the file; can be pickled, it holds no data.

    ``places`` tells by its number where a chunk is; one that was never written is missing there and
    reads as NaN. ``scale`` and ``offset`` are those of packed integers, ``fill`` their gap.
    """

    path: Path
    name: str
    dtype: np.dtype
    shape: _Box
    chunk: _Box
    shuffled: bool
    deflated: bool
    scale: float
    offset: float
    fill: float | None
    places: Mapping[_Box, Place]

    def only(self, hours: slice) -> StoredVariable:
        """Return the same with the places of some hours only, to be sent to another process."""
        numbers = self._numbers(hours)
        here = {number: self.places[number] for number in numbers if number in self.places}
        return replace(self, places=here)

    def read(self, hours: slice, cells: np.ndarray | None = None) -> np.ndarray:
        """Return some hours as (hour, cell), float32; good until this thread reads them again.

        ``cells`` are the flat positions of those to return, None for all.
        """
        _, rows, columns = self.shape
        size = (hours.stop - hours.start, rows, columns)
        out = scratch("netcdf" if cells is not None else f"netcdf {self.name}", size, np.float32)
        for number in self._numbers(hours):
            first = [k * step for k, step in zip(number, self.chunk, strict=True)]
            low, high = max(first[0], hours.start), min(first[0] + self.chunk[0], hours.stop)
            target = out[low - hours.start : high - hours.start, first[1] :, first[2] :]
            target = target[:, : self.chunk[1], : self.chunk[2]]
            if number not in self.places:
                target[...] = np.nan
                continue
            with refusing(f"{self.name} of {self.path} cannot be read"):
                self._fill(number, slice(low - first[0], high - first[0]), target)
        return chosen(out.reshape(size[0], -1), cells, self.name)

    def _numbers(self, hours: slice) -> Iterator[_Box]:
        (step, *grid), (_, *shape) = self.chunk, self.shape
        across = (range(-(-size // part)) for size, part in zip(shape, grid, strict=True))
        return product(range(hours.start // step, -(-hours.stop // step)), *across)  # type: ignore[return-value]

    def _fill(self, number: _Box, hours: slice, target: np.ndarray) -> None:
        """Decode a chunk into ``target``, which may be smaller: chunks overlap the edges."""
        place, count = self.places[number], math.prod(self.chunk)
        packed = map_file(self.path, start=place.start, size=place.size)
        plain = _inflate()(packed, count * self.dtype.itemsize) if self.deflated else packed
        octets = np.frombuffer(plain, np.uint8, count * self.dtype.itemsize)
        whole = target.shape == self.chunk and target.flags.c_contiguous
        if self.shuffled and self.dtype == np.float32:
            direct = target if whole else scratch("netcdf chunk", self.chunk, np.float32)
            _unshuffle(octets.reshape(4, -1), direct.reshape(-1).view(np.uint32))
            if not whole:
                target[...] = direct[hours, : target.shape[1], : target.shape[2]]
            return
        if self.shuffled:
            octets = np.ascontiguousarray(octets.reshape(self.dtype.itemsize, -1).T).reshape(-1)
        stored = octets.view(self.dtype).reshape(self.chunk)
        stored = stored[hours, : target.shape[1], : target.shape[2]]
        target[...] = stored
        if self.dtype.kind == "i":
            target *= np.float32(self.scale)
            target += np.float32(self.offset)
        if self.fill is not None:
            target[stored == self.fill] = np.nan


def stored_variable(file: h5py.File, path: Path, name: str) -> StoredVariable | None:
    """Return how a variable of an open file lies in it, None where only HDF5 can read it.

    That is a variable without chunks, with other filters than zlib and shuffle, or of another type
    than float32, float64 and int16.
    """
    array = file[name]
    filters = {array.id.get_create_plist().get_filter(k)[0] for k in range(_filters(array))}
    known = {h5py.h5z.FILTER_DEFLATE: "deflate", h5py.h5z.FILTER_SHUFFLE: "shuffle"}
    names = {known.get(code, "another") for code in filters}
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    if array.chunks is None or array.ndim != 3 or names - _FILTERS or kind not in _KINDS:
        return None
    chunks: list[Any] = []
    array.id.chunk_iter(chunks.append)
    if any(chunk.filter_mask for chunk in chunks):
        return None
    places = {
        tuple(a // b for a, b in zip(chunk.chunk_offset, array.chunks, strict=True)): Place(
            chunk.byte_offset, chunk.size
        )
        for chunk in chunks
    }
    fill = array.attrs.get("_FillValue", array.attrs.get("missing_value"))
    gap = None if fill is None else float(np.ravel(fill)[0])
    return StoredVariable(
        path=path,
        name=name,
        dtype=array.dtype,
        shape=array.shape,
        chunk=array.chunks,
        shuffled="shuffle" in names,
        deflated="deflate" in names,
        scale=float(np.ravel(array.attrs.get("scale_factor", 1.0))[0]),
        offset=float(np.ravel(array.attrs.get("add_offset", 0.0))[0]),
        fill=None if gap is None or math.isnan(gap) else gap,
        places=places,
    )


def _filters(array: Any) -> int:
    return int(array.id.get_create_plist().get_nfilters())


def _inflate() -> Callable[[memoryview, int], bytes | bytearray]:
    """Return zlib's decompression: libdeflate's where the package ``deflate`` is installed."""
    try:
        import deflate
    except ImportError:
        return lambda data, size: zlib.decompress(data, bufsize=size)
    return lambda data, size: deflate.zlib_decompress(data, originalsize=size)


@kernel()
def _unshuffle(planes, words):  # type: ignore[no-untyped-def]
    """Put the four bytes of each word together: HDF5's shuffle filter undone."""
    first, second, third, fourth = planes[0], planes[1], planes[2], planes[3]
    for i in range(words.size):
        low = np.uint32(first[i]) | (np.uint32(second[i]) << np.uint32(8))
        high = (np.uint32(third[i]) << np.uint32(16)) | (np.uint32(fourth[i]) << np.uint32(24))
        words[i] = low | high
