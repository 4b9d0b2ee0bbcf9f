"""The coefficients of each kind of waste, taken from the tables into plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from greenanalysis.assumptions import Assumptions
from greenanalysis.resource.landfill import check_composition
from greenanalysis.tables import read_facts


def read_composition() -> dict[str, float]:
    """Return the country's mean municipal waste by kind, shares of the wet mass.

    Raises
    ------
    InputError : the table is missing, or its shares are negative or sum to more than 1.
    """
    facts = read_facts("waste_composition", numeric=["share"])
    composition = dict(zip(facts["kind"], facts["share"], strict=True))
    check_composition(composition)
    return composition


def waste_coefficient(
    kinds: Iterable[str], parameter: str, unit: str, assumptions: Assumptions
) -> dict[str, float]:
    """Return ``waste_<kind>/<parameter>`` for each kind of waste."""
    return {kind: assumptions.get(f"waste_{kind}", parameter, unit=unit) for kind in kinds}


def landfill_coefficients(kinds: Iterable[str], assumptions: Assumptions) -> dict[str, Any]:
    """Return the keyword arguments of :func:`greenanalysis.resource.landfill.landfill_methane`."""
    kinds = list(kinds)
    return {
        "organic_carbon": waste_coefficient(kinds, "organic_carbon", "1", assumptions),
        "decay_rate": waste_coefficient(kinds, "decay_rate", "1/year", assumptions),
        **{
            name: assumptions.get("landfill", name, unit="1")
            for name in ("decomposing_share", "methane_correction", "methane_share")
        },
    }
