"""The machine's own limits and small jobs: ``python -m benchmarks.limits FOLDER`` prints JSON.

Read and copy bandwidth, the PV kernel in memory beside a pure read of its inputs, one site-year
and a thousand site-years.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
import xarray as xr

from benchmarks.resource import made_up_weather, pvlib_site
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.resource.engine.models import model_of
from greenanalysis.resource.engine.reduce import reduce
from greenanalysis.resource.engine.tiles import TileStore
from greenanalysis.resource.pv.model import pv_capacity_factor, pv_defaults
from greenanalysis.resource.wind.model import wind_capacity_factor, wind_defaults

ROUNDS = 7


@numba.njit(nogil=True, fastmath=True)
def read(values):  # type: ignore[no-untyped-def]
    total = np.float32(0)
    for k in range(values.shape[0]):
        row = values[k]
        for i in range(row.size):
            total += row[i]
    return total


def best(work: Callable[[], object]) -> float:
    """Fewest CPU seconds of several runs, after one that warms up."""
    work()
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def kernel_share(folder: Path, store: str, plant: object) -> dict[str, float]:
    """Nanoseconds a cell-hour of a pure read of the inputs and of the kernel, one thread."""
    source, model = TileStore(folder / f"{store}.zarr"), model_of(plant)
    every = source.chunks()
    chunks = every[:: len(every) * source.tile[0] // source.time.size]
    inputs = []
    for chunk in chunks:
        piece = source.piece(chunk, model.names)
        held = piece.read(model.names)
        inputs.append([np.array(held[name]) for name in model.names])
    hours = [model.hours(source.time[chunk.hours]) for chunk in chunks]
    grid = np.meshgrid(source.latitude[chunks[0].rows], source.longitude[chunks[0].columns])
    cells = model.cells(*(axis.T.ravel() for axis in grid))
    out = np.empty(inputs[0][0].shape, np.float32)
    points = out.size * len(inputs)
    pure = best(lambda: [read(array) for tile in inputs for array in tile])
    ours = best(
        lambda: [model.fill(*given, cells, out) for given in zip(inputs, hours, strict=True)]
    )
    return {"read_ns": pure / points * 1e9, "kernel_ns": ours / points * 1e9}


def bandwidth() -> dict[str, float]:
    """GB/s of one thread, arrays far larger than the cache."""
    values = np.ones((64, 2**20), np.float32)
    other = np.empty_like(values)
    size = values.nbytes / 1e9
    copied = best(lambda: np.copyto(other, values))
    return {"read_gb_s": size / best(lambda: read(values)), "copy_gb_s": 2 * size / copied}


def sites() -> dict[str, float]:
    """Seconds of one site-year (PV and wind, hourly), of means of a thousand of PV."""
    system, plant = pv_defaults(load_assumptions()), wind_defaults(load_assumptions())
    one, many = made_up_weather(cells=1), made_up_weather(cells=1000)

    few = one.isel(longitude=0, latitude=0).to_dataframe()[list(one)].astype(float)
    place = one["latitude"].item(), one["longitude"].item()

    def site(weather: xr.Dataset) -> None:
        pv_capacity_factor(weather, system=system)
        wind_capacity_factor(weather, plant=plant)

    thousand = best(lambda: reduce(many, {"solar": system}))
    cube = best(lambda: pv_capacity_factor(many, system=system))
    loop = best(lambda: pvlib_site(few, *place, system))
    return {
        "site_year_s": best(lambda: site(one)),
        "thousand_site_years_mean_s": thousand,
        "thousand_site_years_hourly_s": cube,
        "pvlib_site_year_s": loop,
        "times_faster_than_pvlib_loop_mean": 1000 * loop / thousand,
        "times_faster_than_pvlib_loop_hourly": 1000 * loop / cube,
    }


def main() -> None:
    folder = Path(sys.argv[1])
    values = load_assumptions()
    found = {
        "bandwidth": bandwidth(),
        "PV chain": kernel_share(folder, "canonical-f4", pv_defaults(values)),
        "wind chain": kernel_share(folder, "canonical-f4", wind_defaults(values)),
        "sites": sites(),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
