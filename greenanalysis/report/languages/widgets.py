"""The texts of Jupyter widgets inside a page: layers, popups, titles of buttons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from greenanalysis.report.languages.document import Unit, units
from greenanalysis.report.languages.kept import mark_kept, unmark

STATE_TYPE = "application/vnd.jupyter.widget-state+json"
PLAIN = frozenset(
    [
        "name",
        "title",
        "zoom_in_title",
        "zoom_out_title",
        "description",
        "tooltip",
        "placeholder",
        "text",
        "label",
    ]
)
HTML = frozenset({"value", "popup_html", "html"})


def widget_units(state: dict[str, Any]) -> Iterator[Unit]:
    """Yield the texts that people read in the state of the widgets of a page.

    Parameters
    ----------
    state : as in the script of the page; changed in place when a unit is written.
    """
    for model in state.get("state", {}).values():
        inside = model.get("state", {})
        for key, value in list(inside.items()):
            if isinstance(value, str) and value:
                yield from _text_units(inside, key, value)
        data = inside.get("data")
        for feature in data.get("features", []) if isinstance(data, dict) else []:
            properties = feature.get("properties") or {}
            for key, value in list(properties.items()):
                if key in HTML and isinstance(value, str):
                    yield from _html_units(properties, key, value)


def _text_units(holder: dict[str, Any], key: str, value: str) -> Iterator[Unit]:
    if key in PLAIN:

        def write(text: str, language: str | None) -> None:
            holder[key] = text

        yield Unit(value, f"map@{key}", write)
    elif key in HTML and "<" in value:
        yield from _html_units(holder, key, value)


def _html_units(holder: dict[str, Any], key: str, value: str) -> Iterator[Unit]:
    from lxml import html

    root = html.fragment_fromstring(value, create_parent="div")
    mark_kept(root)
    for unit in units(root):
        unit.place = f"popup {unit.place}"
        yield unit
    unmark(root)
    inside = html.tostring(root, encoding="unicode")
    holder[key] = inside.removeprefix("<div>").removesuffix("</div>")


def read_state(text: str) -> dict[str, Any]:
    """Return the state of the widgets from the text of its script."""
    state = json.loads(text)
    return state if isinstance(state, dict) else {}


def state_text(state: dict[str, Any]) -> str:
    """Return the state of the widgets as the text of a script."""
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
