"""The country's green power in seven pictures: one sentence and one chart each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from greenanalysis.assessment.assess import Assessment
from greenanalysis.assessment.technologies import POTENTIAL
from greenanalysis.atlas.themes import themes
from greenanalysis.finance.cost import HOURS_PER_YEAR
from greenanalysis.geo.country import load_country
from greenanalysis.site.draw import figures, palette
from greenanalysis.site.draw.chart import Chart
from greenanalysis.site.elements import show_figure
from greenanalysis.site.pages.resource import oblasts, potential_by_region

_WORDS = {"solar": "sun", "wind": "wind"}
_CITIES = "The three cities are left out."


def resource_picture(study: Assessment, technology: str) -> Chart:
    """Return where a technology yields most, as hours of full power a year."""
    table = oblasts(study, potential_by_region(study)).set_index("name")
    factors = table[f"{technology}_cf"].dropna()
    hours = {str(name): round(float(one) * HOURS_PER_YEAR) for name, one in factors.items()}
    best, worst = max(hours, key=lambda name: hours[name]), min(hours, key=lambda name: hours[name])
    cost = float(table[f"{technology}_lcoe_usd_per_mwh"][best])
    chart = figures.ranked_bars(
        hours,
        unit="hours of full power a year, mean of the eligible land",
        highlight=[best],
        decimals=0,
        colour=palette.carrier_colour(technology),
    )
    title = (
        f"{_WORDS[technology].capitalize()}: {best} yields most, {hours[best]:,.0f} hours of full "
        f"power a year at {cost:.0f} USD/MWh; {worst} least, {hours[worst]:,.0f}"
    )
    return show_figure(chart, title=title, note=_CITIES)


def theme_picture(table: pd.DataFrame, names: Mapping[str, str], theme: str) -> Chart:
    """Return how the map's quantity of a theme is spread over the regions.

    Parameters
    ----------
    table : of the theme, of :func:`~greenanalysis.atlas.table.atlas_table`.
    names : of regions by code.
    theme : its name.
    """
    shown = themes()[theme].layer
    rows = table[(table["quantity"] == shown.quantity) & (table["level"] == shown.level)]
    values = dict(zip(rows["region"], rows["value"].astype(float), strict=True))
    known = {names[str(code)]: value for code, value in values.items() if np.isfinite(value)}
    unit = str(rows["unit"].iloc[0])
    best = max(known, key=lambda name: known[name])
    share = known[best] / sum(known.values())
    gaps = len(values) - len(known)
    chart = figures.ranked_bars(
        known,
        unit=f"{shown.quantity}, {shown.level}, {unit}",
        highlight=[best],
        decimals=shown.decimals,
    )
    title = (
        f"{theme.capitalize()}: {best} has most {shown.quantity}, "
        f"{known[best]:,.{shown.decimals}f} {unit}, {share:.0%} of all regions with data"
    )
    note = f"{gaps} regions have no regional statistic and are left out." if gaps else ""
    return show_figure(chart, title=title, note=note)


def scale_picture(study: Assessment) -> Chart:
    """Return the technical potential of the country beside what it uses."""
    table = potential_by_region(study)
    demand = float(study.regions["demand_2020_gwh"].sum()) / 1e3
    code = load_country().code
    energy = {name: float(table[f"{name}_energy_twh"][code]) for name in POTENTIAL}
    total = sum(energy.values())
    chart = figures.ranked_bars(
        {"Electricity used in 2020": demand}
        | {f"Potential of {_WORDS[name]}": value for name, value in energy.items()},
        unit="TWh a year",
        highlight=["Electricity used in 2020"],
        decimals=0,
    )
    title = (
        f"Together sun and wind could yield {total / demand:,.0f} times what the country uses: "
        "land and resource are not the limit, lines and buyers are"
    )
    note = "Technical potential of the eligible land, before grid, water, owners and permits."
    return show_figure(chart, title=title, note=note)
