"""Technologies whose yield the assessment computes, one entry each: the only list of them.

An entry names the plant, the tables of its costs and its land, and how pages call and colour it.
What the assumptions hold (costs, densities, losses) stands in ``data/assumptions``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import xarray as xr

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.resource.pv.model import pv_capacity_factor, pv_defaults
from greenanalysis.resource.pv.system import PVSystem
from greenanalysis.resource.wind.farm import WindPlant
from greenanalysis.resource.wind.model import wind_capacity_factor, wind_defaults


@dataclass(frozen=True)
class Technology:
    """One way to build.

    Attributes
    ----------
    title : on maps.
    series : in charts.
    colours : matplotlib's name of the colour map of its yield.
    cost : technology whose investment, upkeep and lifetime it has.
    potential : technology that holds its density, usable and best share of the land.
    density : parameter of ``potential``, MW/km2.
    land : kind of eligible land, see :func:`~greenanalysis.geo.land.eligible_share`.
    plant : takes the assumptions, returns the plant or system.
    reads : technologies of the assumptions that ``plant`` reads.
    capacity_factor : takes weather, what ``plant`` returns, and the cells to compute.
    adds : whether its potential adds to that of the others; an alternative on land that another
        technology takes does not.
    variable_cost : whether the costs have a part that is paid by the MWh.
    """

    title: str
    series: str
    colours: str
    cost: str
    potential: str
    density: str
    land: str
    plant: Callable[[Assumptions], Any]
    reads: tuple[str, ...]
    capacity_factor: Callable[[xr.Dataset, Any, xr.DataArray], xr.DataArray]
    adds: bool = True
    variable_cost: bool = False

    @property
    def eligible(self) -> str:
        """Variable of the eligible land."""
        return f"eligible_{self.land}"


def _pv(weather: xr.Dataset, system: PVSystem, where: xr.DataArray) -> xr.DataArray:
    return pv_capacity_factor(weather, system=system, where=where)


def _wind(weather: xr.Dataset, plant: WindPlant, where: xr.DataArray) -> xr.DataArray:
    return wind_capacity_factor(weather, plant=plant, where=where)


TECHNOLOGIES = {
    "solar": Technology(
        title="Solar",
        series="Solar",
        colours="YlOrRd",
        cost="solar_utility",
        potential="solar_potential",
        density="density_fixed",
        land="solar",
        plant=pv_defaults,
        reads=("solar_resource",),
        capacity_factor=_pv,
    ),
    "solar_tracking": Technology(
        title="Tracking solar",
        series="Solar, tracking",
        colours="YlOrRd",
        cost="solar_tracker",
        potential="solar_potential",
        density="density_single_axis",
        land="solar",
        plant=partial(pv_defaults, mounting="single_axis"),
        reads=("solar_resource",),
        capacity_factor=_pv,
        adds=False,
    ),
    "wind": Technology(
        title="Wind",
        series="Wind",
        colours="YlGnBu",
        cost="onwind",
        potential="onwind_potential",
        density="density",
        land="wind",
        plant=wind_defaults,
        reads=("onwind_resource",),
        capacity_factor=_wind,
        variable_cost=True,
    ),
}
"""Fixed rows, single-axis trackers on the same land (an alternative, not an addition), wind."""

POTENTIAL = tuple(name for name, technology in TECHNOLOGIES.items() if technology.adds)
"""The technologies that add up; trackers would stand where fixed rows stand."""
