"""Services that give hourly series of single sites; they are asked only when called.

The sources that can be fetched; a new one is a module with ``fetch`` and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import xarray as xr

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.weather.sources.nasa_power_point import fetch_power
from greenanalysis.weather.sources.open_meteo import fetch_open_meteo
from greenanalysis.weather.sources.pvgis import fetch_pvgis
from greenanalysis.weather.sources.request import CLOSURES, Request

FETCHERS = {
    "nasa-power": "greenanalysis.weather.sources.nasa_power",
}
"""Name -> module whose ``fetch(request)`` makes ``request.out``, or None after a dry run."""


def fetch_weather(source: str, request: Request, *, force: bool = False) -> Path | None:
    """Fetch weather from a named source into ``request.out``.

    Parameters
    ----------
    source : a name of :data:`FETCHERS`.
    request : what is wanted.
    force : replace an output that exists.

    Raises
    ------
    InputError : unknown source, an output that exists or is no ``.zarr``, or what the source says.
    """
    if source not in FETCHERS:
        raise unknown_name("weather source", source, FETCHERS, where="weather fetch")
    if request.closure not in CLOSURES:
        raise unknown_name("closure", request.closure, CLOSURES, where="weather fetch")
    if request.out.suffix != ".zarr":
        raise input_error("--out", where="weather fetch", allowed="NAME.zarr", got=request.out)
    if request.out.exists() and not force and not request.dry_run:
        raise input_error(
            "--out", where="weather fetch", allowed="a new name, or --force", got=request.out
        )
    module = import_module(FETCHERS[source])
    made: Path | None = module.fetch(request)
    return made


POINTS: dict[str, Callable[..., xr.Dataset]] = {
    "pvgis": fetch_pvgis,
    "nasa-power-point": fetch_power,
    "open-meteo": fetch_open_meteo,
}
"""By name; each takes ``(latitude, longitude, years, *, url=, patience=)`` and returns a site's
Dataset (:mod:`greenanalysis.weather.read.site`)."""
