"""How much a large wind farm slows its own wind, by how densely its turbines stand."""

from __future__ import annotations

import numpy as np

from greenanalysis.core.errors import input_error

_KARMAN = 0.4
_DRAG_CONSTANT = 4.0
"""A* of the simplified geostrophic drag law."""


def farm_speed_ratio(
    *,
    density_mw_per_km2: float,
    nominal_power_mw: float,
    rotor_diameter_m: float,
    hub_height: float,
    roughness_m: float,
    thrust_coefficient: float,
    geostrophic_wind: float = 10.0,
    latitude: float = 48.0,
) -> float:
    """Return the wind speed at the hub deep inside a farm over that without the farm.

    Parameters
    ----------
    density_mw_per_km2 : nominal power over the farm's ground; 0 returns 1.
    nominal_power_mw, rotor_diameter_m, hub_height : of a turbine, MW, m, m.
    roughness_m : of the ground, m.
    thrust_coefficient : 0..1 of the turbines at the wind in question.
    geostrophic_wind : m/s; latitude : degrees, for the Earth's rotation.

    Returns
    -------
    float : 0..1, for ``speed_ratio`` of :class:`~greenanalysis.resource.engine.models.WindModel`.

    Raises
    ------
    InputError : a density below 0, a thrust coefficient outside 0..1, a roughness not below hub.

    Notes
    -----
    The farm is taken as endless, so a real one loses less; neutral air; thrust as distributed
    roughness. Take it instead of the even ``wake`` loss, not besides.

    References
    ----------
    S. Frandsen, On the wind speed reduction in the center of large clusters of wind turbines,
    J. Wind Eng. Ind. Aerodyn. 39 (1992) 251-265.
    """
    limits = {
        "density_mw_per_km2": (density_mw_per_km2 >= 0, ">= 0", density_mw_per_km2),
        "thrust_coefficient": (0 <= thrust_coefficient <= 1, "0 to 1", thrust_coefficient),
        "roughness_m": (0 < roughness_m < hub_height, "0 to the hub height", roughness_m),
    }
    for name, (fits, allowed, got) in limits.items():
        if not fits:
            raise input_error(name, where="farm_speed_ratio()", allowed=allowed, got=got)
    per_turbine_m2 = nominal_power_mw / max(density_mw_per_km2, 1e-12) * 1e6
    drag = np.pi / 8 * thrust_coefficient * rotor_diameter_m**2 / per_turbine_m2
    ground = _KARMAN / np.log(hub_height / roughness_m)
    rough = hub_height * np.exp(-_KARMAN / np.sqrt(drag + ground**2))
    turning = 2 * 7.2921e-5 * abs(np.sin(np.radians(latitude))) * np.exp(_DRAG_CONSTANT)
    inside, outside = (
        np.log(hub_height / z) / np.log(geostrophic_wind / (turning * z))
        for z in (rough, roughness_m)
    )
    return float(inside / outside)
