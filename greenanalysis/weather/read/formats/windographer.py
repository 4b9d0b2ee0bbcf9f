"""Windographer's export: a head in words, stamps of the beginning, tabs."""

from __future__ import annotations

import re
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.columns import propose_columns
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.formats.epw import offset_text
from greenanalysis.weather.read.stamps import propose_time
from greenanalysis.weather.read.table import filled


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of the table; the clock is in the head of some exports only."""
    rows = look.rows("\t")
    start = next((n for n, row in enumerate(rows) if row[0].strip().startswith("Date/Time")), None)
    if start is None:
        raise input_error("header", where=look.path.name, allowed="Date/Time ...", got="none")
    head = "\n".join(row[0] for row in rows[:start])
    latitude, longitude = _degrees(head, "Latitude"), _degrees(head, "Longitude")
    nowhere = latitude == 0 and longitude == 0  # what the program writes where none was entered
    zone = re.search(r"Time zone\s*=\s*UTC\s*([+-]?\d+(?:[.:]\d+)?)?", head, re.I)
    ends = re.search(r"indicate the end", head, re.I)
    elevation = re.search(r"Elevation\s*=\s*(-?[\d.]+)", head)
    names, data = rows[start], filled(rows[start + 1 :])
    declared = {
        "name": look.path.stem,
        "latitude": None if nowhere else latitude,
        "longitude": None if nowhere else longitude,
        "altitude": float(elevation[1]) if elevation and not nowhere else None,
        **propose_time(names, data, where=look.path.name),
        "label": "end" if ends else "start",
        "encoding": look.encoding,
        "delimiter": "\t",
        "skip_rows": start,
        "columns": propose_columns(names, data[:500]),
    }
    if zone and declared["timezone"] is None:
        declared["timezone"] = offset_text(float((zone[1] or "0").replace(":", ".")))
    return declared


def _degrees(head: str, name: str) -> float | None:
    match = re.search(rf"{name}\s*=\s*([NSEW])?\s*(-?[\d.]+)\s*([NSEW])?", head)
    if match is None:
        return None
    side = match[1] or match[3] or ""
    return -float(match[2]) if side in ("S", "W") and side else float(match[2])


FORMAT = Format(
    "windographer",
    "Windographer export",
    lambda look: "by Windographer" in look.text[:400],
    declare=declare,
)
