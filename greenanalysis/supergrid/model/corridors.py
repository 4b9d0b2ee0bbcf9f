"""Lines between regions and to markets: losses, yearly cost, and their place in the network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.money import in_model_money
from greenanalysis.geo.country import load_country
from greenanalysis.supergrid.model.economics import annual_cost, finance_share, overnight_cost
from greenanalysis.supergrid.model.facts import Facts
from greenanalysis.supergrid.scenario import Scenario

if TYPE_CHECKING:
    import pypsa

_KINDS = ("hvac", "hvdc_overhead", "hvdc_uhv", "hvdc_subsea")
_LINK = ["bus0", "bus1", "carrier", "efficiency", "p_nom", "p_nom_extendable", "p_nom_min"]
_LINK += ["p_nom_max", "capital_cost", "length", "corridor", "converter_cost", "finance_share"]
_LINK += ["investment", "direction", "same_as", "marginal_cost"]


def corridor_table(scenario: Scenario, facts: Facts, assumptions: Assumptions) -> pd.DataFrame:
    """Return every line of a scenario, existing and candidate.

    Returns
    -------
    DataFrame : index ``corridor``; ``bus0 bus1 kind length_km`` (overhead and subsea),
        ``line_loss`` and ``station_loss`` (of the power that enters, at full load, one way),
        ``capital_cost`` (USD per MW and year, zero for existing lines),
        ``converter_cost`` (the part of it for stations) and ``finance_share`` (the part of it for
        interest, 0 to 1), ``investment`` (USD per MW), ``premium`` (what the riskiest country on
        the way adds to the rate of return, a fraction), ``toll`` (USD for each MWh that enters),
        ``p_nom`` (MW that exist), ``p_nom_min`` and ``p_nom_max`` (MW that must and may be built),
        ``both_ways``.
    """
    existing = facts.interconnectors.assign(
        overhead_km=facts.interconnectors["length_km"], subsea_km=0.0, max_mw=0.0
    )
    existing = existing[~(existing["year"] > scenario.year)]
    inside = _inside(facts.corridors)
    allowed = facts.corridors["corridor"].isin(scenario.corridors.allowed)
    chosen = (inside & scenario.corridors.reinforce_inside) | (
        ~inside & allowed & scenario.markets.export
    )
    if scenario.corridors.lead_times:
        decided = assumptions.get("supergrid", "decision_year", unit="year")
        late = decided + facts.corridors["lead_time_years"] > scenario.year
        closed = facts.corridors.loc[chosen & late & ~inside, "corridor"]
        if len(closed) and scenario.corridors.least_mw > 0:
            raise input_error(
                "corridors.least_mw", where=f"scenario {scenario.name}",
                allowed=f"corridors that are open in {scenario.year}", got=closed.iloc[0],
            )  # fmt: skip
        chosen &= ~late
    candidates = facts.corridors[chosen].assign(capacity_mw=0.0)
    columns = ["corridor", "bus0", "bus1", "kind", "overhead_km", "subsea_km"]
    table = pd.concat(
        [
            existing[[*columns, "capacity_mw", "max_mw"]],
            candidates[[*columns, "capacity_mw", "max_mw"]],
        ]
    ).set_index("corridor")
    table = table.rename(columns={"capacity_mw": "p_nom", "max_mw": "p_nom_max"})
    abroad = (table["p_nom_max"] > 0) & ~_inside(table)
    table["p_nom_min"] = (abroad * scenario.corridors.least_mw).clip(upper=table["p_nom_max"])
    table["length_km"] = table["overhead_km"] + table["subsea_km"]
    table["both_ways"] = (table["p_nom"] > 0) | _inside(table)
    losses = {kind: loss_terms(kind, assumptions) for kind in table["kind"].unique()}
    for kind, km in zip(table["kind"], table["length_km"], strict=True):
        loss_fraction(losses[kind], km)  # refuses a line that would lose all it carries
    table["line_loss"] = table["kind"].map(lambda kind: losses[kind][0]).astype(float)
    table["line_loss"] *= table["length_km"]
    table["station_loss"] = table["kind"].map(lambda kind: losses[kind][1]).astype(float)
    terms = _terms(table.index, scenario, facts, assumptions)
    return table.join(terms).join(_costs(table.join(terms), scenario, assumptions))


def _terms(
    corridors: pd.Index, scenario: Scenario, facts: Facts, assumptions: Assumptions
) -> pd.DataFrame:
    """Return ``toll`` (USD/MWh) and ``premium`` of each corridor; zero where none is known."""
    terms = facts.corridor_terms.set_index("corridor").reindex(corridors)
    toll = [
        0.0 if np.isnan(usd) else in_model_money(float(usd), "USD/MWh", int(year), assumptions)[0]
        for usd, year in zip(terms["toll_usd_per_mwh"], terms["toll_year"], strict=True)
    ]
    above = terms["risk_class"] - assumptions.get("corridor", "home_risk_class", unit="1")
    step = assumptions.get("corridor", "risk_premium", unit="1") * scenario.corridors.risk_factor
    return pd.DataFrame(
        {
            "toll": np.array(toll, dtype=float) * scenario.corridors.toll_factor,
            "premium": above.clip(lower=0.0).fillna(0.0) * step,
        },
        index=corridors,
    )


def _inside(lines: pd.DataFrame) -> pd.Series:
    """Return which lines have both ends in the country."""
    country = load_country()
    return country.inside(lines["bus0"]) & country.inside(lines["bus1"])


def _costs(table: pd.DataFrame, scenario: Scenario, assumptions: Assumptions) -> pd.DataFrame:
    pairs = list(zip(table["kind"], table["premium"], strict=True))
    shares = {
        (kind, premium): finance_share(
            "hvac_overhead" if kind == "hvac" else kind, scenario, assumptions, premium=premium
        )
        for kind, premium in set(pairs)
    }
    routes = list(zip(table["kind"], table["overhead_km"], table["subsea_km"], strict=True))
    rates = {
        premium: line_unit_costs(scenario, assumptions, cost=partial(annual_cost, premium=premium))
        for premium in set(table["premium"])
    }
    built = line_unit_costs(scenario, assumptions, cost=overnight_cost)
    yearly, overnight = (
        np.array(
            [line_annual_cost(*route, each) for route, each in zip(routes, units, strict=True)]
        ).reshape(-1, 2)
        for units in ([rates[premium] for premium in table["premium"]], [built] * len(table))
    )
    factor = (table["p_nom_max"] > 0) * scenario.corridors.cost_factor
    return pd.DataFrame(
        {
            "capital_cost": yearly.sum(axis=1) * factor,
            "converter_cost": yearly[:, 1] * factor,
            "finance_share": [shares[pair] for pair in pairs],
            "investment": overnight.sum(axis=1) * factor,
        },
        index=table.index,
    )


def loss_terms(kind: str, assumptions: Assumptions) -> tuple[float, float]:
    """Return what a kind of line loses for each km, and in its converter stations, fractions."""
    if kind not in _KINDS:
        raise unknown_name("kind of line", kind, _KINDS, where="corridors")
    system = "hvac" if kind == "hvac" else "hvdc"
    per_100_km = assumptions.get(system, "line_loss", unit="%/100 km")
    stations = 0.0 if kind == "hvac" else assumptions.get("hvdc", "converter_loss", unit="%")
    return per_100_km / 1e4, stations / 100.0


def loss_fraction(terms: tuple[float, float], length_km: float) -> float:
    """Return what a line at full load loses of the power that enters it, as a fraction.

    Parameters
    ----------
    terms : loss for each km and in the stations, see :func:`loss_terms`.
    length_km : route length.

    Raises
    ------
    InputError : the line would lose all it carries.

    Notes
    -----
    The rates of the Global Transmission Database are taken to be those of a full line. The loss of
    the line itself grows with the square of the flow, see :func:`step_losses`.
    """
    loss = terms[0] * length_km + terms[1]
    if not 0.0 <= loss < 1.0:
        raise input_error("losses", where=f"a line of {length_km} km", allowed="0 to 1", got=loss)
    return loss


def line_unit_costs(
    scenario: Scenario, assumptions: Assumptions, *, cost: Callable[..., float] = annual_cost
) -> dict[str, float]:
    """Return costs of lines for each MW and km, and of stations for each MW.

    ``cost`` : :func:`~greenanalysis.supergrid.model.economics.annual_cost` (USD a year) or
    :func:`~greenanalysis.supergrid.model.economics.overnight_cost` (USD).
    """
    lines = {
        name: cost(name, scenario, assumptions, unit="USD/MW/km")
        for name in ("hvac_overhead", "hvdc_overhead", "hvdc_uhv", "hvdc_subsea")
    }
    return {**lines, **{name: cost(name, scenario, assumptions) for name in _STATIONS.values()}}


_STATIONS = {
    "hvdc_overhead": "hvdc_converter",
    "hvdc_uhv": "hvdc_uhv_converter",
    "hvdc_subsea": "hvdc_converter_subsea",
}


def line_annual_cost(
    kind: str, overhead_km: float, subsea_km: float, unit_costs: dict[str, float]
) -> tuple[float, float]:
    """Return the cost of a new line and of its converters, USD per MW, yearly as ``unit_costs``."""
    if kind == "hvac":
        return overhead_km * unit_costs["hvac_overhead"], 0.0
    overhead = "hvdc_uhv" if kind == "hvdc_uhv" else "hvdc_overhead"
    line = overhead_km * unit_costs[overhead] + subsea_km * unit_costs["hvdc_subsea"]
    return line, unit_costs[_STATIONS[kind]]


def step_losses(line_loss: float, station_loss: float, steps: int) -> list[float]:
    """Return the fraction that each further part of a line's load loses, the first part first.

    Parameters
    ----------
    line_loss, station_loss : at full load, fractions of the power that enters.
    steps : equal parts into which the load is cut; 1 takes the mean rate of a full line for all.

    Returns
    -------
    list : of ``steps`` fractions that grow; their mean is the loss of a full line.

    Notes
    -----
    A line that carries ``x`` of its capacity loses ``line_loss * x**2`` of the capacity. This curve
    is replaced by its chords between the ends of the steps; it is convex, so that an optimum uses
    the steps in their order. Chords lie above the curve: with two steps by at most a sixteenth of
    the loss at full load, with three by a thirty-sixth.
    """
    return [station_loss + line_loss * (2 * n + 1) / steps for n in range(steps)]


def add_corridors(network: pypsa.Network, table: pd.DataFrame, *, loss_steps: int = 1) -> None:
    """Add each line as a link for each step of its load, and those back where it works both ways.

    All links of a line share one capacity, ``same_as`` names the first of them: the solver ties
    what is built of the others to it. Power is lost in the link that carries it, so that sending
    both ways at once would only waste energy.

    Parameters
    ----------
    network : with its buses.
    table : see :func:`corridor_table`.
    loss_steps : see :func:`step_losses`.
    """
    free = table["p_nom_max"] > 0
    links = table.assign(
        carrier=table["kind"],
        length=table["length_km"],
        corridor=table.index,
        same_as=table.index,
        marginal_cost=table["toll"],
        p_nom=table["p_nom"] / loss_steps,
        p_nom_extendable=free,
        p_nom_min=table["p_nom_min"] / loss_steps,
        p_nom_max=(table["p_nom_max"] / loss_steps).where(free, float("inf")),
    )
    losses = [
        step_losses(line, station, loss_steps)
        for line, station in zip(table["line_loss"], table["station_loss"], strict=True)
    ]
    back = links[links["both_ways"]].rename(columns={"bus0": "bus1", "bus1": "bus0"})
    back = back.assign(capital_cost=0.0, converter_cost=0.0, investment=0.0, marginal_cost=0.0)
    rates = pd.DataFrame(losses, index=table.index, columns=range(loss_steps))
    for direction, part in (("there", links), ("back", back)):
        for step in range(loss_steps):
            suffix = (" back" if direction == "back" else "") + (
                f" step {step + 1}" if step else ""
            )
            chosen = part.assign(direction=direction, efficiency=1.0 - rates.loc[part.index, step])
            columns: dict[str, Any] = {name: chosen[name] for name in _LINK}
            network.add("Link", list(part.index), suffix=suffix, **columns)
