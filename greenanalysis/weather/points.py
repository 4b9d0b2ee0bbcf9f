"""Services that give hourly series of single sites; they are asked only when called."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr

from greenanalysis.weather.nasa_power_point import fetch_power
from greenanalysis.weather.open_meteo import fetch_open_meteo
from greenanalysis.weather.pvgis import fetch_pvgis

POINTS: dict[str, Callable[..., xr.Dataset]] = {
    "pvgis": fetch_pvgis,
    "nasa-power-point": fetch_power,
    "open-meteo": fetch_open_meteo,
}
"""By name; each takes ``(latitude, longitude, years, *, url=, patience=)`` and returns a site's
Dataset (:mod:`greenanalysis.weather.site`)."""
