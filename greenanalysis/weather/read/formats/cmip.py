"""Fields of climate models (CMIP, CORDEX) and other CF files: names of CMIP, any calendar."""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.core.variables import WEATHER
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.gridded import (
    canonical_fields,
    finished,
    on_canonical_axes,
    without_false_light,
)

_NAMES = {
    "ghi": ("ghi", "rsds"),
    "dni": ("dni",),
    "dhi": ("dhi", "rsdsdiff"),
    "temp_air": ("temp_air", "tas"),
    "pressure": ("pressure", "ps"),
    "wind_speed_10m": ("wind_speed_10m", "sfcWind"),
    "wind_speed_100m": ("wind_speed_100m", "ua100m_speed"),
}
_WINDS = {"wind_speed_10m": ("uas", "vas"), "wind_speed_100m": ("ua100m", "va100m")}
_KNOWN = {*(name for names in _NAMES.values() for name in names), "uas", "ua100m"}


def _recognises(look: Look) -> bool:
    if not look.netcdf:
        return False
    held = {str(name) for name in look.dataset.data_vars}
    return bool(held & (_KNOWN - set(WEATHER))) or bool(held & set(WEATHER))


def read(look: Look) -> xr.Dataset:
    """Read hourly fields; a label at the half hour is the middle of a mean.

    Light that shines by night, as means of days spread over their hours do, is left out and told.
    """
    where = str(look.path)
    dataset = on_canonical_axes(look.dataset, where=where)
    times = dataset["time"].to_numpy()
    middle = bool((times - times.astype("datetime64[h]") == np.timedelta64(30, "m")).all())
    fields = canonical_fields(dataset, _NAMES, where=where, winds=_WINDS, middle=middle)
    fields = without_false_light(fields, where=where)
    return finished(fields, look, title=str(look.dataset.attrs.get("source_id", "climate model")))


FORMAT = Format("cmip", "CMIP or CF fields (netCDF)", _recognises, read=read, rank=5)
