"""The printed twin of an interactive map: the same layers and colours, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from greenanalysis.site.draw import palette
from greenanalysis.site.draw.layers import (
    Layer,
    Lines,
    Outlines,
    Points,
    RasterTheme,
    Theme,
    themes_of,
)
from greenanalysis.site.draw.style import new_figure, styled

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TEXT = 7
"""Order in which text is drawn; as a vector drawing all below it is one picture."""


@styled
def static_map(
    layers: Sequence[Layer],
    *,
    bounds: tuple[float, float, float, float],
    basemap: gpd.GeoDataFrame | None = None,
) -> Figure:
    """Return a figure with one panel per theme, the other layers drawn over each.

    Parameters
    ----------
    layers : as for the interactive map.
    bounds : west, south, east, north, degrees.
    basemap : polygons of land, EPSG:4326.
    """
    themes: list[Theme | None] = [*themes_of(layers)] or [None]
    over = [layer for layer in layers if layer not in themes]
    columns = min(len(themes), 2)
    rows = -(-len(themes) // columns)
    west, south, east, north = bounds
    aspect = 1.0 / np.cos(np.radians((south + north) / 2))
    width = 7.2
    panel = width / columns * (north - south) / (east - west) * aspect
    figure = new_figure(width=width, height=rows * (panel + 0.62))
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(themes) :]:
        axes.set_visible(False)
    for axes, theme in zip(panels, themes, strict=False):
        _draw_panel(axes, theme, over, basemap, small=columns > 1)
        axes.set(xlim=(west, east), ylim=(south, north), xlabel="", ylabel="")
        axes.set_aspect(aspect)
    return figure


def _draw_panel(
    axes: Axes,
    theme: Theme | None,
    over: Sequence[Layer],
    basemap: gpd.GeoDataFrame | None,
    *,
    small: bool,
) -> None:
    axes.set_rasterization_zorder(_TEXT - 0.5)
    axes.set_facecolor(palette.WATER)
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(True)
        side.set(color=palette.GRID)
    if basemap is not None:
        basemap.plot(
            ax=axes, color=palette.LAND, edgecolor=palette.BORDER, linewidth=0.4, aspect=None
        )
    if theme is not None:
        _draw_theme(axes, theme)
        axes.set_title(theme.name, fontsize=8.5 if small else 10, zorder=_TEXT)
        _colour_bar(axes, theme)
    for layer in over:
        _draw_over(axes, layer, small=small)


def _draw_theme(axes: Axes, theme: Theme) -> None:
    if isinstance(theme, RasterTheme):
        west, south, east, north = theme.bounds()
        axes.imshow(
            theme.scale.rgba(theme.north_up().values),
            extent=(west, east, south, north),
            origin="lower",
            interpolation="nearest",
            aspect="auto",
            zorder=2,
        )
    else:
        colours = [theme.scale.hex(float(value)) for value in theme.values]
        theme.shapes.plot(
            ax=axes, color=colours, edgecolor=palette.PAPER, linewidth=0.5, aspect=None, zorder=2
        )
        unknown = theme.shapes[~np.isfinite(np.asarray(theme.values, dtype=float))]
        if len(unknown):
            unknown.plot(
                ax=axes,
                color=palette.LAND,
                edgecolor=palette.BORDER,
                hatch="////",
                linewidth=0.0,
                aspect=None,
                zorder=2,
            )


def _draw_over(axes: Axes, layer: Layer, *, small: bool) -> None:
    shrink = 0.45 if small else 0.75
    if isinstance(layer, Outlines):
        layer.shapes.boundary.plot(ax=axes, color=palette.INK, linewidth=0.5, aspect=None, zorder=3)
        if len(layer.highlight):
            strong = layer.shapes.iloc[list(layer.highlight)].boundary
            strong.plot(ax=axes, color=palette.INK, linewidth=1.6, aspect=None, zorder=4)
    elif isinstance(layer, Lines):
        widths = [float(width) * shrink for width in layer.widths]
        layer.shapes.plot(
            ax=axes, color=layer.colours(), linewidth=widths, alpha=0.9, aspect=None, zorder=5
        )
    elif isinstance(layer, Points):
        _draw_points(axes, layer, shrink=shrink)


def _draw_points(axes: Axes, layer: Points, *, shrink: float) -> None:
    sizes = [(2 * float(radius) * shrink) ** 2 for radius in layer.radii]
    x, y = layer.shapes.geometry.x, layer.shapes.geometry.y
    axes.scatter(
        x, y, s=sizes, c=layer.colours(), edgecolors=palette.PAPER, linewidths=0.6, zorder=6
    )
    for east, north, label in zip(x, y, layer.labels, strict=False):
        axes.annotate(
            label,
            (east, north),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=6.5,
            zorder=_TEXT,
        )


def _colour_bar(axes: Axes, theme: Theme) -> None:
    bar = axes.inset_axes((0.0, -0.075, 1.0, 0.035), zorder=_TEXT)
    ramp: Any = theme.scale.rgba(np.linspace(theme.scale.low, theme.scale.high, 256)[None, :])
    bar.imshow(ramp, aspect="auto", extent=(0, 1, 0, 1))
    ticks = theme.scale.ticks()
    ticks[-1] = f"{ticks[-1]} {theme.scale.unit_text()}".strip()
    bar.set_xticks(np.linspace(0, 1, len(ticks)), labels=ticks, fontsize=7)
    first, *_, last = bar.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    bar.set_yticks([])
    bar.grid(visible=False)
    bar.tick_params(length=0, pad=2)
