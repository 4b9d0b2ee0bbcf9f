"""Fine rasters (GeoTIFF) averaged onto the cells of the weather by area."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from greenanalysis.core.errors import InputError, input_error

_STRIP_ROWS = 512
_CODES = (-9999, -999, 9999, 32767, 65535)
"""Stored numbers that stand for no data where the file does not say which one does."""
_LEAST_COVERAGE = 0.5
"""Share of a cell that must hold values of the raster; below it the cell has no mean."""


def cell_means(
    path: Path,
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    valid: tuple[float, float] = (-np.inf, np.inf),
) -> xr.DataArray:
    """Average a GeoTIFF in degrees over cells, each pixel weighted by its area in the cell.

    Parameters
    ----------
    path : single-band GeoTIFF, EPSG:4326, north up; read in strips.
    latitude, longitude : evenly spaced cell centres, ascending, degrees.
    valid : values outside are no data, tagged or not, as are the usual codes (-9999, 65535), which
        many programs write untagged.

    Returns
    -------
    DataArray (latitude, longitude) : the raster's unit, NaN where less than half of the cell holds
        values; the attribute ``untagged`` counts the pixels that only their value betrayed.

    Raises
    ------
    InputError : nothing there, not a raster, another reference system, turned, more than one band,
        or none of the cells covered.

    Notes
    -----
    Weights are exact on the sphere: differences of sin(latitude) and of longitude.
    """
    import rasterio
    from rasterio.errors import RasterioError

    if not path.is_file():
        raise input_error("raster", where=str(path), allowed="a GeoTIFF", got="nothing")
    try:
        with rasterio.open(path) as raster:
            _require_plain(raster, path)
            mean, untagged = _averaged(raster, latitude, longitude, valid)
    except RasterioError as error:
        raise InputError(f"raster {path} cannot be read: {error}") from error
    if np.isnan(mean).all():
        box = f"{longitude[0]:g} to {longitude[-1]:g} E, {latitude[0]:g} to {latitude[-1]:g} N"
        raise InputError(
            f"raster {path} covers none of the cells of the weather ({box}): "
            f"its bounds are {tuple(round(edge, 3) for edge in raster.bounds)}, "
            "or it holds no values there"
        )
    coords = {"latitude": latitude, "longitude": longitude}
    return xr.DataArray(mean, coords, ("latitude", "longitude"), attrs={"untagged": untagged})


_HEIGHT = re.compile(r"(?<![0-9.])(\d{2,3})\s?m(?![0-9a-z])", re.IGNORECASE)


def require_height(path: Path, height: int) -> None:
    """Refuse a raster whose name states another height than the one it is for.

    Parameters
    ----------
    path : such as ``KAZ_wind-speed_150m.tif``; a name without a height passes.
    height : m above ground.

    Raises
    ------
    InputError : naming both heights.
    """
    stated = [int(match) for match in _HEIGHT.findall(path.stem.replace("_", " "))]
    if stated and height not in stated:
        raise input_error(
            "height in the name of the raster",
            where=str(path),
            allowed=f"{height} m",
            got=", ".join(f"{metres} m" for metres in stated),
        )


def _require_plain(raster: Any, path: Path) -> None:
    where = f"raster {path}"
    if raster.crs is None or raster.crs.to_epsg() != 4326:
        got = "none" if raster.crs is None else raster.crs.to_string()[:60]
        allowed = f"EPSG:4326 (gdalwarp -t_srs EPSG:4326 {path.name} degrees.tif)"
        raise input_error("reference system", where=where, allowed=allowed, got=got)
    turn = raster.transform
    if turn.b or turn.d or turn.a <= 0 or turn.e >= 0:
        raise input_error("orientation", where=where, allowed="north up", got=tuple(turn)[:6])
    if raster.count != 1:
        raise input_error("bands", where=where, allowed="one", got=raster.count)


def _averaged(
    raster: Any, latitude: np.ndarray, longitude: np.ndarray, limits: tuple[float, float]
) -> tuple[np.ndarray, int]:
    from rasterio.windows import Window

    turn = raster.transform
    east = turn.c + turn.a * np.arange(raster.width + 1)
    south = turn.f + turn.e * np.arange(raster.height + 1)
    across = _overlaps(_edges(longitude), east)
    down = _overlaps(np.sin(np.radians(_edges(latitude))), np.sin(np.radians(south[::-1])))[:, ::-1]
    columns, rows = (np.flatnonzero(weights.any(axis=0)) for weights in (across, down))
    shape = (len(latitude), len(longitude))
    total, weight, untagged = np.zeros(shape), np.zeros(shape), 0
    if len(rows) and len(columns):
        left, width = int(columns[0]), int(columns[-1] - columns[0] + 1)
        for top in range(int(rows[0]), int(rows[-1]) + 1, _STRIP_ROWS):
            height = min(_STRIP_ROWS, int(rows[-1]) + 1 - top)
            read = raster.read(1, window=Window(left, top, width, height), masked=True)
            values = read.filled(0).astype(float) * raster.scales[0] + raster.offsets[0]
            tagged = np.ma.getmaskarray(read) | ~np.isfinite(values)
            known = (values >= limits[0]) & (values <= limits[1]) & ~np.isin(read.data, _CODES)
            valid = ~tagged & known
            untagged += int((~valid & ~tagged).sum())
            own, beside = down[:, top : top + height], across[:, left : left + width].T
            total += own @ np.where(valid, values, 0) @ beside
            weight += own @ valid.astype(float) @ beside
    cell = np.diff(np.sin(np.radians(_edges(latitude))))[:, None] * np.diff(_edges(longitude))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight / cell >= _LEAST_COVERAGE, total / weight, np.nan), untagged


def _edges(centres: np.ndarray) -> np.ndarray:
    half = (centres[1] - centres[0]) / 2
    return np.append(centres - half, centres[-1] + half)


def _overlaps(cells: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return the length that each cell shares with each pixel, (cell, pixel); ascending edges."""
    low = np.maximum(cells[:-1, None], pixels[None, :-1])
    overlap: np.ndarray = np.maximum(np.minimum(cells[1:, None], pixels[None, 1:]) - low, 0)
    return overlap
