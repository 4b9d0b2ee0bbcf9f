"""What a project yields at its place: from the assessment, or as its developer states it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.plant_yield import PlantYield, solar_yield, wind_yield
from greenanalysis.assessment.potential import HOURS_PER_YEAR
from greenanalysis.assessment.ready import stated_shear
from greenanalysis.assessment.turbines import wind_plant
from greenanalysis.core.errors import input_error
from greenanalysis.project.description import Settings
from greenanalysis.project.uncertainty import ANNUAL, LOSSES, Term, budget, combined, loss_tree
from greenanalysis.resource.pv.model import pv_defaults
from greenanalysis.resource.pv.pvsyst_files import InverterSheet, ModuleSheet, read_ond, read_pan
from greenanalysis.resource.pv.system import PVSystem
from greenanalysis.resource.wind.curve_file import TurbineFile, read_turbine

_STATED = "stated_assessment"
"""Category of the uncertainty of an energy that was not computed here."""


@dataclass(frozen=True, eq=False)
class SiteEnergy:
    """Energy of a first year at the place.

    ``capacity_mw`` is that of the grid side; ``plant`` its hourly yield before curtailment;
    ``p50_mwh`` the energy of a year before curtailment; ``terms`` its uncertainty; ``losses`` those
    that were stated; ``remarks`` what was taken for what was not said.
    """

    technology: str
    study: Assessment
    capacity_mw: float
    plant: PlantYield
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
    stated = _checked_losses(technology, settings)
    capacity, remarks = _grid_side(technology, study, capacity_mw, settings)
    equipment = _equipment(settings)
    remarks = (*remarks, *equipment.remarks())
    plant = _plant_yield(study, technology, latitude, longitude, settings, stated, equipment)
    mean = plant.capacity_factor
    if not mean > 0:
        raise input_error(
            "energy",
            where=f"the weather at {latitude:g}, {longitude:g}",
            allowed="a capacity factor above 0",
            got=mean,
        )
    terms: Sequence[Term] = budget(
        technology,
        study.assumptions,
        screening=study.weather.get("grade") == "screening",
        place=plant.place_sigma,
    )
    most = capacity * HOURS_PER_YEAR
    p50 = mean * most
    if settings.energy.p50_gwh is not None:
        p50 = settings.energy.p50_gwh * 1e3 / (1 - (settings.energy.curtailment or 0.0))
        remarks = (*remarks, "the P50 is stated, not computed; the hours are scaled to it")
        if p50 > most:
            allowed = f"at most {most / 1e3:,.0f} GWh, a capacity factor of 1"
            raise input_error(
                "energy.p50_gwh", where="project", allowed=allowed, got=settings.energy.p50_gwh
            )
        hours = plant.hours * (p50 / (mean * most))
        plant = replace(plant, hours=hours.assign_attrs(plant.hours.attrs))
    if settings.energy.trade_bias:
        p50, plant, remark = _realised(technology, study, p50, plant)
        remarks = (*remarks, remark)
    return SiteEnergy(
        technology=technology,
        study=study,
        capacity_mw=capacity,
        plant=plant,
        p50_mwh=p50,
        terms=_stated_terms(terms, settings),
        losses=stated,
        remarks=remarks,
    )


def _realised(
    technology: str, study: Assessment, p50_mwh: float, plant: PlantYield
) -> tuple[float, PlantYield, str]:
    """Lower an energy by the bias that studies had in the trade."""
    if technology != "wind":
        raise input_error(
            "setting", where="solar project", allowed="energy.trade_bias of wind", got=technology
        )
    bias = study.assumptions.get("wind_uncertainty", "p50_bias", unit="1")
    lower = replace(plant, hours=(plant.hours * (1 - bias)).assign_attrs(plant.hours.attrs))
    remark = f"the P50 is lowered by {bias:.0%}, by which realised energy was below that of studies"
    return p50_mwh * (1 - bias), lower, remark


def hourly_years(site: SiteEnergy, *, curtailment: float, p90_share: float) -> pd.DataFrame:
    """Return what the plant delivers hour by hour in a P50 and a P90 year of ten.

    Parameters
    ----------
    site : of the project.
    curtailment : share that is not taken.
    p90_share : P90 of ten years over P50.

    Returns
    -------
    DataFrame : index ``time`` (UTC, end of the hour), ``p50_mw`` and ``p90_mw``.

    Notes
    -----
    Both years have the hours of the weather, scaled to their energy: a poor year is taken as the
    usual one with less in each hour, for want of a record of years.
    """
    hours = site.plant.hours.to_series() * site.capacity_mw * (1 - curtailment)
    table = pd.DataFrame({"p50_mw": hours, "p90_mw": hours * p90_share})
    table.index.name = "time"
    return table


def _checked_losses(technology: str, settings: Settings) -> dict[str, float]:
    _check_plant(technology, settings)
    stated = settings.losses.model_dump(exclude_none=True)
    known = {name for _, name in LOSSES[technology]}
    for name in stated:
        if name not in known:
            allowed = ", ".join(sorted(f"losses.{loss}" for loss in known))
            raise input_error("setting", where="project", allowed=allowed, got=f"losses.{name}")
    return stated


def _grid_side(
    technology: str, study: Assessment, capacity_mw: float, settings: Settings
) -> tuple[float, tuple[str, ...]]:
    """MW of the grid side, and what was taken for a ratio that is not stated."""
    plant = settings.plant
    if technology == "wind" or plant.rating != "dc":
        return capacity_mw, ()
    usual = study.assumptions.get("solar_resource", "dc_ac_ratio", unit="1")
    if plant.dc_ac_ratio is not None:
        return capacity_mw / plant.dc_ac_ratio, ()
    remark = f"{usual:g} MW of modules per MW of inverters, as none is stated"
    return capacity_mw / usual, (remark,)


@dataclass(frozen=True)
class _Equipment:
    """What the files of a maker say of turbine, module and inverter."""

    turbine: TurbineFile | None = None
    module: ModuleSheet | None = None
    inverter: InverterSheet | None = None

    def applied(self, system: PVSystem) -> PVSystem:
        """Return a solar plant of these modules and inverters."""
        if self.module is not None:
            rear = self.module.bifaciality if system.bifaciality else 0.0
            system = replace(system, gamma_pdc=self.module.gamma_pdc, bifaciality=rear)
        if self.inverter is not None:
            system = replace(system, eta_inv_nom=self.inverter.efficiency)
        return system

    def remarks(self) -> Iterator[str]:
        """Say what was taken from the files."""
        if self.turbine is not None:
            curve = self.turbine.curve
            height = f"; hub {self.turbine.heights[0]:g} m" if self.turbine.heights else ""
            yield (
                f"power curve of {curve.name} from a file: {curve.nominal_power_mw:g} MW, rotor "
                f"{curve.rotor_diameter_m:g} m, at {self.turbine.air_density:g} kg/m3{height} "
                "unless stated"
            )
        if self.module is not None:
            yield (
                f"module {self.module.name} from a file: {100 * self.module.gamma_pdc:.2f} %/K, "
                f"bifaciality {self.module.bifaciality:g}; its low-light curve is not used"
            )
        if self.inverter is not None:
            kind, share = self.inverter.efficiency_kind, self.inverter.efficiency
            yield f"inverter {self.inverter.name} from a file: {kind} efficiency {share:.2%}"


def _equipment(settings: Settings) -> _Equipment:
    plant = settings.plant
    if plant.turbine is not None and plant.turbine_file is not None:
        raise input_error(
            "plant.turbine_file",
            where="project",
            allowed="not beside plant.turbine",
            got=plant.turbine_file,
        )
    return _Equipment(
        turbine=read_turbine(Path(plant.turbine_file)) if plant.turbine_file else None,
        module=read_pan(Path(plant.module_file)) if plant.module_file else None,
        inverter=read_ond(Path(plant.inverter_file)) if plant.inverter_file else None,
    )


def _plant_yield(
    study: Assessment,
    technology: str,
    latitude: float,
    longitude: float,
    settings: Settings,
    losses: Mapping[str, float],
    equipment: _Equipment,
) -> PlantYield:
    """Hourly yield per MW of the grid side, of the plant as it is described."""
    values, plant = study.assumptions, settings.plant
    if technology == "wind":
        own = equipment.turbine
        height = plant.hub_height_m
        if height is None and own is not None and own.heights:
            height = own.heights[0]
        farm = wind_plant(
            values,
            turbine=plant.turbine,
            curve=None if own is None else own.curve,
            hub_height_m=height,
            losses=losses,
        )
        farm = stated_shear(farm, plant.shear_exponent)
        return wind_yield(study.dataset, latitude, longitude, plant=farm, assumptions=values)
    system = pv_defaults(
        values,
        mounting=plant.mounting or "fixed",
        bifacial=bool(plant.bifacial),
        surface_tilt=plant.tilt,
        dc_ac_ratio=plant.dc_ac_ratio,
    )
    system = equipment.applied(system)
    change = _loss_change(technology, study, losses)
    found = solar_yield(study.dataset, latitude, longitude, system=system)
    return replace(found, hours=(found.hours * change).assign_attrs(found.hours.attrs))


def _check_plant(technology: str, settings: Settings) -> None:
    solar = (
        "rating",
        "dc_ac_ratio",
        "mounting",
        "bifacial",
        "tilt",
        "module_file",
        "inverter_file",
    )
    wind = ("turbine", "hub_height_m", "shear_exponent", "units", "turbine_file")
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
    return [Term(_STATED, rest, False, "stated with the project", note), *yearly]


def _loss_change(technology: str, study: Assessment, stated: Mapping[str, float]) -> float:
    """How much more or less energy is left with the losses that are stated."""
    usual = loss_tree(technology, study.assumptions, curtailment=0.0)
    own = loss_tree(technology, study.assumptions, curtailment=0.0, stated=stated)
    return float(own["kept"].iloc[-1] / usual["kept"].iloc[-1])
