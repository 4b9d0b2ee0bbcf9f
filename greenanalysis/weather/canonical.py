"""The one form of weather that the rest of the project reads: check it, stamp it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.variables import (
    DIMS,
    TIME_CONVENTION,
    WEATHER,
    describe,
    require,
    require_values,
    weather_names,
)
from greenanalysis.geo.country import Box
from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, sun

_GRADES = ("screening", "real")
CARRIED = (
    "box",
    "altitude",
    "missing",
    "measured",
    "typical",
    "notes",
    "licence",
    "credit",
    "history",
    "corrections",
    "typical_months",
    "precision",
)
"""Attributes of a file that go with the weather beyond those of :func:`finish`."""

FEWEST_HOURS = 8760
"""Hours of a year: what stands for a year needs as many, reading and hourly yields do not."""
NIGHT_DEG, NIGHT_W_M2 = -8.0, 5.0
CLOSURE_W_M2 = 25.0


def validate(dataset: xr.Dataset, *, where: str) -> None:
    """Refuse a Dataset that is not canonical weather: structure first, then values by block.

    Parameters
    ----------
    dataset : what claims to be weather: any of the canonical variables, wind at any height.
    where : its file or name, for the message.

    Raises
    ------
    InputError : the first thing wrong, with variable, place, what is allowed and what came.

    Notes
    -----
    One cell or a grid, of any extent and length; where the attribute ``box`` (west, south, east,
    north in degrees) is stated, the cells must cover it. A single site may have gaps (NaN), a grid
    only in all cells at once: who averages over cells must not meet another set of them every
    hour. Also refused: sunshine by night, which betrays local time or another hour convention, and
    beam and diffuse that do not add up to GHI.
    """
    names = weather_names(dataset)
    if not names:
        raise input_error(
            "variables",
            where=where,
            allowed=f"some of {', '.join(WEATHER)}",
            got=[str(name) for name in dataset.data_vars],
        )
    require(dataset, names, where=where)
    validate_axes(dataset, where=where)
    site = dataset.sizes["latitude"] * dataset.sizes["longitude"] == 1
    for block in _blocks(dataset, names):
        for name in names:
            gaps = block[name].isnull()
            whole = site or bool((gaps.any(DIMS[1:]) == gaps.all(DIMS[1:])).all())
            require_values(block[name], where=where, allow_nan=whole)
        refuse_false_sun(block, where=where)


def validate_axes(dataset: xr.Dataset, *, where: str) -> None:
    """Refuse times with gaps and cells that are uneven or do not cover the stated box.

    Raises
    ------
    InputError : naming the axis and the first label that is wrong.
    """
    validate_time(dataset, where=where)
    box = box_of(dataset, where=where)
    wanted = {"longitude": box[0::2], "latitude": box[1::2]} if box else {}
    for name in ("latitude", "longitude"):
        _validate_axis(dataset, name, where=where, covering=wanted.get(name))


def validate_time(dataset: xr.Dataset, *, where: str) -> None:
    """Refuse times that are not ascending whole hours without a gap.

    Raises
    ------
    InputError : naming the first label that is wrong.
    """
    if "time" not in dataset.coords or not np.issubdtype(dataset["time"].dtype, np.datetime64):
        got = dataset["time"].dtype if "time" in dataset.coords else "no coordinate"
        raise input_error("time", where=where, allowed="dates (datetime64, UTC)", got=got)
    times = pd.DatetimeIndex(dataset["time"].to_numpy())
    if times.hasnans:
        raise input_error("time", where=where, allowed="no gaps", got="empty labels (NaT)")
    off = times != times.floor("h")
    if off.any():
        raise input_error(
            "time", where=where, allowed="whole hours (ends of the hours, UTC)", got=times[off][0]
        )
    steps = np.diff(times.to_numpy()) / np.timedelta64(1, "h")
    wrong = np.flatnonzero(steps != 1)
    if len(wrong):
        first = int(wrong[0])
        kind = "not ascending" if steps[first] <= 0 else "a gap"
        raise input_error(
            f"time, {kind} after {times[first]}",
            where=where,
            allowed="steps of 1 h, ascending",
            got=f"a step of {steps[first]:g} h to {times[first + 1]} ({len(wrong)} such)",
        )
    if not len(times):
        raise input_error("length of time", where=where, allowed="one hour or more", got="none")


def require_year(dataset: xr.Dataset, *, what: str) -> None:
    """Refuse weather of less than a year for what stands for a year: no season may lack.

    Raises
    ------
    InputError : naming what needs the year, and the length that came.
    """
    hours = dataset.sizes["time"]
    if hours < FEWEST_HOURS:
        raise input_error(
            f"length of time for {what}",
            where=f"weather {dataset.attrs.get('name', '')}".strip(),
            allowed=f"a whole year, {FEWEST_HOURS} h or more",
            got=f"{hours} h",
        )


def _validate_axis(
    dataset: xr.Dataset, name: str, *, where: str, covering: tuple[float, float] | None = None
) -> None:
    """Refuse a latitude or longitude that is not ascending and regular, or misses ``covering``.

    Raises
    ------
    InputError : naming the axis and the first value that is wrong.
    """
    if name not in dataset.coords:
        raise input_error(name, where=where, allowed="a coordinate in degrees", got="none")
    axis = dataset[name].to_numpy().astype(float)
    limit = 90.0 if name == "latitude" else 360.0
    if axis.size == 0 or not (abs(axis) <= limit).all():
        raise input_error(name, where=where, allowed="one or more degrees on the globe", got=axis)
    if axis.size == 1:
        return
    steps = np.diff(axis)
    if not (steps > 0).all():
        first = int(np.argmax(steps <= 0))
        raise input_error(
            name, where=where, allowed="ascending", got=f"{axis[first]:g} then {axis[first + 1]:g}"
        )
    if np.ptp(steps) > 1e-3 * steps.mean():
        first = int(np.argmax(abs(steps - np.median(steps))))
        raise input_error(
            name,
            where=where,
            allowed=f"even steps (mostly {np.median(steps):g} degrees)",
            got=f"{steps[first]:g} degrees from {axis[first]:g}",
        )
    half = steps.mean() / 2
    if covering and (axis[0] - half > covering[0] or axis[-1] + half < covering[1]):
        raise input_error(
            f"extent of {name}",
            where=where,
            allowed=f"cells that cover the stated box, {covering[0]:g} to {covering[1]:g}",
            got=f"{axis[0] - half:g} to {axis[-1] + half:g}",
        )


def box_of(dataset: xr.Dataset, *, where: str) -> Box | None:
    """Return the part of the country that a file states to be for, None for all of it.

    Raises
    ------
    InputError : an attribute ``box`` that is not west < east and south < north.
    """
    stated = dataset.attrs.get("box")
    if stated is None:
        return None
    try:
        west, south, east, north = (float(edge) for edge in stated)
    except (TypeError, ValueError):
        west = south = east = north = np.nan
    if not (west < east and south < north):
        allowed = "west, south, east, north in degrees"
        raise input_error("attribute box", where=where, allowed=allowed, got=stated)
    return west, south, east, north


def grade_of(dataset: xr.Dataset, *, where: str) -> str:
    """Return the grade that the attributes state, "real" where they state none.

    Raises
    ------
    InputError : another grade than those of :data:`_GRADES`.
    """
    grade = str(dataset.attrs.get("grade", "real"))
    if grade not in _GRADES:
        raise input_error("attribute grade", where=where, allowed=_GRADES, got=grade)
    return grade


def years_of(dataset: xr.Dataset) -> str:
    """Return the years that the hours lie in, such as "2019" or "2019-2023".

    A single hour at the edge does not make a year: the first label of a year of ERA5 as it is
    archived, 00:00, ends the last hour of the year before.
    """
    middle = pd.DatetimeIndex(dataset["time"].to_numpy()) - HALF_HOUR
    counts = middle.year.value_counts().sort_index()
    chosen = counts.index[counts > 1] if (counts > 1).any() else counts.index
    return str(chosen[0]) if len(chosen) == 1 else f"{chosen[0]}-{chosen[-1]}"


def finish(
    dataset: xr.Dataset,
    *,
    name: str,
    grade: str,
    source: str,
    digest: str,
    carried: Mapping[str, object] | None = None,
) -> xr.Dataset:
    """Return the weather with exactly the canonical attributes; nothing is computed.

    Parameters
    ----------
    dataset : canonical variables and dimensions.
    name, source : how reports call it and where it comes from.
    grade : "screening" or "real".
    digest : SHA-256 of what it was made from.
    carried : attributes of :data:`CARRIED` to keep, others are dropped.

    Returns
    -------
    Dataset : the weather it holds, float32, ``attrs`` name, grade, source, years,
        time_convention, hash.
    """
    finished = xr.Dataset(
        {
            variable: describe(dataset[variable].astype("float32"), variable)
            for variable in weather_names(dataset)
        }
    )
    finished.attrs = {
        "name": name,
        "grade": grade,
        "source": source,
        "years": years_of(dataset),
        "time_convention": TIME_CONVENTION,
        "hash": digest,
        **{key: carried[key] for key in CARRIED if carried and key in carried},
    }
    return finished


def _blocks(dataset: xr.Dataset, names: list[str]) -> Iterator[xr.Dataset]:
    """Yield the dataset in memory, block by block along its chunks (whole if it has none)."""
    spans = []
    for dim in DIMS:
        sizes = dataset.chunksizes.get(dim, (dataset.sizes[dim],))
        ends = np.cumsum(sizes)
        spans.append([slice(int(e - s), int(e)) for s, e in zip(sizes, ends, strict=True)])
    for chosen in product(*spans):
        yield dataset[names].isel(dict(zip(DIMS, chosen, strict=True))).load()


def refuse_false_sun(block: xr.Dataset, *, where: str) -> None:
    """Check one cell in the middle of a block for night sunshine and closure; NaN is passed over.

    Light of any kind betrays a wrong clock; the closure needs all three.

    Raises
    ------
    InputError : sunshine by night, or ghi, dni and dhi that do not add up.
    """
    cell = block.isel(
        latitude=block.sizes["latitude"] // 2, longitude=block.sizes["longitude"] // 2
    )
    place = np.array([float(cell["latitude"])]), np.array([float(cell["longitude"])])
    position = sun(pd.DatetimeIndex(cell["time"].to_numpy()) - HALF_HOUR)
    elevation = elevation_deg(position, *place)[:, 0]
    light = {
        name: cell[name].to_numpy().astype(float) for name in ("ghi", "dni", "dhi") if name in cell
    }
    at = f"latitude={place[0][0]:g}, longitude={place[1][0]:g}"
    night = elevation < NIGHT_DEG
    for name, values in light.items():
        dark = np.nan_to_num(values[night])
        if night.any() and dark.max() > NIGHT_W_M2:
            label = pd.Timestamp(cell["time"].to_numpy()[night][np.argmax(dark)])
            raise input_error(
                f"{name} by night at time={label}, {at}",
                where=where,
                allowed=f"<= {NIGHT_W_M2:g} W m-2; times are UTC and {TIME_CONVENTION}",
                got=f"{dark.max():.0f} W m-2",
            )
    if len(light) < 3:
        return
    ghi, dni, dhi = light.values()
    high = elevation > 15
    gap = (dhi + dni * np.sin(np.radians(elevation)) - ghi)[high]
    gap = gap[np.isfinite(gap)]
    if gap.size and abs(gap.mean()) > CLOSURE_W_M2:
        raise InputError(
            f"ghi, dni and dhi at {at} in {where} do not add up: dhi + dni cos(zenith) - ghi is "
            f"{gap.mean():.0f} W m-2 on average with the sun above 15 degrees; "
            f"allowed: within {CLOSURE_W_M2:g} W m-2"
        )
