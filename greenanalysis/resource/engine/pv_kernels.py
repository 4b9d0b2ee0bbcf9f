"""Photovoltaic chain of one row of cells at one hour, in short loops that compilers vectorise.

Angles are float64 whatever the weather; irradiance and power take the type of the result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial import Chebyshev

from greenanalysis.resource.engine.compiled import kernel
from greenanalysis.resource.engine.geometry import CROSS, PLANE, RADIAL, TILT, UP
from greenanalysis.resource.engine.module_kernels import (
    inverter,
    kelvin_per_light,
    linear_power,
    table_power,
)
from greenanalysis.resource.engine.perez import perez_sky
from greenanalysis.resource.engine.rows import SEGMENT, ready

HORIZON = float(np.sin(np.radians(-(0.26667 + 0.5667))))
"""Sine of the true elevation below which SPA takes no refraction: the sun's rim at the horizon."""
SHIFT, SPAN = 0.1, (0.985 - HORIZON) / (0.985 + 0.1)
ISOTROPIC, HAY_DAVIES, PEREZ = 0, 1, 2
LEAST_COSINE = 0.01745
"""pvlib's floor under the cosine of the zenith in Hay-Davies' ratio."""
EXTINCTION = 4.0 * 0.002
"""Glazing extinction times thickness of pvlib.iam.physical, 1/m x m."""


class Plant(NamedTuple):
    """Numbers of a plant in the arithmetic's type; see PVSystem for units."""

    albedo: float
    refractive_index: float
    per_normal_light: float
    sapm: bool
    sapm_a: float
    sapm_b: float
    sapm_rise: float
    u0: float
    u1: float
    wind_factor: float
    dc_per_irradiance: float
    gamma_pdc: float
    snow_temperature: float
    snow_kept: float
    dc_limit: float
    per_dc_limit: float
    eta_ratio: float
    ac_limit: float
    ac_kept: float


class Tracker(NamedTuple):
    """Horizontal single-axis trackers: cosine and sine of the limit, row width over spacing."""

    active: bool
    backtrack: bool
    gcr: float
    cos_limit: float
    sin_limit: float


def _refraction(share: np.ndarray) -> np.ndarray:
    """SPA's refraction as a gain of the sine of elevation, over -1..1 of the mapped sine."""
    mapped = (share + 1) / 2 * SPAN
    sine = (HORIZON + SHIFT * mapped) / (1 - mapped)
    elevation = np.degrees(np.arcsin(sine))
    bent = 1.02 / (60 * np.tan(np.radians(elevation + 10.3 / (elevation + 5.11))))
    bent *= 1013.25 / 1010 * 283 / (273 + 12)
    return np.sin(np.radians(elevation + bent)) - sine


POLYNOMIAL = Chebyshev.interpolate(_refraction, 18).convert(kind=np.polynomial.Polynomial).coef
"""Gain by refraction at 1013.25 hPa and 12 degC, within 1e-8 (6e-8 above 80 degrees)."""


@kernel()
def pv_rows(inputs, packing, sun, cells, plant, module, tracker, sky_model, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (hour, cell) with AC capacity factors.

    Parameters
    ----------
    inputs : ghi, dni, dhi (W/m2), temp_air (degC), wind_speed (m/s), each (hour, cell); floats of
        the type of ``out`` or packed by ``packing``.
    sun, cells : of :func:`~greenanalysis.resource.engine.geometry.sun_vectors`, ``cell_vectors``.
    plant, tracker : numbers; module : a ModuleTable; ``sky_model`` one of the codes above.
    """
    for start in range(0, out.shape[1], SEGMENT):
        part = slice(start, min(start + SEGMENT, out.shape[1]))
        here = cells[:, part].copy()
        _pv_part(inputs, packing, sun, here, plant, module, tracker, sky_model, part, out)


@kernel()
def _pv_part(inputs, packing, sun, cells, plant, module, tracker, sky_model, part, out):  # type: ignore[no-untyped-def]
    exact, rooms = np.empty((3, cells.shape[1])), np.empty((10, cells.shape[1]), out.dtype)
    gaps, sine, cosine, tilt, warmer = rooms[5], rooms[6], rooms[7], rooms[8], rooms[9]
    for t in range(out.shape[0]):
        row = out[t, part]
        ghi = ready(inputs[0][t, part], packing[0], rooms[0], False)
        dni = ready(inputs[1][t, part], packing[1], rooms[1], False)
        dhi = ready(inputs[2][t, part], packing[2], rooms[2], False)
        temp_air = ready(inputs[3][t, part], packing[3], rooms[3], False)
        wind_speed = ready(inputs[4][t, part], packing[4], rooms[4], False)
        if not _light(ghi, dni, dhi, temp_air, wind_speed, gaps):
            row[:] = gaps
            continue
        _angles(sun[t], cells, tracker, sky_model == PEREZ, exact, rooms[6:9])
        if sky_model == HAY_DAVIES:
            _hay_davies(dni, dhi, sun[t, 4], sine, cosine, tilt, row)
        elif sky_model == PEREZ:
            perez_sky(dni, dhi, sun[t, 4], exact[0], exact[1], exact[2], row)
        else:
            _isotropic(dhi, tilt, row)
        kelvin_per_light(wind_speed, plant, warmer)
        _warm(ghi, dni, temp_air, cosine, tilt, plant, row, warmer)
        _glass(ghi, dni, cosine, tilt, plant, row)
        if module.active:
            table_power(warmer, plant, module, row)
        else:
            linear_power(warmer, plant, row)
        inverter(temp_air, plant, row)
        for i in range(row.size):
            row[i] += gaps[i]


@kernel()
def _angles(sun, cells, tracker, keep_exact, exact, angles):  # type: ignore[no-untyped-def]
    """Fill ``angles``: sine of elevation, cosines of incidence and tilt; ``exact`` on the way."""
    true_sun(sun, cells, exact[0], exact[1], CROSS if tracker.active else PLANE)
    if tracker.active or keep_exact:
        exact[2] = 0.0 * cells[TILT] if tracker.active else cells[TILT]
        _apparent_sun(exact[0], exact[1], exact[2])
        if tracker.active:
            _track(exact[0], exact[1], exact[2], tracker)
        _cast(exact, angles)
    else:
        exact[2] = cells[TILT]
        _cast(exact, angles)
        _apparent_sun(angles[0], angles[1], angles[2])


@kernel()
def _cast(exact, working):  # type: ignore[no-untyped-def]
    for k in range(3):
        for i in range(exact.shape[1]):
            working[k, i] = exact[k, i]


@kernel()
def _light(ghi, dni, dhi, temp_air, wind_speed, gaps):  # type: ignore[no-untyped-def]
    """Fill ``gaps`` with NaN where an input is NaN, else 0; return whether the hour is lit."""
    zero, gap = gaps.dtype.type(0), gaps.dtype.type(np.nan)
    lit = 0
    for i in range(gaps.size):
        lit |= (ghi[i] != zero) | (dni[i] != zero) | (dhi[i] != zero)
        every = ghi[i] + dni[i] + dhi[i] + temp_air[i] + wind_speed[i]
        gaps[i] = zero if every == every else gap
    return lit != 0


@kernel()
def true_sun(sun, cells, sine, cosine, plane):  # type: ignore[no-untyped-def]
    """Sine of elevation and projection on ``plane`` as seen from the ground, without air."""
    s0, s1, s2, p = sun[0], sun[1], sun[2], sun[3]
    a0, a1, a2, a3 = cells[UP], cells[UP + 1], cells[UP + 2], cells[UP + 3]
    for i in range(sine.size):
        sine[i] = s0 * a0[i] + s1 * a1[i] + s2 * a2[i] + p * a3[i]
    b0, b1, b2, b3 = cells[plane], cells[plane + 1], cells[plane + 2], cells[plane + 3]
    for i in range(sine.size):
        cosine[i] = s0 * b0[i] + s1 * b1[i] + s2 * b2[i] + p * b3[i]
    upward, poleward = cells[RADIAL], cells[RADIAL + 1]
    for i in range(sine.size):
        nearer = p * (upward[i] * (sine[i] + p) + poleward[i] * s0) - 0.5 * p * p
        unit = 1.0 + nearer + 1.5 * nearer * nearer
        sine[i] *= unit
        cosine[i] *= unit


@kernel()
def _apparent_sun(sine, cosine, tilt):  # type: ignore[no-untyped-def]
    """Lift the sun by refraction: sine of elevation, projection on planes of cosine ``tilt``."""
    real = sine.dtype.type
    zero, one, two, least = real(0), real(1), real(2), real(1e-15)
    horizon, shift, span = real(HORIZON), real(SHIFT), real(2.0 / SPAN)
    for i in range(sine.size):
        true = sine[i]
        x = (true - horizon) / (true + shift) * span - one
        gain = real(POLYNOMIAL[18])
        for k in range(17, -1, -1):
            gain = gain * x + real(POLYNOMIAL[k])
        gain = gain if true >= horizon else zero
        shrink = one - gain * (two * true + gain) / max(one - true * true, least)
        level = cosine[i] - tilt[i] * true
        sine[i] = true + gain
        cosine[i] = tilt[i] * (true + gain) + level * np.sqrt(max(shrink, zero))


@kernel()
def _track(sine, cosine, tilt, tracker):  # type: ignore[no-untyped-def]
    """Turn ``cosine`` across the axis into that of incidence, ``tilt`` into the trackers'."""
    for i in range(sine.size):
        up, across = sine[i], cosine[i]
        length = np.sqrt(up * up + across * across)
        cos_turn = up / max(length, 1e-300)
        sin_turn = abs(across) / max(length, 1e-300)
        if tracker.backtrack:
            ratio = min(cos_turn / tracker.gcr, 1.0)
            back = np.sqrt(1.0 - ratio * ratio)
            cos_turn, sin_turn = (
                cos_turn * ratio + sin_turn * back,
                sin_turn * ratio - cos_turn * back,
            )
        far = cos_turn < tracker.cos_limit
        cos_turn = tracker.cos_limit if far else cos_turn
        sin_turn = tracker.sin_limit if far else sin_turn
        night = up < 0.0
        cos_turn = 1.0 if night else cos_turn
        sin_turn = 0.0 if night else sin_turn
        cosine[i] = cos_turn * up + sin_turn * abs(across)
        tilt[i] = cos_turn


@kernel()
def _isotropic(dhi, tilt, sky):  # type: ignore[no-untyped-def]
    half = sky.dtype.type(0.5)
    one = sky.dtype.type(1)
    for i in range(sky.size):
        sky[i] = dhi[i] * (half * (one + tilt[i]))


@kernel()
def _hay_davies(dni, dhi, extra, sine, cosine, tilt, sky):  # type: ignore[no-untyped-def]
    """Diffuse irradiance of the sky, W/m2 (Hay and Davies 1980, as pvlib)."""
    real = sky.dtype.type
    zero, half, one = real(0), real(0.5), real(1)
    inverse = real(1.0 / extra)
    least = real(LEAST_COSINE)
    for i in range(sky.size):
        beam = max(cosine[i], zero) / max(sine[i], least)
        clear = dni[i] * inverse
        even = (one - clear) * (half * (one + tilt[i]))
        sky[i] = max(dhi[i] * even, zero) + max(dhi[i] * clear * beam, zero)


@kernel()
def _warm(ghi, dni, temp_air, cosine, tilt, plant, row, warmer):  # type: ignore[no-untyped-def]
    """Turn ``warmer``, K per W/m2, into cell temperature over 25 degC; ``row`` is the sky's light.

    One array is written a loop: with two, compilers check too many overlaps to vectorise.
    """
    real = row.dtype.type
    zero, half, one, reference = real(0), real(0.5), real(1), real(25)
    for i in range(row.size):
        beam = max(dni[i] * min(max(cosine[i], zero), one), zero)
        diffuse = row[i] + ghi[i] * plant.albedo * (half * (one - tilt[i]))
        warmer[i] = temp_air[i] + (beam + diffuse) * warmer[i] - reference


@kernel()
def _glass(ghi, dni, cosine, tilt, plant, row):  # type: ignore[no-untyped-def]
    """Turn the sky's light, W/m2, into all light behind the glass."""
    real = row.dtype.type
    zero, half, one, third, two = real(0), real(0.5), real(1), real(1.0 / 3.0), real(2)
    n, loss = plant.refractive_index, real(EXTINCTION)
    inner = one / n
    for i in range(row.size):
        cos1 = min(max(cosine[i], zero), one)
        bent = (one - cos1 * cos1) * inner * inner
        cos2 = np.sqrt(one - bent)
        s, p = (cos1 + n * cos2) * (cos1 + n * cos2), (cos2 + n * cos1) * (cos2 + n * cos1)
        share = one / (s * p * cos2)
        through = two * n * cos1 * cos2 * cos2 * (s + p) * share
        x = loss * s * p * share
        kept = one - x * (one - half * x * (one - third * x))
        beam = max(dni[i] * cos1, zero)
        diffuse = row[i] + ghi[i] * plant.albedo * (half * (one - tilt[i]))
        row[i] = beam * (through * kept * plant.per_normal_light) + diffuse
