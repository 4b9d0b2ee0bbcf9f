"""A typical year put together from the most typical months, after ISO 15927-4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import rankdata

from greenanalysis.core.files import sha256_json
from greenanalysis.core.variables import weather_names, wind_heights
from greenanalysis.weather import canonical
from greenanalysis.weather.correct.years import hours_of, require_several, whole_years

_PRIMARY = ("temp_air", "ghi")
_CANDIDATES = 3
_NOMINAL_YEAR = 2023
"""Year of the labels: an ordinary one, with 8760 hours."""


@dataclass(frozen=True, eq=False)
class TypicalYear:
    """``weather`` of 8760 hours and the ``table`` of the choice, one row a month.

    Columns of the table: month, year (chosen), candidates, ``fs_<variable>`` (Finkelstein-Schafer
    statistic of the chosen month), wind_deviation (of its mean wind from the long-term, m s-1).
    """

    weather: xr.Dataset
    table: pd.DataFrame


def finkelstein_schafer(month: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """Return how far a month's distribution of daily means is from that of all years.

    Parameters
    ----------
    month : daily means (day, ...).
    pool : daily means of this calendar month of all years, the month itself among them (day, ...).

    Returns
    -------
    ndarray : (...), the sum over the month's days of \\|F - Phi\\|, with F = rank / (n + 1) in the
        month and Phi = rank / (N + 1) in the pool; 0 is a perfect likeness. Equal values share
        their mean rank.

    References
    ----------
    Finkelstein and Schafer (1971), Improved goodness-of-fit tests, Biometrika 58(3), 641-645.
    ISO 15927-4:2005, Hygrothermal performance of buildings - Calculation and presentation of
    climatic data - Part 4.
    """
    own = rankdata(month, axis=0) / (len(month) + 1)
    order = np.sort(pool, axis=0)
    flat, values = order.reshape(len(pool), -1), month.reshape(len(month), -1)
    rank = np.empty(values.shape)
    for column in range(values.shape[1]):
        below = np.searchsorted(flat[:, column], values[:, column], side="left")
        upto = np.searchsorted(flat[:, column], values[:, column], side="right")
        rank[:, column] = (below + 1 + upto) / 2
    distance: np.ndarray = abs(own - rank.reshape(month.shape) / (len(pool) + 1)).sum(axis=0)
    return distance


def typical_year(
    weather: xr.Dataset,
    *,
    primary: Sequence[str] | None = None,
    secondary: str | None = None,
    nominal_year: int = _NOMINAL_YEAR,
) -> TypicalYear:
    """Put a typical year together: for each calendar month the most typical of all years.

    Parameters
    ----------
    weather : canonical weather of two or more whole years; any variables.
    primary : variables whose daily means rank the years by :func:`finkelstein_schafer`; by default
        temperature, GHI and the highest wind, as far as they are there.
    secondary : variable whose monthly mean decides among the three best; by default the lowest
        wind, or the first of ``primary``.
    nominal_year : year of the labels, not a leap year.

    Returns
    -------
    TypicalYear : the weather is lazy, 8760 h, and names its months in ``attrs``.

    Raises
    ------
    InputError : fewer than two whole years.

    Notes
    -----
    After ISO 15927-4: years are ranked for each primary variable, the ranks are added, and of the
    three lowest sums the month with the mean wind nearest to the long-term one is taken. What is
    different: wind at 100 m stands in the place of humidity, which canonical weather does not hold;
    months are chosen once for all cells, by statistics averaged over the cells by area, so that the
    weather stays of one piece from place to place; months are joined as they are, without smoothing
    their first and last hours, so that energy is not altered; 29 February is left out; the sun of
    the nominal year differs from that of the chosen one by a minute or two. Extremes and the spread
    of years are lost: use the years themselves for P90 and for adequacy.
    """
    years = whole_years(weather)
    require_several(years, where="typical_year()")
    winds = list(wind_heights(weather).values())
    if primary is None:
        primary = [name for name in (*_PRIMARY, *winds[-1:]) if name in weather]
        primary = primary or weather_names(weather)
    secondary = secondary or (winds or list(primary))[0]
    names = list(dict.fromkeys([*primary, secondary]))
    daily = _daily_means(weather[names], years)
    rows = [_choose(daily, month, years, primary, secondary) for month in range(1, 13)]
    table = pd.DataFrame(rows)
    chosen = [int(year) for year in table["year"]]
    description = f"typical year after ISO 15927-4 from {years[0]}-{years[-1]} ({len(years)} years)"
    made = assembled_year(weather, chosen, years, nominal_year, description=description)
    return TypicalYear(made, table)


def _without_leap_day(middle: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray(~((middle.month == 2) & (middle.day == 29)))


def _daily_means(weather: xr.Dataset, years: Sequence[int]) -> xr.Dataset:
    """Return means of the days (UTC) of whole years, in memory, without 29 February."""
    middle = hours_of(weather)
    use = np.flatnonzero(middle.year.isin(list(years)) & _without_leap_day(middle))
    parts = weather.isel(time=use)
    days = middle[use].normalize()[::24]
    mean = parts.coarsen(time=24).mean().compute()
    return mean.assign_coords(time=days)


def _choose(
    daily: xr.Dataset, month: int, years: Sequence[int], primary: Sequence[str], secondary: str
) -> dict[str, object]:
    weight = np.cos(np.radians(daily["latitude"].to_numpy()))[:, None]
    days = pd.DatetimeIndex(daily["time"].to_numpy())
    inside = days.month == month
    at = [np.flatnonzero(inside & (days.year == year)) for year in years]

    def over_cells(values: np.ndarray) -> float:
        return float((values * weight).sum() / (np.ones_like(values) * weight).sum())

    statistics = {}
    for name in primary:
        values = daily[name].to_numpy().astype(float)
        pool = values[inside]
        statistics[name] = [over_cells(finkelstein_schafer(values[days_], pool)) for days_ in at]
    rank = sum(rankdata(np.round(s, 12), method="min") for s in statistics.values())
    best = np.argsort(rank, kind="stable")[:_CANDIDATES]
    wind = daily[secondary].to_numpy().astype(float)
    long_term = wind[inside].mean(axis=0)
    deviation = [over_cells(abs(wind[days_].mean(axis=0) - long_term)) for days_ in at]
    pick = int(min(best, key=lambda number: (round(deviation[number], 9), number)))
    return {
        "month": month,
        "year": years[pick],
        "candidates": " ".join(str(years[number]) for number in best),
        **{f"fs_{name}": statistics[name][pick] for name in primary},
        "wind_deviation": deviation[pick],
    }


def assembled_year(
    weather: xr.Dataset,
    chosen: Sequence[int],
    years: Sequence[int],
    nominal_year: int,
    *,
    description: str,
) -> xr.Dataset:
    """Return the months of the chosen years as one year.

    Parameters
    ----------
    weather : canonical weather; ``chosen`` the year of each month; ``years`` those there are.
    nominal_year : of the labels, not a leap year.
    description : added to the source.
    """
    middle = hours_of(weather)
    keep = _without_leap_day(middle)
    at = np.concatenate(
        [
            np.flatnonzero((middle.year == year) & (middle.month == month) & keep)
            for month, year in enumerate(chosen, start=1)
        ]
    )
    labels = pd.date_range(f"{nominal_year}-01-01 01:00", periods=8760, freq="h", unit="ns")
    months = " ".join(f"{month:02d}:{year}" for month, year in enumerate(chosen, start=1))
    made = canonical.finish(
        weather.isel(time=at).assign_coords(time=labels),
        name=f"{weather.attrs.get('name', 'weather')}-typical",
        grade=str(weather.attrs.get("grade", "real")),
        source=f"{weather.attrs.get('source', '')}; {description}".lstrip("; "),
        digest=sha256_json([weather.attrs.get("hash"), months, nominal_year]),
        carried=weather.attrs,
    )
    return made.assign_attrs(typical_months=months)
