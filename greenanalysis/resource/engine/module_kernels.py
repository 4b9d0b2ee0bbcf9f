"""From light behind the glass to direct current: cell temperature, module, snow, inverter."""

from __future__ import annotations

import numpy as np

from greenanalysis.resource.engine.arithmetic import exp
from greenanalysis.resource.engine.compiled import kernel


@kernel()
def kelvin_per_light(wind_speed, plant, heat):  # type: ignore[no-untyped-def]
    """Fill ``heat`` with the rise of cell over air temperature, K per W/m2: Faiman or SAPM."""
    real = heat.dtype.type
    if plant.sapm:
        for i in range(heat.size):
            heat[i] = exp(plant.sapm_a + plant.sapm_b * wind_speed[i]) + plant.sapm_rise
    else:
        for i in range(heat.size):
            heat[i] = real(1) / (plant.u0 + plant.u1 * (wind_speed[i] * plant.wind_factor))


@kernel()
def linear_power(warmer, plant, row):  # type: ignore[no-untyped-def]
    """Turn effective irradiance (W/m2) into DC power of the AC rating, PVWatts; 25 K are taken."""
    one = row.dtype.type(1)
    for i in range(row.size):
        row[i] = row[i] * plant.dc_per_irradiance * (one + plant.gamma_pdc * warmer[i])


@kernel()
def table_power(warmer, plant, module, row):  # type: ignore[no-untyped-def]
    """The same by a module's table, between whose nodes cubics run."""
    table = module.efficiency
    across, along = table.shape[0], table.shape[1]
    weights = np.empty((2, 4))
    for i in range(row.size):
        seen = np.float64(row[i])
        if not seen > 0.0 or warmer[i] != warmer[i]:
            continue
        x = max((np.log(seen) - module.dimmest) * module.per_light, 0.0)
        y = (np.float64(warmer[i]) + 25.0 - module.coldest) * module.per_heat
        a = _cubic(x, across, weights[0])
        b = _cubic(y, along, weights[1])
        share = 0.0
        for j in range(4):
            for k in range(4):
                share += weights[0, j] * weights[1, k] * table[a + j, b + k]
        row[i] = seen * plant.dc_per_irradiance * share


@kernel()
def _cubic(x, size, weights):  # type: ignore[no-untyped-def]
    """Fill Lagrange's four weights at a place among nodes; return the first of the nodes."""
    first = min(max(int(x) - 1, 0), size - 4)
    s = min(max(x, 0.0), size - 1.0) - first
    weights[0] = (s - 1) * (s - 2) * (3 - s) / 6
    weights[1] = s * (s - 2) * (s - 3) / 2
    weights[2] = s * (s - 1) * (3 - s) / 2
    weights[3] = s * (s - 1) * (s - 2) / 6
    return first


@kernel()
def inverter(temp_air, plant, row):  # type: ignore[no-untyped-def]
    """Take off snow, convert to AC, clip: PVWatts; ``row`` is DC on entry."""
    real = row.dtype.type
    zero, one = real(0), real(1)
    linear, constant, inverse = real(-0.0162), real(0.9858), real(0.0059)
    for i in range(row.size):
        dc = row[i]
        dc = dc * plant.snow_kept if temp_air[i] < plant.snow_temperature else dc
        load = dc * plant.per_dc_limit
        ac = plant.eta_ratio * (dc * (linear * load + constant) - inverse * plant.dc_limit)
        ac = max(min(ac, plant.ac_limit), zero) if dc != zero else zero
        row[i] = min(ac * plant.ac_kept, one)
