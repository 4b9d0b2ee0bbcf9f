"""One entry of the list is a technology: yields, costs, profiles."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from greenanalysis.assessment import assess as assessment
from greenanalysis.assessment import capacity_factors as factors
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.resource.wind.model import wind_defaults
from tests.assessment.test_assessment import plain_weather


def test_the_potential_is_what_adds_up():
    assert POTENTIAL == ("solar", "wind")
    assert [name for name in TECHNOLOGIES if not TECHNOLOGIES[name].adds] == ["solar_tracking"]


def test_a_technology_more_is_one_entry(tmp_path, monkeypatch):
    tall = replace(
        TECHNOLOGIES["wind"],
        title="Tall wind",
        series="Wind, tall",
        plant=partial(wind_defaults, hub_height=159.0),
        adds=False,
    )
    monkeypatch.setitem(TECHNOLOGIES, "wind_tall", tall)
    monkeypatch.setattr(factors, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(assessment, "open_year", lambda name: plain_weather(step=2.0))
    study = assessment.assess("plain")
    low, high = (float(study.mean_cf[name].mean()) for name in ("wind", "wind_tall"))
    assert high > low * 1.02
    assert float(study.lcoe["wind_tall"].mean()) < float(study.lcoe["wind"].mean())
    hours = study.region_hours(study.regions.index[0])
    assert np.isfinite(hours["wind_tall"]).all()
    assert "wind_tall" not in set(study.cells["technology"])


@pytest.mark.parametrize("name", TECHNOLOGIES)
def test_each_technology_reads_what_it_says_it_reads(name):
    technology = TECHNOLOGIES[name]
    plant = technology.plant(load_assumptions().only(*technology.reads, "wind_climate"))
    assert repr(plant) == repr(technology.plant(load_assumptions()))
