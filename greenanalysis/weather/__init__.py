"""Weather in one canonical form, whatever it comes from: :func:`open_weather`.

Named weather comes from the modules of :mod:`greenanalysis.weather.sources`.
"""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from greenanalysis.core.errors import InputError, unknown_name
from greenanalysis.weather.canonical import require_year
from greenanalysis.weather.quality.remembered import remembered_verdict
from greenanalysis.weather.read.format import Said
from greenanalysis.weather.read.recognise import read_weather
from greenanalysis.weather.sources import sources as _sources  # not to hide the package

_SUFFIXES = (".nc", ".nc4", ".zarr")


def open_weather(
    name_or_path: str | Path,
    *,
    latitude: float | None = None,
    longitude: float | None = None,
    timezone: str | None = None,
    height: float | None = None,
    declaration: str | Path | None = None,
) -> xr.Dataset:
    """Open hourly weather of any known kind, checked to be in the canonical form.

    A grid or a single site, any of the canonical variables, any length: what they allow to compute
    is told where it is computed.

    Parameters
    ----------
    name_or_path : a source that opens by name (``"sample"`` is generated when it is not cached),
        or a file, recognised by its content: see ``greenanalysis weather formats``.
    latitude, longitude, timezone, height : of a site, degrees north and east, zone of the stamps,
        metres of the wind above ground, where the file does not state them.
    declaration : YAML that says what the columns of a table mean; by default the one beside the
        file with the same stem, where there is one.

    Returns
    -------
    Dataset : the variables that the file holds, with dimensions (time, latitude, longitude); lazy
        for netCDF, Zarr and GRIB; ``attrs`` name, grade ("screening" or "real"), source, years,
        time_convention, hash and verdict (what :func:`greenanalysis.weather.quality.check` says,
        in a few words; computed at the first opening and then kept in the cache).

    Raises
    ------
    InputError : unknown name, no such file, or what is wrong in the file: place, what is allowed
        and what came.
    """
    text = str(name_or_path)
    named = {name: source.open for name, source in _sources().items() if source.open}
    if text in named:
        return _judged(named[text]())
    path = Path(text).expanduser()
    if isinstance(name_or_path, Path) or path.suffix in _SUFFIXES or path.exists():
        said = Said(latitude=latitude, longitude=longitude, timezone=timezone, height=height)
        rules = None if declaration is None else Path(declaration)
        return _judged(read_weather(path, said, declaration=rules))
    raise unknown_name("weather", text, [*named, "a path of a file"], where="open_weather()")


def open_year(name_or_path: str | Path) -> xr.Dataset:
    """Open weather of a year or more, for what stands for a year; see :func:`open_weather`.

    Raises
    ------
    InputError : as of :func:`open_weather`, or a record shorter than a year.
    """
    weather = open_weather(name_or_path)
    require_year(weather, what="yearly energy and cost")
    return weather


def _judged(weather: xr.Dataset) -> xr.Dataset:
    """Return the weather with its verdict; that the checks cannot run is no reason to refuse it."""
    try:
        verdict = remembered_verdict(weather).text
    except InputError as error:
        verdict = f"not checked ({error})"
    return weather.assign_attrs(verdict=verdict)


__all__ = ["open_weather", "open_year"]
