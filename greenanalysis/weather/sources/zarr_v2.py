"""A public Zarr v2 store over HTTPS: its metadata, and a local mirror of the chunks wanted.

The mirror is the resumable cache: zarr itself reads it, so nothing here decodes for use.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import zarr

from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.files import sha256_json, write_text
from greenanalysis.weather.sources.download import Wanted
from greenanalysis.weather.sources.http import Patience, get

_MISSING_BELOW = -900.0
"""POWER marks gaps with -999; packed and unpacked again it may be off by a rounding."""


@dataclass(frozen=True)
class RemoteArray:
    """One array of a store: where it is, where it is kept, and what ``.zarray`` says."""

    url: str
    folder: Path
    spec: Mapping[str, object]
    attrs: Mapping[str, object]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(self.spec["shape"])  # type: ignore[arg-type]

    @property
    def chunks(self) -> tuple[int, ...]:
        """Length of a chunk along each dimension."""
        return tuple(self.spec["chunks"])  # type: ignore[arg-type]

    @property
    def unpacked_bytes(self) -> int:
        """Bytes of one chunk in memory."""
        return math.prod(self.chunks) * np.dtype(str(self.spec["dtype"])).itemsize

    def objects(self, *spans: slice) -> list[Wanted]:
        """Return the chunks that the spans touch (all of the array without spans)."""
        spans = spans or tuple(slice(0, length) for length in self.shape)
        ranges = [
            range(span.start // size, -(-span.stop // size))
            for span, size in zip(spans, self.chunks, strict=True)
        ]
        mark = str(self.spec.get("dimension_separator", "."))
        keys = [mark.join(map(str, index)) for index in product(*ranges)]
        return [Wanted(f"{self.url}/{key}", self.folder / key, self.check) for key in keys]

    def check(self, body: bytes) -> None:
        """Refuse a chunk that does not unpack to its full size.

        Raises
        ------
        ValueError : what is wrong, in a few words.
        """
        try:
            packed = self.spec["compressor"]
            unpacked = numcodecs.get_codec(dict(packed)).decode(body) if packed else body  # type: ignore[call-overload]
            for step in reversed(self.spec.get("filters") or []):  # type: ignore[call-overload]
                unpacked = numcodecs.get_codec(dict(step)).decode(unpacked)
            size = np.asarray(memoryview(unpacked)).nbytes
        except Exception as error:  # codecs raise anything on foreign bytes
            raise ValueError(f"a chunk that cannot be unpacked: {error}") from error
        if size != self.unpacked_bytes:
            raise ValueError(f"a chunk of {size} instead of {self.unpacked_bytes} bytes")

    def read(self, *spans: slice) -> np.ndarray:
        """Return values from the mirror, gaps as NaN; the chunks must have been fetched."""
        packed = zarr.open_array(self.folder, mode="r", zarr_format=2)
        values = np.asarray(packed[spans or ...])
        if values.dtype.kind != "f":
            values = values.astype(np.float64)
        marks = [self.attrs.get("_FillValue"), self.attrs.get("missing_value")]
        gap = values <= _MISSING_BELOW
        for mark in marks:
            if isinstance(mark, int | float) and math.isfinite(mark):
                gap |= values == mark
        scale, offset = self.attrs.get("scale_factor", 1), self.attrs.get("add_offset", 0)
        return np.where(gap, np.nan, values * scale + offset)


@dataclass(frozen=True)
class RemoteStore:
    """A store at ``url``; ``digest`` is the SHA-256 of its consolidated metadata."""

    url: str
    digest: str
    arrays: Mapping[str, RemoteArray]

    def array(self, name: str) -> RemoteArray:
        """Return an array by name.

        Raises
        ------
        InputError : the store has none of that name.
        """
        if name not in self.arrays:
            raise unknown_name("variable", name, self.arrays, where=self.url)
        return self.arrays[name]


def open_store(url: str, folder: Path, *, patience: Patience | None = None) -> RemoteStore:
    """Read the consolidated metadata of a store and prepare its mirror.

    Parameters
    ----------
    url : of the store, without a slash at its end.
    folder : of the mirror; each array has a folder there, named after its layout, so that chunks of
        another layout are never mixed in.
    patience : with the server.

    Raises
    ------
    InputError : no such store, or not Zarr v2 with consolidated metadata.
    """
    address = f"{url}/.zmetadata"
    body = get(address, patience=patience, check=json.loads)
    try:
        entries = json.loads(body)["metadata"]
        names = [key.removesuffix("/.zarray") for key in entries if key.endswith("/.zarray")]
    except (TypeError, KeyError) as error:
        raise input_error(
            "metadata", where=address, allowed="consolidated Zarr v2", got=body[:80]
        ) from error
    arrays = {
        name: _mirror(url, folder, name, entries[f"{name}/.zarray"], entries) for name in names
    }
    return RemoteStore(url, hashlib.sha256(body).hexdigest(), arrays)


def _mirror(
    url: str, folder: Path, name: str, spec: dict[str, Any], entries: dict[str, Any]
) -> RemoteArray:
    if spec.get("zarr_format") != 2 or len(spec["chunks"]) != len(spec["shape"]):
        raise InputError(f"{url}/{name}: not an array of Zarr v2: {spec}")
    place = folder / f"{name}-{sha256_json(spec)[:8]}"
    if not (place / ".zarray").exists():
        write_text(place / ".zarray", json.dumps(spec))
    return RemoteArray(f"{url}/{name}", place, spec, entries.get(f"{name}/.zattrs", {}))
