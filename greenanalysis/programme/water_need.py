"""Water that a crop wants from irrigation in a region's weather, and how it meets reports."""

from __future__ import annotations

import math

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import load_country
from greenanalysis.programme.regional import REFERENCE, regional_facts
from greenanalysis.resource.water.irrigation import (
    Crop,
    daily_weather,
    net_irrigation_mm,
    reference_evapotranspiration,
    vapour_pressure_from_minimum_kpa,
    withdrawal_m3,
)

_FERGANA = "Fergana Valley"
_STAGES = ("ini", "dev", "mid", "late")


def load_crop(assumptions: Assumptions, name: str) -> Crop:
    """Return a crop of the assumptions, ``crop_<name>``.

    Raises
    ------
    InputError : an unknown crop.
    """

    def get(parameter: str, unit: str) -> float:
        return assumptions.get(f"crop_{name}", parameter, unit=unit)

    ini, dev, mid, late = (get(f"days_{stage}", "day") for stage in _STAGES)
    return Crop(
        kc_ini=get("kc_ini", "1"),
        kc_mid=get("kc_mid", "1"),
        kc_end=get("kc_end", "1"),
        days=(ini, dev, mid, late),
        planting_day=get("planting_day", "day"),
    )


def crop_need_mm(
    hourly: pd.DataFrame,
    assumptions: Assumptions,
    *,
    elevation_m: float,
    latitude: float,
    crop: str = "cotton",
    utc_offset_hours: float | None = None,
    effective_rain: pd.Series | float = 0.0,
) -> pd.Series:
    """Compute what a crop wants from irrigation in each month of a year.

    Parameters
    ----------
    hourly : ``temp_air`` degC, ``ghi`` W/m2, ``wind_speed_10m`` m/s, label = end of the hour, UTC.
    assumptions : ``crop_<name>``, ``irrigation``.
    crop : name of ``crop_<name>``.
    elevation_m, latitude : of the fields.
    utc_offset_hours : local time less UTC; by default that of the country.
    effective_rain : mm a day that the crop can use; none by default, which overstates the need.

    Returns
    -------
    Series : mm a month, index 1..12.

    Notes
    -----
    The canonical weather has no humidity: the dew point is taken some kelvin below the day's
    minimum temperature.
    """
    clock = load_country().utc_offset if utc_offset_hours is None else utc_offset_hours
    days = daily_weather(hourly, utc_offset_hours=clock)
    offset = assumptions.get("irrigation", "dewpoint_offset", unit="K")
    vapour = vapour_pressure_from_minimum_kpa(days["temp_min"], offset=offset)
    reference = reference_evapotranspiration(
        days, vapour_pressure=vapour, elevation_m=elevation_m, latitude=latitude
    )
    need = net_irrigation_mm(
        reference, crop=load_crop(assumptions, crop), effective_rain=effective_rain
    )
    month = pd.DatetimeIndex(need.index).month
    return need.groupby(month).sum().reindex(range(1, 13), fill_value=0.0).rename_axis("month")


def water_reference(region: str, assumptions: Assumptions, *, need_mm: float) -> pd.DataFrame:
    """Compare the modelled need of cotton with the region's reports; misses are shown.

    Parameters
    ----------
    region : code.
    assumptions : of irrigation.
    need_mm : of a season, see :func:`crop_need_mm`.

    Returns
    -------
    DataFrame : columns :data:`~greenanalysis.programme.regional.REFERENCE`; empty for a region
        without reports.
    """
    facts = regional_facts("water_regions", region)
    known = _known()
    if ("water_per_hectare", region) not in known or math.isnan(facts["canal_loss"]):
        return pd.DataFrame(columns=list(REFERENCE))
    furrow, drip = (
        withdrawal_m3(
            need_mm,
            area_ha=1,
            application_efficiency=assumptions.get("irrigation", name, unit="1"),
            canal_loss=0.0,
        )
        for name in ("furrow_efficiency", "drip_efficiency")
    )
    received, ministry = known["water_per_hectare", region]
    low, study = known["cotton_use_low", _FERGANA]
    high, _ = known["cotton_use_high", _FERGANA]
    saving = assumptions.get("drip_irrigation", "saving", unit="m3/ha")
    reported = str(assumptions.rows("drip_irrigation", "saving")["source"].iloc[0])
    short = "the model waters a whole season of cotton fully and without rain"
    rows = [
        _row(
            "cotton, use of water",
            need_mm * 10,
            (low + high) / 2,
            (high - low) / (high + low),
            study,
            f"{short}; the fields are in the Fergana Valley, some 300 km away, and not all were "
            "fully watered",
        ),
        _row(
            "water taken per hectare",
            furrow / (1 - facts["canal_loss"]),
            received,
            0.3,
            ministry,
            f"{short}, at the reported canal losses. Reported water, to the end of July over all "
            "crops, leaves a field a third of that: fields are short of water, or much of what "
            "seeps away reaches the roots as groundwater, or canals lose less than is said",
        ),
        _row(
            "water saved at the field by drip irrigation",
            furrow - drip,
            saving,
            0.3,
            reported,
            f"{short}; where water is short less is saved. The programme uses the reported figure",
        ),
    ]
    return pd.DataFrame(rows, columns=list(REFERENCE))


def _known() -> dict[tuple[str, str], tuple[float, str]]:
    table = read_facts("water_reference", numeric=["value"])
    keys = zip(table["quantity"], table["place"], strict=True)
    return dict(zip(keys, zip(table["value"], table["source"], strict=True), strict=True))


def _row(
    quantity: str, got: float, expected: float, tolerance: float, source: str, remark: str
) -> tuple[object, ...]:
    hit = abs(got - expected) <= tolerance * expected
    return (quantity, got, expected, "m3/ha", tolerance, hit, source, remark)
