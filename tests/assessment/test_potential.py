"""Potential: regions add up to the country, nothing is lost, small regions do not break."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from greenanalysis.assessment.plants import compare_plants
from greenanalysis.assessment.potential import (
    best_land,
    cell_capacity,
    cell_potential,
    cost_classes,
    national_total,
    region_profiles,
    regional_potential,
    supply_curve,
)
from greenanalysis.core.assumptions import load_assumptions
from greenanalysis.core.errors import InputError
from greenanalysis.core.tables import read_facts
from greenanalysis.finance import lcoe

GRID = {"latitude": np.arange(45.25, 48), "longitude": np.arange(60.25, 65)}
REGIONS = ["KZ-11", "KZ-35", "KZ-71"]
SUMS = ["area_km2", "capacity_gw", "energy_twh"]


def make_maps(seed: int) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Capacity factor, eligible share and areas; the last region is a city on one cell."""
    rng = np.random.default_rng(seed)
    shape = (3, 5)
    area = np.zeros((3, *shape))
    split = rng.random(shape)
    area[0], area[1] = 2500 * split, 2500 * (1 - split)
    area[2, 1, 2] = 40.0
    area[:, 0, 0] = 0
    factor = rng.uniform(0.1, 0.45, shape)
    factor[0, 0] = np.nan
    eligible = rng.random(shape)
    eligible[1, 2] = 0.0
    dims = ("latitude", "longitude")
    return (
        xr.DataArray(factor, coords=GRID, dims=dims),
        xr.DataArray(eligible, coords=GRID, dims=dims),
        xr.DataArray(area, coords={"region": REGIONS, **GRID}, dims=("region", *dims)),
    )


def make_cells(seed: int = 0, *, wacc: float = 0.08, technology: str = "wind") -> pd.DataFrame:
    factor, eligible, area = make_maps(seed)
    cost = lcoe(factor, capex_usd_per_kw=1200, fom_usd_per_kw_year=20, wacc=wacc, lifetime_years=25)
    return cell_potential(
        factor,
        eligible,
        area,
        cost,
        technology=technology,
        density_mw_per_km2=10,
        usable_share=0.3,
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000))
def test_regions_add_up_to_the_country_and_to_the_land(seed: int) -> None:
    cells = make_cells(seed)
    regional, total = regional_potential(cells), national_total(cells)
    _, eligible, area = make_maps(seed)
    assert list(regional["region"]) == REGIONS
    for name in SUMS:
        assert regional[name].sum() == pytest.approx(total[name].item(), rel=1e-12)
    land = float((eligible * area).sum())
    assert total["area_km2"].item() == pytest.approx(land, rel=1e-12)
    assert total["capacity_gw"].item() == pytest.approx(land * 3 / 1e3, rel=1e-12)
    weighted = (regional["cf"] * regional["capacity_gw"]).sum() / total["capacity_gw"].item()
    assert total["cf"].item() == pytest.approx(weighted, rel=1e-12)
    cost = (regional["lcoe_usd_per_mwh"] * regional["energy_twh"]).sum()
    mean = cost / total["energy_twh"].item()
    assert total["lcoe_usd_per_mwh"].item() == pytest.approx(mean, rel=1e-9)


def test_a_region_without_land_stays_with_zero_capacity() -> None:
    city = regional_potential(make_cells()).set_index("region").loc["KZ-71"]
    assert city["capacity_gw"] == 0
    assert city["p_nom_max_mw"] == 0
    assert np.isnan(city["cf"])
    assert np.isnan(city["lcoe_usd_per_mwh"])


@settings(max_examples=25, deadline=None)
@given(low=st.floats(0.01, 0.2), step=st.floats(0.005, 0.2))
def test_cost_rises_with_wacc_in_every_region(low: float, step: float) -> None:
    cheap = regional_potential(make_cells(wacc=low))["lcoe_usd_per_mwh"].dropna()
    dear = regional_potential(make_cells(wacc=low + step))["lcoe_usd_per_mwh"].dropna()
    assert (dear > cheap).all()


def test_supply_curve_is_ordered_and_complete() -> None:
    cells = pd.concat([make_cells(technology="wind"), make_cells(1, technology="solar")])
    curve = supply_curve(cells, technology="solar")
    total = national_total(cells).set_index("technology").loc["solar"]
    assert curve["lcoe_usd_per_mwh"].is_monotonic_increasing
    assert (curve["capacity_mw"] > 0).all()
    assert curve["cumulative_gw"].iloc[-1] == pytest.approx(total["capacity_gw"], rel=1e-12)
    assert curve["cumulative_twh"].iloc[-1] == pytest.approx(total["energy_twh"], rel=1e-12)
    with pytest.raises(InputError, match="solar"):
        supply_curve(cells, technology="tidal")


def test_cost_classes_hold_all_capacity_once() -> None:
    cells = make_cells()
    classes = cost_classes(cells, edges_usd_per_mwh=[40, 60, 80])
    assert classes["capacity_gw"].sum() == pytest.approx(cells["capacity_mw"].sum() / 1e3)
    below = classes[np.isfinite(classes["cost_below_usd_per_mwh"])]
    assert (below["lcoe_usd_per_mwh"] <= below["cost_below_usd_per_mwh"]).all()
    with pytest.raises(InputError, match="edges"):
        cost_classes(cells, edges_usd_per_mwh=[60, 40])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), share=st.floats(0.01, 1))
def test_best_land_is_the_asked_share_and_better_than_the_rest(seed: int, share: float) -> None:
    factor, eligible, area = make_maps(seed)
    capacity = cell_capacity(eligible, area, density_mw_per_km2=10, usable_share=0.3)
    best = best_land(capacity, factor, best_share=share)
    kept = best.sum(("latitude", "longitude"))
    whole = capacity.sum(("latitude", "longitude"))
    np.testing.assert_allclose(kept, whole * share, rtol=1e-9)
    assert bool((best <= capacity + 1e-9).all())
    mean_best = (best * factor).sum(("latitude", "longitude")) / kept.where(kept > 0)
    mean_all = (capacity * factor).sum(("latitude", "longitude")) / whole.where(whole > 0)
    assert (mean_best - mean_all).dropna("region").min() >= -1e-12


def make_hours(factor: xr.DataArray) -> xr.DataArray:
    time = np.datetime64("2023-01-01T01", "ns") + np.arange(1000) * np.timedelta64(1, "h")
    swing = xr.DataArray(1 + 0.5 * np.sin(np.arange(1000)), coords={"time": time}, dims="time")
    return (factor * swing).transpose("time", "latitude", "longitude")


def test_profiles_are_weighted_means_hour_by_hour() -> None:
    factor, eligible, area = make_maps(3)
    weight = cell_capacity(eligible, area, density_mw_per_km2=10, usable_share=0.3)
    hours = make_hours(factor)
    got = region_profiles({"wind": hours}, {"wind": weight})["wind"]
    assert got.dims == ("time", "region")
    for region in REGIONS[:2]:
        of_region = weight.sel(region=region)
        expected = (hours * of_region).sum(("latitude", "longitude")) / of_region.sum()
        np.testing.assert_allclose(got.sel(region=region), expected, rtol=1e-12)
    assert bool(got.sel(region="KZ-71").isnull().all())


def test_a_gap_in_a_cell_with_weight_is_a_gap_in_its_region_only() -> None:
    factor, eligible, area = make_maps(4)
    area[0, 2, 4] = 0.0
    weight = cell_capacity(eligible, area, density_mw_per_km2=10, usable_share=0.3)
    hours = make_hours(factor)
    hours[800, 2, 4] = np.nan
    got = region_profiles({"wind": hours}, {"wind": weight})["wind"]
    assert not bool(got.sel(region="KZ-11").isnull().any())
    assert int(got.sel(region="KZ-35").isnull().sum()) == 1


def test_refuses_holes_and_foreign_grids() -> None:
    factor, eligible, area = make_maps(5)
    args = {"density_mw_per_km2": 10, "usable_share": 0.3}
    hole = eligible.copy()
    hole[2, 1] = np.nan
    with pytest.raises(InputError, match=r"latitude 47.25, longitude 61.25"):
        cell_capacity(hole, area, **args)
    with pytest.raises(InputError, match="usable_share"):
        cell_capacity(eligible, area, density_mw_per_km2=10, usable_share=30)
    with pytest.raises(InputError, match="longitude"):
        cell_capacity(eligible.assign_coords(longitude=GRID["longitude"] + 0.5), area, **args)
    gap = factor.copy()
    gap[1, 3] = np.nan
    with pytest.raises(InputError, match="capacity factor of wind"):
        cell_potential(gap, eligible, area, factor, technology="wind", **args)
    with pytest.raises(InputError, match="technologies"):
        region_profiles({"wind": make_hours(factor)}, {"solar": area})


def make_flat_map(value: float) -> xr.DataArray:
    latitude, longitude = np.arange(40.25, 56, 0.5), np.arange(46.25, 88, 0.5)
    return xr.DataArray(
        np.full((latitude.size, longitude.size), value),
        coords={"latitude": latitude, "longitude": longitude},
        dims=("latitude", "longitude"),
    )


PLANT_NUMBERS = ["latitude", "longitude", "capacity_mw", "energy_gwh", "capacity_factor"]
TOLERANCE = {
    kind: load_assumptions().get("validation", f"tolerance_{kind}", unit="1")
    for kind in ("design", "reported", "derived")
}


def test_reference_plants_are_compared_and_misses_are_rows() -> None:
    plants = read_facts("plants_measured", numeric=PLANT_NUMBERS)
    fleet = pd.DataFrame(
        {"capacity_mw": [30.0, 10.0], "latitude": [43.0, np.nan], "longitude": [70.0, np.nan]}
    )
    maps = {"solar": make_flat_map(0.2), "wind": make_flat_map(0.36)}
    table = compare_plants(
        plants, mean_cf=maps, tolerance=TOLERANCE, dc_ac_ratio=1.2, fleets={"wind": fleet}
    )
    rows = table.set_index("name")
    assert len(table) == len(plants) >= 9
    assert rows.loc["Burnoye Solar-1", "got"] == pytest.approx(0.2 / 1.2)
    assert rows.loc["Burnoye Solar-1", "hit"]
    assert rows.loc["Nomad", "got"] == pytest.approx(0.2)
    assert "fixed rows" in rows.loc["Nomad", "remark"]
    assert rows.loc["All wind plants 2024", "located_share"] == pytest.approx(0.75)
    assert not rows.loc["All solar plants 2024", "hit"]
    assert rows.loc["All solar plants 2024", "remark"].startswith("no table")
    far = compare_plants(
        plants, mean_cf={"wind": make_flat_map(0.05)}, tolerance=TOLERANCE, dc_ac_ratio=1.2
    )
    assert not far["hit"].any()


def test_reference_capacity_factors_follow_from_energy() -> None:
    plants = read_facts("plants_measured", numeric=PLANT_NUMBERS)
    single = plants[plants["scope"] == "plant"].dropna(subset=["energy_gwh"])
    computed = single["energy_gwh"] * 1000 / 8760 / single["capacity_mw"]
    np.testing.assert_allclose(single["capacity_factor"], computed, atol=1e-4)
    assert set(plants["kind"]) <= set(TOLERANCE)
