"""The photovoltaic chain by pvlib's own functions: the oracle of the compiled one, and the rear."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pvlib import iam, inverter, irradiance, temperature, tracking
from pvlib.bifacial import infinite_sheds
from pvlib.pvsystem import pvwatts_dc

from greenanalysis.resource.losses import combined_loss
from greenanalysis.resource.pv.system import SAPM, PVSystem, module_power
from greenanalysis.resource.solar_position import (
    SunPosition,
    geocentric_sun,
    sun_instants,
    topocentric_sun,
)

_REAR_POINTS = 8192
"""Points handled at once by pvlib's infinite sheds, which take 30 temporary arrays of each row."""


def pvlib_block(
    values: dict[str, np.ndarray],
    time: np.ndarray,
    latitude: np.ndarray,
    longitude: np.ndarray,
    system: PVSystem,
) -> np.ndarray:
    """Return the capacity factors of a block; only the points with light are computed.

    Parameters
    ----------
    values : ``ghi``, ``dni``, ``dhi`` (W/m2), ``temp_air`` (degC), ``wind_speed_10m`` (m/s), each
        (hour, cell), float64.
    time : labels of hours that end there, UTC.
    latitude, longitude : (cell), degrees.
    system : the plant.

    Returns
    -------
    array (hour, cell) : 0..1 of the AC rating; NaN where an input is.
    """
    light = (values["ghi"] != 0) | (values["dni"] != 0) | (values["dhi"] != 0)
    hours, cells = np.nonzero(light)
    instants = sun_instants(time)
    sun = topocentric_sun(geocentric_sun(instants).take(hours), latitude[cells], longitude[cells])
    extra = irradiance.get_extra_radiation(pd.DatetimeIndex(instants)).to_numpy()[hours]
    lit = {name: array[hours, cells] for name, array in values.items()}
    result = np.zeros(light.shape)
    result[hours, cells] = _capacity_factor(lit, sun, extra, latitude[cells], system)
    missing = np.logical_or.reduce([np.isnan(array) for array in values.values()])
    return np.where(missing, np.nan, result)


def _capacity_factor(
    lit: dict[str, np.ndarray],
    sun: SunPosition,
    dni_extra: np.ndarray,
    latitude: np.ndarray,
    system: PVSystem,
) -> np.ndarray:
    tilt, azimuth = _orientation(sun, latitude, system)
    poa = irradiance.get_total_irradiance(
        tilt,
        azimuth,
        sun.apparent_zenith,
        sun.azimuth,
        lit["dni"],
        lit["ghi"],
        lit["dhi"],
        dni_extra=dni_extra,
        albedo=system.albedo,
        model=system.transposition,
    )
    incidence = irradiance.aoi(tilt, azimuth, sun.apparent_zenith, sun.azimuth)
    front = poa["poa_direct"] * iam.physical(incidence, n=system.refractive_index)
    effective = front + poa["poa_diffuse"]
    if system.bifaciality > 0:
        effective = effective + system.bifaciality * _rear(
            lit, sun, dni_extra, tilt, azimuth, system
        )
    cell = _cell_temperature(poa["poa_global"], lit, system)
    if system.module is None:
        dc = pvwatts_dc(effective, cell, system.dc_ac_ratio, system.gamma_pdc)
    else:
        power = module_power(system.module, np.maximum(effective, 1e-3), cell)
        dc = np.where(effective > 1e-3, power, 0) * system.dc_ac_ratio
    dc = dc * (1 - combined_loss(system.dc_losses))
    dc = np.where(lit["temp_air"] < system.snow_temperature, dc * (1 - system.snow_loss), dc)
    ac = inverter.pvwatts(dc, 1 / system.eta_inv_nom, system.eta_inv_nom, system.eta_inv_ref)
    factor: np.ndarray = np.clip(ac * (1 - combined_loss(system.ac_losses)), 0, 1)
    return factor


def _cell_temperature(
    irradiance_poa: np.ndarray, lit: dict[str, np.ndarray], system: PVSystem
) -> np.ndarray:
    air, wind = lit["temp_air"], lit["wind_speed_10m"]
    if system.temperature_model != "faiman":
        sapm = SAPM[system.temperature_model]
        return np.asarray(temperature.sapm_cell(irradiance_poa, air, wind, **sapm))
    wind, u0, u1 = wind * system.wind_factor, system.faiman_u0, system.faiman_u1
    return np.asarray(temperature.faiman(irradiance_poa, air, wind, u0, u1))


def _orientation(
    sun: SunPosition, latitude: np.ndarray, system: PVSystem
) -> tuple[np.ndarray, np.ndarray]:
    """Return tilt and azimuth of the modules, degrees; one-dimensional like ``latitude``."""
    if system.mounting == "fixed":
        return system.tilt_at(latitude), np.full_like(latitude, system.surface_azimuth)
    rows = tracking.singleaxis(
        sun.apparent_zenith,
        sun.azimuth,
        axis_tilt=0,
        axis_azimuth=system.axis_azimuth,
        max_angle=system.max_angle,
        backtrack=system.backtrack,
        gcr=system.gcr,
    )
    return np.nan_to_num(rows["surface_tilt"]), np.nan_to_num(rows["surface_azimuth"])


def _rear(
    lit: dict[str, np.ndarray],
    sun: SunPosition,
    dni_extra: np.ndarray,
    tilt: np.ndarray,
    azimuth: np.ndarray,
    system: PVSystem,
) -> np.ndarray:
    """Irradiance on the rear of the modules, W/m2, before bifaciality."""
    rear = np.empty_like(tilt)
    for start in range(0, tilt.size, _REAR_POINTS):
        part = slice(start, start + _REAR_POINTS)
        rear[part] = infinite_sheds.get_irradiance_poa(
            180 - tilt[part],
            (azimuth[part] + 180) % 360,
            sun.apparent_zenith[part],
            sun.azimuth[part],
            system.gcr,
            system.row_height_m,
            system.row_width_m / system.gcr,
            lit["ghi"][part],
            lit["dhi"][part],
            lit["dni"][part],
            system.albedo,
            model="haydavies",
            dni_extra=dni_extra[part],
        )["poa_global"]
    return rear
