"""ERA5 from the Copernicus Climate Data Store, prepared by atlite as a cutout file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import requests

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.geo.country import Box, load_country
from greenanalysis.weather.sources.source import Source

_STEP_DEG = 0.25
FEATURES = ("height", "temperature", "wind", "influx")
"""In the order of their size, so that a key that is not accepted is known at once."""

_DATA_FORMATS = ("grib", "netcdf")
_FIRST_YEAR = 1940
_CHUNKS = {"time": 744}
_KEY_HELP = (
    "make an account at https://cds.climate.copernicus.eu, accept the licence of "
    "'ERA5 hourly data on single levels', and put url and key of your profile page in ~/.cdsapirc "
    "or in CDSAPI_URL and CDSAPI_KEY"
)


def fetch_era5(
    out: Path,
    years: tuple[int, int],
    *,
    box: Box | None = None,
    step: float = _STEP_DEG,
    data_format: str = "grib",
    monthly: bool = True,
) -> Path:
    """Fetch ERA5 as an atlite cutout that :func:`greenanalysis.weather.open_weather` opens.

    Parameters
    ----------
    out : the .nc file to make, or to go on with.
    years : first and last; the labels are those of hours that end in them, 01:00 of the first day
        to 00:00 after the last.
    box : west, south, east, north, degrees; by default that of the project's own cells.
    step : of the grid, degrees; ERA5's own is 0.25.
    data_format : that the service is asked for, "grib" (larger requests allowed) or "netcdf".
    monthly : ask for a month at a time; small boxes may be asked for by years.

    Returns
    -------
    Path : ``out``.

    Raises
    ------
    InputError : atlite is not installed, no key, a service that refuses, or an ``out`` of another
        request.

    Notes
    -----
    A month and feature is one request: 36 a year, one for the height, and three for the hour
    that ends the last year. They wait in the service's queue, from
    minutes to days. Each feature is written when it is complete; the same command after an
    interruption asks only for the features that are not yet in ``out``.

    References
    ----------
    Hersbach et al. (2020), The ERA5 global reanalysis, Quarterly Journal of the Royal
    Meteorological Society 146, 1999-2049, doi:10.1002/qj.3803.
    Hofmann et al. (2021), atlite, Journal of Open Source Software 6(62), 3294,
    doi:10.21105/joss.03294.
    """
    box = box or load_country().grid
    _require_request(out, years, box, step, data_format)
    atlite = _atlite()
    _require_key()
    out.parent.mkdir(parents=True, exist_ok=True)
    span = slice(f"{years[0]}-01-01 01:00", f"{years[1] + 1}-01-01 00:00")
    west, south, east, north = box
    wanted = {"x": slice(west, east), "y": slice(south, north), "time": span}
    spacing = {"dx": step, "dy": step}
    if out.exists():
        _require_same(out, atlite, {**wanted, **spacing})
        cutout = atlite.Cutout(path=str(out), chunks=_CHUNKS)
    else:
        cutout = atlite.Cutout(path=str(out), module="era5", chunks=_CHUNKS, **wanted, **spacing)
    for feature in FEATURES:
        with tempfile.TemporaryDirectory(prefix=f".tmp-{out.stem}-", dir=out.parent) as scratch:
            try:
                cutout.prepare(
                    features=[feature],
                    tmpdir=scratch,
                    data_format=data_format,
                    monthly_requests=monthly,
                )
            except (requests.RequestException, RuntimeError) as error:
                said = " ".join(str(error).split())
                raise InputError(
                    f"era5, feature {feature}: {said}. Features that are complete are kept in "
                    f"{out}; the same command goes on"
                ) from error
    return out


def _atlite() -> ModuleType:
    try:
        import atlite
    except ImportError as error:
        raise InputError(
            "weather source era5 needs atlite, which is not installed: "
            "pip install 'greenanalysis[era5]'"
        ) from error
    module: ModuleType = atlite
    return module


def _require_key() -> None:
    """Refuse to start without the user's key; the key itself is not looked at."""
    file = Path(os.environ.get("CDSAPI_RC", "~/.cdsapirc")).expanduser()
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    told = {line.split(":", 1)[0].strip() for line in lines if ":" in line}
    told |= {name for name in ("url", "key") if os.environ.get(f"CDSAPI_{name.upper()}")}
    lacking = sorted({"url", "key"} - told)
    if lacking:
        raise InputError(
            f"weather source era5: no {' and '.join(lacking)} of the Climate Data Store in "
            f"the environment or {file}; {_KEY_HELP}"
        )


def _require_request(
    out: Path,
    years: tuple[int, int],
    box: tuple[float, float, float, float],
    step: float,
    data_format: str,
) -> None:
    if out.suffix != ".nc":
        raise input_error("out", where="era5", allowed="a name that ends in .nc", got=out.name)
    latest = pd.Timestamp.now("UTC").year - 1
    if not _FIRST_YEAR <= years[0] <= years[1] <= latest:
        raise input_error(
            "years", where="era5", allowed=f"{_FIRST_YEAR} to {latest}, whole", got=years
        )
    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise input_error("box", where="era5", allowed="west, south, east, north", got=box)
    if not 0.1 <= step <= 5:
        raise input_error("step", where="era5", allowed="0.1 to 5 degrees", got=step)
    if data_format not in _DATA_FORMATS:
        raise input_error("data format", where="era5", allowed=_DATA_FORMATS, got=data_format)


def _require_same(out: Path, atlite: ModuleType, wanted: dict[str, Any]) -> None:
    """Refuse to go on with a file of other hours or cells."""
    asked = atlite.gis.get_coords(**wanted)
    cutout = atlite.Cutout(path=str(out))
    for name in ("time", "x", "y"):
        held = cutout.data[name].to_numpy()
        if not np.array_equal(held, asked[name].to_numpy()):
            raise input_error(
                f"{name} of the cutout that is there",
                where=str(out),
                allowed="the same request, or another --out",
                got=f"{held[0]} to {held[-1]} ({len(held)})",
            )
    cutout.data.close()


SOURCE = Source(
    name="era5",
    title="ERA5 of the Copernicus Climate Data Store as an atlite cutout; needs a key",
    fetch=lambda request: fetch_era5(request.out, request.years, box=request.box),
    suffix=".nc",
    resumes=True,
)
