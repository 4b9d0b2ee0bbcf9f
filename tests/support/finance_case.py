"""A small project for the tests of finance, on the assumptions of the repository."""

from __future__ import annotations

from typing import Any

from greenanalysis.core.assumptions import Assumptions, load_assumptions
from greenanalysis.project.cashflow import Financed, finance
from greenanalysis.project.contract import parse_tariff
from greenanalysis.project.terms import Project, Yield, load_macro, load_terms, with_terms

VALUES: Assumptions = load_assumptions()
MACRO = load_macro(VALUES)


def project(technology: str = "wind", tariff: str | float = 30.0, **changes: Any) -> Project:
    factor = {"wind": 0.35, "solar": 0.2}[technology]
    given: dict[str, Any] = {
        "name": "Case",
        "technology": technology,
        "capacity_mw": 100.0,
        "energy": Yield(factor * 8760 * 100, 0.85),
        "contract": parse_tariff(tariff, technology, VALUES),
        "connection_km": 10.0,
    }
    return Project(**(given | changes))


def financed(technology: str = "wind", tariff: str | float = 30.0, **terms: Any) -> Financed:
    base = load_terms(VALUES, technology)
    return finance(project(technology, tariff), with_terms(base, terms), MACRO)
