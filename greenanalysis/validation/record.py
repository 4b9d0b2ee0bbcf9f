"""The accepted errors: what the last accepted run found, and what has grown worse since."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from greenanalysis.core.files import write_text
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts

_MARGIN = 0.005
"""Relative error by which a check may be worse than accepted: rounding, other library versions."""
_HEAD = (
    "# Error of each check of the validation at the last accepted run with the sample weather, "
    "relative to the reference value.\n"
    "# Written by the command: greenanalysis validate --record\n"
)
_SOURCE = "greenanalysis validate --record"


def _record_path() -> Path:
    """Return the path of the committed record."""
    return data_dir() / "facts" / "validation_record.csv"


def write_record(table: pd.DataFrame, path: Path | None = None) -> Path:
    """Write the errors of a table as the accepted ones.

    Parameters
    ----------
    table : of :func:`greenanalysis.validation.checks.validation_table`, all groups.
    path : by default the committed file.
    """
    target = path or _record_path()
    rows = table.sort_values("key")[["key", "error", "outcome"]]
    rows = rows.assign(error=rows["error"].map(_written), source=_SOURCE)
    write_text(target, _HEAD + rows.to_csv(index=False, lineterminator="\n"))
    return target


def _written(error: float) -> str:
    return "" if math.isnan(error) else f"{error:.6f}"


def read_record() -> pd.DataFrame:
    """Return the accepted errors: index key; error, outcome.

    Raises
    ------
    InputError : the record is missing or not a table.
    """
    return read_facts("validation_record", numeric=["error"]).set_index("key")


def regressions(
    table: pd.DataFrame, record: pd.DataFrame, *, whole: bool = True, margin: float = _MARGIN
) -> list[str]:
    """Return one sentence for each check that is worse than accepted, new or gone.

    Parameters
    ----------
    table : of now.
    record : of :func:`read_record`.
    whole : whether the table holds all groups; else checks that lack are not missed.
    margin : by which an absolute error may grow.
    """
    accepted = {str(key): row for key, row in record.to_dict("index").items()}
    said = []
    for row in table.to_dict("records"):
        key = str(row["key"])
        if key not in accepted:
            said.append(f"{key}: new, not in the record")
            continue
        known, outcome = float(accepted[key]["error"]), accepted[key]["outcome"]
        before, after = abs(known), abs(float(row["error"]))
        if math.isnan(before) != math.isnan(after):
            said.append(f"{key}: was {outcome}, is {row['outcome']}")
        elif after > before + margin:
            said.append(f"{key}: error {100 * row['error']:+.2f} %, accepted {100 * known:+.2f} %")
        elif outcome == "hit" and row["outcome"] == "miss":
            said.append(f"{key}: was a hit, is a miss ({100 * row['error']:+.2f} %)")
    if whole:
        lost = sorted(set(accepted) - set(table["key"]))
        said += [f"{key}: in the record, no longer checked" for key in lost]
    return said
