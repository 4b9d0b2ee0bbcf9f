"""Duties and context of a project: storage, connection, carbon, and what auctions paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.money import MODEL_YEAR
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.country import auction_zones
from greenanalysis.project.contract import auctions_in_model_money

_STORAGE = ("auto", "yes", "no")
GRID_FACTOR = "zhanatas_2019"


def storage_duty(
    capacity_mw: float, assumptions: Assumptions, *, storage: str = "auto"
) -> tuple[float, float]:
    """Return the battery that a project must carry, MW and MWh.

    Parameters
    ----------
    capacity_mw : of the plant.
    assumptions : hold threshold, share and hours.
    storage : ``auto`` follows the rule, ``yes`` and ``no`` do not ask it.

    Raises
    ------
    InputError : unknown ``storage``.
    """
    if storage not in _STORAGE:
        raise unknown_name("storage", storage, _STORAGE, where="project")
    above = capacity_mw > assumptions.get("finance", "storage_threshold", unit="MW")
    if storage == "no" or (storage == "auto" and not above):
        return 0.0, 0.0
    power = capacity_mw * assumptions.get("finance", "storage_share", unit="1")
    return power, power * assumptions.get("finance", "storage_hours", unit="hour")


@dataclass(frozen=True)
class Carbon:
    """CO2 that the energy keeps out of the air, with the dated factor it rests on."""

    factor_t_per_mwh: float
    name: str
    source: str
    first_year_t: float
    life_t: float


def carbon_avoided(
    energy_mwh: np.ndarray, assumptions: Assumptions, *, factor: str = GRID_FACTOR
) -> Carbon:
    """Return the avoided CO2 by a dated grid factor.

    Parameters
    ----------
    energy_mwh : (years).
    assumptions : hold ``grid_factor`` by name and year.
    factor : which of them.

    Raises
    ------
    InputError : unknown factor.

    Notes
    -----
    The factor stays as dated for the whole life; as the grid gets cleaner the later years count too
    high.
    """
    value = assumptions.get("grid_factor", factor, unit="t/MWh")
    row = assumptions.rows("grid_factor", factor).iloc[0]
    return Carbon(
        value, factor, row["source"], float(energy_mwh[0]) * value, float(energy_mwh.sum()) * value
    )


def auction_zone(region: str) -> str:
    """Return the auction zone (north, south, west) of a region by its code.

    Raises
    ------
    InputError : unknown region.
    """
    zones = auction_zones()
    if region not in zones:
        raise unknown_name("region", region, zones, where="auction zones")
    return zones[region]


def auction_test(
    technology: str, price_usd_2025_per_mwh: float, assumptions: Assumptions, *, zone: str
) -> pd.DataFrame:
    """Set what a project needs beside what auctions paid its technology.

    Parameters
    ----------
    technology : ``wind`` or ``solar``.
    price_usd_2025_per_mwh : the contract price that pays for the project.
    assumptions : hold exchange rates and deflators.
    zone : of the project; its own auctions are marked.

    Returns
    -------
    DataFrame : the auctions with prices of 2025 (see :func:`~greenanalysis.project.contract.
    auctions_in_model_money`), ``own_zone``, ``recent`` (of the last three years) and
        ``would_win``: whether the project could have offered that price.

    Raises
    ------
    InputError : a technology without auctions.
    """
    table = read_facts("auctions", numeric=["year", "price_kzt_per_kwh", "mw"])
    known = sorted(table["technology"].unique())
    if technology not in known:
        raise unknown_name("technology", technology, known, where="auctions")
    if not price_usd_2025_per_mwh > 0:
        raise input_error(
            "price", where="auction_test()", allowed="above 0", got=price_usd_2025_per_mwh
        )
    priced = auctions_in_model_money(table[table["technology"] == technology], assumptions)
    return priced.assign(
        own_zone=priced["zone"] == zone,
        recent=priced["year"] >= MODEL_YEAR - 2,
        would_win=priced["price_usd_2025_per_mwh"] >= price_usd_2025_per_mwh,
    ).reset_index(drop=True)
