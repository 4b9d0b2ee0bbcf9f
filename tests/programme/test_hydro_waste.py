"""Hydro and waste of the regions: maps, comparison with published totals, programme measures."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.atlas.hydro import (
    cascade_table,
    hydro_checks,
    hydro_month_energy,
    hydro_plants,
    hydro_table,
)
from greenanalysis.atlas.hydro_potential import gross_potential, local_flow
from greenanalysis.atlas.waste import (
    avoided_methane_t,
    heating_value,
    landfill_series,
    waste_checks,
    waste_cities,
    waste_scenarios,
    waste_statistic,
    waste_table,
)
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.paths import HOME_VARIABLE, data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.regions import load_regions
from greenanalysis.programme.hydro_waste import hydro_waste_measures, missing_inputs
from greenanalysis.programme.measure import measure_table
from greenanalysis.weather.sample.climate import load_climate
from tests.support.reference import reference_data

PRICES = {
    "electricity_usd_per_mwh": 40.0,
    "grid_co2_t_per_mwh": 0.8,
    "drinking_water_usd_per_m3": 0.3,
}
FLOW = ["total_km3", "share_percent", "inflow_km3"]


@pytest.fixture(scope="module")
def regions():
    return load_regions()


@pytest.fixture(scope="module")
def assumptions():
    return load_assumptions()


@pytest.fixture(scope="module")
def climate():
    return load_climate()


@pytest.fixture(scope="module")
def potential(regions, assumptions, climate):
    return gross_potential(regions, assumptions, climate=climate)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A copy of the small tables that a test may spoil."""
    for part in ("facts", "assumptions"):
        shutil.copytree(data_dir() / part, tmp_path / "data" / part)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    return tmp_path / "data"


def test_maps_name_every_region_and_keep_gaps(regions, assumptions, climate):
    water = hydro_table(regions, assumptions, climate=climate)
    waste = waste_table(regions, assumptions)
    assert len(water) == 4 * 20
    assert len(waste) == 7 * 20
    small = water[water["quantity"] == "small hydro"]
    assert (small["status"] == "no data").sum() == 19
    gaps = pd.concat([water, waste])
    gaps = gaps[gaps["status"] == "no data"]
    assert gaps["source"].str.startswith("missing: ").all()
    spread = waste[waste["quantity"] == "municipal waste generated"]
    assert spread["note"].str.contains("not a regional statistic").all()
    assert (spread["status"] == "modelled").all()


def test_existing_hydro_adds_up():
    plants, months = hydro_plants(), hydro_month_energy()
    assert plants["capacity_mw"].sum() == pytest.approx(2950, abs=0.5)
    by_region = plants.groupby("region")["energy_gwh"].sum()
    assert np.allclose(months.sum(axis=1), by_region)
    cascades = cascade_table().groupby("cascade")["name"].apply(list)
    assert cascades["Irtysh"] == [
        "Bukhtarminskaya HPS",
        "Ust-Kamenogorskaya HPP",
        "Shulbinskaya HPS",
    ]
    assert cascades["Ili"] == ["Moynakskaya HPP", "Kapchagayskaya HPP"]


def test_potential_conserves_water_and_adds_up(potential):
    flow = read_facts("hydro_flow", numeric=FLOW).set_index("group")
    assert potential.basins["flow_km3"].sum() == pytest.approx(local_flow(flow).sum())
    assert potential.basins["local_twh"].sum() == pytest.approx(
        potential.regions["local_twh"].sum()
    )
    assert potential.groups["transit_twh"].sum() == pytest.approx(
        potential.regions["transit_twh"].sum()
    )
    assert (potential.regions >= 0).all(axis=None)
    highest = potential.regions["total_twh"].nlargest(4).index
    assert {"KZ-19", "KZ-63", "KZ-33", "KZ-10"} == set(highest)


def test_potential_is_bounded_by_all_water_from_the_highest_cell(potential, climate):
    """No more than the whole flow falling from the highest to the lowest cell of the country."""
    heights = climate["elevation"].to_numpy()
    most = 9.81e3 * 102.3e9 * (heights.max() - heights.min()) / 3.6e15
    assert potential.regions["total_twh"].sum() < most


def test_steeper_runoff_gives_more(regions, assumptions, climate, potential):
    total = [
        gross_potential(regions, assumptions, climate=climate, exponent=power)
        .regions["total_twh"]
        .sum()
        for power in (0, 2)
    ]
    assert total[0] < potential.regions["total_twh"].sum() < total[1]


def test_published_totals(regions, assumptions, climate):
    """Hits and misses as they stand: a miss that turns into a hit must be looked at, too."""
    water = hydro_checks(regions, assumptions, climate=climate).set_index("quantity")
    assert water.loc["theoretical potential", "hit"]
    assert water.loc["theoretical potential", "got"] == pytest.approx(174.6, abs=0.1)
    assert water.loc["generation, 2020", "hit"]
    assert not water.loc[["generation, 2023", "generation, 2024"], "hit"].any()
    assert not water.loc["economic potential", "hit"]
    waste = waste_checks(regions, assumptions)
    assert waste["got"].nunique() == 1
    assert waste.loc[waste["expected"] == 3.3, "hit"].tolist() == [False]
    columns = ["quantity", "got", "expected", "unit", "tolerance", "hit", "source", "remark"]
    assert waste.columns.tolist() == columns
    assert water.reset_index().columns.tolist() == columns


@pytest.mark.reference
def test_water_balance_table_agrees_with_its_source():
    monthly = pd.read_csv(reference_data("hydro", "waterhydro_gleam_water_balance_monthly.csv"))
    yearly = monthly.groupby("WATERSHED_ID")["Water_Balance_delta_S"].sum() / 24
    table = read_facts("hydro_water_balance", numeric=["difference_mm"])
    assert np.allclose(np.sort(yearly), np.sort(table["difference_mm"]), atol=0.06)
    assert (table["difference_mm"] < 0).sum() == 6


@pytest.mark.reference
def test_totals_of_what_a_waste():
    raw = pd.read_csv(reference_data("waste", "what_a_waste_country_level_silkroad.csv"))
    row = raw.set_index("iso3c").loc["KAZ"]
    totals = read_facts("waste_totals", numeric=["value", "year"])
    stated = totals.loc[totals["year"] == 2012, "value"].iloc[0] * 1e6
    assert stated == row["total_msw_total_msw_generated_tons_year"]


def test_waste_of_cities_and_heat(regions, assumptions):
    cities = waste_cities(regions, assumptions)
    assert cities.set_index("city").loc["Shymkent", "region"] == "KZ-79"
    assert cities.set_index("city").loc["Turkistan", "region"] == "KZ-61"
    assert 6 < heating_value(assumptions) < 14
    series = landfill_series(1000.0, assumptions, before=20, after=10)
    assert series.loc[-20] == 0
    assert (series.diff().dropna() > 0).all()


def test_scenarios_lose_no_waste_and_scale(assumptions):
    one = waste_scenarios(1e5, assumptions, grid_co2_t_per_mwh=0.8)
    parts = one[["recovered_t", "burnt_t", "landfilled_t"]]
    assert np.allclose(parts.sum(axis=1), 1e5)
    assert (one.loc["all on landfills"] == [0, 0, 1e5, 0, 0, 0, 0, 0, 0]).all()
    assert one.loc["recycling as planned", "recovered_t"] == pytest.approx(3e4)
    signs = np.array([1, 1, 1, -1])
    terms = one[["methane_saved", "grid_saved", "material_credit", "fossil_burnt"]] * signs
    assert np.allclose(terms.sum(axis=1), one["avoided"])
    assert np.allclose(waste_scenarios(3e5, assumptions, grid_co2_t_per_mwh=0.8), 3 * one)
    clean = waste_scenarios(1e5, assumptions, grid_co2_t_per_mwh=0.0)
    burnt = "planned and the rest burnt"
    assert clean.loc[burnt, "avoided"] < one.loc[burnt, "avoided"]
    with pytest.raises(InputError, match="waste_t: got -1"):
        waste_scenarios(-1.0, assumptions, grid_co2_t_per_mwh=0.8)


def test_reported_regional_waste():
    assert waste_statistic("KZ-61", "recycled_percent") == 17.19
    assert np.isnan(waste_statistic("KZ-11", "collected_kt"))
    with pytest.raises(InputError, match="unknown region"):
        waste_statistic("KZ-99", "collected_kt")


@settings(max_examples=5)
@given(factor=st.floats(0.1, 10))
def test_avoided_methane_scales_and_stays_below_the_potential(factor, assumptions):
    mass = {"food": 100.0, "paper": 50.0}
    one = avoided_methane_t(mass, assumptions, years=15)
    more = avoided_methane_t(
        {kind: value * factor for kind, value in mass.items()}, assumptions, years=15
    )
    assert more == pytest.approx(factor * one)
    everything = (100 * 0.15 + 50 * 0.4) * 0.5 * 0.6 * 0.5 * 16 / 12
    assert 0 < one < everything
    assert avoided_methane_t(mass, assumptions, years=60) > one


def test_measures_of_turkestan(regions, assumptions):
    table = measure_table(hydro_waste_measures("KZ-61", assumptions, regions=regions, **PRICES))
    assert list(table.index) == ["ugam_cascade", "landfill_gas", "waste_sorting"]
    ugam = table.loc["ugam_cascade"]
    assert ugam["capex_usd"] == pytest.approx(191.7e9 * 0.002)
    assert ugam["electricity_mwh_per_year"] == pytest.approx(72 * 8760 * 0.475)
    assert ugam["income_usd_per_year"] == pytest.approx(72 * 8760 * 0.475 * 40 + 110e6 * 0.3)
    recovered = (0.30 - 0.1719) * 0.228 * regions.loc["KZ-61", "population"] / 1000
    assert f"{recovered:.1f} kt recovered" in table.loc["waste_sorting", "size"]
    lacking = " ".join(missing_inputs("KZ-61", assumptions, regions=regions))
    assert "no yearly energy is published" in lacking
    for names in table["assumptions"]:
        for name in names:
            assumptions.rows(*name.split("/"))


def test_prices_and_grid_act_as_they_should(regions, assumptions):
    def table(**change):
        told = PRICES | change
        return measure_table(hydro_waste_measures("KZ-79", assumptions, regions=regions, **told))

    base, dear, clean = (
        table(),
        table(electricity_usd_per_mwh=80.0),
        table(grid_co2_t_per_mwh=0.0),
    )
    power = ["landfill_gas", "wte_shymkent"]
    assert (
        dear.loc[power, "income_usd_per_year"] == 2 * base.loc[power, "income_usd_per_year"]
    ).all()
    saved = base["co2_t_per_year"] - clean["co2_t_per_year"]
    assert np.allclose(saved, base["electricity_mwh_per_year"] * 0.8)
    assert (base["capex_usd"] == dear["capex_usd"]).all()


def test_a_region_without_inputs_gives_none(regions, assumptions):
    names = [m.name for m in hydro_waste_measures("KZ-19", assumptions, regions=regions, **PRICES)]
    assert names == ["kerbulak"]
    lacking = missing_inputs("KZ-19")
    assert any("sorting line" in line for line in lacking)


def test_wrong_input_is_one_clear_error(regions, assumptions):
    with pytest.raises(InputError, match="unknown region"):
        hydro_waste_measures("KZ-99", assumptions, regions=regions, **PRICES)
    with pytest.raises(InputError, match="electricity_usd_per_mwh: got -1"):
        hydro_waste_measures(
            "KZ-61", assumptions, regions=regions, **(PRICES | {"electricity_usd_per_mwh": -1.0})
        )


def test_a_missing_table_or_row(home, regions, assumptions, climate):
    (home / "facts" / "waste_composition.csv").unlink()
    with pytest.raises(InputError, match="waste_composition.csv does not exist"):
        waste_table(regions, assumptions)
    small = home / "facts" / "hydro_small.csv"
    small.write_text("".join(small.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(InputError, match="each region once"):
        hydro_table(regions, assumptions, climate=climate)


@pytest.mark.parametrize(
    ("name", "old", "new", "text"),
    [
        ("waste_composition", "plastic,0.25", "plastic,0.55", "a sum of at most 1"),
        ("waste_composition", "plastic,0.25", "plastic,-0.1", "share of plastic"),
        ("waste_regions", "KZ-10", "KZ-98", "unknown region"),
    ],
)
def test_a_spoilt_waste_table(home, regions, assumptions, name, old, new, text):
    path = home / "facts" / f"{name}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=text):
        waste_table(regions, assumptions)


def test_a_spoilt_flow_table(home, regions, assumptions, climate):
    path = home / "facts" / "hydro_flow.csv"
    path.write_text(path.read_text().replace(",18,13.7,", ",18,23.7,"))
    with pytest.raises(InputError, match="at most the flow of the group"):
        gross_potential(regions, assumptions, climate=climate)


@settings(max_examples=3)
@given(factor=st.floats(0.1, 10))
def test_potential_scales_with_the_water(factor, regions, assumptions, climate, potential):
    with pytest.MonkeyPatch.context() as patch:

        def scaled(name, *, numeric=()):
            table = read_facts(name, numeric=numeric)
            if name == "hydro_flow":
                table[["total_km3", "inflow_km3"]] *= factor
            return table

        patch.setattr("greenanalysis.atlas.hydro_potential.read_facts", scaled)
        got = gross_potential(regions, assumptions, climate=climate)
    assert np.allclose(got.regions, potential.regions * factor)
