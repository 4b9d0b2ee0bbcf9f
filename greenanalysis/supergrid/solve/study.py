"""Solve a scenario, or take its solution from the cache: the thin caller around the pure core."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.cache import only_one_writer
from greenanalysis.core.closure import code_version
from greenanalysis.core.errors import input_error
from greenanalysis.core.files import atomic_path, sha256_json
from greenanalysis.core.paths import cache_dir
from greenanalysis.supergrid.model.facts import Facts, load_facts
from greenanalysis.supergrid.model.network import build_network
from greenanalysis.supergrid.results.summary import Results, summarise
from greenanalysis.supergrid.scenario import Scenario
from greenanalysis.supergrid.solve.optimise import quiet_libraries, solve_surely

if TYPE_CHECKING:
    import pypsa

_LABELS = ("name", "title", "question")
"""Fields of a scenario that do not change its solution."""
OF_THE_GRID = (
    "supergrid|demand|market|corridor|hvac.*|hvdc.*",
    "solar_utility|solar_tracker|solar_potential|onwind|onwind_potential|hydro|pumped_hydro",
    "coal|gas|gas_ccgt|chp|nuclear|build_limit|battery.*|hydrogen.*|electrolysis|fuel_cell",
    "[A-Z]{3}",
)
"""Technologies, and currencies, whose assumptions a network may ask for; it knows no others."""
_SOLUTION = ("greenanalysis.supergrid.model.network", "greenanalysis.supergrid.solve.optimise")
"""Modules whose code decides about a solution."""


def solve_scenario(
    scenario: Scenario,
    *,
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    facts: Facts | None = None,
    assumptions: Assumptions | None = None,
    directory: Path | None = None,
) -> pypsa.Network:
    """Return the solved network of a scenario, from the cache where the same was solved before.

    Parameters
    ----------
    scenario, regions, profiles, potential, facts, assumptions : as in :func:`build_network`; facts
        and assumptions default to the tables of the project.
    directory : where solved networks are kept as netCDF; default ``data/cache/supergrid``.

    Notes
    -----
    A file that cannot be read is made anew. The name of the file is a hash of the scenario, all
    inputs and the code that builds and solves the network.
    """
    inputs = _whole(regions, profiles, potential, facts, assumptions)
    key = input_hash(scenario, **inputs)
    path = _path(directory or cache_dir() / "supergrid", key)
    network = _read(path, key)
    if network is None:
        with only_one_writer(path):
            network = _read(path, key)
            if network is None:
                network = build_network(scenario, **inputs)
                solve_surely(network, **dataclasses.asdict(scenario.solver))
                network.meta = {**network.meta, "key": key}
                with atomic_path(path) as staged:
                    network.export_to_netcdf(str(staged))
    network.name = scenario.title
    network.meta = {**network.meta, "scenario": dataclasses.asdict(scenario)}
    return network


def resolve(path: Path | str) -> pypsa.Network:
    """Solve a saved network again with all rules that it was solved with.

    A netCDF file holds what PyPSA knows. The project's own rules (lines with one capacity for all
    their links, linked days, shares, emissions, volumes to deliver) are added from its ``meta``
    when it is solved: ``network.optimize()`` alone leaves them out and finds another optimum.

    Parameters
    ----------
    path : netCDF file of a network made by this project, such as those of ``data/cache/supergrid``.

    Returns
    -------
    pypsa.Network : solved by the scenario's own method, the same objective to its tolerance.

    Raises
    ------
    InputError : no such file, or a network that holds no scenario.
    """
    import pypsa

    file = Path(path)
    if not file.is_file():
        raise input_error("network", where=str(path), allowed="a netCDF file", got="no file")
    pypsa.options.api.legacy_string_dtype = True
    with quiet_libraries():
        try:
            network = pypsa.Network(str(file))
        except (OSError, ValueError) as error:
            raise input_error(
                "network", where=str(path), allowed="a netCDF file of PyPSA", got=str(error)
            ) from error
    settings = network.meta.get("scenario")
    if not settings:
        raise input_error(
            "meta", where=str(path), allowed="a network of an export scenario", got=network.meta
        )
    solve_surely(network, **settings["solver"])
    return network


def study(
    scenario: Scenario,
    *,
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    directory: Path | None = None,
) -> tuple[pypsa.Network, Results]:
    """Return a scenario solved and summarised against the same country without export.

    The two are solved side by side where neither is in the cache. Parameters as in
    :func:`solve_scenario`.
    """
    folder = directory or cache_dir() / "supergrid"
    inputs = _whole(regions, profiles, potential)
    both = (scenario, without_export(scenario))
    keys = {input_hash(asked, **inputs): asked for asked in both}
    missing = [asked for key, asked in keys.items() if not _path(folder, key).exists()]
    if len(missing) == 2:
        from joblib import Parallel, delayed

        side_by_side = Parallel(n_jobs=2, backend="loky", idle_worker_timeout=5)
        side_by_side(delayed(_keep)(asked, folder, inputs) for asked in missing)
    network, reference = (solve_scenario(asked, directory=folder, **inputs) for asked in both)
    return network, summarise(network, scenario, reference=reference)


def _keep(scenario: Scenario, folder: Path, inputs: Mapping[str, Any]) -> None:
    solve_scenario(scenario, directory=folder, **inputs)


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key[:24]}.nc"


def _whole(
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    facts: Facts | None = None,
    assumptions: Assumptions | None = None,
) -> dict[str, Any]:
    """Return all that a solution depends on but the scenario; the default is the project's."""
    return {
        "regions": regions,
        "profiles": profiles,
        "potential": potential,
        "facts": facts or load_facts(),
        "assumptions": (assumptions or load_assumptions()).only(*OF_THE_GRID),
    }


def without_export(scenario: Scenario) -> Scenario:
    """Return the same scenario with no export corridor and no export."""
    return dataclasses.replace(
        scenario,
        corridors=dataclasses.replace(scenario.corridors, allowed=(), least_mw=0.0),
        markets=dataclasses.replace(scenario.markets, export=False, must_deliver=None),
    )


def input_hash(
    scenario: Scenario,
    *,
    regions: pd.DataFrame,
    profiles: xr.Dataset,
    potential: pd.DataFrame,
    facts: Facts,
    assumptions: Assumptions,
    modules: Sequence[str] = _SOLUTION,
) -> str:
    """Return the SHA-256 of all that the solution depends on (labels of the scenario excepted).

    Parameters
    ----------
    scenario, regions, profiles, potential, facts : as in :func:`build_network`.
    assumptions : those of :data:`OF_THE_GRID`.
    modules : whose code makes what is kept.
    """
    asked = {k: v for k, v in dataclasses.asdict(scenario).items() if k not in _LABELS}
    digest = hashlib.sha256(sha256_json(asked).encode())
    tables = [regions[["demand_2020_gwh"]], potential, assumptions.table]
    tables += [getattr(facts, field.name) for field in dataclasses.fields(facts)]
    for table in tables:
        digest.update(table.to_csv().encode())
    for name in ("solar", "wind"):
        array = profiles[name].transpose("time", "region")
        digest.update(array.to_numpy().tobytes())
        digest.update(",".join(str(r) for r in array["region"].to_numpy()).encode())
    if scenario.demand.temperature and "demand_factor" in profiles:
        digest.update(profiles["demand_factor"].to_numpy().tobytes())
    digest.update(str(profiles["time"].to_numpy()[0]).encode())
    digest.update(code_version(*modules).encode())
    return digest.hexdigest()


def _read(path: Path, key: str) -> pypsa.Network | None:
    if not path.exists():
        return None
    import pypsa

    pypsa.options.api.legacy_string_dtype = True
    try:
        with quiet_libraries():
            network = pypsa.Network(str(path))
        whole = network.meta["key"] == key and "solution" in network.meta
    except Exception:  # whatever a broken file does, the answer is to make it anew
        return None
    return network if whole and not network.generators_t.p.empty else None
