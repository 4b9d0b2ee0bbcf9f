"""Hourly series of a site from PVGIS of the Joint Research Centre.

Values of an instant in each hour, as satellites see them, carried to the middle of the hour.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import xarray as xr
from pvlib.atmosphere import alt2pres

from greenanalysis.weather.clearsky import HALF_HOUR, site_sine, split_horizontal_beam
from greenanalysis.weather.read.instants import to_hour_middles
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.sources.http import (
    Patience,
    Years,
    below,
    get,
    is_json,
    json_reply,
    need_columns,
)
from greenanalysis.weather.sources.source import Source

_URL = "https://re.jrc.ec.europa.eu/api/v5_3/seriescalc"


def fetch_pvgis(
    latitude: float,
    longitude: float,
    years: Years,
    *,
    database: str | None = None,
    horizon: bool = True,
    url: str = _URL,
    patience: Patience | None = None,
) -> xr.Dataset:
    """Ask PVGIS for the hourly irradiance, temperature and 10 m wind of a site.

    Parameters
    ----------
    latitude, longitude : degrees north and east.
    years : first and last.
    database : PVGIS-SARAH3, PVGIS-ERA5 or another that covers the site; by default PVGIS chooses.
    horizon : whether terrain shades the sun.
    url : of ``seriescalc``, for another version or a test.
    patience : with the server.

    Returns
    -------
    Dataset : see :func:`parse_pvgis`.

    Raises
    ------
    InputError : naming the URL and what happened, with the service's own words.
    """
    params: dict[str, object] = {
        "lat": latitude,
        "lon": longitude,
        "startyear": years[0],
        "endyear": years[1],
        "outputformat": "json",
        "components": 1,
        "angle": 0,
        "aspect": 0,
        "pvcalculation": 0,
        "usehorizon": int(horizon),
    }
    if database:
        params["raddatabase"] = database
    return parse_pvgis(get(url, params=params, patience=patience, check=is_json), where=url)


def parse_pvgis(body: bytes, *, where: str) -> xr.Dataset:
    """Turn PVGIS's hourly JSON (horizontal plane, with components) into the canonical form.

    Returns
    -------
    Dataset : ghi, dni, dhi, temp_air, pressure, wind_speed_10m of one cell. PVGIS gives no wind at
        100 m; none is invented.

    Notes
    -----
    PVGIS stamps one value an hour: satellite databases (SARAH) give the irradiance at the instant
    of the image, such as hh:10; ERA5 the mean of the hour, stamped hh:30. Each hour's middle is
    hh:30, so values of other minutes are carried there by
    :func:`to_hour_middles`; those of hh:30 stay as they are. The
    label is hh+1. ``Gb(i)`` on the horizontal becomes dni by
    :func:`greenanalysis.weather.clearsky.split_horizontal_beam`. Pressure is the standard
    atmosphere's at the site's elevation.

    References
    ----------
    Huld, Müller and Gambardella (2012), A new solar radiation database for estimating PV
    performance in Europe and Africa, Solar Energy 86, 1803-1815.
    """
    reply = json_reply(body, where)
    place = below(reply, where, "inputs", "location")
    rows = pd.DataFrame(below(reply, where, "outputs", "hourly"))
    need_columns(rows, ("time", "Gb(i)", "Gd(i)", "T2m", "WS10m"), where)
    stamps = pd.DatetimeIndex(pd.to_datetime(rows["time"], format="%Y%m%d:%H%M")).as_unit("ns")
    values = rows.drop(columns="time").astype(float)
    latitude, longitude = float(place["latitude"]), float(place["longitude"])
    ground = values.get("Gr(i)", 0.0)
    middles, beam, diffuse, met = to_hour_middles(
        stamps,
        beam=values["Gb(i)"].to_numpy(),
        diffuse=(values["Gd(i)"] + ground).to_numpy(),
        met=values[["T2m", "WS10m"]].to_numpy(),
        latitude=latitude,
        longitude=longitude,
        where=where,
    )
    sine, extra = site_sine(middles, latitude, longitude)
    dni, dhi = split_horizontal_beam(beam, diffuse, sine, extra)
    radiation = below(reply, where, "inputs", "meteo_data").get("radiation_db", "unknown database")
    columns = {
        "ghi": beam + diffuse,
        "dni": dni,
        "dhi": dhi,
        "temp_air": met[:, 0],
        "pressure": np.full(len(middles), alt2pres(float(place["elevation"]))),
        "wind_speed_10m": met[:, 1],
    }
    return site_dataset(
        columns,
        middles + HALF_HOUR,
        latitude=latitude,
        longitude=longitude,
        name="pvgis",
        source=f"PVGIS ({radiation})",
        digest=hashlib.sha256(body).hexdigest(),
    )


SOURCE = Source(
    name="pvgis",
    title="PVGIS of the Joint Research Centre: irradiance, temperature and 10 m wind",
    point=fetch_pvgis,
    suffix=".nc",
)
