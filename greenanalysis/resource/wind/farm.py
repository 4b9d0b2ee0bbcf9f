"""The wind farm as numbers: power curve, tower, losses.

Power curves come from windpowerlib's library or from a table of the user. A turbine of which only
the specific power is known takes the mean curve of the library's nearest turbines, stretched: below
rated power a rotor's power goes with swept area times the cube of the speed, so at equal power over
rating speeds go with the cube root of the specific power.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.resource.losses import Values, combined_loss, read_losses

_NEAREST = 5
"""Library turbines whose curves a turbine without one takes the mean of: single curves of the
library differ by several per cent at equal specific power, and some are faulty."""
_CURVE_STEP_M_S = 0.25
_CUT_OUT_M_S = 25.0
"""Where a turbine without a public curve stops: the usual value, an assumption."""
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


@lru_cache(maxsize=1)
def library_turbines() -> pd.DataFrame:
    """Return the turbines of windpowerlib's library that have a power curve.

    Returns
    -------
    DataFrame : index turbine; nominal_power_mw, rotor_diameter_m, specific_power_w_m2.
    """
    data, curves = _library_tables()
    names = sorted(set(data.index[data["has_power_curve"].astype(bool)]) & set(curves.index))
    table = data.loc[names, ["nominal_power", "rotor_diameter"]].astype(float)
    nominal_mw, rotor = table["nominal_power"] / 1e6, table["rotor_diameter"]
    return pd.DataFrame(
        {
            "nominal_power_mw": nominal_mw,
            "rotor_diameter_m": rotor,
            "specific_power_w_m2": nominal_mw * 1e6 / (np.pi / 4 * rotor**2),
        }
    )


def turbine_types() -> list[str]:
    """Return the names of the turbines of the library that have a power curve."""
    return [str(name) for name in library_turbines().index]


def load_power_curve(
    turbine_type: str, *, smoothing: str = "none", turbulence_intensity: float | None = None
) -> PowerCurve:
    """Return the power curve of a turbine of the library, smoothed where asked.

    Parameters
    ----------
    turbine_type : a name of :func:`turbine_types`.
    smoothing : see :func:`smooth`.
    turbulence_intensity : fraction, needed by the method of that name.

    Returns
    -------
    PowerCurve : power as a fraction of nominal.

    Raises
    ------
    InputError : unknown turbine or method, or no turbulence intensity.

    References
    ----------
    Curves: OEDB wind turbine library as packed in windpowerlib, doi:10.5281/zenodo.824267.
    """
    if turbine_type not in library_turbines().index:
        where = "windpowerlib's library"
        raise unknown_name("turbine type", turbine_type, turbine_types(), where=where)
    curve = _library_curve(turbine_type)
    return smooth(curve, smoothing, turbulence_intensity=turbulence_intensity)


def typical_curve(
    specific_power_w_m2: float, *, name: str = "", nominal_power_mw: float = 1.0
) -> PowerCurve:
    """Return the curve of a turbine of which only the specific power is known.

    Parameters
    ----------
    specific_power_w_m2 : nominal power over swept area, W/m2.
    name, nominal_power_mw : of the turbine.

    Returns
    -------
    PowerCurve : mean of the :data:`_NEAREST` library curves, each stretched to this specific power;
        its name says so.

    Raises
    ------
    InputError : a specific power outside 100 to 700 W/m2.
    """
    if not 100 <= specific_power_w_m2 <= 700:
        raise input_error(
            "specific power",
            where=name or "turbine",
            allowed="100 to 700 W/m2",
            got=specific_power_w_m2,
        )
    apart = (np.log(library_turbines()["specific_power_w_m2"] / specific_power_w_m2)).abs()
    nearest = apart.sort_values(kind="stable").index[:_NEAREST]
    speed = np.arange(0.0, 26.0 + _CURVE_STEP_M_S, _CURVE_STEP_M_S)
    powers = []
    for other in nearest:
        curve = _library_curve(str(other))
        stretch = (specific_power_w_m2 / curve.specific_power_w_m2) ** (1 / 3)
        powers.append(np.interp(speed / stretch, curve.wind_speed, curve.power, left=0, right=0))
    power = np.mean(powers, axis=0)
    rated = speed[int(power.argmax())]
    power[(speed > rated) & (speed <= _CUT_OUT_M_S)] = power.max()
    power[speed > _CUT_OUT_M_S] = 0.0
    return PowerCurve(
        name=f"{name or 'turbine'} (mean curve of {_NEAREST} turbines near "
        f"{specific_power_w_m2:.0f} W/m2)",
        wind_speed=speed,
        power=np.minimum(power / power.max(), 1.0),
        nominal_power_mw=nominal_power_mw,
        rotor_diameter_m=float(np.sqrt(nominal_power_mw * 1e6 / specific_power_w_m2 / (np.pi / 4))),
    )


def power_curve_of_table(
    table: pd.DataFrame, *, name: str, nominal_power_mw: float, rotor_diameter_m: float
) -> PowerCurve:
    """Return the curve of a table of the user.

    Parameters
    ----------
    table : columns ``wind_speed`` (m/s at the hub) and ``power`` (kW at 1.225 kg/m3).
    name, nominal_power_mw, rotor_diameter_m : of the turbine.

    Raises
    ------
    InputError : a missing column, speeds that do not rise, power that is negative or more than 10 %
        above nominal.
    """
    missing = {"wind_speed", "power"} - set(table.columns)
    if missing:
        raise input_error(
            "power curve", where=name, allowed="columns wind_speed, power", got=list(table.columns)
        )
    speed = table["wind_speed"].to_numpy(dtype=float)
    power = table["power"].to_numpy(dtype=float) / (1000 * nominal_power_mw)
    if (power < 0).any() or (power > 1.1).any():
        raise input_error(
            "power", where=name, allowed=f"0 to {1100 * nominal_power_mw:g} kW", got="other values"
        )
    return PowerCurve(name, speed, power, nominal_power_mw, rotor_diameter_m)


def smooth(
    curve: PowerCurve, method: str, *, turbulence_intensity: float | None = None
) -> PowerCurve:
    """Return a curve smoothed for a farm or for hourly means.

    Parameters
    ----------
    curve : power of one turbine by wind speed.
    method : ``"none"`` for one turbine; ``"turbulence_intensity"`` spreads the wind speed by a
        Gaussian of ``turbulence_intensity`` x speed; ``"Staffell_Pfenninger"`` by 0.6 + 0.2 x
        speed, meant for many farms together.
    turbulence_intensity : fraction, needed by the method of that name.

    Raises
    ------
    InputError : unknown method, or no turbulence intensity.

    References
    ----------
    P. Norgaard, H. Holttinen, A Multi-Turbine Power Curve Approach, Nordic Wind Power Conference,
    2004. I. Staffell, S. Pfenninger, Energy 114 (2016) 1224-1239,
    doi:10.1016/j.energy.2016.08.068.
    """
    from windpowerlib.power_curves import smooth_power_curve

    if method not in _SMOOTHING:
        raise unknown_name("smoothing", method, _SMOOTHING, where="smooth()")
    if method == "none":
        return curve
    if method == "turbulence_intensity" and not (turbulence_intensity or 0) > 0:
        raise input_error(
            "turbulence_intensity",
            where="smooth()",
            allowed="a fraction above 0",
            got=turbulence_intensity,
        )
    table = smooth_power_curve(
        pd.Series(curve.wind_speed),
        pd.Series(curve.power),
        standard_deviation_method=method,
        turbulence_intensity=turbulence_intensity,
    )
    return replace(
        curve,
        name=f"{curve.name} ({method})",
        wind_speed=table["wind_speed"].to_numpy(dtype=float),
        power=table["value"].to_numpy(dtype=float),
    )


@lru_cache(maxsize=1)
def _library_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return turbines and curves of the library; its own reader opens both files per turbine."""
    import windpowerlib

    folder = Path(windpowerlib.__file__).parent / "oedb"
    data = pd.read_csv(folder / "turbine_data.csv").drop_duplicates("turbine_type")
    curves = pd.read_csv(folder / "power_curves.csv").drop_duplicates("turbine_type")
    return data.set_index("turbine_type"), curves.set_index("turbine_type")


@lru_cache(maxsize=128)
def _library_curve(turbine_type: str) -> PowerCurve:
    row = library_turbines().loc[turbine_type].to_dict()
    values = _library_tables()[1].loc[turbine_type].dropna()
    speed = values.index.to_numpy(dtype=float)
    order = np.argsort(speed)
    power = values.to_numpy(dtype=float) / (1e6 * float(row["nominal_power_mw"]))
    return PowerCurve(
        name=turbine_type,
        wind_speed=speed[order],
        power=power[order],
        nominal_power_mw=float(row["nominal_power_mw"]),
        rotor_diameter_m=float(row["rotor_diameter_m"]),
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
    ``"log"`` the neutral logarithmic profile over ``roughness_m``. ``density_correction``
    stretches the power curve by air density; the cut-out keeps its wind speed unless
    ``hold_cut_out`` is False, which is windpowerlib's way. Below ``temperature_min`` (degC, at the
    hub) the turbines stand still. ``losses`` are fractions of energy, see :data:`LOSSES`.
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
    hold_cut_out: bool = True

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
