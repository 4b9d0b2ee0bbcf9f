"""The fonts of the site: DejaVu Sans with Latin and Cyrillic letters, Kazakh ones among them."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from greenanalysis.core.files import write_text
from greenanalysis.core.paths import package_dir

FONTS = package_dir() / "site" / "templates" / "fonts"
FACES = {"normal": "dejavu-sans.woff2", "bold": "dejavu-sans-bold.woff2"}


@cache
def fonts_css() -> str:
    """Return the style sheet that brings the fonts.

    Notes
    -----
    The fonts lie inside it: a page opened from a folder may not load a font of another folder
    (browsers count each file as an origin of its own), but it may load a style sheet.
    """
    return "".join(
        "@font-face{font-family:'DejaVu Sans';font-style:normal;font-display:swap;"
        f"font-weight:{weight};src:url(data:font/woff2;base64,"
        f"{base64.b64encode((FONTS / name).read_bytes()).decode()}) format('woff2')}}\n"
        for weight, name in FACES.items()
    )


@cache
def fonts_address() -> str:
    """Return the address of the style sheet from the root of a site."""
    return f"assets/fonts-{hashlib.sha256(fonts_css().encode()).hexdigest()[:12]}.css"


def write_fonts(out: Path) -> Path:
    """Write the style sheet into a site unless it stands there whole, and return its path.

    Parameters
    ----------
    out : root of the site.
    """
    path = out / fonts_address()
    text = fonts_css()
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
    for old in path.parent.glob("fonts-*.css"):
        if old != path:
            old.unlink()
    return path


@cache
def text_width(text: str) -> float:
    """Return how wide a text is in the font of the figures, in ems.

    Parameters
    ----------
    text : one line; a letter that the font lacks counts as an average one.
    """
    widths, usual = _advances()
    return sum(widths.get(ord(letter), usual) for letter in text)


@cache
def _advances() -> tuple[dict[int, float], float]:
    import matplotlib
    from fontTools.ttLib import TTFont

    whole = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    with TTFont(whole) as font:
        size = font["head"].unitsPerEm
        metrics = font["hmtx"].metrics
        widths = {code: metrics[name][0] / size for code, name in font.getBestCmap().items()}
    return widths, sum(widths.values()) / len(widths)
