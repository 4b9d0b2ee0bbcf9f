"""Efficiency of named modules by the single-diode model, solved once on a grid."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from pvlib import pvsystem

from greenanalysis.errors import input_error

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


NO_MODULE = ModuleTable(False, np.ones((4, 4)), 0.0, 1.0, 0.0, 1.0)


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
        return NO_MODULE
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
