"""Photovoltaic chain against pvlib called site by site, and what must always hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.variables import DIMS, VARIABLES
from greenanalysis.resource.pv.model import PVSystem, pv_capacity_factor, pv_defaults

DEFAULTS = pv_defaults(load_assumptions())
UNITS = {name: {"units": VARIABLES[name].units} for name in VARIABLES}
LATITUDES, LONGITUDES = np.array([41.75, 51.25, 69.0, 78.25]), np.array([47.25, 71.25, 87.75])


def random_weather(seed: int, hours: int = 400, start: str = "2023-01-01T01") -> xr.Dataset:
    """Weather with nights, the sun at the horizon, polar night and gaps; every 22nd hour."""
    rng = np.random.default_rng(seed)
    time = pd.date_range(start, periods=hours, freq="22h").to_numpy().astype("datetime64[ns]")
    shape = (hours, LATITUDES.size, LONGITUDES.size)
    middle = pd.DatetimeIndex(time) - pd.Timedelta(minutes=30)
    zenith = np.stack(
        [
            np.stack(
                [
                    pvlib.solarposition.get_solarposition(middle, lat, lon)["apparent_zenith"]
                    for lon in LONGITUDES
                ],
                axis=-1,
            )
            for lat in LATITUDES
        ],
        axis=1,
    )
    high = np.cos(np.radians(zenith)).clip(0)
    dni = np.where(zenith < 90, rng.uniform(0, 1000, shape), 0)
    dni[rng.random(shape) < 0.2] = 0
    dhi = np.where(zenith < 93, rng.uniform(0, 250, shape), 0)
    values = {
        "ghi": dni * high + dhi,
        "dni": dni,
        "dhi": dhi,
        "temp_air": rng.uniform(-40, 40, shape),
        "wind_speed_10m": rng.weibull(2, shape) * 5,
    }
    coords = {"time": time, "latitude": LATITUDES, "longitude": LONGITUDES}
    return xr.Dataset({k: (DIMS, v, UNITS[k]) for k, v in values.items()}, coords=coords)


def site_chain(site: pd.DataFrame, latitude: float, longitude: float, s: PVSystem) -> pd.Series:
    """The same plant at one site, written with pvlib's pandas functions."""
    middle = site.index - pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(middle, latitude, longitude).set_index(site.index)
    extra = pd.Series(pvlib.irradiance.get_extra_radiation(middle).to_numpy(), index=site.index)
    if s.mounting == "fixed":
        tilt: pd.Series | float = float(s.tilt_at(np.array([latitude]))[0])
        azimuth: pd.Series | float = s.surface_azimuth
    else:
        tracker = pvlib.tracking.singleaxis(
            sun["apparent_zenith"],
            sun["azimuth"],
            0,
            s.axis_azimuth,
            s.max_angle,
            s.backtrack,
            s.gcr,
        )
        tilt, azimuth = tracker["surface_tilt"].fillna(0), tracker["surface_azimuth"].fillna(0)
    place = (tilt, azimuth, sun["apparent_zenith"], sun["azimuth"])
    poa = pvlib.irradiance.get_total_irradiance(
        *place,
        site["dni"],
        site["ghi"],
        site["dhi"],
        dni_extra=extra,
        albedo=s.albedo,
        model=s.transposition,
    )
    aoi = pvlib.irradiance.aoi(*place)
    seen = poa["poa_direct"] * pvlib.iam.physical(aoi, n=s.refractive_index) + poa["poa_diffuse"]
    if s.bifaciality:
        back = pvlib.bifacial.infinite_sheds.get_irradiance(
            *place,
            s.gcr,
            s.row_height_m,
            s.row_width_m / s.gcr,
            site["ghi"],
            site["dhi"],
            site["dni"],
            s.albedo,
            model="haydavies",
            dni_extra=extra,
            bifaciality=s.bifaciality,
            shade_factor=0,
            transmission_factor=0,
        )["poa_back"]
        seen = seen + s.bifaciality * back
    wind = site["wind_speed_10m"] * s.wind_factor
    cell = pvlib.temperature.faiman(
        poa["poa_global"], site["temp_air"], wind, s.faiman_u0, s.faiman_u1
    )
    dc = pvlib.pvsystem.pvwatts_dc(seen, cell, s.dc_ac_ratio, s.gamma_pdc)
    for loss in s.dc_losses:
        dc = dc * (1 - loss)
    dc = dc.mask(site["temp_air"] < s.snow_temperature, dc * (1 - s.snow_loss))
    ac = pvlib.inverter.pvwatts(dc, 1 / s.eta_inv_nom, s.eta_inv_nom, s.eta_inv_ref)
    for loss in s.ac_losses:
        ac = ac * (1 - loss)
    return ac


OPTIONS = {
    "fixed": {},
    "fixed, isotropic, steep": {"transposition": "isotropic", "surface_tilt": 70.0},
    "fixed, perez": {"transposition": "perez"},
    "fixed, clipping": {"dc_ac_ratio": 1.8, "snow_loss": 0.0},
    "fixed, bifacial": {"bifaciality": 0.7},
    "tracker": {"mounting": "single_axis"},
    "tracker, no backtracking, perez": {
        "mounting": "single_axis",
        "backtrack": False,
        "transposition": "perez",
    },
    "tracker, bifacial": {"mounting": "single_axis", "bifaciality": 0.8, "albedo": 0.5},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_agrees_with_pvlib_site_by_site(name: str) -> None:
    system = dataclasses.replace(DEFAULTS, **OPTIONS[name])
    weather = random_weather(seed=len(name))
    weather["temp_air"][3] = np.nan
    weather["ghi"][5, 1] = np.nan
    got = pv_capacity_factor(weather, system=system, dtype="float64")
    for latitude in LATITUDES:
        for longitude in LONGITUDES:
            place = {"latitude": latitude, "longitude": longitude}
            site = weather.sel(place).to_dataframe()
            expected = site_chain(site, latitude, longitude, system)
            expected = expected.mask(site.isna().any(axis=1))
            np.testing.assert_allclose(got.sel(place), expected, rtol=0, atol=1e-7)
    assert int(got.isnull().sum()) == 12 + 3
    assert 0.02 < float(got.mean()) < 0.5


def test_clipping_is_reached_and_never_passed() -> None:
    system = dataclasses.replace(DEFAULTS, dc_ac_ratio=2.5, ac_losses=())
    got = pv_capacity_factor(random_weather(seed=2), system=system, dtype="float64")
    assert float(got.max()) == pytest.approx(1, abs=1e-12)


def test_night_is_zero_and_gaps_at_night_stay_gaps() -> None:
    weather = random_weather(seed=3)
    dark = (weather["ghi"] == 0) & (weather["dni"] == 0) & (weather["dhi"] == 0)
    got = pv_capacity_factor(weather, system=DEFAULTS)
    assert int(dark.sum()) > 1000
    assert float(abs(got.where(dark)).max()) == 0
    weather["wind_speed_10m"] = weather["wind_speed_10m"].where(~dark).assign_attrs(units="m s-1")
    assert bool(pv_capacity_factor(weather, system=DEFAULTS).isnull().equals(dark))


def test_mask_and_attributes() -> None:
    weather = random_weather(seed=4)
    where = xr.DataArray(
        np.eye(4, 3) > 0,
        coords={"latitude": LATITUDES, "longitude": LONGITUDES},
        dims=("latitude", "longitude"),
    )
    whole = pv_capacity_factor(weather, system=DEFAULTS)
    part = pv_capacity_factor(weather, system=DEFAULTS, where=where)
    xr.testing.assert_identical(part, whole.where(where))
    assert part.dtype == np.float32
    assert part.attrs["units"] == "1"
    assert part.attrs["basis"] == "net, per MW of AC rating"


def test_refuses_a_foreign_mask() -> None:
    weather = random_weather(seed=5, hours=3)
    where = xr.DataArray(
        np.ones((4, 3), dtype=bool),
        coords={"latitude": LATITUDES + 1, "longitude": LONGITUDES},
        dims=("latitude", "longitude"),
    )
    with pytest.raises(InputError, match="latitude"):
        pv_capacity_factor(weather, system=DEFAULTS, where=where)


def test_blocks_do_not_show() -> None:
    weather = random_weather(seed=6, hours=1600)
    whole = pv_capacity_factor(weather, system=DEFAULTS, dtype="float64")
    late = pv_capacity_factor(weather.isel(time=slice(700, 800)), system=DEFAULTS, dtype="float64")
    lazy = weather.chunk(time=500, latitude=3, longitude=2)
    where = xr.zeros_like(weather["ghi"][0], dtype=bool).drop_vars("time")
    where[3, 2] = True
    chunked = pv_capacity_factor(lazy, system=DEFAULTS, dtype="float64", where=where)
    xr.testing.assert_allclose(chunked, whole.where(where), rtol=0, atol=1e-14)
    np.testing.assert_allclose(late, whole.isel(time=slice(700, 800)), rtol=0, atol=1e-14)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    tilt=st.floats(0, 90),
    ratio=st.floats(0.8, 2),
    mounting=st.sampled_from(["fixed", "single_axis"]),
)
def test_stays_within_zero_and_one(seed: int, tilt: float, ratio: float, mounting: str) -> None:
    system = dataclasses.replace(DEFAULTS, surface_tilt=tilt, dc_ac_ratio=ratio, mounting=mounting)
    got = pv_capacity_factor(random_weather(seed=seed, hours=20), system=system)
    assert float(got.min()) >= 0
    assert float(got.max()) <= 1
    assert not bool(got.isnull().any())


def test_tilt_rule_is_sensible_over_kazakhstan() -> None:
    tilt = DEFAULTS.tilt_at(np.array([41.0, 48.0, 55.0]))
    assert (np.diff(tilt) > 0).all()
    assert 28 < tilt[0] < tilt[-1] < 45


@pytest.mark.parametrize(
    ("change", "part"),
    [({"mounting": "two_axis"}, "single_axis"), ({"gcr": 1.2}, "gcr"), ({"albedo": -1}, "albedo")],
)
def test_refuses_an_impossible_plant(change: dict, part: str) -> None:
    with pytest.raises(InputError, match=part):
        dataclasses.replace(DEFAULTS, **change)
