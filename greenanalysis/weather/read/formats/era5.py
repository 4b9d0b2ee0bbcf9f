"""ERA5 as the Climate Data Store gives it: netCDF old and new, ZIP of netCDF, GRIB."""

from __future__ import annotations

import tempfile
import zipfile
from importlib import import_module
from pathlib import Path

import numpy as np
import xarray as xr

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.weather.read.format import Format, Look
from greenanalysis.weather.read.gridded import canonical_fields, finished, on_canonical_axes

_NAMES = {
    "ghi": ("ssrd",),
    "temp_air": ("t2m", "2t"),
    "pressure": ("sp",),
    "wind_speed_10m": ("si10",),
    "wind_speed_100m": ("si100",),
}
_WINDS = {"wind_speed_10m": ("u10", "v10"), "wind_speed_100m": ("u100", "v100")}
_BEAM = "fdir"
_KNOWN = {*_WINDS["wind_speed_10m"], *_WINDS["wind_speed_100m"], "ssrd", "t2m", "sp", "fdir"}
_LARGEST_UNPACKED = 2_000_000_000
"""Bytes of the files of an archive: they are opened in memory."""


def _recognises(look: Look) -> bool:
    if look.grib:
        return True
    if look.zipped:
        return any(name.endswith((".nc", ".grib", ".grb")) for name in _members(look.path))
    if not look.netcdf:
        return False
    return len(_KNOWN & {str(name) for name in look.dataset.data_vars}) >= 1


def _members(path: Path) -> list[str]:
    with refusing(f"archive {path} cannot be read"), zipfile.ZipFile(path) as archive:
        return archive.namelist()


def read(look: Look) -> xr.Dataset:
    """Read a file of ERA5 or ERA5-Land.

    Notes
    -----
    ``fdir`` is the direct light on the horizontal: with it, dni and dhi are made as of a cutout.
    The new store puts sums and instants into two files of one archive.

    References
    ----------
    Hersbach et al. (2020), doi:10.1002/qj.3803.
    """
    where = str(look.path)
    if look.grib:
        parts = _of_grib(look.path)
    elif look.zipped:
        parts = _of_archive(look.path)
    else:
        parts = [look.dataset]
    on_axes = [on_canonical_axes(part, where=where) for part in parts]
    with refusing(f"the files of {where} do not fit one another"):
        merged = xr.merge(on_axes, join="inner", compat="override")
    fields = canonical_fields(merged, _NAMES, where=where, winds=_WINDS, beam=_BEAM)
    return finished(fields, look, title="ERA5")


def _of_archive(path: Path) -> list[xr.Dataset]:
    parts = []
    with zipfile.ZipFile(path) as archive:
        inside = [each for each in archive.infolist() if each.filename.endswith(".nc")]
        size = sum(each.file_size for each in archive.infolist())
        if size > _LARGEST_UNPACKED:
            raise input_error(
                "size unpacked", where=str(path), allowed="2 GB; unpack it and join it", got=size
            )
        if not inside:
            raise InputError(f"archive {path} holds no netCDF: unpack it and give the file")
        for number, each in enumerate(inside):
            with (
                refusing(f"{each.filename} in {path} cannot be read"),
                tempfile.TemporaryDirectory() as folder,
            ):
                member = Path(folder) / f"{number}.nc"  # never at a path that the archive states
                member.write_bytes(archive.read(each))
                parts.append(xr.load_dataset(member, engine="netcdf4"))
    return parts


def _of_grib(path: Path) -> list[xr.Dataset]:
    """Return the messages as fields by the time for which they hold."""
    try:
        cfgrib = import_module("cfgrib")
    except ImportError as error:
        raise InputError(
            f"GRIB file {path} needs cfgrib, which is not installed: "
            "pip install 'greenanalysis[era5]'"
        ) from error
    with refusing(f"GRIB file {path} cannot be read"):
        groups = cfgrib.open_datasets(str(path), indexpath="")
    if not groups:
        raise InputError(f"GRIB file {path} holds no field that can be read")
    parts = []
    for group in groups:
        part = group.load()
        valid = part["valid_time"]
        if valid.ndim == 2:
            part = part.drop_vars("valid_time").stack(at=valid.dims)
            labels = valid.stack(at=valid.dims).to_numpy()
            part = part.reset_index("at", drop=True).drop_vars(["time", "step"], errors="ignore")
            part = part.assign_coords(at=labels).rename(at="time")
        else:
            dim = valid.dims[0] if valid.ndim else None
            labels = np.atleast_1d(valid.to_numpy())
            part = part.drop_vars(["valid_time", "step"], errors="ignore")
            if dim == "step":
                part = part.drop_vars("time").rename(step="time")
            elif dim is None:
                part = part.drop_vars("time").expand_dims("time")
            part = part.assign_coords(time=labels)
        part = part.dropna("time", how="all").sortby("time")
        _, first = np.unique(part["time"].to_numpy(), return_index=True)
        part = part.isel(time=first).drop_vars(
            [name for name in part.coords if name not in ("time", "latitude", "longitude")]
        )
        parts.append(part)
    return parts


FORMAT = Format("era5", "ERA5 (netCDF, ZIP or GRIB)", _recognises, read=read)
