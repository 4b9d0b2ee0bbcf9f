"""Capacity factor x eligible land -> MW, GWh and cost by cell, region and country."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import input_error
from greenanalysis.profiles import best_land, region_profiles, same_grid

__all__ = [
    "best_land",
    "cell_capacity",
    "cell_potential",
    "cost_classes",
    "national_total",
    "region_profiles",
    "regional_potential",
    "supply_curve",
]

HOURS_PER_YEAR = 8760
CELL_COLUMNS = (
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
    same_grid(eligible, cell_region_area, "eligible land")
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
    DataFrame : columns :data:`CELL_COLUMNS`; ``area_km2`` is eligible land. Every region keeps at
        least its rows with zero capacity, so that none drops out of later sums.

    Raises
    ------
    InputError : as :func:`cell_capacity`, or no capacity factor where capacity could stand.
    """
    same_grid(mean_cf, cell_region_area, "capacity factor")
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
    return table[list(CELL_COLUMNS)]


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
