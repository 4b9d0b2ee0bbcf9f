"""The style of all figures: type, lines and colours, and how a figure becomes part of a page."""

from __future__ import annotations

import base64
import functools
import io
import itertools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

from markupsafe import Markup

from greenanalysis.site.draw import palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH = 5.6
_HEIGHT = 3.2
_PIXELS_PER_POINT = 1.69
"""How large a drawing may grow on a page: a figure of the usual width becomes 680 pixels wide."""
_STYLE: Any = {
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
    "svg.fonttype": "none",
    "svg.hashsalt": "greenanalysis",
}

_SVG_ROOT = re.compile(r"<svg\b([^>]*)>")
_NOT_DRAWN = re.compile(
    r"<metadata>.*?</metadata>|<!--.*?-->|<style\b.*?</style>| transform=\"rotate\(-0 [^\"]*\"",
    re.DOTALL,
)
_ID = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(url\(#|(?:xlink:)?href="#)([^)"]+)')
_PICTURE = re.compile(r'"data:image/png;base64,([^"]+)"')
_VIEW_BOX = re.compile(r'viewBox="([^"]*)"')
_figure_numbers = itertools.count(1)

P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a drawing function use the style of the reports, and only while it runs."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(*, width: float = _WIDTH, height: float = _HEIGHT) -> Figure:
    """Return an empty figure, inches, that belongs to no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def figure_svg(figure: Figure, *, label: str, few_colours: bool = False) -> Markup:
    """Return a figure as an SVG element to stand in a page: its text is text, its ids its own.

    Parameters
    ----------
    figure : what to draw.
    label : what the figure says, for those who cannot see it; plain text.
    few_colours : whether pictures inside may be held to 256 colours, as those of maps.
    """
    drawing = _saved(figure, kind="svg", dpi=150 if few_colours else 170).decode()
    if few_colours:
        drawing = _PICTURE.sub(_smaller_picture, drawing)
    return inline_svg(drawing, label=label, key=f"ga-f{next(_figure_numbers)}-")


def inline_svg(drawing: str, *, label: str, key: str) -> Markup:
    """Return an SVG file as an element of a page.

    Parameters
    ----------
    drawing : text of the file, as matplotlib writes it.
    label : what it says; plain text.
    key : start of the ids inside, one for each figure of a page.

    Notes
    -----
    Ids that nothing refers to are left out. The style that matplotlib gives to all elements would
    reach the whole page from an element, so the element itself carries it.
    """
    drawing = _NOT_DRAWN.sub("", drawing)
    used = {name for _, name in _REFERENCE.findall(drawing)}
    drawing = _ID.sub(lambda id: f' id="{key}{id[1]}"' if id[1] in used else "", drawing)
    drawing = _REFERENCE.sub(rf"\1{key}\2", drawing)
    root = _SVG_ROOT.search(drawing)
    box = _VIEW_BOX.search(root.group(1)) if root else None
    if root is None or box is None:
        raise ValueError("not an SVG drawing with a view box")
    width = float(box.group(1).split()[2])
    head = Markup(
        '<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg" '
        'viewBox="{}" role="img" aria-label="{}" style="max-width:{:.0f}px">'
    ).format(box.group(1), label, width * _PIXELS_PER_POINT)
    body = re.sub(r">\s+<", "><", drawing[root.end() :].strip())
    return head + Markup(body.replace("<defs></defs>", ""))


def _saved(figure: Figure, *, kind: str, dpi: int = 170) -> bytes:
    import matplotlib

    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with matplotlib.rc_context(_STYLE):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=metadata)
    content = buffer.getvalue()
    return _fewer_colours(content) if kind == "png" else content


def _smaller_picture(found: re.Match[str]) -> str:
    content = _fewer_colours(base64.b64decode(found[1]))
    return f'"data:image/png;base64,{base64.b64encode(content).decode()}"'


def _fewer_colours(content: bytes) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
            buffer, "PNG", optimize=True
        )
    return buffer.getvalue()
