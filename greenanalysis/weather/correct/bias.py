"""Weather drawn to the Global Wind Atlas and Global Solar Atlas: on demand, and never silently.

GHI meets a long-term mean by scaling the horizontal beam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import gamma
from scipy.stats import rankdata

from greenanalysis.core.errors import input_error
from greenanalysis.core.files import sha256_file, sha256_json
from greenanalysis.core.variables import VARIABLES, describe
from greenanalysis.weather.clearsky import HALF_HOUR, clear_sky, elevation_deg, sun
from greenanalysis.weather.correct.raster import cell_means, require_height
from greenanalysis.weather.sample.climate import climate_at, load_climate

LOWEST_SUN_DEG = 5.0
"""With the sun lower than this neither beam nor GHI is touched."""

_STRONGEST = 5.0
_ROUNDS = 30
_MOST_VALUES = 2_000_000
_BLOCK = {"time": 2190, "latitude": 16, "longitude": 21}
_GROUND = ("linke_turbidity", "elevation")


def _horizontal_beam(
    dni: np.ndarray, ghi: np.ndarray, dhi: np.ndarray, sky: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the beam on the horizontal that may be scaled, its ceiling, and sin(elevation).

    Parameters
    ----------
    dni, ghi, dhi : W m-2, (time, cell).
    sky : elevation (degrees) and cloudless GHI (time, cell), extraterrestrial normal (time).

    Returns
    -------
    tuple : W m-2, W m-2, 1. The beam is zero with the sun below :data:`LOWEST_SUN_DEG`. With the
        ceiling GHI is at most that of the cloudless sky, and DNI that outside the atmosphere,
        unless the hour was already above.
    """
    elevation, clear, normal = sky
    sine = np.sin(np.radians(elevation))
    beam = np.where(elevation >= LOWEST_SUN_DEG, dni * sine, 0.0)
    ceiling = np.minimum(clear - dhi, normal[:, None] * sine)
    return beam, np.maximum(ceiling, beam), sine


def _solve_beam_factor(
    ghi: np.ndarray, beam: np.ndarray, ceiling: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Return by what the beam of each cell is to be multiplied for the wanted mean of GHI.

    Parameters
    ----------
    ghi, beam, ceiling : W m-2, (time, cell), see :func:`_horizontal_beam`.
    wanted : mean GHI, W m-2, (cell).

    Returns
    -------
    ndarray : (cell), 0..:data:`_STRONGEST`; its end where the mean cannot be reached.
    """
    rest = (ghi - beam).mean(axis=0)
    low, high = np.zeros_like(rest), np.full_like(rest, _STRONGEST)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        short = rest + np.minimum(beam * middle, ceiling).mean(axis=0) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    factor: np.ndarray = (low + high) / 2
    return factor


def _beam_factors(weather: xr.Dataset, wanted: xr.DataArray) -> xr.Dataset:
    """Return the maps that :func:`_scale_light` needs, and what it reaches.

    Parameters
    ----------
    weather : canonical weather.
    wanted : long-term mean GHI, W m-2, (latitude, longitude); NaN leaves a cell as it is.

    Returns
    -------
    Dataset (latitude, longitude) : ``beam_factor``; ``ghi_factor``, mean GHI after over before;
        ``ghi_wanted_factor``, the one that was asked for. NaN where nothing is corrected.
    """
    shape = wanted.shape
    maps = {name: np.full(shape, np.nan) for name in ("beam", "after", "before")}
    for box, ghi, dni, dhi, sky in _cell_groups(weather, np.isfinite(wanted.to_numpy())):
        beam, ceiling, _ = _horizontal_beam(dni, ghi, dhi, sky)
        factor = _solve_beam_factor(ghi, beam, ceiling, wanted.to_numpy()[box])
        maps["beam"][box] = factor
        maps["before"][box] = ghi.mean(axis=0)
        maps["after"][box] = (ghi - beam + np.minimum(beam * factor, ceiling)).mean(axis=0)
    texts = {
        "beam_factor": (maps["beam"], "factor of the horizontal beam"),
        "ghi_factor": (maps["after"] / maps["before"], "mean GHI after over before the correction"),
        "ghi_wanted_factor": (wanted.to_numpy() / maps["before"], "factor of mean GHI asked for"),
    }
    return xr.Dataset(
        {
            name: (wanted.dims, values, {"units": "1", "long_name": text})
            for name, (values, text) in texts.items()
        },
        coords=wanted.coords,
    )


def _cell_groups(
    weather: xr.Dataset, use: np.ndarray
) -> Iterator[tuple[Any, np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, ...]]]:
    """Yield indices of some cells, their ghi, dni and dhi (time, cell) and their sky."""
    times = pd.DatetimeIndex(weather["time"].to_numpy())
    size = max(1, _MOST_VALUES // len(times))
    for top in range(0, use.shape[0], _BLOCK["latitude"]):
        for left in range(0, use.shape[1], _BLOCK["longitude"]):
            window = slice(top, top + _BLOCK["latitude"]), slice(left, left + _BLOCK["longitude"])
            rows, columns = np.nonzero(use[window])
            if not len(rows):
                continue
            tile = weather[["ghi", "dni", "dhi"]].isel(latitude=window[0], longitude=window[1])
            tile = tile.load()
            for start in range(0, len(rows), size):
                r, c = rows[start : start + size], columns[start : start + size]
                light = [tile[n].to_numpy()[:, r, c].astype(float) for n in ("ghi", "dni", "dhi")]
                place = tile["latitude"].to_numpy()[r], tile["longitude"].to_numpy()[c]
                yield (r + top, c + left), light[0], light[1], light[2], sky_of(times, *place)


def sky_of(
    times: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    climate: xr.Dataset | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return elevation (degrees), cloudless GHI (time, cell) and extraterrestrial normal (time).

    Parameters
    ----------
    times : labels, ends of the hours, UTC.
    latitude, longitude : (cell), degrees. Turbidity and height are the climatology's there.
    climate : see :func:`greenanalysis.weather.sample.climate.climate_at`.
    """
    middle = times - HALF_HOUR
    position = sun(middle)
    ground = climate_at(_GROUND, latitude, longitude, climate=climate)
    elevation = elevation_deg(position, latitude, longitude)
    clear = clear_sky(
        elevation,
        position.extraterrestrial[:, None],
        linke_turbidity=ground["linke_turbidity"][middle.month.to_numpy() - 1],
        altitude=ground["elevation"],
    )
    return elevation, clear, position.extraterrestrial


def _scale_light(weather: xr.Dataset, beam_factor: xr.DataArray) -> xr.Dataset:
    """Return weather whose horizontal beam is scaled; lazy.

    Parameters
    ----------
    weather : canonical weather.
    beam_factor : (latitude, longitude); NaN leaves a cell as it is.

    Returns
    -------
    Dataset : ``ghi`` and ``dni`` new, ``dhi`` as it was, so that dhi + dni cos(zenith) - ghi is
        what it was.
    """
    light = weather[["ghi", "dni", "dhi"]].chunk(_BLOCK)
    light = light.assign(beam_factor=beam_factor.chunk({"latitude": 16, "longitude": 21}))
    ground = {"climate": load_climate()[list(_GROUND)]}
    scaled = xr.map_blocks(_scaled, light, kwargs=ground, template=light[["ghi", "dni"]])
    return weather.assign({name: describe(scaled[name], name) for name in ("ghi", "dni")})


def _scaled(block: xr.Dataset, climate: xr.Dataset) -> xr.Dataset:
    shape = block["ghi"].shape
    ghi, dni, dhi = (block[n].to_numpy().astype(float).reshape(shape[0], -1)
                     for n in ("ghi", "dni", "dhi"))  # fmt: skip
    grid = np.meshgrid(block["latitude"], block["longitude"], indexing="ij")
    times = pd.DatetimeIndex(block["time"].to_numpy())
    beam, ceiling, sine = _horizontal_beam(
        dni, ghi, dhi, sky_of(times, *(axis.ravel() for axis in grid), climate=climate)
    )
    factor = block["beam_factor"].to_numpy().ravel()
    after = np.minimum(beam * np.nan_to_num(factor, nan=1.0), ceiling)
    more = after - beam
    new_dni = np.where(beam > 0, after / np.where(beam > 0, sine, 1), dni)
    return block[["ghi", "dni"]].assign(
        ghi=block["ghi"].copy(data=(ghi + more).reshape(shape).astype("float32")),
        dni=block["dni"].copy(data=new_dni.reshape(shape).astype("float32")),
    )


_WIND = ("wind_speed_10m", "wind_speed_100m")
_MEAN_WIND = (1.0, 20.0)
WEIBULL_A, WEIBULL_K = (1.0, 25.0), (1.0, 5.0)
_GHI_UNITS = {
    "kWh/m2/day": ((0.8, 9.0), 1000 / 24),
    "W/m2": ((30.0, 330.0), 1.0),
    "kWh/m2/year": ((350.0, 3000.0), 1000 / 8760),
}
"""Range that long-term means of GHI have in each unit, and the factor to W m-2."""

_CREDIBLE = {"wind": (0.4, 2.5), "ghi": (0.6, 1.6)}
"""Between which the median factor must lie; beyond it height, unit or variable is not what it is
taken for."""

_POSSIBLE = {"wind": (0.2, 5.0), "ghi": (0.4, 2.0)}
"""Between which the factor of each cell must lie; beyond it a part of the raster is damaged or no
data (project assumption: ridges and basins differ from the mean of their cell by less)."""

_PIXELS = {"wind": (0.05, 1e3), "weibull_k": (0.3, 1e2), "ghi": (0.01, 1e7)}
"""What a pixel may hold in any unit; other values are no data, tagged or not: zero is no wind or
light. The unit is judged afterwards, by the median."""

_HEIGHT_M = 100

_REACHED = 0.01


@dataclass(frozen=True, eq=False)
class Correction:
    """Corrected ``weather`` (lazy), ``factors`` (latitude, longitude), what was done: ``told``."""

    weather: xr.Dataset
    factors: xr.Dataset
    told: str


def correct(
    weather: xr.Dataset,
    *,
    wind_mean: Path | None = None,
    wind_weibull: tuple[Path, Path] | None = None,
    ghi_mean: Path | None = None,
) -> Correction:
    """Draw wind and GHI to long-term means of rasters that the user supplies.

    Parameters
    ----------
    weather : canonical weather.
    wind_mean : GeoTIFF of mean wind speed at 100 m, m s-1 (Global Wind Atlas): wind is scaled.
    wind_weibull : GeoTIFFs of Weibull A (m s-1) and k at 100 m instead: wind is mapped by quantile.
    ghi_mean : GeoTIFF of long-term GHI (Global Solar Atlas), kWh/m2 a day or a year, or W/m2; which
        of them is told from its size.

    Returns
    -------
    Correction : the factor maps are also in the weather, which names what was done in
        ``attrs["corrections"]``.

    Raises
    ------
    InputError : nothing to correct to, both kinds of wind, a raster that is missing, in another
        reference system, without overlap, or in a unit that makes no sense.

    Notes
    -----
    Cells of which less than half lies on a raster stay as they are; the text counts them. Wind at
    10 m takes the factor of the same hour at 100 m, so the shear stays; wind beyond the valid range
    of its variable is cut to it. The raster stands for many
    years: correct a record of several years rather than one, whose own anomaly would be taken out.
    """
    if wind_mean and wind_weibull:
        raise input_error("wind", where="correct()", allowed="a mean or a Weibull", got="both")
    if not (wind_mean or wind_weibull or ghi_mean):
        raise input_error("rasters", where="correct()", allowed="one at least", got="none")
    changed, factors = weather, xr.Dataset()
    remarks: list[str] = []
    if wind_mean:
        changed, maps, text = _scale_wind(changed, wind_mean)
        factors, remarks = factors.merge(maps), [*remarks, text]
    if wind_weibull:
        changed, maps, text = _map_wind(changed, *wind_weibull)
        factors, remarks = factors.merge(maps), [*remarks, text]
    if ghi_mean:
        changed, maps, text = _scale_ghi(changed, ghi_mean)
        factors, remarks = factors.merge(maps), [*remarks, text]
    before = str(weather.attrs.get("corrections", ""))
    text = "; ".join([*([before] if before else []), *remarks])
    attrs = {key: value for key, value in weather.attrs.items() if key != "verdict"}
    attrs |= {"corrections": text, "hash": sha256_json([weather.attrs.get("hash"), remarks])}
    corrected = changed.assign(dict(factors.data_vars))
    corrected.attrs = attrs
    return Correction(corrected, factors, text)


def weibull_wind(speed: np.ndarray, scale: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Give wind the Weibull distribution of each cell without changing the order of its hours.

    Parameters
    ----------
    speed : (..., time), m s-1.
    scale, shape : Weibull A, m s-1, and k, (...); NaN leaves a cell as it is.

    Returns
    -------
    ndarray : (..., time), m s-1; hour of rank r of n takes the quantile (r - 0.5) / n, equal
        hours share their mean rank.
    """
    place = (rankdata(speed, axis=-1) - 0.5) / speed.shape[-1]
    mapped = scale[..., None] * (-np.log1p(-place)) ** (1 / shape[..., None])
    return np.where(np.isfinite(mapped), mapped, speed).astype(speed.dtype)


def _cells(path: Path, weather: xr.Dataset, kind: str) -> xr.DataArray:
    if kind != "ghi":
        require_height(path, _HEIGHT_M)
    axes = (weather[name].to_numpy().astype(float) for name in ("latitude", "longitude"))
    return cell_means(path, *axes, valid=_PIXELS[kind])


def _require_size(values: xr.DataArray, limits: tuple[float, float], what: str, path: Path) -> None:
    middle = float(values.median())
    if not limits[0] <= middle <= limits[1]:
        allowed = f"a median of {limits[0]:g} to {limits[1]:g}"
        raise input_error(what, where=f"raster {path}", allowed=allowed, got=f"{middle:.4g}")


def _require_credible(factor: xr.DataArray, kind: str, path: Path) -> None:
    _require_size(factor, _CREDIBLE[kind], f"factor of {kind} that follows", path)
    low, high = _POSSIBLE[kind]
    for extreme in (factor.argmin(...), factor.argmax(...)):
        cell = factor.isel(extreme)
        if not low <= float(cell) <= high:
            place = f"{float(cell['latitude']):g} N, {float(cell['longitude']):g} E"
            raise input_error(
                f"factor of {kind} at {place}",
                where=f"raster {path}",
                allowed=f"{low:g} to {high:g} in every cell",
                got=f"{float(cell):.3g}",
            )


def _map_of(values: xr.DataArray, long_name: str, units: str = "1") -> xr.DataArray:
    return values.assign_attrs(long_name=long_name, units=units)


def _mean(weather: xr.Dataset, name: str) -> xr.DataArray:
    return weather[name].mean("time", dtype="float64").compute()


def _scale_wind(weather: xr.Dataset, path: Path) -> tuple[xr.Dataset, xr.Dataset, str]:
    target = _cells(path, weather, "wind")
    _require_size(target, _MEAN_WIND, "mean wind speed, m s-1", path)
    factor = target / _mean(weather, "wind_speed_100m").where(lambda mean: mean > 0)
    _require_credible(factor, "wind", path)
    ratio = factor.fillna(1.0)
    changed = {name: _wind(weather[name] * ratio, name) for name in _WIND}
    maps = xr.Dataset({"wind_factor": _map_of(factor, "factor of wind speed, raster over weather")})
    text = f"wind scaled to {_source(path)} at 100 m: {_summary(factor)}{_untagged(target)}"
    return weather.assign(changed), maps, text


def _map_wind(weather: xr.Dataset, scale: Path, shape: Path) -> tuple[xr.Dataset, xr.Dataset, str]:
    a, k = _cells(scale, weather, "wind"), _cells(shape, weather, "weibull_k")
    _require_size(a, WEIBULL_A, "Weibull A, m s-1", scale)
    _require_size(k, WEIBULL_K, "Weibull k", shape)
    factor = a * gamma(1 + 1 / k) / _mean(weather, "wind_speed_100m").where(lambda mean: mean > 0)
    _require_credible(factor, "wind", scale)
    before = weather["wind_speed_100m"].chunk(time=-1, latitude=16, longitude=21)
    after = xr.apply_ufunc(
        weibull_wind,
        before,
        a.where(np.isfinite(factor)),
        k.where(np.isfinite(factor)),
        input_core_dims=[["time"], [], []],
        output_core_dims=[["time"]],
        dask="parallelized",
        output_dtypes=["float32"],
    ).transpose(*before.dims)
    ratio = (after / before.where(before > 0)).fillna(1.0)
    low = weather["wind_speed_10m"].chunk(time=-1, latitude=16, longitude=21) * ratio
    maps = {
        "wind_factor": _map_of(factor, "factor of mean wind speed, raster over weather"),
        "weibull_scale": _map_of(a, "Weibull A at 100 m", "m s-1"),
        "weibull_shape": _map_of(k, "Weibull k at 100 m"),
    }
    text = (
        f"wind mapped by quantiles to {_source(scale)} and {_source(shape)} at 100 m: "
        f"{_summary(factor)}{_untagged(a)}"
    )
    changed = {"wind_speed_10m": low, "wind_speed_100m": after}
    drawn = {name: _wind(values, name) for name, values in changed.items()}
    return weather.assign(drawn), xr.Dataset(maps), text


def _wind(values: xr.DataArray, name: str) -> xr.DataArray:
    """Return wind within the variable's range, as float32 with its attributes."""
    return describe(values.clip(0, VARIABLES[name].maximum).astype("float32"), name)


def _scale_ghi(weather: xr.Dataset, path: Path) -> tuple[xr.Dataset, xr.Dataset, str]:
    raw = _cells(path, weather, "ghi")
    middle = float(raw.median())
    fits = [unit for unit, (limits, _) in _GHI_UNITS.items() if limits[0] <= middle <= limits[1]]
    if not fits:
        allowed = ", ".join(
            f"{u} {low:g} to {high:g}" for u, ((low, high), _) in _GHI_UNITS.items()
        )
        got = f"median {middle:.4g}"
        raise input_error("mean GHI", where=f"raster {path}", allowed=allowed, got=got)
    target = raw * _GHI_UNITS[fits[0]][1]
    _require_credible(target / _mean(weather, "ghi"), "ghi", path)
    maps = _beam_factors(weather, target)
    miss = abs(maps["ghi_factor"] / maps["ghi_wanted_factor"] - 1) > _REACHED
    text = (
        f"horizontal beam scaled (diffuse kept, at most cloudless sky, not below 5 degrees of sun) "
        f"to mean GHI of {_source(path)} in {fits[0]}: {_summary(maps['ghi_factor'])}"
        f"{_untagged(raw)}"
    )
    if int(miss.sum()):
        text += f"; {int(miss.sum())} cells miss it by more than {_REACHED:.0%}"
    return _scale_light(weather, maps["beam_factor"]), maps, text


def _untagged(values: xr.DataArray) -> str:
    count = int(values.attrs.get("untagged", 0))
    return f", {count} pixels taken for no data by their value" if count else ""


def _source(path: Path) -> str:
    return f"{path.name} (sha256 {sha256_file(path)[:10]})"


def _summary(factor: xr.DataArray) -> str:
    count = int(np.isfinite(factor).sum())
    rest = f", the other {factor.size - count} left as they were" if count < factor.size else ""
    return (
        f"factor {float(factor.min()):.2f} to {float(factor.max()):.2f}, "
        f"mean {float(factor.mean()):.2f}, in {count} of {factor.size} cells{rest}"
    )
