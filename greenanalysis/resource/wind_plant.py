"""The wind farm as numbers: power curve, tower, losses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.errors import input_error, unknown_name
from greenanalysis.resource.losses import Values, combined_loss, read_losses
from greenanalysis.resource.turbines import PowerCurve, load_power_curve

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

    @property
    def speed_factor(self) -> float:
        """Wind speed at the hub over that at 100 m; 1 where each hour has its own."""
        if self.shear == "power_law":
            return float((self.hub_height / 100) ** self.shear_exponent)
        if self.shear == "log":
            return float(
                np.log(self.hub_height / self.roughness_m) / np.log(100 / self.roughness_m)
            )
        return 1.0


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
