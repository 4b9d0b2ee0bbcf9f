"""Whether a built system meets the load of every hour of a year, beyond the days of its plan.

The plan rests on a few typical days; here all 8,760 hours are run, week by week, with the plants
and lines that stand, no export and imports that come only in part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.files import write_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.supergrid.model.network import build_network, hourly_series
from greenanalysis.supergrid.model.periods import HOURS_PER_YEAR, one_week
from greenanalysis.supergrid.model.weather_years import chosen_years
from greenanalysis.supergrid.robustness.security import fix_capacities, lift_limits
from greenanalysis.supergrid.scenario import Scenario
from greenanalysis.supergrid.solve.optimise import solve_surely
from greenanalysis.supergrid.solve.study import without_export

if TYPE_CHECKING:
    import pypsa

_WEEKS = 53
_SEEN_MW = 1.0
"""Load shed below this is the solver's noise."""
_THERMAL = ("coal", "gas", "gas_ccgt", "nuclear")
_CREDITED = ("hydro", "pumped_hydro", "battery", "wind", "solar", "import")


@dataclass(frozen=True)
class Adequacy:
    """What a year of hours says: energy not served, in how many hours, and the worst of them.

    ``by_month`` : MWh not served from January to December. ``import_credit`` : the part of the
    import lines that is counted on. ``weather_year`` : of the hours.
    """

    unserved_mwh: float
    hours: int
    most_mw: float
    peak_mw: float
    by_month: tuple[float, ...]
    import_credit: float
    weather_year: int


def adequacy(
    network: pypsa.Network,
    scenario: Scenario,
    *,
    inputs: Mapping[str, Any],
    tell: Callable[[str], object] | None = None,
) -> Adequacy:
    """Run every hour of the scenario's year with what stands.

    Parameters
    ----------
    network : the solved scenario.
    scenario : that it was built from.
    inputs : as in :func:`~greenanalysis.supergrid.model.network.build_network`; the first year of
        weather that the scenario takes is run.
    tell : called with a line after each week.

    Returns
    -------
    Adequacy : of one year.

    Notes
    -----
    Weeks follow one another; storage ends each week as it began it, and foresight ends with the
    week. Yearly limits of energy are lifted, those in MW hold; imports are cut to the credit of the
    assumptions in MW. Export stops where load would be shed, so none is run. Breakdowns are those
    that the availability of the plants holds as means: a run with whole units failing at random
    finds more.
    """
    year = chosen_years(inputs["profiles"], scenario.weather_years)[0]
    hourly = hourly_series(year, inputs["facts"], temperature=scenario.demand.temperature)
    credit = inputs["assumptions"].get("adequacy", "import", unit="1")
    home = without_export(scenario)
    shed = pd.concat(
        [_week(number, network, home, hourly, inputs, credit, tell) for number in range(_WEEKS)]
    )
    month = (shed.index - pd.Timedelta(hours=1)).month
    seen = shed.where(shed > _SEEN_MW, 0.0)
    return Adequacy(
        unserved_mwh=float(seen.sum()),
        hours=int((seen > 0).sum()),
        most_mw=float(seen.max()),
        peak_mw=peak_load(network, hourly),
        by_month=tuple(float(seen[month == number].sum()) for number in range(1, 13)),
        import_credit=float(credit),
        weather_year=int(shed.index[0].year),
    )


def _week(
    number: int,
    network: pypsa.Network,
    home: Scenario,
    hourly: pd.DataFrame,
    inputs: Mapping[str, Any],
    credit: float,
    tell: Callable[[str], object] | None,
) -> pd.Series:
    """Return the load shed in a week, MW by hour; of the last week the days that are left."""
    first = min(7 * number, 358)
    periods = one_week(hourly, first_day=first, hours_per_step=1)
    week = build_network(home, **inputs, periods=periods)
    fix_capacities(week, network)
    week.generators["e_sum_max"] = float("inf")
    sellers = week.generators.index[week.generators["carrier"] == "import"]
    week.generators.loc[sellers, "p_nom"] *= credit
    lift_limits(week)
    solve_surely(week, method="ipm", tolerance=1e-5)
    units = week.generators.index[week.generators["carrier"] == "load_shedding"]
    shed: pd.Series = week.generators_t.p[units].sum(axis=1)
    shed = shed.iloc[(7 * number - first) * 24 :]
    if tell:
        tell(f"week {number + 1} of {_WEEKS}: {shed.where(shed > _SEEN_MW, 0.0).sum():,.0f} MWh")
    return shed


def peak_load(network: pypsa.Network, hourly: pd.DataFrame) -> float:
    """Return the highest load of the year, MW; typical days alone would hide it."""
    load = network.get_switchable_as_dense("Load", "p_set").sum(axis=1)
    mean = float((load * network.snapshot_weightings["generators"]).sum()) / HOURS_PER_YEAR
    return mean * float(hourly["demand"].max())


def reserve_margin(
    network: pypsa.Network, peak_mw: float, assumptions: Assumptions
) -> pd.DataFrame:
    """Return what can be counted on at the peak, by carrier, against the peak.

    Parameters
    ----------
    network : solved.
    peak_mw : see :func:`peak_load`.
    assumptions : ``adequacy`` credits of what is not thermal, and ``largest_unit``.

    Returns
    -------
    DataFrame : ``carrier capacity_mw firm_mw``; thermal plants count at their availability in the
        step of highest load. The last rows are ``peak``, ``margin`` (firm less peak) and
        ``margin after loss of the largest unit``.
    """
    step = int(network.get_switchable_as_dense("Load", "p_set").sum(axis=1).to_numpy().argmax())
    ceiling = network.get_switchable_as_dense("Generator", "p_max_pu").iloc[step]
    units = network.generators
    standing = units["p_nom_opt"].where(units["p_nom_extendable"], units["p_nom"])
    stores = network.storage_units
    stored = stores["p_nom_opt"].where(stores["p_nom_extendable"], stores["p_nom"])
    capacity = standing.groupby(units["carrier"]).sum()
    capacity = pd.concat([capacity, stored.groupby(stores["carrier"]).sum()])
    firm = (standing * ceiling).groupby(units["carrier"]).sum()
    rows = [
        (name, float(capacity[name]), float(firm[name])) for name in _THERMAL if name in capacity
    ]
    for name in _CREDITED:
        if name in capacity:
            credit = assumptions.get("adequacy", name, unit="1")
            rows.append((name, float(capacity[name]), float(capacity[name]) * credit))
    table = pd.DataFrame(rows, columns=["carrier", "capacity_mw", "firm_mw"])
    margin = float(table["firm_mw"].sum()) - peak_mw
    largest = assumptions.get("adequacy", "largest_unit", unit="MW")
    ends = [
        ("peak", float("nan"), peak_mw),
        ("margin", float("nan"), margin),
        ("margin after loss of the largest unit", float("nan"), margin - largest),
    ]
    return pd.concat([table, pd.DataFrame(ends, columns=table.columns)], ignore_index=True)


def adequacy_path(
    network: pypsa.Network, assumptions: Assumptions, directory: Path | None = None
) -> Path:
    """Return where the run of all hours of a solved scenario is kept.

    Its name is that of the network's solution, and the credit of imports.
    """
    folder = directory or cache_dir() / "adequacy"
    credit = assumptions.get("adequacy", "import", unit="1")
    return folder / f"{network.meta['key'][:24]}-{credit:g}.json"


def keep_adequacy(result: Adequacy, path: Path) -> None:
    """Write a result, whole or not at all."""
    write_json(path, asdict(result))


def kept_adequacy(path: Path) -> Adequacy | None:
    """Return a result that was kept, None where there is none or the file is broken."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Adequacy(**{**content, "by_month": tuple(content["by_month"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
