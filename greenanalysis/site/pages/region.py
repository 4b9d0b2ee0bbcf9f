"""What a region page says first: the verdict, the rank, the range of cost, when it yields."""

from __future__ import annotations

import calendar

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.technologies import POTENTIAL, TECHNOLOGIES
from greenanalysis.core.variables import CONVENTIONS
from greenanalysis.finance.cost import HOURS_PER_YEAR
from greenanalysis.geo.country import load_country
from greenanalysis.site.downloads import Download, dataset_file, table_file
from greenanalysis.site.draw.tables import Html, html_table
from greenanalysis.site.elements import record
from greenanalysis.site.pages.nearby import nearest_line, nearest_water_km
from greenanalysis.site.pages.resource import day_by_month, oblasts, potential_by_region

_TENTHS = (0.1, 0.9)
_TERCILES = ("among the cheapest", "average", "among the dearest")
_WINTER = (10, 11, 12, 1, 2, 3)
"""The months of the heating season."""


def ranks(study: Assessment) -> pd.DataFrame:
    """Return the place of each oblast by mean cost, 1 the cheapest, one column a technology.

    Cities have hardly any land and get no place.
    """
    table = oblasts(study, potential_by_region(study))
    costs = table[[f"{name}_lcoe_usd_per_mwh" for name in POTENTIAL]]
    costs.columns = list(POTENTIAL)
    return costs.rank(method="min")


def cost_range(study: Assessment, code: str, technology: str) -> tuple[float, float]:
    """Return the cost of the cheapest and the dearest tenth of the capacity, USD/MWh.

    Returns
    -------
    tuple : NaN twice where no land is left.
    """
    cells = study.cells
    here = cells[
        (cells["region"] == code)
        & (cells["technology"] == technology)
        & (cells["capacity_mw"] > 0)
    ]
    if here.empty:
        return (np.nan, np.nan)
    low, high = np.quantile(
        here["lcoe_usd_per_mwh"],
        _TENTHS,
        weights=here["capacity_mw"],
        method="inverted_cdf",
    )
    return float(low), float(high)


def verdict(study: Assessment, code: str) -> str:
    """Return in one sentence what the region is good for, and how it compares."""
    places, name = ranks(study), str(study.place(code)["name_en"])
    if code not in places.index:
        return f"{name} is a city with hardly any land for plants; look at the regions around it"
    table, parts = potential_by_region(study).loc[code], []
    known = [one for one in POTENTIAL if np.isfinite(places.loc[code, one])]
    if not known:
        return f"No land is left for plants in {name}"
    for technology in sorted(known, key=lambda one: float(places.loc[code, one])):
        place, count = int(places.loc[code, technology]), int(places[technology].count())
        word = _TERCILES[min(3 * (place - 1) // count, 2)]
        cost = table[f"{technology}_lcoe_usd_per_mwh"]
        parts.append(
            f"{technology} costs {cost:.0f} USD/MWh, {word} (number {place} of {count} regions)"
        )
    text = "; ".join(parts)
    return f"{name}: {text}"


def verdict_figures(study: Assessment, code: str) -> list[tuple[str, str, str]]:
    """Return label, value and unit of rank, range of cost and full-load hours."""
    places, table = ranks(study), potential_by_region(study).loc[code]
    tiles = []
    for technology in POTENTIAL:
        title = technology.capitalize()
        low, high = cost_range(study, code, technology)
        if not np.isfinite(low):
            tiles.append((f"{title}", "no land", "left for plants"))
            continue
        if code in places.index:
            count = int(places[technology].count())
            place = f"{places.loc[code, technology]:.0f} of {count}"
            tiles.append((f"{title}: rank by cost", place, "regions; 1 is the cheapest"))
        unit = "USD/MWh, cheapest to dearest tenth"
        tiles.append((f"{title}: range of cost", f"{low:.0f} to {high:.0f}", unit))
        hours = table[f"{technology}_cf"] * HOURS_PER_YEAR
        tiles.append((f"{title}: full-load hours", f"{hours:,.0f}", "hours a year"))
    return tiles


def record_ranks(study: Assessment, code: str) -> None:
    """Hand the places and exact costs to the index of the site."""
    places, table = ranks(study), potential_by_region(study).loc[code]
    if code in places.index:
        for technology in POTENTIAL:
            if np.isfinite(places.loc[code, technology]):
                record(f"rank_{technology}", f"{places.loc[code, technology]:.0f}")
                record(f"cost_{technology}", f"{table[f'{technology}_lcoe_usd_per_mwh']:.1f}")
    for technology in POTENTIAL:
        if table[f"{technology}_capacity_gw"] > 0:
            record(f"cf_{technology}", f"{table[f'{technology}_cf']:.6f}")


def season_table(study: Assessment, hours: xr.Dataset) -> Html:
    """Return when each technology yields most and least, by month and by hour of the day.

    Parameters
    ----------
    hours : (time), hourly capacity factors, labels at the end of the hour, UTC.
    """
    rows = []
    for technology in POTENTIAL:
        by_month = day_by_month(hours, technology)
        months, day = by_month.mean(axis=1), by_month.mean(axis=0)
        days = np.array([calendar.monthrange(2023, month)[1] for month in range(1, 13)])
        winter = np.isin(np.arange(1, 13), _WINTER)
        energy = months * days
        rows.append(
            {
                "": TECHNOLOGIES[technology].series,
                "Best months": _months(np.argsort(-months, kind="stable")[:3]),
                "Weakest months": _months(np.argsort(months, kind="stable")[:3]),
                "Best hours of the day": _span(day),
                "October to March": energy[winter].sum() / energy.sum(),
            }
        )
    caption = f"When it yields; hours on the country's clock, {load_country().clock}"
    return html_table(
        pd.DataFrame(rows), formats={"October to March": "{:.0%} of the year"}, caption=caption
    )


def _months(numbers: np.ndarray) -> str:
    return ", ".join(calendar.month_name[month + 1] for month in sorted(numbers))


def _span(day: np.ndarray, *, length: int = 6) -> str:
    """Return the six hours in a row, round the clock, in which a mean day yields most."""
    sums = [np.roll(day, -start)[:length].sum() for start in range(24)]
    start = int(np.argmax(sums))
    return f"{start:02d}:00 to {(start + length) % 24:02d}:00"


def nearby_table(study: Assessment, code: str) -> Html:
    """Return the distance to grid and water from the cheapest land of each technology."""
    cells, rows = study.cells, []
    for technology in POTENTIAL:
        here = cells[
            (cells["region"] == code)
            & (cells["technology"] == technology)
            & (cells["capacity_mw"] > 0)
        ]
        if here.empty:
            continue
        best = here.loc[here["lcoe_usd_per_mwh"].idxmin()]
        place = (float(best["latitude"]), float(best["longitude"]))
        line = nearest_line(*place)
        rows.append(
            {
                "Cheapest land": technology.capitalize(),
                "Place": f"{place[0]:.2f}° N, {place[1]:.2f}° E",
                "Cost USD/MWh": best["lcoe_usd_per_mwh"],
                "Nearest schematic corridor": f"{line.name}, {line.voltage}",
                "Distance to it, km": line.km_from(*place),
                "Nearest river or lake, km": nearest_water_km(*place),
            }
        )
    formats = {
        "Cost USD/MWh": "{:.0f}",
        "Distance to it, km": "{:,.0f}",
        "Nearest river or lake, km": "{:,.0f}",
    }
    caption = "Grid and water near the cheapest land; corridors are straight lines between nodes"
    return html_table(pd.DataFrame(rows), formats=formats, caption=caption)


def profile_files(study: Assessment, hours: xr.Dataset, code: str) -> list[Download]:
    """Return the hourly profile of the region's best land as CSV and netCDF.

    Parameters
    ----------
    study : that it comes from.
    hours : (time), hourly capacity factors, labels at the end of the hour, UTC.
    code : of the region.
    """
    stem, plain = f"hours-{code.lower()}", hours.drop_vars("region", errors="ignore")
    plain = plain[list(TECHNOLOGIES)].astype("float32")
    table = plain.to_dataframe()[list(TECHNOLOGIES)].round(4)
    table.insert(0, "hour_ending_utc", table.index.strftime("%Y-%m-%dT%H:%MZ"))
    for name in plain.data_vars:
        plain[name].attrs = {
            "long_name": f"capacity factor of {TECHNOLOGIES[str(name)].title}",
            "units": "1",
            "cell_methods": "time: mean",
        }
    plain.attrs = {
        "Conventions": CONVENTIONS,
        "title": f"Hourly capacity factors of the best land of {study.place(code)['name_en']}",
        "source": str(study.weather.get("source", "")),
        "grade": str(study.weather.get("grade", "")),
        "comment": "A value at time is the mean of the hour that ends there, UTC; after losses.",
    }
    kind = "typical year" if str(study.weather.get("name")) == "sample" else "all years"
    label = f"hourly capacity factors, {kind}"
    return [
        table_file(f"{stem}.csv", table, label=label),
        dataset_file(f"{stem}.nc", plain, label=label),
    ]
