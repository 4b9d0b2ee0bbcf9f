"""Which years of a weather a network takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error

_HOURS_PER_YEAR = 8760
_HALF_HOUR = pd.Timedelta(minutes=30)


def whole_years(profiles: xr.Dataset) -> dict[int, xr.Dataset]:
    """Return the whole calendar years (UTC) of hourly profiles, each of 8760 hours.

    Parameters
    ----------
    profiles : any variables along ``time``, whose labels end the hours. Exactly 8760 hours count as
        one year, wherever they begin.

    Returns
    -------
    dict : year to profiles; 29 February is left out. Empty if no year is whole.
    """
    middles = pd.DatetimeIndex(profiles["time"].to_numpy()) - _HALF_HOUR
    if len(middles) == _HOURS_PER_YEAR:
        return {int(middles[0].year): profiles}
    regular = ~((middles.month == 2) & (middles.day == 29))
    years = {}
    for year in np.unique(middles.year):
        places = np.flatnonzero(regular & (middles.year == year))
        if len(places) == _HOURS_PER_YEAR:
            years[int(year)] = profiles.isel(time=places)
    return years


def chosen_years(profiles: xr.Dataset, asked: tuple[int, ...] | None) -> list[xr.Dataset]:
    """Return the profiles of the years that a scenario takes, in their order.

    Parameters
    ----------
    profiles : ``solar`` and ``wind``, (time, region), one or more whole years.
    asked : years; empty for all of them; None for the one whose mean capacity factors are nearest
        to those of all years (the sum of both relative distances).

    Raises
    ------
    InputError : no whole year, or a year that the profiles do not hold.
    """
    years = whole_years(profiles)
    if not years:
        raise input_error(
            "profiles", where="profiles", allowed=f"a calendar year of {_HOURS_PER_YEAR} hours",
            got=dict(profiles.sizes),
        )  # fmt: skip
    missing = [year for year in asked or () if year not in years]
    if missing:
        raise input_error("weather_years", where="scenario", allowed=list(years), got=missing)
    if asked is not None:
        return [years[year] for year in asked or years]
    return [years[_nearest(years)]]


def _nearest(years: dict[int, xr.Dataset]) -> int:
    means = pd.DataFrame(
        {
            year: {name: float(part[name].mean()) for name in ("solar", "wind")}
            for year, part in years.items()
        }
    ).T
    off = ((means - means.mean()) / means.mean()).abs().sum(axis=1)
    return list(years)[int(off.to_numpy().argmin())]
