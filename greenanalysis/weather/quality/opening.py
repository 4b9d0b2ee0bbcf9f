"""Weather as it lies in a file, canonical or not: names are understood, nothing is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import InputError, input_error
from greenanalysis.variables import DIMS, WEATHER

TILE = {"latitude": 16, "longitude": 21}

DIMENSIONS = {
    "time": ("time", "valid_time", "datetime", "date"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "x"),
}
NAMES = {
    "ghi": ("ghi", "ssrd", "ALLSKY_SFC_SW_DWN", "shortwave_radiation"),
    "dni": ("dni", "ALLSKY_SFC_SW_DNI", "direct_normal_irradiance"),
    "dhi": ("dhi", "ALLSKY_SFC_SW_DIFF", "diffuse_radiation"),
    "temp_air": ("temp_air", "t2m", "T2M", "temperature", "temperature_2m"),
    "pressure": ("pressure", "sp", "PS", "surface_pressure"),
    "wind_speed_10m": ("wind_speed_10m", "WS10M", "wnd10m"),
    "wind_speed_100m": ("wind_speed_100m", "wnd100m"),
}
"""Names that the usual sources give the canonical variables; case does not matter."""


def open_raw(source: xr.Dataset | str | Path) -> xr.Dataset:
    """Open weather with canonical names and order of dimensions, values and units as they are.

    Parameters
    ----------
    source : a Dataset, or the path of a netCDF file or Zarr folder, canonical or not.

    Returns
    -------
    Dataset : lazy; those of :data:`~greenanalysis.variables.WEATHER` that could be recognised, with
        dimensions (time, latitude, longitude); a dimension that lacked has the length one.

    Raises
    ------
    InputError : nothing there, not readable, no variable that is weather, or no times at all.
    """
    where = "dataset" if isinstance(source, xr.Dataset) else str(source)
    opened = source if isinstance(source, xr.Dataset) else _open(Path(source).expanduser())
    named = _summed(_renamed(opened))
    kept = named[[name for name in WEATHER if name in named.data_vars]]
    if not kept.data_vars:
        allowed = f"weather, such as {', '.join(WEATHER)}"
        raise input_error(
            "variables", where=where, allowed=allowed, got=[str(name) for name in opened.data_vars]
        )
    for name in ("latitude", "longitude"):
        if name not in kept.dims:
            scalar = kept.coords[name].to_numpy() if name in kept.coords else np.nan
            kept = kept.drop_vars(name, errors="ignore").expand_dims({name: [float(scalar)]})
    if "time" not in kept.dims:
        raise input_error("time", where=where, allowed="a dimension", got=list(kept.dims))
    others = [dim for dim in kept.dims if dim not in DIMS]
    if others:
        raise input_error("dimensions", where=where, allowed=DIMS, got=list(kept.dims))
    return kept.transpose(*DIMS).assign_attrs(opened.attrs)


def _open(path: Path) -> xr.Dataset:
    if not path.exists():
        raise input_error(
            "weather file", where=str(path), allowed="a .nc file or .zarr folder", got="nothing"
        )
    try:
        if path.is_dir():
            opened: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks={})
            return opened
        return xr.open_dataset(path, engine="netcdf4")
    except Exception as error:  # xarray and its back ends raise anything on a foreign file
        raise InputError(
            f"weather file {path}: neither netCDF nor Zarr that xarray can read ({error})"
        ) from error


def _renamed(dataset: xr.Dataset) -> xr.Dataset:
    present = {str(name).lower(): name for name in [*dataset.variables, *dataset.dims]}
    names = {}
    for canonical, aliases in (DIMENSIONS | NAMES).items():
        found = next((present[a.lower()] for a in aliases if a.lower() in present), None)
        if found is not None and found != canonical and canonical not in present.values():
            names[found] = canonical
    return dataset.rename(names)


def _summed(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset with GHI and DHI from an atlite cutout's two parts of influx."""
    parts = ("influx_direct", "influx_diffuse")
    if "ghi" in dataset or not all(name in dataset for name in parts):
        return dataset
    attrs = dataset[parts[1]].attrs
    total = (dataset[parts[0]] + dataset[parts[1]]).assign_attrs(attrs)
    return dataset.assign(ghi=total, dhi=dataset[parts[1]])


def times_of(dataset: xr.Dataset) -> pd.DatetimeIndex | None:
    """Return the labels as dates, or None where they are something else."""
    if "time" not in dataset.coords or not np.issubdtype(dataset["time"].dtype, np.datetime64):
        return None
    return pd.DatetimeIndex(dataset["time"].to_numpy())
