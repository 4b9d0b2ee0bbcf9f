"""Small CSV tables in which every row names its source; reading refuses a row that does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.paths import data_dir


def read_table(path: Path, *, required: Sequence[str], numeric: Sequence[str] = ()) -> pd.DataFrame:
    """Read a CSV table and refuse rows with an empty required cell.

    Parameters
    ----------
    path : UTF-8 CSV file; lines that start with ``#`` are comments.
    required : columns that must exist and be filled in each row (put ``source`` here).
    numeric : columns that must hold finite numbers where they are filled.

    Returns
    -------
    DataFrame : text columns as ``str`` (empty where blank), numeric ones as float64.

    Raises
    ------
    InputError : file or column missing, blank required cell, or text where a number belongs.
    """
    try:
        table = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise InputError(f"table {path} does not exist") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"table {path} cannot be read as CSV: {error}") from error
    missing = [name for name in (*required, *numeric) if name not in table.columns]
    if missing:
        raise input_error("columns", where=str(path), allowed=[*required, *numeric], got=missing)
    for name in required:
        blank = table.index[table[name].str.strip() == ""]
        if len(blank):
            raise input_error(
                f"column {name!r}",
                where=f"{path}, line {_line(path, int(blank[0]))}",
                allowed="a filled cell",
                got="an empty one",
            )
    for name in numeric:
        table[name] = _numbers(table[name], path)
    return table


def read_facts(name: str, *, numeric: Sequence[str] = ()) -> pd.DataFrame:
    """Read ``data/facts/<name>.csv``; every row must fill ``source``.

    Parameters
    ----------
    name : of the table, without ``.csv``.
    numeric : columns that must hold finite numbers where they are filled.
    """
    return read_table(
        data_dir() / "facts" / f"{name}.csv", required=["source"], numeric=list(numeric)
    )


def _numbers(column: pd.Series, path: Path) -> pd.Series:
    text = column.str.strip()
    values = pd.to_numeric(text.where(text != ""), errors="coerce")
    bad = column.index[(text != "") & ~values.abs().lt(float("inf"))]
    if len(bad):
        raise input_error(
            f"column {column.name!r}",
            where=f"{path}, line {_line(path, int(bad[0]))}",
            allowed="a finite number",
            got=repr(column[bad[0]]),
        )
    return values.astype(float)


def _line(path: Path, row: int) -> int:
    """Return the line of the file in which data row ``row`` stands (header and comments count)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    data = [n for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    return data[row + 1] if row + 1 < len(data) else row + 2
