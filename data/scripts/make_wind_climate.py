"""Make data/climate/wind.nc: the wind map, its uncertainty, season and day.

python data/scripts/make_wind_climate.py      (after make_climate.py and make_terrain.py)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment.wind_anchors import read_anchors, with_speed, yield_curve
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.files import atomic_path
from greenanalysis.core.tables import read_facts
from greenanalysis.geo import grid
from greenanalysis.resource.wind.farm import WindPlant, smooth, typical_curve, wind_defaults
from greenanalysis.weather.sample.climate import wind_path
from greenanalysis.weather.sample.wind_climate import season_at, solve_speed
from greenanalysis.weather.sample.wind_map import WindMap, fit

LAT, LON = grid.latitudes(), grid.longitudes()
FINE_PER_CELL = 6
STEP_DEG = float(LAT[1] - LAT[0])
FINE = (np.arange(FINE_PER_CELL) + 0.5) / FINE_PER_CELL - 0.5
FINE_LAT = (LAT[:, None] + FINE * STEP_DEG).ravel()
FINE_LON = (LON[:, None] + FINE * STEP_DEG).ravel()
ANCHOR_TEXT = ("site", "kind")
ANCHOR_NUMBERS = ("latitude", "longitude", "speed_100m", "sigma", "station")


def fleet_plant(values: Assumptions) -> WindPlant:
    """Return the typical plant of the country's fleet."""
    power = values.get("wind_climate", "fleet_specific_power", unit="W/m2")
    curve = smooth(
        typical_curve(power, name="fleet"),
        "turbulence_intensity",
        turbulence_intensity=values.get("onwind_resource", "turbulence_intensity", unit="1"),
    )
    height = values.get("wind_climate", "fleet_hub_height", unit="m")
    return replace(wind_defaults(values), power_curve=curve, hub_height=height)


def fleet_capacity_factor(wind: WindMap, values: Assumptions, shift: float) -> float:
    """Return the capacity factor of the located fleet; others take the mean of their region."""
    fleet = read_facts("wind_fleet", numeric=["latitude", "longitude", "capacity_mw"])
    located = fleet[fleet["latitude"].notna()]
    speed = np.exp(
        wind.predict(located["latitude"].to_numpy(), located["longitude"].to_numpy())[0] + shift
    )
    plant = fleet_plant(values)
    factor = pd.Series(
        [
            float(yield_curve(plant, values, latitude=row.latitude, longitude=row.longitude)(own))
            for row, own in zip(located.itertuples(), speed, strict=True)
        ],
        located.index,
    )
    weighted = (factor * located["capacity_mw"]).groupby(located["region"]).sum()
    by_region = weighted / located.groupby("region")["capacity_mw"].sum()
    every = factor.reindex(fleet.index).fillna(fleet["region"].map(by_region))
    used = every.notna()
    return float(np.average(every[used], weights=fleet.loc[used, "capacity_mw"]))


def reported_capacity_factor() -> float:
    """Return the median of the years' generation over the mean capacity of the year."""
    years = read_facts(
        "wind_fleet_years",
        numeric=["year", "generation_gwh", "capacity_start_mw", "capacity_end_mw"],
    )
    mean = (years["capacity_start_mw"] + years["capacity_end_mw"]) / 2
    return float((years["generation_gwh"] * 1000 / (mean * 8760)).median())


def main() -> None:
    """Fit, calibrate and write."""
    values = load_assumptions()
    anchors = with_speed(read_anchors(), values)
    wind = fit(anchors)
    before, target = fleet_capacity_factor(wind, values, 0.0), reported_capacity_factor()
    needed = solve_speed(
        lambda factor: fleet_capacity_factor(wind, values, float(np.log(factor))),
        target,
        where="level of the fleet",
        low=0.7,
        high=1.4,
    )
    level = float(wind.coefficients().loc["constant", "deviation"])
    fleet = values.get("wind_climate", "fleet_level_sigma", unit="1")
    shift = float(np.log(needed)) * level**2 / (level**2 + fleet**2)
    wind = replace(wind, shift=shift)

    lat, lon = (x.ravel() for x in np.meshgrid(FINE_LAT, FINE_LON, indexing="ij"))
    mean, sigma = wind.predict(lat, lon)
    shape = (len(FINE_LAT), len(FINE_LON))
    speed = np.exp(mean).reshape(shape)
    ratio = values.get("wind_climate", "siting_speed_ratio", unit="1")
    blocks = speed.reshape(len(LAT), FINE_PER_CELL, len(LON), FINE_PER_CELL)
    cells = blocks.mean(axis=(1, 3)) / ratio
    cell_lat, cell_lon = (x.ravel() for x in np.meshgrid(LAT, LON, indexing="ij"))
    season = season_at(cell_lat, cell_lon)
    coarse, fine = ("latitude", "longitude"), ("site_latitude", "site_longitude")
    data = xr.Dataset(
        {
            "wind_speed_100m_mean": (coarse, cells, {"units": "m s-1"}),
            "wind_season_amplitude": (coarse, season.amplitude.reshape(cells.shape)),
            "wind_season_peak": (coarse, season.peak_month.reshape(cells.shape)),
            "wind_day_amplitude": (coarse, season.day.reshape(cells.shape)),
            "site_speed_100m": (fine, speed, {"units": "m s-1"}),
            "site_speed_sigma": (fine, sigma.reshape(shape), {"units": "1"}),
            **{f"anchor_{name}": ("anchor", anchors[name].to_numpy()) for name in ANCHOR_NUMBERS},
            **{
                f"anchor_{name}": ("anchor", anchors[name].to_numpy().astype(str))
                for name in ANCHOR_TEXT
            },
        },
        {"latitude": LAT, "longitude": LON, "site_latitude": FINE_LAT, "site_longitude": FINE_LON},
        {
            "title": "Mean wind of Kazakhstan: regression on terrain and radiosondes, cited sites",
            "source": "data/facts/wind_anchors.csv, wind_aloft.csv, wind_fleet.csv, "
            "wind_fleet_years.csv, wind_season.csv; data/climate/terrain.nc",
            "spread_field": wind.spread.field,
            "spread_range_km": wind.spread.range_km,
            "spread_siting": wind.spread.siting,
            "spread_corridor": wind.spread.corridor,
            "inflation": wind.inflation,
            "shift": shift,
            "fleet_before": before,
            "fleet_target": target,
            "calibration": (
                f"level of the speed moved by {100 * np.expm1(shift):+.1f} % towards the reported "
                f"capacity factor of the fleet, {target:.3f} (the map alone gives {before:.3f})"
            ),
        },
    )
    packed = {"dtype": "int16", "zlib": True, "complevel": 9, "_FillValue": -32768}
    encoding = {name: {**packed, "scale_factor": 0.001} for name in data.data_vars
                if str(name).startswith(("wind_", "site_speed"))}  # fmt: skip
    with atomic_path(wind_path()) as staged:
        data.to_netcdf(staged, engine="netcdf4", encoding=encoding)
    print(data.attrs["calibration"], wind.spread, f"inflation {wind.inflation:.2f}")
    print("percentiles of sites", np.percentile(speed, [1, 5, 25, 50, 75, 95, 99]).round(2))
    print("percentiles of cells", np.percentile(cells, [1, 5, 25, 50, 75, 95, 99]).round(2))
    print(wind.coefficients().round(3))


if __name__ == "__main__":
    main()
