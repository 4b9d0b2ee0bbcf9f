"""atlite's default models on the variables of its cutouts, to stand beside it number for number.

Unlike atlite, a missing input makes a missing result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from greenanalysis.resource.engine.arithmetic import log
from greenanalysis.resource.engine.compiled import kernel
from greenanalysis.resource.engine.geometry import PLANE, TILT, UP, remembered
from greenanalysis.resource.engine.wind_kernels import CELLS_PER_METRE
from greenanalysis.resource.solar_position import sun_instants

LOWEST_SINE = float(np.sin(np.radians(1.0)))
"""atlite counts no hour with the sun lower than one degree."""


class Panel(NamedTuple):
    """Huld's empirical module; defaults are atlite's ``CSi`` panel.

    References
    ----------
    H. G. Beyer et al., Robust model for the description of the performance of different
    PV-technologies, 2004; T. Huld et al., Solar Energy 84 (2010) 324-338,
    doi:10.1016/j.solener.2009.12.006.
    """

    c_temp_amb: float = 1.0
    c_temp_irrad: float = 0.035
    r_tmod: float = 298.0
    r_irradiance: float = 1000.0
    k_1: float = -0.017162
    k_2: float = -0.040289
    k_3: float = -0.004681
    k_4: float = 0.000148
    k_5: float = 0.000169
    k_6: float = 0.000005
    inverter_efficiency: float = 0.9


@remembered
def almanac_vectors(labels: np.ndarray) -> np.ndarray:
    """Return unit vectors to the sun (hour, 3) of the almanac's formula that atlite takes.

    References
    ----------
    J. J. Michalsky, Solar Energy 40 (1988) 227-235, doi:10.1016/0038-092X(88)90045-X.
    """
    instants = pd.DatetimeIndex(sun_instants(labels))
    n = instants.to_julian_date().to_numpy() - 2451545.0
    clock = instants.hour.to_numpy() + instants.minute.to_numpy() / 60.0
    longitude = 280.460 + 0.9856474 * n
    g = np.radians(357.528 + 0.9856003 * n)
    ecliptic = np.radians(longitude + 1.915 * np.sin(g) + 0.020 * np.sin(2 * g))
    obliquity = np.radians(23.439 - 4e-7 * n)
    ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    hour = np.radians((6.697375 + clock + 0.0657098242 * n) * 15.0) - ascension
    level = np.cos(declination)
    return np.stack([np.sin(declination), level * np.cos(hour), level * np.sin(hour)], axis=-1)


@kernel()
def huld_rows(toa, direct, diffuse, albedo, temperature, sun, cells, panel, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (hour, cell) with capacity factors under an isotropic sky.

    Parameters
    ----------
    toa, direct, diffuse : (hour, cell), on the horizontal plane, W/m2.
    albedo, temperature : (hour, cell), 0..1 and K.
    sun : of :func:`almanac_vectors`; cells : of ``cell_vectors``.
    """
    size = out.shape[1]
    exact, working = np.empty((2, size)), np.empty((2, size), out.dtype)
    tilt = np.empty(size, out.dtype)
    tilt[:] = cells[TILT]
    for t in range(out.shape[0]):
        highest = _project(sun[t], cells, exact)
        if highest < LOWEST_SINE:
            _dark(toa[t], direct[t], diffuse[t], albedo[t], temperature[t], out[t])
            continue
        working[:] = exact
        _tilted(toa[t], direct[t], diffuse[t], albedo[t], working[0], working[1], tilt, out[t])
        _module(toa[t], temperature[t], panel, out[t])


@kernel(summing=True)
def _project(sun, cells, exact):  # type: ignore[no-untyped-def]
    """Sine of elevation and cosine of incidence; return the highest sine."""
    s0, s1, s2 = sun[0], sun[1], sun[2]
    highest = -1.0
    for i in range(exact.shape[1]):
        sine = s0 * cells[UP, i] + s1 * cells[UP + 1, i] + s2 * cells[UP + 2, i]
        exact[0, i] = sine
        highest = max(highest, sine)
    for i in range(exact.shape[1]):
        b0, b1, b2 = cells[PLANE, i], cells[PLANE + 1, i], cells[PLANE + 2, i]
        exact[1, i] = s0 * b0 + s1 * b1 + s2 * b2
    return highest


@kernel()
def _dark(toa, direct, diffuse, albedo, temperature, row):  # type: ignore[no-untyped-def]
    zero, gap = row.dtype.type(0), row.dtype.type(np.nan)
    for i in range(row.size):
        every = toa[i] + direct[i] + diffuse[i] + albedo[i] + temperature[i]
        row[i] = zero if every == every else gap


@kernel()
def _tilted(toa, direct, diffuse, albedo, sine, cosine, tilt, row):  # type: ignore[no-untyped-def]
    """Irradiance on the modules, W/m2, not below 1e-30; NaN where an input is missing."""
    real = row.dtype.type
    zero, half, one = real(0), real(0.5), real(1)
    lowest, dim, gap = real(LOWEST_SINE), real(0.01), real(np.nan)
    for i in range(row.size):
        beam = min(max(direct[i], zero), toa[i])
        sky = min(max(diffuse[i], zero), toa[i] - beam)
        ground = half * (one - tilt[i]) * albedo[i] * (beam + sky)
        facing = max(cosine[i], zero) / max(sine[i], lowest) * beam
        total = facing + half * (one + tilt[i]) * sky + ground
        total = total if (sine[i] >= lowest) & (beam + sky > dim) else zero
        every = toa[i] + direct[i] + diffuse[i] + albedo[i]
        row[i] = total if every == every else gap


@kernel()
def _module(toa, temperature, panel, row):  # type: ignore[no-untyped-def]
    real = row.dtype.type
    zero, one, tiny, gap = real(0), real(1), real(1e-30), real(np.nan)
    per = one / panel.r_irradiance
    for i in range(row.size):
        irradiance = row[i]
        share = irradiance * per
        warm = panel.c_temp_amb * temperature[i] + panel.c_temp_irrad * irradiance - panel.r_tmod
        low = log(max(share, tiny))
        efficiency = one + low * (panel.k_1 + panel.k_2 * low)
        efficiency += warm * (panel.k_3 + low * (panel.k_4 + panel.k_5 * low))
        efficiency += panel.k_6 * warm * warm
        power = share * max(efficiency, zero) * panel.inverter_efficiency
        every = irradiance + temperature[i]
        row[i] = power if every == every else gap


@kernel()
def roughness_wind_rows(speed, roughness, log_hub, log_from, curve, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (hour, cell) with power by the logarithmic profile over ``roughness`` (m).

    Parameters
    ----------
    speed : (hour, cell), m/s, at the height whose logarithm is ``log_from``.
    curve : of ``make_curve``; a step down is two knots a hair apart.
    """
    real = out.dtype.type
    tiny, gap = real(1e-30), real(np.nan)
    for t in range(out.shape[0]):
        row = out[t]
        for i in range(row.size):
            rough = log(max(roughness[t, i], tiny))
            row[i] = speed[t, i] * ((log_hub - rough) / (log_from - rough))
        _look_up(curve, row)
        for i in range(row.size):
            every = speed[t, i] + roughness[t, i]
            row[i] = row[i] if every == every else gap


@kernel()
def _look_up(curve, row):  # type: ignore[no-untyped-def]
    """Turn speeds into power; beyond the last knot that of the last one."""
    real = row.dtype.type
    level, rise = curve.level, curve.rise
    end, metre, zero = real(level.size - 1), real(CELLS_PER_METRE), real(0)
    for i in range(row.size):
        v = row[i]
        k = int(max(min(v * metre, end), zero))
        power = level[k] + rise[k] * v
        row[i] = power if power == power else _between(curve, k, np.float64(v))


@kernel()
def _between(curve, k, v):  # type: ignore[no-untyped-def]
    """Power at a speed near a knot, or beyond the last."""
    speed, power, at = curve.speed, curve.power, curve.first[k]
    last = speed.size - 1
    while at < last - 1 and v >= speed[at + 1]:
        at += 1
    if not v < speed[last]:
        return power[last]
    return power[at] + (power[at + 1] - power[at]) / (speed[at + 1] - speed[at]) * (v - speed[at])
