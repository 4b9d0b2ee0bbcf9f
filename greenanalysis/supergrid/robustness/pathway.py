"""Ways to later years: targets, emissions that fall to zero, building step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.core.errors import input_error
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.results.summary import Results, summarise
from greenanalysis.supergrid.scenario import Scenario
from greenanalysis.supergrid.solve.optimise import solve_surely

if TYPE_CHECKING:
    import pypsa

TARGETS: tuple[dict[str, Any], ...] = (
    {"year": 2030, "res_share": 0.15},
    {"year": 2040, "res_share": 0.30, "fleet.retire_after_years": 70},
    {"year": 2050, "res_share": 0.50, "fleet.retire_after_years": 70},
)
"""Targets of 15 % in 2030 and 50 % in 2050 (Concept of the green economy of 2013); between them and
the age of retirement: project assumptions."""
_EMITTERS = ("coal", "gas", "oil")


def reported_emissions(mix: pd.DataFrame, factors: Mapping[str, float]) -> pd.Series:
    """Return the CO2 of reported generation by year, Mt.

    Parameters
    ----------
    mix : ``year carrier series generation_twh``; the series ``ember`` is taken, oil counts as gas.
    factors : ``coal`` and ``gas``, t/MWh.
    """
    chosen = mix[(mix["series"] == "ember") & mix["carrier"].isin(_EMITTERS)]
    factor = chosen["carrier"].replace({"oil": "gas"}).map(factors)
    tonnes: pd.Series = (chosen["generation_twh"] * factor).groupby(chosen["year"]).sum()
    return tonnes


def neutrality(
    emissions: pd.Series, years: Sequence[int], *, zero_year: float
) -> list[dict[str, object]]:
    """Return overrides of a scenario whose emissions fall in a straight line to zero.

    Parameters
    ----------
    emissions : reported, by year, Mt.
    years : of the scenarios, after the last reported one and not after ``zero_year``.
    zero_year : when nothing may be emitted any more.

    Returns
    -------
    list : ``year`` and ``co2_limit_mt`` of each; from 2040 on old plants retire after 70 years.

    Raises
    ------
    InputError : a year outside the line.
    """
    last = int(emissions.index.max())
    bad = [year for year in years if not last < year <= zero_year]
    if bad:
        allowed = f"after {last}, up to {zero_year:g}"
        raise input_error("year", where="neutrality()", allowed=allowed, got=bad[0])
    rows: list[dict[str, object]] = []
    for year in years:
        left = (zero_year - year) / (zero_year - last)
        limit = round(float(emissions[last]) * left, 3)
        old: dict[str, object] = {"fleet.retire_after_years": 70} if year >= 2040 else {}
        rows.append({"year": year, "co2_limit_mt": limit, **old})
    return rows


STEPS = (2030, 2035, 2040, 2050, 2060)
"""Years in which a pathway decides what to build."""
_NOISE_MW = 1e-3


def keep_built(network: pypsa.Network, before: pypsa.Network) -> None:
    """Hold what an earlier step built as the least that stands in ``network``, in place.

    Parameters
    ----------
    network : not solved yet.
    before : solved; units are matched by name. What is no longer offered is not kept.

    Notes
    -----
    What is kept is paid for in each step at the cost of that step's year: a plant is renewed at the
    end of its life.
    """
    for name in ("generators", "storage_units", "links"):
        table, built = getattr(network, name), getattr(before, name)
        free = built.index[built["p_nom_extendable"]]
        names = table.index[table["p_nom_extendable"]].intersection(free)
        # a little less than what stands: the noise of a solver must not contradict a limit
        least = (built.loc[names, "p_nom_opt"] * (1.0 - 1e-6)).clip(lower=0.0)
        least = least.where(least > _NOISE_MW, 0.0)
        table.loc[names, "p_nom_min"] = least.combine(table.loc[names, "p_nom_min"], max)
        table.loc[names, "p_nom_max"] = table.loc[names, "p_nom_max"].combine(least, max)


def build_step_by_step(
    scenarios: Sequence[Scenario],
    *,
    inputs: Mapping[str, Any],
    tell: Callable[[str], object] | None = None,
) -> pd.DataFrame:
    """Solve one scenario after the other, each with all that those before it built.

    Parameters
    ----------
    scenarios : the same question in ascending years.
    inputs : as in :func:`~greenanalysis.supergrid.model.network.build_network`.
    tell : called with a line after each step.

    Returns
    -------
    DataFrame : one row a year: ``year demand_twh exports_twh co2_mt cost_musd`` (less revenue, a
        year), ``standing_<carrier>_gw`` (plants that exist or were planned) and
        ``new_<carrier>_gw`` (all that was built since the first step), ``lines_gw`` (new).

    Raises
    ------
    InputError : years that do not ascend.

    Notes
    -----
    Each step looks at its own year alone (myopic): what a later year would have wished for is not
    foreseen.
    """
    years = [scenario.year for scenario in scenarios]
    if years != sorted(set(years)):
        raise input_error("years", where="build_step_by_step()", allowed="ascending", got=years)
    before, rows = None, []
    for scenario in scenarios:
        network = build_network(scenario, **inputs)
        if before is not None:
            keep_built(network, before)
        solve_surely(network, **asdict(scenario.solver))
        rows.append(_step_row(scenario, summarise(network, scenario)))
        if tell:
            tell(f"{scenario.year}: {network.meta['solution']['seconds']:.0f} s")
        before = network
    return pd.DataFrame(rows).fillna(0.0)


def _step_row(scenario: Scenario, results: Results) -> dict[str, float]:
    totals = results.totals.set_index("quantity")["value"]
    by = results.capacity.groupby("carrier")[["existing_mw", "new_mw"]].sum() / 1e3
    return {
        "year": scenario.year,
        "demand_twh": float(totals["demand"]),
        "exports_twh": float(totals["exports"]),
        "load_shed_twh": float(totals["load shed"]),
        "co2_mt": float(totals["CO2 at home"]),
        "cost_musd": float(totals["cost less revenue"]),
        **{f"standing_{name}_gw": float(gw) for name, gw in by["existing_mw"].items() if gw > 0},
        **{f"new_{name}_gw": float(gw) for name, gw in by["new_mw"].items()},
        "lines_gw": float(results.corridors["new_mw"].sum()) / 1e3,
    }
