"""One measured run in a fresh process: ``python -m benchmarks.cases NAME FOLDER`` prints JSON.

Imports, compilation and the disk are outside the measure: each case first runs once on something
tiny, and its inputs are read once. A case imports only what it needs, as its peak memory counts.
"""

from __future__ import annotations

import json
import logging
import resource as usage
import sys
import time
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.peers import PEERS, Case
from benchmarks.stores import open_cutout
from greenanalysis.resource.engine.reduce import reduce
from greenanalysis.resource.engine.tiles import TileStore

REGIONS = 20


def regions(latitude: np.ndarray, longitude: np.ndarray) -> xr.DataArray:
    """Weights of twenty made-up regions: each cell goes to the nearest of as many centres."""
    rng = np.random.default_rng(20)
    centres = np.stack([rng.uniform(41, 55, REGIONS), rng.uniform(47, 87, REGIONS)])
    apart = (latitude[:, None, None] - centres[0]) ** 2
    apart = apart + (0.65 * (longitude[None, :, None] - centres[1])) ** 2
    nearest = apart.argmin(axis=2)
    weights = np.stack([(nearest == r).astype(float) for r in range(REGIONS)])
    places = {"region": np.arange(REGIONS), "latitude": latitude, "longitude": longitude}
    return xr.DataArray(weights, places, tuple(places))


@cache
def technology(name: str) -> object:
    """The plant, read once: the measured run finds it made by the warm-up."""
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.resource.pv.model import pv_defaults
    from greenanalysis.resource.wind.model import wind_defaults

    values = load_assumptions()
    if name == "wind":
        return wind_defaults(values)
    return pv_defaults(values, mounting="single_axis" if name == "tracker" else "fixed")


def reduction(kind: str, store: str, years: int = 1) -> Case:
    """Map of means and series of twenty regions in one pass over a store."""

    def run(folder: Path, tiny: bool) -> np.ndarray:
        name = f"tiny-{store.replace('-10', '')}" if tiny else store
        source = TileStore(folder / f"{name}.zarr")
        weights = regions(source.latitude, source.longitude)
        found = reduce(
            source,
            {"it": technology(kind)},
            regions=weights,
            outputs=("mean", "series"),
            scheduler="threads",
        )
        return found["it_mean"].to_numpy()

    return Case(run, f"{store}.zarr", share=years)


def from_netcdf(kind: str) -> Case:
    """The same from the cutout's own file."""

    def run(folder: Path, tiny: bool) -> np.ndarray:
        from greenanalysis.weather.read.stream import open_stream

        source = open_stream(folder / ("tiny.nc" if tiny else "year.nc"))
        weights = regions(source.latitude, source.longitude)
        found = reduce(
            source, {"it": technology(kind)}, regions=weights, outputs=("mean", "series")
        )
        return found["it_mean"].to_numpy()

    return Case(run, "year.nc")


def cube(kind: str, store: str) -> Case:
    """Hourly capacity factors of all cells, written to Zarr."""

    def run(folder: Path, tiny: bool) -> np.ndarray:
        from greenanalysis.assessment.yields import write_capacity_factors

        source = TileStore(folder / f"{'tiny-' if tiny else ''}{store}.zarr")
        write_capacity_factors(source, {"it": technology(kind)}, folder / "cube.zarr")
        return np.zeros(1)

    return Case(run, f"{store}.zarr")


CASES = {
    "engine PV chain, netCDF": from_netcdf("pv"),
    "engine PV cube to Zarr": cube("pv", "canonical-f4"),
    "engine wind chain, netCDF": from_netcdf("wind"),
    "engine PV chain, float32 store": reduction("pv", "canonical-f4"),
    "engine PV chain, int16 store": reduction("pv", "canonical-i2"),
    "engine PV chain, ten years, int16 store": reduction("pv", "canonical-10-i2", years=10),
    "engine tracker chain, int16 store": reduction("tracker", "canonical-i2"),
    "engine wind chain, float32 store": reduction("wind", "canonical-f4"),
    "engine wind chain, int16 store": reduction("wind", "canonical-i2"),
    **PEERS,
}


def read_through(inputs: Path) -> None:
    """Read files once, so that each case finds its inputs in the page cache."""
    for path in [inputs] if inputs.is_file() else inputs.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


def measure(name: str, folder: Path) -> dict[str, object]:
    """Run a case once and return its seconds, peak memory and result's mean."""
    case = CASES[name]
    case.run(folder, True)
    read_through(folder / case.inputs)
    wall, cpu = time.perf_counter(), time.process_time()
    result = case.run(folder, False)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = usage.getrusage(usage.RUSAGE_SELF).ru_maxrss / 1e6
    (folder / "results").mkdir(exist_ok=True)
    np.save(folder / "results" / f"{name}.npy", result)
    hours = open_cutout(folder / "year.nc").sizes
    points = hours["time"] * hours["latitude"] * hours["longitude"]
    points = int(points * case.share)
    return {"name": name, "wall": wall, "cpu": cpu, "peak_gb": peak, "points": points}


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))


if __name__ == "__main__":
    main()
