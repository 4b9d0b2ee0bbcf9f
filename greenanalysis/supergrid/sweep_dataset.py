"""The results of many scenarios as one Dataset with units."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from greenanalysis.errors import InputError
from greenanalysis.io import atomic_path
from greenanalysis.supergrid.results import Results

TOTALS = {
    "cost_less_revenue": ("cost less revenue", "million USD/year"),
    "export": ("exports", "TWh"),
    "export_revenue": ("export revenue", "million USD/year"),
    "buyers_gain": ("buyers' gain", "million USD/year"),
    "generation": ("generation", "TWh"),
    "load_shed": ("load shed", "TWh"),
    "price_at_home": ("price at home", "USD/MWh"),
    "co2_at_home": ("CO2 at home", "Mt/year"),
    "co2_limit_price": ("CO2 price that the limit amounts to", "USD/t"),
    "investment": ("investment in new plants and lines", "million USD"),
}
TABLES = {
    "new_capacity": ("carrier", "MW"),
    "generation_by_carrier": ("carrier", "TWh"),
    "new_line": ("corridor", "MW"),
    "sold": ("market", "TWh"),
}


def one_row(results: Results) -> dict[str, Any]:
    """Return totals and sums by carrier, corridor and market of one scenario, as plain numbers."""
    totals = results.totals.set_index("quantity")["value"]
    lines = results.corridors.set_index("corridor")["new_mw"]
    return {
        **{name: float(totals.get(key, float("nan"))) for name, (key, _) in TOTALS.items()},
        "new_capacity": results.capacity.groupby("carrier")["new_mw"].sum().to_dict(),
        "generation_by_carrier": results.generation.groupby("carrier")["generation_twh"]
        .sum()
        .to_dict(),
        "new_line": {k: v for k, v in lines.items() if not str(k).startswith("KZ-")},
        "sold": results.exports.set_index("market")["export_twh"].to_dict(),
    }


def gather(
    rows: Sequence[Mapping[str, Any]],
    overrides: Sequence[Mapping[str, object]],
    *,
    base: str,
    setting: Mapping[str, object],
) -> xr.Dataset:
    """Return all rows along ``scenario``, with what was varied as coordinates.

    Returns
    -------
    Dataset : dimensions ``scenario``, ``carrier``, ``corridor``, ``market``; every variable with
        ``units``. Coordinates of ``scenario`` bear the names of the varied keys, dots as
        underscores. ``failure`` is empty where a scenario was solved; else its values are NaN.

    Raises
    ------
    InputError : no scenario was solved.
    """
    if all(row["failure"] for row in rows):
        raise InputError(f"sweep: no scenario has a solution; the first: {rows[0]['failure']}")
    names = [_label(row) or base for row in overrides]
    data = xr.Dataset(coords={"scenario": names})
    for name, (long_name, units) in {**TOTALS, "gap": ("duality gap", "1")}.items():
        numbers = [float(row["values"].get(name, np.nan)) for row in rows]
        data[name] = ("scenario", numbers, {"units": units, "long_name": long_name})
    for name, (dim, units) in TABLES.items():
        tables = [row["values"].get(name, {}) for row in rows]
        keys = sorted({key for table in tables for key in table})
        cube = [
            [float(table.get(key, 0.0 if table else np.nan)) for key in keys] for table in tables
        ]
        attrs = {"units": units, "long_name": name.replace("_", " ")}
        part = xr.DataArray(cube, dims=("scenario", dim), coords={dim: keys}, attrs=attrs)
        data = data.merge(part.rename(name).assign_coords(scenario=names), join="outer")
        data[name].attrs.update(attrs)
    data["failure"] = ("scenario", [str(row["failure"]) for row in rows])
    for key in sorted({key for row in overrides for key in row}):
        values = [row.get(key) for row in overrides]
        data = data.assign_coords({key.replace(".", "_"): ("scenario", _plain(values))})
    return data.assign_attrs(base=base, setting=json.dumps(dict(setting)), money="USD of 2025")


def save(results: xr.Dataset, path: Path) -> None:
    """Write a sweep as netCDF, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as staged:
        results.to_netcdf(staged)


def _label(row: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in row.items())


def _plain(values: Sequence[object]) -> list[Any]:
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return [float(v) for v in values]  # type: ignore[arg-type]
    return [str(value) for value in values]
