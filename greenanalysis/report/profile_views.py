"""From hourly capacity factors and cost steps to what the figures of a page take."""

from __future__ import annotations

import calendar

import numpy as np
import pandas as pd
import xarray as xr

from greenanalysis.assessment import POTENTIAL, Assessment
from greenanalysis.profiles import month_hour_means

UTC_OFFSET_HOURS = 5.0
"""The clock of the whole country since 1 March 2024."""
NAMES = {"solar": "Solar", "solar_tracking": "Solar, tracking", "wind": "Wind"}


def monthly_means(hours: xr.Dataset) -> pd.DataFrame:
    """Return mean capacity factors by month (1..12) in one column a technology.

    Parameters
    ----------
    hours : (time), hourly, labels at the end of the hour, UTC.
    """
    middle = pd.DatetimeIndex(hours["time"].to_numpy()) + pd.Timedelta(hours=UTC_OFFSET_HOURS - 0.5)
    table = pd.DataFrame({NAMES[str(name)]: hours[name].to_numpy() for name in hours.data_vars})
    return table.groupby(middle.month).mean().reindex(range(1, 13))


def day_by_month(hours: xr.Dataset, technology: str) -> np.ndarray:
    """Return the mean day of each month, (12, 24), on the country's clock."""
    return month_hour_means(hours[technology], utc_offset_hours=UTC_OFFSET_HOURS)


def season_finding(monthly: pd.DataFrame) -> str:
    """Return in one sentence when solar and wind yield most and least."""
    said = []
    for name in ("Solar", "Wind"):
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
        NAMES[name]: steps.loc[steps["technology"] == name, ["capacity_gw", "lcoe_usd_per_mwh"]]
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
