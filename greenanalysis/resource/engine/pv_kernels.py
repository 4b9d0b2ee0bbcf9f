"""Photovoltaic chain of one row of cells at one hour, in short loops that compilers vectorise.

Erbs' and Maxwell's models split global irradiance into beam and diffuse where only their sum is
measured; the sky is Perez' of 1990; behind the glass come cell temperature, module, snow and
inverter. Angles and the sky's bins are float64 whatever the weather, since they must not move with
rounding; irradiance and power take the type of the result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial import Chebyshev
from pvlib.irradiance import _get_perez_coefficients

from greenanalysis.resource.engine.compiled import exp, kernel
from greenanalysis.resource.engine.geometry import CROSS, PLANE, RADIAL, TILT, UP
from greenanalysis.resource.engine.rows import SEGMENT, ready

_COEFFICIENTS = np.hstack(_get_perez_coefficients("allsitescomposite1990"))
"""(bin, 6): F11 F12 F13 F21 F22 F23, pvlib's table."""
_EDGES = np.array([1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2])
"""Clearness at which the bins begin, from the second."""
_KAPPA = 1.041
_COS_85 = float(np.cos(np.radians(85.0)))


@kernel()
def _perez_sky(dni, dhi, extra, sine, cosine, tilt, sky):  # type: ignore[no-untyped-def]
    """Fill ``sky`` (cell) with the diffuse irradiance of the sky, W/m2.

    Parameters
    ----------
    dni, dhi : (cell), W/m2; ``extra`` outside the atmosphere, W/m2.
    sine, cosine, tilt : (cell), float64: sine of the apparent elevation, cosine of incidence and
        of the modules' tilt.

    References
    ----------
    R. Perez et al., Solar Energy 44 (1990) 271-289, doi:10.1016/0038-092X(90)90055-H.
    """
    for i in range(sky.size):
        diffuse = np.float64(dhi[i])
        if not (sine[i] >= 0.0 and diffuse != 0.0):
            sky[i] = 0.0
            continue
        zenith = np.arccos(min(sine[i], 1.0))
        degrees = np.degrees(zenith)
        airmass = 1.0 / (sine[i] + 0.50572 * (96.07995 - degrees) ** -1.6364)
        bright = diffuse * airmass / extra
        cubed = _KAPPA * zenith**3
        clear = ((diffuse + dni[i]) / diffuse + cubed) / (1.0 + cubed)
        k = 0
        while k < 7 and clear >= _EDGES[k]:
            k += 1
        c = _COEFFICIENTS[k]
        around = max(c[0] + c[1] * bright + c[2] * zenith, 0.0)
        band = c[3] + c[4] * bright + c[5] * zenith
        even = 0.5 * (1.0 - around) * (1.0 + tilt[i])
        beam = around * max(cosine[i], 0.0) / max(sine[i], _COS_85)
        edge = band * np.sqrt(max(1.0 - tilt[i] * tilt[i], 0.0))
        sky[i] = max(diffuse * (even + beam + edge), 0.0)


@kernel()
def _kelvin_per_light(wind_speed, plant, heat):  # type: ignore[no-untyped-def]
    """Fill ``heat`` with the rise of cell over air temperature, K per W/m2: Faiman or SAPM."""
    real = heat.dtype.type
    if plant.sapm:
        for i in range(heat.size):
            heat[i] = exp(plant.sapm_a + plant.sapm_b * wind_speed[i]) + plant.sapm_rise
    else:
        for i in range(heat.size):
            heat[i] = real(1) / (plant.u0 + plant.u1 * (wind_speed[i] * plant.wind_factor))


@kernel()
def _linear_power(warmer, plant, row):  # type: ignore[no-untyped-def]
    """Turn effective irradiance (W/m2) into DC power of the AC rating, PVWatts; 25 K are taken."""
    one = row.dtype.type(1)
    for i in range(row.size):
        row[i] = row[i] * plant.dc_per_irradiance * (one + plant.gamma_pdc * warmer[i])


@kernel()
def _table_power(warmer, plant, module, row):  # type: ignore[no-untyped-def]
    """The same by a module's table, between whose nodes cubics run."""
    table = module.efficiency
    across, along = table.shape[0], table.shape[1]
    weights = np.empty((2, 4))
    for i in range(row.size):
        seen = np.float64(row[i])
        if not seen > 0.0 or warmer[i] != warmer[i]:
            continue
        x = max((np.log(seen) - module.dimmest) * module.per_light, 0.0)
        y = (np.float64(warmer[i]) + 25.0 - module.coldest) * module.per_heat
        a = _cubic(x, across, weights[0])
        b = _cubic(y, along, weights[1])
        share = 0.0
        for j in range(4):
            for k in range(4):
                share += weights[0, j] * weights[1, k] * table[a + j, b + k]
        row[i] = seen * plant.dc_per_irradiance * share


@kernel()
def _cubic(x, size, weights):  # type: ignore[no-untyped-def]
    """Fill Lagrange's four weights at a place among nodes; return the first of the nodes."""
    first = min(max(int(x) - 1, 0), size - 4)
    s = min(max(x, 0.0), size - 1.0) - first
    weights[0] = (s - 1) * (s - 2) * (3 - s) / 6
    weights[1] = s * (s - 2) * (s - 3) / 2
    weights[2] = s * (s - 1) * (3 - s) / 2
    weights[3] = s * (s - 1) * (s - 2) / 6
    return first


@kernel()
def _inverter(temp_air, plant, row):  # type: ignore[no-untyped-def]
    """Take off snow, convert to AC, clip: PVWatts; ``row`` is DC on entry."""
    real = row.dtype.type
    zero, one = real(0), real(1)
    linear, constant, inverse = real(-0.0162), real(0.9858), real(0.0059)
    for i in range(row.size):
        dc = row[i]
        dc = dc * plant.snow_kept if temp_air[i] < plant.snow_temperature else dc
        load = dc * plant.per_dc_limit
        ac = plant.eta_ratio * (dc * (linear * load + constant) - inverse * plant.dc_limit)
        ac = max(min(ac, plant.ac_limit), zero) if dc != zero else zero
        row[i] = min(ac * plant.ac_kept, one)


_HORIZON = float(np.sin(np.radians(-(0.26667 + 0.5667))))
"""Sine of the true elevation below which SPA takes no refraction: the sun's rim at the horizon."""
SHIFT, SPAN = 0.1, (0.985 - _HORIZON) / (0.985 + 0.1)
ISOTROPIC, HAY_DAVIES, PEREZ = 0, 1, 2
_LEAST_COSINE = 0.01745
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
    sine = (_HORIZON + SHIFT * mapped) / (1 - mapped)
    elevation = np.degrees(np.arcsin(sine))
    bent = 1.02 / (60 * np.tan(np.radians(elevation + 10.3 / (elevation + 5.11))))
    bent *= 1013.25 / 1010 * 283 / (273 + 12)
    return np.sin(np.radians(elevation + bent)) - sine


_POLYNOMIAL = Chebyshev.interpolate(_refraction, 18).convert(kind=np.polynomial.Polynomial).coef
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
            _perez_sky(dni, dhi, sun[t, 4], exact[0], exact[1], exact[2], row)
        else:
            _isotropic(dhi, tilt, row)
        _kelvin_per_light(wind_speed, plant, warmer)
        _warm(ghi, dni, temp_air, cosine, tilt, plant, row, warmer)
        _glass(ghi, dni, cosine, tilt, plant, row)
        if module.active:
            _table_power(warmer, plant, module, row)
        else:
            _linear_power(warmer, plant, row)
        _inverter(temp_air, plant, row)
        for i in range(row.size):
            row[i] += gaps[i]


@kernel()
def _angles(sun, cells, tracker, keep_exact, exact, angles):  # type: ignore[no-untyped-def]
    """Fill ``angles``: sine of elevation, cosines of incidence and tilt; ``exact`` on the way."""
    _true_sun(sun, cells, exact[0], exact[1], CROSS if tracker.active else PLANE)
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
def _true_sun(sun, cells, sine, cosine, plane):  # type: ignore[no-untyped-def]
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
    horizon, shift, span = real(_HORIZON), real(SHIFT), real(2.0 / SPAN)
    for i in range(sine.size):
        true = sine[i]
        x = (true - horizon) / (true + shift) * span - one
        gain = real(_POLYNOMIAL[18])
        for k in range(17, -1, -1):
            gain = gain * x + real(_POLYNOMIAL[k])
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
    least = real(_LEAST_COSINE)
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


ERBS, DISC = 0, 1
_DECOMPOSITION_LEAST_COSINE = 0.065
"""Floor under the cosine of the zenith in the clearness index, as in pvlib."""
COS_87 = float(np.cos(np.radians(87.0)))
"""Beams from lower suns are not resolved: all light is diffuse, as in pvlib."""
_DISC_CONSTANT = 1370.0 / 1366.1
"""Solar constant of DISC over that of the hours' extraterrestrial irradiance."""


@kernel()
def split_rows(ghi, sun, cells, model, dni, dhi):  # type: ignore[no-untyped-def]
    """Fill ``dni`` and ``dhi`` (hour, cell) from ``ghi``, all W/m2.

    Parameters
    ----------
    ghi : (hour, cell); NaN gives NaN.
    sun, cells : of :func:`~greenanalysis.resource.engine.geometry.sun_vectors`, ``cell_vectors``.
    model : one of the codes above.

    References
    ----------
    D. G. Erbs, S. A. Klein, J. A. Duffie, Solar Energy 28 (1982) 293-302,
    doi:10.1016/0038-092X(82)90302-4. E. L. Maxwell, A Quasi-Physical Model for Converting Hourly
    Global Horizontal to Direct Normal Insolation, SERI/TR-215-3087, 1987.
    """
    for start in range(0, ghi.shape[1], SEGMENT):
        part = slice(start, min(start + SEGMENT, ghi.shape[1]))
        here = cells[:, part].copy()
        sine, unused = np.empty(here.shape[1]), np.empty(here.shape[1])
        for t in range(ghi.shape[0]):
            _true_sun(sun[t], here, sine, unused, PLANE)
            if model == ERBS:
                _erbs(ghi[t, part], sine, sun[t, 4], dni[t, part], dhi[t, part])
            else:
                extra = sun[t, 4] * _DISC_CONSTANT
                _disc(ghi[t, part], sine, extra, dni[t, part], dhi[t, part])


@kernel()
def _erbs(ghi, sine, extra, dni, dhi):  # type: ignore[no-untyped-def]
    for i in range(ghi.size):
        light = np.float64(ghi[i])
        kt = min(max(light / (extra * max(sine[i], _DECOMPOSITION_LEAST_COSINE)), 0.0), 1.0)
        share = 0.165
        if kt <= 0.22:
            share = 1 - 0.09 * kt
        elif kt <= 0.8:
            share = 0.9511 + kt * (-0.1604 + kt * (4.388 + kt * (-16.638 + 12.336 * kt)))
        lit = (sine[i] >= COS_87) and (light >= 0.0)
        dni[i] = (light - share * light) / sine[i] if lit else 0.0 * light
        dhi[i] = share * light if lit else light


@kernel()
def _disc(ghi, sine, extra, dni, dhi):  # type: ignore[no-untyped-def]
    for i in range(ghi.size):
        light = np.float64(ghi[i])
        dni[i], dhi[i] = 0.0 * light, light
        if not (sine[i] >= COS_87 and light >= 0.0):
            continue
        kt = min(max(light / (extra * max(sine[i], _DECOMPOSITION_LEAST_COSINE)), 0.0), 1.0)
        zenith = np.degrees(np.arccos(min(sine[i], 1.0)))
        mass = min(1.0 / (sine[i] + 0.15 * (93.885 - zenith) ** -1.253), 12.0)
        if kt <= 0.6:
            a = 0.512 + kt * (-1.56 + kt * (2.286 - 2.222 * kt))
            b = 0.37 + 0.962 * kt
            c = -0.28 + kt * (0.932 - 2.048 * kt)
        else:
            a = -5.743 + kt * (21.77 + kt * (-27.49 + 11.56 * kt))
            b = 41.4 + kt * (-118.5 + kt * (66.05 + 31.9 * kt))
            c = -47.01 + kt * (184.2 + kt * (-222.0 + 73.81 * kt))
        clear = 0.866 + mass * (-0.122 + mass * (0.0121 + mass * (-0.000653 + 1.4e-05 * mass)))
        beam = max((clear - (a + b * np.exp(c * mass))) * extra, 0.0)
        dni[i] = beam
        dhi[i] = light - beam * sine[i]
