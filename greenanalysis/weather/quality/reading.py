"""Weather as it lies in a file, canonical or not: names are understood, nothing is refused.

A sample of cells is read into memory, each variable in its canonical unit; units are those that the
file claims or that the values betray.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.variables import DIMS, WEATHER, variable_of, weather_names
from greenanalysis.weather.clearsky import clear_sky, elevation_deg, sun
from greenanalysis.weather.quality.verdict import ERROR, OK, WARNING, Finding
from greenanalysis.weather.read.cutout import on_axes
from greenanalysis.weather.sample.climate import climate_at


@dataclass(frozen=True)
class Unit:
    """Canonical value = value * ``factor`` + ``offset``; ``spellings`` are without blanks."""

    name: str
    factor: float
    offset: float
    spellings: tuple[str, ...]


IRRADIANCE = (
    Unit(
        "W m-2", 1.0, 0.0, ("wm-2", "w/m2", "w/m^2", "wm**-2", "w/m²", "whm-2", "wh/m2", "wh/m^2")
    ),
    Unit("J m-2 per hour", 1 / 3600, 0.0, ("jm-2", "j/m2", "j/m^2", "jm**-2", "j/m²")),
    Unit("kJ m-2 per hour", 1 / 3.6, 0.0, ("kjm-2", "kj/m2", "kj/m^2", "kjm**-2")),
    Unit("MJ m-2 per hour", 1 / 0.0036, 0.0, ("mjm-2", "mj/m2", "mj/m^2", "mj/hr", "mj/m^2/hr")),
    Unit("kW m-2", 1000.0, 0.0, ("kwm-2", "kw/m2", "kw/m^2", "kwhm-2", "kwh/m2", "kwh/m^2")),
)
_TEMPERATURE = (
    Unit("degC", 1.0, 0.0, ("degc", "c", "°c", "celsius", "deg_c", "degree_celsius")),
    Unit("K", 1.0, -273.15, ("k", "kelvin", "degk")),
)
_PRESSURE = (
    Unit("Pa", 1.0, 0.0, ("pa", "pascal")),
    Unit("hPa", 100.0, 0.0, ("hpa", "mbar", "millibar", "mb")),
    Unit("kPa", 1000.0, 0.0, ("kpa",)),
)
_WIND = (
    Unit("m s-1", 1.0, 0.0, ("ms-1", "m/s", "ms**-1", "ms^-1")),
    Unit("km h-1", 1 / 3.6, 0.0, ("kmh-1", "km/h", "kmh**-1", "kph", "kmph")),
)
_KNOTS = Unit("knots", 1852 / 3600, 0.0, ("kn", "kt", "kts", "knot", "knots"))
"""Too near to m s-1 to be told from the values; known by its label only."""

FAMILIES = {
    "ghi": IRRADIANCE,
    "dni": IRRADIANCE,
    "dhi": IRRADIANCE,
    "temp_air": _TEMPERATURE,
    "pressure": _PRESSURE,
}


def family_of(name: str) -> tuple[Unit, ...]:
    """Return the units that a variable may come in, the canonical first; wind at any height."""
    return FAMILIES.get(name, _WIND)


_MEANS = {"degC": (-45.0, 45.0), "Pa": (45e3, 110e3)}
"""Between which the mean over a record must lie, canonical units."""

_FASTER = 2.2
"""Wind this many times the climatology's mean is taken for another unit."""


@dataclass(frozen=True)
class Scale:
    """How big the values are: mean, 99.9 % quantile, and what they should be in canonical unit."""

    mean: float
    high: float
    expected: float


def labelled(name: str, label: object) -> Unit | None:
    """Return the unit that a label means for a variable, None if it is absent or not known."""
    text = str(label or "").replace(" ", "").replace("·", "").lower()
    family = family_of(name) + ((_KNOTS,) if family_of(name) is _WIND else ())
    return next((unit for unit in family if text in unit.spellings), None)


def betrayed(name: str, scale: Scale) -> Unit | None:
    """Return the unit in which the values make sense, None if in no unit that is known.

    Parameters
    ----------
    name : of the variable.
    scale : ``expected`` is the 99.9 % quantile of cloudless GHI for irradiance, W m-2, and the
        climatology's mean for wind, m s-1; it is not used for temperature and pressure.

    Notes
    -----
    Irradiance and wind take the unit nearest on a logarithmic scale; wind is judged by its mean,
    which must be well over twice the climatology before km h-1 is suspected.
    """
    family = family_of(name)
    if not np.isfinite(scale.mean):
        return None
    if family in (_TEMPERATURE, _PRESSURE):
        low, high = _MEANS[family[0].name]
        fits = [unit for unit in family if low < scale.mean * unit.factor + unit.offset < high]
        return fits[0] if fits else None
    size = scale.mean if family is _WIND else scale.high
    if size <= 0 or scale.expected <= 0:
        return None
    if family is _WIND and size / scale.expected < _FASTER:
        return family[0]
    distance = [abs(np.log(size * unit.factor / scale.expected)) for unit in family]
    nearest = int(np.argmin(distance))
    return family[nearest] if distance[nearest] < np.log(4) else None


def judge_unit(name: str, label: object, scale: Scale) -> tuple[Finding, Unit]:
    """Return what is to be said on the unit of a variable, and the unit to read it in.

    Notes
    -----
    Where label and values contradict each other the values are believed.
    """
    canonical = family_of(name)[0]
    claim, evidence = labelled(name, label), betrayed(name, scale)
    if claim is _KNOTS and evidence is canonical:
        evidence = _KNOTS
    said = f"labelled {label!r}" if label else "without a label"
    size = f"mean {scale.mean:.4g}, 99.9 % quantile {scale.high:.4g}"

    def row(severity: str, found: str, message: str) -> Finding:
        return Finding("units", name, severity, found, "all values", message)

    if evidence is None:
        message = f"{said}, yet the values ({size}) make sense in no unit that is known"
        return row(ERROR, "unknown", message), claim or canonical
    if claim is None:
        grave = WARNING if evidence is canonical else ERROR
        advice = f"write units = {variable_of(name).units!r}"
        return row(grave, evidence.name, f"{said}; the values ({size}) look like {evidence.name}; "
                   f"{advice}{_advice(evidence)}"), evidence  # fmt: skip
    if claim is not evidence:
        message = f"{said}, but the values ({size}) are in {evidence.name}{_advice(evidence)}"
        return row(ERROR, evidence.name, message), evidence
    if evidence is not canonical:
        message = f"{said}, and the values agree; wanted is {canonical.name}{_advice(evidence)}"
        return row(ERROR, evidence.name, message), evidence
    if str(label) != variable_of(name).units:
        message = f"{said}; write it as {variable_of(name).units!r}"
        return row(WARNING, evidence.name, message), evidence
    return row(OK, evidence.name, ""), evidence


def _advice(unit: Unit) -> str:
    if unit.factor == 1 and unit.offset == 0:
        return ""
    if unit.offset:
        return f"; add {unit.offset:g}"
    return f"; multiply by {unit.factor:.6g}"


_TILE = {"latitude": 16, "longitude": 21}

_DIMENSIONS = {
    "time": ("time", "valid_time", "datetime", "date"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "x"),
}
_NAMES = {
    "ghi": ("ghi", "ssrd", "ALLSKY_SFC_SW_DWN", "shortwave_radiation"),
    "dni": ("dni", "ALLSKY_SFC_SW_DNI", "direct_normal_irradiance"),
    "dhi": ("dhi", "ALLSKY_SFC_SW_DIFF", "diffuse_radiation"),
    "temp_air": ("temp_air", "t2m", "T2M", "temperature", "temperature_2m"),
    "pressure": ("pressure", "sp", "PS", "surface_pressure"),
    "wind_speed_10m": ("wind_speed_10m", "WS10M", "wnd10m"),
    "wind_speed_100m": ("wind_speed_100m", "wnd100m"),
}
"""Names that the usual sources give the canonical variables; case does not matter."""


def open_raw(source: xr.Dataset | str | Path) -> xr.Dataset:
    """Open weather with canonical names and order of dimensions, values and units as they are.

    Parameters
    ----------
    source : a Dataset, or the path of a netCDF file or Zarr folder, canonical or not.

    Returns
    -------
    Dataset : lazy; the canonical variables and wind speeds that were recognised, with dimensions
        (time, latitude, longitude); a dimension that lacked has the length one.

    Raises
    ------
    InputError : nothing there, not readable, no variable that is weather, or no times at all.
    """
    where = "dataset" if isinstance(source, xr.Dataset) else str(source)
    opened = source if isinstance(source, xr.Dataset) else _open(Path(source).expanduser())
    on_degrees = on_axes(opened) if {"x", "y"} <= set(opened.dims) else opened
    named = _summed(_renamed(on_degrees))
    recognised = named[[name for name in weather_names(named) if "direction" not in name]]
    if not recognised.data_vars:
        allowed = f"weather, such as {', '.join(WEATHER)}"
        raise input_error(
            "variables", where=where, allowed=allowed, got=[str(name) for name in opened.data_vars]
        )
    for name in ("latitude", "longitude"):
        if name not in recognised.dims:
            scalar = recognised.coords[name].to_numpy() if name in recognised.coords else np.nan
            recognised = recognised.drop_vars(name, errors="ignore").expand_dims(
                {name: [float(scalar)]}
            )
    if "time" not in recognised.dims:
        raise input_error("time", where=where, allowed="a dimension", got=list(recognised.dims))
    others = [dim for dim in recognised.dims if dim not in DIMS]
    if others:
        raise input_error("dimensions", where=where, allowed=DIMS, got=list(recognised.dims))
    return recognised.transpose(*DIMS).assign_attrs(opened.attrs)


def _open(path: Path) -> xr.Dataset:
    if not path.exists():
        raise input_error(
            "weather file", where=str(path), allowed="a .nc file or .zarr folder", got="nothing"
        )
    try:
        if path.is_dir():
            opened: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks={})
            return opened
        return xr.open_dataset(path, engine="netcdf4")
    except Exception as error:  # xarray and its back ends raise anything on a foreign file
        raise InputError(
            f"weather file {path}: neither netCDF nor Zarr that xarray can read ({error})"
        ) from error


def _renamed(dataset: xr.Dataset) -> xr.Dataset:
    present = {str(name).lower(): name for name in [*dataset.variables, *dataset.dims]}
    names = {}
    for canonical, aliases in (_DIMENSIONS | _NAMES).items():
        match = next((present[a.lower()] for a in aliases if a.lower() in present), None)
        if match is not None and match != canonical and canonical not in present.values():
            names[match] = canonical
    return dataset.rename(names)


def _summed(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset with GHI and DHI from an atlite cutout's two parts of influx."""
    parts = ("influx_direct", "influx_diffuse")
    if "ghi" in dataset or not all(name in dataset for name in parts):
        return dataset
    attrs = dataset[parts[1]].attrs
    total = (dataset[parts[0]] + dataset[parts[1]]).assign_attrs(attrs)
    return dataset.assign(ghi=total, dhi=dataset[parts[1]])


def times_of(dataset: xr.Dataset) -> pd.DatetimeIndex | None:
    """Return the labels as dates, or None where they are something else."""
    if "time" not in dataset.coords or not np.issubdtype(dataset["time"].dtype, np.datetime64):
        return None
    return pd.DatetimeIndex(dataset["time"].to_numpy())


_MOST_VALUES = 3_000_000
_MOST_CELLS = 64
_MOST_IN_TILE = 12_000_000
_RESET_SHARE = 0.2
_SHEAR = 1 / 7
"""Exponent of the power law that carries the climatology's wind from 100 m to other heights."""


_Sky = tuple[np.ndarray, np.ndarray, np.ndarray]


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
    skies: dict[pd.Timedelta, _Sky] = field(default_factory=dict)

    @property
    def placed(self) -> bool:
        """Whether the cells have places, so that the sun can be found."""
        return bool(np.isfinite(self.latitude).all() and np.isfinite(self.longitude).all())

    @property
    def coverage(self) -> str:
        """How many of the cells these are, for messages."""
        return f"{len(self.latitude)} of {self.cells} cells"

    def sky(self, late: pd.Timedelta) -> _Sky:
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
    """Load up to :data:`_MOST_CELLS` cells spread over the grid, all hours of them."""
    side = int(np.sqrt(np.clip(_MOST_VALUES // len(times), 4, _MOST_CELLS)))
    picked = {
        dim: np.unique(((np.arange(side) + 0.5) * dataset.sizes[dim] / side).astype(int))
        for dim in _TILE
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
    return bool(moving.any()) and float((steps < 0)[moving].mean()) < _RESET_SHARE


def hourly_parts(values: np.ndarray) -> np.ndarray:
    """Return what was added in each step to a sum (time, ...) that starts anew now and then."""
    steps = np.diff(values, axis=0, prepend=values[:1])
    parts = np.where(steps < 0, values, steps)
    parts[0] = values[0]
    return parts


def expected_size(lattice: Lattice, name: str, clear: np.ndarray | None) -> float:
    """Return what :class:`~greenanalysis.weather.quality.reading.Scale` expects of a variable."""
    if name in ("ghi", "dni", "dhi"):
        if clear is None:
            return 900.0
        size = float(np.quantile(clear, 0.999))
        return size * (0.4 if name == "dhi" else 1.0)
    if name.startswith("wind"):
        height = float(name.removeprefix("wind_speed_").removesuffix("m"))
        return float(lattice.wind.mean() * (height / 100) ** _SHEAR)
    return np.nan


def tiles(dataset: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield the dataset tile by tile, lazily, all hours of some cells each."""
    rows, columns = _TILE["latitude"], _TILE["longitude"]
    columns *= max(1, _MOST_IN_TILE // (dataset.sizes["time"] * rows * columns))
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
