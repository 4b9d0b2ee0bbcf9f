"""The style of all figures: type, lines and colours, and how a figure becomes an image."""

from __future__ import annotations

import base64
import functools
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

from greenanalysis.report import palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 5.6
HEIGHT = 3.2
STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": palette.INK,
    "axes.edgecolor": palette.MUTED,
    "axes.labelcolor": palette.MUTED,
    "axes.titlecolor": palette.INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": palette.GRID,
    "grid.linewidth": 0.8,
    "xtick.color": palette.MUTED,
    "ytick.color": palette.MUTED,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "figure.facecolor": palette.PAPER,
    "axes.facecolor": palette.PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "greenanalysis",
}

P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a drawing function use the style of the reports, and only while it runs."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(*, width: float = WIDTH, height: float = HEIGHT) -> Figure:
    """Return an empty figure, inches, that belongs to no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def figure_uri(figure: Figure, *, kind: str = "svg", dpi: int = 170) -> str:
    """Return a figure as a data URI.

    Parameters
    ----------
    figure : what to draw.
    kind : ``svg`` (crisp at each size) or ``png`` (smaller for rasters and many shapes).
    dpi : dots per inch of a PNG.
    """
    import matplotlib

    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=metadata)
    content = buffer.getvalue()
    if kind == "png":
        content = _fewer_colours(content)
    mime = "image/svg+xml" if kind == "svg" else "image/png"
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _fewer_colours(content: bytes) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
            buffer, "PNG", optimize=True
        )
    return buffer.getvalue()
