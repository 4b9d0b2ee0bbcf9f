"""Makes a synthetic year in the on-disk format of atlite cutouts: ``-m benchmarks.cutout``.

The weather is made up (smooth random fields over simple climate, sun from atlite's almanac); only
names, units, attributes, data types, chunks and compression are those of an ERA5 cutout. Values are
rounded as 16-bit GRIB packing would, so that they compress like forecasts and not like noise.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr
from atlite.pv.solar_position import SolarPosition
from scipy.interpolate import BSpline
from scipy.signal import lfilter

from greenanalysis.core.files import atomic_path

LONGITUDE, LATITUDE, STEP = (46.0, 88.0), (40.0, 56.0), 0.25
BLOCK = 100
"""Hours of a chunk, atlite's default."""
SEED = 20190301
NAMES = {
    "wnd100m": ("wind", "m s**-1", "100 metre wind speed"),
    "wnd_shear_exp": ("wind", "", "wind shear exponent"),
    "roughness": ("wind", "m", "Forecast surface roughness"),
    "influx_toa": ("influx", "W m**-2", "TOA incident short-wave radiation"),
    "influx_direct": ("influx", "W m**-2", "Surface direct short-wave radiation"),
    "influx_diffuse": ("influx", "W m**-2", "Surface diffuse short-wave radiation"),
    "albedo": ("influx", "(0 - 1)", "Albedo"),
    "solar_altitude": ("influx", "rad", "Solar altitude"),
    "solar_azimuth": ("influx", "rad", "Solar azimuth"),
    "temperature": ("temperature", "K", "2 metre temperature"),
}


class Noise:
    """Gaussian field of unit variance, smooth in space, remembering some hours of itself."""

    def __init__(
        self, rng: np.random.Generator, shape: tuple[int, int, int], cells: int, hours: float
    ):
        rows, columns = (_splines(size, cells) for size in shape[1:])
        keep = np.exp(-1 / hours)
        knots = rng.standard_normal((shape[0], rows.shape[1], columns.shape[1]), dtype=np.float32)
        knots[1:] *= np.sqrt(1 - keep**2)
        self.knots = lfilter([1.0], [1.0, -keep], knots, axis=0).astype(np.float32)
        spread = np.sqrt((rows**2).sum(1).mean() * (columns**2).sum(1).mean())
        self.rows, self.columns = (rows / spread).astype(np.float32), columns.astype(np.float32)

    def __getitem__(self, hours: slice) -> np.ndarray:
        return self.rows @ self.knots[hours] @ self.columns.T


def _splines(size: int, cells: int) -> np.ndarray:
    knots = (np.arange(-3, -(-(size - 1) // cells) + 5)) * float(cells)
    return BSpline.design_matrix(np.arange(size, dtype=float), knots, 3).toarray()


def _rounded(values: np.ndarray) -> np.ndarray:
    """Round every hour's field to 16 bits of its own range, in steps that are powers of two."""
    low = values.min(axis=(1, 2), keepdims=True)
    span = np.maximum(values.max(axis=(1, 2), keepdims=True) - low, 1e-6)
    step = np.exp2(np.ceil(np.log2(span / 65535)))
    return (low + np.rint((values - low) / step) * step).astype(np.float32)


class Weather:
    """Fields of all hours, computed a block at a time."""

    def __init__(self, time: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray):
        rng = np.random.default_rng(SEED)
        shape = (time.size, latitude.size, longitude.size)
        self.time, self.latitude, self.longitude = time, latitude, longitude
        scales = {"u": (16, 30.0), "v": (16, 30.0), "cloud": (10, 15.0), "warm": (24, 60.0)}
        scales |= {"ground": (20, 400.0), "shear": (10, 10.0), "fine": (4, 6.0)}
        self.noise = {name: Noise(rng, shape, *scale) for name, scale in scales.items()}
        x, y = np.meshgrid(longitude, latitude)
        mountains = np.exp(-(((x - 79) / 8) ** 2) - ((y - 41) / 2.5) ** 2)
        self.height = (150 + 50 * np.tanh((x - 58) / 4) + 2600 * mountains).astype(np.float32)

    def block(self, hours: slice) -> dict[str, np.ndarray]:
        noise = {name: field[hours] for name, field in self.noise.items()}
        time = self.time[hours]
        season = np.cos(2 * np.pi * (time.dayofyear.to_numpy() - 197) / 365)[:, None, None]
        local = time.hour.to_numpy()[:, None, None] + self.longitude / 15
        warmth = np.cos(2 * np.pi * (local - 15) / 24)
        place = self.latitude[:, None]
        fields = self._sun(time)
        sine = np.sin(fields["solar_altitude"]).clip(0)
        kelvin = 281 - 0.75 * (place - 48) - 0.0055 * self.height + 17 * season + 5 * warmth
        kelvin = kelvin + 5 * noise["warm"]
        cover = 1 / (1 + np.exp(-1.8 * (noise["cloud"] + 0.4 * noise["fine"]) + 0.5 * season))
        clear = 0.75 ** (1 / np.maximum(sine, 0.05) ** 0.7)
        toa = 1361.0 * sine
        direct = toa * clear * (1 - cover) ** 1.6
        diffuse = np.minimum(0.12 * toa + 0.4 * (toa * clear - direct), toa - direct)
        speed = np.hypot(4.6 * noise["u"] + 1.8, 4.6 * noise["v"] - 0.4) + 0.3 * abs(noise["fine"])
        snow = 1 / (1 + np.exp((kelvin - 271) / 2))
        albedo = np.clip(0.2 + 0.03 * noise["ground"] + 0.4 * snow, 0.05, 0.85)
        rough = 0.03 * np.exp(0.0008 * self.height + 0.35 * noise["ground"])
        shear = np.clip(0.16 - 0.05 * warmth + 0.05 * noise["shear"], -0.1, 0.6)
        made = {
            "wnd100m": speed,
            "wnd_shear_exp": shear,
            "roughness": np.clip(rough, 2e-4, 2),
            "influx_toa": toa,
            "influx_direct": direct,
            "influx_diffuse": diffuse,
            "albedo": albedo,
            "temperature": kelvin,
        }
        return fields | {name: _rounded(values) for name, values in made.items()}

    def _sun(self, time: pd.DatetimeIndex) -> dict[str, np.ndarray]:
        axes = {"time": time, "lat": self.latitude, "lon": self.longitude}
        grid = xr.Dataset(coords=axes).chunk(time=BLOCK)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            sun = SolarPosition(grid, time_shift="-30min").transpose("time", "lat", "lon")
        return {f"solar_{name}": sun[name].to_numpy().astype(np.float32) for name in sun}


def make_cutout(path: Path, *, hours: int, level: int = 9) -> None:
    """Write a cutout of 169 x 65 cells from the start of 2019; ``level`` is zlib's."""
    time = pd.date_range("2019-01-01", periods=hours, freq="h")
    longitude = np.arange(LONGITUDE[0], LONGITUDE[1] + STEP / 2, STEP)
    latitude = np.arange(LATITUDE[0], LATITUDE[1] + STEP / 2, STEP)
    weather = Weather(time, latitude, longitude)
    with atomic_path(path) as staged, netCDF4.Dataset(staged, "w") as file:
        _create(file, time, latitude, longitude, level)
        file["height"][:] = weather.height
        for start in range(0, hours, BLOCK):
            part = slice(start, min(start + BLOCK, hours))
            for name, values in weather.block(part).items():
                file[name][part] = values


def _create(
    file: netCDF4.Dataset,
    time: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    level: int,
) -> None:
    features = ["height", "wind", "influx", "temperature"]
    file.setncatts({"module": "era5", "prepared_features": features, "chunksize_time": BLOCK})
    file.setncatts({"dx": STEP, "dy": STEP, "comment": "synthetic, made by greenanalysis"})
    for name, values in (("time", time), ("y", latitude), ("x", longitude)):
        file.createDimension(name, len(values))
    hours = file.createVariable("time", "i8", ("time",))
    hours.setncatts({"units": f"hours since {time[0]}", "calendar": "proleptic_gregorian"})
    hours[:] = np.arange(time.size)
    for name, dim, values in (
        ("y", "y", latitude),
        ("lat", "y", latitude),
        ("x", "x", longitude),
        ("lon", "x", longitude),
    ):
        file.createVariable(name, "f8", (dim,))[:] = values
    pack = {"zlib": True, "complevel": level, "shuffle": True}
    height = file.createVariable("height", "f4", ("y", "x"), fill_value=np.nan, **pack)
    height.setncatts({"units": "m", "long_name": "Height", "module": "era5", "feature": "height"})
    height.coordinates = "lon lat"
    chunks = (min(BLOCK, time.size), latitude.size, longitude.size)
    for name, (feature, units, text) in NAMES.items():
        array = file.createVariable(
            name, "f4", ("time", "y", "x"), fill_value=np.nan, chunksizes=chunks, **pack
        )
        array.setncatts({"units": units, "long_name": text, "module": "era5", "feature": feature})
        array.coordinates = "lon lat"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--hours", type=int, default=8760)
    parser.add_argument("--level", type=int, default=9, help="of zlib; 9 is atlite's")
    given = parser.parse_args()
    make_cutout(given.path, hours=given.hours, level=given.level)


if __name__ == "__main__":
    main()
