"""Which measures to fund first under a budget, and what the money brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from greenanalysis.errors import input_error
from greenanalysis.finance import annuity

EFFECTS = (
    "electricity_mwh_per_year",
    "gas_m3_per_year",
    "water_m3_per_year",
    "co2_t_per_year",
    "income_usd_per_year",
    "opex_usd_per_year",
    "jobs",
)
"""What adds up over measures, each in proportion to the share that is funded."""

ORDERS = ("cost", "readiness")


def rank(
    measures: pd.DataFrame, *, wacc: float, co2_usd_per_t: float, order: str = "cost"
) -> pd.DataFrame:
    """Order measures by what a dollar of yearly cost brings.

    Parameters
    ----------
    measures : of :func:`~greenanalysis.programme.measure.measure_table`.
    wacc : real discount rate per year, fraction.
    co2_usd_per_t : value of an avoided tonne of CO2 that the programme counts besides income; 0
        leaves income alone.
    order : ``cost`` by benefit per cost; ``readiness`` first by readiness, then by that.

    Returns
    -------
    DataFrame : the measures in order with further columns

        - ``cost_usd_per_year`` : annuity of the investment over the lifetime, and operation
        - ``benefit_per_cost`` : (income + value of CO2) / cost, 1 and more pays
        - ``net_usd_per_year`` : income less cost, without the value of CO2
        - ``npv_usd`` : present value of income less opex over the lifetime, less the investment
        - ``usd_per_t_co2`` : net cost of an avoided tonne; negative where income exceeds cost,
          NaN where no tonne is avoided
        - ``rank`` : 1 is funded first

    Raises
    ------
    InputError : an unknown order, a negative value of CO2, or a rate out of range.
    """
    if order not in ORDERS:
        raise input_error("order", where="rank()", allowed=ORDERS, got=order)
    if not 0 <= co2_usd_per_t < np.inf:
        raise input_error("co2_usd_per_t", where="rank()", allowed="0 or more", got=co2_usd_per_t)
    table = measures.copy()
    factor = np.array([annuity(wacc, years) for years in table["lifetime_years"]], dtype=float)
    cost = table["capex_usd"] * factor + table["opex_usd_per_year"]
    worth = table["income_usd_per_year"] + co2_usd_per_t * table["co2_t_per_year"]
    net = table["income_usd_per_year"] - cost
    avoided = table["co2_t_per_year"].where(table["co2_t_per_year"] > 0)
    table["cost_usd_per_year"] = cost
    table["benefit_per_cost"] = np.where(cost > 0, worth / cost.where(cost > 0, 1.0), np.inf)
    table["net_usd_per_year"] = net
    table["npv_usd"] = net / factor
    table["usd_per_t_co2"] = -net / avoided
    keys = ["readiness", "benefit_per_cost"] if order == "readiness" else ["benefit_per_cost"]
    table = table.assign(_name=table.index).sort_values(
        [*keys, "_name"], ascending=[False] * len(keys) + [True]
    )
    table["rank"] = np.arange(1, len(table) + 1)
    return table.drop(columns="_name")


def fund(ranked: pd.DataFrame, *, budget_usd: float) -> pd.DataFrame:
    """Spend a budget on measures in their order; the last one funded may get a part.

    Parameters
    ----------
    ranked : of :func:`rank`.
    budget_usd : money for investment, USD.

    Returns
    -------
    DataFrame : ``ranked`` with ``share`` of the full size that is funded, 0 to 1, and
        ``funded_usd``. More money never funds less of any measure.

    Raises
    ------
    InputError : a budget that is negative or not finite.
    """
    if not 0 <= budget_usd < np.inf:
        raise input_error("budget", where="programme", allowed="0 USD or more", got=budget_usd)
    table = ranked.copy()
    before = table["capex_usd"].cumsum().shift(fill_value=0.0)
    left = (budget_usd - before).clip(lower=0.0)
    table["funded_usd"] = np.minimum(left, table["capex_usd"])
    free = table["capex_usd"] <= 0
    share = table["funded_usd"] / table["capex_usd"].where(~free, 1.0)
    table["share"] = share.where(~free, 1.0).clip(upper=1.0)
    return table


def effects(funded: pd.DataFrame) -> pd.Series:
    """Sum what the funded shares bring in a year.

    Parameters
    ----------
    funded : of :func:`fund`.

    Returns
    -------
    Series : the entries :data:`EFFECTS` in their units, ``funded_usd`` and ``npv_usd``. ``jobs``
        counts only measures whose number of jobs is known.
    """
    share = funded["share"]
    sums = {name: float((funded[name] * share).sum()) for name in (*EFFECTS, "npv_usd")}
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
