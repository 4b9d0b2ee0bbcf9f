"""Fields of models as their centres write them, made canonical: names, units, axes, clocks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import sha256_file
from greenanalysis.core.variables import DIMS, describe
from greenanalysis.weather import canonical
from greenanalysis.weather.clearsky import grid_beam
from greenanalysis.weather.quality.reading import adds_up
from greenanalysis.weather.read.format import Look
from greenanalysis.weather.units import unit_conversion

_log = logging.getLogger(__name__)

_AXES = {
    "time": ("time", "valid_time", "datetime", "date"),
    "latitude": ("latitude", "lat", "y", "rlat"),
    "longitude": ("longitude", "lon", "x", "rlon"),
}
_LIGHT = ("ghi", "dni", "dhi")
_HALF_HOUR = np.timedelta64(30, "m")
_ROUNDING_W_M2 = 1.0
"""Negative light down to this is the rounding of packed values."""
_DAYS_LOOKED_AT = 3


def on_canonical_axes(raw: xr.Dataset, *, where: str) -> xr.Dataset:
    """Return fields on time, latitude and longitude, ascending, of the standard calendar.

    Parameters
    ----------
    raw : as a centre writes it. ``expver`` of ERA5 (final and preliminary) is put together; other
        axes of length one are dropped.
    where : for messages.

    Raises
    ------
    InputError : an axis that lacks, is more than one, or a calendar without the dates of ours.
    """
    names = {}
    for canonical_name, aliases in _AXES.items():
        match = next((each for each in aliases if each in raw.dims or each in raw.coords), None)
        if match is None:
            allowed = " or ".join(aliases)
            raise input_error(canonical_name, where=where, allowed=allowed, got=list(raw.dims))
        if match != canonical_name:
            names[match] = canonical_name
    dataset = raw.drop_vars([name for name in names.values() if name in raw.variables])
    dataset = dataset.rename(names)
    for name in DIMS:
        if name in dataset.coords and name not in dataset.dims:
            dataset = dataset.expand_dims(name)
    dataset = _without_other_axes(dataset, where).reset_coords(drop=True)
    dataset = _standard_calendar(dataset, where)
    east = dataset["longitude"].to_numpy().astype(float)
    if (east > 180).any():
        dataset = dataset.assign_coords(longitude=(east + 180) % 360 - 180)
    for name in ("latitude", "longitude"):
        degrees = np.round(dataset[name].to_numpy().astype(float), 6)
        dataset = dataset.assign_coords({name: degrees})
    return dataset.sortby(["latitude", "longitude"])


def _without_other_axes(dataset: xr.Dataset, where: str) -> xr.Dataset:
    """Return fields without axes beside time and place: one of a length, versions, bounds."""
    if "expver" in dataset.dims:
        parts = [dataset.isel(expver=n, drop=True) for n in range(dataset.sizes["expver"])]
        dataset = parts[0]
        for part in parts[1:]:
            dataset = dataset.fillna(part)
    for dim in [dim for dim in dataset.dims if dim not in DIMS]:
        if dataset.sizes[dim] == 1:
            dataset = dataset.isel({dim: 0}, drop=True)
            continue
        held = [name for name in dataset.data_vars if dim in dataset[name].dims]
        if len(held) == len(dataset.data_vars):
            raise input_error(f"dimension {dim}", where=where, allowed=DIMS, got=str(dim))
        dataset = dataset.drop_vars(held)  # such as the bounds of time
    return dataset


def _standard_calendar(dataset: xr.Dataset, where: str) -> xr.Dataset:
    """Return dates of the common calendar; the leap days that a model has not stay a gap (NaN)."""
    times = dataset["time"]
    if np.issubdtype(times.dtype, np.datetime64):
        return dataset
    calendar = getattr(times.dt, "calendar", "none") if times.dtype == object else "none"
    if calendar not in ("noleap", "365_day", "julian", "gregorian", "standard",
                        "proleptic_gregorian", "all_leap", "366_day"):  # fmt: skip
        raise input_error(
            "calendar",
            where=where,
            allowed="one with the lengths of our months; a 360-day year has no hours of ours",
            got=calendar,
        )
    converted = dataset.convert_calendar("standard", use_cftime=False)
    labels = pd.DatetimeIndex(converted["time"].to_numpy())
    gaps = np.diff(labels.to_numpy())
    if len(gaps) and (gaps == np.timedelta64(25, "h")).any() and np.median(gaps) == gaps.min():
        hours = pd.date_range(labels[0], labels[-1], freq="h")
        converted = converted.reindex(time=hours)
    return converted


def canonical_fields(
    dataset: xr.Dataset,
    names: Mapping[str, Sequence[str]],
    *,
    where: str,
    winds: Mapping[str, tuple[str, str]] | None = None,
    beam: str | None = None,
    middle: bool = False,
) -> xr.Dataset:
    """Return the canonical variables that the fields of a model hold, lazy.

    Parameters
    ----------
    dataset : of :func:`on_canonical_axes`.
    names : by canonical variable, what the centre calls it.
    where : for messages.
    winds : by canonical variable, the two components of the wind.
    beam : name of the direct light on the horizontal, from which dni and dhi are made.
    middle : whether labels stand in the middle of the hour; then they move on to its end.

    Notes
    -----
    Sums of light that grow through the day, as of ERA5-Land, become those of the hour. Fluxes of
    ERA5 are sums of the hour that ends at the label; its other fields are of the instant of the
    label and stay there.
    """
    fields: dict[str, xr.DataArray] = {}
    for variable, spellings in names.items():
        name = next((each for each in spellings if each in dataset), None)
        if name is not None:
            fields[variable] = _in_unit(dataset[name], variable, where)
    for variable, (east, north) in (winds or {}).items():
        if variable not in fields and east in dataset and north in dataset:
            u, v = (_in_unit(dataset[name], variable, where) for name in (east, north))
            fields[variable] = (u**2 + v**2) ** 0.5
    if not fields:
        allowed = [name for spellings in names.values() for name in spellings]
        raise input_error("variables", where=where, allowed=allowed, got=list(dataset.data_vars))
    light = [name for name in ("ghi", "dni", "dhi") if name in fields]
    direct = None
    if beam and beam in dataset and "ghi" in fields:
        direct = _in_unit(dataset[beam], "ghi", where)
    if light:
        summed = _adds_up(fields[light[0]])
        fields |= {name: _lit(fields[name], summed) for name in light}
        direct = None if direct is None else _lit(direct, summed)
    if direct is not None and not {"dni", "dhi"} & set(fields):
        ghi = fields["ghi"].transpose(*DIMS)
        direct = xr.apply_ufunc(np.minimum, direct.transpose(*DIMS), ghi, dask="allowed")
        fields["dni"], fields["dhi"] = grid_beam(direct, ghi - direct)
    made = xr.Dataset(
        {
            name: describe(fields[name].transpose(*DIMS).astype("float32"), name)
            for name in sorted(fields, key=lambda each: each not in _LIGHT)
        }
    )
    if middle:
        made = made.assign_coords(time=made["time"].to_numpy() + _HALF_HOUR)
    return made.unify_chunks()


def _in_unit(array: xr.DataArray, variable: str, where: str) -> xr.DataArray:
    unit = array.attrs.get("units")
    factor, summand = unit_conversion(unit, variable, where=where)
    return array.astype("float64") * factor + summand


def _lit(light: xr.DataArray, summed: bool) -> xr.DataArray:
    if summed:
        steps = light - light.shift(time=1)
        light = light.where(steps.isnull() | (steps < 0), steps)
    return light.where((light >= 0) | (light < -_ROUNDING_W_M2) | light.isnull(), 0.0)


def _adds_up(light: xr.DataArray) -> bool:
    """Whether the light of some days in the middle cell grows through the day and starts anew."""
    if light.sizes["time"] < 24 * _DAYS_LOOKED_AT:
        return False
    cell = light.isel(
        time=slice(0, 24 * 10),
        latitude=light.sizes["latitude"] // 2,
        longitude=light.sizes["longitude"] // 2,
    )
    return adds_up(cell.to_numpy().astype(float)[:, None])


def without_false_light(fields: xr.Dataset, *, where: str) -> xr.Dataset:
    """Leave out light that shines by night, which is no light of hours, and say so."""
    if not set(_LIGHT) & set(fields.data_vars):
        return fields
    middle = {dim: [fields.sizes[dim] // 2] for dim in ("latitude", "longitude")}
    try:
        canonical.refuse_false_sun(fields.isel(middle).load(), where=where)
    except InputError as error:
        rest = fields.drop_vars(_LIGHT, errors="ignore")
        if not rest.data_vars:
            raise
        _log.warning("light left out: %s", error)
        return rest
    return fields


def finished(fields: xr.Dataset, look: Look, *, title: str) -> xr.Dataset:
    """Return checked weather of a model's fields; the values are read once for the checks.

    Raises
    ------
    InputError : see :func:`greenanalysis.weather.canonical.validate`.
    """
    canonical.validate(fields, where=str(look.path))
    return canonical.finish(
        fields,
        name=look.path.stem,
        grade="real",
        source=f"{title}, {look.path.name}",
        digest=sha256_file(look.path),
    )
