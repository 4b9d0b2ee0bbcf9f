"""Equations against worked examples in print, and against other programs on the same input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.finance import lcoe
from greenanalysis.finance.metrics import dscr, irr, levelised_cost, npv
from greenanalysis.project.debt import annuity_loan
from greenanalysis.resource.bio.biogas import digester_volume
from greenanalysis.resource.bio.landfill import decomposable_carbon, first_order_decay
from greenanalysis.resource.bio.residues import residue_energy
from greenanalysis.resource.hydro import turbine_efficiency
from greenanalysis.resource.pv.model import pv_capacity_factor, pv_defaults
from greenanalysis.resource.pv.reference import pvlib_block
from greenanalysis.resource.solar_position import geocentric_sun, topocentric_sun
from greenanalysis.resource.water.irrigation import (
    reference_evapotranspiration,
    shortwave_from_sunshine,
    vapour_pressure_kpa,
    wind_speed_2m,
)
from greenanalysis.resource.wind.model import wind_capacity_factor, wind_defaults
from greenanalysis.validation.measured import canonical_site, read_measured
from greenanalysis.validation.table import Check

_SPA = "I. Reda, A. Andreas, Solar Position Algorithm, NREL/TP-560-34302, 2008, table A4.1"
_JAIN = "P. Jain, Wind Energy Engineering, McGraw-Hill 2011, pages 285 and 287, table 13-5"
_FARM = "WindFarm Ecnomics, worked exercise, https://www.scribd.com/document/355617969"
_SAM = (
    "NREL System Advisor Model, single owner, as printed by GEOPHIRES-X 3.16.0, "
    "https://github.com/NatLabRockies/GEOPHIRES-X, example_SAM-single-owner-PPA.out"
)
_IPCC = "IPCC Waste Model 19R_V5, sheet Food, as carried by the tests of bonsai_ipcc 0.5.3"
_FAO = "R. G. Allen et al., FAO Irrigation and Drainage Paper 56, 1998"
_HYDRO = "HydroGenerate documentation, Idaho National Laboratory, user guide, Diversion Mode"
_GTZ = "GTZ/GATE, Biogas Plants in Animal Husbandry, 1989, section 4.5"
_JRC = "JRC105336, Biomass and Bioenergy 122 (2019) 257"
_TURBINE = "E-141/4200"
FEET, CUBIC_FEET = 0.3048, 0.3048**3


def _worked(area: str, quantity: str, expected: float, got: float, unit: str, source: str) -> Check:
    return Check(
        area=area,
        quantity=quantity,
        kind="worked",
        basis="method",
        expected=expected,
        got=float(got),
        unit=unit,
        source=source,
    )


def finance_examples() -> list[Check]:
    """Levelised cost, present value, loan and rate of return of published worked cases."""
    yearly = 500_000 + 270_000 + 331_000
    costs = np.concatenate([[27e6], np.full(20, yearly)])
    energy = np.concatenate([[0.0], np.full(20, 50_000.0)])
    same = lcoe(
        50_000 / (15 * 8760),
        capex_usd_per_kw=27e6 / 15_000,
        fom_usd_per_kw_year=yearly / 15_000,
        wacc=0.08,
        lifetime_years=20,
    )
    loan = annuity_loan(98_800_033, rate=0.05, tenor=20, years=20)
    sold = np.concatenate([[0.0], np.full(20, 110e6)])
    spent = np.concatenate([[65e6], np.full(20, 1_001_000.0)])
    spent[20] += 3e6
    flow = sold * 0.075 - spent
    cover = float(dscr(np.array([34_284_397.0 - 6_827_968]), loan.service[:1])[0])
    bond = irr(np.array([-100.0, 10, 10, 110])).value
    rows = (
        ("present value of energy, 15 MW", 490_907, npv(energy, rate=0.08), "MWh", _JAIN),
        ("present value of costs, 15 MW", 37_809_780, npv(costs, rate=0.08), "USD", _JAIN),
        ("levelised cost of the atlas, 15 MW", 0.077, float(same) / 1000, "USD/kWh", _JAIN),
        ("net present value, 50 MW", 5_528_105.93, npv(flow, rate=0.08), "USD", _FARM),
        (
            "levelised cost, 50 MW",
            0.069881,
            levelised_cost(spent, sold, rate=0.08),
            "USD/kWh",
            _FARM,
        ),
        ("debt service of a year", 7_927_970, loan.service[0], "USD", _SAM),
        ("interest of the tenth year", 3_292_650, loan.interest[9], "USD", _SAM),
        ("cover of debt service, first year", 3.46, cover, "1", _SAM),
        ("internal rate of return of a bond at par", 0.1, bond, "1", "closed form"),
    )
    return [_worked("Finance", *row) for row in rows]


def physics_examples() -> list[Check]:
    """Sun, water, waste, biogas and turbines of published worked cases."""
    when = np.array(["2003-10-17T19:30:30"], dtype="datetime64[ns]")
    sun = topocentric_sun(
        geocentric_sun(when), np.array([39.742476]), np.array([-105.1786]),
        elevation_m=1830.14, pressure_hpa=820.0, temperature=11.0,
    )  # fmt: skip
    carbon = decomposable_carbon(
        np.full(10, 2300.322), organic_carbon=0.15, decomposing_share=0.7, methane_correction=0.705
    )
    methane = first_order_decay(carbon, decay_rate=0.185, methane_share=0.5).to_numpy()[-1, 2]
    francis = turbine_efficiency(
        "francis", np.array([2500.0]) * CUBIC_FEET, design_flow=5000 * CUBIC_FEET, head=330 * FEET
    )
    kaplan = turbine_efficiency(
        "kaplan", np.array([4000.0]) * CUBIC_FEET, design_flow=8000 * CUBIC_FEET, head=20 * FEET
    )
    digester = digester_volume(0.250, retention_days=60)
    rows = (
        ("Sun", "topocentric zenith", 50.11162, sun.apparent_zenith[0], "degree", _SPA),
        ("Sun", "topocentric azimuth", 194.34024, sun.azimuth[0], "degree", _SPA),
        ("Irrigation", "evapotranspiration, example 17", 5.72, _bangkok(), "mm/day", _FAO),
        ("Irrigation", "evapotranspiration, example 18", 3.88, _uccle(), "mm/day", _FAO),
        ("Waste", "methane of the tenth year", 92.04379869, methane, "Gg", _IPCC),
        ("Water", "efficiency of a Francis turbine at half flow", 0.867, francis[0], "1", _HYDRO),
        ("Water", "efficiency of a Kaplan turbine at half flow", 0.907, kaplan[0], "1", _HYDRO),
        ("Biomass", "volume of a digester", 15.0, digester, "m3", _GTZ),
    )
    return [_worked(*row) for row in rows]


def straw_energy(assumptions: Assumptions) -> list[Check]:
    """Energy of Europe's crop residues with the project's heating value."""
    heating = assumptions.get("wheat", "heating_value", unit="MJ/kg")
    got = residue_energy(168e6, dry_mj_per_kg=heating, moisture=0.0) / 1e6
    return [_worked("Biomass", "energy of 168 million t of dry residue", 2941, got, "PJ", _JRC)]


def _on(day: str, value: float) -> pd.Series:
    return pd.Series([value], index=pd.DatetimeIndex([day]))


def _evapotranspiration(
    day: str, values: dict[str, float], vapour: pd.Series, **place: float
) -> float:
    weather = pd.DataFrame(values, index=pd.DatetimeIndex([day]))
    return float(reference_evapotranspiration(weather, vapour_pressure=vapour, **place).iloc[0])


def _bangkok() -> float:
    day = "2023-04-15"
    sun = float(shortwave_from_sunshine(_on(day, 8.5), latitude=13.73).iloc[0])
    values = {"temp_max": 34.8, "temp_min": 25.6, "wind_speed_2m": 2.0, "shortwave": sun}
    place = {"elevation_m": 2.0, "latitude": 13.73, "soil_heat": 0.14 * (30.2 - 29.2)}
    return _evapotranspiration(day, values, _on(day, 2.85), **place)


def _uccle() -> float:
    day = "2015-07-06"
    vapour = vapour_pressure_kpa(
        temp_max=_on(day, 21.5), temp_min=_on(day, 12.3), rh_max=_on(day, 84), rh_min=_on(day, 63)
    )
    values = {
        "temp_max": 21.5,
        "temp_min": 12.3,
        "wind_speed_2m": wind_speed_2m(10 / 3.6, height_m=10),
        "shortwave": 22.07,
    }
    return _evapotranspiration(day, values, vapour, elevation_m=100.0, latitude=50.8)


def oracles(assumptions: Assumptions) -> list[Check]:
    """The compiled PV chain against pvlib, the wind chain against windpowerlib, on real hours."""
    return [_pv_oracle(assumptions), _wind_oracle(assumptions)]


def _pv_oracle(assumptions: Assumptions) -> Check:
    data = read_measured("pv_serf_east").isel(time=slice(0, 1000))
    beam = (data["ghi"] * 0.8).clip(max=900)
    data = data.assign(
        dhi=data["ghi"] * 0.3, dni=beam, wind_speed_10m=xr.full_like(data["ghi"], 3.0)
    )
    weather = canonical_site(data)
    system = pv_defaults(assumptions, mounting="single_axis")
    got = pv_capacity_factor(weather, system=system, dtype="float64")
    names = ("ghi", "dni", "dhi", "temp_air", "wind_speed_10m")
    values = {name: weather[name].to_numpy()[:, :, 0] for name in names}
    places = (weather["latitude"].to_numpy(), weather["longitude"].to_numpy())
    expected = pvlib_block(values, weather["time"].to_numpy(), *places, system)
    return _oracle(
        "PV energy of 1000 hours, tracker", float(expected.sum()), float(got.sum()),
        "pvlib 0.16, the same chain by its functions",
    )  # fmt: skip


def _wind_oracle(assumptions: Assumptions) -> Check:
    from windpowerlib import density, power_output, temperature, wind_speed

    data = read_measured("wind_la_haute_borne").isel(time=slice(0, 2000))
    plant = replace(
        wind_defaults(assumptions, turbine_type=_TURBINE, shear="power_law"), hold_cut_out=False
    )
    weather = canonical_site(data)
    got = wind_capacity_factor(weather, plant=plant, dtype="float64")
    curve = plant.power_curve
    at_hub = wind_speed.hellman(
        data["wind_speed_100m"].to_numpy(), 100, plant.hub_height,
        hellman_exponent=plant.shear_exponent,
    )  # fmt: skip
    kelvin = temperature.linear_gradient(data["temp_air"].to_numpy() + 273.15, 2, plant.hub_height)
    rho = density.ideal_gas(data["pressure"].to_numpy(), 0, plant.hub_height, kelvin)
    power = power_output.power_curve(at_hub, curve.wind_speed, curve.power, rho, True)
    kept = float(np.prod([1 - loss for loss in plant.losses]))
    return _oracle(
        "wind energy of 2000 hours", float(np.sum(power)) * kept, float(got.sum()),
        "windpowerlib 0.2.2, the same chain by its functions",
    )  # fmt: skip


def _oracle(quantity: str, expected: float, got: float, source: str) -> Check:
    return Check(
        area="Oracles",
        quantity=quantity,
        kind="oracle",
        basis="method",
        expected=expected,
        got=got,
        unit="full-load hours",
        source=source,
        remark="weather of the measured series, in part made up",
    )
