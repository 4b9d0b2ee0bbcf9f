"""Weather of a site as a plain table, CSV or XLSX, with what is known of it above or beside.

The project's own form: pvlib's names, labels at the end of the hour in UTC, empty where nothing is
known. :func:`read_site_table` reads it back equal.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.core.formats import write_tables
from greenanalysis.core.variables import DIMS
from greenanalysis.weather.flags import is_flag

MARK = "greenanalysis weather of a site"
_HOURS, _ABOUT = "hours", "about"


def write_site_table(dataset: xr.Dataset, path: Path) -> None:
    """Write a site as ``NAME.csv`` (header lines begin with ``#``) or ``NAME.xlsx`` (two sheets).

    Parameters
    ----------
    dataset : of one cell, (time, latitude, longitude).
    path : to be written.
    """
    hours = pd.DataFrame(
        {str(name): array.to_numpy().ravel() for name, array in dataset.data_vars.items()},
        index=pd.DatetimeIndex(dataset["time"].to_numpy(), name="time"),
    )
    about = _about(dataset)
    if path.suffix.lower() == ".xlsx":
        rows = pd.DataFrame({"key": list(about), "value": list(about.values())})
        # a cell holds float64: float32 goes by its shortest text, so that 0.1 reads 0.1
        plain = hours.apply(lambda column: column.astype(str).astype(float))
        write_tables({_HOURS: plain, _ABOUT: rows}, path)
        return
    head = "".join(f"# {key}: {value}\n" for key, value in about.items())
    table = hours.to_csv(date_format="%Y-%m-%dT%H:%M")
    path.write_text(f"# {MARK}\n{head}{table}", encoding="utf-8")


def _about(dataset: xr.Dataset) -> dict[str, str]:
    units = {str(n): str(a.attrs.get("units", "")) for n, a in dataset.data_vars.items()}
    return {
        "latitude": repr(float(dataset["latitude"].to_numpy().ravel()[0])),
        "longitude": repr(float(dataset["longitude"].to_numpy().ravel()[0])),
        "units": "; ".join(f"{name} {unit}" for name, unit in units.items()),
        "variables": json.dumps({str(n): _plain(a.attrs) for n, a in dataset.data_vars.items()}),
        **{str(key): json.dumps(_value(value)) for key, value in dataset.attrs.items()},
    }


def _plain(attrs: dict[object, object]) -> dict[str, object]:
    return {str(key): _value(value) for key, value in attrs.items()}


def _value(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def is_site_table(path: Path) -> bool:
    """Return whether a file is such a table."""
    if path.suffix.lower() == ".xlsx":
        import openpyxl

        try:
            book = openpyxl.load_workbook(path, read_only=True)
        except Exception:  # a foreign or damaged file; whoever reads it says what is wrong
            return False
        try:
            return list(book.sheetnames) == [_HOURS, _ABOUT]
        finally:
            book.close()
    try:
        with path.open("rb") as file:
            return file.read(len(MARK) + 2) == f"# {MARK}".encode()
    except OSError:
        return False


def read_site_table(path: Path) -> xr.Dataset:
    """Read what :func:`write_site_table` wrote, equal to what was written.

    Raises
    ------
    InputError : another file, or one whose header or numbers were damaged.
    """
    if not is_site_table(path):
        raise input_error("table", where=str(path), allowed=f"a {MARK}", got="another file")
    with refusing(f"{path}: a damaged {MARK}"):
        if path.suffix.lower() == ".xlsx":
            sheets = pd.read_excel(path, sheet_name=[_HOURS, _ABOUT], engine="openpyxl")
            hours = sheets[_HOURS].set_index("time")
            keys, values = (sheets[_ABOUT][name].astype(str) for name in ("key", "value"))
            about = dict(zip(keys, values, strict=True))
        else:
            about = _header(path)
            lines = len(about) + 1
            hours = pd.read_csv(path, skiprows=lines, index_col="time", parse_dates=["time"])
        times = pd.DatetimeIndex(hours.index).as_unit("ns")
        coords = {
            "time": times,
            "latitude": [float(about.pop("latitude"))],
            "longitude": [float(about.pop("longitude"))],
        }
        about.pop("units")
        attrs = json.loads(about.pop("variables"))
        dataset = xr.Dataset(
            {
                name: (DIMS, hours[name].to_numpy(_dtype(str(name)))[:, None, None], attrs[name])
                for name in hours
            },
            coords=coords,
            attrs={key: json.loads(value) for key, value in about.items()},
        )
    if times.hasnans or not len(times):
        raise InputError(f"{path}: a damaged {MARK}: a label of time is empty")
    return dataset


def _dtype(name: str) -> str:
    return "int8" if is_flag(name) else "float32"


def _header(path: Path) -> dict[str, str]:
    about: dict[str, str] = {}
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            if not line.startswith("# "):
                break
            key, _, value = line[2:].rstrip("\n").partition(": ")
            about[key] = value
    return about
