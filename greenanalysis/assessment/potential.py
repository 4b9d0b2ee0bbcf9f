"""Capacity factor x eligible land -> MW, GWh and cost by cell, region and country.

Hourly profiles of regions are capacity factors weighted by the land that plants take up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error

_BLOCK_HOURS = 744
"""Hours of the cube held at once."""


def best_land(capacity: xr.DataArray, mean_cf: xr.DataArray, *, best_share: float) -> xr.DataArray:
    """Keep the best part of each region's capacity, ranked by capacity factor.

    Parameters
    ----------
    capacity : (region, latitude, longitude), MW, of :func:`cell_capacity`.
    mean_cf : (latitude, longitude).
    best_share : part of each region's capacity to keep, above 0 up to 1; the last cell is cut.

    Returns
    -------
    DataArray : (region, latitude, longitude), MW; each region sums to its share of ``capacity``.
    """
    if not 0 < best_share <= 1:
        raise input_error("best_share", where="best_land()", allowed="0 to 1", got=best_share)
    _same_grid(mean_cf, capacity, "capacity factor")
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
    _same_grid(factor, weight, "capacity factor")
    matrix = weight.to_numpy().reshape(weight.sizes["region"], -1)
    used = np.flatnonzero(matrix.sum(axis=0) > 0)
    total = matrix.sum(axis=1, keepdims=True)
    share = np.divide(matrix, total, out=np.zeros_like(matrix), where=total > 0)[:, used].T
    result = np.empty((factor.sizes["time"], weight.sizes["region"]))
    for start in range(0, factor.sizes["time"], _BLOCK_HOURS):
        hours = slice(start, start + _BLOCK_HOURS)
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


def _same_grid(array: xr.DataArray, reference: xr.DataArray, what: str) -> None:
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


HOURS_PER_YEAR = 8760
_CELL_COLUMNS = (
    "region",
    "technology",
    "latitude",
    "longitude",
    "area_km2",
    "capacity_mw",
    "energy_gwh",
    "cf",
    "lcoe_usd_per_mwh",
)


def cell_capacity(
    eligible: xr.DataArray,
    cell_region_area: xr.DataArray,
    *,
    density_mw_per_km2: float,
    usable_share: float,
) -> xr.DataArray:
    """Compute the capacity that the eligible land of each cell carries, split by region.

    Parameters
    ----------
    eligible : (latitude, longitude), share of the cell's land that may carry plants, 0..1.
    cell_region_area : (region, latitude, longitude), km2 of each region in each cell.
    density_mw_per_km2 : MW per km2 of land that a plant takes up.
    usable_share : share of the eligible land that plants may take up in the end, 0..1.

    Returns
    -------
    DataArray : ``capacity`` (region, latitude, longitude), MW.

    Raises
    ------
    InputError : a share outside 0..1, a NaN share where a region has land, or another grid.
    """
    if not density_mw_per_km2 >= 0:
        raise input_error(
            "density_mw_per_km2", where="potential", allowed="0 or more", got=density_mw_per_km2
        )
    if not 0 <= usable_share <= 1:
        raise input_error("usable_share", where="potential", allowed="0 to 1", got=usable_share)
    _same_grid(eligible, cell_region_area, "eligible land")
    land = cell_region_area.sum("region") > 0
    bad = land & ~((eligible >= 0) & (eligible <= 1))
    if bool(bad.any()):
        raise input_error(
            "eligible land", where=_first(bad), allowed="0 to 1", got="NaN or a value outside"
        )
    capacity = cell_region_area * eligible.fillna(0) * (density_mw_per_km2 * usable_share)
    capacity.attrs = {"units": "MW", "long_name": "capacity that the eligible land carries"}
    return capacity.rename("capacity").transpose("region", "latitude", "longitude")


def cell_potential(
    mean_cf: xr.DataArray,
    eligible: xr.DataArray,
    cell_region_area: xr.DataArray,
    lcoe_usd_per_mwh: xr.DataArray,
    *,
    technology: str,
    density_mw_per_km2: float,
    usable_share: float,
) -> pd.DataFrame:
    """List capacity, energy and cost of every piece of a cell that lies in one region.

    Parameters
    ----------
    mean_cf : (latitude, longitude), mean capacity factor, 0..1.
    eligible, cell_region_area, density_mw_per_km2, usable_share : see :func:`cell_capacity`.
    lcoe_usd_per_mwh : (latitude, longitude), as :func:`greenanalysis.finance.lcoe` gives it.
    technology : written into the column of that name, e.g. ``"solar"`` (MW of AC) or ``"wind"``.

    Returns
    -------
    DataFrame : columns :data:`_CELL_COLUMNS`; ``area_km2`` is eligible land. Every region keeps at
        least its rows with zero capacity, so that none drops out of later sums.

    Raises
    ------
    InputError : as :func:`cell_capacity`, or no capacity factor where capacity could stand.
    """
    _same_grid(mean_cf, cell_region_area, "capacity factor")
    capacity = cell_capacity(
        eligible,
        cell_region_area,
        density_mw_per_km2=density_mw_per_km2,
        usable_share=usable_share,
    )
    gap = (capacity.sum("region") > 0) & ~(mean_cf >= 0)
    if bool(gap.any()):
        raise input_error(
            f"mean capacity factor of {technology}", where=_first(gap), allowed="0 to 1", got="NaN"
        )
    columns = xr.Dataset(
        {
            "land": cell_region_area,
            "area_km2": cell_region_area * eligible,
            "capacity_mw": capacity,
            "cf": mean_cf,
            "lcoe_usd_per_mwh": lcoe_usd_per_mwh,
        }
    )
    table = columns.to_dataframe().reset_index()
    table = table[table["land"] > 0].reset_index(drop=True)
    table["technology"] = technology
    table["energy_gwh"] = (table["capacity_mw"] * table["cf"]).fillna(0) * HOURS_PER_YEAR / 1000
    return table[list(_CELL_COLUMNS)]


def regional_potential(cells: pd.DataFrame) -> pd.DataFrame:
    """Sum the cells of each region.

    Parameters
    ----------
    cells : of :func:`cell_potential`, of one or several technologies.

    Returns
    -------
    DataFrame : region, technology, area_km2, capacity_gw, energy_twh, cf (weighted by capacity),
        lcoe_usd_per_mwh (weighted by energy), p_nom_max_mw. A region without eligible land has
        zero capacity and NaN for ``cf`` and cost.
    """
    return _summed(cells, ["region", "technology"])


def national_total(cells: pd.DataFrame) -> pd.DataFrame:
    """Sum the cells of the country by technology; columns as :func:`regional_potential`."""
    return _summed(cells, ["technology"])


def supply_curve(cells: pd.DataFrame, *, technology: str) -> pd.DataFrame:
    """Order the cells of one technology by cost.

    Parameters
    ----------
    cells : of :func:`cell_potential`; filter by region beforehand for a regional curve.
    technology : one of those in ``cells``.

    Returns
    -------
    DataFrame : the cells with capacity, cheapest first, with ``cumulative_gw`` and
        ``cumulative_twh`` up to and including each.

    Raises
    ------
    InputError : the technology is not in ``cells``.
    """
    known = sorted(cells["technology"].unique())
    if technology not in known:
        raise input_error("technology", where="supply_curve()", allowed=known, got=technology)
    chosen = cells[(cells["technology"] == technology) & (cells["capacity_mw"] > 0)]
    curve = chosen.sort_values(
        ["lcoe_usd_per_mwh", "region", "latitude", "longitude"], ignore_index=True
    )
    curve["cumulative_gw"] = curve["capacity_mw"].cumsum() / 1e3
    curve["cumulative_twh"] = curve["energy_gwh"].cumsum() / 1e3
    return curve


def cost_classes(cells: pd.DataFrame, *, edges_usd_per_mwh: Iterable[float]) -> pd.DataFrame:
    """Sum capacity and energy by region, technology and class of cost.

    Parameters
    ----------
    cells : of :func:`cell_potential`.
    edges_usd_per_mwh : rising upper edges; the last class is open. Cells with zero capacity or
        without a cost are left out.

    Returns
    -------
    DataFrame : columns of :func:`regional_potential` and ``cost_below_usd_per_mwh`` (inf: open).
    """
    edges = np.asarray(list(edges_usd_per_mwh), dtype=float)
    if edges.size == 0 or (np.diff(edges) <= 0).any():
        raise input_error("edges", where="cost_classes()", allowed="rising", got=edges.tolist())
    chosen = cells[(cells["capacity_mw"] > 0) & cells["lcoe_usd_per_mwh"].notna()].copy()
    uppers = np.append(edges, np.inf)
    place = np.searchsorted(edges, chosen["lcoe_usd_per_mwh"], side="right")
    chosen["cost_below_usd_per_mwh"] = uppers[place]
    return _summed(chosen, ["region", "technology", "cost_below_usd_per_mwh"])


def _summed(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    table = cells[[*keys, "area_km2", "capacity_mw", "energy_gwh"]].copy()
    table["cost"] = (cells["lcoe_usd_per_mwh"] * cells["energy_gwh"]).fillna(0)
    sums = table.groupby(keys, as_index=False, observed=True).sum()
    capacity = sums["capacity_mw"].where(sums["capacity_mw"] > 0)
    energy = sums["energy_gwh"].where(sums["energy_gwh"] > 0)
    return sums[[*keys, "area_km2"]].assign(
        capacity_gw=sums["capacity_mw"] / 1e3,
        energy_twh=sums["energy_gwh"] / 1e3,
        cf=sums["energy_gwh"] * 1e3 / HOURS_PER_YEAR / capacity,
        lcoe_usd_per_mwh=sums["cost"] / energy,
        p_nom_max_mw=sums["capacity_mw"],
    )


def _first(bad: xr.DataArray) -> str:
    row, column = np.argwhere(bad.transpose("latitude", "longitude").to_numpy())[0]
    return (
        f"latitude {bad['latitude'][row].item():g}, longitude {bad['longitude'][column].item():g}"
    )
