"""Grid functions beside loops of pvlib and windpowerlib over sites, timed in turn in one run.

Ratios are printed, never asserted: they depend on the machine and on what else runs there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
import pandas as pd
import pvlib
import xarray as xr
from windpowerlib import WindTurbine, density, power_output, temperature

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.variables import DIMS, VARIABLES
from greenanalysis.resource.pv.model import PVSystem, pv_capacity_factor, pv_defaults
from greenanalysis.resource.solar_position import solar_position
from greenanalysis.resource.wind.farm import load_power_curve
from greenanalysis.resource.wind.model import WindPlant, wind_capacity_factor, wind_defaults

HOURS, CELLS, SITES, ROUNDS = 8760, 100, 3, 3
SEED = 1


def made_up_weather(hours: int = HOURS, cells: int = CELLS) -> xr.Dataset:
    """A year of random weather along one latitude, plausible enough to take every branch."""
    rng = np.random.default_rng(SEED)
    labels = pd.date_range("2023-01-01T01", periods=hours, freq="h").to_numpy("datetime64[ns]")
    latitude, longitude = np.array([48.25]), np.linspace(50.25, 85.25, cells)
    sun = solar_position(labels, latitude, longitude)["apparent_zenith"].to_numpy()
    high = np.cos(np.radians(sun)).clip(0)
    dni = np.where(high > 0, rng.uniform(0, 900, high.shape), 0)
    speed = rng.weibull(2, high.shape) * 8
    values = {
        "ghi": dni * high + 150 * high,
        "dni": dni,
        "dhi": 150 * high,
        "temp_air": rng.normal(8, 12, high.shape),
        "pressure": rng.normal(95e3, 1e3, high.shape),
        "wind_speed_10m": speed * 0.7,
        "wind_speed_100m": speed,
    }
    return xr.Dataset(
        {
            name: (DIMS, array.astype(np.float32), {"units": VARIABLES[name].units})
            for name, array in values.items()
        },
        coords={"time": labels, "latitude": latitude, "longitude": longitude},
    )


def pvlib_site(site: pd.DataFrame, latitude: float, longitude: float, system: PVSystem) -> None:
    middle = site.index - pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(middle, latitude, longitude).set_index(site.index)
    extra = pd.Series(pvlib.irradiance.get_extra_radiation(middle).to_numpy(), index=site.index)
    tilt = float(system.tilt_at(np.array([latitude]))[0])
    place = (tilt, system.surface_azimuth, sun["apparent_zenith"], sun["azimuth"])
    poa = pvlib.irradiance.get_total_irradiance(
        *place, site["dni"], site["ghi"], site["dhi"], dni_extra=extra, model=system.transposition
    )
    seen = poa["poa_direct"] * pvlib.iam.physical(pvlib.irradiance.aoi(*place))
    cell = pvlib.temperature.faiman(poa["poa_global"], site["temp_air"], site["wind_speed_10m"])
    dc = pvlib.pvsystem.pvwatts_dc(seen + poa["poa_diffuse"], cell, 1.2, system.gamma_pdc)
    pvlib.inverter.pvwatts(dc, 1 / system.eta_inv_nom)


def windpowerlib_site(site: pd.DataFrame, turbine: WindTurbine, plant: WindPlant) -> None:
    kelvin = temperature.linear_gradient(site["temp_air"] + 273.15, 2, plant.hub_height)
    rho = density.ideal_gas(site["pressure"], 0, plant.hub_height, kelvin)
    curve = turbine.power_curve
    power_output.power_curve(
        site["wind_speed_100m"], curve["wind_speed"], curve["value"], rho, True
    )


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turn(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Median CPU seconds of each, run alternately after one warm-up of ours."""
    ours()
    pairs = [(cpu_seconds(ours), cpu_seconds(theirs)) for _ in range(ROUNDS)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def report() -> Iterator[str]:
    """Yield the lines of the table."""
    weather = made_up_weather()
    latitude = weather["latitude"].item()
    sites = {
        float(longitude): weather.sel(longitude=longitude).squeeze().to_dataframe()
        for longitude in weather["longitude"].to_numpy()[:SITES]
    }
    values = load_assumptions()
    plant, turbine = wind_defaults(values), WindTurbine(turbine_type="E-141/4200", hub_height=99)
    load_power_curve("E-141/4200")

    def wind_sites() -> None:
        for site in sites.values():
            windpowerlib_site(site, turbine, plant)

    def pv_sites(system: PVSystem) -> None:
        for longitude, site in sites.items():
            pvlib_site(site, latitude, longitude, system)

    yield f"resource: {CELLS} cells x {HOURS} h of made-up weather; loops over {SITES} sites"
    yield f"{'model':<28}{'ours ns/cell-h':>16}{'loop ns/cell-h':>16}{'ratio':>8}"
    fixed = pv_defaults(values)
    tracker = pv_defaults(values, mounting="single_axis")
    cases = {
        "PV fixed / pvlib": (fixed, lambda: pv_sites(fixed)),
        "PV tracker / pvlib fixed": (tracker, lambda: pv_sites(fixed)),
    }
    for name, (system, loop) in cases.items():
        times = in_turn(lambda system=system: pv_capacity_factor(weather, system=system), loop)
        yield _line(name, *times)
    times = in_turn(lambda: wind_capacity_factor(weather, plant=plant), wind_sites)
    yield _line("wind / windpowerlib", *times)


def _line(name: str, ours: float, loop: float) -> str:
    mine, other = ours / (CELLS * HOURS) * 1e9, loop / (SITES * HOURS) * 1e9
    return f"{name:<28}{mine:>16.0f}{other:>16.0f}{other / mine:>8.1f}"
