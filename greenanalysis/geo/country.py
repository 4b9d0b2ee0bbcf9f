"""The country that the project is about: codes, names, boxes, currency and clock, read from data.

Nothing else in the package knows which country it is: ``data/facts/country.csv`` holds its
properties, ``regions.csv`` its regions and ``auction_zones.csv`` their auction zones.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.core.languages import ENGLISH, LANGUAGES
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts, read_table

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_TEXTS = {
    "code": r"[A-Z]{2}",
    "name_en": r".+",
    "currency": r"[A-Z]{3}",
    "layout": r".*",
    "time_zones": r"\S+( \S+)*",
    "utc_offset_since": r"\d{4}-\d{2}-\d{2}",
}
_EDGES = ("west", "south", "east", "north")
_BOXES = ("grid", "extent", "boundary")
_NUMBERS = (
    *("utc_offset", "grid_step", "area_least", "area_most"),
    *(f"{box}_{edge}" for box in _BOXES for edge in _EDGES),
)


@dataclass(frozen=True)
class Country:
    """Properties of the country.

    Attributes
    ----------
    code : ISO 3166-1 alpha-2; also the code of the whole country in tables of regions.
    names : name by language, the English one where the file has none.
    currency : ISO 4217.
    regions : ISO 3166-2 codes, sorted.
    layout : completes "each of the N units ...", for messages on boundaries.
    time_zones : IANA names of the zones that keep the country's clock.
    utc_offset : local time less UTC, h.
    utc_offset_since : first day on which the whole country kept that offset.
    grid : box of the project's own cells.
    grid_step : width and height of a cell, degrees.
    extent : what the cells of a weather must cover to be weather of the whole country.
    boundary : where a boundary may lie.
    area_km2 : least and largest plausible sum of the areas of the regions.
    """

    code: str
    names: dict[str, str]
    currency: str
    regions: tuple[str, ...]
    layout: str
    time_zones: tuple[str, ...]
    utc_offset: float
    utc_offset_since: date
    grid: Box
    grid_step: float
    extent: Box
    boundary: Box
    area_km2: tuple[float, float]

    @property
    def name(self) -> str:
        """English name."""
        return self.names[ENGLISH]

    @property
    def axes(self) -> dict[str, tuple[float, float]]:
        """:attr:`extent` as the lowest and highest degree of latitude and longitude."""
        west, south, east, north = self.extent
        return {"latitude": (south, north), "longitude": (west, east)}

    @property
    def clock(self) -> str:
        """The local clock in words, e.g. ``UTC+5``."""
        return f"UTC{self.utc_offset:+g}"

    def inside(self, codes: pd.Series) -> pd.Series:
        """Return which codes (of nodes, buses, places) are regions of the country."""
        return codes.isin(self.regions)

    def is_region_code(self, text: str) -> bool:
        """Whether a text has the form of a code of a region, of today or of another layout."""
        return re.fullmatch(rf"{self.code}-[A-Z0-9]{{1,3}}", text) is not None


def load_country() -> Country:
    """Return the country of the project.

    Raises
    ------
    InputError : a property is missing, has another form, or a box that is not west < east and
        south < north.
    """
    return _read(data_dir())


def local_money() -> str:
    """Return the currency of the country, ISO 4217."""
    return load_country().currency


def auction_zones() -> dict[str, str]:
    """Return the zone of the power system (and of the auctions) by region."""
    table = read_facts("auction_zones")
    return dict(zip(table["region"], table["zone"], strict=True))


@cache
def _read(folder: Path) -> Country:
    path = folder / "facts" / "country.csv"
    rows = read_table(path, required=["key", "source", "kind"])
    values = dict(zip(rows["key"], rows["value"].str.strip(), strict=True))
    missing = [key for key in (*_TEXTS, *_NUMBERS) if key not in values]
    if missing:
        raise input_error("rows", where=str(path), allowed=[*_TEXTS, *_NUMBERS], got=missing)
    for key, form in _TEXTS.items():
        if not re.fullmatch(form, values[key]):
            raise input_error(key, where=str(path), allowed=form, got=repr(values[key]))
    numbers = {key: _number(key, values[key], path) for key in _NUMBERS}
    boxes = {name: _box(name, numbers, path) for name in _BOXES}
    regions = read_table(folder / "facts" / "regions.csv", required=["region", "source"])
    return Country(
        code=values["code"],
        names={code: values.get(f"name_{code}") or values["name_en"] for code in LANGUAGES},
        currency=values["currency"],
        regions=tuple(sorted(regions["region"])),
        layout=values["layout"],
        time_zones=tuple(values["time_zones"].split()),
        utc_offset=numbers["utc_offset"],
        utc_offset_since=date.fromisoformat(values["utc_offset_since"]),
        grid=boxes["grid"],
        grid_step=numbers["grid_step"],
        extent=boxes["extent"],
        boundary=boxes["boundary"],
        area_km2=(numbers["area_least"], numbers["area_most"]),
    )


def _number(key: str, text: str, path: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise input_error(key, where=str(path), allowed="a finite number", got=repr(text))
    return value


def _box(name: str, numbers: dict[str, float], path: Path) -> Box:
    west, south, east, north = (numbers[f"{name}_{edge}"] for edge in _EDGES)
    if not (west < east and south < north):
        allowed = "west < east and south < north"
        raise input_error(f"box {name}", where=str(path), allowed=allowed, got=numbers)
    return west, south, east, north
