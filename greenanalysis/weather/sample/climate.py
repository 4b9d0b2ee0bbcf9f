"""The committed monthly climatology: what the sample year is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import sha256_file, sha256_json
from greenanalysis.core.paths import data_dir
from greenanalysis.weather.sample.wind_map import Spread, WindMap

_MONTHLY = ("ghi_mean", "ghi_clear_mean", "temp_air_mean", "linke_turbidity")
_STATIC = ("elevation", "terrain_sigma", "terrain_roughness_110km", "water_fraction")
WIND = "wind_speed_100m_mean"
_ANCHOR = tuple(
    f"anchor_{name}"
    for name in ("site", "kind", "latitude", "longitude", "speed_100m", "sigma", "station")
)
WIND_COURSE = ("wind_season_amplitude", "wind_season_peak", "wind_day_amplitude")
"""Season and day of the wind by cell, as in ``wind_climate.Season``."""


def climate_path() -> Path:
    """Return the path of the committed climatology."""
    return data_dir() / "climate" / "climatology.nc"


def wind_path() -> Path:
    """Return the path of the committed mean wind."""
    return data_dir() / "climate" / "wind.nc"


def load_climate(path: Path | None = None, *, wind: Path | None = None) -> xr.Dataset:
    """Read the monthly climatology on the project grid into memory.

    Parameters
    ----------
    path : netCDF file; by default ``data/climate/climatology.nc``.
    wind : netCDF file of the mean wind; by default ``data/climate/wind.nc``.

    Returns
    -------
    Dataset : with (month 1..12, latitude, longitude) ``ghi_mean``, ``ghi_clear_mean`` (cloudless
        sky), W m-2, ``temp_air_mean``, degC, ``linke_turbidity``; with (latitude, longitude)
        ``elevation``, ``terrain_sigma`` (standard deviation of height inside the cell),
        ``terrain_roughness_110km``, m, ``water_fraction``, 0..1, ``wind_speed_100m_mean`` (mean
        over the cell), m s-1, and the variables of :data:`WIND_COURSE`; with (month, quantile,
        source_latitude, source_longitude) ``clear_sky_index``, the distribution of the day's GHI
        over its cloudless GHI.
        ``attrs["hash"]`` is one SHA-256 over both files.

    Raises
    ------
    InputError : a file is missing, unreadable or lacks a variable.
    """
    source, blowing = path or climate_path(), wind or wind_path()
    climate = _read(source, (*_MONTHLY, *_STATIC, "clear_sky_index"))
    mean_wind = _read(blowing, (WIND, *WIND_COURSE))
    for name in (WIND, *WIND_COURSE):
        climate[name] = mean_wind[name]
    climate.attrs["wind_calibration"] = mean_wind.attrs.get("calibration", "")
    climate.attrs["hash"] = sha256_json([sha256_file(source), sha256_file(blowing)])
    return climate


@lru_cache(maxsize=1)
def load_wind_map() -> WindMap:
    """Return the committed wind map: anchors, spread, inflation and level of ``wind.nc``.

    Raises
    ------
    InputError : the file is missing or lacks a variable.
    """
    data = _read(wind_path(), _ANCHOR)
    columns = {name.removeprefix("anchor_"): data[name].to_numpy() for name in _ANCHOR}
    attrs = data.attrs
    spread = Spread(
        field=float(attrs["spread_field"]),
        range_km=float(attrs["spread_range_km"]),
        siting=float(attrs["spread_siting"]),
        corridor=float(attrs["spread_corridor"]),
    )
    return WindMap(pd.DataFrame(columns), spread, float(attrs["inflation"]), float(attrs["shift"]))


def load_site_wind() -> xr.Dataset:
    """Return the map where turbines would stand, every 1/12 degree.

    Returns
    -------
    Dataset : (latitude, longitude) ``speed`` (m s-1 at 100 m) and ``sigma`` (standard deviation of
        its logarithm).
    """
    data = _read(wind_path(), ("site_speed_100m", "site_speed_sigma"))
    fine = data[["site_speed_100m", "site_speed_sigma"]]
    return fine.rename(
        site_speed_100m="speed",
        site_speed_sigma="sigma",
        site_latitude="latitude",
        site_longitude="longitude",
    )


def climate_at(
    names: Sequence[str],
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    climate: xr.Dataset | None = None,
) -> dict[str, np.ndarray]:
    """Return the committed climatology at its cells nearest to some places.

    Parameters
    ----------
    names : variables of :func:`load_climate`.
    latitude, longitude : (cell), degrees; NaN takes the middle of the country.
    climate : of :func:`load_climate`, read here by default. Give it in threads: netCDF files must
        not be opened in several at once.

    Returns
    -------
    dict : by name, (month, cell) or (cell), float64.
    """
    climate = (load_climate() if climate is None else climate)[list(names)]
    places = {
        name: xr.DataArray(
            np.where(np.isfinite(values), values, float(climate[name].mean())), dims="cell"
        )
        for name, values in (("latitude", latitude), ("longitude", longitude))
    }
    found = climate.sel(places, method="nearest")
    return {name: found[name].to_numpy().astype(float) for name in names}


def _read(path: Path, names: tuple[str, ...]) -> xr.Dataset:
    if not path.is_file():
        raise input_error(
            "climatology", where=str(path), allowed="a netCDF file", got="no such file"
        )
    try:
        with xr.open_dataset(path, engine="netcdf4") as opened:
            data = opened.load()
    except (OSError, ValueError) as error:
        raise InputError(f"climatology {path} cannot be read: {error}") from error
    missing = [name for name in names if name not in data]
    if missing:
        raise input_error(
            "climatology", where=str(path), allowed="all its variables", got=f"without {missing}"
        )
    return data
