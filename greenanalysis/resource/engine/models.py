"""What turns blocks of weather into capacity factors: one small object for each kind of plant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, singledispatch
from typing import Any, ClassVar, Protocol

import numpy as np

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.resource.engine import pv_kernels, wind_kernels
from greenanalysis.resource.engine import pv_kernels as decomposition
from greenanalysis.resource.engine.compiled import announce
from greenanalysis.resource.engine.geometry import cell_vectors, sun_vectors
from greenanalysis.resource.engine.source import Packed, inputs_of
from greenanalysis.resource.losses import combined_loss
from greenanalysis.resource.pv.reference import pvlib_block
from greenanalysis.resource.pv.system import SAPM, PVSystem, module_table
from greenanalysis.resource.wind.farm import WindPlant

PV_NAMES = ("ghi", "dni", "dhi", "temp_air", "wind_speed_10m")
WIND_NAMES = ("wind_speed_10m", "wind_speed_100m", "temp_air", "pressure")
Values = np.ndarray | Packed
_SKIES = {"isotropic": 0, "haydavies": 1, "perez": 2}
_DECOMPOSITIONS = {"erbs": decomposition.ERBS, "disc": decomposition.DISC}
_SHEARS = {"two_heights": 0, "power_law": 1, "log": 2}


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
        sky = _SKIES[self.system.transposition]
        numbers, tracker = _plant(self.system, out.dtype), _tracker(self.system)
        module = module_table(self.system.module)
        pv_kernels.pv_rows(*inputs_of(values), hours, cells, numbers, module, tracker, sky, out)


@lru_cache(maxsize=64)
def _plant(system: PVSystem, dtype: np.dtype) -> pv_kernels.Plant:
    n = system.refractive_index
    sapm = SAPM.get(system.temperature_model, {})
    normal = (1 - ((1 - n) / (1 + n)) ** 2) * np.exp(-pv_kernels.EXTINCTION)
    numbers = pv_kernels.Plant(
        albedo=system.albedo,
        refractive_index=n,
        per_normal_light=1 / normal,
        sapm=bool(sapm),
        sapm_a=sapm.get("a", 0.0),
        sapm_b=sapm.get("b", 0.0),
        sapm_rise=sapm.get("deltaT", 0.0) / 1000,
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
    typed = pv_kernels.Plant(*(dtype.type(number) for number in numbers))
    return typed._replace(sapm=numbers.sapm)


def _tracker(system: PVSystem) -> pv_kernels.Tracker:
    limit = np.radians(system.max_angle)
    active = system.mounting == "single_axis"
    cosine, sine = float(np.cos(limit)), float(np.sin(limit))
    return pv_kernels.Tracker(active, system.backtrack, float(system.gcr), cosine, sine)


@dataclass(frozen=True)
class GlobalLightPV:
    """The compiled chain where only ``ghi`` is known: ``"erbs"`` or ``"disc"`` finds the beam.

    Raises
    ------
    InputError : another decomposition, or modules with a rear.
    """

    system: PVSystem
    decomposition: str = "erbs"
    names: tuple[str, ...] = ("ghi", "temp_air", "wind_speed_10m")

    def __post_init__(self) -> None:
        if self.decomposition not in _DECOMPOSITIONS:
            where = "GlobalLightPV"
            raise unknown_name("decomposition", self.decomposition, _DECOMPOSITIONS, where=where)
        if self.system.bifaciality > 0:
            got = self.system.bifaciality
            raise input_error("bifaciality", where="decomposition", allowed=0, got=got)

    hours = PVModel.hours
    cells = PVModel.cells

    def fill(
        self, values: Sequence[Values], hours: np.ndarray, cells: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill ``out`` (hour, cell)."""
        ghi, temp_air, wind_speed = values
        announce((decomposition.split_rows,))
        beam, sky = np.empty_like(out), np.empty_like(out)
        code = _DECOMPOSITIONS[self.decomposition]
        decomposition.split_rows(ghi, hours, cells, code, beam, sky)
        PVModel(self.system).fill([ghi, beam, sky, temp_air, wind_speed], hours, cells, out)


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
        indexed = wind_kernels.make_curve(
            curve.wind_speed, curve.power, hold_cut_out=self.plant.hold_cut_out
        )
        object.__setattr__(self, "curve", indexed)

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
        plant, shear = self.plant, _SHEARS[self.plant.shear]
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
