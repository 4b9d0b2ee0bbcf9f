"""Solar resource of a site as the CSV that SAM (NREL's System Advisor Model) reads, in UTC."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from greenanalysis.weather.write.cell import one_line, shortest, site_cell

_COLUMNS = {
    # column of SAM: name in the Dataset, factor
    "GHI": ("ghi", 1.0),
    "DNI": ("dni", 1.0),
    "DHI": ("dhi", 1.0),
    "Tdry": ("temp_air", 1.0),
    "Pres": ("pressure", 0.01),
    "Wspd": ("wind_speed_10m", 1.0),
    "Wdir": ("wind_direction_10m", 1.0),
}


def write_sam(dataset: xr.Dataset, path: Path) -> None:
    """Write a site as SAM's CSV: W/m2, degC, mbar, m/s; only columns that are known.

    Parameters
    ----------
    dataset : of one cell.
    path : to be written.

    Raises
    ------
    InputError : more than one cell, or no light in it.

    Notes
    -----
    Time zone 0. Minute 30 says that SAM takes the sun in the middle of the hour whose mean stands
    there. A year of SAM has 8760 hours; it leaves 29 February out by itself.

    References
    ----------
    NREL, System Advisor Model help, Weather File Formats: SAM CSV.
    """
    cell = site_cell(dataset)
    cell.require(("ghi", "dni", "dhi"), "SAM CSV")
    starts = cell.starts
    known = {name: rule for name, rule in _COLUMNS.items() if rule[0] in cell.hours}
    columns = {
        name: shortest(cell.column(variable) * factor, "")
        for name, (variable, factor) in known.items()
    }
    place = f"{one_line(cell.source)},{one_line(cell.name)},-,-,-"
    lines = [
        "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,"
        "Local Time Zone,Elevation",
        f"{place},{cell.latitude:.5f},{cell.longitude:.5f},0,0,{cell.altitude:.0f}",
        f"Year,Month,Day,Hour,Minute,{','.join(columns)}",
    ]
    lines += [
        f"{t.year},{t.month},{t.day},{t.hour},30,{','.join(values)}"
        for t, values in zip(starts, zip(*columns.values(), strict=True), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
