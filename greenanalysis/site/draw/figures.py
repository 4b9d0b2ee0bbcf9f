"""Figures of the reports in one style: matplotlib figures with no global state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.site.draw import palette
from greenanalysis.site.draw.style import HEIGHT, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@styled
def monthly_profile(
    series: Mapping[str, Sequence[float]],
    *,
    unit: str,
    kind: str = "line",
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Return twelve monthly values per series as lines or grouped bars.

    Parameters
    ----------
    series : name -> 12 values, January first, in ``unit``.
    unit : label of the vertical axis, quantity and unit.
    kind : ``line`` or ``bar``.
    colours : name -> colour; by default that of the technology.
    """
    figure = new_figure()
    axes = figure.subplots()
    month = np.arange(12)
    width = 0.8 / max(len(series), 1)
    for position, (name, values) in enumerate(series.items()):
        colour = (colours or {}).get(name) or palette.carrier_colour(name, position=position)
        numbers = np.asarray(values, dtype=float)
        if kind == "bar":
            shift = (position - (len(series) - 1) / 2) * width
            axes.bar(month + shift, numbers, width=width * 0.92, color=colour, label=name)
        else:
            axes.plot(month, numbers, color=colour, label=name, linewidth=2.2, marker="o", ms=4)
    axes.set_xticks(month, labels=_MONTHS)
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.grid(visible=False, axis="x")
    legend_above(axes, entries=len(series))
    return figure


@styled
def month_hour_heatmap(
    values: np.ndarray, *, unit: str, colours: str = "YlGnBu", hours: str = "hour of day"
) -> Figure:
    """Return the mean day of each month as a field of 12 by 24 cells.

    Parameters
    ----------
    values : shape (12, 24), months from January, hours from 0, in ``unit``.
    unit : label of the colour bar, quantity and unit.
    colours : matplotlib's name of the colour map.
    hours : label of the horizontal axis; it names the clock.
    """
    figure = new_figure()
    axes = figure.subplots()
    mesh = axes.pcolormesh(np.arange(25), np.arange(13), np.asarray(values), cmap=colours)
    axes.set_yticks(np.arange(12) + 0.5, labels=_MONTHS)
    axes.set_xticks(np.arange(0, 25, 3))
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set_xlabel(hours)
    bar = figure.colorbar(mesh, ax=axes, pad=0.02, aspect=28)
    bar.set_label(unit)
    bar.outline.set_visible(False)
    return figure


@styled
def supply_curve(
    steps: Mapping[str, pd.DataFrame],
    *,
    capacity: str = "capacity_gw",
    cost: str = "lcoe_usd_per_mwh",
    capacity_label: str = "cumulative capacity, GW",
    cost_label: str = "LCOE, USD/MWh",
) -> Figure:
    """Return the cost at which each further unit of capacity can be had, cheapest first.

    Parameters
    ----------
    steps : technology -> rows with columns ``capacity`` and ``cost``.
    capacity, cost : column names.
    capacity_label, cost_label : labels of the axes, with units.
    """
    figure = new_figure()
    axes = figure.subplots()
    for position, (name, frame) in enumerate(steps.items()):
        ordered = frame[[capacity, cost]].dropna().sort_values(cost)
        edges = np.concatenate([[0.0], ordered[capacity].to_numpy(dtype=float).cumsum()])
        heights = ordered[cost].to_numpy(dtype=float)
        colour = palette.carrier_colour(name, position=position)
        axes.stairs(heights, edges, color=colour, linewidth=2.2, label=name, baseline=None)
    axes.set_xlabel(capacity_label)
    axes.set_ylabel(cost_label)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    legend_above(axes, entries=len(steps))
    return figure


@styled
def duration_curve(series: Mapping[str, np.ndarray], *, unit: str) -> Figure:
    """Return hourly values sorted from high to low over the share of hours.

    Parameters
    ----------
    series : name -> values of any length in ``unit``; NaN is left out.
    unit : label of the vertical axis, quantity and unit.
    """
    figure = new_figure()
    axes = figure.subplots()
    share = np.linspace(0, 100, 401)
    for position, (name, values) in enumerate(series.items()):
        known = np.asarray(values, dtype=float)
        known = known[np.isfinite(known)]
        curve = np.quantile(known, 1 - share / 100) if known.size else np.full(share.size, np.nan)
        colour = palette.carrier_colour(name, position=position)
        axes.plot(share, curve, color=colour, linewidth=2.2, label=name)
    axes.set_xlabel("share of hours at or above, %")
    axes.set_ylabel(unit)
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    legend_above(axes, entries=len(series))
    return figure


@styled
def ranked_bars(
    values: Mapping[str, float],
    *,
    unit: str,
    highlight: Sequence[str] = (),
    decimals: int = 1,
    colour: str = palette.ACCENT,
) -> Figure:
    """Return named values as horizontal bars, the largest on top, each with its number.

    Parameters
    ----------
    values : name -> value in ``unit``; NaN is left out.
    unit : label of the axis, quantity and unit.
    highlight : names drawn in the strong colour; all are when it is empty.
    decimals : digits after the point of the numbers.
    colour : the strong colour.
    """
    ordered = sorted(
        ((name, float(value)) for name, value in values.items() if np.isfinite(value)),
        key=lambda pair: pair[1],
    )
    figure = new_figure(height=0.9 + 0.26 * max(len(ordered), 3))
    axes = figure.subplots()
    strong = set(highlight) or set(values)
    colours = [colour if name in strong else "#b9c6cb" for name, _ in ordered]
    bars = axes.barh([name for name, _ in ordered], [value for _, value in ordered], color=colours)
    axes.bar_label(bars, fmt=f"{{:,.{decimals}f}}", padding=3, fontsize=8.5, color=palette.INK)
    axes.margins(x=0.12, y=0.02)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0, colors=palette.INK)
    axes.set_xlabel(unit)
    return figure


@styled
def stacked_bars(
    table: pd.DataFrame, *, unit: str, colours: Mapping[str, str] | None = None
) -> Figure:
    """Return one stacked bar per row of a table, one colour per column.

    Parameters
    ----------
    table : index = bars, columns = parts, in ``unit``; negative parts go below zero.
    unit : label of the vertical axis, quantity and unit.
    colours : column -> colour; by default that of the technology.
    """
    figure = new_figure(height=HEIGHT + 0.3)
    axes = figure.subplots()
    numbers = table.fillna(0.0).to_numpy(dtype=float)
    names = [str(name) for name in table.index]
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for position, column in enumerate(table.columns):
        part = numbers[:, position]
        colour = (colours or {}).get(str(column)) or palette.carrier_colour(
            str(column), position=position
        )
        axes.bar(names, part, 0.66, bottom=np.where(part < 0, down, up), color=colour, label=column)
        up, down = up + np.maximum(part, 0), down + np.minimum(part, 0)
    if len(names) > 4:
        axes.set_xticks(range(len(names)), labels=names, rotation=40, ha="right")
    axes.axhline(0, color=palette.MUTED, linewidth=0.8)
    axes.grid(visible=False, axis="x")
    axes.set_ylabel(unit)
    legend_above(axes, entries=len(table.columns), always=True)
    return figure


def legend_above(axes: Axes, *, entries: int, always: bool = False) -> None:
    """Put the legend of an axes above it; a single entry needs none, unless ``always``."""
    if entries > 1 or always:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=min(entries, 4),
            borderaxespad=0.2,
            handlelength=1.2,
            columnspacing=2.2,
        )
