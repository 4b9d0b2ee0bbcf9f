"""EnergyPlus weather (EPW) of a site, in UTC: what building and solar programs read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from greenanalysis.weather.write.cell import one_line, shortest, site_cell

_FIELDS = (
    # name in the Dataset or None, what stands for a missing value
    ("temp_air", "99.9"),
    (None, "99.9"),  # dew point
    (None, "999"),  # relative humidity
    ("pressure", "999999"),
    (None, "9999"),  # extraterrestrial, horizontal
    (None, "9999"),  # extraterrestrial, normal
    (None, "9999"),  # infrared from the sky
    ("ghi", "9999"),
    ("dni", "9999"),
    ("dhi", "9999"),
    (None, "999999"),  # illuminance: global,
    (None, "999999"),  # direct,
    (None, "999999"),  # diffuse
    (None, "9999"),  # zenith luminance
    ("wind_direction_10m", "999"),
    ("wind_speed_10m", "999"),
    (None, "99"),  # total sky cover
    (None, "99"),  # opaque sky cover
    (None, "9999"),  # visibility
    (None, "99999"),  # ceiling
    (None, "9"),  # present weather: not observed
    (None, "999999999"),
    (None, "999"),  # precipitable water
    (None, ".999"),  # aerosol optical depth
    (None, "999"),  # snow depth
    (None, "99"),  # days since the last snow
    (None, "999"),  # albedo
    (None, "999"),  # liquid precipitation: depth,
    (None, "99"),  # duration
)
_NAMES = tuple(name for name, _ in _FIELDS if name)
_SOURCES = "?9?9?9?9E0?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9*9*9?9?9?9"
"""Flags of source and uncertainty: uncertainty not known, as the format writes it."""


def write_epw(dataset: xr.Dataset, path: Path) -> None:
    """Write a site as EPW.

    Parameters
    ----------
    dataset : of one cell; temp_air, pressure, ghi, dni, dhi, wind at 10 m and its direction are
        written as far as they are known, the code of the format for "missing" otherwise.
    path : to be written.

    Raises
    ------
    InputError : more than one cell, or none of the variables.

    Notes
    -----
    Time zone 0: the file is in UTC, as PVGIS writes its EPW files, so that no hour moves to another
    year. Hour 1 of a day is the hour that ends at 01:00.

    References
    ----------
    EnergyPlus, Auxiliary Programs, EnergyPlus Weather File (EPW) Data Dictionary.
    """
    cell = site_cell(dataset)
    cell.require(_NAMES, "EPW")
    starts = cell.starts
    first, last = starts[0], starts[-1]
    leap = "Yes" if ((starts.month == 2) & (starts.day == 29)).any() else "No"
    place = one_line(cell.name)
    comment = one_line(f"{cell.source}; {cell.altitude_note}")
    head = [
        f"LOCATION,{place},-,-,greenanalysis,999999,{cell.latitude:.5f},{cell.longitude:.5f},0.0,"
        f"{cell.altitude:.1f}",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        "GROUND TEMPERATURES,0",
        f"HOLIDAYS/DAYLIGHT SAVINGS,{leap},0,0,0",
        f"COMMENTS 1,{comment}",
        "COMMENTS 2,times in UTC; values are means of the hour that ends at the label",
        f"DATA PERIODS,1,1,Data,{first:%A},{first.month:2d}/{first.day:2d},"
        f"{last.month:2d}/{last.day:2d}",
    ]
    columns = [
        shortest(cell.column(name), code) if name else [code] * len(starts)
        for name, code in _FIELDS
    ]
    clock = np.stack([starts.year, starts.month, starts.day, starts.hour + 1], axis=1)
    rows = [
        f"{year},{month},{day},{hour},0,{_SOURCES},{','.join(values)}"
        for (year, month, day, hour), values in zip(clock, zip(*columns, strict=True), strict=True)
    ]
    path.write_text("\r\n".join([*head, *rows]) + "\r\n", encoding="utf-8", newline="")
