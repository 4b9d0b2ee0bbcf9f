"""Lines between regions and to markets: losses, yearly cost, and their place in the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.errors import input_error, unknown_name
from greenanalysis.scenario import Scenario
from greenanalysis.supergrid.economics import annual_cost, finance_share
from greenanalysis.supergrid.facts import Facts

if TYPE_CHECKING:
    import pypsa

KINDS = ("hvac", "hvdc_overhead", "hvdc_uhv", "hvdc_subsea")
LINK = ["bus0", "bus1", "carrier", "efficiency", "p_nom", "p_nom_extendable", "p_nom_min"]
LINK += ["p_nom_max", "capital_cost", "length", "corridor", "converter_cost", "finance_share"]


def corridor_table(scenario: Scenario, facts: Facts, assumptions: Assumptions) -> pd.DataFrame:
    """Return every line of a scenario, existing and candidate.

    Returns
    -------
    DataFrame : index ``corridor``; ``bus0 bus1 kind length_km`` (overhead and subsea),
        ``efficiency`` (one way), ``capital_cost`` (USD per MW and year, nought for existing lines),
        ``converter_cost`` (the part of it for stations) and ``finance_share`` (the part of it for
        interest, 0 to 1),
        ``p_nom`` (MW that exist), ``p_nom_min`` and ``p_nom_max`` (MW that must and may be built),
        ``both_ways``.
    """
    existing = facts.interconnectors.assign(
        overhead_km=facts.interconnectors["length_km"], subsea_km=0.0, max_mw=0.0
    )
    existing = existing[~(existing["year"] > scenario.year)]
    inside = facts.corridors["corridor"].str.startswith("KZ-")
    allowed = facts.corridors["corridor"].isin(scenario.corridors.allowed)
    chosen = (inside & scenario.corridors.reinforce_inside) | (
        ~inside & allowed & scenario.markets.export
    )
    candidates = facts.corridors[chosen].assign(capacity_mw=0.0)
    columns = ["corridor", "bus0", "bus1", "kind", "overhead_km", "subsea_km"]
    table = pd.concat(
        [
            existing[[*columns, "capacity_mw", "max_mw"]],
            candidates[[*columns, "capacity_mw", "max_mw"]],
        ]
    ).set_index("corridor")
    table = table.rename(columns={"capacity_mw": "p_nom", "max_mw": "p_nom_max"})
    abroad = (table["p_nom_max"] > 0) & ~table.index.str.startswith("KZ-")
    table["p_nom_min"] = (abroad * scenario.corridors.least_mw).clip(upper=table["p_nom_max"])
    table["length_km"] = table["overhead_km"] + table["subsea_km"]
    table["both_ways"] = (table["p_nom"] > 0) | table.index.str.startswith("KZ-")
    losses = {kind: loss_terms(kind, assumptions) for kind in table["kind"].unique()}
    table["efficiency"] = [
        1.0 - loss_fraction(losses[kind], km)
        for kind, km in zip(table["kind"], table["length_km"], strict=True)
    ]
    return table.join(_costs(table, scenario, assumptions))


def _costs(table: pd.DataFrame, scenario: Scenario, assumptions: Assumptions) -> pd.DataFrame:
    unit_costs = line_unit_costs(scenario, assumptions)
    shares = {
        kind: finance_share("hvac_overhead" if kind == "hvac" else kind, scenario, assumptions)
        for kind in table["kind"].unique()
    }
    line, stations = zip(
        *(
            line_annual_cost(kind, overhead, subsea, unit_costs)
            for kind, overhead, subsea in table[["kind", "overhead_km", "subsea_km"]].to_numpy()
        ),
        strict=True,
    )
    factor = (table["p_nom_max"] > 0) * scenario.corridors.cost_factor
    return pd.DataFrame(
        {
            "capital_cost": (np.array(line) + np.array(stations)) * factor,
            "converter_cost": np.array(stations) * factor,
            "finance_share": table["kind"].map(shares),
        },
        index=table.index,
    )


def loss_terms(kind: str, assumptions: Assumptions) -> tuple[float, float]:
    """Return what a kind of line loses for each km, and in its converter stations, fractions."""
    if kind not in KINDS:
        raise unknown_name("kind of line", kind, KINDS, where="corridors")
    system = "hvac" if kind == "hvac" else "hvdc"
    per_100_km = assumptions.get(system, "line_loss", unit="%/100 km")
    stations = 0.0 if kind == "hvac" else assumptions.get("hvdc", "converter_loss", unit="%")
    return per_100_km / 1e4, stations / 100.0


def loss_fraction(terms: tuple[float, float], length_km: float) -> float:
    """Return what a line loses of the power that enters it, as a fraction.

    Parameters
    ----------
    terms : loss for each km and in the stations, see :func:`loss_terms`.
    length_km : route length.

    Raises
    ------
    InputError : the line would lose all it carries.

    Notes
    -----
    Proportional to the flow, as in the Global Transmission Database; real losses grow with its
    square, so a lightly loaded line loses less than this.
    """
    loss = terms[0] * length_km + terms[1]
    if not 0.0 <= loss < 1.0:
        raise input_error("losses", where=f"a line of {length_km} km", allowed="0 to 1", got=loss)
    return loss


def line_unit_costs(scenario: Scenario, assumptions: Assumptions) -> dict[str, float]:
    """Return yearly costs: USD per MW, km and year of lines, USD per MW and year of stations."""
    lines = {
        name: annual_cost(name, scenario, assumptions, unit="USD/MW/km")
        for name in ("hvac_overhead", "hvdc_overhead", "hvdc_uhv", "hvdc_subsea")
    }
    stations = {
        name: annual_cost(name, scenario, assumptions)
        for name in ("hvdc_converter", "hvdc_uhv_converter", "hvdc_converter_subsea")
    }
    return {**lines, **stations}


STATIONS = {
    "hvdc_overhead": "hvdc_converter",
    "hvdc_uhv": "hvdc_uhv_converter",
    "hvdc_subsea": "hvdc_converter_subsea",
}


def line_annual_cost(
    kind: str, overhead_km: float, subsea_km: float, unit_costs: dict[str, float]
) -> tuple[float, float]:
    """Return the yearly cost of a new line and of its converters, USD per MW and year."""
    if kind == "hvac":
        return overhead_km * unit_costs["hvac_overhead"], 0.0
    overhead = "hvdc_uhv" if kind == "hvdc_uhv" else "hvdc_overhead"
    line = overhead_km * unit_costs[overhead] + subsea_km * unit_costs["hvdc_subsea"]
    return line, unit_costs[STATIONS[kind]]


def add_corridors(network: pypsa.Network, table: pd.DataFrame) -> None:
    """Add each line as a link, and where it works both ways a second link back.

    The two links of a line share one capacity: the solver ties what is built of the second to the
    first, which alone carries the cost. Power is lost in the link that carries it, so that
    sending both ways at once would only waste energy.
    """
    links = table.assign(
        carrier=table["kind"],
        length=table["length_km"],
        corridor=table.index,
        p_nom_extendable=table["p_nom_max"] > 0,
        p_nom_min=table["p_nom_min"],
        p_nom_max=table["p_nom_max"].where(table["p_nom_max"] > 0, float("inf")),
    )
    back = links[links["both_ways"]].rename(columns={"bus0": "bus1", "bus1": "bus0"})
    back = back.assign(capital_cost=0.0, converter_cost=0.0)
    for part, suffix in ((links, ""), (back, " back")):
        columns: dict[str, Any] = {name: part[name] for name in LINK}
        network.add("Link", list(part.index), suffix=suffix, **columns)
