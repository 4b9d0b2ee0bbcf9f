"""Hourly weather of one site in the format that the suffix of the file says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import xarray as xr

from greenanalysis.core.errors import InputError
from greenanalysis.core.files import atomic_path
from greenanalysis.core.formats import format_of
from greenanalysis.core.variables import as_cf
from greenanalysis.weather.write.epw import write_epw
from greenanalysis.weather.write.pvsyst import write_pvsyst
from greenanalysis.weather.write.sam import write_sam
from greenanalysis.weather.write.table import write_site_table


def _netcdf(dataset: xr.Dataset, path: Path) -> None:
    as_cf(dataset).to_netcdf(path, engine="netcdf4")


def _zarr(dataset: xr.Dataset, path: Path) -> None:
    as_cf(dataset).drop_encoding().to_zarr(path, mode="w", consolidated=False)


FORMATS: dict[str, Callable[[xr.Dataset, Path], None]] = {
    ".nc": _netcdf,
    ".nc4": _netcdf,
    ".zarr": _zarr,
    ".csv": write_site_table,
    ".xlsx": write_site_table,
    ".epw": write_epw,
    ".sam.csv": write_sam,
    ".pvsyst.csv": write_pvsyst,
}
"""Writers by suffix; each fills the path it is handed."""


def require_format(path: Path, *, where: str = "--out") -> str:
    """Return the suffix of a site file, known to be one of :data:`FORMATS`.

    Raises
    ------
    InputError : another suffix.
    """
    return format_of(path, FORMATS, where=where)


def write_site(dataset: xr.Dataset, path: Path) -> Path:
    """Write a site's Dataset in the format of the suffix, whole or not at all.

    Parameters
    ----------
    dataset : of one cell, (time, latitude, longitude).
    path : with a suffix of :data:`FORMATS`.

    Raises
    ------
    InputError : another suffix, what a format cannot hold, or a disk that is full.
    """
    suffix = require_format(path)
    try:
        with atomic_path(path, directory=suffix == ".zarr") as staged:
            FORMATS[suffix](dataset, staged)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
    return path
