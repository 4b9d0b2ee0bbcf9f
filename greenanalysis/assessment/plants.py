"""Capacity factors of the model beside those of plants that exist; misses are shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import unknown_name

_COLUMNS = (
    "name",
    "technology",
    "kind",
    "expected",
    "got",
    "deviation",
    "tolerance",
    "hit",
    "located_share",
    "remark",
    "source",
)


def compare_plants(
    plants: pd.DataFrame,
    *,
    mean_cf: Mapping[str, xr.DataArray],
    tolerance: Mapping[str, float],
    dc_ac_ratio: float,
    fleets: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Set the model's mean capacity factor beside what is known of plants and fleets.

    Parameters
    ----------
    plants : rows of ``data/facts/plants_measured.csv``: name, technology, mounting, latitude,
        longitude, capacity_basis (ac, dc or unknown), capacity_factor, kind, scope, source. Rows
        with ``scope`` fleet stand for all plants of ``fleets[technology]``.
    mean_cf : (latitude, longitude) by ``technology`` or, for another mounting, by
        ``technology/mounting``, such as ``solar/single_axis``.
    tolerance : relative, by ``kind``.
    dc_ac_ratio : of the modelled solar plant; the model counts per MW of AC, so it is divided by
        this where the plant's rating is DC.
    fleets : tables with capacity_mw, latitude, longitude; plants without coordinates are left out.

    Returns
    -------
    DataFrame : columns :data:`_COLUMNS`; ``deviation`` = got / expected - 1; ``hit`` whether it is
        within tolerance, False where the model has nothing to say, with the reason in ``remark``.

    Raises
    ------
    InputError : a kind without tolerance. Never for a miss.
    """
    rows = [
        _compare(row, mean_cf, tolerance, dc_ac_ratio, fleets or {})
        for row in plants.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _compare(
    plant: dict[Hashable, Any],
    mean_cf: Mapping[str, xr.DataArray],
    tolerance: Mapping[str, float],
    dc_ac_ratio: float,
    fleets: Mapping[str, pd.DataFrame],
) -> dict[str, Any]:
    if plant["kind"] not in tolerance:
        raise unknown_name("kind", plant["kind"], tolerance, where=f"plant {plant['name']!r}")
    got, located, remark = _modelled(plant, mean_cf, fleets)
    if plant["technology"] == "solar" and plant["capacity_basis"] == "dc":
        got = got / dc_ac_ratio
        remark = _joined(remark, "per MW of modules")
    elif plant["technology"] == "solar" and plant["capacity_basis"] != "ac":
        remark = _joined(remark, "rating AC or DC unknown, taken as AC")
    expected = float(plant["capacity_factor"])
    deviation = got / expected - 1
    allowed = float(tolerance[plant["kind"]])
    return {
        "name": plant["name"],
        "technology": plant["technology"],
        "kind": plant["kind"],
        "expected": expected,
        "got": got,
        "deviation": deviation,
        "tolerance": allowed,
        "hit": bool(abs(deviation) <= allowed),
        "located_share": located,
        "remark": remark,
        "source": plant["source"],
    }


def _modelled(
    plant: dict[Hashable, Any],
    mean_cf: Mapping[str, xr.DataArray],
    fleets: Mapping[str, pd.DataFrame],
) -> tuple[float, float, str]:
    """Capacity factor, share of capacity with coordinates, and what to remark."""
    technology, mounting = plant["technology"], plant.get("mounting") or ""
    field = mean_cf.get(f"{technology}/{mounting}", mean_cf.get(technology))
    if field is None:
        return np.nan, 0.0, f"no map of {technology}"
    remark = ""
    if mounting == "single_axis" and f"{technology}/{mounting}" not in mean_cf:
        remark = "a tracker, compared with fixed rows"
    if plant["scope"] != "fleet":
        value = _at(field, plant["latitude"], plant["longitude"])
        return value, 1.0, remark if np.isfinite(value) else _joined(remark, "outside the map")
    fleet = fleets.get(technology)
    if fleet is None or fleet.empty:
        return np.nan, 0.0, "no table of the fleet"
    values = np.array([_at(field, *row) for row in fleet[["latitude", "longitude"]].to_numpy()])
    capacity = fleet["capacity_mw"].to_numpy(dtype=float)
    known = np.isfinite(values)
    if not known.any():
        return np.nan, 0.0, "no plant of the fleet lies on the map"
    mean = float((values[known] * capacity[known]).sum() / capacity[known].sum())
    return mean, float(capacity[known].sum() / capacity.sum()), remark


def _at(field: xr.DataArray, latitude: float, longitude: float) -> float:
    """Value of the cell that holds a point; NaN without coordinates or outside the map."""
    if not (np.isfinite(latitude) and np.isfinite(longitude)):
        return np.nan
    for dim, value in (("latitude", latitude), ("longitude", longitude)):
        centres = field[dim].to_numpy()
        half = abs(centres[1] - centres[0]) / 2 if centres.size > 1 else np.inf
        if not centres.min() - half <= value <= centres.max() + half:
            return np.nan
    return float(field.sel(latitude=latitude, longitude=longitude, method="nearest"))


def _joined(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second
