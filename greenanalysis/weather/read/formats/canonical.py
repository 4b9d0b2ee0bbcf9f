"""The project's own canonical files and atlite's cutouts, which are read where they lie."""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.core.variables import variable_of, weather_names
from greenanalysis.weather.read.cutout import is_cutout
from greenanalysis.weather.read.file import open_file
from greenanalysis.weather.read.format import Format, Look


def _recognises(look: Look) -> bool:
    if look.path.is_dir():
        return True
    if not look.netcdf:
        return False
    dataset = look.dataset
    return is_cutout(dataset) or _own(dataset)


def _own(dataset: xr.Dataset) -> bool:
    """Whether names, units and the clock are the canonical ones."""
    names = weather_names(dataset)
    dated = "time" in dataset.coords and np.issubdtype(dataset["time"].dtype, np.datetime64)
    return (
        bool(names)
        and dated
        and {"latitude", "longitude"} <= set(dataset.dims)
        and all(dataset[name].attrs.get("units") == variable_of(name).units for name in names)
    )


FORMAT = Format(
    "canonical",
    "canonical netCDF or Zarr, or an atlite cutout",
    _recognises,
    read=lambda look: open_file(look.path),
    rank=-1,
)
