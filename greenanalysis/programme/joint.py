"""Projects with foreign partners and lenders, beside what a region's memorandum asks for."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import InputError, input_error, unknown_name
from greenanalysis.core.money import MODEL_CURRENCY, MODEL_YEAR, Money, convert
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_table
from greenanalysis.geo.names import region_names

STATUSES = ("operating", "under construction", "agreed", "announced")
"""How far a project has come, the furthest first; ``agreed`` is signed or won in an auction."""
COUNTRY = "KZ"
"""Stands for a region where a project lies in several."""
HOME = "Kazakhstan"
_NUMBERS = ("latitude", "longitude", "capacity_mw", "year", "cost", "price_year")
_UNITS = {"MUSD": "USD", "MKZT": "KZT"}
_LOAN = re.compile(r"\s*(?P<lender>.+?) (?:about )?(?P<amount>\d+(?:\.\d+)?) MUSD\b")


def memorandum(region: str) -> pd.DataFrame:
    """Return the points of the memorandum of a region, in its order; empty where it has none.

    Parameters
    ----------
    region : ISO 3166-2 code.

    Returns
    -------
    DataFrame : ``title``, ``asks_for``, ``year``, ``kind``, ``source``, ``note``, by ``item``.
    """
    points = _read("memorandum", ["item", "title", "asks_for", "region", "year", "kind"])
    return points[points["region"] == region].set_index("item")


def memorandum_progress() -> pd.DataFrame:
    """Return what changed since the memorandum: a quantity before and now, NaN where unknown."""
    required = ["item", "quantity", "kind"]
    return _read("memorandum_progress", required, numeric=["before", "now"])


def joint_projects(assumptions: Assumptions) -> pd.DataFrame:
    """Return all listed projects, one row each.

    Parameters
    ----------
    assumptions : exchange rates and the deflator.

    Returns
    -------
    DataFrame : the columns of ``data/facts/joint_projects.csv`` and

        - ``cost_musd`` : million USD of 2025, NaN where no cost is published
        - ``countries`` : list of the countries of the investors, the home country left out

    Raises
    ------
    InputError : a row without source, year, status or investor, a status, point or region that
        does not exist, a project listed twice, or a price year without a rate.
    """
    required = ["project", "region", "investor", "country", "status", "year", "kind"]
    table = _read("joint_projects", required, numeric=_NUMBERS)
    items = set(_read("memorandum", ["item"])["item"])
    regions = {*region_names(), COUNTRY}
    for _, row in table.iterrows():
        where = f"data/facts/joint_projects.csv, {row['project']}"
        for kind, value, allowed in (
            ("status", row["status"], set(STATUSES)),
            ("region", row["region"], regions),
            ("item", row["item"] or min(items), items),
        ):
            if value not in allowed:
                raise unknown_name(kind, value, sorted(allowed), where=where)
    twice = table.loc[table["project"].duplicated(), "project"].tolist()
    if twice:
        raise input_error("projects", where="joint_projects.csv", allowed="each once", got=twice)
    return table.assign(
        cost_musd=[_dollars(row, assumptions) for _, row in table.iterrows()],
        countries=table["country"].map(_foreign_countries),
    )


def loans(projects: pd.DataFrame) -> pd.DataFrame:
    """Return the loans and grants whose amount a source states, one row each.

    Parameters
    ----------
    projects : of :func:`joint_projects`.

    Returns
    -------
    DataFrame : ``project``, ``lender`` and ``musd``, million USD of the year of the agreement.
    """
    rows = [
        {"project": row["project"], "lender": match["lender"], "musd": float(match["amount"])}
        for _, row in projects.iterrows()
        for part in row["lender"].split(";")
        if (match := _LOAN.match(part))
    ]
    return pd.DataFrame(rows, columns=["project", "lender", "musd"])


def answers(points: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """Return for each point of a memorandum how many projects answer it, by how far they are.

    Parameters
    ----------
    points : of :func:`memorandum`.
    projects : of the region of the memorandum.

    Returns
    -------
    DataFrame : a column each of :data:`STATUSES`, and ``foreign``: projects with an investor or
        lender from abroad; by ``item``.
    """
    foreign = projects["countries"].map(bool) | (projects["lender"] != "")
    table = pd.DataFrame(0, index=points.index, columns=[*STATUSES, "foreign"])
    for item in points.index:
        own = projects["item"] == item
        for status in STATUSES:
            table.loc[item, status] = int((own & (projects["status"] == status)).sum())
        table.loc[item, "foreign"] = int((own & foreign).sum())
    return table


def _read(
    name: str, required: list[str], *, numeric: tuple[str, ...] | list[str] = ()
) -> pd.DataFrame:
    path = data_dir() / "facts" / f"{name}.csv"
    return read_table(path, required=[*required, "source"], numeric=list(numeric))


def _foreign_countries(text: str) -> list[str]:
    return [name for part in text.split(";") if (name := part.strip()) not in ("", HOME)]


def _dollars(row: pd.Series, assumptions: Assumptions) -> float:
    """Return the cost of a project in million USD of 2025."""
    if np.isnan(row["cost"]):
        return np.nan
    where = f"data/facts/joint_projects.csv, {row['project']}"
    if row["unit"] not in _UNITS:
        raise input_error("unit", where=where, allowed=", ".join(_UNITS), got=row["unit"])
    if np.isnan(row["price_year"]):
        raise input_error("price_year", where=where, allowed="a year", got="an empty cell")
    money = Money(row["cost"], _UNITS[row["unit"]], int(row["price_year"]))
    try:
        return convert(
            money, currency=MODEL_CURRENCY, year=MODEL_YEAR, assumptions=assumptions
        ).amount
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
