"""MERRA-2 as NASA gives it: hourly means labelled in the middle of the hour."""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.gridded import canonical_fields, finished, on_canonical_axes

_NAMES = {
    "ghi": ("SWGDN", "swgdn"),
    "temp_air": ("T2M", "t2m"),
    "pressure": ("PS", "ps"),
    "wind_speed_10m": ("WS10M",),
    "wind_speed_50m": ("WS50M",),
}
_WINDS = {
    "wind_speed_2m": ("U2M", "V2M"),
    "wind_speed_10m": ("U10M", "V10M"),
    "wind_speed_50m": ("U50M", "V50M"),
}
_MARKS = {"SWGDN", "U50M", "V50M", "U10M", "V10M", "U2M", "T2M", "PS"}
_OWN = {"SWGDN", "U50M", "U10M", "U2M"}
"""Names that no other centre gives."""


def _recognises(look: Look) -> bool:
    if not look.netcdf:
        return False
    attrs = look.dataset.attrs
    title = " ".join(str(attrs.get(key, "")) for key in ("Title", "title", "ShortName"))
    held = {str(name) for name in look.dataset.data_vars}
    return bool(held & _MARKS) and ("MERRA" in title or bool(held & _OWN))


def read(look: Look) -> xr.Dataset:
    """Read a file of MERRA-2's time-averaged collections (tavg1)."""
    where = str(look.path)
    dataset = on_canonical_axes(look.dataset, where=where)
    half = (dataset["time"].to_numpy() - dataset["time"].to_numpy().astype("datetime64[h]")).max()
    fields = canonical_fields(
        dataset,
        _NAMES,
        where=where,
        winds=_WINDS,
        middle=bool(half == np.timedelta64(30, "m")),
    )
    return finished(fields, look, title="MERRA-2")


FORMAT = Format("merra2", "MERRA-2", _recognises, read=read)
