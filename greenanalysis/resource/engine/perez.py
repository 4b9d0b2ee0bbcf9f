"""Perez' sky of 1990 in a kernel: always float64, for its bins must not move with rounding."""

from __future__ import annotations

import numpy as np
from pvlib.irradiance import _get_perez_coefficients

from greenanalysis.resource.engine.compiled import kernel

COEFFICIENTS = np.hstack(_get_perez_coefficients("allsitescomposite1990"))
"""(bin, 6): F11 F12 F13 F21 F22 F23, pvlib's table."""
EDGES = np.array([1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2])
"""Clearness at which the bins begin, from the second."""
KAPPA = 1.041
COS_85 = float(np.cos(np.radians(85.0)))


@kernel()
def perez_sky(dni, dhi, extra, sine, cosine, tilt, sky):  # type: ignore[no-untyped-def]
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
        cubed = KAPPA * zenith**3
        clear = ((diffuse + dni[i]) / diffuse + cubed) / (1.0 + cubed)
        k = 0
        while k < 7 and clear >= EDGES[k]:
            k += 1
        c = COEFFICIENTS[k]
        around = max(c[0] + c[1] * bright + c[2] * zenith, 0.0)
        band = c[3] + c[4] * bright + c[5] * zenith
        even = 0.5 * (1.0 - around) * (1.0 + tilt[i])
        beam = around * max(cosine[i], 0.0) / max(sine[i], COS_85)
        edge = band * np.sqrt(max(1.0 - tilt[i] * tilt[i], 0.0))
        sky[i] = max(diffuse * (even + beam + edge), 0.0)
