"""How kernels are compiled, where the machine code is kept, and the word to the user about it.

Logarithm and exponential vectorise in float32 and are the library's in float64.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import config, types
from numba.extending import overload, register_jitable
from numpy.polynomial import Chebyshev, Polynomial

_messages = logging.getLogger(__name__)

_ELEMENTWISE = {"nsz", "contract"}
"""Float liberties of kernels whose every element must not depend on its place in the array."""
_SUMMING = {"nsz", "contract", "reassoc"}
"""Besides, sums may be taken in the order of the machine's lanes; the same order every time."""

_Kernel = Callable[..., Any]


def kernel(*, summing: bool = False) -> Callable[[_Kernel], _Kernel]:
    """Return the decorator of every kernel: no GIL, machine code cached, NaN kept."""
    fastmath = _SUMMING if summing else _ELEMENTWISE
    return numba.njit(nogil=True, cache=True, fastmath=fastmath, error_model="numpy")


def use_writable_cache() -> None:
    """Send numba's cache to the user's cache folder where the package cannot be written to.

    Kernels that are already decorated keep their place, so this runs when the package of kernels
    is first imported. ``NUMBA_CACHE_DIR`` that is already set is obeyed.
    """
    if getattr(config, "CACHE_DIR", "") or os.access(Path(__file__).parent, os.W_OK):
        return
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = str(Path(base) / "greenanalysis" / "numba")
    setattr(config, "CACHE_DIR", folder)  # noqa: B010


def announce(kernels: tuple[Any, ...]) -> None:
    """Say, once per process, that kernels compile, if no machine code is cached."""
    if _known.issuperset(kernels):
        return
    fresh = not _known and not any(_cached(function) for function in kernels)
    _known.update(kernels)
    if fresh:
        _messages.info("compiling the resource kernels, once per installation: 10 to 30 s")


_known: set[Any] = set()


def _cached(function: Any) -> bool:
    """Whether a kernel has machine code, in the process or on disk, or needs none.

    With ``NUMBA_DISABLE_JIT=1``, as for a debugger, kernels are plain functions.
    """
    if not hasattr(function, "signatures") or function.signatures:
        return True
    folder = Path(function.stats.cache_path)
    return any(folder.glob(f"*{function.py_func.__name__}-*.nbc"))


def _log_rest(f: np.ndarray) -> np.ndarray:
    """What log(1 + f) is above f - f^2/2, over f^3."""
    series = 1 / 3 - f / 4 + f**2 / 5 - f**3 / 6 + f**4 / 7
    some = np.where(np.abs(f) < 1e-3, 1e-3, f)
    exact = (np.log1p(some) - some + some**2 / 2) / some**3
    return np.where(np.abs(f) < 1e-3, series, exact)


_LOG = tuple(
    Chebyshev.interpolate(_log_rest, 6, domain=[-1 / 3, 1 / 3])
    .convert(kind=Polynomial)
    .coef.astype(np.float32)
)
"""Polynomial within 2e-7 of the rest of the logarithm for fractions of 2/3 to 4/3."""
TWO_THIRDS, EXPONENT, PER_EXPONENT = np.int32(0x3F2AAAAB), np.int32(-8388608), np.float32(2**-23)
_EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1)
"""Minimax coefficients of Cephes' single-precision expf (S. L. Moshier, netlib)."""
LN2, LN2_HIGH, LN2_LOW = float(np.log(2)), 0.693359375, -2.12194440e-4
_PER_LN2 = 1.44269504088896341


def log(x: float) -> float:
    """Natural logarithm of a normal ``x`` > 0, within 2e-7 in float32; kernels only."""
    return float(np.log(x))


def exp(x: float) -> float:
    """Exponential of ``x`` within -87..87, within 2e-7 in float32; kernels only."""
    return float(np.exp(x))


@register_jitable
def _log32(x: Any) -> Any:
    real = np.float32
    c0, c1, c2, c3, c4, c5, c6 = _LOG
    bits = real(x).view(np.int32)
    exponent = np.int32(np.int32(bits - TWO_THIRDS) & EXPONENT)
    f = real(np.int32(bits - exponent).view(np.float32)) - real(1)
    p = (((((c6 * f + c5) * f + c4) * f + c3) * f + c2) * f + c1) * f + c0
    rest = (p * f - real(0.5)) * (f * f) + f
    return real(exponent) * PER_EXPONENT * real(LN2) + rest


@register_jitable
def _exp32(x: Any) -> Any:
    real = np.float32
    whole = real(np.floor(real(_PER_LN2) * x + real(0.5)))
    x = x - whole * real(LN2_HIGH) - whole * real(LN2_LOW)
    c0, c1, c2, c3, c4 = _EXP
    y = (((real(c0) * x + real(c1)) * x + real(c2)) * x + real(c3)) * x + real(c4)
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
