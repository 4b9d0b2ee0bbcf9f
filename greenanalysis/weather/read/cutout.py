"""An atlite cutout as it lies on disk, read as canonical weather without converting the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from pvlib.atmosphere import alt2pres

from greenanalysis.core.cache import known_digest
from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.core.files import write_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.core.variables import DIMS, WEATHER, describe
from greenanalysis.geo.country import load_country
from greenanalysis.weather import canonical
from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, grid_beam, sun

_FEATURES = {
    "influx_direct": "influx",
    "influx_diffuse": "influx",
    "temperature": "temperature",
    "wnd100m": "wind",
}
"""What a cutout must hold, and the feature of ``cutout.prepare`` that brings it."""

_UNITS = {
    "influx_direct": ("W m**-2", "W m-2"),
    "influx_diffuse": ("W m**-2", "W m-2"),
    "temperature": ("K",),
    "wnd100m": ("m s**-1", "m s-1", "m/s"),
}
KELVIN = 273.15
SMOOTHEST_M, ROUGHEST_M = 2e-4, 3.0
ROUNDING_W_M2 = 1.0
_HOURS_PER_CHUNK = 744
_CHECK_VERSION = 1


def is_cutout(dataset: xr.Dataset) -> bool:
    """Tell whether a Dataset is an atlite cutout: its dimensions, and atlite's marks."""
    marks = {"module", "prepared_features"} & set(dataset.attrs)
    known = set(_FEATURES) & {str(name) for name in dataset.data_vars}
    return {"time", "x", "y"} <= set(dataset.dims) and bool(marks or known)


def on_axes(cutout: xr.Dataset) -> xr.Dataset:
    """Return a cutout on longitude and latitude instead of x and y, without lon(x) and lat(y)."""
    for dim, name in (("x", "lon"), ("y", "lat")):
        if dim not in cutout.coords and name in cutout.variables and cutout[name].dims == (dim,):
            cutout = cutout.assign_coords({dim: cutout[name].to_numpy()})
    beside = [name for name in ("lon", "lat") if name in cutout.variables]
    return cutout.drop_vars(beside).rename({"x": "longitude", "y": "latitude"})


def open_cutout(path: Path) -> xr.Dataset:
    """Open an atlite cutout lazily as canonical weather.

    Parameters
    ----------
    path : the .nc file that atlite wrote, any version that has the features wind, influx and
        temperature, and height (or a pressure).

    Returns
    -------
    Dataset : see :func:`cutout_weather`; ``grade`` "real".

    Raises
    ------
    InputError : a feature is missing, units or labels are not atlite's, or the values are not
        canonical. The values are read once for each content of the file, not at every opening.

    Notes
    -----
    A cutout of a part of the country is for that part: its extent becomes the attribute ``box``.
    One column or row of cells is a grid, too, and one cell a site.
    """
    where, digest = str(path), known_digest(path)
    with refusing(f"cutout {path} cannot be read"):
        with_chunks = _opened(path)
        weather = cutout_weather(with_chunks, where=where)
    mark = cache_dir() / "weather" / f"checked-{_CHECK_VERSION}-{digest[:16]}.json"
    if not mark.exists():
        with refusing(f"cutout {path}: a part of it cannot be read"):
            canonical.validate(weather, where=where)
        write_json(mark, {"file": path.name, "sha256": digest})
    return canonical.finish(
        weather,
        name=path.stem,
        grade="real",
        source=source_text(path, with_chunks),
        digest=digest,
        carried=weather.attrs,
    )


def source_text(path: Path, cutout: xr.Dataset) -> str:
    """Return how reports call the file of a cutout: its name and atlite's modules."""
    modules = ", ".join(np.atleast_1d(cutout.attrs.get("module", "unknown module")))
    return f"atlite cutout {path.name} ({modules})"


def cutout_weather(cutout: xr.Dataset, *, where: str) -> xr.Dataset:
    """Convert a cutout's variables to the canonical ones; nothing is read.

    Parameters
    ----------
    cutout : as atlite writes it: (time, y, x), influx in W m-2 on the horizontal, K, m s-1.
    where : its file, for messages.

    Returns
    -------
    Dataset : the variables of :data:`greenanalysis.core.variables.WEATHER`, latitude and longitude
        ascending; lazy where the cutout is.

    Raises
    ------
    InputError : naming the feature that was not prepared, or the unit that is not atlite's.

    Notes
    -----
    - Time: ERA5's fluxes, and so the hours of a cutout of the module era5, are means of the hour
      that ends at the label, which is the canonical convention: labels are not moved. atlite
      takes the sun at the label minus 30 minutes, as this project does. Temperature and wind
      are ERA5's values at the instant of the label; they are left there.
    - The module sarah labels the mean of the images at hh:00 and hh:30 with hh:00
      (https://github.com/PyPSA/atlite/issues/355): its hours are moved to the end, one label on;
      the images' mean is a quarter of an hour earlier than the canonical middle, which remains.
    - ghi = influx_direct + influx_diffuse; dni and dhi by
      :func:`greenanalysis.weather.clearsky.split_horizontal_beam`, with this project's sun.
      Negative fluxes down to -1 W m-2, the packing's rounding, become 0, as atlite's ``sanitize``
      does.
    - wind_speed_10m is ``wnd10m``; else ``wnd100m * 0.1 ** wnd_shear_exp``, which undoes how atlite
      made the exponent from ERA5's 10 m wind; else the logarithmic law with ``roughness``, limited
      to 0.2 mm .. 3 m.
    - pressure is ``pressure`` or ``surface_pressure`` in Pa if there; else that of the standard
      atmosphere at ``height``: right on average within about 1 %, without weather.
    """
    refuse_unprepared(cutout, where)
    dataset = on_axes(cutout)
    dataset = dataset.sortby(["latitude", "longitude"])
    sarah = solar_module(cutout) == "sarah"
    beam, diffuse = (
        _fluxes(dataset[name].transpose(*DIMS), sarah, where)
        for name in ("influx_direct", "influx_diffuse")
    )
    dni, dhi = grid_beam(beam, diffuse)
    fields = {
        "ghi": beam + diffuse,
        "dni": dni,
        "dhi": dhi,
        "temp_air": dataset["temperature"] - KELVIN,
        "pressure": pressure(dataset, where),
        "wind_speed_10m": _wind_10m(dataset, where),
        "wind_speed_100m": dataset["wnd100m"],
    }
    same = dataset["temperature"].transpose(*DIMS)
    result = xr.Dataset(
        {
            name: describe(
                fields[name].broadcast_like(same).transpose(*DIMS).astype("float32"), name
            )
            for name in WEATHER
        }
    ).drop_attrs(deep=False)
    result.attrs = box_of(dataset)
    first = _first_hour(dataset) if sarah else 0
    return result.isel(time=slice(first, None)).unify_chunks()


def _opened(path: Path) -> xr.Dataset:
    """Open in chunks of whole disk chunks, so that no part of the file is inflated twice."""
    opened = xr.open_dataset(path, engine="netcdf4")
    on_disk = max(
        (int((v.encoding.get("chunksizes") or [1])[0]) for v in opened.data_vars.values()),
        default=1,
    )
    hours = on_disk * max(1, _HOURS_PER_CHUNK // on_disk)
    return opened.chunk({"time": hours, "x": -1, "y": -1})


def refuse_unprepared(cutout: xr.Dataset, where: str) -> None:
    """Refuse a cutout that lacks a feature, or states units that are not atlite's.

    Raises
    ------
    InputError : naming the feature to prepare, or the variable.
    """
    for name, feature in _FEATURES.items():
        if name not in cutout:
            raise InputError(
                f"atlite cutout {where} has no {name}; prepare it with "
                f"cutout.prepare(features=[{feature!r}])"
            )
        unit = cutout[name].attrs.get("units")
        if unit is not None and unit not in _UNITS[name]:
            raise input_error(f"units of {name}", where=where, allowed=_UNITS[name], got=repr(unit))


def box_of(dataset: xr.Dataset) -> dict[str, tuple[float, ...]]:
    """State the cutout's own extent as its box where that is less than the country."""
    if min(dataset.sizes["longitude"], dataset.sizes["latitude"]) < 2:
        return {}
    edges = {}
    for name in ("longitude", "latitude"):
        axis = dataset[name].to_numpy().astype(float)
        half = float(np.diff(axis).mean()) / 2
        edges[name] = (float(axis[0]) - half, float(axis[-1]) + half)
    whole = all(
        edges[name][0] <= low and edges[name][1] >= high
        for name, (low, high) in load_country().axes.items()
    )
    (west, east), (south, north) = edges["longitude"], edges["latitude"]
    return {} if whole else {"box": (west, south, east, north)}


def solar_module(cutout: xr.Dataset) -> str:
    """Return the module that the fluxes came from: the variable's mark, or the first of all."""
    first = np.atleast_1d(cutout.attrs.get("module", ""))[0]
    return str(cutout["influx_direct"].attrs.get("module", first))


def _fluxes(flux: xr.DataArray, sarah: bool, where: str) -> xr.DataArray:
    clean = flux.where((flux >= 0) | (flux < -ROUNDING_W_M2) | flux.isnull(), 0.0)
    if not sarah:
        return clean
    steps = np.diff(flux["time"].to_numpy()) / np.timedelta64(1, "h")
    if not (steps == 1).all():
        raise input_error("time", where=where, allowed="steps of 1 h", got="others, module sarah")
    return clean.shift(time=1, fill_value=0.0)


def _first_hour(dataset: xr.Dataset) -> int:
    """1 where moving sarah's labels lost an hour of daylight at the start, else 0."""
    middle = pd.DatetimeIndex(dataset["time"].to_numpy()[:1]) - HALF_HOUR
    corners = np.meshgrid(dataset["latitude"][[0, -1]], dataset["longitude"][[0, -1]])
    return int(elevation_deg(sun(middle), *(x.ravel() for x in corners)).max() > -1)


def pressure(dataset: xr.Dataset, where: str) -> xr.DataArray:
    """Return the air pressure at the ground, Pa: measured, or that of the height, without time.

    Raises
    ------
    InputError : neither is there.
    """
    for name in ("pressure", "surface_pressure"):
        if name in dataset:
            return dataset[name]
    if "height" not in dataset:
        raise InputError(
            f"atlite cutout {where} has no height to take the air pressure from; prepare it with "
            "cutout.prepare(features=['height'])"
        )
    height = dataset["height"]
    pressure: xr.DataArray = alt2pres(
        height.isel(time=0, drop=True) if "time" in height.dims else height
    )
    return pressure


def _wind_10m(dataset: xr.Dataset, where: str) -> xr.DataArray:
    first, *others = (dataset[name] for name in wind_10m_parts(dataset, where))
    if not others:
        return first
    if others[0].name == "wnd_shear_exp":
        return (first * 0.1 ** others[0]).where((first > 0) | first.isnull(), 0.0)
    rough = others[0].clip(SMOOTHEST_M, ROUGHEST_M)
    return first * np.log(10 / rough) / np.log(100 / rough)


def wind_10m_parts(cutout: xr.Dataset, where: str) -> tuple[str, ...]:
    """Return the variables of a cutout that its wind at 10 m comes from.

    Raises
    ------
    InputError : there are none.
    """
    for parts in (("wnd10m",), ("wnd100m", "wnd_shear_exp"), ("wnd100m", "roughness")):
        if all(name in cutout for name in parts):
            return parts
    raise InputError(
        f"atlite cutout {where} has no wind at 10 m, wnd_shear_exp or roughness; prepare it with "
        "cutout.prepare(features=['wind'])"
    )
