"""Themes of the atlas, one module each: their tables, maps, checks and texts.

A module of this folder becomes a theme of the atlas by stating ``THEME``, a :class:`Theme`; the
page of the atlas, its map, tables, comparison and downloads take it from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from greenanalysis.core.assumptions import Assumptions
from greenanalysis.core.errors import input_error
from greenanalysis.core.members import members

_Table = Callable[[gpd.GeoDataFrame, Assumptions], pd.DataFrame]


@dataclass(frozen=True)
class MapLayer:
    """The quantity of a theme that fills the regions of the map; the tables hold the rest.

    Attributes
    ----------
    quantity, level : rows of the theme's table.
    title : of the layer.
    colours : matplotlib's name of the colour map.
    decimals : of the legend.
    """

    quantity: str
    level: str
    title: str
    colours: str
    decimals: int


@dataclass(frozen=True)
class Theme:
    """A theme of the atlas: the description that its module states as ``THEME``.

    Attributes
    ----------
    name : in lower case, as texts name it; also the value of the column ``theme``.
    order : place among the themes in texts and tables; the map lists the last one first.
    table : takes regions and assumptions, returns the table of
        :func:`~greenanalysis.atlas.table.atlas_table`.
    layer : of the map.
    checks : takes regions and assumptions, returns rows of
        :func:`~greenanalysis.atlas.table.check_row`; None where nothing is published.
    limits : what the theme does not show, whole sentences.
    """

    name: str
    order: int
    table: _Table
    layer: MapLayer
    checks: _Table | None = None
    limits: tuple[str, ...] = ()


def themes() -> dict[str, Theme]:
    """Return the themes of the atlas by name, in the order of the pages."""
    stated = members(__package__, Theme)
    return dict(sorted(stated.items(), key=lambda item: item[1].order))


def atlas_themes(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> dict[str, pd.DataFrame]:
    """Return the table of each theme, checked by ``atlas_table``.

    Parameters
    ----------
    regions : of :func:`~greenanalysis.geo.regions.load_regions`.
    assumptions : coefficients and prices.

    Raises
    ------
    InputError : a table with rows of another theme, or without the quantity of the map.
    """
    tables = {name: theme.table(regions, assumptions) for name, theme in themes().items()}
    for name, table in tables.items():
        layer = themes()[name].layer
        mapped = (table["quantity"] == layer.quantity) & (table["level"] == layer.level)
        if set(table["theme"]) != {name}:
            got = sorted(set(table["theme"]))
            raise input_error("theme", where=f"table of theme {name}", allowed=name, got=got)
        if not mapped.any():
            allowed = f"rows of {layer.quantity}, {layer.level}"
            raise input_error("map", where=f"table of theme {name}", allowed=allowed, got="none")
    return tables


def national_totals(regions: gpd.GeoDataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Set the national totals of all themes beside published ones.

    Returns
    -------
    DataFrame : theme, quantity, got, expected, unit, tolerance, hit, source, remark; ``got`` is NaN
        where the published figure is quoted and not modelled.
    """
    parts = {
        name: theme.checks(regions, assumptions)
        for name, theme in themes().items()
        if theme.checks is not None
    }
    table = pd.concat(parts, names=["theme", None]).reset_index(level="theme")
    return table.reset_index(drop=True)
