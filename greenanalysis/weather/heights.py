"""Wind at a height from wind at other heights: each hour's own power law."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

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
