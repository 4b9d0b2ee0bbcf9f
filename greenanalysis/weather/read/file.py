"""Weather from a user's file: netCDF or Zarr in the canonical form, or an atlite cutout."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.core.files import sha256_file, sha256_files
from greenanalysis.weather import canonical
from greenanalysis.weather.read.cutout import is_cutout, open_cutout
from greenanalysis.weather.write.pvsyst import is_pvsyst, read_pvsyst
from greenanalysis.weather.write.table import is_site_table, read_site_table

_BLOCK = {"time": 2190, "latitude": 16, "longitude": 21}


def open_file(path: Path) -> xr.Dataset:
    """Open a canonical weather file lazily, after checking its structure and every value.

    Parameters
    ----------
    path : ``.zarr`` folder, a netCDF file, a table of a site as
        :func:`greenanalysis.weather.write.site.write_site` makes it, or PVsyst's CSV. An atlite
        cutout is known by its variables and goes to
        :func:`greenanalysis.weather.read.cutout.open_cutout`.

    Returns
    -------
    Dataset : see :func:`greenanalysis.weather.open_weather`; ``grade`` is "real" unless the file
        itself says "screening".

    Raises
    ------
    InputError : nothing there, not readable by xarray, or not canonical.
    """
    if not path.exists():
        raise input_error(
            "weather file", where=str(path), allowed="a .nc file or .zarr folder", got="nothing"
        )
    try:
        if path.is_file() and is_site_table(path):
            opened = read_site_table(path)
        elif path.is_file() and is_pvsyst(path):
            opened = read_pvsyst(path)
        elif path.is_dir():
            opened = xr.open_zarr(path, consolidated=False, chunks={})
        else:
            opened = xr.open_dataset(path, engine="netcdf4", chunks=_BLOCK)
    except InputError:
        raise
    except Exception as error:  # xarray and its back ends raise anything on a foreign file
        raise InputError(
            f"weather file {path}: neither netCDF nor Zarr that xarray can read ({error})"
        ) from error
    if is_cutout(opened):
        opened.close()
        return open_cutout(path)
    where = str(path)
    with refusing(f"weather file {path}: a part of it cannot be read"):
        canonical.validate(opened, where=where)
    held = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else []
    return canonical.finish(
        opened,
        name=str(opened.attrs.get("name", path.stem)),
        grade=canonical.grade_of(opened, where=where),
        source=str(opened.attrs.get("source", path.name)),
        digest=sha256_files(held, root=path) if path.is_dir() else sha256_file(path),
        carried=opened.attrs,
    )
