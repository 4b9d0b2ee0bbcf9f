"""Several years: how they vary, which value most of them exceed, which year is typical."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.variables import describe
from greenanalysis.weather.clearsky import HALF_HOUR

_PROBABILITIES = (0.5, 0.9)


def hours_of(weather: xr.Dataset) -> pd.DatetimeIndex:
    """Return the middles of the hours: they, not the labels, tell year, month and day."""
    return pd.DatetimeIndex(weather["time"].to_numpy()) - HALF_HOUR


def whole_years(weather: xr.Dataset, *, where: str = "weather") -> list[int]:
    """Return the calendar years (UTC) of which no hour lacks.

    Raises
    ------
    InputError : there is none.
    """
    years_present, counts = np.unique(hours_of(weather).year, return_counts=True)
    hours = {int(year): int(count) for year, count in zip(years_present, counts, strict=True)}
    years = [y for y, n in hours.items() if n >= 8760 + 24 * pd.Timestamp(y, 1, 1).is_leap_year]
    if not years:
        raise input_error(
            "years", where=where, allowed="a whole year at least", got=f"hours {hours}"
        )
    return sorted(years)


def annual_means(
    weather: xr.Dataset, names: Iterable[str] = ("ghi", "wind_speed_100m")
) -> xr.Dataset:
    """Return the mean of every whole calendar year (UTC).

    Parameters
    ----------
    weather : canonical weather.
    names : variables to average.

    Returns
    -------
    Dataset : (year, latitude, longitude), in memory, units as in the weather.

    Raises
    ------
    InputError : no whole year.
    """
    names, years, of = list(names), whole_years(weather), hours_of(weather).year
    means = [
        weather[names].isel(time=np.flatnonzero(of == year)).mean("time", dtype="float64")
        for year in years
    ]
    annual = xr.concat(means, pd.Index(years, name="year")).compute()
    described = {
        name: describe(annual[name], name, cell_methods="time: mean over each year")
        for name in names
    }
    return xr.Dataset(described)


def region_annual(annual: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    """Return the weighted mean of each region and year.

    Parameters
    ----------
    annual : (year, latitude, longitude).
    weights : (region, latitude, longitude), such as areas in km2, on the same cells.

    Returns
    -------
    DataArray : (year, region), units of ``annual``; NaN where a region has no weight.

    Raises
    ------
    InputError : other cells.
    """
    for dim in ("latitude", "longitude"):
        if not annual[dim].equals(weights[dim]):
            raise input_error(
                f"{dim} of the weights",
                where="region_annual()",
                allowed="the cells of the annual means",
                got=weights[dim].to_numpy(),
            )
    total = weights.sum(("latitude", "longitude"))
    dims = ("latitude", "longitude")
    mean = (annual * weights).sum(dims) / total.where(total > 0)
    mean.attrs = dict(annual.attrs)
    return mean.transpose("year", "region").rename(annual.name)


def interannual(annual: xr.DataArray) -> xr.Dataset:
    """Return mean, standard deviation and variability of annual means.

    Parameters
    ----------
    annual : (year, ...), one value a year.

    Returns
    -------
    Dataset : ``mean`` and ``deviation`` (n - 1 in the denominator) in the units of ``annual``,
        ``variability`` = deviation / mean; ``attrs["years"]`` is the number of years.

    Raises
    ------
    InputError : fewer than two years.
    """
    count = annual.sizes["year"]
    if count < 2:
        raise input_error("years", where="interannual()", allowed="two or more", got=count)
    mean, deviation = annual.mean("year"), annual.std("year", ddof=1)
    units = annual.attrs.get("units", "")
    statistics = xr.Dataset(
        {"mean": mean, "deviation": deviation, "variability": deviation / mean},
        attrs={"years": count},
    )
    texts = {
        "mean": (f"mean of {count} years", units),
        "deviation": (f"standard deviation of {count} annual means", units),
        "variability": (f"interannual variability of {count} years", "1"),
    }
    for name, (long_name, unit) in texts.items():
        statistics[name].attrs = {"long_name": long_name, "units": unit}
    return statistics


def exceedance(
    annual: xr.DataArray, *, probabilities: Sequence[float] = _PROBABILITIES
) -> xr.Dataset:
    """Return the annual value exceeded with each probability: counted, and under a normal law.

    Parameters
    ----------
    annual : (year, ...).
    probabilities : of exceedance, 0.9 for P90.

    Returns
    -------
    Dataset : (probability, ...) ``empirical`` and ``normal``, units of ``annual``;
        ``attrs["years"]`` is the number of years.

    Raises
    ------
    InputError : a probability outside 0..1, or fewer than two years.

    Notes
    -----
    Single years are meant, not the long-term mean. Empirical: ranks i / (n + 1); beyond the first
    or last rank (P90 of fewer than nine years) it is the lowest or highest year, so P90 is then
    too high. Normal: mean - z * deviation; with few years the deviation itself is uncertain, by
    about 1 / sqrt(2 (n - 1)) of its value.
    """
    if any(not 0 < p < 1 for p in probabilities):
        allowed = "between 0 and 1"
        raise input_error(
            "probabilities", where="exceedance()", allowed=allowed, got=list(probabilities)
        )
    spread = interannual(annual)
    axis = annual.get_axis_num("year")
    levels = xr.DataArray(list(probabilities), dims="probability", name="probability")
    counted = np.quantile(
        annual.to_numpy(), 1 - levels.to_numpy(), axis=axis, method="weibull"
    )  # (probability, ...)
    rest = [dim for dim in annual.dims if dim != "year"]
    coords = {dim: annual[dim] for dim in rest if dim in annual.coords}
    empirical = xr.DataArray(counted, {**coords, "probability": levels}, ["probability", *rest])
    z = xr.DataArray(norm.ppf(levels), {"probability": levels}, ["probability"])
    normal = (spread["mean"] - z * spread["deviation"]).transpose("probability", *rest)
    count = annual.sizes["year"]
    units = annual.attrs.get("units", "")
    found = xr.Dataset({"empirical": empirical, "normal": normal}, attrs={"years": count})
    for name, law in (("empirical", "ranks"), ("normal", "normal law")):
        long_name = f"annual value exceeded, by {law} of {count} years"
        found[name].attrs = {"long_name": long_name, "units": units}
    return found


def years_near(
    annual: xr.DataArray, *, probabilities: Sequence[float] = _PROBABILITIES
) -> pd.DataFrame:
    """Return which year lies nearest to each exceedance value of one series.

    Parameters
    ----------
    annual : (year), such as one region of :func:`region_annual`.
    probabilities : of being exceeded, 0..1.

    Returns
    -------
    DataFrame : probability, empirical, normal (units of ``annual``), year (nearest to the
        empirical value), value (of that year), years (how many there are).

    Raises
    ------
    InputError : more dimensions than the year, or what :func:`exceedance` raises.
    """
    if annual.dims != ("year",):
        raise input_error("dimensions", where="years_near()", allowed="year", got=annual.dims)
    levels = exceedance(annual, probabilities=probabilities)
    rows = []
    for p in levels["probability"].to_numpy():
        wanted = float(levels["empirical"].sel(probability=p))
        nearest = int(abs(annual - wanted).argmin("year"))
        rows.append(
            {
                "probability": float(p),
                "empirical": wanted,
                "normal": float(levels["normal"].sel(probability=p)),
                "year": int(annual["year"][nearest]),
                "value": float(annual[nearest]),
                "years": annual.sizes["year"],
            }
        )
    return pd.DataFrame(rows)


def require_several(years: Sequence[int], *, where: str) -> None:
    """Refuse fewer than two whole years.

    Raises
    ------
    InputError : naming the years that there are.
    """
    if len(years) < 2:
        raise InputError(
            f"{where} needs two or more whole years of weather; got {', '.join(map(str, years))}"
        )
