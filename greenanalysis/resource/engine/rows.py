"""A row of weather as numbers, whether it is stored as such or packed into 16-bit integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from greenanalysis.resource.engine.compiled import kernel

GAP = np.int16(-32768)
"""Packed integer of a missing value."""
SEGMENT = 1024
"""Cells that a kernel takes at a time, so that its rows stay next to the processor."""


def ready(values: np.ndarray, packing: np.ndarray, room: np.ndarray, whole: bool) -> np.ndarray:
    """Return ``values`` (cell), or what they stand for, written into ``room``.

    Parameters
    ----------
    values : floats of the type of ``room``, or packed 16-bit integers.
    packing : step and base of integers.
    room : as long as ``values``.
    whole : whether no value is missing.
    """
    return _unpacked(values, packing, room, whole) if values.dtype == np.int16 else values


@overload(ready)
def _ready(values, packing, room, whole):  # type: ignore[no-untyped-def]
    if values.dtype == types.int16:
        return lambda values, packing, room, whole: _unpacked(values, packing, room, whole)
    return lambda values, packing, room, whole: values


@kernel()
def unpack(integers, scale, offset, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (hour, cell) from packed integers; the gap becomes NaN."""
    packing = np.array([scale, offset])
    for t in range(out.shape[0]):
        _unpacked(integers[t], packing, out[t], _lowest(integers[t]) != GAP)


@register_jitable
def _unpacked(integers: Any, packing: Any, out: Any, whole: Any) -> Any:
    real = out.dtype.type
    step, base, gap = real(packing[0]), real(packing[1]), real(np.nan)
    for i in range(out.size):
        out[i] = real(integers[i]) * step + base
    if not whole:
        for i in range(out.size):
            if integers[i] == GAP:
                out[i] = gap
    return out


@kernel()
def _lowest(integers):  # type: ignore[no-untyped-def]
    low = np.int16(32767)
    for i in range(integers.size):
        low = min(low, integers[i])
    return low
