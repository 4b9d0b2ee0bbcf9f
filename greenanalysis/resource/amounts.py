"""Refuse amounts below zero and shares outside 0 to 1; NaN (no data) passes."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.errors import input_error

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
