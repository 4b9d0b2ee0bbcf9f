"""A funded programme year by year: when it is built, who pays, who gains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.programme.finance.breakeven import SOCIETY_LOSES

FLOWS = ("investment", "running cost", "income and savings", "value to society")
FIRST, LATER, WAIT = "years 1-5", "years 10-15", "not at these prices"
PHASES = (FIRST, LATER, WAIT)


def phases(funded: pd.DataFrame, verdicts: pd.Series) -> pd.Series:
    """Return in which phase each measure belongs.

    Parameters
    ----------
    funded : of :func:`~greenanalysis.programme.rank.fund`.
    verdicts : ``verdict`` of :func:`~greenanalysis.programme.finance.breakeven.break_even`.

    Returns
    -------
    Series : of :data:`PHASES`; what the budget funds comes first, what it does not fund but is
        worth its cost later, the rest waits for other prices.
    """
    phase = pd.Series(WAIT, index=funded.index)
    phase[verdicts.reindex(funded.index) != SOCIETY_LOSES] = LATER
    phase[funded["share"] > 0] = FIRST
    return phase


def flows_by_year(funded: pd.DataFrame, *, years: int, build_years: int) -> pd.DataFrame:
    """Return who pays and who gains in each year.

    Parameters
    ----------
    funded : of :func:`~greenanalysis.programme.rank.fund`.
    years : how many to show.
    build_years : the investment is spent evenly over the first so many; what is built in a year
        runs from the next one to the end of its lifetime, and is not replaced.

    Returns
    -------
    DataFrame : ``year`` (1 is the first of construction), ``party`` (a key of
        :data:`~greenanalysis.programme.measure.PARTIES`), ``flow`` (of :data:`FLOWS`), ``usd``:
        negative where the party pays. Real USD of 2025, not discounted.

    Raises
    ------
    InputError : fewer years than are built in, or none.
    """
    if not 1 <= build_years <= years:
        raise input_error(
            "build_years", where="flows_by_year()", allowed="1 to years", got=build_years
        )
    calendar = np.arange(1, years + 1)
    parts = []
    for _, row in funded[funded["share"] > 0].iterrows():
        spent = np.where(calendar <= build_years, row["funded_usd"] / build_years, 0.0)
        running = row["share"] * _running(calendar, build_years, row["lifetime_years"])
        parts.append(_part(calendar, row["owner"], "investment", -spent))
        parts.append(
            _part(calendar, row["owner"], "running cost", -running * row["opex_usd_per_year"])
        )
        for benefit in row["benefits"]:
            flow = "income and savings" if benefit.money else "value to society"
            parts.append(_part(calendar, benefit.gains, flow, running * benefit.usd_per_year))
    columns = ["year", "party", "flow", "usd"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts)
    return table.groupby(columns[:3], sort=True)["usd"].sum().reset_index()


def _running(calendar: np.ndarray, build_years: int, lifetime: float) -> np.ndarray:
    """Return which part of a measure runs in each year: of those built in 1, 2, ... in turn."""
    age = calendar[:, None] - np.arange(1, build_years + 1)[None, :]
    return np.asarray(((age >= 1) & (age <= lifetime)).mean(axis=1))


def _part(calendar: np.ndarray, party: str, flow: str, usd: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"year": calendar, "party": party, "flow": flow, "usd": usd})
