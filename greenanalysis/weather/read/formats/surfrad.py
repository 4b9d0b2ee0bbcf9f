"""Daily files of SURFRAD and SOLRAD: minutes of UTC, columns without names."""

from __future__ import annotations

import re
from typing import Any

from greenanalysis.weather.read.format import Format, Look

_NAMES = (
    *("year", "jday", "month", "day", "hour", "min", "dt", "zen", "dw_solar", "q1", "uw_solar"),
    *("q2", "direct_n", "q3", "diffuse", "q4", "dw_ir", "q5", "dw_casetemp", "q6", "dw_dometemp"),
    *("q7", "uw_ir", "q8", "uw_casetemp", "q9", "uw_dometemp", "q10", "uvb", "q11", "par", "q12"),
    *("netsolar", "q13", "netir", "q14", "totalnet", "q15", "temp", "q16", "rh", "q17"),
    *("windspd", "q18", "winddir", "q19", "pressure", "q20"),
)
_MET_M = 10


def _recognises(look: Look) -> bool:
    if len(look.lines) < 3 or not re.match(r"\s*-?\d+\.\d+\s+-?\d+\.\d+\s+\d+", look.lines[1]):
        return False
    return len(look.lines[2].split()) == len(_NAMES)


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of the table.

    The stamp is the end of the minute: SURFRAD's averages are of the samples before it.
    """
    latitude, longitude, altitude = (float(text) for text in look.lines[1].split()[:3])
    gap = [-9999.9]
    return {
        "name": look.lines[0].strip(),
        "latitude": latitude,
        "longitude": longitude,
        "altitude": altitude,
        "timezone": "UTC",
        "time": {"columns": ["year", "month", "day", "hour", "min"], "format": "%Y %m %d %H %M"},
        "interval_minutes": 1,
        "label": "end",
        "encoding": look.encoding,
        "delimiter": "whitespace",
        "skip_rows": 2,
        "names": list(_NAMES),
        "missing": gap,
        "columns": [
            {"column": "dw_solar", "variable": "ghi", "unit": "W/m2"},
            {"column": "direct_n", "variable": "dni", "unit": "W/m2"},
            {"column": "diffuse", "variable": "dhi", "unit": "W/m2"},
            {"column": "temp", "variable": "temp_air", "unit": "degC"},
            {"column": "pressure", "variable": "pressure", "unit": "mbar"},
            {"column": "windspd", "variable": "wind_speed", "height": _MET_M, "unit": "m/s"},
            {"column": "winddir", "variable": "wind_direction", "height": _MET_M, "unit": "deg"},
        ],
    }


FORMAT = Format("surfrad", "SURFRAD or SOLRAD", _recognises, declare=declare)
