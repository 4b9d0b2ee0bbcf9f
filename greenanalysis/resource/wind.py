"""Hourly capacity factor of a wind farm from wind speeds at 10 m and 100 m, per grid cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from greenanalysis.errors import input_error, unknown_name
from greenanalysis.resource.blocks import Dtype, map_cells
from greenanalysis.resource.losses import Values, combined_loss, read_losses
from greenanalysis.resource.turbines import PowerCurve, load_power_curve
from greenanalysis.resource.wind_kernels import farm_power, two_height_speed
from greenanalysis.variables import describe

SHEAR = ("two_heights", "power_law", "log")
LOSSES = ("wake", "availability", "electrical", "performance", "environment", "curtailment")
DEFAULT_TURBINE = "E-141/4200"
"""Low-to-medium-wind turbine of 4.2 MW and 269 W/m2 with a manufacturer's curve."""


@dataclass(frozen=True, kw_only=True)
class WindPlant:
    """A wind farm: power curve, hub height (m), how wind is carried to the hub, losses.

    ``shear``: ``"two_heights"`` takes each hour's power law between 10 m and 100 m, its exponent
    held within ``shear_min``..``shear_max``; ``"power_law"`` takes ``shear_exponent`` from 100 m;
    ``"log"`` the neutral logarithmic profile over ``roughness_m``. Below ``temperature_min`` (degC,
    at the hub) the turbines stand still. ``losses`` are fractions of energy, see :data:`LOSSES`.
    """

    power_curve: PowerCurve
    hub_height: float
    shear: str
    shear_min: float
    shear_max: float
    shear_exponent: float
    roughness_m: float
    density_correction: bool
    temperature_min: float
    losses: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.shear not in SHEAR:
            raise unknown_name("shear", self.shear, SHEAR, where="WindPlant")
        if not 10 <= self.hub_height <= 300:
            raise input_error(
                "hub_height", where="WindPlant", allowed="10 to 300 m", got=self.hub_height
            )
        if not self.shear_min <= self.shear_max:
            raise input_error(
                "shear_min", where="WindPlant", allowed="<= shear_max", got=self.shear_min
            )
        if not 0 < self.roughness_m < 10:
            raise input_error(
                "roughness_m", where="WindPlant", allowed="0 to 10 m", got=self.roughness_m
            )
        combined_loss(self.losses)


def wind_defaults(
    values: Values,
    *,
    turbine_type: str = DEFAULT_TURBINE,
    hub_height: float | None = None,
    smoothing: str = "turbulence_intensity",
    shear: str = "two_heights",
) -> WindPlant:
    """Make the plant that the assumptions describe under ``onwind_resource``.

    Parameters
    ----------
    values : loaded assumptions.
    turbine_type : a name of :func:`~greenanalysis.resource.turbines.turbine_types`.
    hub_height : m; by default the assumed one.
    smoothing : of the power curve, see :func:`~greenanalysis.resource.turbines.load_power_curve`.
    shear : see :class:`WindPlant`.

    Raises
    ------
    InputError : a value missing in the assumptions, or an unknown name.
    """

    def get(parameter: str, unit: str) -> float:
        return values.get("onwind_resource", parameter, unit=unit)

    curve = load_power_curve(
        turbine_type, smoothing=smoothing, turbulence_intensity=get("turbulence_intensity", "1")
    )
    return WindPlant(
        power_curve=curve,
        hub_height=get("hub_height", "m") if hub_height is None else hub_height,
        shear=shear,
        shear_min=get("shear_min", "1"),
        shear_max=get("shear_max", "1"),
        shear_exponent=get("shear_exponent", "1"),
        roughness_m=get("roughness", "m"),
        density_correction=True,
        temperature_min=get("temperature_min", "degC"),
        losses=read_losses(values, "onwind_resource", LOSSES),
    )


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
    weather : canonical weather (time, latitude, longitude) with ``wind_speed_10m`` and
        ``wind_speed_100m`` (m/s), ``temp_air`` (degC at 2 m), ``pressure`` (Pa at the surface).
    plant : turbine, tower, losses; :func:`wind_defaults` reads the assumed ones.
    where : boolean (latitude, longitude); cells outside are NaN and cost nothing.
    dtype : of the result; arithmetic is float64.

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
    curve = plant.power_curve
    kept = 1 - combined_loss(plant.losses)

    def compute(
        values: dict[str, np.ndarray], _time: np.ndarray, _lat: np.ndarray, _lon: np.ndarray
    ) -> np.ndarray:
        gross = farm_power(
            hub_wind_speed(values["wind_speed_10m"], values["wind_speed_100m"], plant=plant),
            values["temp_air"],
            values["pressure"],
            curve.wind_speed,
            curve.power,
            plant.hub_height,
            plant.density_correction,
            plant.temperature_min,
        )
        return np.clip(gross * kept, 0, 1)

    names = ("wind_speed_10m", "wind_speed_100m", "temp_air", "pressure")
    factor = map_cells(weather, names, compute, where=where, dtype=dtype)
    return describe(
        factor,
        "capacity_factor",
        technology="wind",
        turbine=curve.name,
        hub_height_m=plant.hub_height,
        basis="net, per MW of nominal power",
    )


def hub_wind_speed(v10: np.ndarray, v100: np.ndarray, *, plant: WindPlant) -> np.ndarray:
    """Carry wind speed (m/s, two-dimensional) from 10 m and 100 m to the hub of ``plant``.

    Only ``"two_heights"`` uses ``v10``; NaN there is then NaN in the result.
    """
    if plant.shear == "two_heights":
        return two_height_speed(v10, v100, plant.hub_height, plant.shear_min, plant.shear_max)
    if plant.shear == "power_law":
        return v100 * (plant.hub_height / 100) ** plant.shear_exponent
    return v100 * np.log(plant.hub_height / plant.roughness_m) / np.log(100 / plant.roughness_m)
