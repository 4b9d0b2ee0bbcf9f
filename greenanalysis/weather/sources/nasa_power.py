"""NASA POWER's public Zarr stores over HTTPS: MERRA-2 air and wind, CERES SYN1deg irradiance.

Keyless, global, hourly. Documented by POWER: hourly values are averages, times are UTC, a gap is
-999, the air is on MERRA-2's 0.5 x 0.625 degree grid and the sun on CERES' 1 degree grid
(https://power.larc.nasa.gov/docs/services/api/temporal/hourly/). Not stated there, and assumed
here: a label at the full hour is the beginning of its hour, one at half past its middle.

Each store is cut to the hours and cells of a request; its fields become the canonical ones: wind at
100 m, and irradiance whose parts may or may not add up.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.cache import only_one_writer
from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import atomic_path, sha256_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.weather.canonical import CLOSURE_W_M2
from greenanalysis.weather.clearsky import HALF_HOUR, elevation_deg, sun
from greenanalysis.weather.correct.regrid import bilinear, conservative, needed, remap
from greenanalysis.weather.sources.download import Receipt, Wanted, download, kept, sweep
from greenanalysis.weather.sources.http import size_of
from greenanalysis.weather.sources.source import Request, Source
from greenanalysis.weather.sources.zarr_v2 import RemoteArray, RemoteStore, open_store
from greenanalysis.weather.storage import empty_store, stamp_store
from greenanalysis.weather.units import to_project_units

_log = logging.getLogger(__name__)

LOW, MIDDLE, HIGH = 10.0, 50.0, 100.0
_ROUNDING_W_M2 = 1.0
_CHECKED_ABOVE_DEG = 15.0
_SPARSE = 3
_STEP = pd.Timedelta(minutes=5)


@dataclass(frozen=True)
class Shear:
    """Bounds of the hourly power law: exponents, the calm below which ``mean`` is taken, m s-1."""

    least: float
    most: float
    calm: float
    mean: float

    @classmethod
    def of(cls, values: Assumptions) -> Shear:
        """Read the bounds from the assumptions."""
        return cls(
            values.get("nasa_power", "shear_exponent_min", unit="1"),
            values.get("nasa_power", "shear_exponent_max", unit="1"),
            values.get("nasa_power", "calm_speed", unit="m s-1"),
            values.get("wind_climate", "shear_exponent_mean", unit="1"),
        )


@dataclass
class Tally:
    """What was done to how many values, told in the file's history."""

    hours: int = 0
    bounded: int = 0
    calm: int = 0
    rounded: int = 0
    high: int = 0
    gap: float = 0.0
    gap_square: float = 0.0
    moved: float = 0.0
    lag_gap: float = 0.0
    lag_square: float = 0.0

    @property
    def mean_gap(self) -> float:
        """Mean of dhi + dni cos(zenith) - ghi with the sun high, W m-2."""
        return self.gap / max(self.high, 1)

    @property
    def rms_gap(self) -> float:
        """Root mean square of that gap, W m-2."""
        return float(np.sqrt(self.gap_square / max(self.high, 1)))

    @property
    def sun_offset(self) -> float:
        """Minutes by which the assumed middle of the hour is later than the components say."""
        return self.lag_gap / self.lag_square if self.lag_square else 0.0


def wind_at_100m(
    speed_10m: np.ndarray, speed_50m: np.ndarray, *, shear: Shear, tally: Tally
) -> np.ndarray:
    """Carry each hour's wind from 50 m to 100 m by the power law through 10 m and 50 m.

    Parameters
    ----------
    speed_10m, speed_50m : of the same shape, m s-1.
    shear : bounds of the exponent.
    tally : counts the hours that a bound held.

    Returns
    -------
    ndarray : m s-1.

    Notes
    -----
    A power law through two heights says nothing of what lies above them: on stable nights the wind
    at 100 m is over- or, in a low jet, underestimated, hence the bounds.
    """
    calm = speed_10m < shear.calm
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.log(speed_50m / speed_10m) / np.log(MIDDLE / LOW)
    exponent = np.where(calm, shear.mean, exponent)
    bounded = np.clip(exponent, shear.least, shear.most)
    tally.hours += calm.size
    tally.calm += int(calm.sum())
    tally.bounded += int((bounded != exponent).sum())
    return speed_50m * (HIGH / MIDDLE) ** bounded


def settle_irradiance(
    ghi: np.ndarray,
    dni: np.ndarray,
    dhi: np.ndarray,
    *,
    times: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    closure: str,
    tally: Tally,
) -> dict[str, np.ndarray]:
    """Measure how well the components add up and, where asked, take the diffuse from the others.

    Parameters
    ----------
    ghi, dni, dhi : (time, latitude, longitude), W m-2.
    times : labels, ends of hours, UTC; the sun is taken half an hour before.
    latitude, longitude : cell centres, degrees.
    closure : "keep" returns what came; "diffuse" returns dhi = ghi - dni cos(zenith) within
        0..ghi, and dni lowered to ghi / cos(zenith) where it exceeds that.
    tally : takes the gap, the mean movement of dhi, and the rounding below zero set to zero.

    Returns
    -------
    dict : ghi, dni, dhi, W m-2.
    """
    fields = {"ghi": ghi, "dni": dni, "dhi": dhi}
    for name, values in fields.items():
        below = (values < 0) & (values > -_ROUNDING_W_M2)
        tally.rounded += int(below.sum())
        fields[name] = np.where(below, 0, values)
    middle = times - HALF_HOUR
    cosine, elevation = _cosine(middle, latitude, longitude)
    beam = fields["dni"] * cosine
    gap = (fields["dhi"] + beam - fields["ghi"]).astype(float)
    _note_gap(gap, fields["dni"], elevation, middle, latitude, longitude, tally)
    if closure == "diffuse":
        beam = np.minimum(beam, fields["ghi"])
        lowered = np.divide(beam, cosine, out=np.zeros_like(beam), where=cosine > 0)
        diffuse = fields["ghi"] - beam
        tally.moved += float(abs(diffuse - fields["dhi"]).sum(dtype=float))
        fields |= {"dni": np.minimum(lowered, fields["dni"]), "dhi": diffuse}
    return fields


def _cosine(
    instants: pd.DatetimeIndex, latitude: np.ndarray, longitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return cos(zenith), not below 0, and the elevation in degrees, (time, row, column)."""
    rows, columns = (x.ravel() for x in np.meshgrid(latitude, longitude, indexing="ij"))
    shape = (len(instants), len(latitude), len(longitude))
    elevation = elevation_deg(sun(instants), rows, columns).reshape(shape)
    return np.sin(np.radians(elevation)).clip(0).astype(np.float32), elevation


def _note_gap(
    gap: np.ndarray,
    dni: np.ndarray,
    elevation: np.ndarray,
    middle: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    tally: Tally,
) -> None:
    """Count the gap with the sun high, and fit the time by which the sun would close it.

    ghi - dhi is dni cos(zenith) at the sun's true place, so to first order the gap is dni times
    the change of cos(zenith) a minute times the minutes that the assumed middle is late.
    """
    high = elevation > _CHECKED_ABOVE_DEG
    tally.high += int(high.sum())
    tally.gap += float(gap[high].sum())
    tally.gap_square += float((gap[high] ** 2).sum())
    some = (slice(None), slice(None, None, _SPARSE), slice(None, None, _SPARSE))
    places = latitude[::_SPARSE], longitude[::_SPARSE]
    later, earlier = (_cosine(middle + sign * _STEP, *places)[0] for sign in (1, -1))
    minutes = 2 * _STEP / pd.Timedelta(minutes=1)
    slope = np.where(high[some], dni[some] * (later - earlier) / minutes, 0).astype(float)
    tally.lag_gap += float((gap[some] * slope).sum())
    tally.lag_square += float((slope**2).sum())


AIR = "merra2/temporal/power_merra2_hourly_temporal_utc.zarr"
SUN = "syn1deg/temporal/power_syn1deg_hourly_temporal_utc.zarr"
_FIELDS = {
    AIR: {"T2M": "temp_air", "PS": "pressure", "WS10M": "wind_speed_10m", "WS50M": "wind_50m"},
    SUN: {"ALLSKY_SFC_SW_DWN": "ghi", "ALLSKY_SFC_SW_DNI": "dni", "ALLSKY_SFC_SW_DIFF": "dhi"},
}


@dataclass(frozen=True)
class Part:
    """One store cut to the wanted hours and box, with the weights onto the wanted grid."""

    store: RemoteStore
    fields: Mapping[str, str]
    hours: slice
    rows: slice
    columns: slice
    row_weights: np.ndarray
    column_weights: np.ndarray

    def objects(self) -> list[Wanted]:
        """Return the chunks that hold it."""
        spans = (self.hours, self.rows, self.columns)
        return [each for name in self.fields for each in self.store.array(name).objects(*spans)]

    def read(self, name: str, first: int, last: int) -> np.ndarray:
        """Return hours ``first`` to ``last`` of the cut from the mirror, on the store's grid."""
        hours = slice(self.hours.start + first, self.hours.start + last)
        return self.store.array(name).read(hours, self.rows, self.columns)


def open_part(base: str, mirror: Path, path: str, request: Request) -> Part:
    """Read the metadata and axes of a store and cut it to a request.

    Parameters
    ----------
    base : URL of the bucket, without a slash at its end.
    mirror : folder that keeps what was fetched.
    path : of the store, :data:`AIR` or :data:`SUN`.
    request : years and cells.

    Raises
    ------
    InputError : no such store, or it lacks the years or the box.
    """
    store = open_store(f"{base}/{path}", mirror / Path(path).stem, patience=request.patience)
    axes = [store.array(name) for name in ("time", "lat", "lon")]
    download(
        [each for axis in axes for each in axis.objects()],
        jobs=request.jobs,
        patience=request.patience,
        refresh=request.refresh,
        label=f"axes of {Path(path).stem}",
    )
    hours = _hours(axes[0], request.times)
    latitude, longitude = (axis.read().astype(float) for axis in axes[1:])
    if path == SUN:
        by_row = conservative(latitude, request.grid[0], latitude=True)
        by_column = conservative(longitude, request.grid[1], latitude=False)
    else:
        by_row, by_column = (
            bilinear(source, target)
            for source, target in zip((latitude, longitude), request.grid, strict=True)
        )
    rows, columns = needed(by_row), needed(by_column)
    return Part(store, _FIELDS[path], hours, rows, columns, by_row[:, rows], by_column[:, columns])


def _hours(axis: RemoteArray, labels: pd.DatetimeIndex) -> slice:
    """Find the hours that end at ``labels`` among those that the store labels its own way."""
    coded = xr.Dataset({"time": ("time", axis.read(), dict(axis.attrs))})
    times = pd.DatetimeIndex(xr.decode_cf(coded)["time"].to_numpy())
    minute = int(times[0].minute)
    if minute not in (0, 30):
        allowed = "full hours (beginnings) or half past (middles)"
        raise input_error("label of the first hour", where=axis.url, allowed=allowed, got=times[0])
    ends = times + pd.Timedelta(minutes=60 - minute)
    first = int(ends.searchsorted(labels[0]))
    found = ends[first : first + len(labels)]
    if len(found) < len(labels) or (found != labels).any():
        raise input_error(
            "years",
            where=axis.url,
            allowed=f"hours from {times[0]} to {times[-1]} without a gap",
            got=f"{labels[0]} to {labels[-1]}",
        )
    return slice(first, first + len(labels))


def _read_field(
    part: Part, name: str, field: str, times: pd.DatetimeIndex, first: int
) -> np.ndarray:
    """Return one fetched variable on the wanted grid in project units, (time, row, column).

    Parameters
    ----------
    part, name : the store and its variable.
    field : canonical name, or ``wind_50m``.
    times : labels of the hours, UTC.
    first : number of the first of them among the hours of the request.

    Raises
    ------
    InputError : a gap, or a unit that is not known.
    """
    array = part.store.array(name)
    values = part.read(name, first, first + len(times))
    gap = np.isnan(values).any(axis=(1, 2))
    if gap.any():
        raise InputError(
            f"{array.url}: {int(gap.sum())} of {len(times)} hours have gaps in the wanted box, "
            f"the first ends at {times[gap][0]} UTC; if the source has not got that far ask for "
            "earlier years, if it has filled the gap since, add --refresh"
        )
    canonical = "wind_speed_10m" if field == "wind_50m" else field
    values = to_project_units(values, array.attrs.get("units"), canonical, where=array.url)
    return remap(values, part.row_weights, part.column_weights)


_BASE_URL = "https://nasa-power.s3.amazonaws.com"
BASE_VARIABLE = "GREENANALYSIS_NASA_POWER_URL"
_SOURCE = "NASA POWER hourly: MERRA-2 (air, wind) and CERES SYN1deg (irradiance)"
_LICENCE = "CC BY 4.0"
_CREDIT = (
    "These data were obtained from the NASA Langley Research Center POWER Project funded through "
    "the NASA Earth Science Directorate Applied Science Program."
)
_BLOCK_HOURS = 2190
_SUN_OFFSET_MINUTES = 10.0


def fetch(request: Request) -> Path | None:
    """Fetch hourly weather from NASA POWER into a canonical Zarr folder.

    Parameters
    ----------
    request : years, box, output and how to fetch.

    Returns
    -------
    Path : the folder made; None after a dry run.

    Raises
    ------
    InputError : the server keeps failing, the store has not the years, a gap, an unknown unit, or
        components that do not add up. Nothing is written then; what was fetched is kept.

    Notes
    -----
    Temperature, pressure and wind are interpolated bilinearly and belong to MERRA-2's smoothed
    terrain: they are not carried to the height of a cell or a site. Irradiance is remapped
    conservatively, so that a degree's energy is kept.
    """
    base = (request.base_url or os.environ.get(BASE_VARIABLE) or _BASE_URL).rstrip("/")
    mirror = cache_dir() / "weather" / "nasa-power" / sha256_json(base)[:8]
    with only_one_writer(mirror):
        sweep(mirror)
        parts = [open_part(base, mirror, path, request) for path in _FIELDS]
        wanted = [each for part in parts for each in part.objects()]
        _announce(wanted, parts, request)
        if request.dry_run:
            return None
        receipts = download(
            wanted,
            jobs=request.jobs,
            patience=request.patience,
            refresh=request.refresh,
            label="NASA POWER",
        )
        _refuse_absent(receipts)
        with atomic_path(request.out, directory=True) as staged:
            _write(staged, parts, receipts, request)
    return request.out


def _announce(wanted: list[Wanted], parts: list[Part], request: Request) -> None:
    """Say what is to come and what it costs, before anything of size is fetched."""
    missing = wanted if request.refresh else [each for each in wanted if not kept(each)]
    unpacked = sum(
        part.store.array(name).unpacked_bytes
        * len(part.store.array(name).objects(part.hours, part.rows, part.columns))
        for part in parts
        for name in part.fields
    )
    rows, columns = (len(axis) for axis in request.grid)
    _log.info(
        "nasa-power: %d hours x %d x %d cells from %d objects (%.0f MB unpacked); %d are kept, "
        "%d to come%s; free of charge, no key",
        *(len(request.times), rows, columns, len(wanted), unpacked / 1e6),
        *(len(wanted) - len(missing), len(missing), _estimate(missing, parts)),
    )


def _estimate(missing: list[Wanted], parts: list[Part]) -> str:
    """Guess the bytes to come from the announced size of one object a variable."""
    total, asked = 0.0, 0
    for array in (part.store.array(name) for part in parts for name in part.fields):
        own = [each for each in missing if each.path.parent == array.folder]
        size = size_of(own[len(own) // 2].url) if own else None
        total += (size or 0) * len(own)
        asked += size is not None
    return f", about {total / 1e6:.0f} MB (from the size of {asked} of them)" if asked else ""


def _refuse_absent(receipts: list[Receipt]) -> None:
    absent = [receipt.url for receipt in receipts if receipt.absent]
    if absent:
        raise InputError(
            f"{absent[0]}: the source has no such object ({len(absent)} of {len(receipts)} are "
            "absent): it has no data there for these years; ask for earlier ones"
        )


def _write(staged: Path, parts: list[Part], receipts: list[Receipt], request: Request) -> None:
    times, (latitude, longitude) = request.times, request.grid
    arrays = empty_store(staged, times, latitude, longitude)
    tally, shear = Tally(), Shear.of(load_assumptions())
    for first, values in _years(parts, times):
        for begin in range(0, len(values["ghi"]), _BLOCK_HOURS):
            block = {name: field[begin : begin + _BLOCK_HOURS] for name, field in values.items()}
            at = slice(first + begin, first + begin + len(block["ghi"]))
            block["wind_speed_100m"] = wind_at_100m(
                block["wind_speed_10m"], block.pop("wind_50m"), shear=shear, tally=tally
            )
            block |= settle_irradiance(
                *(block[name] for name in ("ghi", "dni", "dhi")),
                times=times[at],
                latitude=latitude,
                longitude=longitude,
                closure=request.closure,
                tally=tally,
            )
            for name, field in block.items():
                arrays[name][at] = field.astype("float32")
    _judge(tally, request)
    objects = {receipt.url: receipt.sha256 for receipt in receipts}
    carried: dict[str, str | list[float]] = {
        "licence": _LICENCE,
        "credit": _CREDIT,
        "history": _history(tally, request.closure),
        "provenance": json.dumps(
            {
                "fetched": datetime.now(UTC).date().isoformat(),
                "metadata": {part.store.url: part.store.digest for part in parts},
                "objects": objects,
            }
        ),
    }
    if request.box:
        carried["box"] = list(request.box)
    stamp_store(
        staged,
        name=request.out.stem,
        source=_SOURCE,
        digest=sha256_json(objects),
        carried=carried,
    )


def _judge(tally: Tally, request: Request) -> None:
    """Refuse components that do not add up, and warn where the sun says that hours are labelled
    otherwise than assumed.
    """
    if request.closure == "keep" and abs(tally.mean_gap) > CLOSURE_W_M2:
        raise InputError(
            f"{_SOURCE}: ghi, dni and dhi do not add up: dhi + dni cos(zenith) - ghi is "
            f"{tally.mean_gap:.0f} W m-2 on average with the sun above 15 degrees; --closure "
            "diffuse takes dhi from the other two"
        )
    if abs(tally.sun_offset) > _SUN_OFFSET_MINUTES:
        _log.warning(
            "beam and diffuse fit a sun %+.0f minutes from the middle of the hours as they were "
            "assumed; the labels may mean other hours: see greenanalysis weather check",
            -tally.sun_offset,
        )


def _years(
    parts: list[Part], times: pd.DatetimeIndex
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Yield the first hour and the fields of each year on the wanted grid, in project units."""
    years = (times - pd.Timedelta(minutes=30)).year
    for year in years.unique():
        first, last = np.flatnonzero(years == year)[[0, -1]]
        yield (
            int(first),
            {
                field: _read_field(part, name, field, times[first : last + 1], int(first))
                for part in parts
                for name, field in part.fields.items()
            },
        )


def _history(tally: Tally, closure: str) -> str:
    """Return what was assumed and done between the source and the file, in one text."""
    share = 100 / max(tally.hours, 1)
    done = (
        "the components are kept as delivered"
        if closure == "keep"
        else "dhi was replaced by ghi - dni cos(zenith) within 0..ghi and dni lowered to ghi / "
        f"cos(zenith) where above it (dhi moved by {tally.moved / max(tally.hours, 1):.1f} W m-2 "
        "in the mean of all hours)"
    )
    return (
        "labels moved from the beginning (or middle) of the hour to its end; temperature, pressure "
        "and wind bilinear from 0.5 x 0.625 degrees at the height of MERRA-2's terrain, irradiance "
        "conservative from 1 degree; wind at 100 m by each hour's power law through 10 m and 50 m, "
        f"its exponent bounded in {tally.bounded * share:.1f} % and set to the mean in calms in "
        f"{tally.calm * share:.1f} % of the values; dhi + dni cos(zenith) - ghi with the sun above "
        f"15 degrees: mean {tally.mean_gap:.1f}, rms {tally.rms_gap:.1f} W m-2, as if the "
        f"sun stood {-tally.sun_offset:+.0f} minutes from the middle of the hour; {done}; "
        f"{tally.rounded} irradiances between -1 and 0 W m-2 set to 0"
    )


SOURCE = Source(
    name="nasa-power",
    title="NASA POWER's public Zarr stores (CERES SYN1deg, MERRA-2), keyless",
    fetch=fetch,
)
