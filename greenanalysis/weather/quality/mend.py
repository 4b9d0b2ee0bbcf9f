"""Faults of sensors mended by named rules: every value that a rule touched carries its flag.

Nothing is mended silently: ``<variable>_flag`` says for each hour what was done, a table counts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, sun
from greenanalysis.weather.correct.mcp import correct
from greenanalysis.weather.flags import FLAGS, SUFFIX, is_flag, night_offset, with_flags
from greenanalysis.weather.heights import height_of, speed_and_direction, wind_at
from greenanalysis.weather.quality.values import standstill

_STUCK_H = {"wind": 6, "other": 24}
"""Hours without any change after which a sensor is stuck (project assumption). Hourly means of wind
with two decimals hardly repeat twice."""
_FROST_DEGC = 2.0
_STILL_M_S, _BLOWING_M_S = 0.7, 3.0
_ICING_H = 3
"""An anemometer that stands for so many hours in frost while another height blows is iced (project
assumption; for want of the spread within the hour and of heated sensors, a coarse rule)."""
_SHADOW_HALF_WIDTH_DEG = 30.0
"""Of the sector behind the tower (project assumption, the usual width for lattice and tube)."""
_INTERPOLATED_BELOW_H = 3

_LIGHT = ("ghi", "dni", "dhi")
Rule = Callable[[xr.Dataset, str], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Mended:
    """Mended ``weather`` with its flags, and ``table`` (variable, rule, hours, share)."""

    weather: xr.Dataset
    table: pd.DataFrame


def mend(
    site: xr.Dataset,
    *,
    rules: Iterable[str] = ("night_offset", "icing", "stuck"),
    interpolate: bool = False,
    reference: xr.Dataset | None = None,
) -> Mended:
    """Mend the record of a site by rules, then fill its gaps if asked.

    Parameters
    ----------
    site : hourly weather of one cell (time, latitude, longitude), with gaps or not.
    rules : names of :data:`RULES`, applied in that order.
    interpolate : fill gaps shorter than three hours in a straight line; light is not let shine
        after sunset.
    reference : long weather of the same place, whose hours, corrected by measure-correlate-predict
        (variance ratio), fill what is left; wind is taken at the height of the gap.

    Returns
    -------
    Mended : values that a rule removed are NaN unless filled; flags by :data:`FLAGS`.

    Raises
    ------
    InputError : an unknown rule, several cells, or a reference that does not fit.
    """
    if site.sizes["latitude"] * site.sizes["longitude"] != 1:
        raise input_error("cells", where="mend()", allowed="one", got=dict(site.sizes))
    names = [str(name) for name in site.data_vars if not is_flag(str(name))]
    mended = site.copy()
    flags = {name: _flags_of(site, name) for name in names}
    for rule in rules:
        if rule not in RULES:
            raise unknown_name("rule", rule, RULES, where="mend()")
        for name in names:
            values, changed = RULES[rule](mended, name)
            flags[name] = np.where(changed > 0, changed, flags[name])
            mended[name] = mended[name].copy(data=values.astype("float32")[:, None, None])
    for name in names:
        values = mended[name].to_numpy().ravel().astype(float)
        gaps = np.isnan(values)
        if interpolate:
            values = _interpolated(mended, name, values)
            flags[name][gaps & np.isfinite(values)] = FLAGS["interpolated"]
        if reference is not None and np.isnan(values).any():
            left = np.isnan(values)
            values = _from_reference(mended, name, values, reference)
            flags[name][left & np.isfinite(values)] = FLAGS["from_reference"]
        lacking = np.isnan(values) & (flags[name] == 0)
        flags[name][lacking] = FLAGS["missing"]
        mended[name] = mended[name].copy(data=values.astype("float32")[:, None, None])
    table = _table(flags)
    return Mended(with_flags(mended, flags), table)


def _flags_of(site: xr.Dataset, name: str) -> np.ndarray:
    flag = name + SUFFIX
    known = site[flag].to_numpy().ravel() if flag in site else np.zeros(site.sizes["time"])
    kept: np.ndarray = np.where(known == FLAGS["missing"], 0, known).astype("int8")
    return kept


def _table(flags: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = [
        {"variable": name, "rule": rule, "hours": int(count), "share": count / max(len(values), 1)}
        for name, values in flags.items()
        for rule, number in FLAGS.items()
        if number and (count := int((values == number).sum()))
    ]
    return pd.DataFrame(rows, columns=["variable", "rule", "hours", "share"])


def _values(site: xr.Dataset, name: str) -> np.ndarray:
    values: np.ndarray = site[name].to_numpy().ravel().astype(float)
    return values


def _elevation(site: xr.Dataset) -> np.ndarray:
    """Return the sun's height in the middle of each hour, degrees (time)."""
    position = sun(pd.DatetimeIndex(site["time"].to_numpy()) - HALF_HOUR)
    place = (site[axis].to_numpy().ravel().astype(float) for axis in ("latitude", "longitude"))
    height: np.ndarray = elevation_deg(position, *place)[:, 0]
    return height


def _night_offset(site: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    values = _values(site, name)
    if name not in _LIGHT:
        return values, np.zeros(len(values))
    return night_offset(values, _elevation(site))


def _runs(mask: np.ndarray, least: int) -> np.ndarray:
    """Return where a mask holds for at least so many hours on end."""
    number = np.cumsum(np.diff(mask, prepend=mask[:1]) != 0)
    return mask & (np.bincount(number)[number] >= least) if mask.size else mask


def _stuck(site: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Remove a value that repeats itself for hours; the first of the run stays."""
    values = _values(site, name)
    least = _STUCK_H["wind" if height_of(name) is not None else "other"]
    length = standstill(values)
    with np.errstate(invalid="ignore"):
        moving = values != 0 if name in _LIGHT or height_of(name) is not None else True
    ends = np.flatnonzero((length >= least) & moving)
    stuck = np.zeros(len(values), dtype=bool)
    for end in ends:
        stuck[end - length[end] + 2 : end + 1] = True
    return np.where(stuck, np.nan, values), stuck * FLAGS["stuck_removed"]


def _icing(site: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Remove the wind of an anemometer that stands in frost while another height blows."""
    values = _values(site, name)
    others = [
        str(other)
        for other in site.data_vars
        if height_of(str(other)) is not None and str(other) != name
    ]
    if height_of(name) is None or not others or "temp_air" not in site:
        return values, np.zeros(len(values))
    with np.errstate(invalid="ignore"):
        blowing = np.any([_values(site, other) >= _BLOWING_M_S for other in others], axis=0)
        still = values < _STILL_M_S
        frost = _values(site, "temp_air") <= _FROST_DEGC
    iced = _runs(still & blowing & frost, _ICING_H)
    return np.where(iced, np.nan, values), iced * FLAGS["icing_removed"]


RULES: dict[str, Rule] = {"night_offset": _night_offset, "icing": _icing, "stuck": _stuck}
"""Rules by name, in the order in which they act: an iced sensor is stuck, too."""


def combine_anemometers(
    first: np.ndarray,
    second: np.ndarray,
    direction: np.ndarray,
    *,
    booms: tuple[float, float],
    half_width: float = _SHADOW_HALF_WIDTH_DEG,
) -> tuple[np.ndarray, np.ndarray]:
    """Combine two anemometers of one height: each hour without the one behind the tower.

    Parameters
    ----------
    first, second : wind speed, m/s (time).
    direction : where the wind comes from, degrees (time).
    booms : azimuth in which each boom points, degrees from north.
    half_width : of the sector that the tower shades, degrees.

    Returns
    -------
    tuple : wind speed (time): the mean of both where both are free, the other one where the wind
        reaches a sensor through the tower, NaN where only a shaded one is left or the direction is
        not known and both differ; and marks of :data:`FLAGS`.

    Raises
    ------
    InputError : booms that are so near to each other that the tower shades both.
    """
    apart = abs((booms[0] - booms[1] + 180) % 360 - 180)
    if apart < 2 * half_width:
        raise input_error(
            "booms",
            where="two anemometers",
            allowed=f"at least {2 * half_width:g} degrees apart",
            got=f"{apart:g}",
        )

    def shaded(boom: float) -> np.ndarray:
        # the wind comes from where the tower stands, as seen from the sensor: against the boom
        off = abs((direction - (boom + 180) + 180) % 360 - 180)
        return off <= half_width

    free = [
        np.where(shaded(boom), np.nan, v) for boom, v in zip(booms, (first, second), strict=True)
    ]
    both = np.stack(free).astype(float)
    known = np.isfinite(both) & np.isfinite(direction)
    total = np.where(known, both, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    speed = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    marks = np.where(
        (shaded(booms[0]) | shaded(booms[1])) & (count > 0), FLAGS["tower_shadow_replaced"], 0
    )
    return speed, marks


def combine_sites(
    first: xr.Dataset, second: xr.Dataset, *, height: float, booms: tuple[float, float]
) -> xr.Dataset:
    """Return the first record with its wind at a height combined with that of a second sensor.

    Parameters
    ----------
    first, second : hourly records of one mast, each with ``wind_speed_<height>m`` of one sensor;
        the direction is that measured nearest to the height, in either.
    height : m above ground.
    booms : azimuth in which the boom of each points, degrees from north.

    Returns
    -------
    Dataset : hours of the first record, with flags; see :func:`combine_anemometers`.

    Raises
    ------
    InputError : no wind at the height in one, or no direction in either.
    """
    other = second.reindex(time=first["time"])
    vane = first if any(str(name).startswith("wind_direction") for name in first) else other
    name = f"wind_speed_{height:g}m"
    pair = []
    for record, where in ((first, "first record"), (other, "second record")):
        if name not in record:
            held = [str(each) for each in record.data_vars]
            raise input_error("variables", where=where, allowed=name, got=held)
        pair.append(_values(record, name))
    direction = speed_and_direction(vane, height)[1].to_numpy()
    speed, marks = combine_anemometers(pair[0], pair[1], direction, booms=booms)
    combined = first.assign({name: first[name].copy(data=speed.astype("float32")[:, None, None])})
    return with_flags(combined, {name: np.where(marks > 0, marks, _flags_of(first, name))})


def _interpolated(site: xr.Dataset, name: str, values: np.ndarray) -> np.ndarray:
    gaps = np.isnan(values)
    short = gaps & ~_runs(gaps, _INTERPOLATED_BELOW_H)
    at = np.arange(len(values))
    if gaps.all() or not short.any():
        return values
    line = np.interp(at, at[~gaps], values[~gaps], left=np.nan, right=np.nan)
    if name in _LIGHT:
        line = np.where(_elevation(site) > 0, line, 0.0)
    if name.startswith("wind_direction"):
        return values  # a straight line through north would point south
    return np.where(short, line, values)


def _from_reference(
    site: xr.Dataset, name: str, values: np.ndarray, reference: xr.Dataset
) -> np.ndarray:
    height = height_of(name)
    other = wind_at(reference, height) if height is not None else reference.get(name)
    if other is None:
        return values
    if other.sizes["latitude"] * other.sizes["longitude"] != 1:
        raise input_error("cells", where="reference", allowed="one", got=dict(other.sizes))
    long = other.isel(latitude=0, longitude=0, drop=True).load()
    long.attrs["units"] = site[name].attrs.get("units")
    measured = xr.DataArray(
        values, {"time": site["time"]}, ("time",), attrs={"units": site[name].attrs.get("units")}
    )
    try:
        series = correct(
            long, measured, minimum=None if name == "temp_air" else 0.0
        ).series.to_series()
    except InputError as error:
        raise InputError(f"gaps of {name} from the reference: {error}") from error
    filled = series.reindex(pd.DatetimeIndex(site["time"].to_numpy())).to_numpy()
    if name in _LIGHT:
        filled = np.where(_elevation(site) > 0, filled, 0.0)
    return np.where(np.isnan(values), filled, values)
