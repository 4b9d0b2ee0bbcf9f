"""Beam and diffuse light where only their sum is measured: Erbs' and Maxwell's models."""

from __future__ import annotations

import numpy as np

from greenanalysis.resource.engine.compiled import kernel
from greenanalysis.resource.engine.geometry import PLANE
from greenanalysis.resource.engine.pv_kernels import true_sun
from greenanalysis.resource.engine.rows import SEGMENT

ERBS, DISC = 0, 1
LEAST_COSINE = 0.065
"""Floor under the cosine of the zenith in the clearness index, as in pvlib."""
COS_87 = float(np.cos(np.radians(87.0)))
"""Beams from lower suns are not resolved: all light is diffuse, as in pvlib."""
DISC_CONSTANT = 1370.0 / 1366.1
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
            true_sun(sun[t], here, sine, unused, PLANE)
            if model == ERBS:
                _erbs(ghi[t, part], sine, sun[t, 4], dni[t, part], dhi[t, part])
            else:
                extra = sun[t, 4] * DISC_CONSTANT
                _disc(ghi[t, part], sine, extra, dni[t, part], dhi[t, part])


@kernel()
def _erbs(ghi, sine, extra, dni, dhi):  # type: ignore[no-untyped-def]
    for i in range(ghi.size):
        light = np.float64(ghi[i])
        kt = min(max(light / (extra * max(sine[i], LEAST_COSINE)), 0.0), 1.0)
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
        kt = min(max(light / (extra * max(sine[i], LEAST_COSINE)), 0.0), 1.0)
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
