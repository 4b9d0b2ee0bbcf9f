"""Weather of a site in PVsyst's standard format for import, in the zone of its longitude."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.core.files import sha256_file
from greenanalysis.core.variables import DIMS, TIME_CONVENTION, VARIABLES
from greenanalysis.weather.canonical import years_of
from greenanalysis.weather.write.cell import HOUR, one_line, shortest, site_cell

_TITLE = "#Standard format for importing hourly data in PVsyst"
_COLUMNS = {
    "GHI": ("ghi", "W/m2"),
    "DNI": ("dni", "W/m2"),
    "DHI": ("dhi", "W/m2"),
    "Temp": ("temp_air", "deg.C"),
    "WindVel": ("wind_speed_10m", "m/sec"),
}
_CLOCK = ("Year", "Month", "Day", "Hour", "Minute")


def write_pvsyst(dataset: xr.Dataset, path: Path) -> None:
    """Write a site as PVsyst's standard CSV: semicolons, labels at the beginning of the hour.

    Parameters
    ----------
    dataset : of one cell.
    path : to be written.

    Raises
    ------
    InputError : more than one cell, or no GHI in it.

    Notes
    -----
    PVsyst wants a clock that fits the longitude and years that begin on 1 January: of whole years
    of UTC the hours that fall into another local year are put at the other end of the record, and
    the line ``#Rolled hours`` says how many. Gaps are empty fields.

    References
    ----------
    PVsyst help, Meteo database, Importing meteo data from (almost) any ASCII file: PVsyst standard
    format.
    """
    cell = site_cell(dataset)
    cell.require(("ghi",), "PVsyst CSV")
    zone = int(np.floor(cell.longitude / 15 + 0.5))
    starts = cell.starts
    whole = (starts[0].dayofyear, starts[0].hour) == (1, 0) and (
        (starts[-1] + HOUR).dayofyear,
        (starts[-1] + HOUR).hour,
    ) == (1, 0)
    rolled = zone if whole else 0
    local = starts if whole else starts + zone * HOUR
    known = {name: rule for name, rule in _COLUMNS.items() if rule[0] in cell.hours}
    columns = [
        shortest(np.roll(cell.column(variable), rolled), "") for variable, _ in known.values()
    ]
    lines = [
        "#Meteo hourly data",
        _TITLE,
        f"#Site;{one_line(cell.name, without=';')}",
        f"#Data Source;{one_line(cell.source, without=';')}",
        "#Time step;Hour",
        f"#Latitude;{cell.latitude:.5f}",
        f"#Longitude;{cell.longitude:.5f}",
        f"#Altitude;{cell.altitude:.1f}",
        f"#Time Zone;{zone}",
        f"#Rolled hours;{rolled}",
        f"#{cell.altitude_note}",
        ";".join([*_CLOCK, *known]),
        ";".join([""] * len(_CLOCK) + [unit for _, unit in known.values()]),
    ]
    lines += [
        f"{t.year};{t.month};{t.day};{t.hour};0;{';'.join(values)}"
        for t, values in zip(local, zip(*columns, strict=True), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def is_pvsyst(path: Path) -> bool:
    """Return whether a file is in PVsyst's standard format for import."""
    try:
        with path.open("rb") as file:
            return _TITLE.encode() in file.read(400)
    except OSError:
        return False


def read_pvsyst(path: Path) -> xr.Dataset:
    """Read a file of PVsyst's standard format as canonical weather of one cell.

    Raises
    ------
    InputError : no such file, a header that lacks the place or the zone, or fields that are not
        numbers.
    """
    if not is_pvsyst(path):
        raise input_error("file", where=str(path), allowed=f"the line {_TITLE}", got="another")
    with refusing(f"PVsyst file {path} cannot be read"):
        text = path.read_text(encoding="utf-8").splitlines()
        head = dict(line[1:].split(";", 1) for line in text if line.startswith("#") and ";" in line)
        skip = next(n for n, line in enumerate(text) if not line.startswith("#"))
        table = pd.read_csv(path, sep=";", skiprows=[*range(skip), skip + 1])
        place = {key: float(head[key]) for key in ("Latitude", "Longitude", "Time Zone")}
    lacking = [name for name in _CLOCK if name not in table]
    if lacking:
        raise input_error("columns", where=str(path), allowed=", ".join(_CLOCK), got=list(table))
    rolled = (
        int(head["Rolled hours"]) if re.fullmatch(r"-?\d+", head.get("Rolled hours", "")) else 0
    )
    with refusing(f"times of {path}"):
        stamps = pd.to_datetime(table[[*_CLOCK]].rename(columns=str.lower))
        ends = pd.DatetimeIndex(stamps) + HOUR - (0 if rolled else place["Time Zone"]) * HOUR
    if not (np.diff(ends.to_numpy()) == HOUR.to_timedelta64()).all():
        raise InputError(f"times of {path}: hours must follow one another without a gap")
    known = {name: rule for name, rule in _COLUMNS.items() if name in table}
    dataset = xr.Dataset(coords={"time": ends.as_unit("ns"), "latitude": [place["Latitude"]],
                                 "longitude": [place["Longitude"]]})  # fmt: skip
    for column, (name, _) in known.items():
        with refusing(f"column {column} of {path}"):
            values = np.roll(pd.to_numeric(table[column]).to_numpy("float32"), -rolled)
        variable = VARIABLES[name]
        attrs = {
            "units": variable.units,
            "long_name": variable.long_name,
            "standard_name": variable.standard_name,
        }
        dataset[name] = (DIMS, values[:, None, None], attrs)
    return dataset.assign_attrs(
        name=head.get("Site", path.stem),
        source=head.get("Data Source", path.name),
        time_convention=TIME_CONVENTION,
        grade="real",
        hash=sha256_file(path),
        years=years_of(dataset),
    )
