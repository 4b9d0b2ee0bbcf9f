"""Refuse numbers that no physics allows, in the one form of all errors.

Amounts below zero and shares outside 0 to 1 are refused; NaN (no data) passes where data may lack.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error


def require_range(
    name: str, value: object, *, where: str, minimum: float = 0.0, maximum: float = np.inf
) -> None:
    """Refuse a number or array with any value outside ``minimum``..``maximum``; NaN passes.

    Raises
    ------
    InputError : naming the value, the function and what is allowed.
    """
    values = np.asarray(value, dtype=float)
    bad = (values < minimum) | (values > maximum)
    if bad.any():
        allowed = f"{minimum:g} to {maximum:g}" if np.isfinite(maximum) else f"{minimum:g} or more"
        raise input_error(name, where=where, allowed=allowed, got=float(values[bad].flat[0]))


def require_share(name: str, value: object, *, where: str) -> None:
    """Refuse a share outside 0..1; NaN passes."""
    require_range(name, value, where=where, minimum=0.0, maximum=1.0)


def require_above_zero(name: str, value: float, *, where: str) -> None:
    """Refuse a number that is not above zero."""
    if not value > 0:
        raise input_error(name, where=where, allowed="above 0", got=value)


Amount = TypeVar("Amount", float, np.ndarray, pd.Series, xr.DataArray)


def not_negative(where: str, **values: object) -> None:
    """Raise InputError for the first value, named by its keyword, that is below zero."""
    for name, value in values.items():
        numbers = np.asarray(value, dtype=float)
        if np.any(numbers < 0):
            raise input_error(name, where=where, allowed="0 or more", got=np.nanmin(numbers))


def above_zero(where: str, **values: object) -> None:
    """Raise InputError for the first value, named by its keyword, that is zero or below."""
    for name, value in values.items():
        numbers = np.asarray(value, dtype=float)
        if np.any(numbers <= 0):
            raise input_error(name, where=where, allowed="above 0", got=np.nanmin(numbers))


def shares(where: str, **values: object) -> None:
    """Raise InputError for the first value, named by its keyword, that is outside 0 to 1."""
    for name, value in values.items():
        numbers = np.asarray(value, dtype=float)
        outside = (numbers < 0) | (numbers > 1)
        if np.any(outside):
            raise input_error(
                name, where=where, allowed="0 to 1", got=np.ravel(numbers)[np.ravel(outside)][0]
            )
