"""Numba kernels of the wind model; plain loops over contiguous (hour, cell) arrays."""

from __future__ import annotations

import numba
import numpy as np

STANDARD_DENSITY = 1.225
"""Air density at which power curves hold, kg/m3 (IEC 61400-12-1)."""
GAS_CONSTANT_DRY_AIR = 287.058
"""J/(kg K), as in windpowerlib.density.ideal_gas."""
LAPSE_K_PER_M = 0.0065
"""Fall of temperature with height, ICAO standard atmosphere."""
PRESSURE_FALL_PA_PER_M = 12.5
"""Fall of pressure with height, 1/8 hPa per m, as in windpowerlib.density.ideal_gas."""


@numba.njit(cache=True, nogil=True, inline="always")
def _density_exponent(speed: float) -> float:
    """Exponent of the density correction by wind speed of the curve (Svenningsen 2010)."""
    if speed <= 7.5:
        return 1.0 / 3.0
    if speed >= 12.5:
        return 2.0 / 3.0
    return 1.0 / 3.0 + (speed - 7.5) / 15.0


@numba.njit(cache=True, nogil=True)
def curve_power(
    speed: float, log_ratio: float, knots: np.ndarray, exponents: np.ndarray, power: np.ndarray
) -> float:
    """Power at one wind speed on the curve stretched by ``exp(log_ratio * exponent)``; else 0."""
    low, high = 0, knots.size - 1
    first = knots[low] * np.exp(log_ratio * exponents[low])
    last = knots[high] * np.exp(log_ratio * exponents[high])
    if speed < first or speed > last:
        return 0.0
    while high - low > 1:
        middle = (low + high) // 2
        at_middle = knots[middle] * np.exp(log_ratio * exponents[middle])
        if at_middle <= speed:
            low, first = middle, at_middle
        else:
            high, last = middle, at_middle
    return power[low] + (power[high] - power[low]) / (last - first) * (speed - first)


@numba.njit(cache=True, nogil=True)
def two_height_speed(
    v10: np.ndarray, v100: np.ndarray, height: float, lowest: float, highest: float
) -> np.ndarray:
    """Wind speed at ``height`` by each hour's own power law between 10 m and 100 m.

    The shear exponent is held within ``lowest``..``highest``; an hour that is calm at 10 m takes
    ``highest``.
    """
    out = np.empty_like(v100)
    log_height = np.log(height / 100.0)
    for i in range(v100.shape[0]):
        for j in range(v100.shape[1]):
            low, high = v10[i, j], v100[i, j]
            if np.isnan(low) or np.isnan(high):
                out[i, j] = np.nan
            elif high <= 0.0:
                out[i, j] = 0.0
            else:
                shear = highest
                if low > 0.0:
                    shear = min(max(np.log(high / low) / np.log(10.0), lowest), highest)
                out[i, j] = high * np.exp(shear * log_height)
    return out


@numba.njit(cache=True, nogil=True)
def farm_power(
    speed: np.ndarray,
    temp_air: np.ndarray,
    pressure: np.ndarray,
    knots: np.ndarray,
    power: np.ndarray,
    height: float,
    correct_density: bool,
    coldest: float,
) -> np.ndarray:
    """Fraction of nominal power from hub-height speed, 2 m temperature (degC) and pressure (Pa)."""
    out = np.empty_like(speed)
    exponents = np.empty_like(knots)
    for k in range(knots.size):
        exponents[k] = _density_exponent(knots[k])
    for i in range(speed.shape[0]):
        for j in range(speed.shape[1]):
            hub_kelvin = temp_air[i, j] + 273.15 - LAPSE_K_PER_M * (height - 2.0)
            hub_pressure = pressure[i, j] - PRESSURE_FALL_PA_PER_M * height
            if np.isnan(speed[i, j]) or np.isnan(hub_kelvin) or np.isnan(hub_pressure):
                out[i, j] = np.nan
            elif hub_kelvin - 273.15 < coldest:
                out[i, j] = 0.0
            else:
                ratio = 0.0
                if correct_density:
                    density = hub_pressure / (GAS_CONSTANT_DRY_AIR * hub_kelvin)
                    ratio = np.log(STANDARD_DENSITY / density)
                out[i, j] = curve_power(speed[i, j], ratio, knots, exponents, power)
    return out
