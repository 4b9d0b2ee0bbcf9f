"""The sources that can be fetched; a new one is a module with ``fetch`` and one line here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from greenanalysis.errors import input_error, unknown_name
from greenanalysis.weather.request import CLOSURES, Request

FETCHERS = {
    "nasa-power": "greenanalysis.weather.nasa_power",
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
