"""Hourly capacity factors of a country, computed once and kept under ``data/cache``.

What is kept is found again by the hash of all that determines it: weather, cells, plants, code.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from greenanalysis.assessment.ready import Ready
from greenanalysis.assessment.technologies import TECHNOLOGIES
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.cache import ensure_store
from greenanalysis.core.closure import code_version
from greenanalysis.core.cluster import scheduler_client
from greenanalysis.core.files import sha256_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.resource.engine.models import WindModel
from greenanalysis.resource.engine.reduce import reduce
from greenanalysis.resource.wind.farm import WindPlant

_CHUNKS = {"time": 2190, "latitude": 16, "longitude": 21}
"""Of the hourly capacity factors on disk."""
SITED = "wind_at_plants"
"""Wind as plants see it: they stand where it blows more than in the mean of their cell."""


def capacity_factors(
    weather: xr.Dataset,
    ready: Mapping[str, Ready],
    *,
    inside: xr.DataArray,
    assumptions: Assumptions,
) -> xr.Dataset:
    """Compute hourly capacity factors and their means, or open them from the cache.

    Parameters
    ----------
    weather : canonical weather.
    ready : by technology, the plant and the weather made ready for it, see
        :func:`~greenanalysis.assessment.ready.ready_technologies`.
    inside : boolean (latitude, longitude), the cells to compute.
    assumptions : of the plants.

    Returns
    -------
    Dataset : lazy; for each technology a variable (time, latitude, longitude) and
        ``<name>_mean`` (latitude, longitude), besides the mean of :data:`SITED`.
    """
    groups = {group for technology in TECHNOLOGIES.values() for group in technology.reads}
    plants = assumptions.only(*sorted(groups), "wind_climate")
    digest = sha256_json(
        {
            "weather": weather.attrs["hash"],
            "cells": np.packbits(inside.to_numpy()).tobytes().hex(),
            "plants": plants.table.to_csv(index=False),
            "technologies": {name: _law(one) for name, one in ready.items()},
            "code": code_version(__name__),
        }
    )
    path = cache_dir() / "capacity_factors" / f"{weather.attrs['name']}-{digest[:16]}.zarr"
    make = partial(_write_capacity_factors, ready, inside, plants)
    ensure_store(path, make, label="capacity factors", needs="about 0.3 GB")
    opened: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks={})
    return opened


def _law(ready: Ready) -> list[object]:
    """What is not in the assumptions of a plant: how the wind comes to its hub."""
    plant = ready.plant
    if not isinstance(plant, WindPlant):
        return [*ready.assumed]
    return [plant.shear, plant.shear_exponent, plant.hub_height, *ready.assumed]


def _write_capacity_factors(
    ready: Mapping[str, Ready], inside: xr.DataArray, assumptions: Assumptions, path: Path
) -> None:
    ratio = assumptions.get("wind_climate", "siting_speed_ratio", unit="1")
    with scheduler_client():
        for name, one in tqdm(ready.items(), "capacity factors", file=sys.stderr):
            factor = TECHNOLOGIES[name].capacity_factor(one.weather, one.plant, inside)
            factor = factor.chunk(_CHUNKS)
            mean = factor.mean("time", keep_attrs=True, dtype="float64")
            mean.attrs["cell_methods"] = "time: mean (interval: 1 hour)"
            parts = xr.Dataset({name: factor, f"{name}_mean": mean})
            parts.to_zarr(path, mode="a", consolidated=False)
        if "wind" not in ready:
            return
        wind = ready["wind"]
        sited = reduce(
            wind.weather, {SITED: WindModel(wind.plant, speed_ratio=ratio)}, where=inside
        )
    sited.to_zarr(path, mode="a", consolidated=False)
