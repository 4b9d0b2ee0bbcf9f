"""What a map shows, said once; the interactive map and its printed twin draw from it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import xarray as xr

from greenanalysis.core.errors import input_error
from greenanalysis.geo.grid import cell_halves
from greenanalysis.site.draw import palette
from greenanalysis.site.draw.palette import ColourScale


@dataclass(frozen=True)
class Popup:
    """What a click shows: a title and rows of label and value; all of it is plain text."""

    title: str
    rows: Sequence[tuple[str, str]] = ()

    def html(self) -> str:
        """Return the popup as HTML in which every text is escaped."""
        rows = "".join(
            f"<tr><th>{html.escape(str(label))}</th><td>{html.escape(str(value))}</td></tr>"
            for label, value in self.rows
        )
        return (
            f'<div class="ga-popup"><b>{html.escape(str(self.title))}</b>'
            f"{f'<table>{rows}</table>' if rows else ''}</div>"
        )


@dataclass(frozen=True, eq=False)
class RasterTheme:
    """A field on the grid, one of the themes of which the map shows one at a time.

    Parameters
    ----------
    name : as written in the switch and the legend.
    values : dims (latitude, longitude), evenly spaced cell centres in degrees.
    scale : colours and unit.
    months : the same by month, dims (month, latitude, longitude), month 1 to 12, or none; a page
        then has a slider over the year and its months.
    """

    name: str
    values: xr.DataArray
    scale: ColourScale
    months: xr.DataArray | None = None

    def __post_init__(self) -> None:
        """Refuse dimensions that are not latitude and longitude."""
        if set(self.values.dims) != {"latitude", "longitude"}:
            raise input_error(
                "dimensions of a map theme",
                where=self.name,
                allowed="latitude, longitude",
                got=", ".join(str(dim) for dim in self.values.dims),
            )

    def north_up(self) -> xr.DataArray:
        """Return the values with rows from south to north and columns from west to east."""
        ordered = self.values.transpose("latitude", "longitude")
        return ordered.sortby("latitude").sortby("longitude")

    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the outer cell edges, degrees."""
        field = self.north_up()
        lat, lon = field["latitude"].values, field["longitude"].values
        dy, dx = cell_halves(lat, lon)
        return float(lon[0]) - dx, float(lat[0]) - dy, float(lon[-1]) + dx, float(lat[-1]) + dy


@dataclass(frozen=True, eq=False)
class RegionTheme:
    """Regions filled by a value, one of the themes of which the map shows one at a time.

    Parameters
    ----------
    name : as written in the switch and the legend.
    shapes : polygons, EPSG:4326.
    values : one per polygon, in the order of ``shapes``; NaN (no data) is hatched.
    scale : colours and unit.
    popups : one per polygon, or none.
    """

    name: str
    shapes: gpd.GeoDataFrame
    values: Sequence[float]
    scale: ColourScale
    popups: Sequence[Popup] = ()

    def __post_init__(self) -> None:
        """Refuse values or popups that do not match the shapes in number."""
        _check_count(self.name, len(self.shapes), values=self.values)
        _check_count(self.name, len(self.shapes), popups=self.popups or [None] * len(self.shapes))

    @property
    def gaps(self) -> bool:
        """Whether a region has no data."""
        return not bool(np.isfinite(np.asarray(self.values, dtype=float)).all())


@dataclass(frozen=True, eq=False)
class Outlines:
    """Borders of regions over a theme; a click shows the popup of the region.

    Parameters
    ----------
    name : as written in the switch.
    shapes : polygons, EPSG:4326.
    popups : one per polygon, or none.
    highlight : positions of the polygons drawn with a strong border.
    """

    name: str
    shapes: gpd.GeoDataFrame
    popups: Sequence[Popup] = ()
    highlight: Sequence[int] = ()

    def __post_init__(self) -> None:
        """Refuse popups that do not match the shapes in number."""
        _check_count(self.name, len(self.shapes), popups=self.popups or [None] * len(self.shapes))


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines such as corridors, their width by value.

    Parameters
    ----------
    name : as written in the switch and the legend.
    shapes : line strings, EPSG:4326.
    widths : line widths in pixels, one per line.
    colour : one colour, or one per line.
    popups : one per line, or none.
    note : what width and colour mean, for the legend.
    dash : pattern of dashes as SVG writes it, such as ``6 4``; empty for whole lines.
    hours : hours of the day for which ``flows`` are known.
    flows : shape (lines, hours), MW from the first point of a line to its last, or none; a page
        then shows arrows and a slider over the hours.
    """

    name: str
    shapes: gpd.GeoDataFrame
    widths: Sequence[float]
    colour: str | Sequence[str] = palette.ACCENT
    popups: Sequence[Popup] = ()
    note: str = ""
    dash: str = ""
    hours: Sequence[int] = ()
    flows: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse widths or popups that do not match the shapes in number."""
        _check_count(self.name, len(self.shapes), widths=self.widths, colours=self.colours())
        if self.flows is not None:
            _check_count(self.name, len(self.shapes), flows=list(self.flows))
            _check_count(self.name, len(self.hours), hours=list(np.asarray(self.flows).T))
        _check_count(self.name, len(self.shapes), popups=self.popups or [None] * len(self.shapes))

    def colours(self) -> list[str]:
        """Return one colour per line."""
        return _each(self.colour, len(self.shapes))


@dataclass(frozen=True, eq=False)
class Points:
    """Points such as plants or markets, their size by value.

    Parameters
    ----------
    name : as written in the switch and the legend.
    shapes : points, EPSG:4326.
    radii : circle radii in pixels, one per point.
    colour : one colour, or one per point.
    popups : one per point, or none.
    labels : short text written beside the point in the printed twin, or none.
    note : what size and colour mean, for the legend.
    """

    name: str
    shapes: gpd.GeoDataFrame
    radii: Sequence[float]
    colour: str | Sequence[str] = palette.WARNING
    popups: Sequence[Popup] = ()
    labels: Sequence[str] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse radii, popups or labels that do not match the shapes in number."""
        count = len(self.shapes)
        _check_count(self.name, count, radii=self.radii, colours=self.colours())
        _check_count(self.name, count, popups=self.popups or [None] * count)
        _check_count(self.name, count, labels=self.labels or [""] * count)

    def colours(self) -> list[str]:
        """Return one colour per point."""
        return _each(self.colour, len(self.shapes))


Theme = RasterTheme | RegionTheme
Layer = RasterTheme | RegionTheme | Outlines | Lines | Points


def _each(value: str | Sequence[str], count: int) -> list[str]:
    """Return ``count`` items: one text repeated, or the sequence itself."""
    return [value] * count if isinstance(value, str) else list(value)


def _check_count(name: str, count: int, **parts: Sequence[object]) -> None:
    """Refuse parts of a layer that do not have one item per shape.

    Raises
    ------
    InputError : the name of the part, the expected and the given number.
    """
    for part, items in parts.items():
        if len(items) != count:
            raise input_error(
                f"number of {part}", where=f"map layer {name!r}", allowed=count, got=len(items)
            )


def themes_of(layers: Iterable[Layer]) -> list[Theme]:
    """Return the layers of which the map shows one at a time, in order."""
    return [layer for layer in layers if isinstance(layer, RasterTheme | RegionTheme)]


def map_bounds(layers: Iterable[Layer]) -> tuple[float, float, float, float]:
    """Return west, south, east, north that hold all layers, degrees.

    Raises
    ------
    InputError : there is no layer.
    """
    boxes = [
        layer.bounds() if isinstance(layer, RasterTheme) else tuple(layer.shapes.total_bounds)
        for layer in layers
    ]
    if not boxes:
        raise input_error("map", where="layers", allowed="at least one layer", got="none")
    array = np.array(boxes, dtype=float)
    west, south = np.nanmin(array[:, :2], axis=0)
    east, north = np.nanmax(array[:, 2:], axis=0)
    return float(west), float(south), float(east), float(north)
