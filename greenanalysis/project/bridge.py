"""How the cost of energy of the atlas becomes that of a brief, step by step."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.potential import HOURS_PER_YEAR
from greenanalysis.finance.metrics import levelised_cost
from greenanalysis.project.cashflow import Financed
from greenanalysis.project.macro import Macro
from greenanalysis.project.operation import operate
from greenanalysis.project.terms import Project, Terms, Yield


def real_cost(project: Project, terms: Terms, macro: Macro) -> float:
    """Return the levelised cost before tax and loan, dollars of the price year per MWh."""
    flow = operate(project, terms, macro, energy=project.energy.p50_mwh)
    costs = np.concatenate([flow.capex_usd_nominal, flow.opex_usd_nominal])
    energy = np.concatenate([np.zeros(flow.construction.size), flow.energy_mwh])
    return levelised_cost(
        costs,
        energy,
        rate=macro.nominal(terms.discount_rate_real),
        inflation=macro.inflation_usd,
    )


def atlas_terms(terms: Terms) -> Terms:
    """Return the terms as the atlas has them: the plant alone, built at once, all energy sold."""
    return dataclasses.replace(
        terms,
        connection_usd_2025_per_mw_km=0.0,
        connection_station_usd_2025_per_kw=0.0,
        storage_usd_2025_per_kwh=0.0,
        storage_inverter_usd_2025_per_kw=0.0,
        storage_fixed_share=0.0,
        storage_augmentation_share=0.0,
        storage_cycles_per_year=0.0,
        degradation=0.0,
        curtailment=0.0,
        construction_years=0,
        drawdown=(),
        capex_escalation=None,
        property_tax_rate=0.0,
        balancing_share=0.0,
        transmission_kzt_2025_per_kwh=0.0,
    )


def cost_bridge(
    made: Financed, study: Assessment, *, latitude: float, longitude: float
) -> pd.DataFrame:
    """Return the cost of the atlas, each step to the cost of the brief, and that of the brief.

    Parameters
    ----------
    made : the project of the brief.
    study : the assessment whose atlas is meant.
    latitude, longitude : of the project, degrees.

    Returns
    -------
    DataFrame : ``step``, ``usd_2025_per_mwh`` (the level after it) and ``change``; the change of
        the first row is NaN.
    """
    project, terms, macro = made.project, made.terms, made.macro
    place = {"latitude": latitude, "longitude": longitude}
    atlas = float(study.lcoe[project.technology].sel(place, method="nearest"))
    cell = float(study.mean_cf[project.technology].sel(place, method="nearest"))
    now = atlas_terms(terms)
    energy = Yield(cell * HOURS_PER_YEAR * project.capacity_mw, project.energy.p90_share)
    as_atlas = dataclasses.replace(project, energy=energy)
    steps: list[tuple[str, Project, Terms]] = [
        ("cost and rate as stated here", as_atlas, now),
        ("energy of the place instead of the mean of the cell", project, now),
    ]
    for label, fields in (
        ("curtailment", ("curtailment",)),
        ("ageing", ("degradation",)),
        (
            "connection and substation",
            ("connection_usd_2025_per_mw_km", "connection_station_usd_2025_per_kw"),
        ),
        (
            "battery",
            (
                "storage_usd_2025_per_kwh",
                "storage_inverter_usd_2025_per_kw",
                "storage_fixed_share",
                "storage_augmentation_share",
                "storage_cycles_per_year",
            ),
        ),
        ("construction time", ("construction_years", "drawdown", "capex_escalation")),
        (
            "grid charges, imbalances, property tax",
            ("property_tax_rate", "balancing_share", "transmission_kzt_2025_per_kwh"),
        ),
    ):
        now = dataclasses.replace(now, **{field: getattr(terms, field) for field in fields})
        steps.append((label, project, now))
    levels = [atlas, *(real_cost(one, other, macro) for _, one, other in steps)]
    table = pd.DataFrame(
        {
            "step": ["atlas, mean of the cell", *(label for label, _, _ in steps)],
            "usd_2025_per_mwh": levels,
        }
    )
    table["change"] = table["usd_2025_per_mwh"].diff()
    moved = table["change"].isna() | (table["change"].abs() > 5e-3)
    return table[moved].reset_index(drop=True)
