"""A year that is exceeded with a probability (P50, P90), put together from whole months."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.weather.correct.typical import TypicalYear, assembled_year, typical_year
from greenanalysis.weather.correct.years import (
    annual_means,
    exceedance,
    hours_of,
    require_several,
    whole_years,
)

_NEAR_ENOUGH = 5e-4
_NOMINAL_YEAR = 2023


def exceeded_year(
    weather: xr.Dataset, *, probability: float = 0.9, variable: str = "ghi"
) -> TypicalYear:
    """Put a year together whose mean is exceeded with a probability in single years.

    Parameters
    ----------
    weather : canonical weather of several whole years; of several cells their mean by area counts.
    probability : 0.5 for P50, 0.9 for P90.
    variable : whose annual mean is meant: ``ghi`` for solar, ``wind_speed_100m`` for wind.

    Returns
    -------
    TypicalYear : ``weather`` of 8760 hours; ``table`` with the month, the chosen year, and in
        ``table.attrs`` the ``target`` (normal law over the years), the ``mean`` reached, and the
        number of ``years``.

    Raises
    ------
    InputError : fewer than two whole years, a probability outside 0.5 to 0.99, or no such variable.

    Notes
    -----
    Begins with the typical months (ISO 15927-4) and changes one month at a time for that of another
    year, the change that comes nearest to the target first, until the mean is within 0.05 % or no
    change helps; so P50 keeps the typical months as far as they give the mean, and months stay
    whole. The spread of single years is meant, not the uncertainty of the model. A year that is
    poor in the mean is not poor in each month: use it for energy, not for adequacy.

    References
    ----------
    Cebecauer and Suri (2015), Typical Meteorological Year data: SolarGIS approach, Energy Procedia
    69, 1958-1969, doi:10.1016/j.egypro.2015.03.195.
    """
    if not 0.5 <= probability <= 0.99:
        allowed = "0.5 to 0.99"
        raise input_error("probability", where="exceeded_year()", allowed=allowed, got=probability)
    if variable not in weather:
        allowed = ", ".join(str(name) for name in weather.data_vars)
        raise input_error("variable", where="exceeded_year()", allowed=allowed, got=variable)
    years = whole_years(weather)
    require_several(years, where="exceeded_year()")
    area = xr.DataArray(np.cos(np.radians(weather["latitude"])))
    annual = annual_means(weather, [variable])[variable].weighted(area).mean(
        ("latitude", "longitude")
    )  # fmt: skip
    levels = exceedance(annual, probabilities=[probability])
    target = float(levels["normal"].isel(probability=0))
    months, days = _monthly(weather[variable].weighted(area).mean(("latitude", "longitude")), years)
    first = [int(year) for year in typical_year(weather).table["year"]]
    chosen = _nearest([years.index(year) for year in first], months, days, target)
    reached = float((months[chosen, np.arange(12)] * days).sum() / days.sum())
    picked = [years[number] for number in chosen]
    words = f"P{100 * probability:g} year of {variable} from {years[0]}-{years[-1]}"
    table = pd.DataFrame({"month": range(1, 13), "year": picked, "typical_year": first})
    table.attrs = {"target": target, "mean": reached, "years": len(years)}
    made = assembled_year(weather, picked, years, _NOMINAL_YEAR, description=words)
    return TypicalYear(made, table)


def _monthly(series: xr.DataArray, years: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return means (year, month) without 29 February, and the days of each month."""
    middle = hours_of(series.to_dataset(name="value"))
    values = pd.Series(series.to_numpy().astype(float), middle)
    values = values[~((middle.month == 2) & (middle.day == 29))]
    index = pd.DatetimeIndex(values.index)
    means = values.groupby([index.year, index.month]).mean().unstack()
    days = pd.date_range(f"{_NOMINAL_YEAR}-01-01", periods=12, freq="MS").days_in_month
    return means.loc[years].to_numpy(), days.to_numpy(dtype=float)


def _nearest(start: list[int], months: np.ndarray, days: np.ndarray, target: float) -> np.ndarray:
    """Return the number of the year of each month, changed one by one towards the target."""
    chosen = np.array(start)
    share = days / days.sum()
    at = np.arange(12)
    for _ in range(48):
        mean = float((months[chosen, at] * share).sum())
        miss = abs(mean - target)
        if miss <= _NEAR_ENOUGH * abs(target):
            break
        after = abs(mean + (months - months[chosen, at]) * share - target)
        year, month = np.unravel_index(int(after.argmin()), after.shape)
        if after[year, month] >= miss - 1e-12:
            break
        chosen[month] = year
    return chosen
