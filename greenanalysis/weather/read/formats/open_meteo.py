"""Answers of Open-Meteo saved by hand: CSV and JSON, in whatever units and zone they were asked."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file
from greenanalysis.weather.clearsky import HALF_HOUR, site_sine, split_horizontal_beam
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.hours import hourly_means
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.units import to_project_units

_HOUR = pd.Timedelta(hours=1)
_VARIABLES = {
    "shortwave_radiation": "ghi",
    "direct_normal_irradiance": "dni",
    "diffuse_radiation": "dhi",
    "temperature_2m": "temp_air",
    "surface_pressure": "pressure",
    **{f"wind_speed_{z}m": f"wind_speed_{z}m" for z in (10, 80, 100, 120, 180)},
    **{f"windspeed_{z}m": f"wind_speed_{z}m" for z in (10, 80, 100, 120, 180)},
}
_BEAM = "direct_radiation"


def _recognises(look: Look) -> bool:
    start = look.text.lstrip("\ufeff \r\n")
    if start.startswith("{"):
        return '"hourly_units"' in start or '"utc_offset_seconds"' in start
    return start.startswith("latitude,longitude,elevation,utc_offset_seconds")


def read(look: Look) -> xr.Dataset:
    """Read an answer as it was saved.

    Notes
    -----
    Radiation is the mean of the hour before the label, other variables are of the instant of the
    label and stay there. Instantaneous radiation (names that end in ``_instant``) is not read.
    """
    where = look.path.name
    if look.text.lstrip("\ufeff \r\n").startswith("{"):
        reply = json.loads(look.path.read_bytes())
        if "hourly" not in reply:
            raise input_error("answer", where=where, allowed="hourly", got=list(reply))
        table, units = pd.DataFrame(reply["hourly"]), reply.get("hourly_units", {})
        head = reply
    else:
        table, units, head = _of_csv(look.path.read_text(encoding=look.encoding), where)
    labels = pd.DatetimeIndex(pd.to_datetime(table["time"], format="ISO8601")).as_unit("ns")
    labels = labels - pd.Timedelta(seconds=float(head["utc_offset_seconds"]))
    latitude, longitude = float(head["latitude"]), float(head["longitude"])
    values: dict[str, np.ndarray] = {}
    for name, variable in _VARIABLES.items():
        if name in table:
            numbers = table[name].astype(float).to_numpy()
            values[variable] = to_project_units(numbers, units.get(name), variable, where=where)
    if not values:
        raise input_error("variables", where=where, allowed=list(_VARIABLES), got=list(table))
    if _BEAM in table and {"dni"}.isdisjoint(values) and "dhi" in values:
        beam = table[_BEAM].astype(float).to_numpy()
        sine = site_sine(labels - HALF_HOUR, latitude, longitude)
        values["dni"], values["dhi"] = split_horizontal_beam(beam, values["dhi"], *sine)
        values["ghi"] = values.get(
            "ghi", beam + table["diffuse_radiation"].astype(float).to_numpy()
        )
    hours = hourly_means(pd.DataFrame(values), labels - _HOUR, interval=_HOUR, minimum_share=1.0)
    dataset = site_dataset(
        {str(name): hours[name].to_numpy() for name in hours},
        pd.DatetimeIndex(hours.index),
        latitude=latitude,
        longitude=longitude,
        name=look.path.stem,
        source=f"Open-Meteo, {where}",
        digest=sha256_file(look.path),
    )
    return dataset.assign_attrs(altitude=float(head.get("elevation") or 0.0))


def _of_csv(text: str, where: str) -> tuple[pd.DataFrame, dict[str, str], dict[str, Any]]:
    rows = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if row]
    head = dict(zip(rows[0], rows[1], strict=False))
    start = next((n for n, row in enumerate(rows) if row[0] == "time"), None)
    if start is None:
        raise input_error("header", where=where, allowed="time,...", got="none")
    names, units = [], {}
    for cell in rows[start]:
        name, _, unit = cell.partition(" (")
        names.append(name)
        units[name] = unit.rstrip(")")
    body = [row for row in rows[start + 1 :] if len(row) == len(names)]
    cut = len(rows) - start - 1 - len(body)
    if cut:
        allowed = f"{len(names)} cells in every row"
        raise input_error("rows", where=where, allowed=allowed, got=f"{cut} of another length")
    table = pd.DataFrame(body, columns=names).replace({"": None, "NaN": None})
    return table, units, head


FORMAT = Format("open-meteo", "Open-Meteo (CSV or JSON)", _recognises, read=read)
