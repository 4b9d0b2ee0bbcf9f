"""A chart: a Vega-Lite specification as a plain dict, with the table and the key behind it."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from greenanalysis.site.draw import palette

MIME = "application/vnd.vegalite.v5+json"
"""What JupyterLab draws by itself; its renderer knows version 5 at most."""

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
META = "greenanalysis"
"""Key of ``usermeta`` under which a specification carries what is written around the chart."""

WORDS = "L"
"""Name of the parameter that maps each word of the data to what is written for it."""

HIDDEN = "hidden"
"""Name of the parameter that lists the series a reader has switched off."""

_ZOOM = "zoom"
LABEL = f"{WORDS}[datum.label] || datum.label"
_LAB_WIDTH = 640
FULL = "full"
"""Stands for the width of the column in a part of a concatenated chart."""

_SIGNIFICANT = 6
"""Digits that the drawn numbers keep."""

_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'
_CONFIG: dict[str, Any] = {
    "font": _FONT,
    "aria": False,
    "mark": {"aria": False},
    "view": {"stroke": None},
    "axis": {
        "labelColor": palette.MUTED,
        "titleColor": palette.MUTED,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "gridColor": palette.GRID,
        "domainColor": palette.MUTED,
        "tickColor": palette.MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelLimit": 240,
        "labelOverlap": True,
        "titleLimit": 0,
    },
    "legend": {
        "orient": "top",
        "labelColor": palette.INK,
        "titleColor": palette.MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "columns": 4,
        "labelLimit": 260,
        "symbolLimit": 0,
    },
    "title": {
        "anchor": "start",
        "frame": "group",
        "color": palette.INK,
        "subtitleColor": palette.MUTED,
        "fontSize": 13,
        "subtitleFontSize": 12,
        "offset": 8,
    },
    "text": {"color": palette.INK, "fontSize": 12},
    "rule": {"color": palette.MUTED},
    "style": {"cell": {"stroke": None}},
}


@dataclass(frozen=True)
class Key:
    """One entry of the key: a series, its colour and how it is drawn."""

    name: str
    colour: str
    kind: str = "bar"


@dataclass(frozen=True)
class Column:
    """A column of the table behind a chart: its heading, with unit, and the form of its numbers."""

    heading: str
    form: str = ""


@dataclass(frozen=True)
class Chart:
    """What is drawn, the table behind it, and its key.

    Parameters
    ----------
    spec : Vega-Lite without data, title and configuration; it reads the fields of ``table``.
    table : one row a mark; a NaN stays a gap.
    columns : field -> heading and form, in the order of the tooltip and the file.
    unit : quantity and unit, written above the chart.
    key : series that can be switched off; they are the values of the field ``series``.
    words : fields whose values are words, which pages in other languages translate.
    labels : further words that the chart writes.
    zoom : field of the horizontal axis along which the chart zooms; empty where it does not.
    """

    spec: Mapping[str, Any]
    table: pd.DataFrame
    columns: Mapping[str, Column]
    unit: str
    key: Sequence[Key] = ()
    words: Sequence[str] = ()
    labels: Sequence[str] = ()
    zoom: str = ""
    about: Mapping[str, str] = field(default_factory=dict)

    def shown(self, *, title: str, note: str = "", source: str = "") -> Chart:
        """Return the chart under its finding, with the small text below it."""
        return replace(self, about={"title": title, "note": note, "source": source})

    def vega_lite(self) -> dict[str, Any]:
        """Return the whole specification, as JupyterLab and a page draw it."""
        rows = records(self.table)
        words = dict.fromkeys([key.name for key in self.key] + list(self.labels))
        for name in self.words:
            words.update(dict.fromkeys(str(value) for value in self.table[name].dropna()))
        title = self.about.get("title", "")
        named = [
            {"calculate": f"{WORDS}[datum.{name}] || datum.{name}", "as": f"{name}_"}
            for name in self.words
        ]
        shown = [{"filter": f"indexof({HIDDEN}, datum.series) < 0"}] if self.key else []
        params = [{"name": WORDS, "value": {str(word): str(word) for word in words}}]
        params += [{"name": HIDDEN, "value": []}] if self.key else []
        own = dict(self.spec)
        return {
            "$schema": _SCHEMA,
            "description": title,
            "title": {"text": textwrap.wrap(title, 86), "subtitle": self.unit},
            "background": palette.PAPER,
            "width": _LAB_WIDTH,
            "config": _CONFIG,
            "data": {"values": rows},
            "usermeta": {META: self._meta(rows)},
            **own,
            "params": [*params, *own.get("params", [])],
            "transform": [*shown, *named, *own.get("transform", [])],
        }

    def _meta(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        digest = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
        return {
            **self.about,
            "unit": self.unit,
            "columns": [[name, part.heading] for name, part in self.columns.items()],
            "words": list(self.words),
            "key": [[one.name, one.colour, one.kind] for one in self.key],
            "zoom": self.zoom,
            "hash": digest[:16],
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return what Jupyter displays: no HTML, which JupyterLab would prefer and strip."""
        return {MIME: self.vega_lite(), "text/plain": self.about.get("title", self.unit)}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values of JSON: numbers to six digits, gaps as ``None``."""
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            return None
        short = float(f"{float(value):.{_SIGNIFICANT}g}")
        return int(short) if short.is_integer() and abs(short) < 1e15 else short
    return None if value is None or value is pd.NA else str(value)


def tooltip(columns: Mapping[str, Column], words: Sequence[str]) -> list[dict[str, Any]]:
    """Return the tooltip of a mark: each column with its heading, words as they are written."""
    return [
        {"field": f"{name}_" if name in words else name, "title": part.heading}
        | ({"format": part.form, "type": "quantitative"} if part.form else {"type": "nominal"})
        for name, part in columns.items()
    ]


def wrapped(width: int, narrow: int) -> str:
    """Return the expression of an axis label that breaks words into lines of so many letters.

    Parameters
    ----------
    width, narrow : letters a line in a column and on a phone.
    """
    count = f"(width < 420 ? {narrow} : {width})"
    pattern = f"regexp('(.{{1,' + {count} + '}})( |$)', 'g')"
    return f"split(trim(replace({LABEL}, {pattern}, '$1\\n')), '\\n')"


def colour_by(key: Sequence[Key]) -> dict[str, Any]:
    """Return the encoding that gives each series its colour of the key."""
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": [one.name for one in key], "range": [one.colour for one in key]},
        "legend": {"title": None, "labelExpr": LABEL},
    }


def zoom_along_x() -> dict[str, Any]:
    """Return the parameter that zooms along x; a plain wheel and a finger still move the page."""
    return {
        "name": _ZOOM,
        "select": {
            "type": "interval",
            "encodings": ["x"],
            "zoom": "wheel![event.ctrlKey]",
            "translate": "[pointerdown[event.pointerType === 'mouse'], window:pointerup]"
            " > window:pointermove!",
        },
        "bind": "scales",
    }


def hover_points(
    columns: Mapping[str, Column], words: Sequence[str], *, name: str = "hover"
) -> dict[str, Any]:
    """Return the layer of points of which the one nearest to the pointer is seen and told."""
    return {
        "params": [
            {
                "name": name,
                "select": {
                    "type": "point",
                    "nearest": True,
                    "on": "pointerover",
                    "clear": "pointerout",
                },
            }
        ],
        "mark": {"type": "point", "filled": True, "size": 70, "clip": True},
        "encoding": {
            "opacity": {"condition": {"param": name, "empty": False, "value": 1}, "value": 0},
            "tooltip": tooltip(columns, words),
        },
    }
