"""GHI drawn to a long-term mean by scaling the horizontal beam."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.variables import describe
from greenanalysis.weather.clearsky import HALF_HOUR, clear_sky, elevation_deg, sun
from greenanalysis.weather.climate import climate_at, load_climate

LOWEST_SUN_DEG = 5.0
"""With the sun lower than this neither beam nor GHI is touched."""

STRONGEST = 5.0
ROUNDS = 30
MOST_VALUES = 2_000_000
BLOCK = {"time": 2190, "latitude": 16, "longitude": 21}
GROUND = ("linke_turbidity", "elevation")


def horizontal_beam(
    dni: np.ndarray, ghi: np.ndarray, dhi: np.ndarray, sky: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the beam on the horizontal that may be scaled, its ceiling, and sin(elevation).

    Parameters
    ----------
    dni, ghi, dhi : W m-2, (time, cell).
    sky : elevation (degrees) and cloudless GHI (time, cell), extraterrestrial normal (time).

    Returns
    -------
    tuple : W m-2, W m-2, 1. The beam is zero with the sun below :data:`LOWEST_SUN_DEG`. With the
        ceiling GHI is at most that of the cloudless sky, and DNI that outside the atmosphere,
        unless the hour was already above.
    """
    elevation, clear, normal = sky
    sine = np.sin(np.radians(elevation))
    beam = np.where(elevation >= LOWEST_SUN_DEG, dni * sine, 0.0)
    ceiling = np.minimum(clear - dhi, normal[:, None] * sine)
    return beam, np.maximum(ceiling, beam), sine


def solve_beam_factor(
    ghi: np.ndarray, beam: np.ndarray, ceiling: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Return by what the beam of each cell is to be multiplied for the wanted mean of GHI.

    Parameters
    ----------
    ghi, beam, ceiling : W m-2, (time, cell), see :func:`horizontal_beam`.
    wanted : mean GHI, W m-2, (cell).

    Returns
    -------
    ndarray : (cell), 0..:data:`STRONGEST`; its end where the mean cannot be reached.
    """
    rest = (ghi - beam).mean(axis=0)
    low, high = np.zeros_like(rest), np.full_like(rest, STRONGEST)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        short = rest + np.minimum(beam * middle, ceiling).mean(axis=0) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    found: np.ndarray = (low + high) / 2
    return found


def beam_factors(weather: xr.Dataset, wanted: xr.DataArray) -> xr.Dataset:
    """Return the maps that :func:`scale_light` needs, and what it reaches.

    Parameters
    ----------
    weather : canonical weather.
    wanted : long-term mean GHI, W m-2, (latitude, longitude); NaN leaves a cell as it is.

    Returns
    -------
    Dataset (latitude, longitude) : ``beam_factor``; ``ghi_factor``, mean GHI after over before;
        ``ghi_wanted_factor``, the one that was asked for. NaN where nothing is corrected.
    """
    shape = wanted.shape
    maps = {name: np.full(shape, np.nan) for name in ("beam", "after", "before")}
    for box, ghi, dni, dhi, sky in _cell_groups(weather, np.isfinite(wanted.to_numpy())):
        beam, ceiling, _ = horizontal_beam(dni, ghi, dhi, sky)
        factor = solve_beam_factor(ghi, beam, ceiling, wanted.to_numpy()[box])
        maps["beam"][box] = factor
        maps["before"][box] = ghi.mean(axis=0)
        maps["after"][box] = (ghi - beam + np.minimum(beam * factor, ceiling)).mean(axis=0)
    texts = {
        "beam_factor": (maps["beam"], "factor of the horizontal beam"),
        "ghi_factor": (maps["after"] / maps["before"], "mean GHI after over before the correction"),
        "ghi_wanted_factor": (wanted.to_numpy() / maps["before"], "factor of mean GHI asked for"),
    }
    return xr.Dataset(
        {
            name: (wanted.dims, values, {"units": "1", "long_name": text})
            for name, (values, text) in texts.items()
        },
        coords=wanted.coords,
    )


def _cell_groups(
    weather: xr.Dataset, use: np.ndarray
) -> Iterator[tuple[Any, np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, ...]]]:
    """Yield indices of some cells, their ghi, dni and dhi (time, cell) and their sky."""
    times = pd.DatetimeIndex(weather["time"].to_numpy())
    size = max(1, MOST_VALUES // len(times))
    for top in range(0, use.shape[0], BLOCK["latitude"]):
        for left in range(0, use.shape[1], BLOCK["longitude"]):
            window = slice(top, top + BLOCK["latitude"]), slice(left, left + BLOCK["longitude"])
            rows, columns = np.nonzero(use[window])
            if not len(rows):
                continue
            tile = weather[["ghi", "dni", "dhi"]].isel(latitude=window[0], longitude=window[1])
            tile = tile.load()
            for start in range(0, len(rows), size):
                r, c = rows[start : start + size], columns[start : start + size]
                light = [tile[n].to_numpy()[:, r, c].astype(float) for n in ("ghi", "dni", "dhi")]
                place = tile["latitude"].to_numpy()[r], tile["longitude"].to_numpy()[c]
                yield (r + top, c + left), light[0], light[1], light[2], sky_of(times, *place)


def sky_of(
    times: pd.DatetimeIndex,
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    climate: xr.Dataset | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return elevation (degrees), cloudless GHI (time, cell) and extraterrestrial normal (time).

    Parameters
    ----------
    times : labels, ends of the hours, UTC.
    latitude, longitude : (cell), degrees. Turbidity and height are the climatology's there.
    climate : see :func:`greenanalysis.weather.climate.climate_at`.
    """
    middle = times - HALF_HOUR
    position = sun(middle)
    ground = climate_at(GROUND, latitude, longitude, climate=climate)
    elevation = elevation_deg(position, latitude, longitude)
    clear = clear_sky(
        elevation,
        position.extraterrestrial[:, None],
        linke_turbidity=ground["linke_turbidity"][middle.month.to_numpy() - 1],
        altitude=ground["elevation"],
    )
    return elevation, clear, position.extraterrestrial


def scale_light(weather: xr.Dataset, beam_factor: xr.DataArray) -> xr.Dataset:
    """Return weather whose horizontal beam is scaled; lazy.

    Parameters
    ----------
    weather : canonical weather.
    beam_factor : (latitude, longitude); NaN leaves a cell as it is.

    Returns
    -------
    Dataset : ``ghi`` and ``dni`` new, ``dhi`` as it was, so that dhi + dni cos(zenith) - ghi is
        what it was.
    """
    light = weather[["ghi", "dni", "dhi"]].chunk(BLOCK)
    light = light.assign(beam_factor=beam_factor.chunk({"latitude": 16, "longitude": 21}))
    ground = {"climate": load_climate()[list(GROUND)]}
    scaled = xr.map_blocks(_scaled, light, kwargs=ground, template=light[["ghi", "dni"]])
    return weather.assign({name: describe(scaled[name], name) for name in ("ghi", "dni")})


def _scaled(block: xr.Dataset, climate: xr.Dataset) -> xr.Dataset:
    shape = block["ghi"].shape
    ghi, dni, dhi = (block[n].to_numpy().astype(float).reshape(shape[0], -1)
                     for n in ("ghi", "dni", "dhi"))  # fmt: skip
    grid = np.meshgrid(block["latitude"], block["longitude"], indexing="ij")
    times = pd.DatetimeIndex(block["time"].to_numpy())
    beam, ceiling, sine = horizontal_beam(
        dni, ghi, dhi, sky_of(times, *(axis.ravel() for axis in grid), climate=climate)
    )
    factor = block["beam_factor"].to_numpy().ravel()
    after = np.minimum(beam * np.nan_to_num(factor, nan=1.0), ceiling)
    more = after - beam
    new_dni = np.where(beam > 0, after / np.where(beam > 0, sine, 1), dni)
    return block[["ghi", "dni"]].assign(
        ghi=block["ghi"].copy(data=(ghi + more).reshape(shape).astype("float32")),
        dni=block["dni"].copy(data=new_dni.reshape(shape).astype("float32")),
    )
