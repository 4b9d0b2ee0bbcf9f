"""Roofs, lights, stoves, sewage: each by hand, and beside what was published of such projects."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.paths import data_dir
from greenanalysis.programme.heat_demand import HousingHeat
from greenanalysis.programme.measure import Measure
from greenanalysis.programme.public import (
    PublicPrices,
    data_to_collect,
    measure_projects,
    public_measures,
)

MONTHS = range(1, 13)
HEAT = HousingHeat(
    "KZ-61",
    34.3e6,
    "reported",
    0.8,
    float("nan"),
    pd.Series(34.3e6 * 0.155 / 12, index=MONTHS),
    pd.Series(0.0, index=MONTHS),
    "",
)
PRICES = PublicPrices(
    public_electricity_usd_per_mwh=134.68,
    coal_usd_per_t=45.5,
    gas_usd_per_m3=0.06,
    gas_border_usd_per_m3=0.25,
    irrigation_usd_per_m3=0.0006,
    smoke_usd_per_t=16900.0,
    grid_co2_t_per_mwh=0.8,
    gas_co2_t_per_m3=0.00184,
)


@pytest.fixture(scope="module")
def values():
    return load_assumptions()


def formed(region: str, values) -> dict[str, Measure]:
    measures = public_measures(
        region, values, heat=HEAT, population=2.1e6, solar_factor=0.18, prices=PRICES
    )
    return {measure.name: measure for measure in measures}


@pytest.fixture
def home(tmp_path, monkeypatch):
    shutil.copytree(data_dir() / "facts", tmp_path / "data" / "facts")
    (tmp_path / "data" / "assumptions").mkdir()
    monkeypatch.setenv("GREENANALYSIS_HOME", str(tmp_path))
    return tmp_path / "data" / "facts"


def fill(path, **row: str) -> None:
    table = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    pd.concat([table, pd.DataFrame([dict.fromkeys(table, "") | row])]).to_csv(path, index=False)


def test_roofs_of_schools_by_hand(values):
    roofs = formed("KZ-61", values)["public_rooftop_pv"]
    used = 1000 * 0.05 * 0.18 * 8760 * 0.7
    assert roofs.electricity_mwh_per_year == pytest.approx(used)
    assert roofs.capex_usd == pytest.approx(1000 * 50 * 719.0594 * 1.13)
    assert roofs.income_usd_per_year == pytest.approx(used * 134.68)
    assert roofs.size == "1,000 schools, 50 MW"
    assert roofs.owner == "budget"


def test_gas_for_coal_stoves_by_hand(values):
    stoves = formed("KZ-61", values)["coal_stoves"]
    useful = 34.3e6 * 0.155 * 100_000 / 2.1e6
    coal_gj = useful * 3.6 / 0.65
    gas = useful * 1000 / 0.8 / 9.3
    benefits = {benefit.name: benefit for benefit in stoves.benefits}
    assert benefits["coal"].quantity == pytest.approx(coal_gj / 21)
    assert stoves.gas_m3_per_year == pytest.approx(-gas)
    assert benefits["fine particles not breathed in"].quantity == pytest.approx(coal_gj * 398e-6)
    assert stoves.co2_t_per_year == pytest.approx(coal_gj * 0.0946 - gas * 0.00184)
    assert stoves.capex_usd == pytest.approx(
        100_000 / 4.09 * 705_000 * 0.002172968 * 128.2 / 118.0, rel=1e-4
    )
    a_house = benefits["coal"].quantity / (100_000 / 4.09)
    assert 2 < a_house < 7.5, "below what a villager states, in its order of magnitude"
    assert stoves.social_usd_per_year > 0


def test_street_lights_appear_once_they_are_counted_and_match_astana(values, home):
    assert "street_lights" not in formed("KZ-61", values)
    fill(
        home / "programme_regions.csv",
        region="KZ-61",
        quantity="street_lights",
        value="25000",
        unit="1",
        year="2025",
        kind="reported",
        source="an akimat",
    )
    lights = formed("KZ-61", values)["street_lights"]
    assert lights.electricity_mwh_per_year == pytest.approx(25000 * 0.25 * 4000 / 1000 * 0.6)
    assert lights.capex_usd == pytest.approx(4.3e9 * 0.002901073 * 128.2 / 102.3, rel=1e-4)
    # Astana spent 1.7 billion KZT a year on 25,000 lights before; power is the most of it.
    spent = 25000 * 0.25 * 4000 * 20 / 1e9
    assert 0.2 < spent / 1.7 < 1
    assert "street_lights" not in data_to_collect(["street_lights"]).index


def test_reused_wastewater_costs_what_konaev_pays(values, home):
    path = home / "water_regions.csv"
    table = pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)
    row = (table["region"] == "KZ-61") & (table["quantity"] == "wastewater_reuse")
    table.loc[row, ["value", "status", "source"]] = ["25000", "reported", "a utility"]
    table.to_csv(path, index=False)
    reuse = formed("KZ-61", values)["wastewater_reuse"]
    assert reuse.capex_usd == pytest.approx(33e9 * 0.002)
    assert reuse.water_m3_per_year == pytest.approx(25000 * 180)


def test_a_region_without_facts_has_none(values):
    assert formed("KZ-10", values) == {}


def test_measures_that_lack_data_say_who_has_it():
    table = data_to_collect([])
    assert len(table) >= 12
    for column in ("lacking", "who", "known", "source"):
        assert (table[column].str.len() > 3).all()


def test_projects_are_sourced_or_unknown():
    table = measure_projects()
    assert table.index.is_unique
    known = table[table["status"] != "unknown"]
    assert (known["project"].str.len() > 3).all()
    assert known["country"].isin(["Kazakhstan", "Kyrgyzstan", "Uzbekistan", "Tajikistan"]).all()
    assert (table.loc[table["status"] == "unknown", "project"] == "").all()
