"""A published page in another language, Jupyter widgets inside it (layers, popups, buttons) too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from greenanalysis.site.draw.map_data import map_text
from greenanalysis.site.publish.languages.catalogue import Translator
from greenanalysis.site.publish.languages.charts import chart_specs, chart_units, draw_again
from greenanalysis.site.publish.languages.document import Unit, html_units, units
from greenanalysis.site.publish.languages.figures import figure_texts, fit_figures
from greenanalysis.site.publish.languages.kept import mark_kept, unmark
from greenanalysis.site.publish.languages.maps import map_scripts, map_units

_STATE_TYPE = "application/vnd.jupyter.widget-state+json"
_PLAIN = frozenset(
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
_HTML = frozenset({"value", "popup_html", "html"})


def _widget_units(state: dict[str, Any]) -> Iterator[Unit]:
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
                if key in _HTML and isinstance(value, str):
                    yield from html_units(properties, key, value)


def _text_units(holder: dict[str, Any], key: str, value: str) -> Iterator[Unit]:
    if key in _PLAIN:

        def write(text: str, language: str | None) -> None:
            holder[key] = text

        yield Unit(value, f"map@{key}", write)
    elif key in _HTML and "<" in value:
        yield from html_units(holder, key, value)


def _read_state(text: str) -> dict[str, Any]:
    """Return the state of the widgets from the text of its script."""
    state = json.loads(text)
    return state if isinstance(state, dict) else {}


def _state_text(state: dict[str, Any]) -> str:
    """Return the state of the widgets as the text of a script."""
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


_DOCTYPE = "<!DOCTYPE html>"


def parse_page(text: str) -> Any:
    """Return the root of a page as lxml reads it."""
    from lxml import html

    return html.document_fromstring(text, parser=html.HTMLParser(encoding=None, huge_tree=True))


def page_text(root: Any) -> str:
    """Return a page as text."""
    from lxml import html

    return str(html.tostring(root, encoding="unicode", doctype=_DOCTYPE))


def translate_page(root: Any, translator: Translator) -> None:
    """Put all texts of a page into the language of a translator, in place.

    Parameters
    ----------
    root : of the English page.
    translator : whose counts of missing messages grow.
    """
    from greenanalysis.site.publish.html import running_head

    mark_kept(root)
    for gap in list(root.iter("wbr")):
        gap.drop_tree()
    drawn = figure_texts(root)
    translator.apply(units(root))
    fit_figures(drawn)
    for script, spec in chart_specs(root):
        translator.apply(chart_units(spec))
        if translator.language != "en":
            draw_again(script, spec, translator.language)
    for script, data in map_scripts(root):
        translator.apply(map_units(data))
        if translator.language != "en":
            script.text = map_text(data)
    for script in root.iter("script"):
        if script.get("type") == _STATE_TYPE:
            state = _read_state(script.text)
            translator.apply(_widget_units(state))
            if translator.language != "en":
                script.text = _state_text(state)
    for style in root.xpath('.//style[@id="ga-running-head"]'):
        style.text = running_head(root.xpath("string(.//title)"))
    unmark(root)
