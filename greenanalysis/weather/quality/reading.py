"""A sample of cells in memory, and how to read each variable in its canonical unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.variables import DIMS
from greenanalysis.weather.clearsky import clear_sky, elevation_deg, sun
from greenanalysis.weather.climate import climate_at
from greenanalysis.weather.quality.opening import TILE
from greenanalysis.weather.quality.units import Unit

MOST_VALUES = 3_000_000
MOST_CELLS = 64
MOST_IN_TILE = 12_000_000
RESET_SHARE = 0.2
SHEAR = 1 / 7
"""Exponent of the power law that carries the climatology's wind from 100 m to 10 m."""


Sky = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Reading:
    """How to read a variable: its unit, and whether it adds up over the day."""

    unit: Unit
    accumulated: bool = False

    def canonical(self, values: np.ndarray) -> np.ndarray:
        """Return values (time, ...) in the canonical unit."""
        hourly = hourly_parts(values) if self.accumulated else values
        if self.unit.factor == 1 and self.unit.offset == 0:
            return hourly
        return hourly * self.unit.factor + self.unit.offset


@dataclass(frozen=True, eq=False)
class Lattice:
    """Cells spread over the grid: labels, places, and what the ground there is like.

    ``latitude``, ``longitude``, ``altitude`` (m) and ``wind`` (mean at 100 m, m s-1) are (cell);
    ``turbidity`` is (12, cell); ``values`` (time, cell) by variable, as in the file at first.
    ``skies`` keeps what :meth:`sky` has computed.
    """

    times: pd.DatetimeIndex
    step: pd.Timedelta
    latitude: np.ndarray
    longitude: np.ndarray
    altitude: np.ndarray
    turbidity: np.ndarray
    wind: np.ndarray
    values: dict[str, np.ndarray]
    cells: int
    skies: dict[pd.Timedelta, Sky] = field(default_factory=dict)

    @property
    def placed(self) -> bool:
        """Whether the cells have places, so that the sun can be found."""
        return bool(np.isfinite(self.latitude).all() and np.isfinite(self.longitude).all())

    @property
    def coverage(self) -> str:
        """How many of the cells these are, for messages."""
        return f"{len(self.latitude)} of {self.cells} cells"

    def sky(self, late: pd.Timedelta) -> Sky:
        """Return elevation (degrees), cloudless GHI (W m-2) and the extraterrestrial normal.

        Parameters
        ----------
        late : how much later than the sun the labels run; taken off before the sun is sought.

        Returns
        -------
        tuple : (time, cell), (time, cell), (time).
        """
        if late in self.skies:
            return self.skies[late]
        middle = self.times - self.step / 2 - late
        position = sun(middle)
        elevation = elevation_deg(position, self.latitude, self.longitude)
        clear = clear_sky(
            elevation,
            position.extraterrestrial[:, None],
            linke_turbidity=self.turbidity[middle.month.to_numpy() - 1],
            altitude=self.altitude,
        )
        self.skies[late] = elevation, clear, position.extraterrestrial
        return self.skies[late]


def lattice_of(dataset: xr.Dataset, times: pd.DatetimeIndex, step: pd.Timedelta) -> Lattice:
    """Load up to :data:`MOST_CELLS` cells spread over the grid, all hours of them."""
    side = int(np.sqrt(np.clip(MOST_VALUES // len(times), 4, MOST_CELLS)))
    picked = {
        dim: np.unique(((np.arange(side) + 0.5) * dataset.sizes[dim] / side).astype(int))
        for dim in TILE
    }
    part = dataset.isel(picked).load()
    grid = np.meshgrid(
        part["latitude"].to_numpy().astype(float),
        part["longitude"].to_numpy().astype(float),
        indexing="ij",
    )
    latitude, longitude = (axis.ravel() for axis in grid)
    ground = climate_at(
        ("elevation", "linke_turbidity", "wind_speed_100m_mean"), latitude, longitude
    )
    return Lattice(
        times=times,
        step=step,
        latitude=latitude,
        longitude=longitude,
        altitude=ground["elevation"],
        turbidity=ground["linke_turbidity"],
        wind=ground["wind_speed_100m_mean"],
        values={
            str(name): array.to_numpy().reshape(len(times), -1) for name, array in part.items()
        },
        cells=dataset.sizes["latitude"] * dataset.sizes["longitude"],
    )


def adds_up(values: np.ndarray) -> bool:
    """Say whether irradiance (time, cell) is a sum that grows through the day and starts anew."""
    steps = np.diff(values, axis=0)
    moving = np.isfinite(steps) & (steps != 0)
    return bool(moving.any()) and float((steps < 0)[moving].mean()) < RESET_SHARE


def hourly_parts(values: np.ndarray) -> np.ndarray:
    """Return what was added in each step to a sum (time, ...) that starts anew now and then."""
    steps = np.diff(values, axis=0, prepend=values[:1])
    parts = np.where(steps < 0, values, steps)
    parts[0] = values[0]
    return parts


def expected_size(lattice: Lattice, name: str, clear: np.ndarray | None) -> float:
    """Return what :class:`~greenanalysis.weather.quality.units.Scale` expects of a variable."""
    if name in ("ghi", "dni", "dhi"):
        if clear is None:
            return 900.0
        size = float(np.quantile(clear, 0.999))
        return size * (0.4 if name == "dhi" else 1.0)
    if name.startswith("wind"):
        return float(lattice.wind.mean()) * (0.1**SHEAR if name == "wind_speed_10m" else 1.0)
    return np.nan


def tiles(dataset: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield the dataset tile by tile, lazily, all hours of some cells each."""
    rows, columns = TILE["latitude"], TILE["longitude"]
    columns *= max(1, MOST_IN_TILE // (dataset.sizes["time"] * rows * columns))
    for top in range(0, dataset.sizes["latitude"], rows):
        for left in range(0, dataset.sizes["longitude"], columns):
            yield dataset.isel(
                latitude=slice(top, top + rows), longitude=slice(left, left + columns)
            )


def place(tile: xr.Dataset, mask: np.ndarray) -> str:
    """Return the coordinates of the first hit of a mask (time, latitude, longitude)."""
    index = np.unravel_index(int(np.argmax(mask)), mask.shape)
    labels = [tile[dim].to_numpy()[i] for dim, i in zip(DIMS, index, strict=True)]
    return ", ".join(f"{dim}={str(v)[:16]}" for dim, v in zip(DIMS, labels, strict=True))
