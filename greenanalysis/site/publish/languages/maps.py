"""The texts of the maps of a page: names of layers, popups, words of the script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from greenanalysis.site.draw.show import MAP_CLASS
from greenanalysis.site.publish.languages.document import Unit, html_units


def map_scripts(root: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the scripts that hold the maps of a page, and what they hold."""
    for script in root.iter("script"):
        if script.get("class") == MAP_CLASS:
            yield script, json.loads(script.text)


def map_units(data: dict[str, Any]) -> Iterator[Unit]:
    """Yield the texts that people read in a map.

    Parameters
    ----------
    data : as in the script of the page; changed in place when a unit is written.
    """
    yield _unit(data, "title", data["title"])
    for word, text in data["words"].items():
        yield _unit(data["words"], word, text)
    for layer in data["layers"]:
        for name in ("name", "unit", "note"):
            if layer.get(name):
                yield _unit(layer, name, layer[name])
        for name in ("frames", "labels"):
            for place, text in enumerate(layer.get(name, [])):
                yield _unit(layer[name], place, text, own=name == "labels")
        for place, text in enumerate(layer.get("popups", [])):
            yield from html_units(layer["popups"], place, text)


def _unit(holder: Any, name: Any, text: str, *, own: bool = False) -> Unit:
    def write(new: str, language: str | None) -> None:
        holder[name] = new

    return Unit(text, "map", write, own=own)
