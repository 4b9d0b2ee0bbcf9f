"""Wind measured at any heights, carried to the hub of a plant.

The engine reads wind at 10 m and 100 m. Wind at other heights is carried to the hub first and then
written at these two so that the engine's own law leads back to the same speed at the hub.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.core.variables import describe, wind_heights
from greenanalysis.resource.wind.farm import WindPlant

_STANDARD = (10.0, 100.0)
_SAME_M = 0.5
"""Heights closer than this are one: nothing is carried between them."""
_WIDE = 1.5
"""Least ratio of two heights whose exponent is worth extrapolating with: between closer ones the
error of the anemometers, about 1 %, makes one of 0.025 in it and more."""


def wind_for_hub(weather: xr.Dataset, plant: WindPlant) -> xr.Dataset:
    """Return weather with wind at 10 m and 100 m that means the right speed at the plant's hub.

    Parameters
    ----------
    weather : (time, latitude, longitude) with ``wind_speed_<height>m``, m/s, at one height or more.
    plant : its hub height, bounds of the exponent, and law.

    Returns
    -------
    Dataset : as it is where it holds wind at 10 m and 100 m and nowhere else; lazy where lazy. NaN
        where what the hub's wind is taken from is NaN.

    Raises
    ------
    InputError : no wind, or wind at one height that is not the hub's and no stated law.

    Notes
    -----
    A height within half a metre of the hub is taken as it is. Between two heights each hour has the
    power law through both. Beyond the highest (or below the lowest) it has the power law of that
    height and the nearest other one at least 1.5 times as far from it, its exponent within
    ``shear_min`` .. ``shear_max``; an hour that is calm below takes the greatest. With
    ``shear="power_law"`` or ``"log"`` the height nearest to the hub is carried by that law.
    """
    heights = wind_heights(weather)
    if tuple(heights) == _STANDARD:
        return weather
    if not heights:
        raise input_error(
            "wind", where="weather", allowed="wind_speed_<height>m", got=list(weather.data_vars)
        )
    hub = _at_hub(weather, heights, plant)
    exponent = float(np.clip(plant.shear_exponent, plant.shear_min, plant.shear_max))
    if plant.shear == "two_heights":
        ratios = {height: (height / plant.hub_height) ** exponent for height in _STANDARD}
    else:
        ratios = dict.fromkeys(_STANDARD, 1 / plant.speed_factor)
    names = {10.0: "wind_speed_10m", 100.0: "wind_speed_100m"}
    carried = {
        names[height]: describe((hub * ratio).astype("float32"), names[height])
        for height, ratio in ratios.items()
    }
    return weather.assign(carried)


def _at_hub(weather: xr.Dataset, heights: dict[float, str], plant: WindPlant) -> xr.DataArray:
    levels, hub = list(heights), plant.hub_height
    nearest = min(levels, key=lambda height: abs(np.log(height / hub)))
    speed = weather[heights[nearest]].astype("float64")
    if abs(nearest - hub) <= _SAME_M:
        return speed
    if plant.shear != "two_heights":
        return speed * _factor(plant, nearest)
    if len(levels) == 1:
        raise input_error(
            "heights of wind",
            where=f"weather for a hub at {hub:g} m",
            allowed="two heights, the height of the hub, or one height and a stated shear exponent "
            "(--shear-exponent, plant.shear_exponent)",
            got=f"{nearest:g} m alone",
        )
    above = [height for height in levels if height > hub]
    below = [height for height in levels if height < hub]
    if above and below:
        low, high = below[-1], above[0]
        return _between(
            weather[heights[low]].astype("float64"),
            weather[heights[high]].astype("float64"),
            float(np.log(hub / low) / np.log(high / low)),
        )
    base = below[-1] if below else above[0]
    wide = [z for z in levels if max(z / base, base / z) >= _WIDE]
    other = min(wide, key=lambda z: abs(np.log(z / base))) if wide else levels[0 if below else -1]
    low, high = min(base, other), max(base, other)
    exponent = _exponent(weather[heights[low]], weather[heights[high]], high / low, plant)
    return speed * (hub / base) ** exponent


def _factor(plant: WindPlant, height: float) -> float:
    if plant.shear == "power_law":
        return float((plant.hub_height / height) ** plant.shear_exponent)
    rough = plant.roughness_m
    return float(np.log(plant.hub_height / rough) / np.log(height / rough))


def _between(low: xr.DataArray, high: xr.DataArray, share: float) -> xr.DataArray:
    """Power law through both heights; linear in the logarithm of height where one is calm."""
    blowing = (low > 0) & (high > 0)
    law = low.where(blowing, 1.0) * (high / low.where(blowing, 1.0)).where(blowing, 1.0) ** share
    between: xr.DataArray = law.where(blowing, low + (high - low) * share)
    return between


def _exponent(
    low: xr.DataArray, high: xr.DataArray, ratio: float, plant: WindPlant
) -> xr.DataArray:
    low, high = low.astype("float64"), high.astype("float64")
    blowing = (low > 0) & (high > 0)
    rise = xr.apply_ufunc(
        np.log, (high / low.where(blowing, 1.0)).where(blowing, 1.0), dask="allowed"
    ) / np.log(ratio)
    known = low.notnull() & high.notnull()
    exponent: xr.DataArray = (
        rise.where(blowing, plant.shear_max).clip(plant.shear_min, plant.shear_max).where(known)
    )
    return exponent
