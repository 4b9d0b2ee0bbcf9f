"""Weather drawn to the Global Wind Atlas and Global Solar Atlas: on demand, and never silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.special import gamma
from scipy.stats import rankdata

from greenanalysis.errors import input_error
from greenanalysis.io import sha256_file, sha256_json
from greenanalysis.variables import VARIABLES, describe
from greenanalysis.weather.bias_light import beam_factors, scale_light
from greenanalysis.weather.raster import cell_means

WIND = ("wind_speed_10m", "wind_speed_100m")
MEAN_WIND = (1.0, 20.0)
WEIBULL_A, WEIBULL_K = (1.0, 25.0), (1.0, 5.0)
GHI_UNITS = {
    "kWh/m2/day": ((0.8, 9.0), 1000 / 24),
    "W/m2": ((30.0, 330.0), 1.0),
    "kWh/m2/year": ((350.0, 3000.0), 1000 / 8760),
}
"""Range that long-term means of GHI have in each unit, and the factor to W m-2."""

CREDIBLE = {"wind": (0.4, 2.5), "ghi": (0.6, 1.6)}
"""Between which the median factor must lie; beyond it height, unit or variable is not what it is
taken for."""

REACHED = 0.01


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
    told: list[str] = []
    if wind_mean:
        changed, maps, text = _scale_wind(changed, wind_mean)
        factors, told = factors.merge(maps), [*told, text]
    if wind_weibull:
        changed, maps, text = _map_wind(changed, *wind_weibull)
        factors, told = factors.merge(maps), [*told, text]
    if ghi_mean:
        changed, maps, text = _scale_ghi(changed, ghi_mean)
        factors, told = factors.merge(maps), [*told, text]
    before = str(weather.attrs.get("corrections", ""))
    text = "; ".join([*([before] if before else []), *told])
    attrs = {key: value for key, value in weather.attrs.items() if key != "verdict"}
    attrs |= {"corrections": text, "hash": sha256_json([weather.attrs.get("hash"), told])}
    made = changed.assign(dict(factors.data_vars))
    made.attrs = attrs
    return Correction(made, factors, text)


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


def _cells(path: Path, weather: xr.Dataset) -> xr.DataArray:
    axes = (weather[name].to_numpy().astype(float) for name in ("latitude", "longitude"))
    return cell_means(path, *axes)


def _require_size(values: xr.DataArray, limits: tuple[float, float], what: str, path: Path) -> None:
    middle = float(values.median())
    if not limits[0] <= middle <= limits[1]:
        allowed = f"a median of {limits[0]:g} to {limits[1]:g}"
        raise input_error(what, where=f"raster {path}", allowed=allowed, got=f"{middle:.4g}")


def _require_credible(factor: xr.DataArray, kind: str, path: Path) -> None:
    _require_size(factor, CREDIBLE[kind], f"factor of {kind} that follows", path)


def _map_of(values: xr.DataArray, long_name: str, units: str = "1") -> xr.DataArray:
    return values.assign_attrs(long_name=long_name, units=units)


def _mean(weather: xr.Dataset, name: str) -> xr.DataArray:
    return weather[name].mean("time", dtype="float64").compute()


def _scale_wind(weather: xr.Dataset, path: Path) -> tuple[xr.Dataset, xr.Dataset, str]:
    target = _cells(path, weather)
    _require_size(target, MEAN_WIND, "mean wind speed, m s-1", path)
    factor = target / _mean(weather, "wind_speed_100m").where(lambda mean: mean > 0)
    _require_credible(factor, "wind", path)
    ratio = factor.fillna(1.0)
    changed = {name: _wind(weather[name] * ratio, name) for name in WIND}
    maps = xr.Dataset({"wind_factor": _map_of(factor, "factor of wind speed, raster over weather")})
    text = f"wind scaled to {_source(path)}: {_summary(factor)}"
    return weather.assign(changed), maps, text


def _map_wind(weather: xr.Dataset, scale: Path, shape: Path) -> tuple[xr.Dataset, xr.Dataset, str]:
    a, k = _cells(scale, weather), _cells(shape, weather)
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
    text = f"wind mapped by quantiles to {_source(scale)} and {_source(shape)}: {_summary(factor)}"
    changed = {"wind_speed_10m": low, "wind_speed_100m": after}
    drawn = {name: _wind(values, name) for name, values in changed.items()}
    return weather.assign(drawn), xr.Dataset(maps), text


def _wind(values: xr.DataArray, name: str) -> xr.DataArray:
    """Return wind within the variable's range, as float32 with its attributes."""
    return describe(values.clip(0, VARIABLES[name].maximum).astype("float32"), name)


def _scale_ghi(weather: xr.Dataset, path: Path) -> tuple[xr.Dataset, xr.Dataset, str]:
    raw = _cells(path, weather)
    middle = float(raw.median())
    fits = [unit for unit, (limits, _) in GHI_UNITS.items() if limits[0] <= middle <= limits[1]]
    if not fits:
        allowed = ", ".join(f"{u} {low:g} to {high:g}" for u, ((low, high), _) in GHI_UNITS.items())
        got = f"median {middle:.4g}"
        raise input_error("mean GHI", where=f"raster {path}", allowed=allowed, got=got)
    target = raw * GHI_UNITS[fits[0]][1]
    _require_credible(target / _mean(weather, "ghi"), "ghi", path)
    maps = beam_factors(weather, target)
    miss = abs(maps["ghi_factor"] / maps["ghi_wanted_factor"] - 1) > REACHED
    text = (
        f"horizontal beam scaled (diffuse kept, at most cloudless sky, not below 5 degrees of sun) "
        f"to mean GHI of {_source(path)} in {fits[0]}: {_summary(maps['ghi_factor'])}"
    )
    if int(miss.sum()):
        text += f"; {int(miss.sum())} cells miss it by more than {REACHED:.0%}"
    return scale_light(weather, maps["beam_factor"]), maps, text


def _source(path: Path) -> str:
    return f"{path.name} (sha256 {sha256_file(path)[:10]})"


def _summary(factor: xr.DataArray) -> str:
    count = int(np.isfinite(factor).sum())
    rest = f", the other {factor.size - count} left as they were" if count < factor.size else ""
    return (
        f"factor {float(factor.min()):.2f} to {float(factor.max()):.2f}, "
        f"mean {float(factor.mean()):.2f}, in {count} of {factor.size} cells{rest}"
    )
