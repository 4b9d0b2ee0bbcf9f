"""Answers of NASA POWER's point service saved by hand: CSV and JSON, UTC or local solar time."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.hours import hourly_means
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.read.table import named_columns
from greenanalysis.weather.units import to_project_units

_VARIABLES = {
    "ALLSKY_SFC_SW_DWN": ("ghi", "Wh/m^2"),
    "ALLSKY_SFC_SW_DNI": ("dni", "Wh/m^2"),
    "ALLSKY_SFC_SW_DIFF": ("dhi", "Wh/m^2"),
    "T2M": ("temp_air", "C"),
    "PS": ("pressure", "kPa"),
    "WS2M": ("wind_speed_2m", "m/s"),
    "WS10M": ("wind_speed_10m", "m/s"),
    "WS50M": ("wind_speed_50m", "m/s"),
}
_HOUR = pd.Timedelta(hours=1)
_STAMP = ("YEAR", "MO", "DY", "HR")


def _recognises(look: Look) -> bool:
    start = look.text.lstrip("\ufeff \r\n")
    if start.startswith("{"):
        return "ALLSKY_SFC" in start or "NASA/POWER" in start or "POWER_" in start
    return start.startswith("-BEGIN HEADER-") and "POWER" in start


def read(look: Look) -> xr.Dataset:
    """Read an answer as it was saved.

    Notes
    -----
    A label is the beginning of the hour. ``LST`` is local solar time, as POWER defines it the zone
    of 15 degrees of longitude around the site: longitude / 15 rounded to whole hours. The sun is
    asked whether that is so.
    """
    if look.text.lstrip("\ufeff \r\n").startswith("{"):
        table, units, place, clock = _of_json(look)
    else:
        table, units, place, clock = _of_csv(look)
    where = look.path.name
    if clock not in ("UTC", "LST"):
        raise input_error("time standard", where=where, allowed="UTC, LST", got=clock)
    known = [name for name in _VARIABLES if name in table]
    if not known:
        raise input_error("parameters", where=where, allowed=list(_VARIABLES), got=list(table))
    values = {}
    for name in known:
        variable, usual = _VARIABLES[name]
        numbers = table[name].to_numpy(dtype=float)
        values[variable] = to_project_units(
            np.where(numbers <= -900, np.nan, numbers),
            units.get(name, usual),
            variable,
            where=where,
        )
    offset = round(place["longitude"] / 15) if clock == "LST" else 0
    starts = pd.DatetimeIndex(table.index) - offset * _HOUR
    hours = hourly_means(pd.DataFrame(values), starts, interval=_HOUR, minimum_share=1.0)
    altitude = place.pop("altitude")
    dataset = site_dataset(
        {str(name): hours[name].to_numpy() for name in hours},
        pd.DatetimeIndex(hours.index),
        **place,
        name=look.path.stem,
        source=f"NASA POWER point, {where}",
        digest=sha256_file(look.path),
    )
    return dataset if altitude is None else dataset.assign_attrs(altitude=altitude)


_Answer = tuple[pd.DataFrame, dict[str, str], dict[str, float], str]


def _of_json(look: Look) -> _Answer:
    reply = json.loads(look.path.read_bytes())
    table = pd.DataFrame(reply["properties"]["parameter"])
    table.index = pd.to_datetime(table.index.astype(str), format="%Y%m%d%H")
    coordinates = [float(each) for each in reply["geometry"]["coordinates"]]
    place = {
        "latitude": coordinates[1],
        "longitude": coordinates[0],
        "altitude": coordinates[2] if len(coordinates) > 2 else None,
    }
    units = {name: str(each.get("units", "")) for name, each in reply["parameters"].items()}
    return table, units, place, str(reply["header"].get("time_standard", "UTC"))  # type: ignore[return-value]


def _of_csv(look: Look) -> _Answer:
    rows = look.rows(",")
    end = next(n for n, row in enumerate(rows) if row[0].startswith("-END HEADER-"))
    head = [",".join(row) for row in rows[:end]]
    text = "\n".join(head)
    numbers = re.search(r"latitude\s+(-?[\d.]+)\s+longitude\s+(-?[\d.]+)", text, re.I)
    if numbers is None:
        raise input_error("header", where=look.path.name, allowed="latitude, longitude", got="none")
    height = re.search(r"elevation.*=\s*(-?[\d.]+)\s*met", text, re.I)
    names = rows[end + 1]
    wanted = [*_STAMP, *(name for name in names if name in _VARIABLES)]
    table = named_columns(rows, wanted, skip_rows=end + 1, where=look.path.name)
    stamps = pd.to_datetime(table[list(_STAMP)].agg(" ".join, axis=1), format="%Y %m %d %H")
    units = {}
    for line in head:
        match = re.match(r"\s*(\w+)\s.*\(([^()]*)\)\s*$", line)
        if match and match[1] in _VARIABLES:
            units[match[1]] = match[2]
    clock = "LST" if re.search(r"\bLST\b|local solar", text, re.I) else "UTC"
    place = {
        "latitude": float(numbers[1]),
        "longitude": float(numbers[2]),
        "altitude": float(height[1]) if height else None,
    }
    values = table.drop(columns=list(_STAMP)).set_index(stamps).astype(float)
    return values, units, place, clock  # type: ignore[return-value]


FORMAT = Format("power", "NASA POWER point (CSV or JSON)", _recognises, read=read)
