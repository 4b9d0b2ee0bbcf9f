"""Hourly AC capacity factor of a photovoltaic plant, by pvlib's functions over a whole grid."""

from __future__ import annotations

import xarray as xr

from greenanalysis.core.variables import describe
from greenanalysis.resource.engine.cube import Dtype, capacity_factor_cube
from greenanalysis.resource.engine.models import GlobalLightPV, model_of
from greenanalysis.resource.pv.system import PVSystem, pv_defaults

__all__ = ["PVSystem", "pv_capacity_factor", "pv_defaults"]


def pv_capacity_factor(
    weather: xr.Dataset,
    *,
    system: PVSystem,
    where: xr.DataArray | None = None,
    dtype: Dtype = "float32",
    decomposition: str | None = None,
) -> xr.DataArray:
    """Compute the hourly net AC capacity factor of a photovoltaic plant in every cell.

    Parameters
    ----------
    weather : canonical weather (time, latitude, longitude) with ``ghi``, ``dni``, ``dhi`` (W/m2),
        ``temp_air`` (degC) and ``wind_speed_10m`` (m/s).
    system : the plant; :func:`pv_defaults` reads the assumed one.
    where : boolean (latitude, longitude); cells outside are NaN and cost nothing.
    dtype : of the result and of its arithmetic; angles are float64 in both.
    decomposition : ``"erbs"`` or ``"disc"`` where the weather has ``ghi`` alone: ``dni`` and
        ``dhi`` are then not read but found from it.

    Returns
    -------
    DataArray : ``capacity_factor`` (time, latitude, longitude), 0..1: MWh per hour and MW of AC
        rating, after losses. Times ``dc_ac_ratio`` smaller per MW of modules.

    Raises
    ------
    InputError : missing variable, other units or dimensions, unfit mask.

    Notes
    -----
    The chain: SPA sun at the middle of the hour, transposition, refraction loss of the glass on
    beam light, Faiman's or SAPM's cell temperature, PVWatts DC model or a named module's single
    diode, losses, PVWatts inverter with clipping, AC losses. Trackers lie flat while the sun is
    down. The rear side takes pvlib's infinite sheds. NaN in any input gives NaN in that hour.
    Losses act evenly on all hours except snow, which acts below a threshold of air temperature: a
    stand-in for snow cover, which the canonical weather does not hold.

    References
    ----------
    A. P. Dobos, PVWatts Version 5 Manual, NREL/TP-6A20-62641, 2014, doi:10.2172/1158421.
    D. Faiman, Prog. Photovolt. 16 (2008) 307-315, doi:10.1002/pip.813.
    K. S. Anderson et al., pvlib python: 2023 project update, J. Open Source Softw. 8 (2023) 5994,
    doi:10.21105/joss.05994.
    """

    model = GlobalLightPV(system, decomposition) if decomposition else model_of(system)
    factor = capacity_factor_cube(weather, model, where=where, dtype=dtype)
    return describe(
        factor,
        "capacity_factor",
        technology="solar",
        mounting=system.mounting,
        dc_ac_ratio=system.dc_ac_ratio,
        basis="net, per MW of AC rating",
    )
