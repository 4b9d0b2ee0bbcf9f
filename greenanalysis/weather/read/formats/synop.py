"""Archives of rp5.ru: synoptic instants every three hours, newest first, in local time."""

from __future__ import annotations

import re
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.stamps import step_minutes
from greenanalysis.weather.read.table import filled

_WIND_M = 10
_DIRECTION = re.compile(r"^(DD|Ветер)", re.I)


def _recognises(look: Look) -> bool:
    return bool(re.search(r"rp5\.(ru|kz|md|by)|RP5", look.text[:3000])) and ";" in look.text


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of the table: instants; place and zone are not in the file.

    ``Po`` is the pressure at the station in mmHg, ``Ff`` the mean wind of ten minutes at 10 m.
    """
    rows = look.rows(";")
    start = next((n for n, row in enumerate(rows) if len(row) > 5 and not row[0].startswith("#")),
                 None)  # fmt: skip
    if start is None:
        raise input_error("header", where=look.path.name, allowed="a row of names", got="none")
    names, data = [name.strip() for name in rows[start]], filled(rows[start + 1 :])
    known = {
        "T": ("temp_air", "degC"), "Po": ("pressure", "mmHg"), "P0": ("pressure", "mmHg"),
        "Ff": ("wind_speed", "m/s"),
    }  # fmt: skip
    columns = [
        {"column": name, "variable": variable, "unit": unit}
        | ({"height": _WIND_M} if variable == "wind_speed" else {})
        for name, (variable, unit) in known.items()
        if name in names
    ]
    pattern = "%d.%m.%Y %H:%M"
    return {
        "name": look.path.stem,
        "latitude": None,
        "longitude": None,
        "timezone": None,
        "time": {"columns": names[0], "format": pattern},
        "interval_minutes": step_minutes([row[0] for row in data], pattern),
        "label": "instant",
        "encoding": look.encoding,
        "delimiter": ";",
        "skip_rows": start,
        "columns": columns,
    }


FORMAT = Format("synop", "rp5 archive of synoptic stations", _recognises, declare=declare)
