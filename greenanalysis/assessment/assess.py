"""The thin caller between data and notebooks: opens weather, runs the physics, sums up.

Everything here is a call of a public function that can be called alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment import plants as known_plants
from greenanalysis.assessment.capacity_factors import SITED, capacity_factors
from greenanalysis.assessment.potential import (
    best_land,
    cell_capacity,
    cell_potential,
    national_total,
    region_profiles,
)
from greenanalysis.assessment.ready import ready_technologies
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.tables import read_facts
from greenanalysis.finance import lcoe
from greenanalysis.geo.coverage import covered_part, require_covered, touched_regions
from greenanalysis.geo.land import eligible_share
from greenanalysis.geo.regions import cell_region_area, load_regions, region_code
from greenanalysis.weather import open_year
from greenanalysis.weather.sample.climate import load_climate

if TYPE_CHECKING:
    import geopandas as gpd

_COST_YEAR = 2025


@dataclass(frozen=True, eq=False, repr=False)
class Assessment(Shown):
    """What the weather yields in every cell and region.

    ``weather`` holds the attributes of the weather, ``dataset`` the weather itself, lazy;
    ``capacity_factor`` is hourly and lazy (time, latitude, longitude), one variable a technology,
    NaN outside the country; ``mean_cf`` its mean;
    ``area`` is (region, latitude, longitude), km2; ``land`` the shares that remain; ``lcoe`` is
    (latitude, longitude), USD/MWh; ``cells`` the table of
    :func:`~greenanalysis.assessment.potential.cell_potential` for the technologies of
    :data:`POTENTIAL`.
    """

    weather: Mapping[str, object]
    dataset: xr.Dataset
    regions: gpd.GeoDataFrame
    assumptions: Assumptions
    cost_year: int
    area: xr.DataArray
    land: xr.Dataset
    capacity_factor: xr.Dataset
    mean_cf: xr.Dataset
    lcoe: xr.Dataset
    cells: pd.DataFrame

    def place(self, region: str) -> pd.Series:
        """Return the row of a region, by code or name.

        Raises
        ------
        InputError : unknown, or not covered by the weather.
        """
        code = region_code(region)
        require_covered(self.regions, code, weather=self.weather)
        row: pd.Series = self.regions.loc[code]
        return row

    def require(self, *technologies: str) -> None:
        """Refuse technologies that the weather does not allow to compute.

        Raises
        ------
        InputError : naming the technology and the variables that the weather holds.
        """
        for name in technologies:
            if name not in self.capacity_factor:
                raise input_error(
                    "technology",
                    where=f"weather {self.weather['name']}, which holds "
                    f"{', '.join(map(str, self.dataset.data_vars))}",
                    allowed=", ".join(map(str, self.capacity_factor)),
                    got=name,
                )

    def region_hours(self, region: str) -> xr.Dataset:
        """Return hourly capacity factors of a region's best land, (time), one a technology."""
        self.require(*TECHNOLOGIES)
        code = str(self.place(region).name)
        inside = (self.area.sel(region=code) > 0).to_numpy()
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        box = {
            "latitude": slice(rows[0], rows[-1] + 1),
            "longitude": slice(columns[0], columns[-1] + 1),
        }
        weights = {
            name: self._best_land(name).sel(region=[code]).isel(box) for name in TECHNOLOGIES
        }
        factors = {name: self.capacity_factor[name].isel(box) for name in TECHNOLOGIES}
        return region_profiles(factors, weights).isel(region=0)

    def profiles(self) -> xr.Dataset:
        """Return hourly capacity factors of all regions, (time, region), solar and wind.

        A region without eligible land has zeros: nothing can be built there.
        """
        self.require(*POTENTIAL)
        weights = {name: self._best_land(name) for name in POTENTIAL}
        factors = {name: self.capacity_factor[name] for name in POTENTIAL}
        return region_profiles(factors, weights).fillna(0)

    def plants(self) -> pd.DataFrame:
        """Set the model beside reference plants and fleets; misses are rows like any other."""
        self.require(*TECHNOLOGIES)
        numeric = ["latitude", "longitude", "capacity_mw", "energy_gwh", "capacity_factor"]
        kinds = ("design", "reported", "derived")
        return known_plants.compare_plants(
            read_facts("plants_measured", numeric=numeric),
            mean_cf={
                "solar": self.mean_cf["solar"],
                "solar/single_axis": self.mean_cf["solar_tracking"],
                "wind": self.mean_cf[SITED],
            },
            tolerance={
                kind: self.assumptions.get("validation", f"tolerance_{kind}", unit="1")
                for kind in kinds
            },
            dc_ac_ratio=self.assumptions.get("solar_resource", "dc_ac_ratio", unit="1"),
            fleets={
                "solar": _fleet("solar"),
                "wind": read_facts("wind_fleet", numeric=["capacity_mw", "latitude", "longitude"]),
            },
        )

    def _card(self) -> Card:
        totals = national_total(self.cells)
        table = totals[["technology", "cf", "capacity_gw", "energy_twh", "lcoe_usd_per_mwh"]]
        return Card(
            title="Assessment",
            caption=f"{weather_words(self.weather)}; {len(self.regions)} regions; costs of "
            f"{self.cost_year}; means over all eligible land",
            table=table,
            holds=holds_of(self, "place", "region_hours", "profiles", "plants"),
        )

    def _best_land(self, name: str) -> xr.DataArray:
        share = self.assumptions.get(TECHNOLOGIES[name].potential, "best_share", unit="1")
        capacity = _capacity(name, self.land, self.area, self.assumptions)
        return best_land(capacity, self.mean_cf[name], best_share=share)


def assess(
    weather: str | Path = "sample",
    *,
    cost_year: int = _COST_YEAR,
    whole_country: bool = False,
    place: bool = False,
    shear_exponent: float | None = None,
    hub_height_m: float | None = None,
) -> Assessment:
    """Compute or open what the weather yields over Kazakhstan, or the part that it covers.

    Regions that the grid of the weather does not cover completely are left out, and technologies
    for which it lacks a variable; ``weather`` then says so under ``coverage``.

    Parameters
    ----------
    weather : a weather name or file, see :func:`~greenanalysis.weather.open_weather`.
    cost_year : whose costs the LCOE takes.
    whole_country : refuse weather that does not cover all regions, or lacks a technology.
    place : for places inside the weather, a single site among it: regions stay that it covers in
        part. Their land and potential are then those of the part.
    shear_exponent : that carries the wind of one height to the hub; or
    hub_height_m : of the plant that is meant, where wind is measured at that height alone.

    Raises
    ------
    InputError : unknown weather, an unfit file, less than a year, one that covers no region
        completely, or a year outside the tables of costs.
    """
    assumptions = load_assumptions()
    for technology in TECHNOLOGIES.values():
        assumptions.get(technology.cost, "investment", unit="USD/kW", year=cost_year)
    dataset = open_year(weather)
    axes = dataset["latitude"].to_numpy(), dataset["longitude"].to_numpy()
    coverage: dict[str, str] = {}
    if place:
        regions = touched_regions(load_regions(), *axes)
        if regions.empty:
            raise InputError(f"weather {dataset.attrs['name']} lies outside the regions")
    else:
        regions, coverage = covered_part(load_regions(), dataset, whole_country=whole_country)
    area = cell_region_area(regions, *axes, partly=place)
    land = eligible_share(_ground(dataset), area, assumptions=assumptions)
    ready = ready_technologies(
        dataset,
        assumptions,
        required=whole_country,
        shear_exponent=shear_exponent,
        hub_height_m=hub_height_m,
    )
    factors = capacity_factors(
        dataset, ready, inside=area.sum("region") > 0, assumptions=assumptions
    )
    means = [*ready, *([SITED] if "wind" in ready else [])]
    mean_cf = xr.Dataset({name: factors[f"{name}_mean"].load() for name in means})
    costs = xr.Dataset({name: _lcoe(name, mean_cf[name], assumptions, cost_year) for name in ready})
    return Assessment(
        weather={**dataset.attrs, **coverage},
        dataset=dataset,
        regions=regions,
        assumptions=assumptions,
        cost_year=cost_year,
        area=area,
        land=land,
        capacity_factor=factors[list(ready)],
        mean_cf=mean_cf,
        lcoe=costs,
        cells=pd.concat(
            [
                _cells(name, mean_cf, costs, land, area, assumptions)
                for name in POTENTIAL
                if name in ready
            ],
            ignore_index=True,
        ),
    )


def weather_words(weather: Mapping[str, object]) -> str:
    """Return the name and grade of a weather as every summary states them.

    Parameters
    ----------
    weather : attributes of canonical weather.
    """
    grade = weather.get("grade", "unknown")
    words = "screening grade, not measured weather" if grade == "screening" else f"grade {grade}"
    return f"weather {weather.get('name', 'unknown')} ({words})"


def _ground(weather: xr.Dataset) -> xr.Dataset:
    """Return height, roughness and water of the climatology on the grid of the weather."""
    ground = load_climate()[["elevation", "terrain_sigma", "water_fraction"]]
    if all(ground[dim].equals(weather[dim]) for dim in ("latitude", "longitude")):
        return ground
    places = {dim: weather[dim] for dim in ("latitude", "longitude")}
    between = ground.interp(places)
    return between.fillna(ground.sel(places, method="nearest").assign_coords(places))


def _capacity(
    name: str, land: xr.Dataset, area: xr.DataArray, assumptions: Assumptions
) -> xr.DataArray:
    technology = TECHNOLOGIES[name]
    return cell_capacity(
        land[technology.eligible],
        area,
        density_mw_per_km2=assumptions.get(technology.potential, technology.density, unit="MW/km2"),
        usable_share=assumptions.get(technology.potential, "usable_share", unit="1"),
    )


def _lcoe(name: str, mean_cf: xr.DataArray, assumptions: Assumptions, year: int) -> xr.DataArray:
    return lcoe(mean_cf, **cost_terms(name, assumptions, year=year))


def cost_terms(name: str, assumptions: Assumptions, *, year: int = _COST_YEAR) -> dict[str, float]:
    """Return what a technology costs, as :func:`~greenanalysis.finance.cost.lcoe` takes it.

    Parameters
    ----------
    name : of a technology of the assessment.
    assumptions : tables of costs.
    year : whose costs are taken.
    """
    technology = TECHNOLOGIES[name]
    cost = technology.cost
    capex = assumptions.get(cost, "investment", unit="USD/kW", year=year)
    fom = assumptions.get(cost, "fom", unit="%/year", year=year)
    vom = 0.0
    if technology.variable_cost:
        vom = assumptions.get(cost, "vom", unit="USD/MWh", year=year)
    return {
        "capex_usd_per_kw": capex,
        "fom_usd_per_kw_year": capex * fom / 100,
        "vom_usd_per_mwh": vom,
        "wacc": assumptions.get("supergrid", "wacc", unit="1"),
        "lifetime_years": assumptions.get(cost, "lifetime", unit="year", year=year),
    }


def _cells(
    name: str,
    mean_cf: xr.Dataset,
    costs: xr.Dataset,
    land: xr.Dataset,
    area: xr.DataArray,
    assumptions: Assumptions,
) -> pd.DataFrame:
    technology = TECHNOLOGIES[name]
    return cell_potential(
        mean_cf[name],
        land[technology.eligible],
        area,
        costs[name],
        technology=name,
        density_mw_per_km2=assumptions.get(technology.potential, technology.density, unit="MW/km2"),
        usable_share=assumptions.get(technology.potential, "usable_share", unit="1"),
    )


def _fleet(carrier: str) -> pd.DataFrame:
    plants = read_facts("plants", numeric=["capacity_mw", "lat", "lon"])
    chosen = plants[(plants["carrier"] == carrier) & (plants["kind"] == "listed")]
    return chosen.rename(columns={"lat": "latitude", "lon": "longitude"})
