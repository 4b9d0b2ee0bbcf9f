"""Hourly yield of one plant at one place, with the plant that its developer knows.

The weather of the nearest cell, for wind at the speed of the place itself: the sample's map knows
the wind every 1/12 degree, other grids take the ratio that plants have to their cell, and a mast
is the place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from greenanalysis.assessment.ready import ready_for
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.geo.grid import cell_halves, great_circle_km
from greenanalysis.resource.engine.cube import capacity_factor_cube
from greenanalysis.resource.engine.models import WindModel
from greenanalysis.resource.pv.model import pv_capacity_factor
from greenanalysis.resource.pv.system import PVSystem
from greenanalysis.resource.wind.farm import WindPlant
from greenanalysis.weather.sample.climate import climate_at, load_wind_map
from greenanalysis.weather.sample.wind_map import SiteWind

_FARTHEST_KM = 35.0
"""How far the weather of a single site reaches: half the diagonal of a cell of MERRA-2 (0.5 x 0.625
degrees) at 45 degrees north, the coarsest that the services of sites answer with."""
_RATINGS = ("ac", "dc")
"""What a solar plant's MW are of: the grid side of its inverters or its modules."""


@dataclass(frozen=True, eq=False)
class PlantYield:
    """What a plant yields at a place, before curtailment.

    ``hours`` (time) capacity factor per MW of the stated rating, net of the plant's losses;
    ``place_sigma`` standard deviation of the year's energy, relative, from how well the wind of the
    place is known, None where no map says it; ``wind`` of the place, None for solar and for other
    weather than the sample; ``without_anchor`` the mean capacity factor that the map would give if
    the measured or published sites around were unknown, None where there are none.
    """

    hours: xr.DataArray
    place_sigma: float | None = None
    wind: SiteWind | None = None
    without_anchor: float | None = None

    @property
    def capacity_factor(self) -> float:
        """Return the mean of the hours."""
        return float(self.hours.mean())


def wind_yield(
    weather: xr.Dataset,
    latitude: float,
    longitude: float,
    *,
    plant: WindPlant,
    assumptions: Assumptions,
) -> PlantYield:
    """Return what a wind farm yields at a place.

    Parameters
    ----------
    weather : canonical weather (time, latitude, longitude) that covers the place.
    latitude, longitude : degrees.
    plant : turbine, tower, losses.
    assumptions : hold ``wind_climate``.

    Raises
    ------
    InputError : a place outside the weather, or without wind.
    """
    cell = cell_at(weather, latitude, longitude)
    if str(weather.attrs.get("name")) != "sample":
        if weather.attrs.get("measured"):
            return PlantYield(_wind_hours(cell, plant, 1.0))
        ratio = assumptions.get("wind_climate", "siting_speed_ratio", unit="1")
        return PlantYield(_wind_hours(cell, plant, ratio))
    site = load_wind_map().at(latitude, longitude)
    centre = np.array([float(cell["latitude"][0])]), np.array([float(cell["longitude"][0])])
    mean = float(climate_at(["wind_speed_100m_mean"], *centre)["wind_speed_100m_mean"][0])
    ratio = site.speed / mean
    hours = _wind_hours(cell, plant, ratio)
    low, high = (
        float(_wind_hours(cell, plant, ratio * factor).mean())
        for factor in (np.exp(-site.sigma), np.exp(site.sigma))
    )
    other = None
    if site.without is not None:
        other = float(_wind_hours(cell, plant, site.without[0] / mean).mean())
    return PlantYield(
        hours,
        place_sigma=(high - low) / 2 / float(hours.mean()),
        wind=site,
        without_anchor=other,
    )


def solar_yield(
    weather: xr.Dataset,
    latitude: float,
    longitude: float,
    *,
    system: PVSystem,
    rating: str = "ac",
) -> PlantYield:
    """Return what a solar plant yields at a place.

    Parameters
    ----------
    weather : canonical weather (time, latitude, longitude) that covers the place.
    latitude, longitude : degrees.
    system : its ``dc_ac_ratio`` is that of the plant.
    rating : one of :data:`_RATINGS`: what the MW of the plant are of.

    Raises
    ------
    InputError : a place outside the weather, an unknown rating.
    """
    if rating not in _RATINGS:
        raise unknown_name("rating", rating, _RATINGS, where="solar_yield()")
    cell = cell_at(weather, latitude, longitude)
    complete = ready_for(cell, system).weather
    factor = pv_capacity_factor(complete, system=system).isel(latitude=0, longitude=0, drop=True)
    per_rating = factor / system.dc_ac_ratio if rating == "dc" else factor
    return PlantYield(per_rating.assign_attrs(units="1", long_name="capacity factor"))


def _wind_hours(cell: xr.Dataset, plant: WindPlant, ratio: float) -> xr.DataArray:
    factor = capacity_factor_cube(
        ready_for(cell, plant).weather,
        WindModel(plant, speed_ratio=ratio),
        where=None,
        dtype="float32",
    ).isel(latitude=0, longitude=0, drop=True)
    return factor.assign_attrs(units="1", long_name="capacity factor")


def cell_at(weather: xr.Dataset, latitude: float, longitude: float) -> xr.Dataset:
    """Return the cell that contains a place, of sizes one, in memory.

    A single site stands for places up to :data:`_FARTHEST_KM` away.

    Raises
    ------
    InputError : a place outside the cells, or too far from the site.
    """
    axes = weather["latitude"].to_numpy(), weather["longitude"].to_numpy()
    if axes[0].size * axes[1].size == 1:
        away = float(great_circle_km(*axes, np.array(latitude), np.array(longitude)).item())
        if away > _FARTHEST_KM:
            raise input_error(
                "place of the plant",
                where=f"weather of the site at {axes[0][0]:g}, {axes[1][0]:g}",
                allowed=f"within {_FARTHEST_KM:g} km of it",
                got=f"{latitude:g}, {longitude:g}, {away:.0f} km away",
            )
        return weather.load()
    place = {}
    for name, value, centres, half in zip(
        ("latitude", "longitude"), (latitude, longitude), axes, cell_halves(*axes), strict=True
    ):
        if not centres.min() - half <= value <= centres.max() + half:
            allowed = f"{centres.min() - half:g} to {centres.max() + half:g}"
            raise input_error(name, where="place of the plant", allowed=allowed, got=value)
        place[name] = [int(abs(centres - value).argmin())]
    return weather.isel(place).load()
