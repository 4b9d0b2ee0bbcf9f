"""The form that all themes of the atlas share: one row a region and quantity, gaps included.

A comparison with a published figure has a form of its own, :func:`check_row`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from greenanalysis.core.errors import input_error

_COLUMNS = (
    "region",
    "theme",
    "quantity",
    "level",
    "value",
    "unit",
    "year",
    "status",
    "source",
    "note",
)
_LEVELS = ("reported", "existing", "theoretical", "technical", "economic")
_STATUS = ("reported", "modelled", "no data")


def atlas_table(rows: Iterable[Mapping[Any, Any]], *, regions: Iterable[str]) -> pd.DataFrame:
    """Return the rows as a checked table in which each quantity names every region.

    Parameters
    ----------
    rows : dictionaries with the keys :data:`_COLUMNS`, such as ``table.to_dict("records")``;
        ``value`` is NaN exactly where ``status`` is ``"no data"``. ``modelled`` values say in
        ``note`` of what they are derived; a national total spread over regions says so there.
    regions : ISO 3166-2 codes that each (quantity, level) must cover.

    Returns
    -------
    DataFrame : columns :data:`_COLUMNS`, sorted by theme, quantity, level, region.

    Raises
    ------
    InputError : another column, level, status or region; a negative value; a value with
        "no data" or none without it; a blank theme, unit or source; a region that is missing or
        named twice.
    """
    table = pd.DataFrame(list(rows))
    faults = _faults(table.columns, _COLUMNS)
    if faults:
        raise input_error("columns", where="atlas", allowed=", ".join(_COLUMNS), got=faults)
    table = table[list(_COLUMNS)].astype({"value": float})
    codes = sorted(regions)
    for name, allowed in (
        ("level", _LEVELS),
        ("status", _STATUS),
        ("region", codes),
    ):
        bad = table.loc[~table[name].isin(list(allowed))]
        if len(bad):
            raise input_error(name, where=_where(bad), allowed=allowed, got=bad[name].iloc[0])
    for name in ("theme", "unit", "source"):
        bad = table.loc[table[name].astype(str).str.strip() == ""]
        if len(bad):
            raise input_error(name, where=_where(bad), allowed="a filled cell", got="an empty one")
    empty = table["value"].isna()
    _refuse(table.loc[table["value"] < 0], "value", "0 or more")
    _refuse(table.loc[empty != (table["status"] == "no data")], "value", "none means 'no data'")
    for keys, part in table.groupby(["theme", "quantity", "level"]):
        faults = _faults(part["region"], codes)
        if faults:
            where = f"atlas, {' '.join(map(str, keys))}"
            raise input_error("regions", where=where, allowed="each region once", got=faults)
    return table.sort_values(["theme", "quantity", "level", "region"], ignore_index=True)


def _faults(got: Iterable[Any], wanted: Sequence[str]) -> str:
    """Return in words how names differ from those wanted once each; empty where they do not."""
    counts = Counter(map(str, got))
    parts = {
        "lacks": [name for name in wanted if name not in counts],
        "twice:": [name for name, count in counts.items() if count > 1],
        "unknown column:": [name for name in counts if name not in wanted],
    }
    return "; ".join(f"{fault} {', '.join(names)}" for fault, names in parts.items() if names)


def _refuse(bad: pd.DataFrame, what: str, allowed: str) -> None:
    if len(bad):
        raise input_error(what, where=_where(bad), allowed=allowed, got=bad["value"].iloc[0])


def _where(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return f"atlas, {first['quantity']}, region {first['region']}"


def check_row(fact: pd.Series, got: float, tolerance: float, remark: str) -> dict[str, object]:
    """Return the comparison of a sum with a published figure.

    Parameters
    ----------
    fact : with quantity, value, unit, year, source, note.
    got : the project's own figure; NaN where it has none.
    tolerance : relative, e.g. 0.1.
    remark : why they may differ.

    Returns
    -------
    dict : quantity (with its year), got, expected, unit, tolerance, hit (False where there is
        nothing to compare), source, remark (with the fact's own note).
    """
    expected = float(fact["value"])
    hit = math.isfinite(got) and abs(got - expected) <= tolerance * abs(expected)
    year = "" if math.isnan(fact["year"]) else f", {fact['year']:.0f}"
    return {
        "quantity": f"{fact['quantity']}{year}",
        "got": got,
        "expected": expected,
        "unit": fact["unit"],
        "tolerance": tolerance,
        "hit": hit,
        "source": fact["source"],
        "remark": "; ".join(text for text in (remark, fact["note"]) if text),
    }
