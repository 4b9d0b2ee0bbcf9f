"""What the waste measures share: the waste that is there and the methane that it would give."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.waste import waste_statistic
from greenanalysis.atlas.waste_coefficients import landfill_coefficients
from greenanalysis.resource.landfill import landfill_methane
from greenanalysis.resource.waste import generation_t

if TYPE_CHECKING:
    import geopandas as gpd


def collected_t(
    region: str, regions: gpd.GeoDataFrame, assumptions: Assumptions
) -> tuple[float, str]:
    """Return the region's waste of a year and where the figure is from.

    Returns
    -------
    tuple : t a year, of the region's own statistic where there is one, and that in words.
    """
    known = waste_statistic(region, "collected_kt")
    if not math.isnan(known):
        return known * 1000, "waste as collected in the region (waste_regions.csv)"
    per_head = assumptions.get("waste", "per_head", unit="kg/year")
    people = regions.loc[[region], "population"].to_numpy()
    return float(generation_t(people, per_head)[0]), "waste modelled: people times waste per head"


def avoided_methane_t(diverted: dict[str, float], assumptions: Assumptions, *, years: int) -> float:
    """Return the methane that waste kept from the landfill would have given, mean of the years.

    Parameters
    ----------
    diverted : t a year by kind, the same each year.
    assumptions : holds ``landfill`` and the coefficients of each kind.
    years : of diversion, e.g. the lifetime of the measure.

    Returns
    -------
    float : t of methane a year; less than the whole potential, as the decay outlasts the years.
    """
    total = sum(diverted.values())
    if total <= 0:
        return 0.0
    kinds = {kind: mass / total for kind, mass in diverted.items()}
    waste = pd.Series(total, index=range(years))
    coefficients = landfill_coefficients(kinds, assumptions)
    return float(landfill_methane(waste, kinds, **coefficients).to_numpy().sum() / years)
