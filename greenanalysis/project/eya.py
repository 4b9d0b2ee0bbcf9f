"""Export of an energy yield assessment in the open exchange format of IEC 61400-15-2 (EYA DEF).

References
----------
IEC 61400-15 working group, EYA DEF JSON Schema, https://github.com/IEC-61400-15/eya_def, read at
commit 018f6456. It describes wind plants; solar plants get the same tree under other names and do
not claim the schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.geo.country import load_country
from greenanalysis.project.uncertainty import (
    ANNUAL,
    HORIZONS,
    LEVELS,
    SCREENING,
    Term,
    combined,
    exceeded,
)

_SCHEMA = (
    "https://raw.githubusercontent.com/IEC-61400-15/eya_def/blob/main/"
    "iec_61400-15-2_eya_def.schema.json"
)
_SUBCATEGORIES = {
    "wake": "internal_turbine_interaction",
    "availability": "turbine_availability",
    "electrical": "electrical_efficiency",
    "performance": "sub_optimal_performance",
    "environment": "icing",
    "curtailment": "load_curtailment",
    "grid": "grid_curtailment",
}
_UNCERTAINTY_SUBCATEGORIES = {
    "measurement_uncertainty": "wind_speed_measurement",
    "historical_wind_resource": "long_term_period_representativeness",
    "vertical_extrapolation": "model_uncertainty",
    "horizontal_extrapolation": "model_uncertainty",
    ANNUAL: "wind_speed_variability",
}


_PERFORMANCE = "plant_performance"
"""Category of the uncertainty that belongs to losses and power curve, not to the wind."""


@dataclass(frozen=True)
class Plant:
    """What the document says of the plant and its weather."""

    name: str
    technology: str
    latitude: float
    longitude: float
    altitude_m: float
    capacity_mw: float
    hub_height_m: float
    turbine: str
    start_year: int
    lifetime: int
    weather: str
    wind_speed_mean: float = float("nan")
    wind_speed_bins: tuple[float, ...] = ()
    """Share of hours by 1 m/s bin, the first centred on 0."""


def eya_document(
    plant: Plant, *, p50_gwh: float, tree: pd.DataFrame, terms: Sequence[Term], issued: str
) -> dict[str, Any]:
    """Return the assessment as a JSON value.

    Parameters
    ----------
    plant : see :class:`Plant`.
    p50_gwh : net energy of a year after all losses of ``tree``.
    tree : of :func:`~greenanalysis.project.uncertainty.loss_tree`.
    terms : of :func:`~greenanalysis.project.uncertainty.budget`.
    issued : date, YYYY-MM-DD.

    Notes
    -----
    The uncertainty of the wind and that of plant performance combine to that of net energy. No
    layout is designed: one entry stands for all turbines, at the point given. The term that
    screening-grade weather adds stands under the historical wind resource.
    """
    about = {
        "title": f"Screening energy yield assessment: {plant.name}",
        "comments": f"Weather: {plant.weather}. No mast, no layout; not bankable as it stands.",
        "project_name": plant.name,
        "project_country": load_country().code,
        "issue_date": issued,
        "contributors": [{"name": "greenanalysis", "contributor_type": "author"}],
        "issuing_organisations": [{"name": "greenanalysis"}],
        "epsg_srid": 4326,
        "utc_offset": load_country().utc_offset,
    }
    energy = _energy(p50_gwh, tree, terms)
    if plant.technology != "wind":
        return {**about, "scenarios": [{"label": "A", "energy_assessment": energy}]}
    return {
        "$schema": _SCHEMA,
        **about,
        "wind_farms": [_farm(plant)],
        "wind_resource_assessments": [_resource(plant)],
        "scenarios": [
            {
                "label": "A",
                "is_main_scenario": True,
                "operational_lifetime_length_years": float(plant.lifetime),
                "wind_farm_ids": ["WF01"],
                "turbine_wind_resource_assessment": _at_turbines(plant, terms),
                "energy_assessment": energy,
            }
        ],
    }


def _dataset(values: Any, kind: Any = "mean", **more: Any) -> dict[str, Any]:
    return {**more, "statistics": [{"statistic_type": kind, "values": values}]}


def _farm(plant: Plant) -> dict[str, Any]:
    turbine = {
        "id": "T01",
        "comments": "stands for all turbines: no layout is designed",
        "location": {"x": plant.longitude, "y": plant.latitude},
        "ground_level_altitude": plant.altitude_m,
        "hub_height": plant.hub_height_m,
        "turbine_model_id": plant.turbine,
    }
    return {
        "id": "WF01",
        "label": plant.name,
        "turbines": [turbine],
        "relevance": "internal",
        "operational_lifetime_start_date": f"{plant.start_year}-01-01",
        "installed_capacity": plant.capacity_mw,
    }


def _resource(plant: Plant) -> dict[str, Any]:
    bins = [[[0.25 if speed == 0 else float(speed)], float(share)]
            for speed, share in enumerate(plant.wind_speed_bins)]  # fmt: skip
    return {
        "id": "WRA01",
        "description": plant.weather,
        "input_characteristics": {"data_availability": [_dataset(1.0)]},
        "results": {
            "wind_speed": [_dataset(plant.wind_speed_mean)],
            "probability": [_dataset(bins, dimensions=["wind_speed"])],
        },
    }


def _at_turbines(plant: Plant, terms: Sequence[Term]) -> dict[str, Any]:
    parts = {
        term.category: term for term in terms if term.category not in (SCREENING, _PERFORMANCE)
    }
    extra = [term for term in terms if term.category == SCREENING]
    categories = []
    for name, term in parts.items():
        whole = [term, *(extra if name == "historical_wind_resource" else [])]
        share = _uncertainty(combined(whole, years=1), "any_one_year")
        categories.append(
            {
                "label": name,
                "subcategories": [
                    {
                        "label": _UNCERTAINTY_SUBCATEGORIES.get(name, "model_uncertainty"),
                        "results": share,
                        "comments": term.note,
                    }
                ],
                "results": share,
            }
        )
    wind = [*parts.values(), *extra]
    return {
        "wind_resource_assessment_id_reference": "WRA01",
        "wind_spatial_modelling_processes": [
            {"label": "nearest cell", "description": "half-degree cell, mean of plants' siting"}
        ],
        "results": {"wind_speed": [_dataset(plant.wind_speed_mean)]},
        "wind_uncertainty_assessment": {
            "categories": categories,
            "results": _uncertainty(combined(wind, years=1), "any_one_year"),
        },
    }


def _uncertainty(sigma: float, period: str) -> dict[str, Any]:
    return {
        "relative_energy_uncertainty": [
            _dataset(sigma, "standard_deviation", assessment_period=period)
        ]
    }


def _energy(p50_gwh: float, tree: pd.DataFrame, terms: Sequence[Term]) -> dict[str, Any]:
    gross = p50_gwh / float(tree["kept"].iloc[-1])
    performance = [term for term in terms if term.category == _PERFORMANCE]
    return {
        "gross_energy_assessment": {
            "process_description": {
                "label": "greenanalysis",
                "description": "hourly weather of one cell through the plant's power curve",
            },
            "results": {"annual_energy_production": [_dataset(gross, "median")]},
        },
        "plant_performance_assessment": {
            "categories": [
                _category(str(name), part) for name, part in tree.groupby("category", sort=False)
            ],
            "results": {
                "efficiency": [_dataset(float(tree["kept"].iloc[-1]))],
                **_uncertainty(combined(performance, years=1), "any_one_year"),
            },
        },
        "net_energy_assessment": {
            "process_description": {
                "label": "root sum of squares",
                "description": "independent normal terms; yearly ones shrink over several years",
            },
            "results": {
                "annual_energy_production": [_net(p50_gwh, terms, years) for years in HORIZONS],
                **_uncertainty(combined(terms, years=1), "any_one_year"),
            },
        },
    }


def _net(p50_gwh: float, terms: Sequence[Term], years: int) -> dict[str, Any]:
    spread = [
        {
            "statistic_type": {"exceedance_level": level / 100},
            "values": exceeded(p50_gwh, terms, level=level, years=years),
        }
        for level in LEVELS
        if level != 50
    ]
    period = {1: "any_one_year"}.get(years, "other")
    return {
        "label": f"mean of {years} years",
        "assessment_period": period,
        "statistics": [{"statistic_type": "median", "values": p50_gwh}, *spread],
    }


def _category(name: str, part: pd.DataFrame) -> dict[str, Any]:
    known: Mapping[str, str] = _SUBCATEGORIES
    subcategories = [
        {
            "label": known.get(row["loss"], row["loss"]),
            "basis": "generic_assumption",
            "variability": "static_process",
            "results": {"efficiency": [_dataset(1 - row["share"])]},
        }
        for row in part.to_dict("records")
    ]
    whole = float(np.prod(1 - part["share"]))
    return {
        "label": name,
        "subcategories": subcategories,
        "results": {"efficiency": [_dataset(whole)]},
    }
