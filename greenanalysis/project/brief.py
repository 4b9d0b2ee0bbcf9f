"""From a place, a technology and a tariff to all that a project brief says.

What a project brief is asked for: fields that are checked before anything heavy is imported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment, assess, weather_words
from greenanalysis.assessment.plant_yield import PlantYield, solar_yield, wind_yield
from greenanalysis.assessment.potential import HOURS_PER_YEAR
from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.core.errors import input_error
from greenanalysis.geo.country import load_country
from greenanalysis.project.cashflow import Financed, finance
from greenanalysis.project.contract import parse_tariff
from greenanalysis.project.options import (
    GRID_FACTOR,
    Carbon,
    auction_test,
    auction_zone,
    carbon_avoided,
    storage_duty,
)
from greenanalysis.project.risk import Outcome, load_risk, monte_carlo, tornado, yield_of
from greenanalysis.project.summary import Summary, summarise
from greenanalysis.project.terms import (
    Project,
    check_technology,
    load_macro,
    load_terms,
    with_terms,
)
from greenanalysis.project.uncertainty import Term, budget, loss_tree, p_values
from greenanalysis.resource.pv.model import pv_defaults
from greenanalysis.resource.wind.model import wind_defaults

_MAX_NAME = 80


def slug(name: str) -> str:
    """Return a name as it may stand in a file name or an address: a-z, 0-9 and -."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"


def check_fields(name: str, **numbers: float) -> None:
    """Refuse an empty or endless name, and what is no number.

    Raises
    ------
    InputError : names the field.
    """
    if not 0 < len(str(name).strip()) <= _MAX_NAME:
        allowed = f"1 to {_MAX_NAME} letters"
        raise input_error("name", where="project", allowed=allowed, got=repr(name))
    for field, value in numbers.items():
        good = isinstance(value, int | float) and math.isfinite(value)
        if not good or (field == "capacity_mw" and not 0 < value <= 10_000):
            allowed = "MW, above 0 up to 10000" if field == "capacity_mw" else "degrees"
            raise input_error(field, where="project", allowed=allowed, got=repr(value))


@dataclass(frozen=True, eq=False, repr=False)
class Brief(Shown):
    """All that a page says of one project.

    ``plant`` is the yield at the place before curtailment; ``p_gwh`` the net energy sold
    in a first year by probability (index) and years (columns), GWh.
    """

    study: Assessment
    weather_name: str | Path
    project: Project
    latitude: float
    longitude: float
    region: str
    zone: str
    plant: PlantYield
    tree: pd.DataFrame
    terms: Sequence[Term]
    p_gwh: pd.DataFrame
    made: Financed
    summary: Summary
    outcome: Outcome
    tornado: pd.DataFrame
    auctions: pd.DataFrame
    carbon: Carbon

    @property
    def hours(self) -> xr.DataArray:
        """Return the hourly capacity factor (time) before curtailment."""
        return self.plant.hours

    @property
    def region_name(self) -> str:
        """Return the English name of the region."""
        return str(self.study.regions.at[self.region, "name_en"])

    def gwh(self, level: int, years: int) -> float:
        """Return the net energy of a first year that is exceeded with ``level`` per cent."""
        return float(self.p_gwh[years].to_numpy()[list(self.p_gwh.index).index(level)])

    @property
    def capacity_factor(self) -> float:
        """Return the net capacity factor of a first year, after curtailment."""
        return self.gwh(50, 1) * 1e3 / self.project.capacity_mw / HOURS_PER_YEAR

    def _card(self) -> Card:
        project, summary = self.project, self.summary
        covers = ", ".join(f"{value:.2f} at {case}" for case, value in summary.dscr_min.items())
        return Card(
            title=f"Project brief: {project.name}",
            caption=f"{project.capacity_mw:g} MW of {project.technology} at "
            f"{self.latitude:g}, {self.longitude:g} ({self.region_name}); "
            f"{weather_words(self.study.weather)}",
            figures=[
                ("net energy of a first year, P50", f"{self.gwh(50, 1):,.1f} GWh"),
                ("net energy, P90 of ten years", f"{self.gwh(90, 10):,.1f} GWh"),
                ("net capacity factor", f"{self.capacity_factor:.1%}"),
                ("LCOE, USD of 2025", f"{summary.lcoe_usd_2025_per_mwh:,.1f} USD/MWh"),
                (
                    "net present value of the project, nominal",
                    f"{summary.project_npv_usd_nominal / 1e6:+,.1f} million USD",
                ),
                ("IRR of the project", str(summary.project_irr)),
                ("IRR of the owners", str(summary.equity_irr)),
                ("least DSCR", covers),
                ("share of debt", f"{summary.gearing:.0%}"),
            ],
            holds=holds_of(self, "gwh"),
        )


def make_brief(
    *,
    name: str,
    latitude: float,
    longitude: float,
    technology: str,
    capacity_mw: float,
    tariff: str | float,
    weather: str | Path = "sample",
    connection_km: float | None = None,
    storage: str = "auto",
    grid_factor: str = GRID_FACTOR,
    study: Assessment | None = None,
    changes: Mapping[str, object] | None = None,
) -> Brief:
    """Assess a project from its place to the risk of its loan.

    Parameters
    ----------
    name : of the project, plain text.
    latitude, longitude : degrees, inside the country.
    technology : ``wind`` or ``solar`` (fixed rows, MW of AC).
    capacity_mw : of the plant.
    tariff : see :func:`~greenanalysis.project.contract.parse_tariff`.
    weather : a weather name or file.
    connection_km : of line to the grid; by default that of the assumptions.
    storage : ``auto``, ``yes`` or ``no``, see :func:`~greenanalysis.project.options.storage_duty`.
    grid_factor : which dated factor counts the avoided CO2.
    study : the assessment of ``weather`` where it is at hand.
    changes : fields of :class:`~greenanalysis.project.terms.Terms` other than the assumptions',
        such as ``{"repayment": "annuity", "max_gearing": 0.6}``.

    Raises
    ------
    InputError : names the field that makes no sense.
    """
    check_technology(technology)
    check_fields(name, capacity_mw=capacity_mw, latitude=latitude, longitude=longitude)
    study = study or assess(weather)
    values = study.assumptions
    contract = parse_tariff(tariff, technology, values)
    region = _region_of(study, latitude, longitude)
    plant = _yield(study, technology, latitude, longitude)
    uncertain = budget(
        technology,
        values,
        screening=study.weather.get("grade") == "screening",
        place=plant.place_sigma,
    )
    terms, power = (
        with_terms(load_terms(values, technology), changes or {}),
        storage_duty(capacity_mw, values, storage=storage),
    )
    distance = values.get("finance", "connection_km", unit="km")
    project = Project(
        name=name.strip(),
        technology=technology,
        capacity_mw=float(capacity_mw),
        energy=yield_of(plant.capacity_factor * HOURS_PER_YEAR * capacity_mw, uncertain),
        contract=contract,
        connection_km=distance if connection_km is None else float(connection_km),
        storage_mw=power[0],
        storage_mwh=power[1],
    )
    made = finance(project, terms, load_macro(values))
    risk, summary = load_risk(values), summarise(made)
    need = summary.break_even_kzt_per_kwh / made.macro.kzt_per_usd * 1000
    zone = auction_zone(region)
    return Brief(
        study=study,
        weather_name=weather,
        project=project,
        latitude=float(latitude),
        longitude=float(longitude),
        region=region,
        zone=zone,
        plant=plant,
        tree=loss_tree(technology, values, curtailment=terms.curtailment),
        terms=uncertain,
        p_gwh=p_values(float(made.base.energy_mwh[0]) / 1e3, uncertain),
        made=made,
        summary=summary,
        outcome=monte_carlo(made, uncertain, risk),
        tornado=tornado(made, uncertain, risk),
        auctions=auction_test(technology, need if need > 0 else math.inf, values, zone=zone),
        carbon=carbon_avoided(made.base.energy_mwh, values, factor=grid_factor),
    )


def _region_of(study: Assessment, latitude: float, longitude: float) -> str:
    """Return the code of the region that a point lies in.

    Raises
    ------
    InputError : outside the regions that the weather covers.
    """
    from shapely.geometry import Point

    inside = study.regions[study.regions.contains(Point(longitude, latitude))]
    if inside.empty:
        raise input_error(
            "latitude, longitude",
            where="project",
            allowed=f"a place in a region of {load_country().name} that the weather covers",
            got=f"{latitude:g}, {longitude:g}",
        )
    return str(inside.index[0])


def _yield(study: Assessment, technology: str, latitude: float, longitude: float) -> PlantYield:
    """Return the yield of the assumed plant at the place."""
    values, dataset = study.assumptions, study.dataset
    if technology == "wind":
        plant = wind_defaults(values)
        found = wind_yield(dataset, latitude, longitude, plant=plant, assumptions=values)
    else:
        found = solar_yield(dataset, latitude, longitude, system=pv_defaults(values))
    if not found.capacity_factor > 0:
        raise input_error(
            "energy",
            where=f"the weather at {latitude:g}, {longitude:g}",
            allowed="a capacity factor above 0",
            got=found.capacity_factor,
        )
    return found
