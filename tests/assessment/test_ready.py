"""Any weather is weather: what can be computed from it, by which rules, and what is left out."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from greenanalysis.assessment.plant_yield import cell_at
from greenanalysis.assessment.ready import ready_technologies
from greenanalysis.assessment.yields import summarise
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.resource.wind.heights import wind_for_hub
from greenanalysis.resource.wind.model import wind_capacity_factor, wind_defaults
from greenanalysis.weather.complete import with_light
from greenanalysis.weather.read.site import site_dataset
from greenanalysis.weather.write.site import write_site

VALUES = load_assumptions()
TIMES = pd.date_range("2023-06-01 01:00", periods=72, freq="h")
SUN = np.clip(np.sin(np.pi * (TIMES.hour.to_numpy() - 1.5) / 13), 0, None)
WIND = 4 + 4 * np.random.default_rng(3).random(72)
EVERYTHING = {
    "ghi": 700 * SUN,
    "temp_air": 15 + 5 * SUN,
    "pressure": np.full(72, 95e3),
    "wind_speed_10m": WIND,
    "wind_speed_80m": WIND * 8**0.2,
}


def site(*names: str, **others: np.ndarray) -> xr.Dataset:
    columns = {name: EVERYTHING[name] for name in names} | others
    place = {"latitude": 43.5, "longitude": 69.75}
    return site_dataset(columns, TIMES, **place, name="mast", source="drawn", digest="0")


def test_the_wind_of_a_mast_is_that_of_a_hub_at_its_height() -> None:
    """Through the standard heights and back nothing is lost, whatever the shear of the hour."""
    steep = site("wind_speed_80m", "temp_air", "pressure", wind_speed_40m=WIND * 0.2)
    plant = wind_defaults(VALUES, hub_height=80.0)
    alone = site("wind_speed_80m", "temp_air", "pressure")
    expected = wind_capacity_factor(alone, plant=plant)
    np.testing.assert_allclose(wind_capacity_factor(steep, plant=plant), expected, atol=1e-6)
    measured = alone["wind_speed_80m"].to_numpy()
    stated = replace(plant, shear="power_law", shear_exponent=0.3)
    carried = wind_for_hub(alone, stated)["wind_speed_100m"] * stated.speed_factor
    np.testing.assert_allclose(carried, measured, rtol=1e-6)


def test_two_heights_make_the_power_law_of_the_hour() -> None:
    plant = wind_defaults(VALUES, hub_height=120.0)
    carried = wind_for_hub(site("wind_speed_10m", "wind_speed_80m"), plant)
    low, high = (carried[f"wind_speed_{z}m"].to_numpy().ravel() for z in (10, 100))
    exponent = np.log(high / low) / np.log(10)
    hub = high * (120 / 100) ** exponent
    np.testing.assert_allclose(hub, WIND * 12**0.2, rtol=1e-5)
    inside = wind_for_hub(
        site(wind_speed_60m=WIND, wind_speed_140m=WIND * (140 / 60) ** 0.4), plant
    )
    exponent = float(np.clip(plant.shear_exponent, plant.shear_min, plant.shear_max))
    hub = inside["wind_speed_100m"].to_numpy().ravel() * 1.2**exponent
    np.testing.assert_allclose(hub, WIND * 2**0.4, rtol=1e-5)


def test_one_height_asks_for_an_exponent() -> None:
    lone = site("wind_speed_10m", "temp_air", "pressure")
    with pytest.raises(InputError, match=r"10 m alone.*stated shear exponent"):
        wind_capacity_factor(lone, plant=wind_defaults(VALUES))
    got = ready_technologies(lone, VALUES, names=["wind"], shear_exponent=0.2)["wind"]
    factor = wind_capacity_factor(got.weather, plant=got.plant)
    by_hand = site("temp_air", "pressure", wind_speed_99m=WIND * 9.9**0.2)
    np.testing.assert_allclose(
        factor, wind_capacity_factor(by_hand, plant=wind_defaults(VALUES)), atol=1e-6
    )


def test_what_lacks_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="greenanalysis"):
        ready = ready_technologies(site("wind_speed_80m", "wind_speed_10m"), VALUES)
    assert list(ready) == ["wind"]
    assert "solar: no light" in caplog.text
    assert "standard atmosphere" in caplog.text
    with pytest.raises(InputError, match=r"mast does not allow wind: wind"):
        ready_technologies(site("ghi", "temp_air"), VALUES, names=["wind"])


def test_light_that_lacks_is_pvlibs() -> None:
    complete, notes = with_light(site("ghi", "temp_air"))
    assert len(notes) == 2
    middle = (TIMES - pd.Timedelta(minutes=30)).tz_localize("UTC")
    zenith = pvlib.solarposition.get_solarposition(middle, 43.5, 69.75)["zenith"]
    erbs = pvlib.irradiance.erbs(EVERYTHING["ghi"], zenith, middle)
    np.testing.assert_allclose(complete["dhi"].to_numpy().ravel(), erbs["dhi"], atol=0.5)
    again, notes = with_light(complete.drop_vars("dhi"))
    assert notes == ["dhi by closure"]
    lit = np.cos(np.radians(zenith.to_numpy())) > 0.1
    difference = (again["dhi"] - complete["dhi"]).to_numpy().ravel()
    assert abs(difference[lit]).max() < 1


def test_yields_of_a_site_of_any_length(tmp_path) -> None:
    path = write_site(site(*EVERYTHING), tmp_path / "mast.nc")
    summary = summarise(path, outputs=("mean", "series"))
    assert summary.sizes["time"] == 72
    assert list(summary["region"].to_numpy()) == ["mast"]
    for name in ("solar", "wind"):
        np.testing.assert_allclose(
            summary[f"{name}_series"].mean(), summary[f"{name}_mean"].item(), rtol=1e-5
        )


def test_a_site_stands_for_places_near_it() -> None:
    here = site("ghi")
    assert cell_at(here, 43.6, 69.9).sizes["latitude"] == 1
    with pytest.raises(InputError, match=r"within 35 km of it"):
        cell_at(here, 45.0, 69.75)
