"""Wind farm of one row of cells at one hour: speed at the hub, air density, power curve, losses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from greenanalysis.resource.engine.compiled import exp, kernel, log
from greenanalysis.resource.engine.rows import SEGMENT, ready

TWO_HEIGHTS, POWER_LAW, LOG_LAW = 0, 1, 2
_STANDARD_DENSITY = 1.225
"""Air density at which power curves hold, kg/m3 (IEC 61400-12-1)."""
_GAS_CONSTANT_DRY_AIR = 287.058
"""J/(kg K), as in windpowerlib.density.ideal_gas."""
_LAPSE_K_PER_M = 0.0065
"""Fall of temperature with height, ICAO standard atmosphere."""
_PRESSURE_FALL_PA_PER_M = 12.5
"""Fall of pressure with height, 1/8 hPa per m, as in windpowerlib.density.ideal_gas."""
SLOW, FAST = 7.5, 12.5
"""Wind speeds of the curve (m/s) between which the density exponent rises from 1/3 to 2/3."""
CELLS_PER_METRE = 16.0
"""Cells of the table that finds a knot of the power curve, per m/s."""


class Farm(NamedTuple):
    """Numbers of a wind farm in the arithmetic's type; see WindPlant for units."""

    hub_height: float
    shear_min: float
    shear_max: float
    factor: float
    speed_ratio: float
    coldest: float
    kept: float


class Curve(NamedTuple):
    """Power curve, float64.

    By knot: ``speed`` (m/s), ``power`` (of nominal), ``share`` of the way from slow to fast. By
    each 1/16 m/s: ``first``, the knot before it. ``rising`` is the power by knot without the
    cut-out and ``running`` the share of it that the cut-out leaves, 1 up to ``hold`` (m/s);
    ``beyond`` is the power above the last stretched knot.
    """

    speed: np.ndarray
    power: np.ndarray
    share: np.ndarray
    first: np.ndarray
    rising: np.ndarray
    running: np.ndarray
    hold: float
    beyond: float


def make_curve(speed: np.ndarray, power: np.ndarray, *, hold_cut_out: bool = False) -> Curve:
    """Index a power curve by wind speed; ``speed`` rises strictly.

    ``hold_cut_out`` keeps the fall of power behind the last rated knot at its wind speeds whatever
    the density of the air: the controller stops the turbine by the wind that it measures.
    """
    grid = np.arange(int(speed[-1] * CELLS_PER_METRE) + 2) / CELLS_PER_METRE
    found = np.searchsorted(speed, grid, side="right") - 1
    first = np.clip(found, 0, speed.size - 2)
    rising, running, hold = _without_cut_out(speed, power) if hold_cut_out else (
        power, np.ones_like(power, dtype=float), np.inf
    )  # fmt: skip
    return Curve(
        np.ascontiguousarray(speed, dtype=np.float64),
        np.ascontiguousarray(power, dtype=np.float64),
        np.clip((speed - SLOW) / (FAST - SLOW), 0.0, 1.0),
        first.astype(np.int64),
        np.ascontiguousarray(rising, dtype=np.float64),
        np.ascontiguousarray(running, dtype=np.float64),
        float(hold),
        float(rising[-1]) if hold_cut_out else 0.0,
    )


def _without_cut_out(speed: np.ndarray, power: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return power that stays at its maximum, the share of it that runs, and where that ends."""
    most = float(power.max())
    last = int(np.flatnonzero(power >= most - 1e-9).max())
    behind = np.arange(power.size) > last
    rising = np.where(behind, power[last], power)
    running = np.where(behind & (most > 0), power / (most or 1.0), 1.0)
    return rising, running, float(speed[last])


@kernel()
def _running(curve, v):  # type: ignore[no-untyped-def]
    """Share of the power that the cut-out leaves at a wind speed above ``hold``."""
    speed, last = curve.speed, curve.speed.size - 1
    if not v < speed[last]:
        return 0.0
    at = curve.first[min(int(v * CELLS_PER_METRE), curve.first.size - 1)]
    while at < last - 1 and v >= speed[at + 1]:
        at += 1
    share = (v - speed[at]) / (speed[at + 1] - speed[at])
    return curve.running[at] + (curve.running[at + 1] - curve.running[at]) * share


@kernel()
def wind_rows(inputs, packing, farm, shear, correct_density, curve, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (hour, cell) with capacity factors.

    Parameters
    ----------
    inputs : wind speed at 10 m and 100 m (m/s), temperature at 2 m (degC), pressure at the ground
        (Pa), each (hour, cell); floats of the type of ``out`` or packed by ``packing``.
    farm, curve : numbers; ``shear`` one of the codes above; ``farm.factor`` carries the wind from
        100 m to the hub unless shear is of two heights; ``farm.speed_ratio`` makes it windier.
    """
    width = min(out.shape[1], SEGMENT)
    rooms = np.empty((7, width), out.dtype)
    rooms[4], rooms[5] = 0.0, 1.0
    for t in range(out.shape[0]):
        for start in range(0, out.shape[1], width):
            part = slice(start, min(start + width, out.shape[1]))
            row = out[t, part]
            size = row.size
            v10 = ready(inputs[0][t, part], packing[0], rooms[0, :size], False)
            v100 = ready(inputs[1][t, part], packing[1], rooms[1, :size], False)
            temp_air = ready(inputs[2][t, part], packing[2], rooms[2, :size], False)
            pressure = ready(inputs[3][t, part], packing[3], rooms[3, :size], False)
            third, air, near = rooms[4, :size], rooms[5, :size], rooms[6, :size]
            if shear == TWO_HEIGHTS:
                _two_heights(v10, v100, farm, row)
            else:
                _one_height(v100, farm, row)
            _air(temp_air, pressure, farm, correct_density, row, third, air)
            _near(third, air, row, near)
            _power(curve, third, air, near, row)
            _kept(farm.kept, row)
            _gaps(v10, v100, temp_air, pressure, shear == TWO_HEIGHTS, row)


@kernel()
def _one_height(v100, farm, speed):  # type: ignore[no-untyped-def]
    factor = farm.factor * farm.speed_ratio
    for i in range(speed.size):
        speed[i] = v100[i] * factor


@kernel()
def _kept(share, row):  # type: ignore[no-untyped-def]
    real = row.dtype.type
    for i in range(row.size):
        row[i] = min(max(row[i] * share, real(0)), real(1))


@kernel()
def _two_heights(v10, v100, farm, speed):  # type: ignore[no-untyped-def]
    """Wind speed at the hub by the hour's own power law between 10 m and 100 m.

    Its exponent is held within the limits; an hour that is calm at 10 m takes the highest.
    """
    real = speed.dtype.type
    zero, tiny = real(0), real(1e-30)
    per_decade, height = real(1.0 / np.log(10.0)), real(np.log(farm.hub_height / 100.0))
    for i in range(speed.size):
        low, high = v10[i], v100[i]
        rise = log(max(high, tiny) / max(low, tiny))
        exponent = rise * per_decade if low > zero else farm.shear_max
        exponent = min(max(exponent, farm.shear_min), farm.shear_max)
        hub = high * exp(exponent * height) * farm.speed_ratio
        speed[i] = hub if high > zero else zero


@kernel()
def _air(temp_air, pressure, farm, correct_density, speed, third, air):  # type: ignore[no-untyped-def]
    """Stand turbines still in air too cold; stretch slow knots of the curve by ``air``.

    That is (standard over actual density) ** (1/3), and ``third`` its logarithm.
    """
    real = speed.dtype.type
    colder = real(273.15 - _LAPSE_K_PER_M * (farm.hub_height - 2.0))
    lighter = real(_PRESSURE_FALL_PA_PER_M * farm.hub_height)
    scale, minus = real(_STANDARD_DENSITY * _GAS_CONSTANT_DRY_AIR), real(-1)
    coldest = farm.coldest + real(273.15)
    tiny, share = real(1e-30), real(1.0 / 3.0)
    for i in range(speed.size):
        kelvin = temp_air[i] + colder
        speed[i] = minus if kelvin < coldest else speed[i]
    if correct_density:
        for i in range(speed.size):
            ratio = scale * (temp_air[i] + colder) / (pressure[i] - lighter)
            third[i] = log(max(ratio, tiny)) * share
            air[i] = exp(third[i])


@kernel()
def _near(third, air, speed, near):  # type: ignore[no-untyped-def]
    """Write about which speed of the curve, before stretching, a wind speed stands for."""
    real = speed.dtype.type
    slow, per, zero, one = real(SLOW), real(1.0 / (FAST - SLOW)), real(0), real(1)
    for i in range(speed.size):
        at = speed[i] / air[i]
        share = min(max((at - slow) * per, zero), one)
        near[i] = at * exp(-third[i] * share)


@kernel()
def _knot(curve, k, third, air):  # type: ignore[no-untyped-def]
    """Wind speed of a knot after stretching."""
    share = curve.share[k]
    if share <= 0.0:
        return curve.speed[k] * air
    if share >= 1.0:
        return curve.speed[k] * (np.float64(air) * air)
    return curve.speed[k] * np.float64(air) * exp(third * np.float64(share))


@kernel()
def _power(curve, third, air, near, row):  # type: ignore[no-untyped-def]
    """Turn speeds into power on the stretched curve (Svenningsen 2010); zero outside its knots.

    The cut-out is stretched with it, or stands where it is; see ``make_curve``.
    """
    real = row.dtype.type
    power, first = curve.rising, curve.first
    last, end = power.size - 1, real(first.size - 1)
    metre = real(CELLS_PER_METRE)
    for i in range(row.size):
        v = np.float64(row[i])
        if not near[i] >= real(0):
            row[i] = real(0)
            continue
        k = first[int(min(near[i] * metre, end))]
        low, high = _knot(curve, k, third[i], air[i]), _knot(curve, k + 1, third[i], air[i])
        while v >= high and k < last - 1:
            k, low = k + 1, high
            high = _knot(curve, k + 1, third[i], air[i])
        while v < low and k > 0:
            k, high = k - 1, low
            low = _knot(curve, k, third[i], air[i])
        step = power[k] + (power[k + 1] - power[k]) / (high - low) * (v - low)
        if not v <= high:
            step = curve.beyond
        if v > curve.hold:
            step = step * _running(curve, v)
        row[i] = step if v >= low else 0.0


@kernel()
def _gaps(v10, v100, temp_air, pressure, both_heights, row):  # type: ignore[no-untyped-def]
    """Make NaN of hours that lack an input."""
    gap = row.dtype.type(np.nan)
    for i in range(row.size):
        every = v100[i] + temp_air[i] + pressure[i]
        row[i] = row[i] if every == every else gap
    if both_heights:
        for i in range(row.size):
            row[i] = row[i] if v10[i] == v10[i] else gap
