"""What turns blocks of weather into capacity factors: one small object for each kind of plant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, singledispatch
from typing import Any, ClassVar, Protocol

import numpy as np

from greenanalysis.resource.engine import cutout_kernels, pv_kernels, wind_kernels
from greenanalysis.resource.engine.compiled import announce
from greenanalysis.resource.engine.geometry import cell_vectors, sun_vectors
from greenanalysis.resource.engine.source import Packed, inputs_of
from greenanalysis.resource.losses import combined_loss
from greenanalysis.resource.pv_reference import pvlib_block
from greenanalysis.resource.pv_system import PVSystem
from greenanalysis.resource.turbines import PowerCurve
from greenanalysis.resource.wind_plant import WindPlant

PV_NAMES = ("ghi", "dni", "dhi", "temp_air", "wind_speed_10m")
WIND_NAMES = ("wind_speed_10m", "wind_speed_100m", "temp_air", "pressure")
Values = np.ndarray | Packed
SKIES = {"isotropic": 0, "haydavies": 1, "perez": 2}
SHEARS = {"two_heights": 0, "power_law": 1, "log": 2}


class Model(Protocol):
    """Capacity factors of one kind of plant; can be pickled."""

    @property
    def names(self) -> tuple[str, ...]:
        """Variables of the weather, in the order in which ``fill`` takes them."""

    def hours(self, time: np.ndarray) -> np.ndarray:
        """Return what the model needs of hours that end at ``time``, one row each."""

    def cells(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Return what the model needs of cells, one column each."""

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell) from ``values`` of the same shape and type, by ``names``.

        Packed values are given to models with ``takes_packed`` only.
        """


def takes_packed(models: Iterable[Any]) -> bool:
    """Whether every one of the models can read packed values."""
    return all(getattr(model, "takes_packed", False) for model in models)


@singledispatch
def model_of(plant: object) -> Model:
    """Return the model of a PVSystem or a WindPlant; a model is returned as it is."""
    return plant  # type: ignore[return-value]


@model_of.register
def _(plant: PVSystem) -> Model:
    return BifacialModel(plant) if plant.bifaciality > 0 else PVModel(plant)


@model_of.register
def _(plant: WindPlant) -> Model:
    return WindModel(plant)


@dataclass(frozen=True)
class PVModel:
    """The compiled photovoltaic chain."""

    system: PVSystem
    names: tuple[str, ...] = PV_NAMES
    takes_packed: ClassVar[bool] = True

    def hours(self, time: np.ndarray) -> np.ndarray:
        """Return the sun."""
        return sun_vectors(time)

    def cells(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Return directions at the cells."""
        return cell_vectors(
            latitude,
            longitude,
            tilt=self.system.tilt_at(latitude),
            azimuth=np.full_like(latitude, self.system.surface_azimuth),
            axis_azimuth=self.system.axis_azimuth,
        )

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell)."""
        announce((pv_kernels.pv_rows,))
        sky = SKIES[self.system.transposition]
        numbers, tracker = _plant(self.system, out.dtype), _tracker(self.system)
        pv_kernels.pv_rows(*inputs_of(values), hours, cells, numbers, tracker, sky, out)


@lru_cache(maxsize=64)
def _plant(system: PVSystem, dtype: np.dtype) -> pv_kernels.Plant:
    n = system.refractive_index
    normal = (1 - ((1 - n) / (1 + n)) ** 2) * np.exp(-pv_kernels.EXTINCTION)
    numbers = pv_kernels.Plant(
        albedo=system.albedo,
        refractive_index=n,
        per_normal_light=1 / normal,
        u0=system.faiman_u0,
        u1=system.faiman_u1,
        wind_factor=system.wind_factor,
        dc_per_irradiance=system.dc_ac_ratio / 1000 * (1 - combined_loss(system.dc_losses)),
        gamma_pdc=system.gamma_pdc,
        snow_temperature=system.snow_temperature,
        snow_kept=1 - system.snow_loss,
        dc_limit=1 / system.eta_inv_nom,
        per_dc_limit=system.eta_inv_nom,
        eta_ratio=system.eta_inv_nom / system.eta_inv_ref,
        ac_limit=1.0,
        ac_kept=1 - combined_loss(system.ac_losses),
    )
    return pv_kernels.Plant(*(dtype.type(number) for number in numbers))


def _tracker(system: PVSystem) -> pv_kernels.Tracker:
    limit = np.radians(system.max_angle)
    active = system.mounting == "single_axis"
    cosine, sine = float(np.cos(limit)), float(np.sin(limit))
    return pv_kernels.Tracker(active, system.backtrack, float(system.gcr), cosine, sine)


@dataclass(frozen=True)
class BifacialModel:
    """The chain called function by function in pvlib, which alone lights the rear."""

    system: PVSystem
    names: tuple[str, ...] = PV_NAMES

    def hours(self, time: np.ndarray) -> np.ndarray:
        """Return the labels themselves."""
        return time

    def cells(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Return the coordinates themselves."""
        return np.stack([latitude, longitude])

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell)."""
        exact = {
            name: np.asarray(array, np.float64)
            for name, array in zip(self.names, values, strict=True)
        }
        out[:] = pvlib_block(exact, hours, cells[0], cells[1], self.system)


@dataclass(frozen=True)
class WindModel:
    """The compiled wind farm."""

    plant: WindPlant
    names: tuple[str, ...] = WIND_NAMES
    takes_packed: ClassVar[bool] = True
    speed_ratio: float = 1.0
    curve: wind_kernels.Curve = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        curve = self.plant.power_curve
        object.__setattr__(self, "curve", wind_kernels.make_curve(curve.wind_speed, curve.power))

    def hours(self, time: np.ndarray) -> np.ndarray:
        """Return nothing but one row each."""
        return np.empty((time.size, 0))

    def cells(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Return nothing but one column each."""
        return np.empty((0, latitude.size))

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell)."""
        announce((wind_kernels.wind_rows,))
        plant, shear = self.plant, SHEARS[self.plant.shear]
        numbers = wind_kernels.Farm(
            hub_height=plant.hub_height,
            shear_min=plant.shear_min,
            shear_max=plant.shear_max,
            factor=plant.speed_factor,
            speed_ratio=self.speed_ratio,
            coldest=plant.temperature_min,
            kept=1 - combined_loss(plant.losses),
        )
        farm = wind_kernels.Farm(*(out.dtype.type(number) for number in numbers))
        dense = plant.density_correction
        wind_kernels.wind_rows(*inputs_of(values), farm, shear, dense, self.curve, out)


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
