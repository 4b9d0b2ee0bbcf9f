"""Names of the regions: code, English, Russian, Kazakh and the spellings met in other files."""

from __future__ import annotations

import difflib
import unicodedata
from functools import cache
from pathlib import Path

from greenanalysis.core.errors import unknown_name
from greenanalysis.core.languages import NAME_COLUMNS
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_table
from greenanalysis.geo.country import load_country

_OBLAST_WORDS = {"region", "oblast", "oblysy", "province", "область", "обл", "облысы"}
_CITY_WORDS = {"city", "г", "город", "қаласы", "қала", "qalasy", "qala", "gorod"}
_FUZZY_CUTOFF = 0.84


def region_names() -> dict[str, str]:
    """Return the English name of each region by its ISO 3166-2 code, in the order of the codes."""
    return _spellings(data_dir())[2]


def region_code(name: str) -> str:
    """Return the ISO 3166-2 code of a region from its code, name or a common spelling.

    Parameters
    ----------
    name : code (also the letters used before 2022), English, Russian or Kazakh name, with or
        without the word for oblast or city; bare "Almaty" is the city.

    Raises
    ------
    InputError : no region has that name; the message lists the nearest ones.
    """
    found = match_code(name) or match_name(name)
    if found is None:
        names = region_names()
        allowed = [*names.values(), *names]
        raise unknown_name("region", name, allowed, where="the name of a region")
    return found


def match_code(text: str) -> str | None:
    """Return the code of 2022 for a code of 2022 or before, else None."""
    return _spellings(data_dir())[0].get(text.strip().upper())


def match_name(name: str, *, fuzzy: bool = False) -> str | None:
    """Return the code for a name, else None.

    Parameters
    ----------
    name : any spelling, see :func:`region_code`.
    fuzzy : whether a near spelling will do too (for files; never for what a user types).
    """
    names = _spellings(data_dir())[1]
    bare, stated = _bare(name)
    kinds = (stated,) if stated else ("city", "oblast")
    for kind in kinds:
        if (bare, kind) in names:
            return names[bare, kind]
    if fuzzy and bare:
        pool = {known: code for (known, kind), code in names.items() if kind in kinds}
        near = difflib.get_close_matches(bare, pool, n=1, cutoff=_FUZZY_CUTOFF)
        return pool[near[0]] if near else None
    return None


@cache
def _spellings(
    folder: Path,
) -> tuple[dict[str, str], dict[tuple[str, str], str], dict[str, str]]:
    """Return codes by code, codes by (bare name, kind), and English names by code."""
    facts = read_table(folder / "facts" / "regions.csv", required=["region", "name_en", "kind"])
    country = load_country()
    codes: dict[str, str] = {}
    names: dict[tuple[str, str], str] = {}
    for row in facts.to_dict("records"):
        code = str(row["region"])
        codes[code] = code
        spellings = [row[name] for name in NAME_COLUMNS if name in row]
        spellings += row["aliases"].split(";")
        for spelling in spellings:
            if country.is_region_code(spelling):
                codes[spelling] = code
            else:
                names[_bare(spelling)[0], str(row["kind"])] = code
    english = dict(zip(facts["region"], facts["name_en"], strict=True))
    return codes, names, dict(sorted(english.items()))


def _bare(name: str) -> tuple[str, str]:
    """Split a name into its bare form and "oblast", "city" or "" for the kind it states."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(x if x.isalnum() else " " for x in letters if not unicodedata.combining(x))
    words = plain.split()
    kind = "oblast" if _OBLAST_WORDS & set(words) else "city" if _CITY_WORDS & set(words) else ""
    return " ".join(word for word in words if word not in _OBLAST_WORDS | _CITY_WORDS), kind
