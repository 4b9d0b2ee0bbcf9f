"""Stacked bars around a circle: how often, from where, in which class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from greenanalysis.core.files import atomic_path
from greenanalysis.site.draw.palette import GRID, INK, MUTED


def polar_bars(
    shares: np.ndarray, labels: Sequence[str], path: Path, *, title: str, key: str
) -> Path:
    """Draw shares by direction and class, north up and clockwise, as SVG or PNG.

    Parameters
    ----------
    shares : (class, sector), per cent; sector 0 is centred on north.
    labels : of the classes, from the inner to the outer bar.
    path : ``NAME.svg`` or ``NAME.png``.
    title, key : above the figure, and above the legend.
    """
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(projection="polar")
    axes.set_theta_zero_location("N")  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    count = shares.shape[1]
    angles = np.arange(count) * 2 * np.pi / count
    colours = colormaps["YlGnBu"](np.linspace(0.25, 0.95, len(shares)))
    inner = np.zeros(count)
    for row, label, colour in zip(shares, labels, colours, strict=True):
        axes.bar(angles, row, width=0.92 * 2 * np.pi / count, bottom=inner, color=colour,
                 label=label, linewidth=0)  # fmt: skip
        inner = inner + row
    axes.set_xticks(np.arange(8) * np.pi / 4, ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    axes.tick_params(colors=MUTED)
    axes.grid(color=GRID)
    axes.spines["polar"].set_color(GRID)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter("{x:g} %")
    axes.set_title(title, color=INK, loc="left", fontsize=11)
    axes.legend(title=key, loc="center left", bbox_to_anchor=(1.12, 0.5), frameon=False)
    with atomic_path(path) as staged:
        figure.savefig(
            staged, dpi=150, format=path.suffix[1:].lower(), bbox_inches="tight", pad_inches=0.15
        )
    return path
