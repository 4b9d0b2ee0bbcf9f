"""Marginal abatement cost curve in which each measure acts on what the ones before it leave."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from greenanalysis.core.errors import input_error

_COLUMNS = (
    "order",
    "name",
    "demand_before",
    "saved",
    "demand_after",
    "cost_usd_per_year",
    "usd_per_unit",
    "co2_t",
    "usd_per_t_co2",
    "saved_so_far",
)


@dataclass(frozen=True, kw_only=True)
class Saving:
    """One way to save part of a demand (gas, water), before it meets the others.

    Parameters
    ----------
    name : identifier, once in a curve.
    share : of the demand it meets that it saves, 0 to 1.
    fixed_usd_per_year : cost that does not depend on the demand left (insulating a wall).
    usd_per_unit_met : yearly cost per unit of the demand it meets (a boiler sized to the load).
    usd_per_unit_saved : yearly cost per unit that it saves (electricity of a heat pump).
    co2_t_per_unit_saved : emissions avoided per unit; negative where it adds some.

    Raises
    ------
    InputError : a share outside 0..1, a negative cost, or a number that is not finite.
    """

    name: str
    share: float
    fixed_usd_per_year: float = 0.0
    usd_per_unit_met: float = 0.0
    usd_per_unit_saved: float = 0.0
    co2_t_per_unit_saved: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no measure can do."""
        where = f"saving {self.name}"
        if not 0 <= self.share <= 1:
            raise input_error("share", where=where, allowed="0 to 1", got=self.share)
        for name in ("fixed_usd_per_year", "usd_per_unit_met", "usd_per_unit_saved"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                raise input_error(name, where=where, allowed="0 or more", got=value)
        if not math.isfinite(self.co2_t_per_unit_saved):
            raise input_error(
                "co2_t_per_unit_saved",
                where=where,
                allowed="a finite number",
                got=self.co2_t_per_unit_saved,
            )

    def cost(self, met: float) -> float:
        """Return the yearly cost (USD) where it meets this much demand."""
        unit = self.usd_per_unit_met + self.usd_per_unit_saved * self.share
        return self.fixed_usd_per_year + unit * met

    def unit_cost(self, met: float) -> float:
        """Return the cost per unit saved where it meets this much demand; inf if it saves none."""
        saved = self.share * met
        return self.cost(met) / saved if saved > 0 else math.inf


def abatement_curve(
    savings: Iterable[Saving], *, demand: float, value_usd_per_unit: float = 0.0
) -> pd.DataFrame:
    """Order measures by what they cost on the demand that is left when their turn comes.

    Parameters
    ----------
    savings : measures in any order; those that save nothing are left out.
    demand : of a year, before any measure, 0 or more.
    value_usd_per_unit : what a saved unit is worth (its price); only for ``usd_per_t_co2``.

    Returns
    -------
    DataFrame : columns :data:`_COLUMNS`, cheapest first; ``usd_per_unit`` before the value of what
        is saved, ``usd_per_t_co2`` after it, NaN where a measure avoids no emissions.

    Raises
    ------
    InputError : a negative demand or two measures of one name.

    Notes
    -----
    At each step the cheapest measure on the remaining demand is taken (ties by name) and the
    demand shrinks by its share, so the total is ``demand * (1 - prod(1 - share))`` in any order.
    A fixed cost weighs more on a smaller demand, so costs never fall along the curve. Which order
    is built first changes the cost attributed to each measure, not the total saving.
    """
    waiting = sorted(savings, key=lambda saving: saving.name)
    names = [saving.name for saving in waiting]
    if len(set(names)) < len(names):
        raise input_error("savings", where="abatement_curve()", allowed="each once", got=names)
    if not (demand >= 0 and math.isfinite(demand)):
        raise input_error("demand", where="abatement_curve()", allowed="0 or more", got=demand)
    waiting = [saving for saving in waiting if saving.share * demand > 0]
    left = demand
    rows: list[dict[str, float | str]] = []
    while waiting and left > 0:
        best = min(waiting, key=lambda saving: saving.unit_cost(left))
        waiting.remove(best)
        rows.append(_step(best, left, demand, len(rows) + 1, value_usd_per_unit))
        left -= best.share * left
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _step(
    saving: Saving, met: float, demand: float, order: int, value: float
) -> dict[str, float | str]:
    saved = saving.share * met
    cost = saving.cost(met)
    co2 = saving.co2_t_per_unit_saved * saved
    after = met - saved
    return {
        "order": order,
        "name": saving.name,
        "demand_before": met,
        "saved": saved,
        "demand_after": after,
        "cost_usd_per_year": cost,
        "usd_per_unit": cost / saved,
        "co2_t": co2,
        "usd_per_t_co2": (cost - value * saved) / co2 if co2 > 0 else math.nan,
        "saved_so_far": demand - after,
    }
