"""The maps of the resource pages: yield and cost by cell, potential by region, plants."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from shapely import LineString

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.site_wind import site_wind
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.tables import read_facts
from greenanalysis.geo.regions import load_neighbours, region_code
from greenanalysis.site.draw.layers import (
    Layer,
    Lines,
    Outlines,
    Points,
    Popup,
    RasterTheme,
    RegionTheme,
)
from greenanalysis.site.draw.palette import CARRIERS, ColourScale, scale_of
from greenanalysis.site.pages.resource import potential_by_region

_GRID = (("500 kV", "#7a1f6b", 2.4, ""), ("220 kV", "#3c7a3a", 1.7, "6 4"))
"""Voltage, colour, width in pixels and dashes of the schematic lines."""

SOURCE = "greenanalysis; boundaries: Natural Earth, GeoNames; plants: PyPSA meets Earth"


def basemap(regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the land to draw below a map: the countries around and the regions themselves."""
    around = load_neighbours()[["geometry"]]
    return pd.concat([around, regions[["geometry"]]], ignore_index=True)


def regional_layers(study: Assessment, region: str) -> list[Layer]:
    """Return the map of one region: cost and yield of each technology, borders and plants."""
    code = region_code(region)
    inside = study.area.sel(region=code) > 0
    themes: list[Layer] = [
        _raster(
            study.lcoe[name].where(inside),
            f"{TECHNOLOGIES[name].title} LCOE",
            "USD/MWh",
            "viridis_r",
            0,
        )
        for name in POTENTIAL
    ]
    themes += [
        _raster(
            study.mean_cf[name].where(inside),
            f"{TECHNOLOGIES[name].title} yield",
            "capacity factor",
            TECHNOLOGIES[name].colours,
            2,
        )
        for name in sorted(TECHNOLOGIES, key=lambda name: TECHNOLOGIES[name].adds)
    ]
    number = list(study.regions.index).index(code)
    return [
        *themes,
        _outlines(study, highlight=[number]),
        *_grid_layers(),
        *plant_layers(region=code),
    ]


def national_layers(study: Assessment) -> list[Layer]:
    """Return the atlas: yield by cell, potential by region, borders with popups and plants."""
    inside = study.area.sum("region") > 0
    table = potential_by_region(study)
    by_region: list[Layer] = [
        RegionTheme(
            f"{TECHNOLOGIES[name].title} by region",
            study.regions,
            table.loc[study.regions.index, f"{name}_energy_twh"].tolist(),
            scale_of(
                table.loc[study.regions.index, f"{name}_energy_twh"].to_numpy(),
                unit="TWh/year",
                colours=TECHNOLOGIES[name].colours,
                decimals=0,
            ),
            popups=_popups(study),
        )
        for name in POTENTIAL
    ]
    by_cell = [
        _raster(
            study.mean_cf[name].where(inside),
            f"{TECHNOLOGIES[name].title} yield",
            "capacity factor",
            TECHNOLOGIES[name].colours,
            2,
            months=_by_month(study, name).where(inside),
        )
        for name in reversed(POTENTIAL)
    ]
    return [
        *by_region,
        *_wind_map_layers(study),
        *by_cell,
        _outlines(study),
        *_grid_layers(),
        *plant_layers(),
    ]


def _wind_map_layers(study: Assessment) -> list[RasterTheme]:
    """Return the mean wind and how sure it is, averaged to the cells of the other layers."""
    fine = site_wind(study)
    if fine is None:
        return []
    cells = fine.coarsen(latitude=6, longitude=6).mean()
    return [
        _raster(cells["speed"], "Wind speed at 100 m", "m/s", TECHNOLOGIES["wind"].colours, 1),
        _raster(100 * cells["sigma"], "Uncertainty of the wind", "% of the speed", "magma_r", 0),
    ]


def _by_month(study: Assessment, technology: str) -> xr.DataArray:
    """Return mean capacity factors, dims (month, latitude, longitude), months of UTC."""
    hours = study.capacity_factor[technology]
    return hours.groupby("time.month").mean("time").compute()


def _grid_layers() -> list[Lines]:
    """Return the present lines of 500 and 220 kV, drawn from node to node and not as they run."""
    nodes = read_facts("nodes", numeric=["latitude", "longitude"]).set_index("node")
    rows = read_facts("interconnectors", numeric=["capacity_mw", "length_km"])
    layers = []
    for voltage, colour, width, dash in _GRID:
        lines = rows[rows["voltage"].str.contains(voltage.split()[0]) & (rows["capacity_mw"] > 0)]
        if lines.empty:
            continue
        ends = [
            LineString(nodes.loc[[row.bus0, row.bus1], ["longitude", "latitude"]].to_numpy())
            for row in lines.itertuples()
        ]
        places = [nodes.loc[lines[end], "place"].astype(str) for end in ("bus0", "bus1")]
        names = [f"{a} – {b}" for a, b in zip(*places, strict=True)]
        popups = [
            Popup(
                name,
                [
                    ("Voltage", str(row.voltage)),
                    ("Capacity", f"{row.capacity_mw:,.0f} MW"),
                    ("Evidence", str(row.evidence)),
                ],
            )
            for name, row in zip(names, lines.itertuples(), strict=True)
        ]
        layers.append(
            Lines(
                f"{voltage} lines",
                gpd.GeoDataFrame(geometry=ends, crs="EPSG:4326"),
                widths=[width] * len(ends),
                colour=colour,
                popups=popups,
                note="schematic, from node to node",
                dash=dash,
            )
        )
    return layers


def plant_layers(*, region: str | None = None) -> list[Points]:
    """Return one layer of points for the solar, wind and hydro plants whose place is known."""
    plants = located_plants()
    if region:
        plants = plants[plants["region"] == region]
    layers = []
    for carrier in ("hydro", "solar", "wind"):
        rows = plants[plants["carrier"] == carrier]
        if len(rows):
            points = gpd.points_from_xy(rows["lon"], rows["lat"], crs="EPSG:4326")
            layers.append(
                Points(
                    f"{carrier.capitalize()} plants",
                    gpd.GeoDataFrame(rows, geometry=points),
                    radii=(2.5 + np.sqrt(rows["capacity_mw"]) / 3).tolist(),
                    colour=CARRIERS[carrier],
                    popups=[_plant_popup(row) for row in rows.to_dict("records")],
                    note="area by capacity",
                )
            )
    return layers


def located_plants() -> pd.DataFrame:
    """Return the solar, wind and hydro plants whose place is known: carrier, name, MW, lat, lon."""
    listed = read_facts("plants", numeric=["capacity_mw", "year", "lat", "lon"])
    register = read_facts("wind_fleet", numeric=["capacity_mw", "latitude", "longitude"])
    names = {"operator_ru": "name", "latitude": "lat", "longitude": "lon"}
    wind = register.rename(columns=names).assign(carrier="wind", year=np.nan)
    others = listed[(listed["kind"] == "listed") & (listed["carrier"] != "wind")]
    plants = pd.concat([others, wind], ignore_index=True)
    return plants[plants["lat"].notna()]


def region_bounds(study: Assessment, code: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a region with a margin, degrees."""
    west, south, east, north = study.regions.loc[[code]].total_bounds
    return float(west) - 0.5, float(south) - 0.3, float(east) + 0.5, float(north) + 0.3


def _raster(
    values: xr.DataArray,
    name: str,
    unit: str,
    colours: str,
    decimals: int,
    *,
    months: xr.DataArray | None = None,
) -> RasterTheme:
    scale: ColourScale = scale_of(values.to_numpy(), unit=unit, colours=colours, decimals=decimals)
    return RasterTheme(name, _cropped(values), scale, months)


def _cropped(values: xr.DataArray) -> xr.DataArray:
    """Cut off rows and columns without values, but for one on each side."""
    known = values.notnull()
    box = {}
    for dim, other in (("latitude", "longitude"), ("longitude", "latitude")):
        places = np.flatnonzero(known.any(other).to_numpy())
        box[dim] = slice(max(places[0] - 1, 0), places[-1] + 2)
    return values.isel(box)


def _outlines(study: Assessment, *, highlight: Sequence[int] = ()) -> Outlines:
    return Outlines("Regions", study.regions, popups=_popups(study), highlight=highlight)


def _popups(study: Assessment) -> list[Popup]:
    table = potential_by_region(study)
    popups = []
    for code, row in study.regions.iterrows():
        found = table.loc[code]
        lines = [
            (f"{TECHNOLOGIES[name].title}", _potential_text(found, name))
            for name in POTENTIAL
            if found[f"{name}_capacity_gw"] > 0
        ]
        lines.append(("Population 2023", f"{row['population']:,.0f}"))
        lines.append(("Demand 2020", f"{row['demand_2020_gwh'] / 1e3:,.1f} TWh"))
        popups.append(Popup(f"{row['name_en']} ({code})", lines))
    return popups


def _potential_text(found: pd.Series, name: str) -> str:
    return (
        f"{found[f'{name}_capacity_gw']:,.1f} GW, {found[f'{name}_energy_twh']:,.0f} TWh/year, "
        f"capacity factor {found[f'{name}_cf']:.2f}, "
        f"{found[f'{name}_lcoe_usd_per_mwh']:.0f} USD/MWh"
    )


def _plant_popup(row: dict[Hashable, Any]) -> Popup:
    lines = [("Capacity", f"{row['capacity_mw']:,.1f} MW"), ("Source", str(row["source"]))]
    if np.isfinite(row["year"]):
        lines.insert(1, ("Since", f"{row['year']:.0f}"))
    return Popup(str(row["name"]), lines)
