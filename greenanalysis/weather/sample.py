"""The sample year: hourly weather drawn from the climatology. Screening grade, not measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assumptions import Assumptions
from greenanalysis.variables import DIMS, WEATHER, describe
from greenanalysis.weather import sample_air, sample_sky
from greenanalysis.weather.clearsky import clear_sky, elevation_deg, sun
from greenanalysis.weather.sample_variates import DAY_BEGINS, Hours, gaussian_variates

GENERATOR_VERSION = 2
"""Raise it whenever the code below or beside it gives other numbers: caches go by it."""

UNITS = {
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
    "wind_season_amplitude": "1",
    "wind_season_peak": "month",
    "wind_day_amplitude_100m": "1",
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
    read = {name: values.get("weather_sample", name, unit=unit) for name, unit in UNITS.items()}
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
        names = ("temp_air_mean", "linke_turbidity", "elevation", "wind_speed_100m_mean")
        fields = {name: stacked[name].to_numpy().astype(float) for name in names}
        share = (stacked["ghi_mean"] / stacked["ghi_clear_mean"]).to_numpy().astype(float)
        quantiles = sample_sky.clearness_quantiles(climate, latitude, longitude, share)
        return cls(latitude, longitude, fields, quantiles, share)


def weather_of(
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
        "pressure": sample_air.surface_pressure(temperature, cells.fields["elevation"]),
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
    season = 2 * np.pi * (hours.year_fraction * 12 - (parameters["wind_season_peak"] - 0.5)) / 12
    cycle = sample_air.daily_cycle(solar_hour, parameters["wind_day_peak_100m"])
    modulation = (1 + parameters["wind_season_amplitude"] * np.cos(season))[:, None] * (
        1 + parameters["wind_day_amplitude_100m"] * cycle
    )
    variate = variates["wind"].astype(float)
    high = sample_air.wind_speed_100m(
        sample_air.standardise(variate) if hours.whole_year else variate,
        cells.fields["wind_speed_100m_mean"],
        modulation,
        shape=parameters["weibull_shape"],
        exact=hours.whole_year,
    )
    exponent = sample_air.shear_exponent(
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
    day = sample_sky.daily_clearness(variates["cloud_day"], hours.day_month, cells.quantiles)
    index = sample_sky.hourly_clearness(
        day[hours.day],
        variates["cloud_hour"],
        spread=parameters["cloud_hour_spread"],
        ceiling=parameters["cloud_enhancement"],
    )
    index = sample_sky.match_months(
        index, clear, hours.month, cells.clear_share, ceiling=parameters["cloud_enhancement"]
    )
    ghi = (index * clear).astype(np.float32)
    dni, dhi = sample_sky.split_beam(ghi, elevation, hours.middle.dayofyear.to_numpy())
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
    weights = sample_air.seasonal_weights(hours.year_fraction, hours.month)
    if hours.whole_year:
        anomaly -= weights @ sample_air.monthly_means(anomaly, hours.month)
    return sample_air.air_temperature(
        weights @ cells.fields["temp_air_mean"],
        anomaly,
        day_ghi[hours.day],
        sample_air.daily_cycle(solar_hour, parameters["temperature_day_peak"]),
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
    climate : :func:`~greenanalysis.weather.climate.load_climate`, or a box of it.
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
            found = weather_of(Cells.of(part), hours, own, parameters)
            coords = {"time": times, "latitude": part["latitude"], "longitude": part["longitude"]}
            shape = (len(times), part.sizes["latitude"], part.sizes["longitude"])
            yield xr.Dataset(
                {
                    name: describe(xr.DataArray(values.reshape(shape), coords, DIMS), name)
                    for name, values in found.items()
                }
            )
