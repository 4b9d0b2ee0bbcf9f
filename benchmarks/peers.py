"""What the engine stands beside: pvlib on arrays, pvlib and windpowerlib site by site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.stores import canonical_variables, open_cutout

SITES = 8


@dataclass(frozen=True)
class Case:
    """What is run on a folder, tiny or whole; its file or store, and its part of a full year."""

    run: Callable[[Path, bool], np.ndarray]
    inputs: str
    share: float = 1.0


def some_sites(folder: Path, tiny: bool) -> tuple[dict[str, np.ndarray], object]:
    weather = open_cutout(folder / ("tiny.nc" if tiny else "year.nc"))
    part = weather.isel(latitude=slice(30, 31), longitude=slice(60, 60 + SITES)).load()
    return canonical_variables(part, part["height"]), part


def _shared(model: Callable[[dict[str, np.ndarray], object], object]) -> Case:
    """A case on few cells, whose reading is measured too but is small beside the model."""

    def run(folder: Path, tiny: bool) -> np.ndarray:
        kept = _kept(folder)
        values, part = some_sites(folder, True) if tiny else kept
        model(values, part)
        return np.zeros(1)

    return Case(run, "year.nc", share=SITES / (169 * 65))


_memory: dict[Path, tuple[dict[str, np.ndarray], object]] = {}


def _kept(folder: Path) -> tuple[dict[str, np.ndarray], object]:
    if folder not in _memory:
        _memory[folder] = some_sites(folder, False)
    return _memory[folder]


def pvlib_arrays(values: dict[str, np.ndarray], part: object) -> None:
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.resource.pv.model import pv_defaults
    from greenanalysis.resource.pv.reference import pvlib_block

    system = pv_defaults(load_assumptions())
    names = ("ghi", "dni", "dhi", "temp_air", "wind_speed_10m")
    block = {name: values[name].reshape(len(values[name]), -1).astype(float) for name in names}
    longitude = part["longitude"].to_numpy()  # type: ignore[index]
    latitude = np.full(longitude.size, part["latitude"].item())  # type: ignore[index]
    pvlib_block(block, part["time"].to_numpy(), latitude, longitude, system)  # type: ignore[index]


def _frames(values: dict[str, np.ndarray], part: object):  # type: ignore[no-untyped-def]
    import pandas as pd

    index = pd.DatetimeIndex(part["time"].to_numpy())  # type: ignore[index]
    for k in range(SITES):
        table = {name: array[:, 0, k].astype(float) for name, array in values.items()}
        yield float(part["longitude"][k]), pd.DataFrame(table, index=index)  # type: ignore[index]


def pvlib_sites(values: dict[str, np.ndarray], part: object) -> None:
    from benchmarks.resource import pvlib_site
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.resource.pv.model import pv_defaults

    system = pv_defaults(load_assumptions())
    for longitude, site in _frames(values, part):
        pvlib_site(site, part["latitude"].item(), longitude, system)  # type: ignore[index]


def windpowerlib_sites(values: dict[str, np.ndarray], part: object) -> None:
    from windpowerlib import WindTurbine

    from benchmarks.resource import windpowerlib_site
    from greenanalysis.core.assumptions import load_assumptions
    from greenanalysis.resource.wind.model import wind_defaults

    plant = wind_defaults(load_assumptions())
    turbine = WindTurbine(turbine_type="E-141/4200", hub_height=99)
    for _, site in _frames(values, part):
        windpowerlib_site(site, turbine, plant)


PEERS: dict[str, Case] = {
    "pvlib on arrays": _shared(pvlib_arrays),
    "pvlib site by site": _shared(pvlib_sites),
    "windpowerlib site by site": _shared(windpowerlib_sites),
}
