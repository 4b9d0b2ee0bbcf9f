"""A chart as an element of a page: finding, key, twin, menu and the specification itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from greenanalysis.site.draw.chart import META
from greenanalysis.site.draw.twin import themed, twin_svg

SPEC_CLASS = "ga-chart-spec"
TWIN_CLASS = "ga-chart-twin"
_ACTIONS = (
    ("csv", "Numbers (CSV)"),
    ("png", "Picture (PNG)"),
    ("svg", "Drawing (SVG)"),
    ("table", "Show as table"),
    ("cite", "Cite"),
)
_ZOOMS = (("out", "Zoom out", "−"), ("in", "Zoom in", "+"), ("all", "Show all", "↺"))
_HELP = "Ctrl and wheel, or + and −, zoom; arrow keys read the values."


def chart_figure(spec: Mapping[str, Any], *, key: str, citation: str = "") -> Markup:
    """Return a chart as HTML; its twin is drawn, the live chart is up to the script of the page.

    Parameters
    ----------
    spec : whole specification.
    key : id of the figure in its page.
    citation : how to cite the work that the chart belongs to.
    """
    about = spec["usermeta"][META]
    keys = Markup("").join(
        Markup(
            '<button type="button" class="ga-key" aria-pressed="true" data-series="{}">'
            '<i class="ga-key-{}" style="--c:{}"></i><span>{}</span></button>'
        ).format(name, kind, themed(colour), name)
        for name, colour, kind in about["key"]
    )
    group = Markup(
        '<div class="ga-keys" role="group" aria-label="Series, shown or hidden">{}</div>'
    )
    return Markup(
        '<figure class="ga-figure ga-chart" id="{}" data-cite="{}"><figcaption>{}</figcaption>'
        '<div class="ga-chart-bar"><span class="ga-unit">{}</span>{}{}</div>{}'
        '<div class="ga-live" hidden></div><div class="{}" role="img" aria-label="{}">'
        '<div translate="no">{}</div></div>'
        '<p class="ga-say" aria-live="polite"></p>{}'
        '<script type="application/json" class="{}">{}</script></figure>'
    ).format(
        key,
        citation,
        about.get("title", ""),
        about["unit"],
        _zoom_buttons() if about["zoom"] else "",
        _menu(),
        group.format(keys) if about["key"] else "",
        TWIN_CLASS,
        about.get("title", ""),
        Markup(twin_svg(spec)),
        _notes(about.get("note", ""), about.get("source", "")),
        SPEC_CLASS,
        Markup(spec_text(spec)),
    )


def _menu() -> Markup:
    buttons = Markup("").join(
        Markup('<button type="button" data-do="{}">{}</button>').format(action, text)
        for action, text in _ACTIONS
    )
    return Markup(
        '<details class="ga-menu"><summary title="Save or cite this chart" '
        'aria-label="Save or cite this chart">⋯</summary><div>{}<small>{}</small></div></details>'
    ).format(buttons, _HELP)


def _zoom_buttons() -> Markup:
    buttons = Markup("").join(
        Markup(
            '<button type="button" data-zoom="{}" title="{}" aria-label="{}">{}</button>'
        ).format(way, text, text, sign)
        for way, text, sign in _ZOOMS
    )
    return Markup('<span class="ga-zoom">{}</span>').format(buttons)


def _notes(note: str, source: str) -> Markup:
    data = f"Data: {source}" if source else ""
    return Markup("").join(
        Markup('<p class="ga-note">{}</p>').format(text) for text in (note, data) if text
    )


def spec_text(spec: Mapping[str, Any]) -> str:
    """Return a specification as the text of a script."""
    slim = {name: part for name, part in spec.items() if name not in ("$schema", "background")}
    return json.dumps(slim, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
