"""Every physical variable once: name, unit, CF standard name, valid range."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import xarray as xr

from greenanalysis.core.errors import InputError, input_error

DIMS = ("time", "latitude", "longitude")
CONVENTIONS = "CF-1.11"
"""What written netCDF and Zarr files follow, as far as they say."""
TIME_CONVENTION = "mean of the hour that ends at the label, UTC"


@dataclass(frozen=True)
class Variable:
    """What a name stands for: unit (as CF writes it), meaning and physical range."""

    units: str
    long_name: str
    standard_name: str
    minimum: float
    maximum: float


VARIABLES: dict[str, Variable] = {
    "ghi": Variable(
        "W m-2",
        "global horizontal irradiance",
        "surface_downwelling_shortwave_flux_in_air",
        0.0,
        1500.0,
    ),
    "dni": Variable(
        "W m-2",
        "direct normal irradiance",
        "surface_direct_along_beam_shortwave_flux_in_air",
        0.0,
        1400.0,
    ),
    "dhi": Variable(
        "W m-2",
        "diffuse horizontal irradiance",
        "surface_diffuse_downwelling_shortwave_flux_in_air",
        0.0,
        1000.0,
    ),
    "temp_air": Variable("degC", "air temperature at 2 m", "air_temperature", -70.0, 60.0),
    "pressure": Variable("Pa", "surface air pressure", "surface_air_pressure", 45e3, 110e3),
    "wind_speed_10m": Variable("m s-1", "wind speed at 10 m", "wind_speed", 0.0, 60.0),
    "wind_speed_100m": Variable("m s-1", "wind speed at 100 m", "wind_speed", 0.0, 75.0),
    "capacity_factor": Variable("1", "capacity factor", "", 0.0, 1.0),
}

_WIND = re.compile(r"wind_speed_(\d+(?:\.\d+)?)m")
_DIRECTION = re.compile(r"wind_direction_(\d+(?:\.\d+)?)m")
_HIGHEST_M = 500.0
"""Above it a height of wind is taken for a mistake: no mast, lidar or hub reaches it."""

WEATHER = ("ghi", "dni", "dhi", "temp_air", "pressure", "wind_speed_10m", "wind_speed_100m")
"""The variables of the canonical weather Dataset, all with the dimensions of :data:`DIMS`."""


@lru_cache(maxsize=256)
def variable_of(name: str) -> Variable:
    """Return what a name stands for: one of :data:`VARIABLES`, or wind at any height.

    Parameters
    ----------
    name : also ``wind_speed_<height>m`` and ``wind_direction_<height>m``, metres above ground.

    Raises
    ------
    InputError : neither.
    """
    if name in VARIABLES:
        return VARIABLES[name]
    for pattern, like, long_name in (
        (_WIND, VARIABLES["wind_speed_100m"], "wind speed"),
        (_DIRECTION, Variable("degree", "", "wind_from_direction", 0.0, 360.0), "wind direction"),
    ):
        match = pattern.fullmatch(name)
        if match and 0 < float(match[1]) <= _HIGHEST_M:
            return replace(like, long_name=f"{long_name} at {match[1]} m")
    allowed = [*WEATHER, "wind_speed_<height>m", "wind_direction_<height>m"]
    raise input_error("variable", where="weather", allowed=allowed, got=name)


def weather_names(dataset: xr.Dataset) -> list[str]:
    """Return the names of the weather that a Dataset holds: canonical ones, wind at any height."""
    held = [str(name) for name in dataset.data_vars]
    others = [name for name in held if _WIND.fullmatch(name) or _DIRECTION.fullmatch(name)]
    return list(dict.fromkeys([*(name for name in WEATHER if name in held), *others]))


def wind_heights(dataset: xr.Dataset) -> dict[float, str]:
    """Return the heights at which a Dataset holds wind speed, m, ascending, each with its name."""
    matches = [(_WIND.fullmatch(str(name)), str(name)) for name in dataset.data_vars]
    return dict(sorted((float(match[1]), name) for match, name in matches if match))


def describe(array: xr.DataArray, name: str, **extra: object) -> xr.DataArray:
    """Return ``array`` named ``name`` with exactly the attributes of that variable.

    Stale attributes that arithmetic carried along are dropped; ``extra`` is added.
    """
    variable = variable_of(name)
    attrs = {"units": variable.units, "long_name": variable.long_name}
    if variable.standard_name:
        attrs["standard_name"] = variable.standard_name
    described = array.rename(name)
    described.attrs = {**attrs, **extra}
    return described


def as_cf(dataset: xr.Dataset) -> xr.Dataset:
    """Return a Dataset ready to be written: with ``Conventions``, cell methods and named axes.

    Parameters
    ----------
    dataset : a variable over hourly ``time`` gets ``cell_methods`` unless it states its own: a
        value is the mean of the hour that ends at its label. Values are not touched.

    References
    ----------
    CF Conventions 1.11, sections 2.6.1 and 7.3; https://cfconventions.org
    """
    out = dataset.copy()
    for name, standard_name, units in (
        ("time", "time", None),
        ("latitude", "latitude", "degrees_north"),
        ("longitude", "longitude", "degrees_east"),
    ):
        if name in out.coords:
            attrs = {"standard_name": standard_name} | ({"units": units} if units else {})
            if name == "time":
                attrs["long_name"] = TIME_CONVENTION
            out[name].attrs = {**attrs, **out[name].attrs}
    for array in out.data_vars.values():
        if "time" in array.dims and np.issubdtype(array.dtype, np.number):
            array.attrs = {**array.attrs}
            array.attrs.setdefault("cell_methods", "time: mean (interval: 1 hour)")
    return out.assign_attrs(Conventions=CONVENTIONS)


def require(dataset: xr.Dataset, names: Iterable[str], *, where: str) -> None:
    """Refuse a Dataset that lacks a variable, or states another unit or order of dimensions.

    Reads no values: see :func:`require_values` for those.

    Raises
    ------
    InputError : naming the variable, ``where``, what is allowed and what came.
    """
    for name in names:
        if name not in dataset:
            raise input_error(
                f"variable {name!r}",
                where=where,
                allowed="present",
                got=[str(v) for v in dataset.data_vars],
            )
        variable, array = variable_of(name), dataset[name]
        if array.attrs.get("units") != variable.units:
            raise input_error(
                f"units of {name}",
                where=where,
                allowed=repr(variable.units),
                got=repr(array.attrs.get("units")),
            )
        if array.dims != DIMS:
            raise input_error(f"dimensions of {name}", where=where, allowed=DIMS, got=array.dims)


def require_values(array: xr.DataArray, *, where: str, allow_nan: bool = False) -> None:
    """Refuse values outside the valid range, or NaN, naming the first place.

    ``array`` must carry a name known to :data:`VARIABLES`; it is read whole, so hand over blocks.

    Raises
    ------
    InputError : naming the variable, the limit, the value and its coordinates.
    """
    variable = variable_of(str(array.name))
    values = array.to_numpy()
    nan = np.isnan(values)
    if nan.any() and not allow_nan:
        raise InputError(
            f"{array.name}: {int(nan.sum())} of {nan.size} values are NaN in {where}, "
            f"first at {_place(array, nan)}; allowed: no gaps"
        )
    outside = (values < variable.minimum) | (values > variable.maximum)
    if outside.any():
        first = values[np.unravel_index(int(np.argmax(outside)), values.shape)]
        raise input_error(
            f"{array.name} at {_place(array, outside)}",
            where=where,
            allowed=f"{variable.minimum:g} to {variable.maximum:g} {variable.units}",
            got=f"{first:g}",
        )


def _place(array: xr.DataArray, mask: np.ndarray) -> str:
    index = np.unravel_index(int(np.argmax(mask)), mask.shape)
    labels = {
        str(dim): array[dim].to_numpy()[i] if dim in array.coords else i
        for dim, i in zip(array.dims, index, strict=True)
    }
    return ", ".join(f"{dim}={str(label)[:19]}" for dim, label in labels.items())
