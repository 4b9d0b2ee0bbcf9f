"""EPW of EnergyPlus: labels are the ends of hours, 1 to 24, in the standard time of the site."""

from __future__ import annotations

from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.format import Format, Look

_NAMES = (
    *("year", "month", "day", "hour", "minute", "flags", "temp_air", "dew_point", "humidity"),
    *("pressure", "extraterrestrial", "extraterrestrial_normal", "infrared", "ghi", "dni", "dhi"),
    *("ghi_lx", "dni_lx", "dhi_lx", "zenith_lx", "wind_direction", "wind_speed"),
)
"""The first 22 of up to 35 columns; what stands behind them is not weather for plants."""
_COLUMNS = 35
_HEADER_ROWS = 8
_WIND_M = 10


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of an EPW's table; codes of nines are gaps, as its manual says."""
    location = look.lines[0].split(",")
    if len(location) < 10:
        allowed = "LOCATION with latitude, longitude, time zone and elevation"
        raise input_error("row 1", where=look.path.name, allowed=allowed, got=look.lines[0])
    latitude, longitude, zone, altitude = (float(text) for text in location[6:10])
    return {
        "name": location[1].strip(),
        "latitude": latitude,
        "longitude": longitude,
        "altitude": altitude,
        "timezone": offset_text(zone),
        "time": {"columns": ["year", "month", "day", "hour"], "format": "%Y %m %d %H"},
        "interval_minutes": 60,
        "label": "end",
        "encoding": look.encoding,
        "skip_rows": _HEADER_ROWS,
        "names": [*_NAMES, *(f"column_{n}" for n in range(len(_NAMES) + 1, _COLUMNS + 1))],
        "measured": False,
        "columns": [
            *(
                {"column": name, "variable": name, "unit": "Wh/m2", "missing": [9999]}
                for name in ("ghi", "dni", "dhi")
            ),
            {"column": "temp_air", "variable": "temp_air", "unit": "degC", "missing": [99.9]},
            {"column": "pressure", "variable": "pressure", "unit": "Pa", "missing": [999999]},
            _wind("wind_speed", "m/s"),
            _wind("wind_direction", "deg"),
        ],
    }


def _wind(name: str, unit: str) -> dict[str, Any]:
    return {"column": name, "variable": name, "height": _WIND_M, "unit": unit, "missing": [999]}


def offset_text(hours: float) -> str:
    """Return an offset from UTC in hours as declarations write it, such as "+05:30"."""
    minutes = round(abs(hours) * 60)
    return f"{'-' if hours < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


FORMAT = Format(
    name="epw",
    title="EPW",
    recognises=lambda look: look.text.lstrip("\ufeff").startswith("LOCATION,"),
    declare=declare,
)
