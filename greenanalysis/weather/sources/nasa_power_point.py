"""Hourly series of a site from NASA POWER's point service."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.sources.http import Patience, Years, below, get, is_json, json_reply
from greenanalysis.weather.sources.nasa_power import Shear, Tally, wind_at_100m
from greenanalysis.weather.sources.source import Source

_URL = "https://power.larc.nasa.gov/api/temporal/hourly/point"
_HOUR = pd.Timedelta(hours=1)
_UNITS = {
    "ALLSKY_SFC_SW_DWN": "Wh/m^2",
    "ALLSKY_SFC_SW_DNI": "Wh/m^2",
    "ALLSKY_SFC_SW_DIFF": "Wh/m^2",
    "T2M": "C",
    "PS": "kPa",
    "WS10M": "m/s",
    "WS50M": "m/s",
}


def fetch_power(
    latitude: float,
    longitude: float,
    years: Years,
    *,
    url: str = _URL,
    patience: Patience | None = None,
) -> xr.Dataset:
    """Ask NASA POWER's point service for the hours of a site; one request.

    Parameters
    ----------
    latitude, longitude, years, url, patience : as of
        :func:`greenanalysis.weather.sources.pvgis.fetch_pvgis`.

    Returns
    -------
    Dataset : see :func:`parse_power`.

    Raises
    ------
    InputError : naming the URL and what happened, with the service's own words.
    """
    params = {
        "latitude": latitude,
        "longitude": longitude,
        "start": f"{years[0]}0101",
        "end": f"{years[1]}1231",
        "community": "re",
        "parameters": ",".join(_UNITS),
        "format": "json",
        "header": "true",
        "time-standard": "utc",
    }
    return parse_power(get(url, params=params, patience=patience, check=is_json), where=url)


def parse_power(body: bytes, *, where: str) -> xr.Dataset:
    """Turn NASA POWER's hourly point JSON (community RE, UTC) into the canonical form.

    Returns
    -------
    Dataset : all canonical variables of one cell; NaN where POWER fills (-999).

    Notes
    -----
    POWER labels an hour by its beginning (yyyymmddhh), so labels move on by one hour. Wh m-2 in an
    hour are W m-2. POWER has wind at 10 and 50 m: the wind at 100 m is that of
    :func:`greenanalysis.weather.sources.nasa_power.wind_at_100m`, as in the gridded source.
    """
    reply = json_reply(body, where)
    for name, unit in _UNITS.items():
        got = below(reply, where, "parameters", name).get("units")
        if got != unit:
            raise input_error(f"unit of {name}", where=where, allowed=unit, got=got)
    rows = pd.DataFrame(below(reply, where, "properties", "parameter"))
    fill = float(below(reply, where, "header").get("fill_value", -999.0))
    stamps = pd.DatetimeIndex(pd.to_datetime(rows.index, format="%Y%m%d%H")).as_unit("ns")
    given = {name: rows[name].astype(float).to_numpy() for name in _UNITS}
    given = {name: np.where(v == fill, np.nan, v) for name, v in given.items()}
    coordinates = below(reply, where, "geometry")["coordinates"]
    columns = {
        "ghi": given["ALLSKY_SFC_SW_DWN"],
        "dni": given["ALLSKY_SFC_SW_DNI"],
        "dhi": given["ALLSKY_SFC_SW_DIFF"],
        "temp_air": given["T2M"],
        "pressure": given["PS"] * 1000,
        "wind_speed_10m": given["WS10M"],
        "wind_speed_100m": _wind_at_100m(given["WS10M"], given["WS50M"]),
    }
    return site_dataset(
        columns,
        stamps + _HOUR,
        latitude=float(coordinates[1]),
        longitude=float(coordinates[0]),
        name="nasa-power",
        source="NASA POWER hourly point service (CERES SYN1deg, MERRA-2)",
        digest=hashlib.sha256(body).hexdigest(),
    )


def _wind_at_100m(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    shear = Shear.of(load_assumptions())
    return wind_at_100m(low, high, shear=shear, tally=Tally())


SOURCE = Source(
    name="nasa-power-point",
    title="NASA POWER's point service (CERES SYN1deg, MERRA-2)",
    point=fetch_power,
    suffix=".nc",
)
