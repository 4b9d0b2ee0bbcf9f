"""Wind at a height from wind at other heights: each hour's own power law."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.core.variables import wind_heights

_WIND = re.compile(r"wind_speed_(\d+(?:\.\d+)?)m")


def height_of(name: str) -> float | None:
    """Return the height that the name of a wind speed states, m; None for other variables."""
    match = _WIND.fullmatch(name)
    return float(match[1]) if match else None


def wind_at(dataset: xr.Dataset, height: float) -> xr.DataArray | None:
    """Return wind speed at a height, m/s, from the two heights nearest to it.

    Parameters
    ----------
    dataset : with ``wind_speed_<height>m`` (time, latitude, longitude), m/s.
    height : m above ground.

    Returns
    -------
    DataArray : where the height itself is held, its values; otherwise by the power law of each hour
        between two heights. Hours that are calm at either height are interpolated linearly in the
        logarithm of height. None where a single other height is held, which tells no shear.
    """
    heights = wind_heights(dataset)
    if height in heights:
        return dataset[heights[height]]
    if len(heights) < 2:
        return None
    low, high = sorted(sorted(heights, key=lambda known: abs(np.log(known / height)))[:2])
    share = np.log(height / low) / np.log(high / low)
    slow, fast = dataset[heights[low]].astype(float), dataset[heights[high]].astype(float)
    both = (slow > 0) & (fast > 0)
    power_law = slow.where(both) ** (1 - share) * fast.where(both) ** share
    line: xr.DataArray = np.maximum(slow + (fast - slow) * share, 0.0)
    wind: xr.DataArray = power_law.where(both, line)
    return wind


_DIRECTION = re.compile(r"wind_direction_(\d+(?:\.\d+)?)m")


def speed_and_direction(
    dataset: xr.Dataset, height: float | None = None
) -> tuple[xr.DataArray, xr.DataArray, float]:
    """Return wind speed at a height, the direction measured nearest to it, and the height.

    Parameters
    ----------
    dataset : of one cell, with ``wind_speed_<height>m`` and ``wind_direction_<height>m``.
    height : m; by default the highest that has a speed.

    Raises
    ------
    InputError : no direction, no speed at that height, or several cells.
    """
    if dataset.sizes["latitude"] * dataset.sizes["longitude"] != 1:
        raise input_error(
            "cells", where="wind by sector", allowed="one site", got=dict(dataset.sizes)
        )
    vanes = {
        float(match[1]): str(name)
        for name in dataset.data_vars
        if (match := _DIRECTION.fullmatch(str(name)))
    }
    speeds = wind_heights(dataset)
    if not vanes or not speeds:
        raise input_error(
            "variables",
            where="wind by sector",
            allowed="wind_speed_<height>m and wind_direction_<height>m",
            got=[str(name) for name in dataset.data_vars],
        )
    chosen = max(speeds) if height is None else height
    if chosen not in speeds:
        allowed = ", ".join(f"{metres:g} m" for metres in speeds)
        raise input_error("height", where="wind by sector", allowed=allowed, got=f"{chosen:g} m")
    nearest = min(vanes, key=lambda metres: abs(metres - chosen))
    place = {"latitude": 0, "longitude": 0}
    return dataset[speeds[chosen]].isel(place), dataset[vanes[nearest]].isel(place), chosen
