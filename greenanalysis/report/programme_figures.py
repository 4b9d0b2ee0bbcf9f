"""Figures of a programme and what they find: cost of abatement, what matters most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.report import palette
from greenanalysis.report.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THEME_COLOURS = {
    "solar": palette.SOLAR,
    "wind": palette.WIND,
    "energy efficiency": "#8a5a9e",
    "gas": "#9a8f84",
    "biotechnology": "#6f7d46",
    "water": "#3fa7c4",
    "waste": "#b5493f",
    "hydro": "#24577a",
}


@styled
def abatement_curve(ranked: pd.DataFrame) -> Figure:
    """Return the cost of an avoided tonne of CO2, cheapest first, as blocks as wide as tonnes."""
    table = ranked[ranked["usd_per_t_co2"].notna()].sort_values("usd_per_t_co2")
    width = table["co2_t_per_year"].to_numpy(dtype=float) / 1e3
    left = np.concatenate([[0.0], width.cumsum()[:-1]]) if len(width) else width
    figure = new_figure()
    axes = figure.subplots()
    colours = [THEME_COLOURS[theme] for theme in table["theme"]]
    axes.bar(left, table["usd_per_t_co2"], width, align="edge", color=colours, edgecolor="white")
    for start, wide, (_, row) in zip(left, width, table.iterrows(), strict=True):
        axes.annotate(
            str(row["rank"]),
            (start + wide / 2, row["usd_per_t_co2"]),
            xytext=(0, 3 if row["usd_per_t_co2"] >= 0 else -11),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    axes.axhline(0, color=palette.INK, linewidth=0.8)
    axes.set_xlabel("avoided, kt CO2 a year (numbers are ranks in the table)")
    axes.set_ylabel("net cost, USD/t CO2")
    axes.margins(y=0.12)
    return figure


def abatement_finding(ranked: pd.DataFrame) -> str:
    """Return in one sentence how much CO2 the measures avoid, and how much of it earns money."""
    known = ranked[ranked["usd_per_t_co2"].notna()]
    total = known["co2_t_per_year"].sum() / 1e3
    earning = known.loc[known["usd_per_t_co2"] <= 0, "co2_t_per_year"].sum() / 1e3
    added = -float(ranked["co2_t_per_year"].clip(upper=0).sum()) / 1e3
    text = (
        f"The measures that avoid CO2 avoid {total:,.0f} kt a year together; "
        f"{earning:,.0f} kt of that earn money at these prices"
    )
    return text + (f"; others add {added:,.0f} kt" if added > 0.5 else "")


def place_finding(funded: pd.DataFrame) -> str:
    """Return in one sentence where the plants of the programme would stand."""
    placed = funded[(funded["place"] != "") & funded["theme"].isin(["solar", "wind"])]
    parts = [f"{row['theme']} at {row['place'].split(';')[0]}" for _, row in placed.iterrows()]
    return "Cheapest land: " + ("; ".join(parts) or "no land for solar or wind plants")


@styled
def tornado(table: pd.DataFrame, *, base: float, unit: str, spread: float) -> Figure:
    """Return the outcome's swing for each input as bars around the base case.

    Parameters
    ----------
    table : of :func:`~greenanalysis.programme.rank.sensitivity`, largest swing first.
    base : outcome of the base case, in ``unit``.
    unit : quantity and unit of the outcome.
    spread : relative change of the inputs.
    """
    figure = new_figure(height=1.2 + 0.5 * max(len(table), 2))
    axes = figure.subplots()
    for position, (_, row) in enumerate(table[::-1].iterrows()):
        for name, colour in (("low", "#b9c6cb"), ("high", palette.ACCENT)):
            label = f"input {'-' if name == 'low' else '+'}{spread:.0%}" if position == 0 else None
            axes.barh(position, row[name] - base, left=base, color=colour, label=label, height=0.6)
    axes.set_yticks(range(len(table)), labels=list(table.index[::-1]))
    axes.axvline(base, color=palette.INK, linewidth=0.8)
    axes.set_xlabel(unit)
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return figure


def sensitivity_finding(table: pd.DataFrame, *, spread: float) -> str:
    """Return in one sentence which inputs matter most."""
    names = [str(name).split(" (")[0] for name in table.index]
    return f"What matters most: {', '.join(names)} (each changed by {spread:.0%} alone)"
