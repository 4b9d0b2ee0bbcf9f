"""The map of an export scenario: new plants by region, lines by flow, markets by volume."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from greenanalysis.geo.country import load_country
from greenanalysis.geo.regions import load_regions
from greenanalysis.site.draw import palette
from greenanalysis.site.draw.layers import Layer, Lines, Outlines, Points, Popup, RegionTheme
from greenanalysis.site.draw.palette import scale_of
from greenanalysis.site.pages.export import SEEN_MW, market_names, place_names
from greenanalysis.supergrid.export import Export

SOURCE = "greenanalysis; boundaries: Natural Earth, GeoNames; lines: data/facts/interconnectors.csv"
_NEW = ("solar", "wind", "battery")


def export_layers(export: Export) -> list[Layer]:
    """Return the map: new solar and wind by region, lines by flow, markets by volume sold."""
    regions = load_regions()
    new = _new_by_region(export, regions.index)
    total = new.sum(axis=1)
    popups = [
        Popup(
            str(name),
            [(carrier.capitalize(), f"{new[carrier][code]:,.1f} GW") for carrier in _NEW],
        )
        for code, name in regions["name_en"].items()
    ]
    scale = scale_of(total.to_numpy(), unit="GW", colours="YlGn", decimals=0, percentiles=(0, 100))
    return [
        RegionTheme("New solar and wind", regions, total.tolist(), scale, popups=popups),
        Outlines("Regions", regions, popups=popups),
        *_line_layers(export),
        _market_points(export),
    ]


def _new_by_region(export: Export, codes: pd.Index) -> pd.DataFrame:
    table = export.results.capacity
    table = table[table["carrier"].isin(_NEW)]
    wide = table.pivot_table(index="region", columns="carrier", values="new_mw", aggfunc="sum")
    return (wide.reindex(codes).fillna(0.0) / 1e3).reindex(columns=list(_NEW), fill_value=0.0)


def _line_layers(export: Export) -> list[Lines]:
    table = export.results.corridors
    flow = table["out_twh"] + table["back_twh"]
    new = table["new_mw"] > SEEN_MW
    today = (table["existing_mw"] > SEEN_MW) & ~new
    hours, flows = _mean_day(export)
    kinds = [
        ("Lines today", today, palette.MUTED, "width by flow"),
        ("New lines", new, palette.WARNING, "width by flow"),
    ]
    return [
        Lines(
            name,
            _shapes(export, table[chosen]),
            widths=np.minimum(1.2 + 1.6 * np.sqrt(flow[chosen]), 9).tolist(),
            colour=colour,
            popups=[_line_popup(row) for row in table[chosen].to_dict("records")],
            note=note,
            hours=hours,
            flows=flows[chosen.to_numpy()],
        )
        for name, chosen, colour, note in kinds
        if chosen.any()
    ]


def _mean_day(export: Export) -> tuple[list[int], np.ndarray]:
    """Return the hours of the mean day, and MW net from ``bus0`` to ``bus1`` of each corridor.

    Returns
    -------
    hours : on the clock of the country; only those that the snapshots hold.
    flows : shape (corridors, hours), weighted by what each snapshot stands for.
    """
    network = export.network
    times = pd.DatetimeIndex(network.snapshots) + pd.Timedelta(hours=load_country().utc_offset)
    weights = network.snapshot_weightings["generators"].to_numpy()
    hours = sorted(set(times.hour))
    links = network.links[["corridor", "direction"]]
    share = np.zeros((len(times), len(hours)))
    for place, hour in enumerate(hours):
        chosen = times.hour == hour
        share[chosen, place] = weights[chosen] / weights[chosen].sum()
    rows = []
    for corridor in export.results.corridors["corridor"]:
        own = links[links["corridor"] == corridor]
        net = sum(
            sign * network.links_t.p0[own.index[own["direction"] == way]].sum(axis=1).to_numpy()
            for way, sign in (("there", 1.0), ("back", -1.0))
        )
        rows.append(net @ share)
    return hours, np.array(rows)


def _shapes(export: Export, rows: pd.DataFrame) -> gpd.GeoDataFrame:
    places = export.network.buses[["x", "y"]]
    lines = [
        LineString([places.loc[row.bus0], places.loc[row.bus1]])
        for row in rows.itertuples(index=False)
    ]
    return gpd.GeoDataFrame(rows.reset_index(drop=True), geometry=lines, crs="EPSG:4326")


def _line_popup(row: dict[Hashable, Any]) -> Popup:
    names = place_names()
    lines = [
        ("Today", f"{row['existing_mw']:,.0f} MW"),
        ("New", f"{row['new_mw']:,.0f} MW"),
        ("Length", f"{row['length_km']:,.0f} km, {row['kind'].replace('_', ' ')}"),
        ("Flow out and back", f"{row['out_twh']:.1f} and {row['back_twh']:.1f} TWh/year"),
        ("Losses", f"{row['losses_twh']:.2f} TWh/year"),
    ]
    return Popup(f"{names[row['bus0']]} – {names[row['bus1']]}", lines)


def _market_points(export: Export) -> Points:
    names = market_names()
    sold = export.results.exports
    places = export.network.buses.loc[sold["market"], ["x", "y"]]
    shapes = gpd.GeoDataFrame(
        sold, geometry=gpd.points_from_xy(places["x"], places["y"], crs="EPSG:4326")
    )
    popups = [
        Popup(
            names[row["market"]],
            [
                ("Sold", f"{row['export_twh']:.1f} TWh/year"),
                ("Revenue", f"{row['revenue_musd']:,.0f} million USD/year"),
                ("Bought", f"{row['import_twh']:.1f} TWh/year"),
                ("CO2 avoided there", f"{row['co2_avoided_there_mt']:.1f} Mt/year"),
            ],
        )
        for row in sold.to_dict("records")
    ]
    return Points(
        "Markets",
        shapes,
        radii=(4 + 1.6 * np.sqrt(sold["export_twh"])).tolist(),
        colour=palette.ACCENT,
        popups=popups,
        labels=[names[market] for market in sold["market"]],
        note="area by volume sold",
    )
