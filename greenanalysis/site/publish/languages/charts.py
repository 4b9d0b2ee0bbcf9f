"""The texts of the charts of a page: titles, words of the data, headings of the tooltip."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from greenanalysis.site.draw.chart import META, WORDS
from greenanalysis.site.draw.embed import SPEC_CLASS, TWIN_CLASS, spec_text
from greenanalysis.site.draw.twin import twin_svg
from greenanalysis.site.publish.languages.document import Unit

_OWN_WORDS = frozenset({"name"})
"""Fields whose words may be names, which stay where no catalogue has them."""


def chart_specs(root: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the scripts that hold the charts of a page, and what they hold."""
    for script in root.iter("script"):
        if script.get("class") == SPEC_CLASS:
            yield script, json.loads(script.text)


def chart_units(spec: dict[str, Any]) -> Iterator[Unit]:
    """Yield the texts that people read in a chart.

    Parameters
    ----------
    spec : as in the script of the page; changed in place when a unit is written.
    """
    about = spec["usermeta"][META]
    for name in ("title", "unit", "note"):
        if about.get(name):
            yield _unit(about, name, about[name])
    for pair in about["columns"]:
        yield _unit(pair, 1, pair[1])
    own = not _OWN_WORDS.isdisjoint(about["words"])
    for param in spec["params"]:
        if param["name"] == WORDS:
            for word in param["value"]:
                yield _unit(param["value"], word, word, own=own)
    for holder, name in _titles({name: part for name, part in spec.items() if name != "title"}):
        yield _unit(holder, name, holder[name])


def _titles(part: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what holds the title of an axis, a key or a row of a tooltip."""
    if isinstance(part, list):
        for one in part:
            yield from _titles(one)
    elif isinstance(part, dict):
        for name, inside in part.items():
            if name in ("usermeta", "data", "params", "transform"):
                continue
            if name == "title" and isinstance(inside, str) and inside:
                yield part, name
            yield from _titles(inside)


def _unit(holder: Any, name: Any, text: str, *, own: bool = False) -> Unit:
    def write(new: str, language: str | None) -> None:
        holder[name] = new

    return Unit(text, "chart", write, own=own)


def draw_again(script: Any, spec: dict[str, Any], language: str) -> None:
    """Write a translated chart into its page, and its twin drawn anew.

    Parameters
    ----------
    script : that holds the chart.
    spec : translated.
    language : whose numbers and dates the twin writes.
    """
    from lxml import html

    title = spec["usermeta"][META].get("title", "")
    spec["title"] = {**spec["title"], "text": title, "subtitle": spec["usermeta"][META]["unit"]}
    script.text = spec_text(spec)
    for twin in script.getparent().find_class(TWIN_CLASS):
        drawing = html.fragment_fromstring(twin_svg(spec, language=language))
        twin[0][:] = [drawing]
