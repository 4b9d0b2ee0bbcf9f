"""Reads the netCDF file of an atlite cutout past the HDF5 library, which lets in one thread."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import xarray as xr

from greenanalysis.core.errors import input_error, refusing
from greenanalysis.core.files import map_file
from greenanalysis.resource.engine.blocks import scratch
from greenanalysis.resource.engine.compiled import kernel
from greenanalysis.resource.engine.source import Chunk


class Place(NamedTuple):
    """Where a compressed chunk lies in the file, bytes."""

    start: int
    size: int


@dataclass(frozen=True, eq=False)
class CutoutPiece:
    """One chunk of hours of several variables; can be pickled, for it holds no data."""

    path: Path
    places: dict[str, Place]
    shape: tuple[int, int, int]
    hours: int

    def read(self, name: str) -> np.ndarray:
        """Return a variable as (hour, cell), float32; good until this thread reads it again."""
        place = self.places[name]
        points = int(np.prod(self.shape))
        with refusing(f"{name} of {self.path} cannot be read"):
            packed = map_file(self.path, start=place.start, size=place.size)
        with refusing(f"{name} of {self.path} cannot be read"):
            plain = np.frombuffer(_inflate()(packed, points * 4), np.uint8).reshape(4, -1)
        values = scratch(f"cutout {name}", (self.shape[0], points // self.shape[0]), np.float32)
        _unshuffle(plain, values.reshape(-1).view(np.uint32))
        return values[: self.hours]


def _inflate() -> Callable[[memoryview, int], bytes | bytearray]:
    """Return zlib's decompression: libdeflate's where the package ``deflate`` is installed."""
    try:
        import deflate
    except ImportError:
        return lambda data, size: zlib.decompress(data, bufsize=size)
    return lambda data, size: deflate.zlib_decompress(data, originalsize=size)


class CutoutFile:
    """An atlite cutout as weather for ``reduce`` with ``CutoutPV`` or ``CutoutWind``.

    Raises
    ------
    InputError : a file without x and y, or with another order of dimensions.
    """

    def __init__(self, path: Path):
        self.path = path
        with refusing(f"cutout {path} cannot be read"):
            self._open()

    def _open(self) -> None:
        path = self.path
        with h5py.File(path) as file:
            for name in ("time", "y", "x"):
                if name not in file:
                    raise input_error(
                        f"coordinate {name}", where=str(path), allowed="present", got="none"
                    )
            self.latitude, self.longitude = file["y"][:], file["x"][:]
            clock = {key: _text(file["time"].attrs[key]) for key in ("units", "calendar")}
            hours = xr.Dataset(coords={"time": ("time", file["time"][:], clock)})
        self.time = xr.decode_cf(hours)["time"].to_numpy().astype("datetime64[ns]")
        self._places: dict[str, list[Place]] = {}
        self._shape = (0, 0, 0)

    def chunks(self) -> list[Chunk]:
        """Return the file's own chunks of hours over the whole grid."""
        if not self._places:
            with refusing(f"cutout {self.path} cannot be read"):
                self._index(["temperature"])
        step = self._shape[0]
        rows, columns = slice(0, self.latitude.size), slice(0, self.longitude.size)
        return [
            Chunk(slice(start, min(start + step, self.time.size)), rows, columns)
            for start in range(0, self.time.size, step)
        ]

    def piece(self, chunk: Chunk, names: Sequence[str]) -> CutoutPiece:
        """Return what reads one chunk of hours."""
        with refusing(f"cutout {self.path} cannot be read"):
            self._index([name for name in names if name not in self._places])
        number = chunk.hours.start // self._shape[0]
        places = {name: self._places[name][number] for name in names}
        return CutoutPiece(self.path, places, self._shape, chunk.hours.stop - chunk.hours.start)

    def _index(self, names: Sequence[str]) -> None:
        """Note where the chunks of variables lie."""
        if not names:
            return
        grid = (self.latitude.size, self.longitude.size)
        with h5py.File(self.path) as file:
            for name in names:
                array = file[name]
                plain = array.dtype == np.float32 and array.compression == "gzip" and array.shuffle
                if not plain or array.chunks is None or array.chunks[1:] != grid:
                    allowed = "float32, zlib and shuffle, chunks over the whole grid"
                    got = f"{array.dtype}, {array.compression}, {array.chunks}"
                    raise input_error(name, where=str(self.path), allowed=allowed, got=got)
                if self._places and array.chunks != self._shape:
                    allowed = f"chunks as of the other variables, {self._shape}"
                    raise input_error(name, where=str(self.path), allowed=allowed, got=array.chunks)
                self._shape = array.chunks
                found = {}
                for k in range(array.id.get_num_chunks()):
                    info = array.id.get_chunk_info(k)
                    found[info.chunk_offset[0]] = Place(info.byte_offset, info.size)
                self._places[name] = [found[start] for start in sorted(found)]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@kernel()
def _unshuffle(planes, words):  # type: ignore[no-untyped-def]
    """Put the four bytes of each word together: HDF5's shuffle filter undone."""
    first, second, third, fourth = planes[0], planes[1], planes[2], planes[3]
    for i in range(words.size):
        low = np.uint32(first[i]) | (np.uint32(second[i]) << np.uint32(8))
        high = (np.uint32(third[i]) << np.uint32(16)) | (np.uint32(fourth[i]) << np.uint32(24))
        words[i] = low | high
