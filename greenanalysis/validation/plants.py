"""Plants and fleets: what the product delivers for them beside what was published or measured.

A plant is computed as a brief computes it, with its own turbine, tower, rating and mounting where
they are known. A wind plant whose site went into the wind map is predicted without the sites around
it; what cannot be left out (irradiance scaled to a plant, the fleet that fixes the level) is a fit.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.plant_yield import PlantYield, solar_yield, wind_yield
from greenanalysis.assessment.turbines import wind_plant
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.tables import read_facts
from greenanalysis.project.uncertainty import ANNUAL, budget, combined
from greenanalysis.resource.pv.model import pv_defaults
from greenanalysis.validation.table import Check
from greenanalysis.validation.wind_map import BAND_SCORE, Coverage, coverage

_NUMERIC = (
    "latitude",
    "longitude",
    "capacity_mw",
    "energy_gwh",
    "capacity_factor",
    "dc_ac_ratio",
    "specific_power_w_m2",
    "hub_m",
)
_NEAR_DEGREES = 0.05


@dataclass(frozen=True)
class PlantRow:
    """A plant beside the model: capacity factors, relative sigma of the statement, basis."""

    name: str
    technology: str
    kind: str
    basis: str
    expected: float
    got: float
    sigma: float
    source: str
    remark: str

    @property
    def error(self) -> float:
        """Return got over expected, less 1."""
        return self.got / self.expected - 1

    @property
    def inside(self) -> bool:
        """Return whether the published value lies between the P90 and the P10 of the model."""
        return abs(self.expected / self.got - 1) <= BAND_SCORE * self.sigma


def plant_rows(study: Assessment) -> list[PlantRow]:
    """Return every plant and fleet of ``data/facts/plants_measured.csv``.

    Parameters
    ----------
    study : of weather that covers the plants.
    """
    sample = str(study.weather.get("name")) == "sample"
    fleets = {str(row["name"]): row for row in study.plants().to_dict("records")}
    scaled = read_facts("ghi_anchors", numeric=["latitude", "longitude"])
    rows = []
    for fact in read_facts("plants_measured", numeric=list(_NUMERIC)).to_dict("records"):
        if fact["scope"] == "fleet":
            fleet = fleets[str(fact["name"])]
            got, remark, place = float(fleet["got"]), str(fleet["remark"]), None
            basis = "fit" if sample and fact["technology"] == "wind" else "independent"
        else:
            made, remark = _plant(fact, study)
            got, place = made.capacity_factor, made.place_sigma
            basis = "independent"
            if made.without_anchor is not None:
                got = made.without_anchor
                remark = _joined("predicted without the cited sites around", remark)
            elif sample and fact["technology"] == "solar" and _is_near(fact, scaled):
                basis = "fit"
                remark = _joined("the irradiance is scaled to this plant's design", remark)
        rows.append(
            PlantRow(
                name=str(fact["name"]),
                technology=str(fact["technology"]),
                kind=str(fact["kind"]),
                basis=basis,
                expected=float(fact["capacity_factor"]),
                got=got,
                sigma=_sigma(fact, study.assumptions, place, sample=sample),
                source=str(fact["source"]),
                remark=_joined(remark, str(fact["note"])),
            )
        )
    return rows


def plant_checks(rows: list[PlantRow]) -> list[Check]:
    """Return the rows as checks of the validation."""
    return [
        Check(
            area="Solar and wind plants",
            quantity=f"capacity factor, {row.technology}, {row.name}",
            kind=row.kind,
            basis=row.basis,
            expected=row.expected,
            got=row.got,
            unit="1",
            source=row.source,
            remark=row.remark,
        )
        for row in rows
    ]


def plant_score(rows: list[PlantRow], technology: str | None = None) -> tuple[Coverage, float]:
    """Return the coverage of the stated bands and the median absolute error of independent rows."""
    chosen = [
        row for row in rows if row.basis == "independent" and technology in (None, row.technology)
    ]
    inside = np.array([row.inside for row in chosen], dtype=bool)
    return coverage(inside), float(np.median([abs(row.error) for row in chosen]))


def _plant(fact: Mapping[Hashable, Any], study: Assessment) -> tuple[PlantYield, str]:
    values = study.assumptions
    place = (float(fact["latitude"]), float(fact["longitude"]))
    if fact["technology"] == "wind":
        plant = wind_plant(
            values,
            turbine=str(fact["turbine"]) or None,
            specific_power_w_m2=_known(fact["specific_power_w_m2"]),
            hub_height_m=_known(fact["hub_m"]),
        )
        made = wind_yield(study.dataset, *place, plant=plant, assumptions=values)
        return made, plant.power_curve.name
    system = pv_defaults(values, mounting=str(fact["mounting"]))
    if np.isfinite(fact["dc_ac_ratio"]):
        system = replace(system, dc_ac_ratio=float(fact["dc_ac_ratio"]))
    basis = str(fact["capacity_basis"])
    rating = "dc" if basis == "dc" else "ac"
    remark = "per MW of modules" if rating == "dc" else "per MW of AC"
    if basis == "unknown":
        remark = "rating AC or DC unknown, taken as AC"
    return solar_yield(study.dataset, *place, system=system, rating=rating), remark


def _sigma(
    fact: Mapping[Hashable, Any], values: Assumptions, place: float | None, *, sample: bool
) -> float:
    """Return the relative sigma of the model's statement about a row.

    A design is a statement about the long term, a reported year about one year.
    """
    terms = budget(str(fact["technology"]), values, screening=sample, place=place)
    if fact["kind"] == "design":
        terms = [term for term in terms if term.category != ANNUAL]
    return combined(terms, years=1)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _is_near(fact: Mapping[Hashable, Any], places: pd.DataFrame) -> bool:
    apart = np.hypot(
        places["latitude"] - float(fact["latitude"]), places["longitude"] - float(fact["longitude"])
    )
    return bool((apart <= _NEAR_DEGREES).any())


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)
