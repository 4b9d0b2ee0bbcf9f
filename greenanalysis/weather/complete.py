"""What a plant's model needs beyond what a file holds, by named rules that are told.

A file that lacks a variable stays as it is; who computes with it asks here. Nothing is invented
that decides the yield: without light there is no sun, without wind no wind.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import xarray as xr
from pvlib.atmosphere import alt2pres

from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, describe, wind_heights
from greenanalysis.weather.clearsky import HALF_HOUR, LOWEST_SINE, grid_sine
from greenanalysis.weather.sample.climate import climate_at

_LIGHT = ("ghi", "dni", "dhi")
_STILL_M_S = 1.0
"""Wind at modules where none is known: the default of pvlib's temperature models."""
_NEAR_GROUND_EXPONENT = 1 / 7
"""Power law that carries wind down to modules, whose temperature alone depends on it."""
_GROUND_C, _LAPSE_K_PER_M = 15.0, 0.0065
"""ICAO standard atmosphere at sea level, and its fall of temperature with height."""


def with_light(weather: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Return weather that a solar plant's model can read, and what was assumed for it.

    Parameters
    ----------
    weather : canonical weather with ``ghi``, or ``dni`` and ``dhi``, and ``temp_air``.

    Returns
    -------
    tuple : the weather with ghi, dni, dhi, temp_air and wind_speed_10m, and a sentence for each
        variable that the file does not hold.

    Raises
    ------
    InputError : no light, or no temperature.

    Notes
    -----
    Two kinds of light give the third by closure with the sun in the middle of the hour. GHI alone
    is split by Erbs' correlation, which is within some per cent of the year's light on a plane.

    References
    ----------
    D. G. Erbs, S. A. Klein, J. A. Duffie, Solar Energy 28 (1982) 293-302,
    doi:10.1016/0038-092X(82)90302-4.
    """
    notes: list[str] = []
    if "ghi" not in weather and not {"dni", "dhi"} <= set(weather.data_vars):
        raise InputError("no light: ghi, or dni and dhi, is needed")
    if "temp_air" not in weather:
        raise InputError("no temp_air, on which the yield of modules depends")
    lacking = [name for name in _LIGHT if name not in weather]
    if lacking:
        weather = weather.assign(_third(weather))
        how = "by Erbs' correlation from ghi" if len(lacking) == 2 else "by closure"
        notes.append(f"{' and '.join(lacking)} {how}")
    if "wind_speed_10m" not in weather:
        wind, note = _wind_at_modules(weather)
        weather = weather.assign(wind_speed_10m=wind)
        notes.append(note)
    return weather, notes


def with_air(weather: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Return weather with the temperature and pressure of the air, and what was assumed for it.

    Parameters
    ----------
    weather : canonical weather; its attribute ``altitude`` (m) is used where it is there, else the
        height of the climatology's nearest cell.

    Returns
    -------
    tuple : the weather with temp_air and pressure: those of the ICAO standard atmosphere where the
        file holds none; and a sentence for each.
    """
    lacking = [name for name in ("temp_air", "pressure") if name not in weather]
    if not lacking:
        return weather, []
    like = weather[next(iter(wind_heights(weather).values()))]
    altitude, source = _altitude(weather)
    fields = {
        "temp_air": _GROUND_C - _LAPSE_K_PER_M * altitude,
        "pressure": alt2pres(altitude),
    }
    same = xr.zeros_like(like, dtype="float32")
    filled = {name: describe(same + fields[name].astype("float32"), name) for name in lacking}
    metres = float(altitude.mean())
    words = f"{' and '.join(lacking)} of the standard atmosphere at {metres:.0f} m ({source})"
    return weather.assign(filled), [words]


def _third(weather: xr.Dataset) -> dict[str, xr.DataArray]:
    """Return the light that lacks, from the light that is there."""
    held = {name: weather[name].astype("float64") for name in _LIGHT if name in weather}
    sine, extra = grid_sine(next(iter(held.values())))
    up = sine > LOWEST_SINE
    if "ghi" not in held:
        made = {"ghi": held["dhi"] + held["dni"] * sine.clip(0)}
    elif "dni" in held:
        made = {"dhi": (held["ghi"] - held["dni"] * sine.clip(0)).clip(0)}
    elif "dhi" in held:
        dni = (held["ghi"] - held["dhi"]).clip(0) / sine.where(up, 1.0)
        made = {"dni": xr.apply_ufunc(np.minimum, dni.where(up, 0.0), extra, dask="allowed")}
    else:
        made = _erbs(held["ghi"], sine)
    return {
        name: describe(
            field.where(next(iter(held.values())).notnull()).transpose(*DIMS).astype("float32"),
            name,
        )
        for name, field in made.items()
    }


def _erbs(ghi: xr.DataArray, sine: xr.DataArray) -> dict[str, xr.DataArray]:
    days = pd.DatetimeIndex(ghi["time"].to_numpy()) - HALF_HOUR
    day = xr.DataArray(days.dayofyear.to_numpy(), {"time": ghi["time"]}, ("time",))
    if ghi.chunksizes:
        day = day.chunk(time=ghi.chunksizes["time"])

    def split(light: np.ndarray, up: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        zenith = np.degrees(np.arccos(np.clip(up, -1, 1)))
        parts = pvlib.irradiance.erbs(light, zenith, np.broadcast_to(day, light.shape))
        return np.asarray(parts["dni"]), np.asarray(parts["dhi"])

    dni, dhi = xr.apply_ufunc(
        split,
        ghi,
        sine.transpose(*DIMS),
        day,
        output_core_dims=[[], []],
        dask="parallelized",
        output_dtypes=[float, float],
    )
    return {"dni": dni, "dhi": dhi}


def _wind_at_modules(weather: xr.Dataset) -> tuple[xr.DataArray, str]:
    heights = wind_heights(weather)
    if heights:
        low, name = next(iter(heights.items()))
        down = (10.0 / low) ** _NEAR_GROUND_EXPONENT
        carried = describe((weather[name] * down).astype("float32"), "wind_speed_10m")
        return carried, f"wind at the modules from {low:g} m by the 1/7 power law"
    still = xr.zeros_like(weather["temp_air"], dtype="float32") + np.float32(_STILL_M_S)
    return describe(still, "wind_speed_10m"), f"wind at the modules {_STILL_M_S:g} m/s"


def _altitude(weather: xr.Dataset) -> tuple[xr.DataArray, str]:
    places = {name: weather[name] for name in DIMS[1:]}
    if "altitude" in weather.attrs:
        stated = float(weather.attrs["altitude"])
        shape = tuple(weather.sizes[name] for name in DIMS[1:])
        return xr.DataArray(np.full(shape, stated), places, DIMS[1:]), "stated in the file"
    latitude, longitude = np.meshgrid(*(places[name].to_numpy() for name in places), indexing="ij")
    ground = climate_at(["elevation"], latitude.ravel(), longitude.ravel())["elevation"]
    return xr.DataArray(
        ground.reshape(latitude.shape), places, DIMS[1:]
    ), "of the climatology's nearest cell"
