"""The photovoltaic plant as numbers: mounting, modules, inverter, losses.

Efficiencies of named modules come from the single-diode model, solved once on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from pvlib import pvsystem
from pvlib.temperature import TEMPERATURE_MODEL_PARAMETERS

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.resource.losses import Values, combined_loss, read_losses

LIGHT = np.exp(np.linspace(np.log(0.1), np.log(2000.0), 256))
"""Effective irradiance of the grid, W/m2; below, efficiency is that of the dimmest."""
HEAT = np.arange(-60.0, 111.0, 2.5)
"""Cell temperature of the grid, degC."""


class ModuleTable(NamedTuple):
    """Efficiency over that at standard conditions, (light, heat), float64, with its first axes."""

    active: bool
    efficiency: np.ndarray
    dimmest: float
    per_light: float
    coldest: float
    per_heat: float


_NO_MODULE = ModuleTable(False, np.ones((4, 4)), 0.0, 1.0, 0.0, 1.0)


def module_power(name: str, irradiance: np.ndarray, temp_cell: np.ndarray) -> np.ndarray:
    """Return the power of a module of the CEC's list over its power at standard conditions.

    Parameters
    ----------
    name : as pvlib writes it, e.g. ``"Jinko_Solar_Co___Ltd_JKM410M_72HL_V"``.
    irradiance : effective, W/m2, above 0; temp_cell : degC.

    Raises
    ------
    InputError : no module of that name in pvlib's list.

    References
    ----------
    A. P. Dobos, J. Sol. Energy Eng. 134 (2012) 021011, doi:10.1115/1.4005759.
    """
    module = _module(name)
    names = ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s", "Adjust")
    numbers = {key: float(module[key]) for key in names}
    light = np.append(np.ravel(irradiance), 1000.0)
    heat = np.append(np.ravel(temp_cell), 25.0)
    diode = pvsystem.calcparams_cec(light, heat, **numbers)
    power = np.asarray(pvsystem.max_power_point(*diode, method="newton")["p_mp"])
    relative: np.ndarray = (power[:-1] / power[-1]).reshape(np.shape(irradiance))
    return relative


@lru_cache(maxsize=8)
def module_table(name: str | None) -> ModuleTable:
    """Return the table of a module, or the one that stands for none.

    Raises
    ------
    InputError : no module of that name in pvlib's list.
    """
    if name is None:
        return _NO_MODULE
    light, heat = np.meshgrid(LIGHT, HEAT, indexing="ij")
    efficiency = module_power(name, light, heat) / (light / 1000)
    steps = np.log(LIGHT[1] / LIGHT[0]), HEAT[1] - HEAT[0]
    first = float(np.log(LIGHT[0])), float(HEAT[0])
    return ModuleTable(True, efficiency, first[0], 1 / steps[0], first[1], 1 / steps[1])


@lru_cache(maxsize=8)
def _module(name: str) -> pd.Series:
    modules = pvsystem.retrieve_sam("CECMod")
    if name not in modules:
        start = name.split("_", maxsplit=1)[0]
        near = [known for known in modules if known.startswith(start)][:5]
        allowed = f"one of pvlib's {modules.shape[1]} CEC modules, such as {near or 'JA_Solar...'}"
        raise input_error("module", where="PVSystem", allowed=allowed, got=name)
    module: pd.Series = modules[name]
    return module


_MOUNTINGS = ("fixed", "single_axis")
_TRANSPOSITIONS = ("isotropic", "haydavies", "perez")
SAPM = TEMPERATURE_MODEL_PARAMETERS["sapm"]
_TEMPERATURE_MODELS = ("faiman", *SAPM)
_DC_LOSSES = ("soiling", "shading", "mismatch", "wiring", "connections", "lid", "nameplate")
_AC_LOSSES = ("availability",)
_TECHNOLOGY = "solar_resource"


@dataclass(frozen=True, kw_only=True)
class PVSystem:
    """A photovoltaic plant; angles in degrees, azimuth from north over east, fractions in 0..1.

    ``surface_tilt`` None takes the polynomial ``tilt_polynomial`` in latitude (lowest power first).
    ``dc_ac_ratio`` is module power at standard conditions over the inverter's AC rating.
    ``gcr`` is row width over row spacing. With ``bifaciality`` above 0 the rear side is lit as
    pvlib's infinite sheds; ``row_height_m`` is the height of a row's centre line. In hours with air
    colder than ``snow_temperature`` (degC) the fraction ``snow_loss`` is taken off.
    ``temperature_model`` is ``"faiman"`` or a mounting of pvlib's SAPM cell temperature, such as
    ``"open_rack_glass_polymer"``, which takes the wind at 10 m as it is. ``module`` names one of
    the CEC's list, whose single-diode efficiency then replaces the linear ``gamma_pdc``.
    """

    mounting: str
    surface_tilt: float | None
    tilt_polynomial: tuple[float, ...]
    surface_azimuth: float
    axis_azimuth: float
    max_angle: float
    backtrack: bool
    gcr: float
    bifaciality: float
    row_height_m: float
    row_width_m: float
    transposition: str
    albedo: float
    refractive_index: float
    faiman_u0: float
    faiman_u1: float
    wind_factor: float
    gamma_pdc: float
    dc_ac_ratio: float
    eta_inv_nom: float
    eta_inv_ref: float
    dc_losses: tuple[float, ...]
    ac_losses: tuple[float, ...]
    snow_loss: float
    snow_temperature: float
    temperature_model: str = "faiman"
    module: str | None = None

    def __post_init__(self) -> None:
        if self.mounting not in _MOUNTINGS:
            raise unknown_name("mounting", self.mounting, _MOUNTINGS, where="PVSystem")
        if self.transposition not in _TRANSPOSITIONS:
            raise unknown_name(
                "transposition", self.transposition, _TRANSPOSITIONS, where="PVSystem"
            )
        if self.temperature_model not in _TEMPERATURE_MODELS:
            raise unknown_name(
                "temperature_model", self.temperature_model, _TEMPERATURE_MODELS, where="PVSystem"
            )
        limits = {
            "surface_tilt": (0, 90),
            "gcr": (0.01, 1),
            "bifaciality": (0, 1),
            "albedo": (0, 1),
            "dc_ac_ratio": (0.5, 3),
            "eta_inv_nom": (0.5, 1),
            "snow_loss": (0, 1),
            "max_angle": (0, 90),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise input_error(name, where="PVSystem", allowed=f"{low} to {high}", got=value)
        combined_loss((*self.dc_losses, *self.ac_losses))

    def tilt_at(self, latitude: np.ndarray) -> np.ndarray:
        """Return the fixed tilt at each latitude, degrees in 0..90."""
        if self.surface_tilt is not None:
            return np.full_like(latitude, self.surface_tilt)
        polynomial = np.polynomial.Polynomial(self.tilt_polynomial)
        tilt: np.ndarray = np.clip(polynomial(np.abs(latitude)), 0, 90)
        return tilt


def pv_defaults(
    values: Values,
    *,
    mounting: str = "fixed",
    bifacial: bool = False,
    surface_tilt: float | None = None,
    transposition: str = "haydavies",
    dc_ac_ratio: float | None = None,
    temperature_model: str = "faiman",
    module: str | None = None,
) -> PVSystem:
    """Make the plant that the assumptions describe under ``solar_resource``.

    Parameters
    ----------
    values : loaded assumptions.
    mounting : ``"fixed"`` rows facing the equator or ``"single_axis"`` trackers, axis north-south.
    bifacial : whether the rear side counts.
    surface_tilt : degrees; by default the rule by latitude.
    transposition : ``"isotropic"``, ``"haydavies"`` or ``"perez"``.
    dc_ac_ratio : by default the assumed one.
    temperature_model, module : see :class:`PVSystem`.

    Raises
    ------
    InputError : a value missing in the assumptions, or an unknown name.
    """

    def get(parameter: str, unit: str = "1") -> float:
        return values.get(_TECHNOLOGY, parameter, unit=unit)

    return PVSystem(
        mounting=mounting,
        surface_tilt=surface_tilt,
        tilt_polynomial=tuple(get(f"tilt_polynomial_{power}", "degree") for power in range(4)),
        surface_azimuth=get("surface_azimuth", "degree"),
        axis_azimuth=get("axis_azimuth", "degree"),
        max_angle=get("tracker_max_angle", "degree"),
        backtrack=True,
        gcr=get("gcr"),
        bifaciality=get("bifaciality") if bifacial else 0.0,
        row_height_m=get("row_height", "m"),
        row_width_m=get("row_width", "m"),
        transposition=transposition,
        albedo=get("albedo"),
        refractive_index=get("refractive_index"),
        faiman_u0=get("faiman_u0", "W m-2 K-1"),
        faiman_u1=get("faiman_u1", "W s m-3 K-1"),
        wind_factor=get("wind_factor"),
        gamma_pdc=get("gamma_pdc", "1/K"),
        dc_ac_ratio=get("dc_ac_ratio") if dc_ac_ratio is None else dc_ac_ratio,
        eta_inv_nom=get("eta_inv_nom"),
        eta_inv_ref=get("eta_inv_ref"),
        dc_losses=read_losses(values, _TECHNOLOGY, _DC_LOSSES),
        ac_losses=read_losses(values, _TECHNOLOGY, _AC_LOSSES),
        snow_loss=get("snow_loss"),
        snow_temperature=get("snow_temperature", "degC"),
        temperature_model=temperature_model,
        module=module,
    )
