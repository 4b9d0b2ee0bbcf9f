"""atlite's models as models of the engine, on the variables of its cutouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from greenanalysis.resource.engine import cutout_kernels, wind_kernels
from greenanalysis.resource.engine.compiled import announce
from greenanalysis.resource.engine.geometry import cell_vectors
from greenanalysis.resource.engine.models import Values, WindModel
from greenanalysis.resource.engine.source import inputs_of
from greenanalysis.resource.turbines import PowerCurve

CSI = cutout_kernels.Panel()
"""atlite's crystalline module."""


@dataclass(frozen=True)
class CutoutPV:
    """atlite's PV with its default panel: isotropic sky, Huld; on the variables of a cutout.

    ``tilt``, ``azimuth`` in degrees; ``tilt`` None takes atlite's ``latitude_optimal``.
    """

    tilt: float | None = None
    azimuth: float = 180.0
    panel: cutout_kernels.Panel = CSI
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
        return cutout_kernels.almanac_vectors(time)

    def cells(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Return directions at the cells."""
        tilt = optimal_tilt(latitude) if self.tilt is None else np.full_like(latitude, self.tilt)
        facing = np.full_like(latitude, self.azimuth)
        return cell_vectors(latitude, longitude, tilt=tilt, azimuth=facing)

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell)."""
        announce((cutout_kernels.huld_rows,))
        panel = cutout_kernels.Panel(*map(out.dtype.type, self.panel))
        cutout_kernels.huld_rows(*inputs_of(values), hours, cells, panel, out)


def optimal_tilt(latitude: np.ndarray) -> np.ndarray:
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
        cutout_kernels.roughness_wind_rows(*inputs_of(values), *heights, curve, out)
