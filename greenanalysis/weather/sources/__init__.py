"""Sources of weather, one module each; services are asked only when a fetch is called.

A module of this folder becomes a source by stating ``SOURCE``, a
:class:`~greenanalysis.weather.sources.source.Source`.
"""

from __future__ import annotations

from pathlib import Path

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.members import members
from greenanalysis.weather.sources.source import CLOSURES, Request, Source
from greenanalysis.weather.write.site import require_format, write_site


def sources() -> dict[str, Source]:
    """Return the sources of weather by name."""
    return members(__name__, Source)


def fetch_weather(name: str, request: Request, *, force: bool = False) -> Path | None:
    """Fetch weather from a named source into ``request.out``.

    Parameters
    ----------
    name : of a source that offers an area or sites.
    request : what is wanted.
    force : replace an output that exists.

    Returns
    -------
    Path : ``request.out``; None after a dry run.

    Raises
    ------
    InputError : unknown source, an output that exists or has another suffix than the source
        makes, a site without coordinates, or what the source says.
    """
    fetched = {key: source for key, source in sources().items() if source.fetch or source.point}
    if name not in fetched:
        raise unknown_name("weather source", name, fetched, where="weather fetch")
    source, where = fetched[name], f"weather fetch {name}"
    if request.closure not in CLOSURES:
        raise unknown_name("closure", request.closure, CLOSURES, where=where)
    if source.fetch is None:
        require_format(request.out, where=f"--out of {where}")
    elif request.out.suffix != source.suffix:
        raise input_error("--out", where=where, allowed=f"NAME{source.suffix}", got=request.out)
    if request.out.exists() and not (force or request.dry_run or source.resumes):
        raise input_error("--out", where=where, allowed="a new name, or --force", got=request.out)
    if source.fetch:
        return source.fetch(request)
    return _fetch_site(source, request, where)


def _fetch_site(source: Source, request: Request, where: str) -> Path:
    if request.place is None:
        allowed = "--latitude and --longitude"
        raise input_error("site", where=where, allowed=allowed, got=None)
    address = {"url": request.base_url} if request.base_url else {}
    assert source.point is not None
    return write_site(source.point(*request.place, request.years, **address), request.out)
