"""From a place, a technology and a tariff to all that a project brief says."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment, assess, weather_words
from greenanalysis.assessment.plant_yield import PlantYield
from greenanalysis.assessment.potential import HOURS_PER_YEAR
from greenanalysis.core.display import Card, Shown, holds_of
from greenanalysis.core.errors import input_error
from greenanalysis.geo.country import load_country
from greenanalysis.project.cashflow import Financed, finance
from greenanalysis.project.contract import Contract, parse_tariff
from greenanalysis.project.description import Settings, parse_settings
from greenanalysis.project.energy import SiteEnergy, site_energy
from greenanalysis.project.intake import check_fields
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
from greenanalysis.project.uncertainty import Term, p_values


@dataclass(frozen=True, eq=False, repr=False)
class Brief(Shown):
    """All that a page says of one project.

    ``plant`` is the yield at the place before curtailment; ``p_gwh`` the net energy sold
    in a first year by probability (index) and years (columns), GWh.
    """

    study: Assessment
    weather_name: str | Path
    settings: Settings
    project: Project
    latitude: float
    longitude: float
    region: str
    zone: str
    plant: PlantYield
    tree: pd.DataFrame
    site: SiteEnergy
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
    settings: Mapping[str, object] | None = None,
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
    settings : anything else by its key, such as ``{"debt.tenor_years": 12}``, see
        :mod:`greenanalysis.project.description`.
    changes : fields of :class:`~greenanalysis.project.terms.Terms` other than the assumptions',
        such as ``{"repayment": "annuity", "max_gearing": 0.6}``.

    Raises
    ------
    InputError : names the field that makes no sense.
    """
    check_technology(technology)
    check_fields(name, capacity_mw=capacity_mw, latitude=latitude, longitude=longitude)
    said = parse_settings(settings or {}, where=f"project {name}")
    exponent = said.plant.shear_exponent
    if study is None or (exponent is not None and technology not in study.capacity_factor):
        study = assess(
            weather,
            place=True,
            shear_exponent=exponent,
            hub_height_m=said.plant.hub_height_m,
        )
    study.require(technology)
    values = study.assumptions
    contract = _contract(parse_tariff(tariff, technology, values), said)
    region = _region_of(study, latitude, longitude)
    terms = with_terms(load_terms(values, technology), said.term_changes() | dict(changes or {}))
    site = site_energy(
        study,
        technology=technology,
        latitude=latitude,
        longitude=longitude,
        capacity_mw=float(capacity_mw),
        settings=said,
    )
    if said.energy.p50_gwh is not None and said.energy.curtailment is None:
        terms = with_terms(terms, {"curtailment": 0.0})
    if said.plant.rating == "dc" and said.cost.capex_usd_per_kw is not None:
        per_kw = said.cost.capex_usd_per_kw * capacity_mw / site.capacity_mw
        terms = with_terms(terms, {"capex_usd_2025_per_kw": per_kw})
    duty = storage_duty(site.capacity_mw, values, storage=storage)
    distance = values.get("finance", "connection_km", unit="km")
    project = Project(
        name=name.strip(),
        technology=technology,
        capacity_mw=site.capacity_mw,
        energy=yield_of(site.p50_mwh, site.terms),
        contract=contract,
        connection_km=distance if connection_km is None else float(connection_km),
        storage_mw=duty[0] if said.storage.mw is None else said.storage.mw,
        storage_mwh=duty[1] if said.storage.mwh is None else said.storage.mwh,
    )
    macro = dataclasses.replace(load_macro(values), **said.macro.model_dump(exclude_none=True))
    made = finance(project, terms, macro)
    risk, summary = load_risk(values), summarise(made)
    need = summary.break_even_kzt_per_kwh / made.macro.kzt_per_usd * 1000
    zone = auction_zone(region)
    return Brief(
        study=study,
        weather_name=weather,
        settings=said,
        project=project,
        latitude=float(latitude),
        longitude=float(longitude),
        region=region,
        zone=zone,
        plant=site.plant,
        tree=site.tree(terms.curtailment),
        site=site,
        terms=site.terms,
        p_gwh=p_values(float(made.base.energy_mwh[0]) / 1e3, site.terms),
        made=made,
        summary=summary,
        outcome=monte_carlo(made, site.terms, risk),
        tornado=tornado(made, site.terms, risk),
        auctions=auction_test(technology, need if need > 0 else math.inf, values, zone=zone),
        carbon=carbon_avoided(made.base.energy_mwh, values, factor=grid_factor),
    )


def _contract(contract: Contract, settings: Settings) -> Contract:
    said = settings.contract.model_dump(
        exclude_none=True,
        include={"years", "index_fx", "index_cpi", "construction_fx", "construction_cpi",
                 "merchant_kzt_per_kwh"},
    )  # fmt: skip
    return dataclasses.replace(contract, **said)


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
