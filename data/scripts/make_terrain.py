"""Make data/climate/terrain.nc: what the shape of the land says about wind, every 1/12 degree.

pip install --no-deps --target PACKAGES itur==0.4.0
python data/scripts/make_terrain.py PACKAGES
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.ndimage import map_coordinates

from greenanalysis.core.files import atomic_path
from greenanalysis.weather.sample.wind_map import terrain_path

KM_PER_DEGREE = 111.2
STEP_DEG = 1 / 12
STEP_KM = KM_PER_DEGREE * STEP_DEG
READ = {"latitude": (36.0, 59.5), "longitude": (41.0, 91.0)}
KEPT = {"latitude": (38.0, 57.5), "longitude": (43.0, 89.0)}
"""The predictors look 70 km around, so more is read than kept."""
AXES = np.radians(np.arange(0, 360, 15))
REACH_KM = np.arange(10.0, 71.0, 10.0)
SIDE, END = (-2, -1, 0, 1, 2), (-1, 0, 1)
"""Neighbouring directions, of 15 degrees, that a wall and an open end are taken over."""


def heights(packages: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return latitude, longitude and mean height (m) of ITU-R P.1511 inside the box read."""
    tables = []
    for name in ("v2_lat", "v2_lon", "v2_topo"):
        with np.load(packages / "itur" / "data" / "1511" / f"{name}.npz") as held:
            tables.append(held[held.files[0]][::-1])
    lat, lon = tables[0][:, 0], tables[1][0]
    rows = (lat > READ["latitude"][0]) & (lat < READ["latitude"][1])
    columns = (lon > READ["longitude"][0]) & (lon < READ["longitude"][1])
    return lat[rows], lon[columns], tables[2][np.ix_(rows, columns)].astype(float)


def disc_mean(field: np.ndarray, column_km: np.ndarray, radius_km: float) -> np.ndarray:
    """Return the mean over a disc around each cell; ``column_km`` is the width of a cell by row."""
    total, count = np.zeros_like(field), np.zeros_like(field)
    reach = int(radius_km / STEP_KM) + 1
    for offset in range(-reach, reach + 1):
        half_km = np.sqrt(max(radius_km**2 - (offset * STEP_KM) ** 2, 0.0))
        for row in range(max(0, -offset), min(len(field), len(field) - offset)):
            half = int(half_km / column_km[row + offset])
            sums = np.cumsum(np.pad(field[row + offset], (half + 1, half), mode="edge"))
            total[row] += sums[2 * half + 1 :] - sums[: -2 * half - 1]
            count[row] += 2 * half + 1
    return total / count


def gap_index(height: np.ndarray, level: np.ndarray, column_km: np.ndarray) -> np.ndarray:
    """Return how much both walls of the best axis overtop both of its ends, m, at least 0.

    A wall is the highest ground within 70 km across the axis, averaged over 60 degrees; an end the
    lowest such crest within 30 degrees along it. Gaps and passes score, steppe and slopes do not.
    """
    row, column = np.meshgrid(*(np.arange(n) for n in height.shape), indexing="ij")

    def crest(axis: float) -> np.ndarray:
        along = [
            map_coordinates(
                height,
                [
                    row + reach * np.cos(axis) / STEP_KM,
                    column + reach * np.sin(axis) / column_km[:, None],
                ],
                order=1,
                mode="nearest",
            )
            for reach in REACH_KM
        ]
        return np.max(along, axis=0) - level

    crests = np.stack([crest(float(axis)) for axis in AXES])
    count = len(AXES)
    walls = sum(np.roll(crests, -offset, axis=0) for offset in SIDE) / len(SIDE)
    ends = np.min([np.roll(crests, -offset, axis=0) for offset in END], axis=0)
    across, half = count // 4, count // 2
    lower_wall = np.minimum(np.roll(walls, -across, axis=0), np.roll(walls, across, axis=0))
    higher_end = np.maximum(np.maximum(ends, np.roll(ends, half, axis=0)), 0)
    return np.maximum((lower_wall - higher_end)[:half].max(axis=0), 0)


def main(packages: Path) -> None:
    """Compute and write the predictors."""
    latitude, longitude, height = heights(packages)
    column_km = STEP_KM * np.cos(np.radians(latitude))
    level = disc_mean(height, column_km, 9)
    fields = {
        "elevation": ("mean height of the cell", level),
        "relief": (
            "height above the mean of 60 km around",
            level - disc_mean(height, column_km, 60),
        ),
        "gap": ("height of the walls of a gap above its ends", gap_index(height, level, column_km)),
    }
    data = xr.Dataset(
        {
            name: (("latitude", "longitude"), values, {"units": "m", "long_name": text})
            for name, (text, values) in fields.items()
        },
        {"latitude": latitude, "longitude": longitude},
        {"source": "ITU-R P.1511-2 heights as packed in itur 0.4.0"},
    )
    data = data.sel({name: slice(*ends) for name, ends in KEPT.items()})
    packing = {
        "dtype": "int16",
        "zlib": True,
        "complevel": 9,
        "scale_factor": 2.0,
        "_FillValue": -32768,
    }
    with atomic_path(terrain_path()) as staged:
        data.to_netcdf(staged, engine="netcdf4", encoding=dict.fromkeys(fields, packing))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
