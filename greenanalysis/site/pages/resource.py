"""From an assessment to what its pages say: tables, key figures, findings, limits, sources.

Hourly capacity factors and cost steps are brought into the form that the figures take.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.potential import month_hour_means, national_total, regional_potential
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.geo.country import load_country
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.elements import record


def monthly_means(hours: xr.Dataset) -> pd.DataFrame:
    """Return mean capacity factors by month (1..12) in one column a technology.

    Parameters
    ----------
    hours : (time), hourly, labels at the end of the hour, UTC.
    """
    middle = pd.DatetimeIndex(hours["time"].to_numpy()) + pd.Timedelta(
        hours=load_country().utc_offset - 0.5
    )
    table = pd.DataFrame(
        {TECHNOLOGIES[str(name)].series: hours[name].to_numpy() for name in hours.data_vars}
    )
    return table.groupby(middle.month).mean().reindex(range(1, 13))


def day_by_month(hours: xr.Dataset, technology: str) -> np.ndarray:
    """Return the mean day of each month, (12, 24), on the country's clock.

    Parameters
    ----------
    hours : (time), hourly, labels at the end of the hour, UTC.
    technology : its variable.
    """
    return month_hour_means(hours[technology], utc_offset_hours=load_country().utc_offset)


def season_finding(monthly: pd.DataFrame) -> str:
    """Return in one sentence when solar and wind yield most and least."""
    said = []
    for name in (TECHNOLOGIES[technology].series for technology in POTENTIAL):
        values = monthly[name].to_numpy()
        best, worst = int(values.argmax()) + 1, int(values.argmin()) + 1
        said.append(
            f"{name.lower()} yields most in {calendar.month_name[best]} "
            f"({monthly[name].max():.2f}) and least in {calendar.month_name[worst]} "
            f"({monthly[name].min():.2f})"
        )
    text = "; ".join(said)
    return text[0].upper() + text[1:]


def supply_steps(study: Assessment, *, region: str | None = None) -> dict[str, pd.DataFrame]:
    """Return the cells with capacity of each technology as steps of GW and USD/MWh."""
    cells = study.cells[study.cells["capacity_mw"] > 0]
    if region:
        cells = cells[cells["region"] == region]
    steps = cells.assign(capacity_gw=cells["capacity_mw"] / 1e3)
    return {
        TECHNOLOGIES[name].series: steps.loc[
            steps["technology"] == name, ["capacity_gw", "lcoe_usd_per_mwh"]
        ]
        for name in POTENTIAL
    }


def supply_finding(study: Assessment, *, region: str | None = None) -> str:
    """Return in one sentence what the cheaper half of each technology costs at most."""
    said = []
    for name, steps in supply_steps(study, region=region).items():
        ordered = steps.sort_values("lcoe_usd_per_mwh")
        half = ordered["capacity_gw"].cumsum() <= ordered["capacity_gw"].sum() / 2
        if len(ordered):
            limit = ordered.loc[half, "lcoe_usd_per_mwh"].max() if half.any() else np.nan
            limit = ordered["lcoe_usd_per_mwh"].min() if np.isnan(limit) else limit
            said.append(f"half of {name.lower()} costs up to {limit:.0f} USD/MWh")
    text = ", ".join(said) or "No land is left for plants"
    return text[0].upper() + text[1:]


LIMITS = (
    "P50 and P90: one synthetic year has no spread between years; a bank needs several years of "
    "measured or reanalysis weather and a mast or pyranometer on the site.",
    "Sites: half a degree is about 40 by 55 km. Ridges, gaps and local wind are not seen.",
    "Land use: arable land, forests, mines, military areas, roads and villages are not excluded; "
    "a flat share of the eligible land is taken instead. The potential is technical, not a plan.",
    "Grid: cost is at the plant. Connection, transmission and curtailment are in the export pages.",
    "Finance: the levelised cost is in dollars of 2025, at the real rate and over the economic "
    "life of data/assumptions/costs.csv; it knows no tax, debt, tariff, connection or construction "
    "time. The bridge of each project brief leads from it to the cost of a project.",
)
"""What the resource pages say that they do not show."""


def potential_by_region(study: Assessment) -> pd.DataFrame:
    """Return one row a region: name, then GW, TWh, capacity factor and LCOE of solar and wind.

    The last row is the country: the sum of the others, with its own weighted means.
    """
    country, parts = load_country(), []
    regional, national = regional_potential(study.cells), national_total(study.cells)
    for technology in POTENTIAL:
        rows = regional[regional["technology"] == technology].set_index("region")
        total = national[national["technology"] == technology].assign(region=country.code)
        table = pd.concat([rows, total.set_index("region")])
        columns = ["capacity_gw", "energy_twh", "cf", "lcoe_usd_per_mwh"]
        parts.append(table[columns].add_prefix(f"{technology}_"))
    table = pd.concat(parts, axis=1)
    names = study.regions["name_en"].to_dict() | {country.code: country.name}
    table.insert(0, "name", [names[code] for code in table.index])
    return table


def potential_table(table: pd.DataFrame, *, caption: str) -> Html:
    """Return the table of :func:`potential_by_region` as HTML."""
    shown, formats = pd.DataFrame({"Region": table["name"]}), {}
    for technology in POTENTIAL:
        title = technology.capitalize()
        for column, label, form in (
            ("capacity_gw", "GW", "{:,.1f}"),
            ("energy_twh", "TWh/year", "{:,.1f}"),
            ("cf", "capacity factor", "{:.3f}"),
            ("lcoe_usd_per_mwh", "USD/MWh", "{:.0f}"),
        ):
            heading = f"{title} {label}"
            shown[heading] = table[f"{technology}_{column}"]
            formats[heading] = form
    return html_table(shown, formats=formats, caption=caption)


def plants_table(plants: pd.DataFrame) -> Html:
    """Return the comparison of :meth:`Assessment.plants` as HTML; misses are named."""
    shown = pd.DataFrame(
        {
            "Plant or fleet": plants["name"],
            "Verdict": np.where(plants["hit"], "within", "missed"),
            "Stated": plants["expected"],
            "Model": plants["got"],
            "Deviation": plants["deviation"],
            "Tolerance": plants["tolerance"],
            "Kind": plants["kind"],
            "Remark": plants["remark"],
            "Source": plants["source"],
        }
    )
    formats = {
        "Stated": "{:.3f}",
        "Model": "{:.3f}",
        "Deviation": "{:+.0%}",
        "Tolerance": "±{:.0%}",
    }
    return html_table(shown, formats=formats, caption="Capacity factors, stated and modelled")


def land_table(study: Assessment, *, region: str | None = None) -> Html:
    """Return what part of the surface each exclusion leaves, area-weighted, as HTML."""
    area = study.area.sum("region") if region is None else study.area.sel(region=region)
    total = float(area.sum())
    rows = [
        (str(share.attrs["long_name"]), float((share * area).sum()) / total)
        for share in study.land.data_vars.values()
    ]
    frame = pd.DataFrame(rows, columns=["Factor", "Share left"])
    return html_table(frame, formats={"Share left": "{:.1%}"}, caption="What the land allows")


def clock_label() -> str:
    """Return the label of an axis with the hours of the local clock."""
    return f"hour of day, {load_country().clock}"


def region_figures(study: Assessment, code: str | None = None) -> list[tuple[str, str, str]]:
    """Return label, value and unit of the figures on top of a page, of a region or the country."""
    table = potential_by_region(study)
    here = table.loc[code or load_country().code]
    demands = study.regions["demand_2020_gwh"]
    demand = demands[code] if code else demands.sum()
    tiles = []
    for name in POTENTIAL:
        title = name.capitalize()
        tiles += [
            (f"{title} potential", _digits(here[f"{name}_capacity_gw"]), "GW, technical"),
            (f"{title} yield", _digits(here[f"{name}_energy_twh"]), "TWh a year"),
            (f"{title} capacity factor", f"{here[f'{name}_cf']:.3f}", "net"),
            (f"{title} LCOE", f"{here[f'{name}_lcoe_usd_per_mwh']:.0f}", "USD/MWh"),
        ]
    return [*tiles, ("Demand in 2020", f"{demand / 1e3:,.1f}", "TWh")]


def _digits(value: Any) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def record_figures(tiles: Sequence[tuple[str, str, str]], *, headline: bool = False) -> None:
    """Hand potential and cost to the index of the site."""
    for label, value, unit in tiles:
        if label.endswith(("potential", "LCOE")):
            key = label.lower().replace(" ", "_")
            record(key, value, label=label, unit=unit, headline=headline)


def oblasts(study: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of :func:`potential_by_region` that are neither city nor country.

    A city gets the mean of the cells that it lies in and has hardly any land: no place to rank.
    """
    oblasts: pd.DataFrame = table.loc[study.regions.index[study.regions["kind"] == "oblast"]]
    return oblasts


def cost_finding(here: pd.Series) -> str:
    """Return in one sentence what solar and wind cost in a region."""
    parts = [
        f"{name} {here[f'{name}_lcoe_usd_per_mwh']:.0f} USD/MWh"
        for name in POTENTIAL
        if here[f"{name}_capacity_gw"] > 0
    ]
    return f"Mean cost at the plant in {here['name']}: {', '.join(parts) or 'no land for plants'}"


def atlas_finding(regions: pd.DataFrame) -> str:
    """Return in one sentence where solar and wind yield most, of rows that are regions."""
    best = {name: str(regions[f"{name}_cf"].idxmax()) for name in POTENTIAL}
    return (
        f"Solar yields most in {regions['name'][best['solar']]}, "
        f"wind in {regions['name'][best['wind']]}"
    )


def plants_finding(plants: pd.DataFrame) -> str:
    """Return in one sentence how many plants the model meets, and which it misses."""
    missed = plants.loc[~plants["hit"], "name"].tolist()
    met = f"{int(plants['hit'].sum())} of {len(plants)} stated capacity factors are met"
    return met + (f"; missed: {', '.join(missed)}" if missed else "")


def sources(study: Assessment) -> list[str]:
    """Return where the figures of a resource page come from."""
    used = study.assumptions.only(r"(solar|onwind|land)(_.*)?").table["source"]
    stated = sorted(set(used) - {"project assumption"})
    return [
        f"Weather: {study.weather['source']}",
        f"Boundaries: {study.regions.attrs['provenance']['source']}",
        *stated,
        f"{int((used == 'project assumption').sum())} values are assumptions "
        "of this project; each is a row of data/assumptions that says so.",
    ]
