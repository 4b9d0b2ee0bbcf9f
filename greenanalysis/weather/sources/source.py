"""What a source of weather offers, and what a fetch asks of it on the project's grid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.geo.country import Box, load_country
from greenanalysis.geo.grid import latitudes, longitudes
from greenanalysis.geo.regions import load_regions, region_code
from greenanalysis.weather.sources.download import JOBS
from greenanalysis.weather.sources.http import Patience

EARLIEST, LATEST = 1940, 2100
CLOSURES = ("keep", "diffuse")


@dataclass(frozen=True)
class Source:
    """A source of weather: the description that its module states as ``SOURCE``.

    Attributes
    ----------
    name : by which the user knows it.
    title : one line for lists.
    open : returns canonical weather; a source with it is a name for
        :func:`~greenanalysis.weather.open_weather`.
    files : returns the files or folders that ``open`` reads; pages of this weather are made again
        when one of them changes.
    fetch : makes ``request.out`` from a service, or returns None after a dry run.
    point : returns the series of a site (:mod:`greenanalysis.weather.read.site`); called as
        ``point(latitude, longitude, years, url=...)``.
    suffix : of the file that a fetch makes.
    resumes : whether ``fetch`` completes an output that exists instead of replacing it.
    """

    name: str
    title: str
    open: Callable[[], xr.Dataset] | None = None
    files: Callable[[], Iterable[Path]] | None = None
    fetch: Callable[[Request], Path | None] | None = None
    point: Callable[..., xr.Dataset] | None = None
    suffix: str = ".zarr"
    resumes: bool = False

    @property
    def offers(self) -> str:
        """What it offers, in words."""
        parts = {"opens by name": self.open, "fetch of an area": self.fetch}
        parts["fetch of a site"] = self.point
        return ", ".join(words for words, offer in parts.items() if offer)


@dataclass(frozen=True)
class Request:
    """Years (first, last), the box (None: the country), the file to make and how to fetch.

    ``place`` is the latitude and longitude of a site, for sources of sites.

    ``base_url`` replaces the source's own; ``refresh`` asks again for what is kept; ``dry_run``
    says what it would cost and stops; ``closure`` is what is done where beam and diffuse do not
    add up: "keep" them as delivered, or take "diffuse" from the other two; ``patience`` with the
    server, by default :class:`~greenanalysis.weather.sources.http.Patience`.
    """

    years: tuple[int, int]
    out: Path
    box: Box | None = None
    place: tuple[float, float] | None = None
    base_url: str | None = None
    jobs: int = JOBS
    refresh: bool = False
    dry_run: bool = False
    closure: str = "keep"
    patience: Patience | None = None

    @property
    def times(self) -> pd.DatetimeIndex:
        """Labels of all hours of the years: ends of the hours, UTC."""
        first, last = self.years
        return pd.date_range(f"{first}-01-01 01:00", f"{last + 1}-01-01", freq="h", unit="ns")

    @property
    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Latitudes and longitudes of the project's cells that cover the box, degrees."""
        return cells_over(self.box)


def parse_years(text: str) -> tuple[int, int]:
    """Read ``2021`` or ``2019-2023``.

    Raises
    ------
    InputError : anything else, or an order that runs backwards.
    """
    found = re.fullmatch(r"\s*(\d{4})(?:\s*-\s*(\d{4}))?\s*", text)
    years = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not EARLIEST <= years[0] <= years[1] <= LATEST:
        raise input_error("years", where="--years", allowed="2021 or 2019-2023", got=repr(text))
    return years


def cells_over(box: Box | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the latitudes and longitudes of the project's cells that cover a box.

    At least two a side, so that the result is a grid.

    Raises
    ------
    InputError : the box is empty or reaches beyond the project's grid.
    """
    if box is None:
        return latitudes(), longitudes()
    west, south, east, north = box
    grid = load_country().grid
    if not (grid[0] <= west < east <= grid[2] and grid[1] <= south < north <= grid[3]):
        raise input_error(
            "box",
            where="west south east north",
            allowed="within {:g} {:g} {:g} {:g} degrees, west < east".format(*grid),
            got=f"{west:g} {south:g} {east:g} {north:g}",
        )
    return _between(latitudes(), south, north), _between(longitudes(), west, east)


def region_box(region: str) -> Box:
    """Return the box around a region (code or name), cut to the project's grid.

    Raises
    ------
    InputError : unknown region.
    """
    shape = load_regions().to_crs(4326).geometry[region_code(region)]
    west, south, east, north = shape.bounds
    grid = load_country().grid
    return max(west, grid[0]), max(south, grid[1]), min(east, grid[2]), min(north, grid[3])


def _between(centres: np.ndarray, low: float, high: float) -> np.ndarray:
    half = load_country().grid_step / 2
    first = int(np.argmax(centres + half > low))
    last = len(centres) - int(np.argmax((centres - half < high)[::-1]))
    if last - first < 2:
        last = min(last + 1, len(centres))
        first = min(first, last - 2)
    return centres[first:last]
