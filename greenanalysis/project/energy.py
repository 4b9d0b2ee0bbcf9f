"""What a project yields at its place: from the assessment, or as its developer states it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.capacity_factors import SITED
from greenanalysis.assessment.potential import HOURS_PER_YEAR
from greenanalysis.core.errors import input_error
from greenanalysis.project.description import Settings
from greenanalysis.project.uncertainty import ANNUAL, LOSSES, Term, budget, combined, loss_tree

STATED = "stated_assessment"
"""Category of the uncertainty of an energy that was not computed here."""


@dataclass(frozen=True, eq=False)
class SiteEnergy:
    """Energy of a first year at the place.

    ``capacity_mw`` is that of the grid side; ``hours`` (time) its capacity factor before
    curtailment; ``p50_mwh`` the energy of a year before curtailment; ``terms`` its uncertainty;
    ``losses`` those that were stated; ``remarks`` what was taken for what was not said.
    """

    technology: str
    study: Assessment
    capacity_mw: float
    hours: xr.DataArray
    p50_mwh: float
    terms: Sequence[Term]
    losses: Mapping[str, float]
    remarks: tuple[str, ...] = ()

    def tree(self, curtailment: float) -> pd.DataFrame:
        """Return the losses from gross to sold energy."""
        return loss_tree(
            self.technology, self.study.assumptions, curtailment=curtailment, stated=self.losses
        )


def site_energy(
    study: Assessment,
    *,
    technology: str,
    latitude: float,
    longitude: float,
    capacity_mw: float,
    settings: Settings,
) -> SiteEnergy:
    """Return the energy of a project.

    Parameters
    ----------
    study : the assessment of the weather.
    technology : ``wind`` or ``solar``.
    latitude, longitude : degrees.
    capacity_mw : as stated; ``settings.plant.rating`` says of what.
    settings : what is said of the plant, its losses and its energy.

    Raises
    ------
    InputError : no energy at the place, or settings that the technology does not have.
    """
    _check_plant(technology, settings)
    values, plant = study.assumptions, settings.plant
    remarks: list[str] = []
    ratio = values.get("solar_resource", "dc_ac_ratio", unit="1")
    capacity = capacity_mw
    if plant.rating == "dc":
        if plant.dc_ac_ratio is None:
            remarks.append(f"{ratio:g} MW of modules per MW of inverters, as none is stated")
        capacity = capacity_mw / (plant.dc_ac_ratio or ratio)
    hours, mean = _cell_hours(study, technology, latitude, longitude, plant.mounting)
    stated = settings.losses.model_dump(exclude_none=True)
    known = {name for _, name in LOSSES[technology]}
    for name in stated:
        if name not in known:
            allowed = ", ".join(sorted(f"losses.{loss}" for loss in known))
            raise input_error("setting", where="project", allowed=allowed, got=f"losses.{name}")
    change = _loss_change(technology, study, stated)
    terms: Sequence[Term] = budget(
        technology, values, screening=study.weather.get("grade") == "screening"
    )
    p50 = mean * change * HOURS_PER_YEAR * capacity
    if settings.energy.p50_gwh is not None:
        p50 = settings.energy.p50_gwh * 1e3 / (1 - (settings.energy.curtailment or 0.0))
        terms = _stated_terms(terms, settings)
        remarks.append("the P50 is stated, not computed; the hours are scaled to it")
    elif settings.energy.sigma is not None:
        terms = _stated_terms(terms, settings)
    factor = p50 / (mean * HOURS_PER_YEAR * capacity)
    if p50 > capacity * HOURS_PER_YEAR:
        raise input_error(
            "energy.p50_gwh",
            where="project",
            allowed=f"at most {capacity * HOURS_PER_YEAR / 1e3:,.0f} GWh, a capacity factor of 1",
            got=settings.energy.p50_gwh,
        )
    return SiteEnergy(
        technology=technology,
        study=study,
        capacity_mw=capacity,
        hours=(hours * factor).assign_attrs(units="1", long_name="capacity factor"),
        p50_mwh=p50,
        terms=terms,
        losses=stated,
        remarks=tuple(remarks),
    )


def _check_plant(technology: str, settings: Settings) -> None:
    solar = ("rating", "dc_ac_ratio", "mounting", "bifacial", "tilt")
    wind = ("turbine", "hub_height_m", "units")
    other = solar if technology == "wind" else wind
    own = wind if technology == "wind" else solar
    for name in other:
        if getattr(settings.plant, name) is not None:
            allowed = ", ".join(f"plant.{field}" for field in own)
            raise input_error(
                "setting", where=f"{technology} project", allowed=allowed, got=f"plant.{name}"
            )


def _stated_terms(terms: Sequence[Term], settings: Settings) -> list[Term]:
    """The uncertainty as stated; what varies from year to year stays that of the budget."""
    energy = settings.energy
    if energy.p90_gwh is not None and energy.p50_gwh is not None:
        sigma = (1 - energy.p90_gwh / energy.p50_gwh) / 1.2815515655446004
    elif energy.sigma is not None:
        sigma = energy.sigma
    else:
        return list(terms)
    yearly = [term for term in terms if term.category == ANNUAL]
    rest = float(np.sqrt(max(sigma**2 - combined(yearly, years=10) ** 2, 0.0)))
    if rest == 0.0:
        yearly = [Term(ANNUAL, sigma * np.sqrt(10), True, "stated with the project", "")]
    note = "standard deviation of the mean of ten years as stated, less the variation of years"
    return [Term(STATED, rest, False, "stated with the project", note), *yearly]


def _loss_change(technology: str, study: Assessment, stated: Mapping[str, float]) -> float:
    """How much more or less energy is left with the losses that are stated."""
    usual = loss_tree(technology, study.assumptions, curtailment=0.0)
    own = loss_tree(technology, study.assumptions, curtailment=0.0, stated=stated)
    return float(own["kept"].iloc[-1] / usual["kept"].iloc[-1])


def _cell_hours(
    study: Assessment, technology: str, latitude: float, longitude: float, mounting: str | None
) -> tuple[xr.DataArray, float]:
    """Hourly and mean capacity factor of the cell; of wind as plants see it in their cell."""
    name = "solar_tracking" if mounting == "single_axis" else technology
    place = {"latitude": latitude, "longitude": longitude}
    mean = float(study.mean_cf[name].sel(place, method="nearest"))
    sited = float(study.mean_cf[SITED].sel(place, method="nearest"))
    if not mean > 0:
        raise input_error(
            "energy",
            where=f"the weather at {latitude:g}, {longitude:g}",
            allowed="a capacity factor above 0",
            got=mean,
        )
    hours = study.capacity_factor[name].sel(place, method="nearest").load()
    factor = sited / mean if technology == "wind" else 1.0
    return hours * factor, mean * factor
