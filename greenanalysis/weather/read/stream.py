"""An atlite cutout as canonical weather in chunks, for passes that never hold all hours.

The numbers are those of :func:`~greenanalysis.weather.read.cutout.cutout_weather`, computed by
compiled kernels from the chunks as they lie in the file, and checked as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

from greenanalysis.core.cache import known_digest
from greenanalysis.core.errors import input_error, refusing
from greenanalysis.core.variables import DIMS, VARIABLES, WEATHER, require_values
from greenanalysis.resource.engine.chunks import StoredVariable, stored_variable
from greenanalysis.resource.engine.compiled import exp, kernel, log
from greenanalysis.resource.engine.geometry import UP, cell_vectors, sun_vectors
from greenanalysis.resource.engine.source import Chunk, scratch
from greenanalysis.weather import canonical
from greenanalysis.weather.clearsky import HIGHEST_TRANSMITTANCE, LOWEST_SINE
from greenanalysis.weather.read import cutout

_LEAST_HOURS = 100
"""Hours read at a time, at least, where the chunks of the file hold fewer."""
_LIGHT = ("ghi", "dni", "dhi")
_AXES = ("time", "y", "x")
_ATTRIBUTES = {
    *("units", "calendar", "module", "feature", "_FillValue", "missing_value"),
    *("scale_factor", "add_offset"),
}
"""Of a variable, that say how to read it."""
_NIGHT_SINE = float(np.sin(np.radians(canonical.NIGHT_DEG)))
_LN10 = float(np.log(10.0))


class CutoutSource:
    """An atlite cutout as canonical weather for ``reduce``; also by its own variables' names.

    Raises
    ------
    InputError : as :func:`~greenanalysis.weather.read.cutout.open_cutout`, for values when their
        chunk is read.
    """

    def __init__(self, path: Path, header: xr.Dataset, stored: Mapping[str, StoredVariable]):
        self.path, self.stored = path, dict(stored)
        cutout.refuse_unprepared(header, str(path))
        self.needs = _needs(header, str(path))
        axes = header[["time", "y", "x"]].drop_vars(["lon", "lat"], errors="ignore")
        axes = axes.rename({"y": "latitude", "x": "longitude"})
        axes.attrs = cutout.box_of(axes)
        canonical.validate_axes(axes, where=str(path))
        self.time, self.latitude, self.longitude = (axes[dim].to_numpy() for dim in DIMS)
        self.attrs = {
            "name": path.stem,
            "grade": "real",
            "source": cutout.source_text(path, header),
            "hash": known_digest(path),
        }
        self.pressure: np.ndarray | None = None
        if not self.needs["pressure"]:
            static = cutout.pressure(header, str(path)).to_numpy()
            self.pressure = static.astype(np.float32).reshape(-1)

    def chunks(self) -> list[Chunk]:
        """Return boxes of hours over the whole grid that begin where chunks of the file do."""
        step = max(variable.chunk[0] for variable in self.stored.values())
        step *= max(1, _LEAST_HOURS // step)
        rows, columns = slice(0, self.latitude.size), slice(0, self.longitude.size)
        return [
            Chunk(slice(start, min(start + step, self.time.size)), rows, columns)
            for start in range(0, self.time.size, step)
        ]

    def piece(self, chunk: Chunk, names: Sequence[str]) -> CutoutPiece:
        """Return what reads one chunk."""
        raw = {part for name in names for part in self.needs.get(name, (name,))}
        for name in sorted(raw - set(self.stored)):
            allowed = sorted({*WEATHER, *self.stored})
            raise input_error(f"variable {name!r}", where=str(self.path), allowed=allowed, got=name)
        return CutoutPiece(
            path=self.path,
            stored={name: self.stored[name].only(chunk.hours) for name in sorted(raw)},
            needs=self.needs,
            hours=chunk.hours,
            time=self.time[chunk.hours],
            latitude=self.latitude,
            longitude=self.longitude,
            pressure=self.pressure,
        )


@dataclass(frozen=True, eq=False)
class CutoutPiece:
    """Some hours of a cutout; can be pickled, for it holds no values before they are read."""

    path: Path
    stored: Mapping[str, StoredVariable]
    needs: Mapping[str, tuple[str, ...]]
    hours: slice
    time: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    pressure: np.ndarray | None

    def read(self, names: Sequence[str], cells: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Return canonical variables, or the cutout's own, as (hour, cell), checked."""
        parts = sorted({part for name in names for part in self.needs.get(name, (name,))})
        raw = {part: self.stored[part].read(self.hours, cells) for part in parts}
        places = np.arange(self.latitude.size * self.longitude.size) if cells is None else cells
        values = {name: raw[name] for name in names if name not in self.needs}
        if set(_LIGHT) & set(names):
            values |= self._light(raw, places)
        for name in [name for name in names if name not in values]:
            values[name] = self._converted(name, [raw[part] for part in self.needs[name]], places)
        for name in [name for name in WEATHER if name in names]:
            limits = VARIABLES[name]
            if not _within(values[name], limits.minimum, limits.maximum):
                require_values(self._labelled(name, values[name], places), where=str(self.path))
        return values

    def _converted(self, name: str, raw: list[np.ndarray], places: np.ndarray) -> np.ndarray:
        if len(raw) == 1 and name != "temp_air":
            return raw[0]
        out = self._room(name, places)
        if name == "temp_air":
            np.subtract(raw[0], np.float32(cutout.KELVIN), out=out)
        elif self.pressure is not None and name == "pressure":
            out[:] = self.pressure[places]
        elif self.needs[name][1] == "roughness":
            _by_roughness(*raw, out)
        else:
            _by_exponent(*raw, out)
        return out

    def _light(self, raw: dict[str, np.ndarray], places: np.ndarray) -> dict[str, np.ndarray]:
        grid = np.meshgrid(self.latitude, self.longitude, indexing="ij")
        latitude, longitude = (axis.ravel()[places].astype(np.float64) for axis in grid)
        level = np.zeros_like(latitude)
        up = cell_vectors(latitude, longitude, tilt=level, azimuth=level)[UP : UP + 3]
        values = {name: self._room(name, places) for name in _LIGHT}
        fluxes = (raw[part] for part in self.needs["ghi"])
        cell = _split_rows(*fluxes, sun_vectors(self.time), up, *values.values())
        if cell >= 0:
            lit = [self._labelled(name, values[name], places) for name in _LIGHT]
            row, column = divmod(int(places[cell]), self.longitude.size)
            here = xr.merge(lit).isel(latitude=[row], longitude=[column])
            canonical.refuse_false_sun(here, where=str(self.path))
        return values

    def _room(self, name: str, places: np.ndarray) -> np.ndarray:
        return scratch(f"weather {name}", (self.time.size, places.size), np.float32)

    def _labelled(self, name: str, values: np.ndarray, places: np.ndarray) -> xr.DataArray:
        """Return values on their grid; what was not read is within the limits."""
        axes = dict(zip(DIMS, (self.time, self.latitude, self.longitude), strict=True))
        shape = (self.time.size, self.latitude.size * self.longitude.size)
        whole = np.full(shape, VARIABLES[name].maximum, np.float32)
        whole[:, places] = values
        return xr.DataArray(whole.reshape([a.size for a in axes.values()]), axes, DIMS, name=name)


def open_stream(path: Path) -> CutoutSource | None:
    """Return a cutout as chunks, None where the file is no cutout or must be read by xarray.

    Those of the module sarah, whose hours are moved, grids that are not ascending, and files that
    are packed in a way of their own are left to
    :func:`~greenanalysis.weather.read.cutout.open_cutout`.

    Raises
    ------
    InputError : a cutout that lacks a feature, or has other units, hours or an other extent.
    """
    if not (path.is_file() and h5py.is_hdf5(path)):
        return None
    where = str(path)
    with refusing(f"cutout {path} cannot be read"), h5py.File(path) as file:
        header = _header(file)
        if not cutout.is_cutout(header) or cutout.solar_module(header) == "sarah":
            return None
        if any((np.diff(header[axis].to_numpy()) <= 0).any() for axis in ("y", "x")):
            return None
        cutout.refuse_unprepared(header, where)
        parts = {part for needed in _needs(header, where).values() for part in needed}
        hourly = [str(name) for name, array in header.items() if array.dims == _AXES]
        known = {name: stored_variable(file, path, name) for name in hourly}
        stored = {name: variable for name, variable in known.items() if variable is not None}
        return CutoutSource(path, header, stored) if parts <= set(stored) else None


def _header(file: h5py.File) -> xr.Dataset:
    """Return what a netCDF-4 file holds, its axes and maps with values, the rest as zeros.

    netCDF's own library crashes on some damaged files; h5py says what is wrong with them.
    """
    small: dict[str, Any] = {}
    hourly: dict[str, Any] = {}
    for name, array in file.items():
        if not isinstance(array, h5py.Dataset):
            continue
        attrs = {key: _plain(array.attrs[key]) for key in array.attrs if key in _ATTRIBUTES}
        if array.is_scale:
            small[name] = ((name,), array[:], attrs)
            continue
        dims = tuple(_dimension(dim) for dim in array.dims)
        if len(dims) < len(_AXES) and all(dims):
            small[name] = (dims, array[()], attrs)
        elif dims == _AXES:
            hourly[name] = (dims, np.broadcast_to(np.float32(0), array.shape), attrs)
    attrs = {key: _plain(value) for key, value in file.attrs.items()}
    decoded = xr.decode_cf(xr.Dataset(small, attrs=attrs), decode_coords=False)
    return decoded.assign(hourly)


def _dimension(dim: Any) -> str:
    return str(dim[0].name).rpartition("/")[2] if len(dim) else ""


def _plain(value: Any) -> Any:
    """Return an attribute as numpy or Python hold it; the text of HDF5 is bytes or strings."""
    items = [item.decode() if isinstance(item, bytes) else item for item in np.ravel(value)]
    return items[0] if len(items) == 1 else items


def _needs(header: xr.Dataset, where: str) -> dict[str, tuple[str, ...]]:
    """Return by canonical variable those of the cutout that it is computed from."""
    light = ("influx_direct", "influx_diffuse")
    measured = [name for name in ("pressure", "surface_pressure") if name in header]
    return {
        **dict.fromkeys(_LIGHT, light),
        "temp_air": ("temperature",),
        "pressure": tuple(measured[:1]),
        "wind_speed_10m": cutout.wind_10m_parts(header, where),
        "wind_speed_100m": ("wnd100m",),
    }


@kernel()
def _split_rows(beam, diffuse, sun, up, ghi, dni, dhi):  # type: ignore[no-untyped-def]
    """Fill global, direct normal and diffuse irradiance; return a cell with light by night or -1.

    Parameters
    ----------
    beam, diffuse : (hour, cell), W/m2, on the horizontal; a negative rounding becomes zero.
    sun : of :func:`~greenanalysis.resource.engine.geometry.sun_vectors`.
    up : (3, cell), upward unit vectors in the same frame.

    Notes
    -----
    The rule of :func:`~greenanalysis.weather.clearsky.split_horizontal_beam`. One array is written
    a loop, so that the compiler vectorises.
    """
    size, lit = beam.shape[1], -1
    exact, rooms = np.empty((3, size)), np.empty((2, size), np.float32)
    sine, per, facing, direct, sky = exact[0], exact[1], exact[2], rooms[0], rooms[1]
    for t in range(beam.shape[0]):
        s0, s1, s2 = sun[t, 0], sun[t, 1], sun[t, 2]
        ceiling = HIGHEST_TRANSMITTANCE * sun[t, 4]
        for i in range(size):
            sine[i] = s0 * up[0, i] + s1 * up[1, i] + s2 * up[2, i]
        for i in range(size):
            per[i] = 1.0 / max(sine[i], LOWEST_SINE) if sine[i] > LOWEST_SINE else 0.0
        _clean(beam[t], direct)
        _clean(diffuse[t], sky)
        whole, normal, rest = ghi[t], dni[t], dhi[t]
        for i in range(size):
            whole[i] = direct[i] + sky[i]
        for i in range(size):
            facing[i] = direct[i] * per[i]
        for i in range(size):
            normal[i] = ceiling if facing[i] > ceiling else facing[i]
        for i in range(size):
            taken = (ceiling if facing[i] > ceiling else facing[i]) * sine[i]
            rest[i] = sky[i] if (per[i] > 0.0) & (facing[i] <= ceiling) else whole[i] - taken
        dark = _lit_by_night(sine, whole)
        lit = dark if dark >= 0 else lit
    return lit


@kernel()
def _lit_by_night(sine, ghi):  # type: ignore[no-untyped-def]
    """Return a cell that is bright with the sun far below the horizon, -1 if there is none."""
    wrong, lit = 0, -1
    for i in range(ghi.size):
        wrong += (sine[i] < _NIGHT_SINE) & (ghi[i] > canonical.NIGHT_W_M2)
    for i in range(ghi.size if wrong else 0):
        lit = i if (sine[i] < _NIGHT_SINE) & (ghi[i] > canonical.NIGHT_W_M2) else lit
    return lit


@kernel()
def _clean(flux, out):  # type: ignore[no-untyped-def]
    rounding, zero = np.float32(-cutout.ROUNDING_W_M2), np.float32(0)
    for i in range(flux.size):
        out[i] = zero if (flux[i] < zero) & (flux[i] >= rounding) else flux[i]


@kernel()
def _by_exponent(high, exponent, low):  # type: ignore[no-untyped-def]
    """Wind at 10 m from that at 100 m and the exponent of the power law between them."""
    zero, minus = np.float32(0), np.float32(-_LN10)
    for t in range(low.shape[0]):
        for i in range(low.shape[1]):
            wind = high[t, i] * exp(minus * exponent[t, i])
            low[t, i] = zero if high[t, i] <= zero else wind


@kernel()
def _by_roughness(high, roughness, low):  # type: ignore[no-untyped-def]
    """Wind at 10 m from that at 100 m by the logarithmic law, roughness in m."""
    smooth, rough = np.float32(cutout.SMOOTHEST_M), np.float32(cutout.ROUGHEST_M)
    ten, hundred = np.float32(np.log(10.0)), np.float32(np.log(100.0))
    for t in range(low.shape[0]):
        for i in range(low.shape[1]):
            length = log(min(max(roughness[t, i], smooth), rough))
            held = high[t, i] * ((ten - length) / (hundred - length))
            low[t, i] = held if roughness[t, i] == roughness[t, i] else np.float32(np.nan)


@kernel()
def _within(values, low, high):  # type: ignore[no-untyped-def]
    """Whether all values (hour, cell) lie within limits and none is missing."""
    least, most = np.float32(low), np.float32(high)
    for t in range(values.shape[0]):
        wrong = 0
        for i in range(values.shape[1]):
            wrong += not ((values[t, i] >= least) & (values[t, i] <= most))
        if wrong:
            return False
    return True
