"""What the waste measures share: how much waste a region has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greenanalysis.assumptions import Assumptions
from greenanalysis.atlas.waste import waste_statistic
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
