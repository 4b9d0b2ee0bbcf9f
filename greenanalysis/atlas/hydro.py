"""The water map: hydro power by region, existing, theoretical and where small plants may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.atlas.hydro_potential import gross_potential, local_flow
from greenanalysis.atlas.table import atlas_table, check_row
from greenanalysis.atlas.themes import MapLayer, Theme
from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error, unknown_name
from greenanalysis.core.tables import read_facts

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
"""Of the months of a common year."""

_PLANTS = "PyPSA meets Earth, pypsa-kz-data, https://github.com/pypsa-meets-earth/pypsa-kz-data"


def hydro_plants() -> pd.DataFrame:
    """Return the existing plants with cascade and yearly energy.

    Returns
    -------
    DataFrame : a row a plant with name, region, capacity_mw, kind (``"listed"``, or ``"residual"``
        for what the list lacks of the national total), cascade and position in it (blank for none),
        profile (key of :func:`_month_profiles`), energy_gwh (of a source, else capacity x profile),
        energy_status (``"reported"`` or ``"modelled"``), source.

    Raises
    ------
    InputError : a fact table is missing, or a cascade names a plant that is not listed.
    """
    plants = read_facts("plants", numeric=["capacity_mw"])
    plants = plants[plants["carrier"] == "hydro"].reset_index(drop=True)
    cascades = read_facts("hydro_cascades", numeric=["energy_gwh", "position"])
    for name in cascades["plant"]:
        if name not in set(plants["name"]):
            raise unknown_name("plant", name, plants["name"], where="hydro_cascades.csv")
    columns = ["cascade", "position", "energy_gwh"]
    plants = plants.join(cascades.set_index("plant")[columns], on="name")
    plants["cascade"] = plants["cascade"].fillna("")
    plants["profile"] = plants["cascade"].where(plants["cascade"] != "", "country")
    plants["energy_status"] = np.where(plants["energy_gwh"].notna(), "reported", "modelled")
    factors = (_month_profiles() * _DAYS / _DAYS.sum()).sum(axis=1)
    modelled = plants["capacity_mw"] * 8.76 * plants["profile"].map(factors)
    plants["energy_gwh"] = plants["energy_gwh"].fillna(modelled)
    column_order = [
        "name",
        "region",
        "capacity_mw",
        "kind",
        *columns,
        "profile",
        "energy_status",
        "source",
    ]
    return plants[column_order]


def _month_profiles() -> pd.DataFrame:
    """Return the capacity factor of each month, a row a cascade and one for the country."""
    country = read_facts("hydro_months", numeric=["month", "capacity_factor"])
    cascades = read_facts("hydro_cascade_months", numeric=["month", "capacity_factor"])
    table = pd.concat([country.assign(cascade="country"), cascades])
    table["month"] = table["month"].astype(int)
    return table.pivot(index="cascade", columns="month", values="capacity_factor")


def hydro_month_energy() -> pd.DataFrame:
    """Return the energy of existing hydro by region and month.

    Returns
    -------
    DataFrame : index region, columns 1 to 12, GWh; the sum of a row is that of its plants.
    """
    plants, profiles = hydro_plants(), _month_profiles()
    shape = profiles * _DAYS
    shape = shape.div(shape.sum(axis=1), axis=0)
    months = shape.loc[plants["profile"]].mul(plants["energy_gwh"].to_numpy(), axis=0)
    return months.groupby(plants["region"].to_numpy()).sum().rename_axis("region")


def cascade_table() -> pd.DataFrame:
    """Return the cascades: plants in the order of the river, MW and GWh, river and source."""
    plants = hydro_plants()
    named = plants[plants["cascade"] != ""]
    facts = read_facts("hydro_cascades").set_index("plant")
    table = named.join(facts[["river", "note"]], on="name").sort_values(["cascade", "position"])
    columns = ["cascade", "name", "river", "region", "capacity_mw", "energy_gwh", "energy_status"]
    return table[[*columns, "note"]].reset_index(drop=True)


def hydro_table(
    regions: gpd.GeoDataFrame, assumptions: Assumptions, *, climate: xr.Dataset | None = None
) -> pd.DataFrame:
    """Return the hydro quantities of the atlas for each region.

    Parameters
    ----------
    regions : of :func:`greenanalysis.geo.regions.load_regions`.
    assumptions : see :func:`greenanalysis.atlas.hydro_potential.gross_potential`.
    climate : of :func:`greenanalysis.weather.sample.climate.load_climate`; read by default.

    Returns
    -------
    DataFrame : in the form of :func:`greenanalysis.atlas.table.atlas_table`.

    Raises
    ------
    InputError : a fact table is missing, or ``hydro_small.csv`` lacks a region.
    """
    plants = hydro_plants()
    gross = gross_potential(regions, assumptions, climate=climate).regions
    small = read_facts("hydro_small", numeric=["technical_mw"]).set_index("region")
    if sorted(small.index) != sorted(regions.index):
        raise input_error(
            "regions", where="hydro_small.csv", allowed="each region once", got=sorted(small.index)
        )
    rows = []
    for code in regions.index:
        rows += _existing(code, plants[plants["region"] == code])
        local, transit, total = gross.loc[code, ["local_twh", "transit_twh", "total_twh"]]
        rows.append(
            _row(
                code, "hydro potential", "theoretical", total, "TWh/year", "modelled",
                "Institute of Geography and Water Security flows; ITU-R P.1511 heights",
                f"{local:.1f} of water that forms here, put where it forms, and {transit:.1f} of "
                "water from abroad; basin flows spread by height, not measured here",
            )
        )  # fmt: skip
        fact = small.loc[code]
        rows.append(
            _row(
                code, "small hydro", "technical", fact["technical_mw"], "MW", fact["status"],
                fact["source"], fact["note"],
            )
        )  # fmt: skip
    return atlas_table(rows, regions=regions.index)


def hydro_checks(
    regions: gpd.GeoDataFrame, assumptions: Assumptions, *, climate: xr.Dataset | None = None
) -> pd.DataFrame:
    """Compare the country's sums with published figures; misses stay misses.

    Returns
    -------
    DataFrame : columns quantity, got, expected, unit, tolerance, hit, source, remark.
    """
    published = read_facts("hydro_published", numeric=["value", "year"])
    gross = gross_potential(regions, assumptions, climate=climate)
    total = gross.regions["total_twh"].sum()
    spread = {
        power: gross_potential(regions, assumptions, climate=climate, exponent=power)
        .regions["total_twh"]
        .sum()
        for power in (0, 2)
    }
    inside = local_flow(
        read_facts("hydro_flow", numeric=["total_km3", "share_percent", "inflow_km3"]).set_index(
            "group"
        )
    ).sum()
    energy = hydro_plants()["energy_gwh"].sum()
    remarks = {
        "theoretical potential": (
            "theoretical_tolerance", total,
            f"a cell model: {spread[0]:.0f} TWh if runoff is even over a basin, {spread[2]:.0f} "
            "if it grows with the square of the height; the published method is unknown",
        ),
        "river flow formed inside": (
            "flow_tolerance", inside, "basin shares less inflow against an older total",
        ),
        "generation": (
            "generation_tolerance", energy,
            "one mean year of the profiles against a single year, wet or dry",
        ),
    }  # fmt: skip
    rows = []
    for _, fact in published.iterrows():
        if fact["quantity"] in remarks:
            tolerance, got, remark = remarks[fact["quantity"]]
            share = assumptions.get("hydro_check", tolerance, unit="1")
            rows.append(check_row(fact, got, share, remark))
        elif fact["quantity"] in ("technical potential", "economic potential"):
            remark = "not modelled: needs sites, dams and prices; the published figure stands alone"
            rows.append(check_row(fact, np.nan, np.nan, remark))
    return pd.DataFrame(rows)


def _existing(code: str, plants: pd.DataFrame) -> list[dict[str, object]]:
    """Return capacity and energy of a region's plants."""
    extra = plants.loc[plants["kind"] == "residual", "capacity_mw"].sum()
    status = "modelled" if extra > 0 else "reported"
    note = (
        f"{extra:.1f} MW of it are not in the plant list but in the national total of 2020, "
        "spread like the listed plants"
        if extra > 0
        else "no hydro plant of the list lies here"
    )
    capacity, energy = plants[["capacity_mw", "energy_gwh"]].sum()
    return [
        _row(code, "hydro capacity", "existing", capacity, "MW", status, _PLANTS, note, "2022"),
        _row(
            code, "hydro energy", "existing", energy, "GWh/year", "modelled",
            _PLANTS + "; PLEXOS-World profiles, CC-BY-4.0",
            "capacity times a mean monthly profile, design energy where a source states it; "
            "no yearly statistic by region is available",
        ),
    ]  # fmt: skip


def _row(
    region: str,
    quantity: str,
    level: str,
    value: float,
    unit: str,
    status: str,
    source: str,
    note: str,
    year: str = "",
) -> dict[str, object]:
    return {
        "region": region,
        "theme": "water",
        "quantity": quantity,
        "level": level,
        "value": value,
        "unit": unit,
        "year": year,
        "status": status,
        "source": source,
        "note": note,
    }


THEME = Theme(
    name="water",
    order=1,
    table=hydro_table,
    layer=MapLayer("hydro potential", "theoretical", "Hydropower, theoretical", "Blues", 1),
    checks=hydro_checks,
)
