"""Hourly profiles of regions: capacity factors weighted by the land that plants take up."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import InputError, input_error

BLOCK_HOURS = 744
"""Hours of the cube held at once."""


def best_land(capacity: xr.DataArray, mean_cf: xr.DataArray, *, best_share: float) -> xr.DataArray:
    """Keep the best part of each region's capacity, ranked by capacity factor.

    Parameters
    ----------
    capacity : (region, latitude, longitude), MW, of :func:`~greenanalysis.potential.cell_capacity`.
    mean_cf : (latitude, longitude).
    best_share : part of each region's capacity to keep, above 0 up to 1; the last cell is cut.

    Returns
    -------
    DataArray : (region, latitude, longitude), MW; each region sums to its share of ``capacity``.
    """
    if not 0 < best_share <= 1:
        raise input_error("best_share", where="best_land()", allowed="0 to 1", got=best_share)
    same_grid(mean_cf, capacity, "capacity factor")
    flat = capacity.to_numpy().reshape(capacity.sizes["region"], -1)
    order = np.argsort(-mean_cf.fillna(-1).to_numpy().ravel(), kind="stable")
    ranked = flat[:, order]
    before = ranked.cumsum(axis=1) - ranked
    room = ranked.sum(axis=1, keepdims=True) * best_share - before
    kept = np.empty_like(flat)
    kept[:, order] = np.clip(room, 0, ranked)
    return capacity.copy(data=kept.reshape(capacity.shape))


def region_profiles(
    capacity_factor: Mapping[str, xr.DataArray], weights: Mapping[str, xr.DataArray]
) -> xr.Dataset:
    """Average hourly capacity factors over the cells of each region.

    Parameters
    ----------
    capacity_factor : by technology, (time, latitude, longitude); read in blocks of hours.
    weights : by technology, (region, latitude, longitude), MW as of :func:`best_land`.

    Returns
    -------
    Dataset : one variable per technology, (time, region), 0..1. A region without weight is NaN at
        all hours; so is an hour in which a cell with weight is NaN.

    Raises
    ------
    InputError : different technologies or grids on the two sides.
    """
    if set(capacity_factor) != set(weights):
        raise input_error(
            "technologies",
            where="weights",
            allowed=sorted(capacity_factor),
            got=sorted(weights),
        )
    return xr.Dataset({name: _profile(capacity_factor[name], weights[name]) for name in weights})


def _profile(factor: xr.DataArray, weight: xr.DataArray) -> xr.DataArray:
    same_grid(factor, weight, "capacity factor")
    matrix = weight.to_numpy().reshape(weight.sizes["region"], -1)
    used = np.flatnonzero(matrix.sum(axis=0) > 0)
    total = matrix.sum(axis=1, keepdims=True)
    share = np.divide(matrix, total, out=np.zeros_like(matrix), where=total > 0)[:, used].T
    result = np.empty((factor.sizes["time"], weight.sizes["region"]))
    for start in range(0, factor.sizes["time"], BLOCK_HOURS):
        hours = slice(start, start + BLOCK_HOURS)
        block = factor.isel(time=hours).to_numpy()
        cells = block.reshape(block.shape[0], -1)[:, used].astype(np.float64)
        gaps = np.isnan(cells)
        mean = np.where(gaps, 0, cells) @ share
        if gaps.any():
            mean[(gaps.astype(float) @ (share > 0)) > 0] = np.nan
        result[hours] = mean
    result[:, total[:, 0] == 0] = np.nan
    return xr.DataArray(
        result,
        coords={"time": factor["time"], "region": weight["region"]},
        dims=("time", "region"),
        attrs={"units": "1", "long_name": "capacity factor, mean over the region's land used"},
    )


def same_grid(array: xr.DataArray, reference: xr.DataArray, what: str) -> None:
    """Refuse an array on other latitudes or longitudes than ``reference``."""
    for dim in ("latitude", "longitude"):
        if dim not in array.dims or not np.array_equal(array[dim], reference[dim]):
            raise InputError(f"{what}: its {dim} is not that of the regions' cells")


def month_hour_means(hourly: xr.DataArray, *, utc_offset_hours: float) -> np.ndarray:
    """Return the mean day of each month of an hourly series.

    Parameters
    ----------
    hourly : (time), labels at the end of the hour, UTC.
    utc_offset_hours : of the clock that the hours are counted by.

    Returns
    -------
    array (12, 24) : in the unit of ``hourly``; hour 0 begins at midnight; NaN where nothing falls.
    """
    middle = pd.DatetimeIndex(hourly["time"].to_numpy()) + pd.Timedelta(
        hours=utc_offset_hours - 0.5
    )
    means = pd.Series(hourly.to_numpy()).groupby([middle.month, middle.hour]).mean()
    every = pd.MultiIndex.from_product([range(1, 13), range(24)])
    return means.reindex(every).to_numpy().reshape(12, 24)
