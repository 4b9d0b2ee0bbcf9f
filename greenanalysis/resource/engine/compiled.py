"""How kernels are compiled, where the machine code is kept, and the word to the user about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import config

ELEMENTWISE = {"nsz", "contract"}
"""Float liberties of kernels whose every element must not depend on its place in the array."""
SUMMING = {"nsz", "contract", "reassoc"}
"""Besides, sums may be taken in the order of the machine's lanes; the same order every time."""

Kernel = Callable[..., Any]


def kernel(*, summing: bool = False) -> Callable[[Kernel], Kernel]:
    """Return the decorator of every kernel: no GIL, machine code cached, NaN kept."""
    fastmath = SUMMING if summing else ELEMENTWISE
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
    """Say on stderr, once per process, that kernels compile, if no machine code is cached."""
    if _known.issuperset(kernels):
        return
    fresh = not _known and not any(_cached(function) for function in kernels)
    _known.update(kernels)
    if fresh:
        print("compiling the resource kernels, once per installation: 10 to 30 s", file=sys.stderr)


_known: set[Any] = set()


def _cached(function: Any) -> bool:
    """Whether a kernel has machine code, in the process or on disk, or needs none.

    With ``NUMBA_DISABLE_JIT=1``, as for a debugger, kernels are plain functions.
    """
    if not hasattr(function, "signatures") or function.signatures:
        return True
    folder = Path(function.stats.cache_path)
    return any(folder.glob(f"*{function.py_func.__name__}-*.nbc"))
