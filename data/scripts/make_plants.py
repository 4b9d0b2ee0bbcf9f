"""Make ``data/facts/plants.csv`` from public plant lists.

Inputs (download them, they are not kept here):

* ``custom_powerplants.csv`` of pypsa-meets-earth/pypsa-kz-data (CC-BY-4.0),
* Global Energy Monitor, Global Oil and Gas Plant Tracker, August 2024 (CC-BY-4.0),
* wind facilities by oblast, QazaqGreen and Ministry of Energy, January 2026,
* boundaries of the 20 units with a property ``iso_3166_2``.

What the lists lack of KEGOC's national totals is added as one residual row for each region and
carrier, in proportion to the located capacity, and marked so.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import pandas as pd

PYPSA_KZ = "PyPSA meets Earth, pypsa-kz-data, https://github.com/pypsa-meets-earth/pypsa-kz-data"
GEM = "Global Energy Monitor, Global Oil and Gas Plant Tracker, August 2024"
QAZAQGREEN = "QazaqGreen map of renewables, Ministry of Energy data of January 2026"
KEGOC_2020 = "KEGOC totals of 2020 as quoted in the PyPSA-Earth documentation"
RIVERS = "rivershelp.org/n/1182 (1222.61 MW in 2024)"
TOTALS_MW = {"coal": 13410.0, "gas": 6010.0, "hydro": 2950.0, "solar": 1222.61}
CARRIERS = {
    "Hard Coal": "coal",
    "CCGT": "gas",
    "OCGT": "gas",
    "Hydro": "hydro",
    "Solar": "solar",
    "Wind": "wind",
}
MISSING_GAS = {  # operating in the tracker, absent from the first list
    "Karabatan power station",
    "GTPP-500 Uralsk power station",
    "Zhanazhol 3 power station",
}
MISSING_SOLAR = [("Shu SPP", 100.0, 43.58747, 73.70662), ("Konyrat SPP", 100.0, 46.94349, 75.00451)]
NOTES = {
    "Ekibastuz TTP 1": "GEM (January 2022) has 2,500 MW operating and 1,000 MW mothballed",
    "Aksuskaya": "GEM has 2,510 MW",
    "Almaty CHP 1": "listed as coal; GEM: burns gas since 2017, 120 MW",
    "Kapchagayskaya HPP": "GEM has 434 MW",
    "Zhambyl GES-1": "listed as CCGT; GEM: steam turbines of 1967-1976",
    "Shymkent CHP 3": "listed as CCGT; GEM: steam turbines",
    "Kazatomprom MAEC TPP 3 -1": "listed as CCGT; GEM: steam turbines",
    "Kazatomprom MAEC CHP 2 - 1": "listed as CCGT with 630 MW; GEM: steam turbines, 460 MW",
    "Atyrau CHP": "GEM has 400 MW",
    "Karatobe": "coordinates are those of Aktobe; the settlement Karatobe lies in West Kazakhstan",
    "GPES Bashenkol": "coordinates are those of Aktobe, not verified",
}
CONDENSING = {  # power stations without heat to give; GEM calls them GRES
    "Aksuskaya",
    "Ekibastuz TTP 1",
    "Ekibastuz TTP 2",  # listed as CHP
    "Kazakhmys Corporation TTP 1",
    "Bassel Group LLS Karaganda TTP 1- 8",  # listed as CHP
    "Zhambyl GES-1",
    "Kazatomprom MAEC TPP 3 -1",
    "Kazatomprom MAEC CHP 2 - 1",  # listed as CHP; the heat of Aktau is a small part of it
}
COLUMNS = [
    "name",
    "region",
    "carrier",
    "capacity_mw",
    "year",
    "lat",
    "lon",
    "operation",
    "kind",
    "source",
    "note",
]


def listed(path: Path) -> pd.DataFrame:
    """Return the plants of pypsa-kz-data but wind, which a newer registry replaces."""
    raw = pd.read_csv(path)
    table = pd.DataFrame(
        {
            "name": raw["Name"].str.strip(),
            "carrier": raw["Fueltype"].map(CARRIERS),
            "capacity_mw": raw["Capacity"],
            "year": raw["DateIn"],
            "lat": raw["lat"],
            "lon": raw["lon"],
            "kind": "listed",
            "source": PYPSA_KZ,
        }
    )
    table["note"] = table["name"].map(NOTES).fillna("")
    table.loc[table["name"] == "Almaty CHP 1", "carrier"] = "gas"
    return table[table["carrier"] != "wind"]


def added(gem: Path) -> pd.DataFrame:
    """Return operating gas plants and solar farms that the first list lacks."""
    raw = pd.read_csv(gem)
    raw = raw[(raw["country"] == "Kazakhstan") & (raw["status"] == "operating")]
    raw = raw[raw["project"].isin(MISSING_GAS)]
    gas = raw.groupby("project", as_index=False).agg(
        capacity_mw=("capacity", "sum"),
        year=("start_year", "min"),
        lat=("lat", "first"),
        lon=("lng", "first"),
    )
    gas = gas.rename(columns={"project": "name"}).assign(
        carrier="gas", kind="listed", source=GEM, note=""
    )
    solar = pd.DataFrame(MISSING_SOLAR, columns=["name", "capacity_mw", "lat", "lon"]).assign(
        carrier="solar",
        kind="listed",
        source="OpenStreetMap contributors, ODbL 1.0",
        note="year not stated there",
    )
    return pd.concat([gas, solar])


def wind(path: Path) -> pd.DataFrame:
    """Return the wind registry; its rows name the oblast, not the place."""
    raw = pd.read_csv(path)
    return pd.DataFrame(
        {
            "name": raw["operator_ru"],
            "region": raw["iso_3166_2"],
            "carrier": "wind",
            "capacity_mw": raw["capacity_mw"],
            "kind": "listed",
            "source": QAZAQGREEN,
            "note": "",
        }
    )


def residuals(plants: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each region with its share of what the national total has more."""
    rows = []
    for carrier, total in TOTALS_MW.items():
        located = plants[plants["carrier"] == carrier].groupby("region")["capacity_mw"].sum()
        rest = total - located.sum()
        source = RIVERS if carrier == "solar" else KEGOC_2020
        for region, share in (located / located.sum()).items():
            rows.append([f"{carrier} not listed", region, carrier, round(rest * share, 2), source])
    table = pd.DataFrame(rows, columns=["name", "region", "carrier", "capacity_mw", "source"])
    return table.assign(
        kind="residual",
        note="national total less listed plants, spread like these: project assumption",
    )


def operation(plants: pd.DataFrame, sets: dict[str, str]) -> pd.Series:
    """Return how coal and gas plants run: ``condensing``, ``chp`` or ``field``; others are empty.

    ``sets`` is the column ``Set`` of pypsa-kz-data by name. Coal that is no condensing station
    gives heat to a town or works. Gas that gives no heat belongs to oil and gas fields and works.
    """
    named = plants["name"].map(sets).eq("CHP") | plants["name"].str.split().map(
        lambda words: "CHP" in words
    )
    heat = (plants["carrier"] == "coal") | named
    kind = heat.map({True: "chp", False: "field"}).where(
        ~plants["name"].isin(CONDENSING), "condensing"
    )
    return kind.where(plants["carrier"].isin(["coal", "gas"]), "")


def locate(plants: pd.DataFrame, boundaries: Path) -> pd.Series:
    """Return the code of the unit in which (or nearest to which) each plant lies."""
    units = gpd.read_file(boundaries)[["iso_3166_2", "geometry"]].to_crs("EPSG:6933")
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(plants["lon"], plants["lat"]),
        index=plants.index,
        crs="EPSG:4326",
    )
    joined = gpd.sjoin_nearest(points.to_crs("EPSG:6933"), units)
    return joined.groupby(level=0)["iso_3166_2"].max()


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("plants", "gem", "wind", "boundaries", "target"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    located = pd.concat([listed(args.plants), added(args.gem)], ignore_index=True)
    located["region"] = locate(located, args.boundaries)
    plants = pd.concat([located, wind(args.wind)], ignore_index=True)
    plants = pd.concat([plants, residuals(plants)], ignore_index=True)
    raw = pd.read_csv(args.plants)
    sets = dict(zip(raw["Name"].str.strip(), raw["Set"], strict=True))
    plants["operation"] = operation(plants, sets)
    plants["year"] = plants["year"].astype("Int64")
    plants = plants.sort_values(["carrier", "region", "kind", "name"], ignore_index=True)
    plants[COLUMNS].to_csv(args.target, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
