"""A synthetic NASA POWER: two Zarr v2 stores in the real format, with fields known by formula.

Real: the paths, names, grids (0.5 x 0.625 and 1 degree over the whole globe), dimensions,
consolidated metadata, FixedScaleOffset filters and missing marker. Invented: values, years and
chunk lengths.
Only the chunks around western Turkistan are filled; the others are absent, as in a sparse bucket.
"""

from __future__ import annotations

from pathlib import Path

import numcodecs
import numpy as np
import pandas as pd
import xarray as xr
import zarr

from greenanalysis.weather.clearsky import clear_sky, elevation_deg, sun
from greenanalysis.weather.sample.year import split_beam
from greenanalysis.weather.sources.nasa_power import AIR, SUN

FIRST, LAST = "2018-10-01 00:00", "2020-03-31 23:00"
HOURS_PER_CHUNK = 4392
TILE = 15
FILLED = {"lat": (40.0, 46.0), "lon": (64.0, 72.0)}
GRIDS = {
    AIR: (np.arange(-90, 90.1, 0.5), np.arange(-180, 180, 0.625)),
    SUN: (np.arange(-89.5, 90, 1.0), np.arange(-179.5, 180, 1.0)),
}
UNITS = {
    **{"T2M": "C", "PS": "kPa", "WS10M": "m/s", "WS50M": "m/s"},
    **dict.fromkeys(("ALLSKY_SFC_SW_DWN", "ALLSKY_SFC_SW_DNI", "ALLSKY_SFC_SW_DIFF"), "W/m^2"),
}
ASTYPE = {AIR: ("<i4", 1000), SUN: ("<i2", 10)}
COMPRESSOR = {AIR: numcodecs.Blosc(cname="zstd", clevel=3, shuffle=1), SUN: numcodecs.Zlib(1)}


def hours() -> pd.DatetimeIndex:
    """Labels of the stores: beginnings of the hours."""
    return pd.date_range(FIRST, LAST, freq="h")


def temperature(label: pd.DatetimeIndex, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Linear in both degrees, so that bilinear interpolation returns it exactly; degC."""
    daily = 5 * np.sin(2 * np.pi * (np.asarray(label.hour) - 9) / 24)
    return daily[:, None, None] + 40 - 0.6 * lat[:, None] + 0.1 * (lon - 66)


def pressure_kpa(label: pd.DatetimeIndex, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    return np.broadcast_to(95 + 0.1 * (lat[:, None] - 43), (len(label), len(lat), len(lon)))


def wind(label: pd.DatetimeIndex, lat: np.ndarray, lon: np.ndarray, speed: float) -> np.ndarray:
    """The same everywhere; calm from 03:00 to 04:00 UTC."""
    still = np.where(np.asarray(label.hour) == 3, 0.1, speed)
    return np.broadcast_to(still[:, None, None], (len(label), len(lat), len(lon)))


def irradiance(label: pd.DatetimeIndex, lat: np.ndarray, lon: np.ndarray) -> dict[str, np.ndarray]:
    """A cloudless sky seen in the middle of the hour that begins at the label."""
    middle = label + pd.Timedelta(minutes=30)
    rows, columns = (x.ravel() for x in np.meshgrid(lat, lon, indexing="ij"))
    position = sun(middle)
    elevation = elevation_deg(position, rows, columns)
    ghi = clear_sky(
        elevation,
        position.extraterrestrial[:, None],
        linke_turbidity=np.array(3.0),
        altitude=np.array(300.0),
    )
    dni, dhi = split_beam(ghi, elevation, np.asarray(middle.dayofyear))
    shape = (len(label), len(lat), len(lon))
    names = ("ALLSKY_SFC_SW_DWN", "ALLSKY_SFC_SW_DNI", "ALLSKY_SFC_SW_DIFF")
    return {n: v.reshape(shape) for n, v in zip(names, (ghi, dni, dhi), strict=True)}


def build(root: Path, *, units: dict[str, str] | None = None) -> Path:
    """Write both stores below ``root`` with zarr itself."""
    for path, (lat, lon) in GRIDS.items():
        group = zarr.create_group(root / path, zarr_format=2)
        stated = {"standard_name": "time"}
        coded = xr.conventions.encode_cf_variable(xr.Variable("time", hours(), stated))
        for name, values, attrs in (
            ("time", coded.to_numpy().astype("<i8"), coded.attrs),
            ("lat", lat, {"units": "degrees_north"}),
            ("lon", lon, {"units": "degrees_east"}),
        ):
            axis = group.create_array(name, data=values, compressors=COMPRESSOR[path])
            axis.attrs.update({**attrs, "_ARRAY_DIMENSIONS": [name]})
        rows, columns = (_tiles(axis, *FILLED[n]) for axis, n in ((lat, "lat"), (lon, "lon")))
        for name, values in fields(path, hours(), lat[rows], lon[columns]).items():
            array = _array(group, path, name, (len(hours()), len(lat), len(lon)))
            array.attrs.update({"units": (UNITS | (units or {}))[name], "_FillValue": -999.0})
            array[:, rows, columns] = values.astype("<f4")
        zarr.consolidate_metadata(root / path, zarr_format=2)
    return root


def fields(
    path: str, label: pd.DatetimeIndex, lat: np.ndarray, lon: np.ndarray
) -> dict[str, np.ndarray]:
    if path == SUN:
        return irradiance(label, lat, lon)
    return {
        "T2M": temperature(label, lat, lon),
        "PS": pressure_kpa(label, lat, lon),
        "WS10M": wind(label, lat, lon, 4.0),
        "WS50M": wind(label, lat, lon, 6.0),
    }


def _array(group: zarr.Group, path: str, name: str, shape: tuple[int, ...]) -> zarr.Array:
    astype, scale = ASTYPE[path]
    array = group.create_array(
        name,
        shape=shape,
        chunks=(HOURS_PER_CHUNK, TILE, TILE),
        dtype="<f4",
        fill_value=-999.0,
        filters=[numcodecs.FixedScaleOffset(offset=0, scale=scale, dtype="<f4", astype=astype)],
        compressors=COMPRESSOR[path],
    )
    array.attrs["_ARRAY_DIMENSIONS"] = ["time", "lat", "lon"]
    return array


def _tiles(axis: np.ndarray, low: float, high: float) -> slice:
    """Return whole chunks that hold a stretch of an axis."""
    first, last = np.searchsorted(axis, [low, high])
    return slice(int(first // TILE * TILE), min(int(-(-last // TILE) * TILE), len(axis)))
