"""What the European Union's carbon border adjustment makes of power that is sold there.

Imported power is charged for the emissions of an average fossil plant of its country, unless it
comes from a plant of its own: annex IV, point 5, of Regulation (EU) 2023/956 asks, all at once,
for a power purchase agreement with the plant, no congestion anywhere between plant and Union, at
most 550 g of CO2 a kWh, and capacity nominated for the same hour in which the plant generates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.assessment.technologies import POTENTIAL
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import price
from greenanalysis.supergrid.results.money import units_at

if TYPE_CHECKING:
    import pypsa

_FULL = 0.999
"""Load of a line, of its capacity, from which it counts as congested."""
_SEEN_MW = 1.0


@dataclass(frozen=True)
class BorderAdjustment:
    """``hours`` with export to the Union; ``qualifying_share`` of them and ``energy_share`` 0 to 1.

    ``default_t_per_mwh`` : emissions charged for what does not qualify; ``cost_musd`` a year.
    """

    hours: float
    qualifying_share: float
    energy_share: float
    default_t_per_mwh: float
    cost_musd: float


def border_adjustment(
    network: pypsa.Network, assumptions: Assumptions, *, market: str = "europe"
) -> BorderAdjustment | None:
    """Return what qualifies for own emissions of zero, and what the rest costs.

    Parameters
    ----------
    network : solved.
    assumptions : ``cbam`` price of an allowance; both it and 550 g/kWh stand there.
    market : node of the Union.

    Returns
    -------
    BorderAdjustment, or None where nothing is sold there.

    Notes
    -----
    In each step, sun and wind qualify at nodes from which an unbroken chain of lines with room
    leads to the Union, up to what is sold; purchase agreements are taken to be there. An hour
    qualifies where all that is sold in it does. The default is the mean of the country's fossil
    plants in the year (annex IV, point 1 d). Solar and wind emit nothing, below 550 g/kWh.
    """
    buyers = units_at(network, market, "export")
    sold = network.generators_t.p[buyers].sum(axis=1)
    weights = network.snapshot_weightings["generators"]
    busy = sold > _SEEN_MW
    if not busy.any():
        return None
    units = network.generators
    limit = assumptions.get("cbam", "most", unit="t/MWh")
    clean = units["carrier"].isin(POTENTIAL) & (units["co2_t_per_mwh"] <= limit)
    green = network.generators_t.p[units.index[clean]].T.groupby(units["bus"]).sum().T
    own = pd.Series(
        {
            step: min(green.loc[step, green.columns.isin(_upstream(network, step, market))].sum(),
                      sold[step])
            for step in sold.index[busy]
        }
    )  # fmt: skip
    hours, energy = weights[busy], sold[busy] * weights[busy]
    whole = own >= sold[busy] * _FULL
    fossil = units.index[
        (units["co2_t_per_mwh"] > 0) & ~units["carrier"].isin(["import", "export"])
    ]
    burnt = network.generators_t.p[fossil].mul(weights, axis=0).sum()
    emitted = float((burnt * units.loc[fossil, "co2_t_per_mwh"]).sum())
    default = emitted / float(burnt.sum()) if burnt.sum() > 0 else 0.0
    own_energy = float((own * weights[busy]).sum())
    allowance = price(assumptions, "cbam", "allowance", unit="USD/t")
    return BorderAdjustment(
        hours=float(hours.sum()),
        qualifying_share=float(hours[whole].sum() / hours.sum()),
        energy_share=own_energy / float(energy.sum()),
        default_t_per_mwh=default,
        cost_musd=(float(energy.sum()) - own_energy) * default * allowance / 1e6,
    )


def _upstream(network: pypsa.Network, step: pd.Timestamp, market: str) -> set[str]:
    """Return the nodes from which lines with room lead to a market in a step."""
    links = network.links
    capacity = links["p_nom_opt"].where(links["p_nom_extendable"], links["p_nom"])
    table = pd.DataFrame(
        {
            "bus0": links["bus0"],
            "bus1": links["bus1"],
            "capacity": capacity,
            "flow": network.links_t.p0.loc[step],
        }
    )
    lines = table.groupby(["bus0", "bus1"])[["capacity", "flow"]].sum()
    room = lines[(lines["capacity"] > _SEEN_MW) & (lines["flow"] < _FULL * lines["capacity"])]
    chain = {market}
    while True:
        longer = chain | {str(start) for start, end in room.index if end in chain}
        if longer == chain:
            return chain - {market}
        chain = longer
