"""Figures of the export pages: spans of near-optimal systems, trade-offs, duration of flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from greenanalysis.site.draw import palette
from greenanalysis.site.draw.figures import legend_above
from greenanalysis.site.draw.style import HEIGHT, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def spans(table: pd.DataFrame, *, unit: str) -> Figure:
    """Return one bar from ``least`` to ``most`` a row, with a mark at the ``optimum``.

    Parameters
    ----------
    table : index = rows, columns ``least optimum most`` in ``unit``; drawn from the top.
    unit : label of the horizontal axis, quantity and unit.
    """
    figure = new_figure(height=max(HEIGHT, 0.34 * len(table) + 0.9))
    axes = figure.subplots()
    rows = np.arange(len(table))[::-1]
    width = (table["most"] - table["least"]).to_numpy(dtype=float)
    axes.barh(rows, width, left=table["least"], height=0.5, color=palette.SERIES[0], alpha=0.45,
              label="within the slack")  # fmt: skip
    axes.plot(table["optimum"], rows, "D", color=palette.INK, ms=5, label="optimum")
    axes.set_yticks(rows, labels=[str(name) for name in table.index])
    axes.set_xlabel(unit)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    legend_above(axes, entries=2)
    return figure


@styled
def lines(table: pd.DataFrame, *, unit: str, across: str) -> Figure:
    """Return one line a column over the numeric index of a table.

    Parameters
    ----------
    table : index = horizontal values, columns = lines, in ``unit``.
    unit : label of the vertical axis, quantity and unit.
    across : label of the horizontal axis.
    """
    figure = new_figure()
    axes = figure.subplots()
    for position, column in enumerate(table.columns):
        colour = palette.SERIES[position % len(palette.SERIES)]
        axes.plot(table.index, table[column], color=colour, lw=2.2, marker="o", ms=4, label=column)
    axes.set_xlabel(across)
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    legend_above(axes, entries=len(table.columns))
    return figure
