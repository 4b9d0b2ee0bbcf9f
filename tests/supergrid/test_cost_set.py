"""The Super Grid pays for sun and wind what the atlas says, so all pages rank them alike."""

from __future__ import annotations

import dataclasses

import pytest
import xarray as xr

from greenanalysis.assessment.assess import _lcoe
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.supergrid.model.economics import annual_cost
from greenanalysis.supergrid.scenario import Scenario, load_scenario


def in_year(year: int) -> Scenario:
    return dataclasses.replace(load_scenario("base"), year=year, wacc=None)


@pytest.mark.parametrize("year", [2025, 2030, 2040])
@pytest.mark.parametrize("name", POTENTIAL)
def test_a_plant_costs_the_same_in_the_atlas_and_in_the_super_grid(name, year):
    values, factor = load_assumptions(), 0.31
    atlas = float(_lcoe(name, xr.DataArray(factor), values, year))
    technology = TECHNOLOGIES[name]
    yearly = annual_cost(technology.cost, in_year(year), values)
    variable = 0.0
    if technology.variable_cost:
        variable = values.get(technology.cost, "vom", unit="USD/MWh", year=year)
    assert yearly / (factor * 8760) + variable == pytest.approx(atlas, abs=0.1)
