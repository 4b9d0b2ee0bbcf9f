"""What part of the land may carry solar or wind plants, factor by factor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assumptions import Assumptions, load_assumptions
from greenanalysis.cells import cell_area
from greenanalysis.errors import input_error
from greenanalysis.land_factors import dry_share, gentle_share, settled_area, share_below
from greenanalysis.tables import read_facts

TECHNOLOGIES = ("solar", "wind")
CLIMATE_RANGES = {
    "elevation": (-500.0, 9000.0),
    "terrain_sigma": (0.0, 5000.0),
    "water_fraction": (0.0, 1.0),
}


def eligible_share(
    climate: xr.Dataset,
    regions_area: xr.DataArray,
    *,
    assumptions: Assumptions | None = None,
    settlements: pd.DataFrame | None = None,
    protected_percent: float | None = None,
) -> xr.Dataset:
    """Return the share of the regions' surface in each cell that may carry plants.

    Parameters
    ----------
    climate : Dataset (latitude, longitude) with elevation (m), terrain_sigma (standard deviation
        of terrain height in the cell, m) and water_fraction (0..1).
    regions_area : DataArray (region, latitude, longitude), km2, of ``regions.cell_region_area``.
    assumptions : table of assumptions; by default ``data/assumptions``.
    settlements : latitude, longitude (degrees), population (people, NaN where unknown); by
        default ``data/facts/settlements.csv``.
    protected_percent : share of specially protected areas, %; by default the newest national
        figure of ``data/facts/protected_areas.csv``.

    Returns
    -------
    Dataset (latitude, longitude) : shares that remain, 0..1: water, slope_solar, slope_wind,
        altitude, settlements_solar, settlements_wind, protected, and their products
        eligible_solar, eligible_wind. Multiply by ``regions_area`` to get km2: water is a factor.

    Raises
    ------
    InputError : a variable is missing or out of range, or the two grids differ.

    Notes
    -----
    The factors are taken as independent. Screening only: no land cover, no arable land, no roads,
    no military or mining areas, no villages below the GeoNames list, no distance to the grid.
    """
    _require(climate, regions_area)
    table = assumptions or load_assumptions()
    places = read_settlements() if settlements is None else settlements
    percent = national_protected_percent() if protected_percent is None else protected_percent
    if not 0 <= percent <= 100:
        raise input_error(
            "protected_percent", where="eligible_share", allowed="0..100", got=percent
        )
    land = regions_area.sum("region")
    surface = cell_area(climate["latitude"].to_numpy(), climate["longitude"].to_numpy())
    factors = _common_factors(climate, land, surface, table)
    factors["protected"] = xr.full_like(surface, 1 - percent / 100)
    for name in TECHNOLOGIES:
        factors |= _technology_factors(name, climate, land, surface, table, places)
    return _described(factors)


def read_settlements() -> pd.DataFrame:
    """Return the GeoNames places of Kazakhstan: name, latitude, longitude, population (NaN)."""
    return read_facts("settlements", numeric=["latitude", "longitude", "population"])


def national_protected_percent() -> float:
    """Return the share of specially protected areas in the country, % (newest row with an area)."""
    table = read_facts("protected_areas", numeric=["area_km2", "share_percent"])
    rows = table[(table["region"] == "KZ") & table["area_km2"].notna()].sort_values("date")
    return float(rows["share_percent"].iloc[-1])


def _require(climate: xr.Dataset, regions_area: xr.DataArray) -> None:
    for name, (low, high) in CLIMATE_RANGES.items():
        if name not in climate:
            got = sorted(map(str, climate.data_vars))
            raise input_error(f"variable {name!r}", where="climate", allowed="present", got=got)
        values = climate[name].to_numpy()
        outside = (values < low) | (values > high)
        if outside.any():
            first = values[outside][0]
            raise input_error(name, where="climate", allowed=f"{low:g} to {high:g}", got=first)
    for dim in ("latitude", "longitude"):
        here, there = climate[dim].to_numpy(), regions_area[dim].to_numpy()
        if here.shape != there.shape or not np.allclose(here, there):
            raise input_error(
                f"{dim} of regions_area",
                where="eligible_share",
                allowed=f"that of the climate, {here[0]:g} to {here[-1]:g}, {len(here)} cells",
                got=f"{there[0]:g} to {there[-1]:g}, {len(there)} cells",
            )


def _common_factors(
    climate: xr.Dataset, land: xr.DataArray, surface: xr.DataArray, table: Assumptions
) -> dict[str, xr.DataArray]:
    limit = table.get("land", "altitude_limit", unit="m")
    return {
        "water": dry_share(climate["water_fraction"], land, surface),
        "altitude": share_below(climate["elevation"], climate["terrain_sigma"], limit=limit),
    }


def _technology_factors(
    name: str,
    climate: xr.Dataset,
    land: xr.DataArray,
    surface: xr.DataArray,
    table: Assumptions,
    places: pd.DataFrame,
) -> dict[str, xr.DataArray]:
    slope = gentle_share(
        climate["terrain_sigma"],
        surface,
        limit=table.get(f"land_{name}", "slope_limit", unit="degree"),
        window_km=table.get("land", "slope_window", unit="km"),
        hurst=table.get("land", "hurst_exponent", unit="1"),
    )
    built = settled_area(
        places,
        surface,
        density=table.get("land", "settlement_density", unit="people km-2"),
        unknown=table.get("land", "settlement_population_unknown", unit="people"),
        setback_km=table.get(f"land_{name}", "setback", unit="km"),
    )
    away = (1 - built / land.where(land > 0, surface)).clip(0, 1)
    return {f"slope_{name}": slope, f"settlements_{name}": away}


def _described(factors: dict[str, xr.DataArray]) -> xr.Dataset:
    for name in TECHNOLOGIES:
        parts = ["water", "altitude", "protected", f"slope_{name}", f"settlements_{name}"]
        product = factors[parts[0]]
        for part in parts[1:]:
            product = product * factors[part]
        factors[f"eligible_{name}"] = product
    meaning = {
        "water": "share that is not water",
        "altitude": "share below the altitude limit",
        "protected": "share outside specially protected areas, spread evenly",
        **{f"slope_{n}": f"share flat enough for {n}" for n in TECHNOLOGIES},
        **{f"settlements_{n}": f"share away from settlements for {n}" for n in TECHNOLOGIES},
        **{f"eligible_{n}": f"share that may carry {n} plants" for n in TECHNOLOGIES},
    }
    shares = {}
    for name, text in meaning.items():
        share = factors[name].transpose("latitude", "longitude").rename(name)
        share.attrs = {"units": "1", "long_name": text, "valid_range": [0.0, 1.0]}
        shares[name] = share
    attrs = {"grade": "screening", "title": "share of land eligible for solar and wind plants"}
    return xr.Dataset(shares, attrs=attrs)
