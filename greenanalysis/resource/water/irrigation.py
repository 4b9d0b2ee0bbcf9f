"""Irrigation: reference evapotranspiration after FAO-56, crop coefficients, losses on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyet

from greenanalysis.core.errors import input_error
from greenanalysis.resource.checks import require_above_zero, require_range, require_share

_FAO56 = "R. G. Allen et al., Crop evapotranspiration, FAO Irrigation and Drainage Paper 56, 1998"
_DAILY = ("temp_max", "temp_min", "wind_speed_2m", "shortwave")
_HALF_HOUR = pd.Timedelta(minutes=30)


def wind_speed_2m(wind_speed: float, *, height_m: float) -> float:
    """Carry a wind speed from the height of its measurement to 2 m over short grass.

    Parameters
    ----------
    wind_speed : m/s, a number or array.
    height_m : above the ground, above 0.09 m.

    Returns
    -------
    like ``wind_speed`` : m/s.

    Raises
    ------
    InputError : a height at which the profile ends.

    References
    ----------
    FAO Irrigation and Drainage Paper 56, equation 47.
    """
    require_range("height_m", height_m, where="wind_speed_2m()", minimum=0.1)
    return wind_speed * 4.87 / math.log(67.8 * height_m - 5.42)


def _saturation_pressure_kpa(temperature: pd.Series) -> pd.Series:
    """Return the saturation vapour pressure (kPa) at a temperature (degC), FAO-56 equation 11."""
    pressure: pd.Series = pyet.calc_e0(temperature)
    return pressure


def vapour_pressure_kpa(
    *, temp_max: pd.Series, temp_min: pd.Series, rh_max: pd.Series, rh_min: pd.Series
) -> pd.Series:
    """Return the actual vapour pressure (kPa) from the day's humidity (%), FAO-56 equation 17."""
    where = "vapour_pressure_kpa()"
    require_range("rh_max", rh_max, where=where, maximum=100)
    require_range("rh_min", rh_min, where=where, maximum=100)
    pressure: pd.Series = pyet.calc_ea(tmax=temp_max, tmin=temp_min, rhmax=rh_max, rhmin=rh_min)
    return pressure


def vapour_pressure_from_minimum_kpa(temp_min: pd.Series, *, offset: float) -> pd.Series:
    """Return the vapour pressure (kPa) where humidity is not known: dew near the night's minimum.

    Parameters
    ----------
    temp_min : daily minimum, degC.
    offset : K by which the dew point lies below it; 0 over watered land, more where it is dry.

    References
    ----------
    FAO Irrigation and Drainage Paper 56, equation 48.
    """
    return _saturation_pressure_kpa(temp_min - offset)


def shortwave_from_sunshine(sunshine_hours: pd.Series, *, latitude: float) -> pd.Series:
    """Return daily solar radiation (MJ m-2) from hours of sunshine, FAO-56 equation 35."""
    light: pd.Series = pyet.calc_rad_sol_in(sunshine_hours, np.deg2rad(latitude))
    return light


def daily_weather(hourly: pd.DataFrame, *, utc_offset_hours: float) -> pd.DataFrame:
    """Make the days that FAO-56 asks for from hours of the canonical weather.

    Parameters
    ----------
    hourly : ``temp_air`` degC, ``ghi`` W/m2, ``wind_speed_10m`` m/s; label = end of the hour, UTC.
    utc_offset_hours : local time less UTC.

    Returns
    -------
    DataFrame : by local day ``temp_max``, ``temp_min`` degC, ``wind_speed_2m`` m/s, ``shortwave``
        MJ m-2; days of less than 24 hours, or with NaN, are left out.

    Raises
    ------
    InputError : a column missing.
    """
    columns = ("temp_air", "ghi", "wind_speed_10m")
    missing = [name for name in columns if name not in hourly]
    if missing:
        raise input_error("columns", where="daily_weather()", allowed=columns, got=missing)
    shift = pd.Timedelta(hours=utc_offset_hours) - _HALF_HOUR
    groups = hourly[list(columns)].groupby((pd.DatetimeIndex(hourly.index) + shift).normalize())
    days = pd.DataFrame(
        {
            "temp_max": groups["temp_air"].max(),
            "temp_min": groups["temp_air"].min(),
            "wind_speed_2m": wind_speed_2m(1.0, height_m=10) * groups["wind_speed_10m"].mean(),
            "shortwave": groups["ghi"].sum() * 0.0036,
        }
    )
    return days[groups.count().min(axis=1) == 24].astype(float)


def reference_evapotranspiration(
    days: pd.DataFrame,
    *,
    vapour_pressure: pd.Series,
    elevation_m: float,
    latitude: float,
    soil_heat: float = 0.0,
) -> pd.Series:
    """Compute the evapotranspiration of the grass reference crop after FAO Penman-Monteith.

    Parameters
    ----------
    days : index of days (or of the middle of months), columns :data:`_DAILY` as in
        :func:`daily_weather`.
    vapour_pressure : kPa, by day.
    elevation_m, latitude : of the place, m and degrees north.
    soil_heat : MJ m-2 a day into the ground; 0 for days, ``0.14 (T - T of last month)`` for months.

    Returns
    -------
    Series : mm a day, 0 or more.

    Raises
    ------
    InputError : a column missing, an unordered pair of temperatures, or values out of range.

    Notes
    -----
    Computed by pyet (Vremec et al. 2024, doi:10.5194/gmd-17-7083-2024). No snow, no frozen ground.

    References
    ----------
    FAO Irrigation and Drainage Paper 56, equation 6.
    """
    where = "reference_evapotranspiration()"
    missing = [name for name in _DAILY if name not in days]
    if missing:
        raise input_error("columns", where=where, allowed=_DAILY, got=missing)
    require_range("temp_max less temp_min", days["temp_max"] - days["temp_min"], where=where)
    require_range("wind_speed_2m", days["wind_speed_2m"], where=where, maximum=60)
    require_range("shortwave", days["shortwave"], where=where, maximum=50)
    require_range("latitude", latitude, where=where, minimum=-66, maximum=66)
    result = pyet.pm_fao56(
        (days["temp_max"] + days["temp_min"]) / 2,
        days["wind_speed_2m"],
        rs=days["shortwave"],
        tmax=days["temp_max"],
        tmin=days["temp_min"],
        ea=vapour_pressure,
        elevation=elevation_m,
        lat=np.deg2rad(latitude),
        g=soil_heat,
    )
    evaporation: pd.Series = result.rename("reference_evapotranspiration")
    return evaporation


@dataclass(frozen=True, kw_only=True)
class Crop:
    """Crop coefficients and lengths of the four stages (days) of FAO-56, and the planting day."""

    kc_ini: float
    kc_mid: float
    kc_end: float
    days: tuple[float, float, float, float]
    planting_day: float

    def __post_init__(self) -> None:
        """Refuse what no crop can be."""
        for name in ("kc_ini", "kc_mid", "kc_end"):
            require_range(name, getattr(self, name), where="Crop", maximum=2)
        require_range("days", self.days, where="Crop")
        require_range("planting_day", self.planting_day, where="Crop", minimum=1, maximum=366)


def crop_coefficient(day_of_year: np.ndarray, *, crop: Crop) -> np.ndarray:
    """Return the crop coefficient: level at first, rising, level, falling; 0 off the field.

    Parameters
    ----------
    day_of_year : 1..366, of any shape.
    crop : see :class:`Crop`; the season may run into the next year.

    References
    ----------
    FAO Irrigation and Drainage Paper 56, figure 34.
    """
    ends = np.cumsum(crop.days)
    age = (np.asarray(day_of_year, dtype=float) - crop.planting_day) % 365
    values = [crop.kc_ini, crop.kc_ini, crop.kc_mid, crop.kc_mid, crop.kc_end]
    curve = np.interp(age, [0.0, *ends], values)
    return np.where(age < ends[-1], curve, 0.0)


def net_irrigation_mm(
    evapotranspiration: pd.Series, *, crop: Crop, effective_rain: pd.Series | float = 0.0
) -> pd.Series:
    """Return the water (mm a day) that a crop wants beyond the rain it can use, 0 or more.

    Raises
    ------
    InputError : negative evapotranspiration or rain.
    """
    where = "net_irrigation_mm()"
    require_range("evapotranspiration", evapotranspiration, where=where)
    require_range("effective_rain", effective_rain, where=where)
    index = pd.DatetimeIndex(evapotranspiration.index)
    wanted = evapotranspiration * crop_coefficient(index.dayofyear.to_numpy(), crop=crop)
    need: pd.Series = (wanted - effective_rain).clip(lower=0.0).rename("net_irrigation")
    return need


def withdrawal_m3(
    net_mm: float, *, area_ha: float, application_efficiency: float, canal_loss: float
) -> float:
    """Return the water to take from the source for a field's need.

    Parameters
    ----------
    net_mm : what the crop wants; 1 mm is 10 m3 a hectare.
    area_ha : irrigated area.
    application_efficiency : share of the water at the field that the crop can use, above 0 to 1.
    canal_loss : share of the water taken that never reaches the field, 0 up to (not) 1.

    Raises
    ------
    InputError : a negative number or a share out of range.
    """
    where = "withdrawal_m3()"
    require_range("net_mm", net_mm, where=where)
    require_range("area_ha", area_ha, where=where)
    require_share("application_efficiency", application_efficiency, where=where)
    require_above_zero("application_efficiency", application_efficiency, where=where)
    require_range("canal_loss", canal_loss, where=where, maximum=1 - 1e-9)
    return net_mm * 10 * area_ha / application_efficiency / (1 - canal_loss)


def lining_saving(*, loss_before: float, loss_after: float) -> float:
    """Return the share of the water taken that lining a canal saves, 0 where it brings nothing.

    Raises
    ------
    InputError : a loss outside 0..1.
    """
    where = "lining_saving()"
    require_range("loss_before", loss_before, where=where, maximum=1 - 1e-9)
    require_range("loss_after", loss_after, where=where, maximum=1 - 1e-9)
    return max(0.0, 1 - (1 - loss_before) / (1 - loss_after))
