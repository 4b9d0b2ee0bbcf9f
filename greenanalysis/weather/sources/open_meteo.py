"""Hourly series of a site from Open-Meteo's archive."""

from __future__ import annotations

import hashlib

import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.weather.clearsky import HALF_HOUR, site_sine, split_horizontal_beam
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.sources.http import Patience, Years, below, get, is_json, json_reply
from greenanalysis.weather.sources.source import Source

_URL = "https://archive-api.open-meteo.com/v1/archive"
_UNITS = {
    "direct_radiation": "W/m²",
    "diffuse_radiation": "W/m²",
    "temperature_2m": "°C",
    "surface_pressure": "hPa",
    "wind_speed_10m": "m/s",
    "wind_speed_100m": "m/s",
}


def fetch_open_meteo(
    latitude: float,
    longitude: float,
    years: Years,
    *,
    model: str = "era5",
    url: str = _URL,
    patience: Patience | None = None,
) -> xr.Dataset:
    """Ask Open-Meteo's archive for the hours of a site; one request.

    Parameters
    ----------
    latitude, longitude, years, url, patience : as of
        :func:`greenanalysis.weather.sources.pvgis.fetch_pvgis`.
    model : reanalysis behind the archive; "era5" keeps one model over all years, where the
        service's own best match changes with time.

    Returns
    -------
    Dataset : see :func:`parse_open_meteo`.

    Raises
    ------
    InputError : naming the URL and what happened, with the service's own words.
    """
    params = {
        "latitude": latitude,
        "longitude": longitude,
        "start_date": f"{years[0]}-01-01",
        "end_date": f"{years[1] + 1}-01-01",
        "hourly": ",".join(_UNITS),
        "models": model,
        "wind_speed_unit": "ms",
        "timezone": "GMT",
    }
    body = get(url, params=params, patience=patience, check=is_json)
    dataset = parse_open_meteo(body, where=url)
    ends = f"{years[0]}-01-01T01:00", f"{years[1] + 1}-01-01T00:00"
    return dataset.sel(time=slice(*ends)).assign_attrs(
        source=f"Open-Meteo archive ({model})",
        years=str(years[0]) if years[0] == years[1] else f"{years[0]}-{years[1]}",
    )


def parse_open_meteo(body: bytes, *, where: str) -> xr.Dataset:
    """Turn Open-Meteo's archive JSON into the canonical form.

    Returns
    -------
    Dataset : all canonical variables of one cell, at the coordinates of the cell that the service
        chose; NaN where it answers null.

    Notes
    -----
    Open-Meteo's radiation is the mean of the hour before the label, the canonical convention;
    temperature, pressure and wind are those of the instant. dni comes from ``direct_radiation``,
    on the horizontal, by :func:`greenanalysis.weather.clearsky.split_horizontal_beam`, as for all
    sources here.
    """
    reply = json_reply(body, where)
    for name, unit in _UNITS.items():
        got = below(reply, where, "hourly_units").get(name)
        if got != unit:
            raise input_error(f"unit of {name}", where=where, allowed=unit, got=got)
    if reply.get("utc_offset_seconds") != 0:
        raise input_error(
            "utc_offset_seconds", where=where, allowed=0, got=reply.get("utc_offset_seconds")
        )
    rows = pd.DataFrame(below(reply, where, "hourly"))
    labels = pd.DatetimeIndex(pd.to_datetime(rows["time"], format="%Y-%m-%dT%H:%M")).as_unit("ns")
    given = {name: rows[name].astype(float).to_numpy() for name in _UNITS}
    latitude, longitude = float(reply["latitude"]), float(reply["longitude"])
    beam, diffuse = given["direct_radiation"], given["diffuse_radiation"]
    dni, dhi = split_horizontal_beam(
        beam, diffuse, *site_sine(labels - HALF_HOUR, latitude, longitude)
    )
    columns = {
        "ghi": beam + diffuse,
        "dni": dni,
        "dhi": dhi,
        "temp_air": given["temperature_2m"],
        "pressure": given["surface_pressure"] * 100,
        "wind_speed_10m": given["wind_speed_10m"],
        "wind_speed_100m": given["wind_speed_100m"],
    }
    return site_dataset(
        columns,
        labels,
        latitude=latitude,
        longitude=longitude,
        name="open-meteo",
        source="Open-Meteo archive",
        digest=hashlib.sha256(body).hexdigest(),
    )


SOURCE = Source(
    name="open-meteo",
    title="Open-Meteo's archive (ERA5)",
    point=fetch_open_meteo,
    suffix=".nc",
)
