"""The texts of a parsed page, each as a unit that can be read and written in another language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from greenanalysis.site.publish.languages.kept import OWN, mark_kept, unmark
from greenanalysis.site.publish.languages.messages import PRIVATE, SPACE, tag, tag_parts

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "br",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    ]
)
_SILENT = frozenset(["script", "style", "template", "noscript", "pre", "code", "math", "textarea"])
_KEPT_CLASSES = frozenset(
    [
        "ga-code",
        "ga-provenance",
        "ga-error",
        "ga-languages",
        "ga-text",
        "highlight",
        "ga-sources-list",
    ]
)
_ATTRIBUTES = ("title", "alt", "aria-label", "placeholder", "data-label", "data-layer", "label")
_SCRIPT_TEXTS = re.compile(r"data-text-[\w-]+")
_EDGES = re.compile(r"^[\s,;:·—–|(←]*|[\s,;:·—–|(]*$")
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass
class Unit:
    """A text of a page: what it says, where, and how to put another text in its place.

    ``write`` takes the text and the language to mark it with, if it is not that of the page;
    ``own`` says that the text is a name, which may stay as it is.
    """

    text: str
    place: str
    write: Callable[[str, str | None], None]
    own: bool = False


def units(root: Any) -> Iterator[Unit]:
    """Yield the texts below an element that people read, in the order of the page.

    Parameters
    ----------
    root : element of lxml; what its own language is marked on (``translate="no"``) is left out.
    """
    if not isinstance(root.tag, str) or _is_kept(root):
        return
    yield from _attribute_units(root)
    if root.tag in _SILENT:
        return
    if not _own_text(root):
        for child in list(root):
            yield from units(child)
        return
    if all(_is_inline(child) for child in root.iterdescendants()):
        yield _block_unit(root)
        for child in root.iterdescendants():
            yield from _attribute_units(child)
        return
    yield from _mixed_units(root)


def _is_kept(element: Any) -> bool:
    """Return whether an element stays as it is."""
    if element.get("translate") == "no":
        return True
    return not _KEPT_CLASSES.isdisjoint((element.get("class") or "").split())


def _own_text(element: Any) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    lone = len(element) == 0 and bool((element.text or "").strip())
    return lone or any(text and _LETTERS.search(text) for text in texts)


def _is_inline(element: Any) -> bool:
    if not isinstance(element.tag, str):
        return False
    classes = element.get("class") or ""
    return element.tag in _INLINE and "ga-" not in classes and element.tag not in {"script"}


def _attribute_units(element: Any) -> Iterator[Unit]:
    for name, value in element.attrib.items():
        wanted = name in _ATTRIBUTES or _SCRIPT_TEXTS.fullmatch(name) or _is_meta(element, name)
        if wanted and value.strip():

            def write(text: str, language: str | None, name: str = name) -> None:
                element.set(name, text)

            yield Unit(value, f"{element.tag}@{name}", write)


def _is_meta(element: Any, name: str) -> bool:
    return bool(
        element.tag == "meta" and name == "content" and element.get("name") in {"description"}
    )


def _block_unit(element: Any) -> Unit:
    parts: list[Any] = []
    text = _serialised(element, parts)

    def write(new: str, language: str | None) -> None:
        if language:
            element.set("lang", language)
        elif parts:
            _rebuild(element, new, parts)
        else:
            _set_keeping_space(element, "text", new)

    return Unit(text, element.tag, write, own=_is_own(element))


def _is_own(element: Any) -> bool:
    return element.get(OWN) is not None or any(
        up.get(OWN) is not None for up in element.iterancestors()
    )


def _serialised(element: Any, parts: list[Any]) -> str:
    text = element.text or ""
    for child in element:
        number = len(parts)
        parts.append(child)
        if _is_opaque(child):
            text += tag(number, "empty")
        else:
            text += tag(number, "open") + _serialised(child, parts) + tag(number, "close")
        text += child.tail or ""
    return text


def _is_opaque(element: Any) -> bool:
    return element.tag in {"br", "wbr", "code", "kbd"} or _is_kept(element)


def _rebuild(element: Any, text: str, parts: list[Any]) -> None:
    """Put a text with tags into an element whose inline elements it places anew."""
    opaque = {number for number, part in enumerate(parts) if _is_opaque(part)}
    for part in parts:
        part.tail = None
    for number, part in enumerate(parts):
        if number not in opaque:
            part.text = None
    for part in parts:
        part.getparent().remove(part)
    element.text = None
    open_elements, position = [element], 0
    for found in PRIVATE.finditer(text):
        _append_text(open_elements[-1], text[position : found.start()])
        position = found.end()
        number, kind = tag_parts(found.group())
        if kind == "close":
            open_elements.pop()
            continue
        open_elements[-1].append(parts[number])
        if kind == "open":
            open_elements.append(parts[number])
    _append_text(element, text[position:])


def _append_text(element: Any, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = ("" if element.text is None else element.text) + text


def _mixed_units(element: Any) -> Iterator[Unit]:
    if _LETTERS.search(element.text or ""):
        yield _text_unit(element, "text", element.tag)
    for child in list(element):
        yield from units(child)
        if _LETTERS.search(child.tail or ""):
            yield _text_unit(child, "tail", element.tag)


def _text_unit(element: Any, part: str, place: str) -> Unit:
    def write(new: str, language: str | None) -> None:
        _set_keeping_space(element, part, new)

    return Unit(getattr(element, part), place, write, own=_is_own(element))


def _set_keeping_space(element: Any, part: str, new: str) -> None:
    old = getattr(element, part) or ""
    start = " " if old[:1].isspace() else ""
    end = " " if old[-1:].isspace() else ""
    setattr(element, part, start + new.strip(" ") + end)


def edges(text: str) -> tuple[str, str, str]:
    """Return what stands before and after the words of a text, and the words in the middle."""
    text = SPACE.sub(" ", text)
    found = list(_EDGES.finditer(text))
    start, end = found[0].end(), found[-1].start()
    return (text, "", "") if start >= end else (text[:start], text[start:end], text[end:])


def html_units(holder: Any, key: Any, value: str) -> Iterator[Unit]:
    """Yield the texts of a piece of HTML and put it back as it is written.

    Parameters
    ----------
    holder, key : where the piece stands, as in ``holder[key]``.
    value : the piece.
    """
    from lxml import html

    root = html.fragment_fromstring(value, create_parent="div")
    mark_kept(root)
    for unit in units(root):
        unit.place = f"popup {unit.place}"
        yield unit
    unmark(root)
    inside = html.tostring(root, encoding="unicode")
    holder[key] = inside.removeprefix("<div>").removesuffix("</div>")
