"""NASA POWER's public Zarr stores over HTTPS: MERRA-2 air and wind, CERES SYN1deg irradiance.

Keyless, global, hourly. Documented by POWER: hourly values are averages, times are UTC, a gap is
-999, the air is on MERRA-2's 0.5 x 0.625 degree grid and the sun on CERES' 1 degree grid
(https://power.larc.nasa.gov/docs/services/api/temporal/hourly/). Not stated there, and assumed
here: a label at the full hour is the beginning of its hour, one at half past its middle.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from greenanalysis.assumptions import load_assumptions
from greenanalysis.errors import InputError
from greenanalysis.io import atomic_path, sha256_json
from greenanalysis.paths import cache_dir
from greenanalysis.store import only_one_writer
from greenanalysis.weather.canonical import CLOSURE_W_M2
from greenanalysis.weather.canonical_store import empty_store, stamp_store
from greenanalysis.weather.download import Receipt, Wanted, download, kept, sweep
from greenanalysis.weather.http import size_of
from greenanalysis.weather.power_air import Shear, Tally, settle_irradiance, wind_at_100m
from greenanalysis.weather.power_store import FIELDS, Part, open_part, read_field
from greenanalysis.weather.request import Request

BASE_URL = "https://nasa-power.s3.amazonaws.com"
BASE_VARIABLE = "GREENANALYSIS_NASA_POWER_URL"
SOURCE = "NASA POWER hourly: MERRA-2 (air, wind) and CERES SYN1deg (irradiance)"
LICENCE = "CC BY 4.0"
CREDIT = (
    "These data were obtained from the NASA Langley Research Center POWER Project funded through "
    "the NASA Earth Science Directorate Applied Science Program."
)
BLOCK_HOURS = 2190
SUN_OFFSET_MINUTES = 10.0


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
    base = (request.base_url or os.environ.get(BASE_VARIABLE) or BASE_URL).rstrip("/")
    mirror = cache_dir() / "weather" / "nasa-power" / sha256_json(base)[:8]
    with only_one_writer(mirror):
        sweep(mirror)
        parts = [open_part(base, mirror, path, request) for path in FIELDS]
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
    """Say on stderr what is to come and what it costs, before anything of size is fetched."""
    missing = wanted if request.refresh else [each for each in wanted if not kept(each)]
    unpacked = sum(
        part.store.array(name).unpacked_bytes
        * len(part.store.array(name).objects(part.hours, part.rows, part.columns))
        for part in parts
        for name in part.fields
    )
    rows, columns = (len(axis) for axis in request.grid)
    print(
        f"nasa-power: {len(request.times)} hours x {rows} x {columns} cells from {len(wanted)} "
        f"objects ({unpacked / 1e6:.0f} MB unpacked); {len(wanted) - len(missing)} are kept, "
        f"{len(missing)} to come{_estimate(missing, parts)}; free of charge, no key",
        file=sys.stderr,
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
        for begin in range(0, len(values["ghi"]), BLOCK_HOURS):
            block = {name: field[begin : begin + BLOCK_HOURS] for name, field in values.items()}
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
        "licence": LICENCE,
        "credit": CREDIT,
        "history": history(tally, request.closure),
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
        source=SOURCE,
        digest=sha256_json(objects),
        carried=carried,
    )


def _judge(tally: Tally, request: Request) -> None:
    """Refuse components that do not add up, and warn where the sun says that hours are labelled
    otherwise than assumed.
    """
    if request.closure == "keep" and abs(tally.mean_gap) > CLOSURE_W_M2:
        raise InputError(
            f"{SOURCE}: ghi, dni and dhi do not add up: dhi + dni cos(zenith) - ghi is "
            f"{tally.mean_gap:.0f} W m-2 on average with the sun above 15 degrees; --closure "
            "diffuse takes dhi from the other two"
        )
    if abs(tally.sun_offset) > SUN_OFFSET_MINUTES:
        print(
            f"warning: beam and diffuse fit a sun {-tally.sun_offset:+.0f} minutes from the middle "
            "of the hours as they were assumed; the labels may mean other hours: see "
            "greenanalysis weather check",
            file=sys.stderr,
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
                field: read_field(part, name, field, times[first : last + 1], int(first))
                for part in parts
                for name, field in part.fields.items()
            },
        )


def history(tally: Tally, closure: str) -> str:
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
