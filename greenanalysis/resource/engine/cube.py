"""Hourly capacity factors of every cell: in memory for weather in memory, lazy for lazy weather."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.variables import DIMS
from greenanalysis.resource.engine.blocks import Block, blocks
from greenanalysis.resource.engine.models import Model
from greenanalysis.resource.engine.ordered import in_order, worker_count
from greenanalysis.resource.engine.source import Chunk, DatasetSource

Dtype = Literal["float32", "float64"]
_MASK = "cells_to_compute"


def capacity_factor_cube(
    weather: xr.Dataset, model: Model, *, where: xr.DataArray | None, dtype: Dtype
) -> xr.DataArray:
    """Apply a model to every chosen cell.

    Parameters
    ----------
    weather : canonical weather, (time, latitude, longitude).
    model : the plant.
    where : boolean (latitude, longitude); cells outside are NaN and never computed.
    dtype : of the arithmetic and the result; angles are float64 in both.

    Returns
    -------
    DataArray : (time, latitude, longitude) with the coordinates of ``weather``, without attributes;
        lazy, chunk for chunk, where ``weather`` is.

    Raises
    ------
    InputError : missing variable, other units or dimensions, other mask, other ``dtype``.
    """
    if dtype not in ("float32", "float64"):
        raise input_error("dtype", where="argument 'dtype'", allowed="float32, float64", got=dtype)
    source = DatasetSource(weather, model.names)
    mask = cell_mask(source.latitude, source.longitude, where)
    if source.dataset.chunks:
        return _lazy(source.dataset, model, mask, dtype)
    result = np.full([weather.sizes[dim] for dim in DIMS], np.nan, dtype=dtype)

    def compute(chunk: Chunk) -> None:
        chosen = mask[chunk.rows, chunk.columns]
        if chosen.any():
            _fill(source, chunk, model, chosen, result[chunk])

    for _ in in_order(compute, source.chunks(), threads=worker_count(None)):
        pass
    return xr.DataArray(result, coords={dim: weather[dim] for dim in DIMS}, dims=DIMS)


def _fill(
    source: DatasetSource, chunk: Chunk, model: Model, chosen: np.ndarray, out: np.ndarray
) -> None:
    cells = np.flatnonzero(chosen)
    flat = out.reshape(out.shape[0], -1) if out.flags.c_contiguous else None
    whole = flat is not None and cells.size == chosen.size
    piece = source.piece(chunk, model.names)
    for block in blocks(piece, source, chunk, model.names, chosen, out.dtype):
        if whole and flat is not None:
            compute_block(model, block, flat[block.hours])
            continue
        compact = np.empty((block.hours.stop - block.hours.start, cells.size), out.dtype)
        compute_block(model, block, compact)
        row, column = np.nonzero(chosen)
        out[block.hours, row, column] = compact


def compute_block(model: Model, block: Block, out: np.ndarray) -> None:
    """Fill ``out`` (hour, cell) of one block."""
    values = [block.values[name] for name in model.names]
    model.fill(values, block.hours_of(model), block.cells(model), out)


def _lazy(weather: xr.Dataset, model: Model, mask: np.ndarray, dtype: Dtype) -> xr.DataArray:
    chunks = {dim: weather.chunksizes[dim] for dim in DIMS[1:]}
    given = xr.DataArray(mask, dims=DIMS[1:]).chunk(chunks)
    first = weather[model.names[0]]
    template = xr.zeros_like(first, dtype=dtype).drop_attrs()

    def part(block: xr.Dataset) -> xr.DataArray:
        chosen = block[_MASK].reset_coords(drop=True)
        inside = block.drop_vars(_MASK)
        return capacity_factor_cube(inside, model, where=chosen, dtype=dtype)

    return xr.map_blocks(part, weather.assign({_MASK: given}), template=template)


def cell_mask(
    latitude: np.ndarray, longitude: np.ndarray, where: xr.DataArray | None
) -> np.ndarray:
    """Return ``where`` as an array (latitude, longitude), all True for None."""
    shape = (latitude.size, longitude.size)
    if where is None:
        return np.ones(shape, dtype=bool)
    if set(where.dims) != {"latitude", "longitude"} or where.dtype != bool:
        raise input_error(
            "mask",
            where="argument 'where'",
            allowed="boolean (latitude, longitude)",
            got=f"{where.dtype} {where.dims}",
        )
    for dim, values in (("latitude", latitude), ("longitude", longitude)):
        if dim in where.coords and not np.array_equal(where[dim], values):
            raise InputError(f"mask: its {dim} is not that of the weather in argument 'where'")
    mask = where.transpose("latitude", "longitude").to_numpy()
    if mask.shape != shape:
        raise input_error("mask", where="argument 'where'", allowed=shape, got=mask.shape)
    return mask
