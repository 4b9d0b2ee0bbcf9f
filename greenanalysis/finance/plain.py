"""The plainest cash flow of a plant: constant prices, no tax, no loan, one kilowatt.

It is the cash flow behind the levelised cost: at a price equal to that cost it is worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from greenanalysis.core.errors import input_error
from greenanalysis.finance.cost import HOURS_PER_YEAR, lcoe
from greenanalysis.finance.metrics import irr, npv, payback


@dataclass(frozen=True)
class PlainPlant:
    """Terms of one kilowatt: money in dollars of one year, rates real, fractions a year.

    ``price_usd_per_mwh`` is the same in all years; ``lifetime_years`` is whole.
    """

    capacity_factor: float
    capex_usd_per_kw: float
    fom_usd_per_kw_year: float
    vom_usd_per_mwh: float
    wacc: float
    lifetime_years: int
    degradation_per_year: float
    price_usd_per_mwh: float


@dataclass(frozen=True)
class PlainResult:
    """What the terms give: NaN where there is no such rate, cost or year.

    ``flow_usd_per_kw`` begins with the investment.
    """

    lcoe_usd_per_mwh: float
    flow_usd_per_kw: np.ndarray
    npv_usd_per_kw: float
    irr: float
    payback_years: float


def solve_plain(plant: PlainPlant) -> PlainResult:
    """Return cost and cash flow of one kilowatt.

    Parameters
    ----------
    plant : its terms.

    Raises
    ------
    InputError : a lifetime that is not whole, or terms that
        :func:`~greenanalysis.finance.cost.lcoe` refuses.

    Notes
    -----
    Investment falls due at once, energy and costs at the end of each year.
    """
    years = int(plant.lifetime_years)
    if years != plant.lifetime_years or years < 1:
        got = plant.lifetime_years
        raise input_error("lifetime_years", where="solve_plain()", allowed="whole years", got=got)
    cost = lcoe(
        plant.capacity_factor,
        capex_usd_per_kw=plant.capex_usd_per_kw,
        fom_usd_per_kw_year=plant.fom_usd_per_kw_year,
        vom_usd_per_mwh=plant.vom_usd_per_mwh,
        wacc=plant.wacc,
        lifetime_years=years,
        degradation_per_year=plant.degradation_per_year,
    )
    kept = (1 - plant.degradation_per_year) ** np.arange(years)
    mwh = plant.capacity_factor * HOURS_PER_YEAR / 1000 * kept
    surplus = mwh * (plant.price_usd_per_mwh - plant.vom_usd_per_mwh) - plant.fom_usd_per_kw_year
    flow = np.concatenate([[-plant.capex_usd_per_kw], surplus])
    return PlainResult(
        lcoe_usd_per_mwh=float(cost),
        flow_usd_per_kw=flow,
        npv_usd_per_kw=float(npv(flow, rate=plant.wacc)),
        irr=irr(flow).value,
        payback_years=payback(flow),
    )
