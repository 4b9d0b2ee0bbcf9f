"""The static twin of a chart: an SVG for print and for readers without scripts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.files import write_text
from greenanalysis.site.draw import palette
from greenanalysis.site.draw.chart import FULL, HIDDEN, META

_VEGA_LITE = "6.4"
"""Version of Vega-Lite that draws the twin, that of the script of the pages."""

_TWIN_WIDTH = 720
_PANEL_MARGIN = 64
"""Pixels that the axes of a part of a concatenated chart take of its width."""

_HEX = re.compile(r"#[0-9a-f]{6}\b")
_KEYED = ("color", "fill", "shape", "strokeDash")
_UNUSED = re.compile(r' (?:class|role|aria-[\w]+|aria-roledescription)="[^"]*"|<title>.*?</title>')
_ID = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'( id="|url\(#|href="#)([^")]+)')
_EMPTY_GROUP = re.compile(r"<g(?: [^<>]*)?></g>")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


@cache
def locales() -> dict[str, dict[str, Any]]:
    """Return how each language but English writes numbers and dates, in the form of d3."""
    path = paths.package_dir() / "site" / "draw" / "browser" / "locales.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def on_page(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a specification as a page draws it: no title and key, which stand in HTML."""
    page = json.loads(json.dumps(spec))
    for name in ("$schema", "title", "description", "background"):
        page.pop(name, None)
    page["background"] = None
    if page.get("usermeta", {}).get(META, {}).get("key"):
        _without_key(page)
    return dict(page)


def _without_key(part: Any) -> None:
    if isinstance(part, list):
        for one in part:
            _without_key(one)
    elif isinstance(part, dict):
        for name, inside in part.items():
            if name in _KEYED and isinstance(inside, dict) and inside.get("type") == "nominal":
                inside["legend"] = None
            _without_key(inside)


def without_hover(part: Any) -> Any:
    """Return a specification without its parameters of pointers and the layers made for them."""
    if isinstance(part, list):
        return [without_hover(one) for one in part if not _is_hover(one)]
    if isinstance(part, dict):
        return {
            name: (
                [one for one in inside if "select" not in one]
                if name == "params"
                else without_hover(inside)
            )
            for name, inside in part.items()
            if name != "tooltip"
        }
    return part


def _is_hover(part: Any) -> bool:
    return isinstance(part, dict) and any(
        str(one.get("select", {}).get("on", "")).startswith("pointerover")
        for one in part.get("params", [])
        if isinstance(one.get("select"), dict)
    )


def sized(spec: Any, width: int) -> Any:
    """Return a specification in which the parts that fill the column have a width in pixels."""
    if isinstance(spec, list):
        return [sized(one, width) for one in spec]
    if isinstance(spec, dict):
        return {
            name: max(width - _PANEL_MARGIN, 160)
            if name == "width" and inside == FULL
            else sized(inside, width)
            for name, inside in spec.items()
        }
    return spec


def themed(text: str) -> str:
    """Return text in which colours that differ by theme are written as variables of CSS."""
    return _HEX.sub(lambda found: palette.variable(found.group()), text)


def twin_svg(spec: Mapping[str, Any], *, language: str = "en") -> str:
    """Return the drawing of a chart as it lies on a page, from the cache where it stands.

    Parameters
    ----------
    spec : whole specification of :meth:`~greenanalysis.site.draw.chart.Chart.vega_lite`.
    language : whose numbers and dates it writes.
    """
    drawn = sized(without_hover(on_page(spec)), _TWIN_WIDTH)
    drawn.pop("usermeta", None)
    if "vconcat" not in drawn:
        drawn |= {"width": _TWIN_WIDTH, "autosize": {"type": "fit-x", "contains": "padding"}}
    text = json.dumps(drawn, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(f"{_VEGA_LITE} {language} {HIDDEN} {text}".encode()).hexdigest()
    cached = paths.cache_dir() / "charts" / f"{digest[:32]}.svg"
    if cached.is_file():
        return cached.read_text(encoding="utf-8")
    svg = _own_ids(_draw(drawn, language), f"t{digest[:8]}-")
    write_text(cached, svg)
    return svg


def _own_ids(svg: str, start: str) -> str:
    """Return a drawing whose ids begin with its own letters; Vega counts on over all drawings."""
    names = {name: f"{start}{number}" for number, name in enumerate(_ID.findall(svg))}
    return _REFERENCE.sub(lambda found: found[1] + names.get(found[2], found[2]), svg)


def _draw(spec: Mapping[str, Any], language: str) -> str:
    import vl_convert

    locale = locales().get(language, {})
    svg = vl_convert.vegalite_to_svg(
        dict(spec),
        _VEGA_LITE,
        format_locale=locale.get("number"),
        time_format_locale=locale.get("time"),
    )
    svg = _UNUSED.sub("", svg)
    svg = _NUMBER.sub(lambda number: f"{float(number.group()):.2f}".rstrip("0").rstrip("."), svg)
    for _ in range(3):
        svg = _EMPTY_GROUP.sub("", svg)
    return themed(svg)
