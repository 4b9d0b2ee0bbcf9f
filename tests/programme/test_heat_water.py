from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.money import price
from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_facts
from greenanalysis.programme.heat import Prices, heat_curve, heat_measures
from greenanalysis.programme.heat import missing_inputs as missing_heat
from greenanalysis.programme.heat_demand import (
    HousingHeat,
    heat_reference,
    heat_table,
    housing_heat,
)
from greenanalysis.programme.measure import measure_table
from greenanalysis.programme.prices import tariffs
from greenanalysis.programme.regional import regional_facts
from greenanalysis.programme.water import missing_inputs as missing_water
from greenanalysis.programme.water import water_measures
from greenanalysis.programme.water_need import crop_need_mm, load_crop, water_reference
from greenanalysis.programme.water_supply import (
    OnSite,
    WaterPrices,
    osmosis_energy,
    osmosis_options,
)
from tests.support.reference import reference_data

YEAR = pd.date_range("2023-01-01 01:00", periods=8760, freq="h")
LOCAL = ((YEAR + pd.Timedelta(hours=5)).hour - 12) / 24 * 2 * np.pi
SEASON = np.cos(2 * np.pi * (np.arange(8760) / 8760 - 200 / 365))
WEATHER = pd.DataFrame(
    {
        "temp_air": 12.3 + 15 * SEASON + 6 * np.cos(LOCAL - 0.8),
        "ghi": np.clip(np.cos(LOCAL), 0, 1) * (600 + 300 * SEASON),
        "wind_speed_10m": 3.0,
    },
    index=YEAR,
)
PV = OnSite(lcoe_usd_per_mwh=40, capacity_factor=WEATHER["ghi"].to_numpy() / 1000)
PRICES = Prices(
    gas_usd_per_m3=0.06,
    electricity_usd_per_mwh=58,
    gas_co2_t_per_m3=0.0019,
    grid_co2_t_per_mwh=0.8,
    wacc=0.08,
)
WATER = WaterPrices(
    electricity_usd_per_mwh=58,
    irrigation_usd_per_m3=0.0006,
    drinking_usd_per_m3=0.78,
    grid_co2_t_per_mwh=0.8,
    wacc=0.08,
    pv=PV,
)


@pytest.fixture(scope="module")
def values():
    return load_assumptions()


def heat_of(region: str, values, population: float = 1e6) -> HousingHeat:
    return housing_heat(region, values, temp_air=WEATHER["temp_air"], population=population)


def gas_measures(region: str, values, prices: Prices = PRICES):
    return heat_measures(
        heat_of(region, values), values, temp_air=WEATHER["temp_air"], prices=prices
    )


def test_every_region_stands_in_the_tables_with_every_quantity():
    for name in ("heat_regions", "water_regions"):
        table = read_facts(name, numeric=["value"])
        counts = table.groupby("quantity")["region"].nunique()
        assert (counts == 20).all()
        assert (table["value"].isna() == (table["status"] == "no data")).all()
        gaps = table[table["value"].isna()]
        assert gaps["source"].str.startswith("missing: ").all()


def test_tariffs_are_in_dollars_of_2025(values):
    got = tariffs(values)
    assert got["electricity"] == pytest.approx(29.14 * 1000 * 0.002)
    assert got["drinking_water_aktau"] == pytest.approx(389.7 * 0.002)
    assert all(value > 0 for value in got.values())


def test_a_price_without_its_year_is_refused(values):
    with pytest.raises(InputError, match="currency_year"):
        price(values, "reverse_osmosis", "auxiliary", unit="USD/m3")
    with pytest.raises(InputError, match="unit"):
        price(values, "tariff", "gas", unit="USD/MWh")


def test_heat_of_turkistan_is_cold_month_heat(values):
    heat = heat_of("KZ-61", values)
    assert heat.status == "reported"
    assert heat.floor_area_m2 == pytest.approx(34.3e6)
    assert heat.heat_mwh.idxmax() == 1
    assert heat.heat_mwh[7] == 0
    assert heat.gas_m3.sum() == pytest.approx(
        heat.heat_mwh.sum() * 1000 * heat.gas_share / 0.8 / 9.3
    )


def test_a_region_without_housing_statistics_says_modelled_and_scales(values):
    one, two = heat_of("KZ-10", values), heat_of("KZ-10", values, population=2e6)
    assert one.status == "modelled"
    assert "national mean" in one.note
    assert two.heat_mwh.sum() == pytest.approx(2 * one.heat_mwh.sum())
    assert one.gas_m3.isna().all()
    table = heat_table({"KZ-10": one})
    assert set(table["gas_status"]) == set(table["district_heat_status"]) == {"no data"}
    assert len(table) == 12


def test_references_are_shown_with_their_distance(values):
    parts = {region: heat_of(region, values) for region in ("KZ-61", "KZ-79", "KZ-71")}
    table = heat_reference(parts)
    assert len(table) == 3
    assert (table["remark"].str.len() > 20).all()
    off = (table["got"] - table["expected"]).abs() / table["expected"]
    assert ((off <= table["tolerance"]) == table["hit"]).all()
    assert heat_reference({}).empty


@pytest.mark.reference
def test_gas_facts_are_those_of_the_reference():
    table = pd.read_csv(reference_data("facts", "reference_values.csv")).set_index("id")
    facts = read_facts("heat_reference", numeric=["value"]).set_index("quantity")
    note = table.loc["gas_sk", "note"]
    assert f"winter {facts['value']['gas_winter']:.0f} million" in note
    assert f"summer {facts['value']['gas_summer']:.0f} million" in note
    water = regional_facts("water_regions", "KZ-61")
    assert table.loc["wat_turk", "value"] == "3.2 bn / 2.8 bn / 575000 ha"
    assert (water["water_limit"], water["water_received"]) == (3.2e9, 2.8e9)
    supply = regional_facts("water_regions", "KZ-47")
    assert table.loc["wat_mang", "value"] == (
        f"{supply['drinking_supply']:.0f} / {supply['summer_deficit']:.0f}"
    )


def test_gas_measures_are_the_curve(values):
    heat = heat_of("KZ-61", values)
    curve = heat_curve(heat, values, temp_air=WEATHER["temp_air"], prices=PRICES)
    measures = gas_measures("KZ-61", values)
    table = measure_table(measures)
    assert table.index.tolist() == curve["name"].tolist()
    assert table["gas_m3_per_year"].tolist() == curve["saved"].tolist()
    assert table["gas_m3_per_year"].sum() < heat.gas_m3.sum()
    assert curve["usd_per_1000_m3"].is_monotonic_increasing
    assert set(table.index) == {"insulation", "heat_metering", "gas_boiler", "heat_pump"}
    assert (table["income_usd_per_year"] == table["gas_m3_per_year"] * 0.06).all()


def test_yearly_cost_of_measure_and_curve_agree(values):
    heat = heat_of("KZ-61", values)
    arguments = {"temp_air": WEATHER["temp_air"], "prices": PRICES}
    curve = heat_curve(heat, values, **arguments).set_index("name")
    for measure in gas_measures("KZ-61", values):
        rate, years = PRICES.wacc, measure.lifetime_years
        annuity = rate / (1 - (1 + rate) ** -years)
        cost = measure.capex_usd * annuity + measure.opex_usd_per_year
        assert cost == pytest.approx(curve.loc[measure.name, "cost_usd_per_year"])
        assert measure.co2_t_per_year == pytest.approx(curve.loc[measure.name, "co2_t"])


def test_heat_pumps_follow_the_grid(values):
    clean = replace(PRICES, grid_co2_t_per_mwh=0.0)
    dirty, green = (
        measure_table(gas_measures("KZ-61", values, prices)) for prices in (PRICES, clean)
    )
    assert dirty.loc["heat_pump", "co2_t_per_year"] < 0 < green.loc["heat_pump", "co2_t_per_year"]
    assert dirty.loc["heat_pump", "electricity_mwh_per_year"] < 0


def home_with(tmp_path, monkeypatch, table: str, change) -> None:
    shutil.copytree(data_dir() / "facts", tmp_path / "data" / "facts")
    path = tmp_path / "data" / "facts" / f"{table}.csv"
    (tmp_path / "data" / "assumptions").mkdir()
    facts = change(pd.read_csv(path, comment="#", dtype=str, keep_default_na=False))
    facts.to_csv(path, index=False)
    monkeypatch.setenv("GREENANALYSIS_HOME", str(tmp_path))


def set_value(region: str, quantity: str, value: str):
    def change(facts: pd.DataFrame) -> pd.DataFrame:
        row = (facts["region"] == region) & (facts["quantity"] == quantity)
        facts.loc[row, ["value", "status", "source"]] = [value, "reported", "a user"]
        return facts

    return change


def test_a_filled_gap_gives_its_measure(values, tmp_path, monkeypatch):
    home_with(tmp_path, monkeypatch, "heat_regions", set_value("KZ-61", "gas_leak_share", "0.08"))
    heat = heat_of("KZ-61", values)
    measures = gas_measures("KZ-61", values)
    leaks = measure_table(measures).loc["gas_network"]
    assert 0 < leaks["gas_m3_per_year"] < 0.05 * heat.gas_m3.sum()
    methane = replace(PRICES, leak_co2_t_per_m3=0.02)
    more = gas_measures("KZ-61", values, methane)
    assert measure_table(more).loc["gas_network", "co2_t_per_year"] > leaks["co2_t_per_year"]
    assert missing_heat("KZ-61") == []


@pytest.mark.parametrize("value", ["1.4", "-0.1"])
def test_impossible_facts_are_refused(value, tmp_path, monkeypatch):
    home_with(tmp_path, monkeypatch, "heat_regions", set_value("KZ-61", "gas_heated_share", value))
    with pytest.raises(InputError, match="KZ-61 gas_heated_share"):
        regional_facts("heat_regions", "KZ-61")


def test_a_missing_table_is_one_clear_error(tmp_path, monkeypatch):
    (tmp_path / "data" / "assumptions").mkdir(parents=True)
    monkeypatch.setenv("GREENANALYSIS_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"water_regions\.csv does not exist"):
        missing_water("KZ-61")


def test_a_missing_row_is_one_clear_error(tmp_path, monkeypatch):
    home_with(tmp_path, monkeypatch, "water_regions", lambda facts: facts[1:])
    with pytest.raises(InputError, match="rows of KZ-10"):
        regional_facts("water_regions", "KZ-10")


@pytest.mark.parametrize("call", [missing_heat, missing_water])
def test_an_unknown_region_is_refused(call):
    with pytest.raises(InputError, match="unknown region: got 'KZ-99'"):
        call("KZ-99")


def test_negative_prices_are_refused():
    with pytest.raises(InputError, match="gas_usd_per_m3"):
        replace(PRICES, gas_usd_per_m3=-1.0)
    with pytest.raises(InputError, match="drinking_usd_per_m3"):
        replace(WATER, drinking_usd_per_m3=-1.0)


def test_gaps_are_told_and_give_no_measure(values):
    assert gas_measures("KZ-10", values) == []
    assert water_measures("KZ-10", values, prices=WATER) == []
    assert len(missing_heat("KZ-10")) == 3
    assert all("KZ-10" in sentence for sentence in missing_water("KZ-10"))
    assert any("wastewater" in sentence for sentence in missing_water("KZ-61"))


def test_water_of_turkistan(values):
    table = measure_table(water_measures("KZ-61", values, prices=WATER))
    assert set(table.index) == {"drip_irrigation", "canal_lining", "pv_pumping"}
    received = 2.8e9
    lining = received * 0.35 * 0.76 * (1 - 0.55 / 0.9)
    drip = (87000 - 52200) * 1711
    saved = table["water_m3_per_year"].sum()
    assert saved == pytest.approx(received * (1 - (1 - drip / received) * (1 - lining / received)))
    assert saved < drip + lining
    assert table.loc["pv_pumping", "electricity_mwh_per_year"] == pytest.approx(
        512 * 60e-3 * 86400 * 180 * 0.4 * 1000 * 9.80665 * 30 / 3.6e9 / 0.6
    )
    assert table.loc["drip_irrigation", "electricity_mwh_per_year"] < 0


def test_no_sun_pump_without_sun(values):
    bare = replace(WATER, pv=None)
    names = {measure.name for measure in water_measures("KZ-61", values, prices=bare)}
    assert names == {"drip_irrigation", "canal_lining"}


def test_drip_irrigation_sells_more_cotton_and_uses_what_was_measured(values):
    prices = replace(WATER, cotton_usd_per_t=520.0)
    table = measure_table(water_measures("KZ-61", values, prices=prices))
    drip = table.loc["drip_irrigation"]
    cotton = drip["deciding"]
    assert cotton.name == "raw cotton"
    assert cotton.quantity == pytest.approx(34800 * 2.43 * 0.145)
    assert cotton.low < cotton.quantity < cotton.high
    used = -drip["electricity_mwh_per_year"] * 3.6e9 * 0.6 / (1000 * 9.80665 * 15) / 34800
    assert 4500 < used < 8000
    assert used == pytest.approx(6360 / 0.9)


def test_sun_pumps_want_a_whole_year_of_sun(values):
    short = OnSite(lcoe_usd_per_mwh=40, capacity_factor=PV.capacity_factor[:5000])
    with pytest.raises(InputError, match="capacity factor"):
        water_measures("KZ-61", values, prices=replace(WATER, pv=short))


def test_desalination_of_mangystau(values):
    (measure,) = water_measures("KZ-47", values, prices=WATER)
    assert measure.water_m3_per_year == pytest.approx(60000 * 365 * 0.9)
    assert -measure.electricity_mwh_per_year * 1000 / measure.water_m3_per_year == pytest.approx(
        osmosis_energy(values)
    )
    assert measure.capex_usd == pytest.approx(39056.5182 * 1.13 * 60000 / 24)


def test_free_sun_is_cheaper_than_the_grid_and_dear_sun_is_not(values):
    def options(lcoe: float) -> pd.DataFrame:
        plant = OnSite(lcoe_usd_per_mwh=lcoe, capacity_factor=PV.capacity_factor)
        return osmosis_options(values, grid_usd_per_mwh=58, on_site={"pv": plant}, wacc=0.08)

    assert options(1.0)["source"].iloc[0] == "pv"
    assert options(200.0)["source"].iloc[0] == "grid"
    assert 0 < options(1.0)["on_site_share"].iloc[0] < 1
    brackish = osmosis_energy(values, "brackish_osmosis")
    assert brackish < osmosis_energy(values)


def test_an_on_site_plant_without_yield_is_refused(values):
    dark = OnSite(lcoe_usd_per_mwh=40, capacity_factor=np.zeros(8760))
    with pytest.raises(InputError, match="on-site pv"):
        osmosis_options(values, grid_usd_per_mwh=58, on_site={"pv": dark}, wacc=0.08)


def test_cotton_drinks_in_summer_and_rain_helps(values):
    need = crop_need_mm(WEATHER, values, elevation_m=200, latitude=43)
    assert need.idxmax() == 7
    assert need[[1, 2, 3, 11, 12]].sum() == 0
    assert 400 < need.sum() < 1400
    wet = crop_need_mm(WEATHER, values, elevation_m=200, latitude=43, effective_rain=1.0)
    assert wet.sum() < need.sum()
    with pytest.raises(InputError, match="unknown technology"):
        load_crop(values, "bananas")


def test_water_reports_are_compared_where_there_are_some(values):
    table = water_reference("KZ-61", values, need_mm=900)
    assert len(table) == 3
    assert table["expected"].tolist()[1] == pytest.approx(3.01e9 / 367900, rel=1e-3)
    assert water_reference("KZ-10", values, need_mm=900).empty


def test_every_measure_is_traceable_to_its_assumptions(values):
    measures = [
        *gas_measures("KZ-61", values),
        *water_measures("KZ-61", values, prices=WATER),
        *water_measures("KZ-47", values, prices=WATER),
    ]
    for measure in measures:
        assert len(measure.assumptions) >= 5
        assert len(measure.readiness_source) > 10
        for name in measure.assumptions:
            technology, _, parameter = name.partition("/")
            assert (values.rows(technology, parameter)["source"].str.len() > 0).all()
