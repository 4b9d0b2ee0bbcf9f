"""NSRDB's PSM and the CSV of SAM: two rows of the place, then years, months, hours in columns."""

from __future__ import annotations

from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.columns import propose_columns
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.formats.epw import offset_text
from greenanalysis.weather.read.table import filled

_PARTS = ("year", "month", "day", "hour", "minute")
_WIND_M = 10
"""Height of the wind as SAM's CSV defines it, which NSRDB's files follow; they state none."""
_CODES = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M"}


def _recognises(look: Look) -> bool:
    if len(look.lines) < 4:
        return False
    first = look.lines[0].lower()
    return "latitude" in first and "time zone" in first and "source" in first


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of the table.

    Notes
    -----
    PSM of NSRDB holds instants, at minute 0 or 30 (or both). SAM's own files without a column of
    minutes are hours labelled by their beginning; with one at 30, by their middle.
    """
    rows = look.rows(",")
    head = dict(zip((cell.strip().lower() for cell in rows[0]), rows[1], strict=False))
    names = [name.strip() for name in rows[2]]
    places = {name.lower(): name for name in names}
    parts = [places[part] for part in _PARTS if part in places]
    if len(parts) < 4:
        allowed = "Year, Month, Day, Hour"
        raise input_error("columns", where=look.path.name, allowed=allowed, got=names)
    data = filled(rows[3:])
    minutes: list[int] = []
    if len(parts) > 4:
        place = names.index(parts[4])
        minutes = sorted({int(float(row[place])) for row in data})
    nsrdb = "nsrdb" in head.get("source", "").lower()
    step = 60 // len(minutes) if minutes else 60
    label = "instant" if nsrdb else "middle" if minutes == [30] else "start"
    units = {
        key.removesuffix(" units"): value for key, value in head.items() if key.endswith(" units")
    }
    columns = propose_columns(
        names, data[:500], units=[units.get(name.lower(), "") for name in names]
    )
    for column in columns:
        if "height" in column and column["height"] is None:
            column["height"] = _WIND_M
    return {
        "name": look.path.stem,
        "latitude": float(head["latitude"]),
        "longitude": float(head["longitude"]),
        "altitude": float(head["elevation"]) if head.get("elevation") else None,
        "timezone": offset_text(float(head.get("time zone") or 0)),
        "time": {
            "columns": parts,
            "format": " ".join(_CODES[part] for part in _PARTS[: len(parts)]),
        },
        "interval_minutes": step,
        "label": label,
        "encoding": look.encoding,
        "skip_rows": 2,
        "missing": [-999, -9999],
        "measured": False,
        "columns": columns,
    }


FORMAT = Format("psm", "NSRDB PSM or SAM CSV", _recognises, declare=declare)
