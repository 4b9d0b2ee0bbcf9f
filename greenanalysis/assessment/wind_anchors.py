"""The cited sites of the wind map: each read with its own turbine, tower and losses."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import xarray as xr
from scipy.interpolate import PchipInterpolator

from greenanalysis.assessment.turbines import wind_plant
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.core.variables import DIMS, describe
from greenanalysis.resource.wind.farm import WindPlant
from greenanalysis.resource.wind.model import wind_capacity_factor
from greenanalysis.weather.sample.wind_climate import (
    hourly_shape,
    season_at,
    solve_speed,
    speed_at_100m,
)
from greenanalysis.weather.sample.wind_map import terrain_at
from greenanalysis.weather.sample.year import surface_pressure

_NUMERIC = (
    "latitude",
    "longitude",
    "height_m",
    "mean_speed_m_s",
    "capacity_factor",
    "specific_power_w_m2",
    "hub_m",
    "sigma",
    "station",
)
_SPEEDS = np.arange(2.0, 16.01, 0.25)
QUANTILES, MONTHS, HOURS = 40, 12, 6
_MEAN_TEMPERATURE = 5.0
"""degC, of the air that yields of anchors are read with; 10 K more or less move them by 1 %."""


def read_anchors(use: str | None = "fit") -> pd.DataFrame:
    """Return the rows of ``data/facts/wind_anchors.csv``, of one ``use`` or all (None)."""
    table = read_facts("wind_anchors", numeric=list(_NUMERIC))
    return table if use is None else table[table["use"] == use].reset_index(drop=True)


def with_speed(anchors: pd.DataFrame, values: Assumptions) -> pd.DataFrame:
    """Return anchors with ``speed_100m``: mean speed at 100 m, m/s.

    A measured speed is carried by the power law; a capacity factor becomes the speed at which the
    site's own plant reaches it in the site's season.
    """
    shear = values.get("wind_climate", "shear_exponent_mean", unit="1")
    speeds = []
    for row in anchors.to_dict("records"):
        if np.isfinite(row["mean_speed_m_s"]):
            height = np.array([row["height_m"]])
            measured = speed_at_100m(
                np.array([row["mean_speed_m_s"]]), height, shear_exponent=shear
            )
            speeds.append(float(measured[0]))
        else:
            curve = anchor_yield(pd.Series(row), values)
            speeds.append(
                solve_speed(
                    lambda speed, curve=curve: float(curve(speed)),  # type: ignore[misc]
                    float(row["capacity_factor"]),
                    where=str(row["site"]),
                )
            )
    return anchors.assign(speed_100m=speeds)


def _anchor_plant(anchor: pd.Series, values: Assumptions) -> WindPlant:
    """Return the plant of an anchor: its turbine or specific power, tower and losses."""
    power = float(anchor["specific_power_w_m2"])
    plant = wind_plant(
        values,
        turbine=str(anchor["turbine"]) or None,
        specific_power_w_m2=power if np.isfinite(power) else None,
        hub_height_m=float(anchor["hub_m"]),
    )
    return replace(plant, losses=()) if anchor["basis"] == "gross" else plant


def anchor_yield(anchor: pd.Series, values: Assumptions) -> PchipInterpolator:
    """Return the capacity factor of an anchor's plant as a function of the speed at 100 m."""
    place = (float(anchor["latitude"]), float(anchor["longitude"]))
    return yield_curve(_anchor_plant(anchor, values), values, latitude=place[0], longitude=place[1])


def yield_curve(
    plant: WindPlant, values: Assumptions, *, latitude: float, longitude: float
) -> PchipInterpolator:
    """Return the mean capacity factor of a plant at a place over the mean speed at 100 m.

    Parameters
    ----------
    plant : net of its own losses.
    values : hold ``wind_climate`` and ``weather_sample``.
    latitude, longitude : degrees; their height and season are used.

    Notes
    -----
    Hours are Weibull with the season and the day of the sample weather on top, so that a yield read
    here is the one that the sample gives back.
    """
    elevation = float(terrain_at(np.array([latitude]), np.array([longitude]))["elevation"][0])
    weather = _typical_weather(values, latitude, longitude, elevation)
    factor = wind_capacity_factor(weather, plant=plant, dtype="float64")
    mean = factor.mean("time").to_numpy()[0]
    return PchipInterpolator(_SPEEDS, mean, extrapolate=True)


def _typical_weather(
    values: Assumptions, latitude: float, longitude: float, elevation: float
) -> xr.Dataset:
    """Return hours (time, 1, speed) of one place with each of the mean speeds."""
    shape = values.get("wind_climate", "weibull_shape", unit="1")
    shear = values.get("wind_climate", "shear_exponent_mean", unit="1")
    season = season_at(np.array([latitude]), np.array([longitude]))
    unit = _unit_year(
        shape, float(season.amplitude[0]), float(season.peak_month[0]), float(season.day[0])
    )
    high = unit[:, None] * _SPEEDS
    temperature = np.full_like(high, _MEAN_TEMPERATURE)
    fields = {
        "wind_speed_100m": high,
        "wind_speed_10m": high * 0.1**shear,
        "temp_air": temperature,
        "pressure": surface_pressure(temperature, np.full_like(high, elevation)),
    }
    coords = {
        "time": pd.date_range("2023-01-01", periods=len(unit), freq="h"),
        "latitude": [latitude],
        "longitude": np.arange(len(_SPEEDS), dtype=float),
    }
    return xr.Dataset(
        {
            name: describe(xr.DataArray(field[:, None, :], coords=coords, dims=DIMS), name)
            for name, field in fields.items()
        }
    )


@lru_cache(maxsize=256)
def _unit_year(shape: float, amplitude: float, peak: float, day: float) -> np.ndarray:
    """Return speeds of mean 1: Weibull quantiles in each month and hour of the day."""
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    own = float(hourly_shape(shape, np.array(amplitude), np.array(day)))
    quantile = (-np.log1p(-levels)) ** (1 / own)
    month = 1 + amplitude * np.cos(2 * np.pi * (np.arange(MONTHS) + 1 - peak) / 12)
    hour = 1 + day * np.cos(2 * np.pi * np.arange(HOURS) / HOURS)
    unit = quantile[:, None, None] * month[:, None] * hour
    scaled: np.ndarray = (unit / unit.mean()).ravel()
    return scaled
