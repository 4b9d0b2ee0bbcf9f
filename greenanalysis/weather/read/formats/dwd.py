"""Products of the German weather service: STATIONS_ID;MESS_DATUM;... in UTC."""

from __future__ import annotations

import re
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.format import Format, Look

_COLUMNS = {
    "FG_LBERG": ("ghi", "J/cm2"),
    "FD_LBERG": ("dhi", "J/cm2"),
    "GS_10": ("ghi", "J/cm2"),
    "DS_10": ("dhi", "J/cm2"),
    "TT_TU": ("temp_air", "degC"),
    "TT_10": ("temp_air", "degC"),
    "PP_10": ("pressure", "hPa"),
    "P0": ("pressure", "hPa"),
    "F": ("wind_speed", "m/s"),
    "FF_10": ("wind_speed", "m/s"),
    "D": ("wind_direction", "deg"),
    "DD_10": ("wind_direction", "deg"),
}
_WIND_M = 10
_FORMATS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 13: "%Y%m%d%H:%M"}


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of the table; the place is in another file of the service.

    Notes
    -----
    Hourly sums of radiation are labelled by their end (hh:59 or the full hour after it); ten
    minutes by their end since 2000; temperature and wind of the hour by the hour itself.
    """
    names = [name.strip() for name in look.lines[0].split(";")]
    first = look.lines[1].split(";")[names.index("MESS_DATUM")].strip()
    if len(first) not in _FORMATS:
        allowed = "yyyymmddhh, yyyymmddhhmm or yyyymmddhh:mm"
        raise input_error("MESS_DATUM", where=look.path.name, allowed=allowed, got=first)
    columns = [
        {"column": name, "variable": variable, "unit": unit}
        | ({"height": _WIND_M} if variable.startswith("wind") else {})
        for name, (variable, unit) in _COLUMNS.items()
        if name in names
    ]
    ten = any(name.endswith("_10") for name in names)
    return {
        "name": f"DWD {look.lines[1].split(';')[0].strip()}",
        "latitude": None,
        "longitude": None,
        "timezone": "UTC",
        "time": {"columns": "MESS_DATUM", "format": _FORMATS[len(first)]},
        "interval_minutes": 10 if ten else 60,
        "label": "end",
        "encoding": look.encoding,
        "delimiter": ";",
        "missing": [-999],
        "columns": columns,
    }


FORMAT = Format(
    "dwd",
    "DWD product",
    lambda look: bool(re.match(r"\s*STATIONS_ID\s*;\s*MESS_DATUM", look.text.lstrip("\ufeff"))),
    declare=declare,
)
