"""A theme of the atlas: heat of deep water, the same in each region but one."""

import geopandas as gpd
import numpy as np
import pandas as pd

from greenanalysis.atlas.table import atlas_table, check_row
from greenanalysis.atlas.themes import MapLayer, Theme
from greenanalysis.core.assumptions import Assumptions


def toy_heat_table(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return the heat of each region, none for the first."""
    rows = [
        {
            "region": code,
            "theme": "toy_heat",
            "quantity": "deep heat",
            "level": "technical",
            "value": 12.0 if number else np.nan,
            "unit": "PJ/year",
            "year": 2024,
            "status": "modelled" if number else "no data",
            "source": "made by a test",
            "note": "",
        }
        for number, code in enumerate(regions.index)
    ]
    return atlas_table(rows, regions=regions.index)


def toy_heat_checks(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return the country's sum beside a figure that was never published."""
    fact = {"quantity": "deep heat", "value": 240.0, "year": np.nan, "unit": "PJ/year"}
    row = pd.Series({**fact, "source": "made by a test", "note": ""})
    return pd.DataFrame([check_row(row, 12.0 * (len(regions) - 1), 0.1, "a toy")])


THEME = Theme(
    name="toy_heat",
    order=4,
    table=toy_heat_table,
    layer=MapLayer("deep heat", "technical", "Geothermal heat", "OrRd", 0),
    checks=toy_heat_checks,
    limits=("Deep heat is a toy of the tests.",),
)
