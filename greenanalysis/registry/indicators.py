"""Indicators of the registry: capacity, generation, growth, shares, misses against reports.

The green rating of enterprises shows its formula and every part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.geo.country import load_country

_RENEWABLE = ("solar", "wind", "hydro", "biogas", "biomass")
_GREEN = ("solar", "wind", "biogas", "biomass")
"""Without hydro, of which the reports count different parts as renewable."""
_STATED = ("operating",)
_SERIES = ("ember", "irena", "kegoc", "press", "eia")
"""Series of national figures, the one that indicators take first."""
_TOLERANCE = {"capacity": 0.10, "generation": 0.10}
UNDATED = "undated"
_MWH_PER_GWH = 1e3


def capacity_by_year(plants: pd.DataFrame, years: Sequence[int], by: Sequence[str]) -> pd.DataFrame:
    """Return the capacity that stood at the end of each year, from plants with a known year.

    Parameters
    ----------
    plants : as of :func:`greenanalysis.registry.views.facilities`.
    years : calendar years.
    by : columns to group by, such as technology, region, owner.

    Returns
    -------
    DataFrame : by, year, capacity_mw. A last block with year ``undated`` holds operating plants
        whose commissioning no source states: they stand today, but no year can be given.
    """
    stands = plants[plants["status"].isin(_STATED)]
    parts = []
    for year in years:
        grouped = stands[stands["year"] <= year].groupby(list(by), dropna=False)["capacity_mw"]
        parts.append(grouped.sum().reset_index().assign(year=str(year)))
    undated = stands[stands["year"].isna()].groupby(list(by), dropna=False)["capacity_mw"].sum()
    parts.append(undated.reset_index().assign(year=UNDATED))
    return pd.concat(parts, ignore_index=True)[[*by, "year", "capacity_mw"]]


def national(
    observations: pd.DataFrame, quantity: str, *, series: str = "", which: bool = False
) -> pd.DataFrame:
    """Return a national quantity by year and technology in MW or GWh.

    Parameters
    ----------
    observations : as of :func:`greenanalysis.registry.views.observations`.
    quantity : capacity or generation.
    series : one series; by default of each cell the first of :data:`_SERIES` that has it.
    which : whether to return the name of the series in the place of the value.
    """
    national = observations["scope"] == load_country().code
    rows = observations[national & (observations["quantity"] == quantity)]
    rows = rows[rows["series"].isin([series] if series else _SERIES)]
    rank = rows["series"].map({name: n for n, name in enumerate(_SERIES)})
    first = rows.assign(rank=rank).sort_values("rank").drop_duplicates(["year", "technology"])
    what = "series" if which else "value"
    table = first.pivot(index="year", columns="technology", values=what).sort_index()
    return table / _MWH_PER_GWH if quantity == "generation" and not which else table


def _plant_generation(
    plants: pd.DataFrame, observations: pd.DataFrame, by: Sequence[str]
) -> pd.DataFrame:
    """Return the generation that plants reported, GWh, by the columns asked and year."""
    rows = observations[
        observations["facility_id"].notna() & (observations["quantity"] == "generation")
    ]
    joined = rows.drop(columns="technology").merge(plants, left_on="facility_id", right_index=True)
    joined = joined.rename(columns={"year_x": "year"})
    total = joined.groupby([*by, "year"], dropna=False)["value"].sum() / _MWH_PER_GWH
    return total.rename("generation_gwh").reset_index()


def growth(table: pd.DataFrame) -> pd.DataFrame:
    """Return the change of each column against the year before, as a share; NaN after a gap."""
    change = (table / table.shift() - 1).replace([np.inf, -np.inf], np.nan)
    after_gap = pd.Series(table.index).diff().ne(1).to_numpy()
    change.loc[after_gap] = np.nan
    return change


def shares(generation: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return the renewable share of generation by year beside the targets.

    Parameters
    ----------
    generation : GWh by year and technology, with ``total``; see :func:`national`.
    observations : with the targets.

    Returns
    -------
    DataFrame : index year; share (with all hydro), share_without_hydro, share_law (the reported
        renewables under the law, without large hydro; NaN where none is reported), target.
    """
    whole = generation.get("total", pd.Series(np.nan, index=generation.index))
    known = [name for name in _RENEWABLE if name in generation]
    narrow = [name for name in _GREEN if name in generation]
    law = generation.get("res_law", pd.Series(np.nan, index=generation.index))
    table = pd.DataFrame(
        {
            "share": generation[known].sum(axis=1) / whole,
            "share_without_hydro": generation[narrow].sum(axis=1) / whole,
            "share_law": law / whole,
        }
    )
    targets = observations[observations["quantity"] == "target_share"].set_index("year")["value"]
    table = table.reindex(sorted({*table.index, *targets.index}))
    table["target"] = targets / 100
    return table


def compare_national(
    plants: pd.DataFrame, observations: pd.DataFrame, years: Sequence[int]
) -> pd.DataFrame:
    """Set indicators beside every reported national figure: agreement, and misses as rows.

    The capacity indicator is built up from plants (those undated are counted in the last year);
    the generation indicator is the first series, set beside each of the others.

    Returns
    -------
    DataFrame : quantity, technology, year, indicator, reported, series, difference (share of the
        reported), tolerance, within (bool).
    """
    built = _built_up(plants, years)
    energy = national(observations, "generation")
    own = national(observations, "generation", which=True)
    rows = observations[
        (observations["scope"] == load_country().code)
        & observations["quantity"].isin(list(_TOLERANCE))
        & observations["technology"].isin([*_RENEWABLE, "coal", "gas"])
        & observations["year"].isin(list(years))
    ]
    found = []
    row: Any
    for row in rows.itertuples(index=False):
        capacity = row.quantity == "capacity"
        source = built if capacity else energy
        if row.technology not in source or row.year not in source.index or row.value == 0:
            continue
        if not capacity and row.series == _at(own, row):
            continue
        indicator = float(_at(source, row))
        reported = float(row.value) / (1 if capacity else _MWH_PER_GWH)
        difference = indicator / reported - 1
        found.append(
            {
                "quantity": row.quantity,
                "technology": row.technology,
                "year": int(row.year),
                "indicator": indicator,
                "reported": reported,
                "series": row.series,
                "difference": difference,
                "tolerance": _TOLERANCE[row.quantity],
                "within": bool(abs(difference) <= _TOLERANCE[row.quantity]),
            }
        )
    columns = ["quantity", "technology", "year", "indicator", "reported", "series"]
    columns += ["difference", "tolerance", "within"]
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values(["quantity", "technology", "year", "series"])


def _at(table: pd.DataFrame, row: Any) -> Any:
    return table.at[row.year, row.technology]


def _built_up(plants: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """Return MW by year and technology; undated plants count in the last year."""
    table = capacity_by_year(plants, years, ["technology"])
    wide = table.pivot(index="year", columns="technology", values="capacity_mw").fillna(0.0)
    wide = wide.reindex([*map(str, years), UNDATED], fill_value=0.0)
    undated = wide.loc[UNDATED]
    wide = wide.drop(index=UNDATED)
    wide.index = wide.index.astype(int)
    wide.loc[max(years)] += undated
    return wide


def as_dataset(table: pd.DataFrame, *, unit: str, name: str) -> xr.DataArray:
    """Return a table by year and technology as a DataArray (year, technology)."""
    array = xr.DataArray(
        table.to_numpy(dtype=float),
        coords={"year": table.index.to_numpy(dtype=int), "technology": list(table.columns)},
        dims=("year", "technology"),
        name=name,
    )
    array.attrs = {"units": unit, "long_name": name.replace("_", " ")}
    return array


def avoided_emissions(
    generation: pd.DataFrame, *, coal_t_per_mwh: float, gas_t_per_mwh: float
) -> pd.DataFrame:
    """Return the CO2 that solar, wind and biogas kept out of coal and gas plants.

    Each MWh stands for the mix of coal and gas of its year; the two bounds are all coal and all
    gas. Emissions of making and of balancing plants are not counted.

    Parameters
    ----------
    generation : GWh by year and technology, with coal and gas.
    coal_t_per_mwh, gas_t_per_mwh : t CO2 a MWh of each.

    Returns
    -------
    DataFrame : index year; factor (t/MWh), avoided_mt, low_mt, high_mt (million t).
    """
    green = generation[[name for name in _GREEN if name in generation]].sum(axis=1)
    burnt = generation["coal"] + generation["gas"]
    factor = (generation["coal"] * coal_t_per_mwh + generation["gas"] * gas_t_per_mwh) / burnt
    return pd.DataFrame(
        {
            "factor": factor,
            "avoided_mt": green * factor / 1e3,
            "low_mt": green * gas_t_per_mwh / 1e3,
            "high_mt": green * coal_t_per_mwh / 1e3,
        }
    ).dropna()


def capacity_factor_watch(
    plants: pd.DataFrame,
    observations: pd.DataFrame,
    modelled: pd.Series,
    *,
    allowed: float = 0.25,
) -> pd.DataFrame:
    """Set what plants reported or were designed for beside what the weather model gives there.

    Parameters
    ----------
    plants, observations : of the registry.
    modelled : capacity factor by id of the plant, 0..1.
    allowed : share by which the two may differ before the plant is marked.

    Returns
    -------
    DataFrame : name, technology, region, capacity_mw, quantity, year, registered, modelled, ratio,
        watch (bool).
    """
    rows = observations[
        observations["facility_id"].notna()
        & observations["quantity"].isin(["generation", "design_generation"])
        & (observations["days"] > 360)
    ]
    joined = rows.drop(columns="technology").merge(
        plants.drop(columns="year"), left_on="facility_id", right_index=True
    )
    hours = joined["days"] * 24.0
    joined["registered"] = joined["value"] / (joined["capacity_mw"] * hours)
    joined["modelled"] = joined["facility_id"].map(modelled)
    joined["ratio"] = joined["registered"] / joined["modelled"]
    joined["watch"] = (joined["ratio"] - 1).abs() > allowed
    columns = ["name", "technology", "region", "capacity_mw", "quantity", "year"]
    return joined[[*columns, "registered", "modelled", "ratio", "watch"]].reset_index(drop=True)


FORMULA = (
    "rating = 100 x (w_capacity x renewable share of operating capacity + w_measures x kinds of "
    "measures with a reported effect / 5 + w_reporting x plants and measures with a report of the "
    "last three years / all of them); a part that does not apply is left out and the weights of "
    "the others are scaled to 1"
)
_KINDS = 5
_RECENT_YEARS = 3
_WEIGHTS = ("capacity", "measures", "reporting")


def rating_weights(assumptions: Assumptions) -> dict[str, float]:
    """Return the weights of the parts, which sum to 1."""
    return {name: assumptions.get("green_rating", f"weight_{name}", unit="1") for name in _WEIGHTS}


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
    stands = plants[plants["status"].isin(_STATED) & plants["owner"].notna()]
    total = stands.groupby("owner")["capacity_mw"].sum()
    green = stands[stands["technology"].isin(_RENEWABLE)].groupby("owner")["capacity_mw"].sum()
    owners = sorted({*total.index, *measures["owner"].dropna()})
    table = pd.DataFrame(index=pd.Index(owners, name="owner"))
    table["capacity_mw"] = total.reindex(owners)
    table["renewable_share"] = green.reindex(total.index).fillna(0).reindex(owners) / total
    recent = observations[observations["year"] > year - _RECENT_YEARS]
    told_plants = set(recent.loc[recent["quantity"] == "generation", "facility_id"].dropna())
    told_measures = set(recent["measure_id"].dropna())
    effect = measures[measures.index.isin(set(observations["measure_id"].dropna()))]
    kinds = effect.groupby("owner")["kind"].nunique().reindex(owners)
    active = measures.groupby("owner").size().reindex(owners)
    table["measure_share"] = np.where(active.notna(), kinds.fillna(0) / _KINDS, np.nan)
    told = _count(stands[stands.index.isin(told_plants)], owners) + _count(
        measures[measures.index.isin(told_measures)], owners
    )
    all_of_them = _count(stands, owners) + active.fillna(0)
    table["reporting_share"] = told / all_of_them
    parts = table[["renewable_share", "measure_share", "reporting_share"]].to_numpy(dtype=float)
    weight = np.array([weights[name] for name in _WEIGHTS]) * np.isfinite(parts)
    table["rating"] = 100 * np.nansum(parts * weight, axis=1) / weight.sum(axis=1)
    return table.sort_values(["rating", "capacity_mw"], ascending=False)


def _count(table: pd.DataFrame, owners: list[str]) -> pd.Series:
    return table.groupby("owner").size().reindex(owners).fillna(0)
