"""The canonical weather on disk, written block by block into a Zarr folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
import zarr
from zarr.codecs import BloscCodec

from greenanalysis.variables import DIMS, WEATHER
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
    group = zarr.open_group(path, mode="r+")
    for variable in WEATHER:
        array = group[variable]
        array.attrs.update({**array.attrs, **finished[variable].attrs})
    group.attrs.update({**carried, **finished.attrs})
