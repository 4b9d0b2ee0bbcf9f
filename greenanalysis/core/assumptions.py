"""Techno-economic assumptions: read from ``data/assumptions/*.csv``, never written in Python."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from greenanalysis.core.display import Card, Shown
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_table

COLUMNS = ["technology", "parameter", "year", "value", "unit", "source", "note", "currency_year"]


class Assumptions(Shown):
    """A table of assumptions, one sourced value a row.

    Parameters
    ----------
    table : columns of :data:`COLUMNS`; ``year`` is NaN where a value holds for all years.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table

    def _card(self) -> Card:
        parameters = self._table.groupby("technology", sort=True)["parameter"].unique()
        table = pd.DataFrame(
            {
                "technology": parameters.index,
                "parameters": [", ".join(names) for names in parameters],
            }
        )
        return Card(
            title="Assumptions",
            caption=f"{len(self._table):,} sourced values of {len(parameters):,} technologies",
            table=table,
            holds={
                "table": "all rows with their sources",
                "get()": "one value in a unit that you name",
                "rows()": "the rows of one parameter by year",
                "only()": "the rows of some technologies",
            },
        )

    @property
    def table(self) -> pd.DataFrame:
        """Return all rows."""
        return self._table

    def only(self, *technologies: str) -> Assumptions:
        """Return the rows of some technologies, in their order; it knows of no others.

        Parameters
        ----------
        technologies : names, or regular expressions that the whole name must fit.
        """
        pattern = "|".join(f"(?:{one})" for one in technologies)
        keep = [re.fullmatch(pattern, name) is not None for name in self._table["technology"]]
        return Assumptions(self._table[keep])

    def get(
        self, technology: str, parameter: str, *, unit: str, year: float | None = None
    ) -> float:
        """Return one value in the unit that the caller names.

        Between the years of a table the value is interpolated linearly; outside them the year is
        refused. ``unit`` must be the one that the table states: nothing is converted silently.

        Raises
        ------
        InputError : unknown technology or parameter, other unit, no or wrong year.
        """
        rows = self._of(technology, parameter)
        stated = rows["unit"].unique().tolist()
        where = f"assumptions, {technology}/{parameter}"
        if stated != [unit]:
            raise input_error("unit", where=where, allowed=stated, got=unit)
        if rows["year"].isna().all():
            return float(rows["value"].iloc[0])
        years = rows["year"].to_numpy(dtype=float)
        if year is None or not years[0] <= year <= years[-1]:
            allowed = f"{years[0]:.0f} to {years[-1]:.0f}"
            raise input_error("year", where=where, allowed=allowed, got=year)
        return float(np.interp(year, years, rows["value"].to_numpy(dtype=float)))

    def rows(self, technology: str, parameter: str) -> pd.DataFrame:
        """Return the rows of one parameter by year, with their sources."""
        return self._of(technology, parameter).copy()

    def _of(self, technology: str, parameter: str) -> pd.DataFrame:
        key = (technology, parameter)
        if key in self._places:
            if key not in self._cut:
                self._cut[key] = self._table.iloc[self._places[key]].sort_values("year")
            return self._cut[key]
        of_technology = self._table[self._table["technology"] == technology]
        if of_technology.empty:
            known = sorted(self._table["technology"].unique())
            raise unknown_name("technology", technology, known, where="assumptions")
        known = sorted(of_technology["parameter"].unique())
        raise unknown_name("parameter", parameter, known, where=f"assumptions, {technology}")

    @cached_property
    def _cut(self) -> dict[tuple[str, str], pd.DataFrame]:
        """Rows by year of the parameters that were asked for."""
        return {}

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[int]]:
        """Positions of the rows of each parameter; the rows are cut out when one is asked for."""
        places: dict[tuple[str, str], list[int]] = {}
        keys = zip(self._table["technology"], self._table["parameter"], strict=True)
        for row, (technology, parameter) in enumerate(keys):
            places.setdefault((str(technology), str(parameter)), []).append(row)
        return places


def load_assumptions(directory: Path | None = None) -> Assumptions:
    """Read every CSV of ``data/assumptions`` (or ``directory``) into one table.

    Parameters
    ----------
    directory : folder with the CSV files; by default ``data/assumptions``.

    Raises
    ------
    InputError : a row without value, unit or source, or the same value stated twice.
    """
    folder = directory or data_dir() / "assumptions"
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise input_error("assumptions", where=str(folder), allowed="*.csv files", got="none")
    table = pd.concat([read_assumption_file(path) for path in files], ignore_index=True)
    twice = table[table.duplicated(["technology", "parameter", "year"], keep=False)]
    if len(twice):
        keys = twice[["technology", "parameter", "year"]].drop_duplicates().to_numpy().tolist()
        raise input_error("rows", where=str(folder), allowed="each value once", got=keys)
    return Assumptions(table)


def read_assumption_file(path: Path) -> pd.DataFrame:
    """Read one table of assumptions, columns of :data:`COLUMNS`.

    Raises
    ------
    InputError : a row without value, unit or source, or other columns.
    """
    required = ["technology", "parameter", "value", "unit", "source"]
    table = read_table(path, required=required, numeric=["value", "year"])
    missing = [name for name in COLUMNS if name not in table.columns]
    extra = [name for name in table.columns if name not in COLUMNS]
    if missing or extra:
        raise input_error("columns", where=str(path), allowed=COLUMNS, got=list(table.columns))
    return table
