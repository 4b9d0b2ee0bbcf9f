"""What the checks look at when they are given a file: its own fields where it is netCDF."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from greenanalysis.core.errors import InputError
from greenanalysis.weather.read.format import Look
from greenanalysis.weather.read.recognise import read_weather, recognise


def checkable(path: Path) -> xr.Dataset | Path:
    """Return the weather of a file, or the path of a canonical one that shall be judged as it lies.

    A file that its reader refuses is judged as it lies, too: checks diagnose.

    Raises
    ------
    InputError : a table that cannot be read.
    """
    if not path.exists():
        return path
    look = Look(path)
    if not look.binary or look.zipped or look.grib:
        return read_weather(path)
    try:
        chosen, _ = recognise(path)
        return path if chosen.name == "canonical" else read_weather(path)
    except InputError:
        return path
