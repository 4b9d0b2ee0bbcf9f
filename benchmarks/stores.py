"""Turns the synthetic cutout into tile stores: as canonical weather."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from greenanalysis.core.files import atomic_path
from greenanalysis.core.variables import VARIABLES, WEATHER
from greenanalysis.resource.engine.source import Chunk
from greenanalysis.resource.engine.tiles import TileWriter, create_tiles, tile_shape

CANONICAL_RANGES = {name: (VARIABLES[name].minimum, VARIABLES[name].maximum) for name in WEATHER}


def open_cutout(path: Path) -> xr.Dataset:
    """Open a cutout with the project's names of dimensions."""
    dataset = xr.open_dataset(path, chunks=None, engine="netcdf4").drop_vars(["lat", "lon"])
    return dataset.rename(y="latitude", x="longitude")


def canonical_variables(part: xr.Dataset, height: xr.DataArray) -> dict[str, np.ndarray]:
    """Canonical weather of a cutout; the pressure is that of the height alone."""
    direct, diffuse = part["influx_direct"].to_numpy(), part["influx_diffuse"].to_numpy()
    sine = np.sin(part["solar_altitude"].to_numpy())
    beam = np.where(sine > 0.02, direct / np.maximum(sine, 0.02), 0).clip(0, 1400)
    speed = part["wnd100m"].to_numpy()
    still = np.broadcast_to(101325 * np.exp(-height.to_numpy() / 8400), speed.shape)
    return {
        "ghi": direct + diffuse,
        "dni": beam,
        "dhi": diffuse,
        "temp_air": part["temperature"].to_numpy() - 273.15,
        "pressure": still,
        "wind_speed_10m": speed * 0.1 ** part["wnd_shear_exp"].to_numpy(),
        "wind_speed_100m": speed,
    }


def make_store(
    cutout: Path,
    path: Path,
    *,
    ranges: dict[str, tuple[float, float]],
    packed: bool,
) -> None:
    """Write a tile store of a cutout."""
    weather = open_cutout(cutout)
    hours = weather.sizes["time"]
    with atomic_path(path, directory=True) as staged:
        writer = _create(staged, weather["time"].to_numpy(), weather, ranges, packed)
        tile = tile_shape(weather.sizes["latitude"], weather.sizes["longitude"])
        for start in range(0, hours, tile[0]):
            part = weather.isel(time=slice(start, start + tile[0])).load()
            _write(writer, canonical_variables(part, weather["height"]), start, tile)


def _create(
    path: Path,
    time: np.ndarray,
    grid: xr.Dataset,
    ranges: dict[str, tuple[float, float]],
    packed: bool,
) -> TileWriter:
    return create_tiles(
        path,
        time=time,
        latitude=grid["latitude"].to_numpy(),
        longitude=grid["longitude"].to_numpy(),
        variables={name: _attrs(name) for name in ranges},
        ranges=ranges if packed else None,
    )


def repeat_store(
    one: Path, path: Path, *, ranges: dict[str, tuple[float, float]], years: int
) -> None:
    """Make a store of one year, packed, after itself ``years`` times; tiles are links."""
    weather = xr.open_zarr(one, consolidated=False)
    hours = weather.sizes["time"]
    tile_hours = tile_shape(weather.sizes["latitude"], weather.sizes["longitude"])[0]
    if hours % tile_hours:
        raise ValueError(f"{hours} hours are no whole number of tiles")
    steps = np.arange(years * hours) * np.timedelta64(1, "h")
    with atomic_path(path, directory=True) as staged:
        _create(staged, weather["time"].to_numpy()[0] + steps, weather, ranges, packed=True)
        for name in ranges:
            for tile in (one / name / "c").glob("*/*/*"):
                number, *place = tile.relative_to(one / name / "c").parts
                for year in range(years):
                    later = str(int(number) + year * hours // tile_hours)
                    link = staged.joinpath(name, "c", later, *place)
                    link.parent.mkdir(parents=True, exist_ok=True)
                    link.hardlink_to(tile)


def _write(
    writer: TileWriter, values: dict[str, np.ndarray], start: int, tile: tuple[int, int, int]
) -> None:
    hours, rows, columns = next(iter(values.values())).shape
    for row in range(0, rows, tile[1]):
        for column in range(0, columns, tile[2]):
            box = (slice(0, hours), slice(row, row + tile[1]), slice(column, column + tile[2]))
            chunk = Chunk(slice(start, start + hours), *box[1:])
            for name, array in values.items():
                writer.write(name, chunk, array[box])


def _attrs(name: str) -> dict[str, str]:
    known = VARIABLES[name]
    return {"units": known.units, "long_name": known.long_name}
