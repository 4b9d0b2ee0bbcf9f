"""The wind farm as numbers: power curve, tower, losses.

Power curves of the wind turbines in windpowerlib's library, single or smoothed for a farm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.resource.losses import Values, combined_loss, read_losses

_SMOOTHING = ("none", "turbulence_intensity", "Staffell_Pfenninger")


@dataclass(frozen=True, eq=False)
class PowerCurve:
    """Power of a turbine (or of a farm of them) over wind speed at hub height.

    ``wind_speed`` in m/s, strictly rising; ``power`` as a fraction of nominal power, before losses;
    both hold at the standard air density of 1.225 kg/m3. Outside the knots the power is zero.
    """

    name: str
    wind_speed: np.ndarray
    power: np.ndarray
    nominal_power_mw: float
    rotor_diameter_m: float

    def __post_init__(self) -> None:
        speed, power = self.wind_speed, self.power
        if speed.ndim != 1 or speed.shape != power.shape or speed.size < 2:
            got = f"{speed.shape} and {power.shape}"
            raise input_error("power curve", where=self.name, allowed="two equal columns", got=got)
        if not (np.isfinite(speed).all() and np.isfinite(power).all()):
            raise input_error("power curve", where=self.name, allowed="finite numbers", got="gaps")
        if (np.diff(speed) <= 0).any():
            raise input_error("wind speeds", where=self.name, allowed="rising", got=speed.tolist())

    @property
    def specific_power_w_m2(self) -> float:
        """Nominal power over swept area, W/m2."""
        return self.nominal_power_mw * 1e6 / (np.pi / 4 * self.rotor_diameter_m**2)


def turbine_types() -> list[str]:
    """Return the names of the turbines in windpowerlib's library that have a power curve."""
    from windpowerlib import get_turbine_types

    table = get_turbine_types(print_out=False, filter_=True)
    return sorted(table.loc[table["has_power_curve"].astype(bool), "turbine_type"])


def load_power_curve(
    turbine_type: str, *, smoothing: str = "none", turbulence_intensity: float | None = None
) -> PowerCurve:
    """Read a turbine's power curve from the installed windpowerlib, smoothed where asked.

    Parameters
    ----------
    turbine_type : a name of :func:`turbine_types`.
    smoothing : ``"none"`` for one turbine; ``"turbulence_intensity"`` spreads the wind speed by a
        Gaussian of ``turbulence_intensity`` x speed; ``"Staffell_Pfenninger"`` by 0.6 + 0.2 x
        speed, meant for many farms together.
    turbulence_intensity : fraction, needed by the method of that name.

    Returns
    -------
    PowerCurve : power as a fraction of nominal.

    Raises
    ------
    InputError : unknown turbine or method, or no turbulence intensity.

    References
    ----------
    P. Norgaard, H. Holttinen, A Multi-Turbine Power Curve Approach, Nordic Wind Power Conference,
    2004. I. Staffell, S. Pfenninger, Energy 114 (2016) 1224-1239,
    doi:10.1016/j.energy.2016.08.068. Curves: OEDB wind turbine library as packed in windpowerlib.
    """
    from windpowerlib import WindTurbine
    from windpowerlib.power_curves import smooth_power_curve

    if smoothing not in _SMOOTHING:
        raise unknown_name("smoothing", smoothing, _SMOOTHING, where="load_power_curve()")
    names = turbine_types()
    if turbine_type not in names:
        raise unknown_name("turbine type", turbine_type, names, where="windpowerlib's library")
    turbine = WindTurbine(turbine_type=turbine_type, hub_height=100)
    table = turbine.power_curve.dropna().sort_values("wind_speed").reset_index(drop=True)
    if smoothing != "none":
        if smoothing == "turbulence_intensity" and not (turbulence_intensity or 0) > 0:
            raise input_error(
                "turbulence_intensity",
                where="load_power_curve()",
                allowed="a fraction above 0",
                got=turbulence_intensity,
            )
        table = smooth_power_curve(
            table["wind_speed"],
            table["value"],
            standard_deviation_method=smoothing,
            turbulence_intensity=turbulence_intensity,
        )
    nominal_w = float(turbine.nominal_power)
    return PowerCurve(
        name=turbine_type if smoothing == "none" else f"{turbine_type} ({smoothing})",
        wind_speed=table["wind_speed"].to_numpy(dtype=float),
        power=table["value"].to_numpy(dtype=float) / nominal_w,
        nominal_power_mw=nominal_w / 1e6,
        rotor_diameter_m=float(turbine.rotor_diameter),
    )


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
    turbine_type : a name of :func:`~greenanalysis.resource.wind.farm.turbine_types`.
    hub_height : m; by default the assumed one.
    smoothing : of the power curve, see :func:`~greenanalysis.resource.wind.farm.load_power_curve`.
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
