"""Many scenarios at once: in parallel, resumable, gathered into one Dataset with units."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.files import write_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.core.yaml_files import read_yaml
from greenanalysis.supergrid.model.facts import load_facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.results.summary import Results, summarise
from greenanalysis.supergrid.scenario import Scenario, export_corridors, load_scenario
from greenanalysis.supergrid.solve.reprice import Repricer
from greenanalysis.supergrid.solve.study import OF_THE_GRID, input_hash

_TOTALS = {
    "cost_less_revenue": ("cost less revenue", "million USD/year"),
    "export": ("exports", "TWh"),
    "export_revenue": ("export revenue", "million USD/year"),
    "buyers_gain": ("buyers' gain", "million USD/year"),
    "generation": ("generation", "TWh"),
    "load_shed": ("load shed", "TWh"),
    "price_at_home": ("price at home", "USD/MWh"),
    "co2_at_home": ("CO2 at home", "Mt/year"),
    "co2_limit_price": ("CO2 price that the limit amounts to", "USD/t"),
    "investment": ("investment in new plants and lines", "million USD"),
}
_TABLES = {
    "new_capacity": ("carrier", "MW"),
    "generation_by_carrier": ("carrier", "TWh"),
    "new_line": ("corridor", "MW"),
    "sold": ("market", "TWh"),
}


def _one_row(results: Results) -> dict[str, Any]:
    """Return totals and sums by carrier, corridor and market of one scenario, as plain numbers."""
    totals = results.totals.set_index("quantity")["value"]
    lines = results.corridors.set_index("corridor")["new_mw"]
    abroad = export_corridors()
    return {
        **{name: float(totals.get(key, float("nan"))) for name, (key, _) in _TOTALS.items()},
        "new_capacity": results.capacity.groupby("carrier")["new_mw"].sum().to_dict(),
        "generation_by_carrier": results.generation.groupby("carrier")["generation_twh"]
        .sum()
        .to_dict(),
        "new_line": lines[lines.index.isin(abroad)].to_dict(),
        "sold": results.exports.set_index("market")["export_twh"].to_dict(),
    }


def gather(
    rows: Sequence[Mapping[str, Any]],
    overrides: Sequence[Mapping[str, object]],
    *,
    base: str,
    setting: Mapping[str, object],
) -> xr.Dataset:
    """Return all rows along ``scenario``, with what was varied as coordinates.

    Returns
    -------
    Dataset : dimensions ``scenario``, ``carrier``, ``corridor``, ``market``; every variable with
        ``units``. Coordinates of ``scenario`` bear the names of the varied keys, dots as
        underscores. ``failure`` is empty where a scenario was solved; else its values are NaN.

    Raises
    ------
    InputError : no scenario was solved.
    """
    if all(row["failure"] for row in rows):
        raise InputError(f"sweep: no scenario has a solution; the first: {rows[0]['failure']}")
    names = [_label(row) or base for row in overrides]
    data = xr.Dataset(coords={"scenario": names})
    for name, (long_name, units) in {**_TOTALS, "gap": ("duality gap", "1")}.items():
        numbers = [float(row["values"].get(name, np.nan)) for row in rows]
        data[name] = ("scenario", numbers, {"units": units, "long_name": long_name})
    for name, (dim, units) in _TABLES.items():
        tables = [row["values"].get(name, {}) for row in rows]
        keys = sorted({key for table in tables for key in table})
        cube = [
            [float(table.get(key, 0.0 if table else np.nan)) for key in keys] for table in tables
        ]
        attrs = {"units": units, "long_name": name.replace("_", " ")}
        part = xr.DataArray(cube, dims=("scenario", dim), coords={dim: keys}, attrs=attrs)
        data = data.merge(part.rename(name).assign_coords(scenario=names), join="outer")
        data[name].attrs.update(attrs)
    data["failure"] = ("scenario", [str(row["failure"]) for row in rows])
    for key in sorted({key for row in overrides for key in row}):
        values = [row.get(key) for row in overrides]
        data = data.assign_coords({key.replace(".", "_"): ("scenario", _plain(values))})
    return data.assign_attrs(base=base, setting=json.dumps(dict(setting)), money="USD of 2025")


def _label(row: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in row.items())


def _plain(values: Sequence[object]) -> list[Any]:
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return [float(v) for v in values]  # type: ignore[arg-type]
    return [str(value) for value in values]


SMALL = {
    "time.typical_days": 8,
    "time.hours_per_step": 4,
    "time.link_days": False,
    "solver.method": "ipm",
    "solver.tolerance": 1e-6,
}
"""The setting of a sweep: few typical days, their error is measured, and a gap below 1e-6."""
_MOST = 2000
_Inputs = Mapping[str, Any]


def cross(vary: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Return every combination of the values of some keys, as overrides of a scenario.

    Raises
    ------
    InputError : a key without values, or more than 2000 combinations.
    """
    empty = [key for key, values in vary.items() if not values]
    if empty:
        raise input_error(
            "values", where=f"sweep over {empty[0]}", allowed="at least one", got="none"
        )
    chosen = [dict(zip(vary, row, strict=True)) for row in itertools.product(*vary.values())]
    if len(chosen) > _MOST:
        raise input_error("scenarios", where="sweep", allowed=f"up to {_MOST}", got=len(chosen))
    return chosen


def read_sweep(path: Path) -> tuple[str, list[dict[str, object]]]:
    """Return base scenario and overrides of a sweep file.

    The YAML file holds ``base`` (a scenario's name, default base) and ``vary`` (key: list of
    values, all combinations) or ``scenarios`` (a list of overrides).

    Raises
    ------
    InputError : a file that cannot be read or says something else.
    """
    content = read_yaml(path, what="sweep file")
    if not isinstance(content, dict) or not set(content) <= {"base", "vary", "scenarios"}:
        allowed = "base, and vary or scenarios"
        raise input_error("keys", where=str(path), allowed=allowed, got=content)
    base = str(content.get("base", "base"))
    if content.get("vary"):
        return base, cross(_lists(content["vary"], str(path)))
    rows = content.get("scenarios")
    if not isinstance(rows, list) or not rows:
        raise input_error("scenarios", where=str(path), allowed="a list of overrides", got=rows)
    return base, [dict(row) for row in rows]


def _lists(vary: object, where: str) -> dict[str, list[object]]:
    if not isinstance(vary, dict) or not all(isinstance(v, list) for v in vary.values()):
        raise input_error("vary", where=where, allowed="keys, each with a list", got=vary)
    return {str(key): values for key, values in vary.items()}


def run_sweep(
    base: str,
    overrides: Sequence[Mapping[str, object]],
    *,
    inputs: _Inputs,
    setting: Mapping[str, object] | None = None,
    jobs: int | None = None,
    directory: Path | None = None,
    tell: Callable[[str], object] | None = None,
) -> xr.Dataset:
    """Solve many scenarios and return all results along a dimension ``scenario``.

    Parameters
    ----------
    base : name of the scenario that all start from.
    overrides : one mapping of keys to values for each scenario.
    inputs : ``regions``, ``profiles`` and ``potential`` as in :func:`build_network`.
    setting : overrides of all scenarios; default :data:`SMALL`.
    jobs : processes; default as many as there are cores.
    directory : where each result is kept; a sweep begun again takes from there what is solved and
        tries again what failed.
    tell : called with a line after each scenario.

    Returns
    -------
    Dataset : see :func:`~greenanalysis.supergrid.solve.sweep.gather`.

    Raises
    ------
    InputError : a wrong key or value (before anything is solved), two equal scenarios,
        several weathers, or all scenarios without solution. A single one without solution is NaN
        and tells why in ``failure``.
    """
    fixed = SMALL if setting is None else setting
    scenarios = [load_scenario(base, {**fixed, **row}) for row in overrides]
    if len(set(scenarios)) < len(scenarios):
        raise InputError("sweep: two scenarios are the same")
    weathers = sorted({scenario.weather for scenario in scenarios})
    if len(weathers) > 1:
        raise input_error("weather", where="sweep", allowed="the same for all", got=weathers)
    folder = directory or cache_dir() / "sweeps"
    whole = {"facts": load_facts(), "assumptions": load_assumptions(), **inputs}
    whole["assumptions"] = whole["assumptions"].only(*OF_THE_GRID)
    keys = [input_hash(asked, **whole, modules=(__name__,)) for asked in scenarios]
    paths = [folder / f"{key[:24]}.json" for key in keys]
    todo = [(n, scenarios[n]) for n, path in enumerate(paths) if not _done(path)]
    say = tell or (lambda _line: None)
    say(f"{len(scenarios)} scenarios, {len(scenarios) - len(todo)} of them done before")
    for done, (number, row) in enumerate(_solved(todo, whole, jobs or os.cpu_count() or 1), 1):
        write_json(paths[number], row)
        say(f"{done}/{len(todo)} {row['failure'] or 'solved'} in {row['seconds']:.0f} s")
    rows = [_read(path) for path in paths]
    return gather([row for row in rows if row is not None], overrides, base=base, setting=fixed)


def _solved(
    todo: Sequence[tuple[int, Scenario]], inputs: _Inputs, jobs: int
) -> Iterable[tuple[int, dict[str, Any]]]:
    if jobs == 1 or len(todo) < 2:
        repricer = Repricer()
        for number, scenario in todo:
            yield number, solve_one(scenario, inputs, repricer)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(jobs, len(todo)), mp_context=context, initializer=_start, initargs=(dict(inputs),)
    ) as pool:
        running = {pool.submit(_solve_in_worker, asked): number for number, asked in todo}
        for future in as_completed(running):
            yield running[future], future.result()


_INPUTS: dict[str, Any] = {}
_REPRICER = Repricer()
"""Of a worker process: what it was given, and the models that it has."""


def _start(inputs: dict[str, Any]) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    _INPUTS.update(inputs)


def _solve_in_worker(scenario: Scenario) -> dict[str, Any]:
    return solve_one(scenario, _INPUTS, _REPRICER)


def solve_one(scenario: Scenario, inputs: _Inputs, repricer: Repricer) -> dict[str, Any]:
    """Return the results of one scenario as plain numbers; a failure is told, not raised.

    ``repricer`` holds the models of scenarios before it. Where a solver stops short of its
    tolerance, the simplex method follows.
    """
    try:
        network = build_network(scenario, **inputs)
        network, solution = repricer.solve(network, **asdict(scenario.solver), threads=1)
    except InputError as error:
        return {"failure": str(error), "seconds": 0.0, "values": {}}
    values = _one_row(summarise(network, scenario))
    values["gap"] = solution.gap
    return {"failure": "", "seconds": solution.seconds, "values": values}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return row if isinstance(row, dict) and {"failure", "values"} <= set(row) else None


def _done(path: Path) -> bool:
    row = _read(path)
    return row is not None and not row["failure"]


def scenario_frame(results: xr.Dataset) -> pd.DataFrame:
    """Return the totals of a sweep as a table, one scenario a row."""
    flat = [name for name in results.data_vars if results[name].dims == ("scenario",)]
    return results[flat].to_dataframe()
