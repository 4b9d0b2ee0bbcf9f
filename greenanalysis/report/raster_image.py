"""A raster theme as the picture that Leaflet stretches over its bounds."""

from __future__ import annotations

import base64
import io

import numpy as np

from greenanalysis.report.layers import RasterTheme

RASTER_ROWS_PER_CELL = 4


def mercator_rows(south: float, north: float, rows: int) -> np.ndarray:
    """Return latitudes, degrees from north to south, of ``rows`` even rows in Web Mercator."""

    def project(latitude: float) -> float:
        return float(np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2)))

    edges = np.linspace(project(north), project(south), 2 * rows + 1)
    return np.degrees(2 * np.arctan(np.exp(edges[1::2])) - np.pi / 2)


def raster_image(theme: RasterTheme) -> str:
    """Return the theme as a PNG data URI whose rows are even in Web Mercator.

    Leaflet stretches an image evenly in the projected plane; rows even in latitude would lie up
    to 100 km off at 50 degrees north.
    """
    from PIL import Image

    field = theme.north_up()
    _, south, _, north = theme.bounds()
    rows = mercator_rows(south, north, field.sizes["latitude"] * RASTER_ROWS_PER_CELL)
    picked = field.sel(latitude=rows, method="nearest").values
    picked = np.repeat(picked, RASTER_ROWS_PER_CELL, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(theme.scale.rgba(picked)).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
