"""Make data/climate/wind.nc: the mean wind, its one free number set by the fleet of 2024.

python data/scripts/make_wind_climate.py      (after make_climate.py)
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.interpolate import PchipInterpolator

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.files import atomic_path
from greenanalysis.core.tables import read_facts
from greenanalysis.core.variables import DIMS, describe
from greenanalysis.geo import grid
from greenanalysis.resource.wind.model import wind_capacity_factor, wind_defaults
from greenanalysis.weather.sample import wind_climate
from greenanalysis.weather.sample.climate import climate_path, wind_path

LAT, LON = grid.latitudes(), grid.longitudes()
CELL_LAT, CELL_LON = (x.ravel() for x in np.meshgrid(LAT, LON, indexing="ij"))
TABLE_SPEEDS = np.arange(2.0, 15.01, 0.25)


def plant_capacity_factor(speeds: np.ndarray, values: Assumptions) -> np.ndarray:
    """Return the capacity factor of the assumed wind plant in Weibull winds of given means."""
    shape = values.get("wind_climate", "weibull_shape", unit="1")
    shear = values.get("wind_climate", "shear_exponent_mean", unit="1")
    levels = (np.arange(400) + 0.5) / 400
    unit = (-np.log1p(-levels)) ** (1 / shape)
    high = unit[:, None] / unit.mean() * speeds
    sample = {
        "wind_speed_100m": high,
        "wind_speed_10m": high * 0.1**shear,
        "temp_air": np.full_like(high, 5.0),
        "pressure": np.full_like(high, 96000.0),
    }
    coords = {
        "time": pd.date_range("2023-01-01", periods=400, freq="h"),
        "latitude": [45.0],
        "longitude": np.arange(len(speeds), dtype=float),
    }
    weather = xr.Dataset(
        {
            name: describe(xr.DataArray(field[:, None, :], coords=coords, dims=DIMS), name)
            for name, field in sample.items()
        }
    )
    factor = wind_capacity_factor(weather, plant=wind_defaults(values), dtype="float64")
    return factor.mean("time").to_numpy()[0]


class Field:
    """The mean wind at 100 m of every cell for a given background speed."""

    def __init__(self, values: Assumptions) -> None:
        def get(parameter: str, unit: str) -> float:
            return values.get("wind_climate", parameter, unit=unit)

        factor = plant_capacity_factor(TABLE_SPEEDS, values)
        self.capacity_factor = PchipInterpolator(TABLE_SPEEDS, factor, extrapolate=True)
        self.siting = get("siting_speed_ratio", "1")
        with xr.open_dataset(climate_path(), engine="netcdf4") as climate:
            roughness = climate["terrain_roughness_110km"].to_numpy().ravel()
        self.shelter = wind_climate.sheltering(
            roughness,
            loss=get("sheltering_loss", "1"),
            half_height_m=get("sheltering_half_height", "m"),
        )
        self.anchors = read_facts(
            "wind_anchors",
            numeric=[
                "latitude",
                "longitude",
                "height_m",
                "mean_speed_m_s",
                "capacity_factor",
                "radius_km",
            ],
        )
        self.site_speed = self._site_speeds(get("shear_exponent_mean", "1"))

    def _site_speeds(self, shear: float) -> np.ndarray:
        measured = wind_climate.speed_at_100m(
            self.anchors["mean_speed_m_s"], self.anchors["height_m"], shear_exponent=shear
        )
        derived = [
            np.nan
            if np.isnan(row.capacity_factor)
            else wind_climate.solve_speed(
                lambda v: float(self.capacity_factor(v)), row.capacity_factor, where=row.site
            )
            for row in self.anchors.itertuples()
        ]
        return np.where(np.isnan(measured), derived, measured)

    def cells(self, background: float) -> np.ndarray:
        """Return the mean speed of each cell, m s-1, as if averaged over the whole cell."""
        return wind_climate.blend_anchors(
            background * self.shelter,
            CELL_LAT,
            CELL_LON,
            anchor_latitude=self.anchors["latitude"].to_numpy(),
            anchor_longitude=self.anchors["longitude"].to_numpy(),
            anchor_speed=self.site_speed / self.siting,
            radius_km=self.anchors["radius_km"].to_numpy(),
        )


def fleet_capacity_factor(field: Field, background: float, fleet: pd.DataFrame) -> float:
    """Return the capacity factor of the registered plants, each at its place or its region's mean.

    Regions without any located plant are left out.
    """
    speed = field.cells(background) * field.siting
    distance = grid.great_circle_km(
        fleet["latitude"].to_numpy()[:, None],
        fleet["longitude"].to_numpy()[:, None],
        CELL_LAT,
        CELL_LON,
    )
    known = fleet["latitude"].notna().to_numpy()
    nearest = np.argmin(np.where(known[:, None], distance, 0), axis=1)
    factor = pd.Series(np.where(known, field.capacity_factor(speed[nearest]), np.nan), fleet.index)
    megawatts = fleet["capacity_mw"]
    located = megawatts.where(known)
    by_region = (factor * located).groupby(fleet["region"]).sum() / located.groupby(
        fleet["region"]
    ).sum()
    filled = factor.fillna(fleet["region"].map(by_region))
    used = filled.notna()
    return float(np.average(filled[used], weights=megawatts[used]))


def main() -> None:
    """Calibrate the background and write the field."""
    values = load_assumptions()
    field = Field(values)
    fleet = read_facts("wind_fleet", numeric=["latitude", "longitude", "capacity_mw"])
    target = values.get("wind_climate", "fleet_capacity_factor_2024", unit="1")
    background = wind_climate.solve_speed(
        lambda speed: fleet_capacity_factor(field, speed, fleet),
        target,
        where="calibration of the background wind",
        low=4.0,
        high=11.0,
    )
    mean = field.cells(background).reshape(len(LAT), len(LON)).astype(np.float32)
    wind = xr.Dataset(
        {
            "wind_speed_100m_mean": (
                ("latitude", "longitude"),
                mean,
                {"units": "m s-1", "long_name": "mean wind speed at 100 m over the cell"},
            )
        },
        {"latitude": LAT, "longitude": LON},
        {
            "title": "Mean wind of Kazakhstan from cited sites over a calibrated background",
            "source": "data/facts/wind_anchors.csv, data/facts/wind_fleet.csv",
            "background_speed_m_s": round(background, 3),
            "calibration": (
                f"fleet capacity factor {target} in 2024, {wind_defaults(values).power_curve.name} "
                f"with the assumed losses, plants at {field.siting} times the wind of their cell"
            ),
        },
    )
    with atomic_path(wind_path()) as staged:
        wind.to_netcdf(staged, engine="netcdf4")
    print(f"background {background:.2f} m/s, cells {mean.min():.2f} to {mean.max():.2f} m/s")
    for row, speed in zip(field.anchors.itertuples(), field.site_speed, strict=True):
        print(f"  {row.site}: {speed:.2f} m/s at 100 m")


if __name__ == "__main__":
    main()
