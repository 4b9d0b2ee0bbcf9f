"""The sample year on disk: a Zarr folder that is whole, or made again."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from tqdm import tqdm

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.cache import ensure_store
from greenanalysis.core.files import sha256_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.core.variables import WEATHER
from greenanalysis.weather import canonical
from greenanalysis.weather.sample.climate import load_climate
from greenanalysis.weather.sample.year import (
    GENERATOR_VERSION,
    sample_parameters,
    sample_tiles,
    sample_times,
)
from greenanalysis.weather.storage import CHUNK, empty_store

_NAME = "sample"
_SOURCE = (
    "synthetic year drawn from a monthly climatology (MERRA-2 2011-2015 scaled to cited GHI, "
    "ITU-R temperature, cited wind sites): screening grade, not measured weather"
)
_TILE = CHUNK[1:]


def open_sample(
    *, climate: xr.Dataset | None = None, times: pd.DatetimeIndex | None = None
) -> xr.Dataset:
    """Open the sample year, generating it first when the cache lacks it or is damaged.

    Parameters
    ----------
    climate, times : smaller grid or period for tests; by default all of it.

    Returns
    -------
    Dataset : canonical weather, dask-backed, with ``grade`` "screening".

    Raises
    ------
    InputError : the climatology is missing, or the cache cannot be written.
    """
    climate = load_climate() if climate is None else climate
    times = sample_times() if times is None else times
    parameters = sample_parameters(load_assumptions())
    digest = sample_hash(climate, parameters, times)
    path = cache_dir() / "weather" / f"{_NAME}-{digest[:16]}.zarr"
    make = partial(_write_sample, climate=climate, parameters=parameters, times=times)
    ensure_store(path, make, label="sample weather", needs="about 0.4 GB")
    opened = xr.open_zarr(path, consolidated=False, chunks={})
    return canonical.finish(opened, name=_NAME, grade="screening", source=_SOURCE, digest=digest)


def sample_hash(climate: xr.Dataset, parameters: dict[str, float], times: pd.DatetimeIndex) -> str:
    """Return the SHA-256 of all that determines the sample year."""
    return sha256_json(
        {
            "generator": GENERATOR_VERSION,
            "parameters": parameters,
            "climate": climate.attrs["hash"],
            "latitude": climate["latitude"].to_numpy().tolist(),
            "longitude": climate["longitude"].to_numpy().tolist(),
            "times": [str(times[0]), str(times[-1]), len(times)],
        }
    )


def _write_sample(
    path: Path, *, climate: xr.Dataset, parameters: dict[str, float], times: pd.DatetimeIndex
) -> None:
    """Generate the sample weather into the empty Zarr folder ``path``."""
    rows, columns = climate.sizes["latitude"], climate.sizes["longitude"]
    tiles = -(-rows // _TILE[0]) * -(-columns // _TILE[1])
    arrays = empty_store(
        path, times, climate["latitude"].to_numpy(), climate["longitude"].to_numpy()
    )
    made = sample_tiles(climate, parameters, times, rows=_TILE[0], columns=_TILE[1])
    for tile in tqdm(made, total=tiles, desc="sample weather", file=sys.stderr):
        box = tuple(
            slice(first, first + tile.sizes[name])
            for name in ("latitude", "longitude")
            for first in [int(np.searchsorted(climate[name], tile[name][0]))]
        )
        for name in WEATHER:
            arrays[name][:, *box] = tile[name].to_numpy()
