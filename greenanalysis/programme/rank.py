"""Which measures to fund first under a budget, and what the money brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.finance import annuity

EFFECTS = (
    "electricity_mwh_per_year",
    "gas_m3_per_year",
    "water_m3_per_year",
    "co2_t_per_year",
    "income_usd_per_year",
    "social_usd_per_year",
    "opex_usd_per_year",
    "jobs",
)
"""What adds up over measures, each in proportion to the share that is funded."""

_ORDERS = ("cost", "readiness", "social")


def rank(
    measures: pd.DataFrame, *, wacc: float, co2_usd_per_t: float, order: str = "cost"
) -> pd.DataFrame:
    """Order measures by what an invested dollar brings.

    Parameters
    ----------
    measures : of :func:`~greenanalysis.programme.measure.measure_table`.
    wacc : real discount rate per year, fraction.
    co2_usd_per_t : value of an avoided tonne of CO2 that the programme counts besides income; 0
        leaves income alone.
    order : ``cost`` by value per dollar; ``readiness`` first by readiness, then by that;
        ``social`` by value per dollar where the value to society counts like income.

    Returns
    -------
    DataFrame : the measures in order with further columns

        - ``cost_usd_per_year`` : annuity of the investment over the lifetime, and operation
        - ``value_usd`` : present value of income and CO2 (or all social value, in that order) less
          operation over the lifetime
        - ``value_per_usd`` : that per dollar invested, the profitability index; 1 and more pays
        - ``net_usd_per_year`` : income less cost, without the value of CO2
        - ``npv_usd`` : present value of income less operation, less the investment
        - ``social_npv_usd`` : the same with the value to society
        - ``best_npv_usd`` : the greater of that and of ``value_usd`` less the investment; below
          zero a measure is never funded
        - ``usd_per_t_co2`` : net cost of an avoided tonne; negative where income exceeds cost,
          NaN where no tonne is avoided
        - ``rank`` : 1 comes first

    Raises
    ------
    InputError : an unknown order, a negative value of CO2, a value of CO2 in the order that counts
        it already, or a rate out of range.
    """
    _known_order(order)
    if not 0 <= co2_usd_per_t < np.inf:
        raise input_error("co2_usd_per_t", where="rank()", allowed="0 or more", got=co2_usd_per_t)
    if order == "social" and co2_usd_per_t:
        allowed = "0: the social value holds CO2 already"
        raise input_error("co2_usd_per_t", where="rank()", allowed=allowed, got=co2_usd_per_t)
    table = measures.copy()
    factor = np.array([annuity(wacc, years) for years in table["lifetime_years"]], dtype=float)
    capex, co2 = table["capex_usd"], table["co2_t_per_year"]
    earned = table["income_usd_per_year"] - table["opex_usd_per_year"]
    social = table["social_usd_per_year"]
    value = (earned + (social if order == "social" else co2_usd_per_t * co2)) / factor
    table["cost_usd_per_year"] = capex * factor + table["opex_usd_per_year"]
    table["value_usd"] = value
    free = np.where(value > 0, np.inf, -np.inf)
    table["value_per_usd"] = np.where(capex > 0, value / capex.where(capex > 0, 1.0), free)
    table["net_usd_per_year"] = earned - capex * factor
    table["npv_usd"] = earned / factor - capex
    table["social_npv_usd"] = (earned + social) / factor - capex
    table["best_npv_usd"] = np.maximum(value - capex, table["social_npv_usd"])
    table["usd_per_t_co2"] = -table["net_usd_per_year"] / co2.where(co2 > 0)
    keys = ["readiness", "value_per_usd"] if order == "readiness" else ["value_per_usd"]
    table = table.assign(_name=table.index).sort_values(
        [*keys, "_name"], ascending=[False] * len(keys) + [True]
    )
    table["rank"] = np.arange(1, len(table) + 1)
    return table.drop(columns="_name")


def fund(ranked: pd.DataFrame, *, budget_usd: float, order: str = "cost") -> pd.DataFrame:
    """Spend a budget so that what is funded is worth most.

    Parameters
    ----------
    ranked : of :func:`rank`.
    budget_usd : money for investment, USD.
    order : ``cost`` and ``social`` spend where the value is greatest; ``readiness`` spends on the
        readiest measures first, and what is left on the others.

    Returns
    -------
    DataFrame : ``ranked`` with ``share`` of the full size that is funded, 0 to 1, and
        ``funded_usd``.

    Raises
    ------
    InputError : an unknown order, or a budget that is negative or not finite.

    Notes
    -----
    More money never brings less value. Where all measures are divisible they are funded in their
    rank, one of them in part; a single work that does not fit into the budget waits, and once it
    fits it may take the place of others. A measure whose operation costs more than it earns is
    never funded: it needs money every year, not only once. Nor is one that costs more than it
    brings with its value to society counted: money is left over instead.
    """
    _known_order(order)
    if not 0 <= budget_usd < np.inf:
        raise input_error("budget", where="programme", allowed="0 USD or more", got=budget_usd)
    share = pd.Series(0.0, index=ranked.index)
    classes = [ranked["readiness"] == level for level in (3, 2, 1)]
    left = budget_usd
    for chosen in classes if order == "readiness" else [ranked["value_usd"].notna()]:
        part = ranked[chosen]
        share[part.index] = _best_shares(part, left)
        left = max(0.0, left - float((share[part.index] * part["capex_usd"]).sum()))
    return ranked.assign(share=share, funded_usd=share * ranked["capex_usd"])


def _known_order(order: str) -> None:
    if order not in _ORDERS:
        raise input_error("order", where="programme", allowed=_ORDERS, got=order)


def _best_shares(table: pd.DataFrame, budget_usd: float) -> np.ndarray:
    """Return the shares of greatest value: single works by search, the others in their order."""
    worthy = ((table["value_usd"] > 0) & (table["best_npv_usd"] >= 0)).to_numpy()
    single = np.flatnonzero(worthy & ~table["divisible"].to_numpy(dtype=bool))
    capex, value = table["capex_usd"].to_numpy(float), table["value_usd"].to_numpy(float)
    rest = np.flatnonzero(worthy & table["divisible"].to_numpy(dtype=bool))
    rest = rest[np.argsort(-table["value_per_usd"].to_numpy(float)[rest], kind="stable")]
    best, best_value = np.zeros(len(table)), -1.0
    for mask in range(2 ** len(single)):
        subset = single[[bool(mask >> bit & 1) for bit in range(len(single))]]
        left = budget_usd - capex[subset].sum()
        if left < 0:
            continue
        share = np.zeros(len(table))
        share[subset] = 1.0
        before = capex[rest].cumsum() - capex[rest]
        room = np.clip(left - before, 0.0, capex[rest])
        share[rest] = np.where(capex[rest] > 0, room / np.where(capex[rest] > 0, capex[rest], 1), 1)
        if (share * value).sum() > best_value:
            best, best_value = share, float((share * value).sum())
    return best


def effects(funded: pd.DataFrame) -> pd.Series:
    """Sum what the funded shares bring in a year.

    Parameters
    ----------
    funded : of :func:`fund`.

    Returns
    -------
    Series : the entries :data:`EFFECTS` in their units, ``funded_usd``, ``npv_usd`` and
        ``social_npv_usd``. ``jobs`` counts only measures whose number of jobs is known.
    """
    share = funded["share"]
    names = (*EFFECTS, "npv_usd", "social_npv_usd")
    sums = {name: float((funded[name] * share).sum()) for name in names}
    return pd.Series({**sums, "funded_usd": float(funded["funded_usd"].sum())})


def sensitivity(
    outcome: Callable[[Mapping[str, float]], float],
    inputs: Mapping[str, float],
    *,
    spread: float,
) -> pd.DataFrame:
    """Change one input at a time and see what it does to an outcome.

    Parameters
    ----------
    outcome : of all inputs, e.g. the net present value of a programme.
    inputs : name -> value in the base case.
    spread : relative change down and up, e.g. 0.2.

    Returns
    -------
    DataFrame : index = input; columns ``base`` (of the input), ``low``, ``high`` (the outcome with
        the input at ``1 - spread`` and ``1 + spread``) and ``swing``, largest first.

    Raises
    ------
    InputError : a spread outside 0 to 1.
    """
    if not 0 < spread < 1:
        raise input_error("spread", where="sensitivity()", allowed="between 0 and 1", got=spread)
    rows = {}
    for name, value in inputs.items():
        low, high = (outcome({**inputs, name: value * (1 + way * spread)}) for way in (-1, 1))
        rows[name] = {"base": value, "low": low, "high": high, "swing": abs(high - low)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.sort_values("swing", ascending=False)
