"""Hourly capacity factor of a wind farm from wind speeds at 10 m and 100 m, per grid cell."""

from __future__ import annotations

import xarray as xr

from greenanalysis.core.variables import describe
from greenanalysis.resource.engine.cube import Dtype, capacity_factor_cube
from greenanalysis.resource.engine.models import model_of
from greenanalysis.resource.wind.farm import (
    DEFAULT_TURBINE,
    LOSSES,
    SHEAR,
    WindPlant,
    wind_defaults,
)
from greenanalysis.resource.wind.heights import wind_for_hub

__all__ = [
    "DEFAULT_TURBINE",
    "LOSSES",
    "SHEAR",
    "WindPlant",
    "wind_capacity_factor",
    "wind_defaults",
]


def wind_capacity_factor(
    weather: xr.Dataset,
    *,
    plant: WindPlant,
    where: xr.DataArray | None = None,
    dtype: Dtype = "float32",
) -> xr.DataArray:
    """Compute the hourly net capacity factor of a wind farm in every cell.

    Parameters
    ----------
    weather : canonical weather (time, latitude, longitude) with ``wind_speed_<height>m`` (m/s) at
        two heights, or at the hub's, see
        :func:`~greenanalysis.resource.wind.heights.wind_for_hub`; ``temp_air`` (degC at 2 m) and
        ``pressure`` (Pa at the surface).
    plant : turbine, tower, losses; :func:`wind_defaults` reads the assumed ones.
    where : boolean (latitude, longitude); cells outside are NaN and cost nothing.
    dtype : of the result and of its arithmetic.

    Returns
    -------
    DataArray : ``capacity_factor`` (time, latitude, longitude), 0..1 of nominal power after losses.

    Raises
    ------
    InputError : missing variable, other units or dimensions, unfit mask.

    Notes
    -----
    NaN in any variable gives NaN in that hour. Air density follows windpowerlib's ideal-gas model
    with pressure falling 1/8 hPa per m and temperature 6.5 K per km from 2 m; the power curve is
    stretched along its wind speeds by density as windpowerlib does. Losses act evenly on all hours:
    true for the year's energy, only approximately so for one hour.

    References
    ----------
    L. Svenningsen, Power Curve Air Density Correction and Other Power Curve Options in WindPRO,
    EMD International, 2010. windpowerlib, doi:10.5281/zenodo.824267.
    """
    factor = capacity_factor_cube(
        wind_for_hub(weather, plant), model_of(plant), where=where, dtype=dtype
    )
    return describe(
        factor,
        "capacity_factor",
        technology="wind",
        turbine=plant.power_curve.name,
        hub_height_m=plant.hub_height,
        basis="net, per MW of nominal power",
    )
