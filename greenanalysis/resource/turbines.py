"""Power curves of the wind turbines in windpowerlib's library, single or smoothed for a farm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.errors import input_error, unknown_name

SMOOTHING = ("none", "turbulence_intensity", "Staffell_Pfenninger")


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

    if smoothing not in SMOOTHING:
        raise unknown_name("smoothing", smoothing, SMOOTHING, where="load_power_curve()")
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
