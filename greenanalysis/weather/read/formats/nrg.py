"""Text of NRG SymphoniePRO loggers: channels described in the head, stamps of the beginning."""

from __future__ import annotations

import re
from typing import Any

from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.columns import height_in, unit_of, variable_in
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.formats.epw import offset_text
from greenanalysis.weather.read.stamps import propose_time
from greenanalysis.weather.read.table import filled

_KINDS = {"anemometer": "wind_speed", "vane": "wind_direction", "thermometer": "temp_air",
          "temp": "temp_air", "barometer": "pressure", "pyranometer": "ghi"}  # fmt: skip


_STAMPS = ("Timestamp", "Date_Time", "Date & Time Stamp")


def declare(look: Look) -> dict[str, Any]:
    """Return the declaration of the table: averages of the channels, by the head's own words."""
    rows = look.rows("\t")
    start = next((n for n, row in enumerate(rows) if row[0].strip() in _STAMPS), None)
    if start is None:
        raise input_error("header", where=look.path.name, allowed="Timestamp ...", got="none")
    head = [" ".join(cell for cell in row if cell.strip()) for row in rows[:start]]
    text = "\n".join("\t".join(row) for row in rows[:start])
    channels = _channels(rows[:start])
    names, data = [name.strip() for name in rows[start]], filled(rows[start + 1 :])
    latitude, longitude = (_number(head, word) for word in ("Latitude", "Longitude"))
    zone = re.search(r"Time Zone\s*:?\s*(?:UTC|GMT)?\s*([+-]?\d+(?:\.\d+)?)", text, re.I)
    declared = {
        "name": look.path.stem,
        "latitude": latitude,
        "longitude": longitude,
        "altitude": _number(head, "Elevation"),
        **propose_time(names, data, where=look.path.name),
        "label": "start",
        "encoding": look.encoding,
        "delimiter": "\t",
        "skip_rows": start,
        "columns": _columns(names, channels),
    }
    if zone and declared["timezone"] is None:
        declared["timezone"] = offset_text(float(zone[1]))
    return declared


def _channels(rows: list[list[str]]) -> dict[int, dict[str, str]]:
    """Return what the head says of each channel, by its number."""
    channels: dict[int, dict[str, str]] = {}
    number = 0
    for row in rows:
        key, _, value = (cell.strip() for cell in ("\t".join(row)).partition("\t"))
        key = key.rstrip(":").lower()
        value = value.split("\t")[0].strip()
        if key in ("channel", "channel #") and value.isdigit():
            number = int(value)
            channels[number] = {}
        elif number:
            channels[number][key] = value
    return channels


def _columns(names: list[str], channels: dict[int, dict[str, str]]) -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = []
    for name in names:
        match = re.match(r"(?:Ch|CH)(\d+)_?.*?(?:Avg|Mean)", name)
        if match is None:
            continue
        said = channels.get(int(match[1]), {})
        kind = f"{said.get('type', '')} {said.get('description', '')}".lower()
        variable = next((v for word, v in _KINDS.items() if word in kind), None) or variable_in(
            name
        )
        if variable is None:
            continue
        unit = unit_of(said.get("units", ""), variable) or {
            "wind_speed": "m/s", "wind_direction": "deg", "temp_air": "degC", "pressure": "mbar",
        }.get(variable, "W/m2")  # fmt: skip
        entry: dict[str, Any] = {"column": name, "variable": variable, "unit": unit}
        if variable in ("wind_speed", "wind_direction"):
            height = re.search(r"[\d.]+", said.get("height", "") or said.get("sensor height", ""))
            entry["height"] = float(height[0]) if height else height_in(name.replace("_", " "))
        columns.append(entry)
    return columns


def _number(head: list[str], word: str) -> float | None:
    for line in head:
        match = re.match(rf"\s*{word}\s*:?\s*([NSEW])?\s*(-?[\d.]+)", line, re.I)
        if match:
            return -float(match[2]) if (match[1] or "").upper() in ("S", "W") else float(match[2])
    return None


FORMAT = Format(
    "nrg",
    "NRG SymphoniePRO text",
    lambda look: bool(re.search(r"SymphoniePRO|SymPRO|SDR\b.*NRG", look.text[:4000])),
    declare=declare,
)
