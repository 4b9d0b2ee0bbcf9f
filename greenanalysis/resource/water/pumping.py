"""Pumping water with photovoltaics: hydraulic energy, a tank, the demand that is met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.core.errors import input_error
from greenanalysis.resource.checks import require_above_zero, require_range, require_share

_GRAVITY = 9.80665
"""m/s2, standard."""
_DENSITY = 1000.0
"""kg/m3 of water."""


def pumping_energy_kwh_per_m3(head_m: float, *, efficiency: float) -> float:
    """Return the electricity that lifts a cubic metre, ``rho g h / efficiency``.

    Parameters
    ----------
    head_m : static lift plus friction and pressure at the outlet.
    efficiency : of pump, motor and drive together, above 0 to 1.

    Raises
    ------
    InputError : a negative head or an efficiency outside 0..1.
    """
    where = "pumping_energy_kwh_per_m3()"
    require_range("head_m", head_m, where=where)
    require_share("efficiency", efficiency, where=where)
    require_above_zero("efficiency", efficiency, where=where)
    return _DENSITY * _GRAVITY * head_m / 3.6e6 / efficiency


@dataclass(frozen=True)
class PumpResult:
    """Water of a simulated time, m3: wanted, delivered, run over; tank level after each hour."""

    wanted_m3: float
    delivered_m3: float
    spilled_m3: float
    pumped_m3: float
    level_m3: np.ndarray

    @property
    def served(self) -> float:
        """Share of the wanted water that was delivered, 0..1."""
        return self.delivered_m3 / self.wanted_m3


def pv_pumping(
    capacity_factor: np.ndarray,
    *,
    pv_kw: float,
    energy_kwh_per_m3: float,
    demand_m3_per_h: np.ndarray | float,
    tank_m3: float,
) -> PumpResult:
    """Pump with the sun into a tank and draw the demand from it, hour by hour.

    Parameters
    ----------
    capacity_factor : hourly, 0..1, of the PV plant; NaN counts as no sun.
    pv_kw : rated power; the pump is as large.
    energy_kwh_per_m3 : see :func:`pumping_energy_kwh_per_m3`, above 0.
    demand_m3_per_h : one number or one an hour.
    tank_m3 : usable volume; it starts empty. Without a tank only what is pumped is used.

    Returns
    -------
    PumpResult : ``pumped = delivered + spilled + level at the end``.

    Raises
    ------
    InputError : a share outside 0..1, a negative number, or no demand at all.
    """
    where = "pv_pumping()"
    require_share("capacity_factor", capacity_factor, where=where)
    require_range("pv_kw", pv_kw, where=where)
    require_range("tank_m3", tank_m3, where=where)
    require_range("demand_m3_per_h", demand_m3_per_h, where=where)
    require_above_zero("energy_kwh_per_m3", energy_kwh_per_m3, where=where)
    factor = np.nan_to_num(np.asarray(capacity_factor, dtype=float))
    demand = np.broadcast_to(np.asarray(demand_m3_per_h, dtype=float), factor.shape)
    require_above_zero("sum of demand_m3_per_h", float(demand.sum()), where=where)
    pumped = factor * pv_kw / energy_kwh_per_m3
    level, delivered, spilled = 0.0, 0.0, 0.0
    levels = np.zeros(factor.size)
    for hour in range(factor.size):
        ready = level + pumped[hour]
        used = min(ready, demand[hour])
        level = min(ready - used, tank_m3)
        delivered += used
        spilled += ready - used - level
        levels[hour] = level
    return PumpResult(float(demand.sum()), delivered, spilled, float(pumped.sum()), levels)


def pv_size_kw(
    capacity_factor: np.ndarray,
    *,
    served: float,
    energy_kwh_per_m3: float,
    demand_m3_per_h: np.ndarray | float,
    tank_m3: float,
) -> float:
    """Find the smallest PV plant that delivers a share of the demand.

    Parameters
    ----------
    served : share of the demand to be met, above 0 and below 1.
    capacity_factor, energy_kwh_per_m3, demand_m3_per_h, tank_m3 : as in :func:`pv_pumping`.

    Returns
    -------
    float : kW, to within a thousandth.

    Raises
    ------
    InputError : no plant of any size can meet that share (nights with a small tank).
    """
    where = "pv_size_kw()"
    require_share("served", served, where=where)
    require_above_zero("served", served, where=where)

    def met(size: float) -> float:
        return pv_pumping(
            capacity_factor,
            pv_kw=size,
            energy_kwh_per_m3=energy_kwh_per_m3,
            demand_m3_per_h=demand_m3_per_h,
            tank_m3=tank_m3,
        ).served

    high = 2.0 * energy_kwh_per_m3 * float(np.max(demand_m3_per_h))
    for _ in range(12):
        if met(high) >= served:
            break
        high *= 2
    else:
        raise input_error("served", where=where, allowed="what the tank can bridge", got=served)
    low = 0.0
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if met(middle) >= served else (middle, high)
    return high
