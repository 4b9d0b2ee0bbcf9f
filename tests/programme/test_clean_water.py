"""FAO-56 is R. G. Allen et al., Crop evapotranspiration, Irrigation and Drainage Paper 56, 1998."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenanalysis.core.errors import InputError
from greenanalysis.core.tables import read_facts
from greenanalysis.resource.water.desalination import (
    OsmosisPlant,
    least_energy_kwh_per_m3,
    on_site_share,
    osmotic_pressure_mpa,
    specific_energy_kwh_per_m3,
    water_cost_usd_per_m3,
)
from greenanalysis.resource.water.irrigation import (
    Crop,
    crop_coefficient,
    daily_weather,
    lining_saving,
    net_irrigation_mm,
    reference_evapotranspiration,
    shortwave_from_sunshine,
    vapour_pressure_from_minimum_kpa,
    vapour_pressure_kpa,
    wind_speed_2m,
    withdrawal_m3,
)
from greenanalysis.resource.water.pumping import pumping_energy_kwh_per_m3, pv_pumping, pv_size_kw

PLANT = OsmosisPlant(
    recovery=0.45,
    pump_efficiency=0.88,
    recovery_device_efficiency=0.95,
    overpressure=1.15,
    membrane_loss_mpa=0.3,
    auxiliary_kwh_per_m3=0.8,
)
COTTON = Crop(kc_ini=0.35, kc_mid=1.17, kc_end=0.6, days=(30, 50, 55, 45), planting_day=105)
SUN = np.clip(np.sin((np.arange(24 * 60) % 24 - 6) / 12 * np.pi), 0, 1)


def on(day: str, value: float) -> pd.Series:
    return pd.Series([value], index=pd.DatetimeIndex([day]))


def a_day(day: str, *, warm: float, cold: float, wind: float, sun: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"temp_max": warm, "temp_min": cold, "wind_speed_2m": wind, "shortwave": sun},
        index=pd.DatetimeIndex([day]),
    )


def test_fao56_example_17_bangkok_in_april():
    day = "2023-04-15"
    sun = shortwave_from_sunshine(on(day, 8.5), latitude=13.73)
    assert round(float(sun.iloc[0]), 2) == pytest.approx(22.65, abs=0.02)
    evaporation = reference_evapotranspiration(
        a_day(day, warm=34.8, cold=25.6, wind=2.0, sun=float(sun.iloc[0])),
        vapour_pressure=on(day, 2.85),
        elevation_m=2,
        latitude=13.73,
        soil_heat=0.14 * (30.2 - 29.2),
    )
    assert round(float(evaporation.iloc[0]), 2) == 5.72


def test_fao56_example_18_uccle_on_6_july():
    day = "2015-07-06"
    wind = wind_speed_2m(10 / 3.6, height_m=10)
    assert round(wind, 3) == 2.078
    vapour = vapour_pressure_kpa(
        temp_max=on(day, 21.5), temp_min=on(day, 12.3), rh_max=on(day, 84), rh_min=on(day, 63)
    )
    assert round(float(vapour.iloc[0]), 3) == 1.409
    sun = shortwave_from_sunshine(on(day, 9.25), latitude=50.8)
    assert round(float(sun.iloc[0]), 2) == 22.07
    evaporation = reference_evapotranspiration(
        a_day(day, warm=21.5, cold=12.3, wind=wind, sun=22.07),
        vapour_pressure=vapour,
        elevation_m=100,
        latitude=50.8,
    )
    assert round(float(evaporation.iloc[0]), 2) == 3.88


def test_fao56_example_14_wind_at_two_metres():
    assert round(wind_speed_2m(3.2, height_m=10), 1) == 2.4


def test_fao56_example_5_vapour_pressure():
    day = "2023-01-01"
    vapour = vapour_pressure_kpa(
        temp_max=on(day, 25), temp_min=on(day, 18), rh_max=on(day, 82), rh_min=on(day, 54)
    )
    assert round(float(vapour.iloc[0]), 2) == 1.70


def test_dew_at_the_minimum_is_saturation_there():
    vapour = vapour_pressure_from_minimum_kpa(on("2023-01-01", 15.0), offset=0)
    assert round(float(vapour.iloc[0]), 3) == 1.705  # FAO-56, example 3
    drier = vapour_pressure_from_minimum_kpa(on("2023-01-01", 15.0), offset=2)
    assert float(drier.iloc[0]) < float(vapour.iloc[0])


@given(sun=st.floats(5, 30), more=st.floats(0.1, 5), wind=st.floats(0, 8))
def test_more_sun_evaporates_more(sun, more, wind):
    def evaporation(radiation: float) -> float:
        days = a_day("2023-07-01", warm=35, cold=20, wind=wind, sun=radiation)
        result = reference_evapotranspiration(
            days, vapour_pressure=on("2023-07-01", 1.5), elevation_m=200, latitude=43
        )
        return float(result.iloc[0])

    assert evaporation(sun + more) >= evaporation(sun) >= 0


def test_days_are_local_and_whole():
    times = pd.date_range("2023-07-01 01:00", periods=72, freq="h")
    local = (times - pd.Timedelta(minutes=30) + pd.Timedelta(hours=5)).hour
    hours = pd.DataFrame(
        {"temp_air": np.where(local == 15, 40.0, 20.0), "ghi": 250.0, "wind_speed_10m": 4.0},
        index=times,
    )
    days = daily_weather(hours, utc_offset_hours=5)
    assert [day.day for day in days.index] == [2, 3]
    assert days["temp_max"].tolist() == [40, 40]
    assert days["shortwave"].iloc[0] == pytest.approx(250 * 86400 / 1e6)
    hours.iloc[30, 0] = np.nan
    assert len(daily_weather(hours, utc_offset_hours=5)) == 1


def test_crop_curve_follows_the_four_stages():
    days = np.array([104, 105, 134, 160, 185, 239, 262, 284, 285])
    curve = crop_coefficient(days, crop=COTTON)
    assert curve[[0, 8]].tolist() == [0, 0]
    assert curve[[1, 2]].tolist() == [0.35, 0.35]
    assert curve[3] == pytest.approx(0.35 + (1.17 - 0.35) * 25 / 50)
    assert curve[[4, 5]] == pytest.approx([1.17, 1.17])
    assert curve[6] == pytest.approx(1.17 + (0.6 - 1.17) * 22 / 45)
    assert 0.6 < curve[7] < 0.62


def test_a_winter_crop_runs_over_the_new_year():
    wheat = Crop(kc_ini=0.4, kc_mid=1.15, kc_end=0.25, days=(160, 75, 75, 25), planting_day=290)
    assert crop_coefficient(np.array([300, 20, 280]), crop=wheat).tolist() == [0.4, 0.4, 0.0]


def test_rain_lowers_the_need_to_zero_but_not_below():
    july = pd.Series(7.0, index=pd.date_range("2023-07-10", periods=10))
    dry = net_irrigation_mm(july, crop=COTTON)
    assert net_irrigation_mm(july, crop=COTTON, effective_rain=1.0).sum() == pytest.approx(
        dry.sum() - 10
    )
    assert net_irrigation_mm(july, crop=COTTON, effective_rain=50.0).sum() == 0


@given(
    need=st.floats(0, 2000),
    area=st.floats(0, 1e6),
    efficiency=st.floats(0.1, 1),
    loss=st.floats(0, 0.9),
    factor=st.floats(0, 100),
)
def test_withdrawal_scales_and_keeps_the_balance(need, area, efficiency, loss, factor):
    def taken(hectares: float) -> float:
        return withdrawal_m3(
            need, area_ha=hectares, application_efficiency=efficiency, canal_loss=loss
        )

    assert taken(area * factor) == pytest.approx(taken(area) * factor)
    assert taken(area) * (1 - loss) * efficiency == pytest.approx(need * 10 * area)


def test_lining_saves_what_still_arrives():
    share = lining_saving(loss_before=0.45, loss_after=0.10)
    assert (1 - share) * 0.9 == pytest.approx(0.55)
    assert lining_saving(loss_before=0.1, loss_after=0.2) == 0


def test_osmotic_pressure_by_hand():
    pressure = osmotic_pressure_mpa(35.0, temperature_degc=25)
    assert pressure == pytest.approx(2 * 35 / 58.44 * 8.314462618 * 298.15 / 1000)
    assert osmotic_pressure_mpa(0, temperature_degc=25) == 0


@given(recovery=st.floats(0.01, 0.9), salinity=st.floats(1, 60))
def test_no_plant_beats_the_least_energy(recovery, salinity):
    ideal = OsmosisPlant(
        recovery=recovery,
        pump_efficiency=1,
        recovery_device_efficiency=1,
        overpressure=1,
        membrane_loss_mpa=0,
        auxiliary_kwh_per_m3=0,
    )
    needed = specific_energy_kwh_per_m3(salinity, temperature_degc=15, plant=ideal)
    least = least_energy_kwh_per_m3(
        osmotic_pressure_mpa(salinity, temperature_degc=15), recovery=recovery
    )
    assert needed >= least * (1 - 1e-9)


def test_least_energy_at_no_recovery_is_the_osmotic_pressure():
    assert least_energy_kwh_per_m3(3.6, recovery=0) == pytest.approx(1)
    assert least_energy_kwh_per_m3(3.6, recovery=0.5) == pytest.approx(np.log(2) / 0.5)


def test_sea_water_needs_about_what_caldera_et_al_print():
    table = read_facts("water_reference", numeric=["value"]).set_index("quantity")
    printed = table["value"]["osmosis_energy"]
    needed = specific_energy_kwh_per_m3(35, temperature_degc=25, plant=PLANT)
    assert needed == pytest.approx(printed, rel=0.15)


def test_saltier_water_and_no_recovery_device_cost_energy():
    caspian = specific_energy_kwh_per_m3(13, temperature_degc=15, plant=PLANT)
    ocean = specific_energy_kwh_per_m3(35, temperature_degc=15, plant=PLANT)
    wasteful = OsmosisPlant(**{**PLANT.__dict__, "recovery_device_efficiency": 0.0})
    assert caspian < ocean < specific_energy_kwh_per_m3(35, temperature_degc=15, plant=wasteful)


@given(size=st.floats(0, 20))
def test_on_site_share_rises_with_size_and_stays_below_one(size):
    share = on_site_share(SUN, plant_mw=size, load_mw=2)
    assert 0 <= share <= min(1, size * SUN.mean() / 2) + 1e-12
    assert on_site_share(SUN, plant_mw=size + 1, load_mw=2) >= share


def test_water_cost_by_hand():
    cost = water_cost_usd_per_m3(
        yearly_cost_usd=100,
        water_m3_per_year=200,
        energy_kwh_per_m3=3,
        electricity_usd_per_mwh=50,
    )
    assert cost == pytest.approx(0.65)


def test_pumping_energy_as_gude_prints_it():
    # Gude 2011, doi:10.5004/dwt.2011.2534: 0.14-0.24 kWh/m3 for 100-200 ft
    assert pumping_energy_kwh_per_m3(100 * 0.3048, efficiency=0.6) == pytest.approx(0.14, abs=0.005)
    assert pumping_energy_kwh_per_m3(367.0978, efficiency=1) == pytest.approx(1, rel=1e-4)


@given(size=st.floats(0, 50), tank=st.floats(0, 500), demand=st.floats(0.1, 50))
def test_water_balance_of_a_pumped_tank(size, tank, demand):
    done = pv_pumping(SUN, pv_kw=size, energy_kwh_per_m3=0.2, demand_m3_per_h=demand, tank_m3=tank)
    assert done.pumped_m3 == pytest.approx(
        done.delivered_m3 + done.spilled_m3 + done.level_m3[-1], abs=1e-6
    )
    assert 0 <= done.served <= 1 + 1e-12
    assert done.level_m3.max() <= tank + 1e-9
    more = pv_pumping(
        SUN, pv_kw=size, energy_kwh_per_m3=0.2, demand_m3_per_h=demand, tank_m3=tank + 100
    )
    assert more.served >= done.served - 1e-12


def test_pumping_scales_with_plant_tank_and_demand_together():
    one = pv_pumping(SUN, pv_kw=5, energy_kwh_per_m3=0.2, demand_m3_per_h=6, tank_m3=40)
    ten = pv_pumping(SUN, pv_kw=50, energy_kwh_per_m3=0.2, demand_m3_per_h=60, tank_m3=400)
    assert ten.delivered_m3 == pytest.approx(10 * one.delivered_m3)


def test_the_smallest_plant_just_serves():
    arguments = {"energy_kwh_per_m3": 0.2, "demand_m3_per_h": 10.0, "tank_m3": 150.0}
    size = pv_size_kw(SUN, served=0.9, **arguments)
    assert pv_pumping(SUN, pv_kw=size, **arguments).served >= 0.9
    assert pv_pumping(SUN, pv_kw=size * 0.99, **arguments).served < 0.9
    with pytest.raises(InputError, match="tank"):
        pv_size_kw(SUN, served=0.9, energy_kwh_per_m3=0.2, demand_m3_per_h=10.0, tank_m3=0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: osmotic_pressure_mpa(-1, temperature_degc=20),
        lambda: OsmosisPlant(**{**PLANT.__dict__, "recovery": 1.2}),
        lambda: OsmosisPlant(**{**PLANT.__dict__, "recovery_device_efficiency": 1.2}),
        lambda: on_site_share(SUN * 2, plant_mw=1, load_mw=1),
        lambda: pumping_energy_kwh_per_m3(-1, efficiency=0.5),
        lambda: pumping_energy_kwh_per_m3(1, efficiency=1.5),
        lambda: withdrawal_m3(1, area_ha=-1, application_efficiency=0.6, canal_loss=0.1),
        lambda: withdrawal_m3(1, area_ha=1, application_efficiency=1.6, canal_loss=0.1),
        lambda: lining_saving(loss_before=1.2, loss_after=0.1),
        lambda: Crop(kc_ini=-1, kc_mid=1, kc_end=1, days=(1, 1, 1, 1), planting_day=1),
        lambda: daily_weather(pd.DataFrame({"ghi": []}), utc_offset_hours=5),
        lambda: reference_evapotranspiration(
            a_day("2023-07-01", warm=10, cold=20, wind=1, sun=20),
            vapour_pressure=on("2023-07-01", 1),
            elevation_m=0,
            latitude=40,
        ),
    ],
)
def test_impossible_numbers_are_refused(call):
    with pytest.raises(InputError, match="allowed"):
        call()
