"""Land that may carry plants: each factor alone, their product, and what they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.geo import grid
from greenanalysis.geo.grid import cell_area
from greenanalysis.geo.land import (
    dry_share,
    eligible_share,
    gentle_share,
    national_protected_percent,
    read_settlements,
    settled_area,
    share_below,
)
from greenanalysis.geo.regions import cell_region_area, load_regions

LATITUDE, LONGITUDE = grid.latitudes(), grid.longitudes()
SURFACE = cell_area(LATITUDE, LONGITUDE)
SLOPE = {"limit": 10.0, "window_km": 0.3, "hurst": 0.66}
PLACE = pd.DataFrame({"latitude": [48.25], "longitude": [67.25], "population": [177_000.0]})


@pytest.fixture(scope="module")
def area() -> xr.DataArray:
    return cell_region_area(load_regions(), LATITUDE, LONGITUDE)


def climate(*, elevation=400.0, sigma=60.0, water=0.1) -> xr.Dataset:
    values = {"elevation": elevation, "terrain_sigma": sigma, "water_fraction": water}
    return xr.Dataset({name: SURFACE * 0 + value for name, value in values.items()})


def number(value: float) -> xr.DataArray:
    return xr.DataArray(value)


def test_every_factor_is_there_described_and_a_share(area):
    share = eligible_share(climate(), area)
    assert set(share.data_vars) == {
        *("water", "altitude", "protected", "slope_solar", "slope_wind"),
        *("settlements_solar", "settlements_wind", "eligible_solar", "eligible_wind"),
    }
    for name, array in share.data_vars.items():
        assert array.dims == ("latitude", "longitude")
        assert array.attrs["units"] == "1", name
        assert array.attrs["long_name"]
        assert 0 <= float(array.min()) <= float(array.max()) <= 1
    assert share.attrs["grade"] == "screening"


@pytest.mark.parametrize("name", ["solar", "wind"])
def test_eligible_is_the_product_of_its_factors(area, name):
    share = eligible_share(climate(sigma=500.0, elevation=1500.0), area)
    product = share["water"] * share["altitude"] * share["protected"]
    product = product * share[f"slope_{name}"] * share[f"settlements_{name}"]
    xr.testing.assert_allclose(share[f"eligible_{name}"], product)
    factors = ["water", "altitude", "protected", f"slope_{name}", f"settlements_{name}"]
    for factor in factors:
        assert bool((share[f"eligible_{name}"] <= share[factor] + 1e-12).all())


def test_flat_dry_empty_unprotected_land_is_all_eligible(area):
    share = eligible_share(
        climate(sigma=0.0, water=0.0), area, settlements=PLACE[:0], protected_percent=0.0
    )
    assert bool((share["eligible_solar"] == 1).all())
    assert bool((share["eligible_wind"] == 1).all())


@settings(max_examples=4, deadline=None)
@given(sigma=st.floats(0, 2000), more=st.floats(0, 1000), water=st.floats(0, 0.5))
def test_rougher_or_wetter_land_never_carries_more(area, sigma, more, water):
    options = {"settlements": PLACE, "protected_percent": 10.0}
    here = eligible_share(climate(elevation=0.0, sigma=sigma, water=water), area, **options)
    rough = eligible_share(climate(elevation=0.0, sigma=sigma + more, water=water), area, **options)
    wet = eligible_share(climate(elevation=0.0, sigma=sigma, water=water + 0.5), area, **options)
    for name in ("eligible_solar", "eligible_wind"):
        assert bool((rough[name] <= here[name] + 1e-12).all())
        assert bool((wet[name] <= here[name] + 1e-12).all())


def test_wind_bears_steeper_ground_and_keeps_farther_from_towns(area):
    share = eligible_share(climate(sigma=600.0), area)
    assert bool((share["slope_wind"] > share["slope_solar"]).all())
    assert bool((share["settlements_wind"] <= share["settlements_solar"]).all())


def test_gaps_stay_gaps(area):
    holed = climate()
    holed["terrain_sigma"][3, 4] = np.nan
    share = eligible_share(holed, area)
    assert np.isnan(share["eligible_solar"][3, 4])
    assert np.isnan(share["slope_wind"][3, 4])
    assert int(np.isnan(share["eligible_solar"]).sum()) == 1


def _self_affine_cells(size: int, hurst: float) -> np.ndarray:
    """Return 16 squares cut out of a larger random surface, so that they keep their trend."""
    whole = 4 * size
    frequency = np.hypot(np.fft.fftfreq(whole)[:, None], np.fft.rfftfreq(whole)[None, :])
    frequency[0, 0] = np.inf
    noise = np.fft.rfft2(np.random.default_rng(5).standard_normal((whole, whole)))
    heights = np.fft.irfft2(noise * frequency ** -(hurst + 1), s=(whole, whole))
    return heights.reshape(4, size, 4, size).swapaxes(1, 2).reshape(16, size, size)


@pytest.mark.parametrize("limit", [3.0, 5.0, 10.0])
def test_slope_share_agrees_with_simulated_self_affine_ground(limit):
    size, window, sigma, side_km = 256, 8, 400.0, 45.0
    heights = _self_affine_cells(size, 0.66)
    heights *= sigma / heights.std(axis=(1, 2), keepdims=True)
    line = np.arange(window) - (window - 1) / 2
    blocks = heights.reshape(16, size // window, window, size // window, window)
    metres = window * (line**2).sum() * 1000 * side_km / size
    east = np.einsum("nibjc,c->nij", blocks, line) / metres
    north = np.einsum("nibjc,b->nij", blocks, line) / metres
    found = float((np.hypot(east, north) < np.tan(np.radians(limit))).mean())
    share = gentle_share(
        number(sigma),
        number(side_km**2),
        limit=limit,
        window_km=window * side_km / size,
        hurst=0.66,
    )
    assert float(share) == pytest.approx(found, abs=0.1)


def test_slope_share_has_its_limits():
    assert float(gentle_share(number(0.0), number(2000.0), **SLOPE)) == 1
    assert float(gentle_share(number(1e6), number(2000.0), **SLOPE)) < 1e-6
    gentle = [float(gentle_share(number(s), number(2000.0), **SLOPE)) for s in (100, 400, 1600)]
    assert gentle[0] > 0.99 > gentle[1] > 0.5 > gentle[2]


def test_altitude_share_is_half_at_the_limit_and_sharp_on_flat_land():
    assert float(share_below(number(2500.0), number(300.0), limit=2500)) == pytest.approx(0.5)
    assert float(share_below(number(2499.0), number(0.0), limit=2500)) == 1
    assert float(share_below(number(2501.0), number(0.0), limit=2500)) == 0
    assert np.isnan(float(share_below(number(np.nan), number(0.0), limit=2500)))


@pytest.mark.parametrize(
    ("water", "land", "expected"),
    [(0.3, 100.0, 0.7), (0.5, 50.0, 1.0), (0.7, 50.0, 0.6), (1.0, 20.0, 0.0), (0.4, 0.0, 0.6)],
)
def test_water_lies_outside_the_regions_first(water, land, expected):
    share = dry_share(number(water), number(land), number(100.0))
    assert float(share) == pytest.approx(expected)


def test_a_settlement_takes_the_area_of_its_people_and_the_strip_around():
    built = settled_area(PLACE, SURFACE, density=1770.0, unknown=500.0, setback_km=0.0)
    assert float(built.sum()) == pytest.approx(100.0, rel=0.01)
    wider = settled_area(PLACE, SURFACE, density=1770.0, unknown=500.0, setback_km=1.0)
    radius = np.sqrt(100 / np.pi) + 1
    assert float(wider.sum()) == pytest.approx(np.pi * radius**2, rel=0.01)
    cell = built.sel(latitude=48.25, longitude=67.25)
    assert float(cell) == pytest.approx(100.0, rel=0.01)


def test_settlements_on_top_of_each_other_count_once():
    options = {"density": 1770.0, "unknown": 500.0, "setback_km": 0.5}
    once = settled_area(PLACE, SURFACE, **options)
    twice = settled_area(pd.concat([PLACE, PLACE]), SURFACE, **options)
    xr.testing.assert_allclose(once, twice)


def test_unknown_population_takes_the_stated_default():
    nobody = PLACE.assign(population=np.nan)
    options = {"density": 1770.0, "setback_km": 0.0}
    built = settled_area(nobody, SURFACE, unknown=177_000.0, **options)
    xr.testing.assert_allclose(built, settled_area(PLACE, SURFACE, unknown=1.0, **options))


def test_facts_are_sourced_and_plausible():
    places = read_settlements()
    assert len(places) > 300
    assert places["latitude"].between(40, 56).all()
    assert places["longitude"].between(46, 88).all()
    assert 9e6 < places["population"].sum() < 20e6
    assert 5 < national_protected_percent() < 15
    rows = load_assumptions().table
    own = rows[rows["technology"].isin(["land", "land_solar", "land_wind"])]
    assert len(own) == 9


def test_stated_density_is_that_of_the_three_cities():
    cities = load_regions().query("kind == 'city'")
    density = cities["population"].sum() / cities["area_km2"].sum()
    stated = load_assumptions().get("land", "settlement_density", unit="people km-2")
    assert stated == pytest.approx(density, rel=0.005)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.drop_vars("terrain_sigma"), "variable 'terrain_sigma'"),
        (lambda c: c.assign(water_fraction=c["water_fraction"] + 2), "water_fraction: got 2.1"),
        (lambda c: c.assign(terrain_sigma=c["terrain_sigma"] - 100), "terrain_sigma: got -40"),
        (lambda c: c.isel(latitude=slice(3, None)), "latitude of regions_area"),
        (lambda c: c.assign_coords(longitude=c["longitude"] + 1), "longitude of regions_area"),
    ],
)
def test_wrong_climate_is_refused(area, change, message):
    with pytest.raises(InputError, match=message):
        eligible_share(change(climate()), area)


@pytest.mark.parametrize("percent", [-1.0, 101.0])
def test_wrong_protected_share_is_refused(area, percent):
    with pytest.raises(InputError, match="protected_percent"):
        eligible_share(climate(), area, protected_percent=percent)
