"""The two stores of NASA POWER, each cut to the hours and cells that a request needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import InputError, input_error
from greenanalysis.weather.download import Wanted, download
from greenanalysis.weather.regrid import bilinear, conservative, needed, remap
from greenanalysis.weather.request import Request
from greenanalysis.weather.units import to_project_units
from greenanalysis.weather.zarr_v2 import RemoteArray, RemoteStore, open_store

AIR = "merra2/temporal/power_merra2_hourly_temporal_utc.zarr"
SUN = "syn1deg/temporal/power_syn1deg_hourly_temporal_utc.zarr"
FIELDS = {
    AIR: {"T2M": "temp_air", "PS": "pressure", "WS10M": "wind_speed_10m", "WS50M": "wind_50m"},
    SUN: {"ALLSKY_SFC_SW_DWN": "ghi", "ALLSKY_SFC_SW_DNI": "dni", "ALLSKY_SFC_SW_DIFF": "dhi"},
}


@dataclass(frozen=True)
class Part:
    """One store cut to the wanted hours and box, with the weights onto the wanted grid."""

    store: RemoteStore
    fields: Mapping[str, str]
    hours: slice
    rows: slice
    columns: slice
    row_weights: np.ndarray
    column_weights: np.ndarray

    def objects(self) -> list[Wanted]:
        """Return the chunks that hold it."""
        spans = (self.hours, self.rows, self.columns)
        return [each for name in self.fields for each in self.store.array(name).objects(*spans)]

    def read(self, name: str, first: int, last: int) -> np.ndarray:
        """Return hours ``first`` to ``last`` of the cut from the mirror, on the store's grid."""
        hours = slice(self.hours.start + first, self.hours.start + last)
        return self.store.array(name).read(hours, self.rows, self.columns)


def open_part(base: str, mirror: Path, path: str, request: Request) -> Part:
    """Read the metadata and axes of a store and cut it to a request.

    Parameters
    ----------
    base : URL of the bucket, without a slash at its end.
    mirror : folder that keeps what was fetched.
    path : of the store, :data:`AIR` or :data:`SUN`.
    request : years and cells.

    Raises
    ------
    InputError : no such store, or it lacks the years or the box.
    """
    store = open_store(f"{base}/{path}", mirror / Path(path).stem, patience=request.patience)
    axes = [store.array(name) for name in ("time", "lat", "lon")]
    download(
        [each for axis in axes for each in axis.objects()],
        jobs=request.jobs,
        patience=request.patience,
        refresh=request.refresh,
        label=f"axes of {Path(path).stem}",
    )
    hours = _hours(axes[0], request.times)
    latitude, longitude = (axis.read().astype(float) for axis in axes[1:])
    if path == SUN:
        by_row = conservative(latitude, request.grid[0], latitude=True)
        by_column = conservative(longitude, request.grid[1], latitude=False)
    else:
        by_row, by_column = (
            bilinear(source, target)
            for source, target in zip((latitude, longitude), request.grid, strict=True)
        )
    rows, columns = needed(by_row), needed(by_column)
    return Part(store, FIELDS[path], hours, rows, columns, by_row[:, rows], by_column[:, columns])


def _hours(axis: RemoteArray, labels: pd.DatetimeIndex) -> slice:
    """Find the hours that end at ``labels`` among those that the store labels its own way."""
    coded = xr.Dataset({"time": ("time", axis.read(), dict(axis.attrs))})
    times = pd.DatetimeIndex(xr.decode_cf(coded)["time"].to_numpy())
    minute = int(times[0].minute)
    if minute not in (0, 30):
        allowed = "full hours (beginnings) or half past (middles)"
        raise input_error("label of the first hour", where=axis.url, allowed=allowed, got=times[0])
    ends = times + pd.Timedelta(minutes=60 - minute)
    first = int(ends.searchsorted(labels[0]))
    found = ends[first : first + len(labels)]
    if len(found) < len(labels) or (found != labels).any():
        raise input_error(
            "years",
            where=axis.url,
            allowed=f"hours from {times[0]} to {times[-1]} without a gap",
            got=f"{labels[0]} to {labels[-1]}",
        )
    return slice(first, first + len(labels))


def read_field(
    part: Part, name: str, field: str, times: pd.DatetimeIndex, first: int
) -> np.ndarray:
    """Return one fetched variable on the wanted grid in project units, (time, row, column).

    Parameters
    ----------
    part, name : the store and its variable.
    field : canonical name, or ``wind_50m``.
    times : labels of the hours, UTC.
    first : number of the first of them among the hours of the request.

    Raises
    ------
    InputError : a gap, or a unit that is not known.
    """
    array = part.store.array(name)
    values = part.read(name, first, first + len(times))
    gap = np.isnan(values).any(axis=(1, 2))
    if gap.any():
        raise InputError(
            f"{array.url}: {int(gap.sum())} of {len(times)} hours have gaps in the wanted box, "
            f"the first ends at {times[gap][0]} UTC; if the source has not got that far ask for "
            "earlier years, if it has filled the gap since, add --refresh"
        )
    canonical = "wind_speed_10m" if field == "wind_50m" else field
    values = to_project_units(values, array.attrs.get("units"), canonical, where=array.url)
    return remap(values, part.row_weights, part.column_weights)
