"""Ways to later years: targets for solar and wind, and emissions that fall to nought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from greenanalysis.core.errors import input_error

TARGETS: tuple[dict[str, Any], ...] = (
    {"year": 2030, "res_share": 0.15},
    {"year": 2040, "res_share": 0.30, "fleet.retire_after_years": 70},
    {"year": 2050, "res_share": 0.50, "fleet.retire_after_years": 70},
)
"""Targets of 15 % in 2030 and 50 % in 2050 (Concept of the green economy of 2013); between them and
the age of retirement: project assumptions."""
_EMITTERS = ("coal", "gas", "oil")


def reported_emissions(mix: pd.DataFrame, factors: Mapping[str, float]) -> pd.Series:
    """Return the CO2 of reported generation by year, Mt.

    Parameters
    ----------
    mix : ``year carrier series generation_twh``; the series ``ember`` is taken, oil counts as gas.
    factors : ``coal`` and ``gas``, t/MWh.
    """
    chosen = mix[(mix["series"] == "ember") & mix["carrier"].isin(_EMITTERS)]
    factor = chosen["carrier"].replace({"oil": "gas"}).map(factors)
    tonnes: pd.Series = (chosen["generation_twh"] * factor).groupby(chosen["year"]).sum()
    return tonnes


def neutrality(
    emissions: pd.Series, years: Sequence[int], *, zero_year: float
) -> list[dict[str, object]]:
    """Return overrides of a scenario whose emissions fall in a straight line to nought.

    Parameters
    ----------
    emissions : reported, by year, Mt.
    years : of the scenarios, after the last reported one and not after ``zero_year``.
    zero_year : when nothing may be emitted any more.

    Returns
    -------
    list : ``year`` and ``co2_limit_mt`` of each; from 2040 on old plants retire after 70 years.

    Raises
    ------
    InputError : a year outside the line.
    """
    last = int(emissions.index.max())
    bad = [year for year in years if not last < year <= zero_year]
    if bad:
        allowed = f"after {last}, up to {zero_year:g}"
        raise input_error("year", where="neutrality()", allowed=allowed, got=bad[0])
    rows: list[dict[str, object]] = []
    for year in years:
        left = (zero_year - year) / (zero_year - last)
        limit = round(float(emissions[last]) * left, 3)
        old: dict[str, object] = {"fleet.retire_after_years": 70} if year >= 2040 else {}
        rows.append({"year": year, "co2_limit_mt": limit, **old})
    return rows
