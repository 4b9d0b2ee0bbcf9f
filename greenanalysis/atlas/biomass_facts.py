"""Livestock and harvest by region: read, checked, gaps kept as gaps."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from greenanalysis.errors import input_error, unknown_name
from greenanalysis.region_names import region_names
from greenanalysis.tables import read_facts

COUNTRY = "KZ"
ANIMALS = ("cattle", "sheep", "goats", "horses", "camels", "swine", "poultry")
CROPS = ("wheat", "barley", "rice", "grain", "oilseeds", "cotton")
STATUS = ("reported", "derived", "no data")


def read_livestock() -> pd.DataFrame:
    """Return ``data/facts/livestock.csv``: region, class, heads (NaN: no data), date, status.

    Raises
    ------
    InputError : no file, or a row that :func:`checked` refuses.
    """
    table = read_facts("livestock", numeric=["heads"])
    return checked(table, kind="class", kinds=ANIMALS, value="heads")


def read_crops() -> pd.DataFrame:
    """Return ``data/facts/crops.csv``: region, crop, production_t (NaN: no data), year, status.

    Raises
    ------
    InputError : no file, or a row that :func:`checked` refuses.
    """
    table = read_facts("crops", numeric=["production_t"])
    return checked(table, kind="crop", kinds=CROPS, value="production_t")


def checked(
    table: pd.DataFrame, *, kind: str, kinds: Iterable[str], value: str, where: str = "facts"
) -> pd.DataFrame:
    """Return a table of statistics, or refuse it.

    Parameters
    ----------
    table : columns region, ``kind``, ``value``, status, source.
    kind, kinds : the column that names the animal or crop, and what it may hold.
    value : the column with the number; empty exactly where status is ``"no data"``.
    where : the table stands, for the message.

    Raises
    ------
    InputError : an unknown region, kind or status, a negative number, a number without data or
        data without number, or one fact stated twice.
    """
    for name, allowed in (
        ("region", [COUNTRY, *region_names()]),
        (kind, list(kinds)),
        ("status", list(STATUS)),
    ):
        bad = table.loc[~table[name].isin(allowed), name]
        if len(bad):
            raise unknown_name(name, bad.iloc[0], allowed, where=where)
    negative = table.loc[table[value] < 0]
    if len(negative):
        raise input_error(
            value,
            where=f"{where}, region {negative['region'].iloc[0]}",
            allowed="0 or more",
            got=negative[value].iloc[0],
        )
    wrong = table.loc[table[value].isna() != (table["status"] == "no data")]
    if len(wrong):
        raise input_error(
            value,
            where=f"{where}, region {wrong['region'].iloc[0]}, {wrong[kind].iloc[0]}",
            allowed="a number, or none and status 'no data'",
            got=f"{wrong[value].iloc[0]} with status {wrong['status'].iloc[0]!r}",
        )
    twice = table.loc[table.duplicated(["region", kind])]
    if len(twice):
        raise input_error(
            kind, where=where, allowed="each once a region", got=twice[["region", kind]].values[0]
        )
    return table


def of_region(table: pd.DataFrame, region: str, *, kind: str, value: str) -> dict[str, float]:
    """Return the known numbers of a region by animal or crop, without those of no data.

    Raises
    ------
    InputError : an unknown region, or no row for it (a row "no data" is a row).
    """
    if region not in (COUNTRY, *region_names()):
        raise unknown_name("region", region, [COUNTRY, *region_names()], where="statistics")
    rows = table.loc[table["region"] == region]
    if rows.empty:
        raise input_error(
            "statistics", where=f"region {region}", allowed="a row, be it 'no data'", got="none"
        )
    known = rows.loc[rows[value].notna()]
    return dict(zip(known[kind], known[value].astype(float), strict=True))


def herd(livestock: pd.DataFrame, region: str) -> dict[str, float]:
    """Return heads by animal, those known."""
    return of_region(livestock, region, kind="class", value="heads")


def harvest(crops: pd.DataFrame, region: str) -> dict[str, float]:
    """Return tonnes by crop, those known."""
    return of_region(crops, region, kind="crop", value="production_t")
