"""The sample year: hourly weather drawn from the climatology. Screening grade, not measured.

Cloudiness turns Gaussian variates into GHI, DNI and DHI; temperature, pressure and wind follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib
import xarray as xr
from scipy.special import gamma, log_ndtr, ndtr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.variables import DIMS, WEATHER, describe
from greenanalysis.weather.clearsky import clear_sky, elevation_deg, sun
from greenanalysis.weather.sample.climate import WIND, WIND_COURSE
from greenanalysis.weather.sample.variates import DAY_BEGINS, Hours, gaussian_variates
from greenanalysis.weather.sample.wind_climate import hourly_shape

_LAPSE_K_PER_M = 0.0065
_GRAVITY_EXPONENT = 9.80665 / (287.053 * _LAPSE_K_PER_M)
_SEA_LEVEL_PA = 101325.0
_STRONGEST_M_S = 60.0
_SUNNY_W_M2 = 300.0


def _daily_cycle(solar_hour: np.ndarray, peak: float) -> np.ndarray:
    """Return a cosine over the day that is 1 at local solar hour ``peak``."""
    return np.cos(2 * np.pi * (solar_hour - peak) / 24)


def _seasonal_weights(year_fraction: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return weights (time, 12) that turn monthly means into a smooth season with those means.

    The season is linear between the middles of the months; its values there are set so that the
    mean over each month is the given one.
    """
    position = year_fraction * 12 - 0.5
    below = np.floor(position).astype(int)
    share = position - below
    linear = np.zeros((len(position), 12))
    rows = np.arange(len(position))
    linear[rows, below % 12] += 1 - share
    linear[rows, (below + 1) % 12] += share
    if len(np.unique(month)) < 12:
        return linear
    return linear @ np.linalg.inv(_monthly_means(linear, month))


def _monthly_means(values: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the means of ``values`` (time, ...) over each ``month`` 0..11, (12, ...)."""
    return np.array([values[month == number].mean(axis=0) for number in range(12)])


def _air_temperature(
    season: np.ndarray,
    anomaly: np.ndarray,
    day_ghi: np.ndarray,
    cycle: np.ndarray,
    *,
    range_sunny: float,
    range_min: float,
) -> np.ndarray:
    """Return air temperature, degC, (time, cell).

    Parameters
    ----------
    season, anomaly : mean of the season and departure of the weather, degC and K.
    day_ghi : the day's mean GHI at each hour, W m-2; sunny days have a larger daily range.
    cycle : :func:`_daily_cycle`, -1..1.
    range_sunny, range_min : daily range at 300 W m-2 and without sun, K.
    """
    spread = range_min + (range_sunny - range_min) * day_ghi / _SUNNY_W_M2
    temperature: np.ndarray = season + anomaly + 0.5 * spread * cycle
    return temperature


def surface_pressure(temperature: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Return the hydrostatic pressure, Pa, at height ``elevation`` (m) with that air (degC).

    Notes
    -----
    Sea-level pressure is held at 1013.25 hPa: no highs and lows. References: ISO 2533:1975.
    """
    kelvin = temperature + 273.15
    sea_level = kelvin + _LAPSE_K_PER_M * elevation
    return _SEA_LEVEL_PA * (kelvin / sea_level) ** _GRAVITY_EXPONENT


def _standardise(variate: np.ndarray) -> np.ndarray:
    """Return the variate (time, cell) with mean 0 and variance 1 in each cell."""
    centred = variate - variate.mean(axis=0)
    scaled: np.ndarray = centred / centred.std(axis=0)
    return scaled


def _wind_speed_100m(
    variate: np.ndarray,
    mean: np.ndarray,
    modulation: np.ndarray,
    *,
    shape: np.ndarray,
    exact: bool,
) -> np.ndarray:
    """Return Weibull wind at 100 m, m s-1, (time, cell).

    Parameters
    ----------
    variate : standard normal, (time, cell); it orders the speeds.
    mean : mean speed of each cell, m s-1.
    modulation : season and day over the mean, (time, cell).
    shape : Weibull k of the hours about season and day, (cell).
    exact : scale each cell so that the mean over all hours is ``mean``.
    """
    unit = (-log_ndtr(-variate)) ** (1 / shape) / gamma(1 + 1 / shape)
    speed = unit * modulation * mean
    if exact:
        speed *= mean / speed.mean(axis=0)
    capped: np.ndarray = np.minimum(speed, _STRONGEST_M_S)
    return capped


def _shear_exponent(solar_hour: np.ndarray, *, day: float, night: float) -> np.ndarray:
    """Return the power-law exponent over the day: ``day`` at noon, ``night`` at midnight."""
    return (day + night) / 2 + (day - night) / 2 * _daily_cycle(solar_hour, 12.0)


_MATCH_ROUNDS = 6
_DARKEST = 0.02
_HORIZON_COSINE = 0.065


def _clearness_quantiles(
    climate: xr.Dataset, latitude: np.ndarray, longitude: np.ndarray, target: np.ndarray
) -> np.ndarray:
    """Return the distribution of the day's clear-sky index in each cell, (month, level, cell).

    The coarse distributions are interpolated bilinearly, quantile by quantile, then raised to the
    power at which their mean is ``target``.

    Parameters
    ----------
    climate : with ``clear_sky_index``, see ``weather.sample.climate.load_climate``.
    latitude, longitude : of each cell, degrees.
    target : mean clear-sky index, (12, cell), 0..1.
    """
    places = {
        "source_latitude": xr.DataArray(latitude, dims="cell"),
        "source_longitude": xr.DataArray(longitude, dims="cell"),
    }
    levels = climate["clear_sky_index"].interp(places).transpose("month", "quantile", "cell")
    index = levels.to_numpy().astype(float)
    low, high = np.full(target.shape, 0.05), np.full(target.shape, 20.0)
    for _ in range(40):
        power = np.sqrt(low * high)
        too_bright = (index ** power[:, None]).mean(axis=1) > target
        low, high = np.where(too_bright, power, low), np.where(too_bright, high, power)
    clearness: np.ndarray = index ** np.sqrt(low * high)[:, None]
    return clearness


def _daily_clearness(variate: np.ndarray, month: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Map the standard normal ``variate`` (day, cell) onto each month's quantiles, 0..1."""
    levels = quantiles.shape[1]
    position = np.clip(ndtr(variate) * levels - 0.5, 0, levels - 1)
    below = np.minimum(position.astype(int), levels - 2)
    cell = np.arange(variate.shape[1])
    first = quantiles[month[:, None], below, cell]
    second = quantiles[month[:, None], below + 1, cell]
    clearness: np.ndarray = first + (position - below) * (second - first)
    return clearness


def _hourly_clearness(
    day: np.ndarray, departure: np.ndarray, *, spread: float, ceiling: float
) -> np.ndarray:
    """Return the hourly clear-sky index around its day's value.

    Parameters
    ----------
    day : the day's clear-sky index at each hour, (time, cell).
    departure : standard normal variate, (time, cell).
    spread : standard deviation of the hours is ``spread * day * (1 - day)``.
    ceiling : largest hourly value (cloud enhancement).
    """
    clearness: np.ndarray = np.clip(day + spread * day * (1 - day) * departure, _DARKEST, ceiling)
    return clearness


def _match_months(
    index: np.ndarray,
    clear: np.ndarray,
    month: np.ndarray,
    target: np.ndarray,
    *,
    ceiling: float,
) -> np.ndarray:
    """Scale an hourly clear-sky index so that each month's GHI is ``target`` times the cloudless.

    Parameters
    ----------
    index, clear : clear-sky index and cloudless GHI, (time, cell).
    month : 0..11 of each hour.
    target : wanted ratio of the month's sums, (12, cell).
    ceiling : no hour may exceed it.

    Returns
    -------
    ndarray : (time, cell), at most ``ceiling``; sums agree within 0.5 % unless ``target`` is close
        to ``ceiling``.
    """
    matched = index.copy()
    for number in np.unique(month):
        rows = month == number
        sky, hours = clear[rows], matched[rows]
        wanted = target[number] * sky.sum(axis=0)
        for _ in range(_MATCH_ROUNDS):
            ratio = wanted / np.maximum((hours * sky).sum(axis=0), 1e-9)
            hours = np.minimum(hours * ratio, ceiling)
        matched[rows] = hours
    return matched


def split_beam(
    ghi: np.ndarray, elevation: np.ndarray, day_of_year: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return direct normal and diffuse horizontal irradiance that close with ``ghi``, W m-2.

    Parameters
    ----------
    ghi, elevation : W m-2 and degrees without refraction, (time, cell).
    day_of_year : (time).

    Returns
    -------
    tuple : (dni, dhi), (time, cell) float32; ghi = dhi + dni * sin(elevation). With the sun less
        than 3.7 degrees up all light is diffuse.

    References
    ----------
    Erbs, Klein and Duffie (1982), Estimation of the diffuse radiation fraction for hourly, daily
    and monthly-average global radiation, Solar Energy 28(4), 293-302, in pvlib.
    """
    dni = np.zeros_like(ghi, dtype=np.float32)
    height = np.sin(np.radians(elevation))
    up = (height > _HORIZON_COSINE) & (ghi > 0)
    days = np.broadcast_to(day_of_year[:, None], ghi.shape)[up]
    erbs = pvlib.irradiance.erbs(ghi[up], 90 - elevation[up], days)
    dni[up] = np.clip(np.nan_to_num(erbs["dni"]), 0, ghi[up] / height[up])
    diffuse = ghi - dni * np.where(up, height, 0)
    return dni, np.maximum(diffuse, 0).astype(np.float32)


GENERATOR_VERSION = 3
"""Raise it whenever the code below or beside it gives other numbers: caches go by it."""

_UNITS = {
    "seed": "1",
    "cloud_day_persistence": "1",
    "cloud_correlation_length": "km",
    "cloud_hour_spread": "1",
    "cloud_hour_persistence": "1",
    "cloud_hour_correlation_length": "km",
    "cloud_enhancement": "1",
    "cloud_wind_correlation": "1",
    "wind_synoptic_share": "1",
    "wind_synoptic_time": "h",
    "wind_synoptic_length": "km",
    "wind_mesoscale_time": "h",
    "wind_mesoscale_length": "km",
    "wind_day_peak_100m": "h",
    "shear_exponent_day": "1",
    "shear_exponent_night": "1",
    "temperature_anomaly_winter": "K",
    "temperature_anomaly_summer": "K",
    "temperature_anomaly_persistence": "1",
    "temperature_correlation_length": "km",
    "temperature_day_range_sunny": "K",
    "temperature_day_range_min": "K",
    "temperature_day_peak": "h",
}


def sample_parameters(values: Assumptions) -> dict[str, float]:
    """Return the generator's parameters by name from the assumptions ``weather_sample``."""
    read = {name: values.get("weather_sample", name, unit=unit) for name, unit in _UNITS.items()}
    read["weibull_shape"] = values.get("wind_climate", "weibull_shape", unit="1")
    return read


def sample_times() -> pd.DatetimeIndex:
    """Return the labels of the sample year: 8760 hour ends of 2023, UTC."""
    return pd.date_range("2023-01-01 01:00", "2024-01-01 00:00", freq="h", unit="ns")


@dataclass(frozen=True)
class Cells:
    """Some cells of the climatology: places and monthly and static fields, (12, cell) or (cell)."""

    latitude: np.ndarray
    longitude: np.ndarray
    fields: dict[str, np.ndarray]
    quantiles: np.ndarray
    clear_share: np.ndarray

    @classmethod
    def of(cls, climate: xr.Dataset) -> Cells:
        """Flatten the cells of a climatology, rows of latitude after one another."""
        stacked = climate.stack(cell=("latitude", "longitude"))
        latitude, longitude = (stacked[name].to_numpy() for name in ("latitude", "longitude"))
        names = ("temp_air_mean", "linke_turbidity", "elevation", WIND, *WIND_COURSE)
        fields = {name: stacked[name].to_numpy().astype(float) for name in names}
        share = (stacked["ghi_mean"] / stacked["ghi_clear_mean"]).to_numpy().astype(float)
        quantiles = _clearness_quantiles(climate, latitude, longitude, share)
        return cls(latitude, longitude, fields, quantiles, share)


def _weather_of(
    cells: Cells, hours: Hours, variates: dict[str, np.ndarray], parameters: dict[str, float]
) -> dict[str, np.ndarray]:
    """Return the canonical variables of some cells, each (time, cell) float32."""
    ghi, dni, dhi = _sky(cells, hours, variates, parameters)
    solar_hour = np.asarray(hours.middle.hour)[:, None] + 0.5 + cells.longitude / 15
    temperature = _temperature(cells, hours, variates, parameters, ghi, solar_hour)
    low, high = _wind(cells, hours, variates, parameters, solar_hour)
    found = {
        "ghi": ghi,
        "dni": dni,
        "dhi": dhi,
        "temp_air": temperature,
        "pressure": surface_pressure(temperature, cells.fields["elevation"]),
        "wind_speed_10m": low,
        "wind_speed_100m": high,
    }
    return {name: found[name].astype(np.float32, copy=False) for name in WEATHER}


def _wind(
    cells: Cells,
    hours: Hours,
    variates: dict[str, np.ndarray],
    parameters: dict[str, float],
    solar_hour: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return wind at 10 m and 100 m; over a whole year each cell has the climate's mean."""
    month = hours.year_fraction[:, None] * 12 + 0.5
    season = 2 * np.pi * (month - cells.fields["wind_season_peak"]) / 12
    cycle = _daily_cycle(solar_hour, parameters["wind_day_peak_100m"])
    modulation = (1 + cells.fields["wind_season_amplitude"] * np.cos(season)) * (
        1 + cells.fields["wind_day_amplitude"] * cycle
    )
    variate = variates["wind"].astype(float)
    high = _wind_speed_100m(
        _standardise(variate) if hours.whole_year else variate,
        cells.fields[WIND],
        modulation,
        shape=hourly_shape(
            parameters["weibull_shape"],
            cells.fields["wind_season_amplitude"],
            cells.fields["wind_day_amplitude"],
        ),
        exact=hours.whole_year,
    )
    exponent = _shear_exponent(
        solar_hour,
        day=parameters["shear_exponent_day"],
        night=parameters["shear_exponent_night"],
    )
    return high * 0.1**exponent, high


def _sky(
    cells: Cells, hours: Hours, variates: dict[str, np.ndarray], parameters: dict[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return GHI, DNI and DHI; each month has the climate's mean GHI."""
    position = sun(hours.middle)
    elevation = elevation_deg(position, cells.latitude, cells.longitude)
    clear = clear_sky(
        elevation,
        position.extraterrestrial[:, None],
        linke_turbidity=cells.fields["linke_turbidity"][hours.month],
        altitude=cells.fields["elevation"],
    )
    day = _daily_clearness(variates["cloud_day"], hours.day_month, cells.quantiles)
    index = _hourly_clearness(
        day[hours.day],
        variates["cloud_hour"],
        spread=parameters["cloud_hour_spread"],
        ceiling=parameters["cloud_enhancement"],
    )
    index = _match_months(
        index, clear, hours.month, cells.clear_share, ceiling=parameters["cloud_enhancement"]
    )
    ghi = (index * clear).astype(np.float32)
    dni, dhi = split_beam(ghi, elevation, hours.middle.dayofyear.to_numpy())
    return ghi, dni, dhi


def _temperature(
    cells: Cells,
    hours: Hours,
    variates: dict[str, np.ndarray],
    parameters: dict[str, float],
    ghi: np.ndarray,
    solar_hour: np.ndarray,
) -> np.ndarray:
    """Return air temperature; over a whole year each month has the climate's mean."""
    winter, summer = (
        parameters[f"temperature_anomaly_{season}"] for season in ("winter", "summer")
    )
    cold = 0.5 + 0.5 * np.cos(2 * np.pi * hours.year_fraction)
    deviation = summer + (winter - summer) * cold
    elapsed = (hours.middle - hours.middle[0].normalize() + DAY_BEGINS) / pd.Timedelta(days=1)
    position = np.clip(np.asarray(elapsed) % 1 - 0.5 + hours.day, 0, hours.day[-1])
    before = np.minimum(position.astype(int), max(hours.day[-1] - 1, 0))
    after = np.minimum(before + 1, hours.day[-1])
    share = (position - before)[:, None]
    daily = np.clip(variates["temperature_day"], -3.5, 3.5)
    anomaly = ((1 - share) * daily[before] + share * daily[after]) * deviation[:, None]
    per_day = np.bincount(hours.day)[:, None]
    starts = np.searchsorted(hours.day, np.arange(hours.day[-1] + 1))
    day_ghi = np.add.reduceat(ghi, starts, axis=0) / per_day
    weights = _seasonal_weights(hours.year_fraction, hours.month)
    if hours.whole_year:
        anomaly -= weights @ _monthly_means(anomaly, hours.month)
    return _air_temperature(
        weights @ cells.fields["temp_air_mean"],
        anomaly,
        day_ghi[hours.day],
        _daily_cycle(solar_hour, parameters["temperature_day_peak"]),
        range_sunny=parameters["temperature_day_range_sunny"],
        range_min=parameters["temperature_day_range_min"],
    )


def sample_tiles(
    climate: xr.Dataset,
    parameters: dict[str, float],
    times: pd.DatetimeIndex,
    *,
    rows: int = 16,
    columns: int = 21,
) -> Iterator[xr.Dataset]:
    """Yield the sample weather tile by tile: all ``times``, ``rows`` x ``columns`` cells.

    Parameters
    ----------
    climate : :func:`~greenanalysis.weather.sample.climate.load_climate`, or a box of it.
    parameters : :func:`sample_parameters`.
    times : hour-ending labels, UTC, hourly; fewer than a year for tests.
    rows, columns : cells of a tile.
    """
    hours = Hours.of(times)
    latitude, longitude = climate["latitude"].to_numpy(), climate["longitude"].to_numpy()
    every = [x.ravel() for x in np.meshgrid(latitude, longitude, indexing="ij")]
    variates = gaussian_variates(hours, every[0], every[1], parameters)
    number = np.arange(len(latitude) * len(longitude)).reshape(len(latitude), len(longitude))
    for top in range(0, len(latitude), rows):
        for left in range(0, len(longitude), columns):
            box = {
                "latitude": slice(top, top + rows),
                "longitude": slice(left, left + columns),
            }
            part = climate.isel(box)
            chosen = number[box["latitude"], box["longitude"]].ravel()
            own = {name: field[:, chosen] for name, field in variates.items()}
            found = _weather_of(Cells.of(part), hours, own, parameters)
            coords = {"time": times, "latitude": part["latitude"], "longitude": part["longitude"]}
            shape = (len(times), part.sizes["latitude"], part.sizes["longitude"])
            yield xr.Dataset(
                {
                    name: describe(xr.DataArray(values.reshape(shape), coords, DIMS), name)
                    for name, values in found.items()
                }
            )
