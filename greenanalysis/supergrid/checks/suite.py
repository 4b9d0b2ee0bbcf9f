"""What the export model is checked against: expected, got, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import MODEL_YEAR, in_model_money
from greenanalysis.core.tables import read_facts
from greenanalysis.supergrid.checks.base_year import YEARS, base_year_table, modelled_generation
from greenanalysis.supergrid.checks.pypsa_example import solved_against_published
from greenanalysis.supergrid.model.corridors import (
    line_annual_cost,
    line_unit_costs,
    loss_fraction,
    loss_terms,
)
from greenanalysis.supergrid.model.economics import overnight_cost, yearly_share
from greenanalysis.supergrid.results.summary import balance
from greenanalysis.supergrid.scenario import Scenario, load_scenario
from greenanalysis.supergrid.solve.optimise import solve

if TYPE_CHECKING:
    import pypsa

_COLUMNS = ["check", "expected", "got", "unit", "limit", "holds", "note"]
_MIX = ("coal", "gas", "hydro", "wind", "solar")
_CALIBRATED = {"coal": "; not independent: its yearly limit is reported generation of 2021-2025"}


def check_table(
    network: pypsa.Network, *, assumptions: Assumptions, inputs: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return all checks, those that fail included.

    Parameters
    ----------
    network : a solved scenario; its balances and limits are checked at every bus and hour.
    assumptions : costs and losses.
    inputs : as in :func:`build_network`; with them the past years are run, about a minute.

    Returns
    -------
    DataFrame : ``check expected got unit limit holds note``; ``limit`` is a relative difference, or
        an absolute one where ``expected`` is nought.
    """
    rows = [*two_node_rows(), *network_rows(network), *line_rows(assumptions), example_row()]
    if inputs is not None:
        rows += base_year_rows(inputs)
    return pd.DataFrame(rows, columns=_COLUMNS)


def _row(
    check: str, expected: float, got: float, *, unit: str, limit: float, note: str = ""
) -> dict[str, object]:
    scale = abs(expected) or 1.0
    holds = abs(got - expected) <= limit * scale
    return dict(zip(_COLUMNS, (check, expected, got, unit, limit, holds, note), strict=True))


def two_node_network(*, line_usd: float, efficiency: float, load_mw: float) -> pypsa.Network:
    """Return a cheap plant at A, a dear one at B with the load, and a line that may be built."""
    import pypsa

    network = pypsa.Network(name="two nodes")
    network.set_snapshots([0])
    network.snapshot_weightings.loc[:, :] = 8760.0
    network.add("Bus", ["A", "B"])
    network.add("Load", "B", bus="B", p_set=load_mw)
    network.add("Generator", "A coal", bus="A", p_nom=1000.0, marginal_cost=20.0)
    network.add("Generator", "B gas", bus="B", p_nom=1000.0, marginal_cost=50.0)
    network.add(
        "Link", "line", bus0="A", bus1="B", capital_cost=line_usd, p_nom_extendable=True,
        efficiency=efficiency, corridor="line",
    )  # fmt: skip
    return network


def two_node_rows() -> list[dict[str, object]]:
    """Return capacity, price and cost of two nodes and a line against the closed form."""
    usd, efficiency, load = 100_000.0, 0.9, 100.0
    network = two_node_network(line_usd=usd, efficiency=efficiency, load_mw=load)
    solution = solve(network)
    delivered = (20.0 + usd / 8760.0) / efficiency
    name = "two nodes, closed form"
    return [
        _row(f"{name}: line", load / efficiency, float(network.links.at["line", "p_nom_opt"]),
             unit="MW", limit=1e-6),
        _row(f"{name}: price", delivered, float(network.buses_t.marginal_price.at[0, "B"]),
             unit="USD/MWh", limit=1e-6),
        _row(f"{name}: cost", delivered * load * 8760, solution.objective_usd,
             unit="USD/year", limit=1e-6),
    ]  # fmt: skip


def network_rows(network: pypsa.Network) -> list[dict[str, object]]:
    """Return balance, losses, transport limits and weights of a solved network."""
    missing = float(balance(network).abs().to_numpy().max())
    sent, arrived = network.links_t.p0, -network.links_t.p1
    lost = sent * (1.0 - network.links["efficiency"]) - (sent - arrived)
    capacity = network.links["p_nom_opt"].where(
        network.links["p_nom_extendable"], network.links["p_nom"]
    )
    over = float((sent - capacity).to_numpy().max())
    hours = float(network.snapshot_weightings["generators"].sum())
    return [
        _row("power missing at any bus and hour, of the load", 0.0, missing, unit="1", limit=1e-6),
        _row("losses of any line and hour against its table", 0.0,
             float(lost.abs().to_numpy().max()), unit="MW", limit=1e-4),
        _row("flow above the capacity of any line", 0.0, max(0.0, over), unit="MW", limit=1e-4),
        _row("hours of the year", 8760.0, hours, unit="h", limit=1e-9),
    ]  # fmt: skip


def line_rows(assumptions: Assumptions) -> list[dict[str, object]]:
    """Return the capital of published lines, and what they deliver for it, against the model's.

    The cost of delivered energy is compared where the yearly energy was published. Both value the
    energy at the sending end at the tariff of new wind and solar in Xinjiang and use the same
    rates, upkeep and losses: the difference is that of the line's capital.
    """
    scenario = load_scenario("base")
    markets = read_facts("markets", numeric=["price", "price_year"])
    at_home: Mapping[Any, Any] = markets.to_dict("records")[0]
    energy_price, _ = in_model_money(
        at_home["price"], at_home["unit"], int(at_home["price_year"]), assumptions
    )
    numeric = ["length_km", "alternating_km", "capacity_mw", "capex_busd", "capex_year"]
    numeric += ["energy_twh"]
    rows = []
    lines: list[dict[str, Any]] = read_facts("direct_current_lines", numeric=numeric).to_dict(
        "records"
    )  # type: ignore[assignment]
    for line in lines:
        used = "used for the fit" if line["role"] == "fit" else "not used for the fit"
        if line["kind"] != "hvdc_uhv":
            rows.append(_capital_row(line, used, scenario, assumptions))
            continue
        published, modelled = _line_costs(line, scenario, assumptions)
        loss = loss_fraction(loss_terms("hvdc_uhv", assumptions), line["length_km"])
        sent = energy_price / (1.0 - loss)
        rows.append(
            _row(f"delivered cost, {line['project']} ({used})", sent + published, sent + modelled,
                 unit="USD/MWh", limit=0.10,
                 note=f"the line alone: {published:.1f} published, {modelled:.1f} modelled")
        )  # fmt: skip
    return rows


def _capital_row(
    line: Mapping[str, Any], used: str, scenario: Scenario, assumptions: Assumptions
) -> dict[str, object]:
    """Return the investment of a line per kW, stations included, published against modelled."""
    usd, _ = in_model_money(line["capex_busd"] * 1e9, "USD", int(line["capex_year"]), assumptions)
    units = line_unit_costs(scenario, assumptions, cost=overnight_cost)
    subsea = line["kind"] == "hvdc_subsea"
    overhead_km, subsea_km = (0.0, line["length_km"]) if subsea else (line["length_km"], 0.0)
    modelled = sum(line_annual_cost(line["kind"], overhead_km, subsea_km, units))
    modelled += line["alternating_km"] * units["hvac_overhead"]
    return _row(
        f"investment, {line['project']} ({used})", usd / line["capacity_mw"] / 1e3, modelled / 1e3,
        unit="USD/kW", limit=0.10, note=str(line["note"]),
    )  # fmt: skip


def _line_costs(
    line: Mapping[str, Any], scenario: Scenario, assumptions: Assumptions
) -> tuple[float, float]:
    """Return USD per delivered MWh of a line from its published capital, and from the model."""
    usd, _ = in_model_money(line["capex_busd"] * 1e9, "USD", int(line["capex_year"]), assumptions)
    energy = line["energy_twh"] * 1e6
    published = usd * yearly_share("hvdc_uhv", scenario, assumptions) / energy
    units = line_unit_costs(scenario, assumptions)
    modelled = sum(line_annual_cost("hvdc_uhv", line["length_km"], 0.0, units))
    return published, modelled * line["capacity_mw"] / energy


def example_row() -> dict[str, object]:
    """Return PyPSA's AC-DC example: published objective against ours."""
    expected, got = solved_against_published(read_facts("pypsa_ac_dc"), method="simplex")
    return _row("PyPSA's AC-DC example: objective", expected, got, unit="currency", limit=1e-6)


def base_year_rows(
    inputs: Mapping[str, Any], years: Sequence[int] = YEARS
) -> list[dict[str, object]]:
    """Return generation by carrier of past years, mean, modelled against reported.

    Coal is no independent check: its yearly limit is the mean of what was reported in 2021-2025.
    The model burns it up to that limit in each year, while reported coal fell from 74 to 64 TWh.
    """
    capacity = read_facts("fleet_capacity", numeric=["year", "capacity_mw"])
    modelled = {year: modelled_generation(year, capacity=capacity, **inputs) for year in years}
    mix = read_facts("generation_mix", numeric=["year", "generation_twh"])
    table = base_year_table(mix, modelled, carriers=_MIX)
    span = f"{years[0]}-{years[-1]}"
    return [
        _row(f"generation {span}, {row['carrier']}", row["reported_twh"], row["modelled_twh"],
             unit="TWh/year", limit=0.10,
             note=_worst_year(mix, modelled, row["carrier"])
             + _CALIBRATED.get(row["carrier"], ""))
        for row in table.to_dict("records")
    ]  # fmt: skip


def _worst_year(mix: pd.DataFrame, modelled: dict[int, pd.Series], carrier: str) -> str:
    errors = {
        year: float(base_year_table(mix, {year: got}, carriers=[carrier])["error"].iloc[0])
        for year, got in modelled.items()
    }
    year = max(errors, key=lambda y: abs(errors[y]))
    return f"mean of the years; farthest off {year}: {errors[year]:+.0%}"


__all__ = ["MODEL_YEAR", "check_table", "two_node_network"]
