"""Canonical weather as a Zarr folder, written block by block in chunks that the engine reads fast.

Values are packed on demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
import zarr
from zarr.codecs import BloscCodec

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import atomic_path
from greenanalysis.core.variables import (
    DIMS,
    VARIABLES,
    WEATHER,
    as_cf,
    require,
    variable_of,
    weather_names,
)
from greenanalysis.weather import canonical

CHUNK = (2190, 16, 21)
"""Hours, rows, columns of one chunk: what the engine reads fastest."""


def empty_store(
    path: Path, times: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray
) -> dict[str, zarr.Array[Any]]:
    """Create a Zarr folder with coordinates and empty float32 arrays of all variables.

    Parameters
    ----------
    path : folder, made or emptied.
    times : labels, ends of hours, UTC.
    latitude, longitude : cell centres, degrees.

    Returns
    -------
    dict : the arrays (time, latitude, longitude) by name, to be assigned block by block.
    """
    coords = {"time": times, "latitude": latitude, "longitude": longitude}
    xr.Dataset(coords=coords).to_zarr(path, mode="w", consolidated=False)
    group = zarr.open_group(path, mode="r+")
    shape = (len(times), len(latitude), len(longitude))
    return {
        name: group.create_array(
            name,
            shape=shape,
            chunks=tuple(min(a, b) for a, b in zip(CHUNK, shape, strict=True)),
            dtype="float32",
            fill_value=float("nan"),
            compressors=BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle"),
            dimension_names=DIMS,
        )
        for name in WEATHER
    }


def stamp_store(
    path: Path, *, name: str, source: str, digest: str, carried: dict[str, str | list[float]]
) -> None:
    """Write the attributes of real weather into a filled store, then check it as a user's file.

    Parameters
    ----------
    path : filled by way of :func:`empty_store`.
    name, source, digest : see :func:`greenanalysis.weather.canonical.finish`.
    carried : further attributes of the file.

    Raises
    ------
    InputError : what was written is not canonical weather.
    """
    opened = xr.open_zarr(path, consolidated=False, chunks={})
    finished = canonical.finish(
        opened, name=name, grade="real", source=source, digest=digest, carried=carried
    )
    canonical.validate(finished, where=f"weather of {name}")
    stated = as_cf(finished)
    group = zarr.open_group(path, mode="r+")
    for variable in (*WEATHER, "latitude", "longitude"):
        array = group[variable]
        array.attrs.update({**array.attrs, **stated[variable].attrs})
    group.attrs.update({**carried, **stated.attrs})


@dataclass(frozen=True)
class Packing:
    """Stored int16 = (value - ``offset``) / ``step``, rounded; the error is at most step / 2."""

    step: float
    offset: float = 0.0

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest value that can be stored."""
        return self.offset - 32767 * self.step, self.offset + 32767 * self.step


_MISSING = -32768
PACKING = {
    "ghi": Packing(0.05),
    "dni": Packing(0.05),
    "dhi": Packing(0.05),
    "temp_air": Packing(0.01),
    "pressure": Packing(1.0, 77_500.0),
    "wind_speed_10m": Packing(0.005),
    "wind_speed_100m": Packing(0.005),
}
"""Steps in the canonical unit. All of a variable's valid range fits; zero stays exactly zero."""


def packing_of(name: str) -> Packing:
    """Return the packing of a variable; wind at any height has that of 100 m."""
    if name.startswith("wind_direction"):
        return _DIRECTION_PACKING
    return PACKING.get(name, PACKING["wind_speed_100m"])


_DIRECTION_PACKING = Packing(0.02)
_COMPRESSOR = BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle")


def write_weather(dataset: xr.Dataset, path: Path, *, packed: bool = False) -> Path:
    """Write canonical weather into a Zarr folder that is whole or absent.

    Parameters
    ----------
    dataset : canonical weather (time, latitude, longitude), lazy or not; fields without time, such
        as maps of factors, are written beside it. Its ``attrs`` are kept.
    path : folder to be made or replaced, ``NAME.zarr``.
    packed : store int16 in the steps of :data:`PACKING` instead of float32.

    Returns
    -------
    Path : ``path``.

    Raises
    ------
    InputError : not canonical, another suffix, a value that does not fit, or a disk that is full.

    Notes
    -----
    Chunks hold 2190 hours of 16 x 21 cells. Packing is lossy by half a step; that bound is written
    to the attribute ``precision``.
    """
    if path.suffix != ".zarr":
        raise input_error("weather to write", where=str(path), allowed="NAME.zarr", got=path.name)
    names = weather_names(dataset)
    require(dataset, names, where=f"weather to write to {path}")
    kept = dataset.drop_encoding().chunk(_chunks(dataset))
    if packed:
        kept = kept.assign({name: _fitting(kept[name]) for name in names})
        kept.attrs["precision"] = precision_text()
    encoding = {name: _encoding(name, kept, packed=packed) for name in names}
    try:
        with atomic_path(path, directory=True) as staged:
            as_cf(kept).to_zarr(staged, mode="w", consolidated=False, encoding=encoding)
    except OSError as error:
        raise InputError(
            f"weather cannot be written to {path}: {error.strerror or error}"
        ) from error
    return path


def precision_text() -> str:
    """Return the greatest error of each packed variable, for the provenance."""
    errors = (f"{name} {p.step / 2:g} {VARIABLES[name].units}" for name, p in PACKING.items())
    return f"packed to int16, greatest error: {', '.join(errors)}"


def _chunks(dataset: xr.Dataset) -> dict[str, int]:
    return {dim: min(n, dataset.sizes[dim]) for dim, n in zip(DIMS, CHUNK, strict=True)}


def _encoding(name: str, dataset: xr.Dataset, *, packed: bool) -> dict[str, Any]:
    chunks = tuple(_chunks(dataset)[dim] for dim in DIMS)
    encoding: dict[str, Any] = {"chunks": chunks, "compressors": _COMPRESSOR, "dtype": "float32"}
    if packed:
        packing = packing_of(name)
        encoding |= {"dtype": "int16", "scale_factor": packing.step, "_FillValue": _MISSING}
        if packing.offset:
            encoding["add_offset"] = packing.offset
    return encoding


def _fitting(array: xr.DataArray) -> xr.DataArray:
    """Return the array with a look at every block that its values fit the packing."""
    name = str(array.name)
    low, high = packing_of(name).limits

    def look(values: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            wrong = (values < low) | (values > high)
        if wrong.any():
            raise input_error(
                f"{name} to be packed",
                where="weather to write",
                allowed=f"{low:g} to {high:g} {variable_of(name).units}",
                got=f"{values[wrong][0]:g}",
            )
        return values

    checked: xr.DataArray = xr.apply_ufunc(
        look, array, dask="parallelized", output_dtypes=[array.dtype], keep_attrs=True
    )
    return checked
