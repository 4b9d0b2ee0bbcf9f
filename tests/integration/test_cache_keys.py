"""What is kept in the cache is found by the content of what was passed in, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from greenanalysis.assessment import capacity_factors as factors
from greenanalysis.assessment.ready import ready_technologies
from greenanalysis.core import closure
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.supergrid.scenario import load_scenario
from greenanalysis.supergrid.solve import study
from tests.assessment.test_assessment import plain_weather
from tests.support.supergrid_world import INPUTS, SMALL


def changed(technology: str, parameter: str) -> Assumptions:
    """Return the assumptions with one value doubled."""
    table = load_assumptions().table.copy()
    rows = (table["technology"] == technology) & (table["parameter"] == parameter)
    assert rows.any()
    table.loc[rows, "value"] *= 2
    return Assumptions(table)


class ComputedError(Exception):
    """Something was computed that a cache might have held."""


def refuse(*_: object, **__: object) -> None:
    raise ComputedError


@pytest.fixture(scope="module")
def solutions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    study.solve_scenario(load_scenario("no_export", SMALL), directory=folder, **INPUTS)
    return folder


@pytest.mark.parametrize(
    ("technology", "parameter", "solved"),
    [
        ("goats", "live_weight", False),
        ("landfill_gas", "lifetime", False),
        ("finance", "cit_rate", False),
        ("onwind", "investment", True),
        ("supergrid", "wacc", True),
    ],
)
def test_a_network_is_solved_again_for_what_it_asks_and_for_nothing_else(
    solutions: Path, monkeypatch: pytest.MonkeyPatch, technology: str, parameter: str, solved: bool
) -> None:
    monkeypatch.setattr(study, "build_network", refuse)
    scenario = load_scenario("no_export", SMALL)
    assumptions = changed(technology, parameter)
    try:
        study.solve_scenario(scenario, assumptions=assumptions, directory=solutions, **INPUTS)
    except ComputedError:
        assert solved
    else:
        assert not solved


def test_capacity_factors_are_computed_again_for_their_plants_and_for_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(weather: xr.Dataset, inside: object, plants: object, path: Path) -> None:
        xr.Dataset({"solar": ("time", np.zeros(3))}).to_zarr(path, mode="a", consolidated=False)

    monkeypatch.setattr(factors, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(factors, "_write_capacity_factors", write)
    weather = plain_weather().assign_attrs(name="plain", hash="abc")
    inside = weather["ghi"].isel(time=0) >= 0

    def kept(assumptions: Assumptions) -> int:
        ready = ready_technologies(weather, assumptions)
        factors.capacity_factors(weather, ready, inside=inside, assumptions=assumptions)
        return len(list((tmp_path / "capacity_factors").glob("*.zarr")))

    assert kept(load_assumptions()) == 1
    for technology, parameter in (("goats", "live_weight"), ("onwind", "investment")):
        assert kept(changed(technology, parameter)) == 1
    assert kept(changed("solar_resource", "dc_ac_ratio")) == 2


def test_the_code_behind_a_network_is_not_that_of_workbooks_pages_or_the_registry() -> None:
    modules = closure.closure([*study._SOLUTION, "greenanalysis.assessment.capacity_factors"])
    rooms = {name.split(".")[1] for name in modules if "." in name}
    assert not rooms & {"project", "registry", "site", "portal", "cli", "programme", "atlas"}
    assert "greenanalysis.supergrid.solve.study" not in modules
