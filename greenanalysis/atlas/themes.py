"""Water, biomass and waste together: their tables, and how their totals meet published ones."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from greenanalysis.atlas.biomass import biomass_table, national_comparison
from greenanalysis.atlas.hydro import hydro_checks, hydro_table
from greenanalysis.atlas.waste import waste_checks, waste_table
from greenanalysis.core.assumptions import Assumptions


def atlas_themes(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> dict[str, pd.DataFrame]:
    """Return the table of each theme, checked by ``atlas_table``.

    Parameters
    ----------
    regions : of :func:`~greenanalysis.geo.regions.load_regions`.
    assumptions : coefficients and prices.
    """
    return {
        "water": hydro_table(regions, assumptions),
        "biomass": biomass_table(regions, assumptions),
        "waste": waste_table(regions, assumptions),
    }


def national_totals(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Set the national totals of all themes beside published ones.

    Returns
    -------
    DataFrame : theme, quantity, got, expected, unit, tolerance, hit, source, remark; ``got`` is NaN
        where the published figure is quoted and not modelled.
    """
    parts = {
        "water": hydro_checks(regions, assumptions),
        "biomass": national_comparison(assumptions),
        "waste": waste_checks(regions, assumptions),
    }
    table = pd.concat(parts, names=["theme", None]).reset_index(level="theme")
    return table.reset_index(drop=True)
