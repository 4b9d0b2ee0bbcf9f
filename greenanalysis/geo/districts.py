"""Districts of a region: names in three languages, points, and outlines of the user's file."""

from __future__ import annotations

import difflib
import unicodedata
from pathlib import Path

import geopandas as gpd
import pandas as pd

from greenanalysis.core.errors import InputError, input_error, refusing
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.names import region_code

JOIN = "+"
"""Joins districts that a source counts together."""
_WORDS = {
    *("district", "rayon", "raion", "region", "audany", "city", "town", "gorod", "qalasy", "g"),
    *("раион", "р", "н", "рн", "город", "г", "ауданы", "аудан", "қаласы", "каласы", "ауд"),
}
_NAMES = ("name_ru", "name_kk")


def regions_with_districts() -> list[str]:
    """Return the codes of the regions whose districts are listed."""
    return sorted(read_facts("districts")["region"].unique())


def load_districts(region: str) -> gpd.GeoDataFrame:
    """Return the districts and cities of district rank of a region.

    Parameters
    ----------
    region : ISO 3166-2 code or name.

    Returns
    -------
    GeoDataFrame : index ``district`` (English name); ``name_ru``, ``name_kk``, ``kind`` (city or
        district), ``centre`` and its point, EPSG:4326; empty for a region whose districts are not
        listed.

    Raises
    ------
    InputError : an unknown region, a district listed twice, or a centre that is no settlement.
    """
    code, where = region_code(region), "data/facts/districts.csv"
    table = read_facts("districts")
    table = table[table["region"] == code].set_index("district")
    twice = table.index[table.index.duplicated()].tolist()
    if twice:
        raise input_error("district", where=where, allowed="each once", got=twice)
    places = read_facts("settlements", numeric=["latitude", "longitude"])
    places = places.set_index("geonameid")
    lost = sorted(set(table["geonameid"]) - set(places.index))
    if lost:
        raise input_error("geonameid", where=where, allowed="one of settlements.csv", got=lost)
    found = places.loc[table["geonameid"]]
    points = gpd.points_from_xy(found["longitude"], found["latitude"])
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")


def district_name(
    name: str,
    region: str,
    *,
    where: str = "the name of a district",
    districts: gpd.GeoDataFrame | None = None,
) -> str:
    """Return the English name of a district from its name in any of the three languages.

    Parameters
    ----------
    name : English, Russian or Kazakh name or a common spelling, with or without the word for
        district or city.
    region : ISO 3166-2 code or name.
    where : in which the name stands, for the message.
    districts : of :func:`load_districts`, where many names are to be matched.

    Raises
    ------
    InputError : no district has that name; the message suggests the nearest ones.
    """
    spellings = _spellings(load_districts(region) if districts is None else districts)
    bare = _bare(name)
    if bare in spellings:
        return spellings[bare][0]
    near = [spellings[one] for one in difflib.get_close_matches(bare, spellings, n=3, cutoff=0.6)]
    hints = dict.fromkeys(
        written if written == key else f"{written} ({key})" for key, written in near
    )
    hint = f" (did you mean {', '.join(hints)}?)" if hints else ""
    allowed = ", ".join(dict.fromkeys(key for key, _ in spellings.values())) or "none is listed"
    raise InputError(f"unknown district: got {name!r} in {where}{hint}; allowed: {allowed}")


def district_outlines(path: str | Path, region: str) -> gpd.GeoDataFrame:
    """Read outlines of districts from the user's own file.

    Parameters
    ----------
    path : any polygon file that GeoPandas reads, with a column ``name``, ``name_en``, ``name_ru``
        or ``name_kk`` that names districts of the region.
    region : ISO 3166-2 code or name.

    Returns
    -------
    GeoDataFrame : index ``district``, polygons in EPSG:4326; districts that the file lacks are
        missing.

    Raises
    ------
    InputError : no such file, no such column, no coordinate reference system, an unknown district
        or one that comes twice.
    """
    file = Path(path)
    if not file.exists():
        raise InputError(f"outlines {file} do not exist")
    with refusing(f"outlines {file} cannot be read"):
        shapes = gpd.read_file(file)
    columns = [one for one in ("name", "name_en", *_NAMES) if one in shapes.columns]
    if not columns:
        allowed = "name, name_en, name_ru or name_kk"
        raise input_error("columns", where=str(file), allowed=allowed, got=list(shapes.columns))
    if shapes.crs is None:
        raise input_error("coordinate system", where=str(file), allowed="a stated one", got="none")
    listed = load_districts(region)
    names = [
        district_name(str(text), region, where=str(file), districts=listed)
        for text in shapes[columns[0]]
    ]
    if len(set(names)) < len(names):
        raise input_error("districts", where=str(file), allowed="each once", got=sorted(names))
    index = pd.Index(names, name="district")
    return shapes.set_index(index)[["geometry"]].to_crs("EPSG:4326")


def _spellings(districts: gpd.GeoDataFrame) -> dict[str, tuple[str, str]]:
    """Return bare spelling -> English name and the spelling as it is written."""
    spellings: dict[str, tuple[str, str]] = {}
    for district, row in districts.iterrows():
        written = [str(district), *(row[name] for name in _NAMES), *row["aliases"].split(";")]
        for text in written:
            if text:
                spellings.setdefault(_bare(text), (str(district), text))
    return spellings


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(x if x.isalnum() else " " for x in letters if not unicodedata.combining(x))
    words = [word for word in plain.split() if word not in _WORDS]
    # Russian names of districts are adjectives: "Сауранский район" is the district of Sauran.
    return " ".join(word.removesuffix("скии").removesuffix("инскии") for word in words)
