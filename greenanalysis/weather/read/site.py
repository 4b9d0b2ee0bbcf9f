"""Hourly weather of one site: a Dataset of one cell that holds what its source knows, no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.variables import (
    DIMS,
    TIME_CONVENTION,
    WEATHER,
    variable_of,
)
from greenanalysis.weather import canonical
from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, sun
from greenanalysis.weather.flags import FLAGS, is_flag, night_offset, with_flags
from greenanalysis.weather.write.pvsyst import is_pvsyst, read_pvsyst
from greenanalysis.weather.write.table import is_site_table, read_site_table

LATITUDES, LONGITUDES = (-90.0, 90.0), (-180.0, 180.0)


def site_dataset(
    columns: Mapping[str, np.ndarray],
    times: pd.DatetimeIndex,
    *,
    latitude: float,
    longitude: float,
    name: str,
    source: str,
    digest: str,
) -> xr.Dataset:
    """Put hourly series of one site in the canonical form, checked.

    Parameters
    ----------
    columns : by variable (those of :data:`greenanalysis.core.variables.WEATHER`, or
        ``wind_speed_<height>m``), in its unit, (time); NaN where nothing is known.
    times : whole hours without a gap, UTC, labels at the end of the hour.
    latitude, longitude : degrees north and east.
    name, source, digest : how reports call it, where it comes from, SHA-256 of the raw data.

    Returns
    -------
    Dataset : (time, latitude, longitude) of size (n, 1, 1), float32; ``attrs`` as of
        :func:`greenanalysis.weather.canonical.finish`, and ``missing``: the canonical variables
        that the source does not give.

    Raises
    ------
    InputError : coordinates off the globe, labels that are not whole hours, values outside the
        valid range, sunshine by night.
    """
    for what, value, limits in (
        ("latitude", latitude, LATITUDES),
        ("longitude", longitude, LONGITUDES),
    ):
        if not limits[0] <= value <= limits[1]:
            raise input_error(
                what, where=source, allowed=f"{limits[0]:g} to {limits[1]:g}", got=value
            )
    stamps = times.tz_localize(None) if times.tz is not None else times
    coords = {"time": stamps.as_unit("ns"), "latitude": [latitude], "longitude": [longitude]}
    columns, flags, notes = _without_night_offset(columns, stamps, latitude, longitude)
    dataset = xr.Dataset(
        {
            key: xr.DataArray(
                np.asarray(values, dtype="float32")[:, None, None],
                coords,
                DIMS,
                attrs=attributes_of(key),
            )
            for key, values in columns.items()
        },
        attrs={
            "name": name,
            "grade": "real",
            "source": source,
            "time_convention": TIME_CONVENTION,
            "hash": digest,
            "missing": " ".join(key for key in WEATHER if key not in columns),
        },
    )
    if notes:
        dataset.attrs["notes"] = "; ".join(notes)
    _validate_site(dataset, where=source)
    return with_flags(dataset, flags).assign_attrs(years=canonical.years_of(dataset))


def _without_night_offset(
    columns: Mapping[str, np.ndarray],
    times: pd.DatetimeIndex,
    latitude: float,
    longitude: float,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[str]]:
    """Zero the thermal offset of pyranometers by night; return columns, flags and what was done."""
    mended = dict(columns)
    flags: dict[str, np.ndarray] = {}
    notes = []
    for name in ("ghi", "dni", "dhi"):
        values = np.asarray(columns.get(name, []), dtype=float)
        if not (values < 0).any():
            continue
        elevation = elevation_deg(
            sun(times - HALF_HOUR), np.array([latitude]), np.array([longitude])
        )[:, 0]
        mended[name], flags[name] = night_offset(values, elevation)
        zeroed = flags[name] == FLAGS["night_offset_zeroed"]
        removed = flags[name] == FLAGS["negative_by_day_removed"]
        if zeroed.any():
            notes.append(
                f"{name}: {int(zeroed.sum())} hours of {values[zeroed].min():.1f} to 0 W m-2 by "
                "night set to 0"
            )
        if removed.any():
            notes.append(f"{name}: {int(removed.sum())} hours below 0 by day left out")
    return mended, flags, notes


def _validate_site(dataset: xr.Dataset, *, where: str) -> None:
    """Refuse a site's Dataset with wrong labels, impossible values or sunshine by night.

    Raises
    ------
    InputError : the first thing wrong; gaps (NaN) are allowed.
    """
    canonical.validate_time(dataset, where=where)
    for key, array in dataset.data_vars.items():
        if is_flag(str(key)):
            continue
        _require_range(str(key), array, where)
    canonical.refuse_false_sun(dataset, where=where)


def open_site(path: Path) -> xr.Dataset:
    """Open a site's file that :func:`greenanalysis.weather.write.site.write_site` wrote, checked.

    Raises
    ------
    InputError : no such file, not one that is known, more than one cell, or unfit values.
    """
    if not path.exists():
        raise input_error("site file", where=str(path), allowed="a netCDF file", got="nothing")
    if is_site_table(path):
        dataset = read_site_table(path)
    elif is_pvsyst(path):
        dataset = read_pvsyst(path)
    else:
        dataset = _load(path)
    cells = dataset.sizes.get("latitude", 0) * dataset.sizes.get("longitude", 0)
    if cells != 1:
        raise input_error("cells", where=str(path), allowed="one (a single site)", got=cells)
    _validate_site(dataset, where=str(path))
    return dataset


def _load(path: Path) -> xr.Dataset:
    try:
        if path.is_dir():
            stored: xr.Dataset = xr.open_zarr(path, consolidated=False).load()
            return stored
        return xr.load_dataset(path, engine="netcdf4")
    except Exception as error:  # the back end raises anything on a foreign file
        raise InputError(f"site file {path}: not netCDF that xarray can read ({error})") from error


def series_of(dataset: xr.Dataset, name: str, *, where: str) -> xr.DataArray:
    """Return one variable of a site as a series (time).

    Raises
    ------
    InputError : the site has no such variable.
    """
    if name not in dataset:
        raise unknown_name("variable", name, map(str, dataset.data_vars), where=where)
    return dataset[name].isel(latitude=0, longitude=0, drop=True)


def attributes_of(key: str) -> dict[str, str]:
    """Return unit, long and standard name of a variable of a site."""
    variable = variable_of(key)
    return {
        "units": variable.units,
        "long_name": variable.long_name,
        "standard_name": variable.standard_name,
    }


def _require_range(key: str, array: xr.DataArray, where: str) -> None:
    variable, values = variable_of(key), array.to_numpy().ravel()
    outside = (values < variable.minimum) | (values > variable.maximum)
    if outside.any():
        first = int(np.argmax(outside))
        raise input_error(
            f"{key} at time={str(array['time'].to_numpy()[first])[:16]}",
            where=where,
            allowed=f"{variable.minimum:g} to {variable.maximum:g} {variable.units}",
            got=f"{values[first]:g}",
        )
