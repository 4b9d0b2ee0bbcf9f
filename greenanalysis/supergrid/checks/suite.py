"""What the export model is checked against: expected, got, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.money import MODEL_YEAR, in_model_money
from greenanalysis.core.tables import read_facts
from greenanalysis.supergrid.checks.base_year import (
    CARRIERS,
    CHOSEN,
    YEARS,
    PastFacts,
    PastYear,
    by_border,
    coal_by_source,
    deviation,
    load_past,
    reported_generation,
    run_past_year,
)
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
from greenanalysis.supergrid.solve.netting import both_ways
from greenanalysis.supergrid.solve.optimise import solve

if TYPE_CHECKING:
    import pypsa

_COLUMNS = ["check", "expected", "got", "unit", "limit", "holds", "note"]
_AIM, _AIM_HELD_OUT = 0.026, 0.04
"""Sum of deviations by carrier, of the volume; PyPSA-Earth's Kazakhstan has 2.6 % in 2020."""
AIM_YEAR = 2020
_MOST_SHED = 0.05
_SOURCES_AGREE_TWH = 2.0
"""Difference in the coal of a year from which sources are said to contradict each other."""


def check_table(
    network: pypsa.Network,
    *,
    assumptions: Assumptions,
    years: Sequence[PastYear] = (),
    past: PastFacts | None = None,
) -> pd.DataFrame:
    """Return all checks, those that fail included.

    Parameters
    ----------
    network : a solved scenario; its balances and limits are checked at every bus and hour.
    assumptions : costs and losses.
    years, past : past years and what was reported of them, see :func:`past_years`.

    Returns
    -------
    DataFrame : ``check expected got unit limit holds note``; ``limit`` is a relative difference, or
        an absolute one where ``expected`` is zero.
    """
    rows = [*two_node_rows(), *network_rows(network), *line_rows(assumptions), example_row()]
    if years:
        rows += past_rows(years, past or load_past())
    return pd.DataFrame(rows, columns=_COLUMNS)


def past_years(
    inputs: Mapping[str, Any], past: PastFacts, years: Sequence[int] = YEARS
) -> list[PastYear]:
    """Run past years, about a minute; ``inputs`` as in :func:`build_network`."""
    return [run_past_year(year, past=past, **inputs) for year in years]


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
    circular = float(both_ways(network).to_numpy().max(initial=0.0))
    return [
        _row("power missing at any bus and hour, of the load", 0.0, missing, unit="1", limit=1e-6),
        _row("losses of any line and hour against its table", 0.0,
             float(lost.abs().to_numpy().max()), unit="MW", limit=1e-4),
        _row("flow above the capacity of any line", 0.0, max(0.0, over), unit="MW", limit=1e-4),
        _row("power that a line carries there and back in one step", 0.0, circular, unit="MW",
             limit=1e-3),
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


def past_rows(years: Sequence[PastYear], past: PastFacts) -> list[dict[str, object]]:
    """Return for each past year what agrees with each source, what was not served, and the peak.

    ``volume by carrier`` is the reported generation less the sum of deviations by carrier: energy
    that the model gives to another carrier than the source does not count. A year whose sources
    contradict each other is not excused, its note says by how much they do.
    """
    rows = []
    for one in years:
        role = "derating of coal chosen on it" if one.year in CHOSEN else "held out"
        differ = _contradiction(past, one.year)
        bound = f"all gas plants together could give {one.gas_most_twh:.1f}"
        for source, reported in reported_generation(past.mix, one.year).items():
            off, share, smape = deviation(one.generation, reported)
            by = ", ".join(
                f"{name} {one.generation[name]:.1f} ({reported[name]:.1f})" for name in CARRIERS
            )
            rows.append(
                _row(f"{one.year}: volume by carrier against {source}", float(reported.sum()),
                     float(reported.sum()) - off, unit="TWh",
                     limit=_AIM if one.year == AIM_YEAR else _AIM_HELD_OUT,
                     note=f"{role}; sum of deviations {off:.1f} TWh, {share:.1%}, sMAPE "
                     f"{smape:.1%}; TWh modelled (reported): {by}; {bound}{differ}")
            )  # fmt: skip
        rows.append(
            _row(f"{one.year}: load not served", 0.0, one.shed_twh, unit="TWh", limit=_MOST_SHED,
                 note=f"coal between {one.coal_mw[0]:,.0f} and {one.coal_mw[1]:,.0f} MW; "
                 f"{_trade(one, past)}")
        )  # fmt: skip
    peaks = past.peaks.set_index("year")["load_mw"]
    rows += [
        _row(f"{one.year}: peak load", float(peaks[one.year]), one.peak[0], unit="MW", limit=0.05,
             note=f"own generation then {one.peak[1]:,.0f} MW")
        for one in years if one.year in peaks.index
    ]  # fmt: skip
    return rows


def _contradiction(past: PastFacts, year: int) -> str:
    coal = coal_by_source(past.mix, year)
    if max(coal.values()) - min(coal.values()) < _SOURCES_AGREE_TWH:
        return ""
    said = ", ".join(f"{source} {twh:.1f}" for source, twh in sorted(coal.items()))
    return f"; sources contradict each other, coal: {said} TWh"


def _trade(one: PastYear, past: PastFacts) -> str:
    metered = by_border(past.trade[past.trade["year"] == one.year])
    modelled = by_border(one.trade)
    borders = sorted({border for border, _ in modelled})
    return "; ".join(
        f"{border}: imports {modelled[border, 'import']:.1f} TWh "
        f"({metered.get((border, 'import'), 0.0):.1f} metered), "
        f"exports {modelled[border, 'export']:.1f} as metered"
        for border in borders
    )


def past_table(years: Sequence[PastYear], past: PastFacts) -> pd.DataFrame:
    """Return past years for print: one row for each year and source, the model first.

    Returns
    -------
    DataFrame : ``year source`` (``model`` or the source of the row), TWh by carrier, ``import`` and
        ``export`` by border (metered in the rows of sources), ``sum`` of deviations and ``shed``
        (TWh), ``share_%`` of the volume, ``smape_%``, ``peak`` (MW).
    """
    peaks = past.peaks.set_index("year")["load_mw"]
    rows: list[dict[str, object]] = []
    for one in years:
        metered = past.trade[past.trade["year"] == one.year]
        rows.append(
            {"year": one.year, "source": "model", **_twh(one.generation),
             **_borders(one.trade), "shed": one.shed_twh, "peak": one.peak[0]}
        )  # fmt: skip
        for source, reported in reported_generation(past.mix, one.year).items():
            off, share, smape = deviation(one.generation, reported)
            rows.append(
                {"year": one.year, "source": source, **_twh(reported),
                 **_borders(metered),
                 "sum": off, "share_%": 100.0 * share, "smape_%": 100.0 * smape,
                 "peak": peaks.get(one.year)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _twh(by_carrier: pd.Series) -> dict[str, float]:
    return {name: float(by_carrier[name]) for name in CARRIERS}


def _borders(trade: pd.DataFrame) -> dict[str, float]:
    return {f"{border} {way}": twh for (border, way), twh in by_border(trade).items()}


def derating_table(
    inputs: Mapping[str, Any], past: PastFacts, deratings: Sequence[float], years: Sequence[int]
) -> pd.DataFrame:
    """Return how the sum of deviations follows the derating of coal, the driver of past years.

    Returns
    -------
    DataFrame : one row for each derating and year: ``derating year coal_twh gas_twh shed_twh`` and
        ``share <source>``, the sum of deviations of the volume.
    """
    rows = []
    for value in deratings:
        changed = inputs["assumptions"].table.copy()
        row = (changed["technology"] == "coal") & (changed["parameter"] == "derating")
        changed.loc[row, "value"] = value
        for year in years:
            one = run_past_year(year, past=past, **{**inputs, "assumptions": Assumptions(changed)})
            shares = {
                f"share {source}": deviation(one.generation, reported)[1]
                for source, reported in reported_generation(past.mix, year).items()
            }
            rows.append(
                {"derating": value, "year": year, "coal_twh": one.generation["coal"],
                 "gas_twh": one.generation["gas"], "shed_twh": one.shed_twh, **shares}
            )  # fmt: skip
    return pd.DataFrame(rows)


__all__ = ["MODEL_YEAR", "check_table", "two_node_network"]
