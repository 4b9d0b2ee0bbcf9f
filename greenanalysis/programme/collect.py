"""Facts that a region's measures rest on: which are known, which are old, which are to collect."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from greenanalysis.core.errors import unknown_name
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.names import region_names

OLDEST_YEARS = 3
"""A fact of more years than this is called old."""


@dataclass(frozen=True)
class FactTable:
    """A table below ``data/facts`` with one row a region and quantity, filled or not.

    Parameters
    ----------
    name : of the file, without ``.csv``.
    quantity, value, date : its columns of these.
    serves : the measures that its quantities feed, as a reader knows them.
    units : quantity -> unit, where the table has no column ``unit``.
    unit : of all quantities, where neither says it.
    """

    name: str
    serves: str
    quantity: str = "quantity"
    value: str = "value"
    date: str = "year"
    units: dict[str, str] = field(default_factory=dict)
    unit: str = ""

    def unit_of(self, row: pd.Series) -> str:
        """Return the unit of a row of the table."""
        return str(row.get("unit", self.units.get(str(row[self.quantity]), self.unit)))


TABLES = {
    table.name: table
    for table in (
        FactTable("heat_regions", "insulation, boilers, heat pumps, gas leaks"),
        FactTable("water_regions", "irrigation, canals, wells, drinking water, reuse"),
        FactTable(
            "livestock", "biogas", quantity="class", value="heads", date="date", unit="heads"
        ),
        FactTable("crops", "straw boilers", quantity="crop", value="production_t", unit="t"),
        FactTable(
            "waste_regions",
            "sorting and landfill gas",
            units={"collected_kt": "kt/year", "sorted_kt": "kt/year", "recycled_percent": "%"},
        ),
    )
}
"""Name -> table of facts by region; to add one is to add an entry."""


def region_facts(region: str) -> pd.DataFrame:
    """Return all facts of a region in one form, known or not.

    Parameters
    ----------
    region : ISO 3166-2 code.

    Returns
    -------
    DataFrame : ``table``, ``quantity``, ``unit``, ``value`` (NaN: not known), ``year`` (NaN: not
        known), ``status``, ``source`` (of a gap: what is missing and who publishes it), ``note``.

    Raises
    ------
    InputError : an unknown region.
    """
    if region not in region_names():
        raise unknown_name("region", region, sorted(region_names()), where="region_facts()")
    rows = []
    for table in TABLES.values():
        read = read_facts(table.name, numeric=[table.value])
        for _, row in read[read["region"] == region].iterrows():
            rows.append(
                {
                    "table": table.name,
                    "quantity": row[table.quantity],
                    "unit": table.unit_of(row),
                    "value": row[table.value],
                    "year": pd.to_numeric(str(row[table.date])[:4], errors="coerce"),
                    **{name: row[name] for name in ("status", "source", "note")},
                }
            )
    columns = ["table", "quantity", "unit", "value", "year", "status", "source", "note"]
    return pd.DataFrame(rows, columns=columns)


def to_collect(facts: pd.DataFrame) -> pd.DataFrame:
    """Return the facts that nobody has filled in yet."""
    return facts[facts["value"].isna()]


def old_facts(facts: pd.DataFrame, *, this_year: int) -> pd.DataFrame:
    """Return the known facts of more than :data:`OLDEST_YEARS` years, and those without a year.

    Parameters
    ----------
    facts : of :func:`region_facts`.
    this_year : the year to count from.
    """
    known = facts[facts["value"].notna()]
    return known[~(known["year"] >= this_year - OLDEST_YEARS)]
