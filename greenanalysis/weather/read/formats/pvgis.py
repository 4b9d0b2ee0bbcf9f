"""Answers of PVGIS saved by hand: hourly series and typical years, CSV and JSON."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file
from greenanalysis.weather.clearsky import HALF_HOUR, site_sine, split_horizontal_beam
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.hours import one_year
from greenanalysis.weather.read.instants import to_hour_middles
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.sources.pvgis import parse_pvgis

_STAMP = "%Y%m%d:%H%M"
_TYPICAL = ("G(h)", "Gb(n)", "Gd(h)", "T2m", "WS10m", "SP")
_HOURLY = ("Gb(i)", "Gd(i)", "T2m", "WS10m")


def _recognises(look: Look) -> bool:
    start = look.text.lstrip("\ufeff \r\n")[:4000]
    if start.startswith("{"):
        return '"inputs"' in look.text and ("tmy_hourly" in look.text or "PVGIS" in look.text)
    return start.startswith("Latitude (decimal degrees)")


def read(look: Look) -> xr.Dataset:
    """Read a file of PVGIS; see :func:`greenanalysis.weather.sources.pvgis.parse_pvgis`.

    Notes
    -----
    The months of a typical year are of different years; its labels are of one. Its irradiance is
    that of an instant, the stamp plus the stated offset, the rest that of the stamp: both are
    carried to the middle of the hour.
    """
    content = look.path.read_bytes()
    where = look.path.name
    if look.text.lstrip("\ufeff \r\n").startswith("{"):
        reply = json.loads(content)
        if "tmy_hourly" not in reply.get("outputs", {}):
            return parse_pvgis(content, where=where)
        place = reply["inputs"]["location"]
        rows = pd.DataFrame(reply["outputs"]["tmy_hourly"])
        offset = float(place.get("irradiance_time_offset", 0.0))
        return _series(rows, place, offset, look)
    lines = content.decode(look.encoding).splitlines()
    words = re.compile(r"^([A-Za-z][^:\n]*?)(?: \([^)]*\))?:\s*(\S+)\s*$", re.M)
    head = dict(words.findall("\n".join(lines[:30])))
    place = {name.lower(): float(head[name]) for name in ("Latitude", "Longitude", "Elevation")}
    first = next((n for n, line in enumerate(lines) if re.match(r"time(\(UTC\))?,", line)), None)
    if first is None:
        raise input_error("header", where=where, allowed="time,... or time(UTC),...", got="none")
    last = next(
        (n for n in range(first + 1, len(lines)) if not re.match(r"\d{8}:\d{4},", lines[n])),
        len(lines),
    )
    rows = pd.read_csv(io.StringIO("\n".join(lines[first:last])))
    offset = float(head.get("Irradiance Time Offset", 0.0))
    return _series(rows, place, offset, look)


def _series(rows: pd.DataFrame, place: dict[str, float], offset: float, look: Look) -> xr.Dataset:
    where = look.path.name
    rows = rows.rename(columns={rows.columns[0]: "time"})
    typical = set(_TYPICAL) <= set(rows.columns)
    if not typical and not set(_HOURLY) <= set(rows.columns):
        allowed = f"{', '.join(_TYPICAL)} or (horizontal, with components) {', '.join(_HOURLY)}"
        raise input_error("columns", where=where, allowed=allowed, got=list(rows.columns))
    stamps = pd.DatetimeIndex(pd.to_datetime(rows["time"], format=_STAMP)).as_unit("ns")
    stamps, moved = one_year(stamps)
    latitude, longitude = float(place["latitude"]), float(place["longitude"])
    values = rows.drop(columns="time").astype(float)
    if typical:
        seen = stamps + pd.Timedelta(hours=offset)
        sine, _ = site_sine(seen, latitude, longitude)
        beam = values["Gb(n)"].to_numpy() * np.maximum(sine, 0.0)
        diffuse = values["Gd(h)"].to_numpy()
        beam = np.maximum(values["G(h)"].to_numpy() - diffuse, 0.0) * (beam >= 0)
    else:
        seen = stamps
        beam = values["Gb(i)"].to_numpy()
        diffuse = (values["Gd(i)"] + values.get("Gr(i)", 0.0)).to_numpy()
    met = values[[name for name in ("T2m", "WS10m", "SP") if name in values]]
    middles, beam, diffuse, _ = to_hour_middles(
        seen,
        beam=beam,
        diffuse=diffuse,
        met=np.empty((len(seen), 0)),
        latitude=latitude,
        longitude=longitude,
        where=where,
    )
    at, wanted = stamps.asi8, middles.asi8
    carried = {name: np.interp(wanted, at, met[name]) for name in met}
    dni, dhi = split_horizontal_beam(beam, diffuse, *site_sine(middles, latitude, longitude))
    columns = {
        "ghi": beam + diffuse,
        "dni": dni,
        "dhi": dhi,
        "temp_air": carried["T2m"],
        "wind_speed_10m": carried["WS10m"],
    }
    if "SP" in carried:
        columns["pressure"] = carried["SP"]
    dataset = site_dataset(
        columns,
        middles + HALF_HOUR,
        latitude=latitude,
        longitude=longitude,
        name=look.path.stem,
        source=f"PVGIS {'typical year' if typical else 'hourly series'}, {where}",
        digest=sha256_file(look.path),
    )
    stated = {"altitude": float(place["elevation"])} | ({"typical": 1} if moved else {})
    return dataset.assign_attrs(stated)


FORMAT = Format("pvgis", "PVGIS (CSV or JSON)", _recognises, read=read)
