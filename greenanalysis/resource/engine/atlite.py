"""atlite's default models as models of the engine, on the variables of its cutouts.

They stand beside atlite number for number, but for one thing: a missing input makes a missing
result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd

from greenanalysis.resource.engine import wind_kernels
from greenanalysis.resource.engine.compiled import announce, kernel, log
from greenanalysis.resource.engine.geometry import (
    PLANE,
    TILT,
    UP,
    along,
    beside,
    cell_vectors,
    enclosing,
    remembered,
)
from greenanalysis.resource.engine.models import Values, WindModel
from greenanalysis.resource.engine.rows import SEGMENT, complete, ready
from greenanalysis.resource.engine.source import inputs_of
from greenanalysis.resource.engine.wind_kernels import CELLS_PER_METRE, between_knots
from greenanalysis.resource.solar_position import sun_instants
from greenanalysis.resource.wind.farm import PowerCurve

_LOWEST_SINE = float(np.sin(np.radians(1.0)))
"""atlite counts no hour with the sun lower than one degree."""


class Panel(NamedTuple):
    """Huld's empirical module; defaults are atlite's ``CSi`` panel.

    References
    ----------
    H. G. Beyer et al., Robust model for the description of the performance of different
    PV-technologies, 2004; T. Huld et al., Solar Energy 84 (2010) 324-338,
    doi:10.1016/j.solener.2009.12.006.
    """

    c_temp_amb: float = 1.0
    c_temp_irrad: float = 0.035
    r_tmod: float = 298.0
    r_irradiance: float = 1000.0
    k_1: float = -0.017162
    k_2: float = -0.040289
    k_3: float = -0.004681
    k_4: float = 0.000148
    k_5: float = 0.000169
    k_6: float = 0.000005
    inverter_efficiency: float = 0.9


@remembered
def _almanac_vectors(labels: np.ndarray) -> np.ndarray:
    """Return unit vectors to the sun (hour, 3) of the almanac's formula that atlite takes.

    References
    ----------
    J. J. Michalsky, Solar Energy 40 (1988) 227-235, doi:10.1016/0038-092X(88)90045-X.
    """
    instants = pd.DatetimeIndex(sun_instants(labels))
    n = instants.to_julian_date().to_numpy() - 2451545.0
    clock = instants.hour.to_numpy() + instants.minute.to_numpy() / 60.0
    longitude = 280.460 + 0.9856474 * n
    g = np.radians(357.528 + 0.9856003 * n)
    ecliptic = np.radians(longitude + 1.915 * np.sin(g) + 0.020 * np.sin(2 * g))
    obliquity = np.radians(23.439 - 4e-7 * n)
    ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    hour = np.radians((6.697375 + clock + 0.0657098242 * n) * 15.0) - ascension
    level = np.cos(declination)
    return np.stack([np.sin(declination), level * np.cos(hour), level * np.sin(hour)], axis=-1)


@kernel()
def _huld_rows(inputs, packing, sun, cells, panel, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (hour, cell) with capacity factors under an isotropic sky.

    Parameters
    ----------
    inputs : extraterrestrial, direct and diffuse irradiance on the horizontal plane (W/m2), albedo
        (0..1), temperature (K), each (hour, cell); floats of the type of ``out`` or packed.
    packing : (input, 2), step and base of packed ones.
    sun : of :func:`_almanac_vectors`; cells : of ``cell_vectors``.
    """
    for start in range(0, out.shape[1], SEGMENT):
        part = slice(start, min(start + SEGMENT, out.shape[1]))
        _huld_part(inputs, packing, sun, cells[:, part].copy(), panel, part, out)


@kernel()
def _huld_part(inputs, packing, sun, cells, panel, part, out):  # type: ignore[no-untyped-def]
    rooms = np.empty((14, cells.shape[1]), out.dtype)
    sine, cosine, tilt = rooms[5], rooms[6], rooms[7]
    tilt[:] = cells[TILT]
    ball, faces = enclosing(cells, UP), enclosing(cells, PLANE)
    beside(cells, UP, ball, rooms[8:11])
    beside(cells, PLANE, faces, rooms[11:14])
    for t in range(out.shape[0]):
        row = out[t, part]
        toa, direct = inputs[0][t, part], inputs[1][t, part]
        diffuse, albedo, temperature = inputs[2][t, part], inputs[3][t, part], inputs[4][t, part]
        whole = complete(toa) & complete(direct) & complete(diffuse)
        whole = whole & complete(albedo) & complete(temperature)
        highest = along(sun[t], ball) + ball[3]
        if (highest < _LOWEST_SINE) & whole:
            row[:] = row.dtype.type(0)
            continue
        _project(sun[t], ball, rooms[8:11], sine)
        _project(sun[t], faces, rooms[11:14], cosine)
        toa = ready(toa, packing[0], rooms[0], whole)
        direct = ready(direct, packing[1], rooms[1], whole)
        diffuse = ready(diffuse, packing[2], rooms[2], whole)
        albedo = ready(albedo, packing[3], rooms[3], whole)
        temperature = ready(temperature, packing[4], rooms[4], whole)
        _tilted(toa, direct, diffuse, albedo, sine, cosine, tilt, row)
        _module(temperature, panel, row)
        if not whole:
            _gaps(toa, direct, diffuse, albedo, temperature, row)


@kernel()
def _project(sun, ball, offsets, out):  # type: ignore[no-untyped-def]
    """Dot product with vectors as offsets from a common one, whose part is float64."""
    real = out.dtype.type
    common = real(along(sun, ball))
    s0, s1, s2 = real(sun[0]), real(sun[1]), real(sun[2])
    d0, d1, d2 = offsets[0], offsets[1], offsets[2]
    for i in range(out.size):
        out[i] = common + (s0 * d0[i] + s1 * d1[i] + s2 * d2[i])


@kernel()
def _tilted(toa, direct, diffuse, albedo, sine, cosine, tilt, row):  # type: ignore[no-untyped-def]
    """Irradiance on the modules, W/m2."""
    real = row.dtype.type
    zero, half, one = real(0), real(0.5), real(1)
    lowest, dim = real(_LOWEST_SINE), real(0.01)
    for i in range(row.size):
        beam = min(max(direct[i], zero), toa[i])
        sky = min(max(diffuse[i], zero), toa[i] - beam)
        ground = half * (one - tilt[i]) * albedo[i] * (beam + sky)
        facing = max(cosine[i], zero) / max(sine[i], lowest) * beam
        total = facing + half * (one + tilt[i]) * sky + ground
        row[i] = total if (sine[i] >= lowest) & (beam + sky > dim) else zero


@kernel()
def _module(temperature, panel, row):  # type: ignore[no-untyped-def]
    real = row.dtype.type
    zero, one, tiny = real(0), real(1), real(1e-30)
    per = one / panel.r_irradiance
    for i in range(row.size):
        irradiance = row[i]
        share = irradiance * per
        warm = panel.c_temp_amb * temperature[i] + panel.c_temp_irrad * irradiance - panel.r_tmod
        low = log(max(share, tiny))
        efficiency = one + low * (panel.k_1 + panel.k_2 * low)
        efficiency += warm * (panel.k_3 + low * (panel.k_4 + panel.k_5 * low))
        efficiency += panel.k_6 * warm * warm
        row[i] = share * max(efficiency, zero) * panel.inverter_efficiency


@kernel()
def _gaps(toa, direct, diffuse, albedo, temperature, row):  # type: ignore[no-untyped-def]
    gap = row.dtype.type(np.nan)
    for i in range(row.size):
        every = toa[i] + direct[i] + diffuse[i] + albedo[i] + temperature[i]
        row[i] = row[i] if every == every else gap


@kernel()
def _roughness_wind_rows(inputs, packing, log_hub, log_from, curve, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (hour, cell) with power by the logarithmic profile over ``roughness`` (m).

    Parameters
    ----------
    inputs : wind speed (m/s) at the height whose logarithm is ``log_from``, roughness (m), each
        (hour, cell); floats of the type of ``out`` or packed by ``packing``.
    curve : of ``make_curve`` in the type of ``out``; a step down is two knots a hair apart.
    """
    width = min(out.shape[1], SEGMENT)
    rooms, places = np.empty((3, width), out.dtype), np.empty(width, np.uint16)
    for t in range(out.shape[0]):
        for start in range(0, out.shape[1], width):
            part = slice(start, min(start + width, out.shape[1]))
            row = out[t, part]
            hub = rooms[0, : row.size]
            speed, roughness = inputs[0][t, part], inputs[1][t, part]
            whole = complete(speed) & complete(roughness)
            speed = ready(speed, packing[0], rooms[1, : row.size], whole)
            roughness = ready(roughness, packing[1], rooms[2, : row.size], whole)
            _log_profile(speed, roughness, log_hub, log_from, hub)
            _look_up(curve, hub, places[: row.size], row)
            if not complete(row):
                _at_knots(curve, hub, row)


@kernel()
def _log_profile(speed, roughness, log_hub, log_from, hub):  # type: ignore[no-untyped-def]
    real = hub.dtype.type
    tiny, zero = real(1e-30), real(0)
    for i in range(hub.size):
        rough = log(max(roughness[i], tiny))
        hub[i] = speed[i] * ((log_hub - rough) / (log_from - rough)) + zero * roughness[i]


@kernel()
def _look_up(curve, speed, places, row):  # type: ignore[no-untyped-def]
    """Turn speeds into power; beyond the last knot that of the last one, NaN near a knot."""
    real = row.dtype.type
    level, rise = curve.level, curve.rise
    end, metre, zero = real(level.size - 1), real(CELLS_PER_METRE), real(0)
    for i in range(row.size):
        x = speed[i] * metre
        x = x if x < end else end
        x = x if x > zero else zero
        place = np.int32(x)
        places[i] = np.uint16(place)
        row[i] = x - real(place) + zero * speed[i]
    for i in range(row.size):
        row[i] = level[places[i]] + rise[places[i]] * row[i]


@kernel()
def _at_knots(curve, speed, row):  # type: ignore[no-untyped-def]
    end = curve.first.size - 1
    for i in range(row.size):
        v = speed[i]
        if row[i] != row[i] and v == v:
            k = int(max(min(v * CELLS_PER_METRE, end), 0.0))
            row[i] = between_knots(curve, k, np.float64(v))


_CSI = Panel()
"""atlite's crystalline module."""


@dataclass(frozen=True)
class CutoutPV:
    """atlite's PV with its default panel: isotropic sky, Huld; on the variables of a cutout.

    ``tilt``, ``azimuth`` in degrees; ``tilt`` None takes atlite's ``latitude_optimal``.
    """

    tilt: float | None = None
    azimuth: float = 180.0
    panel: Panel = _CSI
    names: tuple[str, ...] = (
        "influx_toa",
        "influx_direct",
        "influx_diffuse",
        "albedo",
        "temperature",
    )
    takes_packed: ClassVar[bool] = True

    def hours(self, time: np.ndarray) -> np.ndarray:
        """Return the sun."""
        return _almanac_vectors(time)

    def cells(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Return directions at the cells."""
        tilt = _optimal_tilt(latitude) if self.tilt is None else np.full_like(latitude, self.tilt)
        facing = np.full_like(latitude, self.azimuth)
        return cell_vectors(latitude, longitude, tilt=tilt, azimuth=facing)

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell)."""
        announce((_huld_rows,))
        panel = Panel(*map(out.dtype.type, self.panel))
        _huld_rows(*inputs_of(values), hours, cells, panel, out)


def _optimal_tilt(latitude: np.ndarray) -> np.ndarray:
    """Return the tilt, degrees, of atlite's ``latitude_optimal``, north of the equator."""
    low, middle = 0.87 * latitude, 0.76 * latitude + 0.31
    return np.where(latitude <= 25, low, np.where(latitude <= 50, middle, 40.0))


@dataclass(frozen=True)
class CutoutWind:
    """atlite's wind: 100 m wind carried to ``hub_height`` (m) over the roughness of the cutout."""

    power_curve: PowerCurve
    hub_height: float
    names: tuple[str, ...] = ("wnd100m", "roughness")
    curves: tuple[wind_kernels.Curve, ...] = field(init=False, repr=False, compare=False)
    takes_packed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        exact = wind_kernels.make_curve(self.power_curve.wind_speed, self.power_curve.power)
        level, rise = exact.level.astype(np.float32), exact.rise.astype(np.float32)
        short = exact._replace(level=level, rise=rise)
        object.__setattr__(self, "curves", (short, exact))

    hours = WindModel.hours
    cells = WindModel.cells

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell)."""
        real = out.dtype.type
        heights = real(np.log(self.hub_height)), real(np.log(100.0))
        curve = self.curves[out.dtype.itemsize == 8]
        _roughness_wind_rows(*inputs_of(values), *heights, curve, out)
