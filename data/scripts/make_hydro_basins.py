"""Make ``data/facts/hydro_basin_cells.csv`` and ``data/facts/hydro_water_balance.csv``.

Inputs (download them, they are not kept here), all of aidos2/WaterHydro-Kazakhstan-Portal (MIT):

* outlines of the eight water-management basins with a property ``BASIN_NAME``,
* river lines with ``WATERSHED_ID``, ``WATERSHED_NAME`` and ``WATERSHED_AREA``,
* monthly GLEAM water balance of 14 watersheds, 2000-2023.

A cell of the project's grid belongs to the basin that covers most of it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from greenanalysis.core.files import write_text
from greenanalysis.core.paths import data_dir
from greenanalysis.geo.grid import EQUAL_AREA, cell_boxes, latitudes, longitudes
from greenanalysis.geo.regions import cell_region_area, load_regions

SOURCE = "WaterHydro-Kazakhstan-Portal, https://github.com/aidos2/WaterHydro-Kazakhstan-Portal, MIT"
NAMES = {
    "Ertis": ("Ertis", "Ertis and Balkash-Alakol"),
    "Balkhash-Alakol": ("Balkash-Alakol", "Ertis and Balkash-Alakol"),
    "Aral-Syr Darya": ("Aral-Syrdarya", "Aral-Syrdarya"),
    "Shu-Talas": ("Shu-Talas", "Shu-Talas"),
    "Zhaiyk-Caspian": ("Zhaiyk-Caspian", "Zhaiyk-Caspian"),
    "Yesil": ("Yesil", "Yesil, Tobyl-Torgai and Nura-Sarysu"),
    "Tobyl-Torgai": ("Tobyl-Torgai", "Yesil, Tobyl-Torgai and Nura-Sarysu"),
    "Nura-Sarysu": ("Nura-Sarysu", "Yesil, Tobyl-Torgai and Nura-Sarysu"),
}


def basin_cells(outlines: Path) -> pd.DataFrame:
    """Return the basin of each cell that lies in a region of Kazakhstan."""
    latitude, longitude = latitudes(), longitudes()
    inside = cell_region_area(load_regions(), latitude, longitude).sum("region").to_numpy() > 0
    boxes = cell_boxes(latitude, longitude)[inside.ravel()]
    basins = gpd.read_file(outlines).to_crs(EQUAL_AREA)
    cells = gpd.GeoSeries(boxes, crs=EQUAL_AREA)
    cover = np.stack([cells.intersection(shape.buffer(0)).area for shape in basins.geometry])
    north, east = np.meshgrid(latitude, longitude, indexing="ij")
    best = basins["BASIN_NAME"].to_numpy()[cover.argmax(axis=0)]
    table = pd.DataFrame(
        {
            "latitude": north[inside],
            "longitude": east[inside],
            "basin": [NAMES[name][0] for name in best],
            "group": [NAMES[name][1] for name in best],
            "source": SOURCE,
        }
    )
    return table[cover.max(axis=0) > 0]


def water_balance(monthly: Path, rivers: Path) -> pd.DataFrame:
    """Return the mean yearly balance of each watershed, mm."""
    lines = json.loads(rivers.read_text(encoding="utf-8"))["features"]
    known = {line["properties"]["WATERSHED_ID"]: line["properties"] for line in lines}
    table = pd.read_csv(monthly)
    table["year"] = table["Date"].str[:4]
    yearly = table.groupby(["WATERSHED_ID", "year"]).sum(numeric_only=True)
    mean = yearly.groupby("WATERSHED_ID").mean()
    return pd.DataFrame(
        {
            "watershed": [known[code]["WATERSHED_NAME"] for code in mean.index],
            "area_km2": [known[code]["WATERSHED_AREA"] for code in mean.index],
            "precipitation_mm": mean["Precipitation"].round(1).to_numpy(),
            "evapotranspiration_mm": mean["Evapotranspiration"].round(1).to_numpy(),
            "difference_mm": mean["Water_Balance_delta_S"].round(1).to_numpy(),
            "years": "2000-2023",
            "source": "GLEAM through " + SOURCE,
        }
    )


def main() -> None:
    """Read the paths from the command line and write both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("basins", "rivers", "balance"):
        parser.add_argument(name, type=Path)
    told = parser.parse_args()
    facts = data_dir() / "facts"
    write_text(facts / "hydro_basin_cells.csv", basin_cells(told.basins).to_csv(index=False))
    balance = water_balance(told.balance, told.rivers).to_csv(index=False)
    write_text(facts / "hydro_water_balance.csv", balance)


if __name__ == "__main__":
    main()
