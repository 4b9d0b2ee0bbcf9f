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


def ranks(study: Assessment) -> dict[str, dict[str, float]]:
    """Return the place of each oblast by mean cost, 1 the cheapest, by technology and code.

    Cities have hardly any land and get no place; nor does an oblast without land for plants.
    """
    table = oblasts(study, potential_by_region(study))
    places = {}
    for name in POTENTIAL:
        costs = table[f"{name}_lcoe_usd_per_mwh"].dropna()
        places[name] = {str(code): float(one) for code, one in costs.rank(method="min").items()}
    return places


def cost_range(study: Assessment, code: str, technology: str) -> tuple[float, float]:
    """Return the cost of the cheapest and the dearest tenth of the capacity, USD/MWh.

    Returns
    -------
    tuple : NaN twice where no land is left.
    """
    cells = study.cells
    here = cells[
        (cells["region"] == code) & (cells["technology"] == technology) & (cells["capacity_mw"] > 0)
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
    place = study.place(code)
    name = str(place["name_en"])
    if place["kind"] != "oblast":
        return f"{name} is a city with hardly any land for plants; look at the regions around it"
    table = potential_by_region(study).loc[code]
    known = {
        technology: (int(places[code]), len(places))
        for technology, places in ranks(study).items()
        if code in places
    }
    parts = []
    for technology, (rank, count) in sorted(known.items(), key=lambda item: item[1]):
        word = _TERCILES[min(3 * (rank - 1) // count, 2)]
        cost = table[f"{technology}_lcoe_usd_per_mwh"]
        parts.append(
            f"{technology} costs {cost:.0f} USD/MWh, {word} (number {rank} of {count} regions)"
        )
    return f"{name}: {'; '.join(parts)}" if parts else f"No land is left for plants in {name}"


def verdict_figures(study: Assessment, code: str) -> list[tuple[str, str, str]]:
    """Return label, value and unit of rank, range of cost and full-load hours."""
    places, table = ranks(study), potential_by_region(study).loc[code]
    tiles = []
    for technology in POTENTIAL:
        title = technology.capitalize()
        low, high = cost_range(study, code, technology)
        if not np.isfinite(low):
            tiles.append((title, "no land", "left for plants"))
            continue
        if code in places[technology]:
            place = f"{places[technology][code]:.0f} of {len(places[technology])}"
            tiles.append((f"{title}: rank by cost", place, "regions; 1 is the cheapest"))
        unit = "USD/MWh, cheapest to dearest tenth"
        span = f"{low:.0f} to {high:.0f}" if round(low) < round(high) else f"{low:.0f}"
        tiles.append((f"{title}: range of cost", span, unit))
        hours = table[f"{technology}_cf"] * HOURS_PER_YEAR
        tiles.append((f"{title}: full-load hours", f"{hours:,.0f}", "hours a year"))
    return tiles


def record_ranks(study: Assessment, code: str) -> None:
    """Hand place, cost and capacity factor to the index of the site."""
    table = potential_by_region(study).loc[code]
    for technology, places in ranks(study).items():
        if code in places:
            record(f"rank_{technology}", f"{places[code]:.0f}")
            record(f"cost_{technology}", f"{table[f'{technology}_lcoe_usd_per_mwh']:.1f}")
        if table[f"{technology}_capacity_gw"] > 0:
            record(f"cf_{technology}", f"{table[f'{technology}_cf']:.6f}")


def _cheapest(study: Assessment, code: str, technology: str) -> pd.DataFrame:
    """Return the cells of a region with capacity of a technology, cheapest first."""
    cells = study.cells[(study.cells["region"] == code) & (study.cells["capacity_mw"] > 0)]
    return cells[cells["technology"] == technology].sort_values("lcoe_usd_per_mwh")


def season_table(hours: xr.Dataset) -> Html:
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
                "Technology": TECHNOLOGIES[technology].series,
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
    rows = []
    for technology in POTENTIAL:
        here = _cheapest(study, code, technology)
        if here.empty:
            continue
        best = here.iloc[0]
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
    ends = pd.DatetimeIndex(table.index).strftime("%Y-%m-%dT%H:%MZ")
    table.insert(0, "hour_ending_utc", ends)
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
