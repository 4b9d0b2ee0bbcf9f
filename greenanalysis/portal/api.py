"""What the dashboard asks of the registry: filtered plants, capacity by year, files."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy import Engine, func, select

from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.languages import NAME_COLUMNS
from greenanalysis.geo.regions import load_regions
from greenanalysis.registry import store, views
from greenanalysis.registry.files import csv_text, xlsx_bytes
from greenanalysis.registry.models import Change
from greenanalysis.site.draw import palette

_FIRST_YEAR = 2005
_COLUMNS = (
    *("id", "name", "owner", "technology", "capacity_mw", "region", "latitude", "longitude"),
    *("status", "year", "source", "note"),
)
_FILTERS = ("region", "technology", "status", "year", "undated", "text")
_GEOMETRY_TOLERANCE = 0.02
_MAX_TEXT = 200


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The plants of the registry as of its last change."""

    version: int
    plants: pd.DataFrame


class Live:
    """Reads the registry anew when it has changed; safe to be asked by many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._last: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """Return the registry as it is now.

        Raises
        ------
        InputError : the registry cannot be read.
        """
        with self._lock, store.read_session(self._engine) as session:
            version = int(session.scalar(select(func.max(Change.id))) or 0)
            if self._last is None or self._last.version != version:
                plants = views.facilities(session).reset_index()
                self._last = Snapshot(version, plants[list(_COLUMNS)])
            return self._last


def read_filters(query: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address.

    Raises
    ------
    InputError : an unknown filter, or a value that none can have.
    """
    for name, value in query.items():
        if name not in _FILTERS:
            raise unknown_name("filter", name[:40], _FILTERS, where="the address")
        if len(value) > _MAX_TEXT:
            raise input_error(name, where="the address", allowed=f"{_MAX_TEXT} letters", got="more")
    year = query.get("year", "")
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise input_error("year", where="the address", allowed="four digits", got=year[:40])
    return dict(query)


def _filtered(plants: pd.DataFrame, filters: Mapping[str, str]) -> pd.DataFrame:
    """Return the plants that the filters leave.

    Parameters
    ----------
    plants : of a :class:`Snapshot`.
    filters : region, technology, status (exact), text (part of name or owner), year (plants
        commissioned until then), undated ("0" leaves out plants without a known year).
    """
    kept = plants
    for name in ("region", "technology", "status"):
        if filters.get(name):
            kept = kept[kept[name] == filters[name]]
    if filters.get("text"):
        asked = filters["text"].casefold()
        names = (kept["name"] + "\n" + kept["owner"].fillna("")).str.casefold()
        kept = kept[names.str.contains(asked, regex=False)]
    unknown = kept["year"].isna()
    if filters.get("year"):
        kept = kept[unknown | (kept["year"] <= int(filters["year"]))]
        unknown = kept["year"].isna()
    if filters.get("undated") == "0":
        kept = kept[~unknown]
    return kept


def overview(snapshot: Snapshot) -> dict[str, Any]:
    """Return what the dashboard needs once: regions, technologies, years, colours."""
    technologies = sorted(snapshot.plants["technology"].unique())
    return {
        "version": snapshot.version,
        "regions": _region_shapes(),
        "technologies": technologies,
        "statuses": sorted(snapshot.plants["status"].unique()),
        "colours": {
            name: palette.carrier_colour(name, position=n) for n, name in enumerate(technologies)
        },
        "years": [_FIRST_YEAR, dt.datetime.now(dt.UTC).year],
    }


@cache
def _region_shapes() -> dict[str, Any]:
    regions = load_regions()
    shapes = regions.set_geometry(regions.geometry.simplify(_GEOMETRY_TOLERANCE))
    shapes = shapes[[*NAME_COLUMNS, "geometry"]].reset_index()
    return dict(json.loads(shapes.to_json(drop_id=True)))


def answer(snapshot: Snapshot, filters: Mapping[str, str]) -> dict[str, Any]:
    """Return the plants that the filters leave, and their capacity by technology and year."""
    found = _filtered(snapshot.plants, filters)
    rows = found.astype(object).where(found.notna(), None).to_dict("records")
    return {"version": snapshot.version, "plants": rows, "by_year": _by_year(snapshot, filters)}


def _by_year(snapshot: Snapshot, filters: Mapping[str, str]) -> dict[str, Any]:
    """Return MW at the end of each year by technology, and those without a known year."""
    rest = _filtered(snapshot.plants, {k: v for k, v in filters.items() if k != "year"})
    known = rest[rest["year"].notna()]
    years = list(range(_FIRST_YEAR, dt.datetime.now(dt.UTC).year + 1))
    technologies = sorted(rest["technology"].unique())
    return {
        "years": years,
        "technologies": {
            name: [
                round(float(known["capacity_mw"][mine & (known["year"] <= year)].sum()), 3)
                for year in years
            ]
            for name in technologies
            for mine in [known["technology"] == name]
        },
        "undated": round(float(rest.loc[rest["year"].isna(), "capacity_mw"].sum()), 3),
    }


def export(snapshot: Snapshot, filters: Mapping[str, str], kind: str) -> bytes:
    """Return the plants that the filters leave as ``csv`` or ``xlsx``."""
    found = _filtered(snapshot.plants, filters).to_dict("records")
    rows = [{str(name): value for name, value in row.items()} for row in found]
    if kind == "csv":
        return csv_text(rows, _COLUMNS).encode("utf-8-sig")
    return xlsx_bytes(rows, _COLUMNS)
