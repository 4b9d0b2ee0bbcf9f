"""A green rating of enterprises whose formula and every part are shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.registry.indicators import RENEWABLE, STATED

FORMULA = (
    "rating = 100 x (w_capacity x renewable share of operating capacity + w_measures x kinds of "
    "measures with a reported effect / 5 + w_reporting x plants and measures with a report of the "
    "last three years / all of them); a part that does not apply is left out and the weights of "
    "the others are scaled to 1"
)
KINDS = 5
RECENT_YEARS = 3
WEIGHTS = ("capacity", "measures", "reporting")


def rating_weights(assumptions: Assumptions) -> dict[str, float]:
    """Return the weights of the parts, which sum to 1."""
    return {name: assumptions.get("green_rating", f"weight_{name}", unit="1") for name in WEIGHTS}


def rate_enterprises(
    plants: pd.DataFrame,
    measures: pd.DataFrame,
    observations: pd.DataFrame,
    *,
    weights: dict[str, float],
    year: int,
) -> pd.DataFrame:
    """Rate each owner of plants or measures, see :data:`FORMULA`.

    Parameters
    ----------
    plants, measures, observations : of the registry.
    weights : of the parts, see :func:`rating_weights`.
    year : in which it is rated.

    Returns
    -------
    DataFrame : index owner; capacity_mw, renewable_share, measure_share, reporting_share (each
        0..1, NaN where it does not apply), rating (0..100), best first.
    """
    stands = plants[plants["status"].isin(STATED) & plants["owner"].notna()]
    total = stands.groupby("owner")["capacity_mw"].sum()
    green = stands[stands["technology"].isin(RENEWABLE)].groupby("owner")["capacity_mw"].sum()
    owners = sorted({*total.index, *measures["owner"].dropna()})
    table = pd.DataFrame(index=pd.Index(owners, name="owner"))
    table["capacity_mw"] = total.reindex(owners)
    table["renewable_share"] = green.reindex(total.index).fillna(0).reindex(owners) / total
    recent = observations[observations["year"] > year - RECENT_YEARS]
    told_plants = set(recent.loc[recent["quantity"] == "generation", "facility_id"].dropna())
    told_measures = set(recent["measure_id"].dropna())
    effect = measures[measures.index.isin(set(observations["measure_id"].dropna()))]
    kinds = effect.groupby("owner")["kind"].nunique().reindex(owners)
    active = measures.groupby("owner").size().reindex(owners)
    table["measure_share"] = np.where(active.notna(), kinds.fillna(0) / KINDS, np.nan)
    told = _count(stands[stands.index.isin(told_plants)], owners) + _count(
        measures[measures.index.isin(told_measures)], owners
    )
    all_of_them = _count(stands, owners) + active.fillna(0)
    table["reporting_share"] = told / all_of_them
    parts = table[["renewable_share", "measure_share", "reporting_share"]].to_numpy(dtype=float)
    weight = np.array([weights[name] for name in WEIGHTS]) * np.isfinite(parts)
    table["rating"] = 100 * np.nansum(parts * weight, axis=1) / weight.sum(axis=1)
    return table.sort_values(["rating", "capacity_mw"], ascending=False)


def _count(table: pd.DataFrame, owners: list[str]) -> pd.Series:
    return table.groupby("owner").size().reindex(owners).fillna(0)
