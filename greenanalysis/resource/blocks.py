"""Walks a weather cube along its chunks over the cells asked for, so that memory stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Literal

import numpy as np
import xarray as xr

from greenanalysis.errors import InputError, input_error
from greenanalysis.variables import DIMS, require

BLOCK_HOURS = 744
"""Hours computed at once: a month of 1,400 cells is about 8 MB per float64 variable."""

Dtype = Literal["float32", "float64"]
Compute = Callable[[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""(variables as (hour, cell) float64, time, latitude, longitude of the cells) -> (hour, cell)."""


def map_cells(
    weather: xr.Dataset,
    names: Iterable[str],
    compute: Compute,
    *,
    where: xr.DataArray | None = None,
    dtype: Dtype = "float32",
    block_hours: int = BLOCK_HOURS,
) -> xr.DataArray:
    """Apply an hourly model to every chosen cell, one block at a time.

    Parameters
    ----------
    weather : canonical weather, (time, latitude, longitude); in memory or backed by dask, whose
        chunks are then read once each, and not at all where ``where`` has no cell.
    names : variables that ``compute`` needs.
    compute : the model, on compact (hour, cell) arrays in float64.
    where : boolean (latitude, longitude); cells outside are NaN and never computed.
    dtype : of the result; the model always runs in float64.
    block_hours : hours computed at once.

    Returns
    -------
    DataArray : (time, latitude, longitude) with the coordinates of ``weather``, without attributes.

    Raises
    ------
    InputError : missing variable, other units or dimensions, other mask, other ``dtype``.
    """
    if dtype not in ("float32", "float64"):
        raise input_error("dtype", where="map_cells()", allowed="float32, float64", got=dtype)
    names = list(names)
    require(weather, names, where="weather")
    mask = _mask(weather, where)
    result = np.full([weather.sizes[dim] for dim in DIMS], np.nan, dtype=dtype)
    for hours, rows, columns in _tiles(weather[names], block_hours):
        row, column = np.nonzero(mask[rows, columns])
        if row.size == 0:
            continue
        tile = weather[names].isel(time=hours, latitude=rows, longitude=columns).load()
        place = [tile[dim].to_numpy().astype(float) for dim in ("latitude", "longitude")]
        out = result[hours, rows, columns]
        for part in _parts(tile.sizes["time"], block_hours):
            values = {name: _cells(tile[name], part, row, column) for name in names}
            times = tile["time"].to_numpy()[part]
            out[part, row, column] = compute(values, times, place[0][row], place[1][column])
    return xr.DataArray(result, coords={dim: weather[dim] for dim in DIMS}, dims=DIMS)


def _cells(array: xr.DataArray, part: slice, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    return array.to_numpy()[part, row, column].astype(np.float64)


def _tiles(weather: xr.Dataset, block_hours: int) -> Iterator[tuple[slice, slice, slice]]:
    """Yield the chunks of a dask-backed cube, or blocks of hours of one in memory."""
    spans = []
    for dim in DIMS:
        size = weather.sizes[dim]
        whole = tuple(_sizes(size, block_hours)) if dim == "time" else (size,)
        sizes = weather.chunksizes.get(dim, whole)
        ends = np.cumsum(sizes)
        spans.append([slice(int(e - s), int(e)) for s, e in zip(sizes, ends, strict=True)])
    yield from product(*spans)


def _sizes(length: int, block: int) -> list[int]:
    return [part.stop - part.start for part in _parts(length, block)]


def _parts(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def _mask(weather: xr.Dataset, where: xr.DataArray | None) -> np.ndarray:
    shape = (weather.sizes["latitude"], weather.sizes["longitude"])
    if where is None:
        return np.ones(shape, dtype=bool)
    if set(where.dims) != {"latitude", "longitude"} or where.dtype != bool:
        raise input_error(
            "mask",
            where="argument 'where'",
            allowed="boolean (latitude, longitude)",
            got=f"{where.dtype} {where.dims}",
        )
    for dim in ("latitude", "longitude"):
        if dim in where.coords and not np.array_equal(where[dim], weather[dim]):
            raise InputError(f"mask: its {dim} is not that of the weather in argument 'where'")
    mask = where.transpose("latitude", "longitude").to_numpy()
    if mask.shape != shape:
        raise input_error("mask", where="argument 'where'", allowed=shape, got=mask.shape)
    return mask
