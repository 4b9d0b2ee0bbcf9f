"""Logarithm and exponential that vectorise in float32; the library's in float64."""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

FRACTION, HALF_EXPONENT = np.int32(0x007FFFFF), np.int32(0x3F000000)
LOG = (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1)
LOG_LOW = (-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1)
"""Minimax coefficients of Cephes' single-precision logf and expf (S. L. Moshier, netlib)."""
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4
SQRT_HALF, PER_LN2 = 0.707106781186547524, 1.44269504088896341


def log(x: float) -> float:
    """Natural logarithm of a normal ``x`` > 0, within 2e-7 in float32; kernels only."""
    return float(np.log(x))


def exp(x: float) -> float:
    """Exponential of ``x`` within -87..87, within 2e-7 in float32; kernels only."""
    return float(np.exp(x))


@register_jitable
def _log32(x):  # type: ignore[no-untyped-def]
    real = np.float32
    bits = real(x).view(np.int32)
    exponent = np.int32((bits >> np.int32(23)) - np.int32(126))
    m = np.int32((bits & FRACTION) | HALF_EXPONENT).view(np.float32)
    low = m < real(SQRT_HALF)
    power = real(exponent) - (real(1) if low else real(0))
    m = (m + m if low else m) - real(1)
    y = real(LOG[0])
    for c in LOG[1:] + LOG_LOW:
        y = y * m + real(c)
    z = m * m
    y = y * m * z + real(LN2_LOW) * power - real(0.5) * z
    return m + y + real(LN2_HIGH) * power


@register_jitable
def _exp32(x):  # type: ignore[no-untyped-def]
    real = np.float32
    whole = real(np.floor(real(PER_LN2) * x + real(0.5)))
    x = x - whole * real(LN2_HIGH) - whole * real(LN2_LOW)
    y = real(EXP[0])
    for c in EXP[1:]:
        y = y * x + real(c)
    y = (y * x + real(0.5)) * (x * x) + x + real(1)
    return y * np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)


@overload(log, inline="always")
def _log(x):  # type: ignore[no-untyped-def]
    if x == types.float32:
        return lambda x: _log32(x)
    return lambda x: np.log(x)


@overload(exp, inline="always")
def _exp(x):  # type: ignore[no-untyped-def]
    if x == types.float32:
        return lambda x: _exp32(x)
    return lambda x: np.exp(x)
