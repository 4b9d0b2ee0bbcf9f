"""Translated texts of figures: longer ones are set smaller, so that none leaves its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from greenanalysis.site.publish.languages.fonts import text_width

_SIZE = re.compile(r"(font-size:\s*)([\d.]+)(px)")
_ANCHOR = re.compile(r"text-anchor:\s*(\w+)")
_ROTATED = re.compile(r"rotate\((-?[\d.]+)")
_SMALLEST = 0.55
"""Share of its size that a text keeps at least; a narrower place lets it overlap."""

_WIDER = 0.3
"""Share of its width by which a figure may grow for the labels of its vertical axis."""

_ENTRY_GAP = 23.0
"""Room before an entry of a legend for its sample of colour, in units of the drawing."""


def figure_texts(root: Any) -> dict[Any, str]:
    """Return the texts of the figures of a page by element, before they are translated."""
    return {
        element: element.text or ""
        for figure in root.iter("svg")
        for element in figure.iter("text")
        if len(element) == 0
    }


def fit_figures(before: Mapping[Any, str]) -> None:
    """Set the texts smaller that grew out of their place.

    Parameters
    ----------
    before : of :func:`figure_texts`.
    """
    figures: dict[Any, list[Any]] = {}
    for element, old in before.items():
        if (element.text or "") != old:
            figures.setdefault(next(element.iterancestors("svg")), []).append(element)
    for figure, changed in figures.items():
        _shorten_regions(changed, {element.text for element in figure.iter("text")})
        box = [float(part) for part in (figure.get("viewbox") or figure.get("viewBox")).split()]
        boxes = [found for found in map(_line, figure.iter("text")) if found]
        lines = {found["element"]: found for found in boxes}
        _widen(figure, [lines[element] for element in changed if element in lines], box)
        shares: dict[tuple[Any, ...], float] = {}
        for line in (lines[element] for element in changed if element in lines):
            row = _row(line)
            shares[row] = min(shares.get(row, 1.0), _share(line, boxes, box))
        for line in boxes:
            _set_smaller(line, shares.get(_row(line), 1.0))


def _widen(figure: Any, lines: list[dict[str, Any]], box: list[float]) -> None:
    """Give a figure more room on its left where the labels of its axis need it."""
    ends = [line for line in lines if line["anchor"] == "end" and not line["upright"]]
    needed = max((line["width"] - (line["along"] - box[0]) for line in ends), default=0.0)
    more = min(needed + 2.0, _WIDER * box[2])
    if needed <= 0 or more <= 0:
        return
    box[0] -= more
    box[2] += more
    name = "viewbox" if figure.get("viewbox") else "viewBox"
    figure.set(name, " ".join(f"{part:g}" for part in box))


def _row(line: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what the labels of one axis, or the entries of one legend, have in common."""
    places = {"middle": line["across"], "end": line["along"], "start": 0.0}
    return line["anchor"], line["upright"], round(places[line["anchor"]]), line["size"]


def _set_smaller(line: Mapping[str, Any], share: float) -> None:
    if share < 1.0:
        size = line["size"] * max(share, _SMALLEST)
        style = _SIZE.sub(rf"\g<1>{size:.2f}\g<3>", line["element"].get("style"))
        line["element"].set("style", style)


def _shorten_regions(elements: list[Any], taken: Collection[str | None]) -> None:
    """Leave out the word for a region, unless a city of the figure is called so."""
    for element in elements:
        short = re.sub(r"^(\S+) (?:область|облысы)$", r"\1", element.text)
        if short not in taken:
            element.text = short


def _line(element: Any) -> dict[str, Any] | None:
    """Return anchor, position along and across the line, width and size of a text."""
    style = element.get("style") or ""
    size, anchor = _SIZE.search(style), _ANCHOR.search(style)
    try:
        x, y = float(element.get("x")), float(element.get("y"))
    except (TypeError, ValueError):
        return None
    if size is None:
        return None
    turned = _ROTATED.search(element.get("transform") or "")
    upright = turned is not None and abs(abs(float(turned.group(1))) - 90) < 1
    if turned is not None and not upright and abs(float(turned.group(1))) > 1:
        return None
    points = float(size.group(2))
    return {
        "element": element,
        "anchor": anchor.group(1) if anchor else "start",
        "upright": upright,
        "along": y if upright else x,
        "across": x if upright else y,
        "size": points,
        "width": text_width(element.text or "") * points,
    }


def _share(line: Mapping[str, Any], others: list[dict[str, Any]], box: list[float]) -> float:
    """Return the room of a text as a share of its width."""
    low, high = (box[1], box[1] + box[3]) if line["upright"] else (box[0], box[0] + box[2])
    for other in others:
        same = other["upright"] == line["upright"] and other is not line
        if same and abs(other["across"] - line["across"]) < line["size"] / 2:
            if other["along"] > line["along"]:
                high = min(high, _between(line, other))
            elif other["along"] < line["along"]:
                low = max(low, _between(line, other))
    room = {
        "start": high - line["along"],
        "end": line["along"] - low,
        "middle": 2 * min(line["along"] - low, high - line["along"]),
    }[line["anchor"]]
    return float(room / line["width"]) if line["width"] else 1.0


def _between(line: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return where the place of a text ends towards another one on its line."""
    if line["anchor"] == other["anchor"] == "middle":
        gap = 0.03 * abs(other["along"] - line["along"])
        middle = (line["along"] + other["along"]) / 2
        return float(middle - gap if other["along"] > line["along"] else middle + gap)
    if other["along"] > line["along"] and other["anchor"] == "start":
        return float(other["along"] - _ENTRY_GAP)
    return float("inf") if other["along"] > line["along"] else float("-inf")
