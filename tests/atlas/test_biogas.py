"""Digester, engine, upgrading, farm plant, measures: worked examples, balances, scales."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.atlas.farm_biogas import ROUTES, farm_biogas
from greenanalysis.atlas.feedstock import manure, read_crops, read_livestock
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.money import price
from greenanalysis.finance import annuity
from greenanalysis.programme.biotech import biotech_measures, missing_inputs
from greenanalysis.programme.measure import measure_table
from greenanalysis.resource.bio.biogas import (
    avoided_methane_co2,
    digest,
    digestate_nutrients,
    digester_heat,
    digester_volume,
    fertiliser_value,
    gas_production,
    heat_and_power,
    upgrade,
)

ASSUMPTIONS = load_assumptions()
DIGESTER = {
    "capacity_m3_per_kg": 0.17,
    "conversion": 0.8,
    "methane_share": 0.6,
    "leakage": 0.02,
    "volatile_share": 0.8,
    "slurry_dry_matter": 0.1,
    "retention_days": 40,
    "methane_mj_per_kg": 50.0,
}
PRICES = {
    "electricity_usd_per_mwh": 50.0,
    "gas_usd_per_m3": 0.08,
    "grid_co2_t_per_mwh": 0.8,
    "gas_co2_t_per_m3": 0.0019,
}
STATISTICS = {"livestock": read_livestock(), "crops": read_crops()}
HERD = {"cattle": 400.0, "sheep": 1000.0}


def farm(route: str = "power", heads: dict[str, float] | None = None, **options: float):
    feed = manure(heads or HERD, ASSUMPTIONS, level="technical")
    chosen = {"electricity_usd_per_mwh": 60.0, "gas_usd_per_m3": 0.1} | options
    return farm_biogas(feed, ASSUMPTIONS, route=route, **chosen)


def test_digester_of_the_handbook() -> None:
    # GTZ/GATE, Biogas Plants in Animal Husbandry, 1989, section 4.5, sample calculation:
    # 150 kg of dung and 100 l of water a day, 60 days: 15 m3; 12 kg of solids at 0.25: 3.0 m3/d.
    assert digester_volume(0.250, retention_days=60) == pytest.approx(15)
    assert gas_production(12.0, yield_m3_per_kg=0.25) == pytest.approx(3.0)
    assert gas_production(150.0, yield_m3_per_kg=0.02) == pytest.approx(3.0)
    # GTZ, Biogas Plants, 1988, section 4.2: 60 l a day for 80 days: 4800 l.
    assert digester_volume(0.060, retention_days=80) == pytest.approx(4.8)


def test_cattle_slurry_of_the_guide_to_biogas() -> None:
    # FNR, Guide to Biogas, 2012: cattle slurry, 10 % solids, 80 % of them volatile: 25 m3 of
    # biogas, 15 m3 of methane, 150 kWh per t; volumes at 0 degC, where methane weighs 0.717 kg/m3.
    volume_20_degc = 15 * 0.717 / 0.67
    year = digest(
        0.1 * 0.8,
        **DIGESTER | {"capacity_m3_per_kg": volume_20_degc / 80, "conversion": 1.0, "leakage": 0.0},
    )
    assert year.slurry_t == pytest.approx(1)
    assert year.biogas_m3 * 0.67 / 0.717 == pytest.approx(25)
    assert year.methane_mwh * 1000 == pytest.approx(150, rel=0.01)


@given(
    solids=st.floats(0.1, 1e6),
    capacity=st.floats(0.05, 0.45),
    conversion=st.floats(0, 1),
    methane=st.floats(0.5, 0.75),
    leakage=st.floats(0, 1),
)
def test_digester_loses_no_mass(solids, capacity, conversion, methane, leakage) -> None:
    options = {"capacity_m3_per_kg": capacity, "conversion": conversion}
    options |= {"methane_share": methane, "leakage": leakage}
    year = digest(solids, **DIGESTER | options)
    assert year.digestate_t + year.biogas_t == pytest.approx(year.slurry_t)
    assert 0 <= year.leaked_methane_t <= year.methane_t + 1e-12
    kept = (year.methane_t - year.leaked_methane_t) * 50 / 3.6
    assert year.methane_mwh == pytest.approx(kept, abs=1e-9)


@given(gas=st.floats(1, 1e6), heat=st.floats(0, 0.45), scale=st.floats(0.1, 10))
def test_engine_and_upgrading_lose_no_energy(gas, heat, scale) -> None:
    engine = {"electric_efficiency": 0.38, "heat_efficiency": 0.45, "own_power_share": 0.08}
    used = heat_and_power(gas, digester_heat_mwh=heat * gas, **engine)
    assert used.power_mwh + used.heat_mwh + used.lost_mwh == pytest.approx(gas)
    assert used.own_power_mwh + used.net_power_mwh == pytest.approx(used.power_mwh)
    assert used.digester_heat_mwh + used.spare_heat_mwh == pytest.approx(used.heat_mwh)
    unit = {"boiler_efficiency": 0.9, "slip": 0.01, "power_kwh_per_m3": 0.35}
    unit |= {"methane_share": 0.6, "methane_mj_per_kg": 50.0}
    made = upgrade(gas, digester_heat_mwh=heat * gas, **unit)
    assert made.boiler_mwh + made.slip_mwh + made.biomethane_mwh == pytest.approx(gas)
    more = upgrade(gas * scale, digester_heat_mwh=heat * gas * scale, **unit)
    assert more.biomethane_m3 == pytest.approx(scale * made.biomethane_m3)


def test_heat_of_the_digester() -> None:
    # 1000 t warmed by 30 K: 1000 x 4.186 x 30 / 3600 = 34.9 MWh, and a fifth more through walls.
    heat = digester_heat(1000.0, feed_celsius=8, digester_celsius=38, wall_loss=0.2)
    assert heat == pytest.approx(41.86, abs=0.01)
    assert digester_heat(1000.0, feed_celsius=40, digester_celsius=38, wall_loss=0.2) == 0


def test_nutrients_are_worth_their_mineral_twins() -> None:
    crop = digestate_nutrients(10.0, 5.0, 8.0, nitrogen_kept=0.5)
    worth = fertiliser_value(
        crop, nitrogen_usd_per_kg=1.0, phosphate_usd_per_kg=0.8, potash_usd_per_kg=0.5
    )
    assert worth == pytest.approx(5000 + 4000 + 4000)
    urea = 461 / 460  # 461 USD/t (September 2025), 46 % N
    assert price(ASSUMPTIONS, "digestate", "nitrogen_price", unit="USD/kg") == pytest.approx(
        urea, rel=1e-3
    )
    dap = (554.8 - 180 * urea) / 460
    assert price(ASSUMPTIONS, "digestate", "phosphate_price", unit="USD/kg") == pytest.approx(
        dap, rel=1e-3
    )


def test_prices_in_euro_become_model_dollars() -> None:
    rate = ASSUMPTIONS.get("EUR", "exchange_rate", unit="USD/EUR", year=2025)
    plant = price(ASSUMPTIONS, "biogas_plant", "investment", unit="USD/kW")
    assert plant == pytest.approx(1380.4471 * rate)
    with pytest.raises(InputError, match="unit.*EUR"):
        price(ASSUMPTIONS, "biogas_plant", "investment", unit="EUR/kW")
    with pytest.raises(InputError, match="currency_year"):
        price(ASSUMPTIONS, "biogas_plant", "fom", unit="%/year")


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=8)
@given(scale=st.floats(0.1, 100))
def test_farm_plant_scales_and_keeps_its_unit_cost(route: str, scale: float) -> None:
    one, many = farm(route), farm(route, {name: n * scale for name, n in HERD.items()})
    for name in ("capex_usd", "opex_usd_per_year", "energy_mwh", "npv_usd", "manure_t"):
        assert getattr(many, name) == pytest.approx(scale * getattr(one, name)), name
    assert many.cost_usd_per_mwh == pytest.approx(one.cost_usd_per_mwh)


def test_sold_at_cost_the_plant_is_worth_nothing() -> None:
    power = farm()
    fair = farm(electricity_usd_per_mwh=power.cost_usd_per_mwh)
    assert fair.npv_usd == pytest.approx(0, abs=1e-6 * fair.capex_usd)
    gas = farm("biomethane")
    fair = farm("biomethane", gas_usd_per_m3=gas.cost_usd_per_m3)
    assert fair.npv_usd == pytest.approx(0, abs=1e-6 * fair.capex_usd)
    worth = -fair.capex_usd
    for year in range(1, 21):
        worth += (fair.income_usd_per_year - fair.opex_usd_per_year) / 1.1**year
    assert worth == pytest.approx(fair.npv_usd, abs=1e-6 * fair.capex_usd)
    assert fair.payback_years == pytest.approx(1 / annuity(0.1, 20))


def test_payback_and_haulage() -> None:
    assert farm(electricity_usd_per_mwh=0.0, haul_km=200).payback_years == math.inf
    near, far = farm(haul_km=0), farm(haul_km=10)
    assert far.opex_usd_per_year - near.opex_usd_per_year == pytest.approx(
        near.manure_t * 2 * 10 * 0.15
    )
    assert farm(heat_usd_per_mwh=20.0).cost_usd_per_mwh < farm().cost_usd_per_mwh
    assert math.isnan(farm().cost_usd_per_m3)


def test_a_warm_place_avoids_more_methane() -> None:
    cool, warm = farm(air_celsius=5.0), farm(air_celsius=13.0)
    assert warm.store_methane_t == pytest.approx(2 * cool.store_methane_t)
    assert farm().store_methane_t == cool.store_methane_t
    saved = avoided_methane_co2(3.0, released_methane_t=1.0, warming_potential=27.0)
    assert saved == pytest.approx(54)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: digester_volume(1.0, retention_days=0), "retention_days"),
        (lambda: digest(-1.0, **DIGESTER), "volatile_solids_t.*-1"),
        (lambda: digest(1.0, **DIGESTER | {"leakage": 1.5}), "leakage.*1.5"),
        (lambda: digest(1.0, **DIGESTER | {"methane_share": 0}), "methane_share"),
        (lambda: digest(1.0, **DIGESTER | {"capacity_m3_per_kg": 2}), "biogas"),
        (
            lambda: heat_and_power(
                1.0,
                electric_efficiency=0.6,
                heat_efficiency=0.6,
                own_power_share=0,
                digester_heat_mwh=0,
            ),
            "total_efficiency.*1.2",
        ),
        (
            lambda: heat_and_power(
                1.0,
                electric_efficiency=0.4,
                heat_efficiency=0.4,
                own_power_share=0,
                digester_heat_mwh=0.5,
            ),
            "digester_heat_mwh",
        ),
        (lambda: farm("steam"), "route.*steam"),
        (lambda: farm(electricity_usd_per_mwh=-1.0), "electricity_usd_per_mwh.*-1"),
        (lambda: biotech_measures("KZ-98", ASSUMPTIONS, **PRICES), "KZ-98"),
        (
            lambda: biotech_measures("KZ-61", ASSUMPTIONS, **PRICES, power_share=1.2),
            "power_share.*1.2",
        ),
        (
            lambda: biotech_measures("KZ-61", ASSUMPTIONS, **PRICES | {"grid_co2_t_per_mwh": -1}),
            "grid_co2",
        ),
    ],
)
def test_mistakes_are_named(call, words) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_turkistan_has_three_measures() -> None:
    table = measure_table(biotech_measures("KZ-61", ASSUMPTIONS, **PRICES, air_celsius=13.0))
    assert list(table.index) == ["manure_biogas_power", "manure_biomethane", "straw_boilers"]
    assert (table["capex_usd"] > 1e6).all()
    assert (table["co2_t_per_year"] > 0).all()
    assert table.loc["manure_biogas_power", "electricity_mwh_per_year"] > 0
    assert table.loc["manure_biomethane", "gas_m3_per_year"] > 1e6
    assert table.loc["manure_biomethane", "electricity_mwh_per_year"] < 0
    known = set(ASSUMPTIONS.table["technology"] + "/" + ASSUMPTIONS.table["parameter"])
    assert {name for names in table["assumptions"] for name in names} <= known


@settings(max_examples=8)
@given(part=st.floats(0.05, 0.95))
def test_two_uses_share_one_manure(part: float) -> None:
    def split(power_share: float) -> pd.DataFrame:
        options = PRICES | STATISTICS | {"power_share": power_share}
        return measure_table(biotech_measures("KZ-61", ASSUMPTIONS, **options))

    table, all_power, all_gas = split(part), split(1.0), split(0.0)
    assert "manure_biomethane" not in all_power.index
    power, gas = table.loc["manure_biogas_power"], table.loc["manure_biomethane"]
    for name in ("capex_usd", "opex_usd_per_year", "co2_t_per_year"):
        assert power[name] == pytest.approx(part * all_power.loc["manure_biogas_power", name])
        assert gas[name] == pytest.approx((1 - part) * all_gas.loc["manure_biomethane", name])


def test_no_statistics_no_measure_and_it_says_why() -> None:
    assert biotech_measures("KZ-47", ASSUMPTIONS, **PRICES) == []
    assert len(missing_inputs("KZ-47")) == 2
    assert any("cattle" in sentence for sentence in missing_inputs("KZ-47"))
    names = [m.name for m in biotech_measures("KZ-11", ASSUMPTIONS, **PRICES)]
    assert names == ["straw_boilers"]
    with pytest.raises(InputError, match="KZ-97"):
        missing_inputs("KZ-97")


def test_dear_energy_raises_income_only() -> None:
    cheap = measure_table(biotech_measures("KZ-61", ASSUMPTIONS, **PRICES))
    dear = measure_table(
        biotech_measures("KZ-61", ASSUMPTIONS, **PRICES | {"gas_usd_per_m3": 0.16})
    )
    gain = dear["income_usd_per_year"] - cheap["income_usd_per_year"]
    assert gain["manure_biomethane"] == pytest.approx(
        0.08 * cheap.loc["manure_biomethane", "gas_m3_per_year"]
    )
    assert gain["straw_boilers"] == 0
    assert (dear["capex_usd"] == cheap["capex_usd"]).all()
